// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Campaigns, on a real kernel: a quirk that is not known comes back as a finding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tool_test.h"

#define CAMPAIGN "$T campaign -k debian-6.1 --offline -g 1 --time 600 --count 30 "

static void a_quirk_comes_back(void **state)
{
	(void)state;
	tool_must(1, CAMPAIGN "--without-quirk map-errno-in-32 -o $S/found state");
	says(": quirk map-errno-in-32\n");
	says("of 1 cause\n");
	says("kept in ");
	tool_must(0, "cat $S/found/001-quirk-map-errno-in-32/got.txt $S/found/summary.txt");
	says("on jit: quirk map-errno-in-32");
	says("wanted ");
	/* The case is a whole one, and the reference gives what it expects. */
	tool_must(0, "$T check $S/found/001-quirk-map-errno-in-32/case.case");
	says("1 cases, 0 that the reference does not give");
}

static void what_is_known_is_no_finding(void **state)
{
	(void)state;
	tool_must(0, CAMPAIGN "state");
	says("map-errno-in-32          gen.state.s1-");
	says(" load; a quirk refuses ");
	says(" 0 not as expected, of 0 causes");
	tool_must(0, "ls $S/findings/*-debian-6.1/summary.txt");
}

static void mistakes(void **state)
{
	(void)state;
	assert_int_not_equal(tool("$T campaign no-such-generator"), 0);
	says("no generator no-such-generator");
	assert_int_not_equal(tool("$T campaign --without-quirk no-such"), 0);
	says("no quirk no-such");
	tool_must(2, "$T campaign -k /no/such/kernel isa");
	tool_must(0, "mkdir $S/mine && touch $S/mine/thing");
	assert_int_not_equal(tool(CAMPAIGN "-o $S/mine isa"), 0);
	says("name another folder");
	tool_must(0, "ls $S/mine/thing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quirk_comes_back),
		cmocka_unit_test(what_is_known_is_no_finding),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
