// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/folder_test.h"
#include "../vm/files.h"
#include "kept_probes.h"

static char why[300];

/* Two quirks have probes here; the second one's program returns @result. */
static void two_probes(struct suite *s, int result)
{
	char *text = xasprintf("case probe.%s\nabout x\n\nmap m prog_array = 0\n\n"
			       "case probe.%s\nabout x\n\nprog p socket_filter\n    r0 = %d\n"
			       "    exit\n\nrun p = %d\n",
			       quirks[0].name, quirks[1].name, result, result);
	struct diag d;

	memset(s, 0, sizeof(*s));
	assert_int_equal(suite_add_text(s, text, strlen(text), "probes", &d), 0);
	assert_int_equal(suite_finish(s, &d), 0);
	free(text);
}

/* What they gave on two engines. */
static void fill(struct kept_probes *k)
{
	memset(k, 0, sizeof(*k));
	k->made = 1795387685;
	k->kernel.n_engines = 2;
	snprintf(k->kernel.release, sizeof(k->kernel.release), "6.1.0 \\ and\nmore");
	snprintf(k->kernel.engines[0], sizeof(k->kernel.engines[0]), "jit");
	snprintf(k->kernel.engines[1], sizeof(k->kernel.engines[1]), "interp");
	for (int e = 0; e < 2; e++)
		for (int q = 0; q < 2; q++) {
			k->transcripts[e][q] = xasprintf("1 of %d on %d = 0\n", q, e);
			k->ends[e][q].end = q ? END_UNSUPPORTED : END_COMPLETE;
		}
}

/* A folder of a snapshot, with what is kept; to be freed. */
static char *kept(const char *key)
{
	char *folder = xasprintf("%s/%s", dir, key);
	struct kept_probes k;
	struct suite s;

	two_probes(&s, 1);
	fill(&k);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(kept_probes_store(&k, folder, &s, why, sizeof(why)), 0);
	kept_probes_release(&k);
	suite_release(&s);
	return folder;
}

static enum kept_state load(const char *folder, int result)
{
	struct kept_probes k;
	enum kept_state state;
	struct suite s;

	two_probes(&s, result);
	state = kept_probes_load(&k, folder, &s, why, sizeof(why));
	if (state == KEPT_GOOD)
		kept_probes_release(&k);
	suite_release(&s);
	return state;
}

static void what_is_kept_comes_back(void **state)
{
	struct kept_probes k, was;
	char *folder = kept("0123");
	struct suite s;

	(void)state;
	two_probes(&s, 1);
	fill(&was);
	assert_int_equal(kept_probes_load(&k, folder, &s, why, sizeof(why)), KEPT_GOOD);
	assert_memory_equal(&k.kernel, &was.kernel, sizeof(k.kernel));
	assert_int_equal(k.made, was.made);
	for (int e = 0; e < 2; e++)
		for (int q = 0; q < 2; q++) {
			assert_string_equal(k.transcripts[e][q], was.transcripts[e][q]);
			assert_int_equal(k.ends[e][q].end, was.ends[e][q].end);
		}
	kept_probes_release(&k);
	/* And what is newer takes its place. */
	was.made++;
	assert_int_equal(kept_probes_store(&was, folder, &s, why, sizeof(why)), 0);
	assert_int_equal(kept_probes_load(&k, folder, &s, why, sizeof(why)), KEPT_GOOD);
	assert_int_equal(k.made, was.made);
	kept_probes_release(&k);
	kept_probes_release(&was);
	suite_release(&s);
	free(folder);
}

static void none_is_none(void **state)
{
	(void)state;
	assert_int_equal(load(dir, 1), KEPT_NONE);
}

/* The text of one has changed, or there is one more. */
static void other_probes_are_noticed(void **state)
{
	char *folder = kept("0123"), more[200];
	struct kept_probes k;
	struct suite s;
	struct diag d;

	(void)state;
	assert_int_equal(load(folder, 2), KEPT_BAD);
	assert_string_equal(why, "they are of other probes");
	snprintf(more, sizeof(more), "case probe.%s\nabout x\n\nmap m prog_array = 0\n",
		 quirks[2].name);
	two_probes(&s, 1);
	assert_int_equal(suite_add_text(&s, more, strlen(more), "more", &d), 0);
	assert_int_equal(suite_finish(&s, &d), 0);
	assert_int_equal(kept_probes_load(&k, folder, &s, why, sizeof(why)), KEPT_BAD);
	assert_string_equal(why, "they are of other probes");
	suite_release(&s);
	free(folder);
}

/* Another agent, kernel or QEMU is another snapshot; that somebody copied the file does not help.
 */
static void other_guests_are_noticed(void **state)
{
	char *folder = kept("0123"), *other = xasprintf("%s/4567", dir);

	(void)state;
	assert_int_equal(rename(folder, other), 0);
	assert_int_equal(load(other, 1), KEPT_BAD);
	assert_string_equal(why, "they are of other guests");
	free(folder);
	free(other);
}

/* Whatever byte is changed, and wherever it ends: it is not taken for good. */
static void damage_is_noticed(void **state)
{
	char *folder = kept("0123"), *path = xasprintf("%s/" KEPT_PROBES_NAME, folder);
	char *text = files_read_text(path);
	size_t n = strlen(text), salts = strcspn(text, "\n");

	(void)state;
	for (size_t i = 0; i < n; i++) {
		text[i] ^= 1;
		assert_int_equal(files_write_text(path, text, why, sizeof(why)), 0);
		/* The salt is there twice, and one of them will do. */
		if (i > salts)
			assert_int_equal(load(folder, 1), KEPT_BAD);
		text[i] ^= 1;
	}
	assert_int_equal(files_write_text(path, text, why, sizeof(why)), 0);
	assert_int_equal(load(folder, 1), KEPT_GOOD);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(truncate(path, (off_t)(n - 1 - i)), 0);
		assert_int_equal(load(folder, 1), KEPT_BAD);
	}
	assert_int_equal(truncate(path, (off_t)KEPT_PROBES_MAX + 1), 0);
	assert_int_equal(load(folder, 1), KEPT_BAD);
	free(text);
	free(path);
	free(folder);
}

/* An engine's name of two words would not come back; and who has told of a kernel tells no other.
 */
static void another_kernel_is_noticed(void **state)
{
	char *folder = kept("0123"), *path = xasprintf("%s/" KEPT_PROBES_NAME, folder);
	char *text = files_read_text(path), *twice;
	struct kept_probes k;
	struct suite s;
	const char *record;

	(void)state;
	two_probes(&s, 1);
	fill(&k);
	snprintf(k.kernel.engines[1], sizeof(k.kernel.engines[1]), "of two");
	assert_int_equal(kept_probes_store(&k, folder, &s, why, sizeof(why)), 0);
	assert_int_equal(load(folder, 1), KEPT_BAD);
	assert_string_equal(why, "they are damaged");

	record = strstr(text, "kernel ");
	assert_non_null(record);
	twice = xasprintf("%s%s", text, record);
	assert_int_equal(files_write_text(path, twice, why, sizeof(why)), 0);
	assert_int_equal(load(folder, 1), KEPT_BAD);
	assert_string_equal(why, "they are damaged");
	free(twice);
	free(text);
	free(path);
	free(folder);
	kept_probes_release(&k);
	suite_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(what_is_kept_comes_back),  IN_DIR(none_is_none),
		IN_DIR(other_probes_are_noticed), IN_DIR(other_guests_are_noticed),
		IN_DIR(damage_is_noticed),	  IN_DIR(another_kernel_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
