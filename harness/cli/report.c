// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck report: runs on disk as one page, and as JSON. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../report/html/html.h"
#include "cli.h"
#include "rundir.h"

struct report_args {
	char **runs;
	size_t n_runs;
	const char *file;
	bool matrix;
};

/* What a page is made from. */
struct gathered {
	struct records records;
	char **lost;
	size_t n_lost;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct report_args *a = state->input;

	switch (key) {
	case 'o':
		a->file = arg;
		return 0;
	case 'm':
		a->matrix = true;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int add_run(struct gathered *g, const char *dir)
{
	struct record r;
	char why[600];

	if (record_read(&r, dir, why, sizeof(why))) {
		*vec_add(g->lost, g->n_lost) = xstrdup(why);
		return -1;
	}
	if (record_read_transcripts(&r, why, sizeof(why)))
		*vec_add(g->lost, g->n_lost) = xstrdup(why);
	*vec_add(g->records.records, g->records.n_records) = r;
	return 0;
}

static int not_hidden(const struct dirent *ent)
{
	return ent->d_name[0] != '.';
}

/* Has the caller told already what came of this one? Lines begin with "NAME:". */
static bool known_lost(const struct gathered *g, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < g->n_lost; i++)
		if (!strncmp(g->lost[i], name, n) && g->lost[i][n] == ':')
			return true;
	return false;
}

/* All that a matrix left behind; a folder without a summary is a run that came to nothing. */
static void add_matrix(struct gathered *g, const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, not_hidden, versionsort);

	for (int i = 0; i < n; i++) {
		char *dir = xasprintf("%s/%s", folder, list[i]->d_name);
		char *summary = xasprintf("%s/summary.json", dir);

		struct stat st;

		if (stat(dir, &st) || !S_ISDIR(st.st_mode))
			; /* a log, or this page */
		else if (!access(summary, F_OK))
			add_run(g, dir);
		else if (!known_lost(g, list[i]->d_name))
			*vec_add(g->lost, g->n_lost) = xasprintf("%s: no result; its log is %s.log",
								 list[i]->d_name, list[i]->d_name);
		free(summary);
		free(dir);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static int load_report_areas(struct areas *areas, const struct records *records)
{
	char *path = root_path("cases/areas");
	struct diag d;
	int ret = areas_read(areas, path, &d);

	if (ret)
		diag_print(stderr, &d);
	for (size_t i = 0; !ret && i < records->n_records; i++)
		areas_complete(areas, &records->records[i].suite);
	free(path);
	return ret ? EXIT_USAGE : 0;
}

static int write_report(const struct gathered *g, const char *file)
{
	struct claims claims = { .n_claims = 0 };
	struct areas areas = { .n_areas = 0 };
	struct report r;
	char why[600];
	int ret = load_claims(&claims);

	if (!ret)
		ret = load_report_areas(&areas, &g->records);
	if (!ret) {
		report_make(&r, &(struct report_input){ &g->records, &claims, &areas, g->lost,
							g->n_lost });
		if (report_write(&r, file, why, sizeof(why))) {
			fprintf(stderr, "tailcheck: %s\n", why);
			ret = EXIT_INFRA;
		}
		report_free(&r);
	}
	areas_release(&areas);
	claims_release(&claims);
	return ret;
}

static void release(struct gathered *g)
{
	records_release(&g->records);
	for (size_t i = 0; i < g->n_lost; i++)
		free(g->lost[i]);
	free(g->lost);
}

int report_run(const char *dir)
{
	char *file = xasprintf("%s/report.html", dir);
	struct gathered g = { .n_lost = 0 };
	int ret = EXIT_INFRA;

	if (!add_run(&g, dir))
		ret = write_report(&g, file);
	else
		fprintf(stderr, "tailcheck: no report: %s\n", g.lost[0]);
	release(&g);
	free(file);
	return ret;
}

int report_matrix(const char *folder, char *const *lost, size_t n_lost)
{
	char *file = xasprintf("%s/report.html", folder);
	struct gathered g = { .n_lost = 0 };
	int ret = EXIT_NOTHING_RAN;

	for (size_t i = 0; i < n_lost; i++)
		*vec_add(g.lost, g.n_lost) = xstrdup(lost[i]);
	add_matrix(&g, folder);
	if (g.records.n_records)
		ret = write_report(&g, file);
	release(&g);
	free(file);
	return ret;
}

/* The folders that the command line means, and where the page goes unless it says so. */
static char *gather(struct gathered *g, const struct report_args *a)
{
	char *results = results_dir(), *file;

	for (size_t i = 0; i < a->n_runs; i++)
		add_run(g, a->runs[i]);
	if (a->matrix) {
		char *folder = xasprintf("%s/matrix", results);

		add_matrix(g, folder);
		free(folder);
		file = xasprintf("%s/matrix/report.html", results);
	} else if (!a->n_runs) {
		char *latest = xasprintf("%s/latest", results);

		add_run(g, latest);
		free(latest);
		file = xasprintf("%s/latest/report.html", results);
	} else {
		file = a->n_runs == 1 ? xasprintf("%s/report.html", a->runs[0])
				      : xstrdup("report.html");
	}
	free(results);
	return file;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0,
		  "the page; the same data goes to FILE with .json for .html (default: report.html "
		  "in the folder of the run)",
		  0 },
		{ "matrix", 'm', NULL, 0, "all runs of tailcheck matrix", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"Runs (folders below results/; by default the latest) as one page of HTML that "
		"needs "
		"nothing beside it, and as JSON (docs/report.schema.json).",
		NULL,
		NULL,
		NULL
	};
	struct report_args a = { .file = NULL };
	struct gathered g = { .n_lost = 0 };
	char *file;
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	file = gather(&g, &a);
	for (size_t i = 0; i < g.n_lost; i++)
		fprintf(stderr, "tailcheck: %s\n", g.lost[i]);
	/* A run that was named must be there; one of a matrix may have come to nothing. */
	if (!g.records.n_records || (g.n_lost && !a.matrix)) {
		if (!g.n_lost)
			fprintf(stderr, "tailcheck: there is no run to tell of\n");
		ret = g.n_lost && a.n_runs ? EXIT_USAGE : EXIT_NOTHING_RAN;
	}
	if (!ret)
		ret = write_report(&g, a.file ? a.file : file);
	if (!ret)
		printf("%s\n", a.file ? a.file : file);
	release(&g);
	free(file);
	free(a.runs);
	return ret;
}
