/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For the reference's unit tests: instructions, and one engine to each test. */
#ifndef TAILCHECK_TEST_UTIL_H
#define TAILCHECK_TEST_UTIL_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "insn.h"
#include "reference.h"

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ \
		.code = (uint8_t)(c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define ALU64_K(op, d, i)	  INSN(BPF_ALU64 | (op), d, 0, 0, i)
#define ALU64_X(op, d, s)	  INSN(BPF_ALU64 | BPF_X | (op), d, s, 0, 0)
#define ALU32_K(op, d, i)	  INSN(BPF_ALU | (op), d, 0, 0, i)
#define MOV_K(d, i)		  ALU64_K(BPF_MOV, d, i)
#define MOV_X(d, s)		  ALU64_X(BPF_MOV, d, s)
#define ADD_K(d, i)		  ALU64_K(BPF_ADD, d, i)
#define LDX(size, d, s, o)	  INSN(BPF_LDX | BPF_MEM | BPF_##size, d, s, o, 0)
#define STX(size, d, o, s)	  INSN(BPF_STX | BPF_MEM | BPF_##size, d, s, o, 0)
#define ST(size, d, o, i)	  INSN(BPF_ST | BPF_MEM | BPF_##size, d, 0, o, i)
#define ATOMIC(size, op, d, o, s) INSN(BPF_STX | BPF_ATOMIC | BPF_##size, d, s, o, op)
#define JMP_K(op, d, i, o)	  INSN(BPF_JMP | (op), d, 0, o, i)
#define JMP_X(op, d, s, o)	  INSN(BPF_JMP | BPF_X | (op), d, s, o, 0)
#define JA(o)			  INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define CALL(n)			  INSN(BPF_JMP | BPF_CALL, 0, 0, 0, n)
#define CALL_LOCAL(n)		  INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, n)
#define EXIT			  INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LDDW(d, v)                                                                    \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, (int32_t)(uint32_t)((uint64_t)(v))), \
		INSN(0, 0, 0, 0, (int32_t)(uint32_t)((uint64_t)(v) >> 32))
#define LDMAP(d, fd) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define LDVAL(d, fd, o) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_VALUE, 0, fd), INSN(0, 0, 0, 0, o)

/* r6 is the context; index @i of array @fd; falls through */
#define TAIL_CALL(fd, i) MOV_X(1, 6), LDMAP(2, fd), MOV_K(3, i), CALL(BPF_FUNC_tail_call)

#define N(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

static inline int engine_set_up(void **state)
{
	*state = reference_interp_new(0);
	return 0;
}

static inline int jit_set_up(void **state)
{
	*state = reference_jit_new(0);
	return 0;
}

/* Nothing may be left behind by a test: reset finds out. */
static inline int engine_tear_down(void **state)
{
	struct engine *e = *state;
	int err = e->ops->reset(e);

	e->ops->destroy(e);
	return err;
}

#define ENGINE_TEST(f) cmocka_unit_test_setup_teardown(f, engine_set_up, engine_tear_down)

/* By the interpreter and by the JIT. */
#define JIT_TEST(f)  cmocka_unit_test_setup_teardown(f, jit_set_up, engine_tear_down)
#define BOTH_TEST(f) ENGINE_TEST(f), JIT_TEST(f)

static inline int new_map(struct engine *e, uint32_t type, uint32_t value, uint32_t entries)
{
	struct engine_map_create a = {
		.type = type, .key_size = 4, .value_size = value, .max_entries = entries
	};

	return e->ops->map_create(e, &a);
}

static inline int new_prog_array(struct engine *e, uint32_t entries)
{
	return new_map(e, BPF_MAP_TYPE_PROG_ARRAY, 4, entries);
}

static inline int load_as(struct engine *e, uint32_t type, const struct bpf_insn *insns, uint32_t n)
{
	struct engine_prog_load a = { .type = type, .insns = insns, .n_insns = n };

	return e->ops->prog_load(e, &a);
}

static inline int load(struct engine *e, const struct bpf_insn *insns, uint32_t n)
{
	return load_as(e, BPF_PROG_TYPE_SOCKET_FILTER, insns, n);
}

/* A program that gives @value. */
static inline int load_const(struct engine *e, int32_t value)
{
	struct bpf_insn insns[] = { MOV_K(0, value), EXIT };

	return load(e, insns, N(insns));
}

static inline int update(struct engine *e, int map, uint32_t key, uint64_t value, uint64_t flags)
{
	struct engine_elem el = { .fd = map, .key = &key, .value = &value, .flags = flags };

	return e->ops->map_update(e, &el);
}

static inline int delete (struct engine *e, int map, uint32_t key)
{
	struct engine_elem el = { .fd = map, .key = &key };

	return e->ops->map_delete(e, &el);
}

static inline int lookup(struct engine *e, int map, uint32_t key, uint64_t *value)
{
	struct engine_elem el = { .fd = map, .key = &key, .value = value };

	*value = 0;
	return e->ops->map_lookup(e, &el);
}

static inline uint64_t value_of(struct engine *e, int map, uint32_t key)
{
	uint64_t value;

	assert_int_equal(lookup(e, map, key, &value), 0);
	return value;
}

/* The errno, or 0 with the result in *r. */
static inline int run_prog(struct engine *e, int fd, uint32_t *r)
{
	char data[64] = { 0 };
	struct engine_run run = { .fd = fd, .data_in = data, .data_size_in = sizeof(data) };
	int err = e->ops->prog_run(e, &run);

	*r = run.retval;
	return err;
}

static inline uint32_t result_of(struct engine *e, int fd)
{
	uint32_t r;

	assert_int_equal(run_prog(e, fd, &r), 0);
	return r;
}

#endif
