// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Of packages and bzImages: what is made of them, and kept. */
#include "fake_kernel_test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

static void add_to_ar(struct archive *a, const char *name, const void *bytes, size_t n)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_size(e, (la_int64_t)n);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, bytes, n), n);
	archive_entry_free(e);
}

static size_t tar_of(uint8_t *to, size_t room, const char *name, const void *bytes, size_t n)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_set_format_ustar(a);
	assert_int_equal(archive_write_open_memory(a, to, room, &used), ARCHIVE_OK);
	add_to_ar(a, name, bytes, n);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	return used;
}

/* A package with one file in it. */
static void put_deb(const char *control, const char *name, const void *bytes, size_t n)
{
	static uint8_t tar[1 << 16];
	struct archive *a = archive_write_new();
	size_t used;

	archive_write_set_format_ar_svr4(a);
	assert_int_equal(archive_write_open_filename(a, file), ARCHIVE_OK);
	add_to_ar(a, "debian-binary", "2.0\n", 4);
	used = tar_of(tar, sizeof(tar), "./control", control, strlen(control));
	add_to_ar(a, "control.tar", tar, used);
	used = tar_of(tar, sizeof(tar), name, bytes, n);
	add_to_ar(a, "data.tar", tar, used);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

#define CONTROL \
	"Package: linux-image-x\nVersion: 1:9.8-7~1\nArchitecture: amd64\nDescription: y\n z\n"

static void a_package_by_path_is_a_kernel(void **state)
{
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 };

	(void)state;
	put_deb(CONTROL, "./boot/vmlinuz-9", image, good_bzimage(image, &v));
	assert_int_equal(open_it(file), 0);
	assert_string_equal(k.package, "linux-image-x 1:9.8-7~1");
	assert_string_equal(k.release, "9.8.7-made-up");
	assert_true(k.pvh);
	assert_non_null(strstr(k.boot, cache));
	kernel_image_release(&k);

	/* Unpacked once; another one in its place is another one. */
	assert_int_equal(open_it(file), 0);
	assert_string_equal(k.package, "linux-image-x 1:9.8-7~1");
	kernel_image_release(&k);
	snprintf(v.text, sizeof(v.text), "Linux version 6.6.6 (x) vendor_id : User Mode Linux");
	v.notes[PVH_NAME]++;
	put_deb(CONTROL, "./usr/bin/linux.uml", &v, sizeof(v));
	assert_int_equal(open_it(file), 0);
	assert_true(k.uml);
	assert_int_equal(access(k.boot, X_OK), 0);
}

static void a_package_that_is_no_kernel_is_refused(void **state)
{
	static const char begin[] = "!<arch>\ndebian-binary   ";

	(void)state;
	put(begin, sizeof(begin) - 1);
	expect_refusal(file, "no package: it holds no control.tar");
	put_deb("Package: x\nVersion: 1\nArchitecture: vax\n", "./boot/vmlinuz-1", "k", 1);
	expect_refusal(file, "is a package for vax, of which we run no guests");
	put_deb("Package: x\nVersion: 1\n", "./boot/vmlinuz-1", "k", 1);
	expect_refusal(file, "does not say its name, version and architecture");
	/* What is printed and kept in lines is not what a package likes it to be. */
	put_deb("Package: x\033[31m\nVersion: 1\nArchitecture: amd64\n", "./boot/vmlinuz", "k", 1);
	expect_refusal(file, "does not say its name");
	put_deb(CONTROL, "./usr/share/doc/README", "k", 1);
	expect_refusal(file, "no kernel in this package");
	put_deb(CONTROL, "./boot/vmlinuz-1", "no kernel", 9);
	expect_refusal(file, "is not a kernel that we know");
	put_deb(CONTROL, "../../../../boot/vmlinuz-../../evil", "k", 1);
	expect_refusal(file, "no kernel in this package");
}

static void a_bzimage_is_unpacked_once(void **state)
{
	struct vmlinux v = vmlinux();
	struct stat first, second;
	uint8_t image[4096] = { 0 };

	(void)state;
	put(image, good_bzimage(image, &v));
	assert_int_equal(open_it(file), 0);
	assert_true(k.pvh);
	assert_string_equal(k.release, "9.8.7-made-up");
	assert_memory_equal(k.boot, cache, strlen(cache));
	assert_int_equal(stat(k.boot, &first), 0);
	assert_int_equal(first.st_size, sizeof(v));
	kernel_image_release(&k);

	assert_int_equal(open_it(file), 0);
	assert_int_equal(stat(k.boot, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);

	/* A vmlinux that lost its end in the cache is made anew. */
	assert_int_equal(truncate(k.boot, 100), 0);
	kernel_image_release(&k);
	assert_int_equal(open_it(file), 0);
	assert_int_equal(stat(k.boot, &second), 0);
	assert_int_equal(second.st_size, sizeof(v));
}

static void a_changed_bzimage_is_unpacked_again(void **state)
{
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 };
	char *boot;

	(void)state;
	put(image, good_bzimage(image, &v));
	assert_int_equal(open_it(file), 0);
	boot = strdup(k.boot);
	kernel_image_release(&k);
	v.text[190] = 'x';
	usleep(20000); /* a file system's clock ticks in steps of up to 10 ms */
	put(image, good_bzimage(image, &v));
	assert_int_equal(open_it(file), 0);
	assert_string_not_equal(k.boot, boot);
	free(boot);
}

