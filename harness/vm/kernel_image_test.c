// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which kernels are taken for one, and which are there already. */
#include "fake_kernel_test.h"

#include <sys/stat.h>
#include <unistd.h>

static void what_is_no_kernel_is_refused_in_words(void **state)
{
	static const char text[] = "obj-y += not-a-kernel.o\n";

	(void)state;
	expect_refusal("/nonexistent/bzImage", "/nonexistent/bzImage: No such file");
	expect_refusal("debian-0.99", "no kernel is named debian-0.99");
	assert_non_null(strstr(why, "debian-6.1 "));
	expect_refusal(dir, "is a folder, not a kernel");
	expect_refusal("/dev/null", "is not a regular file");
	put("", 0);
	expect_refusal(file, "is empty");
	put(text, sizeof(text) - 1);
	expect_refusal(file, "neither a bzImage nor a vmlinux");
	assert_non_null(strstr(why, "24 bytes"));
	expect_refusal("debian-6.1", "is not in the cache");
}

static void a_vmlinux_boots_as_it_is(void **state)
{
	struct vmlinux v = vmlinux();

	(void)state;
	put(&v, sizeof(v));
	assert_int_equal(open_it(file), 0);
	assert_true(k.pvh);
	assert_string_equal(k.boot, file);
	assert_string_equal(k.name, file);
	assert_string_equal(k.release, "7.7.7-test");
	assert_string_equal(k.package, "");
	assert_int_equal(k.n_modules, 0);
}

/* A vmlinux without a PVH note that says so in its /proc/cpuinfo is user-mode-linux. */
static void user_mode_linux_is_told_by_its_name(void **state)
{
	struct vmlinux v = vmlinux();

	(void)state;
	v.notes[PVH_NAME]++;
	snprintf(v.text, sizeof(v.text), "Linux version 6.6.6 (x) vendor_id : User Mode Linux");
	put(&v, sizeof(v));
	assert_int_equal(open_it(file), 0);
	assert_true(k.uml);
	assert_false(k.pvh);
	assert_string_equal(k.boot, file);
	assert_string_equal(k.release, "6.6.6");
}

static void a_vmlinux_that_cannot_boot_is_refused(void **state)
{
	struct vmlinux v = vmlinux();
	size_t n;

	(void)state;
	for (n = 4; n < offsetof(struct vmlinux, text); n++) {
		put(&v, n);
		expect_refusal(file, "is cut short");
	}
	v.notes[PVH_NAME]++;
	put(&v, sizeof(v));
	expect_refusal(file, "without a PVH note");
	v = vmlinux();
	v.e.e_machine = EM_SPARCV9;
	put(&v, sizeof(v));
	expect_refusal(file, "a machine that we run no guests of");
	v = vmlinux();
	v.e.e_type = ET_REL;
	put(&v, sizeof(v));
	expect_refusal(file, "a module?");
	v = vmlinux();
	v.e.e_phoff = UINT64_MAX - 8;
	put(&v, sizeof(v));
	expect_refusal(file, "make no sense");
	v = vmlinux();
	v.p.p_filesz = UINT64_MAX - 8;
	put(&v, sizeof(v));
	expect_refusal(file, "make no sense");
	v = vmlinux();
	v.e.e_shoff = 1000000;
	v.e.e_shnum = 10;
	v.e.e_shentsize = 64;
	put(&v, sizeof(v));
	expect_refusal(file, "its headers say 1000640");
}

/* Where their formats have what tells them: nothing else is looked at. */
static const struct {
	const char *arch;
	size_t at, size;
	const char *bytes;
} others[] = {
	{ "arm64", 0x38, 4, "ARM\x64" },
	{ "riscv64", 0x38, 4, "RSC\x05" },
	{ "armhf", 0x24, 4, "\x18\x28\x6f\x01" },
	{ "s390x", 0x10008, 6, "S390EP" },
	{ "i386", 0x202, 4, "HdrS" }, /* without XLF_KERNEL_64 */
	{ "ppc64el", 0, 20,
	  "\x7f"
	  "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x15\0" },
	{ "mips64el", 0, 20,
	  "\x7f"
	  "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x08\0" },
	{ "s390x", 0, 20,
	  "\x7f"
	  "ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\x16" },
	{ "loong64", 0, 0x46,
	  "MZ\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0PE\0\0\x64\x62" },
};

