/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs against a baseline: all that is not as it says. */
#ifndef TAILCHECK_GATE_H
#define TAILCHECK_GATE_H

#include "update.h"

/* What gates; all zeroes but for the level: everything. */
struct gate_selection {
	int level;	    /* the least binding one that does; LEVEL_MAY: all */
	char *const *areas; /* names and globs; none: all */
	size_t n_areas;
	bool need_reasons; /* a failure that is listed without one fails */
};

struct finding {
	enum entry_kind kind; /* what it is about; ENTRY_RAW: a run */
	char *name;	      /* of the case, the quirk ... */
	char *detail;	      /* of a splat, or NULL */
	unsigned int line;    /* of the baseline; 0: none */
	char *what;	      /* lines, each with a newline */
	char *change;	      /* of gate_find_changes(): the lines to change, as a diff; or NULL */
};

struct gate_outcome {
	struct finding *findings;
	size_t n_findings;
	size_t results;	   /* that were looked at */
	size_t skipped;	   /* of them, unsupported */
	size_t failures;   /* of them, as listed and no pass */
	size_t unreasoned; /* lines that list a failure without a reason */
	size_t cases;
};

void gate(struct gate_outcome *g, const struct baseline *b, const struct observed *o,
	  const struct gate_selection *sel);
/* For each finding the lines that would have to change, which are said to be in @file. */
void gate_find_changes(struct gate_outcome *g, const struct baseline *b, const struct observed *o,
		       const char *file);
void gate_release(struct gate_outcome *g);

/* 0, 1, 3 or 4: see tailcheck(1). */
int gate_exit_code(const struct gate_outcome *g);

/* "limit.self", "quirk no-path-fd", to be freed. */
char *finding_title(const struct finding *f);

/* For people; and for the log of a GitHub workflow, as annotations. */
void gate_print(FILE *out, const struct gate_outcome *g, const char *file);
void gate_print_github(FILE *out, const struct gate_outcome *g, const char *file);

#endif
