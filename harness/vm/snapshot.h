/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Snapshots: a guest that has booted, kept, so that the next one like it need not boot.
 *
 *   CACHE/snapshots/KEY/stamp   what the others are, with a checksum of each and of itself
 *   CACHE/snapshots/KEY/ram     its memory, sparse
 *   CACHE/snapshots/KEY/state   its devices, as QEMU writes them
 *   CACHE/snapshots/KEY/log     what its kernel said while it booted
 *   CACHE/snapshots/KEY/probes  of harness/cli/kept_probes.h: alone in being replaced
 *   CACHE/snapshots/lock        held while one is made
 *
 * KEY is a checksum over all that the guest was made of: the bytes of kernel, initramfs (with the
 * agent in it) and QEMU, QEMU's version and every option of it. A folder appears whole or not at
 * all, and what is in it is never written again.
 */
#ifndef TAILCHECK_SNAPSHOT_H
#define TAILCHECK_SNAPSHOT_H

#include "vm.h"

/* All of them together; those that were not used for the longest time go first. */
#define SNAPSHOTS_MIB 2048

struct snapshot;

/*
 * The place for the snapshot of guests that @config starts. NULL where there can be none, with the
 * reason in @why.
 */
struct snapshot *snapshot_new(const struct vm_config *config, const char *cache, char *why,
			      size_t why_size);
void snapshot_free(struct snapshot *s);

/* The folder of this one. */
const char *snapshot_folder(const struct snapshot *s);

/* What a guest is made from: open files, and the log, a string. */
struct snapshot_image {
	int ram, state;
	char *log;
};

enum snapshot_state { SNAPSHOT_GOOD, SNAPSHOT_NONE, SNAPSHOT_BAD };

/*
 * Open it, with every byte of it checked. SNAPSHOT_BAD: what was there cannot be used (damaged, or
 * of a machine whose clock has another rate), for the reason in @why, and has been removed.
 */
enum snapshot_state snapshot_load(struct snapshot *s, struct snapshot_image *image, char *why,
				  size_t why_size);
void snapshot_image_release(struct snapshot_image *image);

/*
 * Keep what is in @ram and @state (descriptors of files in memory) and @log. 0, also where another
 * process has kept the same or is about to; or -1 with a message in @why.
 */
int snapshot_store(struct snapshot *s, int ram, int state, const char *log, char *why,
		   size_t why_size);

/* It did not do: away with it. */
void snapshot_discard(struct snapshot *s);

/* How many there are in @cache, and how many MiB they take. */
void snapshots_count(const char *cache, size_t *n, size_t *mib);

#endif
