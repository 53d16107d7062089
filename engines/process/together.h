/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keeping a child on the processor of the thread that asks it. One of the two waits whenever the
 * other works, and to wake an idle processor takes far longer than most answers do.
 */
#ifndef TAILCHECK_TOGETHER_H
#define TAILCHECK_TOGETHER_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

struct together {
	pid_t pid;
	cpu_set_t all;	/* where both may run, by right */
	cpu_set_t here; /* where they are to run */
	bool kept;
	bool own_way; /* it chose its processors itself, or there is no choice: hands off */
};

/* @pid was started by this thread just now, and has its processors. */
void together_init(struct together *t, pid_t pid);
/*
 * From now on both run where this thread is: the scheduler chose that, and chooses again after
 * together_end(), which the same thread calls. Threads that the child has already are left alone.
 */
void together_begin(struct together *t);
void together_end(struct together *t);

#endif
