/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls as they should not be: CALL_MUTANTS of mutant_list.h, where ref->call_mutants. */
#ifndef TAILCHECK_MUTANT_CALL_H
#define TAILCHECK_MUTANT_CALL_H

#include "run.h"

/* Before each repetition of a run. */
void mutant_iteration(struct run *run, bool first);
/* run_tail_call(), once its arguments are known to be of the right kind. */
const struct prog *mutant_tail_call(struct run *run, const struct map *map, uint64_t index,
				    uint64_t *reg);
/* Behind what the interpreter does for a local call, and for its end. */
void mutant_enter(struct run *run, uint64_t *reg);
void mutant_leave(struct run *run, const struct frame *f, uint64_t *reg);

/* prog_decode()'s work, spoilt: INSN_MUTANTS. */
void mutant_decode(const struct ref *ref, struct prog *prog);

#endif
