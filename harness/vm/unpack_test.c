// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "files.h"
#include "unpack.h"

static char dir[64], deb[80], to[80], why[512];

/* A member of the made-up data.tar; its content is its text, perhaps packed. */
struct member {
	const char *path, *text;
	mode_t type;
	bool packed;
};

/* Of a member that is another name of the file that its text names. */
#define HARD_LINK 1

static void add_entry(struct archive *a, const char *path, mode_t type, const void *bytes, size_t n)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, type | 0644);
	if (type == S_IFLNK) {
		archive_entry_set_symlink(e, bytes);
	} else if (type == HARD_LINK) {
		archive_entry_set_mode(e, S_IFREG | 0644);
		archive_entry_set_hardlink(e, bytes);
	} else
		archive_entry_set_size(e, (la_int64_t)n);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (type == S_IFREG)
		assert_int_equal(archive_write_data(a, bytes, n), n);
	archive_entry_free(e);
}

/* What xz makes of a text. */
static size_t pack(const char *text, char *to_bytes, size_t room)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_set_format_raw(a);
	archive_write_add_filter_xz(a);
	archive_write_set_bytes_per_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, to_bytes, room, &used), ARCHIVE_OK);
	add_entry(a, "x", S_IFREG, text, strlen(text));
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	return used;
}

static void add_member(struct archive *a, const struct member *m)
{
	char bytes[4096];
	size_t n = m->packed ? pack(m->text, bytes, sizeof(bytes)) : strlen(m->text);

	add_entry(a, m->path, m->type, m->packed ? bytes : m->text, n);
}

static void make_deb(const struct member *m, size_t n)
{
	static char tar[1 << 16];
	size_t used = 0, i;
	struct archive *a = archive_write_new();

	archive_write_add_filter_xz(a);
	archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_memory(a, tar, sizeof(tar), &used), ARCHIVE_OK);
	for (i = 0; i < n; i++)
		add_member(a, &m[i]);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);

	a = archive_write_new();
	archive_write_set_format_ar_svr4(a);
	assert_int_equal(archive_write_open_filename(a, deb), ARCHIVE_OK);
	add_entry(a, "debian-binary", S_IFREG, "2.0\n", 4);
	add_entry(a, "control.tar", S_IFREG, "x", 1);
	add_entry(a, "data.tar.xz", S_IFREG, tar, used);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/tailcheck-unpack-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(deb, sizeof(deb), "%s/x.deb", dir);
	snprintf(to, sizeof(to), "%s/to", dir);
	assert_int_equal(mkdir(to, 0755), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	files_remove_tree(dir);
	return 0;
}

static unsigned int entries(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void expect_text(const char *name, const char *text)
{
	char path[128], *got;

	snprintf(path, sizeof(path), "%s/%s", to, name);
	got = files_read_text(path);
	assert_non_null(got);
	assert_string_equal(got, text);
	free(got);
}

static void the_kernel_and_its_channel_modules(void **state)
{
	static const struct member members[] = {
		{ "./boot/System.map-6.1", "map", S_IFREG, false },
		{ "./boot/vmlinuz-6.1", "the kernel", S_IFREG, false },
		{ "./lib/modules/6.1/kernel/drivers/virtio/virtio.ko", "v", S_IFREG, false },
		{ "./lib/modules/6.1/kernel/drivers/virtio/virtio_mmio.ko", "m", S_IFREG, false },
		{ "./lib/modules/6.1/kernel/drivers/char/virtio_console.ko", "c", S_IFREG, false },
		{ "./lib/modules/6.1/other/virtio_ring.ko", "r", S_IFREG, false },
	};

	(void)state;
	make_deb(members, sizeof(members) / sizeof(*members));
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), 0);
	expect_text("vmlinuz", "the kernel");
	expect_text("virtio.ko", "v");
	expect_text("virtio_console.ko", "c");
	assert_int_equal(entries(to), 3);
}

static void newer_places_and_packed_modules(void **state)
{
	static const struct member members[] = {
		{ "./usr/lib/modules/7.2/vmlinuz", "newer kernel", S_IFREG, false },
		{ "./usr/lib/modules/7.2/kernel/drivers/virtio/virtio.ko.xz", "packed text",
		  S_IFREG, true },
		{ "./usr/lib/modules/7.2/kernel/drivers/virtio/virtio_ring.ko.gz",
		  "\x1f\x8b\x08\x01\x01\x01\x01\x01\x02\x03", S_IFREG, false },
	};

	(void)state;
	make_deb(members, 2);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), 0);
	expect_text("vmlinuz", "newer kernel");
	expect_text("virtio.ko", "packed text");
	assert_int_equal(entries(to), 2);

	/* A packed module that is broken is an error, and not left out in silence. */
	unlink(deb);
	files_remove_tree(to);
	assert_int_equal(mkdir(to, 0755), 0);
	make_deb(members, 3);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "virtio_ring.ko"));
}

