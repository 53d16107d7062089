/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The lines of a baseline that must change for it to expect what runs gave. */
#ifndef TAILCHECK_UPDATE_H
#define TAILCHECK_UPDATE_H

#include "match.h"

struct edit {
	size_t at; /* before this entry of the old baseline */
	struct entry entry;
};

struct update {
	const struct baseline *old;
	bool *deleted;		/* by entry */
	struct entry *replaced; /* by entry; kind ENTRY_RAW: it stays */
	struct edit *edits;	/* new lines */
	size_t n_edits;
};

/* Lines on engines that the runs do not have stay, and so do those on cases without a result. */
void update_make(struct update *u, const struct baseline *old, const struct observed *o);
void update_release(struct update *u);

/* The baseline with the changes, with every entry's line set. */
void update_apply(struct update *u, struct baseline *new);

/*
 * What becomes of the lines on one thing (a case; or an engine, a quirk, a splat), as lines of a
 * diff; NULL where nothing does. To be freed.
 */
char *update_lines(const struct update *u, const struct entry *like, const char *file);

#endif
