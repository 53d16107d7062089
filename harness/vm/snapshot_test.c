// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a snapshot depends on, what is noticed about one that is not whole, and which ones go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "snapshot.h"

#define PAGE	  4096L
#define RAM_PAGES 64

static char dir[] = "/tmp/tailcheck-snapshot-XXXXXX";
static char boot[64], initrd[64], qemu[64], why[512];
static struct kernel_image kernel;
static struct vm_host host;

static void write_file(const char *path, const char *text)
{
	assert_int_equal(files_write_text(path, text, why, sizeof(why)), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir + strlen(dir) - 6, 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(boot, sizeof(boot), "%s/vmlinux", dir);
	snprintf(initrd, sizeof(initrd), "%s/initrd", dir);
	snprintf(qemu, sizeof(qemu), "%s/qemu", dir);
	write_file(boot, "a kernel");
	write_file(initrd, "an agent");
	write_file(qemu, "an emulator");
	kernel = (struct kernel_image){
		.arch = vm_arches, .boot = boot, .package = "linux 6.1", .pvh = true
	};
	host = (struct vm_host){ .qemu_version = "7.2", .qemu_major = 7, .tsc_khz = 2400000 };
	snprintf(host.qemu, sizeof(host.qemu), "%s", qemu);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	files_remove_tree(dir);
	return 0;
}

static struct vm_config config(void)
{
	return (struct vm_config){ .host = &host, .kernel = &kernel, .initrd = initrd };
}

static struct snapshot *place_of(const struct vm_config *c)
{
	struct snapshot *s = snapshot_new(c, dir, why, sizeof(why));

	if (!s)
		fail_msg("%s", why);
	return s;
}

static struct snapshot *place(void)
{
	struct vm_config c = config();

	return place_of(&c);
}

/* A file in memory: page i is full of i + @salt, every third is zero. */
static int memory(unsigned int salt)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);
	unsigned char page[PAGE];

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, RAM_PAGES * PAGE), 0);
	for (unsigned int i = 0; i < RAM_PAGES; i++) {
		memset(page, (int)(i % 3 ? i + salt : 0), PAGE);
		if (i % 3 || i % 2)
			assert_int_equal(pwrite(fd, page, PAGE, (off_t)i * PAGE), PAGE);
	}
	return fd;
}

static void store(struct snapshot *s, unsigned int salt)
{
	int ram = memory(salt), state = memfd_create("state", MFD_CLOEXEC);

	assert_int_equal(write(state, "devices", 7), 7);
	if (snapshot_store(s, ram, state, "booted\n", why, sizeof(why)))
		fail_msg("%s", why);
	close(ram);
	close(state);
}

static enum snapshot_state load(struct snapshot *s)
{
	struct snapshot_image image;
	enum snapshot_state state = snapshot_load(s, &image, why, sizeof(why));

	snapshot_image_release(&image);
	return state;
}

static void what_was_stored_is_loaded(void **state)
{
	struct snapshot *s = place();
	struct snapshot_image image;
	unsigned char a[PAGE], b[PAGE];
	int ram = memory(1);
	struct stat st;

	(void)state;
	assert_int_equal(load(s), SNAPSHOT_NONE);
	store(s, 1);
	assert_int_equal(snapshot_load(s, &image, why, sizeof(why)), SNAPSHOT_GOOD);
	assert_string_equal(image.log, "booted\n");
	for (off_t i = 0; i < RAM_PAGES; i++) {
		assert_int_equal(pread(image.ram, a, PAGE, i * PAGE), PAGE);
		assert_int_equal(pread(ram, b, PAGE, i * PAGE), PAGE);
		assert_memory_equal(a, b, PAGE);
	}
	/* Pages of zeros take no room. */
	assert_int_equal(fstat(image.ram, &st), 0);
	assert_true(st.st_blocks * 512 < RAM_PAGES * PAGE * 3 / 4);
	assert_int_equal(read(image.state, a, PAGE), 7);
	assert_memory_equal(a, "devices", 7);
	snapshot_image_release(&image);
	/* The first one stays: guests may be on their way from it. */
	store(s, 9);
	assert_int_equal(snapshot_load(s, &image, why, sizeof(why)), SNAPSHOT_GOOD);
	assert_int_equal(pread(image.ram, a, 1, PAGE), 1);
	assert_int_equal(a[0], 2);
	snapshot_image_release(&image);
	snapshot_discard(s);
	assert_int_equal(load(s), SNAPSHOT_NONE);
	close(ram);
	snapshot_free(s);
}

