// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck compare: two kernels, runs or engines, and what differs. */
#include "../compare/compare.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../vm/kernel_image.h"
#include "cli.h"
#include "find_run.h"

struct compare_args {
	char *words[2];
	unsigned int n_words;
	bool markdown, json, all, exit_zero, missing;
};

enum { KEY_EXIT_ZERO = 256, KEY_MISSING };

/* "KERNEL:ENGINE", "FOLDER:ENGINE", or without an engine; a file may have a colon in its name. */
struct word {
	char *name;
	const char *engine;
};

static struct word split(const char *text)
{
	struct word w = { .name = xstrdup(text) };
	char *colon = strrchr(w.name, ':');

	if (colon && access(text, F_OK)) {
		*colon = '\0';
		w.engine = colon + 1;
	}
	return w;
}

static bool is_kernel(const char *name)
{
	for (const struct kernel_name *k = kernel_names; k->name; k++)
		if (!strcmp(k->name, name))
			return true;
	return false;
}

static int open_side(struct compare_side *side, const char *text)
{
	struct word w = split(text);
	bool path = !access(w.name, F_OK);
	char *run = path ? xstrdup(w.name) : find_run(w.name), why[600];
	int ret = 0;

	if (!run && !is_kernel(w.name)) {
		fprintf(stderr,
			"tailcheck: %s is no file, and no kernel that has a run or is known by "
			"name\n",
			w.name);
		ret = EXIT_USAGE;
	} else if (!run) {
		fprintf(stderr, "tailcheck: there is no run of %s; tailcheck run -k %s makes one\n",
			w.name, w.name);
		ret = EXIT_NOTHING_RAN;
	} else if (compare_open(side, run, w.engine, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_USAGE;
	}
	free(run);
	free(w.name);
	return ret;
}

static void print_missing(const struct compare_args *a)
{
	for (unsigned int i = 0; i < a->n_words; i++) {
		struct word w = split(a->words[i]);
		char *run = access(w.name, F_OK) ? find_run(w.name) : NULL;

		if (!run && access(w.name, F_OK))
			puts(w.name);
		free(run);
		free(w.name);
	}
}

static int compare_sides(const struct compare_args *a, const struct compare_side *before,
			 const struct compare_side *after)
{
	struct comparison c;
	char why[600];
	int ret;

	if (compare(&c, before, after, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		comparison_release(&c);
		return EXIT_USAGE;
	}
	if (a->json)
		compare_json(stdout, &c);
	else if (a->markdown)
		compare_markdown(stdout, &c, a->all);
	else
		compare_terminal(stdout, &c, a->all);
	ret = a->exit_zero || comparison_agrees(&c) ? EXIT_AS_EXPECTED : EXIT_UNEXPECTED;
	comparison_release(&c);
	return ret;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct compare_args *a = state->input;

	switch (key) {
	case 'm':
		a->markdown = true;
		return 0;
	case 'j':
		a->json = true;
		return 0;
	case 'a':
		a->all = true;
		return 0;
	case KEY_EXIT_ZERO:
		a->exit_zero = true;
		return 0;
	case KEY_MISSING:
		a->missing = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->n_words == 2)
			argp_usage(state);
		a->words[a->n_words++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->n_words < 2)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_compare(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "markdown", 'm', NULL, 0, "for a pull request or a release note", 0 },
		{ "json", 'j', NULL, 0, "for programs; docs/compare.md has the fields", 0 },
		{ "all", 'a', NULL, 0, "every case that changed, not a few for each quirk", 0 },
		{ "exit-zero", KEY_EXIT_ZERO, NULL, 0, "exit with 0 where there are differences",
		  0 },
		{ "missing", KEY_MISSING, NULL, 0, "only print which kernels have no run", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"A B",
		"What differs between two kernels, runs or engines: quirks, the cases that they "
		"change, and what only one has. A and B are each the name of a kernel (its newest "
		"run below results/), the folder of a run, or a file of transcripts; "
		"KERNEL:ENGINE and FOLDER:ENGINE are one engine of it. Engines of the same name "
		"are compared; two that are named, with each other.\v"
		"Exit status, as of diff(1): 0 no differences, 1 differences (of quirks, of cases "
		"that both have, of engines), 2 trouble; 3 where a kernel has no run.",
		NULL,
		NULL,
		NULL
	};
	struct compare_side before = { .label = NULL }, after = { .label = NULL };
	struct compare_args a = { .n_words = 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.missing) {
		print_missing(&a);
		return EXIT_AS_EXPECTED;
	}
	ret = open_side(&before, a.words[0]);
	if (!ret)
		ret = open_side(&after, a.words[1]);
	if (!ret) {
		compare_tell_apart(&before, &after);
		ret = compare_sides(&a, &before, &after);
	}
	compare_close(&before);
	compare_close(&after);
	return ret;
}
