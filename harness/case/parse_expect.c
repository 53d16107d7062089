// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Expectations. They are kept as text in the very form in which the executor writes what it
 * observed, so that comparing the two is comparing strings.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "parse_step.h"

typedef int (*expect_fn)(struct parser *p, size_t i, FILE *out);

static int expect_status(struct parser *p, size_t i, FILE *out)
{
	if (!word_eq(&p->words[i], "0"))
		return parse_error(p, p->words[i].s, "expected 0 or the name of an errno");
	fputs("0", out);
	return 1;
}

static int expect_number(struct parser *p, size_t i, FILE *out)
{
	uint64_t n;

	if (word_number(&p->words[i], &n))
		return parse_error(p, p->words[i].s, "expected a number or the name of an errno");
	fprintf(out, "%llu", (unsigned long long)n);
	return 1;
}

static int expect_text(struct parser *p, size_t i, FILE *out)
{
	uint64_t n;

	if (word_number(&p->words[i], &n) == 0)
		fprintf(out, "%llu", (unsigned long long)n);
	else
		fprintf(out, "%.*s", (int)p->words[i].len, p->words[i].s);
	return 1;
}

/* 0:1 7:3 ... : the 64-bit words of a large value that are not zero, in order. */
static int expect_words(struct parser *p, size_t i, FILE *out)
{
	uint64_t index, value, last = 0;
	size_t from = i;

	for (; i < p->n_words; i++) {
		const struct word *w = &p->words[i];
		const char *colon = memchr(w->s, ':', w->len);
		struct word a = { w->s, colon ? (size_t)(colon - w->s) : 0 };
		struct word b = { colon ? colon + 1 : w->s, 0 };

		b.len = w->len - (size_t)(b.s - w->s);
		if (!colon || word_number(&a, &index) || word_number(&b, &value))
			return parse_error(p, w->s, "expected INDEX:VALUE, both numbers");
		if (i > from && index <= last)
			return parse_error(p, w->s, "words of a value stand in order");
		if (value == 0)
			return parse_error(p, w->s, "only words that are not zero are named");
		last = index;
		fprintf(out, "%s%llu:%llu", i > from ? " " : "", (unsigned long long)index,
			(unsigned long long)value);
	}
	return (int)(i - from);
}

static int expect_value(struct parser *p, size_t i, FILE *out)
{
	const struct word *w = &p->words[i];
	struct word rest;
	uint8_t *hex;
	size_t len;

	if (word_eq(w, "zero") || handle_known(p, w->s, w->len)) {
		fprintf(out, "%.*s", (int)w->len, w->s);
		return 1;
	}
	if (word_starts(w, "hex:", &rest)) {
		if (word_hex(&rest, &hex, &len))
			return parse_error(p, rest.s, "hex: and pairs of hexadecimal digits");
		fputs("hex:", out);
		for (size_t b = 0; b < len; b++)
			fprintf(out, "%02x", hex[b]);
		free(hex);
		return 1;
	}
	if (memchr(w->s, ':', w->len))
		return expect_words(p, i, out);
	return expect_number(p, i, out);
}

/* One of the words behind a run's return value: len=N, @OFFSET=HEX, FIELD=N. */
static int expect_change(struct parser *p, const struct word *w, FILE *out)
{
	const char *eq = memchr(w->s, '=', w->len);
	struct word name = { w->s, eq ? (size_t)(eq - w->s) : 0 }, offset;
	struct word value = { eq ? eq + 1 : w->s, 0 };
	uint8_t *hex;
	uint64_t n;
	size_t len;

	value.len = w->len - (size_t)(value.s - w->s);
	if (eq && word_starts(&name, "@", &offset)) {
		if (word_number(&offset, &n) || word_hex(&value, &hex, &len))
			return parse_error(p, w->s, "expected @OFFSET=HEX");
		fprintf(out, " @%llu=", (unsigned long long)n);
		for (size_t b = 0; b < len; b++)
			fprintf(out, "%02x", hex[b]);
		free(hex);
		return 0;
	}
	if (!eq || (!word_eq(&name, "len") && !ctx_field_find(name.s, name.len)) ||
	    word_number(&value, &n))
		return parse_error(p, w->s, "expected len=N, @OFFSET=HEX or FIELD=N");
	fprintf(out, " %.*s=%llu", (int)name.len, name.s, (unsigned long long)n);
	return 0;
}

