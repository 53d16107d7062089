// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tail calls: kernel/bpf/core.c JMP_TAIL_CALL, include/linux/bpf.h MAX_TAIL_CALL_CNT */
#include "test_util.h"

/* One more engine, of the kind that is tested. */
static struct engine *fresh(void **state, quirk_set quirks)
{
	const struct engine *e = *state;

	return strcmp(e->name, "ref-jit") ? reference_interp_new(quirks)
					  : reference_jit_new(quirks);
}

/* Counts its entries in count[0] and calls slot @next of @progs; 100 if that falls through. */
static int load_counter(struct engine *e, int count, int progs, int next)
{
	struct bpf_insn insns[] = {
		MOV_X(6, 1),	  LDVAL(1, count, 0),	  LDX(DW, 2, 1, 0), ADD_K(2, 1),
		STX(DW, 1, 0, 2), TAIL_CALL(progs, next), MOV_K(0, 100),    EXIT,
	};

	return load(e, insns, N(insns));
}

/* Tries slot @slot of @progs @tries times, then calls slot @next. */
static int load_tries(struct engine *e, int progs, int tries, int slot, int next)
{
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		MOV_K(7, tries),
		JMP_K(BPF_JEQ, 7, 0, 7),
		ADD_K(7, -1),
		TAIL_CALL(progs, slot),
		JA(-8),
		TAIL_CALL(progs, next),
		MOV_K(0, 55),
		EXIT,
	};

	return load(e, insns, N(insns));
}

static void test_hit(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 2), leaf = load_const(e, 42);
	struct bpf_insn insns[] = { MOV_X(6, 1), TAIL_CALL(progs, 1), MOV_K(0, 7), EXIT };
	int caller = load(e, insns, N(insns));

	assert_true(caller > 0);
	assert_int_equal(result_of(e, caller), 7); /* empty */
	assert_int_equal(update(e, progs, 1, leaf, 0), 0);
	assert_int_equal(result_of(e, caller), 42);
	assert_int_equal(delete (e, progs, 1), 0);
	assert_int_equal(result_of(e, caller), 7);
}

/* The index is the low half of r3; max_entries itself is out of range. */
static void test_index(void **state)
{
	static const struct {
		uint64_t index;
		uint32_t result;
	} rows[] = {
		{ 0, 10 },
		{ 1, 11 },
		{ 2, 7 },
		{ 0xffffffffULL, 7 },
		{ 0x100000000ULL, 10 },
		{ 0xffffffff00000001ULL, 11 },
		{ 0x100000002ULL, 7 },
		{ 0x7fffffffffffffffULL, 7 },
	};
	struct engine *e = *state;
	int progs = new_prog_array(e, 2);

	update(e, progs, 0, load_const(e, 10), 0);
	update(e, progs, 1, load_const(e, 11), 0);
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = {
			LDMAP(2, progs),
			LDDW(3, rows[i].index),
			CALL(BPF_FUNC_tail_call),
			MOV_K(0, 7),
			EXIT,
		};

		assert_int_equal(result_of(e, load(e, insns, N(insns))), rows[i].result);
	}
}

/* 33 tail calls succeed: a program that calls itself runs 34 times. */
static void test_limit(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int self = load_counter(e, count, progs, 0);

	assert_int_equal(update(e, progs, 0, self, 0), 0);
	assert_int_equal(result_of(e, self), 100);
	assert_int_equal(value_of(e, count, 0), 34);
}

