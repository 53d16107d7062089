/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's end of the channel, and the names that both ends must agree on. The functions run
 * in the guest only, as the first thing that its /init does; they need nothing but libc.
 */
#ifndef TAILCHECK_GUEST_CHANNEL_H
#define TAILCHECK_GUEST_CHANNEL_H

#include <stddef.h>

#define GUEST_CHANNEL_PORT   "tailcheck.0"
#define GUEST_CHANNEL_UART   "/dev/ttyS1"
#define GUEST_CHANNEL_SERIAL "tailcheck.channel=serial" /* on the kernel's command line */

/*
 * Mount proc, sysfs, devtmpfs and a tmpfs on /proc, /sys, /dev and /tmp, load /modules/NN-*.ko in
 * order, wait for the port (or take the second UART, where the command line says so) and for the
 * host to be connected to it. A blocking descriptor with O_CLOEXEC, or negative errno and what
 * went wrong in @why. What is mounted or loaded already is fine, so this may be called again.
 */
int guest_channel_open(char *why, size_t why_size);

#endif
