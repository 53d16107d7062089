// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What programs seldom do: refusals at load that no case needs, and what is not modelled and says
 * so; and packets that few test runs have. kernel/bpf/verifier.c, net/bpf/test_run.c
 */
#include "test_util.h"

#include "ref.h"

#define SF	  BPF_PROG_TYPE_SOCKET_FILTER
#define CLS	  BPF_PROG_TYPE_SCHED_CLS
#define MAX_INSNS 16
#define FD_HASH	  1001
#define FD_RO	  1002 /* BPF_F_RDONLY_PROG */
#define END                  \
	{                    \
		.code = 0xff \
	}
#define RET	    MOV_K(0, 0), EXIT
#define WIDE(d, s)  INSN(BPF_LD | BPF_IMM | BPF_DW, d, s, 0, 0), INSN(0, 0, 0, 0, 0)
#define LOAD_BYTES  CALL(BPF_FUNC_skb_load_bytes)
#define BUFFER	    MOV_K(2, 0), MOV_X(3, 10), ADD_K(3, -16)
#define SKB(field)  offsetof(struct __sk_buff, field)
#define UNSUPPORTED ENGINE_UNSUPPORTED

static const struct {
	const char *what;
	int want;
	struct bpf_insn insns[MAX_INSNS];
} rows[] = {
	{ "kernel function", UNSUPPORTED, { INSN(BPF_JMP | BPF_CALL, 0, 2, 0, 1), RET, END } },
	{ "may_goto", UNSUPPORTED, { INSN(BPF_JMP | INSN_JCOND, 0, 0, 0, 0), RET, END } },
	{ "no such jump", -EINVAL, { INSN(BPF_JMP | 0xf0, 0, 0, 0, 0), RET, END } },
	{ "map, and more",
	  -EINVAL,
	  { INSN(0x18, 1, 1, 0, FD_HASH), INSN(0, 0, 0, 0, 5), RET, END } },
	{ "wide with an offset",
	  -EINVAL,
	  { INSN(0x18, 1, 0, 5, 0), INSN(0, 0, 0, 0, 0), RET, END } },
	{ "wide, register 11", -EINVAL, { WIDE(11, 0), RET, END } },
	{ "kernel variable", UNSUPPORTED, { WIDE(1, BPF_PSEUDO_BTF_ID), RET, END } },
	{ "map by index, no array", -EPROTO, { WIDE(1, BPF_PSEUDO_MAP_IDX), RET, END } },
	{ "no such kind of wide", -EINVAL, { WIDE(1, 9), RET, END } },
	{ "32 bits of a pointer", 0, { INSN(BPF_ALU | BPF_SUB, 1, 0, 0, 1), RET, END } },
	{ "down from the stack", -EACCES, { MOV_X(2, 10), ALU64_K(BPF_SUB, 2, 8), RET, END } },
	{ "size is a pointer", -EACCES, { BUFFER, MOV_X(4, 10), LOAD_BYTES, RET, END } },
	{ "size is zero", -EACCES, { BUFFER, MOV_K(4, 0), LOAD_BYTES, RET, END } },
	{ "size is variable",
	  0,
	  { BUFFER, LDX(W, 4, 1, 8), ALU64_K(BPF_AND, 4, 3), ADD_K(4, 1), LOAD_BYTES, RET, END } },
	{ "buffer is somewhere",
	  0,
	  { BUFFER, LDX(W, 4, 1, 8), ALU64_K(BPF_AND, 4, 3), ALU64_X(BPF_ADD, 3, 4), MOV_K(4, 4),
	    LOAD_BYTES, RET, END } },
	{ "update of read-only",
	  -EACCES,
	  { ST(DW, 10, -8, 0), ST(DW, 10, -16, 0), MOV_X(2, 10), ADD_K(2, -8), MOV_X(3, 10),
	    ADD_K(3, -16), MOV_K(4, 0), LDMAP(1, FD_RO), CALL(BPF_FUNC_map_update_elem), RET,
	    END } },
	{ "context out of the stack",
	  0,
	  { STX(DW, 10, -8, 1), LDX(DW, 2, 10, -8), LDX(W, 0, 2, 0), EXIT, END } },
	{ "acquire of a map",
	  UNSUPPORTED,
	  { LDMAP(1, FD_HASH), ATOMIC(DW, INSN_LOAD_ACQ, 0, 0, 1), EXIT, END } },
	{ "an argument below r11 is r11", -EINVAL, { STX(DW, 11, -8, 11), RET, END } },
	{ "half an argument", UNSUPPORTED, { LDX(DW, 0, 11, 4), EXIT, END } },
	{ "a pointer as the sixth argument",
	  UNSUPPORTED,
	  { STX(DW, 11, -8, 10), CALL_LOCAL(2), RET, LDX(DW, 0, 11, 8), EXIT, END } },
	{ "half a pointer, released", -EACCES, { ATOMIC(W, INSN_STORE_REL, 10, -8, 1), RET, END } },
};

