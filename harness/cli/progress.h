/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a person sees while it runs: a bar on a terminal, now and then a line elsewhere. */
#ifndef TAILCHECK_PROGRESS_H
#define TAILCHECK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress {
	FILE *out;
	bool terminal;
	bool shown; /* a bar is on the current line */
	size_t done, total, unexpected;
	double next; /* when to say something again */
};

void progress_begin(struct progress *p, FILE *out, size_t total);
void progress_step(struct progress *p, bool unexpected);
/* A line of its own, above the bar. */
void progress_say(struct progress *p, const char *text);
void progress_end(struct progress *p);

#endif
