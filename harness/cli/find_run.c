// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "find_run.h"

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../base/alloc.h"
#include "../claims/json_file.h"
#include "rundir.h"

struct found {
	char *dir;
	size_t n_cases;
	struct timespec when;
};

struct search {
	const char *kernel;
	struct found *list;
	size_t n;
};

static bool is_newer(const struct found *x, const struct found *y)
{
	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec > y->when.tv_sec;
	return x->when.tv_nsec > y->when.tv_nsec;
}

/* A folder without a summary, or with one that cannot be read, is no run. */
static void look_at(struct search *s, const char *folder, const char *name)
{
	char *dir = xasprintf("%s/%s", folder, name);
	char *path = xasprintf("%s/summary.json", dir);
	struct stat st;
	char unheard[600];
	json_t *root = stat(path, &st) ? NULL : json_file_load(path, unheard, sizeof(unheard));
	const char *kernel =
		json_string_value(json_object_get(json_object_get(root, "kernel"), "name"));

	if (kernel && !strcmp(kernel, s->kernel) &&
	    !json_is_true(json_object_get(root, "interrupted")))
		*vec_add(s->list, s->n) = (struct found){
			.dir = xstrdup(dir),
			.n_cases = json_array_size(json_object_get(root, "cases")),
			.when = st.st_mtim,
		};
	json_decref(root);
	free(path);
	free(dir);
}

/* Folders are called after their kernel: there is no need to read the others. */
static void look_in(struct search *s, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *ent;

	while (dir && (ent = readdir(dir)))
		if (strstr(ent->d_name, s->kernel))
			look_at(s, folder, ent->d_name);
	if (dir)
		closedir(dir);
}

char *find_run(const char *kernel)
{
	char *results = results_dir(), *matrix = xasprintf("%s/matrix", results), *dir = NULL;
	struct search s = { .kernel = kernel };
	const struct found *best = NULL;
	size_t most = 0;

	look_in(&s, results);
	look_in(&s, matrix);
	for (size_t i = 0; i < s.n; i++)
		if (s.list[i].n_cases > most)
			most = s.list[i].n_cases;
	for (size_t i = 0; i < s.n; i++)
		if (s.list[i].n_cases * 2 >= most && (!best || is_newer(&s.list[i], best)))
			best = &s.list[i];
	if (best)
		dir = xstrdup(best->dir);
	for (size_t i = 0; i < s.n; i++)
		free(s.list[i].dir);
	free(s.list);
	free(matrix);
	free(results);
	return dir;
}
