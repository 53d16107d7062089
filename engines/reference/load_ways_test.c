// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which ways through a program are followed, and which are known already: kernel/bpf/states.c */
#include "test_util.h"

#include <stdlib.h>

#define SF  BPF_PROG_TYPE_SOCKET_FILTER
#define KEY ST(W, 10, -4, 0), MOV_X(2, 10), ADD_K(2, -4)

/* Loops are gone round as long as there is something new. */
static void test_loops(void **state)
{
	struct engine *e = *state;
	struct bpf_insn counted[] = {
		MOV_K(1, 0), MOV_K(0, 0), ADD_K(0, 2), ADD_K(1, 1), JMP_K(BPF_JLT, 1, 1000, -3),
		EXIT,
	};
	struct bpf_insn pointers[] = {
		/* each iteration one byte further, out of the frame */
		MOV_X(2, 10), ADD_K(2, -8), LDX(W, 3, 1, 0),	      ST(B, 2, 0, 0),
		ADD_K(2, 1),  ADD_K(3, -1), JMP_K(BPF_JNE, 3, 0, -4), MOV_K(0, 0),
		EXIT,
	};

	assert_int_equal(result_of(e, load(e, counted, N(counted))), 2000);
	assert_int_equal(load(e, pointers, N(pointers)), -EACCES);
}

/* Results of helpers that are not compared with 0 are the same thing on every round. */
static void test_loop_of_lookups(void **state)
{
	struct engine *e = *state;
	int fd = new_map(e, BPF_MAP_TYPE_HASH, 16, 4);
	struct bpf_insn insns[] = {
		MOV_X(6, 1),	 KEY,
		LDMAP(1, fd),	 CALL(BPF_FUNC_map_lookup_elem),
		LDX(W, 7, 6, 0), JMP_K(BPF_JNE, 7, 0, -8),
		MOV_K(0, 0),	 EXIT,
	};

	assert_true(load(e, insns, N(insns)) > 0);
}

/*
 * Twice as many ways at every branch: @what is stored or not, 60 times, and then perhaps one of
 * them is read, or one address is taken by which they might be.
 */
enum after { NOTHING, READ_ONE, TAKE_ADDRESS };

static int load_many_ways(struct engine *e, struct bpf_insn what, enum after after, char *log)
{
	struct bpf_insn insns[2 + 60 * 3 + 3] = { MOV_X(6, 1) };
	struct engine_prog_load a = { .type = SF, .insns = insns, .log = log, .log_size = 256 };
	uint32_t n = 1;

	for (int i = 0; i < 60; i++) {
		insns[n++] = LDX(W, 7, 6, 0);
		insns[n++] = JMP_K(BPF_JEQ, 7, 1, 1);
		insns[n] = what;
		insns[n++].off = (int16_t)(-8 * (i + 1));
	}
	if (after == READ_ONE)
		insns[n++] = LDX(DW, 1, 10, -8 * 60);
	else if (after == TAKE_ADDRESS)
		insns[n++] = MOV_X(1, 10);
	insns[n++] = MOV_K(0, 0);
	insns[n++] = EXIT;
	a.n_insns = n;
	return e->ops->prog_load(e, &a);
}

static unsigned int number_behind(const char *log, const char *word)
{
	const char *at = strstr(log, word);

	if (!at) {
		fail_msg("no %s in %s", word, log);
		return 0;
	}
	return (unsigned int)strtoul(at + strlen(word), NULL, 10);
}

/*
 * What nothing reads makes no way another one (kernel/bpf/states.c clean_verifier_state). What may
 * be read is followed to the limit of a million instructions, without a closer look at every state
 * that was kept: they are told apart by where pointers are.
 */
static void test_many_ways(void **state)
{
	const struct bpf_insn whats[] = { ST(DW, 10, 0, 5), STX(DW, 10, 0, 6) };
	struct engine *e = *state;
	char log[256];

	for (size_t i = 0; i < N(whats); i++) {
		assert_true(load_many_ways(e, whats[i], NOTHING, log) > 0);
		assert_true(load_many_ways(e, whats[i], READ_ONE, log) > 0);
	}
	assert_int_equal(load_many_ways(e, whats[1], TAKE_ADDRESS, log), -E2BIG);
	assert_int_equal(number_behind(log, "Processed "), 1000001);
	assert_true(number_behind(log, "compared ") < 1000);
	assert_int_equal(load_many_ways(e, (struct bpf_insn)STX(DW, 10, 0, 10), NOTHING, log),
			 -E2BIG);
	assert_true(number_behind(log, "compared ") < 1000);
}

/*
 * Where the address of a frame is kept, slots may be read by way of it: here the one that differs.
 */
static void test_read_through_address(void **state)
{
	const struct bpf_insn through_slot[] = {
		STX(DW, 10, -16, 1),	 STX(DW, 10, -8, 10), LDX(W, 7, 1, 0),
		JMP_K(BPF_JEQ, 7, 1, 1), ST(DW, 10, -16, 0),  LDX(DW, 2, 10, -8),
		LDX(DW, 3, 2, -16),	 LDX(W, 0, 3, 0),     EXIT,
	};
	struct engine *e = *state;

	/* One way has the context in the slot and is all right; the other has a number. */
	assert_int_equal(load(e, through_slot, N(through_slot)), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_loops),
		ENGINE_TEST(test_loop_of_lookups),
		ENGINE_TEST(test_many_ways),
		ENGINE_TEST(test_read_through_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
