// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `make install` into a folder, and what is in it used without the project's folder: the program,
 * and the library by the example of a runtime that is linked to it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tool_test.h"

#define MAKE "make -s -C $ROOT DESTDIR=$S/dest PREFIX=/opt/tc "
#define CC_LINKED                                                                     \
	"gcc -Wall -Wextra -Werror -O1 -g -fsanitize=address,undefined -o $S/linked " \
	"$ROOT/examples/linked/*.c $(pkg-config --cflags --libs --static tailcheck) "

/* For commands: a variable with a path below the scratch folder. */
static void set(const char *name, const char *path)
{
	char *full = xasprintf("%s/%s", scratch, path);

	setenv(name, full, 1);
	free(full);
}

static int set_up(void **state)
{
	if (tool_set_up(state))
		return -1;
	/* Nothing says where the project's folder is, but where the program itself lies. */
	unsetenv("TAILCHECK_ROOT");
	unsetenv("TAILCHECK_RESULTS");
	unsetenv("MAKEFLAGS");
	tool_must(0, MAKE "install");
	tool_must(0, "mkdir $S/here");
	set("P", "dest/opt/tc");
	set("PKG_CONFIG_PATH", "dest/opt/tc/lib/pkgconfig");
	set("PKG_CONFIG_SYSROOT_DIR", "dest");
	return 0;
}

static void the_program_finds_its_data(void **state)
{
	(void)state;
	tool_must(0, "cd $S/here && $P/bin/tailcheck check limit owner");
	says(" cases, 0 that the reference does not give\n");
	tool_must(0, "cd $S/here && $P/bin/tailcheck list --long limit.self");
	says("confirms tail_call.limit: "); /* of the file of claims */
	tool_must(0, "test -s $P/share/man/man1/tailcheck.1");
	tool_must(0, "python3 -B $P/share/tailcheck/generators/generate.py small --count 1 "
		     "-o $S/small.case && $P/bin/tailcheck check $S/small.case");
}

/* The installed tree is as if it could not be written: results go where one stands. */
static void it_runs_a_kernel(void **state)
{
	(void)state;
	tool_must(0, "touch $S/before && sleep 0.05 && cd $S/here && "
		     "$P/bin/tailcheck run -k debian-6.1 --profiles /dev/null limit.self");
	says("1 cases on 3 engines: 3 conform");
	says("report: results/");
	tool_must(0, "cd $S/here && test -s results/latest/summary.json && "
		     "$P/bin/tailcheck explain limit.self");
	tool_must(0, "find $S/dest -newer $S/before");
	assert_string_equal(tool_says, "");
	tool_must(5, "cd $S/here && rm $P/lib/tailcheck/agent && "
		     "$P/bin/tailcheck run -k debian-6.1 limit.self");
	says("/lib/tailcheck/agent was not installed");
}

static void the_library_shows_its_own_names_only(void **state)
{
	(void)state;
	tool_must(0,
		  "nm --extern-only --defined-only $P/lib/libtailcheck.a | grep -c ' tailcheck_'");
	tool_must(
		1,
		"nm --extern-only --defined-only $P/lib/libtailcheck.a | grep -v -e ' tailcheck_' "
		"-e '^$' -e ':$'");
}

static void a_runtime_that_is_linked_runs_the_cases(void **state)
{
	(void)state;
	tool_must(0, CC_LINKED);
	tool_must(0, "$S/linked $P/share/tailcheck/cases");
	says("conforms    limit.self\n");
	says("unsupported pin.and-get: the engine has no such operation");
	says(", 0 diverge, 0 faults, ");
	tool_must(1, "$S/linked $P/share/tailcheck/cases pin");
	says("0 conform, 0 diverge");
	tool_must(2, "$S/linked /nowhere");
	says("/nowhere: error: cannot read");
	/* And notices when it is wrong. */
	tool_must(0, CC_LINKED "-DMAX_TAIL_CALLS=32");
	tool_must(1, "$S/linked $P/share/tailcheck/cases limit");
	says("diverges    limit.self: lookup count 0: expected 34, got 33\n");
}

static void uninstall_leaves_nothing(void **state)
{
	(void)state;
	tool_must(0, MAKE "uninstall && find $S/dest ! -type d");
	assert_string_equal(tool_says, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_finds_its_data),
		cmocka_unit_test(the_library_shows_its_own_names_only),
		cmocka_unit_test(a_runtime_that_is_linked_runs_the_cases),
		cmocka_unit_test(it_runs_a_kernel),
		cmocka_unit_test(uninstall_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tool_tear_down);
}
