// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sequences that the interpreter runs as one operation (decode.h: FUSED_LONGER): the same by the
 * JIT, and on a machine of the other byte order. Values by hand.
 */
#include "test_util.h"

#define WORDS	  8
#define SUM(o)	  LDX(DW, 2, 1, o), ALU64_X(BPF_ADD, 0, 2)
#define SPILL(o)  STX(DW, 10, o, 3), LDX(DW, 3, 10, o)
#define COUNT(sz) LDX(sz, 2, 1, 0), ADD_K(2, 7), STX(sz, 1, 0, 2)

/* Counts at the words that r7 says while it goes down to @end; nine instructions. */
#define INDEX(mask, by) \
	MOV_X(1, 7), ALU64_K(BPF_AND, 1, mask), ALU64_K(BPF_LSH, 1, by), ALU64_X(BPF_ADD, 1, 8)
#define HISTOGRAM(mask, step, end) \
	INDEX(mask, 3), COUNT(DW), ALU64_K(BPF_SUB, 7, step), JMP_K(BPF_JNE, 7, end, -9)

/* @insns, with a map's value in r8 whose words are 1, 2, 4...; r0 begins with 0, r6 is the context.
 */
static int run_words(struct engine *e, const struct bpf_insn *insns, uint32_t n, uint32_t *r0)
{
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 8 * WORDS, 1), fd;
	struct bpf_insn all[64] = { MOV_X(6, 1), MOV_K(0, 0), LDVAL(8, map, 0) };
	struct engine_run run = { .data_in = (const uint8_t[64]){ 0 }, .data_size_in = 64 };
	uint64_t words[WORDS];
	uint32_t key = 0;
	struct engine_elem elem = { .fd = map, .key = &key, .value = words };

	for (int i = 0; i < WORDS; i++)
		words[i] = e->big_endian ? __builtin_bswap64(1ULL << i) : 1ULL << i;
	assert_int_equal(e->ops->map_update(e, &elem), 0);
	memcpy(&all[4], insns, n * sizeof(*insns));
	fd = load_as(e, BPF_PROG_TYPE_SCHED_CLS, all, n + 4);
	assert_true(fd >= 0);
	run.fd = fd;
	n = (uint32_t)e->ops->prog_run(e, &run);
	*r0 = run.retval;
	e->ops->close(e, fd);
	e->ops->close(e, map);
	return (int)n;
}

/* @n instructions twice, so that the second time every range is known: r7 counts. */
#define TWICE(n, ...) MOV_K(7, 2), __VA_ARGS__, ADD_K(7, -1), JMP_K(BPF_JNE, 7, 0, -2 - (n))

