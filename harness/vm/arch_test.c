// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whose kernel a file is: images made here from what the boot protocols say, and junk. */
#include "arch.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ROOM 66000
#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Bytes of a file, which are no string. */
static void put(unsigned char *to, const void *bytes, size_t n)
{
	memcpy(to, bytes, n);
}

static uint8_t image[ROOM];

static const char *name_of(const uint8_t *data, size_t size)
{
	const struct vm_arch *a = vm_arch_of_image(data, size);

	return a ? a->name : "none";
}

/* What stands where, up to where; with a byte less it is no kernel. */
static const struct {
	const char *what, *arch;
	struct {
		size_t at;
		size_t size;
		const char *bytes;
	} parts[4];
	size_t size;
} images[] = {
	{ "bzImage, 64 bits",
	  "amd64",
	  { { 0x202, 4, "HdrS" }, { 0x206, 2, "\x0f\x02" }, { 0x236, 1, "\x01" } },
	  0x238 },
	{ "bzImage, 32 bits", "i386", { { 0x202, 4, "HdrS" }, { 0x206, 2, "\x0f\x02" } }, 0x206 },
	{ "bzImage before 2.12",
	  "i386",
	  { { 0x202, 4, "HdrS" }, { 0x206, 2, "\x0b\x02" }, { 0x236, 1, "\x01" } },
	  0x206 },
	{ "Image", "arm64", { { 0x38, 4, "ARM\x64" } }, 0x3c },
	{ "Image", "riscv64", { { 0x38, 4, "RSC\x05" } }, 0x3c },
	{ "zImage", "armhf", { { 0x24, 4, "\x18\x28\x6f\x01" } }, 0x28 },
	{ "bzImage of s390x", "s390x", { { 0x10008, 6, "S390EP" } }, 0x1000e },
	{ "zboot",
	  "arm64",
	  { { 0, 2, "MZ" }, { 0x3c, 4, "\x80\0\0" }, { 0x80, 4, "PE\0" }, { 0x84, 2, "\x64\xaa" } },
	  0xc0 },
	{ "zboot",
	  "riscv64",
	  { { 0, 2, "MZ" }, { 0x3c, 4, "\x80\0\0" }, { 0x80, 4, "PE\0" }, { 0x84, 2, "\x64\x50" } },
	  0xc0 },
	{ "zboot",
	  "loong64",
	  { { 0, 2, "MZ" }, { 0x3c, 4, "\x80\0\0" }, { 0x80, 4, "PE\0" }, { 0x84, 2, "\x64\x62" } },
	  0xc0 },
};

static void images_are_known_by_their_magic_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(images); i++) {
		bool bz = strcmp(images[i].arch, "amd64") == 0;

		memset(image, 0, sizeof(image));
		for (size_t p = 0; p < N(images[i].parts) && images[i].parts[p].size; p++)
			memcpy(image + images[i].parts[p].at, images[i].parts[p].bytes,
			       images[i].parts[p].size);
		assert_string_equal(name_of(image, images[i].size), images[i].arch);
		assert_string_equal(name_of(image, sizeof(image)), images[i].arch);
		/* Without its flags a bzImage may be of either, and old ones had none. */
		assert_string_equal(name_of(image, images[i].size - 1), bz ? "i386" : "none");
	}
}

static void elf_of(uint8_t class, uint8_t order, uint16_t machine)
{
	size_t at = offsetof(Elf32_Ehdr, e_machine);
	bool big = order == ELFDATA2MSB;

	memset(image, 0, sizeof(image));
	put(image, ELFMAG, SELFMAG);
	image[EI_CLASS] = class;
	image[EI_DATA] = order;
	image[at + !big] = (uint8_t)(machine >> 8);
	image[at + big] = (uint8_t)machine;
}

