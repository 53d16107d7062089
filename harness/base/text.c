// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

#define FIRST_ROOM 256

/* Room for @more bytes and a NUL; where they go. */
static char *make_room(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;

	if (need > t->room) {
		t->room = t->room ? t->room : FIRST_ROOM;
		while (t->room < need)
			t->room *= 2;
		t->s = xreallocarray(t->s, t->room, 1);
	}
	return t->s + t->len;
}

void text_bytes(struct text *t, const char *s, size_t len)
{
	memcpy(make_room(t, len), s, len);
	text_cut(t, t->len + len);
}

void text_add(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
	text_bytes(t, &c, 1);
}

void text_number(struct text *t, uint64_t n)
{
	char digits[20], *s = digits + sizeof(digits);

	do
		*--s = (char)('0' + n % 10);
	while (n /= 10);
	text_bytes(t, s, (size_t)(digits + sizeof(digits) - s));
}

void text_hex(struct text *t, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;
	char *s = make_room(t, 2 * n);

	for (size_t i = 0; i < n; i++) {
		*s++ = digits[b[i] >> 4];
		*s++ = digits[b[i] & 15];
	}
	text_cut(t, t->len + 2 * n);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	make_room(t, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(t->s + t->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)len;
}

void text_cut(struct text *t, size_t len)
{
	t->len = len;
	if (t->s)
		t->s[len] = '\0';
}

void text_release(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}
