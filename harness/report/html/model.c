// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../judge/normative.h"
#include "../../judge/transcript.h"
#include "../../vm/kernel_image.h"
#include "../report.h"

/* Runs of older programs do not say; the names of kernels do. */
static const char *arch_of(const struct record *r)
{
	for (const struct vm_arch *a = vm_arches; a->name; a++)
		if (!strcmp(a->name, r->arch))
			return a->name;
	for (const struct kernel_name *k = kernel_names; k->name; k++)
		if (!strcmp(k->name, r->kernel))
			return k->arch;
	return vm_arches->name;
}

static int arch_rank(const char *arch)
{
	int n = 0;

	while (vm_arches[n].name && strcmp(vm_arches[n].name, arch) != 0)
		n++;
	return n;
}

/*
 * The upstream version: of the package, since a release is no more than "6.1.0-50-cloud-amd64", or
 * of the release. "7.3~rc7-1~exp1" is 7.3-rc7.
 */
static char *version_of(const struct record *r)
{
	const char *blank = strchr(r->package, ' ');
	const char *from = blank ? blank + 1 : r->release;
	size_t n = strspn(from, "0123456789.");

	if (!n)
		return xstrdup(*r->release ? r->release : r->kernel);
	if ((from[n] == '~' || from[n] == '-') && !strncmp(from + n + 1, "rc", 2))
		return xasprintf("%.*s-rc%.*s", (int)n, from,
				 (int)strspn(from + n + 3, "0123456789"), from + n + 3);
	return xstrndup(from, n);
}

/* As strverscmp(3), but a release candidate comes before its release. */
static int compare_versions(const char *a, const char *b)
{
	size_t n = strcspn(a, "-"), m = strcspn(b, "-");

	if (n == m && !strncmp(a, b, n) && (!a[n]) != (!b[m]))
		return a[n] ? -1 : 1;
	return strverscmp(a, b);
}

static int by_arch_and_version(const void *x, const void *y)
{
	const struct shown_kernel *a = x, *b = y;
	int order = arch_rank(a->arch) - arch_rank(b->arch);

	if (!order)
		order = compare_versions(a->label, b->label);
	return order ? order : strverscmp(a->record->kernel, b->record->kernel);
}

static size_t engine_index(struct report *r, const char *name)
{
	size_t i = 0;

	while (i < r->n_engines && strcmp(r->engines[i].name, name) != 0)
		i++;
	if (i == r->n_engines && i < MAX_ENGINES)
		r->engines[r->n_engines++].name = name;
	return i;
}

/* The kernel's three are known by theirs; others get the first of their own that is free. */
static void choose_letters(struct report *r)
{
	static const char *const known[][2] = { { "jit", "J" },
						{ "interp", "I" },
						{ "jit-hardened", "H" } };
	char used[MAX_ENGINES + 4] = "JIH";

	for (size_t e = 0; e < r->n_engines; e++) {
		const char *name = r->engines[e].name;

		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (!strcmp(name, known[k][0]))
				r->engines[e].letter = *known[k][1];
		for (const char *s = name; *s && !r->engines[e].letter; s++)
			if (isalpha((unsigned char)*s) && !strchr(used, toupper((unsigned char)*s)))
				r->engines[e].letter = (char)toupper((unsigned char)*s);
		if (!r->engines[e].letter)
			r->engines[e].letter = (char)('0' + e);
		used[strlen(used)] = r->engines[e].letter;
	}
}

static void add_columns(struct report *r)
{
	for (size_t k = 0; k < r->n_kernels; k++) {
		struct shown_kernel *sk = &r->kernels[k];

		sk->first = r->n_columns;
		for (size_t e = 0; e < sk->record->n_engines; e++) {
			size_t engine = engine_index(r, sk->record->engines[e].name);

			if (engine < MAX_ENGINES)
				*vec_add(r->columns, r->n_columns) =
					(struct column){ k, engine, e };
		}
		sk->n = r->n_columns - sk->first;
	}
	choose_letters(r);
}

/* The version alone where that is enough. */
static void make_labels(struct report *r)
{
	for (size_t k = 0; k < r->n_kernels; k++) {
		struct shown_kernel *sk = &r->kernels[k];
		char *label = sk->label;

		if (arch_rank(sk->arch)) {
			sk->label = xasprintf("%s %s", label, sk->arch);
			free(label);
		}
	}
	for (size_t k = 1; k < r->n_kernels; k++) {
		struct shown_kernel *sk = &r->kernels[k];
		bool again = false;
		char *label = sk->label;

		for (size_t i = 0; i < k && !again; i++)
			again = !strcmp(r->kernels[i].label, sk->label);
		if (again) {
			sk->label = xasprintf("%s (%s, %zu)", label, sk->record->kernel, k + 1);
			free(label);
		}
	}
}

