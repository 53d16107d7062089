/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packed bytes from anywhere, unpacked within limits: by libraries alone (libarchive starts
 * programs for some formats), in one layer (a few bytes packed ten times over are petabytes), and
 * up to a size.
 */
#ifndef TAILCHECK_EXPAND_H
#define TAILCHECK_EXPAND_H

#include <stddef.h>
#include <stdint.h>

struct archive;

/* What @a may be packed with: every format that a kernel or a package is packed in, but lzo. */
void expand_formats(struct archive *a);

/* Once @a is open: is it packed more than once? */
int expand_is_nested(struct archive *a);

/*
 * What is in the entry that @a is at, to @fd. 0; or negative with a message in @why: EXPAND_BAD
 * where it cannot be unpacked or is more than @most bytes, EXPAND_UNWRITTEN where it cannot be
 * written.
 */
#define EXPAND_BAD	 (-1)
#define EXPAND_UNWRITTEN (-2)
int expand_to(struct archive *a, int fd, uint64_t most, char *why, size_t why_size);

#endif
