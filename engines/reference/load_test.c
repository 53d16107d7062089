// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What BPF_PROG_LOAD refuses, and with which errno: kernel/bpf/verifier.c,
 * Documentation/bpf/verifier.rst.
 */
#include "test_util.h"

#include <stdlib.h>

#include "ref.h"

#define SF  BPF_PROG_TYPE_SOCKET_FILTER
#define CLS BPF_PROG_TYPE_SCHED_CLS
#define RTP BPF_PROG_TYPE_RAW_TRACEPOINT

/* In programs of the tables below: descriptors that are known when the test runs. */
#define FD_PROGS  1001
#define FD_ARRAY  1002 /* one value of 16 bytes */
#define FD_MANY	  1003 /* four of them */
#define FD_HASH	  1004
#define FD_RO	  1005 /* BPF_F_RDONLY_PROG */
#define FD_CLOSED 1006
#define FD_FILE	  1007
#define MAX_INSNS 24

#define SKB_ABS(size, off) INSN(BPF_LD | BPF_ABS | BPF_##size, 0, 0, 0, off)

struct load_row {
	const char *what;
	uint32_t type;
	int want; /* 0: loads */
	struct bpf_insn insns[MAX_INSNS];
};

#define END                  \
	{                    \
		.code = 0xff \
	}
#define RET MOV_K(0, 0), EXIT
#define KEY ST(W, 10, -4, 0), MOV_X(2, 10), ADD_K(2, -4)

