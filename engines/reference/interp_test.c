// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The instruction set, operation by operation: RFC 9669. Expected values are worked out by hand. */
#include "test_op.h"

#define ALU32 BPF_ALU
#define ALU64 BPF_ALU64
#define JMP32 BPF_JMP32
#define MIN64 0x8000000000000000ULL
#define M1    0xffffffffffffffffULL

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
		  0x1122334455667788,
		  0x7788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_LE, .dst_reg = 6, .imm = 32 },
		  0x1122334455667788,
		  0x55667788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_LE, .dst_reg = 6, .imm = 64 },
		  0x1122334455667788,
		  0x1122334455667788 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 16 },
		  0x1122334455667788,
		  0x8877 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 32 },
		  0x1122334455667788,
		  0x88776655 },
		{ { .code = ALU32 | BPF_END | BPF_TO_BE, .dst_reg = 6, .imm = 64 },
		  0x1122334455667788,
		  0x8877665544332211 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 16 },
		  0x1122334455667788,
		  0x8877 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 32 },
		  0x1122334455667788,
		  0x88776655 },
		{ { .code = ALU64 | BPF_END, .dst_reg = 6, .imm = 64 },
		  0x1122334455667788,
		  0x8877665544332211 },
		{ { .code = ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 6, .off = 32 },
		  0x180000000,
		  0xffffffff80000000 },
		{ { .code = ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 6, .off = 32 },
		  0xffffffff7fffffff,
		  0x7fffffff },
	};

	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(run_op(*state, &rows[i].op, 1, rows[i].a, 0), rows[i].want);
}

struct jmp_row {
	uint8_t op;
	bool taken64;
	bool taken32;
	uint64_t a;
	uint64_t b;
};

static const struct jmp_row jmp_rows[] = {
	{ BPF_JEQ, true, true, 5, 5 },
	{ BPF_JEQ, false, true, 0x100000005, 5 },
	{ BPF_JEQ, true, true, M1, (uint64_t)-1 },
	{ BPF_JNE, false, false, 5, 5 },
	{ BPF_JNE, true, false, 0x100000005, 5 },
	{ BPF_JGT, true, true, 6, 5 },
	{ BPF_JGT, false, false, 5, 5 },
	{ BPF_JGT, true, true, M1, 5 },
	{ BPF_JGT, true, false, 0x100000000, 5 },
	{ BPF_JGE, true, true, 5, 5 },
	{ BPF_JGE, false, false, 4, 5 },
	{ BPF_JGE, false, false, 4, (uint64_t)-1 },
	{ BPF_JLT, true, true, 4, 5 },
	{ BPF_JLT, false, false, 5, 5 },
	{ BPF_JLT, false, true, 0x100000000, 5 },
	{ BPF_JLE, true, true, 5, 5 },
	{ BPF_JLE, false, false, 6, 5 },
	{ BPF_JSGT, true, true, 0, (uint64_t)-1 },
	{ BPF_JSGT, true, false, 0x80000000, 0 },
	{ BPF_JSGE, true, true, (uint64_t)-1, (uint64_t)-1 },
	{ BPF_JSGE, false, false, (uint64_t)-2, (uint64_t)-1 },
	{ BPF_JSLT, true, true, (uint64_t)-2, (uint64_t)-1 },
	{ BPF_JSLT, false, true, 0x80000000, 0 },
	{ BPF_JSLE, true, true, (uint64_t)-1, (uint64_t)-1 },
	{ BPF_JSLE, false, false, 0, (uint64_t)-1 },
	{ BPF_JSET, true, true, 6, 2 },
	{ BPF_JSET, false, false, 5, 2 },
	{ BPF_JSET, true, false, 0x100000000, (uint64_t)-1 },
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
		MOV_K(1, 10),
		MOV_K(6, 0),
		ALU64_X(BPF_ADD, 6, 1),
		ADD_K(1, -1),
		JMP_K(BPF_JNE, 1, 0, -3),
	};
	struct bpf_insn gotol[] = {
		INSN(JMP32 | BPF_JA, 0, 0, 0, 1),
		JA(2),
		MOV_K(6, 77),
		INSN(JMP32 | BPF_JA, 0, 0, 0, -3),
	};

	assert_int_equal(run_op(*state, sum, N(sum), 0, 0), 55);
	assert_int_equal(run_op(*state, gotol, N(gotol), 0, 0), 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_alu),
		BOTH_TEST(test_unary),
		BOTH_TEST(test_jumps),
		BOTH_TEST(test_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
