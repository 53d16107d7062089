// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_TEST_RUN: net/bpf/test_run.c; contexts and the helpers that use them. */
#include "context.h"
#include "test_util.h"

#include <sys/socket.h>

#define SF	   BPF_PROG_TYPE_SOCKET_FILTER
#define CLS	   BPF_PROG_TYPE_SCHED_CLS
#define SKB(field) offsetof(struct __sk_buff, field)

static const struct bpf_insn ret[] = { MOV_K(0, 5), EXIT };
static const struct bpf_insn one[] = { MOV_K(0, 1), EXIT };

static void test_arguments(void **state)
{
	struct engine *e = *state;
	char data[4000] = { 0 }, ctx[256] = { 0 };
	int sf = load_as(e, SF, ret, 2), cls = load_as(e, CLS, ret, 2);
	int kprobe = load_as(e, BPF_PROG_TYPE_KPROBE, ret, 2);
	struct {
		struct engine_run run;
		int want;
	} rows[] = {
		{ { .fd = sf, .data_in = data, .data_size_in = 14 }, 0 },
		{ { .fd = sf, .data_in = data, .data_size_in = 13 }, -EINVAL },
		{ { .fd = sf, .data_in = NULL, .data_size_in = 14 }, -EFAULT },
		{ { .fd = sf, .data_in = data, .data_size_in = 3712 }, 0 },
		{ { .fd = sf, .data_in = data, .data_size_in = 3713 }, ENGINE_UNSUPPORTED },
		{ { .fd = sf, .data_in = data, .data_size_in = 64, .flags = 1 }, -EINVAL },
		{ { .fd = sf, .data_in = data, .data_size_in = 64, .cpu = 1 }, -EINVAL },
		{ { .fd = sf, .data_in = data, .data_size_in = 64, .ctx_in = ctx }, -EINVAL },
		{ { .fd = sf, .data_in = data, .data_size_in = 64, .ctx_size_in = 4 }, -EINVAL },
		{ { .fd = sf, .data_in = data, .data_size_in = 64, .ctx_out = ctx }, -EINVAL },
		{ { .fd = sf,
		    .data_in = data,
		    .data_size_in = 64,
		    .ctx_in = ctx,
		    .ctx_size_in = 256 },
		  0 },
		{ { .fd = cls, .data_in = data, .data_size_in = 64, .repeat = 1000 }, 0 },
		{ { .fd = kprobe, .data_in = data, .data_size_in = 64 }, -ENGINE_ENOTSUPP },
		{ { .fd = 1234, .data_in = data, .data_size_in = 64 }, -EBADF },
		{ { .fd = 1234, .ctx_size_in = 4 }, -EINVAL },
		{ { .fd = 0 }, -EINVAL },
	};

	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(e->ops->prog_run(e, &rows[i].run), rows[i].want);
		if (!rows[i].want)
			assert_int_equal(rows[i].run.retval, 5);
	}
	ctx[255] = 1;
	assert_int_equal(e->ops->prog_run(e, &rows[10].run), -E2BIG);
}

/* The result is cut to 32 bits. */
static void test_result(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { LDDW(0, 0x1122334455667788), EXIT };

	assert_int_equal(result_of(e, load(e, insns, N(insns))), 0x55667788);
}

/* What a program reads at @off of its context, 4 bytes, as a result. */
static uint32_t field_of(struct engine *e, uint32_t type, size_t off, struct engine_run *run)
{
	struct bpf_insn insns[] = { LDX(W, 0, 1, (int16_t)off), EXIT };

	run->fd = load_as(e, type, insns, N(insns));
	assert_true(run->fd > 0);
	assert_int_equal(e->ops->prog_run(e, run), 0);
	return run->retval;
}

