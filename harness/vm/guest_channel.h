/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's end of the channel, and the names that both ends must agree on. The functions run
 * in the guest only, as the first thing that its /init does; they need nothing but libc.
 */
#ifndef TAILCHECK_GUEST_CHANNEL_H
#define TAILCHECK_GUEST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#define GUEST_CHANNEL_PORT "tailcheck.0"

/* On the kernel's command line: the channel is this serial line, "ttyS1", and no port. */
#define GUEST_CHANNEL_TTY "tailcheck.channel="
/*
 * How much may be on such a line unread. At four thousand bytes the tty stops the line, and that of
 * user-mode-linux never goes on again. The guest says what it took: FRAME_TAKEN.
 */
#define GUEST_CHANNEL_TTY_WINDOW 3000
/* There too: a reset does not end this guest, switching it off does. */
#define GUEST_POWER_OFF "tailcheck.end=power-off"

/*
 * Mount proc, sysfs, devtmpfs and a tmpfs on /proc, /sys, /dev and /tmp, load /modules/NN-*.ko in
 * order, wait for the port (or take the serial line that the command line names) and for the
 * host to be connected to it. A blocking descriptor with O_CLOEXEC, or negative errno and what
 * went wrong in @why. What is mounted or loaded already is fine, so this may be called again.
 */
int guest_channel_open(char *why, size_t why_size);

/* Is this word on the kernel's command line? Once /proc is mounted. */
bool guest_command_line_has(const char *word);

#endif
