/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The executor: a case on an engine gives a transcript. The same code runs in the guest (on the
 * kernel) and on the host (on the reference).
 *
 * A transcript is text. One line per step: its number, the step in canonical form, " = ", what was
 * observed. Lines that begin with '#' are for people (a verifier's log) and are not compared. A
 * step that the engine could not carry out ends the transcript: "N STEP ! unsupported: WHY" or
 * "N STEP ! fault: WHY".
 */
#ifndef TAILCHECK_EXECUTE_H
#define TAILCHECK_EXECUTE_H

#include <stdio.h>

#include "../../engines/engine.h"
#include "../case/case.h"
#include "leak.h"

enum outcome {
	OUTCOME_COMPLETE,
	OUTCOME_UNSUPPORTED, /* the engine lacks something: the last line says what */
	OUTCOME_FAULT,	     /* the engine itself failed: likewise */
};

/* Run @c on @e, write the transcript to @out, and leave the engine reset. */
enum outcome execute_case(const struct test_case *c, struct engine *e, FILE *out);

/*
 * Likewise, but what is not gone by the end is left to @w, under @tag. execute_case() waits for it
 * and ends the transcript with "N end = leaked prog NAME, map NAME" where something stays.
 */
enum outcome execute_case_watched(const struct test_case *c, struct engine *e, FILE *out,
				  struct leak_watch *w, unsigned int tag);

#endif
