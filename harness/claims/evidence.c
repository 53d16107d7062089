// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "evidence.h"

#include <string.h>

const char *const claim_verdict_names[N_CLAIM_VERDICTS] = {
	[CLAIM_UNMEASURED] = "not measured",   [CLAIM_CONFIRMED] = "confirmed",
	[CLAIM_CONTRADICTED] = "contradicted", [CLAIM_QUALIFIED] = "qualified",
	[CLAIM_QUIRK] = "undone by quirk",     [CLAIM_OPEN] = "open",
	[CLAIM_MIXED] = "engines differ",
};

const char claim_verdict_letters[N_CLAIM_VERDICTS] = {
	[CLAIM_UNMEASURED] = '.', [CLAIM_CONFIRMED] = '+', [CLAIM_CONTRADICTED] = '-',
	[CLAIM_QUALIFIED] = '~',  [CLAIM_QUIRK] = 'q',	   [CLAIM_OPEN] = '?',
	[CLAIM_MIXED] = '*',
};

void evidence_add(struct evidence *e, enum claim_relation relation, enum verdict verdict,
		  quirk_set because)
{
	switch (verdict) {
	case VERDICT_CONFORMS:
		e->by[relation]++;
		return;
	case VERDICT_QUIRK:
		e->quirk++;
		e->quirks |= because;
		return;
	case VERDICT_NONE:
	case VERDICT_UNSUPPORTED:
		e->absent++;
		return;
	default:
		e->open++;
	}
}

enum claim_verdict evidence_verdict(const struct evidence *e)
{
	unsigned int yes = e->by[CLAIM_CONFIRMS], no = e->by[CLAIM_CONTRADICTS];

	if (e->open)
		return CLAIM_OPEN;
	if (!yes && !no && !e->by[CLAIM_QUALIFIES])
		return e->quirk ? CLAIM_QUIRK : CLAIM_UNMEASURED;
	if (e->by[CLAIM_QUALIFIES] || e->quirk || (yes && no))
		return CLAIM_QUALIFIED;
	return yes ? CLAIM_CONFIRMED : CLAIM_CONTRADICTED;
}

enum claim_verdict claim_verdict_join(enum claim_verdict a, enum claim_verdict b)
{
	if (a == CLAIM_UNMEASURED || a == b)
		return b;
	if (b == CLAIM_UNMEASURED)
		return a;
	return a == CLAIM_OPEN || b == CLAIM_OPEN ? CLAIM_OPEN : CLAIM_MIXED;
}

struct evidence evidence_of(const struct claim *claim, const struct suite *suite,
			    const struct record *r, size_t engine)
{
	struct evidence e = { .quirk = 0 };

	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct claim_ref *ref = claim_ref_of(suite->cases[i], claim->id);
		struct result res;

		if (!ref)
			continue;
		res = record_result(r, suite->cases[i], engine);
		evidence_add(&e, ref->relation, res.verdict, res.because);
	}
	return e;
}

enum claim_verdict claim_verdict_of(const struct claim *claim, const struct suite *suite,
				    const struct records *all)
{
	enum claim_verdict v = CLAIM_UNMEASURED;

	for (size_t i = 0; i < all->n_records; i++)
		for (size_t e = 0; e < all->records[i].n_engines; e++) {
			struct evidence ev = evidence_of(claim, suite, &all->records[i], e);

			v = claim_verdict_join(v, evidence_verdict(&ev));
		}
	return v;
}

void claim_verdicts_count(const struct claims *claims, const struct suite *suite,
			  const struct records *all, size_t by[N_CLAIM_VERDICTS])
{
	memset(by, 0, N_CLAIM_VERDICTS * sizeof(*by));
	for (size_t i = 0; i < claims->n_claims; i++)
		if (claims->claims[i].kind == CLAIM_DOCUMENTED)
			by[claim_verdict_of(&claims->claims[i], suite, all)]++;
}
