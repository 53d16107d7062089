/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faults on request, for the tests of the harness itself: "KIND:CASE" when that case is about to
 * run, or "KIND@MS", so many milliseconds after the hello. The host takes it from $TAILCHECK_FAULT;
 * nothing that a case file says gets there.
 *
 *   panic     a panic that ends the guest     halt     one that does not
 *   reset     the machine starts anew         lockup   its processor spins, interrupts off
 *   oops      the log says so (made up)       spin     a process lets no other run
 *   hang      the worker does nothing more    stall    half of a frame, and then nothing
 *   segfault  the worker dies                 garbage  bytes that are no frames, then on as usual
 *   flood     the same for 90 s                forge    beginnings of frames for 90 s
 *   babble    90 s of noise on the console     insist   frames that are not asked for, without end
 *   leak      the case's newest descriptor is never closed (with a case only)
 *   boot      end before the hello (alone)
 */
#ifndef TAILCHECK_FAULT_H
#define TAILCHECK_FAULT_H

#include <stdint.h>

/* What is to happen, "" for nothing: up to the end of the line. */
void fault_request(const char *fault);

/* Before the hello; and what comes later by itself. */
void fault_at_boot(int channel);

/* When the case @name, of frames of @seq, is about to run. */
struct engine;
void fault_at_case(const char *name, uint32_t seq, int channel, struct engine *e);

#endif
