/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in a kernel file: a bzImage (x86's compressed kernel) or a vmlinux (an ELF file). */
#ifndef TAILCHECK_BZIMAGE_H
#define TAILCHECK_BZIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"

/* Of amd64 there are three; what other architectures have is booted as it is. */
enum kernel_kind { KERNEL_BZIMAGE, KERNEL_VMLINUX, KERNEL_UML, KERNEL_OTHER };

struct kernel_file {
	const struct vm_arch *arch;
	enum kernel_kind kind;
	char release[128];     /* "" where it does not say */
	bool pvh;	       /* a vmlinux with the PVH note */
	size_t payload;	       /* of a bzImage: where the compressed kernel is */
	size_t payload_length; /* 0: it has none that we could find */
};

/*
 * Look at the whole file in memory. 0, or -1 with what is wrong in @why, which begins where
 * "FILE " ends: "is cut short: ..."
 */
int kernel_file_examine(const uint8_t *data, size_t size, struct kernel_file *k, char *why,
			size_t why_size);

/*
 * Unpack a bzImage's payload into the new file @to. 0, and *out says what is in it: a vmlinux with
 * a PVH note. Or, with the reason in @why and no file left: KERNEL_UNUSABLE when there is no such
 * thing in it that we could unpack, -1 when reading or writing failed.
 */
#define KERNEL_UNUSABLE 1
int kernel_file_extract(const uint8_t *data, const struct kernel_file *k, const char *to,
			struct kernel_file *out, char *why, size_t why_size);

/* The same for a file: mapped, examined, unmapped. @why begins with the path. */
int kernel_path_examine(const char *path, struct kernel_file *k, char *why, size_t why_size);
int kernel_path_extract(const char *path, const struct kernel_file *k, const char *to,
			struct kernel_file *out, char *why, size_t why_size);

#endif
