/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fleet: some guests of one kernel that work off a list of jobs side by side. It boots guests,
 * boots them again where that fails, replaces those that die, and tells which job was to blame: the
 * one that was running is run once more, alone in a fresh guest, and has its end from there; see
 * death.c. One thread, one poll(2) loop.
 */
#ifndef TAILCHECK_FLEET_H
#define TAILCHECK_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm/vm.h"

#define FLEET_MAX_GUESTS  16
#define FLEET_MAX_ENGINES 8

/* What the guests of a kernel are: all of them say the same. */
struct fleet_kernel {
	char release[128];
	char version[256];
	char machine[32];
	char engines[FLEET_MAX_ENGINES][32]; /* that the kernel offers, in order */
	size_t n_engines;
	struct {
		char engine[32];
		char why[224];
	} unsupported[FLEET_MAX_ENGINES];
	size_t n_unsupported;
};

/* How a job ended on one engine. */
enum job_end {
	END_COMPLETE,	 /* with a transcript */
	END_UNSUPPORTED, /* likewise: its last line says why */
	END_FAULT,	 /* likewise */
	END_CRASHED,	 /* the guest died of it: transcript is how, and the end of the log */
	END_TIMED_OUT,	 /* it was still running after the limit: likewise */
	END_PROTOCOL,	 /* a runtime's adapter broke the protocol */
	END_INFRA,	 /* it never ran, or the guest lied: transcript is why */
};

struct job {
	const char *text; /* of one case */
	size_t len;
	unsigned int engines; /* bit per fleet_kernel.engines */
};

struct fleet_config {
	struct vm_config vm;
	unsigned int guests;
	unsigned int boot_seconds; /* until the agent's hello; then the boot is tried again */
	unsigned int boot_tries;
	unsigned int case_seconds;	 /* a case on one engine */
	unsigned int run_seconds;	 /* everything, from fleet_open() on */
	unsigned int max_restarts;	 /* of guests that died or hung while they ran */
	const char *fault;		 /* for the agent, see harness/agent/fault.h; or NULL */
	unsigned int fault_guests;	 /* how many guests get it; 0: all */
	const volatile int *interrupted; /* becomes nonzero when the user wants to stop */
	/* Called from fleet_run(); @arg is events_arg. */
	void (*result)(void *arg, size_t job, unsigned int engine, enum job_end end,
		       const char *transcript);
	/* A line to add to a result that was there already: something of it did not go away. */
	void (*leak)(void *arg, size_t job, unsigned int engine, const char *line);
	/* No leak will come for this result any more; not called where that is not known. */
	void (*final)(void *arg, size_t job, unsigned int engine);
	void (*log)(void *arg, unsigned int guest, const char *bytes, size_t n); /* kernel log */
	void (*splat)(void *arg, size_t job, const char *engine, const char *line);
	void (*note)(void *arg, const char *text); /* a line for the person who waits */
	void *events_arg;
};

#define NO_JOB ((size_t)-1)

/* How the transcript of a job begins that a guest died with before; how is the rest of the line. */
#define FLEET_DIED_FIRST "# died at first: "

struct fleet;

struct fleet_stats {
	unsigned int boots;	   /* guests started, but for those that were restored */
	unsigned int restores;	   /* guests started from a snapshot */
	unsigned int failed_boots; /* of both, before the hello */
	unsigned int restarts;	   /* guests replaced after they had worked */
	unsigned int bystanders;   /* jobs that a guest died with, and that did well alone */
	unsigned int crashes, timeouts;
	uint64_t skipped_bytes; /* of the channel that belonged to no good frame */
	double boot_seconds;	/* the fastest, from start to hello */
	double restore_seconds; /* the same */
};

/* Start the guests. They boot while the caller goes on. */
struct fleet *fleet_open(const struct fleet_config *config);

/* Wait until one guest is up. NULL with a message in @why where none comes up. */
const struct fleet_kernel *fleet_kernel(struct fleet *f, char *why, size_t why_size);

/*
 * Run all jobs; every engine of every job gets exactly one result() call, whatever happens. 0, or
 * -1 when it was cut short (interrupted, out of time, no guest left): what could not be run has
 * ended with END_INFRA. leak() calls come before it returns.
 */
int fleet_run(struct fleet *f, const struct job *jobs, size_t n);

/* Tell the guests to stop, wait a moment for their end markers, end them. */
void fleet_close(struct fleet *f, struct fleet_stats *stats);

#endif
