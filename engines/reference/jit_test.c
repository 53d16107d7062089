// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is the JIT's own: memory for code, faults of the code, patching, what it refuses. That it
 * computes what the interpreter does is jit_diff_test.c's affair, and that of the tests which run
 * with both (BOTH_TEST).
 */
/* Before test_util.h, whose names for instructions cppcheck takes for those of operations. */
#include "jit.h"
#include "jit_area.h"
#include "test_util.h"

static struct prog *prog_of(struct engine *e, int fd)
{
	struct prog *prog;

	assert_int_equal(fd_prog(to_ref(e), fd, &prog), 0);
	return prog;
}

/* No mapping of this process may be written and run. */
static void test_w_xor_x(void **state)
{
	struct engine *e = *state;
	FILE *maps;
	char line[512];
	bool code = false;

	assert_int_equal(result_of(e, load_const(e, 5)), 5);
	maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		const char *rights = strchr(line, ' ');

		assert_non_null(rights);
		assert_false(rights[2] == 'w' && rights[3] == 'x');
		code |= rights[3] == 'x' && strstr(line, "memfd:tailcheck-jit");
	}
	fclose(maps);
	assert_true(code);
}

static void test_info(void **state)
{
	struct engine *e = *state;
	struct engine_prog_info info;

	assert_string_equal(e->name, "ref-jit");
	assert_int_equal(e->ops->prog_info(e, load_const(e, 1), &info), 0);
	assert_true(info.jited_len > 0);
}

/* Neighbours that are given back become one hole again, in whatever order they go. */
static void test_area(void **state)
{
	static const uint8_t orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 },
					     { 0, 2, 1 }, { 2, 0, 1 }, { 1, 2, 0 } };

	(void)state;
	assert_int_equal(jit_area_init(), 0);
	for (size_t i = 0; i < N(orders); i++) {
		uint8_t *blocks[3], *all;

		for (int b = 0; b < 3; b++) {
			blocks[b] = jit_area_alloc(1000);
			assert_non_null(blocks[b]);
			assert_true((uintptr_t)blocks[b] % 64 == 0);
		}
		jit_area_trim(blocks[2], 1000, 10);
		for (int b = 0; b < 3; b++)
			jit_area_free(blocks[orders[i][b]], orders[i][b] == 2 ? 10 : 1000);
		all = jit_area_alloc(3000);
		assert_ptr_equal(all, blocks[0]);
		jit_area_free(all, 3000);
	}
	assert_null(jit_area_alloc(SIZE_MAX / 2));
}

/* Whatever the code does wrong, a run ends there and the next one is well. */
static void test_faults(void **state)
{
	static const struct {
		const char *what;
		uint8_t code[12];
	} rows[] = {
		{ "Illegal instruction", { 0x0f, 0x0b } },
		{ "Segmentation fault", { 0x48, 0x8b, 0x04, 0x25, 0x10 } }, /* load from 16 */
		{ "Segmentation fault", { 0x31, 0xe4, 0x50 } },		    /* no stack */
		{ "Segmentation fault", { 0x31, 0xdb, 0x48, 0x89, 0x03 } }, /* no run */
		{ "Segmentation fault", { 0x31, 0xc0, 0xff, 0xe0 } },	    /* jump to 0 */
		{ "Segmentation fault", { 0x48, 0x89, 0x05, 0xf8, 0xff, 0xff, 0xff } }, /* W^X */
		{ "Floating point exception", { 0x31, 0xc9, 0xf7, 0xf1 } },
		{ "Trace/breakpoint trap", { 0xcc } },
	};
	struct engine *e = *state;

	jit_fault_init(); /* cmocka has its own handlers in each test */
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { MOV_K(0, 1), MOV_K(0, 2), LDDW(1, 1ULL << 40), EXIT };
		int fd = load(e, insns, N(insns));
		struct jit_code *code = prog_of(e, fd)->jit;
		uint32_t r;

		assert_int_equal(result_of(e, fd), 2);
		memcpy(code->begin + code->at[1], rows[i].code, sizeof(rows[i].code));
		assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
		if (!strstr(e->why, rows[i].what) || !strstr(e->why, "machine code"))
			fail_msg("row %zu: %s", i, e->why);
		assert_int_equal(result_of(e, load_const(e, 7)), 7);
	}
}

/* The message names the instruction. */
static void test_fault_place(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { MOV_K(0, 1), LDDW(1, 1ULL << 40), MOV_K(0, 3), EXIT };
	int fd = load(e, insns, N(insns));
	struct jit_code *code = prog_of(e, fd)->jit;
	uint32_t r;

	jit_fault_init();
	code->begin[code->at[3]] = 0xcc;
	assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "insn 3:"));
}

