// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fold.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/plain.h"

/* How much of the text goes on a line with @room columns; never a break within its @hang first. */
static size_t line_length(const char *text, size_t len, size_t room, size_t hang)
{
	size_t n = room;

	if (len <= room)
		return len;
	while (n > hang && text[n] != ' ')
		n--;
	if (n > hang)
		return n;
	/* In a word: what goes on the next line may not begin as an order does (plain.h). */
	for (n = room; n > 1 && text[n] == ':';)
		n--;
	return n;
}

void fold(FILE *out, const char *prefix, int hang, const char *fmt, ...)
{
	char *whole, *text;
	va_list ap;
	size_t len, blanks = 0;

	va_start(ap, fmt);
	if (vasprintf(&whole, fmt, ap) < 0)
		abort();
	va_end(ap);
	text = whole;
	len = strlen(text);
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	plain_line(text);
	do {
		size_t room = FOLD_WIDTH - strlen(prefix) - blanks;
		size_t n = line_length(text, len, room, blanks ? 0 : (size_t)hang), shown = n;

		while (shown && text[shown - 1] == ' ')
			shown--;
		fprintf(out, "%s%*s%.*s\n", prefix, (int)blanks, "", (int)shown, text);
		while (n < len && text[n] == ' ')
			n++;
		text += n;
		len -= n;
		blanks = (size_t)hang;
	} while (len);
	free(whole);
}
