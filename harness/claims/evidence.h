/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the results of the cases that name a claim to a verdict on the claim.
 *
 * A case that conforms says what its head says: it confirms, contradicts or qualifies the claim.
 * One whose engine has a quirk that changes it says nothing of the kind: a step gave something else
 * than the case states, so the claim does not hold as the case shows it. Anything else (a crash, a
 * difference that nobody has explained) leaves the claim open.
 */
#ifndef TAILCHECK_EVIDENCE_H
#define TAILCHECK_EVIDENCE_H

#include "../../engines/reference/quirk.h"
#include "claims.h"
#include "record.h"

enum claim_verdict {
	CLAIM_UNMEASURED,   /* no case of it ran */
	CLAIM_CONFIRMED,    /* every case confirms */
	CLAIM_CONTRADICTED, /* every case contradicts */
	CLAIM_QUALIFIED, /* holds with limits: a case qualifies, or cases speak for and against */
	CLAIM_QUIRK,	 /* quirks change every case of it: does not hold */
	CLAIM_OPEN,	 /* a case crashed, timed out or diverged */
	CLAIM_MIXED,	 /* engines differ; never the verdict of a single engine */
	N_CLAIM_VERDICTS
};

/* "confirmed" ..., and a letter for tables. */
extern const char *const claim_verdict_names[N_CLAIM_VERDICTS];
extern const char claim_verdict_letters[N_CLAIM_VERDICTS];

struct evidence {
	unsigned int by[N_CLAIM_RELATIONS]; /* cases that conform, by what they say */
	unsigned int quirk;		    /* cases that a quirk changes */
	unsigned int open;
	unsigned int absent; /* unsupported on the engine, or not in the run */
	quirk_set quirks;    /* those that did it */
};

void evidence_add(struct evidence *e, enum claim_relation relation, enum verdict verdict,
		  quirk_set because);
enum claim_verdict evidence_verdict(const struct evidence *e);

/* Of two engines together. CLAIM_UNMEASURED is neutral, and CLAIM_OPEN wins. */
enum claim_verdict claim_verdict_join(enum claim_verdict a, enum claim_verdict b);

/* What an engine of a run says about a claim. */
struct evidence evidence_of(const struct claim *claim, const struct suite *suite,
			    const struct record *r, size_t engine);
/* What all engines of all runs say. */
enum claim_verdict claim_verdict_of(const struct claim *claim, const struct suite *suite,
				    const struct records *all);

/* How many documented claims have each verdict. */
void claim_verdicts_count(const struct claims *claims, const struct suite *suite,
			  const struct records *all, size_t by[N_CLAIM_VERDICTS]);

#endif
