// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interpreter. One label for each decoded operation, and a jump through a table from each to
 * the next. What an operation computes is in alu.h; what memory it may touch, in memory.c.
 *
 * A jump to the next costs more than most operations do. So there are labels for pairs as well,
 * made of the first one's body and a jump to the second one's label, and for some sequences.
 *
 * Instructions are charged to the budget where control goes back: at jumps backwards and at local
 * calls. What lies between two of those is no longer than the program.
 */
#include <string.h>

#include "alu.h"
#include "context.h"
#include "helpers.h"
#include "insn.h"
#include "mutant_call.h"
#include "run.h"

static inline bool in_frame(uint64_t addr, uint64_t frame, uint32_t size)
{
	return addr - frame <= STACK_SIZE - size;
}

static inline bool in_hot(const struct hot_range *hot, uint64_t addr, unsigned int log2)
{
	return addr - hot->lo < hot->limit[log2];
}

/* Programs need not align what they access, except for what the checks ask of them. */
#define MEM(bits, addr) (((struct mem##bits *)(uintptr_t)(addr))->v)
#define MEM_STRUCT(bits)          \
	struct mem##bits {        \
		uint##bits##_t v; \
	} __attribute__((packed, may_alias));
MEM_STRUCT(8)
MEM_STRUCT(16)
MEM_STRUCT(32)
MEM_STRUCT(64)

