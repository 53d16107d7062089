/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parser's insides, shared by parse.c (lines) and parse_step.c (steps). */
#ifndef TAILCHECK_PARSE_H
#define TAILCHECK_PARSE_H

#include <stdarg.h>

#include "case.h"
#include "words.h"

#define MAX_WORDS 128
#define MAX_LINE  8192
/* Of a case. They are printed on one line, where this many of the longest names have room. */
#define MAX_CLAIMS 60

struct word {
	const char *s;
	size_t len;
};

/* A handle that the case has made so far. */
struct handle_def {
	const char *name;
	unsigned int line;
	enum ctx_kind ctx; /* of a program */
};

struct parser {
	const char *file;
	const char *next, *end;	     /* what is not read yet */
	const char *line, *line_end; /* the current line */
	unsigned int line_nr;
	struct word words[MAX_WORDS];
	size_t n_words;
	const char *tail; /* the comment behind the words */
	size_t tail_len;
	char *notes;
	struct case_file *out;
	struct test_case *c;
	struct handle_def *handles;
	size_t n_handles;
	size_t copies;	      /* of instructions, by .rept, in all of the file */
	size_t outer_handles; /* in a race: those from before it */
	struct diag *d;
};

/* Report an error at @at in the current line. Always -1. */
int parse_error(struct parser *p, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The current line is a step, split into words; its program's lines are consumed as well. */
int parse_step(struct parser *p);
void parser_release(struct parser *p);
int case_finish(struct parser *p);

/* Where the indented lines that begin at @from end, and how many lines they are. */
const char *body_end(struct parser *p, const char *from, unsigned int *lines);

static inline bool word_eq(const struct word *w, const char *s)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		if (s[i] != w->s[i])
			return false;
	return s[i] == '\0';
}

#endif