static void test_rows(void **state)
{
	struct engine *e = *state;
	struct engine_map_create ro = { .type = BPF_MAP_TYPE_ARRAY,
					.key_size = 4,
					.value_size = 16,
					.max_entries = 1,
					.flags = BPF_F_RDONLY_PROG };
	int fds[] = { new_map(e, BPF_MAP_TYPE_HASH, 16, 4), e->ops->map_create(e, &ro) };

	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[MAX_INSNS];
		uint32_t n = 0;
		int fd;

		for (; rows[i].insns[n].code != 0xff; n++) {
			insns[n] = rows[i].insns[n];
			if (insns[n].code == 0x18 && insns[n].src_reg == BPF_PSEUDO_MAP_FD)
				insns[n].imm = fds[insns[n].imm - FD_HASH];
		}
		fd = load_as(e, SF, insns, n);
		if (rows[i].want ? fd != rows[i].want : fd < 0)
			fail_msg("%s: %d", rows[i].what, fd);
	}
}

static void test_too_many(void **state)
{
	struct engine *e = *state;
	struct bpf_insn maps[2 * 65 + 2], funcs[257 + 2 * 257];
	uint32_t n = 0;

	for (size_t i = 0; i < 65; i++) {
		struct bpf_insn ld[] = { LDMAP(1, new_prog_array(e, 1)) };

		memcpy(&maps[2 * i], ld, sizeof(ld));
	}
	maps[130] = MOV_K(0, 0);
	maps[131] = EXIT;
	assert_int_equal(load(e, maps, N(maps)), -E2BIG);
	memcpy(&maps[128], &maps[130], 2 * sizeof(maps[0]));
	assert_true(load(e, maps, 130) > 0);

	/* a function for each of 256 calls, and the main one */
	for (; n < 256; n++)
		funcs[n] = CALL_LOCAL(256 + (int)n);
	funcs[n++] = EXIT;
	for (int i = 0; i < 256; i++) {
		funcs[n++] = MOV_K(0, 0);
		funcs[n++] = EXIT;
	}
	assert_int_equal(load(e, funcs, n), -E2BIG);
}

/* kernel/bpf/verifier.c check_return_code: a cgroup's filter says 0 or 1 */
static void test_result_range(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { MOV_K(0, 1), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_CGROUP_SKB,
				      .expected_attach_type = BPF_CGROUP_INET_INGRESS,
				      .insns = insns,
				      .n_insns = N(insns) };

	assert_true(e->ops->prog_load(e, &a) > 0);
	insns[0].imm = 2;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
	a.expected_attach_type = BPF_CGROUP_INET_EGRESS;
	assert_true(e->ops->prog_load(e, &a) > 0);
}

static int run_field(struct engine *e, size_t off, const uint8_t *data, uint32_t size, uint32_t *r)
{
	struct bpf_insn insns[] = { LDX(W, 0, 1, (int16_t)off), EXIT };
	struct engine_run run = { .fd = load_as(e, SF, insns, N(insns)),
				  .data_in = data,
				  .data_size_in = size };
	int err = e->ops->prog_run(e, &run);

	*r = run.retval;
	e->ops->close(e, run.fd);
	return err;
}

/* Addresses and family are the packet's; a header that is cut off is refused. */
static void test_ip(void **state)
{
	static const struct {
		uint16_t type;
		uint32_t header, family;
		size_t local, remote;
		uint32_t local_at, remote_at;
	} ips[] = {
		{ 0x0008, 20, 2, SKB(local_ip4), SKB(remote_ip4), 26, 30 },
		{ 0xdd86, 40, 10, SKB(local_ip6[3]), SKB(remote_ip6[3]), 34, 50 },
	};
	struct engine *e = *state;
	static const uint8_t novell[] = { 0, 5, 0xff,
					  0xff }; /* a length, and no header behind it */
	uint8_t data[64];
	uint32_t r, want;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = 0; i < N(ips); i++) {
		memcpy(data + 12, &ips[i].type, 2);
		assert_int_equal(run_field(e, SKB(family), data, 14 + ips[i].header, &r), 0);
		assert_int_equal(r, ips[i].family);
		assert_int_equal(run_field(e, SKB(family), data, 13 + ips[i].header, &r), -EINVAL);
		assert_int_equal(run_field(e, ips[i].local, data, 64, &r), 0);
		memcpy(&want, data + ips[i].local_at, 4);
		assert_int_equal(r, want);
		assert_int_equal(run_field(e, ips[i].remote, data, 64, &r), 0);
		memcpy(&want, data + ips[i].remote_at, 4);
		assert_int_equal(r, want);
	}
	memcpy(data + 12, novell, sizeof(novell));
	assert_int_equal(run_field(e, SKB(protocol), data, 64, &r), 0);
	assert_int_equal(r, 0x0100);
}

