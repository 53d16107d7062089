// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From results of cases to a verdict on a claim; and runs read back from their folders. */
#include "evidence.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"

/* What cases say (+ confirms, - contradicts, ~ qualifies) and how each did. */
static const struct {
	const char *says;
	enum verdict did[4];
	enum claim_verdict verdict;
} rows[] = {
	{ "", { 0 }, CLAIM_UNMEASURED },
	{ "+", { VERDICT_NONE }, CLAIM_UNMEASURED },
	{ "+", { VERDICT_UNSUPPORTED }, CLAIM_UNMEASURED },
	{ "+", { VERDICT_CONFORMS }, CLAIM_CONFIRMED },
	{ "-", { VERDICT_CONFORMS }, CLAIM_CONTRADICTED },
	{ "~", { VERDICT_CONFORMS }, CLAIM_QUALIFIED },
	{ "++", { VERDICT_CONFORMS, VERDICT_CONFORMS }, CLAIM_CONFIRMED },
	{ "++", { VERDICT_CONFORMS, VERDICT_UNSUPPORTED }, CLAIM_CONFIRMED },
	{ "+-", { VERDICT_CONFORMS, VERDICT_UNSUPPORTED }, CLAIM_CONFIRMED },
	{ "+-", { VERDICT_CONFORMS, VERDICT_CONFORMS }, CLAIM_QUALIFIED },
	{ "+~", { VERDICT_CONFORMS, VERDICT_CONFORMS }, CLAIM_QUALIFIED },
	{ "-~", { VERDICT_CONFORMS, VERDICT_CONFORMS }, CLAIM_QUALIFIED },
	/* What a quirk changed speaks for nothing that the case states. */
	{ "+", { VERDICT_QUIRK }, CLAIM_QUIRK },
	{ "-", { VERDICT_QUIRK }, CLAIM_QUIRK },
	{ "~", { VERDICT_QUIRK }, CLAIM_QUIRK },
	{ "+-~", { VERDICT_QUIRK, VERDICT_QUIRK, VERDICT_QUIRK }, CLAIM_QUIRK },
	{ "++", { VERDICT_CONFORMS, VERDICT_QUIRK }, CLAIM_QUALIFIED },
	{ "--", { VERDICT_CONFORMS, VERDICT_QUIRK }, CLAIM_QUALIFIED },
	{ "++", { VERDICT_QUIRK, VERDICT_NONE }, CLAIM_QUIRK },
	/* One case that nobody can explain is enough. */
	{ "+++", { VERDICT_CONFORMS, VERDICT_CONFORMS, VERDICT_DIVERGES }, CLAIM_OPEN },
	{ "++", { VERDICT_QUIRK, VERDICT_CRASHED }, CLAIM_OPEN },
	{ "-", { VERDICT_TIMED_OUT }, CLAIM_OPEN },
	{ "~", { VERDICT_INFRA }, CLAIM_OPEN },
};

static enum claim_relation relation_of(char sign)
{
	return sign == '+' ? CLAIM_CONFIRMS : sign == '-' ? CLAIM_CONTRADICTS : CLAIM_QUALIFIES;
}

static void one_engine(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct evidence e = { .quirk = 0 };

		for (size_t n = 0; rows[i].says[n]; n++)
			evidence_add(&e, relation_of(rows[i].says[n]), rows[i].did[n], 1ULL << n);
		if (evidence_verdict(&e) != rows[i].verdict)
			fail_msg("row %zu (%s): %s and not %s", i, rows[i].says,
				 claim_verdict_names[evidence_verdict(&e)],
				 claim_verdict_names[rows[i].verdict]);
		/* Only what a quirk changed has its quirks counted. */
		assert_int_equal(e.quirks != 0, e.quirk != 0);
	}
}

