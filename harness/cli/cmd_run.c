// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck run: the command line around run.c. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../report/report.h"
#include "run.h"
#include "run_journal.h"
#include "rundir.h"

#define DEFAULT_KERNEL "debian-6.1"
#define MAX_DETAILS    10

struct run_args {
	struct run_options o;
	struct selection sel;
	bool ktap;
};

enum {
	KEY_OFFLINE = 256,
	KEY_PROFILES,
	KEY_KTAP,
	KEY_CASE_TIMEOUT,
	KEY_TIMEOUT,
	KEY_NO_SNAPSHOT,
	KEY_SHARD,
	KEY_REQUEST_TIMEOUT,
	KEY_QUIRKS,
	KEY_RESUME,
	KEY_REUSE,
	KEY_RESTARTS,
	KEY_ORDER,
	KEY_PROBE,
};

static unsigned int number(struct argp_state *state, const char *arg, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n == 0 || n > max)
		argp_error(state, "a number from 1 to %lu, not %s", max, arg);
	return (unsigned int)n;
}

/* "2/7" */
static void take_shard(struct run_args *a, struct argp_state *state, const char *arg)
{
	char *slash = strchr(arg, '/'), *index;

	if (!slash) {
		argp_error(state, "a shard is I/N, as in 2/7, not %s", arg);
		return;
	}
	index = xstrndup(arg, (size_t)(slash - arg));
	a->o.shards = number(state, slash + 1, MAX_SHARDS);
	a->o.shard = number(state, index, a->o.shards);
	free(index);
}

/* Names joined by commas; none given: all of them. */
static quirk_set quirks_named(struct argp_state *state, char *names)
{
	quirk_set set = 0;

	for (char *name = names ? strtok(names, ",") : NULL; name; name = strtok(NULL, ",")) {
		int q = quirk_by_name(name);

		if (q < 0)
			argp_error(state, "no quirk is called %s: see `tailcheck quirks`", name);
		set |= QUIRK_BIT(q);
	}
	return names ? set : QUIRKS_ALL;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct run_args *a = state->input;

	switch (key) {
	case 'k':
		a->o.kernel = arg;
		return 0;
	case 'g':
		a->o.guests = number(state, arg, FLEET_MAX_GUESTS);
		return 0;
	case 'e':
		a->o.engine_cmd = arg;
		return 0;
	case 'j':
		a->o.guests = number(state, arg, RUNTIME_MAX_CHILDREN);
		return 0;
	case KEY_QUIRKS:
		a->o.quirks = quirks_named(state, arg);
		return 0;
	case KEY_REQUEST_TIMEOUT:
		a->o.request_seconds = number(state, arg, 3600);
		return 0;
	case 'o':
		a->o.output = arg;
		return 0;
	case KEY_PROFILES:
		a->o.profiles = arg;
		return 0;
	case KEY_OFFLINE:
		a->o.offline = true;
		return 0;
	case KEY_NO_SNAPSHOT:
		a->o.no_snapshot = true;
		return 0;
	case KEY_PROBE:
		a->o.kept_probes = false;
		return 0;
	case KEY_KTAP:
		a->ktap = true;
		return 0;
	case KEY_SHARD:
		take_shard(a, state, arg);
		return 0;
	case KEY_CASE_TIMEOUT:
		a->o.case_seconds = number(state, arg, 3600);
		return 0;
	case KEY_TIMEOUT:
		a->o.run_seconds = number(state, arg, 1000000);
		return 0;
	case KEY_RESUME:
		a->o.resume = arg;
		return 0;
	case KEY_REUSE:
		a->o.reuse = true;
		return 0;
	case KEY_RESTARTS:
		a->o.max_restarts = number(state, arg, 1000000);
		return 0;
	case KEY_ORDER:
		a->o.order = number(state, arg, 0xffffffffU);
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->o.words, a->o.n_words) = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (a->o.resume &&
		    (a->o.kernel || a->o.engine_cmd || a->o.output || a->o.n_words || a->o.shards))
			argp_error(state, "a run that is gone on with has its kernel, its cases "
					  "and its folder");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "kernel", 'k', "KERNEL", 0,
	  "a name that `tailcheck kernels` lists, or the path of a bzImage, a vmlinux or a "
	  "kernel's .deb (default " DEFAULT_KERNEL ")",
	  0 },
	{ "engine-cmd", 'e', "COMMAND", 0,
	  "a runtime in place of a kernel: what starts its adapter (docs/engine-protocol.md)", 0 },
	{ "jobs", 'j', "N", 0, "how many adapters side by side (default: one a processor)", 0 },
	{ "quirks", KEY_QUIRKS, "LIST", OPTION_ARG_OPTIONAL,
	  "quirks that a runtime may have where its probes find them (default: none; without LIST "
	  "all)",
	  0 },
	{ "request-timeout", KEY_REQUEST_TIMEOUT, "SECONDS", 0,
	  "for one answer of an adapter (default 5)", 0 },
	{ "guests", 'g', "N", 0, "how many guests side by side (default: one a processor)", 0 },
	{ "output", 'o', "FOLDER", 0, "where to leave the results (default: a new one in results/)",
	  0 },
	{ "profiles", KEY_PROFILES, "FILE", 0,
	  "what kernels are known for (default: results/expected/profiles)", 0 },
	{ "offline", KEY_OFFLINE, NULL, 0,
	  "fail rather than fetch a kernel; do not ask for a newer one", 0 },
	{ "no-snapshot", KEY_NO_SNAPSHOT, NULL, 0,
	  "boot every guest, and neither restore nor keep one that has booted", 0 },
	{ "probe", KEY_PROBE, NULL, 0,
	  "run the probes also for a few cases, where what they gave is kept with the snapshot",
	  0 },
	{ "ktap", KEY_KTAP, NULL, 0, "print KTAP; the summary goes to standard error", 0 },
	{ "shard", KEY_SHARD, "I/N", 0,
	  "only the cases of this one of N parts, for `tailcheck merge`: which they are follows "
	  "from their names",
	  0 },
	{ "case-timeout", KEY_CASE_TIMEOUT, "SECONDS", 0,
	  "for one case on one engine (default 20, and "
	  "up to four times that on emulated architectures)",
	  0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "for the whole run (default 1800, "
	  "likewise)",
	  0 },
	{ "resume", KEY_RESUME, "RUN", 0,
	  "go on with a run that was cut short: its folder, or its name in results/", 0 },
	{ "restarts", KEY_RESTARTS, "N", 0,
	  "how many guests that died may be replaced (default 60)", 0 },
	{ "order", KEY_ORDER, "SEED", 0, "run cases in an order that is shuffled by this", 0 },
	{ "reuse", KEY_REUSE, NULL, OPTION_HIDDEN,
	  "go on with what is in the output folder, if it is of the same kernel and agent", 0 },
	{ 0 }
};

