// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Text to cases, line by line. Arguments of a step are parse_step.c. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/slurp.h"
#include "condition.h"
#include "parse_race.h"

const char *const claim_relation_words[N_CLAIM_RELATIONS] = { "claim", "contradicts", "qualifies" };

int parse_error(struct parser *p, const char *at, const char *fmt, ...)
{
	char message[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return diag_at(p->d, p->file, p->line_nr, p->line, at, "%s", message);
}

/* Append one line (a comment or a blank) to the notes that the next thing will carry. */
static void note(struct parser *p, const char *text, size_t len)
{
	size_t old = p->notes ? strlen(p->notes) : 0;

	/* Several blank lines count as one. */
	if (len == 0 && old && (old == 1 || p->notes[old - 2] == '\n'))
		return;
	p->notes = xreallocarray(p->notes, old + len + 2, 1);
	memcpy(p->notes + old, text, len);
	p->notes[old + len] = '\n';
	p->notes[old + len + 1] = '\0';
}

static char *take_notes(struct parser *p)
{
	char *notes = p->notes;

	p->notes = NULL;
	return notes;
}

static const char *rest_of_line(struct parser *p, const char *s, size_t *len)
{
	const char *end = p->line_end;

	while (s < end && isblank((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*len = (size_t)(end - s);
	return s;
}

/* The lines of a case's head that are free text: word, and where the text goes. */
static int head_text(struct parser *p, char ***list, size_t *n, const char *after)
{
	size_t len;
	const char *text = rest_of_line(p, after, &len);

	if (len == 0)
		return parse_error(p, after, "the text is missing");
	*vec_add(*list, *n) = xstrndup(text, len);
	return 0;
}

static int head_claims(struct parser *p, struct test_case *c, enum claim_relation relation)
{
	struct claim_ref *ref;

	if (p->n_words < 2)
		return parse_error(p, p->words[0].s, "the claim's id is missing");
	for (size_t i = 1; i < p->n_words; i++) {
		if (!case_name_ok(p->words[i].s, p->words[i].len))
			return parse_error(p, p->words[i].s,
					   "a claim's id is a name like area.topic");
		if (c->n_claims == MAX_CLAIMS)
			return parse_error(p, p->words[i].s, "a case names at most %d claims",
					   MAX_CLAIMS);
		ref = vec_add(c->claims, c->n_claims);
		ref->id = xstrndup(p->words[i].s, p->words[i].len);
		ref->relation = relation;
		ref->line = p->line_nr;
		ref->at = p->words[i].s;
		/* In the order in which they are printed. */
		for (; ref > c->claims && ref[-1].relation > relation; ref--) {
			struct claim_ref other = ref[-1];

			ref[-1] = ref[0];
			ref[0] = other;
		}
	}
	return 0;
}

static int head_level(struct parser *p, struct test_case *c)
{
	static const char *const names[] = { "must", "should", "may" };

	if (p->n_words == 2) {
		for (int i = 0; i < 3; i++) {
			if (word_eq(&p->words[1], names[i])) {
				c->level = (enum level)i;
				return 0;
			}
		}
	}
	return parse_error(p, p->n_words > 1 ? p->words[1].s : p->words[0].s,
			   "a level is must, should or may");
}

static int head_needs(struct parser *p, struct test_case *c, const char *after)
{
	size_t len;
	const char *text = rest_of_line(p, after, &len);
	const char *at;

	if (c->needs)
		return parse_error(p, p->words[0].s, "a case has one line of needs; join with &");
	c->needs = xstrndup(text, len);
	if (condition_check(c->needs, &at))
		return parse_error(p, text + (at - c->needs),
				   "not a condition: names with & | ! ( )");
	return 0;
}

static int begin_case(struct parser *p)
{
	struct test_case *c;

	if (p->n_words != 2 || !case_name_ok(p->words[1].s, p->words[1].len))
		return parse_error(
			p, p->n_words > 1 ? p->words[1].s : p->words[0].s,
			"a case has a name like area.topic (letters, digits, _ - and .)");
	if (p->out->n_cases && case_finish(p))
		return -1;
	c = vec_add(p->out->cases, p->out->n_cases);
	c->name = xstrndup(p->words[1].s, p->words[1].len);
	c->file = xstrdup(p->file);
	c->line = p->line_nr;
	c->notes = take_notes(p);
	c->text = p->line;
	p->c = c;
	p->n_handles = 0;
	return 0;
}

/* Close the current case: what only shows at its end. */
int case_finish(struct parser *p)
{
	struct test_case *c = p->c;

	c->text_len = (size_t)(p->line - c->text);
	if (race_end(p))
		return -1;
	if (!c->n_about)
		return diag_at(p->d, p->file, c->line, c->text, NULL,
			       "case %s has no about line: say what it shows", c->name);
	if (!c->n_steps)
		return diag_at(p->d, p->file, c->line, c->text, NULL, "case %s has no steps",
			       c->name);
	return 0;
}

/* The head has no place for comments at the ends of lines: they move before the first step. */
static int keep_tail(struct parser *p)
{
	char *text;

	if (!p->tail)
		return 0;
	text = xasprintf("#%s%.*s", p->tail_len ? " " : "", (int)p->tail_len, p->tail);
	note(p, text, strlen(text));
	free(text);
	return 0;
}

static int directive(struct parser *p)
{
	const struct word *w = &p->words[0];
	const char *after = w->s + w->len;
	struct test_case *c = p->c;
	bool head = c && c->n_steps == 0;
	static const char *const heads[] = { "about",  "claim", "contradicts", "qualifies",
					     "source", "level", "needs" };

	if (word_eq(w, "case"))
		return begin_case(p) ? -1 : keep_tail(p);
	if (!c)
		return parse_error(p, w->s, "a file begins with a case line");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (word_eq(w, heads[i]) && !head)
			return parse_error(p, w->s, "%s lines stand before the first step",
					   heads[i]);
	if (word_eq(w, "about"))
		return head_text(p, &c->about, &c->n_about, after);
	if (word_eq(w, "source"))
		return head_text(p, &c->sources, &c->n_sources, after);
	for (int i = 0; i < N_CLAIM_RELATIONS; i++)
		if (word_eq(w, claim_relation_words[i]))
			return head_claims(p, c, (enum claim_relation)i) ? -1 : keep_tail(p);
	if (word_eq(w, "level"))
		return head_level(p, c) ? -1 : keep_tail(p);
	if (word_eq(w, "needs"))
		return head_needs(p, c, after);
	return parse_step(p);
}

/* Is this line, up to @end, part of a program: indented, or blank with an indented one to follow?
 */
static bool blank_line(const char *s, const char *end)
{
	while (s < end && isspace((unsigned char)*s))
		s++;
	return s == end;
}

const char *body_end(struct parser *p, const char *from, unsigned int *lines)
{
	const char *s = from, *last = from;
	unsigned int n = 0;

	*lines = 0;
	while (s < p->end) {
		const char *nl = memchr(s, '\n', (size_t)(p->end - s));
		const char *end = nl ? nl : p->end;
		bool blank = blank_line(s, end);

		if (!blank && !isblank((unsigned char)*s))
			break;
		s = nl ? nl + 1 : p->end;
		n++;
		if (!blank) {
			last = s;
			*lines = n;
		}
	}
	return last;
}

/* Split the line into words up to a comment; ` = ` and what follows is split as well. */
static int split(struct parser *p)
{
	const char *s = p->line;

	p->n_words = 0;
	p->tail = NULL;
	for (;;) {
		while (s < p->line_end && isspace((unsigned char)*s))
			s++;
		if (s == p->line_end)
			return 0;
		if (*s == '#') {
			size_t len;
			const char *text = rest_of_line(p, s + 1, &len);

			p->tail = text;
			p->tail_len = len;
			return 0;
		}
		if (p->n_words == MAX_WORDS)
			return parse_error(p, s, "too many words on a line (at most %d)",
					   MAX_WORDS);
		p->words[p->n_words].s = s;
		while (s < p->line_end && !isspace((unsigned char)*s))
			s++;
		p->words[p->n_words].len = (size_t)(s - p->words[p->n_words].s);
		p->n_words++;
	}
}

static int parse_line(struct parser *p)
{
	const char *s = p->line;

	while (s < p->line_end && isspace((unsigned char)*s))
		s++;
	if (memchr(p->line, '\0', (size_t)(p->line_end - p->line)))
		return parse_error(p, NULL, "a NUL byte: this is not case text");
	if (p->line_end - p->line > MAX_LINE)
		return parse_error(p, NULL, "a line is longer than %d bytes", MAX_LINE);
	if (s == p->line_end) {
		note(p, "", 0);
		return 0;
	}
	if (isblank((unsigned char)p->line[0]) && *s != '#')
		return parse_error(p, s, "an indented line belongs under a prog line");
	if (*s == '#') {
		size_t len;
		const char *text = rest_of_line(p, s, &len);

		note(p, text, len);
		return 0;
	}
	if (split(p))
		return -1;
	return directive(p);
}

static int parse_all(struct parser *p)
{
	while (p->next < p->end) {
		const char *nl = memchr(p->next, '\n', (size_t)(p->end - p->next));

		p->line = p->next;
		p->line_end = nl ? nl : p->end;
		p->next = nl ? nl + 1 : p->end;
		p->line_nr++;
		if (parse_line(p))
			return -1;
	}
	p->line = p->end;
	if (!p->c)
		return diag_at(p->d, p->file, 0, NULL, NULL, "there is no case in this file");
	return case_finish(p);
}

static int by_name(const void *a, const void *b)
{
	const struct test_case *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : (*x)->line < (*y)->line ? -1 : 1;
}

static int unique_names(struct parser *p)
{
	struct case_file *f = p->out;
	const struct test_case **sorted = xcalloc(f->n_cases, sizeof(const struct test_case *));
	int ret = 0;

	for (size_t i = 0; i < f->n_cases; i++)
		sorted[i] = &f->cases[i];
	qsort(sorted, f->n_cases, sizeof(const struct test_case *), by_name);
	for (size_t i = 1; i < f->n_cases && !ret; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			ret = diag_at(p->d, p->file, sorted[i]->line, sorted[i]->text, NULL,
				      "case %s was defined on line %u already", sorted[i]->name,
				      sorted[i - 1]->line);
	free(sorted);
	return ret;
}

int case_file_parse(struct case_file *f, const char *text, size_t len, const char *file,
		    struct diag *d)
{
	struct parser p = { .file = file, .d = d, .out = f };
	int ret;

	memset(f, 0, sizeof(*f));
	if (len > CASE_FILE_MAX)
		return diag_at(d, file, 0, NULL, NULL, "larger than %u MiB", CASE_FILE_MAX >> 20);
	f->text = xcalloc(len + 1, 1);
	memcpy(f->text, text, len);
	p.next = f->text;
	p.end = f->text + len;
	ret = parse_all(&p);
	if (!ret)
		ret = unique_names(&p);
	f->notes = take_notes(&p);
	parser_release(&p);
	if (ret)
		case_file_release(f);
	return ret;
}

int case_file_read(struct case_file *f, const char *path, struct diag *d)
{
	FILE *in = fopen(path, "re");
	size_t len;
	char *text;
	int ret;

	if (!in)
		return diag_at(d, path, 0, NULL, NULL, "cannot open: %s", strerror(errno));
	text = slurp(in, CASE_FILE_MAX, &len);
	if (!text)
		ret = diag_at(d, path, 0, NULL, NULL, "cannot read: %s", strerror(errno));
	else
		ret = case_file_parse(f, text, len, path, d);
	fclose(in);
	free(text);
	return ret;
}
