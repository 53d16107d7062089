/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine that programs run on: frames, context, packet, and the rule which memory a program
 * may touch. One run is one BPF_PROG_TEST_RUN; its repetitions share packet and context.
 */
#ifndef TAILCHECK_RUN_H
#define TAILCHECK_RUN_H

#include "prog.h"

#define RUN_BUDGET 10000000 /* instructions; see interp.c for how they are counted */

/* Every tail call may start the count of eight frames anew. */
#define RUN_FRAMES (MAX_FRAMES * (MAX_TAIL_CALLS + 1))

/*
 * Between frames, so that running out of one does not end in the next. Behind a frame are the
 * arguments of its function that are on the stack.
 */
#define FRAME_GAP 64

/*
 * What undefined registers hold: r0 to r5 behind a tail call that fell through, for one. A program
 * that depends on them gives something else than on a kernel.
 */
#define RUN_POISON 0xbad0bad0bad0bad0ULL

/* Where a packet's buffer ends and begins: net/bpf/test_run.c, on x86-64 */
#define ETH_HEADER     14
#define PAGE_BYTES     4096
#define SKB_TAILROOM   320 /* SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) */
#define SKB_HEADROOM   64  /* NET_SKB_PAD + NET_IP_ALIGN */
#define XDP_HEADROOM   256 /* XDP_PACKET_HEADROOM */
#define XDP_FRAME_SIZE 40  /* sizeof(struct xdp_frame) */

/* A range that was found to be in bounds, and for each size of an access how far it may begin. */
struct hot_range {
	uint64_t lo;
	uint64_t limit[4]; /* by log2 of the size: offsets below this are in bounds */
};

/* What comes back when a local function returns. */
struct frame {
	const struct dinsn *ret;
	const struct prog *prog;
	uint64_t saved[4]; /* r6 to r9 */
	uint32_t tail_calls;
};

/* Where the packet lies in run->packet: [meta, data) are XDP's metadata. */
struct packet {
	uint8_t *buf;
	uint32_t size; /* of buf */
	uint32_t meta;
	uint32_t data;
	uint32_t end;
	uint32_t frame; /* an skb's Ethernet header, seen by the program or not */
	bool direct;	/* data and data_end are set, and may be followed */
};

/* What the JIT keeps beside: see jit_thunk.c. */
struct run_jit {
	uint64_t reg[11];   /* where programs' registers are while C code is at work */
	uint64_t resume;    /* the address in the machine code to go on at */
	bool ended;	    /* a load from the packet failed: so does its function */
	uint64_t stack_top; /* the native stack as it was at the beginning */
};

struct run {
	struct ref *ref;
	const struct prog *prog; /* running now */
	const struct dinsn *pc;	 /* of the access or call that is being carried out */
	uint32_t depth;
	uint32_t max_depth;
	uint8_t poison; /* what its frames are full of */
	uint32_t tail_calls;
	int64_t budget;
	uint64_t random;
	bool fault;	 /* engine.why says what was wrong */
	bool big_endian; /* numbers in memory: see engine.h */

	/* By access: what the last one hit. */
	struct hot_range reads;
	struct hot_range writes;

	/* r1 of the program. Fields are read and written by way of the type's table. */
	const struct prog_type *kind;
	uint8_t *ctx;
	uint32_t ctx_size;
	const uint8_t *ctx_reads; /* see context.h; set by the interpreter */
	struct packet packet;

	/* A flow dissector's: every iteration begins with those in flow_first. */
	struct bpf_flow_keys flow_keys;
	const struct bpf_flow_keys *flow_first; /* NULL: not one of those */

	/* Maps that the program came by at run time, out of maps of maps. */
	struct map *inner[PROG_MAX_MAPS];
	uint32_t n_inner;

	uint32_t faulty_count; /* of tail calls, and by what: mutant_call.c */
	uint32_t faulty_counts[64];

	struct run_jit jit;
	struct frame frames[RUN_FRAMES];
	uint8_t stack[RUN_FRAMES + 1][STACK_SIZE + FRAME_GAP];
};

struct run *run_new(struct ref *ref);

/* Forget what the run before had: call before a run's first iteration. */
void run_begin(struct run *run, const struct prog *prog);

/* interp.c */
extern const struct runner interp_runner;

/* Also interp.c, for the JIT's slow paths. A read-modify-write at reg[in->dst]; false: fault. */
bool run_atomic(struct run *run, const struct dinsn *in, uint64_t *reg, uint32_t size);
/*
 * LD_ABS, LD_IND: false is the end of the function, or of the program, with 0 in r0; or run->fault.
 * What a program may not read behind it is poisoned.
 */
bool run_skb_load(struct run *run, const struct dinsn *in, uint64_t *reg);
/* The program that a tail call enters; NULL: it fell through, or run->fault. */
const struct prog *run_tail_call(struct run *run, uint64_t *reg);
/* The faults that have no better words for themselves. */
void run_exhausted(struct run *run);
void run_too_deep(struct run *run);
void run_no_insn(struct run *run);

/* memory.c: is [addr, addr + size) the program's, for reading or writing? */
bool mem_allowed(struct run *run, uint64_t addr, uint32_t size, bool write);
/* The same for what a helper is given; sets the fault. */
void *mem_arg(struct run *run, uint64_t addr, uint32_t size, bool write, const char *what);
/* A stray access: sets the fault, in words. */
void mem_stray(struct run *run, uint64_t addr, uint32_t size, bool write);
/* Slow paths of loads and stores; false: fault. @size is 1, 2, 4 or 8. */
bool mem_load(struct run *run, uint64_t addr, uint32_t size, uint64_t *value);
bool mem_store(struct run *run, uint64_t addr, uint32_t size, uint64_t value);
/* The number that is in memory, in the machine's byte order; and the way back. */
uint64_t mem_get(const struct run *run, const void *p, uint32_t size);
void mem_put(const struct run *run, void *p, uint32_t size, uint64_t value);
/* Packets moved: what was in bounds need not be any more. */
static inline void mem_forget(struct run *run)
{
	run->reads = (struct hot_range){ 0 };
	run->writes = (struct hot_range){ 0 };
}

void run_fault(struct run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The map that r<n> must be for a helper, or NULL with the fault set. */
struct map *run_map_arg(struct run *run, uint64_t addr);

static inline uint8_t *run_frame(struct run *run)
{
	return run->stack[run->depth];
}

#endif