static void on_signal(int sig)
{
	(void)sig;
	/* The second time the user means it. */
	if (run_interrupted) {
		vm_kill_all();
		rundir_drop_initrd();
		_exit(EXIT_INFRA);
	}
	run_interrupted = 1;
}

void run_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Probes are run by every run: as cases of their own they would say nothing new. */
static void drop_probes(struct suite *suite)
{
	size_t kept = 0;

	for (size_t i = 0; i < suite->n_cases; i++)
		if (!case_name_matches(suite->cases[i]->name, "probe"))
			suite->cases[kept++] = suite->cases[i];
	suite->n_cases = kept;
}

int run_load_probes(struct suite *probes)
{
	char *path = root_path("cases/probe");
	struct selection sel = { 0 };
	int ret;

	selection_add(&sel, path);
	ret = selection_load(&sel, probes);
	selection_release(&sel);
	free(path);
	return ret;
}

/* The quirk that a probe is of is the rest of its name. */
static struct result probe_result(const struct run *run, const struct test_case *probe, size_t e)
{
	const struct engine_results *er = &run->results.engines[e];
	int q = quirk_by_name(probe->name + strlen("probe."));
	struct result res = { .verdict = VERDICT_NONE };

	if (q < 0 || !run->probe_transcripts[e][q])
		return res;
	res.transcript = xstrdup(run->probe_transcripts[e][q]);
	res.verdict = VERDICT_CONFORMS;
	if (er->quirks & QUIRK_BIT(q)) {
		res.verdict = VERDICT_QUIRK;
		res.because = QUIRK_BIT(q);
	}
	if (er->uncertain & QUIRK_BIT(q))
		res.verdict = VERDICT_DIVERGES;
	return res;
}

/* Comparing two runs shows what the probes gave. */
static int keep_probes(const struct run *run, char *why, size_t why_size)
{
	struct run_results r = { .suite = &run->probes, .n_engines = run->results.n_engines };
	int ret;

	memcpy(r.engines, run->results.engines, sizeof(r.engines));
	r.results = xcalloc(run->probes.n_cases * r.n_engines + 1, sizeof(*r.results));
	for (size_t c = 0; c < run->probes.n_cases; c++)
		for (size_t e = 0; e < r.n_engines; e++)
			*result_of(&r, c, e) = probe_result(run, run->probes.cases[c], e);
	ret = report_probes(run->dir, &r, why, why_size);
	results_release(&r);
	return ret;
}

