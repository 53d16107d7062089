// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bare programs, as bpf_conformance gives them; and what else hangs off no bpf(2) command. */
#include "test_util.h"

#include "bare.h"
#include "mutant.h"

static int run_bare(struct engine *e, const struct bpf_insn *insns, uint32_t n, uint8_t *mem,
		    uint32_t size, uint64_t *r0)
{
	struct bare_run b = { .insns = insns, .n_insns = n, .mem = mem, .mem_size = size };
	int err = reference_run_bare(e, &b);

	*r0 = b.r0;
	return err;
}

/* r1 is the memory and r2 its size; all 64 bits of r0 come back. */
static void test_memory(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { LDX(W, 0, 1, 0), ALU64_K(BPF_LSH, 0, 32),
				    ALU64_X(BPF_ADD, 0, 2), ST(B, 1, 1, 9), EXIT };
	struct bpf_insn beyond[] = { LDX(W, 0, 1, 5), EXIT };
	uint8_t mem[8] = { 1, 2, 3, 4 };
	uint64_t r0;

	assert_int_equal(run_bare(e, insns, N(insns), mem, 8, &r0), 0);
	assert_true(r0 == 0x0403020100000008);
	assert_int_equal(mem[1], 9);
	assert_int_equal(run_bare(e, beyond, N(beyond), mem, 8, &r0), ENGINE_FAULT);
	assert_int_equal(run_bare(e, insns, 0, mem, 8, &r0), -EINVAL);
	assert_int_equal(run_bare(e, insns, N(insns), mem, UINT32_MAX, &r0), -E2BIG);
}

/* kernel/bpf/verifier.c: a null check of one copy holds for all, also where ways meet */
static void test_copies_of_a_result(void **state)
{
	struct engine *e = *state;
	int hash = new_map(e, BPF_MAP_TYPE_HASH, 8, 1);
	struct bpf_insn insns[] = {
		MOV_X(9, 1),
		ST(W, 10, -4, 0),
		MOV_X(2, 10),
		ADD_K(2, -4),
		LDMAP(1, hash),
		CALL(BPF_FUNC_map_lookup_elem),
		MOV_X(6, 0),
		LDX(W, 7, 9, 8),
		JMP_K(BPF_JEQ, 7, 0, 1),
		MOV_K(7, 0),
		JMP_K(BPF_JEQ, 6, 0, 1),
		LDX(DW, 7, 0, 0),
		MOV_X(0, 7),
		EXIT,
	};

	assert_int_equal(update(e, hash, 0, 44, 0), 0);
	assert_int_equal(result_of(e, load(e, insns, N(insns))), 44);
}

/* An array whose address came by way of the stack is the same array. */
static void test_map_out_of_the_stack(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);
	struct bpf_insn insns[] = { LDMAP(2, progs),
				    STX(DW, 10, -8, 2),
				    LDX(DW, 2, 10, -8),
				    MOV_K(3, 0),
				    CALL(BPF_FUNC_tail_call),
				    MOV_K(0, 1),
				    EXIT };
	int main_fd = load(e, insns, N(insns));

	assert_int_equal(result_of(e, main_fd), 1);
	assert_int_equal(update(e, progs, 0, (uint64_t)(uint32_t)load_const(e, 7), 0), 0);
	assert_int_equal(result_of(e, main_fd), 7);
	assert_int_equal(delete (e, progs, 0), 0);
	assert_int_equal(result_of(e, main_fd), 1);
}

static void test_mutant_names(void **state)
{
	struct mutant_set set = { 0 }, none = { 0 };
	char names[64];

	(void)state;
	snprintf(names, sizeof(names), "%s,%s", mutants[1].name, mutants[0].name);
	assert_int_equal(mutants_by_name("", &set), 0);
	assert_memory_equal(&set, &none, sizeof(set));
	assert_int_equal(mutants_by_name(names, &set), 0);
	for (int id = 0; id < MUTANT_COUNT; id++)
		assert_int_equal(mutant_in(&set, (enum mutant_id)id), id < 2);
	assert_int_equal(mutants_by_name("no-such-mutant", &set), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_memory),
		BOTH_TEST(test_copies_of_a_result),
		BOTH_TEST(test_map_out_of_the_stack),
		cmocka_unit_test(test_mutant_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
