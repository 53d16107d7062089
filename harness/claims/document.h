/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rules of prog_arrays and tail calls as measured: Markdown, from cases, claims and runs. */
#ifndef TAILCHECK_DOCUMENT_H
#define TAILCHECK_DOCUMENT_H

#include <stdio.h>

#include "areas.h"
#include "evidence.h"

struct document {
	const struct claims *claims;
	const struct areas *areas; /* complete */
	const struct suite *suite; /* without probes */
	const struct records *records;
};

/* The same input gives the same text: nothing in it depends on when, or in what folder, runs were.
 */
void document_print(FILE *out, const struct document *doc);

/* The parts about claims (document_claims.c): those that do not hold as they stand, and the rest.
 */
void document_claims_against(FILE *out, const struct document *doc);
void document_claims_rest(FILE *out, const struct document *doc);

/* Text of cases and claims for Markdown: to be freed. */
char *document_text(const char *text);

/*
 * "debian-5.10, debian-6.12 (interp)", or "interp of every kernel": engines of runs, by a bit for
 * each in @set[run]. To be freed.
 */
char *document_engines(const struct records *records, const unsigned int *set);

#endif
