// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The phases of a run: guests up, probes, cases, verdicts. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../judge/profile.h"
#include "../vm/files.h"
#include "../vm/initramfs.h"
#include "../vm/snapshot.h"
#include "run_journal.h"
#include "rundir.h"

/* Fewer cases than this are done before a second guest has booted. */
#define CASES_FOR_TWO 60
/* The same where guests are restored, and probes do not run: these take longer than some cases. */
#define CASES_FOR_TWO_RESTORED 8

/* On amd64; other architectures take a multiple. */
#define CASE_SECONDS 20
#define RUN_SECONDS  1800

#define BOOT_TRIES   4
#define MAX_RESTARTS 60

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

static int prepare(struct run *run)
{
	char why[512], *cache = kernel_cache_dir(), *agent = NULL, *results = results_dir();
	const char *accel = getenv("TAILCHECK_ACCEL");
	int ret = EXIT_INFRA;

	if (kernel_image_open(&run->image, run->o.kernel, cache, run->o.offline, stderr, why,
			      sizeof(why))) {
		/* A name that we know can fail to be fetched; a path can only be wrong. */
		ret = strchr(run->o.kernel, '/') || !kernel_name_find(run->o.kernel) ? EXIT_USAGE
										     : EXIT_INFRA;
		goto out;
	}
	agent = agent_path(run->image.arch);
	if (access(agent, R_OK)) {
		if (root_is_installed())
			snprintf(why, sizeof(why), "%s was not installed", agent);
		else
			snprintf(why, sizeof(why), "%s is not there: make %s builds it", agent,
				 strstr(agent, "build/"));
		goto out;
	}
	if (vm_host_probe(&run->host, &run->image, why, sizeof(why)))
		goto out;
	if (accel && strcmp(accel, "tcg") != 0 && !run->host.kvm && !run->image.uml)
		fprintf(stderr, "tailcheck: no KVM, TCG it is: %s\n", run->host.kvm_why);
	run->results.host = vm_host_text(&run->host, &run->image);
	if (run->host.unconfined)
		fprintf(stderr,
			"tailcheck: this QEMU has no sandbox (-sandbox): guests run without\n");
	rundir_clean(results);
	if (run_make_dir(run, run->o.kernel, why, sizeof(why)))
		goto out;
	run->initrd = rundir_initrd(run->dir);
	if (initramfs_write(run->initrd, agent, &run->image, why, sizeof(why)))
		goto out;
	ret = 0;
out:
	if (ret)
		fprintf(stderr, "tailcheck: %s\n", why);
	free(cache);
	free(agent);
	free(results);
	return ret;
}

static unsigned int limit(const struct run *run, unsigned int given, unsigned int usual)
{
	return given ? given : usual * run->image.arch->slowness;
}

/* Where guests like these are kept; where there is no such place each of them boots. */
static void find_snapshot(struct run *run, struct vm_config *vm)
{
	char *cache = kernel_cache_dir(), why[300];

	snapshot_free(run->snapshot);
	run->snapshot = NULL;
	if (!run->o.no_snapshot)
		run->snapshot = snapshot_new(vm, cache, why, sizeof(why));
	vm->snapshot = run->snapshot;
	free(cache);
}

/* Guests need not boot. */
static bool at_hand(const struct run *run)
{
	return run->snapshot && !access(snapshot_folder(run->snapshot), F_OK);
}

/* Too little for a second guest: that has to boot, or to be restored. */
static bool is_little(const struct run *run)
{
	if (run->kept)
		return run->suite.n_cases < CASES_FOR_TWO_RESTORED;
	return run->suite.n_cases < CASES_FOR_TWO && !at_hand(run);
}

