/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* QEMU's control channel (QMP), as far as saving and restoring a guest needs it. */
#ifndef TAILCHECK_QMP_H
#define TAILCHECK_QMP_H

#include <stddef.h>

/*
 * Save the guest behind @fd (not connected to before): the state of its devices goes to the file
 * @state, its memory is in a file already. It stands still afterwards, until qmp_continue(). 0, or
 * -1 with a message in @why.
 */
int qmp_save(int fd, int state, char *why, size_t why_size);
int qmp_continue(int fd, char *why, size_t why_size);

/*
 * Have the QEMU that is about to be started at the other end of @fd restore a guest, from @state, a
 * descriptor that is open in it. Nothing is waited for: where it fails, QEMU ends, or no guest ever
 * answers. 0, or -1 and errno.
 */
int qmp_order_restore(int fd, int state);

#endif
