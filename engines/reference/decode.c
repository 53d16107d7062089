// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "decode.h"

#include <stdint.h>

#include "../../harness/base/alloc.h"
#include "helpers.h"
#include "insn.h"
#include "prog.h"
#include "quirk.h"

#define LOOK_BACK 8  /* instructions */
#define ROW_MOST  16 /* so that a long row takes no longer to look through */

static uint16_t form(uint16_t op64k, const struct bpf_insn *in, bool is64)
{
	return (uint16_t)(op64k + (BPF_SRC(in->code) == BPF_X ? 1 : 0) + (is64 ? 0 : 2));
}

static uint16_t alu_op(const struct bpf_insn *in)
{
	static const uint16_t ops[16] = {
		[BPF_ADD >> 4] = OP_ADD64K,   [BPF_SUB >> 4] = OP_SUB64K,
		[BPF_MUL >> 4] = OP_MUL64K,   [BPF_DIV >> 4] = OP_DIV64K,
		[BPF_OR >> 4] = OP_OR64K,     [BPF_AND >> 4] = OP_AND64K,
		[BPF_LSH >> 4] = OP_LSH64K,   [BPF_RSH >> 4] = OP_RSH64K,
		[BPF_MOD >> 4] = OP_MOD64K,   [BPF_XOR >> 4] = OP_XOR64K,
		[BPF_ARSH >> 4] = OP_ARSH64K,
	};
	uint16_t op = ops[BPF_OP(in->code) >> 4];

	if (in->off == 1) /* signed division */
		op = BPF_OP(in->code) == BPF_DIV ? OP_SDIV64K : OP_SMOD64K;
	return op;
}

static uint16_t mov_op(const struct bpf_insn *in, bool is64)
{
	if (BPF_SRC(in->code) == BPF_K)
		return is64 ? OP_MOV64K : OP_MOV32K;
	switch (in->off) {
	case 8:
		return is64 ? OP_MOVSX8_64 : OP_MOVSX8_32;
	case 16:
		return is64 ? OP_MOVSX16_64 : OP_MOVSX16_32;
	case 32:
		return OP_MOVSX32_64;
	default:
		return is64 ? OP_MOV64X : OP_MOV32X;
	}
}

/* Class ALU64 swaps always; class ALU swaps if the wanted order is not the machine's. */
static uint16_t end_op(const struct bpf_insn *in, bool is64, bool big_endian)
{
	bool own = BPF_SRC(in->code) == (big_endian ? BPF_TO_BE : BPF_TO_LE);

	if (is64 || !own)
		return in->imm == 16 ? OP_SWAP16 : in->imm == 32 ? OP_SWAP32 : OP_SWAP64;
	return in->imm == 16 ? OP_TRUNC16 : in->imm == 32 ? OP_TRUNC32 : OP_NOP;
}

/* A shift by a register, where a quirk makes it another operation. */
static bool decode_shift(struct dinsn *out, const struct bpf_insn *in, bool is64, quirk_set quirks)
{
	uint8_t op = BPF_OP(in->code);
	bool wide = quirks & QUIRK(WIDE_SHIFTS), halved = is64 && quirks & QUIRK(HALVED_SHIFTS);

	if (BPF_SRC(in->code) != BPF_X || (op != BPF_LSH && op != BPF_RSH && op != BPF_ARSH) ||
	    !(wide || halved))
		return false;
	out->op = wide ? OP_WIDE_SHIFT : OP_HALVED_SHIFT;
	out->imm = op;
	out->off = is64 ? 64 : 32;
	return true;
}

/* A division of 32 bits with a sign, where a quirk makes it another operation. */
static bool decode_least_div(struct dinsn *out, const struct bpf_insn *in, bool is64,
			     quirk_set quirks)
{
	uint8_t op = BPF_OP(in->code);

	if (!(quirks & QUIRK(SDIV_OF_LEAST)) || is64 || in->off != 1 ||
	    (op != BPF_DIV && op != BPF_MOD))
		return false;
	out->op = OP_LEAST_DIV;
	out->off = in->code;
	return true;
}

static void decode_alu(struct dinsn *out, const struct bpf_insn *in, quirk_set quirks)
{
	bool is64 = BPF_CLASS(in->code) == BPF_ALU64;

	if (decode_shift(out, in, is64, quirks) || decode_least_div(out, in, is64, quirks))
		return;

	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		out->op = mov_op(in, is64);
		break;
	case BPF_END:
		out->op = end_op(in, is64, quirks & QUIRK(BIG_ENDIAN));
		break;
	case BPF_NEG:
		out->op = is64 ? OP_NEG64 : OP_NEG32;
		break;
	default:
		out->op = form(alu_op(in), in, is64);
	}
}

