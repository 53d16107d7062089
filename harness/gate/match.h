/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which lines of a baseline are for which results. */
#ifndef TAILCHECK_MATCH_H
#define TAILCHECK_MATCH_H

#include "baseline.h"
#include "observed.h"

#define NO_ENTRY ((size_t)-1)

/* The lines for cases, by name. */
struct line_index {
	const struct baseline *b;
	size_t *exact; /* indices of entries, by name; those of one name as they stand */
	size_t n_exact;
	size_t *globs;
	size_t n_globs;
};

void index_lines(struct line_index *x, const struct baseline *b);
void index_release(struct line_index *x);

/* The lines that may be for a case, as they stand: indices of entries. */
struct candidates {
	size_t *at;
	size_t n;
	size_t n_exact;
};

/* Fills @c anew, with the memory that it has. */
void find_candidates(struct candidates *c, const struct line_index *x, const char *name);

/* The first one, from the @from-th on, that fits the column: an index of @c, or NO_ENTRY. */
size_t first_fitting(const struct candidates *c, const struct baseline *b, const struct column *col,
		     size_t from);

/* Did it come as the line says? */
bool entry_expects(const struct entry *e, const struct observation *seen);

/* Has it a result that a line can stand for? */
bool has_result(const struct observation *seen);

/* What is no case: an engine, a quirk, a splat; and on which columns it was found. */
struct fact_key {
	enum entry_kind kind;
	char *name;
	char *detail;
	bool *found;
};

/* All that was found or is listed, to be freed by facts_release(). */
struct fact_key *collect_facts(const struct baseline *b, const struct observed *o, size_t *n);
void facts_release(struct fact_key *facts, size_t n);

/* Is the entry for this fact? */
bool is_for_fact(const struct entry *e, const struct fact_key *k);
/* Is the fact listed for a column? */
bool fact_listed(const struct baseline *b, const struct fact_key *k, const struct column *col);

#endif
