// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "compare.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../judge/transcript.h"
#include "../report/report.h"

bool case_is_generated(const char *name)
{
	return strncmp(name, "gen.", 4) == 0;
}

static void add_name(struct name_list *list, const char *name)
{
	*vec_add(list->names, list->n) = name;
}

/* Which engines are held against which. */

static size_t n_engines(const struct compare_side *s)
{
	return s->engine ? 1 : s->record.n_engines;
}

static const char *engine_name(const struct compare_side *s, size_t i)
{
	return s->engine ? s->engine : s->record.engines[i].name;
}

static const char *same_engine(const struct compare_side *s, const char *name)
{
	for (size_t i = 0; i < n_engines(s); i++)
		if (!strcmp(engine_name(s, i), name))
			return engine_name(s, i);
	return NULL;
}

static void add_pair(struct comparison *c, const char *before, const char *after)
{
	struct compare_pair *p = &c->pairs[c->n_pairs++];

	p->engine[BEFORE] = before;
	p->engine[AFTER] = after;
	if (strcmp(before, after) != 0)
		snprintf(p->name, sizeof(p->name), "%s and %s", before, after);
	else
		snprintf(p->name, sizeof(p->name), "%s", before);
}

/*
 * Engines of the same name; two that were both asked for by name, whatever they are called. Where
 * one was, the others of the other side are not missing.
 */
static int make_pairs(struct comparison *c, char *why, size_t why_size)
{
	const struct compare_side *a = c->side[BEFORE], *b = c->side[AFTER];

	if (a->engine && b->engine) {
		add_pair(c, a->engine, b->engine);
		return 0;
	}
	for (size_t i = 0; i < n_engines(a); i++) {
		const char *partner = same_engine(b, engine_name(a, i));

		if (partner)
			add_pair(c, engine_name(a, i), partner);
		else if (!b->engine)
			add_name(&c->engines[BEFORE], engine_name(a, i));
	}
	for (size_t i = 0; i < n_engines(b) && !a->engine; i++)
		if (!same_engine(a, engine_name(b, i)))
			add_name(&c->engines[AFTER], engine_name(b, i));
	if (c->n_pairs)
		return 0;
	snprintf(why, why_size, "%s and %s have no engine in common", a->label, b->label);
	return -1;
}

/* What the pairs need of the files. */

static quirk_set found_by_probes(const struct compare_side *s, const char *engine)
{
	for (size_t e = 0; e < s->record.n_engines; e++)
		if (!strcmp(s->record.engines[e].name, engine))
			return s->record.engines[e].quirks;
	return 0;
}

static quirk_set named_by_cases(const struct transcripts *t)
{
	quirk_set set = 0;

	for (size_t i = 0; i < t->n; i++)
		set |= t->list[i].because;
	return set;
}

/* A run says for every case how it did; transcripts that lack one are not those of this run. */
static int check_whole(const struct compare_side *s, const struct transcripts *t, const char *path,
		       char *why, size_t why_size)
{
	for (size_t i = 0; i < s->record.suite.n_cases; i++)
		if (!transcripts_find(t, s->record.suite.cases[i]->name)) {
			snprintf(why, why_size, "%s is cut short: the run had a case %s", path,
				 s->record.suite.cases[i]->name);
			return -1;
		}
	return 0;
}

static int read_side(const struct compare_side *s, struct compare_pair *p, int which, char *why,
		     size_t why_size)
{
	const char *engine = p->engine[which];
	char *path = s->bare ? xstrdup(s->path) : xasprintf("%s/%s.txt", s->path, engine);
	char *probes = xasprintf("%s/probes/%s.txt", s->path, engine);
	int ret = transcripts_read(&p->cases[which], path, why, why_size);

	if (!ret)
		ret = check_whole(s, &p->cases[which], path, why, why_size);
	if (!ret && !s->bare && !access(probes, F_OK))
		ret = transcripts_read(&p->probes[which], probes, why, why_size);
	p->quirks[which] = found_by_probes(s, engine);
	free(probes);
	free(path);
	return ret;
}

