// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "transcripts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/slurp.h"

#define LARGEST (256U << 20) /* bytes */

/* The file as text; bytes of zero, which no transcript has, are an error of it. */
static char *read_text(const char *path, size_t *len)
{
	FILE *in = fopen(path, "re");
	char *text = in ? slurp(in, LARGEST, len) : NULL;
	int err = errno;

	if (text && *len > LARGEST) {
		free(text);
		text = NULL;
		err = EFBIG;
	}
	if (in)
		fclose(in);
	errno = err;
	return text;
}

/* "quirk: NAME, NAME", or another verdict. False where it is none. */
static bool take_verdict(struct transcript *t, char *words)
{
	char *names = strchr(words, ':'), *name, *save = NULL;

	if (names)
		*names++ = '\0';
	t->verdict = N_VERDICTS;
	for (int v = 0; v < N_VERDICTS; v++)
		if (strcmp(verdict_names[v], words) == 0)
			t->verdict = (enum verdict)v;
	for (name = names ? strtok_r(names, ", ", &save) : NULL; name;
	     name = strtok_r(NULL, ", ", &save)) {
		int q = quirk_by_name(name);

		if (q >= 0)
			t->because |= QUIRK_BIT(q);
	}
	return t->verdict != N_VERDICTS;
}

/* Cut the line at *at off; NULL at the end of the text. */
static char *cut_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return line;
}

/* A block is "case NAME", "verdict ...", lines, and an empty line. False where it is not. */
static bool take_block(struct transcripts *t, char **at)
{
	char *name = cut_line(at), *verdict = name ? cut_line(at) : NULL, *end;
	struct transcript *one;

	if (!verdict || strncmp(name, "case ", 5) != 0 || strncmp(verdict, "verdict ", 8) != 0)
		return false;
	one = vec_add(t->list, t->n);
	one->name = name + 5;
	if (!take_verdict(one, verdict + 8))
		return false;
	one->text = *at;
	if (**at == '\n') {
		*(*at)++ = '\0';
		return true;
	}
	/* How a case ended may have empty lines; what follows a block is the next or the end. */
	end = *at;
	do {
		end = strstr(end, "\n\n");
		end = end ? end + 2 : NULL;
	} while (end && *end && strncmp(end, "case ", 5) != 0);
	if (!end)
		return false;
	end[-1] = '\0';
	*at = end;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct transcript *)a)->name, ((const struct transcript *)b)->name);
}

static int fail(struct transcripts *t, const char *path, const char *what, char *why,
		size_t why_size)
{
	if (t->n)
		snprintf(why, why_size, "%s: %s (after case %s)", path, what,
			 t->list[t->n - 1].name);
	else
		snprintf(why, why_size, "%s: %s", path, what);
	transcripts_release(t);
	return -1;
}

int transcripts_read(struct transcripts *t, const char *path, char *why, size_t why_size)
{
	size_t len = 0;
	char *at;

	memset(t, 0, sizeof(*t));
	t->text = read_text(path, &len);
	if (!t->text)
		return fail(t, path, strerror(errno), why, why_size);
	at = t->text;
	if (strlen(at) != len || strncmp(at, "case ", len < 5 ? len : 5) != 0)
		return fail(t, path, "not the transcripts of an engine", why, why_size);
	if (!*at)
		return fail(t, path, "is empty", why, why_size);
	while (*at)
		if (!take_block(t, &at))
			return fail(t, path, "is cut short, or holds no transcripts", why,
				    why_size);
	qsort(t->list, t->n, sizeof(*t->list), by_name);
	return 0;
}

void transcripts_release(struct transcripts *t)
{
	free(t->list);
	free(t->text);
	memset(t, 0, sizeof(*t));
}

const struct transcript *transcripts_find(const struct transcripts *t, const char *name)
{
	const struct transcript key = { .name = name };

	return t->n ? bsearch(&key, t->list, t->n, sizeof(*t->list), by_name) : NULL;
}
