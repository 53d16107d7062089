/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Annotations in the log of a GitHub workflow. */
#ifndef TAILCHECK_GITHUB_H
#define TAILCHECK_GITHUB_H

#include <stdio.h>

struct github_note {
	const char *level; /* error, warning, notice */
	const char *file;  /* NULL: none */
	unsigned int line; /* 0: none */
	const char *title;
	const char *text; /* of several lines, the last one's newline does not count */
};

/* ::error file=...,line=...,title=...::text; what is not a letter of it is escaped. */
void github_annotate(FILE *out, const struct github_note *note);

#endif