/* net/core/filter.c bpf_skb_store_bytes */
static void test_store_bytes(void **state)
{
	static const struct {
		int32_t off, flags;
		int want;
	} stores[] = { { 60, 0, 0 }, { 61, 0, -EFAULT }, { -1, 0, -EFAULT }, { 0, 4, -EINVAL } };
	struct engine *e = *state;

	for (size_t i = 0; i < N(stores); i++) {
		struct bpf_insn insns[] = { ST(DW, 10, -8, 1),
					    MOV_K(2, stores[i].off),
					    MOV_X(3, 10),
					    ADD_K(3, -8),
					    MOV_K(4, 4),
					    MOV_K(5, stores[i].flags),
					    CALL(BPF_FUNC_skb_store_bytes),
					    EXIT };

		assert_int_equal((int)result_of(e, load_as(e, CLS, insns, N(insns))),
				 stores[i].want);
	}
}

static void test_xdp_not_modelled(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { MOV_K(0, 2), EXIT };
	char data[4000] = { 0 };
	struct engine_run run = { .fd = load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns)),
				  .data_in = data,
				  .data_size_in = 64,
				  .flags = 2 };

	assert_int_equal(e->ops->prog_run(e, &run), UNSUPPORTED); /* live frames */
	run.flags = 0;
	run.data_size_in = 4000; /* in fragments */
	assert_int_equal(e->ops->prog_run(e, &run), UNSUPPORTED);
	run.data_size_in = 3520;
	assert_int_equal(e->ops->prog_run(e, &run), 0);
}

/* kernel/bpf/verifier.c bpf_check_attach_target, check_attach_sleepable */
static void test_attach_func(void **state)
{
	static const struct bpf_insn ret[] = { MOV_K(0, 0), EXIT };
	static const struct {
		uint32_t type, attach, flags;
		const char *func;
		int want;
		const char *reason;
	} funcs[] = {
		{ BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0, "bpf_fentry_test1", 0, "" },
		{ BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BPF_F_SLEEPABLE, "bpf_fentry_test1",
		  -EINVAL, "bpf_fentry_test1 is not sleepable" },
		{ BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0, "vfs_read", UNSUPPORTED, "" },
		{ BPF_PROG_TYPE_LSM, BPF_LSM_MAC, 0, "bpf_lsm_task_free", 0, "" },
		{ BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_F_SLEEPABLE, "bpf_lsm_task_free", -EINVAL,
		  "bpf_lsm_task_free is not sleepable" },
		{ BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_F_SLEEPABLE, "bpf_lsm_bprm_committed_creds",
		  0, "" },
		{ BPF_PROG_TYPE_LSM, BPF_LSM_MAC, 0, NULL, -EINVAL, "must provide btf_id" },
		{ BPF_PROG_TYPE_STRUCT_OPS, 0, 0, NULL, UNSUPPORTED, "" },
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(funcs); i++) {
		char log[256] = "";
		struct engine_prog_load a = { .type = funcs[i].type,
					      .expected_attach_type = funcs[i].attach,
					      .flags = funcs[i].flags,
					      .attach_func = funcs[i].func,
					      .insns = ret,
					      .n_insns = N(ret),
					      .log = log,
					      .log_size = sizeof(log) };
		int got = e->ops->prog_load(e, &a);

		if ((got > 0 ? 0 : got) != funcs[i].want || !strstr(log, funcs[i].reason))
			fail_msg("row %zu: %d: %s", i, got, log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_rows),		ENGINE_TEST(test_too_many),
		ENGINE_TEST(test_result_range), ENGINE_TEST(test_ip),
		ENGINE_TEST(test_store_bytes),	ENGINE_TEST(test_xdp_not_modelled),
		ENGINE_TEST(test_attach_func),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
