// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a case gave: to be compared, and as text. */
#include <stdlib.h>
#include <string.h>

#include "execute.h"

static void print_lines(FILE *out, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, "\n");

		fprintf(out, "# %.*s\n", (int)len, s);
		s += len + (s[len] == '\n');
	}
}

static void print_end(FILE *out, const struct test_case *c, const struct case_record *r)
{
	fprintf(out, "%zu ", r->n_steps + 1);
	if (r->n_steps < c->n_steps)
		step_print(out, &c->steps[r->n_steps]);
	else
		fputs("reset", out);
	fprintf(out, " ! %s: %s\n", r->outcome == OUTCOME_UNSUPPORTED ? "unsupported" : "fault",
		r->why);
}

void case_record_print(FILE *out, const struct test_case *c, const struct case_record *r)
{
	const struct case_note *note = r->notes;
	const char *seen = r->seen.s;

	for (size_t i = 0; i < r->n_steps; i++) {
		fprintf(out, "%zu ", i + 1);
		step_print(out, &c->steps[i]);
		fprintf(out, " = %s\n", seen);
		seen += strlen(seen) + 1;
		for (; note && note->step == i; note = note->next)
			print_lines(out, note->text);
	}
	if (r->outcome != OUTCOME_COMPLETE)
		print_end(out, c, r);
	if (r->leaks.len)
		fputs(r->leaks.s, out);
}

static bool same_text(const struct text *a, const struct text *b)
{
	return a->len == b->len && (!a->len || memcmp(a->s, b->s, a->len) == 0);
}

bool case_record_same(const struct case_record *a, const struct case_record *b)
{
	if (a->outcome != b->outcome || a->n_steps != b->n_steps)
		return false;
	if (a->outcome != OUTCOME_COMPLETE && strcmp(a->why, b->why) != 0)
		return false;
	return same_text(&a->seen, &b->seen) && same_text(&a->leaks, &b->leaks);
}

bool case_record_expected(const struct test_case *c, const struct case_record *r)
{
	const char *seen = r->seen.s;

	if (r->outcome != OUTCOME_COMPLETE || r->leaks.len)
		return false;
	for (size_t i = 0; i < c->n_steps; i++) {
		if (strcmp(seen, c->steps[i].expect) != 0)
			return false;
		seen += strlen(seen) + 1;
	}
	return true;
}

void case_record_release(struct case_record *r)
{
	text_release(&r->seen);
	text_release(&r->leaks);
	arena_release(&r->memory);
	free(r->log);
	memset(r, 0, sizeof(*r));
}
