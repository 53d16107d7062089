/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The run of a kernel that a name alone means. */
#ifndef TAILCHECK_FIND_RUN_H
#define TAILCHECK_FIND_RUN_H

/*
 * The folder of the newest run of @kernel in results/ or results/matrix; to be freed. A run that
 * was interrupted, or had less than half of the cases of the kernel's largest, is passed over.
 * NULL where there is none.
 */
char *find_run(const char *kernel);

#endif
