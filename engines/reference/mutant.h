/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mutants: faults that the reference can be given on purpose, to see whether the suite notices.
 * Unlike a quirk, no kernel has them. $TAILCHECK_MUTANT names them for the program.
 */
#ifndef TAILCHECK_MUTANT_H
#define TAILCHECK_MUTANT_H

#include <stdint.h>

enum mutant_id {
	MUTANT_LIMIT_32,
	MUTANT_INDEX_NOT_TRUNCATED,
	MUTANT_DELETE_EMPTY_OK,
	MUTANT_LOOKUP_GIVES_FD,
	MUTANT_COUNT /* at most 64 */
};

struct mutant {
	const char *name;
	const char *about;
};

extern const struct mutant mutants[MUTANT_COUNT];

/* Engines made from now on have these faults (bits of enum mutant_id); none by default. */
void reference_set_mutants(uint64_t set);
uint64_t reference_mutants(void);

/* The bits of names joined by commas. 0, or -1 where one is unknown. */
int mutants_by_name(const char *names, uint64_t *set);

#endif
