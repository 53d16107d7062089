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

#include "../base/alloc.h"
#include "../claims/json_file.h"
#include "../claims/record.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../report/fold.h"
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

/* The block of a case in ENGINE.txt, from its verdict line on, to *text. */
static void find_transcript(const char *dir, const char *engine, const char *name, char **text)
{
	char *path = xasprintf("%s/%s.txt", dir, engine), *head = xasprintf("case %s\n", name);
	char *line = NULL;
	size_t cap = 0, len;
	FILE *in = fopen(path, "re"), *out = NULL;

	while (in && getline(&line, &cap, in) > 0) {
		if (!out && strcmp(line, head) == 0)
			out = open_memstream(text, &len);
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
}

/* What an engine did in each step; and what the reference with the engine's quirks does. */
struct column {
	const char *name;
	char *text; /* of ENGINE.txt; NULL: not in this run */
	char **got; /* by step; NULL where there is none */
	char **wanted;
	int width;
};

/* The observations of a transcript, by step: what stands behind " = ", or from "! " on. */
static char **observations(const char *transcript, size_t n_steps)
{
	char **seen = xcalloc(n_steps + 1, sizeof(*seen));
	const char *line;
	int len;

	while ((len = transcript_line(&transcript, &line)) >= 0) {
		size_t step = strtoul(line, NULL, 10);
		const char *at = memmem(line, (size_t)len, " = ", 3);
		const char *failed = memmem(line, (size_t)len, " ! ", 3);

		if (step == 0 || step > n_steps || seen[step - 1] || (!at && !failed))
			continue;
		at = at ? at + 3 : failed + 1;
		seen[step - 1] = xstrndup(at, (size_t)(line + len - at));
	}
	return seen;
}

static void free_observations(char **seen, size_t n_steps)
{
	for (size_t i = 0; seen && i < n_steps; i++)
		free(seen[i]);
	free(seen);
}

static bool equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* ' ' as the case says, '~' a quirk made it differ, '!' nothing explains it, '-' not there. */
static char mark_of(const struct column *col, size_t step, const char *expected)
{
	if (!col->got)
		return '-';
	if (!equal(col->got[step], col->wanted[step]))
		return '!';
	return equal(col->got[step], expected) ? ' ' : '~';
}

/* Columns hold what is short; a row with something longer has lines of its own. */
#define CELL_MAX 14
#define ROW_MAX	 80

static void set_widths(struct column *cols, size_t n, const struct test_case *c)
{
	for (size_t e = 0; e < n; e++) {
		cols[e].width = (int)strlen(cols[e].name);
		for (size_t i = 0; cols[e].got && i < c->n_steps; i++) {
			size_t len = cols[e].got[i] ? strlen(cols[e].got[i]) + 1 : 0;

			if (len <= CELL_MAX && (int)len > cols[e].width)
				cols[e].width = (int)len;
		}
	}
}

static bool row_fits(const struct column *cols, size_t n, size_t step)
{
	for (size_t e = 0; e < n; e++)
		if (cols[e].got && cols[e].got[step] &&
		    (int)strlen(cols[e].got[step]) + 1 > cols[e].width)
			return false;
	return true;
}

/* A row that does not fit: the step, and a line for each engine that has another answer. */
static void long_row(const struct column *cols, size_t n, size_t step, const char *expected)
{
	fold(stdout, "", 10, "      case: %s", expected);
	for (size_t e = 0; e < n; e++) {
		char mark = mark_of(&cols[e], step, expected);

		if (mark == '~' || mark == '!')
			fold(stdout, "", 10, "    %c %s: %s", mark, cols[e].name,
			     cols[e].got[step] ? cols[e].got[step] : "nothing");
		if (mark == '!')
			fold(stdout, "", 10, "      the reference with its quirks: %s",
			     cols[e].wanted[step] ? cols[e].wanted[step] : "nothing");
	}
}

static char row_mark(const struct column *cols, size_t n, size_t step, const char *expected)
{
	char mark = ' ';

	for (size_t e = 0; e < n; e++) {
		char m = mark_of(&cols[e], step, expected);

		if (m == '!' || (m == '~' && mark == ' '))
			mark = m;
	}
	return mark;
}

static void print_cells(const struct column *cols, size_t n, size_t step, const char *expected)
{
	for (size_t e = 0; e < n; e++) {
		const char *got = cols[e].got ? cols[e].got[step] : NULL;
		char mark = mark_of(&cols[e], step, expected);

		printf("  %c%-*s", mark == '-' ? ' ' : mark, e + 1 < n ? cols[e].width - 1 : 0,
		       got ? got : "-");
	}
	putchar('\n');
}

static void print_step(const struct test_case *c, const struct column *cols, size_t n, size_t step,
		       int step_width, int case_width)
{
	const char *expected = c->steps[step].expect;
	char mark = row_mark(cols, n, step, expected), *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "%zu ", step + 1);
	step_print(out, &c->steps[step]);
	fclose(out);
	if (mark == ' ') {
		fold(stdout, "", 6, "  %s = %s", text, expected);
	} else if (!row_fits(cols, n, step) || (int)strlen(expected) > case_width) {
		fold(stdout, "", 6, "%c %s", mark, text);
		long_row(cols, n, step, expected);
	} else {
		bool beside = (int)len <= step_width;

		/* Under a step that is too long for its column. */
		if (!beside)
			fold(stdout, "", 6, "%c %s", mark, text);
		printf("%c %-*s  %-*s", beside ? mark : ' ', step_width, beside ? text : "",
		       case_width, expected);
		print_cells(cols, n, step, expected);
	}
	free(text);
}

