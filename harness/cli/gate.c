// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck gate: runs against a baseline, and the baseline from runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/slurp.h"
#include "../gate/gate.h"
#include "../vm/files.h"
#include "cli.h"
#include "rundir.h"

#define MAX_BASELINE (64U << 20) /* bytes */

static const char new_baseline[] =
	"# What `tailcheck gate` expects of a run (docs/gating.md). Of the lines for a case that\n"
	"# fit an engine the first counts. A failure has a reason and a link at the end of its "
	"line.\n"
	"baseline " BASELINE_VERSION "\n";

struct gate_args {
	char **runs;
	size_t n_runs;
	const char *file;
	char **areas;
	size_t n_areas;
	struct gate_selection sel;
	bool update, github;
};

enum { KEY_UPDATE = 256, KEY_LEVEL, KEY_GITHUB, KEY_REASONS };

static int level_of(struct argp_state *state, const char *word)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(level_words[i], word) == 0)
			return i;
	argp_error(state, "a level is must, should or may, not %s", word);
	return LEVEL_MAY;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct gate_args *a = state->input;

	switch (key) {
	case 'e':
		a->file = arg;
		return 0;
	case 'a':
		*vec_add(a->areas, a->n_areas) = arg;
		return 0;
	case KEY_LEVEL:
		a->sel.level = level_of(state, arg);
		return 0;
	case KEY_UPDATE:
		a->update = true;
		return 0;
	case KEY_GITHUB:
		a->github = true;
		return 0;
	case KEY_REASONS:
		a->sel.need_reasons = true;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->file)
			argp_error(state, "--expect FILE is missing: the baseline");
		if (a->update && (a->n_areas || a->sel.level != LEVEL_MAY))
			argp_error(state, "--update takes all of a run: no --area, no --level");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "expect", 'e', "FILE", 0, "the baseline: what is expected (docs/gating.md)", 0 },
	{ "update", KEY_UPDATE, NULL, 0,
	  "rewrite the baseline so that the runs are as it expects; reasons and order stay", 0 },
	{ "level", KEY_LEVEL, "LEVEL", 0,
	  "only cases that are at least so binding: must, should (default: may, which is all)", 0 },
	{ "area", 'a', "AREA|GLOB", 0, "only these cases; may be given more than once", 0 },
	{ "need-reasons", KEY_REASONS, NULL, 0,
	  "a failure that is listed without a reason fails the gate", 0 },
	{ "github", KEY_GITHUB, NULL, 0, "also print annotations for a GitHub workflow", 0 },
	{ 0 }
};

static int read_runs(struct records *all, const struct gate_args *a)
{
	char *results = results_dir(), *latest = xasprintf("%s/latest", results), why[600];
	int ret = records_named(all, a->n_runs ? a->runs : &latest, a->n_runs ? a->n_runs : 1, why,
				sizeof(why));

	for (size_t i = 0; !ret && i < all->n_records; i++)
		ret = record_read_transcripts(&all->records[i], why, sizeof(why));
	if (ret)
		fprintf(stderr, "tailcheck: %s\n", why);
	free(latest);
	free(results);
	return ret ? EXIT_USAGE : 0;
}