static int read_pairs(struct comparison *c, char *why, size_t why_size)
{
	bool bare = c->side[BEFORE]->bare || c->side[AFTER]->bare;

	for (size_t i = 0; i < c->n_pairs; i++)
		for (int which = BEFORE; which <= AFTER; which++) {
			struct compare_pair *p = &c->pairs[i];

			if (read_side(c->side[which], p, which, why, why_size))
				return -1;
			/* Where one has no probes, both go by what their cases say. */
			if (bare)
				p->quirks[which] = named_by_cases(&p->cases[which]);
		}
	return 0;
}

/* One case on one pair. */

static bool has_steps(const struct transcript *t)
{
	return t->text[0] >= '0' && t->text[0] <= '9';
}

/* "3 lookup count 0" of a line of a transcript. */
static size_t step_length(const char *line, int len)
{
	for (int i = 0; i + 3 <= len; i++)
		if (line[i] == ' ' && (line[i + 1] == '=' || line[i + 1] == '!') &&
		    line[i + 2] == ' ')
			return (size_t)i;
	return (size_t)len;
}

/* Do both transcripts go through the same steps, as far as both go? A leak is no step. */
static bool same_steps(const struct transcript *x, const struct transcript *y)
{
	const char *a = x->text, *b = y->text, *la, *lb;

	while (has_steps(x) && has_steps(y)) {
		int na = transcript_line(&a, &la), nb = transcript_line(&b, &lb);

		if (na < 0 || nb < 0 || *la < '0' || *la > '9' || *lb < '0' || *lb > '9')
			return true;
		if (step_length(la, na) != step_length(lb, nb) ||
		    memcmp(la, lb, step_length(la, na)) != 0)
			return false;
	}
	return true;
}

static char *ending(const struct transcript *t)
{
	struct result res = { .verdict = t->verdict, .transcript = (char *)t->text };
	const char *reason;
	int len = 0;

	if (has_steps(t) || !*t->text)
		return xstrdup(verdict_names[t->verdict]);
	reason = report_reason(&res, &len);
	return xasprintf("%s: %.*s", verdict_names[t->verdict], len, reason ? reason : "");
}

/* False where it is the same on both. */
static bool find_change(struct change *change, const struct transcript *a,
			const struct transcript *b)
{
	struct difference d;

	*change = (struct change){ .name = a->name, .verdict = { a->verdict, b->verdict } };
	if (has_steps(a) && has_steps(b) && transcript_differs(a->text, b->text, &d)) {
		change->step = d.step;
		change->text = xstrndup(d.text, (size_t)d.text_len);
		change->seen[BEFORE] =
			d.wanted ? xstrndup(d.wanted, (size_t)d.wanted_len) : xstrdup("nothing");
		change->seen[AFTER] =
			d.got ? xstrndup(d.got, (size_t)d.got_len) : xstrdup("nothing");
		return true;
	}
	/* How a case died is told in words that are not the same twice. */
	if (a->verdict == b->verdict && (has_steps(a) == has_steps(b)))
		return false;
	/* The same answers, expected of the one engine and of the other not. */
	if (has_steps(a) && has_steps(b) && a->verdict != VERDICT_DIVERGES &&
	    b->verdict != VERDICT_DIVERGES)
		return false;
	change->seen[BEFORE] = ending(a);
	change->seen[AFTER] = ending(b);
	return true;
}

/* Quirks that the words of `needs` name. */
static quirk_set quirks_in(const char *needs)
{
	quirk_set set = 0;

	while (needs && *needs) {
		size_t n = strcspn(needs, " &|!()");
		char *name = xstrndup(needs, n);
		int q = quirk_by_name(name);

		if (q >= 0)
			set |= QUIRK_BIT(q);
		free(name);
		needs += n;
		needs += strspn(needs, " &|!()");
	}
	return set;
}