static struct fleet *open_fleet(struct run *run, bool serial)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int guests = run->o.guests;
	const char *fault = getenv("TAILCHECK_FAULT"); /* see harness/agent/fault.h */
	struct fleet_config c = {
		.vm = { .host = &run->host,
			.kernel = &run->image,
			.initrd = run->initrd,
			.serial_channel = serial },
		.boot_seconds = run->image.arch->boot_seconds,
		.boot_tries = BOOT_TRIES,
		.case_seconds = limit(run, run->o.case_seconds, CASE_SECONDS),
		.run_seconds = limit(run, run->o.run_seconds, RUN_SECONDS),
		.max_restarts = run->o.max_restarts ? run->o.max_restarts : MAX_RESTARTS,
		.fault = fault,
		/* What happens after a time would happen to every guest, and none would remain. */
		.fault_guests = fault && strchr(fault, '@') ? 1 : 0,
		.interrupted = &run_interrupted,
	};

	run_listen(run, &c);
	find_snapshot(run, &c.vm);
	run_probes_look_for_kept(run);
	if (!guests)
		guests = is_little(run) || cpus < 2 ? 1 : (unsigned int)cpus;
	c.guests = guests < FLEET_MAX_GUESTS ? guests : FLEET_MAX_GUESTS;
	fprintf(stderr, "tailcheck: booting %s %s, %u guest%s\n", run->o.kernel,
		run->image.uml	? "as a process"
		: run->host.kvm ? "in QEMU (KVM)"
				: "in QEMU (TCG)",
		c.guests, c.guests == 1 ? "" : "s");
	return fleet_open(&c);
}

/* "1 boot (2.4 s), 3 from a snapshot (0.07 s), 0 failed, 2 restarts": times are the shortest. */
static char *boots_text(const struct fleet_stats *st)
{
	char boots[64] = "", restores[64] = "";

	if (st->boots || !st->restores)
		snprintf(boots, sizeof(boots), "%u boot%s (%.1f s), ", st->boots,
			 st->boots == 1 ? "" : "s", st->boot_seconds);
	if (st->restores)
		snprintf(restores, sizeof(restores), "%u from a snapshot (%.2f s), ", st->restores,
			 st->restore_seconds);
	return xasprintf("%s%s%u failed, %u restarts", boots, restores, st->failed_boots,
			 st->restarts);
}

void run_close(struct run *run)
{
	struct fleet_stats st;

	if (!run->fleet)
		return;
	fleet_close(run->fleet, &st);
	run->fleet = NULL;
	run->results.boots = boots_text(&st);
	if (st.skipped_bytes)
		fprintf(stderr,
			"tailcheck: %llu bytes of the channel were no frames and were skipped\n",
			(unsigned long long)st.skipped_bytes);
}

/* Again, with guests that are started in another way. */
static void open_again(struct run *run, bool serial, char *why, size_t why_size)
{
	run_close(run);
	free(run->results.boots);
	run->fleet = open_fleet(run, serial);
	run->kernel = fleet_kernel(run->fleet, why, why_size);
}

/* Guests up, with the slow channel where the quick one is not to be had. */
static int first_guest(struct run *run)
{
	char why[400];

	run->kernel = fleet_kernel(run->fleet, why, sizeof(why));
	/* QEMU knows its sandbox, but the system that it is on (a container's) does not let it. */
	if (!run->kernel && strstr(why, "seccomp") && !run->host.unconfined) {
		run_on_note(run, "QEMU's sandbox does not work here; trying again without");
		run->host.unconfined = true;
		free(run->results.host);
		run->results.host = vm_host_text(&run->host, &run->image);
		open_again(run, false, why, sizeof(why));
	}
	if (!run->kernel && !kernel_name_find(run->o.kernel) && !run->image.uml &&
	    !run_interrupted) {
		run_on_note(run, "trying again with a serial port as the channel");
		open_again(run, true, why, sizeof(why));
	}
	if (run->kernel)
		return 0;
	fprintf(stderr, "tailcheck: %s\n", why);
	fprintf(stderr, "tailcheck: what the kernel said is in %s/kernel-0.log\n", run->dir);
	return EXIT_INFRA;
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
	int ret = prepare(run);

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

	run->fleet = open_fleet(run, false);
	/* The guests boot meanwhile. */
	run_check_suite(run);
	ret = first_guest(run);
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
