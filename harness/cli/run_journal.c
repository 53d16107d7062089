// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run_journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/hash.h"
#include "../report/report.h"
#include "cli.h"
#include "run_entries.h"

/* Names of cases that are spelled out where many changed. */
#define MOST_NAMES 5

/* A full disk: the run ends, as if the user had asked for it, with what is there. */
static void append(struct run *run, const char *kind, const char *bytes, size_t len)
{
	int err;

	if (!run->journal || run->journal_trouble)
		return;
	err = journal_append(run->journal, kind, bytes, len);
	if (!err)
		return;
	run->journal_trouble =
		xasprintf("cannot write %s/" JOURNAL_NAME ": %s", run->dir, strerror(-err));
	run_interrupted = 1;
}

/* Bytes that go when they are written; NULL: nothing. */
static void append_own(struct run *run, const char *kind, char *bytes, const size_t *len)
{
	if (bytes)
		append(run, kind, bytes, *len);
	free(bytes);
}

/* Every file that the command names, as far as can be seen: the adapter, or its interpreter's
 * script.
 */
static char *adapter_identity(const struct run *run)
{
	char *words = xstrdup(run->o.engine_cmd), *save = NULL, *text;
	uint64_t h = HASH_EMPTY;
	struct stat st;

	for (char *w = strtok_r(words, " \t'\"", &save); w; w = strtok_r(NULL, " \t'\"", &save))
		if (!stat(w, &st) && S_ISREG(st.st_mode)) {
			h = hash_bytes(h, &st.st_size, sizeof(st.st_size));
			h = hash_bytes(h, &st.st_mtim, sizeof(st.st_mtim));
		}
	text = xasprintf("adapter %s, files %016" PRIx64, run->o.engine_cmd, h);
	free(words);
	return text;
}

/* What must be the same for results to be of the same run. To be freed. */
static char *kernel_identity(const struct run *run)
{
	char *agent = agent_path(run->image.arch), *text;
	uint64_t h = HASH_EMPTY;
	char buf[1 << 16];
	struct stat st = { 0 };
	FILE *in = fopen(agent, "re");
	size_t n;

	while (in && (n = fread(buf, 1, sizeof(buf), in)))
		h = hash_bytes(h, buf, n);
	if (in)
		fclose(in);
	/* A package says all about its kernel; a file says nothing, and may change. */
	if (!run->image.package[0] && stat(run->image.boot, &st))
		st.st_size = -1;
	text = xasprintf("%s %s %lld %lld, agent %016" PRIx64, run->image.package,
			 run->image.release, (long long)st.st_size, (long long)st.st_mtime, h);
	free(agent);
	return text;
}

static char *identity(const struct run *run)
{
	return run->o.engine_cmd ? adapter_identity(run) : kernel_identity(run);
}

static void put_run(struct run *run)
{
	char *text = NULL, *id = identity(run), cwd[4096];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	entry_put(out, "tailcheck", TAILCHECK_VERSION);
	entry_put(out, "identity", id);
	entry_put(out, "kernel", run->o.kernel);
	entry_put(out, "host", run->results.host ? run->results.host : "");
	entry_put(out, "folder", getcwd(cwd, sizeof(cwd)) ? cwd : ".");
	if (run->o.engine_cmd) {
		entry_put(out, "engine-cmd", run->o.engine_cmd);
		entry_put_number(out, "quirks", (uint64_t)run->o.quirks);
		entry_put_number(out, "quirks-above", (uint64_t)(run->o.quirks >> 64));
		entry_put_number(out, "request-timeout", run->o.request_seconds);
	}
	if (run->o.profiles)
		entry_put(out, "profiles", run->o.profiles);
	if (run->o.output)
		entry_put(out, "output", run->o.output);
	if (run->o.offline)
		entry_put(out, "offline", "");
	entry_put_number(out, "guests", run->o.guests);
	entry_put_number(out, "case-timeout", run->o.case_seconds);
	entry_put_number(out, "timeout", run->o.run_seconds);
	entry_put_number(out, "max-restarts", run->o.max_restarts);
	entry_put_number(out, "shard", run->o.shard);
	entry_put_number(out, "shards", run->o.shards);
	entry_put_number(out, "order", run->o.order);
	entry_put_number(out, "session", run->sessions);
	for (size_t i = 0; i < run->o.n_words; i++)
		entry_put(out, "word", run->o.words[i]);
	fclose(out);
	append_own(run, "run", text, &len);
	free(id);
}

int run_journal_create(struct run *run, char *why, size_t why_size)
{
	char *path = xasprintf("%s/" JOURNAL_NAME, run->dir);

	run->journal = journal_create(path, why, why_size);
	free(path);
	if (!run->journal)
		return -1;
	run->sessions = 1;
	/* Twice: without it the rest could not be used. */
	put_run(run);
	put_run(run);
	if (run->journal_trouble)
		snprintf(why, why_size, "%s", run->journal_trouble);
	return run->journal_trouble ? -1 : 0;
}

