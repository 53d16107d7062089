/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernels: by name (a Debian package, fetched once) or by path (whatever QEMU boots on that
 * architecture: a bzImage, a vmlinux, an Image; user-mode-linux; a .deb with one of these). What
 * comes out is something that QEMU can boot, and the modules that the channel needs.
 */
#ifndef TAILCHECK_KERNEL_IMAGE_H
#define TAILCHECK_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "arch.h"

/* A row of the table of kernels that we know by name. */
struct kernel_name {
	const char *name;    /* "debian-6.1", "debian-7.2-s390x" */
	const char *arch;    /* "amd64": a name in vm_arches */
	const char *suite;   /* "bookworm" */
	const char *pattern; /* regular expression over package names, newest version wins */
	const char *note;    /* one line for `tailcheck kernels` */
};

extern const struct kernel_name kernel_names[]; /* ends with a NULL name */

/* The row of that name, or NULL. */
const struct kernel_name *kernel_name_find(const char *name);

struct kernel_image {
	char *name;    /* as the user gave it: "debian-6.1" or a path */
	char *release; /* "6.1.0-50-cloud-amd64", from the image itself; "" where it says none */
	char *package; /* "linux-image-6.1.0-50-cloud-amd64 6.1.176-1", or "" for a path */
	const struct vm_arch *arch;
	char *boot;	/* the file for -kernel: vmlinux with a PVH note, or the kernel as it is */
	bool pvh;	/* boot is a vmlinux that is entered by PVH (fast) */
	bool uml;	/* boot is user-mode-linux, a program */
	char **modules; /* .ko files (unpacked) that the channel needs, in order of loading */
	size_t n_modules;
};

/* $TAILCHECK_CACHE, $XDG_CACHE_HOME/tailcheck or ~/.cache/tailcheck; to be freed. */
char *kernel_cache_dir(void);

/*
 * A name is the newest package of its series: once a day the archive is asked for a newer one than
 * is cached. Where it does not answer, what is cached serves, after a line on @progress.
 * $TAILCHECK_DEBIAN_MIRROR is where to fetch from instead of where this machine's apt does.
 *
 * Make the kernel @name ready under @cache (a folder, made when missing): fetch and unpack if it
 * is not there yet, say so on @progress. @offline: an error instead of fetching. 0, or -1 with a
 * message in @why: what is wrong with which file, and what to do.
 */
int kernel_image_open(struct kernel_image *k, const char *name, const char *cache, bool offline,
		      FILE *progress, char *why, size_t why_size);
void kernel_image_release(struct kernel_image *k);

/* The same for a name only, asking the archive whenever it was asked last. */
int kernel_image_fetch(struct kernel_image *k, const char *name, const char *cache, FILE *progress,
		       char *why, size_t why_size);

/* Remove a name from the cache. 0 (also where it was not there), or -1 with a message in @why. */
int kernel_image_remove(const char *name, const char *cache, char *why, size_t why_size);

/* Is it cached already, and as which package? *package is to be freed; NULL where not cached. */
bool kernel_image_cached(const char *name, const char *cache, char **package);

#endif
