// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The face of libtailcheck.a: what the headers inside have, under names that cannot clash. */
#include "tailcheck.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/reference.h"
#include "../base/alloc.h"
#include "../case/suite.h"
#include "../judge/judge.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../run/execute.h"

struct tailcheck_suite {
	struct suite suite;
};

static const struct test_case *inside(const struct tailcheck_case *c)
{
	return (const struct test_case *)c;
}

static const struct tailcheck_case *outside(const struct test_case *c)
{
	return (const struct tailcheck_case *)c;
}

static void say(const struct diag *d, char *why, size_t why_size)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	diag_print(out, d);
	fclose(out);
	if (why_size)
		snprintf(why, why_size, "%s", text);
	free(text);
}

/* The suite when it is whole; else NULL, with the reason. */
static struct tailcheck_suite *finish(struct tailcheck_suite *s, int ret, struct diag *d, char *why,
				      size_t why_size)
{
	if (ret == 0 && suite_finish(&s->suite, d) == 0)
		return s;
	say(d, why, why_size);
	tailcheck_suite_free(s);
	return NULL;
}

struct tailcheck_suite *tailcheck_suite_read(const char *const *paths, size_t n_paths, char *why,
					     size_t why_size)
{
	struct tailcheck_suite *s = xcalloc(1, sizeof(*s));
	struct diag d;
	int ret = 0;

	for (size_t i = 0; i < n_paths && !ret; i++)
		ret = suite_add(&s->suite, paths[i], &d);
	return finish(s, ret, &d, why, why_size);
}

struct tailcheck_suite *tailcheck_suite_parse(const char *text, size_t len, const char *file,
					      char *why, size_t why_size)
{
	struct tailcheck_suite *s = xcalloc(1, sizeof(*s));
	struct diag d;
	int ret = suite_add_text(&s->suite, text, len, file, &d);

	return finish(s, ret, &d, why, why_size);
}

void tailcheck_suite_free(struct tailcheck_suite *suite)
{
	if (suite)
		suite_release(&suite->suite);
	free(suite);
}

size_t tailcheck_suite_size(const struct tailcheck_suite *suite)
{
	return suite->suite.n_cases;
}

const struct tailcheck_case *tailcheck_suite_case(const struct tailcheck_suite *suite, size_t i)
{
	return i < suite->suite.n_cases ? outside(suite->suite.cases[i]) : NULL;
}

const struct tailcheck_case *tailcheck_suite_find(const struct tailcheck_suite *suite,
						  const char *name)
{
	return outside(suite_find(&suite->suite, name));
}

const char *tailcheck_case_name(const struct tailcheck_case *c)
{
	return inside(c)->name;
}

const char *tailcheck_case_file(const struct tailcheck_case *c)
{
	return inside(c)->file;
}

unsigned int tailcheck_case_line(const struct tailcheck_case *c)
{
	return inside(c)->line;
}

enum tailcheck_level tailcheck_case_level(const struct tailcheck_case *c)
{
	static const enum tailcheck_level levels[] = {
		[LEVEL_MUST] = TAILCHECK_MUST,
		[LEVEL_SHOULD] = TAILCHECK_SHOULD,
		[LEVEL_MAY] = TAILCHECK_MAY,
	};

	return levels[inside(c)->level];
}

bool tailcheck_case_matches(const struct tailcheck_case *c, const char *pattern)
{
	return case_name_matches(inside(c)->name, pattern);
}

const char *tailcheck_verdict_name(enum tailcheck_verdict verdict)
{
	static const char *const names[] = {
		[TAILCHECK_CONFORMS] = "conforms",
		[TAILCHECK_DIVERGES] = "diverges",
		[TAILCHECK_UNSUPPORTED] = "unsupported",
		[TAILCHECK_FAULT] = "fault",
	};

	return names[verdict];
}

/* Where the case and the transcript differ first. */
static void explain(const struct test_case *c, struct tailcheck_result *result)
{
	char *expected = transcript_expected(c);
	struct difference d;

	if (transcript_differs(expected, result->transcript, &d)) {
		result->step = d.step <= c->n_steps ? d.step : 0;
		result->why =
			xasprintf("%.*s: expected %.*s, got %.*s", d.text_len, d.text,
				  d.wanted ? d.wanted_len : 7, d.wanted ? d.wanted : "nothing",
				  d.got ? d.got_len : 7, d.got ? d.got : "nothing");
	}
	free(expected);
}

static void take(const struct test_case *c, const struct case_record *record,
		 struct tailcheck_result *result)
{
	result->transcript = transcript_of(c, record);
	if (record->outcome != OUTCOME_COMPLETE) {
		result->verdict = record->outcome == OUTCOME_UNSUPPORTED ? TAILCHECK_UNSUPPORTED
									 : TAILCHECK_FAULT;
		result->step = record->n_steps < c->n_steps ? record->n_steps + 1 : 0;
		result->why = xstrdup(record->why);
	} else if (!case_record_expected(c, record)) {
		result->verdict = TAILCHECK_DIVERGES;
		explain(c, result);
	}
}

void tailcheck_run(const struct tailcheck_case *c, struct engine *e,
		   struct tailcheck_result *result)
{
	struct case_record record = { 0 };

	*result = (struct tailcheck_result){ .verdict = TAILCHECK_CONFORMS };
	if (!e->ops->reset) {
		result->verdict = TAILCHECK_FAULT;
		result->why = xstrdup("the engine has no reset");
	} else if (!case_fits(inside(c), e->name, 0)) {
		result->verdict = TAILCHECK_UNSUPPORTED;
		result->why = xasprintf("the case says needs %s", inside(c)->needs);
	}
	if (result->why) {
		result->transcript = xstrdup("");
		return;
	}
	execute(inside(c), e, &record);
	take(inside(c), &record, result);
	case_record_release(&record);
}

void tailcheck_result_release(struct tailcheck_result *result)
{
	free(result->why);
	free(result->transcript);
	memset(result, 0, sizeof(*result));
}

char *tailcheck_expected(const struct tailcheck_case *c)
{
	return transcript_expected(inside(c));
}

bool tailcheck_same(const char *a, const char *b)
{
	struct difference d;

	return !transcript_differs(a, b, &d);
}

struct engine *tailcheck_reference_interp(void)
{
	return reference_interp_new(0);
}

struct engine *tailcheck_reference_jit(void)
{
	return reference_jit_new(0);
}
