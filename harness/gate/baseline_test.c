// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "gate_test.h"

static const char good[] =
	"# a comment\n"
	"baseline 1\n"
	"\n"
	"engine jit if debian-6.1\n"
	"quirk no-isa-v4 if jit | interp  # since ever\n"
	"uncertain no-isa-v4\n"
	"splat - \"BUG: N # \\\"x\\\"\"\n"
	"splat limit.self \"WARNING: N\" if !jit\n"
	"case gen.isa.* any diverges step * wanted \"*\" got \"1\" if s390x & !(jit)  # "
	"https://x/1\n"
	"case limit.self must diverges step 3 wanted \"0 # if\" got \"EINVAL\"  # why\n"
	"case pin.a should unsupported if interp\n"
	"case pin.a should conforms\n";

static void comes_back_as_it_was(void **state)
{
	struct baseline b;
	struct diag d;
	char *text;

	(void)state;
	if (baseline_parse(&b, good, "file", &d))
		fail_msg("%u: %s", d.line, d.message);
	text = baseline_string(&b);
	assert_string_equal(text, good);
	assert_string_equal(b.entries[9].detail, "step 3 wanted \"0 # if\" got \"EINVAL\"");
	assert_string_equal(b.entries[9].reason, "why");
	assert_null(b.entries[9].condition);
	assert_int_equal(b.entries[8].level, ANY_LEVEL);
	assert_true(b.entries[8].glob);
	assert_string_equal(b.entries[8].condition, "s390x & !(jit)");
	free(text);
	baseline_release(&b);
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
		unsigned int line, column;
	} bad[] = {
		{ "", "its first line is", 1, 0 },
		{ "# nothing\n", "its first line is", 1, 0 },
		{ "case a.b must conforms\n", "first line of a baseline", 1, 1 },
		{ "baseline 2\n", "version", 1, 10 },
		{ "baseline 1\nfrob a\n", "a line begins with", 2, 1 },
		{ "baseline 1\ncase\n", "a name is missing", 2, 5 },
		{ "baseline 1\ncase a..b must conforms\n", "neither the name", 2, 6 },
		{ "baseline 1\ncase a.b conforms\n", "a level is missing", 2, 10 },
		{ "baseline 1\ncase a.b any conforms\n", "any is for globs", 2, 10 },
		{ "baseline 1\ncase a.b must\n", "a verdict is missing", 2, 14 },
		{ "baseline 1\ncase a.b must infra\n", "cannot be expected", 2, 15 },
		{ "baseline 1\ncase a.b must none\n", "cannot be expected", 2, 15 },
		{ "baseline 1\ncase a.b must diverges\n", "has a step", 2, 23 },
		{ "baseline 1\ncase a.b must quirk step 1 wanted \"0\" got \"1\"\n",
		  "only what diverges", 2, 15 },
		{ "baseline 1\ncase a.b must diverges step x wanted \"0\" got \"1\"\n",
		  "number of a step", 2, 29 },
		{ "baseline 1\ncase a.b must diverges step 1 got \"0\"\n", "wanted", 2, 30 },
		{ "baseline 1\ncase a.b must diverges step 1 wanted 0 got 1\n", "in quotes", 2,
		  38 },
		{ "baseline 1\ncase a.b must diverges step 1 wanted \"0\n", "not closed", 2, 38 },
		{ "baseline 1\ncase a.b must diverges step 1 wanted \"0\"\n", "got", 2, 41 },
		{ "baseline 1\ncase a.b must conforms if jit &\n", "no condition", 2, 32 },
		{ "baseline 1\ncase a.b must conforms if # x\n", "no condition", 2, 27 },
		{ "baseline 1\ncase a.b must conforms really\n", "ended here", 2, 24 },
		{ "baseline 1\nsplat - BUG\n", "in quotes", 2, 9 },
		{ "baseline 1\nquirk a\nquirk a if jit\n", "said above", 3, 1 },
		{ "baseline 1\ncase a.b must conforms\ncase a.b must quirk if jit\n",
		  "line 2 is for the same", 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct baseline b;
		struct diag d;

		assert_int_equal(baseline_parse(&b, bad[i].text, "file", &d), -1);
		if (!strstr(d.message, bad[i].says) || d.line != bad[i].line ||
		    d.column != bad[i].column)
			fail_msg("%s: %u:%u: %s", bad[i].text, d.line, d.column, d.message);
	}
}

/* Any cut of a good text is a baseline or a message, and nothing worse. */
static void survives_cuts(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(good); n++) {
		char *text = xstrndup(good, n);
		struct baseline b;
		struct diag d;

		if (!baseline_parse(&b, text, "file", &d))
			baseline_release(&b);
		free(text);
	}
}

/* Each is held against all others: a file of nothing else would take hours. */
static void many_lines_that_are_not_of_cases_are_refused(void **state)
{
	struct text t = { 0 };
	struct baseline b;
	struct diag d;

	(void)state;
	text_add(&t, "baseline 1\n");
	for (int i = 0; i < 1999; i++)
		text_printf(&t, "engine e%d\n", i);
	assert_int_equal(baseline_parse(&b, t.s, "file", &d), 0);
	baseline_release(&b);
	text_add(&t, "engine one-more\n");
	assert_int_equal(baseline_parse(&b, t.s, "file", &d), -1);
	assert_non_null(strstr(d.message, "too many lines"));
	text_release(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(survives_cuts),
		cmocka_unit_test(many_lines_that_are_not_of_cases_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
