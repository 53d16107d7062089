// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mutant.h"

#include <string.h>

#define MUTANT_ROW(id, name, about) [MUTANT_##id] = { name, about },

/* clang-format off */
const struct mutant mutants[MUTANT_COUNT] = {
	CALL_MUTANTS(MUTANT_ROW)
	JIT_MUTANTS(MUTANT_ROW)
	INSN_MUTANTS(MUTANT_ROW)
	MAP_MUTANTS(MUTANT_ROW)
	OBJECT_MUTANTS(MUTANT_ROW)
	CHECK_MUTANTS(MUTANT_ROW)
	RUN_MUTANTS(MUTANT_ROW)
};
/* clang-format on */

static struct mutant_set chosen;

void reference_set_mutants(const struct mutant_set *set)
{
	chosen = set ? *set : (struct mutant_set){ 0 };
}

const struct mutant_set *reference_mutants(void)
{
	return &chosen;
}

int mutants_by_name(const char *names, struct mutant_set *set)
{
	while (*names) {
		size_t len = strcspn(names, ",");
		int id = 0;

		while (id < MUTANT_COUNT && (strlen(mutants[id].name) != len ||
					     memcmp(mutants[id].name, names, len) != 0))
			id++;
		if (id == MUTANT_COUNT)
			return -1;
		mutant_add(set, (enum mutant_id)id);
		names += len + (names[len] == ',');
	}
	return 0;
}
