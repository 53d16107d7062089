// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two sides and the reducer: what comes out is a case that says what it is about. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../judge/transcript.h"
#include "sides.h"

/* Many to a batch: a guest answers hundreds a second, but only while it is kept busy. */
#define BATCH_OF_GUESTS 128
#define BATCH_HERE	16

static void set_expectations(struct test_case *c, const char *transcript)
{
	for (size_t i = 0; i < c->n_steps; i++) {
		const char *line, *seen;
		int len = transcript_line(&transcript, &line), skip;
		char *head = NULL;
		size_t size;
		FILE *out;

		if (len < 0)
			return;
		if (c->steps[i].log || c->steps[i].lane || c->steps[i].op == STEP_RACE)
			continue;
		out = open_memstream(&head, &size);
		if (!out)
			abort();
		fprintf(out, "%zu ", i + 1);
		step_print(out, &c->steps[i]);
		fputs(" = ", out);
		fclose(out);
		skip = (int)size;
		if (len > skip && memcmp(line, head, size) == 0) {
			seen = line + skip;
			free(c->steps[i].expect);
			c->steps[i].expect = xstrndup(seen, (size_t)(len - skip));
		}
		free(head);
	}
}

static void set_about(struct test_case *c, char *first, char *second)
{
	for (size_t i = 0; i < c->n_about; i++)
		free(c->about[i]);
	free(c->about);
	c->about = xcalloc(2, sizeof(*c->about));
	c->about[0] = first;
	c->about[1] = second;
	c->n_about = second ? 2 : 1;
}

/* What the engines differ in, as a sentence for the head of the case. */
static char *tell_difference(const struct side *tested, const char *wanted, const char *got)
{
	struct difference d;

	if (!transcript_differs(wanted, got, &d))
		return xasprintf("%s does not survive it.", tested->name);
	return xasprintf("Step %zu, %.*s: %.*s is right; %s gives %.*s.", d.step, d.text_len,
			 d.text, d.wanted ? d.wanted_len : 7, d.wanted ? d.wanted : "nothing",
			 tested->name, d.got ? d.got_len : 7, d.got ? d.got : "nothing");
}

static char *tell_symptom(struct sides *s, const struct test_case *c, const struct symptom *symptom,
			  const char *wanted)
{
	char *got, *text;

	if (symptom->kind == SYMPTOM_CRASHED)
		return xstrdup("The engine dies of it.");
	if (symptom->kind == SYMPTOM_TIMED_OUT)
		return xstrdup("The engine never comes to an end.");
	got = sides_got(s, c);
	text = tell_difference(&s->tested, wanted, got);
	free(got);
	return text;
}

int sides_reduce(struct sides *s, const struct test_case *c, double seconds, struct reduced *r,
		 char *why, size_t why_size)
{
	const char *kernel = s->run ? s->run->o.kernel : NULL;
	struct reduce_config config = {
		.ask = sides_ask,
		.arg = s,
		.batch = kernel ? BATCH_OF_GUESTS : BATCH_HERE,
		.seconds = seconds,
		.interrupted = &run_interrupted,
	};
	char *wanted;

	if (reduce(&config, c, r, why, why_size))
		return -1;
	wanted = sides_expected(s, &r->file.cases[0]);
	if (wanted) {
		set_expectations(&r->file.cases[0], wanted);
		set_about(&r->file.cases[0],
			  xasprintf("Reduced by `tailcheck reduce`: %s%s%s against %s.",
				    s->tested.name, kernel ? " of " : "", kernel ? kernel : "",
				    s->against.name),
			  tell_symptom(s, &r->file.cases[0], &r->symptom, wanted));
	}
	free(wanted);
	return 0;
}
