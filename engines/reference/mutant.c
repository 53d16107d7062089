// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mutant.h"

#include <string.h>

const struct mutant mutants[MUTANT_COUNT] = {
	[MUTANT_LIMIT_32] = { "limit-32", "a run may make 32 tail calls, not 33" },
	[MUTANT_INDEX_NOT_TRUNCATED] = { "index-not-truncated",
					 "the index is all 64 bits of r3, not the low 32" },
	[MUTANT_DELETE_EMPTY_OK] = { "delete-empty-ok", "DELETE of an empty slot succeeds" },
	[MUTANT_LOOKUP_GIVES_FD] = { "lookup-gives-fd",
				     "LOOKUP gives a number that is not the program's id" },
};

static uint64_t chosen;

void reference_set_mutants(uint64_t set)
{
	chosen = set;
}

uint64_t reference_mutants(void)
{
	return chosen;
}

int mutants_by_name(const char *names, uint64_t *set)
{
	*set = 0;
	while (*names) {
		size_t len = strcspn(names, ",");
		int id = 0;

		while (id < MUTANT_COUNT && (strlen(mutants[id].name) != len ||
					     memcmp(mutants[id].name, names, len) != 0))
			id++;
		if (id == MUTANT_COUNT)
			return -1;
		*set |= 1ULL << id;
		names += len + (names[len] == ',');
	}
	return 0;
}
