// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The instruction set, operation by operation: RFC 9669. Expected values are worked out by hand. */
#include "test_util.h"

#define ALU32 BPF_ALU
#define ALU64 BPF_ALU64
#define JMP32 BPF_JMP32
#define MIN64 0x8000000000000000ULL
#define M1    0xffffffffffffffffULL

/*
 * Run @op on r6 = a, r7 = b, r0 = a too (for compare and exchange), then give r6. The operands
 * come out of a map, so that nothing is known of them at load.
 */
static uint64_t run_op(struct engine *e, const struct bpf_insn *op, uint32_t n, uint64_t a,
		       uint64_t b)
{
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 24, 1);
	struct bpf_insn head[] = { LDVAL(8, map, 0), LDX(DW, 6, 8, 0), LDX(DW, 7, 8, 8),
				   MOV_X(0, 6) };
	struct bpf_insn tail[] = { STX(DW, 8, 16, 6), MOV_K(0, 0), EXIT };
	struct bpf_insn insns[32];
	uint64_t value[3] = { a, b, 0 };
	uint32_t key = 0;
	struct engine_elem el = { .fd = map, .key = &key, .value = value };
	int prog;

	memcpy(insns, head, sizeof(head));
	memcpy(insns + N(head), op, n * sizeof(*op));
	memcpy(insns + N(head) + n, tail, sizeof(tail));
	assert_int_equal(e->ops->map_update(e, &el), 0);
	prog = load(e, insns, N(head) + n + N(tail));
	if (prog < 0)
		print_message("load: %d\n", prog);
	assert_true(prog > 0);
	assert_int_equal(result_of(e, prog), 0);
	assert_int_equal(e->ops->map_lookup(e, &el), 0);
	e->ops->close(e, prog);
	e->ops->close(e, map);
	return value[2];
}

struct alu_row {
	uint8_t op;
	uint8_t off; /* 1: signed */
	uint64_t a;
	uint64_t b;
	uint64_t r64;
	uint64_t r32; /* of the low halves */
};

