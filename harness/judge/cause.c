// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cause.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/text.h"
#include "normative.h"
#include "transcript.h"

static bool explains(const struct test_case *c, quirk_set quirks, const char *transcript)
{
	struct difference d;
	enum outcome outcome;
	char *text = transcript_reference(c, quirks, &outcome);
	bool same = outcome == OUTCOME_COMPLETE && !transcript_differs(text, transcript, &d);

	free(text);
	return same;
}

int cause_quirk(const struct test_case *c, quirk_set quirks, const char *transcript)
{
	for (int q = 0; q < QUIRK_COUNT; q++)
		if (explains(c, quirks ^ QUIRK_BIT(q), transcript))
			return q;
	return -1;
}

quirk_set cause_needed(const struct test_case *c, quirk_set quirks, quirk_set among,
		       const char *transcript)
{
	quirk_set needed = 0;

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (quirks & among & QUIRK_BIT(q) &&
		    !explains(c, quirks & ~QUIRK_BIT(q), transcript))
			needed |= QUIRK_BIT(q);
	return needed;
}

/* An errno stays what it is, and so do 0 and the words of the harness; the rest is a class. */
static void class_of(struct text *t, const char *s, int len)
{
	int word = 0;

	if (!s) {
		text_add(t, "nothing");
		return;
	}
	while (word < len && s[word] != ' ')
		word++;
	if (*s == 'E' || *s == '!' || (word == 1 && *s == '0'))
		text_bytes(t, s, (size_t)(*s == '!' ? len : word));
	else
		text_add(t, isdigit((unsigned char)*s) ? "number" : "word");
}

/* "run: number, not EINVAL": of the step its command, and the type that a program or map has. */
static void shape(struct text *t, const struct difference *d)
{
	const char *s = d->text, *end = s + d->text_len,
		   *space = memchr(s, ' ', (size_t)d->text_len);

	text_bytes(t, s, (size_t)((space ? space : end) - s));
	if (space && (!strncmp(s, "prog ", 5) || !strncmp(s, "map ", 4))) {
		const char *type = memchr(space + 1, ' ', (size_t)(end - space - 1));

		for (s = type; s && s < end && (s == type || *s != ' '); s++)
			text_char(t, *s);
	}
	text_add(t, ": ");
	class_of(t, d->got, d->got_len);
	text_add(t, ", not ");
	class_of(t, d->wanted, d->wanted_len);
}

/* How it ended, without addresses and numbers. */
static void squash(struct text *t, const char *s)
{
	for (; *s && *s != '\n' && t->len < 120; s++)
		if (!isxdigit((unsigned char)*s) || isalpha((unsigned char)*s))
			text_char(t, *s);
}

static bool first_difference(const struct test_case *c, quirk_set quirks, const char *transcript,
			     char **text, struct difference *d)
{
	enum outcome outcome;

	*text = transcript_reference(c, quirks, &outcome);
	return transcript_differs(*text, transcript, d);
}

char *cause_of(const struct test_case *c, const struct engine_results *e, const struct result *res)
{
	struct text t = { 0 };
	struct difference d;
	char *expected;
	int q;

	if (res->verdict != VERDICT_DIVERGES) {
		text_printf(&t, "%s: ", verdict_names[res->verdict]);
		squash(&t, res->transcript ? res->transcript : "");
		return t.s;
	}
	q = cause_quirk(c, e->quirks, res->transcript);
	if (q >= 0) {
		text_printf(&t, "%squirk %s", e->quirks >> q & 1 ? "without " : "", quirks[q].name);
		return t.s;
	}
	/* Which generator it comes from: the first two parts of its name. */
	text_bytes(&t, c->name, strcspn(c->name, "."));
	if (c->name[t.len])
		text_bytes(&t, c->name + t.len, 1 + strcspn(c->name + t.len + 1, "."));
	text_add(&t, " ");
	if (first_difference(c, e->quirks, res->transcript, &expected, &d))
		shape(&t, &d);
	else
		text_add(&t, "is as the reference with its quirks, but not as the case");
	free(expected);
	return t.s;
}

void cause_print_difference(FILE *out, const struct test_case *c, quirk_set quirks,
			    const char *transcript)
{
	struct difference d;
	char *expected;

	if (first_difference(c, quirks, transcript, &expected, &d))
		fprintf(out, "step %zu: %.*s\nwanted %.*s\ngot    %.*s\n", d.step, d.text_len,
			d.text, d.wanted ? d.wanted_len : 7, d.wanted ? d.wanted : "nothing",
			d.got ? d.got_len : 7, d.got ? d.got : "nothing");
	free(expected);
}
