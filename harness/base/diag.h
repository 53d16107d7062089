/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One error in a text that a person wrote: where it is, what is wrong, and the line itself, so
 * that it can be shown with a caret under the place.
 */
#ifndef TAILCHECK_DIAG_H
#define TAILCHECK_DIAG_H

#include <stdio.h>

struct diag {
	char file[256];
	unsigned int line;   /* 1-based; 0: the error has no line (an unreadable file) */
	unsigned int column; /* 1-based, in bytes; 0: the whole line */
	char message[256];
	char text[512]; /* the line, cut where it is longer */
};

/*
 * Fill @d. @text is the line (up to a newline or NUL) or NULL; @at a position in it or NULL.
 * Always returns -1, so that a parser can `return diag_at(...)`.
 */
int diag_at(struct diag *d, const char *file, unsigned int line, const char *text, const char *at,
	    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* file:line:column: error: message, then the line and a caret. Tabs keep the caret in place. */
void diag_print(FILE *out, const struct diag *d);

#endif