static void several_engines(void **state)
{
	static const enum claim_verdict all[] = { CLAIM_UNMEASURED,   CLAIM_CONFIRMED,
						  CLAIM_CONTRADICTED, CLAIM_QUALIFIED,
						  CLAIM_QUIRK,	      CLAIM_OPEN,
						  CLAIM_MIXED };

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(all); a++)
		for (size_t b = 0; b < ARRAY_SIZE(all); b++) {
			enum claim_verdict v = claim_verdict_join(all[a], all[b]), want;

			if (all[a] == CLAIM_UNMEASURED)
				want = all[b];
			else if (all[b] == CLAIM_UNMEASURED || all[a] == all[b])
				want = all[a];
			else if (all[a] == CLAIM_OPEN || all[b] == CLAIM_OPEN)
				want = CLAIM_OPEN;
			else
				want = CLAIM_MIXED;
			assert_int_equal(v, want);
			assert_int_equal(v, claim_verdict_join(all[b], all[a]));
		}
}

static char folder[] = "/tmp/tailcheck-evidence-XXXXXX";

static void write_text(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(path);
}

#define RUN_CASES                                                                                  \
	"case a.one\nabout x\nclaim t.a\nmap m prog_array\nfreeze m = 0\n"                         \
	"case a.prog\nabout x\nclaim t.a\nprog p socket_filter\n    r0 = 1\n    exit\nrun p = 1\n" \
	"case a.two\nabout x\nqualifies t.a\nmap m prog_array\nfreeze m = EPERM\n"

static char *make_run(const char *name, const char *cases, const char *summary)
{
	char *dir = xasprintf("%s/%s", folder, name);

	assert_int_equal(mkdir(dir, 0700), 0);
	if (cases)
		write_text(dir, "cases.case", cases);
	if (summary)
		write_text(dir, "summary.json", summary);
	return dir;
}

#define SUMMARY(kernel, one, prog, two)                                                           \
	"{\"kernel\":{\"name\":\"" kernel "\",\"package\":null,\"release\":\"7\"},\"engines\":["  \
	"{\"name\":\"gone\",\"offered\":false},"                                                  \
	"{\"name\":\"jit\",\"offered\":true,\"quirks\":[\"empty-slot-counts\",\"unheard-of\"]}]," \
	"\"cases\":[{\"name\":\"a.one\",\"engines\":{\"jit\":" one "}},"                          \
	"{\"name\":\"a.prog\",\"engines\":{\"jit\":" prog "}},{\"name\":\"nowhere\"},"            \
	"{\"name\":\"a.two\",\"engines\":{\"jit\":" two "}}]}"
#define CONFORMS "{\"verdict\":\"conforms\"}"
#define QUIRKED	 "{\"verdict\":\"quirk\",\"quirks\":[\"empty-slot-counts\"]}"

static struct suite must_load(const char *text, struct case_file *f, const struct test_case **cases)
{
	struct suite s = { .cases = cases };

	*f = must_parse(text);
	s.n_cases = f->n_cases;
	for (size_t i = 0; i < f->n_cases; i++)
		cases[i] = &f->cases[i];
	return s;
}

static void a_run_read_back(void **state)
{
	char *dir = make_run("run", RUN_CASES, SUMMARY("k", CONFORMS, QUIRKED, "{}")), why[600];
	const struct test_case *now[3];
	struct case_file f;
	struct suite s = must_load(RUN_CASES, &f, now);
	struct record r;

	(void)state;
	if (record_read(&r, dir, why, sizeof(why)))
		fail_msg("%s", why);
	assert_string_equal(r.kernel, "k");
	assert_string_equal(r.package, "");
	assert_int_equal(r.n_engines, 1);
	assert_string_equal(r.engines[0].name, "jit");
	assert_int_equal(r.engines[0].quirks, QUIRK(EMPTY_SLOT_COUNTS));
	assert_int_equal(record_result(&r, now[0], 0).verdict, VERDICT_CONFORMS);
	assert_int_equal(record_result(&r, now[1], 0).verdict, VERDICT_QUIRK);
	assert_int_equal(record_result(&r, now[1], 0).because, QUIRK(EMPTY_SLOT_COUNTS));
	assert_int_equal(record_result(&r, now[2], 0).verdict, VERDICT_NONE);
	assert_int_equal(record_result(&r, now[0], 1).verdict, VERDICT_NONE);
	assert_int_equal(record_covers(&r, &s), 2);
	record_release(&r);
	case_file_release(&f);
	free(dir);
}

