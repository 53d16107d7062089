// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "../base/alloc.h"
#include "../base/folder_test.h"
#include "../base/hash.h"

static const struct {
	const char *kind, *bytes;
} said[] = {
	{ "run", "kernel debian-6.1\n" },
	{ "result", "limit.self jit complete\n1 map progs prog_array = 0\n" },
	{ "result", "" },
	{ "leak", "@2 result 3 0000000000000000 0000000000000000\nabc\n" },
	{ "end", "0" },
};
enum { N_SAID = sizeof(said) / sizeof(*said) };

static char path[64], why[300];

static void write_bytes(const char *bytes, size_t n)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static void say(struct journal *j, size_t i)
{
	assert_int_equal(journal_append(j, said[i].kind, said[i].bytes, strlen(said[i].bytes)), 0);
}

/* A journal of all that is said; its bytes, to be freed, and where each record ends. */
static char *make(size_t *len, size_t ends[N_SAID])
{
	struct journal *j;
	struct stat st;
	char *bytes;
	FILE *in;

	snprintf(path, sizeof(path), "%s/journal", dir);
	j = journal_create(path, why, sizeof(why));
	if (!j)
		fail_msg("%s", why);
	for (size_t i = 0; i < N_SAID; i++) {
		say(j, i);
		assert_int_equal(stat(path, &st), 0);
		if (ends)
			ends[i] = (size_t)st.st_size;
	}
	journal_close(j);
	*len = (size_t)st.st_size;
	bytes = xcalloc(*len + 1, 1);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_int_equal(fread(bytes, 1, *len, in), *len);
	fclose(in);
	return bytes;
}

/* Record @i of the content is the one that was said as number @seq. */
static void check_record(const struct journal_content *c, size_t i, uint64_t seq)
{
	const struct journal_record *r = &c->records[i];

	assert_int_equal(r->seq, seq);
	assert_string_equal(r->kind, said[seq - 1].kind);
	assert_int_equal(r->len, strlen(said[seq - 1].bytes));
	assert_string_equal(r->bytes, said[seq - 1].bytes);
}

static void what_was_said_is_read(void **state)
{
	struct journal_content c;
	size_t len;
	char *bytes = make(&len, NULL);

	(void)state;
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, N_SAID);
	for (size_t i = 0; i < N_SAID; i++)
		check_record(&c, i, i + 1);
	assert_int_equal(c.n_gaps, 0);
	journal_content_release(&c);
	free(bytes);
}

/* Cut off anywhere, it holds every record that ends before the cut. */
static void cut_at_every_byte(void **state)
{
	size_t len, ends[N_SAID];
	char *bytes = make(&len, ends);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct journal_content c;
		size_t whole = 0;

		while (ends[whole] <= cut)
			whole++;
		write_bytes(bytes, cut);
		assert_int_equal(journal_read(&c, path, why, sizeof(why)), whole ? 0 : -1);
		assert_int_equal(c.n_records, whole);
		for (size_t i = 0; i < whole; i++)
			check_record(&c, i, i + 1);
		if (whole) {
			assert_int_equal(c.n_gaps, cut != ends[whole - 1]);
			if (c.n_gaps) {
				assert_int_equal(c.gaps[0].offset, ends[whole - 1]);
				assert_int_equal(c.gaps[0].bytes, cut - ends[whole - 1]);
				assert_int_equal(c.gaps[0].lost, 1);
			}
		}
		journal_content_release(&c);
	}
	free(bytes);
}

/* A changed byte costs the record that it is in, or in the first line none. */
static void flip_every_byte(void **state)
{
	static const char flips[] = { 0x01, 0x10, 0x20, (char)0x80, (char)0xff };
	size_t len, ends[N_SAID], first;
	char *bytes = make(&len, ends);

	(void)state;
	first = (size_t)(strchr(bytes, '\n') - bytes) + 1;
	for (size_t at = 0; at < len; at++) {
		for (size_t f = 0; f < sizeof(flips); f++) {
			struct journal_content c;
			size_t hit = 0, n = 0;

			while (ends[hit] <= at)
				hit++;
			bytes[at] ^= flips[f];
			write_bytes(bytes, len);
			bytes[at] ^= flips[f];
			assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
			for (size_t i = 0; i < N_SAID; i++)
				if (at < first || i != hit)
					check_record(&c, n++, i + 1);
			assert_int_equal(c.n_records, n);
			assert_int_equal(c.n_gaps, at >= first);
			if (at >= first)
				assert_int_equal(c.gaps[0].lost, 1);
			journal_content_release(&c);
		}
	}
	free(bytes);
}

/* Bytes lost from the middle: which lines, and how many records. */
static void gap_is_told(void **state)
{
	size_t len, ends[N_SAID];
	char *bytes = make(&len, ends), *less = xcalloc(len, 1);
	struct journal_content c;

	(void)state;
	memcpy(less, bytes, ends[0] + 4);
	memcpy(less + ends[0] + 4, bytes + ends[2] + 5, len - ends[2] - 5);
	write_bytes(less, len - (ends[2] + 5 - ends[0] - 4));
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, 2);
	check_record(&c, 0, 1);
	check_record(&c, 1, 5);
	assert_int_equal(c.n_gaps, 1);
	/* The first line, and two and a newline of the first record. */
	assert_int_equal(c.gaps[0].line, 5);
	assert_int_equal(c.gaps[0].offset, ends[0]);
	assert_int_equal(c.gaps[0].lost, 3);
	journal_content_release(&c);
	/* A record that is missing without a trace, and one that is there twice. */
	memcpy(less, bytes, ends[0]);
	memcpy(less + ends[0], bytes + ends[1], ends[2] - ends[1]);
	memcpy(less + ends[0] + (ends[2] - ends[1]), bytes + ends[1], ends[2] - ends[1]);
	write_bytes(less, ends[0] + 2 * (ends[2] - ends[1]));
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, 2);
	check_record(&c, 1, 3);
	assert_int_equal(c.n_gaps, 2);
	assert_int_equal(c.gaps[0].bytes, 0);
	assert_int_equal(c.gaps[0].lost, 1);
	journal_content_release(&c);
	free(less);
	free(bytes);
}

