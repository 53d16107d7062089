/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faults on request, for the tests of the harness itself: "tailcheck.fault=KIND:CASE" on the
 * kernel's command line (the host puts $TAILCHECK_FAULT there). KIND is panic, hang, segfault,
 * garbage (bytes that are no frames, then on as usual), leak (the case's newest descriptor is never
 * closed), or boot (whatever the case: end before the hello).
 */
#ifndef TAILCHECK_FAULT_H
#define TAILCHECK_FAULT_H

/* Before the hello. */
void fault_at_boot(void);

/* When the case @name is about to run. */
struct engine;
void fault_at_case(const char *name, int channel, struct engine *e);

#endif
