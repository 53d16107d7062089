// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs side by side: order, what is kept once, since when; and folders with junk in them. */
#include "two_runs_test.h"

static void older_kernels_first(void **state)
{
	struct two_runs *t = *state;

	assert_int_equal(t->report.n_kernels, 2);
	assert_string_equal(t->report.kernels[0].label, "6.1.176");
	assert_string_equal(t->report.kernels[1].label, "6.12.43");
	assert_int_equal(t->report.n_columns, 8);
	assert_int_equal(t->report.columns[0].kernel, 0);
	assert_int_equal(t->report.columns[4].kernel, 1);
}

static void letters_are_all_different(void **state)
{
	struct two_runs *t = *state;

	assert_int_equal(t->report.engines[0].letter, 'J');
	for (size_t a = 0; a < t->report.n_engines; a++)
		for (size_t b = 0; b < a; b++)
			assert_int_not_equal(t->report.engines[a].letter,
					     t->report.engines[b].letter);
}

/* "as expected" has no text, and what two kernels gave alike is there once. */
static void answers_are_kept_once(void **state)
{
	struct two_runs *t = *state;
	const struct shown_case *sc = &t->report.cases[CASE_FREEZE];

	assert_string_equal(sc->c->name, "freeze.twice");
	assert_int_equal(sc->n_answers, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct answer *a = &sc->answers[i];

		if (a->verdict == VERDICT_CONFORMS) {
			assert_null(a->transcript);
			assert_int_equal(a->n_columns, 6);
		} else {
			assert_int_equal(a->verdict, VERDICT_QUIRK);
			assert_string_equal(a->transcript,
					    "1 map m prog_array = 0\n2 freeze m = 0\n"
					    "3 freeze m = EBUSY\n");
			assert_int_equal(a->n_columns, 2);
			assert_true(column_in(&a->columns, 0) && column_in(&a->columns, 4));
		}
	}
	assert_false(report_case_changed(&t->report, CASE_FREEZE, 0, 1));
}

static void who_in_words(void **state)
{
	struct two_runs *t = *state;
	struct columns set = { .word = { 0x11 } };
	char *who = report_who(&t->report, &set);

	assert_string_equal(who, "jit of 6.1.176, 6.12.43");
	free(who);
	set.word[0] = 0x2f;
	who = report_who(&t->report, &set);
	assert_string_equal(who, "every engine of 6.1.176; jit-hardened of 6.12.43");
	free(who);
	set.word[0] = 0xff;
	who = report_who(&t->report, &set);
	assert_string_equal(who, "every engine of every kernel");
	free(who);
}

static void spans_of_quirks(void **state)
{
	struct two_runs *t = *state;
	struct span span;
	size_t k = 0;

	assert_true(report_next_span(&t->report, &k, 2, 0, QUIRK_FREEZE_BY_CAPABILITY, &span));
	assert_int_equal(span.first, 0);
	assert_int_equal(span.last, 1);
	assert_false(report_next_span(&t->report, &k, 2, 0, QUIRK_FREEZE_BY_CAPABILITY, &span));
	k = 0;
	assert_true(report_next_span(&t->report, &k, 2, 0, QUIRK_NO_GOTOL, &span));
	assert_int_equal(span.first, 1);
	assert_int_equal(span.last, 1);
	/* Its probes fitted neither way. */
	assert_int_equal(report_quirk(&t->report, 0, 1, QUIRK_NO_GOTOL), '?');
	assert_int_equal(report_arch_end(&t->report, 0), 2);
}

static void claims_by_engine(void **state)
{
	struct two_runs *t = *state;
	struct columns by[N_CLAIM_VERDICTS];

	assert_int_equal(report_claim(&t->report, &t->claims.claims[0], by), CLAIM_MIXED);
	assert_true(column_in(&by[CLAIM_QUIRK], 0));
	assert_true(column_in(&by[CLAIM_CONFIRMED], 1));
	assert_int_equal(report_claim(&t->report, &t->claims.claims[1], by), CLAIM_UNMEASURED);
}

