// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory, atomics, calls and the run-time checks: RFC 9669 sections 5 and 4.3. Values by hand. */
#include "test_op.h"

#define M1 0xffffffffffffffffULL

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
static uint64_t run_atomic(struct engine *e, const struct atomic_row *row, uint8_t size, int32_t op,
			   int out)
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
		/* 0 */ MOV_K(6, 60),
		MOV_K(1, 7),
		MOV_K(2, 5),
		ST(DW, 10, -8, 100),
		/* 4 */ MOV_X(3, 10),
		ADD_K(3, -8),
		CALL_LOCAL(4),
		LDX(DW, 1, 10, -8),
		/* 8 */ ALU64_X(BPF_ADD, 0, 1),
		ALU64_X(BPF_ADD, 0, 6),
		EXIT,
		/* 11 */ MOV_K(6, 1),
		ST(DW, 10, -8, 1),
		ST(DW, 3, 0, 1000),
		MOV_X(0, 1),
		/* 15 */ ALU64_X(BPF_SUB, 0, 2),
		EXIT,
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
			LDX(W, 1, 1, 0),
			ALU64_K(BPF_AND, 1, 0),
			ADD_K(1, off),
			MOV_K(2, 0),
			STX(W, 10, -4, 2),
			MOV_X(6, 1),
			MOV_X(2, 10),
			ADD_K(2, -4),
			LDMAP(1, map),
			CALL(BPF_FUNC_map_lookup_elem),
			ALU64_X(BPF_ADD, 0, 6),
			LDX(DW, 0, 0, 0),
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
		BOTH_TEST(test_memory),		 BOTH_TEST(test_stores),
		BOTH_TEST(test_atomics),	 BOTH_TEST(test_cmpxchg),
		BOTH_TEST(test_acquire_release), BOTH_TEST(test_wide),
		BOTH_TEST(test_local_calls),	 BOTH_TEST(test_frames),
		BOTH_TEST(test_stray_access),	 BOTH_TEST(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
