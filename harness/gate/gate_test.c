// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The gate over all of the project's cases: whatever changes is named. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "../../engines/reference/quirk.h"
#include "gate_test.h"

struct fixture {
	struct record run;
	struct observed o;
	struct baseline b;
};

static const struct gate_selection everything = { .level = LEVEL_MAY };

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	fake_run(&f->run, "debian-6.1");
	observe(&f->o, &f->run, 1);
	fake_baseline(&f->b, &f->o);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	baseline_release(&f->b);
	observed_release(&f->o);
	record_release(&f->run);
	free(f);
	return 0;
}

/* The gate fails, and for this name alone. */
static void names_it(const struct fixture *f, const char *name, const char *says)
{
	struct gate_outcome g;

	gate(&g, &f->b, &f->o, &everything);
	assert_int_equal(gate_exit_code(&g), 1);
	assert_int_equal(g.n_findings, 1);
	assert_string_equal(g.findings[0].name, name);
	if (!strstr(g.findings[0].what, says))
		fail_msg("%s: %s", name, g.findings[0].what);
	gate_release(&g);
}

static size_t findings(const struct baseline *b, const struct observed *o)
{
	struct gate_outcome g;
	size_t n;

	gate(&g, b, o, &everything);
	n = g.n_findings;
	assert_int_equal(gate_exit_code(&g), n ? 1 : 0);
	gate_release(&g);
	return n;
}

static void an_unchanged_run_passes(void **state)
{
	struct fixture *f = *state;

	assert_true(f->o.n_cases > 500);
	assert_int_equal(findings(&f->b, &f->o), 0);
}

static void each_verdict_counts(void **state)
{
	struct fixture *f = *state;
	char *detail = xstrdup("step 1 wanted \"0\" got \"not that\"");

	for (size_t c = 0; c < f->o.n_cases; c++)
		for (size_t k = 0; k < f->o.n_columns; k++) {
			struct observation *seen = &f->o.cases[c].by[k], was = *seen;

			/* Each verdict in its turn, those of a run that was cut short too. */
			seen->verdict = (was.verdict + 1 + c % (N_VERDICTS - 1)) % N_VERDICTS;
			seen->detail = seen->verdict == VERDICT_DIVERGES ? detail : NULL;
			names_it(f, f->o.cases[c].name,
				 seen->verdict == VERDICT_NONE ? "incomplete"
							       : verdict_names[seen->verdict]);
			if (was.verdict == VERDICT_DIVERGES) {
				/* In another way */
				seen->verdict = was.verdict;
				seen->detail = detail;
				names_it(f, f->o.cases[c].name, "not that");
			}
			*seen = was;
		}
	free(detail);
	assert_int_equal(findings(&f->b, &f->o), 0);
}

static void each_case_that_is_gone_is_named(void **state)
{
	struct fixture *f = *state;
	struct observed_case *all = f->o.cases;
	size_t n = f->o.n_cases;

	f->o.cases = xcalloc(n, sizeof(*all));
	f->o.n_cases = n - 1;
	for (size_t c = 0; c < n; c++) {
		memcpy(f->o.cases, all, c * sizeof(*all));
		memcpy(f->o.cases + c, all + c + 1, (n - 1 - c) * sizeof(*all));
		names_it(f, all[c].name, "missing");
	}
	free(f->o.cases);
	f->o.cases = all;
	f->o.n_cases = n;
}

static void each_case_that_is_new_is_named(void **state)
{
	struct fixture *f = *state;
	struct observed_case *all = f->o.cases;
	size_t n = f->o.n_cases;

	f->o.cases = xcalloc(n + 1, sizeof(*all));
	f->o.n_cases = n + 1;
	for (size_t c = 0; c < n; c++) {
		char *name = xasprintf("%s-", all[c].name);

		memcpy(f->o.cases, all, (c + 1) * sizeof(*all));
		f->o.cases[c + 1] = all[c];
		f->o.cases[c + 1].name = name;
		memcpy(f->o.cases + c + 2, all + c + 1, (n - 1 - c) * sizeof(*all));
		names_it(f, name, "not listed");
		free(name);
	}
	free(f->o.cases);
	f->o.cases = all;
	f->o.n_cases = n;
}

