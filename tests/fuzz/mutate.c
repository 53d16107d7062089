// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes to whole instructions, so that programs stay programs: bytes changed at random are
 * refused by the first check that looks at them. Half of the changes are to bytes all the same.
 */
#include <stdbool.h>
#include <string.h>

#include "load.h"

static uint32_t state;

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

#define WIDE (BPF_LD | BPF_IMM | BPF_DW)

/* Numbers that something begins or ends at. */
static int32_t number(void)
{
	static const int32_t numbers[] = {
		0,  1,	 2,    3,    4,		7,	   8,	      12,	 14, 16,
		31, 32,	 33,   63,   64,	255,	   4096,      -1,	 -2, -4,
		-8, -16, -512, -513, INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN,
	};

	return numbers[rnd(sizeof(numbers) / sizeof(numbers[0]))];
}

static uint8_t reg(void)
{
	return (uint8_t)rnd(11);
}

static struct bpf_insn random_alu(void)
{
	static const uint8_t classes[] = { BPF_ALU, BPF_ALU64 };
	struct bpf_insn in = { .code = (uint8_t)(classes[rnd(2)] | rnd(14) << 4),
			       .dst_reg = reg() };

	if (rnd(2)) {
		in.code |= BPF_X;
		in.src_reg = reg();
	} else {
		in.imm = number();
	}
	if (BPF_OP(in.code) == BPF_END)
		in.imm = 16 << rnd(3);
	if (!rnd(8))
		in.off = (int16_t)(rnd(2) ? 1 : 8 << rnd(3));
	return in;
}

static struct bpf_insn random_jump(void)
{
	static const uint8_t classes[] = { BPF_JMP, BPF_JMP32 };
	struct bpf_insn in = { .code = (uint8_t)(classes[rnd(2)] | rnd(14) << 4),
			       .off = (int16_t)rnd(8) };

	if (!rnd(8))
		in.off = (int16_t)-rnd(8);
	if (BPF_OP(in.code) == BPF_CALL || BPF_OP(in.code) == BPF_EXIT)
		in.code = BPF_JMP | BPF_JEQ;
	if (BPF_OP(in.code) == BPF_JA)
		return in;
	in.dst_reg = reg();
	if (rnd(2)) {
		in.code |= BPF_X;
		in.src_reg = reg();
	} else {
		in.imm = number();
	}
	return in;
}

static struct bpf_insn random_memory(void)
{
	static const uint8_t sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const uint8_t forms[] = { BPF_LDX | BPF_MEM, BPF_LDX | 0x80, BPF_ST | BPF_MEM,
					 BPF_STX | BPF_MEM, BPF_STX | BPF_ATOMIC };
	static const int32_t atomics[] = {
		BPF_ADD,  BPF_OR,      BPF_AND, BPF_XOR, BPF_ADD | BPF_FETCH,
		BPF_XCHG, BPF_CMPXCHG, 0x100,	0x110
	};
	struct bpf_insn in = { .code = (uint8_t)(forms[rnd(5)] | sizes[rnd(4)]),
			       .dst_reg = rnd(2) ? BPF_REG_10 : reg(),
			       .src_reg = rnd(2) ? BPF_REG_10 : reg(),
			       .off = (int16_t)number() };

	if (BPF_CLASS(in.code) == BPF_ST) {
		in.src_reg = 0;
		in.imm = number();
	}
	if (BPF_MODE(in.code) == BPF_ATOMIC)
		in.imm = atomics[rnd(sizeof(atomics) / sizeof(atomics[0]))];
	return in;
}

static struct bpf_insn random_call(uint32_t room)
{
	static const int32_t numbers[] = { 1, 2, 3, 7, 8, 9, 12, 12, 12, 26, 44, 65 };
	struct bpf_insn in = { .code = BPF_JMP | BPF_CALL };

	if (rnd(3)) {
		in.imm = numbers[rnd(sizeof(numbers) / sizeof(numbers[0]))];
	} else {
		in.src_reg = BPF_PSEUDO_CALL;
		in.imm = (int32_t)rnd(room + 1);
	}
	return in;
}

static struct bpf_insn random_insn(uint32_t room)
{
	switch (rnd(8)) {
	case 0:
	case 1:
		return random_alu();
	case 2:
	case 3:
		return random_jump();
	case 4:
	case 5:
		return random_memory();
	case 6:
		return random_call(room);
	default:
		if (rnd(2))
			return (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
		return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
					  .dst_reg = reg(),
					  .src_reg = reg() };
	}
}

