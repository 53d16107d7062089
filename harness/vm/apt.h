/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packages out of the Debian archive by apt itself, which checks signatures, with a configuration
 * and a state of our own: what this machine has installed is neither read nor changed.
 */
#ifndef TAILCHECK_APT_H
#define TAILCHECK_APT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "kernel_image.h"

struct apt_package {
	char *name, *version;
	unsigned long long size; /* of the .deb, bytes */
	char *deb;		 /* path of the file, once fetched */
};

/*
 * Find the newest package of @kernel's pattern in its suite and download it into the folder @to.
 * Apt's state is kept in @state (made when missing), where a second call finds fresh indexes.
 * 0, or -1 with a message in @why.
 */
int apt_fetch(const struct kernel_name *kernel, const char *state, const char *to, FILE *progress,
	      struct apt_package *package, char *why, size_t why_size);

/*
 * Only find it, in a list that is read anew, quietly and for @limit_seconds at most: without
 * network that is soon over. 0, or -1 with a message in @why.
 */
int apt_newest(const struct kernel_name *kernel, const char *state, unsigned int limit_seconds,
	       struct apt_package *package, char *why, size_t why_size);

/* Look for this machine's sources there instead of in /etc/apt (NULL: there again). For tests. */
void apt_use_sources(const char *folder);

bool apt_newer(const char *version, const char *than);

void apt_package_release(struct apt_package *p);

#endif
