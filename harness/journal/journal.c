// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../base/hash.h"
#include "../base/slurp.h"

#define FIRST_LINE    "tailcheck-journal 1 "
#define SALT_DIGITS   16
#define HEAD_MAX      128 /* bytes of a record's first line */
#define RECORD_MAX    (16U << 20)
#define SYNC_INTERVAL 1.0 /* seconds */

struct journal {
	int fd;
	off_t size; /* of what is whole */
	uint64_t salt, seq;
	double synced;
};

static uint64_t hash_of(uint64_t salt, const char *bytes, size_t n)
{
	return hash_bytes(hash_bytes(HASH_EMPTY, &salt, sizeof(salt)), bytes, n);
}

/* The first line of a record, into @head; its length. */
static size_t head_text(char head[HEAD_MAX], uint64_t salt, uint64_t seq, const char *kind,
			const void *bytes, size_t len)
{
	size_t n = (size_t)snprintf(head, HEAD_MAX, "@%" PRIu64 " %s %zu ", seq, kind, len);
	uint64_t hash = hash_of(salt, head, n);

	return n + (size_t)snprintf(head + n, HEAD_MAX - n, "%016" PRIx64 " %016" PRIx64 "\n", hash,
				    hash_bytes(hash, bytes, len));
}

/*
 * The record that begins at @offset, if a whole one does; *end is behind it. That its head, made
 * anew from what it says, is the same to the last byte, is what proves it.
 */
static bool record_at(const struct journal_content *c, uint64_t salt, size_t offset,
		      struct journal_record *r, size_t *end)
{
	char head[HEAD_MAX + 1], made[HEAD_MAX];
	size_t left = c->len - offset, n = left < HEAD_MAX ? left : HEAD_MAX;
	int hash_at = 0;
	char *newline;

	memcpy(head, c->text + offset, n);
	head[n] = '\0';
	newline = strchr(head, '\n');
	if (!newline)
		return false;
	n = (size_t)(newline - head) + 1;
	if (sscanf(head, "@%" SCNu64 " %15[a-z] %zu %n", &r->seq, r->kind, &r->len, &hash_at) < 3 ||
	    !hash_at || r->len > RECORD_MAX || n + r->len + 1 > left)
		return false;
	/* The head alone first: who makes up a thousand heads shall not make us hash their bytes.
	 */
	if (strtoull(head + hash_at, NULL, 16) != hash_of(salt, head, (size_t)hash_at))
		return false;
	r->bytes = c->text + offset + n;
	if (head_text(made, salt, r->seq, r->kind, r->bytes, r->len) != n ||
	    memcmp(head, made, n) != 0 || r->bytes[r->len] != '\n')
		return false;
	*end = offset + n + r->len + 1;
	return true;
}

static size_t lines_between(const struct journal_content *c, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += c->text[i] == '\n';
	return n;
}

/* Lines are counted from the last gap on: there may be a million. */
static void add_gap(struct journal_content *c, size_t from, size_t to, uint64_t lost)
{
	const struct journal_gap *last = c->n_gaps ? &c->gaps[c->n_gaps - 1] : NULL;
	size_t line = last ? last->line + lines_between(c, last->offset, from)
			   : 1 + lines_between(c, 0, from);

	*vec_add(c->gaps, c->n_gaps) = (struct journal_gap){
		.line = line,
		.offset = from,
		.bytes = to - from,
		.lost = lost,
	};
}

static uint64_t last_seq(const struct journal_content *c)
{
	return c->n_records ? c->records[c->n_records - 1].seq : 0;
}

/* Every record from @at on that is whole; what is between them are gaps. */
static void find_records(struct journal_content *c, size_t at)
{
	size_t whole = at, end;
	struct journal_record r;

	while (at < c->len) {
		const char *next;

		if (c->text[at] == '@' && record_at(c, c->salt, at, &r, &end) &&
		    r.seq > last_seq(c)) {
			/* A line lost between whole records leaves no bytes behind. */
			if (at > whole || r.seq != last_seq(c) + 1)
				add_gap(c, whole, at, r.seq - last_seq(c) - 1);
			*vec_add(c->records, c->n_records) = r;
			at = whole = end;
			continue;
		}
		next = memchr(c->text + at + 1, '@', c->len - at - 1);
		at = next ? (size_t)(next - c->text) : c->len;
	}
	if (whole < c->len)
		add_gap(c, whole, c->len, 1);
	/* Only now: what was tried may have been in the middle of another. */
	for (size_t i = 0; i < c->n_records; i++)
		c->records[i].bytes[c->records[i].len] = '\0';
}

/* The one of the two salts that some record was made with. */
static bool find_salt(struct journal_content *c, size_t first_line)
{
	for (int which = 0; which < 2; which++) {
		size_t at = strlen(FIRST_LINE) + (size_t)which * (SALT_DIGITS + (size_t)1), end;
		struct journal_record r;
		char digits[SALT_DIGITS + 1];

		if (at + SALT_DIGITS > c->len)
			return false;
		snprintf(digits, sizeof(digits), "%s", c->text + at);
		c->salt = strtoull(digits, NULL, 16);
		for (at = first_line; at < c->len; at++)
			if (c->text[at] == '@' && record_at(c, c->salt, at, &r, &end))
				return true;
	}
	return false;
}

