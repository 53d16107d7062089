/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of QEMU. Why each option is there is said beside it in qemu_args.c. */
#ifndef TAILCHECK_QEMU_ARGS_H
#define TAILCHECK_QEMU_ARGS_H

#include "vm.h"

struct qemu_args {
	char **argv; /* ends with NULL */
	size_t n;
};

/* @channel and @console are the descriptors, open in QEMU, of its ends of the two streams. */
void qemu_args_build(struct qemu_args *a, const struct vm_config *config, int channel, int console);
void qemu_args_release(struct qemu_args *a);

#endif
