// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"

#define NONE	    "none"
#define NOT_OFFERED "not-offered"

struct parser {
	struct profiles *p;
	struct profile *now;
	const char *file;
	unsigned int line;
	const char *text; /* of the line */
	struct diag *d;
};

static bool is(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && !memcmp(word, name, n);
}

static int fail(const struct parser *s, const char *at, const char *what)
{
	return diag_at(s->d, s->file, s->line, s->text, at, "%s", what);
}

/* The next word of the line, or NULL; *n is its length. */
static const char *word(const char **at, size_t *n)
{
	const char *w = *at + strspn(*at, " \t");

	*n = strcspn(w, " \t\n");
	*at = w + *n;
	return *n ? w : NULL;
}

static int quirk_words(const struct parser *s, const char *at, struct profile_engine *e)
{
	const char *w;
	size_t n;

	while ((w = word(&at, &n))) {
		char name[64];
		int q;

		snprintf(name, sizeof(name), "%.*s", (int)(n < 63 ? n : 63), w);
		q = quirk_by_name(name);
		if (q < 0)
			return fail(s, w, "no quirk has this name: see tailcheck quirks");
		if (e->quirks & QUIRK_BIT(q))
			return fail(s, w, "this quirk stands here twice");
		e->quirks |= QUIRK_BIT(q);
	}
	return 0;
}

static int engine_line(const struct parser *s, const char *name, size_t len, const char *at)
{
	const char *rest = at, *w;
	struct profile_engine *e;
	size_t n;

	if (!s->now)
		return fail(s, name, "a profile begins with a line \"profile KERNEL\"");
	if (len >= sizeof(e->name))
		return fail(s, name, "the name of an engine is shorter");
	for (size_t i = 0; i < s->now->n_engines; i++)
		if (is(name, len, s->now->engines[i].name))
			return fail(s, name, "this engine stands here twice");
	if (s->now->n_engines == MAX_ENGINES)
		return fail(s, name, "no kernel has so many engines");
	e = &s->now->engines[s->now->n_engines++];
	memcpy(e->name, name, len);
	e->offered = true;
	w = word(&rest, &n);
	if (!w)
		return fail(s, at, "names of quirks, or none, or not-offered");
	if (is(w, n, NONE) || is(w, n, NOT_OFFERED)) {
		e->offered = is(w, n, NONE);
		return word(&rest, &n) ? fail(s, rest - n, "nothing can follow this") : 0;
	}
	return quirk_words(s, at, e);
}

static int profile_line(struct parser *s, const char *at)
{
	const char *w;
	char *kernel;
	size_t n;

	w = word(&at, &n);
	if (!w)
		return fail(s, at, "the name of a kernel");
	kernel = xstrndup(w, n);
	s->now = profiles_find(s->p, kernel) ? NULL : profiles_add(s->p, kernel);
	free(kernel);
	return s->now ? 0 : fail(s, w, "this kernel has a profile already");
}

static int parse_line(struct parser *s)
{
	const char *at = s->text, *w;
	size_t n;

	w = word(&at, &n);
	if (!w || *w == '#')
		return 0;
	if (is(w, n, "profile"))
		return profile_line(s, at);
	if (!is(w, n, "package"))
		return engine_line(s, w, n, at);
	if (!s->now)
		return fail(s, w, "a profile begins with a line \"profile KERNEL\"");
	at += strspn(at, " \t");
	free(s->now->package);
	s->now->package = xstrndup(at, strcspn(at, "\n"));
	return 0;
}

