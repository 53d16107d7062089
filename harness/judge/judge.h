/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The judge: a transcript against the reference with the quirks that the engine was found to have.
 * And the probes that find them.
 */
#ifndef TAILCHECK_JUDGE_H
#define TAILCHECK_JUDGE_H

#include "../../engines/reference/quirk.h"
#include "results.h"

/* Judge a complete transcript of @c (result->transcript): fills in verdict and because. */
void judge(const struct test_case *c, const struct engine_results *e, struct result *result);

/* Does the case's `needs` hold on this engine? True where it has none. */
bool case_fits(const struct test_case *c, const char *engine, quirk_set quirks);

/*
 * The cases of @suite whose own expectation the quirkless reference does not give, as indices; to
 * be freed. Also, each must give the same by the reference's JIT, and each of @probes must tell its
 * quirk from its absence; or a line is added to *trouble (to be freed; NULL for none).
 */
size_t *suite_check(const struct suite *suite, const struct suite *probes, size_t *n,
		    char **trouble);

/* The probe of a quirk, NULL where the suite has none. */
const struct test_case *probe_of(const struct suite *probes, int quirk);

/*
 * Decide which quirks an engine has: @transcripts[quirk] is what its probe gave, NULL where it did
 * not run. Sets e->quirks and e->uncertain.
 */
void find_quirks(const struct suite *probes, char *const *transcripts, struct engine_results *e);

#endif
