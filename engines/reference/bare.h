/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions by themselves: no program type, no context, no maps, and none of the checks of
 * registers, as instruction-set suites want them. Accesses are checked as always.
 */
#ifndef TAILCHECK_BARE_H
#define TAILCHECK_BARE_H

#include "../engine.h"

#define BARE_MAX_MEMORY (1U << 30)

struct bare_run {
	const struct bpf_insn *insns;
	uint32_t n_insns;
	void *mem;	   /* r1, to be read and written at any alignment; may be NULL */
	uint32_t mem_size; /* r2 */
	uint64_t r0;	   /* out: all of its 64 bits */
	char *log;	   /* why a program was refused, as a string; NULL for none */
	uint32_t log_size;
};

/*
 * Load, run once and forget, on an engine of the reference. 0, a negative errno where the program
 * was refused, or ENGINE_UNSUPPORTED or ENGINE_FAULT with engine.why. Messages count instructions
 * from 1: in front there is one that sets r2.
 */
int reference_run_bare(struct engine *e, struct bare_run *b);

#endif