/* Generated cases that conform everywhere are names only; one that does not has its section. */
static void generated_cases_fold(void **state)
{
	struct case_file f = must_parse("case gen.bad\nabout x\nfreeze fd:closed = EBADF\n"
					"case gen.good\nabout x\nfreeze fd:closed = EBADF\n"
					"case general.good\nabout x\nfreeze fd:closed = EBADF\n");
	const struct test_case *cases[] = { &f.cases[0], &f.cases[1], &f.cases[2] };
	struct result results[] = { { .verdict = VERDICT_DIVERGES, .transcript = "1 x = 0\n" },
				    { .verdict = VERDICT_CONFORMS },
				    { .verdict = VERDICT_CONFORMS } };
	struct record rec = { .kernel = "k",
			      .release = "6.1.0-9-generic",
			      .package = "",
			      .arch = "riscv64",
			      .n_engines = 1,
			      .suite = { .cases = cases, .n_cases = 3 },
			      .results = results };
	struct records records = { .records = &rec, .n_records = 1 };
	struct two_runs *t = *state;
	struct report r;

	strcpy(rec.engines[0].name, "jit");
	report_make(&r, &(struct report_input){ &records, &t->claims, &t->areas, NULL, 0 });
	assert_string_equal(r.kernels[0].label, "6.1.0 riscv64");
	assert_false(r.cases[0].folded);
	assert_true(r.cases[1].folded);
	assert_false(r.cases[2].folded);
	report_free(&r);
	case_file_release(&f);
}

/* The version of a case that the newest kernel had counts; of others the results are missing. */
static void another_version_of_a_case(void **state)
{
	struct case_file now = must_parse("case a.b\nabout x\nfreeze fd:closed = EBADF\n");
	struct case_file then = must_parse("case a.b\nabout x\nfreeze fd:closed = EPERM\n");
	const struct test_case *a[] = { &now.cases[0] }, *b[] = { &then.cases[0] };
	struct result conforms = { .verdict = VERDICT_CONFORMS };
	struct record recs[] = {
		{ .kernel = "new", .release = "7.3.1", .suite = { .cases = a } },
		{ .kernel = "rc", .release = "7.3-rc2", .suite = { .cases = b } }
	};
	struct records records = { .records = recs, .n_records = 2 };
	struct two_runs *t = *state;
	struct report r;

	for (size_t i = 0; i < 2; i++) {
		recs[i].package = recs[i].arch = "";
		recs[i].n_engines = recs[i].suite.n_cases = 1;
		recs[i].results = &conforms;
		strcpy(recs[i].engines[0].name, "jit");
	}
	report_make(&r, &(struct report_input){ &records, &t->claims, &t->areas, NULL, 0 });
	assert_string_equal(r.kernels[0].label, "7.3-rc2");
	assert_int_equal(r.n_cases, 1);
	assert_ptr_equal(r.cases[0].c, &now.cases[0]);
	assert_null(report_answer(&r, 0, 0));
	assert_non_null(report_answer(&r, 0, 1));
	assert_int_equal(r.kernels[0].n_missing, 1);
	report_free(&r);
	case_file_release(&now);
	case_file_release(&then);
}

static void read_text(const struct two_runs *t, const char *text, size_t len)
{
	struct record *rec = &t->records.records[0];
	char *copy = xstrndup(text, len);
	struct record r = *rec;

	r.results = xcalloc(r.suite.n_cases * r.n_engines, sizeof(*r.results));
	record_take_transcripts(&r, 0, copy);
	for (size_t i = 0; i < r.suite.n_cases * r.n_engines; i++)
		free(r.results[i].transcript);
	free(r.results);
	free(copy);
}

