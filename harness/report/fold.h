/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text for terminals of 80 columns. */
#ifndef TAILCHECK_FOLD_H
#define TAILCHECK_FOLD_H

#include <stdio.h>

#define FOLD_WIDTH 80

/*
 * Print a text behind @prefix, with a newline at its end, broken at blanks into lines of 80
 * columns; all but the first have @hang more blanks behind the prefix. A word longer than a line is
 * cut. What a terminal could take for a command, or for another line, becomes a question mark.
 */
void fold(FILE *out, const char *prefix, int hang, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