static void test_limit_each_iteration(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int self = load_counter(e, count, progs, 0);
	char data[64] = { 0 };
	struct engine_run run = {
		.fd = self, .data_in = data, .data_size_in = sizeof(data), .repeat = 3
	};

	update(e, progs, 0, self, 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(value_of(e, count, 0), 3 * 34);
}

/* @tries attempts at @slot before the chain: how many programs of the chain run. */
static uint64_t chain_after(void **state, quirk_set quirks, int tries, int slot)
{
	struct engine *e = fresh(state, quirks);
	int progs = new_prog_array(e, 2), count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	uint64_t n;

	assert_int_equal(update(e, progs, 0, load_counter(e, count, progs, 0), 0), 0);
	assert_int_equal(result_of(e, load_tries(e, progs, tries, slot, 0)), 100);
	n = value_of(e, count, 0);
	e->ops->destroy(e);
	return n;
}

static void test_empty_slot_is_free(void **state)
{
	assert_int_equal(chain_after(state, 0, 0, 1), 33);
	assert_int_equal(chain_after(state, 0, 1, 1), 33);
	assert_int_equal(chain_after(state, 0, 40, 1), 33);
}

static void test_empty_slot_counts(void **state)
{
	assert_int_equal(chain_after(state, QUIRK(EMPTY_SLOT_COUNTS), 0, 1), 33);
	assert_int_equal(chain_after(state, QUIRK(EMPTY_SLOT_COUNTS), 1, 1), 32);
	assert_int_equal(chain_after(state, QUIRK(EMPTY_SLOT_COUNTS), 32, 1), 1);
	/* An index out of range is found out before anything is counted. */
	assert_int_equal(chain_after(state, QUIRK(EMPTY_SLOT_COUNTS), 20, 2), 33);
}

/* Once the budget is gone, it is gone also for slots that have a program. */
static void test_empty_slots_use_up_everything(void **state)
{
	struct engine *e = fresh(state, QUIRK(EMPTY_SLOT_COUNTS));
	int progs = new_prog_array(e, 2);

	update(e, progs, 0, load_const(e, 9), 0);
	assert_int_equal(result_of(e, load_tries(e, progs, 32, 1, 0)), 9);
	assert_int_equal(result_of(e, load_tries(e, progs, 33, 1, 0)), 55);
	e->ops->destroy(e);
}

static int load_with_funcs(struct engine *e, const struct bpf_insn *insns, uint32_t n,
			   uint32_t second, bool no_btf)
{
	struct engine_func funcs[] = { { 0, "main" }, { second, "sub" } };
	struct engine_prog_load a = {
		.type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = insns,
		.n_insns = n,
		.funcs = funcs,
		.n_funcs = 2,
		.no_btf = no_btf,
	};

	return e->ops->prog_load(e, &a);
}

/* A tail call in a function ends that function; its caller goes on with the callee's result. */
static void test_in_function(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);
	struct bpf_insn insns[] = {
		MOV_X(7, 1), MOV_K(8, 1000), CALL_LOCAL(2),	  ALU64_X(BPF_ADD, 0, 8),
		EXIT,	     MOV_X(6, 1),    TAIL_CALL(progs, 0), MOV_K(0, 3),
		EXIT,
	};
	int prog = load_with_funcs(e, insns, N(insns), 5, false);

	assert_true(prog > 0);
	assert_int_equal(result_of(e, prog), 1003);
	update(e, progs, 0, load_const(e, 40), 0);
	assert_int_equal(result_of(e, prog), 1040);
	assert_int_equal(load_with_funcs(e, insns, N(insns), 5, true), -EINVAL);
}

/* Verifiers that took a static function's own result for certain never did so with a global one. */
static void test_global_result(void **state)
{
	for (int global = 0; global < 2; global++) {
		struct engine *e = fresh(state, QUIRK(FUNCTION_RESULT_ASSUMED));
		int progs = new_prog_array(e, 1);
		struct bpf_insn insns[] = {
			CALL_LOCAL(5), JMP_K(BPF_JEQ, 0, 3, 2), MOV_K(0, 100),
			EXIT,	       MOV_K(0, 200),		EXIT,
			MOV_X(6, 1),   TAIL_CALL(progs, 0),	MOV_K(0, 3),
			EXIT,
		};
		struct engine_func funcs[] = { { 0, "main" }, { 6, "sub" } };
		struct engine_prog_load a = {
			.type = BPF_PROG_TYPE_SOCKET_FILTER,
			.insns = insns,
			.n_insns = N(insns),
			.funcs = funcs,
			.n_funcs = 2,
			.global_funcs = global,
		};
		int prog = e->ops->prog_load(e, &a);

		assert_int_equal(result_of(e, prog), 200);
		update(e, progs, 0, load_const(e, 42), 0);
		assert_int_equal(result_of(e, prog), global ? 100 : 200);
		e->ops->destroy(e);
	}
}

