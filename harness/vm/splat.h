/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Splats: lines of a kernel log that say that the kernel found itself broken. A console is fed in
 * pieces of any size; markers that the agent writes to /dev/kmsg tell which case was running.
 */
#ifndef TAILCHECK_SPLAT_H
#define TAILCHECK_SPLAT_H

#include <stdbool.h>
#include <stddef.h>

/* The agent writes "tailcheck: begin SEQ ENGINE" and "tailcheck: end" around every case. */
#define SPLAT_MARK_BEGIN "tailcheck: begin "
#define SPLAT_MARK_END	 "tailcheck: end"

struct splat {
	unsigned int seq; /* of the case that was running; 0: none was */
	char engine[32];
	char *line; /* the line that gave it away, without its time stamp */
};

struct splat_scanner {
	char line[512];
	size_t len;
	unsigned int seq;
	char engine[32];
	struct splat *found;
	size_t n_found;
	bool panicked;
	bool oopsed; /* it goes on, and nobody knows how well */
};

void splat_feed(struct splat_scanner *s, const char *bytes, size_t n);
void splat_release(struct splat_scanner *s);
/* Is this line of a kernel log a splat? */
bool splat_line(const char *line);

#endif
