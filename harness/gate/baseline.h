/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A baseline: what runs are expected to give, as text (docs/gating.md). Of the lines for cases that
 * fit a result, by name and condition, the first one counts.
 */
#ifndef TAILCHECK_BASELINE_H
#define TAILCHECK_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../base/diag.h"
#include "../case/case.h"
#include "../judge/results.h"

#define BASELINE_VERSION "1"

enum entry_kind {
	ENTRY_RAW,	 /* a comment, or an empty line */
	ENTRY_VERSION,	 /* the format */
	ENTRY_ENGINE,	 /* an engine that runs have */
	ENTRY_QUIRK,	 /* a quirk that its probe found */
	ENTRY_UNCERTAIN, /* one whose probe fits neither way */
	ENTRY_SPLAT,	 /* a complaint of the kernel */
	ENTRY_CASE,	 /* the verdict on a case */
	N_ENTRY_KINDS
};

#define ANY_LEVEL (-1) /* of globs */

struct entry {
	enum entry_kind kind;
	unsigned int line; /* 1-based; 0: not from a file */
	char *name;	   /* of a case (or a glob), an engine, a quirk; of a raw line all of it */
	bool glob;
	int level; /* enum level, or ANY_LEVEL */
	enum verdict verdict;
	char *detail;	 /* how it differs: step N wanted "A" got "B"; a splat's line; or NULL */
	char *condition; /* on which engines; NULL: on all */
	char *reason;	 /* NULL: none given */
};

struct baseline {
	struct entry *entries;
	size_t n;
};

extern const char *const level_words[3];

/* 0, or -1 with @d filled in; release after success only. */
int baseline_parse(struct baseline *b, const char *text, const char *file, struct diag *d);
void baseline_print(FILE *out, const struct baseline *b);
void baseline_release(struct baseline *b);

/* One line without a newline, to be freed. */
char *entry_text(const struct entry *e);
struct entry entry_copy(const struct entry *e);
void entry_release(struct entry *e);

/* Is it a glob, and not the name of one case? */
bool is_glob(const char *name);

#endif