/* The prog_array that was last mentioned before, which is most likely the one that is meant. */
static int32_t expected_map(const struct prog *prog, uint32_t pc)
{
	for (uint32_t i = pc; i-- > 0 && pc - i <= LOOK_BACK;) {
		const struct bpf_insn *in = &prog->insns[i];

		if (insn_is_wide(in) && in->src_reg == BPF_PSEUDO_MAP_FD &&
		    prog->maps[in->imm]->progs)
			return in->imm;
	}
	return -1;
}

/* Where a program's call goes: a function of its own, a tail call, or a helper. */
static void decode_call(struct dinsn *out, const struct prog *prog, uint32_t pc)
{
	const struct bpf_insn *in = &prog->insns[pc];

	if (in->src_reg == BPF_PSEUDO_CALL) {
		const struct func *f = prog_func_at(prog, pc + 1 + (uint32_t)in->imm);

		out->op = OP_CALL;
		out->off = (int32_t)(f->end - f->start);
	} else if (insn_is_tail_call(in)) {
		out->op = OP_TAIL_CALL;
		out->off = expected_map(prog, pc);
		out->imm = 0;
	} else {
		const struct helper *h = helper_called(in);

		/* One that cannot be reached need not be one that there is. */
		out->imm = h ? h - helpers : -1;
		out->op = h ? OP_HELPER : OP_BAD;
	}
}

/* kernel/bpf/verifier.c opt_hard_wire_dead_code_branches: a branch of which one side is dead */
static bool decode_dead(struct dinsn *out, const struct prog *prog, uint32_t pc)
{
	const struct bpf_insn *in = &prog->insns[pc];

	if (!prog->reached || insn_is_ja(in) || !prog->reached[pc])
		return false;
	if (prog->reached[pc + 1] && prog->reached[insn_target(in, pc)])
		return false;
	out->op = OP_JA;
	out->off = prog->reached[pc + 1] ? 0 : in->off;
	return true;
}

static void decode_jmp(struct dinsn *out, const struct prog *prog, uint32_t pc)
{
	const struct bpf_insn *in = &prog->insns[pc];
	static const uint16_t ops[16] = {
		[BPF_JEQ >> 4] = OP_JEQ64K,   [BPF_JNE >> 4] = OP_JNE64K,
		[BPF_JGT >> 4] = OP_JGT64K,   [BPF_JGE >> 4] = OP_JGE64K,
		[BPF_JLT >> 4] = OP_JLT64K,   [BPF_JLE >> 4] = OP_JLE64K,
		[BPF_JSGT >> 4] = OP_JSGT64K, [BPF_JSGE >> 4] = OP_JSGE64K,
		[BPF_JSLT >> 4] = OP_JSLT64K, [BPF_JSLE >> 4] = OP_JSLE64K,
		[BPF_JSET >> 4] = OP_JSET64K,
	};
	bool is64 = BPF_CLASS(in->code) == BPF_JMP;

	if (insn_is_branch(in) && decode_dead(out, prog, pc))
		return;
	switch (BPF_OP(in->code)) {
	case BPF_JA:
		out->op = OP_JA;
		out->off = is64 ? in->off : in->imm;
		break;
	case BPF_CALL:
		decode_call(out, prog, pc);
		break;
	case BPF_EXIT:
		out->op = OP_EXIT;
		break;
	default:
		out->op = form(ops[BPF_OP(in->code) >> 4], in, is64);
	}
}

/* Operations on memory come in sizes 8, 16, 32, 64 in a row. */
static uint16_t sized(uint16_t op8, const struct bpf_insn *in)
{
	return (uint16_t)(op8 + insn_size_log2(in));
}

/* Of the arguments on the stack: where from r10, its own and those of the functions that it calls.
 */
static void decode_param(struct dinsn *out, const struct bpf_insn *in)
{
	out->off = (insn_param(in) - 1) * INSN_PARAM_BYTES;
	if (insn_is_param_load(in)) {
		out->op = OP_LDXF64;
		out->src = BPF_REG_10;
		return;
	}
	out->op = BPF_CLASS(in->code) == BPF_ST ? OP_STF64 : OP_STXF64;
	out->dst = BPF_REG_10;
	out->off += STACK_SIZE + FRAME_GAP;
}

