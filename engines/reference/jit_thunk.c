// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What all compiled programs share: into machine code, out of it to C code, and out of a fault. */
#include <errno.h>

#include "jit.h"
#include "jit_area.h"

#define THUNKS_SIZE 512

static struct {
	uint8_t *slow;
	uint8_t *fault;
	bool (*enter)(struct run *run, const uint8_t *body);
} thunks;

const uint8_t jit_regs[11] = { RAX, RDI, RSI, RDX, RCX, R8, R13, R14, R15, R12, RBP };

/* What a function must keep for its C caller (System V ABI). */
static const uint8_t kept[] = { RBX, RBP, R12, R13, R14, R15 };

static uint64_t address(const struct dinsn *in, const uint64_t *reg, uint8_t base)
{
	return reg[base] + (uint64_t)(int64_t)in->off;
}

static bool slow_load(struct run *run, const struct dinsn *in, uint64_t *reg, uint32_t size)
{
	return mem_load(run, address(in, reg, in->src), size, &reg[in->dst]);
}

static bool slow_load_signed(struct run *run, const struct dinsn *in, uint64_t *reg, uint32_t log2)
{
	unsigned int shift = 64 - (8U << log2);

	if (!slow_load(run, in, reg, 1U << log2))
		return false;
	reg[in->dst] = (uint64_t)((int64_t)(reg[in->dst] << shift) >> shift);
	return true;
}

static bool slow_store(struct run *run, const struct dinsn *in, const uint64_t *reg, uint32_t size,
		       uint64_t value)
{
	return mem_store(run, address(in, reg, in->dst), size, value);
}

/* Where it goes on: there, if the call goes through. */
static bool slow_tail_call(struct run *run, uint64_t *reg)
{
	const struct prog *to = run_tail_call(run, reg);

	if (to)
		run->jit.resume = (uint64_t)(uintptr_t)jit_area_run_at(to->jit->body);
	return !run->fault;
}

/* What it leaves in run->jit.ended is looked at by the code that jit_skb_load() makes. */
static bool slow_skb_load(struct run *run, const struct dinsn *in, uint64_t *reg)
{
	run->jit.ended = !run_skb_load(run, in, reg);
	return !run->fault;
}

/* The rest come here when there is nothing left to be done but to say why. */
static bool slow_fault(struct run *run, const struct dinsn *in)
{
	if (in->op == OP_BAD)
		run_no_insn(run);
	else if (run->budget < 0)
		run_exhausted(run);
	else
		run_too_deep(run);
	return false;
}

/*
 * One instruction as the interpreter does it, on run->jit.reg. Called from machine code; false ends
 * the run.
 */
static bool jit_slow(struct run *run, uint32_t pc)
{
	const struct dinsn *in = &run->prog->code[pc];
	uint64_t *reg = run->jit.reg;

	run->pc = in;
	switch (in->op) {
	case OP_LDX8 ... OP_LDX64:
		return slow_load(run, in, reg, 1U << (in->op - OP_LDX8));
	case OP_LDSX8 ... OP_LDSX32:
		return slow_load_signed(run, in, reg, in->op - OP_LDSX8);
	case OP_STX8 ... OP_STX64:
		return slow_store(run, in, reg, 1U << (in->op - OP_STX8), reg[in->src]);
	case OP_ST8 ... OP_ST64:
		return slow_store(run, in, reg, 1U << (in->op - OP_ST8), (uint64_t)in->imm);
	case OP_LOAD_ACQ:
		return slow_load(run, in, reg, (uint32_t)in->imm);
	case OP_STORE_REL:
		return slow_store(run, in, reg, (uint32_t)in->imm, reg[in->src]);
	case OP_ATOMIC32:
		return run_atomic(run, in, reg, 4);
	case OP_ATOMIC64:
		return run_atomic(run, in, reg, 8);
	case OP_SKB_ABS:
	case OP_SKB_IND:
		return slow_skb_load(run, in, reg);
	case OP_TAIL_CALL:
		return slow_tail_call(run, reg);
	default:
		return slow_fault(run, in);
	}
}

static int32_t saved_reg(int r)
{
	return (int32_t)offsetof(struct run, jit.reg) + 8 * r;
}