static void test_skb_fields(void **state)
{
	struct engine *e = *state;
	uint8_t data[64] = { [12] = 0x12, [13] = 0x34, [30] = 7 };
	struct __sk_buff ctx = {
		.mark = 11, .priority = 12, .ingress_ifindex = 13, .cb = { 1, 2, 3, 4, 5 }
	};
	struct engine_run run = { .data_in = data,
				  .data_size_in = sizeof(data),
				  .ctx_in = &ctx,
				  .ctx_size_in = sizeof(ctx) };

	assert_int_equal(field_of(e, SF, SKB(len), &run), 50);
	assert_int_equal(field_of(e, CLS, SKB(len), &run), 64);
	assert_int_equal(field_of(e, SF, SKB(mark), &run), 11);
	assert_int_equal(field_of(e, SF, SKB(priority), &run), 12);
	assert_int_equal(field_of(e, SF, SKB(ingress_ifindex), &run), 13);
	assert_int_equal(field_of(e, SF, SKB(ifindex), &run), 1);
	assert_int_equal(field_of(e, SF, SKB(protocol), &run), 0x3412);
	assert_int_equal(field_of(e, SF, SKB(cb) + 16, &run), 5);
	assert_int_equal(field_of(e, CLS, SKB(wire_len), &run), 64);
	data[12] = data[13] = 0;
	assert_int_equal(field_of(e, SF, SKB(protocol), &run), 0x0400); /* 802.2 */
	data[0] = 1;
	assert_int_equal(field_of(e, SF, SKB(pkt_type), &run), 2);
}

/* Of the context, only some fields may be given. */
static void test_skb_ctx_in(void **state)
{
	static const struct {
		size_t off;
		int want;
	} rows[] = {
		{ SKB(len), -EINVAL },	    { SKB(pkt_type), -EINVAL }, { SKB(mark), 0 },
		{ SKB(protocol), -EINVAL }, { SKB(priority), 0 },	{ SKB(ingress_ifindex), 0 },
		{ SKB(ifindex), 0 },	    { SKB(tc_index), -EINVAL }, { SKB(cb), 0 },
		{ SKB(hash), -EINVAL },	    { SKB(data), -EINVAL },	{ SKB(data_end), 0 },
		{ SKB(tstamp), 0 },	    { SKB(gso_segs), 0 },	{ SKB(gso_size), 0 },
		{ SKB(hwtstamp), 0 },	    { SKB(wire_len), -EINVAL }, /* shorter than the packet
									 */
	};
	struct engine *e = *state;
	char data[64] = { 0 };

	for (size_t i = 0; i < N(rows); i++) {
		struct __sk_buff ctx = { 0 };
		struct engine_run run = { .fd = load_as(e, SF, ret, 2),
					  .data_in = data,
					  .data_size_in = sizeof(data),
					  .ctx_in = &ctx,
					  .ctx_size_in = sizeof(ctx) };

		((char *)&ctx)[rows[i].off] = 1;
		if (rows[i].off == SKB(data_end)) /* a linear part, in pieces: not modelled */
			((char *)&ctx)[rows[i].off] = 64;
		assert_int_equal(e->ops->prog_run(e, &run), rows[i].want);
	}
}

/* Packet and context come back; of a socket filter's packet, the header as zeroes. */
static void test_skb_out(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = {
		MOV_X(6, 1),  ST(W, 6, SKB(cb), 77), ST(W, 10, -8, 0x04030201),
		MOV_K(2, 20), MOV_X(3, 10),	     ADD_K(3, -8),
		MOV_K(4, 4),  MOV_K(5, 0),	     CALL(BPF_FUNC_skb_store_bytes),
		EXIT,
	};
	uint8_t data[64], out[64];
	struct __sk_buff ctx = { 0 };
	struct engine_run run = { .data_in = data,
				  .data_size_in = 64,
				  .data_out = out,
				  .data_size_out = 64,
				  .ctx_out = &ctx,
				  .ctx_size_out = sizeof(ctx) };

	memset(data, 0x11, sizeof(data));
	run.fd = load_as(e, CLS, insns, N(insns));
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 0);
	assert_int_equal(run.data_size_out, 64);
	assert_memory_equal(out + 20, "\1\2\3\4\x11", 5);
	assert_int_equal(out[0], 0x11);
	assert_int_equal(ctx.cb[0], 77);
	assert_int_equal(ctx.ifindex, 1);
	assert_int_equal(ctx.wire_len, 64);

	run.fd = load_as(e, SF, ret, 2);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[13], 0);
	assert_int_equal(out[14], 0x11);

	/* too small: what fits, and the size that it would take */
	memset(out, 0, sizeof(out));
	run.data_size_out = 20;
	assert_int_equal(e->ops->prog_run(e, &run), -ENOSPC);
	assert_int_equal(run.data_size_out, 64);
	assert_int_equal(out[19], 0x11);
	assert_int_equal(out[20], 0);
	assert_int_equal(run.retval, 5);
	run.ctx_size_out = 8;
	assert_int_equal(e->ops->prog_run(e, &run), -ENOSPC);
	assert_int_equal(run.ctx_size_out, sizeof(ctx));
	run.data_out = ENGINE_BAD_PTR;
	assert_int_equal(e->ops->prog_run(e, &run), -EFAULT);
}

