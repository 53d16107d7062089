/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernels made up, the smallest that there are, and a cache for them: what their tests share. */
#ifndef TAILCHECK_FAKE_KERNEL_TEST_H
#define TAILCHECK_FAKE_KERNEL_TEST_H

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "files.h"
#include "kernel_image.h"

static char dir[] = "/tmp/tailcheck-kernel-XXXXXX";
static char cache[64], file[64], why[1024];
static struct kernel_image k;

static inline int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(cache, sizeof(cache), "%s/cache", dir);
	snprintf(file, sizeof(file), "%s/kernel", dir);
	return 0;
}

static inline int group_teardown(void **state)
{
	(void)state;
	files_remove_tree(dir);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	kernel_image_release(&k);
	return 0;
}

static inline void put(const void *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline int open_it(const char *name)
{
	why[0] = '\0';
	return kernel_image_open(&k, name, cache, true, NULL, why, sizeof(why));
}

static inline void expect_refusal(const char *name, const char *reason)
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

static inline struct vmlinux vmlinux(void)
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
static inline size_t bzimage(uint8_t *image, const void *payload, size_t len)
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

static inline size_t gzip(uint8_t *to, size_t room, const void *from, size_t len)
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

static inline size_t good_bzimage(uint8_t *image, const struct vmlinux *v)
{
	uint8_t packed[1024];
	size_t n = gzip(packed, sizeof(packed), v, sizeof(*v));

	return bzimage(image, packed, n);
}

#endif
