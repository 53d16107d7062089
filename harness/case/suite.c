// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "suite.h"

#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/hash.h"

/* Take what was parsed into @f where @ret is 0. */
static int add_cases(struct suite *s, struct case_file *f, int ret)
{
	if (ret) {
		free(f);
		return ret;
	}
	*vec_add(s->files, s->n_files) = f;
	for (size_t i = 0; i < f->n_cases; i++)
		*vec_add(s->cases, s->n_cases) = &f->cases[i];
	return 0;
}

static int add_file(struct suite *s, const char *path, struct diag *d)
{
	struct case_file *f = xcalloc(1, sizeof(*f));

	return add_cases(s, f, case_file_read(f, path, d));
}

int suite_add_text(struct suite *s, const char *text, size_t len, const char *file, struct diag *d)
{
	struct case_file *f = xcalloc(1, sizeof(*f));

	return add_cases(s, f, case_file_parse(f, text, len, file, d));
}

static bool is_case_file(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".case") == 0;
}

int suite_add(struct suite *s, const char *path, struct diag *d)
{
	char *paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *ent;
	int ret = 0;

	if (!fts)
		return diag_at(d, path, 0, NULL, NULL, "cannot read: %s", strerror(errno));
	while (!ret && (ent = fts_read(fts))) {
		if (ent->fts_info == FTS_ERR || ent->fts_info == FTS_DNR || ent->fts_info == FTS_NS)
			ret = diag_at(d, ent->fts_path, 0, NULL, NULL, "cannot read: %s",
				      strerror(ent->fts_errno));
		else if (ent->fts_info == FTS_F &&
			 (ent->fts_level == 0 || is_case_file(ent->fts_name)))
			ret = add_file(s, ent->fts_path, d);
	}
	fts_close(fts);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	const struct test_case *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int suite_finish(struct suite *s, struct diag *d)
{
	if (s->n_cases)
		qsort(s->cases, s->n_cases, sizeof(const struct test_case *), by_name);
	for (size_t i = 1; i < s->n_cases; i++) {
		const struct test_case *a = s->cases[i - 1], *b = s->cases[i];

		if (strcmp(a->name, b->name) == 0)
			return diag_at(d, b->file, b->line, b->text, NULL,
				       "case %s is also defined at %s:%u", b->name, a->file,
				       a->line);
	}
	return 0;
}

bool case_name_matches(const char *name, const char *pattern)
{
	size_t len = strlen(pattern);

	return fnmatch(pattern, name, 0) == 0 ||
	       (strncmp(name, pattern, len) == 0 && name[len] == '.');
}

const char *suite_filter(struct suite *s, char *const *patterns, size_t n)
{
	size_t kept = 0;

	for (size_t p = 0; p < n; p++) {
		size_t i = 0;

		while (i < s->n_cases && !case_name_matches(s->cases[i]->name, patterns[p]))
			i++;
		if (i == s->n_cases)
			return patterns[p];
	}

	for (size_t i = 0; i < s->n_cases; i++) {
		bool keep = n == 0;

		for (size_t p = 0; p < n && !keep; p++)
			keep = case_name_matches(s->cases[i]->name, patterns[p]);
		if (keep)
			s->cases[kept++] = s->cases[i];
	}
	s->n_cases = kept;
	return NULL;
}

unsigned int case_shard(const char *name, unsigned int n)
{
	uint64_t h = hash_bytes(HASH_EMPTY, name, strlen(name));

	return (unsigned int)((h ^ h >> 32) % n) + 1;
}

void suite_shard(struct suite *s, unsigned int shard, unsigned int n)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_cases; i++)
		if (case_shard(s->cases[i]->name, n) == shard)
			s->cases[kept++] = s->cases[i];
	s->n_cases = kept;
}

const struct test_case *suite_find(const struct suite *s, const char *name)
{
	for (size_t i = 0; i < s->n_cases; i++)
		if (strcmp(s->cases[i]->name, name) == 0)
			return s->cases[i];
	return NULL;
}

void suite_release(struct suite *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		case_file_release(s->files[i]);
		free(s->files[i]);
	}
	free(s->files);
	free(s->cases);
	memset(s, 0, sizeof(*s));
}