static void elf_files_by_machine_and_order(void **state)
{
	static const struct {
		uint8_t order;
		uint16_t machine;
		const char *arch;
	} rows[] = {
		{ ELFDATA2LSB, EM_X86_64, "amd64" },
		{ ELFDATA2LSB, EM_386, "i386" },
		{ ELFDATA2LSB, EM_AARCH64, "arm64" },
		{ ELFDATA2MSB, EM_AARCH64, "none" },
		{ ELFDATA2MSB, EM_S390, "s390x" },
		{ ELFDATA2LSB, EM_S390, "none" },
		{ ELFDATA2LSB, EM_RISCV, "riscv64" },
		{ ELFDATA2LSB, EM_PPC64, "ppc64el" },
		{ ELFDATA2MSB, EM_PPC64, "none" },
		{ ELFDATA2LSB, EM_ARM, "armhf" },
		{ ELFDATA2LSB, EM_MIPS, "mips64el" },
		{ ELFDATA2MSB, EM_MIPS, "none" },
		{ ELFDATA2LSB, EM_LOONGARCH, "loong64" },
		{ ELFDATA2LSB, EM_SPARCV9, "none" },
		{ ELFDATANONE, 0, "none" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		elf_of(ELFCLASS64, rows[i].order, rows[i].machine);
		assert_string_equal(name_of(image, sizeof(image)), rows[i].arch);
		assert_string_equal(name_of(image, sizeof(Elf32_Ehdr)), rows[i].arch);
		assert_string_equal(name_of(image, sizeof(Elf32_Ehdr) - 1), "none");
	}
}

/* A PE header may be said to be anywhere, and may be of any machine. */
static void efi_programs_that_are_not_ours(void **state)
{
	static const uint32_t places[] = { 0x7fffffff, 0xffffffff, 0xffffffc4, 0x3fff };
	uint8_t small[0x4000] = "MZ";

	(void)state;
	for (size_t i = 0; i < N(places); i++) {
		memcpy(small + 0x3c, &places[i], 4);
		assert_string_equal(name_of(small, sizeof(small)), "none");
	}
	memcpy(small + 0x3c, "\x40\0\0", 4);
	put(small + 0x40, "PE\0\0\x4c\x01", 6); /* i386 */
	assert_string_equal(name_of(small, sizeof(small)), "none");
}

static size_t gzipped(uint8_t *to, size_t room, const void *from, size_t size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	archive_write_add_filter_gzip(a);
	archive_write_set_format_raw(a);
	assert_int_equal(archive_write_open_memory(a, to, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, from, size), (la_ssize_t)size);
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(e);
	return used;
}

static void a_packed_image_is_looked_into(void **state)
{
	uint8_t packed[4096];
	size_t n;

	(void)state;
	memset(image, 0, sizeof(image));
	put(image + 0x38, "ARM\x64", 4);
	n = gzipped(packed, sizeof(packed), image, 2000);
	assert_string_equal(name_of(packed, n), "arm64");
	put(image + 0x38, "nope", 4);
	n = gzipped(packed, sizeof(packed), image, 2000);
	assert_string_equal(name_of(packed, n), "none");
	/* Its beginning alone, and what only looks like it. */
	assert_string_equal(name_of(packed, 12), "none");
	memset(packed + 2, 0xff, sizeof(packed) - 2);
	assert_string_equal(name_of(packed, sizeof(packed)), "none");
}

/* Every length of noise, with the sanitizers looking on: none of it is read beyond its end. */
static void junk_is_no_kernel(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (size_t n = 0; n < 1200; n++) {
		uint8_t *junk = test_malloc(n + 1);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			junk[i] = (uint8_t)(seed >> 16);
		}
		if (n > 4 && n % 3 == 0)
			memcpy(junk, n % 2 ? ELFMAG : "MZ", n % 2 ? 4 : 2);
		vm_arch_of_image(junk, n); /* whatever it is taken for, it comes back */
		if (n < 0x28)
			assert_string_equal(name_of(junk, n), "none");
		test_free(junk);
	}
	assert_string_equal(name_of((const uint8_t *)"", 0), "none");
}

static void every_row_is_whole(void **state)
{
	(void)state;
	assert_string_equal(vm_arches[0].name, "amd64");
	for (const struct vm_arch *a = vm_arches; a->name; a++) {
		assert_ptr_equal(vm_arch_find(a->name), a); /* no name twice */
		assert_non_null(a->qemu);
		assert_non_null(a->install);
		assert_non_null(a->cpu);
		assert_non_null(a->console);
		assert_non_null(a->serial_bus);
		assert_true(a->machine || a == vm_arches);
		assert_in_range(a->memory_mib, 128, 1024);
		assert_in_range(a->boot_seconds, 60, 600);
		assert_in_range(a->slowness, 1, 10);
		assert_true(a->elf_machine);
	}
	assert_null(vm_arch_find("pdp11"));
	assert_null(vm_arch_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_known_by_their_magic_numbers),
		cmocka_unit_test(elf_files_by_machine_and_order),
		cmocka_unit_test(efi_programs_that_are_not_ours),
		cmocka_unit_test(a_packed_image_is_looked_into),
		cmocka_unit_test(junk_is_no_kernel),
		cmocka_unit_test(every_row_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
