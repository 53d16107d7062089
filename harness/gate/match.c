// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "match.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../case/suite.h"

static int by_name_as_they_stand(const void *a, const void *b, void *arg)
{
	const struct baseline *base = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int d = strcmp(base->entries[x].name, base->entries[y].name);

	return d ? d : (x > y) - (x < y);
}

void index_lines(struct line_index *x, const struct baseline *b)
{
	bool sorted = true;

	memset(x, 0, sizeof(*x));
	x->b = b;
	for (size_t i = 0; i < b->n; i++) {
		if (b->entries[i].kind != ENTRY_CASE)
			continue;
		if (b->entries[i].glob)
			*vec_add(x->globs, x->n_globs) = i;
		else
			*vec_add(x->exact, x->n_exact) = i;
	}
	/* Mostly it is so that there is nothing to sort. */
	for (size_t i = 1; i < x->n_exact && sorted; i++)
		sorted = by_name_as_they_stand(&x->exact[i - 1], &x->exact[i], (void *)b) < 0;
	if (!sorted)
		qsort_r(x->exact, x->n_exact, sizeof(*x->exact), by_name_as_they_stand, (void *)b);
}

void index_release(struct line_index *x)
{
	free(x->exact);
	free(x->globs);
	memset(x, 0, sizeof(*x));
}

static size_t first_of_name(const struct line_index *x, const char *name)
{
	size_t from = 0, to = x->n_exact;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(x->b->entries[x->exact[mid]].name, name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void find_candidates(struct candidates *c, const struct line_index *x, const char *name)
{
	size_t i = first_of_name(x, name), g = 0;

	c->n = c->n_exact = 0;
	for (;;) {
		bool exact = i < x->n_exact && !strcmp(x->b->entries[x->exact[i]].name, name);

		while (g < x->n_globs && !case_name_matches(name, x->b->entries[x->globs[g]].name))
			g++;
		if (!exact && g == x->n_globs)
			return;
		if (exact && (g == x->n_globs || x->exact[i] < x->globs[g])) {
			*vec_add(c->at, c->n) = x->exact[i++];
			c->n_exact++;
		} else {
			*vec_add(c->at, c->n) = x->globs[g++];
		}
	}
}

size_t first_fitting(const struct candidates *c, const struct baseline *b, const struct column *col,
		     size_t from)
{
	for (size_t i = from; i < c->n; i++)
		if (column_fits(col, b->entries[c->at[i]].condition))
			return i;
	return NO_ENTRY;
}

bool has_result(const struct observation *seen)
{
	return !seen->missing && seen->verdict != VERDICT_NONE && seen->verdict != VERDICT_INFRA;
}

/* The next word of a detail, or all of a quoted value: its length. */
static size_t detail_word(const char *s)
{
	size_t n = 1;

	if (*s != '"')
		return strcspn(s, " ");
	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n + (s[n] == '"');
}

/* A step, or a value, that is given as * may be any. */
static bool detail_fits(const char *expected, const char *got)
{
	while (*expected && *got) {
		size_t n = detail_word(expected), m = detail_word(got);
		bool any =
			(n == 1 && *expected == '*') || (n == 3 && !memcmp(expected, "\"*\"", 3));

		if (!any && (n != m || memcmp(expected, got, n) != 0))
			return false;
		expected += n + (expected[n] == ' ');
		got += m + (got[m] == ' ');
	}
	return !*expected && !*got;
}

bool entry_expects(const struct entry *e, const struct observation *seen)
{
	return has_result(seen) && e->verdict == seen->verdict &&
	       (e->verdict != VERDICT_DIVERGES || detail_fits(e->detail, seen->detail));
}

bool is_for_fact(const struct entry *e, const struct fact_key *k)
{
	return e->kind == k->kind && strcmp(e->name, k->name) == 0 &&
	       (!k->detail || (e->detail && strcmp(e->detail, k->detail) == 0));
}

bool fact_listed(const struct baseline *b, const struct fact_key *k, const struct column *col)
{
	for (size_t i = 0; i < b->n; i++)
		if (is_for_fact(&b->entries[i], k) && column_fits(col, b->entries[i].condition))
			return true;
	return false;
}

struct facts {
	struct fact_key *list;
	size_t n, n_columns;
};

/* Where it was found; made when it is new. */
static bool *fact_of(struct facts *f, enum entry_kind kind, const char *name, const char *detail)
{
	struct entry as = { .kind = kind, .name = (char *)name, .detail = (char *)detail };
	struct fact_key *k;

	for (size_t i = 0; i < f->n; i++)
		if (is_for_fact(&as, &f->list[i]))
			return f->list[i].found;
	k = vec_add(f->list, f->n);
	k->kind = kind;
	k->name = xstrdup(name);
	k->detail = detail ? xstrdup(detail) : NULL;
	k->found = xcalloc(f->n_columns + 1, sizeof(*k->found));
	return k->found;
}

static void column_facts(struct facts *f, const struct observed *o, size_t at)
{
	const struct column *col = &o->columns[at];
	bool *found = fact_of(f, ENTRY_ENGINE, col->engine, NULL);

	/* That a run has an engine is true of all of the run. */
	for (size_t i = 0; i < o->n_columns; i++)
		found[i] |= o->columns[i].run == col->run;
	for (int q = 0; q < QUIRK_COUNT; q++) {
		if (col->quirks & QUIRK_BIT(q))
			fact_of(f, ENTRY_QUIRK, quirks[q].name, NULL)[at] = true;
		if (col->uncertain & QUIRK_BIT(q))
			fact_of(f, ENTRY_UNCERTAIN, quirks[q].name, NULL)[at] = true;
	}
}

struct fact_key *collect_facts(const struct baseline *b, const struct observed *o, size_t *n)
{
	struct facts f = { .n_columns = o->n_columns };

	for (size_t i = 0; i < o->n_columns; i++)
		column_facts(&f, o, i);
	for (size_t i = 0; i < o->n_splats; i++)
		memcpy(fact_of(&f, ENTRY_SPLAT, o->splats[i].name, o->splats[i].line),
		       o->splats[i].on, o->n_columns * sizeof(bool));
	for (size_t i = 0; i < b->n; i++)
		if (b->entries[i].kind >= ENTRY_ENGINE && b->entries[i].kind <= ENTRY_SPLAT)
			fact_of(&f, b->entries[i].kind, b->entries[i].name, b->entries[i].detail);
	*n = f.n;
	return f.list;
}

void facts_release(struct fact_key *facts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(facts[i].name);
		free(facts[i].detail);
		free(facts[i].found);
	}
	free(facts);
}
