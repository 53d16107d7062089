// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ENGINE.txt of a run, as report_files() writes it:
 *
 *	case NAME
 *	verdict VERDICT...
 *	the transcript, any number of lines
 *	(an empty line)
 *
 * A transcript holds words of a guest. So a case begins only at a line that names a case of the run
 * that is still to come, with a line of its verdict below it.
 */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

#define MAX_FILE (256L << 20)

/* The case that begins at @line, at or behind case @from; its transcript is *text. */
static bool begins(const struct record *r, char *line, size_t from, size_t *c, char **text)
{
	char *end, *below;
	bool found;

	if (strncmp(line, "case ", 5) != 0 || !(end = strchr(line, '\n')) ||
	    strncmp(end + 1, "verdict ", 8) != 0)
		return false;
	below = strchr(end + 1, '\n');
	line += 5;
	*end = '\0';
	found = record_case_index(r, line, c);
	*end = '\n';
	*text = below ? below + 1 : strchr(end + 1, '\0');
	return found && *c >= from;
}

void record_take_transcripts(struct record *r, size_t engine, char *text)
{
	struct result *open = NULL;
	char *from = NULL, *next = NULL;
	size_t c = 0;

	for (char *line = text;; line = next) {
		bool end = !*line;
		size_t at = c;
		char *below = NULL;

		next = strchrnul(line, '\n');
		next += *next == '\n';
		if (!end && !begins(r, line, c, &at, &below))
			continue;
		if (open) {
			size_t len = (size_t)(line - from);

			/* The empty line behind it is not its own. */
			if (len && from[len - 1] == '\n' && (len == 1 || from[len - 2] == '\n'))
				len--;
			free(open->transcript);
			open->transcript = xstrndup(from, len);
		}
		if (end)
			return;
		open = &r->results[at * r->n_engines + engine];
		from = next = below;
		c = at + 1;
	}
}

static char *read_all(const char *path, char *why, size_t why_size)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	long size;

	if (in && !fseek(in, 0, SEEK_END) && (size = ftell(in)) >= 0 && size <= MAX_FILE) {
		rewind(in);
		text = xcalloc((size_t)size + 1, 1);
		text[fread(text, 1, (size_t)size, in)] = '\0';
	} else {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(in ? EFBIG : errno));
	}
	if (in)
		fclose(in);
	return text;
}

/* A name out of summary.json must not lead out of the folder. */
static bool plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

int record_read_transcripts(struct record *r, char *why, size_t why_size)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		char *path, *text;

		if (!plain_name(r->engines[e].name))
			continue;
		path = xasprintf("%s/%s.txt", r->dir, r->engines[e].name);
		text = read_all(path, why, why_size);
		free(path);
		if (!text)
			return -1;
		record_take_transcripts(r, e, text);
		free(text);
	}
	return 0;
}
