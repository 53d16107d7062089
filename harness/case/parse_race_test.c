// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Races: lanes in order, what may stand in them, sets of observations. */
#include "case_test.h"

static const char race[] = HANDLES "race 7 winners=1 exact\n"
				   "1| run p = 1|0x7|EINVAL\n"
				   "1|   lookup m 0 = p|ENOENT # either\n"
				   "2| update m 0 p = 0\n"
				   "2| map-by-id again m\n"
				   "2| close again = 0|EBADF\n"
				   "race 1\n"
				   "1| prog own xdp = 0|EINVAL\n"
				   "    exit\n"
				   "2| prog-by-id again p\n"
				   "3| prog-by-id again p\n"
				   "dup again p\n";

static void lanes_are_steps(void **state)
{
	static const unsigned int lanes[] = { 0, 0, 0, 1, 1, 2, 2, 2, 0, 1, 2, 3, 0 };
	struct case_file f = must_parse(race);
	const struct step *s = f.cases[0].steps;

	(void)state;
	assert_int_equal(f.cases[0].n_steps, ARRAY_SIZE(lanes));
	for (size_t i = 0; i < ARRAY_SIZE(lanes); i++)
		assert_int_equal(s[i].lane, lanes[i]);
	assert_int_equal(s[2].op, STEP_RACE);
	assert_int_equal(s[2].count, 7);
	assert_int_equal(s[2].opt_num[OPT_WINNERS], 1);
	assert_true(s[2].opt_set & 1ULL << OPT_EXACT);
	assert_string_equal(s[2].expect, "0");
	assert_string_equal(s[3].expect, "1|7|EINVAL");
	assert_string_equal(s[4].expect, "p|ENOENT");
	assert_string_equal(s[5].expect, "0");
	assert_string_equal(s[7].expect, "0|EBADF");
	case_file_release(&f);
}

static void printed_as_read(void **state)
{
	struct case_file f = must_parse(race), again;
	char *text = printed(&f), *twice;

	(void)state;
	assert_non_null(strstr(text, "\nrace 7 winners=1 exact\n1| run p "));
	assert_non_null(strstr(text, "\n1| lookup m 0      "));
	assert_non_null(strstr(text, " = p|ENOENT  # either\n"));
	assert_non_null(strstr(text, "\n2| map-by-id again m\n"));
	again = must_parse(text);
	twice = printed(&again);
	assert_string_equal(text, twice);
	free(text);
	free(twice);
	case_file_release(&f);
	case_file_release(&again);
}

#define R  HANDLES "race 2\n" /* line 7; its lanes are from 8 on */
#define R1 R "1| run p = 0\n"

static const struct wrong wrongs[] = {
	{ HANDLES "1| run p = 0\n", 7, 1, "below a race" },
	{ HANDLES "race 0\n", 7, 6, "one turn at least" },
	{ HANDLES "race\n", 7, 5, "needs more arguments" },
	{ HANDLES "race 2 winners=5\n", 7, 17, "more winners than lanes" },
	{ HANDLES "race 2 repeat=1\n", 7, 8, "unknown option" },
	{ R, 7, 0, "two lanes at least" },
	{ R1, 7, 0, "two lanes at least" },
	{ R1 "run p = 0\n", 7, 0, "two lanes at least" },
	{ R "run p = 0\n", 7, 0, "two lanes at least" },
	{ R "2| run p = 0\n", 8, 1, "in order" },
	{ R1 "3| run p = 0\n", 9, 1, "in order" },
	{ R1 "2| run p = 0\n1| run p = 0\n", 10, 1, "in order" },
	{ R "0| run p = 0\n", 8, 1, "1| to 4|" },
	{ R "5| run p = 0\n", 8, 1, "1| to 4|" },
	{ R "1|\n", 8, 3, "the step is missing" },
	{ R "1| eventually run p = 0\n", 8, 15, "cannot be repeated" },
	{ R "1| race 2\n", 8, 4, "cannot be raced" },
	{ R "1| map n array\n", 8, 4, "cannot be raced" },
	{ R "1| pin m a = 0\n", 8, 4, "cannot be raced" },
	{ R "1| freeze m during=next = 0\n", 8, 4, "cannot be raced" },
	{ R "1| run fd:file = 0\n", 8, 4, "acts on handles" },
	{ R "1| update m 0 fd:3 = 0\n", 8, 4, "acts on handles" },
	{ R "1| close m\n", 8, 4, "closes what it made itself" },
	{ R "1| dup d m\n2| close d\n", 9, 10, "no handle" },
	{ R "1| dup d m\n2| run p = 0\nclose d\n", 10, 7, "no handle" },
	{ R "1| dup d m\n2| run p = 0\nrace 1\n1| close d\n", 11, 10, "no handle" },
	{ R "1| run p\n", 8, 9, "needs an expectation" },
	{ R "1| run p = \n", 8, 12, "expectation is missing" },
	{ R "1| run p = 1 | 2\n", 8, 14, "one word" },
	{ R "1| run p = 1 len=4\n", 8, 14, "one word" },
	{ R "1| run p = 1|\n", 8, 14, "an observation is missing" },
	{ R "1| run p = |1\n", 8, 12, "an observation is missing" },
	{ R "1| run p = 1|x\n", 8, 14, "return value" },
	{ R "1| run p = 1|2|0x1\n", 8, 16, "1 is given twice" },
	{ R "1| delete m 0 = 0|2\n", 8, 19, "expected 0 or" },
	/* Sets are for lanes alone. */
	{ HANDLES "run p = 1|2\n", 7, 9, "return value" },
};

static void what_is_no_race(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++)
		assert_wrong(&wrongs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes_are_steps),
		cmocka_unit_test(printed_as_read),
		cmocka_unit_test(what_is_no_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
