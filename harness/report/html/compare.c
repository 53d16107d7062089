// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Questions to the model: which engines, since when, what changed, and what of the claims. */
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "../../base/alloc.h"
#include "../../base/text.h"
#include "model.h"

char report_quirk(const struct report *r, size_t kernel, size_t engine, int quirk)
{
	const struct record *rec = r->kernels[kernel].record;
	size_t column = report_column(r, kernel, engine), local;

	if (column == SIZE_MAX)
		return ' ';
	local = r->columns[column].local;
	if (rec->engines[local].uncertain >> quirk & 1)
		return '?';
	return rec->engines[local].quirks >> quirk & 1 ? '+' : '-';
}

bool report_quirk_seen(const struct report *r, size_t from, size_t to, int quirk)
{
	for (size_t k = from; k < to; k++)
		for (size_t e = 0; e < r->n_engines; e++)
			if (report_quirk(r, k, e, quirk) == '+')
				return true;
	return false;
}

size_t report_arch_end(const struct report *r, size_t kernel)
{
	size_t k = kernel;

	while (k < r->n_kernels && !strcmp(r->kernels[k].arch, r->kernels[kernel].arch))
		k++;
	return k;
}

bool report_next_span(const struct report *r, size_t *kernel, size_t end, size_t engine, int quirk,
		      struct span *span)
{
	bool any = false;

	for (; *kernel < end; (*kernel)++) {
		char has = report_quirk(r, *kernel, engine, quirk);

		if (has == '+') {
			if (!any)
				span->first = *kernel;
			span->last = *kernel;
			any = true;
		} else if (any && has != ' ') {
			return true;
		}
	}
	return any;
}

bool report_case_changed(const struct report *r, size_t c, size_t a, size_t b)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		size_t x = report_column(r, a, e), y = report_column(r, b, e);
		const uint16_t *at = r->cases[c].at;

		if (x != SIZE_MAX && y != SIZE_MAX && at[x] != NO_ANSWER && at[y] != NO_ANSWER &&
		    at[x] != at[y])
			return true;
	}
	return false;
}

/* Those of a kernel's columns that are in the set, as a set of its engines. */
static unsigned int engines_in(const struct report *r, size_t kernel, const struct columns *set)
{
	const struct shown_kernel *sk = &r->kernels[kernel];
	unsigned int mask = 0;

	for (size_t i = sk->first; i < sk->first + sk->n; i++)
		if (column_in(set, i))
			mask |= 1U << r->columns[i].engine;
	return mask;
}

static unsigned int all_engines(const struct report *r, size_t kernel)
{
	struct columns all;

	memset(&all, 0xff, sizeof(all));
	return engines_in(r, kernel, &all);
}

static void put_engines(struct text *t, const struct report *r, unsigned int mask)
{
	const char *between = "";

	for (size_t e = 0; e < r->n_engines; e++) {
		if (!(mask >> e & 1))
			continue;
		text_add(t, between);
		text_add(t, r->engines[e].name);
		between = ", ";
	}
}

/*
 * Kernels from @from on with the same answer as it, marked in @done. Where all engines of a kernel
 * are in the set, which they are does not matter.
 */
static void put_group(struct text *t, const struct report *r, const struct columns *set,
		      size_t from, bool *done)
{
	unsigned int mask = engines_in(r, from, set);
	bool whole = mask == all_engines(r, from);
	const char *between = " of ";

	if (t->len)
		text_add(t, "; ");
	if (whole)
		text_add(t, "every engine");
	else
		put_engines(t, r, mask);
	for (size_t k = from; k < r->n_kernels; k++) {
		unsigned int m = engines_in(r, k, set);

		if (done[k] || !m || (m == all_engines(r, k)) != whole || (!whole && m != mask))
			continue;
		done[k] = true;
		text_add(t, between);
		text_add(t, r->kernels[k].label);
		between = ", ";
	}
}

char *report_who(const struct report *r, const struct columns *set)
{
	bool *done = xcalloc(r->n_kernels + 1, sizeof(*done));
	struct text t = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < r->n_columns; i++)
		n += column_in(set, i);
	if (n == r->n_columns && r->n_kernels > 1) {
		text_add(&t, "every engine of every kernel");
	} else if (n == r->n_columns) {
		text_add(&t, "every engine");
	} else {
		for (size_t k = 0; k < r->n_kernels; k++)
			if (!done[k] && engines_in(r, k, set))
				put_group(&t, r, set, k, done);
	}
	free(done);
	return t.s ? t.s : xstrdup("no engine");
}

/* What a column says about a claim: the cases that name it, as it did them. */
static enum claim_verdict claim_of_column(const struct report *r, const struct claim *claim,
					  const size_t *cases, size_t n, size_t column)
{
	struct evidence e = { .quirk = 0 };

	for (size_t i = 0; i < n; i++) {
		const struct claim_ref *ref = claim_ref_of(r->cases[cases[i]].c, claim->id);
		const struct answer *o = report_answer(r, cases[i], column);

		evidence_add(&e, ref->relation, o ? o->verdict : VERDICT_NONE, o ? o->because : 0);
	}
	return evidence_verdict(&e);
}

enum claim_verdict report_claim(const struct report *r, const struct claim *claim,
				struct columns by[N_CLAIM_VERDICTS])
{
	enum claim_verdict all = CLAIM_UNMEASURED;
	size_t *cases = NULL, n = 0;

	memset(by, 0, N_CLAIM_VERDICTS * sizeof(*by));
	for (size_t c = 0; c < r->n_cases; c++)
		if (strncmp(r->cases[c].c->name, "probe.", 6) != 0 &&
		    claim_ref_of(r->cases[c].c, claim->id))
			*vec_add(cases, n) = c;
	for (size_t i = 0; i < r->n_columns; i++) {
		enum claim_verdict v = claim_of_column(r, claim, cases, n, i);

		column_add(&by[v], i);
		all = claim_verdict_join(all, v);
	}
	free(cases);
	return all;
}