static const struct alu_row alu_rows[] = {
	{ BPF_ADD, 0, 1, 2, 3, 3 },
	{ BPF_ADD, 0, M1, 1, 0, 0 },
	{ BPF_ADD, 0, 0xffffffff, 1, 0x100000000, 0 },
	{ BPF_ADD, 0, 5, (uint64_t)-7, (uint64_t)-2, 0xfffffffe },
	{ BPF_SUB, 0, 1, 2, M1, 0xffffffff },
	{ BPF_SUB, 0, 0x100000000, 1, 0xffffffff, 0xffffffff },
	{ BPF_SUB, 0, 5, (uint64_t)-7, 12, 12 },
	{ BPF_MUL, 0, 3, 7, 21, 21 },
	{ BPF_MUL, 0, 0x100000001, 0x10000, 0x1000000010000, 0x10000 },
	{ BPF_MUL, 0, 6, (uint64_t)-7, (uint64_t)-42, 0xffffffd6 },
	{ BPF_DIV, 0, 42, 5, 8, 8 },
	{ BPF_DIV, 0, 42, 0, 0, 0 },
	{ BPF_DIV, 0, M1, 2, 0x7fffffffffffffff, 0x7fffffff },
	{ BPF_DIV, 0, M1, (uint64_t)-2, 1, 1 },
	{ BPF_DIV, 1, (uint64_t)-42, 5, (uint64_t)-8, 0xfffffff8 },
	{ BPF_DIV, 1, 42, (uint64_t)-5, (uint64_t)-8, 0xfffffff8 },
	{ BPF_DIV, 1, 42, 0, 0, 0 },
	{ BPF_DIV, 1, MIN64, (uint64_t)-1, MIN64, 0 },
	{ BPF_DIV, 1, 0x80000000, (uint64_t)-1, (uint64_t)-0x80000000LL, 0x80000000 },
	{ BPF_DIV, 1, 7, 1, 7, 7 },
	{ BPF_MOD, 0, 42, 5, 2, 2 },
	{ BPF_MOD, 0, 0x1234567890, 0, 0x1234567890, 0x34567890 },
	{ BPF_MOD, 0, M1, 0x100000000, 0xffffffff, 0xffffffff },
	{ BPF_MOD, 1, (uint64_t)-42, 5, (uint64_t)-2, 0xfffffffe },
	{ BPF_MOD, 1, 42, (uint64_t)-5, 2, 2 },
	{ BPF_MOD, 1, 0x1234567890, 0, 0x1234567890, 0x34567890 },
	{ BPF_MOD, 1, MIN64, (uint64_t)-1, 0, 0 },
	{ BPF_MOD, 1, 0x80000000, (uint64_t)-1, 0, 0 },
	{ BPF_OR, 0, 0xf0, 0x0f, 0xff, 0xff },
	{ BPF_OR, 0, 0x100000000, (uint64_t)-1, M1, 0xffffffff },
	{ BPF_AND, 0, 0xff, 0x0f, 0x0f, 0x0f },
	{ BPF_AND, 0, M1, (uint64_t)-256, (uint64_t)-256, 0xffffff00 },
	{ BPF_XOR, 0, 0xff, 0x0f, 0xf0, 0xf0 },
	{ BPF_XOR, 0, 0, (uint64_t)-1, M1, 0xffffffff },
	{ BPF_LSH, 0, 1, 31, 0x80000000, 0x80000000 },
	{ BPF_LSH, 0, 1, 32, 0x100000000, 1 },
	{ BPF_LSH, 0, 1, 63, MIN64, 0x80000000 },
	{ BPF_LSH, 0, 1, 64, 1, 1 },
	{ BPF_LSH, 0, 0xffffffff, 4, 0xffffffff0, 0xfffffff0 },
	{ BPF_RSH, 0, MIN64, 63, 1, 0 },
	{ BPF_RSH, 0, 0x80000000, 31, 1, 1 },
	{ BPF_RSH, 0, 0xf0, 68, 0x0f, 0x0f },
	{ BPF_RSH, 0, 0xf00000000f, 33, 0x78, 7 },
	{ BPF_ARSH, 0, MIN64, 63, M1, 0 },
	{ BPF_ARSH, 0, 0x80000000, 4, 0x8000000, 0xf8000000 },
	{ BPF_ARSH, 0, (uint64_t)-16, 66, (uint64_t)-4, 0xfffffffc },
	{ BPF_MOV, 0, 1, 0x80000000, 0x80000000, 0x80000000 },
	{ BPF_MOV, 0, 1, (uint64_t)-2, (uint64_t)-2, 0xfffffffe },
	/* With an offset, moves that extend the sign; only between registers. */
	{ BPF_MOV, 8, 0, 0x80, (uint64_t)-128, 0xffffff80 },
	{ BPF_MOV, 8, 0, 0x17f, 0x7f, 0x7f },
	{ BPF_MOV, 16, 0, 0x8000, (uint64_t)-32768, 0xffff8000 },
	{ BPF_MOV, 16, 0, 0x17fff, 0x7fff, 0x7fff },
};

static bool fits_imm(const struct alu_row *row, uint8_t class)
{
	bool shift = row->op == BPF_LSH || row->op == BPF_RSH || row->op == BPF_ARSH;

	if (shift)
		return row->b < (class == ALU64 ? 64 : 32);
	if (row->op == BPF_MOV && row->off)
		return false;
	if ((row->op == BPF_DIV || row->op == BPF_MOD) && !row->b)
		return false;
	return (uint64_t)(int64_t)(int32_t)row->b == row->b;
}

static void check_alu(struct engine *e, const struct alu_row *row, uint8_t class, uint64_t want)
{
	struct bpf_insn x = INSN(class | row->op | BPF_X, 6, 7, row->off, 0);
	struct bpf_insn k = INSN(class | row->op | BPF_K, 6, 0, row->off, (int32_t)row->b);
	uint64_t got = run_op(e, &x, 1, row->a, row->b);

	if (got != want)
		print_message("op %02x off %u %llx %llx\n", x.code, row->off,
			      (unsigned long long)row->a, (unsigned long long)row->b);
	assert_int_equal(got, want);
	if (fits_imm(row, class))
		assert_int_equal(run_op(e, &k, 1, row->a, row->b), want);
}

static void test_alu(void **state)
{
	for (size_t i = 0; i < N(alu_rows); i++) {
		check_alu(*state, &alu_rows[i], ALU64, alu_rows[i].r64);
		check_alu(*state, &alu_rows[i], ALU32, alu_rows[i].r32);
	}
}