static const struct load_row rows[] = {
	{ "nothing but exit", SF, -EACCES, { EXIT, END } },
	{ "no exit", SF, -EINVAL, { MOV_K(0, 0), END } },
	{ "r0 is set", SF, 0, { RET, END } },
	{ "unknown opcode", SF, -EINVAL, { INSN(0xe7, 0, 0, 0, 0), RET, END } },
	{ "jump out of range", SF, -EINVAL, { JA(5), RET, END } },
	{ "jump backwards out", SF, -EINVAL, { JA(-2), RET, END } },
	{ "jump into lddw", SF, -EINVAL, { JA(1), LDDW(1, 0), RET, END } },
	{ "unreachable", SF, -EINVAL, { MOV_K(0, 0), EXIT, MOV_K(0, 1), EXIT, END } },
	{ "cut lddw", SF, -EINVAL, { MOV_K(0, 0), JA(1), INSN(0x18, 1, 0, 0, 0), EXIT, END } },
	{ "register 11", SF, -EINVAL, { MOV_K(11, 0), RET, END } },
	{ "write r10", SF, -EACCES, { MOV_K(10, 0), RET, END } },
	{ "read r2", SF, -EACCES, { MOV_X(0, 2), EXIT, END } },
	{ "divide by 0", SF, -EINVAL, { MOV_K(0, 1), ALU64_K(BPF_DIV, 0, 0), EXIT, END } },
	{ "shift by 64", SF, -EINVAL, { MOV_K(0, 1), ALU64_K(BPF_LSH, 0, 64), EXIT, END } },
	{ "shift by -1", SF, -EINVAL, { MOV_K(0, 1), ALU64_K(BPF_LSH, 0, -1), EXIT, END } },
	{ "reserved field", SF, -EINVAL, { INSN(0xb7, 0, 1, 0, 0), EXIT, END } },
	{ "r0 on one way only",
	  SF,
	  -EACCES,
	  { LDX(W, 1, 1, 0), JMP_K(BPF_JEQ, 1, 0, 1), MOV_K(0, 0), EXIT, END } },
	{ "a number on one way, read behind a jump backwards",
	  SF,
	  -EACCES,
	  { LDX(W, 2, 1, 0), MOV_K(6, 7), JMP_K(BPF_JEQ, 2, 1, 1), MOV_X(6, 1), JA(2),
	    LDX(W, 0, 6, 0), EXIT, JA(-3), END } },
	{ "a number on one way, read behind a call",
	  SF,
	  -EACCES,
	  { LDX(W, 2, 1, 0), MOV_K(6, 7), JMP_K(BPF_JEQ, 2, 1, 1), MOV_X(6, 1), CALL_LOCAL(2),
	    LDX(W, 0, 6, 0), EXIT, MOV_K(0, 1), JMP_K(BPF_JEQ, 2, 1, 0), EXIT, END } },
	{ "a number on one way, read by nothing",
	  SF,
	  0,
	  { LDX(W, 2, 1, 0), MOV_K(6, 7), JMP_K(BPF_JEQ, 2, 1, 1), MOV_X(6, 1), CALL_LOCAL(2),
	    MOV_K(0, 0), EXIT, MOV_K(0, 1), JMP_K(BPF_JEQ, 2, 1, 0), EXIT, END } },
	{ "r0 on the only way",
	  SF,
	  0,
	  { MOV_K(1, 1), JMP_K(BPF_JEQ, 1, 0, 1), MOV_K(0, 0), EXIT, END } },

	/* memory */
	{ "stack", SF, 0, { ST(DW, 10, -512, 1), LDX(DW, 0, 10, -512), EXIT, END } },
	{ "below the stack", SF, -EACCES, { ST(DW, 10, -520, 1), RET, END } },
	{ "above the stack", SF, -EACCES, { ST(DW, 10, 0, 1), RET, END } },
	{ "unaligned", SF, -EACCES, { ST(DW, 10, -4, 1), RET, END } },
	{ "stack by pointer",
	  SF,
	  -EACCES,
	  { MOV_X(1, 10), ADD_K(1, -520), ST(DW, 1, 0, 1), RET, END } },
	{ "a number is no pointer", SF, -EACCES, { MOV_K(1, 64), LDX(W, 0, 1, 0), EXIT, END } },
	{ "context field", SF, 0, { LDX(W, 0, 1, 8), EXIT, END } },
	{ "context beyond", SF, -EACCES, { LDX(W, 0, 1, 4000), EXIT, END } },
	{ "context before", SF, -EACCES, { LDX(W, 0, 1, -4), EXIT, END } },
	{ "context unaligned", SF, -EACCES, { LDX(W, 0, 1, 2), EXIT, END } },
	{ "context moved", SF, -EACCES, { ADD_K(1, 8), LDX(W, 0, 1, 0), EXIT, END } },
	{ "mark, sched_cls", CLS, 0, { ST(W, 1, 8, 1), RET, END } },
	{ "mark, socket_filter", SF, -EACCES, { MOV_K(2, 1), STX(W, 1, 8, 2), RET, END } },
	{ "cb, socket_filter", SF, 0, { MOV_K(2, 1), STX(DW, 1, 48, 2), RET, END } },
	{ "data, socket_filter", SF, -EACCES, { LDX(W, 0, 1, 76), EXIT, END } },
	{ "half of data", CLS, -EACCES, { LDX(H, 0, 1, 76), EXIT, END } },
	{ "arguments", RTP, 0, { LDX(DW, 0, 1, 88), EXIT, END } },
	{ "arguments beyond", RTP, -EACCES, { LDX(DW, 0, 1, 96), EXIT, END } },
	{ "arguments written", RTP, -EACCES, { ST(DW, 1, 0, 1), RET, END } },
	{ "map value", SF, 0, { LDVAL(1, FD_ARRAY, 8), LDX(DW, 0, 1, 0), EXIT, END } },
	{ "map value beyond", SF, -EACCES, { LDVAL(1, FD_ARRAY, 8), LDX(DW, 0, 1, 8), EXIT, END } },
	{ "map value off", SF, -EINVAL, { LDVAL(1, FD_ARRAY, 16), RET, END } },
	{ "value of many", SF, -ENGINE_ENOTSUPP, { LDVAL(1, FD_MANY, 0), RET, END } },
	{ "value of a hash", SF, -EINVAL, { LDVAL(1, FD_HASH, 0), RET, END } },
	{ "value of a prog_array", SF, -EINVAL, { LDVAL(1, FD_PROGS, 0), RET, END } },
	{ "write to read-only", SF, -EACCES, { LDVAL(1, FD_RO, 0), ST(W, 1, 0, 1), RET, END } },
	{ "read of read-only", SF, 0, { LDVAL(1, FD_RO, 0), LDX(W, 0, 1, 0), EXIT, END } },
	{ "closed fd", SF, -EBADF, { LDMAP(1, FD_CLOSED), RET, END } },
	{ "file fd", SF, -EINVAL, { LDMAP(1, FD_FILE), RET, END } },
	{ "atomic on the context",
	  SF,
	  -EACCES,
	  { MOV_K(2, 1), ATOMIC(W, BPF_ADD, 1, 48, 2), RET, END } },

	/* helpers */
	{ "lookup",
	  SF,
	  0,
	  { KEY, LDMAP(1, FD_HASH), CALL(1), JMP_K(BPF_JEQ, 0, 0, 1), LDX(DW, 0, 0, 8), EXIT,
	    END } },
	{ "no null check",
	  SF,
	  -EACCES,
	  { KEY, LDMAP(1, FD_HASH), CALL(1), LDX(DW, 0, 0, 8), EXIT, END } },
	{ "null check the wrong way",
	  SF,
	  -EACCES,
	  { KEY, LDMAP(1, FD_HASH), CALL(1), JMP_K(BPF_JNE, 0, 0, 1), LDX(DW, 0, 0, 8), EXIT,
	    END } },
	{ "null check of a copy",
	  SF,
	  0,
	  { KEY, LDMAP(1, FD_HASH), CALL(1), MOV_X(7, 0), JMP_K(BPF_JEQ, 0, 0, 1), LDX(DW, 0, 7, 8),
	    EXIT, END } },
	{ "constant key", SF, 0, { KEY, LDMAP(1, FD_MANY), CALL(1), LDX(DW, 0, 0, 8), EXIT, END } },
	{ "r1 after a call",
	  SF,
	  -EACCES,
	  { KEY, LDMAP(1, FD_HASH), CALL(1), MOV_X(0, 1), EXIT, END } },
	{ "key beyond the stack",
	  SF,
	  -EINVAL,
	  { MOV_X(2, 10), ADD_K(2, -2), LDMAP(1, FD_HASH), CALL(1), RET, END } },
	{ "lookup in a prog_array", SF, -EINVAL, { KEY, LDMAP(1, FD_PROGS), CALL(1), RET, END } },
	{ "no such helper", SF, -EINVAL, { CALL(100000), RET, END } },
	{ "not for this type", SF, -EINVAL, { CALL(BPF_FUNC_xdp_adjust_head), RET, END } },

	/* tail calls */
	{ "tail call", SF, 0, { LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), RET, END } },
	{ "index out of range", SF, 0, { LDMAP(2, FD_PROGS), MOV_K(3, 99), CALL(12), RET, END } },
	{ "r1 is a number",
	  SF,
	  -EACCES,
	  { MOV_K(1, 0), LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r1 is moved",
	  SF,
	  -EACCES,
	  { ADD_K(1, 8), LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r1 is the stack",
	  SF,
	  -EACCES,
	  { MOV_X(1, 10), LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r2 is a number", SF, -EACCES, { MOV_K(2, 0), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r2 is a value",
	  SF,
	  -EACCES,
	  { LDVAL(2, FD_ARRAY, 0), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r2 is an array", SF, -EINVAL, { LDMAP(2, FD_MANY), MOV_K(3, 0), CALL(12), RET, END } },
	{ "r3 is nothing", SF, -EACCES, { LDMAP(2, FD_PROGS), CALL(12), RET, END } },
	{ "r3 is a pointer", SF, 0, { LDMAP(2, FD_PROGS), MOV_X(3, 10), CALL(12), RET, END } },
	{ "r0 after a miss",
	  SF,
	  -EACCES,
	  { LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), EXIT, END } },
	{ "packet after a miss",
	  CLS,
	  0,
	  { LDX(W, 7, 1, 76), LDX(W, 8, 1, 80), MOV_X(9, 7), ADD_K(9, 1), JMP_X(BPF_JGT, 9, 8, 5),
	    LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), LDX(B, 0, 7, 0), RET, END } },

	/* loads out of the packet */
	{ "skb load", SF, 0, { MOV_X(6, 1), SKB_ABS(B, 0), EXIT, END } },
	{ "skb load of 8 bytes", SF, -EINVAL, { MOV_X(6, 1), SKB_ABS(DW, 0), EXIT, END } },
	{ "skb load, reserved field",
	  SF,
	  -EINVAL,
	  { MOV_X(6, 1), INSN(BPF_LD | BPF_ABS | BPF_B, 1, 0, 0, 0), RET, END } },
	{ "skb load, not for this type",
	  BPF_PROG_TYPE_XDP,
	  -EINVAL,
	  { MOV_X(6, 1), SKB_ABS(B, 0), EXIT, END } },
	{ "skb load in a function, no BTF",
	  SF,
	  -EINVAL,
	  { CALL_LOCAL(1), EXIT, MOV_X(6, 1), SKB_ABS(B, 0), EXIT, END } },

	/* functions */
	{ "call out of range", SF, -EINVAL, { CALL_LOCAL(7), RET, END } },
	{ "function runs out", SF, -EINVAL, { CALL_LOCAL(1), EXIT, MOV_K(0, 0), END } },
	{ "jump out of a function",
	  SF,
	  -EINVAL,
	  { CALL_LOCAL(2), MOV_K(0, 0), EXIT, MOV_K(0, 0), JA(-3), EXIT, END } },
	{ "recursion", SF, -E2BIG, { CALL_LOCAL(1), EXIT, CALL_LOCAL(-1), EXIT, END } },
	{ "argument is not set", SF, -EACCES, { CALL_LOCAL(1), EXIT, MOV_X(0, 2), EXIT, END } },
	{ "argument is set", SF, 0, { MOV_K(2, 1), CALL_LOCAL(1), EXIT, MOV_X(0, 2), EXIT, END } },
	{ "r6 is the function's own",
	  SF,
	  -EACCES,
	  { MOV_K(6, 1), CALL_LOCAL(1), EXIT, MOV_X(0, 6), EXIT, END } },
	{ "function returns its stack",
	  SF,
	  -EINVAL,
	  { CALL_LOCAL(1), EXIT, MOV_X(0, 10), EXIT, END } },
	{ "tail call in a function, no BTF",
	  SF,
	  -EINVAL,
	  { CALL_LOCAL(1), EXIT, LDMAP(2, FD_PROGS), MOV_K(3, 0), CALL(12), RET, END } },
};

static void fill_fds(struct engine *e, int32_t fds[7])
{
	struct engine_map_create ro = { .type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = 16,
					.max_entries = 1,
					.flags = BPF_F_RDONLY_PROG };

	fds[0] = new_prog_array(e, 4);
	fds[1] = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	fds[2] = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 4);
	fds[3] = new_map(e, BPF_MAP_TYPE_HASH, 16, 4);
	fds[4] = e->ops->map_create(e, &ro);
	fds[5] = e->ops->odd_fd(e, ENGINE_FD_CLOSED);
	fds[6] = e->ops->odd_fd(e, ENGINE_FD_FILE);
}

static void test_rows(void **state)
{
	struct engine *e = *state;

	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[MAX_INSNS];
		char log[512] = "";
		struct engine_prog_load a = {
			.type = rows[i].type, .insns = insns, .log = log, .log_size = sizeof(log)
		};
		int32_t fds[7];
		int got;

		fill_fds(e, fds);
		memcpy(insns, rows[i].insns, sizeof(insns));
		while (insns[a.n_insns].code != 0xff) {
			struct bpf_insn *in = &insns[a.n_insns++];

			if (insn_is_wide(in) && in->src_reg && in->imm > 1000)
				in->imm = fds[in->imm - 1001];
		}
		got = e->ops->prog_load(e, &a);
		if ((got > 0 ? 0 : got) != rows[i].want)
			print_message("%s: %d %s\n", rows[i].what, got, log);
		assert_int_equal(got > 0 ? 0 : got, rows[i].want);
		if (got < 0 && got != -ENGINE_ENOTSUPP)
			assert_true(*log);
		assert_int_equal(e->ops->reset(e), 0);
	}
}

