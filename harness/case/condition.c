// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "condition.h"

#include <ctype.h>
#include <string.h>

#define MAX_DEPTH 32

struct reader {
	const char *s;
	condition_fn is_true;
	void *arg;
	int depth;
	bool bad;
};

static bool read_or(struct reader *r);

static char peek(struct reader *r)
{
	while (isspace((unsigned char)*r->s))
		r->s++;
	return *r->s;
}

static bool read_name(struct reader *r)
{
	const char *from = r->s;

	while (isalnum((unsigned char)*r->s) || *r->s == '-' || *r->s == '_' || *r->s == '.')
		r->s++;
	if (r->s == from)
		r->bad = true;
	else if (r->is_true)
		return r->is_true(from, (size_t)(r->s - from), r->arg);
	return false;
}

static bool read_not(struct reader *r)
{
	bool value;

	if (r->bad || ++r->depth > MAX_DEPTH) {
		r->bad = true;
		return false;
	}
	if (peek(r) == '!') {
		r->s++;
		value = !read_not(r);
	} else if (*r->s == '(') {
		r->s++;
		value = read_or(r);
		if (!r->bad && peek(r) == ')')
			r->s++;
		else
			r->bad = true;
	} else {
		value = read_name(r);
	}
	r->depth--;
	return value;
}

static bool read_and(struct reader *r)
{
	bool value = read_not(r);

	while (!r->bad && peek(r) == '&') {
		r->s++;
		value &= read_not(r);
	}
	return value;
}

static bool read_or(struct reader *r)
{
	bool value = read_and(r);

	while (!r->bad && peek(r) == '|') {
		r->s++;
		value |= read_and(r);
	}
	return value;
}

int condition_check(const char *text, const char **at)
{
	struct reader r = { .s = text };

	read_or(&r);
	if (!r.bad && peek(&r) == '\0')
		return 0;
	*at = r.s;
	return -1;
}

bool condition_eval(const char *text, condition_fn is_true, void *arg)
{
	struct reader r = { .s = text, .is_true = is_true, .arg = arg };

	return read_or(&r);
}
