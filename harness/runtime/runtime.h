/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runtimes behind adapters, working off a list of jobs: some children side by side, a thread each.
 * It is to a runtime what the fleet is to a kernel, with the same jobs and the same ends: a child
 * that dies, hangs or breaks the protocol ends the case that it had, and is started again.
 */
#ifndef TAILCHECK_RUNTIME_H
#define TAILCHECK_RUNTIME_H

#include "../fleet/fleet.h"

#define RUNTIME_MAX_CHILDREN 64

struct runtime_config {
	const char *command;
	unsigned int children;
	double request_seconds, case_seconds, run_seconds;
	const char *log_dir; /* for what they write to standard error; NULL: nowhere */
	const volatile int *interrupted;
	/* As in struct fleet_config; called by one thread at a time. */
	void (*result)(void *arg, size_t job, unsigned int engine, enum job_end end,
		       const char *transcript);
	void (*note)(void *arg, const char *text);
	void *events_arg;
};

struct runtime_stats {
	unsigned int starts;
	unsigned int restarts; /* of children that were lost with a case */
	double start_seconds;  /* the fastest, to its hello */
};

struct runtime;

/* Start the first child and hear who it is. NULL with the reason in @why. */
struct runtime *runtime_open(const struct runtime_config *c, char *why, size_t why_size);
/* Its name is that of the one engine; its version is the release. */
const struct fleet_kernel *runtime_kernel(const struct runtime *r);
/* Has it a capability (enum protocol_cap)? */
bool runtime_has(const struct runtime *r, int cap);
/* Where children leave their logs, once that is known. */
void runtime_set_log_dir(struct runtime *r, const char *dir);

/* As fleet_run(): every job has exactly one result. 0, or -1 when it was cut short. */
int runtime_run(struct runtime *r, const struct job *jobs, size_t n);
void runtime_close(struct runtime *r, struct runtime_stats *stats);

#endif