static void nothing_gets_out_of_the_folder(void **state)
{
	static const struct member members[] = {
		{ "../../boot/vmlinuz-../../evil", "1", S_IFREG, false },
		{ "/tmp/boot/vmlinuz-x/../y", "2", S_IFREG, false },
		{ "boot/vmlinuz-link", "/etc/passwd", S_IFLNK, false },
		{ "boot/../vmlinuz-ok", "kernel", S_IFREG, false },
	};

	(void)state;
	make_deb(members, sizeof(members) / sizeof(*members));
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), 0);
	expect_text("vmlinuz", "kernel");
	assert_int_equal(entries(to), 1);
	assert_int_equal(entries(dir), 2);
}

/* What else a package may try: the kernel is what it is, and nothing else is there. */
static void links_and_devices_are_passed_over(void **state)
{
	static const struct member members[] = {
		{ "boot", "/tmp", S_IFLNK, false },
		{ "boot/vmlinuz-dev", "", S_IFCHR, false },
		{ "boot/vmlinuz-fifo", "", S_IFIFO, false },
		{ "boot/vmlinuz-other", "/etc/passwd", HARD_LINK, false },
		{ "boot/vmlinuz-above", "../../../etc/passwd", HARD_LINK, false },
		{ "boot/vmlinuz-up", "../../x", S_IFLNK, false },
		{ "/usr/lib/modules/../../../../etc/vmlinuz", "kernel", S_IFREG, false },
	};

	(void)state;
	make_deb(members, sizeof(members) / sizeof(*members));
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), 0);
	expect_text("vmlinuz", "kernel");
	assert_int_equal(entries(to), 1);
	assert_int_equal(entries(dir), 2);
}

/* An ar with @n bytes as its data.tar. */
static void make_ar(const char *name, const void *tar, size_t n)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_ar_svr4(a);
	assert_int_equal(archive_write_open_filename(a, deb), ARCHIVE_OK);
	add_entry(a, "debian-binary", S_IFREG, "2.0\n", 4);
	add_entry(a, name, S_IFREG, tar, n);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

/* The first block of a tar: a file of @size, which is not there. */
static void tar_header(char block[512], const char *path, unsigned long long size)
{
	unsigned int sum = 0;

	memset(block, 0, 512);
	snprintf(block, 100, "%s", path);
	snprintf(block + 100, 8, "0000644");
	snprintf(block + 124, 12, "%011llo", size);
	snprintf(block + 257, 8, "ustar");
	block[156] = '0';
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
}

/* Zeroes behind a header, packed. */
static void make_bomb(const char *path, unsigned long long claims, size_t mib, bool twice)
{
	static char bytes[1 << 20], packed[8 << 20];
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	if (twice)
		archive_write_add_filter_gzip(a);
	archive_write_add_filter_zstd(a);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, packed, sizeof(packed), &used), ARCHIVE_OK);
	archive_entry_set_pathname(e, "x");
	archive_entry_set_mode(e, S_IFREG | 0644);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	tar_header(bytes, path, claims);
	assert_int_equal(archive_write_data(a, bytes, 512), 512);
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < mib; i++)
		assert_int_equal(archive_write_data(a, bytes, sizeof(bytes)), sizeof(bytes));
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	make_ar("data.tar.zst", packed, used);
}

/* A file larger than a module can be is not written to its end. */
static void a_bomb_is_cut_short(void **state)
{
	char path[128];
	struct stat st;

	(void)state;
	make_bomb("./lib/modules/6.1/kernel/drivers/virtio/virtio.ko", 6ULL << 30, 80, false);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "more than 64 MiB"));
	snprintf(path, sizeof(path), "%s/virtio.ko", to);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= 64 << 20);
}

static void what_is_packed_twice_is_refused(void **state)
{
	(void)state;
	make_bomb("./boot/vmlinuz-6.1", 10, 1, true);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "packed more than once"));
	assert_int_equal(entries(to), 0);
}

/* As many files as one likes are a few bytes, packed. */
static void too_many_files_are_refused(void **state)
{
	static char packed[8 << 20];
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char block[512];
	size_t used = 0;

	(void)state;
	archive_write_add_filter_zstd(a);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_per_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, packed, sizeof(packed), &used), ARCHIVE_OK);
	archive_entry_set_pathname(e, "x");
	archive_entry_set_mode(e, S_IFREG | 0644);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	tar_header(block, "./usr/share/doc/x", 0);
	for (int i = 0; i < 200001; i++)
		assert_int_equal(archive_write_data(a, block, 512), 512);
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	make_ar("data.tar.zst", packed, used);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "more than 200000 files"));
}

static void what_is_no_package_is_said(void **state)
{
	static const struct member empty[] = { { "./boot/config-6.1", "x", S_IFREG, false } };
	struct stat st;
	off_t n;

	(void)state;
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "x.deb"));
	make_deb(empty, 1);
	assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "no kernel in this package"));

	assert_int_equal(stat(deb, &st), 0);
	for (n = st.st_size - 8; n >= 0; n -= 16) {
		assert_int_equal(truncate(deb, n), 0);
		assert_int_equal(unpack_deb(deb, to, why, sizeof(why)), -1);
	}
	assert_int_equal(entries(to), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_kernel_and_its_channel_modules, setup,
						teardown),
		cmocka_unit_test_setup_teardown(newer_places_and_packed_modules, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_gets_out_of_the_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_package_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(links_and_devices_are_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bomb_is_cut_short, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_packed_twice_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_files_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
