/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the binary operations compute and the conditions mean: RFC 9669, sections 4.1 and 4.3. Of
 * each one form in 64 and one in 32 bits; the results of the latter are zero-extended.
 */
#ifndef TAILCHECK_ALU_H
#define TAILCHECK_ALU_H

#include <stdbool.h>
#include <stdint.h>

#define ALU_FN(op, expr64, expr32)                                  \
	static inline uint64_t alu_##op##64(uint64_t a, uint64_t b) \
	{                                                           \
		return expr64;                                      \
	}                                                           \
	static inline uint32_t alu_##op##32(uint32_t a, uint32_t b) \
	{                                                           \
		return expr32;                                      \
	}
#define ALU_FN1(op, expr) ALU_FN(op, expr, expr)

/* Division by zero gives zero; its remainder is the dividend. */
ALU_FN1(ADD, a + b)
ALU_FN1(SUB, a - b)
ALU_FN1(MUL, a *b)
ALU_FN1(DIV, b ? a / b : 0)
ALU_FN1(MOD, b ? a % b : a)
ALU_FN1(OR, a | b)
ALU_FN1(AND, a &b)
ALU_FN1(XOR, a ^ b)

/* The most negative number divided by -1 is itself, remainder 0: C leaves that undefined. */
ALU_FN(SDIV, b + 1 <= 1 ? (b ? -a : 0) : (uint64_t)((int64_t)a / (int64_t)b),
       b + 1 <= 1 ? (b ? -a : 0) : (uint32_t)((int32_t)a / (int32_t)b))
ALU_FN(SMOD, b + 1 <= 1 ? (b ? 0 : a) : (uint64_t)((int64_t)a % (int64_t)b),
       b + 1 <= 1 ? (b ? 0 : a) : (uint32_t)((int32_t)a % (int32_t)b))

/* Shifts go by the low bits of the second operand. */
ALU_FN(LSH, a << (b & 63), a << (b & 31))
ALU_FN(RSH, a >> (b & 63), a >> (b & 31))
ALU_FN(ARSH, (uint64_t)((int64_t)a >> (b & 63)), (uint32_t)((int32_t)a >> (b & 31)))

#define JMP_FN(op, cond64, cond32)                              \
	static inline bool jmp_##op##64(uint64_t a, uint64_t b) \
	{                                                       \
		return cond64;                                  \
	}                                                       \
	static inline bool jmp_##op##32(uint32_t a, uint32_t b) \
	{                                                       \
		return cond32;                                  \
	}
#define JMP_FN1(op, cond)    JMP_FN(op, cond, cond)
#define JMP_SIGNED(op, sign) JMP_FN(op, (int64_t)a sign(int64_t) b, (int32_t)a sign(int32_t) b)

JMP_FN1(JEQ, a == b)
JMP_FN1(JNE, a != b)
JMP_FN1(JGT, a > b)
JMP_FN1(JGE, a >= b)
JMP_FN1(JLT, a < b)
JMP_FN1(JLE, a <= b)
JMP_FN1(JSET, (a & b) != 0)
JMP_SIGNED(JSGT, >)
JMP_SIGNED(JSGE, >=)
JMP_SIGNED(JSLT, <)
JMP_SIGNED(JSLE, <=)

#endif
