/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few files that we need out of a kernel's .deb, without installing it. */
#ifndef TAILCHECK_UNPACK_H
#define TAILCHECK_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Modules that a virtio-serial port needs where the kernel does not have them built in, in order
 * of loading. Ends with NULL; a kernel has some, all or none of them.
 */
extern const char *const channel_modules[];

#define UNPACKED_KERNEL "vmlinuz"

/*
 * Unpack @deb into the folder @to: the kernel as UNPACKED_KERNEL, and those of channel_modules
 * that it has, uncompressed, under their own names. Names inside the package choose among these
 * and are used for nothing else. 0, or -1 with a message in @why.
 */
int unpack_deb(const char *deb, const char *to, char *why, size_t why_size);

/* What a package says it is. */
struct deb_control {
	char name[128], version[128], arch[32];
};

/* Read it. 0, or -1 with a message in @why: no package, or none that says all three. */
int unpack_control(const char *deb, struct deb_control *c, char *why, size_t why_size);

/* Does the file begin as a package does? */
bool unpack_is_deb(const char *path);

#endif
