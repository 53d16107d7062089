// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/slurp.h"
#include "../base/text.h"

/* In place of what differs from merge to merge. */
#define MERGED_BOOTS "merged: shards.json has each shard's"

static unsigned int shards_of(const struct record *r)
{
	return r->shards ? r->shards : 1;
}

static unsigned int shard_of(const struct record *r)
{
	return r->shards ? r->shard : 1;
}

static int by_shard(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;

	return (shard_of(x) > shard_of(y)) - (shard_of(x) < shard_of(y));
}

static bool same_engines(const struct record *a, const struct record *b)
{
	if (a->n_engines != b->n_engines || a->n_absent != b->n_absent)
		return false;
	for (size_t e = 0; e < a->n_engines; e++)
		if (strcmp(a->engines[e].name, b->engines[e].name) != 0 ||
		    a->engines[e].quirks != b->engines[e].quirks ||
		    a->engines[e].uncertain != b->engines[e].uncertain)
			return false;
	for (size_t e = 0; e < a->n_absent; e++)
		if (strcmp(a->absent[e].name, b->absent[e].name) != 0)
			return false;
	return true;
}

/* What keeps two runs from being parts of one; NULL: nothing. */
static const char *differ_in(const struct record *a, const struct record *b)
{
	if (shards_of(a) != shards_of(b))
		return "the number of shards";
	if (shard_of(a) == shard_of(b))
		return "nothing: they are the same shard";
	if (strcmp(a->release, b->release) != 0 || strcmp(a->version, b->version) != 0 ||
	    strcmp(a->package, b->package) != 0 || strcmp(a->arch, b->arch) != 0)
		return "the kernel itself (release, build, package or architecture)";
	if (strcmp(a->program, b->program) != 0)
		return "the version of tailcheck";
	if (strcmp(a->selection ? a->selection : "", b->selection ? b->selection : "") != 0)
		return "the selection of cases";
	return same_engines(a, b) ? NULL : "the engines, or the quirks found on them";
}

static int check_parts(const struct merged *m, char *why, size_t why_size)
{
	for (size_t i = 1; i < m->n_shards; i++) {
		const struct record *a = m->shards[i - 1], *b = m->shards[i];
		const char *what = differ_in(a, b);

		if (what) {
			snprintf(why, why_size,
				 "%s and %s are no parts of one run: they differ in %s", a->dir,
				 b->dir, what);
			return -1;
		}
	}
	return 0;
}

/* The file that has the cases of the whole, to be freed. */
static char *suite_path(const struct record *r)
{
	return xasprintf("%s/%s.case", r->dir, r->shards ? "suite" : "cases");
}

static char *suite_text(const struct record *r, char *why, size_t why_size)
{
	char *path = suite_path(r), *text = NULL;
	FILE *in = fopen(path, "re");
	size_t len;

	if (in)
		text = slurp(in, CASE_FILE_MAX, &len);
	if (!text)
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
	if (in)
		fclose(in);
	free(path);
	return text;
}

/* All must be parts of the same whole. */
static int compare_suites(const struct merged *m, char *why, size_t why_size)
{
	char *first = suite_text(m->shards[0], why, why_size);
	int ret = first ? 0 : -1;

	for (size_t i = 1; i < m->n_shards && !ret; i++) {
		char *text = suite_text(m->shards[i], why, why_size);

		ret = text ? 0 : -1;
		if (text && strcmp(first, text) != 0) {
			snprintf(why, why_size,
				 "%s and %s are no parts of one run: they differ in the cases",
				 m->shards[0]->dir, m->shards[i]->dir);
			ret = -1;
		}
		free(text);
	}
	free(first);
	return ret;
}

static int read_whole(struct merged *m, char *why, size_t why_size)
{
	char *path = suite_path(m->shards[0]);
	struct diag d;
	int ret = compare_suites(m, why, why_size);

	if (!ret && (suite_add(&m->suite, path, &d) || suite_finish(&m->suite, &d))) {
		snprintf(why, why_size, "%s:%u: %s", d.file, d.line, d.message);
		suite_release(&m->suite);
		ret = -1;
	}
	free(path);
	return ret;
}

static int index_of(const struct suite *s, const char *name)
{
	size_t from = 0, to = s->n_cases;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int d = strcmp(s->cases[mid]->name, name);

		if (!d)
			return (int)mid;
		if (d < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return -1;
}

static int take_shard(struct merged *m, const struct record *r, char *why, size_t why_size)
{
	for (size_t c = 0; c < r->suite.n_cases; c++) {
		const char *name = r->suite.cases[c]->name;
		int at = index_of(&m->suite, name);

		if (at < 0 || case_shard(name, shards_of(r)) != shard_of(r)) {
			snprintf(why, why_size, "%s: the case %s is not of shard %u of %u", r->dir,
				 name, shard_of(r), shards_of(r));
			return -1;
		}
		record_copy_results(&m->results, r, c, (size_t)at);
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines that shards have in common once, in an order that does not depend on the shards. */
static char *join_lines(const struct merged *m, char *const *(*of)(const struct record *))
{
	char **lines = NULL;
	struct text t = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < m->n_shards; i++)
		for (const char *s = *of(m->shards[i]); *s;) {
			size_t len = strcspn(s, "\n");

			*vec_add(lines, n) = xstrndup(s, len);
			s += len + (s[len] == '\n');
		}
	if (n)
		qsort(lines, n, sizeof(*lines), by_text);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(lines[i - 1], lines[i]) != 0)
			text_printf(&t, "%s\n", lines[i]);
	}
	for (size_t i = 0; i < n; i++)
		free(lines[i]);
	free(lines);
	return t.s;
}