static void test_attributes(void **state)
{
	static const struct bpf_insn ret[] = { MOV_K(0, 0), EXIT };
	static const struct {
		uint32_t type, attach, flags, n;
		int want;
	} attrs[] = {
		{ SF, 0, 0, 2, 0 },
		{ SF, 37, 0, 2, 0 }, /* not looked at for this type */
		{ SF, 0, 0, 0, -E2BIG },
		{ SF, 0, 0, 1000001, -E2BIG },
		{ SF, 0, 1U << 31, 2, -EINVAL },
		{ SF, 0, BPF_F_SLEEPABLE, 2, -EINVAL },
		{ BPF_PROG_TYPE_SYSCALL, 0, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE, 2, 0 },
		{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 0, 2, 0 },
		{ BPF_PROG_TYPE_CGROUP_SKB, 5, 0, 2, -EINVAL },
		{ 0, 0, 0, 2, -EINVAL },
		{ 1000, 0, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_LIRC_MODE2, 0, 0, 2, 0 },
		{ BPF_PROG_TYPE_CGROUP_SOCK, 0, 0, 2, 0 }, /* means the creation of one */
		{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_BIND, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 0, 2, 0 },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 0, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_SK_LOOKUP, 0, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, 0, 2, 0 },
		{ BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0, 2, -EINVAL },
		{ BPF_PROG_TYPE_KPROBE, 0, BPF_F_SLEEPABLE, 2, 0 },
		/* "Tracing programs must provide btf_id" */
		{ BPF_PROG_TYPE_EXT, 0, 0, 2, -EINVAL },
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(attrs); i++) {
		struct engine_prog_load a = {
			.type = attrs[i].type,
			.expected_attach_type = attrs[i].attach,
			.flags = attrs[i].flags,
			.insns = ret,
			.n_insns = attrs[i].n,
		};
		int got = e->ops->prog_load(e, &a);

		assert_int_equal(got > 0 ? 0 : got, attrs[i].want);
	}
}

