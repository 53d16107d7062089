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

/* Where the transcripts differ. */
static void tell(const struct test_case *c, const char *engine, const char *expected,
		 const char *got)
{
	struct difference d;

	if (!transcript_differs(expected, got, &d))
		return;
	printf("%s:%u: %s: step %zu on %s: %.*s\n  expected %.*s\n  got      %.*s\n", c->file,
	       c->steps[d.step && d.step <= c->n_steps ? d.step - 1 : 0].line, c->name, d.step,
	       engine, d.text_len, d.text, d.wanted ? d.wanted_len : 7,
	       d.wanted ? d.wanted : "nothing", d.got ? d.got_len : 7, d.got ? d.got : "nothing");
}

/*
 * 1 where @got is not as the case expects, or not as @like, if there is one. Transcripts are made
 * only for people to read.
 */
static size_t compare(const struct test_case *c, const char *engine, const struct case_record *like,
		      const struct case_record *got, bool verbose)
{
	bool same = like ? case_record_same(like, got) : case_record_expected(c, got);
	char *wanted, *text;

	if (verbose) {
		printf("# %s on %s\n", c->name, engine);
		case_record_print(stdout, c, got);
	}
	if (same)
		return 0;
	wanted = like ? transcript_of(c, like) : transcript_expected(c);
	text = transcript_of(c, got);
	tell(c, engine, wanted, text);
	free(wanted);
	free(text);
	return 1;
}

static int check_all(const struct suite *suite, struct engine *host, bool verbose)
{
	size_t wrong = 0, wrong_jit = 0, wrong_host = 0;
	struct host_leaks leaks = { .suite = suite };
	struct leak_watch watch = { .others = true };
	struct case_record on_host = { 0 };

	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct test_case *c = suite->cases[i];

		if (case_fits(c, "reference", 0)) {
			const struct case_record *got = record_reference(c, 0);

			wrong += compare(c, "reference", NULL, got, verbose);
			wrong_jit +=
				compare(c, "ref-jit", got, record_reference_jit(c, 0), verbose);
		}
		if (host && case_fits(c, host->name, 0)) {
			execute_watched(c, host, &on_host, &watch, (unsigned int)i);
			wrong_host += compare(c, "host", NULL, &on_host, verbose);
			leak_look(&watch, host, on_leak, &leaks);
		}
	}
	leak_settle(&watch, host, on_leak, &leaks);
	leak_release(&watch);
	case_record_release(&on_host);
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
