// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "edit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

#define MAX_WINDOW 4

static struct edit *add_change(struct changes *c, size_t n)
{
	struct change *change = vec_add(c->list, c->n);

	change->edits = arena_zalloc(c->arena, n, sizeof(*change->edits));
	change->n = n;
	return change->edits;
}

static void add_drop(struct changes *c, size_t line)
{
	add_change(c, 1)->line = line;
}

void edit_steps(struct changes *c, const struct draft *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->lines[i].body)
			add_drop(c, i);
}

void edit_insns(struct changes *c, const struct draft *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->lines[i].body)
			add_drop(c, i);
}

void edit_windows(struct changes *c, const struct draft *d)
{
	for (size_t n = 2; n <= MAX_WINDOW; n++)
		for (size_t i = 0; i + n <= d->n; i++) {
			size_t in = 0;
			struct edit *edits;

			while (in < n && d->lines[i + in].body)
				in++;
			if (in < n)
				continue;
			edits = add_change(c, n);
			for (size_t e = 0; e < n; e++)
				edits[e].line = i + e;
		}
}

void edit_programs(struct changes *c, const struct draft *d)
{
	static const char *const stub[] = { "r0 = 0", "exit" };
	size_t end;

	for (size_t i = 0; i < d->n; i = end) {
		struct edit *edits;

		for (end = i + 1; end < d->n && d->lines[end].body; end++)
			;
		if (end - i <= 3)
			continue;
		edits = add_change(c, end - i - 1);
		for (size_t e = 0; e < end - i - 1; e++)
			edits[e] = (struct edit){ i + 1 + e, e < 2 ? stub[e] : NULL };
	}
}

/* The line with @with in place of the @len bytes at @at. */
static void add_rewrite(struct changes *c, size_t line, const char *text, const char *at,
			size_t len, const char *with)
{
	size_t before = (size_t)(at - text), size = strlen(text) + strlen(with) + 1;
	char *now = arena_alloc(c->arena, size, 1);
	struct edit *edit;

	snprintf(now, size, "%.*s%s%s", (int)before, text, with, at + len);
	edit = add_change(c, 1);
	edit->line = line;
	edit->text = now;
}

static size_t number_at(const char *text, const char *s)
{
	const char *from = s;
	char *end;

	if (s == text || !strchr(" =[(+", s[-1]))
		return 0;
	if (*s == '-')
		s++;
	if (!isdigit((unsigned char)*s))
		return 0;
	strtoull(s, &end, 0);
	return isalnum((unsigned char)*end) || *end == '_' ? 0 : (size_t)(end - from);
}

/* Every number up to @stop: none, one, half of it. */
static void smaller_numbers(struct changes *c, size_t line, const char *text, const char *stop)
{
	for (const char *s = text; s < stop; s++) {
		size_t len = number_at(text, s);
		unsigned long long v;
		char half[32];

		if (!len)
			continue;
		v = strtoull(s, NULL, 0);
		if (v == 0)
			continue;
		add_rewrite(c, line, text, s, len, "0");
		if (v > 1)
			add_rewrite(c, line, text, s, len, "1");
		if (v > 3 && *s != '-') {
			snprintf(half, sizeof(half), "%llu", v / 2);
			add_rewrite(c, line, text, s, len, half);
		}
		s += len - 1;
	}
}

static bool is_plain_number(const char *s)
{
	char *end;

	strtoll(s, &end, 0);
	return end != s && !*end;
}

/* `r3 = r7`, `w3 >>= 18`: a small constant instead. */
static void constant_result(struct changes *c, size_t line, const char *text)
{
	static const char *const results[] = { " = 0", " = 1", " = 2" };
	const char *op = strchr(text, ' ');

	if (!op || (strncmp(op, " = ", 3) == 0 && is_plain_number(op + 3)))
		return;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		add_rewrite(c, line, text, op, strlen(op), results[i]);
}

static void simpler_insn(struct changes *c, size_t line, const char *text)
{
	const char *target = strstr(text, " goto ");

	if (strncmp(text, "if ", 3) == 0 && target)
		add_rewrite(c, line, text, text, (size_t)(target + 1 - text), "");
	if ((text[0] == 'r' || text[0] == 'w') && isdigit((unsigned char)text[1]))
		constant_result(c, line, text);
	smaller_numbers(c, line, text, text + strlen(text));
}

/* Without one of the words behind the command's first; the parser knows which may go. */
static void fewer_words(struct changes *c, size_t line, const char *text, const char *stop)
{
	const char *s = strchr(text, ' ');

	while (s && s < stop) {
		const char *next = strchr(s + 1, ' ');
		size_t len = next ? (size_t)(next - s) : strlen(s);

		add_rewrite(c, line, text, s, len, "");
		s = next;
	}
}

void edit_operands(struct changes *c, const struct draft *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const char *text = d->lines[i].text, *stop = strstr(text, " = ");

		if (d->lines[i].body) {
			simpler_insn(c, i, text);
		} else if (stop) {
			fewer_words(c, i, text, stop);
			smaller_numbers(c, i, text, stop);
		}
	}
}

static bool is_gone(const struct draft_line *l, void *arg)
{
	(void)arg;
	return !l->text;
}

struct draft edit_apply(struct arena *arena, const struct draft *d, const struct changes *c,
			const bool *on)
{
	struct draft copy = draft_copy(arena, d);

	for (size_t i = 0; i < c->n; i++)
		for (size_t e = 0; on[i] && e < c->list[i].n; e++)
			copy.lines[c->list[i].edits[e].line].text = c->list[i].edits[e].text;
	draft_drop(&copy, is_gone, NULL);
	return copy;
}
