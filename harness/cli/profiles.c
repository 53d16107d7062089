// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck profiles: the quirks that kernels are known for, against runs, or written from them. */
#include "../judge/profile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../report/report.h"
#include "../vm/files.h"
#include "../vm/kernel_image.h"
#include "cli.h"
#include "find_run.h"
#include "rundir.h"

struct profiles_args {
	const char *file;
	bool update;
	char **runs;
	size_t n_runs;
};

static const char head[] =
	"# The quirks that each engine of a kernel is known to show: see `tailcheck quirks`.\n"
	"# Written by `tailcheck profiles --update` from runs on the packages named here; every "
	"run\n"
	"# is compared with it. A difference is a change of the kernel, of a probe, or of the "
	"program.\n\n";

/* The run of a matrix, else the newest one; NULL where there is none. */
static char *default_run(const char *kernel)
{
	char *results = results_dir(), *dir = xasprintf("%s/matrix/%s", results, kernel);
	char *summary = xasprintf("%s/summary.json", dir);

	if (access(summary, F_OK)) {
		free(dir);
		dir = find_run(kernel);
	}
	free(summary);
	free(results);
	return dir;
}

/* All strings are to be freed. */
static char **choose_runs(const struct profiles_args *a, size_t *n)
{
	char **dirs = NULL;

	*n = 0;
	for (size_t i = 0; i < a->n_runs; i++)
		*vec_add(dirs, *n) = xstrdup(a->runs[i]);
	for (const struct kernel_name *k = kernel_names; !a->n_runs && k->name; k++) {
		char *dir = default_run(k->name);

		if (dir)
			*vec_add(dirs, *n) = dir;
	}
	return dirs;
}

/* Nothing is known of a kernel from a run that did not find out. */
static int refuse(const struct record *r)
{
	if (r->interrupted) {
		fprintf(stderr, "tailcheck: %s: the run was interrupted\n", r->dir);
		return EXIT_USAGE;
	}
	if (!*r->package) {
		fprintf(stderr, "tailcheck: %s: %s has no package, so that none could check it\n",
			r->dir, r->kernel);
		return EXIT_USAGE;
	}
	if (!r->n_engines) {
		fprintf(stderr, "tailcheck: %s: no engine ran\n", r->dir);
		return EXIT_USAGE;
	}
	for (size_t e = 0; e < r->n_engines; e++)
		if (r->engines[e].uncertain) {
			fprintf(stderr, "tailcheck: %s: uncertain on %s: ", r->dir,
				r->engines[e].name);
			print_quirks(stderr, r->engines[e].uncertain);
			fputc('\n', stderr);
			return EXIT_USAGE;
		}
	return 0;
}

/* In the form that profiles are compared with. */
static struct run_results found_by(const struct record *r)
{
	struct run_results found = { .n_engines = 0 };
	struct engine_results *er;

	for (size_t e = 0; e < r->n_engines; e++) {
		er = &found.engines[found.n_engines++];
		snprintf(er->name, sizeof(er->name), "%s", r->engines[e].name);
		er->offered = true;
		er->quirks = r->engines[e].quirks;
	}
	for (size_t e = 0; e < r->n_absent && found.n_engines < MAX_ENGINES; e++) {
		er = &found.engines[found.n_engines++];
		snprintf(er->name, sizeof(er->name), "%s", r->absent[e].name);
	}
	return found;
}

/* Every line with the kernel before it. True where there is a difference. */
static bool differs(const struct profiles *p, const struct record *r)
{
	struct run_results found = found_by(r);
	const struct profile *known = profiles_find(p, r->kernel);
	char *text = known ? profile_differences(known, &found) : NULL, *line, *save = NULL;
	bool any = !known || text;

	if (!known)
		printf("%s: has no profile\n", r->kernel);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		printf("%s: %s\n", r->kernel, line);
	if (known && known->package && strcmp(known->package, r->package) != 0)
		printf("%s: the profile was made with %s, the run with %s\n", r->kernel,
		       known->package, r->package);
	free(text);
	return any;
}

static int make_room_for(const char *path, char *why, size_t why_size)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash && slash != path ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	int ret = files_make_folders(dir, why, why_size);

	free(dir);
	return ret;
}

