/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * user-mode-linux: a kernel that is a program. It needs no QEMU and no KVM; what it has of BPF is
 * the interpreter, which runs natively.
 */
#ifndef TAILCHECK_UML_H
#define TAILCHECK_UML_H

#include "qemu_args.h"
#include "vm.h"

/*
 * Can this machine run the kernel @boot? 0 with what guests of it need in @host, or -1 with a
 * message in @why.
 */
int uml_host_probe(struct vm_host *host, const char *boot, char *why, size_t why_size);

/*
 * Its command line: @channel and @console are the descriptors, open in it, of its ends of the two
 * streams; @folder is one that it can put a socket and a file into.
 */
void uml_args_build(struct qemu_args *a, const struct vm_config *config, int channel, int console,
		    const char *folder);

#endif
