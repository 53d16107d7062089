// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list, show, quirks: what there is. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../judge/judge.h"
#include "../report/fold.h"
#include "../report/report.h"
#include "cli.h"

/* What to show, and in which form. */
struct list_args {
	struct selection sel;
	const char *area, *claim, *engine;
	int level; /* enum level, or -1: any */
	bool all_lines;
	struct claims claims;
};

static const char *const level_names[] = { "must", "should", "may" };

static error_t list_option(int key, char *arg, struct argp_state *state)
{
	struct list_args *a = state->input;

	switch (key) {
	case 'a':
		a->area = arg;
		return 0;
	case 'c':
		a->claim = arg;
		return 0;
	case 'e':
		a->engine = arg;
		return 0;
	case 'l':
		for (int i = 0; i < 3; i++)
			if (strcmp(arg, level_names[i]) == 0)
				a->level = i;
		if (a->level < 0)
			argp_error(state, "a level is must, should or may, not %s", arg);
		return 0;
	case 'L':
		a->all_lines = true;
		return 0;
	case ARGP_KEY_ARG:
		selection_add(&a->sel, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool wanted(const struct list_args *a, const struct test_case *c)
{
	size_t area = area_length(c->name);

	if (a->area && (strlen(a->area) != area || strncmp(a->area, c->name, area) != 0))
		return false;
	if (a->claim && !claim_ref_of(c, a->claim))
		return false;
	/* Quirks that only a probe can find are taken as absent. */
	if (a->engine && !case_fits(c, a->engine, 0))
		return false;
	return a->level < 0 || (int)c->level == a->level;
}

/* The columns of a terminal; 0: it is none, and nothing is cut. */
static size_t terminal_width(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col : 80;
}

#define NAME_COLUMNS 32

static void print_line(const struct test_case *c, size_t width)
{
	char *line = xasprintf("%-*s %-6s %s%s%s%s", NAME_COLUMNS, c->name, level_names[c->level],
			       c->needs ? "(needs " : "", c->needs ? c->needs : "",
			       c->needs ? ") " : "", c->about[0]);

	if (width && strlen(line) > width)
		printf("%.*s...\n", (int)width - 3, line);
	else
		printf("%s\n", line);
	free(line);
}

static void print_entry(const struct list_args *a, const struct test_case *c)
{
	static const char *const says[N_CLAIM_RELATIONS] = { "confirms", "contradicts",
							     "qualifies" };

	printf("%s, %s", c->name, level_names[c->level]);
	printf(c->needs ? ", needs %s\n" : "\n", c->needs);
	for (size_t i = 0; i < c->n_about; i++)
		fold(stdout, "    ", 0, "%s", c->about[i]);
	for (size_t i = 0; i < c->n_claims; i++) {
		const struct claim *claim = claims_find(&a->claims, c->claims[i].id);

		fold(stdout, "    ", 4, "%s %s: %s", says[c->claims[i].relation], c->claims[i].id,
		     claim ? claim->text : "?");
	}
	for (size_t i = 0; i < c->n_sources; i++)
		fold(stdout, "    ", 4, "source: %s", c->sources[i]);
}

/* The engines of a kernel, and the reference: where would the cases run? */
static void print_totals(const struct suite *suite)
{
	static const char *const engines[] = { "jit", "interp", "jit-hardened", "reference" };
	size_t levels[3] = { 0 };

	for (size_t i = 0; i < suite->n_cases; i++)
		levels[suite->cases[i]->level]++;
	printf("\n%zu case%s: %zu must, %zu should, %zu may\nby needs alone, without quirks:",
	       suite->n_cases, suite->n_cases == 1 ? "" : "s", levels[LEVEL_MUST],
	       levels[LEVEL_SHOULD], levels[LEVEL_MAY]);
	for (size_t e = 0; e < sizeof(engines) / sizeof(engines[0]); e++) {
		size_t n = 0;

		for (size_t i = 0; i < suite->n_cases; i++)
			n += case_fits(suite->cases[i], engines[e], 0);
		printf("%s %s %zu", e ? "," : "", engines[e], n);
	}
	putchar('\n');
}

static int list_cases(struct list_args *a, struct suite *suite)
{
	size_t kept = 0, width = terminal_width();

	for (size_t i = 0; i < suite->n_cases; i++)
		if (wanted(a, suite->cases[i]))
			suite->cases[kept++] = suite->cases[i];
	suite->n_cases = kept;
	if (!kept) {
		fprintf(stderr, "tailcheck: there is no such case\n");
		return EXIT_NOTHING_RAN;
	}
	for (size_t i = 0; i < kept; i++) {
		if (a->all_lines)
			print_entry(a, suite->cases[i]);
		else
			print_line(suite->cases[i], width);
	}
	if (width || a->all_lines)
		print_totals(suite);
	return 0;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "area", 'a', "AREA", 0, "cases of this area", 0 },
		{ "claim", 'c', "ID", 0, "cases that name this claim", 0 },
		{ "level", 'l', "LEVEL", 0, "must, should or may", 0 },
		{ "engine", 'e', "ENGINE", 0,
		  "cases that run on it: jit, interp, jit-hardened, reference", 0 },
		{ "long", 'L', NULL, 0, "everything that a case's head says", 0 },
		{ 0 }
	};
	static const struct argp argp = { options,
					  list_option,
					  "[FILE|FOLDER|CASE|GLOB]...",
					  "One line for each case: its name, level, and what it "
					  "shows, cut at a terminal's width.",
					  NULL,
					  NULL,
					  NULL };
	struct list_args a = { .level = -1 };
	struct suite suite = { .n_cases = 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = load_claims(&a.claims);
	if (!ret && a.claim && !claims_find(&a.claims, a.claim)) {
		fprintf(stderr, "tailcheck: %s has no claim %s\n", a.claims.file, a.claim);
		ret = EXIT_NOTHING_RAN;
	}
	if (!ret)
		ret = selection_load(&a.sel, &suite);
	if (!ret)
		ret = list_cases(&a, &suite);
	suite_release(&suite);
	selection_release(&a.sel);
	claims_release(&a.claims);
	return ret;
}

static error_t words(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	selection_add(state->input, arg);
	return 0;
}

/* As text that can be run, with what its claims say as comments. */
static void print_whole(const struct test_case *c, const struct claims *claims, bool first)
{
	printf("%s# %s:%u\n", first ? "" : "\n", c->file, c->line);
	for (size_t i = 0; i < c->n_claims; i++) {
		const struct claim *claim = claims_find(claims, c->claims[i].id);

		if (claim)
			fold(stdout, "# ", 4, "%s: %s", claim->id, claim->text);
	}
	case_print(stdout, c);
}

int cmd_show(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		words,
		"[FILE|FOLDER|CASE|GLOB]...",
		"Cases as text, with the file that they stand in and what "
		"their claims say.",
		NULL,
		NULL,
		NULL
	};
	struct claims claims = { .n_claims = 0 };
	struct selection sel = { 0 };
	struct suite suite;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &sel);
	ret = selection_load(&sel, &suite);
	if (!ret)
		ret = load_claims(&claims);
	for (size_t i = 0; !ret && i < suite.n_cases; i++)
		print_whole(suite.cases[i], &claims, i == 0);
	claims_release(&claims);
	suite_release(&suite);
	selection_release(&sel);
	return ret;
}

static error_t no_words(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_usage(state);
	return 0;
}

int cmd_quirks(int argc, char **argv)
{
	static const struct argp argp = {
		NULL, no_words, NULL, "The named deviations that the reference can take on.",
		NULL, NULL,	NULL
	};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	for (int q = 0; q < QUIRK_COUNT; q++)
		printf("%s\n    %s\n    %s\n", quirks[q].name, quirks[q].about, quirks[q].source);
	return 0;
}
