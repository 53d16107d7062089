/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where this machine gets Debian from, read from its own apt sources: so that a mirror, a proxy or
 * a cache that its owner chose is used for kernels too, and no host name stands in this project.
 */
#ifndef TAILCHECK_APT_SOURCES_H
#define TAILCHECK_APT_SOURCES_H

#include <stddef.h>

struct apt_source {
	char *uri;
	char *signed_by; /* as apt's sources have it, perhaps of several lines; NULL: not said */
	int score;	 /* how much it looks like the Debian archive; below 1: not at all */
};

/* Take what looks most like the Debian archive out of one file's text; @best is kept if better. */
void apt_sources_parse_list(const char *text, struct apt_source *best);
void apt_sources_parse_deb822(const char *text, struct apt_source *best);

/*
 * Out of the folder @etc ("/etc/apt"), or $TAILCHECK_DEBIAN_MIRROR where that is set. 0, or -1
 * with what to do in @why.
 */
int apt_sources_find(const char *etc, struct apt_source *s, char *why, size_t why_size);
void apt_source_release(struct apt_source *s);

#endif
