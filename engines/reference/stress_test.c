// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs of no sense at all, and such of almost some, under the sanitizers: whatever is loaded
 * and run, the process must live, and no run may take for ever.
 */
#include "test_util.h"

#include "ref.h"

#define ROUNDS 100000
#define MAX    48

static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 24) % n;
}

#define PICK(array) ((array)[rnd(N(array))])

static const uint8_t opcodes[] = {
	0x07, 0x0f, 0x17, 0x1f, 0x24, 0x2c, 0x37, 0x3f, 0x47, 0x57, 0x67, 0x6f, 0x77, 0x7c,
	0x87, 0x84, 0x97, 0x9f, 0xa7, 0xb7, 0xbf, 0xb4, 0xbc, 0xc7, 0xd4, 0xdc, 0xd7, 0x61,
	0x69, 0x71, 0x79, 0x81, 0x89, 0x91, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b,
	0xc3, 0xdb, 0x05, 0x06, 0x15, 0x1d, 0x25, 0x35, 0x45, 0x55, 0x65, 0x75, 0xa5, 0xb5,
	0xc5, 0xd5, 0x16, 0x26, 0x85, 0x85, 0x85, 0x95, 0x95, 0x18, 0x18,
};
static const int16_t offs[] = { 0, 0, 0, 0, 0, 1, 2, 3, -1, -2, -8, -16, -512, 8, 48, 76, 80 };
static const int32_t imms[] = { 0,  0,	1,  1,	2,  3,	5,     8,    12,   12,	 16,
				26, 32, 64, -1, -4, -8, 0x100, 0xf1, 0xe1, 0x41, 0x7fffffff };

static void random_bytes(struct bpf_insn *insns, uint32_t n)
{
	uint8_t *p = (uint8_t *)insns;

	for (size_t i = 0; i < n * sizeof(*insns); i++)
		p[i] = (uint8_t)rnd(256);
}

/* Most of what is refused without being looked at twice: fields that must be zero, wild jumps. */
static void make_sense(struct bpf_insn *in, uint32_t pc, uint32_t n)
{
	uint8_t class = BPF_CLASS(in->code);
	bool alu = class == BPF_ALU || class == BPF_ALU64;

	if (alu || insn_is_jmp_class(in)) {
		if (BPF_SRC(in->code) == BPF_X && BPF_OP(in->code) != BPF_END)
			in->imm = 0;
		else
			in->src_reg = 0;
	}
	if (alu)
		in->off = 0;
	if (BPF_OP(in->code) == BPF_NEG && alu)
		in->imm = 0;
	if (BPF_OP(in->code) == BPF_END && alu)
		in->imm = 16 << rnd(3);
	if (insn_is_branch(in) && (insn_target(in, pc) < 4 || insn_target(in, pc) >= n))
		in->off = 0;
	if (insn_is_ja(in))
		*in = JA(0);
	if (class == BPF_ST)
		in->src_reg = 0;
	if (class == BPF_LDX || (class == BPF_STX && BPF_MODE(in->code) == BPF_MEM))
		in->imm = 0;
}

/* Valid opcodes on small registers, over a beginning and before an end that make sense. */
static void random_insns(struct bpf_insn *insns, uint32_t n, const int fds[4])
{
	struct bpf_insn head[] = { MOV_X(6, 1), MOV_K(0, 0), MOV_K(7, 1), MOV_K(8, 64) };

	for (uint32_t i = 0; i < n; i++) {
		struct bpf_insn *in = &insns[i];

		*in = INSN(PICK(opcodes), rnd(11), rnd(11), PICK(offs), PICK(imms));
		if (in->code == 0x18 && i + 1 < n) {
			in->src_reg = rnd(3);
			in->off = 0;
			if (in->src_reg)
				in->imm = fds[rnd(4)];
			insns[++i] = INSN(0, 0, 0, 0, 0);
		} else if (in->code == 0x85 && rnd(3)) {
			in->dst_reg = in->src_reg = 0;
			in->off = 0;
		} else if (rnd(50)) {
			make_sense(in, i, n);
		}
	}
	memcpy(insns, head, sizeof(head));
	insns[n - 1] = EXIT;
}

static void load_and_run(struct engine *e, uint32_t type, const struct bpf_insn *insns, uint32_t n,
			 uint32_t *loaded)
{
	struct engine_func funcs[] = { { 0, "main" } };
	char log[256], data[64] = { 0 };
	struct engine_prog_load a = { .type = type,
				      .insns = insns,
				      .n_insns = n,
				      .funcs = funcs,
				      .n_funcs = 1,
				      .log = log,
				      .log_size = sizeof(log) };
	struct engine_run run = { .data_in = data, .data_size_in = sizeof(data) };

	run.fd = e->ops->prog_load(e, &a);
	if (run.fd < 0)
		return;
	(*loaded)++;
	if (e->ops->prog_run(e, &run) == ENGINE_FAULT)
		assert_null(strstr(e->why, "machine code")); /* caught, but it must not happen */
	e->ops->close(e, run.fd);
}

static void fill_fds(struct engine *e, int fds[4])
{
	fds[0] = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	fds[1] = new_map(e, BPF_MAP_TYPE_HASH, 16, 4);
	fds[2] = new_prog_array(e, 2);
	fds[3] = new_map(e, BPF_MAP_TYPE_ARRAY, 64, 4);
	update(e, fds[2], 0, (uint64_t)load_const(e, 1), 0);
}

static void random_insns_run(struct engine *e)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,
					  BPF_PROG_TYPE_XDP };
	uint32_t loaded = 0;
	int fds[4];

	to_ref(e)->budget = 10000;
	fill_fds(e, fds);
	for (int i = 0; i < ROUNDS; i++) {
		struct bpf_insn insns[MAX];
		uint32_t n = 5 + rnd(MAX - 5) / (1 + rnd(6));

		random_insns(insns, n, fds);
		load_and_run(e, PICK(types), insns, n, &loaded);
	}
	print_message("%u of %d loaded\n", loaded, ROUNDS);
	assert_true(loaded > 20);
}

static void test_random_insns(void **state)
{
	random_insns_run(*state);
}

/* The checks at run time hold alone what the checks at load have let through. */
static void test_random_insns_unchecked(void **state)
{
	to_ref(*state)->unchecked = true;
	random_insns_run(*state);
}

static void test_random_bytes(void **state)
{
	uint32_t loaded = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct bpf_insn insns[MAX];
		uint32_t n = 1 + rnd(MAX);

		random_bytes(insns, n);
		load_and_run(*state, BPF_PROG_TYPE_SOCKET_FILTER, insns, n, &loaded);
	}
}

/* Calls in calls in loops: short, and longer than anybody would wait. */
static void test_runs_end(void **state)
{
	struct engine *e = *state;
	struct bpf_insn nested[] = {
		/* calls twice, eight deep, round and round */
		LDX(W, 6, 1, 0),
		CALL_LOCAL(3),
		JMP_K(BPF_JNE, 6, 1, -2),
		MOV_K(0, 0),
		EXIT,
		CALL_LOCAL(2),
		CALL_LOCAL(1),
		EXIT,
		CALL_LOCAL(2),
		CALL_LOCAL(1),
		EXIT,
		CALL_LOCAL(2),
		CALL_LOCAL(1),
		EXIT,
		MOV_K(0, 0),
		EXIT,
	};
	int fd = load(e, nested, N(nested));
	uint32_t r;

	assert_true(fd > 0);
	assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_random_bytes),
		BOTH_TEST(test_random_insns),
		BOTH_TEST(test_random_insns_unchecked),
		BOTH_TEST(test_runs_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
