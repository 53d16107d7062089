/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A text of directives, one a line; blank lines and those that begin with # say nothing. */
#ifndef TAILCHECK_LINES_H
#define TAILCHECK_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/diag.h"

#define LINES_FILE_MAX (4U << 20) /* bytes */

struct lines {
	const char *file;
	const char *next, *end; /* what is not read yet */
	const char *line;	/* the current one, not terminated */
	const char *line_end;	/* blanks at the end do not count */
	const char *at;		/* what of it is not read yet */
	unsigned int nr;
	struct diag *d;
};

void lines_begin(struct lines *l, const char *text, size_t len, const char *file, struct diag *d);

/* Go to the next line that says something. 1; 0 at the end; -1 with the diag filled in. */
int lines_next(struct lines *l);

/* The next word of the current line: its length, 0 where there is none. */
size_t lines_word(struct lines *l, const char **word);

/* What is left of the line, up to @stop where it is not NULL: its length without blanks around. */
size_t lines_rest(struct lines *l, const char *stop, const char **text);

/* Report an error at @at in the current line. Always -1. */
int lines_error(struct lines *l, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The whole file, NUL behind it; to be freed. NULL with @d filled in. */
char *lines_read_file(const char *path, size_t *len, struct diag *d);

/* Is the word of @len bytes at @word @name? */
bool lines_is(const char *word, size_t len, const char *name);

#endif
