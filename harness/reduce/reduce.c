// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reduce.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "edit.h"

/* A difference must come so often before it is worked on: one that comes and goes misleads. */
#define TIMES_SURE 3

struct reducer {
	const struct reduce_config *config;
	const char *name;
	struct arena arena;
	struct draft best;
	struct symptom wanted;
	double until;
	size_t trials;
};

/* One kind of changes to the best draft, and which of them are in it by now. */
struct pass {
	struct reducer *r;
	const struct draft *base;
	struct changes changes;
	bool *in;
};

static bool out_of_time(const struct reducer *r)
{
	return clock_seconds() > r->until || (r->config->interrupted && *r->config->interrupted);
}

static bool parse(const struct reducer *r, const struct draft *d, struct case_file *f)
{
	struct text text = { 0 };
	struct diag diag;
	int ret;

	draft_print(&text, d, r->name);
	ret = case_file_parse(f, text.s, text.len, "reduced.case", &diag);
	text_release(&text);
	return ret == 0;
}

/* How do the engines differ on each of the drafts? One that is no case: not at all. */
static void ask(struct reducer *r, const struct draft *drafts, struct symptom *symptoms, size_t n)
{
	struct case_file *files = xcalloc(n, sizeof(*files));
	struct trial *trials = xcalloc(n, sizeof(*trials));
	size_t *of = xcalloc(n, sizeof(*of)), n_trials = 0;

	for (size_t i = 0; i < n; i++) {
		symptoms[i] = (struct symptom){ .kind = SYMPTOM_NONE };
		if (!parse(r, &drafts[i], &files[i]))
			continue;
		of[n_trials] = i;
		trials[n_trials++].c = &files[i].cases[0];
	}
	if (n_trials)
		r->config->ask(r->config->arg, trials, n_trials);
	for (size_t t = 0; t < n_trials; t++) {
		symptoms[of[t]] = trials[t].symptom;
		case_file_release(&files[of[t]]);
	}
	r->trials += n_trials;
	free(files);
	free(trials);
	free(of);
}

/* Try sets of further changes, each for itself. A set is one bool for every change. */
static void try_sets(struct pass *p, bool *const *sets, bool *ok, size_t n)
{
	struct reducer *r = p->r;
	struct draft *drafts = xcalloc(n, sizeof(*drafts));
	struct symptom *symptoms = xcalloc(n, sizeof(*symptoms));
	struct arena arena = { 0 };

	for (size_t i = 0; i < n; i++)
		drafts[i] = edit_apply(&arena, p->base, &p->changes, sets[i]);
	ask(r, drafts, symptoms, n);
	for (size_t i = 0; i < n; i++)
		ok[i] = symptom_same(&symptoms[i], &r->wanted);
	arena_release(&arena);
	free(drafts);
	free(symptoms);
}

/* Is a line that the change is of changed already? */
static bool overlaps(const struct pass *p, const bool *set, size_t change)
{
	size_t line = p->changes.list[change].edits[0].line;

	/* What is of one line stands side by side. */
	for (size_t i = change; i-- > 0 && p->changes.list[i].edits[0].line == line;)
		if (set[i])
			return true;
	for (size_t i = change + 1; i < p->changes.n && p->changes.list[i].edits[0].line == line;
	     i++)
		if (set[i])
			return true;
	return false;
}

static bool add_chunk(const struct pass *p, bool *set, size_t from, size_t size)
{
	bool more = false;

	for (size_t i = from; i < from + size && i < p->changes.n; i++) {
		if (set[i] || overlaps(p, set, i))
			continue;
		set[i] = true;
		more = true;
	}
	return more;
}

static bool *copy_set(const struct pass *p, const bool *set)
{
	bool *copy = xcalloc(p->changes.n + 1, sizeof(*copy));

	memcpy(copy, set, p->changes.n * sizeof(*copy));
	return copy;
}

static void take_set(struct pass *p, const bool *set)
{
	memcpy(p->in, set, p->changes.n * sizeof(*set));
}

static void free_sets(bool **sets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(sets[i]);
	free(sets);
}

/*
 * Several chunks can go, each by itself; together they need not. Of the first, the first two, the
 * first three ... take the most that can.
 */
static void take_most(struct pass *p, const size_t *from, size_t n, size_t size)
{
	bool **sets = xcalloc(n, sizeof(*sets)), *ok = xcalloc(n, sizeof(*ok));
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		sets[i] = copy_set(p, i ? sets[i - 1] : p->in);
		add_chunk(p, sets[i], from[i], size);
	}
	if (n > 1)
		try_sets(p, sets + 1, ok + 1, n - 1);
	for (size_t i = 1; i < n; i++)
		best = ok[i] ? i : best;
	take_set(p, sets[best]);
	free_sets(sets, n);
	free(ok);
}