/*
 * A main program that uses @main bytes of stack and calls a function that uses @sub and makes a
 * tail call.
 */
static int load_stacks(struct engine *e, int main_bytes, int sub_bytes)
{
	int progs = new_prog_array(e, 1);
	struct engine_func funcs[] = { { 0, "main" }, { 3, "sub" } };
	struct bpf_insn insns[] = {
		ST(B, 10, -main_bytes, 0),
		CALL_LOCAL(1),
		EXIT,
		ST(B, 10, -sub_bytes, 0),
		LDMAP(2, progs),
		MOV_K(3, 0),
		CALL(12),
		MOV_K(0, 0),
		EXIT,
	};
	struct engine_prog_load a = {
		.type = SF, .insns = insns, .n_insns = N(insns), .funcs = funcs, .n_funcs = 2
	};

	return e->ops->prog_load(e, &a);
}

/* kernel/bpf/verifier.c check_max_stack_depth: below 256 bytes above, 512 in all */
static void test_stack_limits(void **state)
{
	struct engine *e = *state, *old = reference_interp_new(QUIRK(STACK_IN_32));

	assert_true(load_stacks(e, 240, 8) > 0);
	assert_int_equal(load_stacks(e, 241, 8), -EACCES);
	assert_true(load_stacks(e, 8, 496) > 0);
	assert_int_equal(load_stacks(e, 17, 496), -EACCES);
	assert_int_equal(load_stacks(old, 240, 8), -EACCES);
	assert_true(load_stacks(old, 224, 8) > 0);
	assert_true(load_stacks(old, 8, 480) > 0);
	assert_int_equal(load_stacks(old, 8, 481), -EACCES);
	old->ops->destroy(old);
}

