// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * claims: what documents claim, which cases test it, and what the runs of several kernels say.
 * Fails where a claim has no case.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../claims/evidence.h"
#include "../report/fold.h"
#include "../report/report.h"
#include "cli.h"
#include "rundir.h"

#define ID_WIDTH   36
#define TABLE_RUNS 5 /* side by side in 80 columns; more stand in further tables */

struct claims_args {
	char **runs;
	size_t n_runs;
	const char *id;
	bool rules;
};

struct view {
	const struct claims *claims;
	const struct suite *suite;
	const struct records *records;
};

int load_records(struct records *records, char *const *dirs, size_t n, const struct suite *suite)
{
	char *results = results_dir(), why[600];
	int ret = 0;

	if (!n)
		records_latest(records, results, suite);
	else if (records_named(records, dirs, n, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_USAGE;
	}
	free(results);
	return ret;
}

/* The last part of a path. */
static const char *folder_name(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return slash && slash[1] ? slash + 1 : dir;
}

static char column_name(size_t run)
{
	return (char)('A' + run % 26);
}

static bool same_engines(const struct record *a, const struct record *b)
{
	if (a->n_engines != b->n_engines)
		return false;
	for (size_t e = 0; e < a->n_engines; e++)
		if (strcmp(a->engines[e].name, b->engines[e].name) != 0)
			return false;
	return true;
}

static void print_engines(const struct record *r)
{
	printf("   a letter for each engine:");
	for (size_t e = 0; e < r->n_engines; e++)
		printf("%s %s", e ? "," : "", r->engines[e].name);
	putchar('\n');
}

/* "debian-6.1: linux-image-... 6.1.176-1; 270 of 277 cases" */
static void print_runs(const struct view *v)
{
	size_t all = 0;

	for (size_t i = 0; i < v->suite->n_cases; i++)
		all += v->suite->cases[i]->n_claims != 0;
	if (!v->records->n_records)
		printf("There is no run to ask: `tailcheck run` makes one.\n");
	for (size_t i = 0; i < v->records->n_records; i++) {
		const struct record *r = &v->records->records[i];
		size_t covered = record_covers(r, v->suite);

		fold(stdout, "", 4, "%c  %s: %s, %s; %zu of %zu cases%s", column_name(i), r->kernel,
		     *r->package ? r->package : r->release, folder_name(r->dir), covered, all,
		     covered < all ? ", the others were not run as they are now" : "");
		if (i == 0 || !same_engines(r, r - 1))
			print_engines(r);
	}
	putchar('\n');
}

static void cells(const struct view *v, const struct claim *claim, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct record *r = &v->records->records[i];

		for (size_t e = 0; e < r->n_engines; e++) {
			struct evidence ev = evidence_of(claim, v->suite, r, e);

			putchar(claim_verdict_letters[evidence_verdict(&ev)]);
		}
		putchar(' ');
	}
}

static void claim_row(const struct view *v, const struct claim *claim, size_t from, size_t to)
{
	size_t n = claim_cases(claim, v->suite);

	if (claim->kind == CLAIM_UNTESTABLE) {
		fold(stdout, "", ID_WIDTH + 1, "%-*s untestable: %s", ID_WIDTH, claim->id,
		     claim->reason);
		return;
	}
	printf("%-*s %5zu  ", ID_WIDTH, claim->id, n);
	cells(v, claim, from, to);
	printf(" %s\n",
	       n ? claim_verdict_names[claim_verdict_of(claim, v->suite, v->records)] : "NO CASE");
}

static void one_table(const struct view *v, bool rules, size_t from, size_t to)
{
	size_t topic = v->claims->n_topics;

	printf("%-*s %5s  ", ID_WIDTH, rules ? "rule" : "claim", "cases");
	for (size_t i = from; i < to; i++)
		printf("%-*c ", (int)v->records->records[i].n_engines, column_name(i));
	printf(" verdict\n");
	for (size_t i = 0; i < v->claims->n_claims; i++) {
		const struct claim *claim = &v->claims->claims[i];

		if ((claim->kind == CLAIM_RULE) != rules)
			continue;
		if (claim->topic != topic)
			printf("%s:\n", v->claims->topics[claim->topic].title);
		topic = claim->topic;
		claim_row(v, claim, from, to);
	}
	putchar('\n');
}

