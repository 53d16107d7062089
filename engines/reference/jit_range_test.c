// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Accesses that jit_flow.c proves from what a number can be at most, or from a comparison with the
 * packet's end: the last byte in bounds and the first one out of them, in both engines.
 */
#include "test_util.h"

#include "ref.h"

#define VALUE_SIZE 64
#define PACKET	   64

static const char stray[] = "stray load of 1 bytes";

static int run_data(struct engine *e, int fd)
{
	static const unsigned char data[PACKET];
	struct engine_run run = { .fd = fd, .data_in = data, .data_size_in = sizeof(data) };

	assert_true(fd > 0);
	return e->ops->prog_run(e, &run);
}

/* How r1 is narrowed, from what to what. Jumps of 4 go over the rest of the program but its end. */
static const struct narrowing {
	struct bpf_insn insns[3];
	uint64_t from;
	uint32_t most;
} narrowings[] = {
	{ { ALU64_K(BPF_AND, 1, 31) }, ~0ULL, 31 },
	{ { ALU32_K(BPF_AND, 1, 31) }, ~0ULL, 31 },
	{ { ALU64_K(BPF_AND, 1, 7), ALU64_K(BPF_LSH, 1, 3) }, ~0ULL, 56 },
	{ { ALU64_K(BPF_MOD, 1, 40) }, 79, 39 },
	{ { ALU64_K(BPF_RSH, 1, 59) }, ~0ULL, 31 },
	{ { ALU32_K(BPF_RSH, 1, 27) }, ~0ULL, 31 },
	{ { ALU64_K(BPF_AND, 1, 255), ALU64_K(BPF_RSH, 1, 3) }, ~0ULL, 31 },
	{ { ALU64_K(BPF_AND, 1, 15), ADD_K(1, 5) }, ~0ULL, 20 },
	{ { ALU64_K(BPF_AND, 1, 15), ALU64_X(BPF_ADD, 1, 1) }, ~0ULL, 30 },
	{ { ALU64_K(BPF_AND, 1, 31), ADD_K(1, -1) }, 31, 30 },
	{ { ALU64_K(BPF_AND, 1, 31), ALU64_K(BPF_SUB, 1, 1) }, 31, 30 },
	{ { JMP_K(BPF_JGT, 1, 20, 5) }, 20, 20 },
	{ { JMP_K(BPF_JGE, 1, 20, 5) }, 19, 19 },
	{ { JMP_K(BPF_JLT, 1, 20, 1), JA(4) }, 19, 19 },
	{ { JMP_K(BPF_JLE, 1, 20, 1), JA(4) }, 20, 20 },
};

static int run_narrowed(struct engine *e, const struct narrowing *row, int16_t off)
{
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, VALUE_SIZE, 1);
	uint64_t value[VALUE_SIZE / 8] = { row->from };
	struct engine_elem el = { .fd = map, .key = &(uint32_t){ 0 }, .value = value };
	struct bpf_insn insns[12] = { LDVAL(8, map, 0), LDX(DW, 1, 8, 0) };
	struct bpf_insn tail[] = { ALU64_X(BPF_ADD, 1, 8), LDX(B, 0, 1, off), MOV_K(0, 0), EXIT };
	uint32_t n = 3;

	while (n < 6 && row->insns[n - 3].code) {
		insns[n] = row->insns[n - 3];
		n++;
	}
	while (n < 7) /* so that the jumps lead to the same place */
		insns[n++] = MOV_X(0, 8);
	memcpy(insns + n, tail, sizeof(tail));
	assert_int_equal(e->ops->map_update(e, &el), 0);
	return run_data(e, load(e, insns, n + N(tail)));
}

static void test_numbers(void **state)
{
	struct engine *e = *state;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(narrowings); i++) {
		int16_t last = (int16_t)(VALUE_SIZE - 1 - narrowings[i].most);

		if (run_narrowed(e, &narrowings[i], last))
			fail_msg("row %zu: %s", i, e->why);
		if (run_narrowed(e, &narrowings[i], last + 1) != ENGINE_FAULT)
			fail_msg("row %zu: out of bounds", i);
		assert_non_null(strstr(e->why, stray));
	}
}

/* The sides of a branch on which nothing is known of the number. */
static void test_other_side(void **state)
{
	static const struct narrowing rows[] = {
		{ { JMP_K(BPF_JGT, 1, 20, 1), JA(4) }, VALUE_SIZE, VALUE_SIZE },
		{ { JMP_K(BPF_JGE, 1, 20, 1), JA(4) }, VALUE_SIZE, VALUE_SIZE },
		{ { JMP_K(BPF_JLT, 1, 20, 5) }, VALUE_SIZE, VALUE_SIZE },
		{ { JMP_K(BPF_JLE, 1, 20, 5) }, VALUE_SIZE, VALUE_SIZE },
		{ { JMP_K(BPF_JSGT, 1, 20, 5) }, (uint64_t)-70, 0 },
		{ { JMP_K(BPF_JGT, 1, -1, 5) }, VALUE_SIZE, VALUE_SIZE },
	};
	struct engine *e = *state;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		if (run_narrowed(e, &rows[i], 0) != ENGINE_FAULT)
			fail_msg("row %zu: out of bounds", i);
		assert_non_null(strstr(e->why, stray));
	}
}

