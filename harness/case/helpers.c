// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Helper functions by name and number, as <linux/bpf.h> lists them: nothing is typed twice. */
#include "asm.h"

#include <string.h>

#define HELPER_NAME(name) [BPF_FUNC_##name] = #name

static const char *const names[] = { __BPF_FUNC_MAPPER(HELPER_NAME) };

#define N_NAMES (sizeof(names) / sizeof(names[0]))

int asm_helper_number(const char *name, size_t len)
{
	if (len > 4 && memcmp(name, "bpf_", 4) == 0) {
		name += 4;
		len -= 4;
	}
	for (size_t i = 0; i < N_NAMES; i++)
		if (names[i] && strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return (int)i;
	return -1;
}

const char *asm_helper_name(int number)
{
	if (number < 0 || (size_t)number >= N_NAMES)
		return NULL;
	return names[number];
}
