// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "update.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/text.h"

/* What is at hand while the lines of one case are looked at. */
struct one_case {
	struct update *u;
	const struct observed *o;
	const struct observed_case *c;
	const struct candidates *lines;
	size_t *by;    /* of each column: the line that counts, an index of lines, or NO_ENTRY */
	bool *done;    /* columns that are dealt with */
	bool *set;     /* for describe_columns() */
	size_t behind; /* where a new line may stand that all older ones go before */
};

static bool same_observation(const struct observation *a, const struct observation *b)
{
	return a->verdict == b->verdict &&
	       (a->verdict != VERDICT_DIVERGES || strcmp(a->detail, b->detail) == 0);
}

static struct entry new_case(const struct one_case *w, const struct observation *as)
{
	return (struct entry){
		.kind = ENTRY_CASE,
		.name = xstrdup(w->c->name),
		.level = (int)w->c->level,
		.verdict = as->verdict,
		.detail = as->detail ? xstrdup(as->detail) : NULL,
	};
}

static void insert(struct update *u, size_t at, struct entry e)
{
	*vec_add(u->edits, u->n_edits) = (struct edit){ at, e };
}

/* The entry as it will be: for changing. */
static struct entry *change(struct update *u, size_t at)
{
	if (u->replaced[at].kind == ENTRY_RAW)
		u->replaced[at] = entry_copy(&u->old->entries[at]);
	return &u->replaced[at];
}

/* Of the columns that line @by decides and that are not done: those that gave what @like gave. */
static void mark_alike(struct one_case *w, size_t by, const struct observation *like)
{
	for (size_t k = 0; k < w->o->n_columns; k++) {
		w->set[k] = w->by[k] == by && !w->done[k] && has_result(&w->c->by[k]) &&
			    same_observation(&w->c->by[k], like);
		w->done[k] |= w->set[k];
	}
}

/* Lines at @at for all columns of line @by that are not done, one for what is alike. */
static void insert_groups(struct one_case *w, size_t by, size_t at, const char *reason)
{
	for (size_t k = 0; k < w->o->n_columns; k++) {
		struct entry e;

		if (w->by[k] != by || w->done[k] || !has_result(&w->c->by[k]))
			continue;
		mark_alike(w, by, &w->c->by[k]);
		e = new_case(w, &w->c->by[k]);
		/* Without a condition it would hide what there is on other engines. */
		e.condition = describe_columns(w->o, w->set, w->lines->n_exact > 0);
		if (reason && e.verdict != VERDICT_CONFORMS)
			e.reason = xstrdup(reason);
		insert(w->u, at, e);
	}
}

/* What the last of several lines had best say: that the case conforms, if it does anywhere. */
static const struct observation *usual(const struct one_case *w, size_t by)
{
	const struct observation *found = NULL;

	for (size_t k = 0; k < w->o->n_columns; k++) {
		const struct observation *seen = &w->c->by[k];

		if (w->by[k] != by || w->done[k] || !has_result(seen))
			continue;
		if (!found ||
		    (seen->verdict == VERDICT_CONFORMS && found->verdict != VERDICT_CONFORMS))
			found = seen;
	}
	return found;
}

/* Would the next line on the same case say the same, where this line counts now? */
static bool is_redundant(const struct one_case *w, size_t line, const struct observation *seen)
{
	const struct baseline *old = w->u->old;
	bool any = false;

	for (size_t k = 0; k < w->o->n_columns; k++) {
		const struct entry *next;
		size_t at;

		if (w->by[k] != line)
			continue;
		at = first_fitting(w->lines, old, &w->o->columns[k], line + 1);
		if (at == NO_ENTRY)
			return false;
		next = &old->entries[w->lines->at[at]];
		if (next->glob || w->u->deleted[w->lines->at[at]] ||
		    w->u->replaced[w->lines->at[at]].kind != ENTRY_RAW ||
		    !entry_expects(next, seen))
			return false;
		any = true;
	}
	return any;
}

static void rewrite_line(struct one_case *w, size_t line, const struct observation *as)
{
	size_t at = w->lines->at[line];
	struct entry *e;

	if (w->u->old->entries[at].condition && is_redundant(w, line, as)) {
		w->u->deleted[at] = true;
		return;
	}
	e = change(w->u, at);
	free(e->detail);
	e->verdict = as->verdict;
	e->detail = as->detail ? xstrdup(as->detail) : NULL;
	/* The reason was for what it does no more. */
	if (as->verdict == VERDICT_CONFORMS) {
		free(e->reason);
		e->reason = NULL;
	}
}

