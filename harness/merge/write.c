// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The folder of a merged run. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/alloc.h"
#include "../base/slurp.h"
#include "../report/report.h"
#include "merge.h"

#define MAX_PROBE_FILE (64U << 20)

static int copy_file(const char *from, const char *to, char *why, size_t why_size)
{
	FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
	char *text = out ? slurp(in, MAX_PROBE_FILE, &(size_t){ 0 }) : NULL;
	int bad = !text || fputs(text, out) < 0;

	if (in)
		fclose(in);
	if (out)
		bad |= fclose(out);
	if (bad)
		snprintf(why, why_size, "cannot copy %s to %s: %s", from, to, strerror(errno));
	free(text);
	return bad ? -1 : 0;
}

/* The quirks are the same in every shard; so those of the first are what the probes gave. */
static int copy_probes(const char *from, const char *to, char *why, size_t why_size)
{
	char *src = xasprintf("%s/probes", from), *dst = xasprintf("%s/probes", to);
	DIR *dir = opendir(src);
	const struct dirent *ent;
	int ret = 0;

	if (dir && mkdir(dst, 0777) && errno != EEXIST) {
		snprintf(why, why_size, "cannot make %s: %s", dst, strerror(errno));
		ret = -1;
	}
	while (dir && !ret && (ent = readdir(dir))) {
		char *a = xasprintf("%s/%s", src, ent->d_name);
		char *b = xasprintf("%s/%s", dst, ent->d_name);

		if (ent->d_name[0] != '.')
			ret = copy_file(a, b, why, why_size);
		free(a);
		free(b);
	}
	if (dir)
		closedir(dir);
	free(src);
	free(dst);
	return ret;
}

static json_t *shard_json(const struct record *r)
{
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:f, s:i, s:b}", "index",
			 r->shards ? (int)r->shard : 1, "of", r->shards ? (int)r->shards : 1,
			 "folder", r->dir, "host", r->host, "boots", r->boots, "seconds",
			 r->seconds, "cases", (int)r->suite.n_cases, "interrupted", r->interrupted);
}

static int write_shards(const struct merged *m, const char *dir, char *why, size_t why_size)
{
	json_t *shards = json_array(), *lost = json_array(), *root;
	char *path = xasprintf("%s/shards.json", dir);
	int ret;

	for (size_t i = 0; i < m->n_shards; i++)
		json_array_append_new(shards, shard_json(m->shards[i]));
	for (size_t i = 0; i < m->n_lost; i++)
		json_array_append_new(lost, json_integer(m->lost[i]));
	root = json_pack("{s:o, s:o}", "shards", shards, "lost", lost);
	ret = json_dump_file(root, path, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	if (ret)
		snprintf(why, why_size, "cannot write %s", path);
	json_decref(root);
	free(path);
	return ret;
}

int merged_write(const struct merged *m, const char *dir, char *why, size_t why_size)
{
	if (copy_probes(m->shards[0]->dir, dir, why, why_size) ||
	    write_shards(m, dir, why, why_size))
		return -1;
	return report_files(dir, &m->results, why, why_size);
}
