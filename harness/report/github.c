// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "github.h"

#include <stdbool.h>
#include <string.h>

/* What GitHub's own toolkit escapes: in a property (a file, a title) also : and , */
static void escaped(FILE *out, const char *text, size_t len, bool property)
{
	for (const char *s = text; s < text + len; s++) {
		if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ',')))
			fprintf(out, "%%%02X", (unsigned char)*s);
		else if ((unsigned char)*s >= ' ')
			fputc(*s, out);
	}
}

void github_annotate(FILE *out, const struct github_note *note)
{
	size_t len = strlen(note->text);

	fprintf(out, "::%s ", note->level);
	if (note->file) {
		fputs("file=", out);
		escaped(out, note->file, strlen(note->file), true);
		if (note->line)
			fprintf(out, ",line=%u", note->line);
		fputc(',', out);
	}
	fputs("title=", out);
	escaped(out, note->title, strlen(note->title), true);
	fputs("::", out);
	escaped(out, note->text, len - (len && note->text[len - 1] == '\n'), false);
	fputc('\n', out);
}
