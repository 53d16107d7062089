// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The quirks of other machines' JITs: shifts, offsets, what they refuse, pages. Values by hand. */
#include "test_util.h"

#define SHIFT(class, op) INSN((class) | BPF_X | (op), 0, 2, 0, 0)
#define WHOLE		 BPF_ALU64
#define HALF		 BPF_ALU

static uint32_t run_loaded(struct engine *e, const struct bpf_insn *insns, uint32_t n)
{
	uint8_t packet[14] = { 0 };
	struct engine_run run = { .data_in = packet, .data_size_in = sizeof(packet) };

	run.fd = load(e, insns, n);
	assert_true(run.fd >= 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	e->ops->close(e, run.fd);
	return run.retval;
}

/* All 64 bits: a run's result has the lower ones, another's the upper ones. */
static uint64_t shifted(struct engine *e, uint8_t class, uint8_t op, uint64_t value, int32_t by)
{
	const struct bpf_insn low[] = { LDDW(0, value), MOV_K(2, by), SHIFT(class, op), EXIT };
	const struct bpf_insn high[] = { LDDW(0, value), MOV_K(2, by), SHIFT(class, op),
					 ALU64_K(BPF_RSH, 0, 32), EXIT };

	return run_loaded(e, low, N(low)) | (uint64_t)run_loaded(e, high, N(high)) << 32;
}

static void shifts(void **state)
{
	static const struct {
		uint8_t class, op;
		int32_t by;
		uint64_t value, masked, wide, halved;
	} rows[] = {
		{ WHOLE, BPF_LSH, 63, 3, 1ULL << 63, 1ULL << 63, 1ULL << 63 },
		{ WHOLE, BPF_LSH, 64, 3, 3, 0, 3ULL << 32 },
		{ WHOLE, BPF_LSH, 97, 1, 1ULL << 33, 0, 1ULL << 33 },
		{ WHOLE, BPF_LSH, 129, 1, 2, 2, 1ULL << 33 },
		{ WHOLE, BPF_RSH, 65, 8, 4, 0, 0 },
		{ WHOLE, BPF_ARSH, 65, ~7ULL, ~3ULL, ~0ULL, ~0ULL },
		{ WHOLE, BPF_ARSH, 65, 8, 4, 0, 0 },
		{ HALF, BPF_LSH, 31, 1, 1U << 31, 1U << 31, 1U << 31 },
		{ HALF, BPF_LSH, 33, 1, 2, 0, 2 },
		{ HALF, BPF_RSH, 32, 8, 8, 0, 8 },
		{ HALF, BPF_RSH, 64, 8, 8, 8, 8 },
		{ HALF, BPF_ARSH, 33, 0xfffffff0, 0xfffffff8, 0xffffffff, 0xfffffff8 },
	};
	struct engine *plain = reference_interp_new(0),
		      *wide = reference_interp_new(QUIRK(WIDE_SHIFTS)),
		      *halved = reference_interp_new(QUIRK(HALVED_SHIFTS));

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		uint8_t class = rows[i].class, op = rows[i].op;
		uint64_t value = rows[i].value;

		assert_int_equal(shifted(plain, class, op, value, rows[i].by), rows[i].masked);
		assert_int_equal(shifted(wide, class, op, value, rows[i].by), rows[i].wide);
		assert_int_equal(shifted(halved, class, op, value, rows[i].by), rows[i].halved);
	}
	plain->ops->destroy(plain);
	wide->ops->destroy(wide);
	halved->ops->destroy(halved);
}

/* By hand: the magnitude is 0xffffffff80000000, the sign is put back in 32 bits. */
static void divisions_of_the_least(void **state)
{
	static const struct {
		uint8_t op;
		int32_t value, by;
		uint32_t right, of_64;
	} rows[] = {
		{ BPF_DIV, INT32_MIN, 2, 0xc0000000, 0x40000000 },
		{ BPF_DIV, INT32_MIN, -2, 0x40000000, 0xc0000000 },
		{ BPF_DIV, INT32_MIN, -642411247, 3, 2945048521 },
		{ BPF_MOD, INT32_MIN, 7, (uint32_t)-2, 0 },
		{ BPF_DIV, INT32_MIN, 1, 0x80000000, 0x80000000 },
		{ BPF_DIV, INT32_MIN, -1, 0x80000000, 0x80000000 },
		{ BPF_MOD, INT32_MIN, -1, 0, 0 },
		{ BPF_DIV, INT32_MIN, 0, 0, 0 },
		{ BPF_MOD, INT32_MIN, 0, 0x80000000, 0x80000000 },
		{ BPF_DIV, INT32_MIN + 1, 7, (uint32_t)-306783378, (uint32_t)-306783378 },
	};
	struct engine *e = reference_interp_new(0);

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		uint8_t code = BPF_ALU | rows[i].op;
		const struct bpf_insn by_reg[] = { MOV_K(0, rows[i].value), MOV_K(2, rows[i].by),
						   INSN(code | BPF_X, 0, 2, 1, 0), EXIT };
		const struct bpf_insn by_imm[] = { MOV_K(0, rows[i].value),
						   INSN(code | BPF_K, 0, 0, 1, rows[i].by), EXIT };

		for (int least = 0; least < 2; least++) {
			uint32_t want = least ? rows[i].of_64 : rows[i].right;

			reference_set_quirks(e, least ? QUIRK(SDIV_OF_LEAST) : 0);
			assert_int_equal(run_loaded(e, by_reg, N(by_reg)), want);
			if (rows[i].by)
				assert_int_equal(run_loaded(e, by_imm, N(by_imm)), want);
		}
	}
	e->ops->destroy(e);
}

