/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that we start: QEMU and apt. No shell is between us and them, and none outlives us. */
#ifndef TAILCHECK_PROC_H
#define TAILCHECK_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct proc_spawn {
	const char *const *argv; /* argv[0] is looked up in PATH */
	const char *dir;	 /* where it runs; NULL: where we are */
	int out, err;		 /* standard output and error; input is /dev/null */
	int keep[5];		 /* further descriptors for it, under their own numbers; or -1 */
	bool session;		 /* a session of its own: ^C on the terminal is for us alone */
	bool plain;		 /* C locale, for output that is to be read by a program */
	const char *setting;	 /* "NAME=VALUE" for its environment, or NULL; not with plain */
	/*
	 * In a PID namespace (and a user namespace, where those are to be had): whatever it starts
	 * ends with it. It dumps no core, and its addresses are fixed.
	 */
	bool isolated;
};

/* Start it. The pid, or -1 with a message in @why. It is killed when the calling thread ends. */
pid_t proc_spawn(const struct proc_spawn *p, char *why, size_t why_size);

/* "exit status 1", "killed by signal 9 (Killed)" */
void proc_status_text(int status, char *text, size_t size);

struct proc_output {
	int status; /* as of waitpid(2) */
	bool timed_out;
	char *out, *err; /* what it wrote: strings */
	size_t out_len, err_len;
};

/*
 * Run it in @dir (NULL: here) to its end, or for @timeout_ms (0: as long as it takes). 0 when it
 * could be run, whatever its exit status, or -1 with a message in @why. Release @o in any case.
 */
int proc_run(const char *const *argv, const char *dir, int timeout_ms, struct proc_output *o,
	     char *why, size_t why_size);
void proc_output_release(struct proc_output *o);

#endif
