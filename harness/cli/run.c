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
#include "rundir.h"

/* Fewer cases than this are done before a second guest has booted. */
#define CASES_FOR_TWO 60

/* On amd64; other architectures take a multiple. */
#define CASE_SECONDS 20
#define RUN_SECONDS  1800

#define BOOT_TRIES   4
#define MAX_RESTARTS 20
#define MAX_LOG	     (64U << 20) /* bytes of one guest */

volatile int run_interrupted;

void run_on_note(void *arg, const char *text)
{
	struct run *run = arg;
	char *line = xasprintf("tailcheck: %s", text);

	progress_say(&run->progress, line);
	free(line);
}

static void on_log(void *arg, unsigned int guest, const char *bytes, size_t n)
{
	struct run *run = arg;

	if (!run->logs[guest]) {
		char *path = xasprintf("%s/kernel-%u.log", run->dir, guest);

		run->logs[guest] = fopen(path, "ae");
		free(path);
	}
	/* A log that cannot be written is a loss, not a reason to stop; nor is a guest that floods
	 * it. */
	if (!run->logs[guest] || run->log_bytes[guest] > MAX_LOG)
		return;
	fwrite(bytes, 1, n, run->logs[guest]);
	run->log_bytes[guest] += n;
	if (run->log_bytes[guest] > MAX_LOG)
		fputs("\ntailcheck: the log is longer than is kept; what follows is lost\n",
		      run->logs[guest]);
}

static void on_splat(void *arg, size_t job, const char *engine, const char *line)
{
	struct run *run = arg;
	struct run_splat *s = vec_add(run->results.splats, run->results.n_splats);
	const struct test_case *c = NULL;

	if (job != NO_JOB && !run->answers)
		c = run->probing ? probe_of(&run->probes, run->probe_of_job[job])
				 : run->suite.cases[run->case_of_job[job]];
	s->case_name = c ? xstrdup(c->name) : NULL;
	s->engine = xstrdup(engine);
	s->line = xstrdup(line);
}

static enum verdict verdict_of_end(enum job_end end)
{
	switch (end) {
	case END_UNSUPPORTED:
		return VERDICT_UNSUPPORTED;
	case END_CRASHED:
		return VERDICT_CRASHED;
	case END_TIMED_OUT:
		return VERDICT_TIMED_OUT;
	case END_PROTOCOL:
		return VERDICT_PROTOCOL;
	case END_INFRA:
		return VERDICT_INFRA;
	default: /* a faulty engine is not what the case expects */
		return VERDICT_DIVERGES;
	}
}

void run_on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		   const char *transcript)
{
	struct run *run = arg;
	struct result *res;
	size_t c;

	if (run->answers) {
		struct run_answer *a = &run->answers[job * FLEET_MAX_ENGINES + engine];

		free(a->transcript);
		*a = (struct run_answer){ end, xstrdup(transcript) };
		return;
	}
	if (run->probing) {
		/* What an engine lacks for a probe is an answer too: find_quirks(). */
		if (end == END_COMPLETE || end == END_UNSUPPORTED)
			run->probe_transcripts[engine][run->probe_of_job[job]] =
				xstrdup(transcript);
		return;
	}
	c = run->case_of_job[job];
	res = result_of(&run->results, c, engine);
	res->transcript = xstrdup(transcript);
	if (end == END_COMPLETE)
		judge(run->suite.cases[c], &run->results.engines[engine], res);
	else
		res->verdict = verdict_of_end(end);
	if (run->quiet)
		return;
	progress_step(&run->progress, res->verdict != VERDICT_CONFORMS &&
					      res->verdict != VERDICT_QUIRK &&
					      res->verdict != VERDICT_UNSUPPORTED);
}

/* It has its result, and what it did since is wrong whatever that was. */
static void on_leak(void *arg, size_t job, unsigned int engine, const char *line)
{
	struct run *run = arg;
	struct result *res = NULL;
	char **transcript, *longer;

	if (run->answers) {
		transcript = &run->answers[job * FLEET_MAX_ENGINES + engine].transcript;
	} else if (run->probing) {
		transcript = &run->probe_transcripts[engine][run->probe_of_job[job]];
	} else {
		res = result_of(&run->results, run->case_of_job[job], engine);
		transcript = &res->transcript;
	}
	if (!*transcript)
		return;
	longer = xasprintf("%s%s", *transcript, line);
	free(*transcript);
	*transcript = longer;
	if (res)
		res->verdict = VERDICT_DIVERGES;
}

