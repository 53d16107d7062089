// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records: what of two is compared, and what a case expects. */
#include <errno.h>

#include "fake_test.h"

#define STEPS "map m array\nlookup m 0 = 7\nprog p xdp\n    r0 = 0\n    exit\n"

static void give(struct fake *f, const char *steps, struct case_record *r, struct case_file *cases)
{
	char *text = xasprintf(HEAD "%s\n", steps);

	*cases = must_parse(text);
	f->e.ops = &fake_ops;
	f->log = open_memstream(&f->text, &f->len);
	f->next_fd = 10;
	f->next_id = 1000;
	execute(&cases->cases[0], &f->e, r);
	fclose(f->log);
	free(f->text);
	free(text);
}

static void observations_are_compared(void **state)
{
	const uint8_t seven[] = { 7, 0, 0, 0 }, eight[] = { 8, 0, 0, 0 };
	struct fake f = { .value = seven, .value_len = 4 };
	struct case_record a = { 0 }, b = { 0 };
	struct case_file cases;

	(void)state;
	give(&f, STEPS, &a, &cases);
	assert_int_equal(a.n_steps, 3);
	assert_true(case_record_expected(&cases.cases[0], &a));
	case_file_release(&cases);
	/* The same record for one case after another. */
	for (int i = 0; i < 3; i++) {
		f.value = i == 1 ? eight : seven;
		give(&f, STEPS, &b, &cases);
		assert_int_equal(case_record_expected(&cases.cases[0], &b), i != 1);
		assert_int_equal(case_record_same(&a, &b), i != 1);
		case_file_release(&cases);
	}
	case_record_release(&a);
	case_record_release(&b);
}

/* A verifier's words are for people; why there is no answer is part of the record. */
static void notes_do_not_count_and_reasons_do(void **state)
{
	struct fake f = { .op = "prog_load", .answer = -EACCES, .verifier = "one\ntwo" };
	struct case_record a = { 0 }, b = { 0 };
	struct case_file cases;

	(void)state;
	give(&f, STEPS, &a, &cases);
	assert_non_null(a.notes);
	assert_int_equal(a.notes->step, 2);
	case_file_release(&cases);
	f.verifier = NULL;
	give(&f, STEPS, &b, &cases);
	assert_null(b.notes);
	assert_true(case_record_same(&a, &b));
	assert_false(case_record_expected(&cases.cases[0], &b));
	case_file_release(&cases);

	f.answer = ENGINE_FAULT;
	f.why = "this";
	give(&f, STEPS, &a, &cases);
	assert_int_equal(a.outcome, OUTCOME_FAULT);
	assert_int_equal(a.n_steps, 2);
	assert_false(case_record_same(&a, &b));
	case_file_release(&cases);
	give(&f, STEPS, &b, &cases);
	assert_true(case_record_same(&a, &b));
	case_file_release(&cases);
	f.why = "that";
	give(&f, STEPS, &b, &cases);
	assert_false(case_record_same(&a, &b));
	assert_false(case_record_expected(&cases.cases[0], &b));
	case_file_release(&cases);
	case_record_release(&a);
	case_record_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(observations_are_compared),
		cmocka_unit_test(notes_do_not_count_and_reasons_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
