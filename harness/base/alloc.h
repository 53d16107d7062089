/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Allocation that cannot fail: sizes here are bounded by input limits, and a harness that is out
 * of memory has nothing better to do than to say so and stop.
 */
#ifndef TAILCHECK_ALLOC_H
#define TAILCHECK_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
char *xstrndup(const char *s, size_t n) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc));

/*
 * Make room for one more element at the end of a growing array (@vec a pointer, @n its length, an
 * lvalue) and evaluate to a pointer to the new, zeroed element. Capacity is the next power of two,
 * from 8 on.
 */
#define vec_add(vec, n)                                        \
	({                                                     \
		(vec) = vec_grow_((vec), (n), sizeof(*(vec))); \
		&(vec)[(n)++];                                 \
	})
void *vec_grow_(void *vec, size_t n, size_t size);

#endif
