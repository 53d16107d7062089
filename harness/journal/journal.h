/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A journal: records appended to a file as they come, so that a process that is killed at any
 * moment, a full disk or a flipped bit cost the records that they hit and no others. What the
 * records mean is its user's business.
 *
 *   tailcheck-journal 1 SALT SALT
 *   @SEQ KIND LENGTH HEAD-HASH HASH
 *   LENGTH bytes
 *   @SEQ ...
 *
 * SEQ counts from 1, so that a gap tells how many records are missing. Both hashes (FNV-1a, of what
 * stands before HEAD-HASH, and of that and the bytes) begin with SALT: random, and unknown to who
 * says the bytes, so that what looks like a record inside of a damaged one is none. It stands there
 * twice lest one flipped bit cost the whole.
 */
#ifndef TAILCHECK_JOURNAL_H
#define TAILCHECK_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_NAME	 "journal" /* in a run's folder */
#define JOURNAL_MAX	 (1UL << 30)
#define JOURNAL_MAX_KIND 15

struct journal_record {
	uint64_t seq;
	char kind[JOURNAL_MAX_KIND + 1]; /* a word of a-z */
	char *bytes;			 /* in the content's text, NUL behind them */
	size_t len;
};

/* Bytes that are part of no whole record. */
struct journal_gap {
	size_t line, offset; /* where they begin; lines count from 1 */
	size_t bytes;
	uint64_t lost; /* records; at the end of a file it cannot be known, and is 1 */
};

struct journal_content {
	char *text;
	size_t len;
	uint64_t salt;
	struct journal_record *records; /* by seq */
	size_t n_records;
	struct journal_gap *gaps;
	size_t n_gaps;
};

/*
 * Read what is whole. 0, or -1 with a message in @why: it cannot be read, or no record is whole.
 * Release @c in any case.
 */
int journal_read(struct journal_content *c, const char *path, char *why, size_t why_size);
void journal_content_release(struct journal_content *c);

struct journal;

/* A new one; nobody else may be writing to what is there. NULL with a message in @why. */
struct journal *journal_create(const char *path, char *why, size_t why_size);

/* Read it, and append to it from here on. NULL with a message in @why; release @c in any case. */
struct journal *journal_continue(const char *path, struct journal_content *c, char *why,
				 size_t why_size);

/*
 * Append a record and hand it to the system; once a second also to the disk. 0, or negative errno:
 * then what is in the file of a record that did not fit has been taken back.
 */
int journal_append(struct journal *j, const char *kind, const void *bytes, size_t len);
void journal_close(struct journal *j);

/* Is a process writing to it? */
bool journal_is_busy(const char *path);

#endif
