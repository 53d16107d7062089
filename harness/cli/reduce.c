// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reduce: a case on which two engines differ, made as small as it gets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/kernel/kernel.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../vm/files.h"
#include "sides.h"

#define USUAL_SECONDS 300
/* Where the engine dies of every good trial. */
#define RESTARTS 400

struct reduce_args {
	struct selection sel;
	const char *kernel, *engine, *against, *output;
	unsigned int seconds;
	bool offline;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct reduce_args *a = state->input;
	char *end;

	switch (key) {
	case 'k':
		a->kernel = arg;
		return 0;
	case 'e':
		a->engine = arg;
		return 0;
	case 'a':
		a->against = arg;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case 't':
		a->seconds = (unsigned int)strtoul(arg, &end, 10);
		if (*end || a->seconds < 1 || a->seconds > 86400)
			argp_error(state, "a number of seconds from 1 to 86400, not %s", arg);
		return 0;
	case 'O':
		a->offline = true;
		return 0;
	case ARGP_KEY_ARG:
		selection_add(&a->sel, arg);
		return 0;
	case ARGP_KEY_END:
		if (a->sel.n_paths + a->sel.n_patterns == 0)
			argp_error(state, "which case?");
		if (!a->engine)
			argp_error(state, "--engine says which engine is wrong");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int reduce_one(struct sides *s, const struct reduce_args *a, const struct test_case *c,
		      FILE *out)
{
	double from = clock_seconds();
	struct reduced r;
	char why[300];

	if (sides_reduce(s, c, a->seconds, &r, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_UNEXPECTED;
	}
	case_file_print(out, &r.file);
	fprintf(stderr, "tailcheck: %s: %zu steps, %zu instructions; %zu trials in %.1f s%s\n",
		c->name, r.steps, r.insns, r.trials, clock_seconds() - from,
		r.cut_short ? "; cut short, it may get smaller still" : "");
	case_file_release(&r.file);
	return 0;
}

/* A run needs a folder, for its initramfs and the kernel's log; nobody needs this one afterwards.
 */
static int boot(struct sides *s, const struct reduce_args *a, const struct suite *suite,
		const char *folder)
{
	struct run *run = s->run;
	char why[300];
	int ret;

	run->o = (struct run_options){
		.kernel = a->kernel,
		.guests = 1,
		.run_seconds = a->seconds * (unsigned int)suite->n_cases + 600,
		.max_restarts = RESTARTS,
		.offline = a->offline,
		.output = folder,
	};
	ret = run_load_probes(&run->probes);
	if (!ret)
		ret = run_start(run);
	if (!ret && sides_find_engines(s, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_USAGE;
	}
	return ret;
}

static int open_sides(struct sides *s, const struct reduce_args *a)
{
	char why[300];

	if (side_parse(&s->tested, a->engine, why, sizeof(why)) ||
	    side_parse(&s->against, a->against, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_USAGE;
	}
	if ((s->tested.kind == SIDE_GUEST || s->against.kind == SIDE_GUEST) != !!a->kernel) {
		fprintf(stderr,
			a->kernel ? "tailcheck: neither engine is one of %s\n"
				  : "tailcheck: %s is no engine of this machine: add --kernel\n",
			a->kernel ? a->kernel : a->engine);
		return EXIT_USAGE;
	}
	if (s->tested.kind != SIDE_HOST && s->against.kind != SIDE_HOST)
		return 0;
	s->host = kernel_engine_new(KERNEL_JIT, why, sizeof(why));
	if (!s->host)
		fprintf(stderr, "tailcheck: this machine's kernel: %s\n", why);
	return s->host ? 0 : EXIT_INFRA;
}

/* Everything is reduced before anything is written: a half-written file helps nobody. */
static int reduce_all(struct sides *s, const struct reduce_args *a, const struct suite *suite)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len), *file = stdout;
	int ret = 0;

	if (!out)
		abort();
	for (size_t i = 0; i < suite->n_cases && !run_interrupted; i++) {
		int one = reduce_one(s, a, suite->cases[i], out);

		ret = ret ? ret : one;
		if (!one && i + 1 < suite->n_cases)
			fputc('\n', out);
	}
	fclose(out);
	if (a->output)
		file = fopen(a->output, "we");
	if (!file || fwrite(text, 1, len, file) != len || fflush(file)) {
		fprintf(stderr, "tailcheck: %s: %s\n", a->output ? a->output : "standard output",
			strerror(errno));
		ret = EXIT_INFRA;
	}
	if (file && a->output)
		fclose(file);
	free(text);
	return ret;
}

static const struct argp_option options[] = {
	{ "engine", 'e', "ENGINE", 0,
	  "the engine that is wrong: jit, interp or jit-hardened of --kernel; host; reference or "
	  "ref-jit, which +NAME,NAME gives quirks and mutants",
	  0 },
	{ "against", 'a', "ENGINE", 0,
	  "the one that is right (default: the reference, with the quirks of the kernel's engine; "
	  "reference+none is without them)",
	  0 },
	{ "kernel", 'k', "KERNEL", 0, "as for `tailcheck run`", 0 },
	{ "time", 't', "SECONDS", 0, "for each case at most (default 300)", 0 },
	{ "output", 'o', "FILE", 0, "where to write it (default: standard output)", 0 },
	{ "offline", 'O', NULL, 0, "fail rather than fetch a kernel", 0 },
	{ 0 }
};

int cmd_reduce(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		option,
		"FILE|CASE...",
		"Make cases on which two engines differ as small as they get while the engines "
		"differ in the same way: fewer steps, programs and instructions, simpler "
		"operands.\v"
		"Exit status: 0 reduced, 1 the engines do not differ, 2 usage, 5 infrastructure "
		"trouble.",
		NULL,
		NULL,
		NULL
	};
	char folder[] = "/tmp/tailcheck-reduce-XXXXXX";
	struct reduce_args a = { .against = "reference", .seconds = USUAL_SECONDS };
	struct sides sides = { 0 };
	struct run run = { 0 };
	struct suite suite;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	run_catch_signals();
	ret = selection_load(&a.sel, &suite);
	if (!ret)
		ret = open_sides(&sides, &a);
	if (!ret && a.kernel && !mkdtemp(folder)) {
		fprintf(stderr, "tailcheck: %s: %s\n", folder, strerror(errno));
		ret = EXIT_INFRA;
	} else if (!ret && a.kernel) {
		sides.run = &run;
		ret = boot(&sides, &a, &suite, folder);
	}
	if (!ret)
		ret = reduce_all(&sides, &a, &suite);
	run_close(&run);
	run_release(&run);
	if (sides.run)
		files_remove_tree(folder);
	sides_close(&sides);
	suite_release(&suite);
	selection_release(&a.sel);
	return ret;
}