static int expect_run(struct parser *p, size_t i, FILE *out)
{
	size_t from = i;
	uint64_t n;

	if (word_number(&p->words[i], &n))
		return parse_error(p, p->words[i].s,
				   "expected a return value or the name of an errno");
	fprintf(out, "%u", (uint32_t)n);
	for (i++; i < p->n_words; i++)
		if (expect_change(p, &p->words[i], out))
			return -1;
	return (int)(i - from);
}

static const expect_fn by_kind[] = {
	[RESULT_STATUS] = expect_status, [RESULT_VALUE] = expect_value,
	[RESULT_NUMBER] = expect_number, [RESULT_TEXT] = expect_text,
	[RESULT_RUN] = expect_run,
};

/*
 * To compile an interval or a plus sign repeats what it is of, and one behind the other multiplies:
 * a line has room for more than any memory. So there are none; behind a backslash they are what is
 * meant.
 */
static const char *repeats(const char *regex)
{
	for (; *regex && *regex != '{' && *regex != '+'; regex++)
		if (*regex == '\\' && regex[1])
			regex++;
	return *regex ? regex : NULL;
}

/*
 * log=/REGEX/ behind the errno of a load or of a map, up to the end of the words: blanks and
 * slashes in it mean themselves. The observation is the word `log` where it matches. log="": there
 * is no reason in it. Words used, or -1.
 */
static int expect_log(struct parser *p, size_t i, struct step *s, FILE *out)
{
	const struct word *last = &p->words[p->n_words - 1];
	const char *end = last->s + last->len;
	struct word regex;
	regex_t compiled;
	char why[96];
	int err;

	if ((s->op != STEP_PROG && s->op != STEP_MAP) || i == p->n_words ||
	    !word_starts(&p->words[i], "log=", &regex))
		return 0;
	if (word_eq(&regex, "\"\"") && i + 1 == p->n_words) {
		s->log = xstrdup("");
		fputs(" log=\"\"", out);
		return 1;
	}
	if (*regex.s != '/' || end - regex.s < 3 || end[-1] != '/')
		return parse_error(p, regex.s, "log= and an expression in slashes, or \"\"");
	s->log = xstrndup(regex.s + 1, (size_t)(end - regex.s) - 2);
	if (repeats(s->log))
		return parse_error(p, regex.s + 1 + (repeats(s->log) - s->log),
				   "neither {} nor + in expressions: write xx*; \\+ is the sign");
	err = regcomp(&compiled, s->log, LOG_REGEX);
	if (err) {
		regerror(err, &compiled, why, sizeof(why));
		return parse_error(p, regex.s + 1, "not a regular expression: %s", why);
	}
	regfree(&compiled);
	fputs(" log", out);
	return (int)(p->n_words - i);
}

/* The name of an errno, and what may stand behind it. */
static int expect_errno(struct parser *p, size_t i, struct step *s, FILE *out)
{
	int more;

	fprintf(out, "%.*s", (int)p->words[i].len, p->words[i].s);
	more = expect_log(p, i + 1, s, out);
	return more < 0 ? -1 : 1 + more;
}

int parse_expect(struct parser *p, const struct verb *v, size_t eq, struct step *s)
{
	size_t i = eq + 1, len;
	FILE *out;
	int used;

	if (eq == p->n_words) {
		if (!v->zero_implied)
			return parse_error(p, p->line_end, "%s needs an expectation: = ...",
					   v->name);
		s->expect = xstrdup("0");
		return 0;
	}
	if (i == p->n_words)
		return parse_error(p, p->line_end, "the expectation is missing");
	out = open_memstream(&s->expect, &len);
	if (!out)
		return parse_error(p, NULL, "out of memory");
	if (errno_find(p->words[i].s, p->words[i].len))
		used = expect_errno(p, i, s, out);
	else
		used = by_kind[v->result](p, i, out);
	fclose(out);
	if (used < 0)
		return -1;
	if (i + (size_t)used < p->n_words)
		return parse_error(p, p->words[i + (size_t)used].s, "one word too many");
	return 0;
}
