/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run of all of the project's cases that never was, with every verdict in it. */
#ifndef TAILCHECK_GATE_TEST_H
#define TAILCHECK_GATE_TEST_H

#include <string.h>

#include "../base/alloc.h"
#include "../base/hash.h"
#include "../case/case_test.h"
#include "../judge/normative.h"
#include "gate.h"

static const char *const fake_engines[] = { "jit", "interp", "jit-hardened" };

#define N_FAKE (sizeof(fake_engines) / sizeof(fake_engines[0]))

/* Most conform; the others are spread over the cases by their names. */
static inline enum verdict fake_verdict(const char *name, size_t e)
{
	static const enum verdict some[] = { VERDICT_QUIRK,    VERDICT_QUIRK,	VERDICT_UNSUPPORTED,
					     VERDICT_DIVERGES, VERDICT_CRASHED, VERDICT_TIMED_OUT };
	uint64_t h = hash_bytes(HASH_EMPTY + e % 2, name, strlen(name)) >> 8;

	return h % 3 ? VERDICT_CONFORMS : some[h / 3 % (sizeof(some) / sizeof(some[0]))];
}

/* As expected, but for the last line. */
static inline char *fake_transcript(const struct test_case *c)
{
	char *text = transcript_expected(c), *last = strrchr(text, '=');

	assert_non_null(last);
	if (last[1] && last[2] && last[3])
		memcpy(last, "= E", 4);
	else
		memcpy(last, "=", 2);
	return text;
}

static inline void fake_results(struct record *r)
{
	r->results = xcalloc(r->suite.n_cases * r->n_engines + 1, sizeof(*r->results));
	for (size_t c = 0; c < r->suite.n_cases; c++)
		for (size_t e = 0; e < r->n_engines; e++) {
			struct result *res = &r->results[c * r->n_engines + e];

			res->verdict = fake_verdict(r->suite.cases[c]->name, e);
			if (res->verdict == VERDICT_DIVERGES)
				res->transcript = fake_transcript(r->suite.cases[c]);
		}
}

/* Needs TAILCHECK_ROOT, as scripts/run-tests.sh sets it. */
static inline void fake_run(struct record *r, const char *kernel)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *cases = xasprintf("%s/cases", root ? root : ".");
	struct diag d;

	memset(r, 0, sizeof(*r));
	r->dir = xstrdup("results/fake");
	r->kernel = xstrdup(kernel);
	r->arch = xstrdup("amd64");
	r->suite_trouble = xstrdup("");
	r->selection = xstrdup("");
	for (size_t e = 0; e < N_FAKE; e++) {
		snprintf(r->engines[e].name, sizeof(r->engines[e].name), "%s", fake_engines[e]);
		r->engines[e].quirks = 1 + (e == 1) * 6;
	}
	r->n_engines = N_FAKE;
	assert_int_equal(suite_add(&r->suite, cases, &d), 0);
	assert_int_equal(suite_finish(&r->suite, &d), 0);
	fake_results(r);
	free(cases);
}

/* The baseline that `gate --update` would make from nothing. */
static inline void fake_baseline(struct baseline *b, const struct observed *o)
{
	struct baseline empty;
	struct update u;
	struct diag d;

	assert_int_equal(baseline_parse(&empty, "baseline 1\n", "x", &d), 0);
	update_make(&u, &empty, o);
	update_apply(&u, b);
	update_release(&u);
	baseline_release(&empty);
}

static inline char *baseline_string(const struct baseline *b)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	baseline_print(out, b);
	fclose(out);
	return text;
}

#endif
