/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions as the interpreter runs them: one word to dispatch on instead of an opcode, a mode
 * and an immediate that each say a part, and map references as pointers.
 *
 * A decoded program has one dinsn for each bpf_insn, so that jumps and messages count alike. The
 * second half of a wide instruction is OP_BAD.
 */
#ifndef TAILCHECK_DECODE_H
#define TAILCHECK_DECODE_H

#include <stdint.h>

/* Each with an immediate (K) and a register (X) as its second operand, in 64 and 32 bits. */
#define ALU_OPS(_)                                                                                 \
	_(ADD) _(SUB) _(MUL) _(DIV) _(SDIV) _(MOD) _(SMOD) _(OR) _(AND) _(XOR) _(LSH) _(RSH) _(ARSH)
#define JMP_OPS(_) _(JEQ) _(JNE) _(JGT) _(JGE) _(JLT) _(JLE) _(JSGT) _(JSGE) _(JSLT) _(JSLE) _(JSET)
#define FOUR_FORMS(op) OP_##op##64K, OP_##op##64X, OP_##op##32K, OP_##op##32X,
#define SIZES(op)      OP_##op##8, OP_##op##16, OP_##op##32, OP_##op##64,

enum op {
	OP_BAD,
	ALU_OPS(FOUR_FORMS)
	JMP_OPS(FOUR_FORMS)
	OP_NEG64,
	OP_NEG32,
	OP_MOV64K, /* also lddw, which is then followed by an OP_BAD to skip: see OP_LDDW */
	OP_MOV64X,
	OP_MOV32K,
	OP_MOV32X,
	OP_MOVSX8_64,
	OP_MOVSX16_64,
	OP_MOVSX32_64,
	OP_MOVSX8_32,
	OP_MOVSX16_32,
	OP_SWAP16,
	OP_SWAP32,
	OP_SWAP64,
	OP_TRUNC16, /* to the host's own order: cut to size */
	OP_TRUNC32,
	OP_NOP, /* to the host's own order, 64 bits */
	OP_LDDW,
	SIZES(LDX)
	SIZES(STX)
	SIZES(ST)
	OP_LDSX8,
	OP_LDSX16,
	OP_LDSX32,
	/* The same at r10 + off, which the checks have found to be in the frame. */
	SIZES(LDXF)
	SIZES(STXF)
	SIZES(STF)
	OP_ATOMIC32, /* imm: the operation */
	OP_ATOMIC64,
	OP_LOAD_ACQ, /* imm: the size */
	OP_STORE_REL,
	OP_JA,
	OP_CALL, /* imm: how far the function is; off: its length */
	OP_HELPER, /* imm: index in helpers[] */
	OP_TAIL_CALL,
	OP_EXIT,
	N_OPS
};

struct dinsn {
	uint16_t op;
	uint8_t dst;
	uint8_t src;
	int32_t off; /* memory, or how far to jump from the next instruction */
	int64_t imm;
};

struct prog;

/* Fill in prog->code. The checks have found every instruction valid. */
void prog_decode(struct prog *prog);

#endif
