// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "plain.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/*
 * GitHub's runner looks for the one at the beginning of a line, which is decided later, but never
 * in a word (names of objects may have it); and for the other anywhere.
 */
static void break_orders(char *s)
{
	for (char *at = s; (at = strstr(at, "::")); at++)
		if (isalpha((unsigned char)at[2]) && (at == s || isspace((unsigned char)at[-1])))
			*at = '?';
	for (char *at = s; (at = strstr(at, "##[")); at++)
		*at = '?';
}

void plain_line(char *line)
{
	for (char *s = line; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = *s == '\t' ? ' ' : '?';
	/* U+0080 to U+009f are orders to a terminal, too. */
	for (unsigned char *s = (unsigned char *)line; *s; s++)
		if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
			s[0] = s[1] = '?';
	break_orders(line);
}

void plain_transcript(char *text)
{
	static const char other[] = "case ";
	char *to = text;
	bool begin = true;

	for (const char *from = text; *from; from++) {
		if (*from == '\n' && begin)
			continue;
		if (begin && !strncmp(from, other, sizeof(other) - 1)) {
			*to++ = '?';
			begin = false;
			continue;
		}
		begin = *from == '\n';
		*to++ = begin || *from == '\t' || (*from >= ' ' && *from < 0x7f) ? *from : '?';
	}
	*to = '\0';
	break_orders(text);
}
