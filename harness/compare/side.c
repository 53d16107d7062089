// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the words of a command line stand for: a run, an engine of it, a file. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "compare.h"

static bool has_engine(const struct record *r, const char *name)
{
	for (size_t e = 0; e < r->n_engines; e++)
		if (!strcmp(r->engines[e].name, name))
			return true;
	return false;
}

static int open_run(struct compare_side *s, const char *dir, const char *engine, char *why,
		    size_t why_size)
{
	if (record_read(&s->record, dir, why, why_size))
		return -1;
	s->path = xstrdup(dir);
	if (engine && !has_engine(&s->record, engine)) {
		snprintf(why, why_size, "%s has no engine %s", dir, engine);
		compare_close(s);
		return -1;
	}
	s->engine = engine ? xstrdup(engine) : NULL;
	s->label =
		engine ? xasprintf("%s:%s", s->record.kernel, engine) : xstrdup(s->record.kernel);
	return 0;
}

/* The folder that a file stands in; to be freed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
}

static char *base_name(const char *path, const char *tail)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t n = strlen(name), t = strlen(tail);

	return xstrndup(name, n > t && !strcmp(name + n - t, tail) ? n - t : n);
}

static int open_file(struct compare_side *s, const char *path, const char *engine, char *why,
		     size_t why_size)
{
	char *dir = folder_of(path), *name = base_name(path, ".txt");
	char *summary = xasprintf("%s/summary.json", dir);
	int ret = 0;

	if (!strcmp(name, "summary.json")) {
		ret = open_run(s, dir, engine, why, why_size);
	} else if (engine) {
		snprintf(why, why_size, "%s is a file, of one engine: do not name one", path);
		ret = -1;
	} else if (!access(summary, F_OK)) {
		ret = open_run(s, dir, name, why, why_size);
	} else {
		s->bare = true;
		s->path = xstrdup(path);
		s->label = xstrdup(path);
		s->engine = name;
		name = NULL;
	}
	free(summary);
	free(name);
	free(dir);
	return ret;
}

int compare_open(struct compare_side *side, const char *path, const char *engine, char *why,
		 size_t why_size)
{
	struct stat st;

	memset(side, 0, sizeof(*side));
	if (stat(path, &st)) {
		snprintf(why, why_size, "%s: %m", path);
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return open_run(side, path, engine, why, why_size);
	return open_file(side, path, engine, why, why_size);
}

void compare_close(struct compare_side *side)
{
	if (!side->bare)
		record_release(&side->record);
	free(side->label);
	free(side->path);
	free(side->engine);
	memset(side, 0, sizeof(*side));
}

void compare_tell_apart(struct compare_side *a, struct compare_side *b)
{
	char *x = base_name(a->path, ""), *y = base_name(b->path, "");
	bool same = !strcmp(x, y);

	/* Files are called by their paths already. */
	if (!strcmp(a->label, b->label) && !a->bare && !b->bare) {
		free(a->label);
		free(b->label);
		a->label = xasprintf("%s%s%s", same ? a->path : x, a->engine ? ":" : "",
				     a->engine ? a->engine : "");
		b->label = xasprintf("%s%s%s", same ? b->path : y, b->engine ? ":" : "",
				     b->engine ? b->engine : "");
	}
	free(x);
	free(y);
}