static void transcripts_cut_anywhere(void **state)
{
	static const char text[] =
		"junk\ncase freeze.twice\nverdict conforms\n1 a = 0\n\n"
		"case nobody\nverdict x\ncase limit.one\nno verdict\n"
		"case limit.one\nverdict diverges\n\n\ncase freeze.twice\nverdict q\n";
	struct two_runs *t = *state;

	for (size_t len = 0; len < sizeof(text); len++)
		read_text(t, text, len);
}

/* A guest that writes "case ..." into its transcript does not make results for cases before it. */
static void transcripts_are_their_own(void **state)
{
	static const char text[] = "case freeze.twice\nverdict conforms\n1 a = 0\n\n"
				   "case limit.one\nverdict diverges\n"
				   "case freeze.twice\nverdict conforms\nforged\n\n";
	struct two_runs *t = *state;
	struct record r = t->records.records[0];
	char *copy = xstrdup(text);

	r.results = xcalloc(r.suite.n_cases * r.n_engines, sizeof(*r.results));
	record_take_transcripts(&r, 0, copy);
	assert_string_equal(r.results[CASE_FREEZE * r.n_engines].transcript, "1 a = 0\n");
	assert_string_equal(r.results[CASE_LIMIT * r.n_engines].transcript,
			    "case freeze.twice\nverdict conforms\nforged\n");
	for (size_t i = 0; i < r.suite.n_cases * r.n_engines; i++)
		free(r.results[i].transcript);
	free(r.results);
	free(copy);
}

static void write_text(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	free(path);
}

static void junk_in_a_folder(void **state)
{
	static const char *const summaries[] = {
		"",
		"junk",
		"[]",
		"{}",
		"{\"kernel\": []}",
		"{\"kernel\": {\"name\": 1}}",
		"{\"kernel\": {\"name\": \"k\"}, \"engines\": 1, \"cases\": {}, \"splats\": [1, "
		"{}], "
		"\"suite_errors\": [null]}",
		"{\"kernel\": {\"name\": \"k\"}, \"engines\": [7, {\"offered\": true}, {\"name\": "
		"\"../jit\", \"offered\": true}, {\"offered\": 1}], \"cases\": [{\"engines\": 3}]}",
	};
	struct two_runs *t = *state;
	char *dir = xasprintf("%s/junk", t->dir), why[600];

	assert_int_equal(mkdir(dir, 0700), 0);
	write_text(dir, "cases.case", "case a.b\nabout x\nfreeze fd:closed = EBADF\n");
	for (size_t i = 0; i < ARRAY_SIZE(summaries); i++) {
		struct record r;

		write_text(dir, "summary.json", summaries[i]);
		if (record_read(&r, dir, why, sizeof(why))) {
			assert_true(i < 6);
			continue;
		}
		assert_true(i >= 6);
		/* Names of engines lead out of no folder. */
		assert_int_equal(record_read_transcripts(&r, why, sizeof(why)), 0);
		record_release(&r);
	}
	write_text(dir, "summary.json",
		   "{\"kernel\": {\"name\": \"k\"}, \"engines\": [{\"name\": \"jit\", \"offered\": "
		   "true}]}");
	for (int pass = 0; pass < 2; pass++) {
		struct record r;

		assert_int_equal(record_read(&r, dir, why, sizeof(why)), 0);
		assert_int_equal(record_read_transcripts(&r, why, sizeof(why)), pass - 1);
		record_release(&r);
		write_text(dir, "jit.txt", "case a.b\nverdict conforms\n");
	}
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_kernels_first),
		cmocka_unit_test(letters_are_all_different),
		cmocka_unit_test(answers_are_kept_once),
		cmocka_unit_test(who_in_words),
		cmocka_unit_test(spans_of_quirks),
		cmocka_unit_test(claims_by_engine),
		cmocka_unit_test(generated_cases_fold),
		cmocka_unit_test(another_version_of_a_case),
		cmocka_unit_test(transcripts_cut_anywhere),
		cmocka_unit_test(transcripts_are_their_own),
		cmocka_unit_test(junk_in_a_folder),
	};

	return cmocka_run_group_tests(tests, two_runs_make, two_runs_release);
}