static void tell_gaps(const struct run *run)
{
	for (size_t i = 0; i < run->old.n_gaps; i++) {
		const struct journal_gap *g = &run->old.gaps[i];

		fprintf(stderr,
			"tailcheck: %s/" JOURNAL_NAME ":%zu: %zu bytes at offset %zu are damaged: "
			"%" PRIu64 " record%s lost, and run again\n",
			run->dir, g->line, g->bytes, g->offset, g->lost, g->lost == 1 ? "" : "s");
	}
}

/* The options that were not given now. */
static void take_option(struct run *run, const char *key, char *value)
{
	const struct {
		const char *key;
		unsigned int *to;
	} numbers[] = {
		{ "guests", &run->o.guests },
		{ "case-timeout", &run->o.case_seconds },
		{ "timeout", &run->o.run_seconds },
		{ "max-restarts", &run->o.max_restarts },
		{ "request-timeout", &run->o.request_seconds },
		{ "shard", &run->o.shard },
		{ "shards", &run->o.shards },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!strcmp(key, numbers[i].key) && !*numbers[i].to)
			*numbers[i].to = (unsigned int)strtoul(value, NULL, 10);
	if (!strcmp(key, "kernel"))
		run->o.kernel = value;
	else if (!strcmp(key, "engine-cmd"))
		run->o.engine_cmd = value;
	else if (!strcmp(key, "quirks"))
		run->o.quirks |= strtoull(value, NULL, 10);
	else if (!strcmp(key, "quirks-above"))
		run->o.quirks |= (quirk_set)strtoull(value, NULL, 10) << 64;
	else if (!strcmp(key, "profiles") && !run->o.profiles)
		run->o.profiles = value;
	else if (!strcmp(key, "output"))
		run->o.output = run->dir;
	else if (!strcmp(key, "offline"))
		run->o.offline = true;
	else if (!strcmp(key, "order") && !run->o.order)
		run->o.order = strtoull(value, NULL, 10);
	else if (!strcmp(key, "word"))
		*vec_add(run->o.words, run->o.n_words) = value;
	else if (!strcmp(key, "folder") && chdir(value))
		fprintf(stderr, "tailcheck: the run was begun in %s, which cannot be entered\n",
			value);
}

int run_journal_open(struct run *run, bool take, char *why, size_t why_size)
{
	char *path = xasprintf("%s/" JOURNAL_NAME, run->dir);

	run->journal = journal_continue(path, &run->old, why, why_size);
	free(path);
	if (!run->journal)
		return -1;
	tell_gaps(run);
	for (size_t i = 0; i < run->old.n_records; i++) {
		char *at = run->old.records[i].bytes, *value;
		const char *key;

		run->ended |= !strcmp(run->old.records[i].kind, "end");
		if (strcmp(run->old.records[i].kind, "run") != 0)
			continue;
		while (entry_get(&at, &key, &value)) {
			if (take)
				take_option(run, key, value);
			if (!strcmp(key, "identity"))
				run->old_identity = value;
			if (!strcmp(key, "session"))
				run->sessions = (unsigned int)strtoul(value, NULL, 10);
		}
		/* Those that follow say the same. */
		take = false;
	}
	if (run->old_identity)
		return 0;
	snprintf(why, why_size, "%s/" JOURNAL_NAME " does not say what the run was", run->dir);
	return -1;
}

int run_journal_fits(struct run *run, char *why, size_t why_size)
{
	char *id = identity(run);
	bool same = !strcmp(id, run->old_identity);

	if (!same)
		snprintf(why, why_size,
			 "the run in %s was with another %s (%s; now %s): begin a new one",
			 run->dir, run->o.engine_cmd ? "adapter" : "kernel or agent",
			 run->old_identity, id);
	free(id);
	if (!same)
		return -1;
	run->sessions++;
	put_run(run);
	return 0;
}

void run_journal_take_kernel(struct run *run)
{
	for (size_t i = 0; i < run->old.n_records && !run->kernel; i++)
		if (!strcmp(run->old.records[i].kind, "kernel")) {
			entry_take_kernel(&run->known_kernel, run->old.records[i].bytes);
			run->kernel = &run->known_kernel;
		}
}

bool run_journal_same_kernel(const struct run *run)
{
	return !run->known_kernel.release[0] ||
	       !memcmp(run->kernel, &run->known_kernel, sizeof(*run->kernel));
}

void run_journal_kernel(struct run *run)
{
	size_t len;

	if (!run->known_kernel.release[0])
		append_own(run, "kernel", entry_of_kernel(run->kernel, &len), &len);
}

