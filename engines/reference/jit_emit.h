/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86-64 instructions as bytes: Intel's manual, volume 2, chapter 2. An operation is named by its
 * opcode; those above 0xff are of the map behind 0f. Addresses are a register and a displacement.
 */
#ifndef TAILCHECK_JIT_EMIT_H
#define TAILCHECK_JIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum x86_reg {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
};

/* Conditions, as in jcc. */
enum x86_cc {
	CC_B = 2,
	CC_AE,
	CC_E,
	CC_NE,
	CC_BE,
	CC_A,
	CC_S,
	CC_NS,
	CC_L = 12,
	CC_GE,
	CC_LE,
	CC_G,
};

/* Opcodes: of register and register or memory; the second operand in Intel's order first. */
enum x86_op {
	X_ADD = 0x01,
	X_OR = 0x09,
	X_AND = 0x21,
	X_SUB = 0x29,
	X_XOR = 0x31,
	X_CMP = 0x39,	 /* memory with register */
	X_CMP_RM = 0x3b, /* register with memory */
	X_SUB_RM = 0x2b,
	X_ADD_RM = 0x03,
	X_MOVSXD = 0x63,
	X_TEST = 0x85,
	X_XCHG = 0x87,
	X_MOV8 = 0x88, /* to memory */
	X_MOV = 0x89,
	X_LOAD = 0x8b,
	X_LEA = 0x8d,
	X_MOV_IMM = 0xb8, /* + register */
	X_MOVUPS = 0x111, /* to memory */
	X_XORPS = 0x157,
	X_IMUL = 0x1af,
	X_CMPXCHG = 0x1b1,
	X_MOVZX8 = 0x1b6,
	X_MOVZX16 = 0x1b7,
	X_MOVSX8 = 0x1be,
	X_MOVSX16 = 0x1bf,
	X_XADD = 0x1c1,
	X_BSWAP = 0x1c8, /* + register */
};

/* Where opcodes are shared, the operation is in a field of three bits. */
enum x86_ext {
	EXT_ADD = 0, /* 81 */
	EXT_OR = 1,
	EXT_AND = 4,
	EXT_SUB = 5,
	EXT_XOR = 6,
	EXT_CMP = 7,
	EXT_TEST = 0, /* f7 */
	EXT_NEG = 3,
	EXT_DIV = 6,
	EXT_IDIV = 7,
	EXT_ROL = 0, /* c1, d3 */
	EXT_SHL = 4,
	EXT_SHR = 5,
	EXT_SAR = 7,
	EXT_INC = 0, /* ff */
	EXT_DEC = 1,
	EXT_CALL = 2,
	EXT_JMP = 4,
};

/* The code is written here; where it runs is jit_area.c's affair. */
struct emit {
	uint8_t *at;
};

static inline void emit8(struct emit *e, unsigned int byte)
{
	*e->at++ = (uint8_t)byte;
}

static inline void emit16(struct emit *e, unsigned int value)
{
	uint16_t v = (uint16_t)value;

	memcpy(e->at, &v, sizeof(v));
	e->at += sizeof(v);
}

static inline void emit32(struct emit *e, uint32_t value)
{
	memcpy(e->at, &value, sizeof(value));
	e->at += sizeof(value);
}

static inline void emit64(struct emit *e, uint64_t value)
{
	memcpy(e->at, &value, sizeof(value));
	e->at += sizeof(value);
}

/*
 * An instruction is put together in a register and written at once: a store of each byte by itself
 * might, for all the compiler knows, change the pointer that it went through. Up to 8 bytes are
 * written where fewer are meant, so there must be that much room behind.
 */
struct bytes {
	uint64_t word;
	unsigned int n;
};

static inline void put8(struct bytes *b, unsigned int byte)
{
	b->word |= (uint64_t)(uint8_t)byte << 8 * b->n++;
}

static inline void put_rex(struct bytes *b, bool w, unsigned int reg, unsigned int base, bool must)
{
	unsigned int rex = 0x40 | (unsigned int)w << 3 | reg >> 3 << 2 | base >> 3;

	if (rex != 0x40 || must)
		put8(b, rex);
}

static inline void put_op(struct bytes *b, unsigned int op)
{
	if (op > 0xff)
		put8(b, 0x0f);
	put8(b, op);
}