/* Quirks of older kernels. */
static void test_quirks(void **state)
{
	struct engine *e = *state;
	struct engine *old =
		reference_interp_new(QUIRK(SLEEPABLE_NO_PROG_ARRAY) | QUIRK(NO_XDP_FRAGS) |
				     QUIRK(TAIL_CALL_VOIDS_PACKET));
	int m = new_prog_array(e, 1), om = new_prog_array(old, 1);
	struct bpf_insn insns[] = { LDMAP(1, m), MOV_K(0, 0), EXIT };
	struct bpf_insn packet[] = {
		MOV_X(6, 1),	  LDX(W, 7, 1, 76),
		LDX(W, 8, 1, 80), MOV_X(9, 7),
		ADD_K(9, 1),	  JMP_X(BPF_JGT, 9, 8, 6),
		TAIL_CALL(om, 0), LDX(B, 0, 7, 0),
		MOV_K(0, 0),	  EXIT,
	};
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SYSCALL,
				      .flags = BPF_F_SLEEPABLE,
				      .insns = insns,
				      .n_insns = N(insns) };

	assert_true(e->ops->prog_load(e, &a) > 0);
	assert_int_equal(old->ops->prog_load(old, &a), -EINVAL);
	a.type = BPF_PROG_TYPE_XDP;
	a.flags = BPF_F_XDP_HAS_FRAGS;
	assert_int_equal(old->ops->prog_load(old, &a), -EINVAL);
	assert_int_equal(load_as(old, CLS, packet, N(packet)), -EACCES);
	old->ops->destroy(old);
}

