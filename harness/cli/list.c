// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* list, show, kernels, quirks: what there is. */
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../report/report.h"
#include "../vm/kernel_image.h"
#include "cli.h"

static error_t words(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	selection_add(state->input, arg);
	return 0;
}

static void print_line(const struct test_case *c, size_t i)
{
	(void)i;
	printf("%-32s %s\n", c->name, c->about[0]);
}

static void print_whole(const struct test_case *c, size_t i)
{
	printf("%s# %s:%u\n", i ? "\n" : "", c->file, c->line);
	case_print(stdout, c);
}

static int each_case(const struct argp *argp, int argc, char **argv,
		     void (*print)(const struct test_case *c, size_t i))
{
	struct selection sel = { 0 };
	struct suite suite;
	int ret;

	argp_parse(argp, argc, argv, 0, NULL, &sel);
	ret = selection_load(&sel, &suite);
	for (size_t i = 0; !ret && i < suite.n_cases; i++)
		print(suite.cases[i], i);
	suite_release(&suite);
	selection_release(&sel);
	return ret;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  words,
					  "[FILE|FOLDER|CASE|GLOB]...",
					  "One line for each case: its name and what it shows.",
					  NULL,
					  NULL,
					  NULL };

	return each_case(&argp, argc, argv, print_line);
}

int cmd_show(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  words,
					  "[FILE|FOLDER|CASE|GLOB]...",
					  "Cases as text, with the file that they stand in.",
					  NULL,
					  NULL,
					  NULL };

	return each_case(&argp, argc, argv, print_whole);
}

static error_t no_words(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_usage(state);
	return 0;
}

int cmd_kernels(int argc, char **argv)
{
	static const struct argp argp = {
		NULL, no_words, NULL, "Kernels that are known by name, and which are cached.",
		NULL, NULL,	NULL
	};
	char *cache = kernel_cache_dir();

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	for (const struct kernel_name *k = kernel_names; k->name; k++) {
		char *package = NULL;
		bool cached = kernel_image_cached(k->name, cache, &package);

		printf("%-14s %-18s %s\n", k->name, k->suite, cached ? package : "not cached");
		free(package);
	}
	printf("cache: %s\n", cache);
	free(cache);
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
