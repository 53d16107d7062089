// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The phases of a run on a runtime behind an adapter: what stands in run_all() for a kernel. */
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../engines/process/message.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "run.h"
#include "run_journal.h"

#define REQUEST_SECONDS 5
#define CASE_SECONDS	20
#define RUN_SECONDS	1800

static unsigned int or_usual(unsigned int given, unsigned int usual)
{
	return given ? given : usual;
}

static unsigned int children(const struct run *run)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return or_usual(run->o.guests,
			cpus > 0 && cpus < RUNTIME_MAX_CHILDREN ? (unsigned int)cpus : 1);
}

/* Does the journal, if it is of an earlier session, tell of this one? */
static int same_runtime(struct run *run)
{
	const struct fleet_kernel *now = run->kernel;

	run->kernel = NULL;
	run_journal_take_kernel(run);
	run->kernel = now;
	if (run_journal_same_kernel(run)) {
		run_journal_kernel(run);
		return 0;
	}
	fprintf(stderr,
		"tailcheck: the run in %s was of %s %s; now it is of %s %s: begin a new run\n",
		run->dir, run->known_kernel.engines[0], run->known_kernel.release, now->engines[0],
		now->release);
	return EXIT_USAGE;
}

static int open_runtime(struct run *run)
{
	const struct runtime_config c = {
		.command = run->o.engine_cmd,
		.children = children(run),
		.request_seconds = or_usual(run->o.request_seconds, REQUEST_SECONDS),
		.case_seconds = or_usual(run->o.case_seconds, CASE_SECONDS),
		.run_seconds = or_usual(run->o.run_seconds, RUN_SECONDS),
		.interrupted = &run_interrupted,
		.result = run_on_result,
		.note = run_on_note,
		.events_arg = run,
	};
	char why[512];

	run->runtime = runtime_open(&c, why, sizeof(why));
	if (!run->runtime) {
		fprintf(stderr, "tailcheck: %s: %s\n", run->o.engine_cmd, why);
		return EXIT_INFRA;
	}
	run->kernel = runtime_kernel(run->runtime);
	if (run_make_dir(run, run->kernel->engines[0], why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_INFRA;
	}
	runtime_set_log_dir(run->runtime, run->dir);
	return same_runtime(run);
}

static void describe(struct run *run)
{
	struct run_results *r = &run->results;
	struct utsname uts;

	uname(&uts);
	r->suite = &run->suite;
	r->runtime = true;
	r->normative = !run->o.quirks;
	r->kernel = xstrdup(run->kernel->engines[0]);
	r->arch = xstrdup(uts.machine);
	r->package = xstrdup("");
	r->host = xasprintf("this machine, by %s", run->o.engine_cmd);
}

/* The words of its hello: a baseline may have conditions on them. */
static void take_capabilities(struct run *run)
{
	struct engine_results *e = &run->results.engines[0];

	for (int cap = 0; cap < N_PROTOCOL_CAPS && e->n_capabilities < MAX_CAPABILITIES; cap++)
		if (runtime_has(run->runtime, cap))
			e->capabilities[e->n_capabilities++] = protocol_caps[cap];
}

/* Quirks that nobody has allowed are differences like any other. */
static void find_allowed_quirks(struct run *run)
{
	struct engine_results *e = &run->results.engines[0];

	if (!run->o.quirks)
		return;
	run_probes(run);
	e->quirks &= run->o.quirks;
	e->uncertain &= run->o.quirks;
}

static void close_runtime(struct run *run)
{
	struct runtime_stats st;

	if (!run->runtime)
		return;
	runtime_close(run->runtime, &st);
	run->runtime = NULL;
	run->kernel = NULL;
	run->results.boots =
		xasprintf("%u start%s, %u of them after a loss, fastest %.2f s", st.starts,
			  st.starts == 1 ? "" : "s", st.restarts, st.start_seconds);
}

int run_runtime(struct run *run)
{
	double from = clock_seconds();
	int ret = open_runtime(run);

	if (!ret) {
		describe(run);
		run_check_suite(run);
		run_take_engines(run);
		run_journal_take_probes(run);
		take_capabilities(run);
		find_allowed_quirks(run);
		run_batch(run);
		run->results.interrupted |= run_interrupted;
	}
	close_runtime(run);
	run->results.seconds = clock_seconds() - from;
	return ret;
}
