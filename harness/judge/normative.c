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

static char *transcript_on(struct engine *e, const struct test_case *c, enum outcome *outcome)
{
	char *text = NULL;
	size_t len;
	FILE *out = memory(&text, &len);

	*outcome = execute_case(c, e, out);
	fclose(out);
	e->ops->destroy(e);
	return text;
}

char *transcript_reference(const struct test_case *c, uint64_t quirks, enum outcome *outcome)
{
	return transcript_on(reference_interp_new(quirks), c, outcome);
}

char *transcript_reference_jit(const struct test_case *c, uint64_t quirks, enum outcome *outcome)
{
	return transcript_on(reference_jit_new(quirks), c, outcome);
}
