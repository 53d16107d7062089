// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "apt_sources.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "files.h"

#define DEBIAN_KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

/* Suites that the archive itself has: third parties use some of these names too, see score(). */
static const char *const suites[] = {
	"stretch",   "buster", "bullseye", "bookworm",	   "trixie",   "forky", "duke",
	"oldstable", "stable", "testing",  "oldoldstable", "unstable", "sid",
};

void apt_source_release(struct apt_source *s)
{
	free(s->uri);
	free(s->signed_by);
	memset(s, 0, sizeof(*s));
}

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list;

	while (*p) {
		size_t n = strcspn(p, " \t\n");

		if (n == len && !strncmp(p, word, len))
			return true;
		p += n;
		p += strspn(p, " \t\n");
	}
	return false;
}

static bool has_debian_suite(const char *list)
{
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		if (has_word(list, suites[i]))
			return true;
	return false;
}

/*
 * Many a third party offers "bookworm main" for its own few packages. The archive's path ends in
 * "debian" nearly everywhere, and its keyring is its own. A wrong guess does no harm: what is
 * fetched must be signed by a key that signs Debian.
 */
static int score(const char *uri, const char *signed_by)
{
	size_t len = strlen(uri);
	int points = 1;

	while (len && uri[len - 1] == '/')
		len--;
	if (len >= 7 && !strncmp(uri + len - 7, "/debian", 7))
		points += 2;
	if (signed_by && strstr(signed_by, "debian-archive"))
		points += 4;
	else if (!signed_by)
		points += 1;
	return points;
}

/* @uris, @signed_by: whole fields; the first URI counts. */
static void consider(struct apt_source *best, const char *uris, const char *signed_by)
{
	char *uri = xstrndup(uris, strcspn(uris, " \t\n"));
	int points = score(uri, signed_by);

	if (*uri && points > best->score) {
		apt_source_release(best);
		best->uri = uri;
		best->signed_by = signed_by ? xstrdup(signed_by) : NULL;
		best->score = points;
		return;
	}
	free(uri);
}

/* The value of "signed-by=" in the options of a one-line entry. */
static char *option_signed_by(const char *options)
{
	const char *p = strcasestr(options, "signed-by=");

	return p ? xstrndup(p + 10, strcspn(p + 10, " \t]")) : NULL;
}

/* "deb [ options ] uri suite component..." */
static void parse_line(char *line, struct apt_source *best)
{
	char *p = line + strspn(line, " \t"), *signed_by = NULL, *uri, *suite;

	p[strcspn(p, "#")] = '\0';
	if (strncmp(p, "deb", 3) != 0 || !isspace((unsigned char)p[3]))
		return;
	p += 3 + strspn(p + 3, " \t");
	if (*p == '[') {
		char *end = strchr(p, ']');

		if (!end)
			return;
		*end = '\0';
		signed_by = option_signed_by(p);
		p = end + 1;
	}
	uri = strtok_r(p, " \t", &p);
	suite = uri ? strtok_r(NULL, " \t", &p) : NULL;
	if (suite && has_debian_suite(suite) && has_word(p, "main"))
		consider(best, uri, signed_by);
	free(signed_by);
}

void apt_sources_parse_list(const char *text, struct apt_source *best)
{
	char *copy = xstrdup(text), *line, *save = NULL;

	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		parse_line(line, best);
	free(copy);
}

enum field { ENABLED, TYPES, URIS, SUITES, COMPONENTS, SIGNED_BY, N_FIELDS };

static const char *const field_names[N_FIELDS] = {
	"Enabled:", "Types:", "URIs:", "Suites:", "Components:", "Signed-By:",
};

struct stanza {
	char *field[N_FIELDS];
	int open; /* the field that a continuation line belongs to, or -1 */
};

static void end_stanza(struct stanza *s, struct apt_source *best)
{
	const char *enabled = s->field[ENABLED];
	int i;

	if (s->field[TYPES] && has_word(s->field[TYPES], "deb") && s->field[URIS] &&
	    s->field[SUITES] && has_debian_suite(s->field[SUITES]) && s->field[COMPONENTS] &&
	    has_word(s->field[COMPONENTS], "main") && !(enabled && has_word(enabled, "no")))
		consider(best, s->field[URIS], s->field[SIGNED_BY]);
	for (i = 0; i < N_FIELDS; i++) {
		free(s->field[i]);
		s->field[i] = NULL;
	}
	s->open = -1;
}

static void stanza_line(struct stanza *s, const char *line)
{
	char *longer;
	int i;

	if (*line == ' ' || *line == '\t') {
		if (s->open < 0)
			return;
		/* A key in the file itself: its lines stay as they are. */
		longer = xasprintf("%s\n%s", s->field[s->open], line);
		free(s->field[s->open]);
		s->field[s->open] = longer;
		return;
	}
	s->open = -1;
	for (i = 0; i < N_FIELDS; i++) {
		size_t len = strlen(field_names[i]);

		if (strncasecmp(line, field_names[i], len) != 0)
			continue;
		free(s->field[i]);
		s->field[i] = xstrdup(line + len + strspn(line + len, " \t"));
		s->open = i;
	}
}

void apt_sources_parse_deb822(const char *text, struct apt_source *best)
{
	struct stanza s = { .open = -1 };
	const char *p = text;

	while (*p) {
		size_t n = strcspn(p, "\n");
		char *line = xstrndup(p, n);

		if (line[strspn(line, " \t\r")] == '\0')
			end_stanza(&s, best);
		else if (*line != '#')
			stanza_line(&s, line);
		free(line);
		p += n + (p[n] == '\n');
	}
	end_stanza(&s, best);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static void parse_file(const char *path, struct apt_source *best)
{
	char *text = files_read_text(path);

	if (text && ends_with(path, ".sources"))
		apt_sources_parse_deb822(text, best);
	else if (text && ends_with(path, ".list"))
		apt_sources_parse_list(text, best);
	free(text);
}

static void parse_folder(const char *folder, struct apt_source *best)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), i;

	if (n < 0)
		return;
	for (i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", folder, names[i]->d_name);

		parse_file(path, best);
		free(path);
		free(names[i]);
	}
	free(names);
}

int apt_sources_find(const char *etc, struct apt_source *s, char *why, size_t why_size)
{
	const char *mirror = getenv("TAILCHECK_DEBIAN_MIRROR");

	memset(s, 0, sizeof(*s));
	if (mirror && *mirror) {
		s->uri = xstrdup(mirror);
		s->score = 1;
	} else {
		char *file = xasprintf("%s/sources.list", etc);
		char *folder = xasprintf("%s/sources.list.d", etc);

		parse_file(file, s);
		parse_folder(folder, s);
		free(file);
		free(folder);
	}
	if (!s->uri) {
		snprintf(why, why_size,
			 "no Debian archive among apt's sources (%s/sources.list, sources.list.d): "
			 "set TAILCHECK_DEBIAN_MIRROR to a mirror's URI, or give a kernel by path",
			 etc);
		return -1;
	}
	/* Not said means: any key that apt trusts for anything. Debian's own are enough. */
	if (!s->signed_by && !access(DEBIAN_KEYRING, R_OK))
		s->signed_by = xstrdup(DEBIAN_KEYRING);
	return 0;
}