static void decode_mem(struct dinsn *out, const struct bpf_insn *in, quirk_set quirks)
{
	bool frame = insn_in_frame(in);

	if (insn_is_param_load(in) || insn_is_param_store(in)) {
		decode_param(out, in);
		return;
	}
	switch (BPF_CLASS(in->code)) {
	case BPF_LDX:
		if (BPF_MODE(in->code) == INSN_MEMSX)
			out->op = sized(OP_LDSX8, in);
		else
			out->op = sized(frame ? OP_LDXF8 : OP_LDX8, in);
		if (out->op == OP_LDSX32 && quirks & QUIRK(SIGNED_LOADS_BY_4))
			out->off &= ~3;
		break;
	case BPF_ST:
		out->op = sized(frame ? OP_STF8 : OP_ST8, in);
		break;
	default:
		if (BPF_MODE(in->code) == BPF_MEM)
			out->op = sized(frame ? OP_STXF8 : OP_STX8, in);
		else if (in->imm == INSN_LOAD_ACQ || in->imm == INSN_STORE_REL)
			out->op = in->imm == INSN_LOAD_ACQ ? OP_LOAD_ACQ : OP_STORE_REL;
		else
			out->op = BPF_SIZE(in->code) == BPF_DW ? OP_ATOMIC64 : OP_ATOMIC32;
		if (out->op == OP_LOAD_ACQ || out->op == OP_STORE_REL)
			out->imm = 1 << insn_size_log2(in);
	}
}

static void decode_ld(struct dinsn *out, const struct prog *prog, uint32_t pc)
{
	const struct bpf_insn *in = &prog->insns[pc];

	if (insn_is_skb_load(in)) {
		out->op = BPF_MODE(in->code) == BPF_ABS ? OP_SKB_ABS : OP_SKB_IND;
		out->off = 1 << insn_size_log2(in);
		return;
	}
	out->op = OP_LDDW;
	switch (in->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		out->imm = (int64_t)(uintptr_t)prog->maps[in->imm];
		break;
	case BPF_PSEUDO_MAP_VALUE:
		out->imm = (int64_t)(uintptr_t)(prog->maps[in->imm]->values + (uint32_t)in[1].imm);
		break;
	case BPF_PSEUDO_FUNC: /* its address is a number that nothing can be done with */
		out->imm = (int64_t)(uintptr_t)(prog->code + pc + in->imm + 1);
		break;
	default:
		out->imm = (int64_t)((uint64_t)(uint32_t)in[1].imm << 32 | (uint32_t)in->imm);
	}
}

static void decode_one(struct prog *prog, uint32_t pc, quirk_set quirks)
{
	const struct bpf_insn *in = &prog->insns[pc];
	struct dinsn *out = &prog->code[pc];

	*out = (struct dinsn){ OP_BAD, in->dst_reg, in->src_reg, in->off, in->imm };
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		decode_alu(out, in, quirks);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		decode_jmp(out, prog, pc);
		break;
	case BPF_LD:
		decode_ld(out, prog, pc);
		break;
	default:
		decode_mem(out, in, quirks);
	}
}

void prog_decode(struct prog *prog, const struct ref *ref)
{
	prog->code = xcalloc(prog->n_insns, sizeof(*prog->code));
	for (uint32_t pc = 0; pc < prog->n_insns; pc += insn_is_wide(&prog->insns[pc]) ? 2 : 1) {
		decode_one(prog, pc, ref->quirks);
		if (ref->odd_calls && prog->code[pc].op == OP_TAIL_CALL)
			prog->code[pc].off = -1;
	}
}

/* A load, an addition and a store where it came from, of which the first two keep the address. */
static bool is_count(const struct dinsn *in, uint16_t store)
{
	const struct dinsn *add = in + 1, *to = in + 2;

	return add->op == OP_ADD64K && to->op == store && in->dst == add->dst &&
	       in->dst == to->src && in->src == to->dst && in->off == to->off && in->src != in->dst;
}

static bool is_sum(const struct dinsn *in)
{
	const struct dinsn *add = in + 1;

	return add->op == OP_ADD64X && add->src == in->dst && add->dst != in->dst &&
	       in->src != in->dst && in->src != add->dst;
}

static bool is_spill(const struct dinsn *in)
{
	return in[1].op == OP_LDXF64 && in[1].off == in->off && in[1].dst == in->src;
}

static bool is_index(const struct dinsn *in)
{
	return in[1].op == OP_AND64K && in[2].op == OP_LSH64K && in[3].op == OP_ADD64X &&
	       in[1].dst == in->dst && in[2].dst == in->dst && in[3].dst == in->dst &&
	       in[3].src != in->dst;
}

static bool is_bound(const struct dinsn *in)
{
	return in[1].op == OP_ADD64K && in[1].dst == in->dst && in[2].op == OP_JGT64X;
}

static bool is_packet(const struct dinsn *in)
{
	return in[1].op == OP_LDX32 && in[1].src != in->dst && in[2].op == OP_MOV64X &&
	       is_bound(in + 2);
}