/* After any cut it goes on behind what is whole, and nothing of it is lost later. */
static void continued_after_every_cut(void **state)
{
	size_t len, ends[N_SAID];
	char *bytes = make(&len, ends);

	(void)state;
	for (size_t cut = ends[0]; cut <= len; cut++) {
		struct journal_content c;
		size_t whole = 0;
		struct journal *j;
		bool torn;

		while (whole < N_SAID && ends[whole] <= cut)
			whole++;
		torn = cut != ends[whole - 1];
		write_bytes(bytes, cut);
		j = journal_continue(path, &c, why, sizeof(why));
		assert_non_null(j);
		assert_int_equal(c.n_records, whole);
		journal_content_release(&c);
		say(j, 1);
		say(j, 2);
		journal_close(j);
		assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
		assert_int_equal(c.n_records, whole + 2);
		assert_string_equal(c.records[whole].bytes, said[1].bytes);
		assert_int_equal(c.records[whole].seq, whole + torn + 1);
		assert_int_equal(c.n_gaps, torn);
		if (torn)
			assert_int_equal(c.gaps[0].lost, 1);
		journal_content_release(&c);
	}
	free(bytes);
}

/* Who can choose a record's bytes cannot make another record of them, damaged or not. */
static void nothing_is_forged(void **state)
{
	char forged[300], head[100];
	struct journal_content c;
	struct journal *j;
	uint64_t guess = 0, hash;
	int n;

	(void)state;
	snprintf(path, sizeof(path), "%s/journal", dir);
	j = journal_create(path, why, sizeof(why));
	assert_non_null(j);
	n = snprintf(head, sizeof(head), "@9 result 3 ");
	hash = hash_bytes(hash_bytes(HASH_EMPTY, &guess, sizeof(guess)), head, (size_t)n);
	snprintf(forged, sizeof(forged), "text\n%s%016" PRIx64 " %016" PRIx64 "\nabc\n", head, hash,
		 hash_bytes(hash, "abc", 3));
	say(j, 0);
	assert_int_equal(journal_append(j, "result", forged, strlen(forged)), 0);
	say(j, 2);
	journal_close(j);
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, 3);
	/* Damage the one that it is in. */
	c.text[c.records[1].bytes - c.text] = '!';
	for (size_t i = 0; i < c.n_records; i++)
		c.records[i].bytes[c.records[i].len] = '\n';
	write_bytes(c.text, c.len);
	journal_content_release(&c);
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, 2);
	check_record(&c, 1, 3);
	journal_content_release(&c);
}

/* As on a full disk: what does not fit leaves no trace, and the next that fits is whole. */
static void no_room(void **state)
{
	struct rlimit old, tight;
	struct journal_content c;
	size_t len;
	char *bytes = make(&len, NULL), large[4096];
	struct journal *j;

	(void)state;
	memset(large, 'x', sizeof(large));
	j = journal_continue(path, &c, why, sizeof(why));
	assert_non_null(j);
	journal_content_release(&c);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	tight = (struct rlimit){ len + 1000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_int_equal(journal_append(j, "result", large, sizeof(large)), -EFBIG);
	say(j, 1);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	journal_close(j);
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), 0);
	assert_int_equal(c.n_records, N_SAID + 1);
	assert_int_equal(c.n_gaps, 0);
	journal_content_release(&c);
	free(bytes);
}

static void one_writer_at_a_time(void **state)
{
	struct journal_content c;
	size_t len;
	char *bytes = make(&len, NULL);
	struct journal *j = journal_continue(path, &c, why, sizeof(why));

	(void)state;
	assert_non_null(j);
	journal_content_release(&c);
	assert_true(journal_is_busy(path));
	assert_null(journal_create(path, why, sizeof(why)));
	assert_non_null(strstr(why, "another process"));
	assert_null(journal_continue(path, &c, why, sizeof(why)));
	journal_content_release(&c);
	journal_close(j);
	assert_false(journal_is_busy(path));
	assert_false(journal_is_busy("/nowhere/journal"));
	free(bytes);
}

static void what_is_no_journal(void **state)
{
	struct journal_content c;

	(void)state;
	snprintf(path, sizeof(path), "%s/journal", dir);
	assert_int_equal(journal_read(&c, path, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "No such file"));
	for (size_t n = 0; n < 20000; n += 997) {
		char *junk = xcalloc(n + 1, 1);

		memset(junk, '@', n);
		write_bytes(junk, n);
		free(junk);
		assert_int_equal(journal_read(&c, path, why, sizeof(why)), -1);
		assert_non_null(strstr(why, "no whole record"));
		journal_content_release(&c);
		assert_null(journal_continue(path, &c, why, sizeof(why)));
		journal_content_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(what_was_said_is_read),
		IN_DIR(cut_at_every_byte),
		IN_DIR(flip_every_byte),
		IN_DIR(gap_is_told),
		IN_DIR(nothing_is_forged),
		IN_DIR(continued_after_every_cut),
		IN_DIR(no_room),
		IN_DIR(one_writer_at_a_time),
		IN_DIR(what_is_no_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
