// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "vm.h"

#include <stddef.h>
#include <string.h>

#ifndef MAX_TAIL_CALLS
#define MAX_TAIL_CALLS 33
#endif
#define STACK 512

bool vm_knows(const struct bpf_insn *insns, uint32_t n)
{
	for (const struct bpf_insn *i = insns; i < insns + n; i++) {
		uint8_t class = BPF_CLASS(i->code), op = BPF_OP(i->code);
		bool ok = i->dst_reg <= BPF_REG_10 && i->src_reg <= BPF_REG_10;

		if (!ok) /* r11: arguments on the stack */
			return false;
		if (class == BPF_LD) /* a number, a map, a value in a map; two instructions */
			ok = i->code == (BPF_LD | BPF_DW | BPF_IMM) &&
			     i->src_reg <= BPF_PSEUDO_MAP_VALUE && i++;
		else if (class == BPF_LDX || class == BPF_ST || class == BPF_STX)
			ok = BPF_MODE(i->code) == BPF_MEM;
		else if (class == BPF_ALU || class == BPF_ALU64)
			ok = op <= BPF_ARSH && i->off == 0;
		else if (op == BPF_CALL)
			ok = i->src_reg == 0 && i->imm == BPF_FUNC_tail_call;
		else
			ok = op <= BPF_JSLE && (op != BPF_JA || class == BPF_JMP);
		if (!ok)
			return false;
	}
	return true;
}

static uint64_t alu(uint8_t op, uint64_t a, uint64_t b, unsigned int bits)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_MOD:
		return b ? a % b : a;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_NEG:
		return -a;
	case BPF_LSH:
		return a << (b & (bits - 1));
	case BPF_RSH:
		return a >> (b & (bits - 1));
	case BPF_ARSH:
		return (uint64_t)((bits == 32 ? (int32_t)a : (int64_t)a) >> (b & (bits - 1)));
	default:
		return b; /* BPF_MOV */
	}
}

static bool jumps(uint8_t op, uint64_t a, uint64_t b, bool wide)
{
	int64_t x = wide ? (int64_t)a : (int32_t)a, y = wide ? (int64_t)b : (int32_t)b;

	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return x > y;
	case BPF_JSGE:
		return x >= y;
	case BPF_JSLT:
		return x < y;
	case BPF_JSLE:
		return x <= y;
	default:
		return true; /* BPF_JA */
	}
}

static uint64_t address(const struct bpf_insn *i, struct vm_map *const *maps)
{
	if (i->src_reg == BPF_PSEUDO_MAP_FD)
		return (uintptr_t)maps[i->imm];
	if (i->src_reg == BPF_PSEUDO_MAP_VALUE)
		return (uintptr_t)(maps[i->imm]->values + i[1].imm);
	return (uint32_t)i->imm | (uint64_t)i[1].imm << 32;
}

bool vm_run(const struct vm_prog *prog, struct vm_map *const *maps, uint8_t *ctx, uint32_t ctx_size,
	    const uint8_t *fields, uint64_t *r0)
{
	static const uint8_t sizes[] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8
	};
	uint64_t stack[STACK / 8] = { 0 }, r[11] = {
		[1] = (uintptr_t)ctx, [10] = (uintptr_t)(stack + STACK / 8)
	};
	unsigned int calls = 0;

	for (const struct bpf_insn *i = prog->insns, *next;; i = next) {
		uint8_t class = BPF_CLASS(i->code), size = sizes[BPF_SIZE(i->code) >> 3];
		bool wide = class == BPF_ALU64 || class == BPF_JMP;
		uint64_t a = r[i->dst_reg];
		uint64_t b = BPF_SRC(i->code) ? r[i->src_reg] : (uint64_t)i->imm;

		next = i + 1;
		if (class == BPF_LD) {
			r[i->dst_reg] = address(i, maps);
			next = i + 2;
		} else if (class == BPF_LDX || class == BPF_STX || class == BPF_ST) {
			uint64_t at = (class == BPF_LDX ? r[i->src_reg] : a) + (uint64_t)i->off;
			uint64_t in_ctx = at - (uintptr_t)ctx, value = r[i->src_reg];

			if (in_ctx < ctx_size && fields && !fields[in_ctx])
				return false;
			if (class == BPF_LDX) {
				r[i->dst_reg] = 0; /* and little-endian */
				memcpy(&r[i->dst_reg], (void *)(uintptr_t)at, size);
			} else {
				value = class == BPF_ST ? (uint64_t)i->imm : value;
				memcpy((void *)(uintptr_t)at, &value, size);
			}
		} else if (class == BPF_ALU || class == BPF_ALU64) {
			uint64_t mask = wide ? UINT64_MAX : UINT32_MAX;

			r[i->dst_reg] =
				alu(BPF_OP(i->code), a & mask, b & mask, wide ? 64 : 32) & mask;
		} else if (BPF_OP(i->code) == BPF_EXIT) {
			*r0 = r[0];
			return true;
		} else if (BPF_OP(i->code) == BPF_CALL) {
			const struct vm_map *map = (const void *)(uintptr_t)r[2];
			uint32_t at = (uint32_t)r[3];

			if (!map || at >= map->n || calls >= MAX_TAIL_CALLS || !map->progs[at])
				continue;
			calls++;
			r[1] = (uintptr_t)ctx;
			next = map->progs[at]->insns;
		} else if (jumps(BPF_OP(i->code), wide ? a : (uint32_t)a, wide ? b : (uint32_t)b,
				 wide)) {
			next = i + 1 + i->off;
		}
	}
}
