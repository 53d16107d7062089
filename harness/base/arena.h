/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that is given back all at once: what a load or a case needs on its way. Cleared, it keeps
 * what it has for the next one.
 */
#ifndef TAILCHECK_ARENA_H
#define TAILCHECK_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

/* All zeroes: empty. */
struct arena {
	struct arena_block *blocks; /* the newest first, which is what is handed out of */
	size_t used;		    /* of it */
};

/* @n times @size bytes, aligned for anything; not zeroed, and zeroed. They cannot fail. */
void *arena_alloc(struct arena *a, size_t n, size_t size) __attribute__((malloc));
void *arena_zalloc(struct arena *a, size_t n, size_t size) __attribute__((malloc));
/* Everything is given back. */
void arena_clear(struct arena *a);
void arena_release(struct arena *a);

#endif
