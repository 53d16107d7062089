/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest: a Linux kernel in QEMU with our agent as /init; or, where the kernel is user-mode-linux,
 * a process without QEMU. This interface knows nothing of cases; it starts and ends guests and
 * hands out two byte streams, the channel (frames) and the console (the kernel's log).
 */
#ifndef TAILCHECK_VM_H
#define TAILCHECK_VM_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel_image.h"

/*
 * How to run guests on this machine: found once, by vm_host_probe(). $TAILCHECK_QEMU names another
 * QEMU. $TAILCHECK_ACCEL is "tcg" (the default), "kvm" or "auto": with the last two KVM is used if
 * a smoke boot proves that it works, and TCG otherwise.
 */
struct vm_host {
	char qemu[512];	       /* path of the architecture's qemu-system-* */
	char tools[256];       /* folder of what Debian 12 does not have for it, or "" */
	char qemu_version[64]; /* "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)" */
	unsigned int qemu_major;
	bool unconfined;      /* this QEMU has no sandbox, or it does not work here */
	bool kvm;	      /* proven by a smoke boot, not by the presence of /dev/kvm */
	char kvm_why[192];    /* why not */
	unsigned int tsc_khz; /* of the guest's clock under TCG, measured; 0: it has none */
	char tmpdir[256];     /* of user-mode-linux: folder for its memory */
};

/* Room that user-mode-linux wants for its memory: 256 MiB and what it puts before them. */
#define UML_MEMORY (288 << 20)

struct snapshot; /* snapshot.h */

struct vm_config {
	const struct vm_host *host;
	const struct kernel_image *kernel;
	const char *initrd;	  /* made by initramfs_write() */
	unsigned int memory_mib;  /* 0: as the architecture needs */
	const char *extra_append; /* more kernel command line, or NULL */
	/*
	 * The channel is a second UART instead of a virtio-serial port: slow (0.5 MB/s), but any
	 * kernel has it. For a kernel given by path whose agent could not open the channel (it
	 * says so on the console and ends the guest): start the guest once more with this.
	 */
	bool serial_channel;
	/* Where guests like this one are kept once they have booted; NULL: each of them boots. */
	struct snapshot *snapshot;
};

struct vm;

/* Find what runs @kernel. 0, or -1 with a message in @why that says what to install. */
int vm_host_probe(struct vm_host *host, const struct kernel_image *kernel, char *why,
		  size_t why_size);

/* In words for a report: "QEMU 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18), TCG"; to be freed. */
char *vm_host_text(const struct vm_host *host, const struct kernel_image *kernel);

/*
 * Start a guest. NULL with a message in @why. Returns at once; the guest boots on its own. It is
 * killed when the thread that started it ends. A program that writes to the channel of a guest
 * that may die ignores SIGPIPE.
 */
struct vm *vm_start(const struct vm_config *config, char *why, size_t why_size);

/*
 * Was it restored, and not booted? Then it goes on where vm_save() was called, and this is what its
 * kernel said before that; NULL otherwise. A snapshot that could not be used has been removed, the
 * guest boots, and vm_snapshot_trouble() is why; NULL where there was no trouble.
 */
const char *vm_restored(const struct vm *vm);
const char *vm_snapshot_trouble(const struct vm *vm);

/*
 * Keep it in the snapshot's place, unless it was restored or has no such place; @log is what its
 * kernel said so far. Only while it waits for something from the channel, and nothing is under way
 * there. 0, or -1 with a message in @why: nothing is kept. The guest goes on in any case.
 */
int vm_save(struct vm *vm, const char *log, char *why, size_t why_size);

/*
 * Non-blocking descriptors; they read end-of-file when QEMU is gone. The channel is for poll(2);
 * the console is better read now and then: it would wake its reader for every byte.
 */
int vm_channel_fd(const struct vm *vm);
int vm_console_fd(const struct vm *vm);

/* Is the channel a serial line, with little room? See GUEST_CHANNEL_TTY_WINDOW. */
bool vm_channel_is_tty(const struct vm_config *config);

/* What runs it: "QEMU" or "user-mode-linux". Below, QEMU stands for both. */
const char *vm_program(const struct vm *vm);

/* Has QEMU ended? If so, *how says in words how ("exit status 0", "killed by signal 9 (...)"). */
bool vm_ended(struct vm *vm, const char **how);

/* Is QEMU stopped, by a signal or a debugger? */
bool vm_stopped(const struct vm *vm);

/* What QEMU itself said on its standard error: a string, "" for nothing. */
const char *vm_stderr(struct vm *vm);

/* End QEMU (SIGKILL), reap it, close everything, free. NULL is fine. */
void vm_stop(struct vm *vm);

/* In a signal handler or at exit: kill every QEMU that this process started and has not reaped. */
void vm_kill_all(void);

#endif
