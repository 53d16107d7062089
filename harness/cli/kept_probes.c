// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kept_probes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "run_entries.h"

/* The snapshot's key. */
static const char *key_of(const char *folder)
{
	const char *slash = strrchr(folder, '/');

	return slash ? slash + 1 : folder;
}

static void take_probe(struct kept_probes *k, const struct suite *probes,
		       const struct entry_result *o)
{
	const struct test_case *c = suite_find(probes, o->name);
	int q = c ? quirk_by_name(o->name + strlen("probe.")) : -1;

	for (size_t e = 0; e < k->kernel.n_engines && q >= 0; e++)
		if (!strcmp(k->kernel.engines[e], o->engine) && entry_hash(c) == o->hash &&
		    !k->transcripts[e][q]) {
			k->transcripts[e][q] = xstrdup(o->transcript);
			k->ends[e][q] = o->end;
		}
}

/* Of this snapshot? */
static bool take_made(struct kept_probes *k, char *bytes, const char *key)
{
	const char *name;
	char *value;
	bool same = false;

	while (entry_get(&bytes, &name, &value)) {
		if (!strcmp(name, "snapshot"))
			same = !strcmp(value, key);
		else if (!strcmp(name, "time"))
			k->made = (time_t)strtoll(value, NULL, 10);
	}
	return same && k->made > 0;
}

/* Once, and with engines of one word, as the records of their results have it. */
static bool take_kernel(struct kept_probes *k, char *bytes)
{
	if (k->kernel.n_engines)
		return false;
	entry_take_kernel(&k->kernel, bytes);
	for (size_t e = 0; e < k->kernel.n_engines; e++) {
		const char *name = k->kernel.engines[e];

		if (!*name || name[strcspn(name, " \t\n\v\f\r")])
			return false;
	}
	return true;
}

/* Every probe of today on every engine. */
static bool complete(const struct kept_probes *k, const struct suite *probes)
{
	for (int q = 0; q < QUIRK_COUNT; q++)
		for (size_t e = 0; e < k->kernel.n_engines; e++)
			if (probe_of(probes, q) && !k->transcripts[e][q])
				return false;
	return k->kernel.n_engines > 0;
}

/* NULL where all is well; or what is wrong. */
static const char *take(struct kept_probes *k, const struct journal_content *content,
			const char *key, const struct suite *probes)
{
	bool of_this = false;

	if (content->n_gaps)
		return "they are damaged";
	for (size_t i = 0; i < content->n_records; i++) {
		const struct journal_record *r = &content->records[i];
		struct entry_result o;

		if (!strcmp(r->kind, "made"))
			of_this = take_made(k, r->bytes, key);
		else if (!strcmp(r->kind, "kernel") && !take_kernel(k, r->bytes))
			return "they are damaged";
		else if (!strcmp(r->kind, "probe") && entry_parse_result(r, &o))
			take_probe(k, probes, &o);
	}
	if (!of_this)
		return "they are of other guests";
	return complete(k, probes) ? NULL : "they are of other probes";
}

enum kept_state kept_probes_load(struct kept_probes *k, const char *folder,
				 const struct suite *probes, char *why, size_t why_size)
{
	char *path = xasprintf("%s/" KEPT_PROBES_NAME, folder), trouble[300];
	enum kept_state state = KEPT_NONE;
	struct journal_content content = { 0 };
	const char *wrong = NULL;
	struct stat st;

	memset(k, 0, sizeof(*k));
	if (!stat(path, &st)) {
		if (st.st_size > KEPT_PROBES_MAX)
			wrong = "there is too much of it";
		else if (journal_read(&content, path, trouble, sizeof(trouble)))
			wrong = "they are damaged";
		else
			wrong = take(k, &content, key_of(folder), probes);
		state = wrong ? KEPT_BAD : KEPT_GOOD;
	}
	if (wrong) {
		snprintf(why, why_size, "%s", wrong);
		kept_probes_release(k);
	}
	journal_content_release(&content);
	free(path);
	return state;
}

void kept_probes_release(struct kept_probes *k)
{
	for (size_t e = 0; e < MAX_ENGINES; e++)
		for (int q = 0; q < QUIRK_COUNT; q++)
			free(k->transcripts[e][q]);
	memset(k, 0, sizeof(*k));
}

/* 0 or negative errno; @bytes goes. */
static int append(struct journal *j, const char *kind, char *bytes, size_t len)
{
	int err = journal_append(j, kind, bytes, len);

	free(bytes);
	return err;
}

static int append_made(struct journal *j, const struct kept_probes *k, const char *key)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	entry_put(out, "snapshot", key);
	entry_put_number(out, "time", (uint64_t)k->made);
	fclose(out);
	return append(j, "made", text, len);
}

static int append_all(struct journal *j, const struct kept_probes *k, const char *key,
		      const struct suite *probes)
{
	size_t len;
	char *text = entry_of_kernel(&k->kernel, &len);
	int err = append(j, "kernel", text, len);

	if (!err)
		err = append_made(j, k, key);
	for (int q = 0; q < QUIRK_COUNT; q++)
		for (size_t e = 0; e < k->kernel.n_engines; e++) {
			const struct test_case *c = probe_of(probes, q);

			if (err || !c)
				continue;
			text = entry_of_result(c, k->kernel.engines[e], k->transcripts[e][q],
					       k->ends[e][q], &len);
			err = text ? append(j, "probe", text, len) : -EINVAL;
		}
	return err;
}

int kept_probes_store(const struct kept_probes *k, const char *folder, const struct suite *probes,
		      char *why, size_t why_size)
{
	char *path = xasprintf("%s/" KEPT_PROBES_NAME, folder), *made = xasprintf("%s.new", path);
	struct journal *j;
	int err = -1;

	*why = '\0';
	j = journal_is_busy(made) ? NULL : journal_create(made, why, why_size);
	if (j) {
		err = append_all(j, k, key_of(folder), probes);
		journal_close(j);
		if (!err && rename(made, path))
			err = -errno;
		if (err) {
			snprintf(why, why_size, "cannot write %s: %s", path, strerror(-err));
			unlink(made);
		}
	}
	free(path);
	free(made);
	return err ? -1 : 0;
}