/* One operand: negation, byte order, and moves of a word with its sign. */
static void test_unary(void **state)
{
	static const struct {
		struct bpf_insn op;
		uint64_t a;
		uint64_t want;
	} rows[] = {
		{ { .code = ALU64 | BPF_NEG, .dst_reg = 6 }, 5, (uint64_t)-5 },
		{ { .code = ALU64 | BPF_NEG, .dst_reg = 6 }, MIN64, MIN64 },
		{ { .code = ALU32 | BPF_NEG, .dst_reg = 6 }, 5, 0xfffffffb },
		{ { .code = ALU32 | BPF_NEG, .dst_reg = 6 }, 0x180000000, 0x80000000 },
		{ { .code = ALU32 | BPF_END | BPF_TO_LE, .dst_reg = 6, .imm = 16 },
		  0x1122334455667788, 0x7788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_LE, .dst_reg = 6, .imm = 32 },
		  0x1122334455667788, 0x55667788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_LE, .dst_reg = 6, .imm = 64 },
		  0x1122334455667788, 0x1122334455667788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 16 },
		  0x1122334455667788, 0x8877 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 32 },
		  0x1122334455667788, 0x88776655 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 64 },
		  0x1122334455667788, 0x8877665544332211 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 16 }, 0x1122334455667788,
		  0x8877 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 32 }, 0x1122334455667788,
		  0x88776655 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 64 }, 0x1122334455667788,
		  0x8877665544332211 },
		{ { .code = ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 6, .off = 32 },
		  0x180000000, 0xffffffff80000000 },
		{ { .code = ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 6, .off = 32 },
		  0xffffffff7fffffff, 0x7fffffff },
	};

	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(run_op(*state, &rows[i].op, 1, rows[i].a, 0), rows[i].want);
}

struct jmp_row {
	uint8_t op;
	uint64_t a;
	uint64_t b;
	bool taken64;
	bool taken32;
};

static const struct jmp_row jmp_rows[] = {
	{ BPF_JEQ, 5, 5, true, true },
	{ BPF_JEQ, 0x100000005, 5, false, true },
	{ BPF_JEQ, M1, (uint64_t)-1, true, true },
	{ BPF_JNE, 5, 5, false, false },
	{ BPF_JNE, 0x100000005, 5, true, false },
	{ BPF_JGT, 6, 5, true, true },
	{ BPF_JGT, 5, 5, false, false },
	{ BPF_JGT, M1, 5, true, true },
	{ BPF_JGT, 0x100000000, 5, true, false },
	{ BPF_JGE, 5, 5, true, true },
	{ BPF_JGE, 4, 5, false, false },
	{ BPF_JGE, 4, (uint64_t)-1, false, false },
	{ BPF_JLT, 4, 5, true, true },
	{ BPF_JLT, 5, 5, false, false },
	{ BPF_JLT, 0x100000000, 5, false, true },
	{ BPF_JLE, 5, 5, true, true },
	{ BPF_JLE, 6, 5, false, false },
	{ BPF_JSGT, 0, (uint64_t)-1, true, true },
	{ BPF_JSGT, 0x80000000, 0, true, false },
	{ BPF_JSGE, (uint64_t)-1, (uint64_t)-1, true, true },
	{ BPF_JSGE, (uint64_t)-2, (uint64_t)-1, false, false },
	{ BPF_JSLT, (uint64_t)-2, (uint64_t)-1, true, true },
	{ BPF_JSLT, 0x80000000, 0, false, true },
	{ BPF_JSLE, (uint64_t)-1, (uint64_t)-1, true, true },
	{ BPF_JSLE, 0, (uint64_t)-1, false, false },
	{ BPF_JSET, 6, 2, true, true },
	{ BPF_JSET, 5, 2, false, false },
	{ BPF_JSET, 0x100000000, (uint64_t)-1, true, false },
};

/* Leaves 1 in r6 if @jump is taken, 0 if not. */
static uint64_t run_jump(struct engine *e, struct bpf_insn jump, const struct jmp_row *row)
{
	struct bpf_insn insns[] = { jump, MOV_K(6, 0), JA(1), MOV_K(6, 1) };

	insns[0].off = 2;
	return run_op(e, insns, N(insns), row->a, row->b);
}

