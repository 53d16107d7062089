// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck export: runs on disk in the forms that CI systems read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../report/export.h"
#include "cli.h"
#include "rundir.h"

enum { KEY_KTAP = 256, KEY_JUNIT, KEY_MARKDOWN, KEY_GITHUB, KEY_KCIDB, KEY_ORIGIN };

static const struct {
	int key;
	void (*write)(FILE *out, const struct exported *x);
} forms[] = {
	{ KEY_KTAP, export_ktap },     { KEY_JUNIT, export_junit },
	{ KEY_KCIDB, export_kcidb },   { KEY_MARKDOWN, export_markdown },
	{ KEY_GITHUB, export_github },
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

struct export_args {
	char **runs;
	size_t n_runs;
	const char *files[N_FORMS];
	const char *origin;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct export_args *a = state->input;
	bool any = false;

	for (size_t i = 0; i < N_FORMS; i++) {
		any |= a->files[i] != NULL;
		if (key == forms[i].key) {
			a->files[i] = arg ? arg : "-";
			return 0;
		}
	}
	switch (key) {
	case KEY_ORIGIN:
		if (!*arg || strspn(arg, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(arg))
			argp_error(state, "an origin is of a-z, 0-9 and _, not %s", arg);
		a->origin = arg;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!any)
			argp_error(state,
				   "nothing to write: --ktap, --junit, --kcidb, --markdown or "
				   "--github is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int write_form(const char *file, void (*write)(FILE *, const struct exported *),
		      const struct exported *x)
{
	bool is_stdout = strcmp(file, "-") == 0;
	FILE *out = is_stdout ? stdout : fopen(file, "we");
	int bad = !out;

	if (out) {
		write(out, x);
		bad = fflush(out) || ferror(out);
	}
	if (out && !is_stdout)
		bad |= fclose(out);
	if (bad)
		fprintf(stderr, "tailcheck: cannot write %s: %s\n", file, strerror(errno));
	return bad ? EXIT_INFRA : 0;
}

static int read_runs(struct records *all, const struct export_args *a)
{
	char *results = results_dir(), *latest = xasprintf("%s/latest", results), why[600];
	int ret = records_named(all, a->n_runs ? a->runs : &latest, a->n_runs ? a->n_runs : 1, why,
				sizeof(why));

	if (ret) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_USAGE;
	}
	for (size_t i = 0; i < all->n_records && !ret; i++)
		if (record_read_transcripts(&all->records[i], why, sizeof(why)))
			fprintf(stderr, "tailcheck: %s\n", why);
	free(latest);
	free(results);
	return ret;
}

static int export_all(const struct records *all, const struct export_args *a)
{
	struct run_results *runs = xcalloc(all->n_records + 1, sizeof(*runs));
	struct exported x = { runs, all->n_records, a->origin };
	int ret = 0;

	for (size_t i = 0; i < all->n_records; i++)
		record_results(&runs[i], &all->records[i]);
	for (size_t i = 0; i < N_FORMS; i++)
		if (a->files[i] && write_form(a->files[i], forms[i].write, &x))
			ret = EXIT_INFRA;
	for (size_t i = 0; i < all->n_records; i++)
		results_release(&runs[i]);
	free(runs);
	return ret;
}

int cmd_export(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "ktap", KEY_KTAP, "FILE", 0, "KTAP version 1, a subtest for each engine", 0 },
		{ "junit", KEY_JUNIT, "FILE", 0,
		  "JUnit XML, a suite for each engine (docs/junit.xsd)", 0 },
		{ "kcidb", KEY_KCIDB, "FILE", 0, "a submission to KCIDB, schema 5.3", 0 },
		{ "markdown", KEY_MARKDOWN, "FILE", 0,
		  "a summary for a CI page, as $GITHUB_STEP_SUMMARY", 0 },
		{ "github", KEY_GITHUB, NULL, 0,
		  "annotations for the log of a GitHub workflow, on standard output", 0 },
		{ "origin", KEY_ORIGIN, "NAME", 0, "who submits to KCIDB (default: tailcheck)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"Write runs (folders below results/; by default the latest) in the forms that CI "
		"systems read. FILE may be - for standard output.\v"
		"Exit status: 0 written, whatever the verdicts are; 2 no such run; 5 cannot write.",
		NULL,
		NULL,
		NULL
	};
	struct export_args a = { .origin = "tailcheck" };
	struct records all = { .n_records = 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = read_runs(&all, &a);
	if (!ret)
		ret = export_all(&all, &a);
	records_release(&all);
	free(a.runs);
	return ret;
}
