/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reference: documented behaviour, and where documents are silent or wrong, that of the newest
 * kernel's JIT. With quirks switched on it behaves as kernels that have them.
 */
#ifndef TAILCHECK_REFERENCE_H
#define TAILCHECK_REFERENCE_H

#include "../engine.h"
#include "quirk.h"

/*
 * A new reference interpreter with the set of @quirks (bits of enum quirk_id), to be released by
 * its ops->destroy. Never NULL. Instances share nothing; each may be used by one thread at a time.
 */
struct engine *reference_interp_new(quirk_set quirks);

/*
 * The same with a JIT for x86-64. Where it cannot compile a program, loading gives
 * ENGINE_UNSUPPORTED. Machine code and the handling of its faults belong to the process: engines of
 * this kind are for one thread of it at a time, and not for use on both sides of a fork(2).
 */
struct engine *reference_jit_new(quirk_set quirks);

/* The number that a function of the kernel has in instructions of the reference's; -1: not
 * modelled. */
int reference_kfunc(const char *name);

/* Other quirks, for an engine that has just been made or reset; and mutants as they are now. */
void reference_set_quirks(struct engine *e, quirk_set quirks);

/*
 * Programs that were checked at load, for engines that load the same ones: what one of them has let
 * through, the others need not check again. It is for one thread at a time, and must outlive them.
 */
struct checked;
struct checked *reference_checked_new(void);
void reference_checked_free(struct checked *checked);
void reference_share_checked(struct engine *e, struct checked *checked);

/*
 * What stacks are full of before a run, in all engines of this process from their next run on. A
 * program that gives something else with something else read what it never wrote.
 */
#define REFERENCE_STACK_POISON 0xa5 /* to begin with */
void reference_set_stack_poison(uint8_t byte);

/* How many instructions one iteration of a run may take; 10 million to begin with. */
void reference_set_budget(struct engine *e, uint64_t insns);

#endif
