// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "record.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../judge/normative.h"
#include "json_file.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

quirk_set record_quirks(const json_t *list)
{
	quirk_set set = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		int id = name ? quirk_by_name(name) : -1;

		if (id >= 0)
			set |= QUIRK_BIT(id);
	}
	return set;
}

static enum verdict verdict_of(const char *name)
{
	for (int v = 0; v < N_VERDICTS; v++)
		if (strcmp(verdict_names[v], name) == 0)
			return (enum verdict)v;
	return VERDICT_NONE;
}

static void take_absent(struct record *r, const json_t *e)
{
	if (r->n_absent == MAX_ENGINES)
		return;
	snprintf(r->absent[r->n_absent].name, sizeof(r->absent[0].name), "%s", text_of(e, "name"));
	r->absent[r->n_absent++].why = xstrdup(text_of(e, "why"));
}

/* "" where there is none. */
static char *copy_of(const json_t *object, const char *key)
{
	return xstrdup(text_of(object, key));
}

static char *name_or_null(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return *text ? xstrdup(text) : NULL;
}

static void add_names(char ***names, size_t *n, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name)
			*vec_add(*names, *n) = xstrdup(name);
	}
}

static void take_trouble(struct record *r, const json_t *root)
{
	const json_t *list = json_object_get(root, "splats");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);

		*vec_add(r->splats, r->n_splats) =
			(struct run_splat){ name_or_null(s, "case"), name_or_null(s, "engine"),
					    copy_of(s, "line") };
	}
	add_names(&r->suite_errors, &r->n_suite_errors, json_object_get(root, "suite_errors"));
	r->seconds = json_number_value(json_object_get(root, "seconds"));
}

static void take_engines(struct record *r, const json_t *engines)
{
	for (size_t i = 0; i < json_array_size(engines) && r->n_engines < MAX_ENGINES; i++) {
		const json_t *e = json_array_get(engines, i);

		if (!json_is_true(json_object_get(e, "offered"))) {
			take_absent(r, e);
			continue;
		}
		snprintf(r->engines[r->n_engines].name, sizeof(r->engines[0].name), "%s",
			 text_of(e, "name"));
		r->engines[r->n_engines].quirks = record_quirks(json_object_get(e, "quirks"));
		r->engines[r->n_engines].uncertain = record_quirks(json_object_get(e, "uncertain"));
		add_names(&r->engines[r->n_engines].capabilities,
			  &r->engines[r->n_engines].n_capabilities,
			  json_object_get(e, "capabilities"));
		r->n_engines++;
	}
}