static char *const *suite_lines(const struct record *r)
{
	return &r->suite_trouble;
}

static char *const *profile_lines(const struct record *r)
{
	return &r->profile_trouble;
}

static int by_splat(const void *a, const void *b)
{
	const struct run_splat *x = a, *y = b;
	int d = strcmp(x->case_name ? x->case_name : "", y->case_name ? y->case_name : "");

	if (!d)
		d = strcmp(x->engine ? x->engine : "", y->engine ? y->engine : "");
	return d ? d : strcmp(x->line, y->line);
}

/* A kernel that complains when it boots does so in every shard. */
static void sort_splats(struct run_results *r)
{
	size_t kept = 0;

	if (r->n_splats)
		qsort(r->splats, r->n_splats, sizeof(*r->splats), by_splat);
	for (size_t i = 0; i < r->n_splats; i++) {
		struct run_splat *s = &r->splats[i];

		if (kept && !s->case_name && !by_splat(&r->splats[kept - 1], s)) {
			free(s->engine);
			free(s->line);
		} else {
			r->splats[kept++] = *s;
		}
	}
	r->n_splats = kept;
}

static int by_index(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static void join_trouble(struct merged *m)
{
	struct run_results *r = &m->results;

	for (size_t i = 0; i < m->n_shards; i++) {
		record_trouble(r, m->shards[i]);
		free(r->suite_trouble);
		free(r->profile_trouble);
		r->interrupted |= m->shards[i]->interrupted;
		if (strcmp(r->host, m->shards[i]->host) != 0) {
			free(r->host);
			r->host = xstrdup("several: see shards.json");
		}
	}
	r->suite_trouble = join_lines(m, suite_lines);
	r->profile_trouble = join_lines(m, profile_lines);
	sort_splats(r);
	if (r->n_suite_errors)
		qsort(r->suite_errors, r->n_suite_errors, sizeof(*r->suite_errors), by_index);
}

static bool is_there(const struct merged *m, unsigned int shard)
{
	for (size_t i = 0; i < m->n_shards; i++)
		if (shard_of(m->shards[i]) == shard)
			return true;
	return false;
}

/* What a lost shard would have had; one that has no case is no loss. */
static void find_missing(struct merged *m)
{
	unsigned int n = shards_of(m->shards[0]);
	size_t *cases_of = xcalloc(n + 1, sizeof(*cases_of));

	for (size_t c = 0; c < m->suite.n_cases; c++) {
		unsigned int shard = case_shard(m->suite.cases[c]->name, n);

		cases_of[shard]++;
		for (size_t e = 0; e < m->results.n_engines; e++) {
			struct result *res = result_of(&m->results, c, e);

			if (res->transcript || res->verdict != VERDICT_NONE)
				continue;
			res->transcript =
				xasprintf("shard %u of %u %s", shard, n,
					  is_there(m, shard) ? "did not run it" : "is missing");
			m->missing += e == 0;
		}
	}
	for (unsigned int i = 1; i <= n; i++)
		if (cases_of[i] && !is_there(m, i))
			*vec_add(m->lost, m->n_lost) = i;
	free(cases_of);
}

int merge_shards(struct merged *m, const struct record *const *runs, size_t n, char *why,
		 size_t why_size)
{
	struct run_results *r = &m->results;

	memset(m, 0, sizeof(*m));
	m->n_shards = n;
	m->shards = xcalloc(n, sizeof(*m->shards));
	memcpy(m->shards, runs, n * sizeof(*runs));
	qsort(m->shards, n, sizeof(*m->shards), by_shard);
	if (check_parts(m, why, why_size) || read_whole(m, why, why_size)) {
		free(m->shards);
		return -1;
	}
	record_head(r, m->shards[0]);
	r->suite = &m->suite;
	r->results = xcalloc(m->suite.n_cases * r->n_engines + 1, sizeof(*r->results));
	for (size_t i = 0; i < n; i++)
		if (take_shard(m, m->shards[i], why, why_size)) {
			merged_release(m);
			return -1;
		}
	join_trouble(m);
	find_missing(m);
	free(r->boots);
	r->boots = xstrdup(MERGED_BOOTS);
	r->seconds = 0;
	return 0;
}

void merged_release(struct merged *m)
{
	results_release(&m->results);
	suite_release(&m->suite);
	free(m->shards);
	free(m->lost);
	memset(m, 0, sizeof(*m));
}
