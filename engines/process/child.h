/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A child process that answers lines with lines. It is not trusted: what it says is bounded, what
 * it takes is timed, and it ends with everything in its process group.
 */
#ifndef TAILCHECK_CHILD_H
#define TAILCHECK_CHILD_H

#include <stddef.h>

struct child;

enum child_end {
	CHILD_ANSWERED,
	CHILD_DIED,	   /* it ended, or was killed */
	CHILD_SILENT,	   /* no answer by the deadline */
	CHILD_BROKEN,	   /* it said too much, or closed its output and lives on */
	CHILD_INTERRUPTED, /* the user wants to stop */
};

struct child_config {
	const char *command; /* a simple command of the shell's */
	int log;	     /* where its standard error goes, at most CHILD_MAX_LOG of it; or -1 */
	const volatile int *interrupted; /* or NULL */
};

#define CHILD_MAX_LOG (1U << 20) /* bytes of one child */

/* NULL with a message in @why. SIGPIPE is ignored from now on, in this process. */
struct child *child_start(const struct child_config *c, char *why, size_t why_size);

/*
 * Send @len bytes and wait for a line until @deadline (clock_seconds()). CHILD_ANSWERED with the
 * line in *answer, without its newline, good until the next call; else why not, in @why. What it
 * says behind the line, or has said before it was asked, is CHILD_BROKEN.
 */
enum child_end child_ask(struct child *c, const char *line, size_t len, double deadline,
			 char **answer, char *why, size_t why_size);
/*
 * Keep it on the processor of the calling thread until child_let_go(), an answer that takes long,
 * or its end: short questions are answered several times faster so (together.h).
 */
void child_keep_close(struct child *c);
void child_let_go(struct child *c); /* by the same thread; NULL is none */
/* Close its input, and wait until it ends: 0, or -1 where it has not by the deadline. */
int child_finish(struct child *c, double deadline);
/* Kill it if need be. */
void child_free(struct child *c);

/* A line for people: what is not printable as \xHH, cut short. */
void child_quote(const char *line, size_t len, char *to, size_t size);

#endif
