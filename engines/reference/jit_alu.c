// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arithmetic, as machine code. What it has to compute is in alu.h. */
#include "jit.h"

#define ALU_INDEX(op) (((op)-OP_ADD64K) / 4)
#define AS_INDEX(op)  ALU_INDEX(OP_##op##64K)

/* Operations come in four forms in a row: 64K, 64X, 32K, 32X. */
static bool is64(const struct dinsn *in)
{
	return ((in->op - OP_ADD64K) & 2) == 0;
}

static bool is_x(const struct dinsn *in)
{
	return (in->op - OP_ADD64K) & 1;
}

void jit_binary(struct jit *j, const struct dinsn *in)
{
	static const struct {
		uint8_t op;
		uint8_t ext;
	} rows[] = {
		[AS_INDEX(ADD)] = { X_ADD, EXT_ADD }, [AS_INDEX(SUB)] = { X_SUB, EXT_SUB },
		[AS_INDEX(OR)] = { X_OR, EXT_OR },    [AS_INDEX(AND)] = { X_AND, EXT_AND },
		[AS_INDEX(XOR)] = { X_XOR, EXT_XOR },
	};
	unsigned int row = ALU_INDEX(in->op);

	if (is_x(in))
		emit_rr(&j->e, is64(in), rows[row].op, jit_src(in), jit_dst(in));
	else
		emit_ri(&j->e, is64(in), rows[row].ext, jit_dst(in), (int32_t)in->imm);
	j->zero.at = jit_here(j);
	j->zero.reg = in->dst;
	j->zero.w = is64(in);
}

void jit_mul(struct jit *j, const struct dinsn *in)
{
	int32_t imm = (int32_t)in->imm;

	if (is_x(in)) {
		emit_rr(&j->e, is64(in), X_IMUL, jit_dst(in), jit_src(in));
		return;
	}
	emit_rr(&j->e, is64(in), fits8(imm) ? 0x6b : 0x69, jit_dst(in), jit_dst(in));
	if (fits8(imm))
		emit8(&j->e, (uint8_t)imm);
	else
		emit32(&j->e, (uint32_t)imm);
}

/*
 * The division itself: divisor in T1. It needs rax and rdx, which are r0 and r3; they are put back
 * before the result goes to its place, which may be one of them.
 */
static void divide(struct jit *j, unsigned int dst, bool w, bool is_signed, bool modulo)
{
	struct emit *e = &j->e;

	emit_mov(e, true, JIT_T0, RAX);
	emit_push(e, RDX);
	if (dst != RAX)
		emit_mov(e, w, RAX, dst);
	if (is_signed) {
		if (w)
			emit8(e, 0x48);
		emit8(e, 0x99); /* cdq, cqo */
	} else {
		emit_rr(e, false, X_XOR, RDX, RDX);
	}
	emit_rr(e, w, 0xf7, is_signed ? EXT_IDIV : EXT_DIV, JIT_T1);
	emit_mov(e, w, JIT_T1, modulo ? RDX : RAX);
	emit_pop(e, RDX);
	emit_mov(e, true, RAX, JIT_T0);
	emit_mov(e, w, dst, JIT_T1);
}

/* What the quotient or remainder is where the processor must not be asked. */
static void divide_by_zero(struct jit *j, unsigned int dst, bool w, bool modulo)
{
	if (!modulo)
		emit_const(&j->e, dst, 0);
	else if (!w)
		emit_mov(&j->e, false, dst, dst);
}

static void divide_by_minus_one(struct jit *j, unsigned int dst, bool w, bool modulo)
{
	if (modulo)
		emit_const(&j->e, dst, 0);
	else
		emit_rr(&j->e, w, 0xf7, EXT_NEG, dst);
}

static void divide_by_reg(struct jit *j, const struct dinsn *in, bool is_signed, bool modulo)
{
	struct emit *e = &j->e;
	unsigned int dst = jit_dst(in);
	bool w = is64(in);
	uint8_t *not_zero, *not_minus = NULL, *end, *end_minus = NULL;

	emit_mov(e, w, JIT_T1, jit_src(in));
	emit_rr(e, w, X_TEST, JIT_T1, JIT_T1);
	not_zero = emit_jcc_over(e, CC_NE);
	divide_by_zero(j, dst, w, modulo);
	end = emit_jmp_over(e);
	emit_here(e, not_zero);
	if (is_signed) {
		emit_ri(e, w, EXT_CMP, JIT_T1, -1);
		not_minus = emit_jcc_over(e, CC_NE);
		divide_by_minus_one(j, dst, w, modulo);
		end_minus = emit_jmp_over(e);
		emit_here(e, not_minus);
	}
	divide(j, dst, w, is_signed, modulo);
	emit_here(e, end);
	if (is_signed)
		emit_here(e, end_minus);
}