/* int enter(run, body): registers as interp_run() has them at the beginning */
static void make_enter(struct emit *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		emit_push(e, kept[i]);
	emit_push(e, RAX); /* to make rsp even */
	emit_mov(e, true, JIT_RUN, RDI);
	emit_mov(e, true, JIT_T1, RSI);
	emit_rm(e, true, X_MOV, RSP, RUN(jit.stack_top));
	emit_rm(e, true, X_LOAD, JIT_BUDGET, RUN(budget));
	emit_rm(e, true, X_LEA, RBP, JIT_RUN, (int32_t)offsetof(struct run, stack) + STACK_SIZE);
	emit_const(e, jit_regs[BPF_REG_0], RUN_POISON);
	for (int r = BPF_REG_1; r <= BPF_REG_5; r++)
		emit_mov(e, true, jit_regs[r], jit_regs[BPF_REG_0]);
	for (int r = BPF_REG_6; r <= BPF_REG_9; r++)
		emit_const(e, jit_regs[r], 0);
	emit_rm(e, true, X_LOAD, jit_regs[BPF_REG_1], RUN(ctx));
	emit_rr(e, false, 0xff, EXT_CALL, JIT_T1);
	emit_rm(e, true, X_MOV, RAX, JIT_RUN, saved_reg(BPF_REG_0));
	emit_rm(e, true, X_MOV, JIT_BUDGET, RUN(budget));
	emit_const(e, RAX, true);
}

static void make_leave(struct emit *e)
{
	emit_pop(e, JIT_T1);
	for (size_t i = ARRAY_SIZE(kept); i-- > 0;)
		emit_pop(e, kept[i]);
	emit8(e, 0xc3);
}

/* However deep the native stack is, and whatever is in the registers but for run. */
static void make_fault(struct emit *e)
{
	thunks.fault = e->at;
	emit_rm(e, true, X_LOAD, RSP, RUN(jit.stack_top));
	emit_const(e, RAX, false);
	make_leave(e);
}

/* Called with an instruction's number in T1: all registers to memory, and back. */
static void make_slow(struct emit *e)
{
	thunks.slow = e->at;
	emit_rm(e, false, 0x8f, 0, RUN(jit.resume)); /* pop */
	for (int r = BPF_REG_0; r <= BPF_REG_10; r++)
		emit_rm(e, true, X_MOV, jit_regs[r], JIT_RUN, saved_reg(r));
	emit_rm(e, true, X_MOV, JIT_BUDGET, RUN(budget));
	emit_mov(e, true, RDI, JIT_RUN);
	emit_mov(e, false, RSI, JIT_T1);
	emit_push(e, RAX); /* to make rsp even */
	emit_const(e, RAX, (uint64_t)(uintptr_t)jit_slow);
	emit_rr(e, false, 0xff, EXT_CALL, RAX);
	emit_pop(e, JIT_T1);
	emit_rr(e, false, 0x84, RAX, RAX); /* test al, al */
	emit_to(emit_jcc(e, CC_E), thunks.fault);
	for (int r = BPF_REG_0; r <= BPF_REG_9; r++)
		emit_rm(e, true, X_LOAD, jit_regs[r], JIT_RUN, saved_reg(r));
	emit_rm(e, true, X_LOAD, JIT_BUDGET, RUN(budget));
	emit_rm(e, false, 0xff, EXT_JMP, RUN(jit.resume));
}

int jit_thunks_init(void)
{
	struct emit e;
	uint8_t *begin;

	begin = jit_area_alloc(THUNKS_SIZE);
	if (!begin)
		return ENOMEM;
	e.at = begin;
	make_enter(&e);
	make_leave(&e);
	make_fault(&e);
	make_slow(&e);
	/* There is no conversion from data to function in C. */
	*(const void **)&thunks.enter = jit_area_run_at(begin);
	return 0;
}

const uint8_t *jit_thunk_slow(void)
{
	return thunks.slow;
}

const uint8_t *jit_thunk_fault(void)
{
	return thunks.fault;
}

bool jit_enter(struct run *run, const uint8_t *body)
{
	return thunks.enter(run, jit_area_run_at(body));
}