static bool judged(enum verdict v)
{
	return v == VERDICT_CONFORMS || v == VERDICT_QUIRK || v == VERDICT_UNSUPPORTED;
}

/* Which of the quirks that came or went explain it. */
static quirk_set explained_by(const struct comparison *c, const struct compare_pair *p,
			      const struct transcript *a, const struct transcript *b)
{
	quirk_set because = a->because | b->because;
	const struct test_case *tc =
		c->side[BEFORE]->bare ? NULL : record_case(&c->side[BEFORE]->record, a->name);

	if (!judged(a->verdict) || !judged(b->verdict))
		return 0;
	if (tc && (a->verdict == VERDICT_UNSUPPORTED) != (b->verdict == VERDICT_UNSUPPORTED))
		because |= quirks_in(tc->needs);
	return because & (p->quirks[BEFORE] ^ p->quirks[AFTER]);
}

static void change_release(struct change *change)
{
	free(change->text);
	free(change->seen[BEFORE]);
	free(change->seen[AFTER]);
}

static bool alike(const struct change *x, const struct change *y)
{
	return !strcmp(x->name, y->name) && x->step == y->step && x->quirks == y->quirks &&
	       x->verdict[BEFORE] == y->verdict[BEFORE] && x->verdict[AFTER] == y->verdict[AFTER] &&
	       !strcmp(x->seen[BEFORE], y->seen[BEFORE]) && !strcmp(x->seen[AFTER], y->seen[AFTER]);
}

/* Add it, or fold it into what is the same on other engines from @from on. Takes its strings. */
static void fold_change(struct change **list, size_t *n, size_t from, struct change *change,
			unsigned int pair)
{
	change->pairs = 1U << pair;
	for (size_t i = from; i < *n; i++)
		if (alike(&(*list)[i], change)) {
			(*list)[i].pairs |= change->pairs;
			change_release(change);
			return;
		}
	*vec_add(*list, *n) = *change;
}

/* All cases. */

/* Is what both call by this name one test? Files without a run have the transcripts alone. */
static bool same_case(const struct comparison *c, const char *name)
{
	const struct compare_side *a = c->side[BEFORE], *b = c->side[AFTER];
	const struct test_case *x = a->bare ? NULL : record_case(&a->record, name);
	const struct test_case *y = b->bare ? NULL : record_case(&b->record, name);

	if (x && y)
		return record_same_test(x, y);
	for (size_t i = 0; i < c->n_pairs; i++) {
		const struct transcript *s = transcripts_find(&c->pairs[i].cases[BEFORE], name);
		const struct transcript *t = transcripts_find(&c->pairs[i].cases[AFTER], name);

		if (s && t && !same_steps(s, t))
			return false;
	}
	return true;
}

static void compare_case(struct comparison *c, const char *name)
{
	size_t from = c->n_changes;

	for (size_t i = 0; i < c->n_pairs; i++) {
		const struct compare_pair *p = &c->pairs[i];
		const struct transcript *a = transcripts_find(&p->cases[BEFORE], name);
		const struct transcript *b = transcripts_find(&p->cases[AFTER], name);
		struct change change;

		if (!a || !b || !find_change(&change, a, b))
			continue;
		change.quirks = explained_by(c, p, a, b);
		fold_change(&c->changes, &c->n_changes, from, &change, (unsigned int)i);
	}
}

/* Names are sorted, and the same on every engine of a run. */
static void compare_cases(struct comparison *c)
{
	const struct transcripts *a = &c->pairs[0].cases[BEFORE], *b = &c->pairs[0].cases[AFTER];
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		int order = i == a->n	? 1
			    : j == b->n ? -1
					: strcmp(a->list[i].name, b->list[j].name);

		if (order < 0) {
			add_name(&c->only[BEFORE], a->list[i++].name);
		} else if (order > 0) {
			add_name(&c->only[AFTER], b->list[j++].name);
		} else {
			if (same_case(c, a->list[i].name)) {
				compare_case(c, a->list[i].name);
				c->n_compared++;
			} else {
				add_name(&c->rewritten, a->list[i].name);
			}
			i++;
			j++;
		}
	}
}

