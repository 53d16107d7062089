/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a guest is told before it says hello. Its memory may be that of another guest, saved at this
 * very point: then its clock stands where that was, and its random numbers are those of every other
 * guest that was made from the same snapshot. A guest that has booted is told the same things.
 */
#ifndef TAILCHECK_WAKE_H
#define TAILCHECK_WAKE_H

#include <stdio.h>

/*
 * @text: lines "clock=SECONDS.NANOSECONDS", "entropy=HEX", "fault=FAULT" (perhaps). Set the clock,
 * seed the kernel's random numbers anew. 0, or -1.
 */
int wake(const char *text);

/* For the hello: lines that tell the host whether it worked. */
void wake_tell(FILE *out);

#endif
