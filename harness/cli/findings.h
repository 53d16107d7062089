/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a campaign finds: results that are not as expected, one entry for all that have the same
 * cause; which quirks showed; how many programs were loaded.
 */
#ifndef TAILCHECK_FINDINGS_H
#define TAILCHECK_FINDINGS_H

#include "../../engines/reference/quirk.h"
#include "run.h"

struct finding {
	char *cause;
	char *folder;	  /* its name below the campaign's */
	char *case_name;  /* the shortest case that shows it, which is what is kept */
	size_t length;	  /* of its text */
	char engines[96]; /* which show it, by name */
	size_t n;	  /* results */
};

/* Of programs that the cases mean to be loaded: they were, a quirk refuses them, or neither. */
struct loads {
	size_t done, quirk, refused;
};

struct findings {
	char *dir; /* where they are kept */
	struct finding *found;
	size_t n_found;
	size_t n_cases, n_results, n_unexpected;
	quirk_set shown[MAX_ENGINES]; /* quirks without which something had no explanation */
	char *shown_by[MAX_ENGINES][QUIRK_COUNT];
	struct loads loads[MAX_ENGINES];
	char why[300]; /* why something could not be written; "" */
};

/* Take in the results of the run's present batch. */
void findings_take(struct findings *f, const struct run *run);

/*
 * While the run's guests are up: beside the case of each finding a smaller one, reduced.case, and
 * reduced.c, the same for those without this project; @seconds at most for each.
 */
void findings_reduce(const struct findings *f, struct run *run, unsigned int seconds);

void findings_print(FILE *out, const struct findings *f, const struct run *run);
void findings_release(struct findings *f);

#endif