/* @may_be_new: a file that is not there is an empty baseline. */
static int read_baseline(struct baseline *b, const char *file, bool may_be_new)
{
	bool new = may_be_new &&access(file, F_OK) && errno == ENOENT;
	FILE *in = new ? NULL : fopen(file, "re");
	size_t len = 0;
	char *text = new ? xstrdup(new_baseline) : in ? slurp(in, MAX_BASELINE, &len) : NULL;
	struct diag d;
	int ret = 0;

	if (!text)
		fprintf(stderr, "tailcheck: cannot read %s: %s%s\n", file, strerror(errno),
			errno == ENOENT ? "; --update makes it" : "");
	if (in)
		fclose(in);
	if (!text)
		return EXIT_USAGE;
	if (len > MAX_BASELINE) {
		fprintf(stderr, "tailcheck: %s is larger than %u MiB\n", file, MAX_BASELINE >> 20);
		ret = EXIT_USAGE;
	} else if (baseline_parse(b, text, file, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	}
	free(text);
	return ret;
}

/* Why a baseline cannot be made from these runs; NULL: it can. To be freed. */
static char *no_base(const struct records *all, const struct observed *o)
{
	for (size_t r = 0; r < all->n_records; r++) {
		const struct record *run = &all->records[r];

		if (!run->selection)
			return xasprintf("%s: it does not say whether it had all cases: run it "
					 "again",
					 run->dir);
		if (run->shards > 1)
			return xasprintf("%s is shard %u of %u: tailcheck merge makes them one",
					 run->dir, run->shard, run->shards);
		if (*run->selection)
			return xasprintf("%s is a part of the cases only: %s", run->dir,
					 run->selection);
	}
	if (o->n_troubles)
		return xasprintf("%.*s", (int)strcspn(o->troubles[0], "\n"), o->troubles[0]);
	if (!o->n_cases)
		return xstrdup("there is no case in it");
	for (size_t c = 0; c < o->n_cases; c++)
		for (size_t k = 0; k < o->n_columns; k++)
			if (!has_result(&o->cases[c].by[k]))
				return xasprintf("%s has no result for %s on %s",
						 o->columns[k].run->dir, o->cases[c].name,
						 o->columns[k].engine);
	return NULL;
}

static int write_baseline(const struct baseline *b, const char *file)
{
	char *text = NULL, why[600];
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret = 0;

	if (!out)
		abort();
	baseline_print(out, b);
	fclose(out);
	if (files_write_text(file, text, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_INFRA;
	}
	free(text);
	return ret;
}

/* A baseline that the runs would fail would be a fault of ours, or the runs contradict each other.
 */
static int check_new(const struct baseline *b, const struct observed *o, const char *file)
{
	const struct gate_selection all = { .level = LEVEL_MAY };
	struct gate_outcome g;
	int ret;

	gate(&g, b, o, &all);
	ret = g.n_findings ? EXIT_UNEXPECTED : 0;
	if (ret) {
		gate_print(stderr, &g, file);
		fprintf(stderr, "tailcheck: no baseline fits these runs: %s is as it was\n", file);
	}
	gate_release(&g);
	return ret;
}

static int update(const struct baseline *old, const struct records *all, const struct observed *o,
		  const char *file)
{
	char *why = no_base(all, o);
	size_t gone = 0, changed = 0;
	struct baseline new;
	struct update u;
	int ret;

	if (why) {
		fprintf(stderr, "tailcheck: no baseline is made of it: %s\n", why);
		free(why);
		return o->n_cases ? EXIT_USAGE : EXIT_NOTHING_RAN;
	}
	update_make(&u, old, o);
	update_apply(&u, &new);
	for (size_t i = 0; i < old->n; i++) {
		gone += u.deleted[i];
		changed += !u.deleted[i] && u.replaced[i].kind != ENTRY_RAW;
	}
	ret = check_new(&new, o, file);
	if (!ret)
		ret = write_baseline(&new, file);
	if (!ret)
		printf("%s: %zu lines changed, %zu new, %zu removed\n", file, changed, u.n_edits,
		       gone);
	update_release(&u);
	baseline_release(&new);
	return ret;
}

static int judge_runs(const struct baseline *b, const struct observed *o, const struct gate_args *a)
{
	struct gate_outcome g;
	int ret;

	gate(&g, b, o, &a->sel);
	gate_find_changes(&g, b, o, a->file);
	ret = gate_exit_code(&g);
	gate_print(stdout, &g, a->file);
	if (a->github)
		gate_print_github(stdout, &g, a->file);
	if (ret == EXIT_NOTHING_RAN)
		fprintf(stderr, "tailcheck: no case of these runs gates: nothing was shown\n");
	if (ret == EXIT_ALL_SKIPPED)
		fprintf(stderr, "tailcheck: every case was skipped: nothing was shown\n");
	gate_release(&g);
	return ret;
}

int cmd_gate(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"Hold runs (folders below results/; by default the latest) against a baseline: "
		"every "
		"result must be as its line says, and every case that it names must have "
		"run.\v"
		"Exit status: 0 all as expected, 1 not so (each case is named, with the lines to "
		"change), 2 usage, 3 nothing ran, 4 all skipped.",
		NULL,
		NULL,
		NULL
	};
	struct gate_args a = { .sel = { .level = LEVEL_MAY } };
	struct baseline b = { .n = 0 };
	struct records all;
	struct observed o;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	a.sel.areas = a.areas;
	a.sel.n_areas = a.n_areas;
	ret = read_baseline(&b, a.file, a.update);
	if (!ret && !(ret = read_runs(&all, &a))) {
		observe(&o, all.records, all.n_records);
		ret = a.update ? update(&b, &all, &o, a.file) : judge_runs(&b, &o, &a);
		observed_release(&o);
		records_release(&all);
	}
	baseline_release(&b);
	free(a.areas);
	free(a.runs);
	return ret;
}
