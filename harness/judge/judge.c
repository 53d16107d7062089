// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../case/condition.h"
#include "normative.h"
#include "transcript.h"

static bool same(const char *a, const char *b)
{
	struct difference d;

	return !transcript_differs(a, b, &d);
}

static bool reference_gives(const struct test_case *c, quirk_set quirks, const char *transcript)
{
	const struct case_record *r = record_reference(c, quirks);
	char *text;
	bool gives;

	if (r->outcome != OUTCOME_COMPLETE)
		return false;
	text = transcript_of(c, r);
	gives = same(text, transcript);
	free(text);
	return gives;
}

/* What every step expects. */
static bool reference_agrees(const struct test_case *c, quirk_set quirks)
{
	return case_record_expected(c, record_reference(c, quirks));
}

/* Of the quirks that an engine has, those that matter to this case: each changes it by itself. */
static quirk_set relevant(const struct test_case *c, quirk_set quirks)
{
	quirk_set found = 0;

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (quirks & QUIRK_BIT(q) && !reference_agrees(c, QUIRK_BIT(q)))
			found |= QUIRK_BIT(q);
	return found ? found : quirks;
}

void judge(const struct test_case *c, const struct engine_results *e, struct result *result)
{
	char *expected = transcript_expected(c);

	if (same(expected, result->transcript)) {
		/*
		 * As documented, although the engine has quirks: then the quirks must not matter
		 * here, or the engine does not behave as its probes say.
		 */
		if (e->quirks == 0 || reference_agrees(c, e->quirks))
			result->verdict = VERDICT_CONFORMS;
		else
			result->verdict = VERDICT_DIVERGES;
	} else if (e->quirks && reference_gives(c, e->quirks, result->transcript)) {
		result->verdict = VERDICT_QUIRK;
		result->because = relevant(c, e->quirks);
	} else {
		result->verdict = VERDICT_DIVERGES;
	}
	free(expected);
}

struct facts {
	const char *engine;
	quirk_set quirks;
};

static bool fact_holds(const char *name, size_t len, void *arg)
{
	const struct facts *facts = arg;

	if (strlen(facts->engine) == len && memcmp(facts->engine, name, len) == 0)
		return true;
	for (int q = 0; q < QUIRK_COUNT; q++)
		if (facts->quirks & QUIRK_BIT(q) && strlen(quirks[q].name) == len &&
		    memcmp(quirks[q].name, name, len) == 0)
			return true;
	return false;
}

bool case_fits(const struct test_case *c, const char *engine, quirk_set quirks_of_engine)
{
	struct facts facts = { engine, quirks_of_engine };

	return !c->needs || condition_eval(c->needs, fact_holds, &facts);
}

static bool fact_known(const char *name, size_t len, void *arg)
{
	static const char *const engines[] = { "jit", "interp", "jit-hardened", "reference" };
	bool *all = arg;
	bool known = false;

	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		known |= strlen(engines[i]) == len && memcmp(engines[i], name, len) == 0;
	for (int q = 0; q < QUIRK_COUNT; q++)
		known |= strlen(quirks[q].name) == len && memcmp(quirks[q].name, name, len) == 0;
	*all &= known;
	return known;
}

/* A slip of the pen in `needs` would skip the case for ever. */
static bool needs_known(const struct test_case *c)
{
	bool all = true;

	if (c->needs)
		condition_eval(c->needs, fact_known, &all);
	return all;
}

const struct test_case *probe_of(const struct suite *probes, int quirk)
{
	char name[128];

	snprintf(name, sizeof(name), "probe.%s", quirks[quirk].name);
	return suite_find(probes, name);
}

/* A probe that gives the same with and without its quirk. */
static bool tells_nothing(const struct test_case *c, int quirk)
{
	quirk_set beside = quirk_beside(quirk);
	enum outcome outcome;
	char *without = transcript_reference(c, beside, &outcome);
	bool nothing = reference_gives(c, beside | QUIRK_BIT(quirk), without);

	free(without);
	return nothing;
}

static void check_probes(const struct suite *probes, FILE *out)
{
	for (int q = 0; q < QUIRK_COUNT; q++) {
		const struct test_case *c = probe_of(probes, q);

		if (!c) {
			fprintf(out, "quirk %s has no probe (case probe.%s)\n", quirks[q].name,
				quirks[q].name);
			continue;
		}
		if (!reference_agrees(c, 0))
			fprintf(out, "probe.%s: the reference does not give what it expects\n",
				quirks[q].name);
		else if (tells_nothing(c, q))
			fprintf(out, "probe.%s gives the same with and without the quirk\n",
				quirks[q].name);
	}
}

/* Its interpreter gives what is expected. */
static void check_jit(const struct test_case *c, FILE *out)
{
	const struct case_record *r = record_reference_jit(c, 0);

	/* A host that allows no machine code has the interpreter alone. */
	if (r->outcome != OUTCOME_UNSUPPORTED && !case_record_expected(c, r))
		fprintf(out, "%s: the reference's JIT gives something else than its interpreter\n",
			c->name);
}

size_t *suite_check(const struct suite *suite, const struct suite *probes, size_t *n,
		    char **trouble)
{
	size_t *wrong = NULL, len;
	FILE *out = open_memstream(trouble, &len);

	*n = 0;
	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct test_case *c = suite->cases[i];

		if (!needs_known(c))
			fprintf(out, "%s needs %s: there is no such engine or quirk\n", c->name,
				c->needs);
		if (!case_fits(c, "reference", 0))
			continue;
		if (reference_agrees(c, 0))
			check_jit(c, out);
		else
			*vec_add(wrong, *n) = i;
	}
	check_probes(probes, out);
	fclose(out);
	if (len == 0) {
		free(*trouble);
		*trouble = NULL;
	}
	return wrong;
}

/* As the executor ends a transcript of what the engine has no operation for. */
static bool lacks(const char *transcript)
{
	return strstr(transcript, " ! unsupported: ") != NULL;
}

void find_quirks(const struct suite *probes, char *const *transcripts, struct engine_results *e)
{
	quirk_set before;

	/*
	 * A probe may be touched by another quirk of the same engine: each is judged beside those
	 * found so far, until nothing changes. Twice is the usual; the bound is for safety.
	 */
	for (int round = 0; round < QUIRK_COUNT + 1; round++) {
		before = e->quirks;
		e->uncertain = 0;
		for (int q = 0; q < QUIRK_COUNT; q++) {
			const struct test_case *c = probe_of(probes, q);
			quirk_set bit = QUIRK_BIT(q), others = e->quirks & ~bit;
			const char *t = c ? transcripts[q] : NULL;
			/* What an engine cannot do at all it does not do wrong either. */
			bool absent = t && (lacks(t) || reference_gives(c, others, t));

			if (absent || (t && reference_gives(c, others | bit, t)))
				e->quirks = absent ? others : others | bit;
			else
				e->uncertain |= bit;
		}
		if (e->quirks == before)
			break;
	}
}
