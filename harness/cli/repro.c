// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* repro: a case as a C file for those who do not have this project. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../repro/repro.h"
#include "cli.h"

struct repro_args {
	struct selection sel;
	const char *output;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct repro_args *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		selection_add(&a->sel, arg);
		return 0;
	case ARGP_KEY_END:
		if (a->sel.n_paths + a->sel.n_patterns == 0)
			argp_error(state, "which case?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int write_file(const char *path, const char *text, size_t len)
{
	FILE *out = path ? fopen(path, "we") : stdout;
	bool good = out && fwrite(text, 1, len, out) == len && fflush(out) == 0;

	if (!good)
		fprintf(stderr, "tailcheck: %s: %s\n", path ? path : "standard output",
			strerror(errno));
	if (out && path)
		fclose(out);
	return good ? 0 : EXIT_INFRA;
}

static int write_repro(const struct test_case *c, const char *path)
{
	char *text = NULL;
	struct diag d;
	size_t len;
	FILE *memory = open_memstream(&text, &len);
	int ret;

	if (!memory)
		abort();
	ret = repro_write(memory, c, &d) ? EXIT_USAGE : 0;
	fclose(memory);
	if (ret)
		diag_print(stderr, &d);
	else
		ret = write_file(path, text, len);
	free(text);
	return ret;
}

int cmd_repro(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "where to write it (default: standard output)", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"FILE|CASE",
		"Write a case as one C file that needs only libc and the kernel's headers, prints "
		"what each step gives, and exits with 1 where that is not what the case expects.",
		NULL,
		NULL,
		NULL
	};
	struct repro_args a = { 0 };
	struct suite suite;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = selection_load(&a.sel, &suite);
	if (!ret && suite.n_cases != 1) {
		fprintf(stderr, "tailcheck: %zu cases are meant; a reproducer is of one\n",
			suite.n_cases);
		ret = EXIT_USAGE;
	}
	if (!ret)
		ret = write_repro(suite.cases[0], a.output);
	suite_release(&suite);
	selection_release(&a.sel);
	return ret;
}