int profiles_parse(struct profiles *p, const char *text, const char *file, struct diag *d)
{
	struct parser s = { .p = p, .file = file, .d = d };

	memset(p, 0, sizeof(*p));
	while (*text) {
		s.line++;
		s.text = text;
		if (parse_line(&s)) {
			profiles_release(p);
			return -1;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

static void print_engine(FILE *out, const struct profile_engine *e)
{
	fputs(e->name, out);
	if (!e->offered)
		fputs(" " NOT_OFFERED, out);
	else if (!e->quirks)
		fputs(" " NONE, out);
	for (int q = 0; q < QUIRK_COUNT; q++)
		if (e->quirks & QUIRK_BIT(q))
			fprintf(out, " %s", quirks[q].name);
	fputc('\n', out);
}

void profiles_print(FILE *out, const struct profiles *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct profile *one = &p->list[i];

		fprintf(out, "%sprofile %s\npackage %s\n", i ? "\n" : "", one->kernel,
			one->package ? one->package : "");
		for (size_t e = 0; e < one->n_engines; e++)
			print_engine(out, &one->engines[e]);
	}
}

void profiles_release(struct profiles *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].kernel);
		free(p->list[i].package);
	}
	free(p->list);
	memset(p, 0, sizeof(*p));
}

struct profile *profiles_find(const struct profiles *p, const char *kernel)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->list[i].kernel, kernel))
			return &p->list[i];
	return NULL;
}

struct profile *profiles_add(struct profiles *p, const char *kernel)
{
	struct profile *one = profiles_find(p, kernel);

	if (!one) {
		one = vec_add(p->list, p->n);
		one->kernel = xstrdup(kernel);
	}
	return one;
}

void profiles_set(struct profiles *p, const char *kernel, const char *package,
		  const struct run_results *r)
{
	struct profile *one = profiles_add(p, kernel);

	free(one->package);
	one->package = xstrdup(package);
	one->n_engines = 0;
	for (size_t i = 0; i < r->n_engines; i++) {
		struct profile_engine *e = &one->engines[one->n_engines++];

		snprintf(e->name, sizeof(e->name), "%s", r->engines[i].name);
		e->offered = r->engines[i].offered;
		e->quirks = r->engines[i].quirks;
	}
}

static size_t place(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* There are few: one after the other is put where it belongs. */
void profiles_sort(struct profiles *p, const char *const *names)
{
	for (size_t i = 1; i < p->n; i++)
		for (size_t j = i;
		     j && place(names, p->list[j].kernel) < place(names, p->list[j - 1].kernel);
		     j--) {
			struct profile swap = p->list[j];

			p->list[j] = p->list[j - 1];
			p->list[j - 1] = swap;
		}
}

static void differing_quirks(FILE *out, const char *engine, quirk_set known, quirk_set found)
{
	for (int q = 0; q < QUIRK_COUNT; q++) {
		quirk_set bit = QUIRK_BIT(q);

		if ((known ^ found) & bit)
			fprintf(out, "%s: %s %s\n", engine, quirks[q].name,
				found & bit ? "was found, and is not in the profile"
					    : "is in the profile, and was not found");
	}
}

static void engine_differences(FILE *out, const struct profile *known,
			       const struct engine_results *er)
{
	const struct profile_engine *e = NULL;

	for (size_t i = 0; i < known->n_engines; i++)
		if (!strcmp(known->engines[i].name, er->name))
			e = &known->engines[i];
	if (!e)
		fprintf(out, "%s: this engine is not in the profile\n", er->name);
	else if (e->offered != er->offered)
		fprintf(out, "%s: the profile says that it is %soffered\n", er->name,
			e->offered ? "" : "not ");
	else
		differing_quirks(out, er->name, e->quirks, er->quirks);
}

char *profile_differences(const struct profile *known, const struct run_results *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	for (size_t e = 0; e < r->n_engines; e++)
		engine_differences(out, known, &r->engines[e]);
	for (size_t i = 0; i < known->n_engines; i++) {
		bool there = false;

		for (size_t e = 0; e < r->n_engines && !there; e++)
			there = !strcmp(known->engines[i].name, r->engines[e].name);
		if (!there)
			fprintf(out, "%s: this engine is in the profile, and not in the run\n",
				known->engines[i].name);
	}
	fclose(out);
	if (*text)
		return text;
	free(text);
	return NULL;
}
