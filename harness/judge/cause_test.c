// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Causes, with the reference in the part of an engine that has quirks. */
#include "cause.h"

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"
#include "normative.h"

static const char freeze_twice[] = "case gen.x.one\nabout x\nmap m prog_array\nfreeze m = 0\n"
				   "freeze m = EPERM\n";
static const char refused[] = "case gen.y.two\nabout x\nmap m prog_array\n"
			      "prog p xdp\n    r0 = 0\n    exit\nrun p = 0\n";

#define FREEZE QUIRK(FREEZE_BY_CAPABILITY)
#define EMPTY  QUIRK(EMPTY_SLOT_COUNTS)

static char *cause(const char *text, quirk_set quirks, const char *transcript, enum verdict v)
{
	struct case_file file = must_parse(text);
	struct engine_results e = { .quirks = quirks };
	struct result r = { .verdict = v, .transcript = (char *)transcript };
	char *got = cause_of(&file.cases[0], &e, &r);

	case_file_release(&file);
	return got;
}

static void expect_cause(const char *text, quirk_set quirks, const char *transcript, enum verdict v,
			 const char *want)
{
	char *got = cause(text, quirks, transcript, v);

	assert_string_equal(got, want);
	free(got);
}

static void quirks_that_would_explain(void **state)
{
	static const char busy[] = "1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EBUSY\n";
	static const char usual[] = "1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EPERM\n";

	(void)state;
	expect_cause(freeze_twice, EMPTY, busy, VERDICT_DIVERGES, "quirk freeze-by-capability");
	expect_cause(freeze_twice, FREEZE, usual, VERDICT_DIVERGES,
		     "without quirk freeze-by-capability");
}

static void steps_that_differ(void **state)
{
	(void)state;
	expect_cause(freeze_twice, 0, "1 map m prog_array = 0\n2 freeze m = EINTR\n",
		     VERDICT_DIVERGES, "gen.x freeze: EINTR, not 0");
	expect_cause(refused, 0, "1 map m prog_array = 0\n2 prog p xdp = EINVAL\n",
		     VERDICT_DIVERGES, "gen.y prog xdp: EINVAL, not 0");
	expect_cause(refused, 0, "1 map m prog_array = 0\n2 prog p xdp = 0\n3 run p = 77 @2=ab\n",
		     VERDICT_DIVERGES, "gen.y run: number, not 0");
	expect_cause(refused, 0, "1 map m prog_array = 0\n2 prog p xdp = 0\n", VERDICT_DIVERGES,
		     "gen.y run: nothing, not 0");
}

static void ends_without_numbers(void **state)
{
	char *one = cause(refused, 0, "kernel BUG at 0010:ffff12", VERDICT_CRASHED);
	char *other = cause(refused, 0, "kernel BUG at 0020:ffff34", VERDICT_CRASHED);

	(void)state;
	assert_string_equal(one, other);
	assert_int_equal(strncmp(one, "crashed: ", 9), 0);
	free(one);
	free(other);
}

static void quirks_that_are_needed(void **state)
{
	struct case_file file = must_parse(freeze_twice);
	const struct test_case *c = &file.cases[0];
	enum outcome outcome;
	char *busy = transcript_reference(c, FREEZE, &outcome);

	(void)state;
	assert_int_equal(cause_needed(c, FREEZE | EMPTY, ~0ULL, busy), FREEZE);
	assert_int_equal(cause_needed(c, FREEZE | EMPTY, EMPTY, busy), 0);
	free(busy);
	case_file_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirks_that_would_explain),
		cmocka_unit_test(steps_that_differ),
		cmocka_unit_test(ends_without_numbers),
		cmocka_unit_test(quirks_that_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
