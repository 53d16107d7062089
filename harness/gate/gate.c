// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/text.h"
#include "../report/report.h"

struct gating {
	struct gate_outcome *g;
	const struct baseline *b;
	const struct observed *o;
	const struct gate_selection *sel;
	struct line_index x;
	struct candidates lines;
	bool *fits;	  /* by entry: there is a case for it */
	struct text what; /* of the case at hand */
	unsigned int line;
};

static bool area_gates(const struct gate_selection *sel, const char *name)
{
	for (size_t i = 0; i < sel->n_areas; i++)
		if (case_name_matches(name, sel->areas[i]))
			return true;
	return sel->n_areas == 0;
}

static bool everything_gates(const struct gate_selection *sel)
{
	return sel->n_areas == 0 && sel->level == LEVEL_MAY;
}

/* By its level in the run, or in any of its lines: one that was lowered must not slip out. */
static bool case_gates(const struct gating *w, const char *name, int level)
{
	bool gates = level <= w->sel->level;

	for (size_t i = 0; i < w->lines.n; i++) {
		const struct entry *e = &w->b->entries[w->lines.at[i]];

		gates |= !e->glob && e->level <= w->sel->level;
	}
	return gates && area_gates(w->sel, name);
}

static struct finding *add_finding(struct gating *w, enum entry_kind kind, const char *name,
				   unsigned int line, const char *what)
{
	struct finding *f = vec_add(w->g->findings, w->g->n_findings);

	*f = (struct finding){
		.kind = kind,
		.name = xstrdup(name),
		.line = line,
		.what = xstrdup(what),
	};
	return f;
}

static void say_result(struct text *t, const struct observation *seen)
{
	if (seen->missing)
		text_add(t, "not in the run");
	else if (seen->verdict == VERDICT_NONE)
		text_add(t, "no result: the run is incomplete");
	else if (seen->verdict == VERDICT_INFRA)
		text_add(t, "infra: lost, through no fault of the engine");
	else
		text_printf(t, "%s%s%s", verdict_names[seen->verdict], seen->detail ? " " : "",
			    seen->detail ? seen->detail : "");
}

static void say_mismatch(struct gating *w, const struct column *col, const struct entry *e,
			 const struct observation *seen)
{
	text_printf(&w->what, "%s %s: ", col->kernel, col->engine);
	say_result(&w->what, seen);
	if (e) {
		text_printf(&w->what, "; expected by line %u: %s%s%s\n", e->line,
			    verdict_names[e->verdict], e->detail ? " " : "",
			    e->detail ? e->detail : "");
		w->line = w->line ? w->line : e->line;
	} else {
		text_add(&w->what, "; not listed\n");
	}
}

static bool is_failure(enum verdict v)
{
	return v == VERDICT_DIVERGES || v == VERDICT_CRASHED || v == VERDICT_TIMED_OUT ||
	       v == VERDICT_PROTOCOL;
}

static void gate_result(struct gating *w, size_t k, const struct observation *seen)
{
	const struct column *col = &w->o->columns[k];
	size_t at = first_fitting(&w->lines, w->b, col, 0);
	const struct entry *e = at == NO_ENTRY ? NULL : &w->b->entries[w->lines.at[at]];

	w->g->results += has_result(seen);
	w->g->skipped += seen->verdict == VERDICT_UNSUPPORTED;
	if (!e || !entry_expects(e, seen))
		say_mismatch(w, col, e, seen);
	else
		w->g->failures += is_failure(seen->verdict);
}

static void gate_case(struct gating *w, const struct observed_case *c)
{
	find_candidates(&w->lines, &w->x, c->name);
	for (size_t i = 0; i < w->lines.n; i++)
		w->fits[w->lines.at[i]] = true;
	if (!case_gates(w, c->name, (int)c->level))
		return;
	text_cut(&w->what, 0);
	w->line = 0;
	w->g->cases++;
	for (size_t k = 0; k < w->o->n_columns; k++)
		gate_result(w, k, &c->by[k]);
	if (!w->lines.n_exact && !w->what.len)
		text_add(&w->what, "ran, and no line names it\n");
	for (size_t i = 0; i < w->lines.n; i++) {
		const struct entry *e = &w->b->entries[w->lines.at[i]];

		if (e->glob || e->level == (int)c->level)
			continue;
		text_printf(&w->what, "its level is %s; line %u has %s\n", level_words[c->level],
			    e->line, level_words[e->level]);
		w->line = w->line ? w->line : e->line;
	}
	if (w->what.len)
		add_finding(w, ENTRY_CASE, c->name, w->line, w->what.s);
}