static void tell_how_to_go_on(const struct run *run)
{
	if (run->journal_trouble)
		fprintf(stderr, "tailcheck: %s\n", run->journal_trouble);
	fprintf(stderr,
		"tailcheck: the results so far are kept%s: tailcheck run --resume %s goes on\n",
		run->journal_trouble ? "; make room first" : "", run->dir);
}

static int report(struct run *run, bool ktap, bool whole)
{
	char why[300], *results = results_dir();
	int code = results_exit_code(&run->results), ret = run->journal_trouble ? EXIT_INFRA : code;
	FILE *summary = ktap ? stderr : stdout;
	bool written = false;

	if (ktap)
		report_ktap(stdout, &run->results);
	if ((!run->results.normative && keep_probes(run, why, sizeof(why))) ||
	    report_files(run->dir, &run->results, why, sizeof(why)) ||
	    (!run->o.output && rundir_latest(results, run->dir, why, sizeof(why)))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		ret = EXIT_INFRA;
	} else if (report_run(run->dir)) {
		ret = EXIT_INFRA;
	} else {
		written = true;
	}
	report_terminal(summary, &run->results, run->dir, MAX_DETAILS);
	if (whole && !run->results.interrupted && !run->results.runtime)
		report_claims(summary, &run->suite, run->dir);
	if (written && !run->results.interrupted)
		run_journal_end(run, code);
	else if (run->journal)
		tell_how_to_go_on(run);
	free(results);
	return ret;
}

/* What is to be run: from the command line, or from the run that it names. */
static int take_options(struct run_args *a, struct run *run)
{
	char why[400], *results = results_dir();
	int ret = 0;

	run->o = a->o;
	if (a->o.resume) {
		run->dir = rundir_find(results, a->o.resume, why, sizeof(why));
		if (!run->dir || run_journal_open(run, true, why, sizeof(why))) {
			fprintf(stderr, "tailcheck: %s\n", why);
			ret = EXIT_USAGE;
		}
	} else if (!run->o.kernel) {
		run->o.kernel = DEFAULT_KERNEL;
	}
	for (size_t i = 0; i < run->o.n_words; i++)
		selection_add(&a->sel, run->o.words[i]);
	free(results);
	return ret;
}

/* Leave only the cases of a shard; @whole keeps all, and borrows them from the suite. */
static int take_part(struct run *run, struct suite *whole)
{
	whole->n_cases = run->suite.n_cases;
	whole->cases = xcalloc(whole->n_cases + 1, sizeof(*whole->cases));
	memcpy(whole->cases, run->suite.cases, whole->n_cases * sizeof(*whole->cases));
	run->results.shard.index = run->o.shard;
	run->results.shard.of = run->o.shards;
	run->results.shard.whole = whole;
	suite_shard(&run->suite, run->o.shard, run->o.shards);
	if (run->suite.n_cases)
		return 0;
	fprintf(stderr, "tailcheck: no case is in shard %u of %u\n", run->o.shard, run->o.shards);
	return EXIT_NOTHING_RAN;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		option,
		"[FILE|FOLDER|CASE|GLOB]...",
		"Run cases (all of the project's by default) on every engine of a kernel in QEMU "
		"and "
		"judge them against the reference.\v"
		"Exit status: 0 as expected, 1 unexpected result, 2 usage, 3 nothing ran, 4 all "
		"skipped, 5 incomplete (infrastructure trouble or interrupted).",
		NULL,
		NULL,
		NULL
	};
	struct run_args a = { .o.kept_probes = true };
	struct suite whole = { .n_cases = 0 };
	struct run run = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	run_catch_signals();
	ret = take_options(&a, &run);
	if (!ret)
		ret = selection_load(&a.sel, &run.suite);
	if (!ret)
		ret = run_load_probes(&run.probes);
	if (!ret) {
		drop_probes(&run.suite);
		if (run.suite.n_cases == 0) {
			fprintf(stderr,
				"tailcheck: probes are part of every run; name other cases\n");
			ret = EXIT_NOTHING_RAN;
		}
	}
	if (!ret && run.o.shards)
		ret = take_part(&run, &whole);
	run.results.selection = selection_limits(&a.sel);
	if (!ret)
		ret = run.o.engine_cmd ? run_runtime(&run) : run_all(&run);
	if (!ret)
		ret = report(&run, a.ktap, selection_is_whole(&a.sel) && !run.o.shards);
	free(run.o.words);
	run_release(&run);
	free(whole.cases);
	selection_release(&a.sel);
	return ret;
}
