// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "insn_table.h"

#include <string.h>

const struct insn_op insn_alu_ops[] = {
	{ "=", BPF_MOV, 0 },   { "+=", BPF_ADD, 0 },	{ "-=", BPF_SUB, 0 },
	{ "*=", BPF_MUL, 0 },  { "/=", BPF_DIV, 0 },	{ "%=", BPF_MOD, 0 },
	{ "s/=", BPF_DIV, 1 }, { "s%=", BPF_MOD, 1 },	{ "&=", BPF_AND, 0 },
	{ "|=", BPF_OR, 0 },   { "^=", BPF_XOR, 0 },	{ "<<=", BPF_LSH, 0 },
	{ ">>=", BPF_RSH, 0 }, { "s>>=", BPF_ARSH, 0 }, { NULL, 0, 0 },
};

const struct insn_op insn_jmp_ops[] = {
	{ "==", BPF_JEQ, 0 },	{ "!=", BPF_JNE, 0 },	{ ">", BPF_JGT, 0 },
	{ ">=", BPF_JGE, 0 },	{ "<", BPF_JLT, 0 },	{ "<=", BPF_JLE, 0 },
	{ "s>", BPF_JSGT, 0 },	{ "s>=", BPF_JSGE, 0 }, { "s<", BPF_JSLT, 0 },
	{ "s<=", BPF_JSLE, 0 }, { "&", BPF_JSET, 0 },	{ NULL, 0, 0 },
};

const struct insn_size insn_sizes[] = {
	{ "u8", BPF_B, 8, false },    { "u16", BPF_H, 16, false }, { "u32", BPF_W, 32, false },
	{ "u64", BPF_DW, 64, false }, { "s8", BPF_B, 8, true },	   { "s16", BPF_H, 16, true },
	{ "s32", BPF_W, 32, true },   { NULL, 0, 0, false },
};

#define TO_LE (BPF_ALU | BPF_END | BPF_TO_LE)
#define TO_BE (BPF_ALU | BPF_END | BPF_TO_BE)
/* The unconditional swap took the encoding that "to little endian" left free in ALU64. */
#define BSWAP (BPF_ALU64 | BPF_END | BPF_TO_LE)

const struct insn_swap insn_swaps[] = {
	{ "le16", TO_LE, 16 },	  { "le32", TO_LE, 32 },    { "le64", TO_LE, 64 },
	{ "be16", TO_BE, 16 },	  { "be32", TO_BE, 32 },    { "be64", TO_BE, 64 },
	{ "bswap16", BSWAP, 16 }, { "bswap32", BSWAP, 32 }, { "bswap64", BSWAP, 64 },
	{ NULL, 0, 0 },
};

const struct insn_lock insn_locks[] = {
	{ "+=", BPF_ADD }, { "|=", BPF_OR }, { "&=", BPF_AND }, { "^=", BPF_XOR }, { NULL, 0 },
};

/* LLVM's spellings, and then those of the kernel's disassembler. */
const struct insn_atomic insn_atomics[] = {
	{ "atomic_fetch_add", BPF_ADD | BPF_FETCH, 0, false, true },
	{ "atomic_fetch_or", BPF_OR | BPF_FETCH, 0, false, true },
	{ "atomic_fetch_and", BPF_AND | BPF_FETCH, 0, false, true },
	{ "atomic_fetch_xor", BPF_XOR | BPF_FETCH, 0, false, true },
	{ "xchg_64", BPF_XCHG, BPF_DW, true, false },
	{ "xchg32_32", BPF_XCHG, BPF_W, true, false },
	{ "cmpxchg_64", BPF_CMPXCHG, BPF_DW, true, false },
	{ "cmpxchg32_32", BPF_CMPXCHG, BPF_W, true, false },
	{ "atomic64_fetch_add", BPF_ADD | BPF_FETCH, BPF_DW, true, true },
	{ "atomic64_fetch_or", BPF_OR | BPF_FETCH, BPF_DW, true, true },
	{ "atomic64_fetch_and", BPF_AND | BPF_FETCH, BPF_DW, true, true },
	{ "atomic64_fetch_xor", BPF_XOR | BPF_FETCH, BPF_DW, true, true },
	{ "atomic64_xchg", BPF_XCHG, BPF_DW, true, true },
	{ "atomic_xchg", BPF_XCHG, BPF_W, true, true },
	{ "atomic64_cmpxchg", BPF_CMPXCHG, BPF_DW, true, true },
	{ "atomic_cmpxchg", BPF_CMPXCHG, BPF_W, true, true },
	{ NULL, 0, 0, false, false },
};

const struct insn_ref insn_refs[] = {
	{ "map", "fd", BPF_PSEUDO_MAP_FD, false },
	{ "map", "fd", BPF_PSEUDO_MAP_VALUE, true },
	{ "map", "idx", BPF_PSEUDO_MAP_IDX, false },
	{ "map", "idx", BPF_PSEUDO_MAP_IDX_VALUE, true },
	{ "btf", "id", BPF_PSEUDO_BTF_ID, true }, /* the second slot is the BTF's descriptor */
	{ NULL, NULL, 0, false },
};

const struct insn_op *insn_op_match(const struct insn_op *table, const char *text)
{
	const struct insn_op *best = NULL;
	size_t best_len = 0;

	for (; table->text; table++) {
		size_t len = strlen(table->text);

		if (len > best_len && strncmp(text, table->text, len) == 0) {
			best = table;
			best_len = len;
		}
	}
	return best;
}

const struct insn_op *insn_op_find(const struct insn_op *table, uint8_t code, int16_t off)
{
	for (; table->text; table++)
		if (table->code == code && table->off == off)
			return table;
	return NULL;
}

const struct insn_size *insn_size_find(uint8_t size, bool is_signed)
{
	for (const struct insn_size *s = insn_sizes; s->text; s++)
		if (s->size == size && s->is_signed == is_signed)
			return s;
	return NULL;
}

const struct insn_size *insn_size_match(const char *text, size_t len)
{
	for (const struct insn_size *s = insn_sizes; s->text; s++)
		if (strlen(s->text) == len && memcmp(s->text, text, len) == 0)
			return s;
	return NULL;
}