static void test_skb_load_bytes(void **state)
{
	static const struct {
		int32_t off;
		uint32_t want; /* 0xffffffff: fails, and the buffer is zero */
	} rows[] = {
		{ 0, 0x03020100 }, { 46, 0x31302f2e }, { 47, 0xffffffff }, { -1, 0xffffffff }
	};
	struct engine *e = *state;
	uint8_t data[64];

	for (int i = 0; i < 64; i++)
		data[i] = (uint8_t)(i - 14);
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = {
			ST(W, 10, -4, 9),      MOV_K(2, rows[i].off),
			MOV_X(3, 10),	       ADD_K(3, -4),
			MOV_K(4, 4),	       CALL(BPF_FUNC_skb_load_bytes),
			LDX(W, 1, 10, -4),     JMP_K(BPF_JEQ, 0, 0, 2),
			ALU64_X(BPF_OR, 0, 1), JA(1),
			MOV_X(0, 1),	       EXIT,
		};
		struct engine_run run = { .data_in = data, .data_size_in = 64 };

		run.fd = load(e, insns, N(insns));
		assert_true(run.fd > 0);
		assert_int_equal(e->ops->prog_run(e, &run), 0);
		if (rows[i].want == 0xffffffff)
			assert_int_equal((int32_t)run.retval, -EFAULT);
		else
			assert_int_equal(run.retval, rows[i].want);
	}
}

/* Bytes by pointer, as far as data_end. */
static void test_direct_access(void **state)
{
	static const uint32_t types[] = { CLS, BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_CGROUP_SKB };
	struct engine *e = *state;
	uint8_t data[64] = { [14] = 0x21, [17] = 1 };

	for (size_t i = 0; i < N(types); i++) {
		bool xdp = types[i] == BPF_PROG_TYPE_XDP;
		int16_t from = xdp ? 0 : SKB(data), to = xdp ? 4 : SKB(data_end);
		int16_t at = types[i] == BPF_PROG_TYPE_CGROUP_SKB ? 0 : 14;
		struct bpf_insn insns[] = {
			LDX(W, 2, 1, from),
			LDX(W, 3, 1, to),
			MOV_X(4, 2),
			ADD_K(4, at + 4),
			MOV_K(0, 1),
			JMP_X(BPF_JGT, 4, 3, 2),
			LDX(B, 0, 2, at),
			ALU64_K(BPF_AND, 0, 1),
			EXIT,
		};
		struct engine_run run = { .data_in = data, .data_size_in = 64 };

		run.fd = load_as(e, types[i], insns, N(insns));
		assert_true(run.fd > 0);
		assert_int_equal(e->ops->prog_run(e, &run), 0);
		assert_int_equal(run.retval, 1);
	}
}

static int load_adjust(struct engine *e, int32_t helper, int32_t delta)
{
	struct bpf_insn insns[] = { MOV_K(2, delta), CALL(helper), EXIT };

	return load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns));
}

