// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "normative.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../engines/reference/reference.h"

static FILE *memory(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		abort();
	return out;
}

char *transcript_expected(const struct test_case *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = memory(&text, &len);

	for (size_t i = 0; i < c->n_steps; i++) {
		fprintf(out, "%zu ", i + 1);
		step_print(out, &c->steps[i]);
		fprintf(out, " = %s\n", c->steps[i].expect);
	}
	fclose(out);
	return text;
}

char *transcript_of(const struct test_case *c, const struct case_record *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = memory(&text, &len);

	case_record_print(out, c, r);
	fclose(out);
	return text;
}

/* An engine of the reference, and what the last case gave on it. */
struct normative {
	struct engine *(*make)(quirk_set quirks);
	struct engine *engine;
	struct case_record record;
};

static const struct case_record *record_on(struct normative *n, const struct test_case *c,
					   quirk_set quirks)
{
	static struct checked *checked; /* both engines load what cases load */

	if (!checked)
		checked = reference_checked_new();
	if (!n->engine) {
		n->engine = n->make(0);
		reference_share_checked(n->engine, checked);
	}
	reference_set_quirks(n->engine, quirks);
	/* One that failed, in whatever way, is not given another case. */
	if (execute(c, n->engine, &n->record) == OUTCOME_FAULT) {
		n->engine->ops->destroy(n->engine);
		n->engine = NULL;
	}
	return &n->record;
}

const struct case_record *record_reference(const struct test_case *c, quirk_set quirks)
{
	static struct normative interp = { .make = reference_interp_new };

	return record_on(&interp, c, quirks);
}

const struct case_record *record_reference_jit(const struct test_case *c, quirk_set quirks)
{
	static struct normative jit = { .make = reference_jit_new };

	return record_on(&jit, c, quirks);
}

char *transcript_reference(const struct test_case *c, quirk_set quirks, enum outcome *outcome)
{
	const struct case_record *r = record_reference(c, quirks);

	*outcome = r->outcome;
	return transcript_of(c, r);
}

char *transcript_reference_jit(const struct test_case *c, quirk_set quirks, enum outcome *outcome)
{
	const struct case_record *r = record_reference_jit(c, quirks);

	*outcome = r->outcome;
	return transcript_of(c, r);
}
