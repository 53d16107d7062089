// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "observed.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/hash.h"
#include "../base/text.h"
#include "../case/condition.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"

/* A value that is longer is told by its beginning and its digest. */
#define MAX_VALUE 160
#define BEGINNING 80

/* The file's name for a kernel given by path, in the letters of conditions. */
static char *kernel_word(const char *kernel)
{
	const char *slash = strrchr(kernel, '/');
	char *word = xstrdup(slash ? slash + 1 : kernel);

	for (char *s = word; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.", *s))
			*s = '-';
	return word;
}

struct fact {
	const char *word;
	size_t len;
};

static bool is_fact(const struct fact *f, const char *text)
{
	return strlen(text) == f->len && memcmp(f->word, text, f->len) == 0;
}

static bool fact_holds(const char *word, size_t len, void *arg)
{
	const struct column *c = arg;
	struct fact f = { word, len };

	if (is_fact(&f, c->engine) || is_fact(&f, c->kernel) || is_fact(&f, c->run->arch))
		return true;
	for (size_t i = 0; i < c->run->engines[c->local].n_capabilities; i++)
		if (is_fact(&f, c->run->engines[c->local].capabilities[i]))
			return true;
	for (int q = 0; q < QUIRK_COUNT; q++)
		if (c->quirks & QUIRK_BIT(q) && is_fact(&f, quirks[q].name))
			return true;
	return false;
}

bool column_fits(const struct column *c, const char *condition)
{
	return !condition || condition_eval(condition, fact_holds, (void *)c);
}

static bool same_engine(const struct column *a, const struct column *b)
{
	return strcmp(a->engine, b->engine) == 0;
}

static bool same_kernel(const struct column *a, const struct column *b)
{
	return strcmp(a->kernel, b->kernel) == 0;
}

/* Is every column that is @like this one in the set? */
static bool covers(const struct observed *o, const bool *set, const struct column *c,
		   bool (*like)(const struct column *, const struct column *))
{
	for (size_t i = 0; i < o->n_columns; i++)
		if (!set[i] && like(&o->columns[i], c))
			return false;
	return true;
}

static void add_word(struct text *t, const struct observed *o, const bool *set, size_t i,
		     bool *told)
{
	const struct column *c = &o->columns[i];
	bool engine = covers(o, set, c, same_engine);
	bool kernel = !engine && covers(o, set, c, same_kernel);

	if (t->len)
		text_add(t, " | ");
	if (!engine)
		text_add(t, c->kernel);
	if (!engine && !kernel)
		text_add(t, " & ");
	if (!kernel)
		text_add(t, c->engine);
	for (size_t k = i; k < o->n_columns; k++)
		told[k] |= (kernel || same_engine(&o->columns[k], c)) &&
			   (engine || same_kernel(&o->columns[k], c));
}

char *describe_columns(const struct observed *o, const bool *set, bool named)
{
	bool *told = xcalloc(o->n_columns + 1, sizeof(*told)), all = true;
	struct text t = { 0 };

	for (size_t i = 0; i < o->n_columns; i++)
		all &= set[i] && !named;
	for (size_t i = 0; i < o->n_columns && !all; i++)
		if (set[i] && !told[i])
			add_word(&t, o, set, i, told);
	free(told);
	return t.s;
}

char *quote_value(const char *value, int len)
{
	int shown = len > MAX_VALUE ? BEGINNING : len;
	struct text t = { 0 };

	if (!value)
		return xstrdup("\"(nothing)\"");
	text_char(&t, '"');
	for (int i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c == '"' || c == '\\')
			text_printf(&t, "\\%c", c);
		else if (c < ' ' || c > '~')
			text_printf(&t, "\\x%02x", c);
		else
			text_char(&t, (char)c);
	}
	if (shown < len)
		text_printf(&t, "... %d bytes, %016" PRIx64, len,
			    hash_bytes(HASH_EMPTY, value, (size_t)len));
	text_char(&t, '"');
	return t.s;
}

/* Addresses, times and process ids are not the same twice: every number becomes N. */
static char *quote_splat(const char *line)
{
	struct text t = { 0 };
	char *quoted;

	for (const char *s = line; *s;) {
		const char *from = s;
		bool digit = false;

		while (isxdigit((unsigned char)*s) ||
		       (s == from + 1 && *from == '0' && *s == 'x')) {
			digit |= isdigit((unsigned char)*s) != 0;
			s++;
		}
		if (digit)
			text_char(&t, 'N');
		else
			text_bytes(&t, from, (size_t)(s > from ? s - from : 1));
		s += s == from;
	}
	quoted = quote_value(t.s ? t.s : "", (int)t.len);
	text_release(&t);
	return quoted;
}

static char *detail_of(const struct test_case *c, quirk_set found, const char *got)
{
	enum outcome outcome;
	char *wanted = transcript_reference(c, found, &outcome), *expected = transcript_expected(c);
	char *detail = NULL, *a, *b;
	struct difference d;

	/* As in the report of the run: see report_difference(). */
	if (transcript_differs(wanted, got, &d) || transcript_differs(expected, got, &d)) {
		a = quote_value(d.wanted, d.wanted_len);
		b = quote_value(d.got, d.got_len);
		detail = xasprintf("step %zu wanted %s got %s", d.step, a, b);
		free(a);
		free(b);
	}
	free(wanted);
	free(expected);
	return detail ? detail : xstrdup("step 0 wanted \"its quirks\" got \"none of them\"");
}

