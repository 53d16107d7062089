// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <zlib.h>

#include "files.h"
#include "kernel_image.h"

static char dir[] = "/tmp/tailcheck-kernel-XXXXXX";
static char cache[64], file[64], why[1024];
static struct kernel_image k;

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(cache, sizeof(cache), "%s/cache", dir);
	snprintf(file, sizeof(file), "%s/kernel", dir);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	files_remove_tree(dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kernel_image_release(&k);
	return 0;
}

static void put(const void *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int open_it(const char *name)
{
	why[0] = '\0';
	return kernel_image_open(&k, name, cache, true, NULL, why, sizeof(why));
}

static void expect_refusal(const char *name, const char *reason)
{
	assert_int_equal(open_it(name), -1);
	if (!strstr(why, reason))
		fail_msg("wanted \"%s\", got \"%s\"", reason, why);
	assert_null(k.boot);
}

/* Where the words of the two notes lie: an ordinary one, and that of PVH. */
enum { OTHER_NAMESZ = 0, PVH_NAMESZ = 6, PVH_DESCSZ, PVH_TYPE, PVH_NAME, N_WORDS = 11 };

/* The smallest vmlinux: one note segment, and a banner behind it. */
struct vmlinux {
	Elf64_Ehdr e;
	Elf64_Phdr p;
	uint32_t notes[N_WORDS];
	char text[200];
};

static struct vmlinux vmlinux(void)
{
	struct vmlinux v = {
		.e = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		       .e_type = ET_EXEC,
		       .e_machine = EM_X86_64,
		       .e_phoff = offsetof(struct vmlinux, p),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 1 },
		.p = { .p_type = PT_NOTE,
		       .p_offset = offsetof(struct vmlinux, notes),
		       .p_filesz = sizeof(v.notes) },
		/* "Linux" with 3 bytes, then "Xen" with 4; both of type 18 */
		.notes = { 6, 3, 18, 0x756e694c, 0x78, 0, 4, 4, 18, 0x006e6558, 0x1000000 },
		/* The first is /proc/version's format string, with no version in it. */
		.text = "Linux version %s (%s) Linux version 7.7.7-test (someone@somewhere) #1",
	};

	return v;
}

/* A bzImage with one sector of setup code and this payload. */
static size_t bzimage(uint8_t *image, const void *payload, size_t len)
{
	const size_t code = 1024; /* behind two sectors */
	size_t sys = (len + 15) / 16;
	const uint32_t payload_at[2] = { 0, (uint32_t)len }, paragraphs = (uint32_t)sys;

	memset(image, 0, code + sys * 16);
	image[0x1f1] = 1;
	memcpy(image + 0x1f4, &paragraphs, 4);
	snprintf((char *)image + 0x202, 5, "HdrS");
	image[0x206] = 0x0f;
	image[0x207] = 0x02;
	image[0x236] = 1; /* XLF_KERNEL_64 */
	image[0x20f] = 1; /* the version string is at 0x100 + 0x200 */
	memcpy(image + 0x248, payload_at, sizeof(payload_at));
	snprintf((char *)image + 0x300, 64, "9.8.7-made-up (me@here) #1 SMP");
	memcpy(image + code, payload, len);
	return code + sys * 16;
}

static size_t gzip(uint8_t *to, size_t room, const void *from, size_t len)
{
	z_stream z = { .next_in = (void *)from,
		       .avail_in = (uInt)len,
		       .next_out = to,
		       .avail_out = (uInt)room };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	len = z.total_out;
	deflateEnd(&z);
	return len;
}

static size_t good_bzimage(uint8_t *image, const struct vmlinux *v)
{
	uint8_t packed[1024];

	return bzimage(image, packed, gzip(packed, sizeof(packed), v, sizeof(*v)));
}

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
	uint8_t image[4096];

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

static void a_bzimage_is_unpacked_once(void **state)
{
	struct vmlinux v = vmlinux();
	struct stat first, second;
	uint8_t image[4096];

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
	uint8_t image[4096];
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
	uint8_t image[4096];
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
	uint8_t image[4096];
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
	uint8_t image[4096], packed[1024];
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
	uint8_t image[4096];
	struct rlimit old, new;
	int err;

	(void)state;
	v.text[150] = 'y';
	put(image, good_bzimage(image, &v));
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
		cmocka_unit_test_teardown(a_package_by_path_is_a_kernel, teardown),
		cmocka_unit_test_teardown(a_package_that_is_no_kernel_is_refused, teardown),
		cmocka_unit_test_teardown(a_vmlinux_that_cannot_boot_is_refused, teardown),
		cmocka_unit_test_teardown(kernels_of_other_architectures, teardown),
		cmocka_unit_test_teardown(notes_with_wild_lengths_do_no_harm, teardown),
		cmocka_unit_test_teardown(a_bzimage_is_unpacked_once, teardown),
		cmocka_unit_test_teardown(a_changed_bzimage_is_unpacked_again, teardown),
		cmocka_unit_test_teardown(only_a_few_unpacked_kernels_are_kept, teardown),
		cmocka_unit_test_teardown(a_bzimage_cut_short_is_refused_with_sizes, teardown),
		cmocka_unit_test_teardown(other_bzimages_boot_as_they_are, teardown),
		cmocka_unit_test_teardown(an_unpacked_kernel_that_cannot_be_written_is_an_error,
					  teardown),
		cmocka_unit_test_teardown(the_cache_folder_follows_the_environment, teardown),
		cmocka_unit_test_teardown(a_cached_name_needs_no_network, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