static const struct {
	const char *what;
	struct bpf_insn insns[40];
	uint32_t want;
} rows[] = {
	{ "sums in a row", { TWICE(7, MOV_X(1, 8), SUM(0), SUM(8), SUM(24)), EXIT }, 2 * 11 },
	{ "what the last one of a row loaded",
	  { TWICE(7, MOV_X(1, 8), SUM(0), SUM(8), SUM(24)), MOV_X(0, 2), EXIT },
	  8 },
	{ "into the middle of a row",
	  { MOV_X(1, 8), LDX(DW, 2, 1, 0), JMP_K(BPF_JEQ, 2, 1, 2), SUM(0), SUM(8), SUM(16), EXIT },
	  6 },
	{ "a row with two sums",
	  { MOV_X(1, 8), MOV_K(4, 0), SUM(0), SUM(8), LDX(DW, 2, 1, 16), ALU64_X(BPF_ADD, 4, 2),
	    LDX(DW, 2, 1, 24), ALU64_X(BPF_ADD, 4, 2), ALU64_X(BPF_MUL, 0, 4), EXIT },
	  3 * 12 },
	{ "the base is what is loaded last",
	  { MOV_X(1, 8), SUM(8), LDX(DW, 1, 1, 16), ALU64_X(BPF_ADD, 0, 1), EXIT },
	  6 },
	{ "what is summed up is the base",
	  { MOV_X(1, 8), LDX(DW, 2, 1, 24), ALU64_X(BPF_ADD, 1, 2), LDX(DW, 2, 1, 24),
	    ALU64_X(BPF_ADD, 1, 2), LDX(DW, 0, 1, 0), EXIT },
	  8 },
	{ "sums of bytes",
	  { ST(B, 8, 1, 200), ST(B, 8, 2, 100), MOV_X(1, 8),
	    TWICE(4, LDX(B, 2, 1, 1), ALU64_X(BPF_ADD, 0, 2), LDX(B, 2, 1, 2),
		  ALU64_X(BPF_ADD, 0, 2)),
	    EXIT },
	  600 },
	{ "sums on the stack",
	  { ST(DW, 10, -8, 5), ST(DW, 10, -16, 6), MOV_X(1, 10), ADD_K(1, -16), SUM(0), SUM(8),
	    SUM(0), EXIT },
	  17 },
	{ "spills",
	  { MOV_K(3, 21), TWICE(6, SPILL(-8), SPILL(-16), SPILL(-8)), LDX(DW, 0, 10, -16),
	    ALU64_X(BPF_ADD, 0, 3), EXIT },
	  42 },
	{ "another register comes back",
	  { MOV_K(3, 21), STX(DW, 10, -8, 3), LDX(DW, 4, 10, -8), MOV_K(3, 1), MOV_X(0, 4),
	    ALU64_X(BPF_ADD, 0, 3), EXIT },
	  22 },
	{ "counts of 64 bits", { MOV_X(1, 8), TWICE(3, COUNT(DW)), LDX(DW, 0, 8, 0), EXIT }, 15 },
	{ "what was counted", { MOV_X(1, 8), TWICE(3, COUNT(DW)), MOV_X(0, 2), EXIT }, 15 },
	{ "counts of 32 bits wrap",
	  { MOV_X(1, 8), ST(W, 8, 0, -1), TWICE(3, COUNT(W)), LDX(W, 0, 8, 0), EXIT },
	  13 },
	{ "but not in the register",
	  { MOV_X(1, 8), ST(W, 8, 0, -1), COUNT(W), MOV_X(0, 2), ALU64_K(BPF_RSH, 0, 32), EXIT },
	  1 },
	{ "an index",
	  { MOV_K(3, 0x1f3), MOV_X(1, 3), ALU64_K(BPF_AND, 1, 7), ALU64_K(BPF_LSH, 1, 3),
	    ALU64_X(BPF_ADD, 1, 8), LDX(DW, 0, 1, 0), EXIT },
	  8 },
	{ "an index of halves", { MOV_K(7, 0xff), INDEX(12, 1), LDX(DW, 0, 1, 0), EXIT }, 8 },
	{ "an index of words", { MOV_K(7, 5), INDEX(6, 2), LDX(DW, 0, 1, 0), EXIT }, 4 },
	{ "an index of pairs", { MOV_K(7, 2), INDEX(3, 4), LDX(DW, 0, 1, 8), EXIT }, 32 },
	{ "into an index, behind the shift",
	  { MOV_K(1, 16), JMP_K(BPF_JEQ, 1, 16, 1), ALU64_K(BPF_LSH, 1, 3), ALU64_X(BPF_ADD, 1, 8),
	    LDX(DW, 0, 1, 0), EXIT },
	  4 },
	{ "a histogram: the first word and the last",
	  { MOV_K(7, 16), HISTOGRAM(7, 1, 0), LDX(DW, 0, 8, 0), LDX(DW, 1, 8, 56),
	    ALU64_X(BPF_ADD, 0, 1), EXIT },
	  1 + 14 + 128 + 14 },
	{ "where a histogram ends, and what was counted there",
	  { MOV_K(7, 16), HISTOGRAM(7, 1, 0), MOV_X(0, 1), ALU64_X(BPF_SUB, 0, 8),
	    ALU64_K(BPF_MUL, 0, 100), ALU64_X(BPF_ADD, 0, 2), ALU64_X(BPF_ADD, 0, 7), EXIT },
	  8 * 100 + 2 + 14 },
	{ "a histogram by threes to another number than zero",
	  { MOV_K(7, 20), HISTOGRAM(7, 3, 5), LDX(DW, 0, 8, 0), LDX(DW, 1, 8, 8),
	    ALU64_X(BPF_ADD, 0, 1), LDX(DW, 1, 8, 40), ALU64_X(BPF_ADD, 0, 1),
	    ALU64_X(BPF_ADD, 0, 7), EXIT },
	  1 + 7 + 2 + 7 + 32 + 5 },
	{ "a histogram of one turn", { MOV_K(7, 1), HISTOGRAM(7, 1, 0), MOV_X(0, 2), EXIT }, 9 },
	/* Of what the checks at load do not know, since they settle the rest. */
	{ "zero by a subtraction",
	  { LDX(DW, 3, 8, 8), ALU64_K(BPF_SUB, 3, 2), JMP_K(BPF_JEQ, 3, 0, 1), MOV_K(0, 9),
	    ADD_K(0, 1), EXIT },
	  1 },
	{ "not all of it",
	  { LDX(DW, 3, 8, 0), ALU64_K(BPF_LSH, 3, 32), ALU64_K(BPF_OR, 3, 5),
	    ALU64_K(BPF_SUB, 3, 5), INSN(BPF_JMP32 | BPF_JEQ, 3, 0, 1, 0), ADD_K(0, 4), EXIT },
	  0 },
	{ "zero of another register",
	  { LDX(DW, 3, 8, 8), LDX(DW, 4, 8, 0), ALU64_K(BPF_SUB, 3, 2), JMP_K(BPF_JEQ, 4, 0, 1),
	    ADD_K(0, 1), EXIT },
	  1 },
	{ "a way past the subtraction",
	  { LDX(DW, 3, 8, 16), LDX(DW, 4, 8, 0), JMP_K(BPF_JEQ, 4, 1, 1), ALU64_K(BPF_SUB, 3, 4),
	    JMP_K(BPF_JEQ, 3, 0, 1), ADD_K(0, 1), EXIT },
	  1 },
	{ "sums upwards and downwards",
	  { MOV_X(1, 8), ADD_K(1, 32), TWICE(8, SUM(0), SUM(-32), SUM(24), SUM(-8)), EXIT },
	  2 * (16 + 1 + 128 + 8) },
	{ "inside of a packet",
	  { LDX(W, 1, 6, 76), LDX(W, 2, 6, 80), MOV_X(3, 1), ADD_K(3, 64), JMP_X(BPF_JGT, 3, 2, 1),
	    MOV_K(0, 9), EXIT },
	  9 },
	{ "of numbers that are no packet",
	  { LDX(W, 1, 8, 8), LDX(W, 2, 8, 24), MOV_X(3, 1), ADD_K(3, 7), JMP_X(BPF_JGT, 3, 2, 1),
	    MOV_K(0, 9), EXIT },
	  0 },
	{ "beyond it",
	  { LDX(W, 1, 6, 76), LDX(W, 2, 6, 80), MOV_X(3, 1), ADD_K(3, 65), JMP_X(BPF_JGT, 3, 2, 1),
	    MOV_K(0, 9), EXIT },
	  0 },
};