static int write_profiles(struct profiles *p, const char *path)
{
	const char **names;
	size_t n = 0, len;
	char *text = NULL, why[400];
	FILE *out = open_memstream(&text, &len);
	int ret;

	while (kernel_names[n].name)
		n++;
	names = xcalloc(n + 1, sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = kernel_names[i].name;
	profiles_sort(p, names);
	fputs(head, out);
	profiles_print(out, p);
	fclose(out);
	ret = make_room_for(path, why, sizeof(why)) ||
	      files_write_text(path, text, why, sizeof(why));
	if (ret) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_INFRA;
	}
	free(names);
	free(text);
	return ret;
}

static int read_profiles(struct profiles *p, const char *path)
{
	char *text = files_read_text(path);
	struct diag d;
	int ret = 0;

	memset(p, 0, sizeof(*p));
	if (text && profiles_parse(p, text, path, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	} else if (!text && !access(path, F_OK)) {
		fprintf(stderr, "tailcheck: cannot read %s\n", path);
		ret = EXIT_USAGE;
	}
	free(text);
	return ret;
}

static bool named_twice(const struct records *all)
{
	for (size_t i = 0; i < all->n_records; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(all->records[i].kernel, all->records[j].kernel)) {
				fprintf(stderr, "tailcheck: %s and %s are both of %s\n",
					all->records[j].dir, all->records[i].dir,
					all->records[i].kernel);
				return true;
			}
	return false;
}

static int with_records(const struct profiles_args *a, struct profiles *p,
			const struct records *all, const char *path)
{
	size_t differing = 0;
	int ret = named_twice(all) ? EXIT_USAGE : 0;

	for (size_t i = 0; i < all->n_records && !ret; i++)
		ret = refuse(&all->records[i]);
	if (ret)
		return ret;
	for (size_t i = 0; i < all->n_records; i++)
		differing += differs(p, &all->records[i]);
	if (!a->update) {
		printf("%zu kernels with a run: %zu as their profile says, %zu not\n",
		       all->n_records, all->n_records - differing, differing);
		return differing ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
	}
	for (size_t i = 0; i < all->n_records; i++) {
		struct run_results found = found_by(&all->records[i]);

		profiles_set(p, all->records[i].kernel, all->records[i].package, &found);
	}
	ret = write_profiles(p, path);
	if (!ret)
		printf("%s: %zu kernels, %zu of them from runs, %zu changed\n", path, p->n,
		       all->n_records, differing);
	return ret;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct profiles_args *a = state->input;

	switch (key) {
	case 'u':
		a->update = true;
		return 0;
	case 'p':
		a->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_profiles(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "update", 'u', NULL, 0,
		  "write what the runs found; kernels without a run keep their profile", 0 },
		{ "profiles", 'p', "FILE", 0, "the file (default: results/expected/profiles)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"Where the quirks that runs found are not those that the file of profiles has for "
		"the kernel. RUN is the folder of a run; by default, of each kernel, its run below "
		"results/matrix, else its newest.\v"
		"Exit status: 0 they agree, or the file was written; 1 they differ; 2 a run that "
		"was interrupted or has a probe that fits neither way, or usage; 3 no run.",
		NULL,
		NULL,
		NULL
	};
	struct profiles_args a = { .file = NULL };
	struct records all = { .n_records = 0 };
	struct profiles p = { .n = 0 };
	char **dirs, *path, why[600];
	size_t n;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	path = a.file ? xstrdup(a.file) : root_path("results/expected/profiles");
	dirs = choose_runs(&a, &n);
	ret = read_profiles(&p, path);
	if (!ret && records_named(&all, dirs, n, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_USAGE;
	}
	if (!ret && !n) {
		fprintf(stderr, "tailcheck: there is no run; tailcheck run or matrix makes some\n");
		ret = EXIT_NOTHING_RAN;
	}
	if (!ret)
		ret = with_records(&a, &p, &all, path);
	for (size_t i = 0; i < n; i++)
		free(dirs[i]);
	free(dirs);
	free(a.runs);
	free(path);
	records_release(&all);
	profiles_release(&p);
	return ret;
}
