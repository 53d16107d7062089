/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The architectures that guests may have, and how QEMU runs each. */
#ifndef TAILCHECK_ARCH_H
#define TAILCHECK_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_arch {
	const char *name;    /* Debian's: "amd64" */
	const char *qemu;    /* "qemu-system-x86_64" */
	const char *install; /* how to get it: "apt-get install qemu-system-x86" */
	const char *machine; /* for -machine; NULL on amd64, which has two: qemu_args.c */
	const char *cpu;     /* for -cpu */
	/*
	 * Below the tools' folder, for -bios; or NULL. An architecture with one has its QEMU there
	 * too, since Debian 12's knows it too little: scripts/tools.sh fetches both.
	 */
	const char *firmware;
	const char *console;	/* the kernel's name of the first serial port */
	const char *serial_bus; /* device that holds virtio-serial ports */
	unsigned int memory_mib;
	unsigned int boot_seconds; /* to wait for under TCG on a busy machine */
	unsigned int slowness;	   /* times what a case takes on amd64 */
	uint16_t elf_machine;	   /* of its vmlinux */
	bool big_endian;
	bool one_processor; /* its machine in QEMU has no more, or is slow with more */
	bool snapshots;	    /* its guests were seen to be as right restored as booted */
	bool tsc;	    /* TCG shows the host's time stamp counter; see vm_host.tsc_khz */
};

extern const struct vm_arch vm_arches[]; /* ends with a NULL name; the first is amd64 */

const struct vm_arch *vm_arch_find(const char *name); /* NULL: there is none */

/*
 * Whose kernel these bytes are (the beginning of a file, 64 KiB are enough), by the magic numbers
 * of each architecture's formats; NULL where they are no kernel that we know. @data may be
 * compressed by gzip, as an arm64 kernel is.
 */
const struct vm_arch *vm_arch_of_image(const uint8_t *data, size_t size);

#endif