/* One budget for all functions: both calls of a function spend from it. */
static void test_hierarchy(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	struct bpf_insn insns[] = {
		MOV_X(9, 1),	  CALL_LOCAL(4), MOV_X(1, 9),	   CALL_LOCAL(2),
		MOV_K(0, 1),	  EXIT,		 MOV_X(6, 1),	   LDVAL(1, count, 0),
		LDX(DW, 2, 1, 0), ADD_K(2, 1),	 STX(DW, 1, 0, 2), TAIL_CALL(progs, 0),
		MOV_K(0, 2),	  EXIT,
	};
	int prog = load_with_funcs(e, insns, N(insns), 6, false);

	assert_true(prog > 0);
	update(e, progs, 0, prog, 0);
	assert_int_equal(result_of(e, prog), 1);
	/*
	 * The first run's two calls, then each of 33 tail calls starts the program anew, which
	 * makes two calls: every entry of the function is counted, 2 * 34 in all.
	 */
	assert_int_equal(value_of(e, count, 0), 68);
}

/* Old JITs: what a function spends is its own, so each of 40 calls reaches the leaf. */
static void test_function_calls_uncounted(void **state)
{
	for (int old = 0; old < 2; old++) {
		struct engine *e = fresh(state, old ? QUIRK(FUNCTION_CALLS_UNCOUNTED) : 0);
		int progs = new_prog_array(e, 1), count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
		struct bpf_insn leaf[] = {
			LDVAL(1, count, 0), LDX(DW, 2, 1, 0), ADD_K(2, 1),
			STX(DW, 1, 0, 2),   MOV_K(0, 1),      EXIT,
		};
		struct bpf_insn insns[] = {
			MOV_X(8, 1),	     MOV_K(7, 40), MOV_X(1, 8),
			CALL_LOCAL(4),	     ADD_K(7, -1), JMP_K(BPF_JNE, 7, 0, -4),
			MOV_K(0, 0),	     EXIT,	   MOV_X(6, 1),
			TAIL_CALL(progs, 0), MOV_K(0, 0),  EXIT,
		};
		int main_prog = load_with_funcs(e, insns, N(insns), 8, false);

		update(e, progs, 0, (uint32_t)load(e, leaf, N(leaf)), 0);
		assert_int_equal(result_of(e, main_prog), 0);
		assert_int_equal(value_of(e, count, 0), old ? 40 : 33);
		e->ops->destroy(e);
	}
}

/* Old verifiers: the function gives 5, they think, and nothing else. */
static void test_function_result_assumed(void **state)
{
	for (int old = 0; old < 2; old++) {
		struct engine *e = fresh(state, old ? QUIRK(FUNCTION_RESULT_ASSUMED) : 0);
		int progs = new_prog_array(e, 1);
		struct bpf_insn insns[] = {
			CALL_LOCAL(5), JMP_K(BPF_JEQ, 0, 5, 2), MOV_K(0, 100),
			EXIT,	       MOV_K(0, 200),		EXIT,
			MOV_X(6, 1),   TAIL_CALL(progs, 0),	MOV_K(0, 5),
			EXIT,
		};
		int main_prog = load_with_funcs(e, insns, N(insns), 6, false);

		assert_int_equal(result_of(e, main_prog), 200);
		update(e, progs, 0, (uint32_t)load_const(e, 42), 0);
		assert_int_equal(result_of(e, main_prog), old ? 200 : 100);
		e->ops->destroy(e);
	}
}

/* And where it is an index, the call is a direct one to what they think: it looks at no register.
 */
static void test_function_result_as_index(void **state)
{
	static const quirk_set quirks[] = { 0, QUIRK(FUNCTION_RESULT_ASSUMED),
					    QUIRK(FUNCTION_RESULT_ASSUMED) |
						    QUIRK(NO_DIRECT_CALLS) };
	static const int want[] = { 101, 100, 101 };

	for (int i = 0; i < 3; i++) {
		struct engine *e = fresh(state, quirks[i]);
		int progs = new_prog_array(e, 3);
		struct bpf_insn insns[] = {
			MOV_X(6, 1),	 CALL_LOCAL(7),
			MOV_X(1, 6),	 MOV_X(3, 0),
			LDMAP(2, progs), CALL(BPF_FUNC_tail_call),
			MOV_K(0, 7),	 EXIT,
			MOV_X(6, 1),	 TAIL_CALL(progs, 2),
			MOV_K(0, 0),	 EXIT,
		};
		int main_prog = load_with_funcs(e, insns, N(insns), 9, false);

		update(e, progs, 0, (uint32_t)load_const(e, 100), 0);
		update(e, progs, 1, (uint32_t)load_const(e, 101), 0);
		assert_int_equal(result_of(e, main_prog), 100);
		update(e, progs, 2, (uint32_t)load_const(e, 1), 0);
		assert_int_equal(result_of(e, main_prog), want[i]);
		e->ops->destroy(e);
	}
}

