/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same cases on many kernels, each a run of its own. The insides of `tailcheck matrix`. */
#ifndef TAILCHECK_MATRIX_H
#define TAILCHECK_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum row_state { ROW_WAITING, ROW_RUNNING, ROW_KEPT, ROW_DONE, ROW_FAILED };

/* One kernel. */
struct row {
	const char *kernel;
	char *key; /* of all that its result depends on: another key, another result */
	char *dir; /* of its run: results/matrix/KERNEL */
	enum row_state state;
	int exit_code; /* of its run, once it ended */
	double from, seconds;
	char said[160]; /* the last line that its run printed while it went on */
	pid_t pid;
	int err;   /* where it prints; -1: nowhere */
	FILE *log; /* DIR.log: all that it printed */
};

struct matrix {
	struct row *rows;
	size_t n;
	unsigned int jobs;   /* runs side by side */
	char **run_args;     /* what each run is given beside its kernel, ends with NULL */
	const char *program; /* this program */
	unsigned int shown;  /* lines of the table that stand on the terminal */
	bool terminal;
	bool fresh; /* keep nothing of an earlier matrix */
};

/*
 * Work off all rows; a row whose folder holds a whole run of the same key is kept. Stops early when
 * *interrupted: rows that were running have failed then, the others are waiting.
 */
void matrix_run(struct matrix *m, const volatile int *interrupted);

/* The table while it runs: on a terminal all of it, in place; else a line for each change. */
void matrix_show(struct matrix *m, const struct row *changed);

/* Did the run in @dir end whole, with this key? *exit_code is how. */
bool matrix_finished(const char *dir, const char *key, int *exit_code);

#endif
