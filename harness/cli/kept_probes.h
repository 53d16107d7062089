/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the probes gave, kept beside the snapshot of the guests that they ran in, so that a run of a
 * few cases need not ask them all again: a journal SNAPSHOT/probes of records
 *
 *   made    what it is of, as "KEY VALUE" lines: the snapshot's key, and when
 *   kernel  what the guests are
 *   probe   a transcript, as in the journal of a run
 *
 * It has transcripts and no quirks: these are found anew each time, by the reference as it is then.
 * The guests are those of the snapshot's key, over kernel, agent and QEMU; what is missing is the
 * text of each probe, which stands here with its transcript.
 */
#ifndef TAILCHECK_KEPT_PROBES_H
#define TAILCHECK_KEPT_PROBES_H

#include "run.h"

#define KEPT_PROBES_NAME "probes"
#define KEPT_PROBES_MAX	 (16U << 20) /* bytes */

struct kept_probes {
	struct fleet_kernel kernel;
	time_t made;
	char *transcripts[MAX_ENGINES][QUIRK_COUNT]; /* [engine][quirk] */
	struct run_end ends[MAX_ENGINES][QUIRK_COUNT];
};

enum kept_state { KEPT_GOOD, KEPT_NONE, KEPT_BAD };

/*
 * Those in the folder of a snapshot. KEPT_BAD: they cannot be used (damaged, or of probes that are
 * others now), for the reason in @why. To be released when good.
 */
enum kept_state kept_probes_load(struct kept_probes *k, const char *folder,
				 const struct suite *probes, char *why, size_t why_size);
void kept_probes_release(struct kept_probes *k);

/*
 * Keep these in the folder of a snapshot; they appear whole or not at all. 0; or -1 with a message
 * in @why, or none in it where another process is just about to.
 */
int kept_probes_store(const struct kept_probes *k, const char *folder, const struct suite *probes,
		      char *why, size_t why_size);

#endif
