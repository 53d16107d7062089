/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A runtime in a child process, as an engine: the operations of engine.h go over the line protocol
 * of docs/engine-protocol.md. The child is an adapter, and not trusted; whatever it does, an
 * operation ends in time with a result or with ENGINE_FAULT.
 */
#ifndef TAILCHECK_PROCESS_H
#define TAILCHECK_PROCESS_H

#include "../engine.h"

struct process_config {
	const char *command;
	double start_seconds;		 /* until it has said hello */
	double request_seconds;		 /* for one answer */
	double case_seconds;		 /* for all of a case */
	int log;			 /* for its standard error, or -1 */
	const volatile int *interrupted; /* or NULL */
};

enum process_trouble {
	PROCESS_FINE,
	PROCESS_CRASHED,
	PROCESS_TIMED_OUT,
	PROCESS_PROTOCOL,
	PROCESS_INTERRUPTED,
};

/* A child, started and greeted; NULL with the reason in @why. */
struct engine *process_engine_new(const struct process_config *c, char *why, size_t why_size);

/*
 * What befell the child since it was started; the reason is engine->why of the operation that met
 * with it. From then on every operation is ENGINE_FAULT, for the same reason.
 */
enum process_trouble process_engine_trouble(const struct engine *e);

/* A new child, which must be as the first one. 0, or -1 with the reason in @why. */
int process_engine_restart(struct engine *e, char *why, size_t why_size);

/*
 * Before and after a case. The end is a request of its own, so that what is said too much shows
 * before another case has begun. 0 or ENGINE_FAULT.
 */
int process_engine_begin(struct engine *e, const char *case_name);
int process_engine_end(struct engine *e);

/* The version from its hello, and whether it has a capability (enum protocol_cap). */
const char *process_engine_version(const struct engine *e);
bool process_engine_has(const struct engine *e, int cap);

#endif
