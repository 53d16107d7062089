/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shards of a run, from as many machines as one likes, as the one run that they are. */
#ifndef TAILCHECK_MERGE_H
#define TAILCHECK_MERGE_H

#include "../claims/record.h"

struct merged {
	struct run_results results;
	struct suite suite;	      /* the cases of all shards */
	const struct record **shards; /* by number */
	size_t n_shards;
	unsigned int *lost; /* numbers of shards that are not there */
	size_t n_lost;
	size_t missing; /* cases that have no result for that */
};

/*
 * The runs of one kernel as one; they have their transcripts. A run that is no shard is all of the
 * shards there are. Cases of a shard that is lost have no result. 0, or -1 with @why filled in
 * where they are not parts of one run: release after success only.
 */
int merge_shards(struct merged *m, const struct record *const *runs, size_t n, char *why,
		 size_t why_size);
void merged_release(struct merged *m);

/*
 * The folder of a run, as `tailcheck run` leaves it; what is not the same in every such run (times,
 * boots) is in shards.json. 0, or -1 with @why filled in.
 */
int merged_write(const struct merged *m, const char *dir, char *why, size_t why_size);

#endif
