// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "areas.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "lines.h"

static struct area *find(const struct areas *a, const char *name, size_t len)
{
	for (size_t i = 0; i < a->n_areas; i++)
		if (lines_is(name, len, a->areas[i].name))
			return &a->areas[i];
	return NULL;
}

/* area NAME TITLE */
static int add_area(struct areas *a, struct lines *l)
{
	const char *name, *title;
	size_t len = lines_word(l, &name), title_len;
	struct area *area;

	if (!case_name_ok(name, len) || memchr(name, '.', len))
		return lines_error(l, name, "a name of letters, digits, _ and - is expected");
	if (find(a, name, len))
		return lines_error(l, name, "this area is there already");
	title_len = lines_rest(l, NULL, &title);
	if (!title_len)
		return lines_error(l, title, "the title is missing");
	area = vec_add(a->areas, a->n_areas);
	area->name = xstrndup(name, len);
	area->title = xstrndup(title, title_len);
	return 0;
}

/* about TEXT, of the area before; several are one text */
static int add_about(struct areas *a, struct lines *l, const char *word)
{
	struct area *area;
	const char *text;
	size_t len = lines_rest(l, NULL, &text);
	char *old;

	if (!a->n_areas)
		return lines_error(l, word, "an area line comes first");
	if (!len)
		return lines_error(l, text, "the text is missing");
	area = &a->areas[a->n_areas - 1];
	old = area->about;
	area->about = xasprintf("%s%s%.*s", old ? old : "", old ? " " : "", (int)len, text);
	free(old);
	return 0;
}

static int directive(struct areas *a, struct lines *l)
{
	const char *word;
	size_t len = lines_word(l, &word);

	if (lines_is(word, len, "area"))
		return add_area(a, l);
	if (lines_is(word, len, "about"))
		return add_about(a, l, word);
	return lines_error(l, word, "area or about is expected");
}

int areas_parse(struct areas *a, const char *text, size_t len, const char *file, struct diag *d)
{
	struct lines l;
	int ret;

	memset(a, 0, sizeof(*a));
	lines_begin(&l, text, len, file, d);
	while ((ret = lines_next(&l)) > 0) {
		ret = directive(a, &l);
		if (ret)
			break;
	}
	if (ret)
		areas_release(a);
	return ret;
}

int areas_read(struct areas *a, const char *path, struct diag *d)
{
	size_t len;
	char *text = lines_read_file(path, &len, d);
	int ret = -1;

	memset(a, 0, sizeof(*a));
	if (text)
		ret = areas_parse(a, text, len, path, d);

	free(text);
	return ret;
}

void areas_complete(struct areas *a, const struct suite *suite)
{
	for (size_t i = 0; i < suite->n_cases; i++) {
		const char *name = suite->cases[i]->name;
		size_t len = strcspn(name, ".");
		struct area *area;

		if (find(a, name, len))
			continue;
		area = vec_add(a->areas, a->n_areas);
		area->name = xstrndup(name, len);
		area->title = xstrndup(name, len);
	}
}

void areas_release(struct areas *a)
{
	for (size_t i = 0; i < a->n_areas; i++) {
		free(a->areas[i].name);
		free(a->areas[i].title);
		free(a->areas[i].about);
	}
	free(a->areas);
	memset(a, 0, sizeof(*a));
}

bool area_has(const struct area *area, const struct test_case *c)
{
	return lines_is(c->name, strcspn(c->name, "."), area->name);
}