static void table(const struct view *v, bool rules)
{
	size_t from = 0, n = v->records->n_records;

	do {
		size_t to = n - from > TABLE_RUNS ? from + TABLE_RUNS : n;

		one_table(v, rules, from, to);
		from = to;
	} while (from < n);
}

static size_t of_kind(const struct claims *claims, enum claim_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < claims->n_claims; i++)
		n += claims->claims[i].kind == kind;
	return n;
}

static void print_legend(void)
{
	for (int i = 0; i < CLAIM_MIXED; i++)
		printf("%s%c %s",
		       i % 3 ? ", "
		       : i   ? ",\n"
			     : "",
		       claim_verdict_letters[i], claim_verdict_names[i]);
	printf("\n\n");
}

static void print_summary(FILE *to, const struct view *v, const char *behind)
{
	size_t by[N_CLAIM_VERDICTS];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	claim_verdicts_count(v->claims, v->suite, v->records, by);
	fprintf(out, "%zu claims of documents that can be tested",
		of_kind(v->claims, CLAIM_DOCUMENTED));
	for (int i = 0; i < N_CLAIM_VERDICTS; i++)
		if (by[i])
			fprintf(out, ", %zu %s", by[i], claim_verdict_names[i]);
	fprintf(out, "; %zu that cannot; %zu rules that no document has",
		of_kind(v->claims, CLAIM_UNTESTABLE), of_kind(v->claims, CLAIM_RULE));
	fclose(out);
	fold(to, "", 0, "%s%s", text, behind);
	free(text);
}

void report_claims(FILE *out, const struct suite *suite, const char *dir)
{
	struct records records = { .n_records = 0 };
	struct claims claims = { .n_claims = 0 };
	const struct view v = { &claims, suite, &records };
	char why[600], *dirs[] = { (char *)dir };

	if (load_claims(&claims) == 0 && records_named(&records, dirs, 1, why, sizeof(why)) == 0) {
		fputc('\n', out);
		print_summary(out, &v, "; tailcheck claims says which");
	}
	records_release(&records);
	claims_release(&claims);
}

/* 1 where there is one without a case. */
static int without_case(const struct view *v)
{
	int ret = 0;

	fflush(stdout);
	for (size_t i = 0; i < v->claims->n_claims; i++) {
		const struct claim *claim = &v->claims->claims[i];

		if (claim->kind == CLAIM_UNTESTABLE || claim_cases(claim, v->suite))
			continue;
		fprintf(stderr, "%s:%u: error: no case names %s\n", v->claims->file, claim->line,
			claim->id);
		ret = 1;
	}
	return ret;
}

static char verdict_letter(enum verdict v)
{
	static const char letters[N_VERDICTS] = {
		[VERDICT_NONE] = '.',	  [VERDICT_CONFORMS] = '+',    [VERDICT_QUIRK] = 'q',
		[VERDICT_DIVERGES] = '!', [VERDICT_CRASHED] = '!',     [VERDICT_TIMED_OUT] = '!',
		[VERDICT_INFRA] = '!',	  [VERDICT_UNSUPPORTED] = '-', [VERDICT_PROTOCOL] = '!',
	};

	return letters[v];
}

