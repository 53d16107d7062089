/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ways to make a draft simpler: what the reducer tries. */
#ifndef TAILCHECK_EDIT_H
#define TAILCHECK_EDIT_H

#include "draft.h"

struct edit {
	size_t line;	  /* of the draft */
	const char *text; /* what it becomes; NULL: it is dropped */
};

/* Edits that go together. */
struct change {
	struct edit *edits;
	size_t n;
};

struct changes {
	struct arena *arena; /* that all of it is in, but for the list */
	struct change *list;
	size_t n;
};

/*
 * Every change of one kind that @d offers, added to @c, the strongest first where several are of
 * one line. Not every one leaves a case that can be parsed.
 */
typedef void (*edit_finder)(struct changes *c, const struct draft *d);

void edit_steps(struct changes *c, const struct draft *d);    /* without a step */
void edit_programs(struct changes *c, const struct draft *d); /* a program that gives 0 at once */
void edit_insns(struct changes *c, const struct draft *d);    /* without an instruction or label */
void edit_windows(struct changes *c, const struct draft *d);  /* without some side by side */
void edit_operands(struct changes *c, const struct draft *d); /* smaller numbers, fewer options */

/* @d with the changes whose @on is true. Where two are of one line, the later counts. */
struct draft edit_apply(struct arena *arena, const struct draft *d, const struct changes *c,
			const bool *on);

#endif
