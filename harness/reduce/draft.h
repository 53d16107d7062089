/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A case as lines that can be dropped and rewritten. A draft need not be a case: whoever edits it
 * lets the parser say whether it still is one. Text of lines is shared between drafts, and belongs
 * to the arena that they were made with.
 */
#ifndef TAILCHECK_DRAFT_H
#define TAILCHECK_DRAFT_H

#include "../base/arena.h"
#include "../base/text.h"
#include "../case/case.h"

struct draft_line {
	const char *text;  /* without indentation and newline */
	const char *makes; /* the handle that this step makes, or NULL */
	unsigned int step; /* whose line it is, counted as in the case that was drafted */
	bool body;	   /* of the step's program */
};

struct draft {
	struct draft_line *lines;
	size_t n;
};

/*
 * The steps of @c, in canonical form and without comments. What a step expects is dropped where the
 * outcome does not depend on it: expectations name handles, which would hold on to them.
 */
struct draft draft_of(struct arena *arena, struct test_case *c);

/* A copy with room for one line more, to be edited. */
struct draft draft_copy(struct arena *arena, const struct draft *d);

/* Drop the lines that @drop is true for, and with a step that makes a handle all that name it. */
void draft_drop(struct draft *d, bool (*drop)(const struct draft_line *, void *), void *arg);

/* The text of a case called @name, replacing what is in @out. */
void draft_print(struct text *out, const struct draft *d, const char *name);

/* A line of a program that is an instruction and no label. */
bool draft_is_insn(const struct draft_line *l);

#endif