/* Two instructions and a tail call, of whose map there is no doubt: it is what is behind @lddw. */
static bool is_tail(const struct prog *prog, const struct dinsn *lddw, const struct dinsn *call)
{
	return lddw->op == OP_LDDW && lddw->dst == BPF_REG_2 && call->op == OP_TAIL_CALL &&
	       call->off >= 0 && lddw->imm == (int64_t)(uintptr_t)prog->maps[call->off];
}

static bool is_tail_to(const struct prog *prog, const struct dinsn *in)
{
	return in[2].op == OP_MOV64K && in[2].dst == BPF_REG_3 && is_tail(prog, in, in + 3);
}

/* What begins at @in, of which there are @n; 0: nothing longer than a pair. */
static uint16_t longer(const struct prog *prog, const struct dinsn *in, uint32_t n)
{
	if (n < 2)
		return 0;
	switch (in->op) {
	case OP_ADD64K:
		return n > 3 && is_tail(prog, in + 1, in + 3) ? FUSED_TAIL_ADD : 0;
	case OP_LDDW:
		return n > 3 && is_tail_to(prog, in) ? FUSED_TAIL_TO : 0;
	case OP_LDX8 ... OP_LDX64:
		if (n > 4 && in->op == OP_LDX32 && is_packet(in))
			return FUSED_PACKET;
		if (is_sum(in))
			return (uint16_t)(FUSED_SUM8 + in->op - OP_LDX8);
		if (n > 2 && in->op == OP_LDX32 && is_count(in, OP_STX32))
			return FUSED_COUNT32;
		return n > 2 && in->op == OP_LDX64 && is_count(in, OP_STX64) ? FUSED_COUNT64 : 0;
	case OP_STXF64:
		return is_spill(in) ? FUSED_SPILL : 0;
	case OP_MOV64X:
		if (n > 3 && is_index(in))
			return FUSED_INDEX;
		return n > 2 && is_bound(in) ? FUSED_BOUND : 0;
	default:
		return 0;
	}
}

/* How many SUMs or SPILLs of the same registers there are in a row, two instructions each. */
static uint32_t in_a_row(const struct prog *prog, const struct dinsn *in, uint32_t n)
{
	uint16_t op = longer(prog, in, n);
	uint32_t times = 1;

	while (times < ROW_MOST && 2 * times + 1 < n) {
		const struct dinsn *next = in + (size_t)2 * times;

		if (longer(prog, next, n - 2 * times) != op || next->dst != in->dst ||
		    next->src != in->src || next[1].dst != in[1].dst)
			break;
		times++;
	}
	return times;
}

#define COLUMN(first, op)	 (FUSED_##first##_##op - FUSED_##first##_MOV64K + 1)
#define FIRST(op)		 [OP_##op] = FUSED_##op##_MOV64K,
#define SECOND(first, op)	 [OP_##op] = COLUMN(first, op),
#define SECOND_LONGER(first, op) [FUSED_##op] = COLUMN(first, op),

/* A pair that begins at @in, of which there are @n; 0: none, or its second one is better alone. */
static uint16_t pair(const struct prog *prog, const struct dinsn *in, uint32_t n)
{
	static const uint16_t rows[N_OPS] = { FUSED_FIRST(FIRST) };
	static const uint16_t columns[FUSED_END] = { FUSED_SECOND(
		SECOND, MOV64K) FUSED_SECOND_LONGER(SECOND_LONGER, MOV64K) };
	uint32_t next = in->op == OP_LDDW ? 2 : 1;
	uint16_t second;

	if (!rows[in->op] || next >= n)
		return 0;
	second = longer(prog, in + next, n - next);
	if (!second)
		second = in[next].op;
	return columns[second] ? (uint16_t)(rows[in->op] + columns[second] - 1) : 0;
}

/* The number of those in a row, and between which offsets they load. */
static void fuse_row(const struct prog *prog, struct dinsn *in, uint32_t n)
{
	int32_t lowest = in->off, highest = lowest;

	in->imm = in_a_row(prog, in, n);
	for (int64_t i = 1; i < in->imm; i++) {
		lowest = in[2 * i].off < lowest ? in[2 * i].off : lowest;
		highest = in[2 * i].off > highest ? in[2 * i].off : highest;
	}
	in[1].imm = (int64_t)((uint64_t)(uint32_t)highest << 32 | (uint32_t)lowest);
}

/* Forwards, so that what follows an instruction is still as it was decoded. */
void prog_fuse(struct prog *prog)
{
	for (uint32_t pc = 0; pc < prog->n_insns; pc++) {
		struct dinsn *in = &prog->code[pc];
		uint32_t n = prog->n_insns - pc;
		uint16_t op = longer(prog, in, n);

		if (op >= FUSED_SUM8 && op <= FUSED_SPILL)
			fuse_row(prog, in, n);
		if (!op)
			op = pair(prog, in, n);
		if (op)
			in->op = op;
	}
}
