// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "initramfs.h"
#include "../base/alloc.h"

static char dir[] = "/tmp/tailcheck-initramfs-XXXXXX";
static char agent[64], module[2][64], out[64];

static void put(const char *path, size_t size, char fill)
{
	FILE *f = fopen(path, "w");
	size_t i;

	assert_non_null(f);
	for (i = 0; i < size; i++)
		fputc(fill, f);
	assert_int_equal(fclose(f), 0);
}

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(agent, sizeof(agent), "%s/agent", dir);
	snprintf(module[0], sizeof(module[0]), "%s/virtio.ko", dir);
	snprintf(module[1], sizeof(module[1]), "%s/virtio_ring.ko", dir);
	snprintf(out, sizeof(out), "%s/out.cpio", dir);
	put(agent, 200001, 'a');
	put(module[0], 3, 'b');
	put(module[1], 0, 'c');
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(agent);
	unlink(module[0]);
	unlink(module[1]);
	unlink(out);
	return rmdir(dir);
}

static struct kernel_image kernel(void)
{
	static char *modules[] = { module[0], module[1] };

	return (struct kernel_image){ .modules = modules, .n_modules = 2 };
}

static unsigned int files_in_dir(void)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* "mode path rdev size first-byte", read back by libarchive. */
static void read_back(char *text, size_t size)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	size_t len = 0;

	assert_int_equal(archive_read_support_format_cpio(a), ARCHIVE_OK);
	assert_int_equal(archive_read_open_filename(a, out, 1 << 16), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		char first = '-';

		if (archive_entry_size(e))
			assert_int_equal(archive_read_data(a, &first, 1), 1);
		len += (size_t)snprintf(text + len, size - len, "%o %s %d:%d %d %c\n",
					(unsigned int)archive_entry_mode(e),
					archive_entry_pathname(e), (int)archive_entry_rdevmajor(e),
					(int)archive_entry_rdevminor(e), (int)archive_entry_size(e),
					first);
		assert_true(len < size);
	}
	archive_read_free(a);
}

static void holds_the_agent_the_nodes_and_the_modules_in_order(void **state)
{
	struct kernel_image k = kernel();
	char why[256] = "", text[1024];

	(void)state;
	assert_int_equal(initramfs_write(out, agent, &k, why, sizeof(why)), 0);
	read_back(text, sizeof(text));
	assert_string_equal(text, "40755 dev 0:0 0 -\n"
				  "20600 dev/console 5:1 0 -\n"
				  "20666 dev/null 1:3 0 -\n"
				  "40755 proc 0:0 0 -\n"
				  "40755 sys 0:0 0 -\n"
				  "41777 tmp 0:0 0 -\n"
				  "40755 modules 0:0 0 -\n"
				  "100755 init 0:0 200001 a\n"
				  "100644 modules/00-virtio.ko 0:0 3 b\n"
				  "100644 modules/01-virtio_ring.ko 0:0 0 -\n");
	assert_int_equal(files_in_dir(), 4);
	assert_int_equal(unlink(out), 0);
}

static void a_missing_agent_leaves_nothing(void **state)
{
	struct kernel_image k = kernel();
	char why[256] = "";

	(void)state;
	assert_int_equal(initramfs_write(out, "/nonexistent/agent", &k, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nonexistent/agent: No such file"));
	assert_int_equal(initramfs_write(out, "/", &k, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "not a regular file"));
	assert_int_equal(files_in_dir(), 3);
}

/* RLIMIT_FSIZE gives a failing write(2) at any offset, as a full disk would. */
static void a_write_that_fails_leaves_nothing(void **state)
{
	static const rlim_t limits[] = { 0, 100, 65536, 199999, 200960 };
	struct kernel_image k = kernel();
	struct rlimit old, new;
	char why[256];
	size_t i;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		int err;

		why[0] = '\0';
		new = (struct rlimit){ .rlim_cur = limits[i], .rlim_max = old.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &new), 0);
		err = initramfs_write(out, agent, &k, why, sizeof(why));
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(err, -1);
		assert_non_null(strstr(why, out));
		assert_non_null(strstr(why, "File too large"));
		assert_int_equal(files_in_dir(), 3);
	}
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct kernel_image k = kernel();
	char why[256] = "";

	(void)state;
	assert_int_equal(initramfs_write("/nonexistent/x.cpio", agent, &k, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/nonexistent/x.cpio"));
	assert_non_null(strstr(why, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_agent_the_nodes_and_the_modules_in_order),
		cmocka_unit_test(a_missing_agent_leaves_nothing),
		cmocka_unit_test(a_write_that_fails_leaves_nothing),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