static void test_refused(void **state)
{
	static const struct bpf_insn rows[] = {
		{ .code = BPF_ALU64 | BPF_MOV, .dst_reg = 10 },
		{ .code = BPF_ALU | BPF_ADD | BPF_X, .dst_reg = 10 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 10, .src_reg = 10, .off = -8 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
		  .dst_reg = 10,
		  .src_reg = 10,
		  .off = -8,
		  .imm = BPF_XCHG },
	};
	struct engine *e = *state;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { MOV_K(0, 0), rows[i], EXIT };

		assert_int_equal(load(e, insns, N(insns)), ENGINE_UNSUPPORTED);
		assert_non_null(strstr(e->why, "insn 1 writes r10"));
	}
}

/* Longer than the usual room for its length, so that a second try is needed. */
static void test_long(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[404];
	uint32_t n = 0;
	int fd;

	for (; n < 400; n++)
		insns[n] = CALL_LOCAL(402 - (int)n - 1);
	insns[n++] = MOV_K(0, 9);
	insns[n++] = EXIT;
	insns[n++] = MOV_K(0, 1);
	insns[n++] = EXIT;
	fd = load(e, insns, n);
	assert_int_equal(result_of(e, fd), 9);
	assert_true(prog_of(e, fd)->jited_len > 64 * n);
}

static int load_caller(struct engine *e, int progs, int32_t slot, int32_t miss)
{
	struct bpf_insn insns[] = { MOV_X(6, 1), TAIL_CALL(progs, slot), MOV_K(0, miss), EXIT };

	return load(e, insns, N(insns));
}

/* Every jump to a slot is rewritten, and none of a program that is gone. */
static void test_patching(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 2), callers[3];

	for (int i = 0; i < 3; i++)
		callers[i] = load_caller(e, progs, i % 2, 100 + i);
	assert_int_equal(prog_of(e, callers[0])->jit->n_sites, 1);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(update(e, progs, 0, (uint32_t)load_const(e, round), 0), 0);
		assert_int_equal(result_of(e, callers[0]), round);
		assert_int_equal(result_of(e, callers[1]), 101);
		assert_int_equal(result_of(e, callers[2]), round);
	}
	assert_int_equal(e->ops->close(e, callers[0]), 0);
	assert_int_equal(delete (e, progs, 0), 0);
	assert_int_equal(result_of(e, callers[2]), 102);
	/* A program that is loaded when there is something in the slot. */
	update(e, progs, 1, (uint32_t)load_const(e, 55), 0);
	assert_int_equal(result_of(e, load_caller(e, progs, 1, 7)), 55);
	assert_int_equal(result_of(e, callers[1]), 55);
}

/* An index that only the checks know, out of the stack, and a map that depends on the way. */
static void test_not_proven(void **state)
{
	struct engine *e = *state;
	int progs[2] = { new_prog_array(e, 2), new_prog_array(e, 2) };
	struct bpf_insn spilled[] = {
		MOV_X(6, 1),	    ST(DW, 10, -8, 1),	      MOV_X(1, 6), LDMAP(2, progs[0]),
		LDX(DW, 3, 10, -8), CALL(BPF_FUNC_tail_call), MOV_K(0, 7), EXIT,
	};
	struct bpf_insn either[] = {
		MOV_X(6, 1),	    LDX(W, 7, 1, 0),
		LDMAP(2, progs[0]), JMP_K(BPF_JGT, 7, 60, 2),
		LDMAP(2, progs[1]), MOV_X(1, 6),
		MOV_K(3, 1),	    CALL(BPF_FUNC_tail_call),
		MOV_K(0, 7),	    EXIT,
	};
	int a = load(e, spilled, N(spilled)), b = load(e, either, N(either));

	assert_int_equal(result_of(e, a), 7);
	assert_int_equal(result_of(e, b), 7);
	update(e, progs[0], 1, (uint32_t)load_const(e, 40), 0);
	update(e, progs[1], 1, (uint32_t)load_const(e, 41), 0);
	assert_int_equal(prog_of(e, a)->jit->n_sites, 1);
	assert_int_equal(prog_of(e, b)->jit->n_sites, 0);
	assert_int_equal(result_of(e, a), 40);
	assert_int_equal(result_of(e, b), 41);
}

