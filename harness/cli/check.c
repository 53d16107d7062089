// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check: do the cases say what the reference does? Without a kernel, so that one who writes cases
 * has an answer at once. With --host the kernel of this machine is asked too.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engines/kernel/kernel.h"
#include "../judge/judge.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "cli.h"

struct check_args {
	struct selection sel;
	bool host, verbose;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct check_args *a = state->input;

	switch (key) {
	case 'H':
		a->host = true;
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		selection_add(&a->sel, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *transcript_host(const struct test_case *c, struct engine *e, struct leak_watch *w,
			     unsigned int nr)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	execute_case_watched(c, e, out, w, nr);
	fclose(out);
	return text;
}

/* A leak shows some cases later than the one that it is of. */
struct host_leaks {
	const struct suite *suite;
	size_t n;
};

static void on_leak(void *arg, const struct leaving *l, const char *text)
{
	struct host_leaks *leaks = arg;
	const struct test_case *c = leaks->suite->cases[l->tag];

	printf("%s:%u: %s: leaked on host: %s\n", c->file, c->line, c->name, text);
	leaks->n++;
}

/* 1 where @got is not what the case expects. */
static int compare(const struct test_case *c, const char *engine, const char *expected,
		   const char *got, bool verbose)
{
	struct difference d;
	bool differs = transcript_differs(expected, got, &d);

	if (verbose)
		printf("# %s on %s\n%s", c->name, engine, got);
	if (!differs)
		return 0;
	printf("%s:%u: %s: step %zu on %s: %.*s\n  expected %.*s\n  got      %.*s\n", c->file,
	       c->steps[d.step && d.step <= c->n_steps ? d.step - 1 : 0].line, c->name, d.step,
	       engine, d.text_len, d.text, d.wanted ? d.wanted_len : 7,
	       d.wanted ? d.wanted : "nothing", d.got ? d.got_len : 7, d.got ? d.got : "nothing");
	return 1;
}

static int check_all(const struct suite *suite, struct engine *host, bool verbose)
{
	size_t wrong = 0, wrong_jit = 0, wrong_host = 0;
	struct host_leaks leaks = { .suite = suite };
	struct leak_watch watch = { .others = true };

	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct test_case *c = suite->cases[i];
		char *expected = transcript_expected(c), *got, *jit;
		enum outcome outcome;

		if (case_fits(c, "reference", 0)) {
			got = transcript_reference(c, 0, &outcome);
			wrong += (size_t)compare(c, "reference", expected, got, verbose);
			jit = transcript_reference_jit(c, 0, &outcome);
			wrong_jit += (size_t)compare(c, "ref-jit", got, jit, verbose);
			free(jit);
			free(got);
		}
		if (host && case_fits(c, host->name, 0)) {
			got = transcript_host(c, host, &watch, (unsigned int)i);
			wrong_host += (size_t)compare(c, "host", expected, got, verbose);
			free(got);
			leak_look(&watch, host, on_leak, &leaks);
		}
		free(expected);
	}
	leak_settle(&watch, host, on_leak, &leaks);
	leak_release(&watch);
	printf("%zu cases, %zu that the reference does not give", suite->n_cases, wrong);
	if (wrong_jit)
		printf(", %zu in which its JIT differs from its interpreter", wrong_jit);
	if (host)
		printf(", %zu that this machine's kernel does not give, %zu leaks", wrong_host,
		       leaks.n);
	putchar('\n');
	return wrong || wrong_jit || wrong_host || leaks.n ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}

int cmd_check(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "host", 'H', NULL, 0, "also on the kernel of this machine (needs root)", 0 },
		{ "verbose", 'v', NULL, 0, "print every transcript", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[FILE|FOLDER|CASE|GLOB]...",
		"Run cases on the quirkless reference and compare with what they expect.",
		NULL,
		NULL,
		NULL
	};
	struct check_args a = { 0 };
	struct engine *host = NULL;
	struct suite suite;
	char why[256];
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = selection_load(&a.sel, &suite);
	if (!ret && a.host) {
		host = kernel_engine_new(KERNEL_JIT, why, sizeof(why));
		if (!host) {
			fprintf(stderr, "tailcheck: this machine's kernel: %s\n", why);
			ret = EXIT_INFRA;
		}
	}
	if (!ret)
		ret = check_all(&suite, host, a.verbose);
	if (host)
		host->ops->destroy(host);
	suite_release(&suite);
	selection_release(&a.sel);
	return ret;
}
