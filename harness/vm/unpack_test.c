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

static void add_entry(struct archive *a, const char *path, mode_t type, const void *bytes, size_t n)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, type | 0644);
	if (type == S_IFLNK)
		archive_entry_set_symlink(e, bytes);
	else
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
