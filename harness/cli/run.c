// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The phases of a run: guests up (run_guests.c), probes, cases, verdicts. */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../judge/profile.h"
#include "../vm/files.h"
#include "../vm/snapshot.h"
#include "run_journal.h"
#include "rundir.h"

volatile int run_interrupted;

/* Another package under the name may be all that is behind it: then that is said. */
static char *profile_trouble(const struct run *run, const struct profile *known)
{
	char *text = profile_differences(known, &run->results), *longer;

	if (!text || !known->package || !strcmp(known->package, run->image.package))
		return text;
	longer = xasprintf("%sthe profile was made with %s\n", text, known->package);
	free(text);
	return longer;
}

/* What the kernel is known for; a kernel given by path is known for nothing. */
static int compare_profile(struct run *run)
{
	char *path =
		run->o.profiles ? xstrdup(run->o.profiles) : root_path("results/expected/profiles");
	char *text = run->image.package[0] ? files_read_text(path) : NULL;
	const struct profile *known;
	struct profiles profiles;
	struct diag d;
	int ret = 0;

	if (text && profiles_parse(&profiles, text, path, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	} else if (text) {
		known = profiles_find(&profiles, run->o.kernel);
		if (known)
			run->results.profile_trouble = profile_trouble(run, known);
		profiles_release(&profiles);
	} else if (run->o.profiles) {
		fprintf(stderr, "tailcheck: cannot read the profiles in %s\n", path);
		ret = EXIT_USAGE;
	}
	free(text);
	free(path);
	return ret;
}

/* The engines that a case can be given; for the others say why not. */
static unsigned int fitting_engines(struct run *run, size_t c)
{
	const struct test_case *tc = run->suite.cases[c];
	unsigned int engines = 0;

	for (size_t e = 0; e < run->kernel->n_engines; e++) {
		struct result *res = result_of(&run->results, c, e);

		if (res->verdict != VERDICT_NONE)
			continue;
		if (case_fits(tc, run->results.engines[e].name, run->results.engines[e].quirks)) {
			engines |= 1U << e;
		} else {
			res->verdict = VERDICT_UNSUPPORTED;
			res->transcript = xasprintf("needs %s", tc->needs);
		}
	}
	return engines;
}

/* The order in which cases are run: by name, or as a seed shuffles them. To be freed. */
static size_t *case_order(const struct run *run)
{
	size_t n = run->suite.n_cases, *order = xcalloc(n, sizeof(*order));
	uint64_t state = run->o.order;

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1 && run->o.order; i--) {
		size_t other, last = order[i - 1];

		state = state * 6364136223846793005U + 1442695040888963407U;
		other = (size_t)(state >> 33) % i;
		order[i - 1] = order[other];
		order[other] = last;
	}
	return order;
}

/* Those that have no result yet; *results is how many these will be. */
static size_t case_jobs(struct run *run, struct job *jobs, size_t *results)
{
	size_t n = 0, *order = case_order(run);

	*results = 0;
	free(run->case_of_job);
	run->case_of_job = xcalloc(run->suite.n_cases, sizeof(*run->case_of_job));
	for (size_t i = 0; i < run->suite.n_cases; i++) {
		size_t c = order[i];
		unsigned int engines = fitting_engines(run, c);

		if (!engines)
			continue;
		*results += (size_t)__builtin_popcount(engines);
		run->case_of_job[n] = c;
		jobs[n++] = run_job_for(run->suite.cases[c], engines);
	}
	free(order);
	return n;
}

static void run_cases(struct run *run)
{
	struct job *jobs = xcalloc(run->suite.n_cases, sizeof(*jobs));
	size_t results, n = case_jobs(run, jobs, &results);

	if (!run->quiet)
		fprintf(stderr, "tailcheck: %s is up (%s%s): %zu cases on %zu engine%s\n",
			run->results.kernel, run->runtime ? "version " : "Linux ",
			run->kernel->release, n, run->kernel->n_engines,
			run->kernel->n_engines == 1 ? "" : "s");
	progress_begin(&run->progress, stderr, results);
	if (run_work_off(run, jobs, n))
		run->results.interrupted = true;
	progress_end(&run->progress);
	free(jobs);
}

/* Engines as the guest reported them: those it has, then those it has not. */
void run_take_engines(struct run *run)
{
	struct run_results *r = &run->results;

	for (size_t e = 0; e < run->kernel->n_engines && r->n_engines < MAX_ENGINES; e++) {
		struct engine_results *er = &r->engines[r->n_engines++];

		snprintf(er->name, sizeof(er->name), "%s", run->kernel->engines[e]);
		er->offered = true;
	}
	for (size_t e = 0; e < run->kernel->n_unsupported && r->n_engines < MAX_ENGINES; e++) {
		struct engine_results *er = &r->engines[r->n_engines++];

		snprintf(er->name, sizeof(er->name), "%s", run->kernel->unsupported[e].engine);
		snprintf(er->why, sizeof(er->why), "%s", run->kernel->unsupported[e].why);
	}
	r->release = xstrdup(run->kernel->release);
	r->version = xstrdup(run->kernel->version);
}