void run_journal_result(struct run *run, const char *kind, const struct test_case *c,
			unsigned int engine, const char *transcript, struct run_end end)
{
	size_t len;

	append_own(run, kind,
		   entry_of_result(c, run->kernel->engines[engine], transcript, end, &len), &len);
}

void run_journal_kept(struct run *run, const char *made)
{
	append(run, "kept", made, strlen(made));
}

void run_journal_splat(struct run *run, const struct run_splat *s)
{
	char *text = xasprintf("%s %s\n%s", s->case_name ? s->case_name : "-",
			       *s->engine ? s->engine : "-", s->line);

	append(run, "splat", text, strlen(text));
	free(text);
}

void run_journal_forget(struct run *run)
{
	journal_close(run->journal);
	journal_content_release(&run->old);
	run->journal = NULL;
	run->old_identity = NULL;
}

void run_journal_end(struct run *run, int exit_code)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", exit_code);

	append(run, "end", text, (size_t)n);
}

static int engine_index(const struct run *run, const char *name)
{
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		if (!strcmp(run->kernel->engines[e], name))
			return (int)e;
	return -1;
}

static void take_probe(struct run *run, const struct entry_result *o, int engine)
{
	const struct test_case *c = suite_find(&run->probes, o->name);
	int q = c ? quirk_by_name(o->name + strlen("probe.")) : -1;

	if (q < 0 || engine < 0 || entry_hash(c) != o->hash || run->probe_transcripts[engine][q])
		return;
	run->probe_transcripts[engine][q] = xstrdup(o->transcript);
	run->probe_ends[engine][q] = o->end;
}

static void take_splat(struct run *run, const struct journal_record *r)
{
	struct run_splat *s;
	char name[256], engine[32];
	int n = 0;

	if (sscanf(r->bytes, "%255s %31s%n", name, engine, &n) != 2 || r->bytes[n] != '\n')
		return;
	s = vec_add(run->results.splats, run->results.n_splats);
	s->case_name = strcmp(name, "-") != 0 ? xstrdup(name) : NULL;
	s->engine = xstrdup(strcmp(engine, "-") != 0 ? engine : "");
	s->line = xstrdup(r->bytes + n + 1);
}

struct taken {
	size_t used, changed, gone, strange;
};

static int by_name(const void *name, const void *element)
{
	const struct test_case *const *c = (const struct test_case *const *)element;

	return strcmp((const char *)name, (*c)->name);
}

static void take_case(struct run *run, const struct entry_result *o, int engine, struct taken *t)
{
	const struct suite *suite = &run->suite;
	const struct test_case **at =
		bsearch(o->name, suite->cases, suite->n_cases, sizeof(suite->cases[0]), by_name);
	size_t c = at ? (size_t)(at - suite->cases) : 0;

	if (!at || engine < 0) {
		t->gone++;
	} else if (entry_hash(*at) != o->hash) {
		if (t->changed++ < MOST_NAMES)
			fprintf(stderr,
				"tailcheck: %s:%u: %s has changed since: its result on %s is not "
				"used\n",
				(*at)->file, (*at)->line, o->name, o->engine);
	} else if (result_of(&run->results, c, (size_t)engine)->verdict == VERDICT_NONE) {
		run_take_result(run, c, (unsigned int)engine, o->end, o->transcript);
		t->used++;
	}
}

void run_journal_take_probes(struct run *run)
{
	for (size_t i = 0; i < run->old.n_records; i++) {
		const struct journal_record *r = &run->old.records[i];
		struct entry_result o;

		if (!strcmp(r->kind, "splat"))
			take_splat(run, r);
		else if (!strcmp(r->kind, "kept") && !run->results.probes_kept)
			run->results.probes_kept = xstrdup(r->bytes);
		else if (!strcmp(r->kind, "probe") && entry_parse_result(r, &o))
			take_probe(run, &o, engine_index(run, o.engine));
	}
}

void run_journal_take_cases(struct run *run)
{
	struct taken t = { .used = 0 };

	if (!run->old_identity)
		return;
	for (size_t i = 0; i < run->old.n_records; i++) {
		const struct journal_record *r = &run->old.records[i];
		struct entry_result o;

		if (strcmp(r->kind, "result") != 0)
			continue;
		if (entry_parse_result(r, &o))
			take_case(run, &o, engine_index(run, o.engine), &t);
		else
			t.strange++;
	}
	fprintf(stderr, "tailcheck: going on with %s: %zu results are there", run->dir, t.used);
	if (t.changed)
		fprintf(stderr, "; %zu are of cases that have changed", t.changed);
	if (t.gone)
		fprintf(stderr, "; %zu are of cases that are not named any more", t.gone);
	if (t.strange)
		fprintf(stderr, "; %zu records are not understood", t.strange);
	fputc('\n', stderr);
}
