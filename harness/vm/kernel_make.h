/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files that a guest of a kernel is started from, made once of what holds them: a package of
 * the archive, a package by path, a bzImage.
 */
#ifndef TAILCHECK_KERNEL_MAKE_H
#define TAILCHECK_KERNEL_MAKE_H

#include <stdbool.h>
#include <stdio.h>

#include "bzimage.h"
#include "kernel_image.h"

/* The folder in the cache for what was given by path. */
#define CACHE_UNPACKED "unpacked"

struct kernel_opening {
	const char *cache;
	bool offline;
	bool ask; /* the archive, though it was asked today */
	FILE *progress;
	char *why;
	size_t why_size;
};

/* What makes a kernel's files in @temp, with k's paths there. 0, or -1 with the reason in o->why.
 */
typedef int kernel_make_fn(struct kernel_image *k, const void *from, const char *temp,
			   const struct kernel_opening *o);

/* @from is a struct kernel_name. */
int kernel_make_from_package(struct kernel_image *k, const void *from, const char *temp,
			     const struct kernel_opening *o);
struct kernel_bzimage {
	const char *path;
	const struct kernel_file *file;
};

/* A struct kernel_bzimage. */
int kernel_make_from_bzimage(struct kernel_image *k, const void *from, const char *temp,
			     const struct kernel_opening *o);
/* The path of a package. */
int kernel_make_from_deb(struct kernel_image *k, const void *from, const char *temp,
			 const struct kernel_opening *o);

/* The folder of apt's state for a kernel; to be freed. */
char *kernel_apt_state(const char *cache, const struct kernel_name *name);
/* When the archive was asked about it. A cache that cannot be written costs time only. */
bool kernel_asked_today(const char *cache, const struct kernel_name *name);
void kernel_note_asked(const char *cache, const struct kernel_name *name);

#endif