static uint64_t chain_with(const char *names, uint64_t index)
{
	struct mutant_set set = { 0 };
	struct engine *e;
	int progs, count, self;
	uint64_t n;

	assert_int_equal(mutants_by_name(names, &set), 0);
	reference_set_mutants(&set);
	e = reference_jit_new(0);
	reference_set_mutants(NULL);
	progs = new_prog_array(e, 1);
	count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		LDVAL(1, count, 0),
		LDX(DW, 2, 1, 0),
		ADD_K(2, 1),
		STX(DW, 1, 0, 2),
		MOV_X(1, 6),
		LDMAP(2, progs),
		LDDW(3, index),
		CALL(BPF_FUNC_tail_call),
		MOV_K(0, 0),
		EXIT,
	};
	self = load(e, insns, N(insns));
	update(e, progs, 0, (uint32_t)self, 0);
	result_of(e, self);
	n = value_of(e, count, 0);
	e->ops->destroy(e);
	return n;
}

static void test_mutants(void **state)
{
	(void)state;
	assert_int_equal(chain_with("", 0), 34);
	assert_int_equal(chain_with("", 1ULL << 32), 34);
	assert_int_equal(chain_with("limit-32", 0), 33);
	assert_int_equal(chain_with("jit-limit-32", 0), 33);
	assert_int_equal(chain_with("index-not-truncated", 0), 34);
	assert_int_equal(chain_with("index-not-truncated", 1ULL << 32), 1);
}

/* A register that holds a pointer on one way into a loop need not hold it on the other. */
static void test_flow_into_loop(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	struct bpf_insn insns[] = {
		/* 0 */ LDX(W, 7, 1, 0),
		MOV_K(6, 8),
		MOV_K(8, 3),
		JMP_K(BPF_JGT, 7, 0, 3), /* into the loop, with r6 = 8 */
		/* 4 */ LDVAL(6, map, 0),
		LDX(DW, 0, 6, 0),
		/* 7 */ ADD_K(8, -1),
		JMP_K(BPF_JNE, 8, 0, -3),
		MOV_K(0, 0),
		EXIT,
	};
	uint32_t r;
	int fd;

	to_ref(e)->unchecked = true;
	fd = load(e, insns, N(insns));
	assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "insn 6: stray load of 8 bytes: a null pointer + 8"));
}

/* An offset that would be within the value if 32 bits were all there is. */
static void test_offset_wraps(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	struct bpf_insn insns[] = {
		LDVAL(6, map, 0), ADD_K(6, INT32_MAX), ADD_K(6, INT32_MAX),
		ADD_K(6, 2),	  LDX(DW, 0, 6, 0),    EXIT,
	};
	uint32_t r;

	to_ref(e)->unchecked = true;
	assert_int_equal(run_prog(e, load(e, insns, N(insns)), &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "insn 5: stray load"));
}

/* What the run before has left in a function's frame is not to be seen. */
static void test_frames_are_fresh(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { CALL_LOCAL(1), EXIT, LDX(W, 0, 10, -8), ST(W, 10, -8, 5),
				    EXIT };
	int fd = load(e, insns, N(insns));

	assert_true(fd > 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(result_of(e, fd), 0xa5a5a5a5);
}

/* r7 = the first word at @base, by an address that nobody knows. */
#define LOAD_HIDDEN(base) \
	LDX(W, 7, 6, 0), ALU64_K(BPF_AND, 7, 0), ALU64_X(BPF_ADD, 7, base), LDX(DW, 7, 7, 0)

/* Memory that one program was just allowed is not the next one's, into a tail call... */
static void test_forgets_callers_map(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1), progs = new_prog_array(e, 1), caller;
	struct bpf_insn leaf[] = { MOV_X(6, 1), LOAD_HIDDEN(8), MOV_K(0, 1), EXIT };
	struct bpf_insn insns[] = { MOV_X(6, 1),	 LDVAL(8, map, 0), LOAD_HIDDEN(8),
				    TAIL_CALL(progs, 0), MOV_K(0, 3),	   EXIT };
	uint32_t r;

	to_ref(e)->unchecked = true;
	caller = load(e, insns, N(insns));
	assert_int_equal(result_of(e, caller), 3);
	update(e, progs, 0, (uint32_t)load(e, leaf, N(leaf)), 0);
	assert_int_equal(run_prog(e, caller, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "insn 4: stray load"));
}

/* ... and back out of one. */
static void test_forgets_callees_map(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1), progs = new_prog_array(e, 1), caller;
	struct bpf_insn leaf[] = { MOV_X(6, 1), LDVAL(8, map, 0), LOAD_HIDDEN(8), MOV_X(0, 8),
				   EXIT };
	struct bpf_insn insns[] = { MOV_X(6, 1), CALL_LOCAL(6),	      LOAD_HIDDEN(0), MOV_K(0, 1),
				    EXIT,	 TAIL_CALL(progs, 0), MOV_X(0, 10),   EXIT };
	struct engine_func funcs[] = { { 0, "main" }, { 8, "sub" } };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
				      .insns = insns,
				      .n_insns = N(insns),
				      .funcs = funcs,
				      .n_funcs = 2 };
	uint32_t r;

	to_ref(e)->unchecked = true;
	update(e, progs, 0, (uint32_t)load(e, leaf, N(leaf)), 0);
	caller = e->ops->prog_load(e, &a);
	assert_true(caller > 0);
	assert_int_equal(run_prog(e, caller, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "insn 5: stray load"));
}

