/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cache of kernels: a folder for each, which appears whole or not at all, with a stamp in it
 * that says what it holds.
 *
 *   CACHE/kernels/NAME/    a kernel by name: stamp, vmlinux (or vmlinuz), modules
 *   CACHE/unpacked/KEY/    the same of a bzImage by path; the key changes when the file does
 *   CACHE/apt/SUITE/       apt's state
 *   CACHE/snapshots/KEY/   guests that have booted: see snapshot.h
 *   CACHE/temp-XXXXXX/     being made, or left by a run that was killed
 *   CACHE/lock             held while one of them is made
 */
#ifndef TAILCHECK_CACHE_H
#define TAILCHECK_CACHE_H

#include <stdio.h>

#include "kernel_image.h"

/* Read the stamp of @folder into @k, which gets no name. 0, or -1: no such kernel, or not whole. */
int cache_read(const char *folder, struct kernel_image *k);

/*
 * Stamp what is in @temp, whose files @k names by their paths, and move it to @folder. 0, or -1
 * with a message in @why. The paths in @k are those of their new place then.
 */
int cache_keep(const char *temp, const char *folder, struct kernel_image *k, char *why,
	       size_t why_size);

/* Take the lock (a descriptor, to be closed), after a word on @progress if it takes waiting. */
int cache_lock(const char *cache, FILE *progress, char *why, size_t why_size);

/* The same without waiting: -1 where another process has it. @cache is there. */
int cache_try_lock(const char *cache);

/*
 * Of the folders in @folder, remove all but the @most that were changed (or touched) last, and of
 * these all that are behind the first @most_bytes. Only with the lock held.
 */
#define CACHE_ANY_SIZE (~0ULL)
void cache_prune(const char *folder, size_t most, unsigned long long most_bytes);

/* How many folders are in @folder, and the bytes that they take on the disk. */
unsigned long long cache_size(const char *folder, size_t *n);

/* A new folder to make something in; leftovers of earlier ones go. Only with the lock held. */
char *cache_temp(const char *cache, char *why, size_t why_size);

#endif
