// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "draft.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

static const char *keep(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1, 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/* Steps that look at their expectation while they are carried out. */
static bool needs_expectation(const struct step *s)
{
	return s->eventually || s->lane || s->op == STEP_RACE || s->log;
}

static const char *step_line(struct arena *arena, const struct step *s)
{
	char *text = NULL;
	const char *kept;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	step_print(out, s);
	fprintf(out, " = %s", needs_expectation(s) ? s->expect : "0");
	if (s->log && *s->log && needs_expectation(s))
		fprintf(out, "=/%s/", s->log);
	fclose(out);
	kept = keep(arena, text, len);
	free(text);
	return kept;
}

static void drop_comments(struct asm_prog *prog)
{
	for (size_t i = 0; i < prog->n_comments; i++)
		free(prog->comments[i].text);
	prog->n_comments = 0;
}

static void add_body(struct arena *arena, struct draft *d, struct step *s, unsigned int step)
{
	char *text = NULL, *save = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	drop_comments(s->prog);
	asm_print(out, s->prog, "");
	fclose(out);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		*vec_add(d->lines, d->n) = (struct draft_line){
			.text = keep(arena, line, strlen(line)), .step = step, .body = true
		};
	free(text);
}

struct draft draft_of(struct arena *arena, struct test_case *c)
{
	struct draft d = { 0 }, kept;

	for (unsigned int i = 0; i < c->n_steps; i++) {
		struct step *s = &c->steps[i];

		*vec_add(d.lines, d.n) = (struct draft_line){
			.text = step_line(arena, s),
			.makes = s->makes ? keep(arena, s->makes, strlen(s->makes)) : NULL,
			.step = i,
		};
		if (s->prog)
			add_body(arena, &d, s, i);
	}
	kept = draft_copy(arena, &d);
	free(d.lines);
	return kept;
}

struct draft draft_copy(struct arena *arena, const struct draft *d)
{
	struct draft copy = { arena_alloc(arena, d->n + 1, sizeof(*d->lines)), d->n };

	if (d->n)
		memcpy(copy.lines, d->lines, d->n * sizeof(*d->lines));
	return copy;
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool mentions(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = strstr(text, name); s; s = strstr(s + 1, name))
		if ((s == text || !in_name(s[-1])) && !in_name(s[len]))
			return true;
	return false;
}

/* Handles are made before they are named, so one walk finds what hangs on what. */
void draft_drop(struct draft *d, bool (*drop)(const struct draft_line *, void *), void *arg)
{
	const char **gone = NULL;
	unsigned int gone_step = (unsigned int)-1;
	size_t n = 0, n_gone = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct draft_line *l = &d->lines[i];
		bool out = drop(l, arg) || (l->body && l->step == gone_step);

		for (size_t g = 0; g < n_gone && !out; g++)
			out = mentions(l->text, gone[g]);
		if (!out) {
			d->lines[n++] = *l;
			continue;
		}
		if (!l->body)
			gone_step = l->step;
		if (l->makes)
			*vec_add(gone, n_gone) = l->makes;
	}
	d->n = n;
	free(gone);
}

void draft_print(struct text *out, const struct draft *d, const char *name)
{
	text_cut(out, 0);
	text_printf(out, "case %s\nabout  Being reduced.\nlevel  must\n\n", name);
	for (size_t i = 0; i < d->n; i++) {
		text_add(out, d->lines[i].body ? "    " : "");
		text_add(out, d->lines[i].text);
		text_char(out, '\n');
	}
}

bool draft_is_insn(const struct draft_line *l)
{
	size_t len = strlen(l->text);

	return l->body && len && l->text[len - 1] != ':' && l->text[0] != '.';
}
