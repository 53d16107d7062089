/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's root file system: a newc cpio with the agent and modules, written without root. */
#ifndef TAILCHECK_INITRAMFS_H
#define TAILCHECK_INITRAMFS_H

#include <stddef.h>

#include "kernel_image.h"

/*
 * Write @path: /init (the static @agent), /dev, /proc, /sys, /tmp, /dev/console and /dev/null,
 * /modules/NN-NAME.ko in order of loading. 0, or -1 with a message in @why. A write that fails
 * (a full disk) leaves no file behind.
 */
int initramfs_write(const char *path, const char *agent, const struct kernel_image *kernel,
		    char *why, size_t why_size);

#endif