/* A case that was changed since was not measured, whatever one of its name gave. */
static void changed_cases(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} changes[] = {
		{ "case a.one\nabout other\nlevel may\nmap m prog_array # x\nfreeze m = 0\n",
		  true },
		{ "case a.one\nabout x\nmap m prog_array\nfreeze m = EPERM\n", false },
		{ "case a.one\nabout x\nmap m prog_array entries=2\nfreeze m = 0\n", false },
		{ "case a.one\nabout x\nmap m prog_array\nfreeze m = 0\nclose m\n", false },
		{ "case a.one\nabout x\nneeds jit\nmap m prog_array\nfreeze m = 0\n", false },
		{ "case a.new\nabout x\nmap m prog_array\nfreeze m = 0\n", false },
		{ "case a.prog\nabout x\nprog p socket_filter\n  r0 = 1 # y\n  exit\nrun p = 1\n",
		  true },
		{ "case a.prog\nabout x\nprog p socket_filter\n  r0 = 2\n  exit\nrun p = 1\n",
		  false },
	};
	char *dir = make_run("changed", RUN_CASES, SUMMARY("k", CONFORMS, CONFORMS, CONFORMS));
	char why[600];
	struct record r;

	(void)state;
	if (record_read(&r, dir, why, sizeof(why)))
		fail_msg("%s", why);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct case_file f = must_parse(changes[i].text);

		assert_int_equal(record_result(&r, &f.cases[0], 0).verdict,
				 changes[i].same ? VERDICT_CONFORMS : VERDICT_NONE);
		case_file_release(&f);
	}
	record_release(&r);
	free(dir);
}

static void runs_that_are_none(void **state)
{
	static const struct {
		const char *name, *cases, *summary;
	} bad[] = {
		{ "none", RUN_CASES, NULL },
		{ "empty", RUN_CASES, "" },
		{ "junk", RUN_CASES, "{\"kernel\":" },
		{ "list", RUN_CASES, "[1]" },
		{ "nokernel", RUN_CASES, "{\"kernel\":7}" },
		{ "nocases", NULL, SUMMARY("k", CONFORMS, CONFORMS, CONFORMS) },
		{ "badcases", "case a\n", SUMMARY("k", CONFORMS, CONFORMS, CONFORMS) },
	};
	char *dirs[] = { (char *)"/nowhere" }, why[600];
	struct records all;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *dir = make_run(bad[i].name, bad[i].cases, bad[i].summary);
		struct record r;

		why[0] = '\0';
		assert_int_equal(record_read(&r, dir, why, sizeof(why)), -1);
		assert_true(why[0]);
		free(dir);
	}
	assert_int_equal(records_named(&all, dirs, 1, why, sizeof(why)), -1);
	assert_int_equal(all.n_records, 0);
}