static struct job job_for(const struct test_case *c, unsigned int engines)
{
	return (struct job){ .text = c->text, .len = c->text_len, .engines = engines };
}

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

/* As fleet_run(). */
static int work_off(struct run *run, const struct job *jobs, size_t n)
{
	return run->runtime ? runtime_run(run->runtime, jobs, n) : fleet_run(run->fleet, jobs, n);
}

void run_probes(struct run *run)
{
	struct job jobs[64];
	size_t n = 0;

	run->probing = true;
	for (int q = 0; q < QUIRK_COUNT; q++) {
		const struct test_case *c = probe_of(&run->probes, q);

		if (!c)
			continue;
		run->probe_of_job[n] = q;
		jobs[n++] = job_for(c, (1U << run->kernel->n_engines) - 1);
	}
	work_off(run, jobs, n);
	run->probing = false;
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		find_quirks(&run->probes, run->probe_transcripts[e], &run->results.engines[e]);
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		run->results.engines[e].quirks &= ~run->o.without;
}

/* The engines that a case can be given; for the others say why not. */
static unsigned int fitting_engines(struct run *run, size_t c)
{
	const struct test_case *tc = run->suite.cases[c];
	unsigned int engines = 0;

	for (size_t e = 0; e < run->kernel->n_engines; e++) {
		struct result *res = result_of(&run->results, c, e);

		if (case_fits(tc, run->results.engines[e].name, run->results.engines[e].quirks)) {
			engines |= 1U << e;
		} else {
			res->verdict = VERDICT_UNSUPPORTED;
			res->transcript = xasprintf("needs %s", tc->needs);
		}
	}
	return engines;
}

static void run_cases(struct run *run)
{
	size_t n = 0, results = 0;
	struct job *jobs = xcalloc(run->suite.n_cases, sizeof(*jobs));

	run->case_of_job = xcalloc(run->suite.n_cases, sizeof(*run->case_of_job));
	for (size_t c = 0; c < run->suite.n_cases; c++) {
		unsigned int engines = fitting_engines(run, c);

		if (!engines)
			continue;
		results += (size_t)__builtin_popcount(engines);
		run->case_of_job[n] = c;
		jobs[n++] = job_for(run->suite.cases[c], engines);
	}
	if (!run->quiet)
		fprintf(stderr, "tailcheck: %s is up (%s%s): %zu cases on %zu engine%s\n",
			run->results.kernel, run->runtime ? "version " : "Linux ",
			run->kernel->release, n, run->kernel->n_engines,
			run->kernel->n_engines == 1 ? "" : "s");
	progress_begin(&run->progress, stderr, results);
	if (work_off(run, jobs, n))
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

char *agent_path(const struct vm_arch *arch)
{
	char name[64];

	snprintf(name, sizeof(name), "build/agent%s%s", arch == vm_arches ? "" : "-",
		 arch == vm_arches ? "" : arch->name);
	return root_path(name);
}

int run_make_dir(struct run *run, const char *name, char *why, size_t why_size)
{
	char *results;

	if (run->o.output) {
		run->dir = xstrdup(run->o.output);
		return rundir_replace(run->dir, why, why_size);
	}
	results = results_dir();
	run->dir = rundir_make(results, name, why, why_size);
	free(results);
	return run->dir ? 0 : -1;
}

static int prepare(struct run *run)
{
	char why[512], *cache = kernel_cache_dir(), *agent = NULL;
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
		snprintf(why, sizeof(why), "%s is not there: make %s builds it", agent,
			 strstr(agent, "build/"));
		goto out;
	}
	if (vm_host_probe(&run->host, &run->image, why, sizeof(why)))
		goto out;
	if (accel && strcmp(accel, "tcg") != 0 && !run->host.kvm && !run->image.uml)
		fprintf(stderr, "tailcheck: no KVM, TCG it is: %s\n", run->host.kvm_why);
	if (run_make_dir(run, run->o.kernel, why, sizeof(why)))
		goto out;
	run->initrd = xasprintf("%s/initramfs.cpio", run->dir);
	if (initramfs_write(run->initrd, agent, &run->image, why, sizeof(why)))
		goto out;
	ret = 0;
out:
	if (ret)
		fprintf(stderr, "tailcheck: %s\n", why);
	free(cache);
	free(agent);
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

static struct fleet *open_fleet(struct run *run, bool serial)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int guests = run->o.guests;
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
		.fault = getenv("TAILCHECK_FAULT"),
		.interrupted = &run_interrupted,
		.result = run_on_result,
		.leak = on_leak,
		.log = on_log,
		.splat = on_splat,
		.note = run_on_note,
		.events_arg = run,
	};

	find_snapshot(run, &c.vm);
	if (!guests)
		guests = (run->suite.n_cases < CASES_FOR_TWO && !at_hand(run)) || cpus < 2
				 ? 1
				 : (unsigned int)cpus;
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

