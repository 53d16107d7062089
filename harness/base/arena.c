// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#define FIRST_BLOCK ((size_t)16 << 10)
#define LAST_BLOCK  ((size_t)1 << 20) /* what is kept for the next one */

struct arena_block {
	struct arena_block *older;
	size_t size;
	alignas(max_align_t) uint8_t bytes[];
};

/* Twice as large as the one before. A sanitizer is to see where each piece ends. */
static void add_block(struct arena *a, size_t size)
{
	size_t usual = a->blocks ? 2 * a->blocks->size : FIRST_BLOCK;
	struct arena_block *b;

	if (usual > LAST_BLOCK)
		usual = LAST_BLOCK;
	if (size < usual && !SANITIZED)
		size = usual;
	b = xreallocarray(NULL, 1, sizeof(*b) + size);
	b->older = a->blocks;
	b->size = size;
	a->blocks = b;
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	size_t align = alignof(max_align_t), bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
		abort();
	if (!SANITIZED)
		bytes = (bytes + align - 1) / align * align;
	if (SANITIZED || !a->blocks || a->blocks->size - a->used < bytes)
		add_block(a, bytes);
	p = a->blocks->bytes + a->used;
	a->used += bytes;
	return p;
}

void *arena_zalloc(struct arena *a, size_t n, size_t size)
{
	return memset(arena_alloc(a, n, size), 0, n * size);
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *older = b->older;

		free(b);
		b = older;
	}
}

void arena_clear(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	if (!keep)
		return;
	if (SANITIZED || keep->size > LAST_BLOCK) {
		arena_release(a);
		return;
	}
	free_blocks(keep->older);
	keep->older = NULL;
	a->used = 0;
}

void arena_release(struct arena *a)
{
	free_blocks(a->blocks);
	*a = (struct arena){ 0 };
}
