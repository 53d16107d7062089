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

#include <stdbool.h>
#include <stdint.h>

#include "quirk.h"

/* clang-format off */

/* Each with an immediate (K) and a register (X) as its second operand, in 64 and 32 bits. */
#define ALU_OPS(_) \
	_(ADD) _(SUB) _(MUL) _(DIV) _(SDIV) _(MOD) _(SMOD) \
	_(OR) _(AND) _(XOR) _(LSH) _(RSH) _(ARSH)
#define JMP_OPS(_) \
	_(JEQ) _(JNE) _(JGT) _(JGE) _(JLT) _(JLE) _(JSGT) _(JSGE) _(JSLT) _(JSLE) _(JSET)

/*
 * Each in sizes of 8, 16, 32 and 64 bits. Those with an F are at r10 + off, which the checks have
 * found to be in the frame, or are arguments on the stack.
 */
#define MEM_OPS(_) _(LDX) _(STX) _(ST) _(LDXF) _(STXF) _(STF)

/*
 * SWAP and TRUNC: to another byte order, and to the machine's own, which cuts to size. ATOMIC: imm is
 * the operation; LOAD_ACQ and STORE_REL: imm is the size. CALL: imm is how far the function is,
 * off its length. HELPER: imm is the index in helpers[]. SKB_ABS, SKB_IND: off is the size.
 * TAIL_CALL: off is the index in maps[] of the prog_array that is most likely meant, or -1 (also where
 * tail calls are not all as they should be); imm is where the last one led. WIDE_SHIFT, HALVED_SHIFT:
 * imm is the BPF operation, off the width in bits. LEAST_DIV: off is the opcode.
 */
#define OTHER_OPS(_) \
	_(BAD) _(NOP) _(LDDW) _(NEG64) _(NEG32) _(MOV64K) _(MOV64X) _(MOV32K) _(MOV32X) \
	_(MOVSX8_64) _(MOVSX16_64) _(MOVSX32_64) _(MOVSX8_32) _(MOVSX16_32) \
	_(SWAP16) _(SWAP32) _(SWAP64) _(TRUNC16) _(TRUNC32) \
	_(LDSX8) _(LDSX16) _(LDSX32) _(ATOMIC32) _(ATOMIC64) _(LOAD_ACQ) _(STORE_REL) \
	_(SKB_ABS) _(SKB_IND) _(WIDE_SHIFT) _(HALVED_SHIFT) _(LEAST_DIV) _(JA) _(CALL) _(HELPER) \
	_(TAIL_CALL) _(EXIT)

#define OP_ONE(op)   OP_##op,
#define OP_FORMS(op) OP_##op##64K, OP_##op##64X, OP_##op##32K, OP_##op##32X,
#define OP_SIZES(op) OP_##op##8, OP_##op##16, OP_##op##32, OP_##op##64,

enum op {
	OTHER_OPS(OP_ONE) /* OP_BAD is 0 */
	ALU_OPS(OP_FORMS)
	JMP_OPS(OP_FORMS)
	MEM_OPS(OP_SIZES)
	N_OPS
};

/*
 * Pairs that the interpreter dispatches on once: the first one of the two is then a FUSED() from
 * N_OPS on. The second one stays what it is, since there may be jumps to it.
 */
#define FUSED_FIRST(_) \
	_(MOV64K) _(MOV64X) _(ADD64K) _(ADD64X) _(SUB64K) _(AND64K) _(OR64X) _(XOR64K) _(LSH64K) \
	_(RSH64K) _(LDX8) _(LDX16) _(LDX32) _(LDX64) _(LDXF64) _(STX64) _(STXF64) _(LDDW)
#define FUSED_SECOND(_, first) \
	_(first, MOV64K) _(first, MOV64X) _(first, ADD64K) _(first, ADD64X) _(first, SUB64K) \
	_(first, AND64K) _(first, OR64X) _(first, XOR64K) _(first, LSH64K) _(first, RSH64K) \
	_(first, LDX8) _(first, LDX16) _(first, LDX32) _(first, LDX64) _(first, LDXF64) \
	_(first, STX64) _(first, STXF64) _(first, LDDW) _(first, JA) _(first, JEQ64K) \
	_(first, JNE64K) _(first, JGT64X) _(first, HELPER) _(first, TAIL_CALL) _(first, EXIT)

/*
 * And what is longer, by what it is for; the rest stays what it is here too.
 * SUM: a load, and what was loaded is added to another register. SPILL: to the frame, and back from
 * there. Of both, imm says how often that comes in a row, with the same registers; imm of a row's
 * first addition has the offsets of its loads, from the lowest to the highest. COUNT: a load, an
 * addition of a number, and a store of it where it came from. INDEX: where in an array, from a
 * register that is cut to size (a move, AND, a shift, an addition). BOUND: the end of what is looked
 * for in a packet, compared (a move, an addition, a jump). PACKET: loads of the packet's beginning
 * and end, and BOUND. TAIL_TO: a map, an index that is a number, and the tail call; TAIL_ADD: an
 * addition to an index, a map, and the tail call. In both the map is certain. These two are seconds
 * of pairs as well.
 */
#define FUSED_LONGER(_) _(SUM8) _(SUM16) _(SUM32) _(SUM64) _(SPILL) _(COUNT32) _(COUNT64) _(INDEX) \
	_(BOUND) _(PACKET) _(TAIL_TO) _(TAIL_ADD)
#define FUSED_SECOND_LONGER(_, first) _(first, TAIL_TO) _(first, TAIL_ADD)

#define FUSED_ONE(first, second) FUSED_##first##_##second,
#define FUSED_NAME(op)		 FUSED_##op,
#define FUSED_ROW(first)	 FUSED_SECOND(FUSED_ONE, first) FUSED_SECOND_LONGER(FUSED_ONE, first)

enum fused {
	FUSED_BEGIN = N_OPS - 1,
	FUSED_FIRST(FUSED_ROW)
	FUSED_LONGER(FUSED_NAME)
	FUSED_END
};

/* clang-format on */

struct dinsn {
	uint16_t op;
	uint8_t dst;
	uint8_t src;
	int32_t off; /* memory, or how far to jump from the next instruction */
	int64_t imm;
};

struct prog;
struct ref;

/* The least and the greatest offset of a row of SUMs that begins at @in. */
static inline int64_t row_lowest(const struct dinsn *in)
{
	return (int32_t)in[1].imm;
}

static inline int64_t row_highest(const struct dinsn *in)
{
	return in[1].imm >> 32;
}

/* Fill in prog->code. The checks have found every instruction valid. */
void prog_decode(struct prog *prog, const struct ref *ref);
/* For the interpreter alone: make pairs, and what is longer. */
void prog_fuse(struct prog *prog);

#endif