static void add_kernels(struct report *r)
{
	size_t n = r->in.records->n_records;

	if (n > MAX_COLUMNS / MAX_ENGINES) {
		r->left_out = n - MAX_COLUMNS / MAX_ENGINES;
		n = MAX_COLUMNS / MAX_ENGINES;
	}
	for (size_t i = 0; i < n; i++) {
		const struct record *rec = &r->in.records->records[i];
		struct shown_kernel *sk = vec_add(r->kernels, r->n_kernels);

		sk->record = rec;
		sk->arch = arch_of(rec);
		sk->label = version_of(rec);
	}
	if (r->n_kernels)
		qsort(r->kernels, r->n_kernels, sizeof(*r->kernels), by_arch_and_version);
	make_labels(r);
}

static int by_name(const void *x, const void *y)
{
	const struct shown_case *a = x, *b = y;

	return strcmp(a->c->name, b->c->name);
}

/* Of every name once. Where runs had different versions of a case, that of the last kernel. */
static void add_cases(struct report *r)
{
	size_t kept = 0;

	for (size_t k = r->n_kernels; k-- > 0;) {
		const struct suite *suite = &r->kernels[k].record->suite;
		size_t known = r->n_cases;

		for (size_t i = 0; i < suite->n_cases; i++) {
			struct shown_case key = { .c = suite->cases[i] };

			if (!known || !bsearch(&key, r->cases, known, sizeof(*r->cases), by_name))
				vec_add(r->cases, r->n_cases)->c = suite->cases[i];
		}
		if (r->n_cases != known)
			qsort(r->cases, r->n_cases, sizeof(*r->cases), by_name);
	}
	for (size_t c = 0; c < r->n_cases; c++)
		if (!kept || strcmp(r->cases[kept - 1].c->name, r->cases[c].c->name) != 0)
			r->cases[kept++] = r->cases[c];
	r->n_cases = kept;
}

/* Comments in transcripts (how often each result of a race came) are no part of what was given. */
static bool same_transcript(const char *a, const char *b)
{
	struct difference d;

	return strcmp(a, b) == 0 || !transcript_differs(a, b, &d);
}

static size_t answer_for(struct shown_case *sc, const struct result *res)
{
	const char *text = res->transcript ? res->transcript : "";
	struct answer *o;

	if (same_transcript(sc->expected, text))
		text = NULL;
	for (size_t i = 0; i < sc->n_answers; i++) {
		o = &sc->answers[i];
		if (o->verdict == res->verdict && o->because == res->because &&
		    !o->transcript == !text && (!text || same_transcript(o->transcript, text)))
			return i;
	}
	o = vec_add(sc->answers, sc->n_answers);
	o->verdict = res->verdict;
	o->because = res->because;
	o->transcript = text;
	return sc->n_answers - 1;
}

static bool is_generated(const char *name)
{
	return area_length(name) == 3 && !strncmp(name, "gen", 3);
}

static void add_answers(struct report *r, struct shown_case *sc)
{
	bool conforms = true;

	sc->expected = transcript_expected(sc->c);
	sc->at = xcalloc(r->n_columns + 1, sizeof(*sc->at));
	for (size_t i = 0; i < r->n_columns; i++) {
		struct shown_kernel *sk = &r->kernels[r->columns[i].kernel];
		struct result res = record_result(sk->record, sc->c, r->columns[i].local);

		sc->at[i] = NO_ANSWER;
		if (res.verdict == VERDICT_NONE) {
			sk->n_missing++;
			continue;
		}
		sc->at[i] = (uint16_t)answer_for(sc, &res);
		column_add(&sc->answers[sc->at[i]].columns, i);
		sc->answers[sc->at[i]].n_columns++;
		conforms = conforms && res.verdict == VERDICT_CONFORMS;
	}
	sc->folded = conforms && is_generated(sc->c->name);
}

void report_make(struct report *r, const struct report_input *in)
{
	memset(r, 0, sizeof(*r));
	r->in = *in;
	add_kernels(r);
	add_columns(r);
	add_cases(r);
	for (size_t c = 0; c < r->n_cases; c++)
		add_answers(r, &r->cases[c]);
}

void report_free(struct report *r)
{
	for (size_t c = 0; c < r->n_cases; c++) {
		free(r->cases[c].expected);
		free(r->cases[c].answers);
		free(r->cases[c].at);
	}
	for (size_t k = 0; k < r->n_kernels; k++)
		free(r->kernels[k].label);
	free(r->cases);
	free(r->kernels);
	free(r->columns);
}

const struct answer *report_answer(const struct report *r, size_t c, size_t column)
{
	const struct shown_case *sc = &r->cases[c];

	return sc->at[column] == NO_ANSWER ? NULL : &sc->answers[sc->at[column]];
}

size_t report_column(const struct report *r, size_t kernel, size_t engine)
{
	const struct shown_kernel *sk = &r->kernels[kernel];

	for (size_t i = sk->first; i < sk->first + sk->n; i++)
		if (r->columns[i].engine == engine)
			return i;
	return SIZE_MAX;
}