/* Quirks that came and went. */

static void add_probe(struct comparison *c, struct quirk_change *qc, size_t pair)
{
	const struct compare_pair *p = &c->pairs[pair];
	char *name = xasprintf("probe.%s", quirks[qc->quirk].name);
	const struct transcript *a = transcripts_find(&p->probes[BEFORE], name);
	const struct transcript *b = transcripts_find(&p->probes[AFTER], name);
	struct change change;

	if (a && b && find_change(&change, a, b)) {
		/* Engines are folded by what they gave, not by what was made of it. */
		change.verdict[BEFORE] = change.verdict[AFTER] = VERDICT_NONE;
		fold_change(&qc->probes, &qc->n_probes, 0, &change, (unsigned int)pair);
	} else if (a && b) {
		qc->hidden = true;
	}
	free(name);
}

static void compare_quirks(struct comparison *c)
{
	for (int gone = 1; gone >= 0; gone--)
		for (int q = 0; q < QUIRK_COUNT; q++) {
			struct quirk_change qc = { .quirk = q, .gone = gone };
			quirk_set bit = QUIRK_BIT(q);

			for (size_t i = 0; i < c->n_pairs; i++) {
				const quirk_set *has = c->pairs[i].quirks;

				if (!(has[gone ? BEFORE : AFTER] & ~has[gone ? AFTER : BEFORE] &
				      bit))
					continue;
				qc.pairs |= 1U << i;
				add_probe(c, &qc, i);
			}
			if (qc.pairs)
				*vec_add(c->quirks, c->n_quirks) = qc;
		}
}

static int by_origin(const void *x, const void *y)
{
	const struct change *a = x, *b = y;
	int order = case_is_generated(a->name) - case_is_generated(b->name);

	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : (a->pairs > b->pairs) - (a->pairs < b->pairs);
}

int compare(struct comparison *c, const struct compare_side *before,
	    const struct compare_side *after, char *why, size_t why_size)
{
	memset(c, 0, sizeof(*c));
	c->side[BEFORE] = before;
	c->side[AFTER] = after;
	if (make_pairs(c, why, why_size) || read_pairs(c, why, why_size))
		return -1;
	compare_cases(c);
	compare_quirks(c);
	if (c->n_changes)
		qsort(c->changes, c->n_changes, sizeof(*c->changes), by_origin);
	return 0;
}

void comparison_release(struct comparison *c)
{
	for (size_t i = 0; i < c->n_pairs; i++)
		for (int which = BEFORE; which <= AFTER; which++) {
			transcripts_release(&c->pairs[i].cases[which]);
			transcripts_release(&c->pairs[i].probes[which]);
		}
	for (size_t i = 0; i < c->n_changes; i++)
		change_release(&c->changes[i]);
	for (size_t i = 0; i < c->n_quirks; i++) {
		for (size_t p = 0; p < c->quirks[i].n_probes; p++)
			change_release(&c->quirks[i].probes[p]);
		free(c->quirks[i].probes);
	}
	free(c->quirks);
	free(c->changes);
	for (int which = BEFORE; which <= AFTER; which++) {
		free(c->engines[which].names);
		free(c->only[which].names);
	}
	free(c->rewritten.names);
	memset(c, 0, sizeof(*c));
}

bool comparison_agrees(const struct comparison *c)
{
	return !c->n_quirks && !c->n_changes && !c->engines[BEFORE].n && !c->engines[AFTER].n;
}

/* Changes of one case stand together. */
size_t comparison_changed(const struct comparison *c, bool unexplained)
{
	const char *last = "";
	size_t n = 0;

	for (size_t i = 0; i < c->n_changes; i++) {
		if ((unexplained && c->changes[i].quirks) || !strcmp(last, c->changes[i].name))
			continue;
		last = c->changes[i].name;
		n++;
	}
	return n;
}
