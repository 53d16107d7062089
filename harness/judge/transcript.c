// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

int transcript_line(const char **s, const char **line)
{
	while (**s) {
		const char *at = *s;
		size_t len = strcspn(at, "\n");

		*s = at + len + (at[len] == '\n');
		if (*at != '#') {
			*line = at;
			return (int)len;
		}
	}
	*line = NULL;
	return -1;
}

/* Split "N STEP = OBSERVATION" or "N STEP ! WHY". */
static void split(const char *line, int len, const char **text, int *text_len, const char **seen,
		  int *seen_len)
{
	const char *end = line + len, *mid = NULL;

	for (const char *s = line; s + 3 <= end && !mid; s++)
		if (s[0] == ' ' && (s[1] == '=' || s[1] == '!') && s[2] == ' ')
			mid = s;
	if (!mid)
		mid = end;
	*text = memchr(line, ' ', (size_t)(mid - line));
	*text = *text ? *text + 1 : line;
	*text_len = (int)(mid - *text);
	/* What is wrong with the engine is not an answer: keep its mark. */
	*seen = mid + 3 <= end ? mid + (mid[1] == '!' ? 1 : 3) : end;
	*seen_len = (int)(end - *seen);
}

bool transcript_differs(const char *wanted, const char *got, struct difference *d)
{
	memset(d, 0, sizeof(*d));
	for (;;) {
		const char *a, *b;
		int a_len = transcript_line(&wanted, &a), b_len = transcript_line(&got, &b);

		if (!a && !b)
			return false;
		if (a && b && a_len == b_len && memcmp(a, b, (size_t)a_len) == 0)
			continue;
		/* The wanted step last: what was got may be no step at all. */
		if (b)
			split(b, b_len, &d->text, &d->text_len, &d->got, &d->got_len);
		if (a)
			split(a, a_len, &d->text, &d->text_len, &d->wanted, &d->wanted_len);
		d->step = strtoul(a ? a : b, NULL, 10);
		return true;
	}
}
