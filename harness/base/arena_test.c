// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define PIECES 2000

/* Pieces of all sizes: aligned, zeroed where asked for, and none in another. */
static void pieces_are_apart(void **state)
{
	struct arena a = { 0 };
	uint8_t *pieces[PIECES];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PIECES; i++) {
			pieces[i] = i % 2 ? arena_zalloc(&a, i, 1) : arena_alloc(&a, i, 1);
			assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
			for (size_t b = 0; i % 2 && b < i; b++)
				assert_int_equal(pieces[i][b], 0);
			memset(pieces[i], (int)(i & 0xff), i);
		}
		for (size_t i = 0; i < PIECES; i++)
			for (size_t b = 0; b < i; b++)
				assert_int_equal(pieces[i][b], i & 0xff);
		arena_clear(&a);
	}
	arena_release(&a);
}

static void large_ones_fit(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t size = 1; size < (size_t)8 << 20; size *= 3)
		memset(arena_alloc(&a, size, 1), 0xa5, size);
	arena_clear(&a);
	memset(arena_zalloc(&a, 3, 100), 0xa5, 300);
	arena_release(&a);
	arena_release(&a);
	arena_clear(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_apart),
		cmocka_unit_test(large_ones_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