/* Lines on cases that there are no more; each name once. */
static void gate_gone(struct gating *w)
{
	for (size_t i = 0; i < w->b->n; i++) {
		const struct entry *e = &w->b->entries[i];
		bool told = false;

		if (e->kind != ENTRY_CASE || e->level > w->sel->level ||
		    (e->glob ? w->sel->n_areas > 0 : !area_gates(w->sel, e->name)) || w->fits[i])
			continue;
		for (size_t k = w->g->n_findings; k-- > 0 && !told;)
			told = strcmp(w->g->findings[k].name, e->name) == 0;
		if (!told)
			add_finding(w, ENTRY_CASE, e->name, e->line,
				    e->glob ? "no case fits\n" : "missing: did not run\n");
	}
}

static unsigned int line_of(const struct baseline *b, const struct fact_key *k)
{
	for (size_t i = 0; i < b->n; i++)
		if (is_for_fact(&b->entries[i], k))
			return b->entries[i].line;
	return 0;
}

static void gate_fact(struct gating *w, const struct fact_key *k)
{
	text_cut(&w->what, 0);
	for (size_t i = 0; i < w->o->n_columns; i++) {
		const struct column *col = &w->o->columns[i];
		bool listed = fact_listed(w->b, k, col);

		/* Where a part gates, a splat may belong to what does not. */
		if (listed == k->found[i] || (listed && !everything_gates(w->sel)))
			continue;
		text_printf(&w->what, "%s %s: %s%s%s\n", col->kernel, col->engine,
			    listed ? "listed, and not there" : "there, and not listed",
			    k->detail ? ": " : "", k->detail ? k->detail : "");
	}
	if (w->what.len) {
		struct finding *f = add_finding(w, k->kind, k->name, line_of(w->b, k), w->what.s);

		f->detail = k->detail ? xstrdup(k->detail) : NULL;
	}
}

static void gate_facts(struct gating *w)
{
	size_t n;
	struct fact_key *facts = collect_facts(w->b, w->o, &n);

	for (size_t i = 0; i < n; i++)
		if (facts[i].kind == ENTRY_SPLAT || everything_gates(w->sel))
			gate_fact(w, &facts[i]);
	facts_release(facts, n);
}

static void gate_reasons(struct gating *w)
{
	for (size_t i = 0; i < w->b->n; i++) {
		const struct entry *e = &w->b->entries[i];

		if (e->kind != ENTRY_CASE || !is_failure(e->verdict) || e->reason)
			continue;
		w->g->unreasoned++;
		if (w->sel->need_reasons)
			add_finding(w, ENTRY_CASE, e->name, e->line,
				    "a listed failure has no reason: `# why, and a link` at the "
				    "end of its line\n");
	}
}

void gate(struct gate_outcome *g, const struct baseline *b, const struct observed *o,
	  const struct gate_selection *sel)
{
	struct gating w = { .g = g, .b = b, .o = o, .sel = sel };

	memset(g, 0, sizeof(*g));
	index_lines(&w.x, b);
	w.fits = xcalloc(b->n + 1, sizeof(*w.fits));
	for (size_t i = 0; i < o->n_troubles; i++)
		add_finding(&w, ENTRY_RAW, "run", 0, o->troubles[i]);
	gate_facts(&w);
	for (size_t i = 0; i < o->n_cases; i++)
		gate_case(&w, &o->cases[i]);
	gate_gone(&w);
	gate_reasons(&w);
	index_release(&w.x);
	free(w.lines.at);
	free(w.fits);
	text_release(&w.what);
}

void gate_find_changes(struct gate_outcome *g, const struct baseline *b, const struct observed *o,
		       const char *file)
{
	struct update u;

	update_make(&u, b, o);
	for (size_t i = 0; i < g->n_findings; i++) {
		struct finding *f = &g->findings[i];
		struct entry like = { .kind = f->kind, .name = f->name, .detail = f->detail };

		if (f->kind != ENTRY_RAW)
			f->change = update_lines(&u, &like, file);
	}
	update_release(&u);
}

void gate_release(struct gate_outcome *g)
{
	for (size_t i = 0; i < g->n_findings; i++) {
		free(g->findings[i].name);
		free(g->findings[i].detail);
		free(g->findings[i].what);
		free(g->findings[i].change);
	}
	free(g->findings);
	memset(g, 0, sizeof(*g));
}

int gate_exit_code(const struct gate_outcome *g)
{
	if (!g->cases)
		return 3;
	if (g->n_findings)
		return 1;
	if (!g->results)
		return 3;
	return g->skipped == g->results ? 4 : 0;
}
