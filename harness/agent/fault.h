/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faults on request, for the tests of the harness itself: "KIND:CASE", which the host takes from
 * $TAILCHECK_FAULT. KIND is panic, hang, segfault,
 * garbage (bytes that are no frames, then on as usual), leak (the case's newest descriptor is never
 * closed), or boot (whatever the case: end before the hello).
 */
#ifndef TAILCHECK_FAULT_H
#define TAILCHECK_FAULT_H

/* What is to happen, "" for nothing: up to the end of the line. */
void fault_request(const char *fault);

/* Before the hello, once it is known. */
void fault_at_boot(void);

/* When the case @name is about to run. */
struct engine;
void fault_at_case(const char *name, int channel, struct engine *e);

#endif