static uint32_t length(const struct bpf_insn *insns)
{
	uint32_t n = 0;

	while (insns[n].code != (BPF_JMP | BPF_EXIT))
		n++;
	return n + 1;
}

static void test_rows(struct engine *e)
{
	for (size_t i = 0; i < N(rows); i++) {
		uint32_t r0;

		assert_int_equal(run_words(e, rows[i].insns, length(rows[i].insns), &r0), 0);
		if (r0 != rows[i].want)
			fail_msg("%s: %u, not %u", rows[i].what, r0, rows[i].want);
	}
}

static void sequences_give_what_their_parts_give(void **state)
{
	test_rows(*state);
}

static void numbers_turned_round_too(void **state)
{
	struct engine *e = reference_interp_new(QUIRK(BIG_ENDIAN));

	(void)state;
	test_rows(e);
	e->ops->destroy(e);
}

/* The address is from the value itself (64 - 16), so that no check at load knows it. */
static void a_stray_one_in_a_row_is_told_apart(void **state)
{
	static const struct bpf_insn insns[] = {
		LDX(DW, 1, 8, 32), ADD_K(1, 32), ALU64_X(BPF_ADD, 1, 8), SUM(0), SUM(8),
		SUM(16),	   EXIT,
	};
	struct engine *e = *state;
	uint32_t r0;

	assert_int_equal(run_words(e, insns, N(insns), &r0), ENGINE_FAULT);
	if (!strstr(e->why, "insn 11: stray load of 8 bytes"))
		fail_msg("%s", e->why);
}

/*
 * The sixteenth word is not there: at the second turn, when the range is known. The base is a
 * number of the value off, and back.
 */
static void a_stray_one_in_a_histogram_too(void **state)
{
	static const struct bpf_insn insns[] = {
		LDX(DW, 2, 8, 56), ALU64_X(BPF_ADD, 8, 2), ADD_K(8, -128),
		MOV_K(7, 16),	   HISTOGRAM(15, 1, 0),	   EXIT,
	};
	struct engine *e = *state;
	uint32_t r0;

	assert_int_equal(run_words(e, insns, N(insns), &r0), ENGINE_FAULT);
	if (!strstr(e->why, "insn 12: stray load of 8 bytes"))
		fail_msg("%s", e->why);
}

/* From what the checks at load do not know, by twos past the end. */
static void a_histogram_without_end_is_ended(void **state)
{
	static const struct bpf_insn insns[] = { LDX(DW, 7, 8, 8), HISTOGRAM(7, 2, 1), EXIT };
	struct engine *e = *state;
	uint32_t r0;

	reference_set_budget(e, 1000);
	assert_int_equal(run_words(e, insns, N(insns), &r0), ENGINE_FAULT);
	if (!strstr(e->why, "insn 13: instruction budget used up"))
		fail_msg("%s", e->why);
}

/* The map's index is a field of the context and a number: decode.h TAIL_ADD. */
static void a_tail_call_behind_an_addition(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 4), leaf = load_const(e, 42);

	assert_int_equal(update(e, progs, 3, (uint64_t)leaf, 0), 0);
	for (int i = 2; i <= 4; i++) {
		const struct bpf_insn insns[] = {
			LDX(W, 3, 1, 8),	  ADD_K(3, i), LDMAP(2, progs),
			CALL(BPF_FUNC_tail_call), MOV_K(0, 7), EXIT,
		};
		int fd = load(e, insns, N(insns));

		assert_int_equal(result_of(e, fd), i == 3 ? 42 : 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(sequences_give_what_their_parts_give),
		cmocka_unit_test(numbers_turned_round_too),
		BOTH_TEST(a_stray_one_in_a_row_is_told_apart),
		BOTH_TEST(a_stray_one_in_a_histogram_too),
		BOTH_TEST(a_histogram_without_end_is_ended),
		BOTH_TEST(a_tail_call_behind_an_addition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