void jit_div(struct jit *j, const struct dinsn *in)
{
	unsigned int row = ALU_INDEX(in->op);
	bool is_signed = row == AS_INDEX(SDIV) || row == AS_INDEX(SMOD);
	bool modulo = row == AS_INDEX(MOD) || row == AS_INDEX(SMOD);

	if (is_x(in)) {
		divide_by_reg(j, in, is_signed, modulo);
	} else if (is_signed && in->imm == -1) {
		divide_by_minus_one(j, jit_dst(in), is64(in), modulo);
	} else { /* never zero: check_insn.c */
		emit_const(&j->e, JIT_T1,
			   is64(in) ? (uint64_t)in->imm : (uint32_t)(uint64_t)in->imm);
		divide(j, jit_dst(in), is64(in), is_signed, modulo);
	}
}

/* By a register: the processor takes the count from cl, which is part of r4. */
static void shift_by_reg(struct jit *j, const struct dinsn *in, unsigned int ext)
{
	struct emit *e = &j->e;
	unsigned int dst = jit_dst(in), src = jit_src(in);

	if (src == RCX) {
		emit_rr(e, is64(in), 0xd3, ext, dst);
		return;
	}
	if (dst == RCX) {
		emit_mov(e, is64(in), JIT_T1, RCX);
		emit_mov(e, false, RCX, src);
		emit_rr(e, is64(in), 0xd3, ext, JIT_T1);
		emit_mov(e, is64(in), RCX, JIT_T1);
		return;
	}
	emit_mov(e, true, JIT_T1, RCX);
	emit_mov(e, false, RCX, src);
	emit_rr(e, is64(in), 0xd3, ext, dst);
	emit_mov(e, true, RCX, JIT_T1);
}

/* An index becomes an address: one instruction for a shift and the addition behind it. */
static bool scaled(struct jit *j, const struct dinsn *in)
{
	const struct dinsn *add = in + 1;

	if (in->op != OP_LSH64K || in->imm < 1 || in->imm > 3 || j->pc + 1 >= j->prog->n_insns ||
	    add->op != OP_ADD64X || add->dst != in->dst || add->src == in->dst ||
	    flow_joins(&j->flow, j->pc + 1))
		return false;
	emit_lea_scaled(&j->e, jit_dst(in), jit_src(add), (unsigned int)in->imm);
	j->done = true;
	return true;
}

void jit_shift(struct jit *j, const struct dinsn *in)
{
	static const uint8_t exts[] = {
		[AS_INDEX(LSH)] = EXT_SHL,
		[AS_INDEX(RSH)] = EXT_SHR,
		[AS_INDEX(ARSH)] = EXT_SAR,
	};
	unsigned int ext = exts[ALU_INDEX(in->op)];

	if (is_x(in)) {
		shift_by_reg(j, in, ext);
	} else if (!scaled(j, in)) {
		emit_rr(&j->e, is64(in), 0xc1, ext, jit_dst(in));
		emit8(&j->e, (uint8_t)(in->imm & (is64(in) ? 63 : 31)));
	}
}

void jit_neg(struct jit *j, const struct dinsn *in)
{
	emit_rr(&j->e, in->op == OP_NEG64, 0xf7, EXT_NEG, jit_dst(in));
}

void jit_mov(struct jit *j, const struct dinsn *in)
{
	switch (in->op) {
	case OP_MOV64X:
		emit_mov(&j->e, true, jit_dst(in), jit_src(in));
		return;
	case OP_MOV32X:
		emit_mov(&j->e, false, jit_dst(in), jit_src(in));
		return;
	case OP_MOV32K:
		emit_const(&j->e, jit_dst(in), (uint32_t)(uint64_t)in->imm);
		return;
	default: /* MOV64K, LDDW */
		emit_const(&j->e, jit_dst(in), (uint64_t)in->imm);
	}
}

/* Parts of a register, with their sign or with zeroes. */
void jit_extend(struct jit *j, const struct dinsn *in)
{
	static const struct {
		uint16_t op;
		bool w;
		bool byte;
		bool in_place; /* of dst, not src */
	} rows[N_OPS] = {
		[OP_MOVSX8_64] = { X_MOVSX8, true, true, false },
		[OP_MOVSX16_64] = { X_MOVSX16, true, false, false },
		[OP_MOVSX32_64] = { X_MOVSXD, true, false, false },
		[OP_MOVSX8_32] = { X_MOVSX8, false, true, false },
		[OP_MOVSX16_32] = { X_MOVSX16, false, false, false },
		[OP_TRUNC16] = { X_MOVZX16, false, false, true },
		[OP_TRUNC32] = { X_LOAD, false, false, true },
	};
	unsigned int from = rows[in->op].in_place ? jit_dst(in) : jit_src(in);

	if (rows[in->op].byte)
		emit_rr8(&j->e, rows[in->op].w, rows[in->op].op, jit_dst(in), from);
	else
		emit_rr(&j->e, rows[in->op].w, rows[in->op].op, jit_dst(in), from);
}

void jit_swap(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;
	unsigned int dst = jit_dst(in);

	if (in->op == OP_SWAP16) {
		emit8(e, 0x66);
		emit_rr(e, false, 0xc1, EXT_ROL, dst);
		emit8(e, 8);
		emit_rr(e, false, X_MOVZX16, dst, dst);
		return;
	}
	emit_r(e, in->op == OP_SWAP64, X_BSWAP, dst);
}

void jit_nop(struct jit *j, const struct dinsn *in)
{
	(void)j;
	(void)in;
}
