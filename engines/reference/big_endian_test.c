// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The quirks of other machines: memory in the other order, alignment. Values by hand. */
#include "test_util.h"

#define TO_BE(bits) INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, bits)
#define TO_LE(bits) INSN(BPF_ALU | BPF_END | BPF_TO_LE, 0, 0, 0, bits)

static uint32_t run_once(struct engine *e, const struct bpf_insn *insns, uint32_t n)
{
	struct engine_prog_load load = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
					 .insns = insns,
					 .n_insns = n };
	uint8_t packet[14] = { [12] = 0x12, [13] = 0x34 };
	struct engine_run run = { .data_in = packet, .data_size_in = sizeof(packet) };

	run.fd = e->ops->prog_load(e, &load);
	assert_true(run.fd >= 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	e->ops->close(e, run.fd);
	return run.retval;
}

#define STACK_LOAD(size, off)                                                                     \
	{                                                                                         \
		LDDW(2, 0x0102030405060708ULL), STX(DW, 10, -8, 2), LDX(size, 0, 10, -8 + (off)), \
			EXIT                                                                      \
	}

static void numbers_have_their_highest_byte_first(void **state)
{
	static const struct {
		struct bpf_insn insns[5];
		uint32_t little, big;
	} rows[] = {
		{ STACK_LOAD(B, 0), 8, 1 },
		{ STACK_LOAD(B, 7), 1, 8 },
		{ STACK_LOAD(H, 0), 0x0708, 0x0102 },
		{ STACK_LOAD(W, 4), 0x01020304, 0x05060708 },
		{ STACK_LOAD(DW, 0), 0x05060708, 0x05060708 },
		{ { MOV_K(0, 0x1234), TO_BE(16), EXIT, EXIT, EXIT }, 0x3412, 0x1234 },
		{ { MOV_K(0, 0x1234), TO_LE(16), EXIT, EXIT, EXIT }, 0x1234, 0x3412 },
		/* __sk_buff.protocol is in the network's order */
		{ { LDX(W, 0, 1, 16), EXIT, EXIT, EXIT, EXIT }, 0x3412, 0x1234 },
		/* bytes of ifindex, which is 1 */
		{ { LDX(B, 0, 1, 40), EXIT, EXIT, EXIT, EXIT }, 1, 0 },
		{ { LDX(B, 0, 1, 43), EXIT, EXIT, EXIT, EXIT }, 0, 1 },
	};
	struct engine *e[2] = { reference_interp_new(0), reference_interp_new(QUIRK(BIG_ENDIAN)) };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		uint32_t n = 1;

		while (rows[i].insns[n - 1].code != (BPF_JMP | BPF_EXIT))
			n++;
		assert_int_equal(run_once(e[0], rows[i].insns, n), rows[i].little);
		assert_int_equal(run_once(e[1], rows[i].insns, n), rows[i].big);
	}
	e[0]->ops->destroy(e[0]);
	e[1]->ops->destroy(e[1]);
}

/* An engine that is used again has the order of its new quirks. */
static void the_order_follows_the_quirks(void **state)
{
	static const struct bpf_insn insns[] = STACK_LOAD(B, 0);
	struct engine *e = reference_interp_new(QUIRK(BIG_ENDIAN));

	(void)state;
	assert_int_equal(run_once(e, insns, N(insns)), 1);
	reference_set_quirks(e, 0);
	assert_false(e->big_endian);
	assert_int_equal(run_once(e, insns, N(insns)), 8);
	reference_set_quirks(e, QUIRK(BIG_ENDIAN));
	assert_int_equal(run_once(e, insns, N(insns)), 1);
	e->ops->destroy(e);
}

/* The JIT leaves them to the interpreter, and says so. */
static void the_jit_has_no_such_quirks(void **state)
{
	static const struct bpf_insn insns[] = { MOV_K(0, 1), EXIT };
	struct engine_prog_load load = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
					 .insns = insns,
					 .n_insns = N(insns) };
	struct engine *e = reference_jit_new(QUIRK(BIG_ENDIAN));

	(void)state;
	assert_int_equal(e->ops->prog_load(e, &load), ENGINE_UNSUPPORTED);
	assert_true(strlen(e->why) > 0);
	e->ops->destroy(e);
}

/* Offsets that are not known, but their last bits. */
static void alignment_by_the_last_bits(void **state)
{
	static const struct {
		struct bpf_insn op[2]; /* on r2, some number of 32 bits */
		int16_t off;
		uint8_t size;
		int want;
	} rows[] = {
		{ { ALU64_K(BPF_AND, 2, 8), ALU64_K(BPF_ADD, 2, 0) }, 0, BPF_DW, 0 },
		{ { ALU64_K(BPF_AND, 2, 8), ALU64_K(BPF_ADD, 2, 4) }, 0, BPF_DW, -EACCES },
		{ { ALU64_K(BPF_AND, 2, 8), ALU64_K(BPF_ADD, 2, 4) }, 4, BPF_DW, 0 },
		{ { ALU64_K(BPF_AND, 2, 1), ALU64_K(BPF_LSH, 2, 2) }, 0, BPF_W, 0 },
		{ { ALU64_K(BPF_AND, 2, 1), ALU64_K(BPF_LSH, 2, 2) }, 0, BPF_DW, -EACCES },
		{ { ALU64_K(BPF_AND, 2, 1), ALU64_K(BPF_LSH, 2, 2) }, 2, BPF_W, -EACCES },
		{ { ALU64_K(BPF_AND, 2, 1), ALU64_K(BPF_MUL, 2, 8) }, 0, BPF_DW, 0 },
		{ { ALU64_K(BPF_AND, 2, 3), ALU64_K(BPF_ADD, 2, 0) }, 0, BPF_B, 0 },
		{ { ALU64_K(BPF_AND, 2, 3), ALU64_K(BPF_ADD, 2, 0) }, 0, BPF_H, -EACCES },
		{ { ALU64_K(BPF_AND, 2, 0), ALU64_K(BPF_ADD, 2, 1) }, 0, BPF_H, -EACCES },
	};
	struct engine *e[2] = { reference_interp_new(0),
				reference_interp_new(QUIRK(STRICT_ALIGNMENT)) };

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		for (int strict = 0; strict < 2; strict++) {
			struct engine_map_create map = { .type = BPF_MAP_TYPE_ARRAY,
							 .key_size = 4,
							 .value_size = 32,
							 .max_entries = 1 };
			int m = e[strict]->ops->map_create(e[strict], &map);
			struct bpf_insn insns[] = {
				LDX(W, 2, 1, 8),
				rows[i].op[0],
				rows[i].op[1],
				LDVAL(3, m, 0),
				ALU64_X(BPF_ADD, 3, 2),
				INSN(BPF_LDX | BPF_MEM | rows[i].size, 0, 3, rows[i].off, 0),
				MOV_K(0, 1),
				EXIT,
			};
			struct engine_prog_load load = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
							 .insns = insns,
							 .n_insns = N(insns) };
			int fd = e[strict]->ops->prog_load(e[strict], &load);

			assert_int_equal(fd < 0 ? fd : 0, strict ? rows[i].want : 0);
		}
	}
	e[0]->ops->destroy(e[0]);
	e[1]->ops->destroy(e[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_their_highest_byte_first),
		cmocka_unit_test(the_order_follows_the_quirks),
		cmocka_unit_test(the_jit_has_no_such_quirks),
		cmocka_unit_test(alignment_by_the_last_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
