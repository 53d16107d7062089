/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The JIT for x86-64. It compiles what the interpreter runs (struct dinsn), and what is too long to
 * be inline is done by the interpreter's own functions: see jit_slow() in jit_thunk.c.
 *
 * Registers. r0 to r9 are rax rdi rsi rdx rcx r8 r13 r14 r15 r12, r10 is rbp: arguments of helpers
 * are where C wants most of them. rbx is struct run, r9 the instruction budget (charged as in
 * interp.c), r10 and r11 are for the moment.
 *
 * Stack. Programs' frames are in run->stack as for the interpreter. On the native stack there is
 * only what local calls need to return; a function saves nothing when it is entered. So a tail call
 * is a jump, wherever it is made, and the native stack grows with run->depth alone.
 *
 * Memory safety does not rest on the checks at load: they do not follow ranges of numbers. An
 * access is plain where jit_flow.c proves it in bounds, and else is compared with the range that
 * the last one like it was found in (run->reads, run->writes); outside of that, jit_slow() decides.
 */
#ifndef TAILCHECK_JIT_H
#define TAILCHECK_JIT_H

#include "jit_emit.h"
#include "jit_flow.h"
#include "run.h"

#define JIT_RUN	   RBX
#define JIT_BUDGET R9
#define JIT_T0	   R10
#define JIT_T1	   R11

/* Fields of struct run, as addresses. */
#define RUN(field) JIT_RUN, (int32_t)offsetof(struct run, field)

/* A jump that changes with a slot of a prog_array. */
struct jit_site {
	struct jit_site *next; /* of the map's, with the link that leads here */
	struct jit_site **link;
	struct map *map;
	uint32_t index;
	uint8_t *jump;	      /* its displacement */
	const uint8_t *empty; /* where it leads when there is no program */
};

/* A compiled program; all addresses but the names of fields say otherwise are as written. */
struct jit_code {
	uint8_t *begin;
	uint32_t size;
	uint8_t *entry; /* by tail call */
	uint8_t *body;
	uint32_t n_sites;
	struct jit_site *sites;
	uint32_t at[]; /* by instruction: where its code is, and at the end where all ends */
};

enum stub_kind {
	STUB_SLOW,  /* have jit_slow() do the instruction, and go on */
	STUB_FRAME, /* the access may be one of the frame; otherwise the same */
	STUB_PROG,  /* a local call came back from another program */
	STUB_COUNT, /* an empty slot counts */
};

/* Code that is seldom run, behind the program's. Offsets are from the code's beginning. */
struct stub {
	uint8_t kind;
	uint8_t base; /* STUB_FRAME: the address, and the size of the access */
	uint8_t size;
	int32_t disp;
	uint32_t pc;
	uint32_t from;	 /* the displacement of the jump here */
	uint32_t access; /* STUB_FRAME: the instruction that does it */
	uint32_t back;
};

struct jump {
	uint32_t from;
	uint32_t to; /* instruction */
};

/* A program being compiled. */
struct jit {
	struct emit e;
	struct ref *ref;
	struct prog *prog;
	struct jit_code *code;
	struct flow flow;
	uint32_t pc;
	bool hot;  /* looks at run->reads or run->writes */
	bool done; /* the next instruction, with the one before */
	struct {   /* the processor's zero flag is about a register, where code ends at @at */
		uint32_t at;
		uint8_t reg; /* a program's */
		bool w;	     /* all of it; or its lower half */
	} zero;
	struct jump *jumps;
	size_t n_jumps;
	struct stub *stubs;
	size_t n_stubs;
	struct jit_site *sites;
	size_t n_sites;
};

typedef void (*jit_emitter)(struct jit *j, const struct dinsn *in);

/* The x86 register of a program's. */
extern const uint8_t jit_regs[11];

static inline uint32_t jit_here(const struct jit *j)
{
	return (uint32_t)(j->e.at - j->code->begin);
}

static inline uint32_t jit_offset(const struct jit *j, const uint8_t *at)
{
	return (uint32_t)(at - j->code->begin);
}

static inline unsigned int jit_dst(const struct dinsn *in)
{
	return jit_regs[in->dst];
}

static inline unsigned int jit_src(const struct dinsn *in)
{
	return jit_regs[in->src];
}

/* jit_alu.c */
void jit_binary(struct jit *j, const struct dinsn *in);
void jit_mul(struct jit *j, const struct dinsn *in);
void jit_div(struct jit *j, const struct dinsn *in);
void jit_shift(struct jit *j, const struct dinsn *in);
void jit_neg(struct jit *j, const struct dinsn *in);
void jit_mov(struct jit *j, const struct dinsn *in);
void jit_extend(struct jit *j, const struct dinsn *in);
void jit_swap(struct jit *j, const struct dinsn *in);
void jit_nop(struct jit *j, const struct dinsn *in);

/* jit_mem.c */
void jit_load(struct jit *j, const struct dinsn *in);
void jit_store(struct jit *j, const struct dinsn *in);
void jit_atomic(struct jit *j, const struct dinsn *in);
void jit_acquire(struct jit *j, const struct dinsn *in);
void jit_release_store(struct jit *j, const struct dinsn *in);
void jit_skb_load(struct jit *j, const struct dinsn *in);
/* What of run->reads and run->writes holds for one program does not for another. */
void jit_forget(struct jit *j);

/* jit_jump.c */
void jit_branch(struct jit *j, const struct dinsn *in);
void jit_ja(struct jit *j, const struct dinsn *in);
void jit_call(struct jit *j, const struct dinsn *in);
void jit_helper(struct jit *j, const struct dinsn *in);
void jit_exit(struct jit *j, const struct dinsn *in);
void jit_bad(struct jit *j, const struct dinsn *in);

/* jit_tail.c */
void jit_tail_call(struct jit *j, const struct dinsn *in);
void jit_tail_entry(struct jit *j);
void jit_sites_link(struct jit *j);
void jit_sites_unlink(struct jit_code *code);
void jit_slot_changed(const struct ref *ref, struct map *map, uint32_t index);

/* jit_stub.c: code out of line */
struct stub *jit_stub(struct jit *j, enum stub_kind kind, const uint8_t *from);
void jit_stubs(struct jit *j);
/* Here and now: have jit_slow() do the instruction at @pc. */
void jit_do_slow(struct jit *j, uint32_t pc);

/*
 * jit_thunk.c: code that all programs share. jit_slow() on the instruction in r11; and the end of a
 * run that failed.
 */
int jit_thunks_init(void);
const uint8_t *jit_thunk_slow(void);
const uint8_t *jit_thunk_fault(void);
/* Run it; false: a fault. */
bool jit_enter(struct run *run, const uint8_t *body);

/* jit_fault.c: machine code that does what it should not. Again, if others took the signals. */
void jit_fault_init(void);
/* Around jit_enter(): a fault in machine code ends at @landing, with @run in rbx. */
void jit_fault_begin(struct run *run, const uint8_t *landing);
/* Has there been one? Then the signal's number, with the addresses where and of what. */
int jit_fault_end(uint64_t *pc, uint64_t *addr);

#endif