/* The folder, with a journal in it: a new one, or that of the run to go on with. */
int run_make_dir(struct run *run, const char *name, char *why, size_t why_size)
{
	char *results;

	if (run->o.resume)
		return run_journal_fits(run, why, why_size);
	if (run->o.output) {
		run->dir = xstrdup(run->o.output);
		if (run->o.reuse && !run_journal_open(run, false, why, why_size) && !run->ended &&
		    !run_journal_fits(run, why, why_size))
			return 0;
		run_journal_forget(run);
		if (rundir_replace(run->dir, why, why_size))
			return -1;
	} else {
		results = results_dir();
		run->dir = rundir_make(results, name, why, why_size);
		free(results);
	}
	if (!run->dir)
		return -1;
	return run_journal_create(run, why, why_size);
}

void run_check_suite(struct run *run)
{
	struct run_results *r = &run->results;

	r->suite_errors =
		suite_check(&run->suite, &run->probes, &r->n_suite_errors, &r->suite_trouble);
	if (r->suite_trouble)
		fprintf(stderr, "tailcheck: error in the suite: %s", r->suite_trouble);
}

/* What the journal of an earlier session knows. */
static void restore(struct run *run)
{
	run_journal_take_kernel(run);
	if (!run->kernel)
		return;
	run_take_engines(run);
	run_journal_take_probes(run);
}

/* A folder, and what the journal in it knows. */
static int begin(struct run *run)
{
	struct run_results *r = &run->results;
	int ret = run_prepare(run);

	if (ret)
		return ret;
	r->suite = &run->suite;
	r->kernel = xstrdup(run->o.kernel);
	r->arch = xstrdup(run->image.arch->name);
	r->package = xstrdup(run->image.package);
	restore(run);
	return 0;
}

/* The guests are up: of the kernel that an earlier session had? */
static int find_out(struct run *run)
{
	if (!run_journal_same_kernel(run)) {
		fprintf(stderr,
			"tailcheck: the guests of the run in %s were of Linux %s, with other "
			"engines or another build; now they are of %s: begin a new run\n",
			run->dir, run->known_kernel.release, run->kernel->release);
		return EXIT_USAGE;
	}
	run_journal_kernel(run);
	if (!run->results.n_engines)
		run_take_engines(run);
	run_probes_take_kept(run);
	run_probes(run);
	return run_interrupted ? 0 : compare_profile(run);
}

static int boot(struct run *run)
{
	int ret;

	run_open_guests(run);
	/* The guests boot meanwhile. */
	run_check_suite(run);
	ret = run_first_guest(run);
	if (!ret)
		ret = find_out(run);
	if (ret)
		run_close(run);
	return ret;
}

int run_start(struct run *run)
{
	int ret = begin(run);

	return ret ? ret : boot(run);
}

void run_ask(struct run *run, const struct job *jobs, size_t n, struct run_answer *answers)
{
	run->answers = answers;
	fleet_run(run->fleet, jobs, n);
	run->answers = NULL;
}

/* For the results of the cases that are there now, those of an earlier session among them. */
static void make_room(struct run *run)
{
	struct run_results *r = &run->results;
	size_t n = r->suite->n_cases * r->n_engines + 1;

	if (r->results)
		return;
	r->results = xcalloc(n, sizeof(*r->results));
	run->ends = xcalloc(n, sizeof(*run->ends));
	run_journal_take_cases(run);
}

void run_batch(struct run *run)
{
	make_room(run);
	if (run_interrupted)
		run->results.interrupted = true;
	else
		run_cases(run);
}

void run_batch_release(struct run *run)
{
	struct run_results *r = &run->results;

	for (size_t i = 0; i < r->suite->n_cases * r->n_engines; i++)
		free(r->results[i].transcript);
	free(r->results);
	free(run->ends);
	r->results = NULL;
	run->transcript_bytes = 0;
	run->ends = NULL;
	free(r->suite_errors);
	free(r->suite_trouble);
	r->suite_errors = NULL;
	r->suite_trouble = NULL;
	free(run->case_of_job);
	run->case_of_job = NULL;
	suite_release(&run->suite);
}

/* Nothing to boot a guest for: all that an earlier session may have missed are the reports. */
static bool nothing_left(struct run *run)
{
	struct job *jobs, probes[QUIRK_COUNT];
	size_t n, results;

	if (!run->kernel || run_probe_jobs(run, probes))
		return false;
	jobs = xcalloc(run->suite.n_cases, sizeof(*jobs));
	run_probes(run);
	make_room(run);
	n = case_jobs(run, jobs, &results);
	free(jobs);
	return n == 0;
}

int run_all(struct run *run)
{
	double from = clock_seconds();
	int ret = begin(run);

	if (ret)
		return ret;
	if (nothing_left(run)) {
		run_check_suite(run);
		run->results.boots = xstrdup("no boots: everything was there");
		ret = compare_profile(run);
	} else {
		ret = boot(run);
		if (!ret)
			run_batch(run);
		run_close(run);
	}
	run->results.seconds = clock_seconds() - from;
	return ret;
}

void run_release(struct run *run)
{
	rundir_drop_initrd();
	run_probes_release(run);
	for (size_t g = 0; g < FLEET_MAX_GUESTS; g++)
		if (run->logs[g])
			fclose(run->logs[g]);
	results_release(&run->results);
	kernel_image_release(&run->image);
	suite_release(&run->suite);
	suite_release(&run->probes);
	run_journal_forget(run);
	free(run->ends);
	free(run->journal_trouble);
	free(run->case_of_job);
	free(run->initrd);
	snapshot_free(run->snapshot);
	free(run->dir);
}
