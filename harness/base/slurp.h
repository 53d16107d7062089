/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TAILCHECK_SLURP_H
#define TAILCHECK_SLURP_H

#include <stddef.h>
#include <stdio.h>

/*
 * What is left of a file, to be freed, with a NUL behind it. No more than @most bytes and one are
 * read, so that a *len above @most says that it is too large. NULL and errno where it cannot be
 * read.
 */
char *slurp(FILE *in, size_t most, size_t *len);

#endif
