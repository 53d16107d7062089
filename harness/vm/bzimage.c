// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bzimage.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expand.h"
#include "files.h"

/* The x86 boot protocol's header: Documentation/arch/x86/boot.rst. */
enum {
	SETUP_SECTS = 0x1f1,
	SYSSIZE = 0x1f4,
	HEADER_MAGIC = 0x202,
	PROTOCOL = 0x206,
	KERNEL_VERSION = 0x20e,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24c,
	SMALLEST = 0x250,
};

#define SECTOR			 512
#define PROTOCOL_WITH_PAYLOAD	 0x208
#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define LARGEST_VMLINUX		 (1ULL << 30)
#define BANNER			 "Linux version "
#define UML_VENDOR		 "User Mode Linux" /* in its /proc/cpuinfo */

static uint32_t get16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* The first word at @at, which need not end with a NUL inside the file. */
static void copy_word(char *to, size_t to_size, const uint8_t *at, const uint8_t *end)
{
	size_t n = 0;

	while (at + n < end && n + 1 < to_size && isgraph(at[n])) {
		to[n] = (char)at[n];
		n++;
	}
	to[n] = '\0';
}

static int examine_bzimage(const uint8_t *data, size_t size, struct kernel_file *k, char *why,
			   size_t why_size)
{
	size_t setup = data[SETUP_SECTS] ? data[SETUP_SECTS] : 4;
	size_t code = (setup + 1) * SECTOR;
	size_t whole = code + (size_t)get32(data + SYSSIZE) * 16;
	size_t version = get16(data + KERNEL_VERSION);

	/* A signature for secure boot may follow, so more is fine. */
	if (size < whole) {
		snprintf(
			why, why_size,
			"is a bzImage that is cut short: it has %zu bytes and its header says %zu; "
			"copy or build it again",
			size, whole);
		return -1;
	}
	k->kind = KERNEL_BZIMAGE;
	if (version && version + SECTOR < size)
		copy_word(k->release, sizeof(k->release), data + version + SECTOR, data + size);
	if (get16(data + PROTOCOL) >= PROTOCOL_WITH_PAYLOAD) {
		k->payload = code + get32(data + PAYLOAD_OFFSET);
		k->payload_length = get32(data + PAYLOAD_LENGTH);
		if (k->payload > size || k->payload_length > size - k->payload)
			k->payload_length = 0;
	}
	return 0;
}

/* Does this note segment hold the address of a 32-bit entry point for PVH? */
static bool has_pvh_note(const uint8_t *p, uint64_t size)
{
	while (size >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		uint64_t name, desc;

		memcpy(&n, p, sizeof(n));
		name = (n.n_namesz + 3ULL) & ~3ULL;
		desc = (n.n_descsz + 3ULL) & ~3ULL;
		if (name + desc > size - sizeof(n))
			return false;
		if (n.n_type == XEN_ELFNOTE_PHYS32_ENTRY && n.n_namesz == sizeof("Xen") &&
		    !memcmp(p + sizeof(n), "Xen", sizeof("Xen")))
			return true;
		p += sizeof(n) + name + desc;
		size -= sizeof(n) + name + desc;
	}
	return false;
}

/* "Linux version 6.1.0 (": a digit follows, which tells it from the format string of /proc. */
static void find_banner(const uint8_t *data, size_t size, char *release, size_t release_size)
{
	const uint8_t *p = data, *end = data + size;

	while ((p = memmem(p, (size_t)(end - p), BANNER, strlen(BANNER)))) {
		p += strlen(BANNER);
		if (p < end && isdigit(*p)) {
			copy_word(release, release_size, p, end);
			return;
		}
	}
}

/* As far as the headers say that the file reaches; UINT64_MAX for headers that make no sense. */
static uint64_t elf_reach(const uint8_t *data, size_t size, const Elf64_Ehdr *e,
			  struct kernel_file *k)
{
	uint64_t reach = e->e_phoff + (uint64_t)e->e_phnum * sizeof(Elf64_Phdr), end;
	Elf64_Phdr p;
	size_t i;