/* Guests up, with the slow channel where the quick one is not to be had. */
static int first_guest(struct run *run)
{
	char why[400];

	run->kernel = fleet_kernel(run->fleet, why, sizeof(why));
	if (!run->kernel && !kernel_name_find(run->o.kernel) && !run->image.uml &&
	    !run_interrupted) {
		run_on_note(run, "trying again with a serial port as the channel");
		run_close(run);
		free(run->results.boots);
		run->fleet = open_fleet(run, true);
		run->kernel = fleet_kernel(run->fleet, why, sizeof(why));
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

int run_start(struct run *run)
{
	struct run_results *r = &run->results;
	int ret = prepare(run);

	if (ret)
		return ret;
	r->suite = &run->suite;
	r->kernel = xstrdup(run->o.kernel);
	r->arch = xstrdup(run->image.arch->name);
	r->package = xstrdup(run->image.package);
	r->host = vm_host_text(&run->host, &run->image);
	run->fleet = open_fleet(run, false);
	/* The guests boot meanwhile. */
	run_check_suite(run);
	ret = first_guest(run);
	if (!ret) {
		run_take_engines(run);
		run_probes(run);
		if (!run_interrupted)
			ret = compare_profile(run);
	}
	if (ret)
		run_close(run);
	return ret;
}

void run_ask(struct run *run, const struct job *jobs, size_t n, struct run_answer *answers)
{
	run->answers = answers;
	fleet_run(run->fleet, jobs, n);
	run->answers = NULL;
}

void run_batch(struct run *run)
{
	struct run_results *r = &run->results;

	r->results = xcalloc(r->suite->n_cases * r->n_engines + 1, sizeof(*r->results));
	if (run_interrupted)
		r->interrupted = true;
	else
		run_cases(run);
}

void run_batch_release(struct run *run)
{
	struct run_results *r = &run->results;

	for (size_t i = 0; i < r->suite->n_cases * r->n_engines; i++)
		free(r->results[i].transcript);
	free(r->results);
	r->results = NULL;
	free(r->suite_errors);
	free(r->suite_trouble);
	r->suite_errors = NULL;
	r->suite_trouble = NULL;
	free(run->case_of_job);
	run->case_of_job = NULL;
	suite_release(&run->suite);
}

int run_all(struct run *run)
{
	double from = clock_seconds();
	int ret = run_start(run);

	if (ret)
		return ret;
	run_batch(run);
	run_close(run);
	run->results.seconds = clock_seconds() - from;
	return 0;
}

void run_release(struct run *run)
{
	if (run->initrd)
		unlink(run->initrd);
	for (size_t e = 0; e < MAX_ENGINES; e++)
		for (int q = 0; q < QUIRK_COUNT; q++)
			free(run->probe_transcripts[e][q]);
	for (size_t g = 0; g < FLEET_MAX_GUESTS; g++)
		if (run->logs[g])
			fclose(run->logs[g]);
	results_release(&run->results);
	kernel_image_release(&run->image);
	suite_release(&run->suite);
	suite_release(&run->probes);
	free(run->case_of_job);
	free(run->initrd);
	snapshot_free(run->snapshot);
	free(run->dir);
}
