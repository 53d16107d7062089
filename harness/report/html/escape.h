/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Text of guests into documents. A guest's words can be any bytes; what comes out is UTF-8 that
 * shows what was there and means nothing to HTML or JSON.
 */
#ifndef TAILCHECK_REPORT_ESCAPE_H
#define TAILCHECK_REPORT_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/*
 * As it is, but for what is no UTF-8, control characters (not newline and tab) and those that turn
 * the direction of writing or stand for nothing: these become \xHH, a byte each. To be freed.
 */
char *escape_visible(const char *s, size_t len);

/* The same for HTML, in text and in quoted attributes. */
void html_bytes(FILE *out, const char *s, size_t len);
void html_text(FILE *out, const char *s);

#endif
