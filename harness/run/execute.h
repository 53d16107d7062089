/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The executor: a case on an engine gives a record of what its steps gave. The same code runs in
 * the guest (on the kernel) and on the host (on the reference).
 *
 * A record as text is a transcript. One line per step: its number, the step in canonical form,
 * " = ", what was observed. Lines that begin with '#' are for people (a verifier's log) and are not
 * compared. A step that the engine could not carry out ends the transcript: "N STEP ! unsupported:
 * WHY" or "N STEP ! fault: WHY".
 */
#ifndef TAILCHECK_EXECUTE_H
#define TAILCHECK_EXECUTE_H

#include <stdio.h>

#include "../../engines/engine.h"
#include "../base/arena.h"
#include "../base/text.h"
#include "../case/case.h"
#include "../case/words.h"
#include "leak.h"

enum outcome {
	OUTCOME_COMPLETE,
	OUTCOME_UNSUPPORTED, /* the engine lacks something: the last line says what */
	OUTCOME_FAULT,	     /* the engine itself failed: likewise */
};

/* Lines for people behind a step. */
struct case_note {
	struct case_note *next;
	size_t step; /* index */
	const char *text;
};

/*
 * What a case gave on an engine. All zeroes to begin with; then it may be used for one case after
 * the other, and needs no new memory for most of them.
 */
struct case_record {
	enum outcome outcome;
	size_t n_steps;		 /* with an observation */
	struct text seen;	 /* the observations in order, each with its NUL */
	struct case_note *notes; /* in the order of steps */
	char why[256];		 /* where the outcome is not complete */
	struct text leaks;	 /* the transcript's lines for them */

	struct arena memory; /* of the case */
	char *log;	     /* ENGINE_LOG_SIZE bytes, for loads */
};

/*
 * Run @c on @e, leave the engine reset, and wait for what is not gone by then: where something
 * stays, the transcript ends with "N end = leaked prog NAME, map NAME".
 */
enum outcome execute(const struct test_case *c, struct engine *e, struct case_record *r);
/* Likewise, but what is not gone by the end is left to @w, under @tag. */
enum outcome execute_watched(const struct test_case *c, struct engine *e, struct case_record *r,
			     struct leak_watch *w, unsigned int tag);

/* The transcript. */
void case_record_print(FILE *out, const struct test_case *c, const struct case_record *r);
/* Do both say the same? Of why they are not complete, if so, too; notes do not count. */
bool case_record_same(const struct case_record *a, const struct case_record *b);
/* Is it what every step of @c gives as expected? */
bool case_record_expected(const struct test_case *c, const struct case_record *r);
void case_record_release(struct case_record *r);

/*
 * What a `run` gives BPF_PROG_TEST_RUN: bytes of packet, of context, and how much a program may
 * make a packet grow and still have it observed.
 */
#define RUN_DATA_SLACK 4096
uint32_t run_data_size(const struct step *s, enum ctx_kind kind);
uint32_t run_ctx_size(const struct step *s, enum ctx_kind kind, uint32_t prog_type);

/* The same two, with the transcript written to @out. */
enum outcome execute_case(const struct test_case *c, struct engine *e, FILE *out);
enum outcome execute_case_watched(const struct test_case *c, struct engine *e, FILE *out,
				  struct leak_watch *w, unsigned int tag);

#endif
