/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One or many runs side by side: what report.html and report.json show. Columns are the engines of
 * all kernels; what a case gave is kept once for all columns where it was the same.
 */
#ifndef TAILCHECK_REPORT_MODEL_H
#define TAILCHECK_REPORT_MODEL_H

#include "../../../engines/reference/quirk.h"
#include "../../claims/areas.h"
#include "../../claims/evidence.h"
#include "../../claims/record.h"

#define MAX_COLUMNS 1024

/* A set of columns. */
struct columns {
	uint64_t word[MAX_COLUMNS / 64];
};

static inline bool column_in(const struct columns *set, size_t column)
{
	return set->word[column / 64] >> column % 64 & 1;
}

static inline void column_add(struct columns *set, size_t column)
{
	set->word[column / 64] |= 1ULL << column % 64;
}

struct shown_engine {
	const char *name;
	char letter; /* for narrow tables */
};

struct column {
	size_t kernel; /* in report.kernels */
	size_t engine; /* in report.engines */
	size_t local;  /* in the record's engines */
};

struct shown_kernel {
	const struct record *record;
	const char *arch; /* Debian's name */
	char *label;	  /* "6.1.176", "6.12.107 arm64"; no two have the same */
	size_t first, n;  /* its columns */
	size_t n_missing; /* results that are not there: cases that it was not given, or another
			   * version of them */
};

/* What some columns gave, all of them the same. */
struct answer {
	enum verdict verdict;
	quirk_set because;
	const char *transcript; /* NULL: word for word what the case expects */
	struct columns columns;
	size_t n_columns;
};

struct shown_case {
	const struct test_case *c;
	char *expected;		/* transcript */
	bool folded;		/* generated, and conforms wherever it ran: by name only */
	struct answer *answers; /* what conforms first */
	size_t n_answers;
	uint16_t *at; /* [column]: index into answers, or NO_ANSWER */
};

#define NO_ANSWER UINT16_MAX

/* What `report` is made from; all of it stays the caller's. */
struct report_input {
	const struct records *records;
	const struct claims *claims;
	const struct areas *areas;
	char *const *lost; /* runs that left no result, a line each */
	size_t n_lost;
};

struct report {
	struct report_input in;
	struct shown_engine engines[MAX_ENGINES];
	size_t n_engines;
	struct shown_kernel *kernels; /* by architecture, amd64 first, then by version */
	size_t n_kernels;
	struct column *columns;
	size_t n_columns;
	struct shown_case *cases; /* by name */
	size_t n_cases;
	size_t left_out; /* kernels beyond what fits into MAX_COLUMNS */
};

void report_make(struct report *r, const struct report_input *in);
void report_free(struct report *r);

const struct answer *report_answer(const struct report *r, size_t c, size_t column);

/* The column of an engine of a kernel; SIZE_MAX where the kernel does not have it. */
size_t report_column(const struct report *r, size_t kernel, size_t engine);

/* Does the engine have the quirk? '+' yes, '-' no, '?' its probe does not tell, ' ' no such engine.
 */
char report_quirk(const struct report *r, size_t kernel, size_t engine, int quirk);

/* Does any engine of kernels @from ... @to - 1 have it? */
bool report_quirk_seen(const struct report *r, size_t from, size_t to, int quirk);

/* The kernels of one architecture stand together: the first behind those of @kernel's. */
size_t report_arch_end(const struct report *r, size_t kernel);

/*
 * All kernels of an architecture from the first to the last with a quirk, on one engine. Starts at
 * *kernel, which it moves on; false where there is none. Kernels without this engine do not
 * interrupt.
 */
struct span {
	size_t first, last;
};
bool report_next_span(const struct report *r, size_t *kernel, size_t end, size_t engine, int quirk,
		      struct span *span);

/* Cases where an engine that both kernels have gave something else. */
bool report_case_changed(const struct report *r, size_t c, size_t a, size_t b);

/* "every engine of 6.1.176, 6.12.43; interp of 7.0.13"; to be freed. */
char *report_who(const struct report *r, const struct columns *set);

/* What all columns say about a claim; by[v]: those with this verdict. */
enum claim_verdict report_claim(const struct report *r, const struct claim *claim,
				struct columns by[N_CLAIM_VERDICTS]);

#endif