/*
 * Steps in which all engines did as the case says are one line; where one did not, all of them
 * stand side by side.
 */
static void side_by_side(const struct test_case *c, struct column *cols, size_t n)
{
	int step_width = ROW_MAX - 2, case_width = 4;

	set_widths(cols, n, c);
	for (size_t i = 0; i < c->n_steps; i++)
		if (strlen(c->steps[i].expect) <= CELL_MAX &&
		    (int)strlen(c->steps[i].expect) > case_width)
			case_width = (int)strlen(c->steps[i].expect);
	step_width -= case_width + 2;
	for (size_t e = 0; e < n; e++)
		step_width -= cols[e].width + 2;
	if (step_width > 40)
		step_width = 40;
	printf("  %-*s  %-*s", step_width > 4 ? step_width : 4, "step", case_width, "case");
	for (size_t e = 0; e < n; e++)
		printf(e + 1 < n ? "  %-*s" : "  %.*s", cols[e].width, cols[e].name);
	putchar('\n');
	for (size_t i = 0; i < c->n_steps; i++)
		print_step(c, cols, n, i, step_width, case_width);
}

/* Where the verifier said something, it is in the engine's transcript as comments. */
static void print_comments(const struct column *col)
{
	const char *text = col->text;
	bool any = false;

	while (text && *text) {
		size_t len = strcspn(text, "\n");

		if (*text == '#') {
			if (!any)
				printf("\nThe verifier's last words on %s:\n", col->name);
			any = true;
			fold(stdout, "  ", 2, "%.*s", (int)len, text);
		}
		text += len + (text[len] == '\n');
	}
}

static void read_column(struct column *col, const struct test_case *c, const char *dir,
			const json_t *engine)
{
	enum outcome outcome;
	const char *body;
	char *wanted;

	find_transcript(dir, col->name, c->name, &col->text);
	body = col->text ? strchr(col->text, '\n') : NULL;
	if (!body || body[1] < '0' || body[1] > '9')
		return;
	wanted =
		transcript_reference(c, record_quirks(json_object_get(engine, "quirks")), &outcome);
	col->got = observations(body + 1, c->n_steps);
	col->wanted = observations(wanted, c->n_steps);
	free(wanted);
}

/* The verdict, and what there is of words where there are no steps. */
static void print_verdict(const struct column *col)
{
	int len;

	if (!col->text) {
		printf("%s: no transcript in this run\n", col->name);
		return;
	}
	len = (int)strcspn(col->text, "\n");
	fold(stdout, "", 4, "%s: %.*s", col->name, len, col->text);
	if (!col->got && col->text[len])
		fold(stdout, "    ", 2, "%s", col->text + len + 1);
}

static void explain_engines(const struct test_case *c, const char *dir, const json_t *engines)
{
	struct column cols[MAX_ENGINES] = { 0 };
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < json_array_size(engines) && n < MAX_ENGINES; i++) {
		const json_t *engine = json_array_get(engines, i);

		cols[n].name = json_string_value(json_object_get(engine, "name"));
		if (!cols[n].name || !json_is_true(json_object_get(engine, "offered")))
			continue;
		read_column(&cols[n], c, dir, engine);
		any = any || cols[n].got;
		print_verdict(&cols[n++]);
	}
	if (any) {
		printf("\nWhat each step gave; where engines differ, side by side.\n"
		       "~ a quirk made it differ from the case, ! nothing explains it.\n\n");
		side_by_side(c, cols, n);
	}
	for (size_t e = 0; e < n; e++)
		print_comments(&cols[e]);
	for (size_t e = 0; e < n; e++) {
		free_observations(cols[e].got, c->n_steps);
		free_observations(cols[e].wanted, c->n_steps);
		free(cols[e].text);
	}
}

static void print_kernel(const json_t *kernel)
{
	const char *name = json_string_value(json_object_get(kernel, "name"));
	const char *release = json_string_value(json_object_get(kernel, "release"));

	printf("\n%s, Linux %s\n", name ? name : "?", release ? release : "?");
}

static int explain(const char *dir, const char *name)
{
	char *path = xasprintf("%s/cases.case", dir), *json = xasprintf("%s/summary.json", dir);
	struct suite suite = { 0 };
	const struct test_case *c;
	char why[600];
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
	root = json_file_load(json, why, sizeof(why));
	if (!root) {
		fprintf(stderr, "tailcheck: %s\n", why);
		goto out;
	}
	c = suite_find(&suite, name);
	if (!c) {
		fprintf(stderr, "tailcheck: %s has no case %s\n", dir, name);
		goto out;
	}
	case_print_numbered(stdout, c);
	engines = json_object_get(root, "engines");
	print_kernel(json_object_get(root, "kernel"));
	explain_engines(c, dir, engines);
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