static void test_jumps(void **state)
{
	for (size_t i = 0; i < N(jmp_rows); i++) {
		const struct jmp_row *row = &jmp_rows[i];
		int32_t imm = (int32_t)row->b;

		assert_int_equal(run_jump(*state, INSN(BPF_JMP | row->op | BPF_X, 6, 7, 0, 0), row),
				 row->taken64);
		assert_int_equal(run_jump(*state, INSN(JMP32 | row->op | BPF_X, 6, 7, 0, 0), row),
				 row->taken32);
		assert_int_equal(run_jump(*state, INSN(BPF_JMP | row->op, 6, 0, 0, imm), row),
				 row->taken64);
		assert_int_equal(run_jump(*state, INSN(JMP32 | row->op, 6, 0, 0, imm), row),
				 row->taken32);
	}
}

/* Backwards, and by 32 bits of offset. */
static void test_loops(void **state)
{
	struct bpf_insn sum[] = {
		MOV_K(1, 10), MOV_K(6, 0), ALU64_X(BPF_ADD, 6, 1), ADD_K(1, -1),
		JMP_K(BPF_JNE, 1, 0, -3),
	};
	struct bpf_insn gotol[] = {
		INSN(JMP32 | BPF_JA, 0, 0, 0, 1), JA(2), MOV_K(6, 77),
		INSN(JMP32 | BPF_JA, 0, 0, 0, -3),
	};

	assert_int_equal(run_op(*state, sum, N(sum), 0, 0), 55);
	assert_int_equal(run_op(*state, gotol, N(gotol), 0, 0), 77);
}

/* Sizes and signs of loads; what a store leaves alone. At r10 and at another register. */
static void test_memory(void **state)
{
	static const uint64_t word = 0x8182838485868788;
	static const struct {
		uint8_t code;
		int16_t at;
		uint64_t want;
	} loads[] = {
		{ BPF_LDX | BPF_MEM | BPF_B, 0, 0x88 },
		{ BPF_LDX | BPF_MEM | BPF_B, 7, 0x81 },
		{ BPF_LDX | BPF_MEM | BPF_H, 0, 0x8788 },
		{ BPF_LDX | BPF_MEM | BPF_H, 1, 0x8687 },
		{ BPF_LDX | BPF_MEM | BPF_W, 0, 0x85868788 },
		{ BPF_LDX | BPF_MEM | BPF_W, 4, 0x81828384 },
		{ BPF_LDX | BPF_MEM | BPF_DW, 0, word },
		{ BPF_LDX | INSN_MEMSX | BPF_B, 0, (uint64_t)-120 },
		{ BPF_LDX | INSN_MEMSX | BPF_H, 0, 0xffffffffffff8788 },
		{ BPF_LDX | INSN_MEMSX | BPF_W, 4, 0xffffffff81828384 },
	};

	for (size_t i = 0; i < N(loads); i++) {
		struct bpf_insn frame[] = { STX(DW, 10, -16, 6), MOV_K(6, 1),
					    INSN(loads[i].code, 6, 10, -16 + loads[i].at, 0) };
		struct bpf_insn other[] = { STX(DW, 8, 16, 6), MOV_K(6, 1),
					    INSN(loads[i].code, 6, 8, 16 + loads[i].at, 0) };

		/* On the stack accesses must be aligned. */
		if (loads[i].at != 1)
			assert_int_equal(run_op(*state, frame, N(frame), word, 0), loads[i].want);
		assert_int_equal(run_op(*state, other, N(other), word, 0), loads[i].want);
	}
}

static void test_stores(void **state)
{
	static const struct {
		uint8_t size;
		uint64_t reg; /* what STX leaves of M1 when it stores r7 = 0x11223344aabbccdd */
		uint64_t imm; /* what ST -2 leaves of 0 */
	} rows[] = {
		{ BPF_B, 0xffffffffffffffdd, 0xfe },
		{ BPF_H, 0xffffffffffffccdd, 0xfffe },
		{ BPF_W, 0xffffffffaabbccdd, 0xfffffffe },
		{ BPF_DW, 0x11223344aabbccdd, 0xfffffffffffffffe },
	};

	for (size_t i = 0; i < N(rows); i++) {
		for (int base = 8; base <= 10; base += 2) {
			int16_t off = base == 10 ? -8 : 16;
			struct bpf_insn stx[] = {
				INSN(BPF_STX | BPF_MEM | BPF_DW, base, 6, off, 0),
				INSN(BPF_STX | BPF_MEM | rows[i].size, base, 7, off, 0),
				INSN(BPF_LDX | BPF_MEM | BPF_DW, 6, base, off, 0),
			};
			struct bpf_insn st[] = {
				INSN(BPF_ST | BPF_MEM | BPF_DW, base, 0, off, 0),
				INSN(BPF_ST | BPF_MEM | rows[i].size, base, 0, off, -2),
				INSN(BPF_LDX | BPF_MEM | BPF_DW, 6, base, off, 0),
			};

			assert_int_equal(run_op(*state, stx, 3, M1, 0x11223344aabbccdd),
					 rows[i].reg);
			assert_int_equal(run_op(*state, st, 3, 0, 0), rows[i].imm);
		}
	}
}

