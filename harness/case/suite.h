/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many case files as one list of cases with names that are unique. */
#ifndef TAILCHECK_SUITE_H
#define TAILCHECK_SUITE_H

#include "case.h"

struct suite {
	struct case_file **files;
	size_t n_files;
	const struct test_case **cases; /* sorted by name */
	size_t n_cases;
};

/* Add a .case file, or every one below a folder. 0, or -1 with @d filled in. */
int suite_add(struct suite *s, const char *path, struct diag *d);

/* Add the cases of @len bytes of text; @file is what messages call it. 0, or -1. */
int suite_add_text(struct suite *s, const char *text, size_t len, const char *file, struct diag *d);

/* Sort, and refuse names that occur twice. To be called once, after the last suite_add(). */
int suite_finish(struct suite *s, struct diag *d);

/* Does a name match: exactly, as a glob (fnmatch(3)), or as an area ("limit" for "limit.self")? */
bool case_name_matches(const char *name, const char *pattern);

/*
 * Drop every case that no pattern matches. With no patterns nothing is dropped. NULL, or the first
 * pattern that no case matches (a slip of the pen), and then nothing is dropped either.
 */
const char *suite_filter(struct suite *s, char *const *patterns, size_t n);

#define MAX_SHARDS 10000

/* Which of @n shards a case is in, 1 to @n: by its name alone, whatever other cases there are. */
unsigned int case_shard(const char *name, unsigned int n);

/* Drop every case that is not in this shard of @n. */
void suite_shard(struct suite *s, unsigned int shard, unsigned int n);

const struct test_case *suite_find(const struct suite *s, const char *name);
void suite_release(struct suite *s);

#endif