static void case_row(const struct view *v, const struct test_case *c, const struct claim_ref *ref)
{
	static const char *const says[N_CLAIM_RELATIONS] = { "confirms", "contradicts",
							     "qualifies" };
	quirk_set quirks_seen = 0;
	char *text = NULL;
	size_t len;
	FILE *out;

	printf("%-*s %-11s ", ID_WIDTH, c->name, says[ref->relation]);
	for (size_t i = 0; i < v->records->n_records; i++) {
		const struct record *r = &v->records->records[i];

		for (size_t e = 0; e < r->n_engines; e++) {
			struct result res = record_result(r, c, e);

			putchar(verdict_letter(res.verdict));
			if (res.verdict == VERDICT_QUIRK)
				quirks_seen |= res.because;
		}
		putchar(' ');
	}
	putchar('\n');
	if (!quirks_seen)
		return;
	out = open_memstream(&text, &len);
	print_quirks(out, quirks_seen);
	fclose(out);
	fold(stdout, "    ", 2, "q: %s", text);
	free(text);
}

static int one_claim(const struct view *v, const char *id)
{
	const struct claim *claim = claims_find(v->claims, id);

	if (!claim) {
		fprintf(stderr, "tailcheck: %s has no claim %s\n", v->claims->file, id);
		return EXIT_NOTHING_RAN;
	}
	fold(stdout, "", 4, "%s: %s", claim->id, claim->text);
	for (size_t i = 0; i < claim->n_places; i++)
		printf("    %s%s%s\n", v->claims->sources[claim->places[i].source].text,
		       claim->places[i].section ? ", " : "",
		       claim->places[i].section ? claim->places[i].section : "");
	if (claim->reason)
		fold(stdout, "    ", 2, "untestable: %s", claim->reason);
	putchar('\n');
	print_runs(v);
	printf("%-*s %-11s ", ID_WIDTH, "case", "says");
	for (size_t i = 0; i < v->records->n_records; i++)
		printf("%-*c ", (int)v->records->records[i].n_engines, column_name(i));
	putchar('\n');
	for (size_t i = 0; i < v->suite->n_cases; i++) {
		const struct claim_ref *ref = claim_ref_of(v->suite->cases[i], id);

		if (ref)
			case_row(v, v->suite->cases[i], ref);
	}
	if (claim->kind != CLAIM_UNTESTABLE) {
		printf("%-*s %-11s ", ID_WIDTH, "verdict", "");
		cells(v, claim, 0, v->records->n_records);
		printf(" %s\n", claim_verdict_names[claim_verdict_of(claim, v->suite, v->records)]);
	}
	printf("\n+ as the case says, q changed by a quirk, - unsupported, ! not as expected,\n"
	       ". not run\n");
	return 0;
}

static int claims_all(const struct view *v, bool rules)
{
	print_runs(v);
	table(v, false);
	if (rules)
		table(v, true);
	print_legend();
	print_summary(stdout, v, "");
	return without_case(v) ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct claims_args *a = state->input;

	switch (key) {
	case 'c':
		a->id = arg;
		return 0;
	case 'r':
		a->rules = true;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_claims(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "claim", 'c', "ID", 0, "this claim alone: its text, sources and cases", 0 },
		{ "rules", 'r', NULL, 0, "also the rules that no document has", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"What documents claim, which cases test it, and what the engines of runs (folders "
		"below results/; by default the last whole one of each kernel) say.\v"
		"Exit status: 1 where a claim has no case, or a case names a claim that is not "
		"there.",
		NULL,
		NULL,
		NULL
	};
	struct claims_args a = { .id = NULL };
	struct selection sel = { .any_claims = true };
	struct records records = { .n_records = 0 };
	struct suite suite = { .n_cases = 0 };
	struct claims claims = { .n_claims = 0 };
	const struct view v = { &claims, &suite, &records };
	struct diag d;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = load_claims(&claims);
	if (!ret)
		ret = selection_load(&sel, &suite);
	if (!ret && claims_check_suite(&claims, &suite, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_UNEXPECTED;
	}
	claims_drop_probes(&suite);
	if (!ret)
		ret = load_records(&records, a.runs, a.n_runs, &suite);
	if (!ret)
		ret = a.id ? one_claim(&v, a.id) : claims_all(&v, a.rules);
	records_release(&records);
	suite_release(&suite);
	claims_release(&claims);
	free(a.runs);
	return ret;
}