static const struct test_case **slot_of(const struct record *r, const char *name)
{
	size_t from = 0, to = r->suite.n_cases;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int order = strcmp(r->suite.cases[mid]->name, name);

		if (order == 0)
			return &r->suite.cases[mid];
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static void take_results(struct record *r, const json_t *cases)
{
	r->results = xcalloc(r->suite.n_cases * r->n_engines + 1, sizeof(*r->results));
	for (size_t i = 0; i < json_array_size(cases); i++) {
		const json_t *c = json_array_get(cases, i), *engines;
		const struct test_case **slot = slot_of(r, text_of(c, "name"));

		if (!slot)
			*vec_add(r->strays, r->n_strays) = xstrdup(text_of(c, "name"));
		engines = json_object_get(c, "engines");
		for (size_t e = 0; slot && e < r->n_engines; e++) {
			const json_t *v = json_object_get(engines, r->engines[e].name);
			struct result *res =
				&r->results[(size_t)(slot - r->suite.cases) * r->n_engines + e];

			res->verdict = verdict_of(text_of(v, "verdict"));
			res->because = record_quirks(json_object_get(v, "quirks"));
		}
	}
}

/* {"index": 2, "of": 7} */
static void take_shard(struct record *r, const json_t *shard)
{
	json_int_t index = json_integer_value(json_object_get(shard, "index"));
	json_int_t of = json_integer_value(json_object_get(shard, "of"));

	if (index < 1 || index > of || of > MAX_SHARDS)
		return;
	r->shard = (unsigned int)index;
	r->shards = (unsigned int)of;
}

static int read_cases(struct record *r, size_t n_results, char *why, size_t why_size)
{
	char *path = xasprintf("%s/cases.case", r->dir);
	struct stat st;
	struct diag d;
	int ret = 0;

	/* A run of nothing is a run. */
	if (!n_results && !stat(path, &st) && !st.st_size)
		;
	else if (suite_add(&r->suite, path, &d) || suite_finish(&r->suite, &d)) {
		snprintf(why, why_size, "%s:%u: %s", d.file, d.line, d.message);
		ret = -1;
	}
	free(path);
	return ret;
}

int record_read(struct record *r, const char *dir, char *why, size_t why_size)
{
	char *path = xasprintf("%s/summary.json", dir);
	json_t *root = json_file_load(path, why, why_size);
	const json_t *kernel = json_object_get(root, "kernel");
	int ret = -1;

	memset(r, 0, sizeof(*r));
	r->dir = xstrdup(dir);
	r->kernel = copy_of(kernel, "name");
	r->package = copy_of(kernel, "package");
	r->release = copy_of(kernel, "release");
	r->arch = copy_of(kernel, "arch");
	r->version = copy_of(kernel, "version");
	r->host = copy_of(root, "host");
	r->boots = copy_of(root, "boots");
	r->probes_kept = copy_of(root, "probes_kept");
	r->program = copy_of(root, "tailcheck");
	r->interrupted = json_is_true(json_object_get(root, "interrupted"));
	r->runtime = json_is_true(json_object_get(root, "runtime"));
	r->profile_trouble = copy_of(root, "profile_differences");
	r->suite_trouble = copy_of(root, "suite_trouble");
	r->selection = json_is_string(json_object_get(root, "selection"))
			       ? copy_of(root, "selection")
			       : NULL;
	if (root && !*r->kernel) {
		snprintf(why, why_size, "%s: not the summary of a run", path);
	} else if (root && read_cases(r, json_array_size(json_object_get(root, "cases")), why,
				      why_size) == 0) {
		take_engines(r, json_object_get(root, "engines"));
		take_trouble(r, root);
		take_shard(r, json_object_get(root, "shard"));
		take_results(r, json_object_get(root, "cases"));
		ret = 0;
	}
	if (ret)
		record_release(r);
	json_decref(root);
	free(path);
	return ret;
}

void record_release(struct record *r)
{
	for (size_t i = 0; r->results && i < r->suite.n_cases * r->n_engines; i++)
		free(r->results[i].transcript);
	for (size_t e = 0; e < r->n_engines; e++) {
		for (size_t i = 0; i < r->engines[e].n_capabilities; i++)
			free(r->engines[e].capabilities[i]);
		free(r->engines[e].capabilities);
	}
	for (size_t i = 0; i < r->n_absent; i++)
		free(r->absent[i].why);
	for (size_t i = 0; i < r->n_splats; i++) {
		free(r->splats[i].case_name);
		free(r->splats[i].engine);
		free(r->splats[i].line);
	}
	for (size_t i = 0; i < r->n_suite_errors; i++)
		free(r->suite_errors[i]);
	for (size_t i = 0; i < r->n_strays; i++)
		free(r->strays[i]);
	free(r->strays);
	suite_release(&r->suite);
	free(r->splats);
	free(r->suite_errors);
	free(r->results);
	free(r->dir);
	free(r->kernel);
	free(r->package);
	free(r->release);
	free(r->version);
	free(r->arch);
	free(r->host);
	free(r->boots);
	free(r->probes_kept);
	free(r->program);
	free(r->profile_trouble);
	free(r->suite_trouble);
	free(r->selection);
	memset(r, 0, sizeof(*r));
}

static bool same_program(const struct asm_prog *a, const struct asm_prog *b)
{
	if (!a || !b)
		return !a && !b;
	if (a->n_insns != b->n_insns || a->n_relocs != b->n_relocs || a->n_kfuncs != b->n_kfuncs ||
	    memcmp(a->insns, b->insns, a->n_insns * sizeof(*a->insns)) != 0)
		return false;
	for (size_t i = 0; i < a->n_relocs; i++)
		if (a->relocs[i].insn != b->relocs[i].insn ||
		    strcmp(a->relocs[i].map, b->relocs[i].map) != 0)
			return false;
	for (size_t i = 0; i < a->n_kfuncs; i++)
		if (a->kfuncs[i].insn != b->kfuncs[i].insn ||
		    strcmp(a->kfuncs[i].name, b->kfuncs[i].name) != 0)
			return false;
	return true;
}

bool record_same_test(const struct test_case *a, const struct test_case *b)
{
	char *x, *y;
	bool same;

	/* Runs of one suite: the same text, at once. */
	if (a->text_len == b->text_len && memcmp(a->text, b->text, a->text_len) == 0)
		return true;
	if (a->n_steps != b->n_steps ||
	    strcmp(a->needs ? a->needs : "", b->needs ? b->needs : "") != 0)
		return false;
	for (size_t i = 0; i < a->n_steps; i++)
		if (!same_program(a->steps[i].prog, b->steps[i].prog))
			return false;
	x = transcript_expected(a);
	y = transcript_expected(b);
	same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

const struct test_case *record_case(const struct record *r, const char *name)
{
	const struct test_case **slot = slot_of(r, name);

	return slot ? *slot : NULL;
}

bool record_case_index(const struct record *r, const char *name, size_t *at)
{
	const struct test_case **slot = slot_of(r, name);

	if (slot)
		*at = (size_t)(slot - r->suite.cases);
	return slot;
}

struct result record_result(const struct record *r, const struct test_case *c, size_t engine)
{
	const struct test_case **slot = slot_of(r, c->name);
	struct result none = { .verdict = VERDICT_NONE };

	if (!slot || engine >= r->n_engines || !record_same_test(*slot, c))
		return none;
	return r->results[(size_t)(slot - r->suite.cases) * r->n_engines + engine];
}

size_t record_covers(const struct record *r, const struct suite *suite)
{
	size_t n = 0;

	for (size_t i = 0; i < suite->n_cases; i++)
		if (suite->cases[i]->n_claims &&
		    record_result(r, suite->cases[i], 0).verdict != VERDICT_NONE)
			n++;
	return n;
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

/* Runs are called DATE-TIME-KERNEL. */
static int is_run(const struct dirent *ent)
{
	return ent->d_name[0] >= '0' && ent->d_name[0] <= '9';
}

static size_t wanted_cases(const struct suite *suite)
{
	size_t n = 0;

	for (size_t i = 0; i < suite->n_cases; i++)
		n += suite->cases[i]->n_claims != 0;
	return n;
}

/* Keep @r, or release it where there is a run of its kernel that is as good. */
static void keep_best(struct records *all, struct record *r)
{
	size_t i = 0;

	while (i < all->n_records && strcmp(all->records[i].kernel, r->kernel) != 0)
		i++;
	if (i == all->n_records) {
		*vec_add(all->records, all->n_records) = *r;
	} else if (all->records[i].covers >= r->covers) {
		record_release(r);
	} else {
		record_release(&all->records[i]);
		all->records[i] = *r;
	}
}

/* Is there a run of the kernel that this folder is named after that has everything? */
static bool complete(const struct records *all, const char *dir, size_t want)
{
	for (size_t i = 0; i < all->n_records; i++) {
		size_t len = strlen(dir), k = strlen(all->records[i].kernel);

		if (all->records[i].covers == want && len > k + 1 && dir[len - k - 1] == '-' &&
		    strcmp(dir + len - k, all->records[i].kernel) == 0)
			return true;
	}
	return false;
}

static int by_kernel(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return strverscmp(x->kernel, y->kernel);
}

void records_latest(struct records *all, const char *results, const struct suite *suite)
{
	struct dirent **list;
	int n = scandir(results, &list, is_run, newest_first);
	size_t want = wanted_cases(suite);

	memset(all, 0, sizeof(*all));
	for (int i = 0; i < n; i++) {
		char *dir = xasprintf("%s/%s", results, list[i]->d_name);
		char *summary = xasprintf("%s/summary.json", dir), why[600];
		struct record r;

		/* A run that was killed has no summary. */
		if (!complete(all, list[i]->d_name, want) && access(summary, F_OK) == 0) {
			if (record_read(&r, dir, why, sizeof(why))) {
				fprintf(stderr, "tailcheck: not used: %s\n", why);
			} else {
				r.covers = record_covers(&r, suite);
				/* What documents say of kernels is asked of kernels. */
				if (r.runtime)
					record_release(&r);
				else
					keep_best(all, &r);
			}
		}
		free(summary);
		free(dir);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	if (all->n_records)
		qsort(all->records, all->n_records, sizeof(*all->records), by_kernel);
}

int records_named(struct records *all, char *const *dirs, size_t n, char *why, size_t why_size)
{
	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		struct record r;

		if (record_read(&r, dirs[i], why, why_size)) {
			records_release(all);
			return -1;
		}
		*vec_add(all->records, all->n_records) = r;
	}
	return 0;
}

void records_release(struct records *all)
{
	for (size_t i = 0; i < all->n_records; i++)
		record_release(&all->records[i]);
	free(all->records);
	memset(all, 0, sizeof(*all));
}
