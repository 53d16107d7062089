// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A matrix that is cut short: kernels that were done are kept, the one that was running is not
 * taken as done, and goes on with what it had.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tool_test.h"

/* user-mode-linux first: it takes a second. */
#define MATRIX "$T matrix -j 1 -k uml-6.1,debian-6.1 $ROOT/cases/call $ROOT/cases/limit"
#define FIRST  "$S/matrix/uml-6.1"
#define SECOND "$S/matrix/debian-6.1"
/* Its journal has results, and it is far from done (a whole one has 400 kB). */
#define UNTIL_SECOND_RUNS                                                                     \
	"p=$!; i=0; until [ $i = 1200 ] || find " SECOND "/journal -size +20k 2>/dev/null | " \
	"grep -q .; do sleep 0.05; i=$((i+1)); done; "

/* The first is kept, the second has no result, and then one: of all cases, and as expected. */
static void goes_on(void)
{
	tool_must(0, "test -s " FIRST "/matrix");
	tool_must(1, "test -e " SECOND "/matrix");
	tool_must(0, MATRIX);
	says("of an earlier matrix");
	says("2 kernels: 2 as expected, 0 not as expected, 0 without a result");
	tool_must(0, "test -s " SECOND "/matrix");
	/* On three engines, and none of it lost: as much as the kernel that was left alone. */
	tool_must(0, "cmp " SECOND "/cases.case " FIRST "/cases.case");
	tool_must(0, "grep -q '\"infra\": 0' " SECOND "/summary.json");
	tool_must(0, "rm -r " SECOND "*");
}

static void interrupted(void **state)
{
	(void)state;
	tool_must(5, MATRIX " & " UNTIL_SECOND_RUNS "kill -INT $p; wait $p");
	says("2 kernels: 1 as expected, 0 not as expected, 1 without a result");
	goes_on();
}

/* Nobody is left to say anything; its run ends by itself. */
static void killed(void **state)
{
	(void)state;
	tool_must(137, MATRIX " & " UNTIL_SECOND_RUNS "kill -KILL $p; wait $p");
	goes_on();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupted),
		cmocka_unit_test(killed),
	};

	return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
