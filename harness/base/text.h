/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Text that grows at its end. Cleared, it keeps its memory: what is written again and again takes
 * no allocation, and a number or a word no call of printf(3).
 */
#ifndef TAILCHECK_TEXT_H
#define TAILCHECK_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* All zeroes: empty. @s ends in NUL, and is NULL until something was added. */
struct text {
	char *s;
	size_t len;
	size_t room;
};

void text_bytes(struct text *t, const char *s, size_t len);
void text_add(struct text *t, const char *s);
void text_char(struct text *t, char c); /* which may be NUL */
void text_number(struct text *t, uint64_t n);
void text_hex(struct text *t, const void *bytes, size_t n);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Back to where it had @len bytes. */
void text_cut(struct text *t, size_t len);
void text_release(struct text *t);

#endif
