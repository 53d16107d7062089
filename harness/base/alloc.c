// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8 /* of a growing array */

static void *must(void *p)
{
	if (!p) {
		fputs("tailcheck: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return must(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return must(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	return must(len < 0 ? NULL : s);
}

void *vec_grow_(void *vec, size_t n, size_t size)
{
	/* The capacity is a power of two, so it is full exactly when n is zero or one of them. */
	if (n == 0)
		vec = xreallocarray(vec, FIRST_CAPACITY, size);
	else if (n >= FIRST_CAPACITY && (n & (n - 1)) == 0)
		vec = xreallocarray(vec, n * 2, size);
	memset((char *)vec + n * size, 0, size);
	return vec;
}