/* Each of these makes another guest, so each has a place of its own. */
static void every_part_of_a_guest_is_in_the_key(void **state)
{
	struct vm_config c = config();
	char *keys[16];
	size_t n = 0;
	struct snapshot *s;

#define ANOTHER(change, back)                           \
	do {                                            \
		change;                                 \
		s = place_of(&c);                       \
		keys[n++] = strdup(snapshot_folder(s)); \
		snapshot_free(s);                       \
		back;                                   \
	} while (0)

	(void)state;
	ANOTHER(, );
	ANOTHER(write_file(boot, "b kernel"), write_file(boot, "a kernel"));
	ANOTHER(write_file(initrd, "an agenT"), write_file(initrd, "an agent"));
	ANOTHER(write_file(qemu, "an emulatoR"), write_file(qemu, "an emulator"));
	ANOTHER(strcpy(host.qemu_version, "7.3"), strcpy(host.qemu_version, "7.2"));
	ANOTHER(host.qemu_major = 8, host.qemu_major = 7);
	ANOTHER(c.memory_mib = 512, c.memory_mib = 0);
	ANOTHER(c.extra_append = "quiet", c.extra_append = NULL);
	ANOTHER(kernel.pvh = false, kernel.pvh = true);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(keys[i], keys[j]);
	/* And nothing else: neither where files lie nor how the clock was measured this time. */
	snprintf(boot, sizeof(boot), "%s/other", dir);
	write_file(boot, "a kernel");
	host.tsc_khz += 100;
	ANOTHER(, );
	assert_string_equal(keys[0], keys[n - 1]);
	for (size_t i = 0; i < n; i++)
		free(keys[i]);
}

static void guests_that_cannot_be_saved_have_no_place(void **state)
{
	struct vm_config c = config();

	(void)state;
	kernel.uml = true;
	assert_null(snapshot_new(&c, dir, why, sizeof(why)));
	kernel.uml = false;
	host.kvm = true;
	assert_null(snapshot_new(&c, dir, why, sizeof(why)));
	host.kvm = false;
	c.serial_channel = true;
	assert_null(snapshot_new(&c, dir, why, sizeof(why)));
	c.serial_channel = false;
	kernel.arch = vm_arch_find("mips64el");
	assert_null(snapshot_new(&c, dir, why, sizeof(why)));
	kernel.arch = vm_arches;
	unlink(initrd);
	assert_null(snapshot_new(&c, dir, why, sizeof(why)));
	assert_non_null(strstr(why, initrd));
}

/* Change byte @at of a file of the snapshot; -1: cut the last page, or byte, off. */
static void damage(const struct snapshot *s, const char *file, off_t at)
{
	char path[256];
	unsigned char byte;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", snapshot_folder(s), file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	if (at < 0) {
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(ftruncate(fd, st.st_size - (st.st_size > PAGE ? PAGE : 1)), 0);
	} else {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

static void damage_is_noticed_and_made_good(void **state)
{
	static const struct {
		const char *file;
		off_t at;
	} damages[] = {
		{ "ram", PAGE },     { "ram", RAM_PAGES * PAGE - 1 },
		{ "ram", 0 }, /* in a hole */
		{ "ram", 6 * PAGE }, { "ram", -1 },
		{ "state", 0 },	     { "state", -1 },
		{ "log", 3 },	     { "log", -1 },
		{ "stamp", 0 },	     { "stamp", 30 },
		{ "stamp", 60 },     { "stamp", -1 },
	};
	struct snapshot *s = place();

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		store(s, 1);
		assert_int_equal(load(s), SNAPSHOT_GOOD);
		damage(s, damages[i].file, damages[i].at);
		if (load(s) != SNAPSHOT_BAD)
			fail_msg("%s at %ld", damages[i].file, (long)damages[i].at);
		/* It has been removed, and can be made again. */
		assert_int_equal(load(s), SNAPSHOT_NONE);
	}
	snapshot_free(s);
}

