// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text to a baseline, and back. */
#include "baseline.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/text.h"
#include "../case/condition.h"
#include "../case/words.h"

#define MOST_OTHERS 2000 /* lines that are neither of cases nor empty nor comments */

const char *const level_words[3] = {
	[LEVEL_MUST] = "must",
	[LEVEL_SHOULD] = "should",
	[LEVEL_MAY] = "may",
};

static const char *const kind_words[N_ENTRY_KINDS] = {
	[ENTRY_VERSION] = "baseline",	 [ENTRY_ENGINE] = "engine", [ENTRY_QUIRK] = "quirk",
	[ENTRY_UNCERTAIN] = "uncertain", [ENTRY_SPLAT] = "splat",   [ENTRY_CASE] = "case",
};

struct reader {
	const char *file;
	const char *line; /* all of it */
	const char *s;	  /* what is left of it */
	const char *end;
	unsigned int number;
	struct diag *d;
};

bool is_glob(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

static int bad(const struct reader *r, const char *at, const char *why)
{
	return diag_at(r->d, r->file, r->number, r->line, at, "%s", why);
}

static void skip_blanks(struct reader *r)
{
	while (r->s < r->end && (*r->s == ' ' || *r->s == '\t'))
		r->s++;
}

/* The next word; its length is 0 at the end, and before a reason. */
static size_t next_word(struct reader *r, const char **word)
{
	skip_blanks(r);
	*word = r->s;
	if (r->s < r->end && *r->s == '#')
		return 0;
	while (r->s < r->end && *r->s != ' ' && *r->s != '\t')
		r->s++;
	return (size_t)(r->s - *word);
}

static bool is_word(const char *word, size_t len, const char *want)
{
	return strlen(want) == len && memcmp(word, want, len) == 0;
}

/* Is the next word @want? Then it is taken. */
static bool take_word(struct reader *r, const char *want)
{
	const char *from = r->s, *word;
	size_t len = next_word(r, &word);

	if (len && is_word(word, len, want))
		return true;
	r->s = from;
	return false;
}

static int find_word(const char *const *words, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (words[i] && is_word(word, len, words[i]))
			return (int)i;
	return -1;
}

static int take_quoted(struct reader *r, struct text *into)
{
	const char *from;

	skip_blanks(r);
	from = r->s;
	if (r->s == r->end || *r->s != '"')
		return bad(r, r->s, "a value in quotes is missing");
	for (r->s++; r->s < r->end && *r->s != '"'; r->s++)
		if (*r->s == '\\' && r->s + 1 < r->end)
			r->s++;
	if (r->s == r->end)
		return bad(r, from, "the quotes are not closed");
	r->s++;
	text_bytes(into, from, (size_t)(r->s - from));
	return 0;
}

/* step N wanted "A" got "B" */
static int take_difference(struct reader *r, struct entry *e)
{
	struct text t = { 0 };
	const char *word;
	size_t len = next_word(r, &word);
	int ret = -1;

	text_add(&t, "step ");
	text_bytes(&t, word, len);
	text_add(&t, " wanted ");
	if (!len || (strspn(word, "0123456789") < len && !is_word(word, len, "*")))
		bad(r, word, "the number of a step is missing (or *)");
	else if (!take_word(r, "wanted"))
		bad(r, r->s, "wanted \"...\" got \"...\" is missing");
	else if (!take_quoted(r, &t)) {
		text_add(&t, " got ");
		if (!take_word(r, "got"))
			bad(r, r->s, "got \"...\" is missing");
		else
			ret = take_quoted(r, &t);
	}
	e->detail = t.s;
	return ret;
}

static int take_verdict(struct reader *r, struct entry *e)
{
	const char *word;
	size_t len = next_word(r, &word);
	int level = find_word(level_words, 3, word, len), verdict;

	if (level < 0 && !is_word(word, len, "any"))
		return bad(r, word, "a level is missing: must, should, may; any for a glob");
	if (level < 0 && !e->glob)
		return bad(r, word, "any is for globs: a case has its level");
	e->level = level;
	len = next_word(r, &word);
	verdict = find_word(verdict_names, N_VERDICTS, word, len);
	if (verdict == VERDICT_NONE || verdict == VERDICT_INFRA)
		return bad(r, word, "a case without a result cannot be expected");
	if (verdict < 0)
		return bad(r, word,
			   "a verdict is missing: conforms, quirk, diverges, crashed, timed-out, "
			   "protocol, unsupported");
	e->verdict = (enum verdict)verdict;
	if (take_word(r, "step")) {
		if (e->verdict != VERDICT_DIVERGES)
			return bad(r, word, "only what diverges has a step that differs");
		return take_difference(r, e);
	}
	return e->verdict == VERDICT_DIVERGES
		       ? bad(r, r->s, "what diverges has a step: step 3 wanted \"0\" got \"1\"")
		       : 0;
}

/* if CONDITION */
static int take_condition(struct reader *r, struct entry *e)
{
	const char *from, *at;

	if (!take_word(r, "if"))
		return 0;
	skip_blanks(r);
	from = r->s;
	while (r->s < r->end && *r->s != '#')
		r->s++;
	for (at = r->s; at > from && (at[-1] == ' ' || at[-1] == '\t');)
		at--;
	e->condition = xstrndup(from, (size_t)(at - from));
	if (condition_check(e->condition, &at))
		return bad(r, from + (at - e->condition), "this is no condition");
	return 0;
}

static int take_reason(struct reader *r, struct entry *e)
{
	skip_blanks(r);
	if (r->s < r->end && *r->s == '#') {
		r->s++;
		skip_blanks(r);
		if (r->s < r->end)
			e->reason = xstrndup(r->s, (size_t)(r->end - r->s));
		r->s = r->end;
	}
	return r->s == r->end ? 0 : bad(r, r->s, "the line should have ended here");
}

static int take_rest(struct reader *r, struct entry *e)
{
	struct text t = { 0 };

	if (e->kind == ENTRY_CASE && take_verdict(r, e))
		return -1;
	if (e->kind == ENTRY_SPLAT) {
		if (take_quoted(r, &t)) {
			text_release(&t);
			return -1;
		}
		e->detail = t.s;
	}
	return take_condition(r, e) || take_reason(r, e) ? -1 : 0;
}

static int parse_line(struct reader *r, struct entry *e)
{
	const char *word;
	size_t len = next_word(r, &word);
	int kind;

	e->line = r->number;
	if (!len) {
		e->name = xstrndup(r->line, (size_t)(r->end - r->line));
		return 0;
	}
	kind = find_word(kind_words, N_ENTRY_KINDS, word, len);
	if (kind < 0)
		return bad(r, word,
			   "a line begins with case, engine, quirk, uncertain, splat or #");
	e->kind = (enum entry_kind)kind;
	len = next_word(r, &word);
	if (!len)
		return bad(r, r->s, "a name is missing");
	e->name = xstrndup(word, len);
	e->glob = e->kind == ENTRY_CASE && is_glob(e->name);
	if (e->kind == ENTRY_VERSION && strcmp(e->name, BASELINE_VERSION) != 0)
		return bad(r, word, "this version of the format is not known");
	if (e->kind == ENTRY_CASE && !e->glob && !case_name_ok(word, len))
		return bad(r, word, "this is neither the name of a case nor a glob");
	return take_rest(r, e);
}

/*
 * A line that can never count would look like an expectation, and be none. Each is held against all
 * above it: of these kinds there are few.
 */
static int check_dead(const struct baseline *b, const struct reader *r, size_t *n)
{
	const struct entry *last = &b->entries[b->n - 1];

	if (last->kind == ENTRY_RAW || last->kind == ENTRY_CASE)
		return 0;
	if (++*n > MOST_OTHERS)
		return bad(r, r->line, "too many lines that are not of cases");
	for (size_t i = 0; i + 1 < b->n; i++)
		if (b->entries[i].kind == last->kind &&
		    strcmp(b->entries[i].name, last->name) == 0 && !b->entries[i].condition &&
		    (!last->detail || strcmp(b->entries[i].detail, last->detail) == 0))
			return bad(r, r->line, "this is said above already");
	return 0;
}

struct named {
	const struct entry *e;
};

static int by_name_and_line(const void *a, const void *b)
{
	const struct entry *x = ((const struct named *)a)->e, *y = ((const struct named *)b)->e;
	int d = strcmp(x->name, y->name);

	return d ? d : (x->line > y->line) - (x->line < y->line);
}

/* The same for cases, of which there are many. */
static int check_dead_cases(const struct baseline *b, const char *file, struct diag *d)
{
	struct named *list = NULL;
	size_t n = 0;
	int ret = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->entries[i].kind == ENTRY_CASE)
			vec_add(list, n)->e = &b->entries[i];
	if (n)
		qsort(list, n, sizeof(*list), by_name_and_line);
	for (size_t i = 1; i < n && !ret; i++) {
		const struct entry *above = list[i - 1].e, *e = list[i].e;
		char *text;

		if (strcmp(above->name, e->name) != 0 || above->condition)
			continue;
		text = entry_text(e);
		ret = diag_at(d, file, e->line, text, NULL,
			      "this never counts: line %u is for the same, on all engines",
			      above->line);
		free(text);
	}
	free(list);
	return ret;
}