struct atomic_row {
	int32_t op;
	uint64_t mem;
	uint64_t src;
	uint64_t mem64;
	uint64_t mem32; /* of the whole word: its upper half stays */
};

static const struct atomic_row atomic_rows[] = {
	{ BPF_ADD, 0x1ffffffff, 1, 0x200000000, 0x100000000 },
	{ BPF_OR, 0x1000000f0, 0x0f, 0x1000000ff, 0x1000000ff },
	{ BPF_AND, 0x1000000f0, 0x1ff, 0xf0, 0x1000000f0 },
	{ BPF_XOR, 0x1000000f0, 0x1ff, 0x10000010f, 0x10000010f },
	{ BPF_XCHG, 0x1000000f0, 0x7, 0x7, 0x100000007 },
};

/* @out: 0 gives the memory afterwards, 1 the source register. */
static uint64_t run_atomic(struct engine *e, const struct atomic_row *row, uint8_t size,
			   int32_t op, int out)
{
	struct bpf_insn insns[] = {
		STX(DW, 10, -8, 6),
		INSN(BPF_STX | BPF_ATOMIC | size, 10, 7, -8, op),
		LDX(DW, 6, 10, -8),
		MOV_X(6, 7),
	};

	return run_op(e, insns, out ? 4 : 3, row->mem, row->src);
}

static void test_atomics(void **state)
{
	for (size_t i = 0; i < N(atomic_rows); i++) {
		const struct atomic_row *row = &atomic_rows[i];
		int32_t fetch = row->op | BPF_FETCH;

		assert_int_equal(run_atomic(*state, row, BPF_DW, row->op, 0), row->mem64);
		assert_int_equal(run_atomic(*state, row, BPF_W, row->op, 0), row->mem32);
		assert_int_equal(run_atomic(*state, row, BPF_DW, fetch, 0), row->mem64);
		assert_int_equal(run_atomic(*state, row, BPF_DW, fetch, 1), row->mem);
		assert_int_equal(run_atomic(*state, row, BPF_W, fetch, 1), (uint32_t)row->mem);
		if (row->op != BPF_XCHG)
			assert_int_equal(run_atomic(*state, row, BPF_DW, row->op, 1), row->src);
	}
}

/* r0 is compared; the old value ends up there, whether it was equal or not. */
static void test_cmpxchg(void **state)
{
	static const struct {
		uint8_t size;
		uint64_t mem, r0, src, after, old;
	} rows[] = {
		{ BPF_DW, 5, 5, 9, 9, 5 },
		{ BPF_DW, 5, 6, 9, 5, 5 },
		{ BPF_DW, 0x100000005, 5, 9, 0x100000005, 0x100000005 },
		{ BPF_W, 0x100000005, 0xf00000005, 0x200000009, 0x100000009, 5 },
		{ BPF_W, 0x100000005, 6, 9, 0x100000005, 5 },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = {
			STX(DW, 10, -8, 6),
			LDDW(0, rows[i].r0),
			INSN(BPF_STX | BPF_ATOMIC | rows[i].size, 10, 7, -8, BPF_CMPXCHG),
			LDX(DW, 6, 10, -8),
			MOV_X(6, 0),
		};

		assert_int_equal(run_op(*state, insns, 5, rows[i].mem, rows[i].src), rows[i].after);
		assert_int_equal(run_op(*state, insns, 6, rows[i].mem, rows[i].src), rows[i].old);
	}
}

