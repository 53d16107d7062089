// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Transcripts read back; files that are not whole, or no transcripts, are told from those. */
#include "transcripts.h"

#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"

static char path[] = "/tmp/tailcheck-transcripts-XXXXXX";

static int read_bytes(struct transcripts *t, const char *bytes, size_t len, char *why, size_t size)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	return transcripts_read(t, path, why, size);
}

static const char whole[] = "case b.two\nverdict quirk: empty-slot-counts, no-path-fd\n"
			    "1 freeze m = 0\n2 freeze m = EBUSY\n\n"
			    "case a.one\nverdict conforms\n# seen\n1 freeze m = 0\n\n"
			    "case c.dead\nverdict crashed\nBUG: one\n\nand a line behind it\n\n"
			    "case d.none\nverdict none\n\n"
			    "case e.last\nverdict unsupported\nneeds jit\n\n";

static void all_blocks(void **state)
{
	char why[300] = "";
	struct transcripts t;
	const struct transcript *one;

	(void)state;
	if (read_bytes(&t, whole, sizeof(whole) - 1, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(t.n, 5);
	one = transcripts_find(&t, "a.one");
	assert_non_null(one);
	assert_int_equal(one->verdict, VERDICT_CONFORMS);
	assert_string_equal(one->text, "# seen\n1 freeze m = 0\n");
	one = transcripts_find(&t, "b.two");
	assert_int_equal(one->verdict, VERDICT_QUIRK);
	assert_int_equal(one->because, QUIRK(EMPTY_SLOT_COUNTS) | QUIRK(NO_PATH_FD));
	assert_string_equal(one->text, "1 freeze m = 0\n2 freeze m = EBUSY\n");
	one = transcripts_find(&t, "c.dead");
	assert_string_equal(one->text, "BUG: one\n\nand a line behind it\n");
	assert_string_equal(transcripts_find(&t, "d.none")->text, "");
	assert_string_equal(transcripts_find(&t, "e.last")->text, "needs jit\n");
	assert_null(transcripts_find(&t, "e"));
	transcripts_release(&t);
	assert_null(transcripts_find(&t, "a.one"));
}

/* Wherever it ends but behind a block, that is an error, or the blocks before it are whole. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t len = 1; len < sizeof(whole) - 1; len++) {
		bool at_end = len > 1 && !memcmp(whole + len - 2, "\n\n", 2);
		char why[300] = "";
		struct transcripts t;
		int ret = read_bytes(&t, whole, len, why, sizeof(why));

		if (ret == 0) {
			assert_true(at_end);
			transcripts_release(&t);
		} else {
			assert_non_null(strstr(why, path));
			assert_non_null(strstr(why, "cut short"));
		}
	}
}

static void other_files(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *message;
	} rows[] = {
		{ "", 0, "is empty" },
		{ "{\"kernel\":1}\n", 13, "not the transcripts" },
		{ "case a\0b\nverdict conforms\n\n", 27, "not the transcripts" },
		{ "case a\nverdict splendid\n\n", 25, "holds no transcripts" },
		{ "case a\nabout x\n\n", 16, "holds no transcripts" },
	};
	struct transcripts t;
	char why[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(read_bytes(&t, rows[i].bytes, rows[i].len, why, sizeof(why)), -1);
		if (!strstr(why, rows[i].message))
			fail_msg("row %zu: %s", i, why);
	}
	assert_int_equal(transcripts_read(&t, "/nowhere/jit.txt", why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nowhere/jit.txt: "));
	assert_int_equal(transcripts_read(&t, "/tmp", why, sizeof(why)), -1);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_blocks),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
