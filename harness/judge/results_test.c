// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counting verdicts, and the exit code of a run. */
#include "results.h"

#include "../case/case_test.h"

#define N_CASES 3U

static struct suite suite = { .n_cases = N_CASES };

/* Two engines that are offered and, between them, one that is not. */
static struct run_results results(struct result cells[N_CASES * 3], enum verdict fill)
{
	struct run_results r = { .suite = &suite, .n_engines = 3, .results = cells };

	memset(cells, 0, sizeof(struct result[3 * N_CASES]));
	r.engines[0].offered = true;
	r.engines[2].offered = true;
	for (size_t c = 0; c < N_CASES; c++)
		result_of(&r, c, 0)->verdict = result_of(&r, c, 2)->verdict = fill;
	return r;
}

static void counting(void **state)
{
	struct result cells[N_CASES * 3];
	struct run_results r = results(cells, VERDICT_CONFORMS);
	struct counts n;

	(void)state;
	result_of(&r, 1, 2)->verdict = VERDICT_DIVERGES;
	result_of(&r, 2, 2)->verdict = VERDICT_QUIRK;
	result_of(&r, 0, 1)->verdict = VERDICT_CRASHED; /* not offered */
	results_count(&r, MAX_ENGINES, 0, N_CASES, &n);
	assert_int_equal(n.total, 6);
	assert_int_equal(n.by[VERDICT_CONFORMS], 4);
	assert_int_equal(n.by[VERDICT_DIVERGES], 1);
	assert_int_equal(n.by[VERDICT_QUIRK], 1);
	assert_int_equal(n.by[VERDICT_CRASHED], 0);
	results_count(&r, 2, 1, 3, &n);
	assert_int_equal(n.total, 2);
	assert_int_equal(n.by[VERDICT_CONFORMS], 0);
	results_count(&r, 0, 0, N_CASES, &n);
	assert_int_equal(n.by[VERDICT_CONFORMS], 3);
	results_count(&r, 1, 0, N_CASES, &n);
	assert_int_equal(n.total, 0);
	results_count(&r, 0, 2, 2, &n);
	assert_int_equal(n.total, 0);
}

/* By what else is there, in the order in which it decides. */
static const struct {
	enum verdict fill, one;
	bool error, splat, interrupted, uncertain;
	int code;
} codes[] = {
	{ VERDICT_CONFORMS, VERDICT_CONFORMS, false, false, false, false, 0 },
	{ VERDICT_QUIRK, VERDICT_QUIRK, false, false, false, false, 0 },
	{ VERDICT_CONFORMS, VERDICT_QUIRK, false, false, false, false, 0 },
	{ VERDICT_CONFORMS, VERDICT_UNSUPPORTED, false, false, false, false, 0 },
	{ VERDICT_UNSUPPORTED, VERDICT_CONFORMS, false, false, false, false, 0 },
	{ VERDICT_UNSUPPORTED, VERDICT_UNSUPPORTED, false, false, false, false, 4 },
	/* Unexpected, even if other things went wrong as well. */
	{ VERDICT_CONFORMS, VERDICT_DIVERGES, false, false, false, false, 1 },
	{ VERDICT_CONFORMS, VERDICT_CRASHED, false, false, false, false, 1 },
	{ VERDICT_CONFORMS, VERDICT_TIMED_OUT, false, false, false, false, 1 },
	{ VERDICT_INFRA, VERDICT_DIVERGES, false, false, true, true, 1 },
	{ VERDICT_UNSUPPORTED, VERDICT_CRASHED, false, false, false, false, 1 },
	{ VERDICT_CONFORMS, VERDICT_CONFORMS, true, false, false, false, 1 },
	{ VERDICT_CONFORMS, VERDICT_CONFORMS, false, true, false, false, 1 },
	{ VERDICT_INFRA, VERDICT_INFRA, true, false, false, false, 1 },
	{ VERDICT_NONE, VERDICT_NONE, false, true, true, false, 1 },
	/* Not all of it ran. */
	{ VERDICT_CONFORMS, VERDICT_INFRA, false, false, false, false, 5 },
	{ VERDICT_CONFORMS, VERDICT_NONE, false, false, false, false, 5 },
	{ VERDICT_CONFORMS, VERDICT_CONFORMS, false, false, true, false, 5 },
	{ VERDICT_UNSUPPORTED, VERDICT_INFRA, false, false, false, true, 5 },
	/* All ran, and a probe fits neither way. */
	{ VERDICT_CONFORMS, VERDICT_CONFORMS, false, false, false, true, 1 },
	{ VERDICT_UNSUPPORTED, VERDICT_UNSUPPORTED, false, false, false, true, 1 },
};

static void exit_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct result cells[N_CASES * 3];
		struct run_results r = results(cells, codes[i].fill);

		result_of(&r, 1, 2)->verdict = codes[i].one;
		r.n_suite_errors = codes[i].error;
		r.n_splats = codes[i].splat;
		r.interrupted = codes[i].interrupted;
		r.engines[2].uncertain = codes[i].uncertain ? 4 : 0;
		if (results_exit_code(&r) != codes[i].code)
			fail_msg("row %zu gave %d", i, results_exit_code(&r));
	}
}

/* No engine, or no case, is nothing; what an engine that is not offered was found to be is too. */
static void nothing_ran(void **state)
{
	struct result cells[N_CASES * 3];
	struct run_results r = results(cells, VERDICT_CRASHED);
	struct suite empty = { 0 };

	(void)state;
	r.engines[0].offered = r.engines[2].offered = false;
	assert_int_equal(results_exit_code(&r), 3);
	r = results(cells, VERDICT_CONFORMS);
	r.suite = &empty;
	assert_int_equal(results_exit_code(&r), 3);
	r.interrupted = true;
	assert_int_equal(results_exit_code(&r), 5);
}

static void names_of_verdicts(void **state)
{
	(void)state;
	for (int v = 0; v < N_VERDICTS; v++) {
		assert_non_null(verdict_names[v]);
		for (int w = 0; w < v; w++)
			assert_string_not_equal(verdict_names[v], verdict_names[w]);
	}
	assert_string_equal(verdict_names[VERDICT_TIMED_OUT], "timed-out");
}

/* Every string is the results' own; releasing twice does no harm. */
static void releasing(void **state)
{
	struct run_results r = { .suite = &suite, .n_engines = 1 };

	(void)state;
	r.results = xcalloc(N_CASES, sizeof(*r.results));
	r.results[1].transcript = xstrdup("x");
	r.suite_errors = xcalloc(1, sizeof(*r.suite_errors));
	vec_add(r.splats, r.n_splats)->line = xstrdup("splat");
	vec_add(r.splats, r.n_splats)->case_name = xstrdup("a.b");
	r.kernel = xstrdup("k");
	r.release = xstrdup("r");
	r.version = xstrdup("v");
	r.package = xstrdup("p");
	r.host = xstrdup("h");
	r.boots = xstrdup("b");
	results_release(&r);
	assert_null(r.results);
	assert_null(r.boots);
	results_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counting),    cmocka_unit_test(exit_codes),
		cmocka_unit_test(nothing_ran), cmocka_unit_test(names_of_verdicts),
		cmocka_unit_test(releasing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