/* The callee of a tail call in a function has frames of its own below that function's. */
static void test_registers_of_caller_survive(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		MOV_K(7, 70),
		MOV_K(8, 80),
		ST(DW, 10, -8, 5),
		CALL_LOCAL(6),
		LDX(DW, 1, 10, -8),
		ALU64_X(BPF_ADD, 0, 7),
		ALU64_X(BPF_ADD, 0, 8),
		ALU64_X(BPF_ADD, 0, 1),
		EXIT,
		MOV_K(0, 0),
		MOV_X(6, 1),
		TAIL_CALL(progs, 0),
		MOV_K(0, 3),
		EXIT,
	};
	struct bpf_insn spoil[] = {
		MOV_K(6, 1), MOV_K(7, 1), MOV_K(8, 1), ST(DW, 10, -8, 1), MOV_K(0, 1000), EXIT,
	};
	int prog;

	insns[4].imm = 6;
	insns[10] = JA(-2); /* not reached; to be found out by the checks */
	assert_int_equal(load_with_funcs(e, insns, N(insns), 11, false), -EINVAL);
	memmove(&insns[10], &insns[11], (N(insns) - 11) * sizeof(insns[0]));
	insns[4].imm = 5;
	prog = load_with_funcs(e, insns, N(insns) - 1, 10, false);
	assert_true(prog > 0);
	update(e, progs, 0, load(e, spoil, N(spoil)), 0);
	assert_int_equal(result_of(e, prog), 1000 + 70 + 80 + 5);
}

/* r0 behind a call that fell through is not what it was; no kernel promises anything. */
static void test_registers_after_miss(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);

	for (int r = 0; r <= 5; r++) {
		struct bpf_insn insns[] = {
			MOV_X(6, 1), MOV_K(0, 1), TAIL_CALL(progs, 0), MOV_X(0, r), EXIT,
		};

		assert_int_equal(load(e, insns, N(insns)), -EACCES);
	}
	for (int r = 6; r <= 9; r++) {
		struct bpf_insn insns[] = {
			MOV_X(6, 1),
			MOV_K(7, 7),
			MOV_K(8, 8),
			MOV_K(9, 9),
			TAIL_CALL(progs, 0),
			MOV_X(0, r),
			JMP_K(BPF_JGT, 0, 9, 1),
			EXIT,
			MOV_K(0, 6),
			EXIT,
		};

		assert_int_equal(result_of(e, load(e, insns, N(insns))), r);
	}
}

/* The slot's reference is enough to keep a program. */
static void test_slot_keeps_program(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), leaf = load_const(e, 42);
	struct bpf_insn insns[] = { MOV_X(6, 1), TAIL_CALL(progs, 0), MOV_K(0, 7), EXIT };
	int caller = load(e, insns, N(insns));

	update(e, progs, 0, leaf, 0);
	assert_int_equal(e->ops->close(e, leaf), 0);
	assert_int_equal(result_of(e, caller), 42);
	/* The array's last user goes: its slots are empty, though the program still has it. */
	assert_int_equal(e->ops->close(e, progs), 0);
	assert_int_equal(result_of(e, caller), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_hit),
		BOTH_TEST(test_index),
		BOTH_TEST(test_limit),
		BOTH_TEST(test_limit_each_iteration),
		BOTH_TEST(test_empty_slot_is_free),
		BOTH_TEST(test_empty_slot_counts),
		BOTH_TEST(test_empty_slots_use_up_everything),
		BOTH_TEST(test_in_function),
		BOTH_TEST(test_global_result),
		BOTH_TEST(test_hierarchy),
		BOTH_TEST(test_function_calls_uncounted),
		BOTH_TEST(test_function_result_assumed),
		BOTH_TEST(test_function_result_as_index),
		BOTH_TEST(test_registers_of_caller_survive),
		BOTH_TEST(test_registers_after_miss),
		BOTH_TEST(test_slot_keeps_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