static void an_empty_run_shows_nothing(void **state)
{
	struct fixture *f = *state;
	size_t n = f->o.n_cases;
	struct gate_outcome g;

	f->o.n_cases = 0;
	gate(&g, &f->b, &f->o, &everything);
	assert_int_equal(gate_exit_code(&g), 3);
	gate_release(&g);
	f->o.n_cases = n;
}

static void a_level_that_changes_is_named(void **state)
{
	struct fixture *f = *state;
	static const struct gate_selection must = { .level = LEVEL_MUST };

	for (size_t c = 0; c < f->o.n_cases; c++) {
		enum level was = f->o.cases[c].level;
		struct gate_outcome g;

		f->o.cases[c].level = (was + 1) % 3;
		names_it(f, f->o.cases[c].name, "its level is");
		/* One that is lowered does not slip out of the gate. */
		if (was == LEVEL_MUST) {
			gate(&g, &f->b, &f->o, &must);
			assert_int_equal(gate_exit_code(&g), 1);
			gate_release(&g);
		}
		f->o.cases[c].level = was;
	}
}

static void levels_and_areas_select(void **state)
{
	struct fixture *f = *state;
	static char *const areas[] = { "limit", "pin.*" };
	const struct gate_selection some = { .level = LEVEL_MUST, .areas = areas, .n_areas = 2 };

	for (size_t c = 0; c < f->o.n_cases; c++) {
		const char *name = f->o.cases[c].name;
		bool gates = f->o.cases[c].level == LEVEL_MUST &&
			     (!strncmp(name, "limit.", 6) || !strncmp(name, "pin.", 4));
		struct observation *seen = &f->o.cases[c].by[0], was = *seen;
		struct gate_outcome g;

		seen->verdict = was.verdict == VERDICT_CRASHED ? VERDICT_CONFORMS : VERDICT_CRASHED;
		gate(&g, &f->b, &f->o, &some);
		assert_int_equal(gate_exit_code(&g), gates);
		assert_true(g.cases > 10 && g.cases < 100);
		gate_release(&g);
		*seen = was;
	}
}

static void quirks_engines_and_splats_count(void **state)
{
	struct fixture *f = *state;
	bool on[] = { true, true, true };
	struct observed_splat splat = { "-", "\"BUG: N\"", on };

	f->o.columns[1].quirks ^= 8;
	names_it(f, quirks[3].name, "debian-6.1 interp: there, and not listed");
	f->o.columns[1].quirks ^= 8 + 2;
	names_it(f, quirks[1].name, "debian-6.1 interp: listed, and not there");
	f->o.columns[1].quirks ^= 2;
	f->o.columns[2].uncertain = 1;
	names_it(f, quirks[0].name, "debian-6.1 jit-hardened: there, and not listed");
	f->o.columns[2].uncertain = 0;
	f->o.splats = &splat;
	f->o.n_splats = 1;
	names_it(f, "-", "BUG: N");
	f->o.splats = NULL;
	f->o.n_splats = 0;
	f->o.columns[2].engine = "jit-blinded";
	assert_true(findings(&f->b, &f->o) > 1);
	f->o.columns[2].engine = "jit-hardened";
	assert_int_equal(findings(&f->b, &f->o), 0);
}

static void reasons_can_be_asked_for(void **state)
{
	struct fixture *f = *state;
	const struct gate_selection strict = { .level = LEVEL_MAY, .need_reasons = true };
	struct gate_outcome g;

	gate(&g, &f->b, &f->o, &strict);
	assert_true(g.unreasoned > 10);
	assert_int_equal(g.n_findings, g.unreasoned);
	gate_release(&g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_run_passes),
		cmocka_unit_test(each_verdict_counts),
		cmocka_unit_test(each_case_that_is_gone_is_named),
		cmocka_unit_test(each_case_that_is_new_is_named),
		cmocka_unit_test(an_empty_run_shows_nothing),
		cmocka_unit_test(a_level_that_changes_is_named),
		cmocka_unit_test(levels_and_areas_select),
		cmocka_unit_test(quirks_engines_and_splats_count),
		cmocka_unit_test(reasons_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down) ? 1 : 0;
}
