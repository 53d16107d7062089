/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mutants: faults that the reference can be given on purpose, to see whether the suite notices.
 * Unlike a quirk, no kernel has them. $TAILCHECK_MUTANT names them for the program.
 */
#ifndef TAILCHECK_MUTANT_H
#define TAILCHECK_MUTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "mutant_list.h"

#define MUTANT_ID(id, name, about) MUTANT_##id,

/* clang-format off */
enum mutant_id {
	CALL_MUTANTS(MUTANT_ID)
	N_CALL_MUTANTS,
	MUTANT_CALLS_END = N_CALL_MUTANTS - 1, /* so that the next one has the number after */
	JIT_MUTANTS(MUTANT_ID)
	INSN_MUTANTS(MUTANT_ID)
	MAP_MUTANTS(MUTANT_ID)
	OBJECT_MUTANTS(MUTANT_ID)
	CHECK_MUTANTS(MUTANT_ID)
	RUN_MUTANTS(MUTANT_ID)
	MUTANT_COUNT
};
/* clang-format on */

struct mutant {
	const char *name;
	const char *about;
};

extern const struct mutant mutants[MUTANT_COUNT];

/* By enum mutant_id. */
struct mutant_set {
	uint64_t words[(MUTANT_COUNT + 63) / 64];
};

static inline bool mutant_in(const struct mutant_set *set, enum mutant_id id)
{
	return set->words[id / 64] >> id % 64 & 1;
}

static inline bool mutant_none(const struct mutant_set *set)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < sizeof(set->words) / sizeof(set->words[0]); i++)
		any |= set->words[i];
	return !any;
}

static inline void mutant_add(struct mutant_set *set, enum mutant_id id)
{
	set->words[id / 64] |= 1ULL << id % 64;
}

/* Engines made from now on have these faults; none by default, and with NULL. */
void reference_set_mutants(const struct mutant_set *set);
const struct mutant_set *reference_mutants(void);

/* Add those of names joined by commas. 0, or -1 where one is unknown. */
int mutants_by_name(const char *names, struct mutant_set *set);

#endif
