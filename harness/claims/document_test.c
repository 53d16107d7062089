// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The document, from results that never were. */
#include "document.h"

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"

static const char made_up_cases[] =
	"case b.one\nabout One *star* < two.\nabout More.\nclaim t.yes t.mixed\nsource a.c f\n"
	"level should\nmap m prog_array\n"
	"case b.two\nabout It does not.\ncontradicts t.no\nneeds jit\nmap m prog_array\n"
	"case a.three\nabout Within limits.\nqualifies t.some\nmap m prog_array\n";

static const char made_up_claims[] =
	"source doc the page\nsource man bpf(2)\ntopic t Things\n"
	"claim t.yes doc:A doc:B man = Yes.\nclaim t.no doc = No.\nclaim t.some doc = Some.\n"
	"claim t.mixed man = Mixed.\nclaim t.open man = Open.\nrule t.rule man = Rule.\n"
	"untestable t.un doc = Unsaid. | too dear\n";

static const char made_up_areas[] = "area a First area\nabout Hello | there.\narea gone Gone\n";

#define CASES	((size_t)3)
#define ENGINES ((size_t)2)
#define RUNS	((size_t)2)

struct world {
	struct case_file file;
	const struct test_case *cases[CASES];
	struct suite suite;
	struct claims claims;
	struct areas areas;
	struct result results[RUNS][CASES * ENGINES];
	struct record runs[RUNS];
	struct records records;
	struct document doc;
};

static int by_name(const void *a, const void *b)
{
	const struct test_case *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void make(struct world *w)
{
	static const char *const kernels[RUNS] = { "old", "new" };
	struct diag d;

	memset(w, 0, sizeof(*w));
	w->file = must_parse(made_up_cases);
	for (size_t i = 0; i < CASES; i++)
		w->cases[i] = &w->file.cases[i];
	qsort(w->cases, CASES, sizeof(*w->cases), by_name);
	w->suite = (struct suite){ .cases = w->cases, .n_cases = CASES };
	assert_int_equal(claims_parse(&w->claims, made_up_claims, strlen(made_up_claims), "c", &d),
			 0);
	assert_int_equal(areas_parse(&w->areas, made_up_areas, strlen(made_up_areas), "a", &d), 0);
	areas_complete(&w->areas, &w->suite);
	for (size_t r = 0; r < RUNS; r++) {
		w->runs[r] = (struct record){ .kernel = (char *)kernels[r],
					      .package = (char *)"package 1",
					      .engines = { { "jit", 0 }, { "interp", 0 } },
					      .n_engines = ENGINES,
					      .suite = w->suite,
					      .results = w->results[r] };
		for (size_t i = 0; i < CASES * ENGINES; i++)
			w->results[r][i].verdict = VERDICT_CONFORMS;
	}
	w->records = (struct records){ .records = w->runs, .n_records = RUNS };
	w->doc = (struct document){ &w->claims, &w->areas, &w->suite, &w->records };
}

static void unmake(struct world *w)
{
	case_file_release(&w->file);
	claims_release(&w->claims);
	areas_release(&w->areas);
}

/* Where a line of a list is broken is no concern of these tests. */
static void unfold(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (strncmp(from, "\n  ", 3) == 0) {
			*to++ = ' ';
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static char *printed_document(const struct world *w)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	document_print(out, &w->doc);
	fclose(out);
	unfold(text);
	return text;
}

static void says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void everything_is_told(void **state)
{
	struct world w;
	char *text, *again;

	(void)state;
	make(&w);
	/* Case b.one on the old kernel's interpreter. */
	w.runs[0].engines[1].quirks = QUIRK(EMPTY_SLOT_COUNTS);
	w.results[0][1 * ENGINES + 1] =
		(struct result){ .verdict = VERDICT_QUIRK, .because = QUIRK(EMPTY_SLOT_COUNTS) };
	w.results[1][2 * ENGINES + 1].verdict = VERDICT_UNSUPPORTED;
	text = printed_document(&w);
	says(text, "| old | package 1 | jit | 3 | 3 | 0 | 0 | 0 |\n"
		   "|  |  | interp | 3 | 2 | 1 | 0 | 0 |\n");
	says(text, "|  |  | interp | 3 | 2 | 0 | 1 | 0 |\n");
	says(text, "### Contradicted\n\nEvery engine does something else.\n\n"
		   "- \"No.\" (the page) But: It does not. (`b.two`)\n");
	says(text, "- \"Some.\" (the page) But: Within limits. (`a.three`)\n");
	/* The same source is named once. */
	says(text, "- \"Yes.\" (the page, bpf(2)) confirmed: old (jit), new; undone by quirk "
		   "(empty-slot-counts): old (interp). For it: `b.one`.\n");
	says(text, "### First area\n\nHello \\| there.\n\n- Within limits. (`a.three`)\n");
	says(text,
	     "### b\n\n- One \\*star\\* &lt; two. More. (`b.one`, should; a.c f) **Not so** by "
	     "`empty-slot-counts` on old (interp).\n"
	     "- It does not. (`b.two`, only with `jit`)\n");
	says(text, "In this order: First area; b.\n");
	says(text, "- **empty-slot-counts**: ");
	says(text, "Has it: old (interp).");
	says(text, "- Open. (`t.open`) Why not: not measured yet.\n"
		   "- Unsaid. (`t.un`) Why not: too dear.\n");
	assert_null(strstr(text, "Gone"));
	again = printed_document(&w);
	assert_string_equal(text, again);
	free(again);
	free(text);
	unmake(&w);
}

/* What is not explained must not look as if it were. */
static void open_results_show(void **state)
{
	static const enum verdict open[] = { VERDICT_NONE, VERDICT_DIVERGES, VERDICT_CRASHED,
					     VERDICT_TIMED_OUT, VERDICT_INFRA };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(open); i++) {
		struct world w;
		char *text;

		make(&w);
		w.results[1][1 * ENGINES].verdict = open[i];
		text = printed_document(&w);
		says(text, "**Open**:");
		says(text, "on new jit.");
		if (open[i] != VERDICT_NONE) {
			says(text, "### Open\n");
			says(text, "open: new (jit)");
		}
		free(text);
		unmake(&w);
	}
}

static void engines_in_words(void **state)
{
	static const struct {
		unsigned int set[RUNS];
		const char *text;
	} rows[] = {
		{ { 3, 3 }, "every kernel" },		{ { 1, 1 }, "jit of every kernel" },
		{ { 2, 2 }, "interp of every kernel" }, { { 3, 0 }, "old" },
		{ { 0, 2 }, "new (interp)" },		{ { 1, 3 }, "old (jit), new" },
	};
	struct world w;

	(void)state;
	make(&w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = document_engines(&w.records, rows[i].set);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
	unmake(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_told),
		cmocka_unit_test(open_results_show),
		cmocka_unit_test(engines_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
