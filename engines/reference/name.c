// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ref.h"

#include <string.h>

/* lib/ctype.c knows Latin-1: all of its letters, but not the signs for times and divided by. */
static bool kernel_isalnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

/*
 * kernel/bpf/syscall.c bpf_obj_name_cpy: up to 15 characters and a NUL. What stands behind the NUL
 * is not looked at and not kept.
 */
int obj_name_check(const char name[16], char out[16])
{
	memset(out, 0, 16);
	for (int i = 0; i < 16; i++) {
		char c = name[i];

		if (!c)
			return 0;
		if (!kernel_isalnum((unsigned char)c) && c != '_' && c != '.')
			return -EINVAL;
		out[i] = c;
	}
	return -EINVAL;
}
