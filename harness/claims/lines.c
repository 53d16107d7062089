// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lines.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/slurp.h"

void lines_begin(struct lines *l, const char *text, size_t len, const char *file, struct diag *d)
{
	memset(l, 0, sizeof(*l));
	l->file = file;
	l->next = text;
	l->end = text + len;
	l->d = d;
}

int lines_error(struct lines *l, const char *at, const char *fmt, ...)
{
	char message[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return diag_at(l->d, l->file, l->nr, l->line, at, "%s", message);
}

int lines_next(struct lines *l)
{
	while (l->next < l->end) {
		const char *nl = memchr(l->next, '\n', (size_t)(l->end - l->next));

		l->line = l->next;
		l->line_end = nl ? nl : l->end;
		l->next = nl ? nl + 1 : l->end;
		l->nr++;
		if (memchr(l->line, '\0', (size_t)(l->line_end - l->line)))
			return lines_error(l, NULL, "a NUL byte: this is no text");
		while (l->line_end > l->line && isspace((unsigned char)l->line_end[-1]))
			l->line_end--;
		l->at = l->line;
		if (l->line < l->line_end && *l->line != '#')
			return 1;
	}
	return 0;
}

static void skip_blanks(struct lines *l)
{
	while (l->at < l->line_end && isspace((unsigned char)*l->at))
		l->at++;
}

size_t lines_word(struct lines *l, const char **word)
{
	skip_blanks(l);
	*word = l->at;
	while (l->at < l->line_end && !isspace((unsigned char)*l->at))
		l->at++;
	return (size_t)(l->at - *word);
}

size_t lines_rest(struct lines *l, const char *stop, const char **text)
{
	const char *end = l->line_end, *mark;
	size_t stop_len = stop ? strlen(stop) : 0;

	skip_blanks(l);
	*text = l->at;
	mark = stop ? memmem(l->at, (size_t)(end - l->at), stop, stop_len) : NULL;
	l->at = mark ? mark + stop_len : end;
	end = mark ? mark : end;
	while (end > *text && isspace((unsigned char)end[-1]))
		end--;
	return (size_t)(end - *text);
}

char *lines_read_file(const char *path, size_t *len, struct diag *d)
{
	FILE *in = fopen(path, "re");
	char *text;

	*len = 0;
	if (!in) {
		diag_at(d, path, 0, NULL, NULL, "cannot open: %s", strerror(errno));
		return NULL;
	}
	text = slurp(in, LINES_FILE_MAX, len);
	if (!text) {
		diag_at(d, path, 0, NULL, NULL, "cannot read: %s", strerror(errno));
	} else if (*len > LINES_FILE_MAX) {
		diag_at(d, path, 0, NULL, NULL, "larger than %u MiB", LINES_FILE_MAX >> 20);
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

bool lines_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}