int journal_read(struct journal_content *c, const char *path, char *why, size_t why_size)
{
	const size_t first_line = strlen(FIRST_LINE) + 2 * (SALT_DIGITS + (size_t)1);
	FILE *in = fopen(path, "re");

	memset(c, 0, sizeof(*c));
	if (in)
		c->text = slurp(in, JOURNAL_MAX, &c->len);
	if (!c->text)
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
	if (in)
		fclose(in);
	if (!c->text)
		return -1;
	if (c->len > JOURNAL_MAX) {
		snprintf(why, why_size, "%s is larger than any journal", path);
		return -1;
	}
	if (c->len < first_line || !find_salt(c, first_line)) {
		snprintf(why, why_size, "%s holds no whole record", path);
		return -1;
	}
	find_records(c, first_line);
	return 0;
}

void journal_content_release(struct journal_content *c)
{
	free(c->text);
	free(c->records);
	free(c->gaps);
	memset(c, 0, sizeof(*c));
}

static int open_locked(const char *path, int flags, char *why, size_t why_size)
{
	int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0666);

	if (fd < 0) {
		snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		snprintf(why, why_size, "%s is being written by another process", path);
		close(fd);
		fd = -1;
	}
	return fd;
}

static struct journal *new_journal(int fd, uint64_t salt)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->fd = fd;
	j->salt = salt;
	j->synced = clock_seconds();
	return j;
}

/* All of it, or nothing stays; 0 or negative errno. */
static int write_whole(struct journal *j, struct iovec *parts, int n)
{
	size_t left = 0;
	int err = 0;

	for (int i = 0; i < n; i++)
		left += parts[i].iov_len;
	j->size += (off_t)left;
	while (left) {
		ssize_t got = writev(j->fd, parts, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			err = got < 0 ? errno : ENOSPC;
			break;
		}
		left -= (size_t)got;
		while (n && (size_t)got >= parts->iov_len) {
			got -= (ssize_t)parts->iov_len;
			parts++;
			n--;
		}
		if (n) {
			parts->iov_base = (char *)parts->iov_base + got;
			parts->iov_len -= (size_t)got;
		}
	}
	return -err;
}

static int append(struct journal *j, struct iovec *parts, int n)
{
	off_t before = j->size;
	int err = write_whole(j, parts, n);

	if (err) {
		j->size = before;
		/* Should this fail too, the reader passes over what is there. */
		if (!ftruncate(j->fd, before))
			lseek(j->fd, before, SEEK_SET);
	}
	return err;
}

int journal_append(struct journal *j, const char *kind, const void *bytes, size_t len)
{
	char head[HEAD_MAX], newline = '\n';
	struct iovec parts[] = {
		{ .iov_base = head },
		{ .iov_base = (void *)bytes, .iov_len = len },
		{ .iov_base = &newline, .iov_len = 1 },
	};
	int err;

	if (len > RECORD_MAX)
		return -E2BIG;
	parts[0].iov_len = head_text(head, j->salt, j->seq + 1, kind, bytes, len);
	err = append(j, parts, 3);
	if (err)
		return err;
	j->seq++;
	if (clock_seconds() - j->synced >= SYNC_INTERVAL) {
		/* What the disk could not keep shows here at the latest, or it is no disk. */
		if (fdatasync(j->fd) && errno != EINVAL && errno != EROFS)
			return -errno;
		j->synced = clock_seconds();
	}
	return 0;
}

struct journal *journal_create(const char *path, char *why, size_t why_size)
{
	char line[HEAD_MAX];
	struct iovec part = { .iov_base = line };
	struct journal *j;
	uint64_t salt;
	int err, fd;

	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt)) {
		snprintf(why, why_size, "no random number: %s", strerror(errno));
		return NULL;
	}
	fd = open_locked(path, O_CREAT, why, why_size);
	if (fd < 0)
		return NULL;
	j = new_journal(fd, salt);
	part.iov_len = (size_t)snprintf(line, sizeof(line),
					FIRST_LINE "%016" PRIx64 " %016" PRIx64 "\n", salt, salt);
	err = ftruncate(fd, 0) ? -errno : append(j, &part, 1);
	if (!err)
		return j;
	snprintf(why, why_size, "cannot write %s: %s", path, strerror(-err));
	journal_close(j);
	return NULL;
}

struct journal *journal_continue(const char *path, struct journal_content *c, char *why,
				 size_t why_size)
{
	/* Not a newline alone: that may be all that the last record lacks, which was read as lost.
	 */
	struct iovec mark = { .iov_base = "!\n", .iov_len = 2 };
	int fd = open_locked(path, 0, why, why_size), err = 0;
	bool torn;
	struct journal *j;

	memset(c, 0, sizeof(*c));
	if (fd < 0)
		return NULL;
	if (journal_read(c, path, why, why_size)) {
		close(fd);
		return NULL;
	}
	torn = c->n_gaps && c->gaps[c->n_gaps - 1].offset + c->gaps[c->n_gaps - 1].bytes == c->len;
	j = new_journal(fd, c->salt);
	/* The number of what was lost at the end stays free: its gap is told from no gap by it. */
	j->seq = last_seq(c) + torn;
	j->size = lseek(fd, 0, SEEK_END);
	if (j->size < 0)
		err = -errno;
	else if (torn)
		err = append(j, &mark, 1);
	if (!err)
		return j;
	snprintf(why, why_size, "cannot write %s: %s", path, strerror(-err));
	journal_close(j);
	return NULL;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	fdatasync(j->fd);
	close(j->fd);
	free(j);
}

bool journal_is_busy(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool busy = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return busy;
}
