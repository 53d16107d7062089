/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What runs gave, in the form in which a baseline expects it. */
#ifndef TAILCHECK_OBSERVED_H
#define TAILCHECK_OBSERVED_H

#include "../../engines/reference/quirk.h"
#include "../claims/record.h"

/* An engine of a run. */
struct column {
	const struct record *run;
	size_t local; /* its index there */
	char *kernel; /* as conditions name it: "debian-6.1", "bzImage" */
	const char *engine;
	quirk_set quirks, uncertain;
};

struct observation {
	bool missing; /* the run does not have the case */
	enum verdict verdict;
	char *detail; /* of what diverges: step N wanted "A" got "B" */
};

struct observed_case {
	const char *name;
	enum level level;
	struct observation *by; /* column */
};

struct observed_splat {
	char *name; /* of the case, or "-" */
	char *line; /* in quotes, without what changes from run to run */
	bool *on;   /* columns */
};

struct observed {
	struct column *columns;
	size_t n_columns;
	struct observed_case *cases; /* of any run; sorted by name */
	size_t n_cases;
	struct observed_splat *splats;
	size_t n_splats;
	char **troubles; /* why the runs are no complete ones of a sound suite; lines */
	size_t n_troubles;
};

/* The runs must outlive it, and have their transcripts. */
void observe(struct observed *o, const struct record *runs, size_t n);
void observed_release(struct observed *o);

/* Does a condition hold on an engine? NULL holds on all. */
bool column_fits(const struct column *c, const char *condition);

/*
 * A condition that holds on the columns in @set and on no other, to be freed; NULL for all of them,
 * unless they are to be @named. Engines of two runs of one kernel cannot be told apart.
 */
char *describe_columns(const struct observed *o, const bool *set, bool named);

/* What one guest said, in quotes and in one line: a long one is cut, with its digest. */
char *quote_value(const char *value, int len);

#endif
