/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Transcripts as text: what the judge compares and people read. */
#ifndef TAILCHECK_TRANSCRIPT_H
#define TAILCHECK_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/* Where two transcripts differ first. Strings point into the transcripts; not terminated. */
struct difference {
	size_t step;	  /* 1-based; 0: they do not differ */
	const char *text; /* "run self", of the side that has the step; wanted's of both */
	int text_len;
	const char *wanted; /* the observation; NULL where that side has no such line */
	int wanted_len;
	const char *got;
	int got_len;
};

/* Compare line by line; lines that begin with '#' do not count. False where they agree. */
bool transcript_differs(const char *wanted, const char *got, struct difference *d);

/* The next line that counts, from *s on: its length, *s behind it, or -1 at the end. */
int transcript_line(const char **s, const char **line);

#endif