/* Not to be believed of a register any more, or on one side of a branch only. */
static void test_facts_end(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1),
	    hash = new_map(e, BPF_MAP_TYPE_HASH, 16, 1);
	struct bpf_insn call[] = {
		LDVAL(1, map, 0), CALL_LOCAL(3), LDX(DW, 0, 1, 0), MOV_K(0, 0), EXIT, MOV_K(1, 8),
		MOV_K(0, 0),	  EXIT,
	};
	struct bpf_insn helper[] = {
		ST(W, 10, -4, 9),
		LDMAP(1, hash),
		MOV_X(2, 10),
		ADD_K(2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		JMP_K(BPF_JNE, 0, 0, 1),
		LDX(DW, 0, 0, 8),
		MOV_K(0, 0),
		EXIT,
	};
	struct bpf_insn helper_too[] = {
		ST(W, 10, -4, 9),
		LDMAP(1, hash),
		MOV_X(2, 10),
		ADD_K(2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		JMP_K(BPF_JEQ, 0, 0, 1),
		MOV_K(0, 0),
		LDX(DW, 0, 0, 8),
		EXIT,
	};
	const struct {
		const struct bpf_insn *insns;
		uint32_t n;
	} rows[] = { { call, N(call) }, { helper, N(helper) }, { helper_too, N(helper_too) } };
	uint32_t r;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(run_prog(e, load(e, rows[i].insns, rows[i].n), &r), ENGINE_FAULT);
		assert_non_null(strstr(e->why, "stray load of 8 bytes: a null pointer + 8"));
	}
}

/* A context of the caller's size: the program that is tail-called may want more of it. */
static void test_short_context(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), caller;
	struct bpf_insn leaf[] = { LDX(DW, 0, 1, 16), EXIT };
	struct bpf_insn insns[] = { MOV_X(6, 1), LDX(DW, 7, 1, 0), TAIL_CALL(progs, 0), MOV_X(0, 7),
				    EXIT };
	uint64_t args[3] = { 1, 2, 3 };
	struct engine_run run = { .ctx_in = args, .ctx_size_in = 8 };

	caller = load_as(e, BPF_PROG_TYPE_RAW_TRACEPOINT, insns, N(insns));
	run.fd = caller;
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 1);
	update(e, progs, 0, (uint32_t)load_as(e, BPF_PROG_TYPE_RAW_TRACEPOINT, leaf, N(leaf)), 0);
	assert_int_equal(e->ops->prog_run(e, &run), ENGINE_FAULT);
	run.ctx_size_in = sizeof(args);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 3);
}

/* What the checks at load would not let through, and what the machine is left to say. */
static void test_tail_call_arguments(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), map = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	const struct {
		struct bpf_insn set[2];
		const char *why;
	} rows[] = {
		{ { MOV_K(1, 0), MOV_K(3, 0) }, "r1 is not the context" },
		{ { MOV_K(2, 0), MOV_K(3, 0) }, "map argument" },
		{ { LDMAP(2, map) }, "not a prog_array" },
	};
	uint32_t r;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { LDMAP(2, progs),	      MOV_K(3, 0),
					    rows[i].set[0],	      rows[i].set[1],
					    CALL(BPF_FUNC_tail_call), EXIT };

		assert_int_equal(run_prog(e, load(e, insns, N(insns)), &r), ENGINE_FAULT);
		if (!strstr(e->why, rows[i].why))
			fail_msg("row %zu: %s", i, e->why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JIT_TEST(test_w_xor_x),
		JIT_TEST(test_info),
		JIT_TEST(test_area),
		JIT_TEST(test_faults),
		JIT_TEST(test_fault_place),
		JIT_TEST(test_refused),
		JIT_TEST(test_long),
		JIT_TEST(test_patching),
		JIT_TEST(test_not_proven),
		JIT_TEST(test_mutants),
		BOTH_TEST(test_flow_into_loop),
		BOTH_TEST(test_facts_end),
		BOTH_TEST(test_short_context),
		BOTH_TEST(test_tail_call_arguments),
		BOTH_TEST(test_offset_wraps),
		BOTH_TEST(test_frames_are_fresh),
		BOTH_TEST(test_forgets_callers_map),
		BOTH_TEST(test_forgets_callees_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