/* Of each kernel the run that has most of the cases, of equal ones the latest. */
static void the_best_of_each_kernel(void **state)
{
	static const char *const small = "case a.one\nabout x\nclaim t.a\nmap m prog_array\n"
					 "freeze m = 0\n";
	static const struct {
		const char *name, *kernel;
		bool whole;
	} runs[] = {
		{ "1-k-10", "k-10", true }, { "2-k-10", "k-10", true }, { "3-k-10", "k-10", false },
		{ "1-k-9", "k-9", false },  { "2-k-9", "k-9", false },	{ "4-odd", "odd", true },
	};
	char *results = xasprintf("%s/results", folder);
	const struct test_case *now[3];
	struct case_file f;
	struct suite s = must_load(RUN_CASES, &f, now);
	struct records all;

	(void)state;
	assert_int_equal(mkdir(results, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		char *name = xasprintf("results/%s", runs[i].name);
		char *summary = xasprintf(
			"{\"kernel\":{\"name\":\"%s\"},\"engines\":[{\"name\":\"jit\",\"offered\":"
			"true}],"
			"\"cases\":[{\"name\":\"a.one\",\"engines\":{\"jit\":" CONFORMS "}},"
			"{\"name\":\"a.two\",\"engines\":{\"jit\":" CONFORMS "}}]}",
			runs[i].kernel);

		free(make_run(name, runs[i].whole ? RUN_CASES : small, summary));
		free(summary);
		free(name);
	}
	free(make_run("results/9-k-10", NULL, NULL)); /* killed */
	free(make_run("results/latest", NULL, NULL));
	records_latest(&all, results, &s);
	assert_int_equal(all.n_records, 3);
	assert_string_equal(all.records[0].kernel, "k-9");
	assert_non_null(strstr(all.records[0].dir, "/2-k-9"));
	assert_non_null(strstr(all.records[1].dir, "/2-k-10"));
	assert_string_equal(all.records[2].kernel, "odd");
	records_release(&all);
	records_latest(&all, "/nowhere", &s);
	assert_int_equal(all.n_records, 0);
	case_file_release(&f);
	free(results);
}

static void a_claim_over_runs(void **state)
{
	struct claim t_a = { .id = (char *)"t.a", .kind = CLAIM_DOCUMENTED };
	struct claims claims = { .claims = &t_a, .n_claims = 1 };
	char *dirs[2] = { make_run("x", RUN_CASES, SUMMARY("x", CONFORMS, CONFORMS, "{}")),
			  make_run("y", RUN_CASES, SUMMARY("y", QUIRKED, QUIRKED, "{}")) };
	char why[600];
	const struct test_case *now[3];
	struct case_file f;
	struct suite s = must_load(RUN_CASES, &f, now);
	size_t by[N_CLAIM_VERDICTS];
	struct records all;
	struct evidence e;

	(void)state;
	assert_int_equal(records_named(&all, dirs, 2, why, sizeof(why)), 0);
	e = evidence_of(&t_a, &s, &all.records[0], 0);
	assert_int_equal(e.by[CLAIM_CONFIRMS], 2);
	assert_int_equal(e.absent, 1);
	assert_int_equal(evidence_verdict(&e), CLAIM_CONFIRMED);
	e = evidence_of(&t_a, &s, &all.records[1], 0);
	assert_int_equal(evidence_verdict(&e), CLAIM_QUIRK);
	assert_int_equal(e.quirks, QUIRK(EMPTY_SLOT_COUNTS));
	assert_int_equal(claim_verdict_of(&t_a, &s, &all), CLAIM_MIXED);
	claim_verdicts_count(&claims, &s, &all, by);
	assert_int_equal(by[CLAIM_MIXED], 1);
	assert_int_equal(by[CLAIM_CONFIRMED], 0);
	records_release(&all);
	assert_int_equal(claim_verdict_of(&t_a, &s, &all), CLAIM_UNMEASURED);
	case_file_release(&f);
	free(dirs[0]);
	free(dirs[1]);
}

static int prepare(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int clean_up(void **state)
{
	char *command = xasprintf("rm -rf %s", folder);
	int ret = system(command); /* NOLINT: a path of our own */

	(void)state;
	free(command);
	return ret;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_engine),	      cmocka_unit_test(several_engines),
		cmocka_unit_test(a_run_read_back),    cmocka_unit_test(changed_cases),
		cmocka_unit_test(runs_that_are_none), cmocka_unit_test(the_best_of_each_kernel),
		cmocka_unit_test(a_claim_over_runs),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
