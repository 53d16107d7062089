/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For tests of the instruction set: a few instructions on two operands. */
#ifndef TAILCHECK_TEST_OP_H
#define TAILCHECK_TEST_OP_H

#include "test_util.h"

/*
 * Run @op on r6 = a, r7 = b, r0 = a too (for compare and exchange), then give r6. The operands
 * come out of a map, so that nothing is known of them at load.
 */
static inline uint64_t run_op(struct engine *e, const struct bpf_insn *op, uint32_t n, uint64_t a,
			      uint64_t b)
{
	int map = new_map(e, BPF_MAP_TYPE_ARRAY, 24, 1);
	struct bpf_insn head[] = { LDVAL(8, map, 0), LDX(DW, 6, 8, 0), LDX(DW, 7, 8, 8),
				   MOV_X(0, 6) };
	struct bpf_insn tail[] = { STX(DW, 8, 16, 6), MOV_K(0, 0), EXIT };
	struct bpf_insn insns[32];
	uint64_t value[3] = { a, b, 0 };
	uint32_t key = 0;
	struct engine_elem el = { .fd = map, .key = &key, .value = value };
	int prog;

	memcpy(insns, head, sizeof(head));
	memcpy(insns + N(head), op, n * sizeof(*op));
	memcpy(insns + N(head) + n, tail, sizeof(tail));
	assert_int_equal(e->ops->map_update(e, &el), 0);
	prog = load(e, insns, N(head) + n + N(tail));
	if (prog < 0)
		print_message("load: %d\n", prog);
	assert_true(prog > 0);
	assert_int_equal(result_of(e, prog), 0);
	assert_int_equal(e->ops->map_lookup(e, &el), 0);
	e->ops->close(e, prog);
	e->ops->close(e, map);
	return value[2];
}

#endif