/* A line that counts for some columns, and is not right on all of them. */
static void mend_line(struct one_case *w, size_t line)
{
	size_t at = w->lines->at[line];
	const struct entry *e = &w->u->old->entries[at];
	const struct observation *keep;
	bool wrong = false, right = false;

	for (size_t k = 0; k < w->o->n_columns; k++) {
		bool expected = entry_expects(e, &w->c->by[k]);

		if (w->by[k] != line || !has_result(&w->c->by[k]))
			continue;
		wrong |= !expected;
		right |= expected;
		w->done[k] |= expected;
	}
	if (!wrong)
		return;
	/* A glob is of other cases too, and a line that is right somewhere stays. */
	if (!e->glob && !right) {
		keep = usual(w, line);
		mark_alike(w, line, keep);
		rewrite_line(w, line, keep);
	}
	insert_groups(w, line, at, right || e->glob ? NULL : e->reason);
}

/* Columns that no line is for; and every case has a line that names it. */
static void mend_unlisted(struct one_case *w)
{
	const struct observation *last = usual(w, NO_ENTRY);
	static const struct observation conforms = { .verdict = VERDICT_CONFORMS };
	struct entry e;

	if (!last && w->lines->n_exact)
		return;
	for (size_t i = 0; i < w->u->n_edits && !last; i++)
		if (strcmp(w->u->edits[i].entry.name, w->c->name) == 0)
			return;
	e = new_case(w, last ? last : &conforms);
	if (last) {
		mark_alike(w, NO_ENTRY, last);
		insert_groups(w, NO_ENTRY, w->behind, NULL);
	}
	insert(w->u, w->behind, e);
}

/* Behind the lines of the case, of its globs, and of the case whose name comes before. */
static size_t place_of(const struct line_index *x, const struct candidates *lines, const char *name)
{
	size_t behind = lines->n ? lines->at[lines->n - 1] + 1 : 0;
	size_t from = 0, to = x->n_exact;

	if (lines->n_exact)
		return behind;
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(x->b->entries[x->exact[mid]].name, name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	if (from > 0 && x->exact[from - 1] + 1 > behind)
		return x->exact[from - 1] + 1;
	/* The first of all cases: before the one that it goes before. */
	if (from == 0 && x->n_exact && x->exact[0] > behind)
		return x->exact[0];
	return behind > 0 ? behind : x->b->n;
}

static void update_case(struct update *u, const struct observed *o, const struct observed_case *c,
			const struct line_index *x, struct candidates *lines)
{
	struct one_case w = { .u = u, .o = o, .c = c, .lines = lines };
	bool any = false;

	find_candidates(lines, x, c->name);
	w.by = xcalloc(o->n_columns + 1, sizeof(*w.by));
	w.done = xcalloc(o->n_columns + 1, sizeof(*w.done));
	w.set = xcalloc(o->n_columns + 1, sizeof(*w.set));
	w.behind = place_of(x, lines, c->name);
	for (size_t k = 0; k < o->n_columns; k++) {
		w.by[k] = first_fitting(lines, u->old, &o->columns[k], 0);
		any |= has_result(&c->by[k]);
	}
	/* From below, so that a line knows what becomes of those that it hides. */
	for (size_t i = lines->n; i-- > 0 && any;)
		mend_line(&w, i);
	for (size_t i = 0; i < lines->n && any; i++) {
		const struct entry *e = &u->old->entries[lines->at[i]];

		if (!e->glob && e->level != (int)c->level && !u->deleted[lines->at[i]])
			change(u, lines->at[i])->level = (int)c->level;
	}
	if (any)
		mend_unlisted(&w);
	free(w.by);
	free(w.done);
	free(w.set);
}

static int name_order(const void *key, const void *c)
{
	return strcmp(key, ((const struct observed_case *)c)->name);
}

/* Lines on cases that no run has, and globs that no case fits. */
static void drop_gone(struct update *u, const struct observed *o)
{
	for (size_t i = 0; i < u->old->n && o->n_cases; i++) {
		const struct entry *e = &u->old->entries[i];
		bool found = false;

		if (e->kind != ENTRY_CASE)
			continue;
		if (!e->glob)
			found = bsearch(e->name, o->cases, o->n_cases, sizeof(*o->cases),
					name_order) != NULL;
		for (size_t c = 0; e->glob && c < o->n_cases && !found; c++)
			found = case_name_matches(o->cases[c].name, e->name);
		u->deleted[i] = !found;
	}
}

static bool fits_any(const struct observed *o, const struct entry *e)
{
	for (size_t k = 0; k < o->n_columns; k++)
		if (column_fits(&o->columns[k], e->condition))
			return true;
	return false;
}

/* Where a new line of this kind goes: behind the others of its kind, or of the kinds before it. */
static size_t place_of_kind(const struct baseline *b, enum entry_kind kind)
{
	size_t at = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->entries[i].kind >= ENTRY_VERSION && b->entries[i].kind <= kind)
			at = i + 1;
	return at;
}

