/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The folder that a run leaves behind: results/DATE-TIME-KERNEL, and results/latest. */
#ifndef TAILCHECK_RUNDIR_H
#define TAILCHECK_RUNDIR_H

#include <stddef.h>

/* Make a new one; to be freed. NULL with a message in @why. */
char *rundir_make(const char *results, const char *kernel, char *why, size_t why_size);

/*
 * The folder of a run that somebody names: a path, or what is below @results by that name;
 * absolute, to be freed. NULL with a message in @why.
 */
char *rundir_find(const char *results, const char *name, char *why, size_t why_size);

/* The file for what guests boot from; to be freed. */
char *rundir_initrd(const char *dir);
/* Remove it, also in a signal handler. */
void rundir_drop_initrd(void);

/* Remove what runs in @results left that were killed before they could. */
void rundir_clean(const char *results);

/* Make @dir, without what was in it. 0, or -1 with a message in @why. */
int rundir_replace(const char *dir, char *why, size_t why_size);

/* Let results/latest point at @dir. 0, or -1 with a message in @why. */
int rundir_latest(const char *results, const char *dir, char *why, size_t why_size);

/*
 * $TAILCHECK_RESULTS, ROOT/results, or of an installed program results in the current folder; to be
 * freed.
 */
char *results_dir(void);

/* What the folder of a kernel's run is called after: the last part of a path, to be freed. */
char *rundir_name(const char *kernel);

#endif