/* net/core/filter.c: 256 bytes of headroom less a frame's 40; 14 bytes must stay */
static void test_xdp_adjust(void **state)
{
	static const struct {
		int32_t helper, delta, want;
	} rows[] = {
		{ BPF_FUNC_xdp_adjust_head, 10, 54 },	 { BPF_FUNC_xdp_adjust_head, -16, 80 },
		{ BPF_FUNC_xdp_adjust_head, 50, 14 },	 { BPF_FUNC_xdp_adjust_head, 51, 0 },
		{ BPF_FUNC_xdp_adjust_head, -216, 280 }, { BPF_FUNC_xdp_adjust_head, -217, 0 },
		{ BPF_FUNC_xdp_adjust_tail, -50, 14 },	 { BPF_FUNC_xdp_adjust_tail, -51, 0 },
		{ BPF_FUNC_xdp_adjust_tail, 100, 164 },	 { BPF_FUNC_xdp_adjust_tail, 3456, 3520 },
		{ BPF_FUNC_xdp_adjust_tail, 3457, 0 },	 { BPF_FUNC_xdp_adjust_meta, -4, 68 },
		{ BPF_FUNC_xdp_adjust_meta, -216, 280 }, { BPF_FUNC_xdp_adjust_meta, -220, 0 },
		{ BPF_FUNC_xdp_adjust_meta, -3, 0 },	 { BPF_FUNC_xdp_adjust_meta, 4, 0 },
		{ BPF_FUNC_xdp_adjust_meta, 0, 64 },
	};
	struct engine *e = *state;
	uint8_t data[64], out[4096];

	memset(data, 0x11, sizeof(data));
	for (size_t i = 0; i < N(rows); i++) {
		struct engine_run run = { .data_in = data,
					  .data_size_in = 64,
					  .data_out = out,
					  .data_size_out = sizeof(out) };
		bool ok = rows[i].want;
		/* Metadata is of whole words. */
		bool odd = rows[i].helper == BPF_FUNC_xdp_adjust_meta && rows[i].delta % 4;

		run.fd = load_adjust(e, rows[i].helper, rows[i].delta);
		assert_int_equal(e->ops->prog_run(e, &run), 0);
		assert_int_equal((int32_t)run.retval, ok ? 0 : odd ? -EACCES : -EINVAL);
		assert_int_equal(run.data_size_out, ok ? rows[i].want : 64);
		if (rows[i].helper == BPF_FUNC_xdp_adjust_tail && ok && rows[i].delta > 0)
			assert_int_equal(out[run.data_size_out - 1], 0);
	}
}

static void test_xdp_context(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = {
		LDX(W, 2, 1, 0), LDX(W, 3, 1, 8), MOV_X(0, 2), ALU64_X(BPF_SUB, 0, 3), EXIT,
	};
	uint8_t data[64] = { 0 };
	struct xdp_md ctx = { .data = 8, .data_end = 64 };
	struct engine_run run = { .fd = load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns)),
				  .data_in = data,
				  .data_size_in = 64,
				  .ctx_in = &ctx,
				  .ctx_size_in = sizeof(ctx),
				  .ctx_out = &ctx,
				  .ctx_size_out = sizeof(ctx) };
	static const struct {
		struct xdp_md ctx;
		int want;
	} rows[] = {
		{ { .data = 0, .data_end = 64 }, 0 },
		{ { .data = 2, .data_end = 64 }, -EINVAL },
		{ { .data = 0, .data_end = 65 }, -EINVAL },
		{ { .data = 0, .data_end = 64, .data_meta = 1 }, -EINVAL },
		{ { .data = 52, .data_end = 64 }, -EINVAL }, /* 12 bytes of packet */
		{ { .data = 0, .data_end = 64, .rx_queue_index = 1 }, -EINVAL },
		{ { .data = 0, .data_end = 64, .egress_ifindex = 1 }, -EINVAL },
		{ { .data = 0, .data_end = 64, .ingress_ifindex = 99 }, -ENODEV },
	};

	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 8);
	assert_int_equal(ctx.data, 8);
	assert_int_equal(ctx.data_end, 64);
	for (size_t i = 0; i < N(rows); i++) {
		ctx = rows[i].ctx;
		assert_int_equal(e->ops->prog_run(e, &run), rows[i].want);
	}
}

static void test_raw_tracepoint(void **state)
{
	struct engine *e = *state;
	uint64_t args[13] = { 40, 2 };
	struct bpf_insn insns[] = {
		LDX(DW, 0, 1, 0),
		LDX(DW, 2, 1, 8),
		ALU64_X(BPF_ADD, 0, 2),
		EXIT,
	};
	int fd = load_as(e, BPF_PROG_TYPE_RAW_TRACEPOINT, insns, N(insns));
	struct {
		struct engine_run run;
		int want;
	} rows[] = {
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 16 }, 0 },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 96 }, 0 },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 97 }, -EINVAL },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 15 }, -EINVAL },
		{ { .fd = fd }, -EINVAL },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 16, .repeat = 1 }, -EINVAL },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 16, .data_in = args }, -EINVAL },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 16, .cpu = 1 }, -EINVAL },
		{ { .fd = fd, .ctx_in = args, .ctx_size_in = 16, .flags = 1, .cpu = 99 }, -ENXIO },
	};

	assert_true(fd > 0);
	for (size_t i = 0; i < N(rows); i++) {
		assert_int_equal(e->ops->prog_run(e, &rows[i].run), rows[i].want);
		if (!rows[i].want)
			assert_int_equal(rows[i].run.retval, 42);
	}
}