static void offsets_of_loads_with_sign(void **state)
{
	static const struct bpf_insn insns[] = {
		ST(DW, 10, -16, 1),
		ST(DW, 10, -8, 3),
		MOV_X(1, 10),
		ADD_K(1, -15),
		INSN(BPF_LDX | INSN_MEMSX | BPF_W, 0, 1, 7, 0),
		EXIT,
	};
	struct engine *e = reference_interp_new(0);

	(void)state;
	assert_int_equal(run_loaded(e, insns, N(insns)), 3);
	reference_set_quirks(e, QUIRK(SIGNED_LOADS_BY_4));
	assert_int_equal(run_loaded(e, insns, N(insns)), 3 << 24);
	e->ops->destroy(e);
}

static void what_has_no_code(void **state)
{
	static const struct {
		quirk_set quirk;
		struct bpf_insn insn;
		int want;
	} rows[] = {
		{ QUIRK(DIVISION_NOT_JITED), ALU64_K(BPF_DIV, 0, 3), -ENGINE_ENOTSUPP },
		{ QUIRK(DIVISION_NOT_JITED), ALU64_K(BPF_MOD, 0, 3), -ENGINE_ENOTSUPP },
		{ QUIRK(DIVISION_NOT_JITED), ATOMIC(DW, BPF_ADD, 10, -8, 0), -ENGINE_ENOTSUPP },
		{ QUIRK(DIVISION_NOT_JITED), ALU32_K(BPF_DIV, 0, 3), 0 },
		{ QUIRK(DIVISION_NOT_JITED), ALU64_K(BPF_MUL, 0, 3), 0 },
		{ QUIRK(GOTOL_NOT_JITED), INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 0), -ENGINE_ENOTSUPP },
		{ QUIRK(GOTOL_NOT_JITED), JA(0), 0 },
		{ QUIRK(PROCESSOR_ID_NEEDS_JIT), CALL(BPF_FUNC_get_smp_processor_id), -EINVAL },
		{ QUIRK(PROCESSOR_ID_NEEDS_JIT), CALL(BPF_FUNC_ktime_get_ns), 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { ST(DW, 10, -8, 0), MOV_K(0, 1), rows[i].insn, EXIT };
		struct engine *e = reference_interp_new(0);

		assert_true(load(e, insns, N(insns)) >= 0);
		reference_set_quirks(e, rows[i].quirk);
		if (rows[i].want)
			assert_int_equal(load(e, insns, N(insns)), rows[i].want);
		else
			assert_true(load(e, insns, N(insns)) >= 0);
		e->ops->destroy(e);
	}
}

/* What a JIT leaves to the interpreter is of another kind than what it compiles. */
static void left_to_the_interpreter(void **state)
{
	static const struct bpf_insn atomic[] = { ST(DW, 10, -8, 0), MOV_K(1, 1),
						  ATOMIC(DW, BPF_ADD, 10, -8, 1), MOV_K(0, 2),
						  EXIT };
	struct engine *e = reference_interp_new(0);
	int progs = new_map(e, BPF_MAP_TYPE_PROG_ARRAY, 4, 2), one;

	(void)state;
	assert_int_equal(update(e, progs, 0, (uint32_t)load_const(e, 1), 0), 0);
	one = load(e, atomic, N(atomic));
	assert_int_equal(update(e, progs, 1, (uint32_t)one, 0), 0);
	reference_set_quirks(e, QUIRK(ATOMICS_NOT_JITED));
	one = load(e, atomic, N(atomic));
	assert_true(one > 0);
	assert_int_equal(update(e, progs, 1, (uint32_t)one, 0), -EINVAL);
	assert_int_equal(update(e, progs, 1, (uint32_t)load_const(e, 1), 0), 0);
	e->ops->destroy(e);
}

static void pages(void **state)
{
	static const struct {
		uint32_t size;
		bool in[3]; /* is it in a page? */
	} rows[] = { { 4096, { true, true, true } },	{ 4097, { false, true, true } },
		     { 16384, { false, true, true } },	{ 16385, { false, false, true } },
		     { 65536, { false, false, true } }, { 65537, { false, false, false } } };
	static const quirk_set sets[3] = { 0, QUIRK(PAGES_OF_16K), QUIRK(LARGE_PAGES) };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = { .type = BPF_MAP_TYPE_PROG_ARRAY,
					       .key_size = 4,
					       .value_size = 4,
					       .max_entries = 1,
					       .has_attr_size = true,
					       .attr_size = rows[i].size };

		for (size_t n = 0; n < N(sets); n++) {
			struct engine *e = reference_interp_new(sets[n]);

			assert_int_equal(e->ops->map_create(e, &a) >= 0, rows[i].in[n]);
			e->ops->destroy(e);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shifts),
		cmocka_unit_test(divisions_of_the_least),
		cmocka_unit_test(offsets_of_loads_with_sign),
		cmocka_unit_test(what_has_no_code),
		cmocka_unit_test(left_to_the_interpreter),
		cmocka_unit_test(pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
