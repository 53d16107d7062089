// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Jumps, local calls, helpers. */
#include "../../harness/base/alloc.h"
#include "helpers.h"
#include "jit.h"

static void to_insn(struct jit *j, const uint8_t *site, uint32_t pc)
{
	*vec_add(j->jumps, j->n_jumps) = (struct jump){ jit_offset(j, site), pc };
}

static uint32_t target(const struct jit *j, const struct dinsn *in)
{
	return (uint32_t)((int64_t)j->pc + 1 + in->off);
}

/* Where control goes back, it pays: interp.c JUMP() */
static void jump_back(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;

	emit_ri(e, true, EXT_SUB, JIT_BUDGET, -in->off);
	emit_jcc_back(e, CC_NS, j->code->begin + j->code->at[target(j, in)]);
	jit_stub(j, STUB_SLOW, emit_jmp(e));
}

/* The instruction before has told whether @in's register is zero, and is the only one before. */
static bool zero_is_told(const struct jit *j, const struct dinsn *in, bool w)
{
	return j->zero.at == jit_here(j) && j->zero.reg == in->dst && j->zero.w == w &&
	       in->op >= OP_JEQ64K && in->op <= OP_JNE32X && !flow_joins(&j->flow, j->pc);
}

/* The operands are compared. What is to be tested for is one of four forms in a row. */
static void compare(struct jit *j, const struct dinsn *in)
{
	unsigned int form = (in->op - OP_JEQ64K) & 3;
	bool w = !(form & 2), x = form & 1;
	bool bits = in->op >= OP_JSET64K && in->op <= OP_JSET32X;
	int32_t imm = (int32_t)in->imm;
	struct emit *e = &j->e;

	if (x) {
		emit_rr(e, w, bits ? X_TEST : X_CMP, jit_src(in), jit_dst(in));
	} else if (bits) {
		emit_rr(e, w, 0xf7, EXT_TEST, jit_dst(in));
		emit32(e, (uint32_t)imm);
	} else if (!imm && zero_is_told(j, in, w)) {
		return;
	} else if (!imm) {
		emit_rr(e, w, X_TEST, jit_dst(in), jit_dst(in));
	} else {
		emit_ri(e, w, EXT_CMP, jit_dst(in), imm);
	}
}

#define CC_ROW(op) [(OP_J##op##64K - OP_JEQ64K) / 4]

void jit_branch(struct jit *j, const struct dinsn *in)
{
	static const uint8_t ccs[] = {
		CC_ROW(EQ) = CC_E,  CC_ROW(NE) = CC_NE,	 CC_ROW(GT) = CC_A,   CC_ROW(GE) = CC_AE,
		CC_ROW(LT) = CC_B,  CC_ROW(LE) = CC_BE,	 CC_ROW(SGT) = CC_G,  CC_ROW(SGE) = CC_GE,
		CC_ROW(SLT) = CC_L, CC_ROW(SLE) = CC_LE, CC_ROW(SET) = CC_NE,
	};
	enum x86_cc cc = ccs[(in->op - OP_JEQ64K) / 4];
	uint8_t *over;

	compare(j, in);
	if (in->off >= 0) {
		to_insn(j, emit_jcc(&j->e, cc), target(j, in));
		return;
	}
	over = emit_jcc_over(&j->e, cc ^ 1); /* the opposite is next to it */
	jump_back(j, in);
	emit_here(&j->e, over);
}

void jit_ja(struct jit *j, const struct dinsn *in)
{
	if (in->off > 0)
		to_insn(j, emit_jmp(&j->e), target(j, in));
	else if (in->off < 0)
		jump_back(j, in);
}

static int32_t stack_step(const struct jit *j)
{
	return ref_mutant(j->ref, MUTANT_JIT_STACK_SHARED) ? 0 : STACK_SIZE + FRAME_GAP;
}

/* One frame further: interp.c enter(). What is saved is r6 to r9, and what makes rsp even. */
static void enter_frame(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;
	uint8_t *known;

	emit_ri(e, true, EXT_SUB, JIT_BUDGET, in->off);
	jit_stub(j, STUB_SLOW, emit_jcc(e, CC_S));
	emit_rm(e, false, X_LOAD, JIT_T1, RUN(depth));
	emit_rr(e, false, 0xff, EXT_INC, JIT_T1);
	emit_ri(e, false, EXT_CMP, JIT_T1, RUN_FRAMES);
	jit_stub(j, STUB_SLOW, emit_jcc(e, CC_AE));
	emit_rm(e, false, X_MOV, JIT_T1, RUN(depth));
	emit_rm(e, false, X_CMP_RM, JIT_T1, RUN(max_depth));
	known = emit_jcc_over(e, CC_BE);
	emit_rm(e, false, X_MOV, JIT_T1, RUN(max_depth));
	emit_here(e, known);
	emit_rm(e, false, X_LOAD, JIT_T1, RUN(tail_calls));
	for (int r = BPF_REG_6; r <= BPF_REG_9; r++)
		emit_push(e, jit_regs[r]);
	emit_push(e, JIT_T1);
	emit_ri(e, true, EXT_ADD, RBP, stack_step(j));
	if (ref_mutant(j->ref, MUTANT_JIT_CALL_RESETS_COUNT)) {
		emit_const(e, JIT_T1, 0);
		emit_rm(e, false, X_MOV, JIT_T1, RUN(tail_calls));
	}
}

