/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the parts of an instruction are spelled. The assembler and the disassembler read the same
 * tables, so that neither can know a spelling that the other does not.
 */
#ifndef TAILCHECK_INSN_TABLE_H
#define TAILCHECK_INSN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

/* Younger than the <linux/bpf.h> of Debian 12. */
#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif

#define INSN_MAX	1000000u
#define INSN_MAX_REG	10
#define INSN_REG_PARAMS 11 /* loads and stores of arguments on the stack have it for a base */

/* An arithmetic operator or a condition. @off tells a signed division from an unsigned one. */
struct insn_op {
	const char *text;
	uint8_t code; /* the operation bits of the opcode */
	int16_t off;
};

/* The type of a memory access, `u32` or `s32`. */
struct insn_size {
	const char *text;
	uint8_t size; /* BPF_W ... */
	uint8_t bits;
	bool is_signed;
};

/* `r1 = be16 r1` and its kind. */
struct insn_swap {
	const char *text;
	uint8_t code; /* the whole opcode */
	int32_t bits;
};

/* An atomic operation without result: `lock *(u64 *)(r1 + 0) += r2`. */
struct insn_lock {
	const char *text;
	int32_t imm;
};

/*
 * An atomic operation with a result, written like a function call. @size is 0 where the type is
 * only in the cast of the address. The first match is the canonical spelling.
 */
struct insn_atomic {
	const char *text;
	int32_t imm;
	uint8_t size;
	bool sized; /* @size counts */
	bool cast;  /* the address is `(u64 *)(r1 + 0)`, otherwise `r1 + 0` */
};

/* What a wide load refers to, by number: `map[fd:5][8] ll`. */
struct insn_ref {
	const char *base;
	const char *key;
	uint8_t src;
	bool second; /* has a number in the second slot */
};

/* Each table ends with an entry whose text is NULL. */
extern const struct insn_op insn_alu_ops[];
extern const struct insn_op insn_jmp_ops[];
extern const struct insn_size insn_sizes[];
extern const struct insn_swap insn_swaps[];
extern const struct insn_lock insn_locks[];
extern const struct insn_atomic insn_atomics[];
extern const struct insn_ref insn_refs[];

/* The longest operator at @text (up to a NUL), or NULL. */
const struct insn_op *insn_op_match(const struct insn_op *table, const char *text);
/* The entry of the code; NULL where there is none. */
const struct insn_op *insn_op_find(const struct insn_op *table, uint8_t code, int16_t off);
const struct insn_size *insn_size_find(uint8_t size, bool is_signed);
const struct insn_size *insn_size_match(const char *text, size_t len);

static inline bool insn_is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

#endif