/* Jumps over what comes or goes are to lead where they led. */
static void shift_jumps(struct bpf_insn *insns, uint32_t n, uint32_t at, int by)
{
	for (uint32_t i = 0; i < n; i++) {
		struct bpf_insn *in = &insns[i];
		bool jump = BPF_CLASS(in->code) == BPF_JMP || BPF_CLASS(in->code) == BPF_JMP32;
		bool call = jump && BPF_OP(in->code) == BPF_CALL;
		int64_t to = (int64_t)i + 1 + (call ? in->imm : in->off);

		if (!jump || BPF_OP(in->code) == BPF_EXIT ||
		    (call && in->src_reg != BPF_PSEUDO_CALL) || (i < at) == (to <= at))
			continue;
		if (call)
			in->imm = (int32_t)((uint32_t)in->imm + (uint32_t)(i < at ? by : -by));
		else
			in->off = (int16_t)(in->off + (i < at ? by : -by));
	}
}

static uint32_t insert(struct bpf_insn *insns, uint32_t n, uint32_t at, const struct bpf_insn *what,
		       uint32_t many)
{
	shift_jumps(insns, n, at, (int)many);
	memmove(insns + at + many, insns + at, (n - at) * sizeof(*insns));
	memcpy(insns + at, what, many * sizeof(*insns));
	return n + many;
}

/* What goes together: a map and the helper that takes it. */
static uint32_t insert_idiom(struct bpf_insn *insns, uint32_t n, uint32_t at)
{
	uint32_t map = rnd(LOAD_MAPS);
	const struct bpf_insn tail_call[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
		{ .code = WIDE, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = LOAD_PROGS },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV, .dst_reg = 3, .imm = (int32_t)rnd(5) },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
	};
	const struct bpf_insn lookup[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = -4, .imm = (int)rnd(5) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD, .dst_reg = 2, .imm = -4 },
		{ .code = WIDE, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = (int)map },
		{ 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ, .dst_reg = 0, .off = 1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 7, .src_reg = 0 },
	};
	const struct bpf_insn value[] = {
		{ .code = WIDE,
		  .dst_reg = reg(),
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = LOAD_VALUE },
		{ .imm = (int32_t)rnd(72) },
	};

	switch (rnd(3)) {
	case 0:
		return insert(insns, n, at, tail_call, sizeof(tail_call) / sizeof(*insns));
	case 1:
		return insert(insns, n, at, lookup, sizeof(lookup) / sizeof(*insns));
	default:
		return insert(insns, n, at, value, sizeof(value) / sizeof(*insns));
	}
}

static void change_field(struct bpf_insn *in, uint32_t n)
{
	switch (rnd(5)) {
	case 0:
		in->dst_reg = reg() & 15;
		break;
	case 1:
		in->src_reg = reg() & 15;
		break;
	case 2:
		in->off = (int16_t)(rnd(2) ? number() : (int)rnd(n + 1));
		break;
	case 3:
		in->imm = rnd(2) ? number() : (int32_t)rnd(n + 1);
		break;
	default:
		in->code ^= (uint8_t)(1 << rnd(8));
	}
}

static uint32_t change(struct bpf_insn *insns, uint32_t n)
{
	uint32_t at = n ? rnd(n) : 0, from = n ? rnd(n) : 0;
	struct bpf_insn in = random_insn(n);

	switch (n ? rnd(7) : 1) {
	case 0:
		insns[at] = in;
		return n;
	case 1:
		return insert(insns, n, at, &in, 1);
	case 2:
		return insert_idiom(insns, n, at);
	case 3:
		shift_jumps(insns, n, at, -1);
		memmove(insns + at, insns + at + 1, (n - at - 1) * sizeof(*insns));
		return n - 1;
	case 4:
		in = insns[from];
		return insert(insns, n, at, &in, 1);
	default:
		change_field(&insns[at], n);
		return n;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	struct bpf_insn insns[LOAD_MAX_INSNS + 16];
	size_t head = sizeof(struct load_header), len;
	uint32_t n, times;

	state = seed | 1;
	n = size > head ? (uint32_t)((size - head) / sizeof(insns[0])) : 0;
	if (size < head || n > LOAD_MAX_INSNS || !rnd(3))
		return LLVMFuzzerMutate(data, size, max);
	if (!rnd(10)) {
		data[rnd((uint32_t)head)] ^= (uint8_t)(1 << rnd(8));
		return size;
	}
	memcpy(insns, data + head, n * sizeof(insns[0]));
	for (times = 1 + rnd(4); times && n < LOAD_MAX_INSNS; times--)
		n = change(insns, n);
	len = n * sizeof(insns[0]);
	if (head + len > max)
		return size;
	memcpy(data + head, insns, len);
	return head + len;
}