/* Instructions that came later: refused by whom lacks them, and the others not. */
static void test_ages(void **state)
{
	static const struct {
		quirk_set quirk;
		struct bpf_insn insn;
	} rows[] = {
		{ 0, ATOMIC(DW, BPF_ADD, 10, -8, 1) },
		{ 0, INSN(BPF_ALU | BPF_END | BPF_TO_BE, 1, 0, 0, 16) },
		{ 0, ALU64_X(BPF_DIV, 1, 1) },
		{ 0, LDX(W, 1, 10, -8) },
		{ 0, JA(0) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_ALU64 | BPF_DIV, 1, 0, 1, 2) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_ALU | BPF_MOD | BPF_X, 1, 1, 1, 0) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 1, 32, 0) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_ALU | BPF_MOV | BPF_X, 1, 1, 8, 0) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_ALU64 | BPF_END, 1, 0, 0, 16) },
		{ QUIRK(NO_ISA_V4), INSN(BPF_LDX | INSN_MEMSX | BPF_H, 1, 10, -8, 0) },
		{ QUIRK(NO_GOTOL), INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 0) },
		{ QUIRK(NO_ATOMICS), ATOMIC(W, BPF_OR, 10, -8, 1) },
		{ QUIRK(NO_ATOMICS), ATOMIC(DW, BPF_ADD | BPF_FETCH, 10, -8, 1) },
		{ QUIRK(NO_ATOMICS), ATOMIC(DW, BPF_XCHG, 10, -8, 1) },
		{ QUIRK(NO_ATOMICS), ATOMIC(W, INSN_STORE_REL, 10, -8, 1) },
	};
	static const uint64_t ages[] = { 0, QUIRK(NO_ISA_V4), QUIRK(NO_GOTOL), QUIRK(NO_ATOMICS) };
	struct ref *ref = to_ref(*state);

	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { ST(DW, 10, -8, 1), MOV_K(0, 0), MOV_K(1, 1),
					    rows[i].insn, EXIT };

		for (size_t age = 0; age < N(ages); age++) {
			bool refused = ages[age] & rows[i].quirk;
			int fd;

			ref->quirks = ages[age];
			fd = load(&ref->engine, insns, N(insns));
			if (refused ? fd != -EINVAL : fd < 0)
				fail_msg("row %zu, age %zu: %d", i, age, fd);
		}
	}
}

/* @n tail calls with constant indices, of which one is out of range. */
static int load_sites(struct engine *e, int progs, uint32_t n, bool local)
{
	struct bpf_insn *insns = calloc(n * 5 + 8, sizeof(*insns));
	uint32_t len = 0;
	int fd;

	insns[len++] = MOV_X(6, 1);
	for (uint32_t i = 0; i < n; i++) {
		struct bpf_insn call[] = { TAIL_CALL(progs, i ? 0 : 99) };

		memcpy(&insns[len], call, sizeof(call));
		len += N(call);
	}
	if (local)
		insns[len++] = CALL_LOCAL(2);
	insns[len++] = MOV_K(0, 0);
	insns[len++] = EXIT;
	if (local) {
		insns[len++] = MOV_K(0, 0);
		insns[len++] = EXIT;
	}
	fd = load(e, insns, len);
	free(insns);
	return fd;
}

/* kernel/bpf/core.c bpf_jit_add_poke_descriptor; verifier.c check_map_func_compatibility */
static void test_sites(void **state)
{
	struct engine *e = *state;
	struct engine *interp = reference_interp_new(QUIRK(NO_MIXED_CALLS));
	int m = new_prog_array(e, 1), im = new_prog_array(interp, 1);

	assert_true(load_sites(e, m, 1025, false) > 0);
	assert_int_equal(load_sites(e, m, 1026, false), -ENOSPC);
	to_ref(e)->quirks |= QUIRK(NO_DIRECT_CALLS);
	assert_true(load_sites(e, m, 1026, false) > 0);
	to_ref(e)->quirks = 0;
	assert_true(load_sites(e, m, 2, true) > 0);
	assert_int_equal(load_sites(interp, im, 2, true), -EINVAL);
	interp->ops->destroy(interp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_rows),		ENGINE_TEST(test_attributes),
		ENGINE_TEST(test_stack_limits), ENGINE_TEST(test_sites),
		ENGINE_TEST(test_quirks),	ENGINE_TEST(test_ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