	if (e->e_phentsize != sizeof(p) || e->e_phoff > size)
		return UINT64_MAX;
	if (e->e_shnum) {
		end = e->e_shoff + (uint64_t)e->e_shnum * e->e_shentsize;
		if (e->e_shoff > LARGEST_VMLINUX * 16)
			return UINT64_MAX;
		reach = end > reach ? end : reach;
	}
	if (reach > size)
		return reach;
	for (i = 0; i < e->e_phnum; i++) {
		memcpy(&p, data + e->e_phoff + i * sizeof(p), sizeof(p));
		end = p.p_offset + p.p_filesz;
		if (end < p.p_offset)
			return UINT64_MAX;
		reach = end > reach ? end : reach;
		if (p.p_type == PT_NOTE && end <= size)
			k->pvh = k->pvh || has_pvh_note(data + p.p_offset, p.p_filesz);
	}
	return reach;
}

static int examine_elf(const uint8_t *data, size_t size, struct kernel_file *k, char *why,
		       size_t why_size)
{
	uint64_t reach;
	Elf64_Ehdr e;

	k->kind = KERNEL_VMLINUX;
	if (size < sizeof(e)) {
		snprintf(why, why_size, "is an ELF file that is cut short: it has %zu bytes", size);
		return -1;
	}
	memcpy(&e, data, sizeof(e));
	if (!k->arch) {
		snprintf(why, why_size, "is an ELF file for a machine that we run no guests of");
		return -1;
	}
	if (e.e_type != ET_EXEC && e.e_type != ET_DYN) {
		snprintf(why, why_size, "is an ELF file, but not a program (a module? an object?)");
		return -1;
	}
	reach = elf_reach(data, size, &e, k);
	if (reach == UINT64_MAX) {
		snprintf(why, why_size, "is an ELF file with headers that make no sense");
		return -1;
	}
	if (reach > size) {
		snprintf(why, why_size,
			 "is a vmlinux that is cut short: it has %zu bytes and its headers say "
			 "%llu; copy or build it again",
			 size, (unsigned long long)reach);
		return -1;
	}
	find_banner(data, size, k->release, sizeof(k->release));
	if (!k->pvh && memmem(data, size, UML_VENDOR, strlen(UML_VENDOR)))
		k->kind = KERNEL_UML;
	return 0;
}

int kernel_file_examine(const uint8_t *data, size_t size, struct kernel_file *k, char *why,
			size_t why_size)
{
	memset(k, 0, sizeof(*k));
	if (size == 0) {
		snprintf(why, why_size, "is empty");
		return -1;
	}
	k->arch = vm_arch_of_image(data, size);
	if (k->arch && k->arch != vm_arches) {
		k->kind = KERNEL_OTHER;
		return 0;
	}
	if (size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		return examine_elf(data, size, k, why, why_size);
	if (k->arch && size >= SMALLEST)
		return examine_bzimage(data, size, k, why, why_size);
	snprintf(why, why_size,
		 "is not a kernel that we know (%zu bytes; neither a bzImage nor a vmlinux nor an "
		 "Image); in an x86 kernel's build folder it is arch/x86/boot/bzImage",
		 size);
	return -1;
}

/* 0, KERNEL_UNUSABLE or -1 as kernel_file_extract(). */
static int decompress(const uint8_t *from, size_t size, int fd, char *why, size_t why_size)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int err = KERNEL_UNUSABLE;

	if (!a) {
		snprintf(why, why_size, "out of memory");
		return -1;
	}
	expand_formats(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, from, size) != ARCHIVE_OK ||
	    archive_read_next_header(a, &e) != ARCHIVE_OK)
		snprintf(why, why_size, "cannot unpack it: %s", archive_error_string(a));
	else if (archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE)
		snprintf(why, why_size, "it is packed in a way that libarchive does not know");
	else if (expand_is_nested(a))
		snprintf(why, why_size, "it is packed more than once");
	else
		err = expand_to(a, fd, LARGEST_VMLINUX, why, why_size);
	if (err == EXPAND_BAD)
		err = KERNEL_UNUSABLE;
	else if (err == EXPAND_UNWRITTEN)
		err = -1;
	archive_read_free(a);
	return err;
}