static void test_acquire_release(void **state)
{
	struct bpf_insn insns[] = {
		STX(DW, 10, -8, 6),
		INSN(BPF_STX | BPF_ATOMIC | BPF_H, 10, 7, -8, INSN_STORE_REL),
		INSN(BPF_STX | BPF_ATOMIC | BPF_W, 6, 10, -8, INSN_LOAD_ACQ),
	};

	assert_int_equal(run_op(*state, insns, 3, 0x1122334455667788, 0xaabbccdd), 0x5566ccdd);
}

static void test_wide(void **state)
{
	struct bpf_insn insns[] = { LDDW(6, 0x8877665544332211) };

	assert_int_equal(run_op(*state, insns, 2, 0, 0), 0x8877665544332211);
}

/* Arguments and result, saved registers, frames of one's own, a caller's memory by pointer. */
static void test_local_calls(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = {
		/* 0 */ MOV_K(6, 60), MOV_K(1, 7), MOV_K(2, 5), ST(DW, 10, -8, 100),
		/* 4 */ MOV_X(3, 10), ADD_K(3, -8), CALL_LOCAL(4), LDX(DW, 1, 10, -8),
		/* 8 */ ALU64_X(BPF_ADD, 0, 1), ALU64_X(BPF_ADD, 0, 6), EXIT,
		/* 11 */ MOV_K(6, 1), ST(DW, 10, -8, 1), ST(DW, 3, 0, 1000), MOV_X(0, 1),
		/* 15 */ ALU64_X(BPF_SUB, 0, 2), EXIT,
	};

	assert_int_equal(result_of(e, load(e, insns, N(insns))), 1000 + 60 + 2);
}

/* Eight frames are allowed, a ninth is not. */
static int load_nested(struct engine *e, int frames)
{
	struct bpf_insn insns[64];
	uint32_t n = 0;

	for (int i = 1; i < frames; i++) {
		insns[n++] = CALL_LOCAL(2);
		insns[n++] = ADD_K(0, 1);
		insns[n++] = EXIT;
	}
	insns[n++] = MOV_K(0, 0);
	insns[n++] = EXIT;
	return load(e, insns, n);
}

static void test_frames(void **state)
{
	assert_int_equal(result_of(*state, load_nested(*state, 8)), 7);
	assert_int_equal(load_nested(*state, 9), -E2BIG);
}

/* An offset that the checks do not follow: the run ends, and says where. */
static void test_stray_access(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 4);
	uint32_t r;

	for (int off = -4; off <= 12; off += 4) {
		struct bpf_insn insns[] = {
			LDX(W, 1, 1, 0), ALU64_K(BPF_AND, 1, 0), ADD_K(1, off), MOV_K(2, 0),
			STX(W, 10, -4, 2), MOV_X(6, 1), MOV_X(2, 10), ADD_K(2, -4), LDMAP(1, map),
			CALL(BPF_FUNC_map_lookup_elem), ALU64_X(BPF_ADD, 0, 6), LDX(DW, 0, 0, 0),
			EXIT,
		};
		int prog = load(e, insns, N(insns));

		assert_true(prog > 0);
		assert_int_equal(run_prog(e, prog, &r), off >= 0 && off <= 8 ? 0 : ENGINE_FAULT);
		if (off > 8)
			assert_non_null(strstr(e->why, "stray load of 8 bytes: map"));
	}
}

static void test_budget(void **state)
{
	struct engine *e = *state;
	struct bpf_insn forever[] = { LDX(W, 1, 1, 0), JMP_K(BPF_JNE, 1, 0x7fffffff, -1),
				      MOV_K(0, 0), EXIT };
	int prog = load(e, forever, N(forever));
	uint32_t r;

	assert_true(prog > 0);
	assert_int_equal(run_prog(e, prog, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "budget"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_alu),	     ENGINE_TEST(test_unary),
		ENGINE_TEST(test_jumps),     ENGINE_TEST(test_loops),
		ENGINE_TEST(test_memory),    ENGINE_TEST(test_stores),
		ENGINE_TEST(test_atomics),   ENGINE_TEST(test_cmpxchg),
		ENGINE_TEST(test_wide),	     ENGINE_TEST(test_acquire_release),
		ENGINE_TEST(test_local_calls), ENGINE_TEST(test_frames),
		ENGINE_TEST(test_stray_access), ENGINE_TEST(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