static void observe_one(struct observation *to, const struct column *col, const char *name,
			struct observed_case *as)
{
	const struct test_case *c = record_case(col->run, name);
	struct result res;

	to->missing = !c;
	if (!c)
		return;
	as->level = c->level;
	res = record_result(col->run, c, col->local);
	to->verdict = res.verdict;
	if (res.verdict == VERDICT_DIVERGES)
		to->detail = detail_of(c, col->quirks, res.transcript ? res.transcript : "");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct observed_case *)a)->name,
		      ((const struct observed_case *)b)->name);
}

/* The cases of all runs, each name once. */
static void name_cases(struct observed *o, const struct record *runs, size_t n)
{
	size_t kept = 0;

	for (size_t r = 0; r < n; r++)
		for (size_t c = 0; c < runs[r].suite.n_cases; c++)
			vec_add(o->cases, o->n_cases)->name = runs[r].suite.cases[c]->name;
	if (o->n_cases)
		qsort(o->cases, o->n_cases, sizeof(*o->cases), by_name);
	for (size_t i = 0; i < o->n_cases; i++)
		if (!kept || strcmp(o->cases[kept - 1].name, o->cases[i].name) != 0)
			o->cases[kept++] = o->cases[i];
	o->n_cases = kept;
}

static void observe_splats(struct observed *o, const struct record *run)
{
	for (size_t i = 0; i < run->n_splats; i++) {
		const struct run_splat *s = &run->splats[i];
		struct observed_splat *to = NULL, new = {
			.name = xstrdup(s->case_name ? s->case_name : "-"),
			.line = quote_splat(s->line),
		};

		for (size_t k = 0; k < o->n_splats && !to; k++)
			if (strcmp(o->splats[k].name, new.name) == 0 &&
			    strcmp(o->splats[k].line, new.line) == 0)
				to = &o->splats[k];
		if (to) {
			free(new.name);
			free(new.line);
		} else {
			to = vec_add(o->splats, o->n_splats);
			*to = new;
			to->on = xcalloc(o->n_columns + 1, sizeof(*to->on));
		}
		for (size_t k = 0; k < o->n_columns; k++)
			to->on[k] |= o->columns[k].run == run &&
				     (!s->engine || !*s->engine ||
				      strcmp(o->columns[k].engine, s->engine) == 0);
	}
}

static void observe_troubles(struct observed *o, const struct record *run)
{
	if (run->interrupted)
		*vec_add(o->troubles, o->n_troubles) =
			xasprintf("%s: the run is incomplete: it was interrupted\n", run->dir);
	if (!run->n_engines)
		*vec_add(o->troubles, o->n_troubles) =
			xasprintf("%s: the run has no engine\n", run->dir);
	if (*run->suite_trouble)
		*vec_add(o->troubles, o->n_troubles) =
			xasprintf("%s: error in the suite: %.*s\n", run->dir,
				  (int)strcspn(run->suite_trouble, "\n"), run->suite_trouble);
	for (size_t i = 0; i < run->n_strays; i++)
		*vec_add(o->troubles, o->n_troubles) =
			xasprintf("%s: summary.json has a case that cases.case does not have: %s\n",
				  run->dir, run->strays[i]);
	for (size_t i = 0; i < run->n_suite_errors; i++)
		*vec_add(o->troubles, o->n_troubles) = xasprintf(
			"%s: error in the suite: the reference does not give what %s expects\n",
			run->dir, run->suite_errors[i]);
}

void observe(struct observed *o, const struct record *runs, size_t n)
{
	memset(o, 0, sizeof(*o));
	for (size_t r = 0; r < n; r++)
		for (size_t e = 0; e < runs[r].n_engines; e++)
			*vec_add(o->columns, o->n_columns) = (struct column){
				&runs[r],
				e,
				kernel_word(runs[r].kernel),
				runs[r].engines[e].name,
				runs[r].engines[e].quirks,
				runs[r].engines[e].uncertain,
			};
	name_cases(o, runs, n);
	for (size_t i = 0; i < o->n_cases; i++) {
		o->cases[i].by = xcalloc(o->n_columns + 1, sizeof(*o->cases[i].by));
		for (size_t k = 0; k < o->n_columns; k++)
			observe_one(&o->cases[i].by[k], &o->columns[k], o->cases[i].name,
				    &o->cases[i]);
	}
	for (size_t r = 0; r < n; r++) {
		observe_splats(o, &runs[r]);
		observe_troubles(o, &runs[r]);
	}
}

void observed_release(struct observed *o)
{
	for (size_t i = 0; i < o->n_cases; i++) {
		for (size_t k = 0; k < o->n_columns; k++)
			free(o->cases[i].by[k].detail);
		free(o->cases[i].by);
	}
	for (size_t i = 0; i < o->n_splats; i++) {
		free(o->splats[i].name);
		free(o->splats[i].line);
		free(o->splats[i].on);
	}
	for (size_t i = 0; i < o->n_columns; i++)
		free(o->columns[i].kernel);
	for (size_t i = 0; i < o->n_troubles; i++)
		free(o->troubles[i]);
	free(o->cases);
	free(o->splats);
	free(o->columns);
	free(o->troubles);
	memset(o, 0, sizeof(*o));
}