int baseline_parse(struct baseline *b, const char *text, const char *file, struct diag *d)
{
	struct reader r = { .file = file, .d = d };
	size_t n_others = 0;
	bool version = false;

	memset(b, 0, sizeof(*b));
	for (const char *s = text; *s;) {
		struct entry *e = vec_add(b->entries, b->n);

		r.line = r.s = s;
		r.end = strchrnul(s, '\n');
		r.number++;
		s = r.end + (*r.end == '\n');
		while (r.end > r.line && (r.end[-1] == ' ' || r.end[-1] == '\t'))
			r.end--;
		if (parse_line(&r, e) || check_dead(b, &r, &n_others))
			goto fail;
		version |= e->kind == ENTRY_VERSION;
		if (!version && e->kind != ENTRY_RAW) {
			bad(&r, r.line,
			    "the first line of a baseline is: baseline " BASELINE_VERSION);
			goto fail;
		}
	}
	if (!version) {
		diag_at(d, file, 1, "", NULL,
			"no baseline: its first line is: baseline " BASELINE_VERSION);
		goto fail;
	}
	if (!check_dead_cases(b, file, d))
		return 0;
fail:
	baseline_release(b);
	return -1;
}

char *entry_text(const struct entry *e)
{
	struct text t = { 0 };

	if (e->kind == ENTRY_RAW)
		return xstrdup(e->name);
	text_printf(&t, "%s %s", kind_words[e->kind], e->name);
	if (e->kind == ENTRY_CASE)
		text_printf(&t, " %s %s", e->level == ANY_LEVEL ? "any" : level_words[e->level],
			    verdict_names[e->verdict]);
	if (e->detail)
		text_printf(&t, " %s", e->detail);
	if (e->condition)
		text_printf(&t, " if %s", e->condition);
	if (e->reason)
		text_printf(&t, "  # %s", e->reason);
	return t.s;
}

void baseline_print(FILE *out, const struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++) {
		char *text = entry_text(&b->entries[i]);

		fprintf(out, "%s\n", text);
		free(text);
	}
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

struct entry entry_copy(const struct entry *e)
{
	struct entry new = *e;

	new.name = copy(e->name);
	new.detail = copy(e->detail);
	new.condition = copy(e->condition);
	new.reason = copy(e->reason);
	return new;
}

void entry_release(struct entry *e)
{
	free(e->name);
	free(e->detail);
	free(e->condition);
	free(e->reason);
}

void baseline_release(struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++)
		entry_release(&b->entries[i]);
	free(b->entries);
	memset(b, 0, sizeof(*b));
}