static void update_fact(struct update *u, const struct observed *o, const struct fact_key *k)
{
	const struct baseline *old = u->old;
	struct entry e = { .kind = k->kind };
	size_t at = NO_ENTRY;
	bool same = true, found = false;

	for (size_t i = 0; i < o->n_columns; i++) {
		same &= k->found[i] == fact_listed(old, k, &o->columns[i]);
		found |= k->found[i];
	}
	if (same)
		return;
	for (size_t i = 0; i < old->n; i++) {
		if (!is_for_fact(&old->entries[i], k) || !fits_any(o, &old->entries[i]))
			continue;
		u->deleted[i] = true;
		at = at == NO_ENTRY ? i : at;
		if (!e.reason && old->entries[i].reason && found)
			e.reason = xstrdup(old->entries[i].reason);
	}
	if (!found)
		return;
	e.name = xstrdup(k->name);
	e.detail = k->detail ? xstrdup(k->detail) : NULL;
	e.condition = describe_columns(o, k->found, false);
	insert(u, at == NO_ENTRY ? place_of_kind(old, k->kind) : at, e);
}

void update_make(struct update *u, const struct baseline *old, const struct observed *o)
{
	struct candidates lines = { .n = 0 };
	struct line_index x;
	size_t n;
	struct fact_key *facts = collect_facts(old, o, &n);

	memset(u, 0, sizeof(*u));
	u->old = old;
	u->deleted = xcalloc(old->n + 1, sizeof(*u->deleted));
	u->replaced = xcalloc(old->n + 1, sizeof(*u->replaced));
	for (int kind = ENTRY_ENGINE; kind <= ENTRY_SPLAT; kind++)
		for (size_t i = 0; i < n; i++)
			if ((int)facts[i].kind == kind)
				update_fact(u, o, &facts[i]);
	facts_release(facts, n);
	drop_gone(u, o);
	index_lines(&x, old);
	for (size_t i = 0; i < o->n_cases; i++)
		update_case(u, o, &o->cases[i], &x, &lines);
	index_release(&x);
	free(lines.at);
}

void update_release(struct update *u)
{
	for (size_t i = 0; i < u->old->n; i++)
		if (u->replaced[i].kind != ENTRY_RAW)
			entry_release(&u->replaced[i]);
	for (size_t i = 0; i < u->n_edits; i++)
		entry_release(&u->edits[i].entry);
	free(u->deleted);
	free(u->replaced);
	free(u->edits);
	memset(u, 0, sizeof(*u));
}

static int by_place(const void *a, const void *b, void *arg)
{
	const struct edit *edits = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (edits[x].at != edits[y].at)
		return edits[x].at < edits[y].at ? -1 : 1;
	return (x > y) - (x < y);
}

void update_apply(struct update *u, struct baseline *new)
{
	size_t *order = xcalloc(u->n_edits + 1, sizeof(*order)), next = 0;

	memset(new, 0, sizeof(*new));
	for (size_t i = 0; i < u->n_edits; i++)
		order[i] = i;
	qsort_r(order, u->n_edits, sizeof(*order), by_place, u->edits);
	for (size_t i = 0; i <= u->old->n; i++) {
		for (; next < u->n_edits && u->edits[order[next]].at == i; next++)
			*vec_add(new->entries, new->n) = entry_copy(&u->edits[order[next]].entry);
		if (i < u->old->n && !u->deleted[i])
			*vec_add(new->entries, new->n) =
				entry_copy(u->replaced[i].kind != ENTRY_RAW ? &u->replaced[i]
									    : &u->old->entries[i]);
	}
	for (size_t i = 0; i < new->n; i++)
		new->entries[i].line = (unsigned int)i + 1;
	free(order);
}

static bool is_like(const struct entry *e, const struct entry *like)
{
	return e->kind == like->kind && strcmp(e->name, like->name) == 0 &&
	       (like->kind != ENTRY_SPLAT || strcmp(e->detail, like->detail) == 0);
}

static void add_line(struct text *t, const char *mark, const struct entry *e, const char *file,
		     unsigned int line)
{
	char *text = entry_text(e);

	if (line)
		text_printf(t, "%s %s:%u: %s\n", mark, file, line, text);
	else
		text_printf(t, "%s %s\n", mark, text);
	free(text);
}

char *update_lines(const struct update *u, const struct entry *like, const char *file)
{
	struct text t = { 0 };

	for (size_t i = 0; i < u->old->n; i++) {
		const struct entry *e = &u->old->entries[i];
		bool replaced = u->replaced[i].kind != ENTRY_RAW;

		if ((!replaced && !u->deleted[i]) || !is_like(e, like))
			continue;
		add_line(&t, "-", e, file, e->line);
		if (replaced && !u->deleted[i])
			add_line(&t, "+", &u->replaced[i], file, 0);
	}
	for (size_t i = 0; i < u->n_edits; i++)
		if (is_like(&u->edits[i].entry, like))
			add_line(&t, "+", &u->edits[i].entry, file, 0);
	return t.s;
}