/* Is what came out a vmlinux that can be booted? */
static int check_extracted(const char *path, struct kernel_file *out, char *why, size_t why_size)
{
	char inner[512];

	if (kernel_path_examine(path, out, inner, sizeof(inner)))
		snprintf(why, why_size, "what it holds is no kernel: %s", inner);
	else if (out->kind != KERNEL_VMLINUX || !out->pvh)
		snprintf(why, why_size, "what it holds is no vmlinux with a PVH note");
	else
		return 0;
	return KERNEL_UNUSABLE;
}

int kernel_file_extract(const uint8_t *data, const struct kernel_file *k, const char *to,
			struct kernel_file *out, char *why, size_t why_size)
{
	const uint8_t *from = data + k->payload;
	size_t size = k->payload_length;
	int fd, err;

	if (size < 8) {
		snprintf(why, why_size, "it says nowhere where its compressed kernel is");
		return KERNEL_UNUSABLE;
	}
	/*
	 * The last four bytes are the size of what comes out. gzip ends with them by itself; behind
	 * all other formats the kernel's build adds them, and there they are no part of the stream.
	 */
	if (from[0] != 0x1f || from[1] != 0x8b)
		size -= 4;
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		snprintf(why, why_size, "%s: %s", to, strerror(errno));
		return -1;
	}
	err = decompress(from, size, fd, why, why_size);
	if (close(fd) && !err) {
		snprintf(why, why_size, "%s: %s", to, strerror(errno));
		err = -1;
	}
	if (!err)
		err = check_extracted(to, out, why, why_size);
	if (err)
		unlink(to);
	return err;
}

/* A whole file, mapped; an empty one cannot be. */
static int map(const char *path, const uint8_t **data, size_t *size, char *why, size_t why_size)
{
	static uint8_t nothing[1];
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *p = nothing;

	if (fd < 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st)) {
		err = errno;
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_size, "%s is %s, not a kernel", path,
			 S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
		close(fd);
		return -1;
	} else if (st.st_size) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		err = p == MAP_FAILED ? errno : 0;
	}
	close(fd);
	if (err) {
		snprintf(why, why_size, "%s: %s", path, strerror(err));
		return -1;
	}
	*data = p;
	*size = (size_t)st.st_size;
	return 0;
}

static void unmap(const uint8_t *data, size_t size)
{
	if (size)
		munmap((void *)data, size);
}

int kernel_path_examine(const char *path, struct kernel_file *k, char *why, size_t why_size)
{
	const uint8_t *data;
	char inner[512];
	size_t size;
	int err;

	if (map(path, &data, &size, why, why_size))
		return -1;
	err = kernel_file_examine(data, size, k, inner, sizeof(inner));
	if (err)
		snprintf(why, why_size, "%s %s", path, inner);
	unmap(data, size);
	return err;
}

int kernel_path_extract(const char *path, const struct kernel_file *k, const char *to,
			struct kernel_file *out, char *why, size_t why_size)
{
	const uint8_t *data;
	char inner[512];
	size_t size;
	int err;

	if (map(path, &data, &size, why, why_size))
		return -1;
	if (k->payload > size || k->payload_length > size - k->payload) {
		snprintf(why, why_size, "%s: changed while it was read", path);
		unmap(data, size);
		return -1;
	}
	err = kernel_file_extract(data, k, to, out, inner, sizeof(inner));
	if (err)
		snprintf(why, why_size, "%s: %s", path, inner);
	unmap(data, size);
	return err;
}
