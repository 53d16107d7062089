/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Profiles: the quirks that each engine of a kernel is known to show. They are written from runs,
 * reviewed, and kept in git (results/expected/profiles); a run whose probes find other quirks says
 * so. They cross-check the probes: what is judged with is always what the probes found.
 *
 *	profile debian-6.1
 *	package linux-image-6.1.0-50-cloud-amd64 6.1.176-1
 *	jit empty-slot-counts freeze-by-capability
 *	interp none
 *	jit-hardened not-offered
 *
 * Blank lines and lines that begin with # say nothing.
 */
#ifndef TAILCHECK_PROFILE_H
#define TAILCHECK_PROFILE_H

#include <stdio.h>

#include "../../engines/reference/quirk.h"
#include "../base/diag.h"
#include "results.h"

struct profile_engine {
	char name[32];
	bool offered;
	quirk_set quirks;
};

struct profile {
	char *kernel;  /* "debian-6.1" */
	char *package; /* that it was made with */
	struct profile_engine engines[MAX_ENGINES];
	size_t n_engines;
};

struct profiles {
	struct profile *list;
	size_t n;
};

/* 0, or -1 with @d: where in @text (of @file) what is wrong. */
int profiles_parse(struct profiles *p, const char *text, const char *file, struct diag *d);
void profiles_print(FILE *out, const struct profiles *p);
void profiles_release(struct profiles *p);

/* NULL where there is none of that name. */
struct profile *profiles_find(const struct profiles *p, const char *kernel);
/* The same, made where it is not there yet. */
struct profile *profiles_add(struct profiles *p, const char *kernel);

/* The profile of @kernel becomes what a run found; it is added where there is none. */
void profiles_set(struct profiles *p, const char *kernel, const char *package,
		  const struct run_results *r);
/* By place in @names (which ends with NULL); those that are not in it stay behind them. */
void profiles_sort(struct profiles *p, const char *const *names);

/*
 * What a run found that @known does not say, or the other way round, a line each; to be freed.
 * NULL where they agree.
 */
char *profile_differences(const struct profile *known, const struct run_results *r);

#endif