/* One batch of chunks from @at on: where the next begins. */
static size_t try_batch(struct pass *p, size_t at, size_t size)
{
	size_t batch = p->r->config->batch, n = 0, n_ok = 0;
	bool **sets = xcalloc(batch, sizeof(*sets)), *ok = xcalloc(batch, sizeof(*ok));
	size_t *from = xcalloc(batch, sizeof(*from));

	for (; n < batch && at < p->changes.n; at += size) {
		sets[n] = copy_set(p, p->in);
		from[n] = at;
		if (add_chunk(p, sets[n], at, size))
			n++;
		else
			free(sets[n]);
	}
	try_sets(p, sets, ok, n);
	for (size_t i = 0; i < n; i++)
		if (ok[i])
			from[n_ok++] = from[i];
	if (n_ok)
		take_most(p, from, n_ok, size);
	free_sets(sets, n);
	free(ok);
	free(from);
	return at;
}

/* Try every change of a kind, in large chunks first where these may go together. */
static bool run_pass(struct reducer *r, edit_finder find, bool chunks)
{
	struct pass p = { .r = r, .base = &r->best, .changes = { .arena = &r->arena } };
	size_t taken = 0;

	find(&p.changes, p.base);
	p.in = xcalloc(p.changes.n + 1, sizeof(*p.in));
	for (size_t size = chunks && p.changes.n > 1 ? p.changes.n / 2 : 1; size; size /= 2)
		for (size_t at = 0; at < p.changes.n && !out_of_time(r);)
			at = try_batch(&p, at, size);
	for (size_t i = 0; i < p.changes.n; i++)
		taken += p.in[i];
	if (taken)
		r->best = edit_apply(&r->arena, p.base, &p.changes, p.in);
	free(p.changes.list);
	free(p.in);
	return taken;
}

/* Cheap and large first; again as long as anything helps. */
static void run_passes(struct reducer *r)
{
	static const struct {
		edit_finder find;
		bool chunks;
	} passes[] = {
		{ edit_steps, true },	 { edit_programs, false }, { edit_insns, true },
		{ edit_windows, false }, { edit_operands, false },
	};
	bool changed = true;

	while (changed && !out_of_time(r)) {
		changed = false;
		for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
			changed |= run_pass(r, passes[i].find, passes[i].chunks);
	}
}

/* What is to be kept: the difference, if it comes every time. */
static int find_symptom(struct reducer *r, char *why, size_t why_size)
{
	struct draft same[TIMES_SURE];
	struct symptom symptoms[TIMES_SURE];
	size_t times = 0;

	for (size_t i = 0; i < TIMES_SURE; i++)
		same[i] = r->best;
	ask(r, same, symptoms, TIMES_SURE);
	for (size_t i = 0; i < TIMES_SURE; i++)
		if (symptoms[i].kind != SYMPTOM_NONE) {
			r->wanted = symptoms[i];
			times++;
		}
	for (size_t i = 0; i < TIMES_SURE && times == TIMES_SURE; i++)
		if (!symptom_same(&symptoms[i], &r->wanted))
			times = 1;
	if (times == TIMES_SURE)
		return 0;
	if (times)
		snprintf(why, why_size, "the engines do not differ on %s in the same way each time",
			 r->name);
	else
		snprintf(why, why_size, "the engines do not differ on %s", r->name);
	return -1;
}

int reduce(const struct reduce_config *config, const struct test_case *c, struct reduced *out,
	   char *why, size_t why_size)
{
	struct reducer r = { .config = config, .name = c->name };
	struct case_file own;
	struct diag d;
	int ret = -1;

	memset(out, 0, sizeof(*out));
	r.until = clock_seconds() + config->seconds;
	if (case_file_parse(&own, c->text, c->text_len, c->file, &d)) {
		snprintf(why, why_size, "%s", d.message);
		return -1;
	}
	r.best = draft_of(&r.arena, &own.cases[0]);
	if (find_symptom(&r, why, why_size) == 0) {
		run_passes(&r);
		ret = parse(&r, &r.best, &out->file) ? 0 : -1;
	}
	out->symptom = r.wanted;
	out->trials = r.trials;
	out->cut_short = out_of_time(&r);
	for (size_t i = 0; i < r.best.n; i++) {
		out->steps += !r.best.lines[i].body;
		out->insns += draft_is_insn(&r.best.lines[i]);
	}
	case_file_release(&own);
	arena_release(&r.arena);
	return ret;
}
