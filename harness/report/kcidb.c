// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A submission to KCIDB, schema 5.3. A kernel's package is the checkout and the build: where its
 * source is, this program does not know.
 */
#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/hash.h"
#include "export.h"
#include "html/escape.h"

#define MAX_EXCERPT 16384

static const char *status_of(enum verdict v)
{
	switch (v) {
	case VERDICT_CONFORMS:
	case VERDICT_QUIRK:
		return "PASS";
	case VERDICT_UNSUPPORTED:
		return "SKIP";
	case VERDICT_INFRA:
	case VERDICT_NONE:
		return "MISS";
	default:
		return "FAIL";
	}
}

static json_t *visible(const char *text, size_t most)
{
	char *shown = escape_visible(text, strlen(text));
	size_t len = strlen(shown);
	json_t *s;

	/* Not in the middle of a character */
	if (len > most)
		for (len = most; len && (shown[len] & 0xc0) == 0x80;)
			len--;
	s = json_stringn(shown, len);
	free(shown);
	return s;
}

static uint64_t add_hash(uint64_t h, const char *text)
{
	return hash_bytes(h, text, strlen(text) + 1);
}

/* The same run gives the same ids: sent twice it is there once. */
static uint64_t run_hash(const struct run_results *r)
{
	uint64_t h = HASH_EMPTY;

	h = add_hash(h, r->kernel);
	h = add_hash(h, r->release);
	h = add_hash(h, r->version);
	h = add_hash(h, r->package);
	h = add_hash(h, r->host);
	h = add_hash(h, r->boots);
	return hash_bytes(h, &r->seconds, sizeof(r->seconds));
}

static json_t *id_of(const struct exported *x, const struct run_results *r, const char *what)
{
	char *id = xasprintf("%s:tailcheck-%016" PRIx64 "%s", x->origin, run_hash(r), what);
	json_t *s = json_string(id);

	free(id);
	return s;
}

static json_t *path_of(const char *engine, const char *name)
{
	char *path = xasprintf("tailcheck.%s.%s", engine, name);
	json_t *s;

	for (char *p = path; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '-';
	s = json_string(path);
	free(path);
	return s;
}

static json_t *test_json(const struct exported *x, const struct run_results *r, size_t c, size_t e)
{
	static const char *const levels[] = { "must", "should", "may" };
	const struct test_case *tc = r->suite->cases[c];
	const struct result *res = result_of(r, c, e);
	char *what = xasprintf(".%s.%s", r->engines[e].name, tc->name), *text;
	json_t *test = json_pack("{s:o, s:o, s:s, s:o, s:s, s:{s:o}, s:{s:s, s:s}}", "id",
				 id_of(x, r, what), "build_id", id_of(x, r, ""), "origin",
				 x->origin, "path", path_of(r->engines[e].name, tc->name), "status",
				 status_of(res->verdict), "environment", "comment",
				 visible(r->host, MAX_EXCERPT), "misc", "verdict",
				 verdict_names[res->verdict], "level", levels[tc->level]);

	if (res->verdict != VERDICT_CONFORMS && res->verdict != VERDICT_QUIRK) {
		text = result_text(r, c, e);
		json_object_set_new(test, "log_excerpt", visible(text, MAX_EXCERPT));
		free(text);
	}
	free(what);
	return test;
}

/* What is true of the run: its log, its suite. Where that is wrong, no test of a case says so. */
static json_t *check_json(const struct exported *x, const struct run_results *r,
			  enum run_check check)
{
	char *what = xasprintf(".run.%s", run_check_names[check]), *wrong = run_check(r, check);
	json_t *test = json_pack("{s:o, s:o, s:s, s:o, s:s}", "id", id_of(x, r, what), "build_id",
				 id_of(x, r, ""), "origin", x->origin, "path",
				 path_of("run", run_check_names[check]), "status",
				 !wrong			   ? "PASS"
				 : check == CHECK_COMPLETE ? "MISS"
				 : check == CHECK_SUITE	   ? "ERROR"
							   : "FAIL");

	if (wrong)
		json_object_set_new(test, "log_excerpt", visible(wrong, MAX_EXCERPT));
	free(wrong);
	free(what);
	return test;
}

static void add_tests(json_t *tests, const struct exported *x, const struct run_results *r)
{
	for (size_t e = 0; e < r->n_engines; e++)
		for (size_t c = 0; r->engines[e].offered && c < r->suite->n_cases; c++)
			json_array_append_new(tests, test_json(x, r, c, e));
	for (int i = 0; i < N_RUN_CHECKS; i++)
		json_array_append_new(tests, check_json(x, r, (enum run_check)i));
}

void export_kcidb(FILE *out, const struct exported *x)
{
	json_t *checkouts = json_array(), *builds = json_array(), *tests = json_array(), *root;

	for (size_t i = 0; i < x->n; i++) {
		const struct run_results *r = &x->runs[i];
		const char *from = *r->package ? r->package : r->kernel;

		json_array_append_new(checkouts,
				      json_pack("{s:o, s:s, s:o}", "id", id_of(x, r, ""), "origin",
						x->origin, "comment", visible(from, MAX_EXCERPT)));
		json_array_append_new(builds,
				      json_pack("{s:o, s:o, s:s, s:o, s:o}", "id", id_of(x, r, ""),
						"checkout_id", id_of(x, r, ""), "origin", x->origin,
						"architecture", visible(r->arch, 64), "comment",
						visible(r->version, MAX_EXCERPT)));
		add_tests(tests, x, r);
	}
	root = json_pack("{s:{s:i, s:i}, s:o, s:o, s:o}", "version", "major", 5, "minor", 3,
			 "checkouts", checkouts, "builds", builds, "tests", tests);
	json_dumpf(root, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(root);
}
