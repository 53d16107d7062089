// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Updated baselines: they expect what was seen, and nothing moves that did not have to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "gate_test.h"

static bool passes(const struct baseline *b, const struct observed *o)
{
	const struct gate_selection everything = { .level = LEVEL_MAY };
	struct gate_outcome g;
	bool ok;

	gate(&g, b, o, &everything);
	ok = gate_exit_code(&g) == 0;
	if (!ok && g.n_findings)
		print_message("%s: %s", g.findings[0].name, g.findings[0].what);
	gate_release(&g);
	return ok;
}

/* The baseline of @text, updated, as text. It must be one that is read back, and that passes. */
static char *updated(const char *text, const struct observed *o)
{
	struct baseline old, new, again;
	struct update u;
	struct diag d;
	char *result;

	if (baseline_parse(&old, text, "old", &d))
		fail_msg("%u: %s\n%s", d.line, d.message, d.text);
	update_make(&u, &old, o);
	update_apply(&u, &new);
	result = baseline_string(&new);
	assert_true(passes(&new, o));
	if (baseline_parse(&again, result, "new", &d))
		fail_msg("%u: %s\n%s", d.line, d.message, d.text);
	update_release(&u);
	baseline_release(&again);
	baseline_release(&new);
	baseline_release(&old);
	return result;
}

/* A few cases on two engines of one kernel, or on three kernels. */
struct few {
	struct record runs[3];
	struct observed o;
};

static const char *const few_names[] = { "a.one", "a.two", "b.one" };

#define N_FEW 3

static void make_few(struct few *f, size_t n_runs)
{
	static const char *const kernels[] = { "debian-6.1", "debian-5.10", "/x/bz Image" };

	memset(f, 0, sizeof(*f));
	for (size_t r = 0; r < n_runs; r++) {
		f->runs[r].kernel = (char *)kernels[r];
		f->runs[r].dir = f->runs[r].arch = "";
		f->runs[r].suite_trouble = "";
		f->runs[r].n_engines = 2;
		memcpy(f->runs[r].engines[0].name, "jit", 4);
		memcpy(f->runs[r].engines[1].name, "interp", 7);
	}
	observe(&f->o, f->runs, n_runs);
	f->o.n_cases = N_FEW;
	f->o.cases = xcalloc(N_FEW, sizeof(*f->o.cases));
	for (size_t c = 0; c < N_FEW; c++) {
		f->o.cases[c].name = few_names[c];
		f->o.cases[c].by = xcalloc(f->o.n_columns, sizeof(*f->o.cases[c].by));
		for (size_t k = 0; k < f->o.n_columns; k++)
			f->o.cases[c].by[k].verdict = VERDICT_CONFORMS;
	}
}

static void set_few(struct few *f, size_t c, size_t k, enum verdict v, const char *detail)
{
	f->o.cases[c].by[k].verdict = v;
	free(f->o.cases[c].by[k].detail);
	f->o.cases[c].by[k].detail = detail ? xstrdup(detail) : NULL;
}

#define BEGIN "# head\nbaseline 1\nengine jit\nengine interp\n"
#define WRONG "step 2 wanted \"0\" got \"1\""
#define OTHER "step 3 wanted \"0\" got \"1\""

static void becomes(struct few *f, const char *old, const char *new)
{
	char *text = updated(old, &f->o), *again = updated(text, &f->o);

	assert_string_equal(text, new);
	assert_string_equal(again, new);
	free(text);
	free(again);
}

static void reasons_and_order_stay(void **state)
{
	struct few f;

	(void)state;
	make_few(&f, 1);
	set_few(&f, 0, 1, VERDICT_DIVERGES, WRONG);
	set_few(&f, 1, 0, VERDICT_CRASHED, NULL);
	becomes(&f, "baseline 1\n",
		"baseline 1\nengine jit\nengine interp\n"
		"case a.one must diverges " WRONG " if interp\n"
		"case a.one must conforms\n"
		"case a.two must crashed if jit\n"
		"case a.two must conforms\n"
		"case b.one must conforms\n");
	/* Another order, notes, reasons: they stay; the failure is another one now. */
	becomes(&f,
		BEGIN "case b.one must conforms  # remarkable\n\n# A\n"
		      "case a.two must crashed if jit  # https://x/2\n"
		      "case a.two must conforms\n"
		      "case a.one must diverges " OTHER " if interp  # https://x/1\n"
		      "case a.one must conforms\n",
		BEGIN "case b.one must conforms  # remarkable\n\n# A\n"
		      "case a.two must crashed if jit  # https://x/2\n"
		      "case a.two must conforms\n"
		      "case a.one must diverges " WRONG " if interp  # https://x/1\n"
		      "case a.one must conforms\n");
	/* What was mended goes, with its reason. */
	set_few(&f, 0, 1, VERDICT_CONFORMS, NULL);
	set_few(&f, 1, 0, VERDICT_CONFORMS, NULL);
	becomes(&f,
		BEGIN "case a.two must crashed if jit  # https://x/2\n"
		      "case a.two must conforms\n"
		      "case a.one must diverges " OTHER "  # https://x/1\n"
		      "case b.one must conforms\n",
		BEGIN "case a.two must conforms\n"
		      "case a.one must conforms\n"
		      "case b.one must conforms\n");
	observed_release(&f.o);
}

