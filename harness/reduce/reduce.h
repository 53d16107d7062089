/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reducer: makes a case on which two engines differ as small as it gets while they differ in
 * the same way. Delta debugging over steps, programs and instructions, then simpler operands. It
 * knows no engine: whoever calls it asks them.
 */
#ifndef TAILCHECK_REDUCE_H
#define TAILCHECK_REDUCE_H

#include "../case/case.h"
#include "symptom.h"

/* A question: how do the engines differ on this case? */
struct trial {
	const struct test_case *c;
	struct symptom symptom; /* the answer */
};

struct reduce_config {
	/* Answer @n trials, which are independent of each other. */
	void (*ask)(void *arg, struct trial *trials, size_t n);
	void *arg;
	size_t batch;	/* how many trials at a time are best: 1 where a trial is dear */
	double seconds; /* stop with what there is after so long */
	const volatile int *interrupted;
};

struct reduced {
	struct case_file file;	/* of one case; its expectations are placeholders */
	struct symptom symptom; /* what was kept */
	size_t trials;		/* asked */
	size_t steps, insns;	/* lines that are left */
	bool cut_short;		/* by time or the user: it may get smaller still */
};

/*
 * Reduce @c, of which @r->file will hold what is left, under its name; comments are lost. 0, or -1
 * with @why: the engines do not differ on it, or not every time. case_file_release(&r->file) after
 * success only.
 */
int reduce(const struct reduce_config *config, const struct test_case *c, struct reduced *r,
	   char *why, size_t why_size);

#endif
