// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explain: a case of a finished run, and what every engine did, step by step beside what the
 * reference says. Needs only the run's folder.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../report/report.h"
#include "cli.h"
#include "rundir.h"

struct explain_args {
	const char *run;
	const char *name;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct explain_args *a = state->input;

	switch (key) {
	case 'r':
		a->run = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		a->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The block of a case in ENGINE.txt, from its verdict line on; to be freed. NULL: not there. */
static char *find_transcript(const char *dir, const char *engine, const char *name)
{
	char *path = xasprintf("%s/%s.txt", dir, engine), *head = xasprintf("case %s\n", name);
	char *line = NULL, *text = NULL;
	size_t cap = 0, len;
	FILE *in = fopen(path, "re"), *out = NULL;

	while (in && getline(&line, &cap, in) > 0) {
		if (!out && strcmp(line, head) == 0)
			out = open_memstream(&text, &len);
		else if (out && *line == '\n')
			break;
		else if (out)
			fputs(line, out);
	}
	if (out)
		fclose(out);
	if (in)
		fclose(in);
	free(line);
	free(path);
	free(head);
	return text;
}

static uint64_t engine_quirks(const json_t *engine)
{
	const json_t *list = json_object_get(engine, "quirks");
	uint64_t set = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		int id = name ? quirk_by_name(name) : -1;

		if (id >= 0)
			set |= 1ULL << id;
	}
	return set;
}

/* The observation in a transcript's line: what stands behind " = ". */
static const char *observation(const char *line, int len)
{
	const char *at = memmem(line, (size_t)len, " = ", 3);

	return at ? at + 3 : line;
}

/*
 * Every step once; where the engine gave something else than the reference with the engine's
 * quirks, both. Where a quirk made it differ from what the case expects, that is said behind it.
 */
static void side_by_side(const char *expected, const char *wanted, const char *got)
{
	for (;;) {
		const char *norm, *a, *b;
		int norm_len = transcript_line(&expected, &norm);
		int a_len = transcript_line(&wanted, &a), b_len = transcript_line(&got, &b);

		if (!a && !b)
			return;
		if (!a || !b || a_len != b_len || memcmp(a, b, (size_t)a_len) != 0) {
			if (a)
				printf("  - %.*s\n", a_len, a);
			if (b)
				printf("  + %.*s\n", b_len, b);
		} else if (norm && (norm_len != a_len || memcmp(norm, a, (size_t)a_len) != 0)) {
			const char *seen = observation(norm, norm_len);

			printf("  ~ %.*s  (case: %.*s)\n", a_len, a, (int)(norm + norm_len - seen),
			       seen);
		} else {
			printf("    %.*s\n", a_len, a);
		}
	}
}

/* Where the verifier said something, it is in the engine's transcript as comments. */
static void print_comments(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (*text == '#')
			printf("    %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void explain_engine(const struct test_case *c, const char *dir, const json_t *engine)
{
	const char *name = json_string_value(json_object_get(engine, "name"));
	uint64_t quirk_set = engine_quirks(engine);
	enum outcome outcome;
	char *text, *wanted, *expected;
	const char *body;
	size_t head;

	if (!name || !json_is_true(json_object_get(engine, "offered")))
		return;
	text = find_transcript(dir, name, c->name);
	printf("\n%s", name);
	if (!text) {
		printf(": no transcript in this run\n");
		return;
	}
	head = strcspn(text, "\n");
	body = text + head + (text[head] == '\n');
	printf(": %.*s\n", (int)head, text);
	if (*body >= '0' && *body <= '9') {
		wanted = transcript_reference(c, quirk_set, &outcome);
		expected = transcript_expected(c);
		side_by_side(expected, wanted, body);
		print_comments(body);
		free(expected);
		free(wanted);
	} else {
		printf("    %s", body);
	}
	free(text);
}

static int explain(const char *dir, const char *name)
{
	char *path = xasprintf("%s/cases.case", dir), *json = xasprintf("%s/summary.json", dir);
	struct suite suite = { 0 };
	const struct test_case *c;
	json_error_t error;
	json_t *root = NULL, *engines;
	struct diag d;
	int ret = EXIT_USAGE;

	if (access(path, R_OK)) {
		fprintf(stderr, "tailcheck: no run at %s: %s\n", dir, strerror(errno));
		goto out;
	}
	if (suite_add(&suite, path, &d) || suite_finish(&suite, &d)) {
		diag_print(stderr, &d);
		goto out;
	}
	root = json_load_file(json, 0, &error);
	if (!root) {
		fprintf(stderr, "tailcheck: %s:%d: %s\n", json, error.line, error.text);
		goto out;
	}
	c = suite_find(&suite, name);
	if (!c) {
		fprintf(stderr, "tailcheck: %s has no case %s\n", dir, name);
		goto out;
	}
	case_print(stdout, c);
	printf("\nWhat each engine did. ~ a quirk made it differ from the case; - what the "
	       "reference\n"
	       "with the engine's quirks says, + what came instead.\n");
	engines = json_object_get(root, "engines");
	for (size_t i = 0; i < json_array_size(engines); i++)
		explain_engine(c, dir, json_array_get(engines, i));
	ret = 0;
out:
	json_decref(root);
	suite_release(&suite);
	free(path);
	free(json);
	return ret;
}

int cmd_explain(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "run", 'r', "FOLDER", 0, "a run's folder (default: the last one)", 0 }, { 0 }
	};
	static const struct argp argp = {
		options, option, "CASE", "Show a case of a run and every engine's transcript.",
		NULL,	 NULL,	 NULL
	};
	struct explain_args a = { 0 };
	char *results = results_dir(), *latest = xasprintf("%s/latest", results);
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = explain(a.run ? a.run : latest, a.name);
	free(results);
	free(latest);
	return ret;
}