static void globs_give_way(void **state)
{
	struct few f;

	(void)state;
	make_few(&f, 1);
	for (size_t c = 0; c < 2; c++)
		for (size_t k = 0; k < 2; k++)
			set_few(&f, c, k, VERDICT_UNSUPPORTED, NULL);
	/* Each case is named all the same. */
	becomes(&f, BEGIN "case a.* any unsupported  # no arrays\ncase gone.* any quirk\n",
		BEGIN "case a.* any unsupported  # no arrays\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n");
	set_few(&f, 1, 1, VERDICT_CONFORMS, NULL);
	becomes(&f,
		BEGIN "case a.* any unsupported  # no arrays\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n",
		BEGIN "case a.two must conforms if interp\n"
		      "case a.* any unsupported  # no arrays\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n");
	/* On all engines: named, or it would hide the line below. */
	set_few(&f, 1, 0, VERDICT_CONFORMS, NULL);
	becomes(&f,
		BEGIN "case a.* any unsupported  # no arrays\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n",
		BEGIN "case a.two must conforms if jit | interp\n"
		      "case a.* any unsupported  # no arrays\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n");
	/* Any step, any value */
	for (size_t k = 0; k < 2; k++) {
		set_few(&f, 0, k, VERDICT_DIVERGES, WRONG);
		set_few(&f, 1, k, VERDICT_DIVERGES, OTHER);
	}
	becomes(&f, BEGIN "case a.* any diverges step * wanted \"*\" got \"1\"\n",
		BEGIN "case a.* any diverges step * wanted \"*\" got \"1\"\n"
		      "case a.one must conforms\n"
		      "case a.two must conforms\n"
		      "case b.one must conforms\n");
	observed_release(&f.o);
}

static void kernels_are_told_apart(void **state)
{
	struct few f;

	(void)state;
	make_few(&f, 3);
	set_few(&f, 0, 2, VERDICT_QUIRK, NULL);
	set_few(&f, 0, 3, VERDICT_QUIRK, NULL);
	set_few(&f, 1, 3, VERDICT_QUIRK, NULL);
	set_few(&f, 1, 5, VERDICT_DIVERGES, WRONG);
	for (size_t k = 1; k < 6; k += 2)
		set_few(&f, 2, k, VERDICT_UNSUPPORTED, NULL);
	if (f.o.columns) /* it is; the analyzer does not follow observe() */
		f.o.columns[4].quirks = 1;
	becomes(&f, BEGIN "case a.two must quirk if arm64  # another machine's\n",
		BEGIN "quirk empty-slot-counts if bz-Image & jit\n"
		      "case a.one must quirk if debian-5.10\n"
		      "case a.one must conforms\n"
		      "case a.two must quirk if arm64  # another machine's\n"
		      "case a.two must quirk if debian-5.10 & interp\n"
		      "case a.two must diverges " WRONG " if bz-Image & interp\n"
		      "case a.two must conforms\n"
		      "case b.one must unsupported if interp\n"
		      "case b.one must conforms\n");
	observed_release(&f.o);
}

/* Where a line was for what is now different on each engine. */
static void a_line_is_split(void **state)
{
	struct few f;

	(void)state;
	make_few(&f, 1);
	set_few(&f, 0, 0, VERDICT_DIVERGES, WRONG);
	set_few(&f, 0, 1, VERDICT_TIMED_OUT, NULL);
	becomes(&f,
		BEGIN "case a.one must crashed  # https://x/3\n"
		      "case a.two must conforms\ncase b.one should conforms\n",
		BEGIN "case a.one must timed-out if interp  # https://x/3\n"
		      "case a.one must diverges " WRONG "  # https://x/3\n"
		      "case a.two must conforms\ncase b.one must conforms\n");
	observed_release(&f.o);
}

/* Every change to one case of all changes lines of that case alone. */
static void only_its_own_lines_change(void **state)
{
	struct record run;
	struct observed o;
	struct baseline b;

	(void)state;
	fake_run(&run, "debian-6.1");
	observe(&o, &run, 1);
	fake_baseline(&b, &o);
	for (size_t c = 0; c < o.n_cases; c += 5) {
		struct observation *seen = &o.cases[c].by[c % 3], was = *seen;
		struct baseline new;
		struct update u;

		seen->verdict = was.verdict == VERDICT_QUIRK ? VERDICT_CONFORMS : VERDICT_QUIRK;
		update_make(&u, &b, &o);
		for (size_t i = 0; i < b.n; i++)
			if (u.deleted[i] || u.replaced[i].kind != ENTRY_RAW)
				assert_string_equal(b.entries[i].name, o.cases[c].name);
		for (size_t i = 0; i < u.n_edits; i++)
			assert_string_equal(u.edits[i].entry.name, o.cases[c].name);
		update_apply(&u, &new);
		assert_true(passes(&new, &o));
		update_release(&u);
		baseline_release(&new);
		*seen = was;
	}
	baseline_release(&b);
	observed_release(&o);
	record_release(&run);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_and_order_stay),    cmocka_unit_test(globs_give_way),
		cmocka_unit_test(kernels_are_told_apart),    cmocka_unit_test(a_line_is_split),
		cmocka_unit_test(only_its_own_lines_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