static void a_file_that_is_missing_is_noticed(void **state)
{
	static const char *const files[] = { "ram", "state", "log", "stamp" };
	struct snapshot *s = place();
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		store(s, 1);
		snprintf(path, sizeof(path), "%s/%s", snapshot_folder(s), files[i]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(load(s), SNAPSHOT_BAD);
	}
	snapshot_free(s);
}

static void a_clock_of_another_rate_makes_it_stale(void **state)
{
	struct snapshot *s = place();

	(void)state;
	store(s, 1);
	snapshot_free(s);
	host.tsc_khz += 2000;
	s = place();
	assert_int_equal(load(s), SNAPSHOT_GOOD);
	snapshot_free(s);
	host.tsc_khz += 100000;
	s = place();
	assert_int_equal(load(s), SNAPSHOT_BAD);
	assert_non_null(strstr(why, "clock"));
	snapshot_free(s);
}

static void whoever_has_the_lock_may_keep_his(void **state)
{
	struct snapshot *s = place();
	char path[128];
	int lock;

	(void)state;
	snprintf(path, sizeof(path), "%s/snapshots", dir);
	assert_int_equal(files_make_folders(path, why, sizeof(why)), 0);
	snprintf(path, sizeof(path), "%s/snapshots/lock", dir);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	store(s, 1);
	assert_int_equal(load(s), SNAPSHOT_NONE);
	close(lock);
	store(s, 1);
	assert_int_equal(load(s), SNAPSHOT_GOOD);
	snapshot_free(s);
}

/* A run that was killed in the middle leaves a folder that the next one removes. */
static void leftovers_go(void **state)
{
	struct snapshot *s = place();
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/snapshots/temp-abcdef", dir);
	assert_int_equal(files_make_folders(path, why, sizeof(why)), 0);
	store(s, 1);
	assert_int_equal(access(path, F_OK), -1);
	snapshot_free(s);
}

/* A part of the room that there is for all; allocated, but not written. */
static void add_ballast(const struct snapshot *s, double part)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/ballast-%.0f", snapshot_folder(s), 10 * part);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(
		posix_fallocate(fd, 0, (off_t)((double)((off_t)SNAPSHOTS_MIB << 20) / part)), 0);
	close(fd);
}

static void those_not_used_for_long_go_first(void **state)
{
	struct vm_config c = config();
	struct snapshot *s[3];
	size_t n, mib;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		c.memory_mib = 100 + i;
		s[i] = place_of(&c);
		if (i == 2)
			break;
		store(s[i], 1);
		add_ballast(s[i], 2.5);
	}
	snapshots_count(dir, &n, &mib);
	assert_int_equal(n, 2);
	assert_true(mib >= SNAPSHOTS_MIB / 5UL * 4);
	/* The first was made first and is used now. */
	for (unsigned int i = 0; i < 2; i++) {
		struct timespec old[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };

		assert_int_equal(utimensat(AT_FDCWD, snapshot_folder(s[i]), old, 0), 0);
	}
	assert_int_equal(load(s[0]), SNAPSHOT_GOOD);
	/* 2/5, 2/5 and 1/4 of the room are too much; without the second they fit. */
	add_ballast(s[0], 4);
	assert_int_equal(utimensat(AT_FDCWD, snapshot_folder(s[0]), NULL, 0), 0);
	store(s[2], 1);
	assert_int_equal(load(s[0]), SNAPSHOT_GOOD);
	assert_int_equal(load(s[1]), SNAPSHOT_NONE);
	assert_int_equal(load(s[2]), SNAPSHOT_GOOD);
	for (unsigned int i = 0; i < 3; i++)
		snapshot_free(s[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_stored_is_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(every_part_of_a_guest_is_in_the_key, setup,
						teardown),
		cmocka_unit_test_setup_teardown(guests_that_cannot_be_saved_have_no_place, setup,
						teardown),
		cmocka_unit_test_setup_teardown(damage_is_noticed_and_made_good, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_missing_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_clock_of_another_rate_makes_it_stale, setup,
						teardown),
		cmocka_unit_test_setup_teardown(whoever_has_the_lock_may_keep_his, setup, teardown),
		cmocka_unit_test_setup_teardown(leftovers_go, setup, teardown),
		cmocka_unit_test_setup_teardown(those_not_used_for_long_go_first, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
