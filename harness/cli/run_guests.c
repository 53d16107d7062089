// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The guests of a run: what they are made of, how many, how they start, and their end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../vm/initramfs.h"
#include "../vm/snapshot.h"
#include "run.h"
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

int run_prepare(struct run *run)
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

void run_open_guests(struct run *run)
{
	run->fleet = open_fleet(run, false);
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
int run_first_guest(struct run *run)
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
