// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck merge: shards of runs as runs, a kernel each. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../merge/merge.h"
#include "../report/report.h"
#include "../vm/files.h"
#include "cli.h"
#include "rundir.h"

struct merge_args {
	char **runs;
	size_t n_runs;
	const char *output;
	char *kernels; /* that must be there, with commas; or NULL */
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct merge_args *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case 'k':
		a->kernels = arg;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->output || !a->n_runs)
			argp_error(state, "-o FOLDER and the folders of runs are missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The worse of two exit codes: something wrong, then something missing. */
static int worse(int a, int b)
{
	static const int order[] = { EXIT_USAGE, EXIT_UNEXPECTED, EXIT_INFRA, EXIT_NOTHING_RAN,
				     EXIT_ALL_SKIPPED };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_AS_EXPECTED;
}

/* What can be read of what was named; a shard that cannot is a lost one. */
static int read_shards(struct records *all, const struct merge_args *a)
{
	char why[600];
	int ret = 0;

	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < a->n_runs; i++) {
		struct record r;

		if (record_read(&r, a->runs[i], why, sizeof(why))) {
			fprintf(stderr, "tailcheck: lost: %s\n", why);
			ret = EXIT_INFRA;
			continue;
		}
		if (record_read_transcripts(&r, why, sizeof(why))) {
			fprintf(stderr, "tailcheck: %s\n", why);
			ret = EXIT_INFRA;
		}
		*vec_add(all->records, all->n_records) = r;
	}
	return ret;
}

static void tell(const struct merged *m, const char *dir)
{
	const struct run_results *r = &m->results;
	unsigned int n = m->shards[0]->shards ? m->shards[0]->shards : 1;
	struct counts c;

	results_count(r, MAX_ENGINES, 0, r->suite->n_cases, &c);
	printf("%s: %zu of %u shards, %zu cases: %zu conform, %zu by quirks, %zu diverge, %zu "
	       "crashed, %zu timed out, %zu broke the protocol, %zu unsupported, %zu lost: %s\n",
	       r->kernel, m->n_shards, n, r->suite->n_cases, c.by[VERDICT_CONFORMS],
	       c.by[VERDICT_QUIRK], c.by[VERDICT_DIVERGES], c.by[VERDICT_CRASHED],
	       c.by[VERDICT_TIMED_OUT], c.by[VERDICT_PROTOCOL], c.by[VERDICT_UNSUPPORTED],
	       c.by[VERDICT_INFRA] + c.by[VERDICT_NONE], dir);
	for (size_t i = 0; i < m->n_lost; i++)
		printf("%s: shard %u of %u is missing\n", r->kernel, m->lost[i], n);
	if (m->missing)
		printf("%s: %zu cases have no result\n", r->kernel, m->missing);
}

static int merge_kernel(const struct record *const *runs, size_t n, const char *dir)
{
	struct merged m;
	char why[1200];
	int ret;

	if (merge_shards(&m, runs, n, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_USAGE;
	}
	ret = results_exit_code(&m.results);
	if (rundir_replace(dir, why, sizeof(why)) || merged_write(&m, dir, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = worse(ret, EXIT_INFRA);
	} else {
		ret = worse(ret, report_run(dir));
		tell(&m, dir);
	}
	merged_release(&m);
	return ret;
}

/* All runs of the kernel that the first one is of; they are taken out of the list. */
static size_t take_kernel(const struct record **list, size_t *n, const struct record **of)
{
	const char *kernel = list[0]->kernel;
	size_t taken = 0, kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (strcmp(list[i]->kernel, kernel) == 0)
			of[taken++] = list[i];
		else
			list[kept++] = list[i];
	}
	*n = kept;
	return taken;
}

static bool has_kernel(const struct records *all, const char *kernel)
{
	for (size_t i = 0; i < all->n_records; i++)
		if (strcmp(all->records[i].kernel, kernel) == 0)
			return true;
	return false;
}

/* Kernels of which no shard is there. */
static int check_kernels(const struct records *all, char *kernels)
{
	int ret = 0;
	char *save;

	for (char *k = strtok_r(kernels, ",", &save); k; k = strtok_r(NULL, ",", &save))
		if (!has_kernel(all, k)) {
			printf("%s: every shard is missing\n", k);
			ret = EXIT_INFRA;
		}
	return ret;
}

static int merge_all(const struct records *all, const struct merge_args *a)
{
	const struct record **list = xcalloc(all->n_records + 1, sizeof(*list));
	const struct record **of = xcalloc(all->n_records + 1, sizeof(*of));
	size_t n = all->n_records, kernels = 0;
	char why[600];
	int ret = 0;

	for (size_t i = 0; i < n; i++)
		list[i] = &all->records[i];
	while (n) {
		size_t taken = take_kernel(list, &n, of);
		char *name = rundir_name(of[0]->kernel);
		/* With one kernel the folder is the run. */
		char *dir = n || kernels || a->kernels ? xasprintf("%s/%s", a->output, name)
						       : xstrdup(a->output);

		if (!kernels++ && n && files_make_folders(a->output, why, sizeof(why)))
			fprintf(stderr, "tailcheck: %s\n", why);
		ret = worse(ret, merge_kernel(of, taken, dir));
		free(name);
		free(dir);
	}
	if (kernels > 1)
		ret = worse(ret, report_matrix(a->output, NULL, 0));
	free(list);
	free(of);
	return ret;
}

int cmd_merge(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FOLDER", 0,
		  "the merged run; with more than one kernel, or with -k, a folder in it for each",
		  0 },
		{ "kernels", 'k', "KERNEL,...", 0,
		  "kernels that must be there: one without any shard is told", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"RUN...",
		"Make one run out of the shards of it (`tailcheck run --shard I/N`). Cases of a "
		"shard that is not there have no result.\v"
		"Exit status: as of the whole run; 2 where runs are no parts of one, 5 where a "
		"part is "
		"missing.",
		NULL,
		NULL,
		NULL
	};
	struct merge_args a = { .output = NULL };
	struct records all;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = read_shards(&all, &a);
	if (all.n_records)
		ret = worse(ret, merge_all(&all, &a));
	else
		ret = EXIT_NOTHING_RAN;
	if (a.kernels)
		ret = worse(ret, check_kernels(&all, a.kernels));
	records_release(&all);
	free(a.runs);
	return ret;
}
