// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "symptom.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../judge/transcript.h"

static bool begins(const char *s, int len, const char *word)
{
	size_t n = strlen(word);

	return (size_t)len >= n && memcmp(s, word, n) == 0;
}

/* The first word; enough, since only names of errno and of engine trouble are looked at. */
static void first_word(char *to, size_t size, const char *s, int len)
{
	int n = 0;

	while (n < len && s[n] != ' ' && s[n] != ':')
		n++;
	snprintf(to, size, "%.*s", n, s);
}

static void kind_of(char *to, size_t size, const char *seen, int len)
{
	if (!seen || len == 0)
		snprintf(to, size, "nothing");
	else if (isdigit((unsigned char)*seen) || begins(seen, len, "zero"))
		snprintf(to, size, "value");
	else if (begins(seen, len, "leaked"))
		snprintf(to, size, "leaked");
	else if (begins(seen, len, "! "))
		first_word(to, size, seen + 2, len - 2);
	else if (*seen == 'E' && len > 1 && isupper((unsigned char)seen[1]))
		first_word(to, size, seen, len);
	else
		snprintf(to, size, "text");
}

/* The reading commands are one: what a run does wrong may be seen in a map, and the other way. */
static void command_of(char *to, size_t size, const char *text, int len)
{
	static const char eventually[] = "eventually ";

	if (begins(text, len, eventually)) {
		text += strlen(eventually);
		len -= (int)strlen(eventually);
	}
	first_word(to, size, text, len);
	if (strcmp(to, "run") == 0 || strcmp(to, "lookup") == 0)
		snprintf(to, size, "observe");
}

struct symptom symptom_of(const char *wanted, const char *got)
{
	struct symptom s = { .kind = SYMPTOM_NONE };
	struct difference d;

	if (!transcript_differs(wanted, got, &d))
		return s;
	s.kind = SYMPTOM_DIFFERS;
	command_of(s.command, sizeof(s.command), d.text, d.text_len);
	kind_of(s.wanted, sizeof(s.wanted), d.wanted, d.wanted_len);
	kind_of(s.got, sizeof(s.got), d.got, d.got_len);
	return s;
}

bool symptom_same(const struct symptom *a, const struct symptom *b)
{
	return a->kind == b->kind && strcmp(a->command, b->command) == 0 &&
	       strcmp(a->wanted, b->wanted) == 0 && strcmp(a->got, b->got) == 0;
}