static void kernels_of_other_architectures(void **state)
{
	static uint8_t image[0x11000];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		memset(image, 0, sizeof(image));
		memcpy(image + others[i].at, others[i].bytes, others[i].size);
		put(image, sizeof(image));
		assert_int_equal(open_it(file), 0);
		assert_string_equal(k.arch->name, others[i].arch);
		assert_string_equal(k.boot, file);
		assert_false(k.pvh);
		kernel_image_release(&k);
		/* Without the last byte of it, it is no kernel. */
		put(image, others[i].at + others[i].size - 1);
		assert_int_equal(open_it(file), -1);
	}
	/* An arm64 kernel's file may be packed. */
	memset(image, 0, sizeof(image));
	memcpy(image + others[0].at, others[0].bytes, others[0].size);
	put(image + 1024, gzip(image + 1024, 1024, image, 1024));
	assert_int_equal(open_it(file), 0);
	assert_string_equal(k.arch->name, "arm64");
}

static void notes_with_wild_lengths_do_no_harm(void **state)
{
	struct vmlinux v = vmlinux();

	(void)state;
	v.notes[OTHER_NAMESZ] = UINT32_MAX;
	put(&v, sizeof(v));
	expect_refusal(file, "without a PVH note");
	v = vmlinux();
	v.notes[PVH_DESCSZ] = 5;
	put(&v, sizeof(v));
	expect_refusal(file, "without a PVH note");
}

static void the_cache_folder_follows_the_environment(void **state)
{
	char *dir_name;

	(void)state;
	setenv("HOME", "/h", 1);
	unsetenv("XDG_CACHE_HOME");
	unsetenv("TAILCHECK_CACHE");
	dir_name = kernel_cache_dir();
	assert_string_equal(dir_name, "/h/.cache/tailcheck");
	free(dir_name);
	setenv("XDG_CACHE_HOME", "/x", 1);
	dir_name = kernel_cache_dir();
	assert_string_equal(dir_name, "/x/tailcheck");
	free(dir_name);
	setenv("TAILCHECK_CACHE", "/t", 1);
	dir_name = kernel_cache_dir();
	assert_string_equal(dir_name, "/t");
	free(dir_name);
}

static void a_cached_name_needs_no_network(void **state)
{
	char folder[128], path[160], *package;

	(void)state;
	assert_false(kernel_image_cached("debian-6.1", cache, &package));
	assert_null(package);
	snprintf(folder, sizeof(folder), "%s/kernels/debian-6.1", cache);
	assert_int_equal(files_make_folders(folder, why, sizeof(why)), 0);
	snprintf(path, sizeof(path), "%s/vmlinux", folder);
	assert_int_equal(files_write_text(path, "12345", why, sizeof(why)), 0);
	snprintf(path, sizeof(path), "%s/stamp", folder);
	assert_int_equal(files_write_text(path,
					  "tailcheck kernel 1\nrelease 6.1.0\npackage linux 6.1-1\n"
					  "pvh 1\nboot 5 vmlinux\nmodule 5 vmlinux\n",
					  why, sizeof(why)),
			 0);
	assert_true(kernel_image_cached("debian-6.1", cache, &package));
	assert_string_equal(package, "linux 6.1-1");
	free(package);
	assert_int_equal(open_it("debian-6.1"), 0);
	assert_string_equal(k.release, "6.1.0");
	assert_int_equal(k.n_modules, 1);
	kernel_image_release(&k);

	assert_int_equal(files_write_text(path, "tailcheck kernel 2\n", why, sizeof(why)), 0);
	assert_false(kernel_image_cached("debian-6.1", cache, &package));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_no_kernel_is_refused_in_words, teardown),
		cmocka_unit_test_teardown(a_vmlinux_boots_as_it_is, teardown),
		cmocka_unit_test_teardown(user_mode_linux_is_told_by_its_name, teardown),
		cmocka_unit_test_teardown(a_vmlinux_that_cannot_boot_is_refused, teardown),
		cmocka_unit_test_teardown(kernels_of_other_architectures, teardown),
		cmocka_unit_test_teardown(notes_with_wild_lengths_do_no_harm, teardown),
		cmocka_unit_test_teardown(the_cache_folder_follows_the_environment, teardown),
		cmocka_unit_test_teardown(a_cached_name_needs_no_network, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
