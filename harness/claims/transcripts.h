/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The transcripts of an engine, read back from its file (ENGINE.txt of a run's folder). */
#ifndef TAILCHECK_TRANSCRIPTS_H
#define TAILCHECK_TRANSCRIPTS_H

#include "../../engines/reference/quirk.h"
#include "../judge/results.h"

/* One case. Strings point into the file's text, which is cut into them. */
struct transcript {
	const char *name;
	enum verdict verdict;
	quirk_set because; /* of VERDICT_QUIRK */
	const char *text;  /* lines of steps; or, where there are none, how it ended */
};

struct transcripts {
	struct transcript *list; /* sorted by name */
	size_t n;
	char *text;
};

/* 0, or -1 with @why filled in: also where the file ends too early, or holds something else. */
int transcripts_read(struct transcripts *t, const char *path, char *why, size_t why_size);
void transcripts_release(struct transcripts *t);

/* NULL where it has none. */
const struct transcript *transcripts_find(const struct transcripts *t, const char *name);

#endif