static void test_syscall(void **state)
{
	struct engine *e = *state;
	uint32_t args[4] = { 1, 2, 3, 4 };
	struct bpf_insn insns[] = { ST(W, 1, 8, 99), LDX(W, 0, 1, 4), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SYSCALL,
				      .flags = BPF_F_SLEEPABLE,
				      .insns = insns,
				      .n_insns = N(insns) };
	struct engine_run run = { .ctx_in = args, .ctx_size_in = sizeof(args) };

	run.fd = e->ops->prog_load(e, &a);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 2);
	assert_int_equal(args[2], 99);
	run.ctx_size_in = 11;
	assert_int_equal(e->ops->prog_run(e, &run), -EINVAL);
}

/* net/bpf/test_run.c bpf_prog_test_run_sk_lookup */
static void test_sk_lookup(void **state)
{
	struct engine *e = *state;
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SK_LOOKUP,
				      .expected_attach_type = BPF_SK_LOOKUP,
				      .insns = one,
				      .n_insns = 2 };
	int fd = e->ops->prog_load(e, &a);
	static const struct {
		struct bpf_sk_lookup ctx;
		int want;
	} rows[] = {
		{ { .family = AF_INET }, 0 },
		{ { .family = AF_INET6, .local_port = 65535 }, 0 },
		{ { .family = AF_INET, .local_port = 65536 }, -ERANGE },
		{ { .family = AF_UNIX }, -EAFNOSUPPORT },
		{ { .family = AF_INET, .cookie = 1 }, -EINVAL },
	};
	struct engine_run run = { .fd = fd };

	assert_true(fd > 0);
	assert_int_equal(e->ops->prog_run(e, &run), -EINVAL);
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_sk_lookup ctx = rows[i].ctx;

		run = (struct engine_run){ .fd = fd, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx) };
		assert_int_equal(e->ops->prog_run(e, &run), rows[i].want);
	}
	run = (struct engine_run){ .fd = fd, .ctx_in = &run, .data_in = &run, .data_size_in = 14 };
	assert_int_equal(e->ops->prog_run(e, &run), -EINVAL);
}

/* A structure of operations: its one argument may be null, and nothing else here. */
static void test_struct_ops(void **state)
{
	struct engine *e = *state;
	uint64_t arg = 0;
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_STRUCT_OPS,
				      .attach_func = "bpf_dummy_ops",
				      .insns = ret,
				      .n_insns = 2 };
	struct engine_run run = { .ctx_in = &arg, .ctx_size_in = sizeof(arg) };

	run.fd = e->ops->prog_load(e, &a);
	assert_true(run.fd > 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 5);
	arg = 1;
	assert_int_equal(e->ops->prog_run(e, &run), ENGINE_UNSUPPORTED);
	assert_string_equal(e->why, "the state of bpf_dummy_ops is not modelled");
	run.ctx_size_in = 4;
	assert_int_equal(e->ops->prog_run(e, &run), -EINVAL);
}

static void test_netfilter(void **state)
{
	struct engine *e = *state;
	char data[64] = { 0 };
	struct engine_prog_load a = { .type = REF_PROG_TYPE_NETFILTER,
				      .expected_attach_type = REF_ATTACH_TYPE_NETFILTER,
				      .insns = one,
				      .n_insns = 2 };
	struct engine_run run = { .data_in = data, .data_size_in = sizeof(data) };

	run.fd = e->ops->prog_load(e, &a);
	assert_true(run.fd > 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	run.ctx_in = data;
	run.ctx_size_in = 16;
	assert_int_equal(e->ops->prog_run(e, &run), ENGINE_UNSUPPORTED);
	assert_string_equal(e->why, "hooks of netfilter are not modelled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_arguments),     BOTH_TEST(test_result),
		BOTH_TEST(test_skb_fields),    BOTH_TEST(test_skb_ctx_in),
		BOTH_TEST(test_skb_out),       BOTH_TEST(test_skb_load_bytes),
		BOTH_TEST(test_direct_access), BOTH_TEST(test_xdp_adjust),
		BOTH_TEST(test_xdp_context),   BOTH_TEST(test_raw_tracepoint),
		BOTH_TEST(test_syscall),       BOTH_TEST(test_sk_lookup),
		BOTH_TEST(test_struct_ops),    BOTH_TEST(test_netfilter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