/* An atomic operation on what is in bounds. The engine has one thread: a plain one will do. */
static uint64_t atomic_apply(uint64_t old, uint64_t src, int64_t op)
{
	switch (op & ~BPF_FETCH) {
	case BPF_ADD:
		return old + src;
	case BPF_OR:
		return old | src;
	case BPF_AND:
		return old & src;
	case BPF_XOR:
		return old ^ src;
	default:
		return src; /* BPF_XCHG */
	}
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the reference runs on x86-64");

bool run_atomic(struct run *run, const struct dinsn *in, uint64_t *reg, uint32_t size)
{
	uint64_t addr = reg[in->dst] + (uint64_t)(int64_t)in->off;
	uint64_t mask = size == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t old, src = reg[in->src] & mask;
	void *p = (void *)(uintptr_t)addr;

	if (!mem_allowed(run, addr, size, true)) {
		mem_stray(run, addr, size, true);
		return false;
	}
	old = mem_get(run, p, size);
	if (in->imm == BPF_CMPXCHG) {
		if (old == (reg[BPF_REG_0] & mask))
			mem_put(run, p, size, src);
		reg[BPF_REG_0] = old;
		return true;
	}
	mem_put(run, p, size, atomic_apply(old, src, in->imm));
	if (in->imm & BPF_FETCH)
		reg[in->src] = old;
	return true;
}

static void poison(uint64_t *reg)
{
	for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
		reg[i] = RUN_POISON;
}

/* include/uapi/linux/filter.h: offsets that count from a header instead of from the data */
#define SKF_NET_OFF (-0x100000)
#define SKF_LL_OFF  (-0x200000)

/* net/core/filter.c bpf_skb_load_helper_convert_offset; -1: nowhere */
static int64_t skb_load_at(const struct packet *p, int32_t off)
{
	if (off >= 0)
		return (int64_t)p->data + off;
	if (off >= SKF_NET_OFF)
		return (int64_t)p->frame + ETH_HEADER + off - SKF_NET_OFF;
	return off >= SKF_LL_OFF ? (int64_t)p->frame + off - SKF_LL_OFF : -1;
}

/* net/core/filter.c bpf_gen_ld_abs: the offset is cut to 32 bits, the value is in network order. */
bool run_skb_load(struct run *run, const struct dinsn *in, uint64_t *reg)
{
	const struct packet *p = &run->packet;
	uint64_t off = (uint64_t)in->imm + (in->op == OP_SKB_IND ? reg[in->src] : 0);
	int64_t at = skb_load_at(p, (int32_t)(uint32_t)off);
	uint32_t size = (uint32_t)in->off;
	uint64_t value = 0;

	if (reg[BPF_REG_6] != (uint64_t)(uintptr_t)run->ctx) {
		run_fault(run, "a load from the packet: r6 is not the context");
		return false;
	}
	poison(reg);
	reg[BPF_REG_0] = 0;
	if (at < 0 || at + size > p->end)
		return false;
	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | p->buf[at + i];
	reg[BPF_REG_0] = value;
	return true;
}

void run_exhausted(struct run *run)
{
	run_fault(run, "instruction budget used up");
}

void run_too_deep(struct run *run)
{
	run_fault(run, "more than %u frames", RUN_FRAMES);
}

void run_no_insn(struct run *run)
{
	run_fault(run, "no instruction");
}

static bool enter(struct run *run, const struct dinsn *pc, uint64_t *reg)
{
	struct frame *f = &run->frames[run->depth];

	if (run->depth + 1 >= RUN_FRAMES) {
		run_too_deep(run);
		return false;
	}
	f->ret = pc + 1;
	f->prog = run->prog;
	f->tail_calls = run->tail_calls;
	memcpy(f->saved, &reg[BPF_REG_6], sizeof(f->saved));
	if (++run->depth > run->max_depth)
		run->max_depth = run->depth;
	reg[BPF_REG_10] = (uint64_t)(uintptr_t)(run_frame(run) + STACK_SIZE);
	if (unlikely(run->ref->call_mutants))
		mutant_enter(run, reg);
	return true;
}

/* Back to the caller, which may be of another program than the one that has just ended. */
static const struct dinsn *leave(struct run *run, uint64_t *reg)
{
	const struct frame *f = &run->frames[--run->depth];

	memcpy(&reg[BPF_REG_6], f->saved, sizeof(f->saved));
	reg[BPF_REG_10] = (uint64_t)(uintptr_t)(run_frame(run) + STACK_SIZE);
	if (ref_quirk(run->ref, QUIRK_FUNCTION_CALLS_UNCOUNTED))
		run->tail_calls = f->tail_calls;
	if (unlikely(run->ref->call_mutants))
		mutant_leave(run, f, reg);
	if (run->prog != f->prog) {
		run->prog = f->prog;
		mem_forget(run);
	}
	return f->ret;
}

/*
 * kernel/bpf/core.c, JMP_TAIL_CALL: bound, limit, slot. The count is one for the whole run, however
 * many functions it goes through. The new program takes over the frame that the call was made in.
 * NULL: the call fell through.
 */
static inline const struct prog *enter_slot(struct run *run, const struct map *map, uint32_t index)
{
	const struct prog *to;

	if (index >= map->max_entries || run->tail_calls >= MAX_TAIL_CALLS)
		return NULL;
	to = map->progs[index];
	if (unlikely(!to)) {
		run->tail_calls += ref_quirk(run->ref, QUIRK_EMPTY_SLOT_COUNTS);
		return NULL;
	}
	run->tail_calls++;
	run->prog = to;
	if (run->reads.limit[0] | run->writes.limit[0])
		mem_forget(run);
	return to;
}

/* Is the index one that the machine takes for one of the map's? It may count where it is not. */
static bool index_fits(struct run *run, const struct map *map, uint64_t index)
{
	if ((ref_quirk(run->ref, QUIRK_INDEX_IN_64_BITS) ? index : (uint32_t)index) <
	    map->max_entries)
		return true;
	run->tail_calls += ref_quirk(run->ref, QUIRK_OUT_OF_RANGE_COUNTS);
	return false;
}

/*
 * A direct call has no index but the one that the checks saw: what they took for certain about a
 * function's result may be wrong.
 */
static uint64_t call_index(const struct run *run, const uint64_t *reg)
{
	const struct prog *prog = run->prog;

	for (uint32_t i = 0; run->ref->assumed && i < prog->n_sites; i++)
		if (prog->sites[i].pc == run->pc - prog->code && prog->sites[i].direct)
			return prog->sites[i].index;
	return reg[BPF_REG_3];
}

/* NULL: the call fell through, or run->fault. */
const struct prog *run_tail_call(struct run *run, uint64_t *reg)
{
	const struct map *map = run_map_arg(run, reg[BPF_REG_2]);
	uint64_t index = call_index(run, reg);

	if (!map)
		return NULL;
	if (!map->progs) {
		run_fault(run, "bpf_tail_call: map %s is not a prog_array", map->name);
		return NULL;
	}
	if (reg[BPF_REG_1] != (uint64_t)(uintptr_t)run->ctx) {
		run_fault(run, "bpf_tail_call: r1 is not the context");
		return NULL;
	}
	if (unlikely(run->ref->call_mutants))
		return mutant_tail_call(run, map, index, reg);
	if (!index_fits(run, map, index))
		return NULL;
	return enter_slot(run, map, (uint32_t)index);
}

/*
 * @guess, if it is @fact. What is done with it need not wait for @fact to be loaded then, only the
 * comparison does; so the compiler is not to see that both are the same.
 */
static inline bool guessed(const void *guess, const void *fact)
{
	__asm__("" : "+r"(guess));
	return likely(guess == fact);
}

/* The map that is expected here, if the call's other arguments are as usual too; or NULL. */
static inline const struct map *plain_tail_call(const struct run *run, const struct dinsn *pc,
						const uint64_t *reg)
{
	const struct map *map = (const struct map *)(uintptr_t)reg[BPF_REG_2];

	return pc->off >= 0 && guessed(map, run->prog->maps[pc->off]) &&
			       reg[BPF_REG_1] == (uint64_t)(uintptr_t)run->ctx
		       ? map
		       : NULL;
}

/* Where a program begins: where the call at @pc led last, mostly. */
static inline const struct dinsn *code_of(const struct prog *to, const struct dinsn *pc)
{
	const struct dinsn *code = (const struct dinsn *)(uintptr_t)pc->imm;

	if (guessed(code, to->code))
		return code;
	((struct dinsn *)(uintptr_t)pc)->imm = (int64_t)(uintptr_t)to->code;
	return to->code;
}

static uint64_t shift(int64_t op, bool is64, uint64_t n, uint64_t by)
{
	switch (op) {
	case BPF_LSH:
		return is64 ? alu_LSH64(n, by) : alu_LSH32((uint32_t)n, (uint32_t)by);
	case BPF_RSH:
		return is64 ? alu_RSH64(n, by) : alu_RSH32((uint32_t)n, (uint32_t)by);
	default:
		return is64 ? alu_ARSH64(n, by) : alu_ARSH32((uint32_t)n, (uint32_t)by);
	}
}

/* One bit more of @by counts than numbers of that width need: QUIRK_WIDE_SHIFTS. */
static uint64_t wide_shift(const struct dinsn *in, uint64_t n, uint64_t by)
{
	uint64_t width = (uint64_t)in->off;

	if (by & width && in->imm != BPF_ARSH)
		return 0;
	return shift(in->imm, width == 64, n, by & width ? width - 1 : by);
}

/* Of 64 bits, which are two registers: QUIRK_HALVED_SHIFTS. */
static uint64_t halved_shift(const struct dinsn *in, uint64_t n, uint64_t by)
{
	return shift(in->imm, true, n, (uint32_t)by < 32 ? by : 32 | by);
}

/*
 * kernel/bpf/core.c ___bpf_prog_run, ALU_DIV_X: abs() of the least number is the number itself, and
 * has 64 bits when it is divided: QUIRK_SDIV_OF_LEAST. By 0 and -1 is not divided.
 */
static uint32_t least_div(const struct dinsn *in, uint32_t a, uint32_t b)
{
	bool modulo = BPF_OP(in->off) == BPF_MOD;
	uint64_t magnitude = (uint64_t)INT32_MIN, by = (int32_t)b < 0 ? -b : b;
	uint32_t result;

	if (a != (uint32_t)INT32_MIN || b + 1 <= 1)
		return modulo ? alu_SMOD32(a, b) : alu_SDIV32(a, b);
	result = (uint32_t)(modulo ? magnitude % by : magnitude / by);
	return modulo || (int32_t)b > 0 ? -result : result;
}

/* clang-format off */

#define LABEL(op)	 [OP_##op] = &&L_##op,
#define LABEL_FORMS(op)	 LABEL(op##64K) LABEL(op##64X) LABEL(op##32K) LABEL(op##32X)
#define LABEL_SIZES(op)	 LABEL(op##8) LABEL(op##16) LABEL(op##32) LABEL(op##64)

/* What most likely comes next: a branch is foreseen at less cost than where a jump leads. */
#define FORESEE(which, label) do { if (pc->op == (which)) goto label; } while (0)

#define AT(op)	   L_##op:
#define DISPATCH() do { goto *labels[pc->op]; } while (0)
#define NEXT()	   do { pc++; DISPATCH(); } while (0)

#define DST	  reg[pc->dst]
#define SRC	  reg[pc->src]
#define IMM	  ((uint64_t)pc->imm)
#define ADDR(r)	  (reg[r] + (uint64_t)(int64_t)pc->off)
#define FP_ADDR() (frame + STACK_SIZE + (uint64_t)(int64_t)pc->off)

#define ALU(op) \
	AT(op##64K) DST = alu_##op##64(DST, IMM); NEXT(); \
	AT(op##64X) DST = alu_##op##64(DST, SRC); NEXT(); \
	AT(op##32K) DST = alu_##op##32((uint32_t)DST, (uint32_t)IMM); NEXT(); \
	AT(op##32X) DST = alu_##op##32((uint32_t)DST, (uint32_t)SRC); NEXT();

#define UNARY(op, expr) \
	AT(op) DST = (expr); NEXT();

/* A jump that is taken; where it goes back, it pays. */
#define JUMP() \
	do { \
		if (pc->off < 0 && (budget += pc->off) < 0) \
			goto exhausted; \
		pc += pc->off; \
		NEXT(); \
	} while (0)

#define JMP_IF(op, cond) \
	AT(op) \
	if (cond) \
		JUMP(); \
	NEXT();

#define JMP(op) \
	JMP_IF(op##64K, jmp_##op##64(DST, IMM)) \
	JMP_IF(op##64X, jmp_##op##64(DST, SRC)) \
	JMP_IF(op##32K, jmp_##op##32((uint32_t)DST, (uint32_t)IMM)) \
	JMP_IF(op##32X, jmp_##op##32((uint32_t)DST, (uint32_t)SRC))

/* A packet pointer is loaded as 32 bits and is 64. */
#define LOAD_BODY(bits, log2, type) \
	addr = ADDR(pc->src); \
	if (likely(in_hot(&run->reads, addr, log2) || in_frame(addr, frame, (bits) / 8) || \
		   ctx_is_plain(run, addr, log2))) { \
		DST = (uint64_t)(type)IN_ORDER(bits, MEM(bits, addr)); \
	} else if ((bits) == 32 && ctx_pointer_at(run, addr)) { \
		DST = ctx_pointer(run, ctx_pointer_at(run, addr)); \
	} else { \
		run->pc = pc; \
		if (!mem_load(run, addr, (bits) / 8, &loaded)) \
			goto fault; \
		DST = (uint64_t)(type)loaded; \
	}

#define LOAD(op, bits, log2, type) \
	AT(op) LOAD_BODY(bits, log2, type) NEXT();

#define STORE_BODY(bits, log2, value) \
	addr = ADDR(pc->dst); \
	if (likely(in_hot(&run->writes, addr, log2) || in_frame(addr, frame, (bits) / 8))) { \
		MEM(bits, addr) = IN_ORDER(bits, (uint##bits##_t)(value)); \
	} else { \
		run->pc = pc; \
		if (!mem_store(run, addr, (bits) / 8, (uint##bits##_t)(value))) \
			goto fault; \
	}

#define STORE(op, bits, log2, value) \
	AT(op) STORE_BODY(bits, log2, value) NEXT();

#define MEMORY(bits, log2) \
	LOAD(LDX##bits, bits, log2, uint64_t) \
	STORE(STX##bits, bits, log2, SRC) \
	STORE(ST##bits, bits, log2, IMM) \
	AT(LDXF##bits) DST = IN_ORDER(bits, MEM(bits, FP_ADDR())); NEXT(); \
	AT(STXF##bits) MEM(bits, FP_ADDR()) = IN_ORDER(bits, (uint##bits##_t)SRC); NEXT(); \
	AT(STF##bits) MEM(bits, FP_ADDR()) = IN_ORDER(bits, (uint##bits##_t)IMM); NEXT();

/* Bodies of those operations that may be the first of a pair. */
#define BODY_MOV64K DST = IMM;
#define BODY_MOV64X DST = SRC;
#define BODY_ADD64K DST = alu_ADD64(DST, IMM);
#define BODY_ADD64X DST = alu_ADD64(DST, SRC);
#define BODY_SUB64K DST = alu_SUB64(DST, IMM);
#define BODY_AND64K DST = alu_AND64(DST, IMM);
#define BODY_OR64X  DST = alu_OR64(DST, SRC);
#define BODY_XOR64K DST = alu_XOR64(DST, IMM);
#define BODY_LSH64K DST = alu_LSH64(DST, IMM);
#define BODY_RSH64K DST = alu_RSH64(DST, IMM);
#define BODY_LDX8   LOAD_BODY(8, 0, uint64_t)
#define BODY_LDX16  LOAD_BODY(16, 1, uint64_t)
#define BODY_LDX32  LOAD_BODY(32, 2, uint64_t)
#define BODY_LDX64  LOAD_BODY(64, 3, uint64_t)
#define BODY_LDXF64 DST = IN_ORDER(64, MEM(64, FP_ADDR()));
#define BODY_STX64  STORE_BODY(64, 3, SRC)
#define BODY_STXF64 MEM(64, FP_ADDR()) = IN_ORDER(64, SRC);
#define BODY_LDDW   DST = IMM; pc++;

#define PAIR(first, second) F_##first##_##second: BODY_##first pc++; goto L_##second;
#define PAIRS(first)	    FUSED_SECOND(PAIR, first) FUSED_SECOND_LONGER(PAIR, first)
#define PAIR_LABEL(first, second) [FUSED_##first##_##second] = &&F_##first##_##second,
#define PAIR_LABELS(first) \
	FUSED_SECOND(PAIR_LABEL, first) FUSED_SECOND_LONGER(PAIR_LABEL, first)
#define LONGER_LABEL(op)	  [FUSED_##op] = &&L_##op,

/*
 * What is longer than a pair. A row of those that sum up has its registers in ours, if all that it
 * loads is in the range; if not, the first one goes the usual way, and the rest is a row again.
 */
#define SUM(bits, log2) \
	AT(SUM##bits) \
	addr = reg[pc->src]; \
	if (unlikely(!in_hot(&run->reads, addr + (uint64_t)row_lowest(pc), log2) || \
		     !in_hot(&run->reads, addr + (uint64_t)row_highest(pc), log2))) \
		goto L_LDX##bits; \
	sum = reg[pc[1].dst]; \
	row = pc + 2 * pc->imm; \
	do { \
		loaded = IN_ORDER(bits, MEM(bits, addr + (uint64_t)(int64_t)pc->off)); \
		sum += loaded; \
		pc += 2; \
	} while (pc != row); \
	reg[row[-1].dst] = sum; \
	reg[row[-2].dst] = loaded; \
	FORESEE(FUSED_SUB64K_JNE64K, F_SUB64K_JNE64K); \
	DISPATCH();

#define COUNT(bits, log2) \
	AT(COUNT##bits) \
	addr = ADDR(pc->src); \
	if (unlikely(!in_hot(&run->reads, addr, log2) || !in_hot(&run->writes, addr, log2))) \
		goto L_LDX##bits; \
	DST = IN_ORDER(bits, MEM(bits, addr)) + (uint64_t)pc[1].imm; \
	MEM(bits, addr) = IN_ORDER(bits, (uint##bits##_t)DST); \
	pc += 3; \
	FORESEE(FUSED_SUB64K_JNE64K, F_SUB64K_JNE64K); \
	DISPATCH();

#define INTERP_RUN	  run_little
#define IN_ORDER(bits, n) (n)
#include "interp_loop.h"

#define INTERP_RUN	  run_big
#define IN_ORDER(bits, n) SWAP##bits(n)
#define SWAP8(n)	  (n)
#define SWAP16(n)	  __builtin_bswap16(n)
#define SWAP32(n)	  __builtin_bswap32(n)
#define SWAP64(n)	  __builtin_bswap64(n)
#include "interp_loop.h"

/* clang-format on */

static int interp_run(struct run *run, const struct prog *prog, uint64_t *r0)
{
	return run->big_endian ? run_big(run, prog, r0) : run_little(run, prog, r0);
}

static int interp_compile(struct ref *ref, struct prog *prog)
{
	(void)ref;
	prog_fuse(prog);
	return 0;
}

const struct runner interp_runner = {
	.engine_name = "ref-interp",
	.compile = interp_compile,
	.run = interp_run,
};