static unsigned int entries(const char *folder)
{
	char path[128];
	struct dirent *d;
	unsigned int n = 0;
	DIR *open_dir;

	snprintf(path, sizeof(path), "%s/%s", cache, folder);
	open_dir = opendir(path);
	assert_non_null(open_dir);
	while ((d = readdir(open_dir)))
		n += d->d_name[0] != '.';
	closedir(open_dir);
	return n;
}

static void only_a_few_unpacked_kernels_are_kept(void **state)
{
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		v.text[100] = (char)('a' + i);
		usleep(20000);
		put(image, good_bzimage(image, &v));
		kernel_image_release(&k);
		assert_int_equal(open_it(file), 0);
		assert_int_equal(access(k.boot, R_OK), 0);
	}
	assert_int_equal(entries("unpacked"), 8);
	assert_int_equal(entries(""), 2); /* that, the lock, and no temporary folder */
}

static void a_bzimage_cut_short_is_refused_with_sizes(void **state)
{
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 };
	char sizes[100];
	size_t n = good_bzimage(image, &v);

	(void)state;
	put(image, n - 1);
	snprintf(sizes, sizeof(sizes), "it has %zu bytes and its header says %zu", n - 1, n);
	expect_refusal(file, sizes);
	put(image, 1024);
	expect_refusal(file, "is cut short: it has 1024 bytes");
	put(image, 0x24f);
	expect_refusal(file, "neither a bzImage nor a vmlinux");
}

/* What cannot be unpacked, or holds no vmlinux with a PVH note, is left to the firmware. */
static void other_bzimages_boot_as_they_are(void **state)
{
	static const char odd[] = "packed in a way that nobody knows";
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 }, packed[1024];
	size_t n;

	(void)state;
	put(image, bzimage(image, odd, sizeof(odd)));
	assert_int_equal(open_it(file), 0);
	assert_false(k.pvh);
	assert_string_equal(k.boot, file);
	assert_string_equal(k.release, "9.8.7-made-up");
	kernel_image_release(&k);

	v.notes[PVH_TYPE] = 1;
	put(image, good_bzimage(image, &v));
	assert_int_equal(open_it(file), 0);
	assert_false(k.pvh);
	assert_string_equal(k.boot, file);
	kernel_image_release(&k);

	n = gzip(packed, sizeof(packed), odd, sizeof(odd));
	put(image, bzimage(image, packed, n));
	assert_int_equal(open_it(file), 0);
	assert_false(k.pvh);
	kernel_image_release(&k);

	put(image, bzimage(image, packed, n - 9));
	assert_int_equal(open_it(file), 0);
	assert_false(k.pvh);
}

/* A full disk is no reason to boot the slow way for ever after. */
static void an_unpacked_kernel_that_cannot_be_written_is_an_error(void **state)
{
	struct vmlinux v = vmlinux();
	uint8_t image[4096] = { 0 };
	struct rlimit old, new;
	size_t n;
	int err;

	(void)state;
	v.text[150] = 'y';
	n = good_bzimage(image, &v);
	put(image, n);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	new = (struct rlimit){ .rlim_cur = 100, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &new), 0);
	err = open_it(file);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, -1);
	assert_non_null(strstr(why, "File too large"));
	assert_int_equal(open_it(file), 0);
	assert_true(k.pvh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_package_by_path_is_a_kernel, teardown),
		cmocka_unit_test_teardown(a_package_that_is_no_kernel_is_refused, teardown),
		cmocka_unit_test_teardown(a_bzimage_is_unpacked_once, teardown),
		cmocka_unit_test_teardown(a_changed_bzimage_is_unpacked_again, teardown),
		cmocka_unit_test_teardown(only_a_few_unpacked_kernels_are_kept, teardown),
		cmocka_unit_test_teardown(a_bzimage_cut_short_is_refused_with_sizes, teardown),
		cmocka_unit_test_teardown(other_bzimages_boot_as_they_are, teardown),
		cmocka_unit_test_teardown(an_unpacked_kernel_that_cannot_be_written_is_an_error,
					  teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
