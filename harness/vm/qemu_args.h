/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of QEMU. Why each option is there is said beside it in qemu_args.c. */
#ifndef TAILCHECK_QEMU_ARGS_H
#define TAILCHECK_QEMU_ARGS_H

#include "vm.h"

/* All that its sandbox can forbid to a QEMU that needs none of it. */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

struct qemu_args {
	char **argv; /* ends with NULL */
	size_t n;
};

/* Descriptors that are open in QEMU. */
struct qemu_files {
	int channel, console; /* its ends of the two streams */
	/*
	 * Of a guest that can be saved or was: the file that its memory is in, and QEMU's end of
	 * its control channel; or -1.
	 */
	int ram, qmp;
	bool restore; /* memory is private to the guest, and its state comes over @qmp */
};

void qemu_args_build(struct qemu_args *a, const struct vm_config *config,
		     const struct qemu_files *files);
void qemu_args_release(struct qemu_args *a);

#endif
