/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What unit tests about cases share: cmocka, and text to cases and back. */
#ifndef TAILCHECK_CASE_TEST_H
#define TAILCHECK_CASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../base/alloc.h"
#include "case.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A head for cases whose head is not what the test is about: two lines. */
#define HEAD "case a.b\nabout x\n"
/* And with handles of a map and of a program in it: six lines. */
#define HANDLES HEAD "map m prog_array\nprog p socket_filter\n    r0 = 0\n    exit\n"

/* To be released by case_file_release(). */
static inline struct case_file must_parse(const char *text)
{
	struct case_file f;
	struct diag d;

	if (case_file_parse(&f, text, strlen(text), "test", &d)) {
		diag_print(stderr, &d);
		fail_msg("this should have been a case:\n%s", text);
	}
	return f;
}

/* The canonical text; to be freed. */
static inline char *printed(const struct case_file *f)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	case_file_print(out, f);
	fclose(out);
	return text;
}

/* Where one thing in a text is wrong, and what the message must hold. */
struct wrong {
	const char *text;
	unsigned int line, column;
	const char *message;
};

static inline void assert_wrong(const struct wrong *w)
{
	struct case_file f;
	struct diag d;

	if (case_file_parse(&f, w->text, strlen(w->text), "test", &d) == 0) {
		case_file_release(&f);
		fail_msg("this should have been refused:\n%s", w->text);
	}
	if (d.line != w->line || d.column != w->column || !strstr(d.message, w->message))
		fail_msg("%s\ngave %u:%u: %s\nand not %u:%u: %s", w->text, d.line, d.column,
			 d.message, w->line, w->column, w->message);
	assert_string_equal(d.file, "test");
}

#endif
