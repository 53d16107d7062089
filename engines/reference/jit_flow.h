/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is certain of registers at each instruction, on whatever way it is reached: the proof behind
 * accesses without a check and behind direct tail calls.
 *
 * The walk of the checks at load (check_regs.c) knows more, but not for certain: a store whose
 * offset is unknown may hit a slot of the stack that it holds to be a pointer, and then only the
 * checks at run time stand between that pointer and the process. Registers can be written by
 * instructions alone, so what is followed here are registers alone, and nothing is believed of what
 * comes out of memory.
 */
#ifndef TAILCHECK_JIT_FLOW_H
#define TAILCHECK_JIT_FLOW_H

#include "prog.h"

enum fact_kind {
	FACT_NONE,
	FACT_CONST,	    /* off: the low 32 bits */
	FACT_RANGE,	    /* a number of 64 bits, no more than span */
	FACT_CTX,	    /* run->ctx + off */
	FACT_FRAME,	    /* r10 + off, and up to span more */
	FACT_MAP,	    /* prog->maps[map] */
	FACT_VALUE,	    /* a value of it + off, and up to span more */
	FACT_VALUE_OR_NULL, /* off is 0 */
	FACT_DATA,	    /* what the context gives for the packet's beginning, + off */
	FACT_DATA_END,	    /* and for its end */
};

struct fact {
	uint8_t kind;
	uint8_t map;
	uint16_t span;
	int32_t off;
};

#define N_FACTS 10 /* r10 is FACT_FRAME + 0 and stays so */

struct facts {
	struct fact r[N_FACTS];
	uint32_t packet; /* so many bytes there are from FACT_DATA on */
};

struct flow {
	const struct prog *prog;
	struct facts now;
	bool live;	/* the way comes from the instruction before */
	uint32_t *join; /* by instruction: number of its state + 1; 0: nothing leads here */
	struct facts *states;
	size_t n_states;
	uint32_t *spare; /* numbers + 1 of states that nothing needs any more */
	size_t n_spare;
	bool loops;
	bool changed;
	bool blind; /* know nothing where ways meet */
};

void flow_begin(struct flow *f, const struct prog *prog);
void flow_end(struct flow *f);

void flow_meet(struct flow *f, uint32_t pc);

/* Do ways meet there? Those from behind it are known before the first look. */
static inline bool flow_joins(const struct flow *f, uint32_t pc)
{
	return f->join[pc];
}

/* Come to an instruction: f->now is what is known there. */
static inline void flow_reach(struct flow *f, uint32_t pc)
{
	if (f->join[pc] || !f->live)
		flow_meet(f, pc);
}

/* Go on from it. */
void flow_step(struct flow *f, uint32_t pc);

static inline struct fact flow_fact(const struct flow *f, unsigned int reg)
{
	return reg < N_FACTS ? f->now.r[reg] : (struct fact){ .kind = FACT_FRAME };
}

#endif