/* r2 is the packet's beginning, r3 its end, r4 what is compared. */
static int run_packet(struct engine *e, struct bpf_insn branch, bool access_if_taken, int32_t bytes,
		      int16_t off)
{
	struct bpf_insn insns[] = {
		LDX(W, 2, 1, 76),
		LDX(W, 3, 1, 80),
		MOV_X(4, 2),
		ADD_K(4, bytes),
		branch,
		JA(2),
		MOV_K(0, 0),
		EXIT,
		LDX(B, 0, 2, off),
		MOV_K(0, 0),
		EXIT,
	};

	insns[4].off = access_if_taken ? 3 : 1;
	insns[5].off = access_if_taken ? 0 : 2;
	return run_data(e, load_as(e, BPF_PROG_TYPE_SCHED_CLS, insns, N(insns)));
}

static void test_packet(void **state)
{
	static const struct {
		struct bpf_insn branch;
		bool taken;    /* is where bytes are known to be there */
		int32_t spare; /* this much more must be there */
	} rows[] = {
		{ JMP_X(BPF_JGT, 4, 3, 0), false, 0 }, { JMP_X(BPF_JGE, 4, 3, 0), false, 1 },
		{ JMP_X(BPF_JLT, 4, 3, 0), true, 1 },  { JMP_X(BPF_JLE, 4, 3, 0), true, 0 },
		{ JMP_X(BPF_JLT, 3, 4, 0), false, 0 }, { JMP_X(BPF_JLE, 3, 4, 0), false, 1 },
		{ JMP_X(BPF_JGE, 3, 4, 0), true, 0 },  { JMP_X(BPF_JGT, 3, 4, 0), true, 1 },
	};
	struct engine *e = *state;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		int32_t bytes = PACKET - rows[i].spare;

		/* All of it; one byte more than was asked for; on the other side, too much. */
		assert_int_equal(
			run_packet(e, rows[i].branch, rows[i].taken, bytes, (int16_t)(bytes - 1)),
			0);
		assert_int_equal(run_packet(e, rows[i].branch, rows[i].taken, bytes, PACKET),
				 ENGINE_FAULT);
		assert_non_null(strstr(e->why, stray));
		assert_int_equal(run_packet(e, rows[i].branch, !rows[i].taken, PACKET + 1, PACKET),
				 ENGINE_FAULT);
		assert_non_null(strstr(e->why, stray));
	}
}

/* A helper that moves the packet's end, and one way of two on which nothing was compared. */
static void test_packet_forgotten(void **state)
{
	struct engine *e = *state;
	struct bpf_insn moved[] = {
		MOV_X(9, 1),
		LDX(W, 6, 1, 0),
		LDX(W, 7, 1, 4),
		MOV_X(8, 6),
		ADD_K(8, PACKET),
		JMP_X(BPF_JGT, 8, 7, 3),
		MOV_K(2, -1),
		CALL(BPF_FUNC_xdp_adjust_tail),
		LDX(B, 0, 6, PACKET - 1),
		MOV_K(0, 0),
		EXIT,
	};
	struct bpf_insn joined[] = {
		LDX(W, 2, 1, 0),	 LDX(W, 3, 1, 4),      MOV_X(4, 2), ADD_K(4, PACKET + 1),
		JMP_X(BPF_JGT, 4, 3, 0), LDX(B, 0, 2, PACKET), MOV_K(0, 0), EXIT,
	};

	to_ref(e)->unchecked = true;
	assert_int_equal(run_data(e, load_as(e, BPF_PROG_TYPE_XDP, moved, N(moved))), ENGINE_FAULT);
	assert_non_null(strstr(e->why, stray));
	assert_int_equal(run_data(e, load_as(e, BPF_PROG_TYPE_XDP, joined, N(joined))),
			 ENGINE_FAULT);
	assert_non_null(strstr(e->why, stray));
}

/* Where two ways meet, each with another comparison: as many bytes are there as on the worse one.
 */
static void test_packet_joined(void **state)
{
	static const struct {
		int32_t first, second; /* bytes that are asked for, by which way */
		int16_t off;
		int want;
	} rows[] = {
		{ PACKET, PACKET, PACKET - 1, 0 },
		{ PACKET, 8, PACKET - 1, 0 }, /* checked when it is executed */
		{ 8, PACKET, PACKET - 1, 0 },
		{ PACKET, 8, PACKET, ENGINE_FAULT },
		{ 8, PACKET, PACKET, ENGINE_FAULT },
		{ PACKET + 1, 8, PACKET, ENGINE_FAULT },
		{ 8, PACKET + 1, PACKET, ENGINE_FAULT },
	};
	struct engine *e = *state;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		/* A comparison that does not come out well ends the way, but for the last one. */
		bool other = rows[i].first > PACKET;
		struct bpf_insn insns[] = {
			LDX(W, 2, 1, 0),
			LDX(W, 3, 1, 4),
			MOV_X(4, 2),
			MOV_X(5, 2),
			ADD_K(4, rows[i].first),
			ADD_K(5, rows[i].second),
			LDX(W, 6, 1, 12), /* the interface, 1 in a test run */
			JMP_K(BPF_JEQ, 6, other ? 1 : 2, 2),
			JMP_X(BPF_JGT, 4, 3, 3),
			JA(1),
			JMP_X(BPF_JGT, 5, 3, 1),
			LDX(B, 0, 2, rows[i].off),
			MOV_K(0, 0),
			EXIT,
		};
		int got = run_data(e, load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns)));

		if (got != rows[i].want)
			fail_msg("row %zu: %d", i, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_numbers),       BOTH_TEST(test_other_side),
		BOTH_TEST(test_packet),	       BOTH_TEST(test_packet_forgotten),
		BOTH_TEST(test_packet_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