/* And back: interp.c leave() */
static void leave_frame(struct jit *j)
{
	struct emit *e = &j->e;

	emit_ri(e, true, EXT_SUB, RBP, stack_step(j));
	emit_pop(e, JIT_T1);
	for (int r = BPF_REG_9; r >= BPF_REG_6; r--)
		emit_pop(e, jit_regs[r]);
	if (ref_mutant(j->ref, MUTANT_JIT_R6_LOST))
		emit_const(e, jit_regs[BPF_REG_6], RUN_POISON);
	emit_rm(e, false, 0xff, EXT_DEC, RUN(depth));
	if (!j->prog->has_tail_call)
		return;
	if (ref_quirk(j->ref, QUIRK_FUNCTION_CALLS_UNCOUNTED) ||
	    ref_mutant(j->ref, MUTANT_JIT_CALL_OWN_COUNT))
		emit_rm(e, false, X_MOV, JIT_T1, RUN(tail_calls));
	emit_const(e, JIT_T1, (uint64_t)(uintptr_t)j->prog);
	emit_rm(e, true, X_CMP, JIT_T1, RUN(prog));
	jit_stub(j, STUB_PROG, emit_jcc(e, CC_NE));
}

void jit_call(struct jit *j, const struct dinsn *in)
{
	enter_frame(j, in);
	to_insn(j, emit_call(&j->e), (uint32_t)((int64_t)j->pc + 1 + in->imm));
	leave_frame(j);
}

/*
 * Programs that were checked at load have no arguments left behind a call, and give none that the
 * helper does not take. Others may have whatever the interpreter would let them.
 */
static int n_args(const struct jit *j, const struct helper *h)
{
	int n = 0;

	if (j->ref->unchecked)
		return (int)ARRAY_SIZE(h->args);
	while (n < (int)ARRAY_SIZE(h->args) && h->args[n] != ARG_NONE)
		n++;
	return n;
}

static int32_t saved_reg(int r)
{
	return (int32_t)offsetof(struct run, jit.reg) + 8 * r;
}

/* In rdi and rsi; a fault of the helper would have to say where. */
static void helper_arguments(struct jit *j, const struct dinsn *in, int n)
{
	struct emit *e = &j->e;

	for (int r = 1; r <= n; r++)
		emit_rm(e, true, X_MOV, jit_regs[r], JIT_RUN, saved_reg(r));
	emit_const(e, JIT_T1, (uint64_t)(uintptr_t)in);
	emit_rm(e, true, X_MOV, JIT_T1, RUN(pc));
	emit_rm(e, true, X_LEA, RSI, RUN(jit.reg));
}

void jit_helper(struct jit *j, const struct dinsn *in)
{
	const struct helper *h = &helpers[in->imm];
	struct emit *e = &j->e;
	int n = n_args(j, h);

	if (n)
		helper_arguments(j, in, n);
	emit_mov(e, true, RDI, JIT_RUN);
	emit_rm(e, true, X_MOV, JIT_BUDGET, RUN(budget));
	emit_push(e, RAX); /* to make rsp even */
	emit_const(e, RAX, (uint64_t)(uintptr_t)h->call);
	emit_rr(e, false, 0xff, EXT_CALL, RAX);
	emit_pop(e, JIT_T1);
	emit_rm(e, true, X_LOAD, JIT_BUDGET, RUN(budget));
	if (!n)
		return; /* nothing that it could have found wrong */
	emit_rm(e, false, 0x80, EXT_CMP, RUN(fault));
	emit8(e, 0);
	emit_to(emit_jcc(e, CC_NE), jit_thunk_fault());
	for (int r = 1; j->ref->unchecked && r <= n; r++)
		emit_rm(e, true, X_LOAD, jit_regs[r], JIT_RUN, saved_reg(r));
}

/* To the caller; from the first function of the first program, to jit_enter(). */
void jit_exit(struct jit *j, const struct dinsn *in)
{
	(void)in;
	emit8(&j->e, 0xc3);
}

void jit_bad(struct jit *j, const struct dinsn *in)
{
	(void)in;
	jit_stub(j, STUB_SLOW, emit_jmp(&j->e));
}