static inline void put_rr(struct bytes *b, bool w, unsigned int op, unsigned int reg,
			  unsigned int rm)
{
	put_rex(b, w, reg, rm, false);
	put_op(b, op);
	put8(b, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

static inline void emit_bytes(struct emit *e, const struct bytes *b)
{
	memcpy(e->at, &b->word, sizeof(b->word));
	e->at += b->n;
}

static inline bool fits8(int64_t value)
{
	return value >= INT8_MIN && value <= INT8_MAX;
}

static inline bool fits32(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

/* @op @rm, @reg; @w: 64 bits */
static inline void emit_rr(struct emit *e, bool w, unsigned int op, unsigned int reg,
			   unsigned int rm)
{
	struct bytes b = { 0, 0 };

	put_rr(&b, w, op, reg, rm);
	emit_bytes(e, &b);
}

/* The same where @rm is a byte: spl to dil are only had behind a prefix. */
static inline void emit_rr8(struct emit *e, bool w, unsigned int op, unsigned int reg,
			    unsigned int rm)
{
	struct bytes b = { 0, 0 };

	put_rex(&b, w, reg, rm, true);
	put_op(&b, op);
	put8(&b, 0xc0 | (reg & 7) << 3 | (rm & 7));
	emit_bytes(e, &b);
}

/* The prefixes and the opcode are in @b; now ModRM, SIB and displacement of [@base + @disp]. */
static inline void emit_mem(struct emit *e, struct bytes *b, unsigned int reg, unsigned int base,
			    int32_t disp)
{
	bool none = !disp && (base & 7) != RBP;
	unsigned int mod = none ? 0 : fits8(disp) ? 0x40 : 0x80;

	put8(b, mod | (reg & 7) << 3 | (base & 7));
	if ((base & 7) == RSP)
		put8(b, 0x24);
	if (mod == 0x40)
		put8(b, (uint8_t)disp);
	emit_bytes(e, b);
	if (mod == 0x80)
		emit32(e, (uint32_t)disp);
}

static inline void emit_rm(struct emit *e, bool w, unsigned int op, unsigned int reg,
			   unsigned int base, int32_t disp)
{
	struct bytes b = { 0, 0 };

	put_rex(&b, w, reg, base, false);
	put_op(&b, op);
	emit_mem(e, &b, reg, base, disp);
}

/* An immediate of a group's operation: one byte if that will do. It is extended by its sign. */
static inline void emit_imm(struct emit *e, int32_t imm)
{
	if (fits8(imm))
		emit8(e, (uint8_t)imm);
	else
		emit32(e, (uint32_t)imm);
}

/* @ext of the group 81 or 83 */
static inline void emit_ri(struct emit *e, bool w, unsigned int ext, unsigned int rm, int32_t imm)
{
	emit_rr(e, w, fits8(imm) ? 0x83 : 0x81, ext, rm);
	emit_imm(e, imm);
}

static inline void emit_mi(struct emit *e, bool w, unsigned int ext, unsigned int base,
			   int32_t disp, int32_t imm)
{
	emit_rm(e, w, fits8(imm) ? 0x83 : 0x81, ext, base, disp);
	emit_imm(e, imm);
}

/* An opcode with a register in it: @op + @reg */
static inline void emit_r(struct emit *e, bool w, unsigned int op, unsigned int reg)
{
	struct bytes b = { 0, 0 };

	put_rex(&b, w, 0, reg, false);
	put_op(&b, op | (reg & 7));
	emit_bytes(e, &b);
}

static inline void emit_mov(struct emit *e, bool w, unsigned int to, unsigned int from)
{
	emit_rr(e, w, X_MOV, from, to);
}

/* The shortest of the ways to a constant; flags may change. */
static inline void emit_const(struct emit *e, unsigned int reg, uint64_t value)
{
	if (!value) {
		emit_rr(e, false, X_XOR, reg, reg);
	} else if (value <= UINT32_MAX) {
		emit_r(e, false, X_MOV_IMM, reg);
		emit32(e, (uint32_t)value);
	} else if (fits32((int64_t)value)) {
		emit_rr(e, true, 0xc7, 0, reg);
		emit32(e, (uint32_t)value);
	} else {
		emit_r(e, true, X_MOV_IMM, reg);
		emit64(e, value);
	}
}

/* mov @base, [@base + @index * 8] */
static inline void emit_load_scaled(struct emit *e, unsigned int base, unsigned int index)
{
	emit8(e, 0x48 | base >> 3 << 2 | index >> 3 << 1 | base >> 3);
	emit8(e, X_LOAD);
	emit8(e, (base & 7) << 3 | RSP);
	emit8(e, 0xc0 | (index & 7) << 3 | (base & 7));
}

/* lea @to, [@base + @to * 2^@log2] */
static inline void emit_lea_scaled(struct emit *e, unsigned int to, unsigned int base,
				   unsigned int log2)
{
	emit8(e, 0x48 | to >> 3 << 2 | to >> 3 << 1 | base >> 3);
	emit8(e, X_LEA);
	emit8(e, 0x40 | (to & 7) << 3 | RSP);
	emit8(e, log2 << 6 | (to & 7) << 3 | (base & 7));
	emit8(e, 0);
}

static inline void emit_push(struct emit *e, unsigned int reg)
{
	emit_r(e, false, 0x50, reg);
}

static inline void emit_pop(struct emit *e, unsigned int reg)
{
	emit_r(e, false, 0x58, reg);
}

/* Jumps and calls by 32 bits. Each gives the place of its displacement, for emit_to(). */
static inline uint8_t *emit_jcc(struct emit *e, enum x86_cc cc)
{
	emit16(e, 0x800f | (unsigned int)cc << 8);
	emit32(e, 0);
	return e->at - 4;
}

static inline uint8_t *emit_jmp(struct emit *e)
{
	emit8(e, 0xe9);
	emit32(e, 0);
	return e->at - 4;
}

static inline uint8_t *emit_call(struct emit *e)
{
	emit8(e, 0xe8);
	emit32(e, 0);
	return e->at - 4;
}

/* The displacement at @site leads to @target; both as they are written. */
static inline void emit_to(uint8_t *site, const uint8_t *target)
{
	int32_t rel = (int32_t)(target - (site + 4));

	memcpy(site, &rel, sizeof(rel));
}

/* Over what follows, up to emit_here(): no more than 127 bytes. */
static inline uint8_t *emit_jcc_over(struct emit *e, enum x86_cc cc)
{
	emit16(e, 0x70 | cc);
	return e->at - 1;
}

static inline uint8_t *emit_jmp_over(struct emit *e)
{
	emit16(e, 0xeb);
	return e->at - 1;
}

static inline void emit_here(struct emit *e, uint8_t *site)
{
	*site = (uint8_t)(e->at - (site + 1));
}

/* Backwards, as short as it may be. */
static inline void emit_jcc_back(struct emit *e, enum x86_cc cc, const uint8_t *target)
{
	int64_t rel = target - (e->at + 2);

	if (fits8(rel)) {
		emit16(e, 0x70 | cc | (unsigned int)(uint8_t)rel << 8);
	} else {
		emit_to(emit_jcc(e, cc), target);
	}
}

#endif
