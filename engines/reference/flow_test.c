// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Flow dissectors, and loads out of packets: what cases cannot say, since they give good pointers.
 */
#include "test_util.h"

#include "ref.h"

#define FLOW	   BPF_PROG_TYPE_FLOW_DISSECTOR
#define KEYS(s)	   LDX(DW, s, 1, offsetof(struct __sk_buff, flow_keys))
#define KEY(field) offsetof(struct bpf_flow_keys, field)

static const struct bpf_insn ret[] = { MOV_K(0, 5), EXIT };

static void test_arguments(void **state)
{
	struct engine *e = *state;
	char data[5000] = { 0 };
	struct bpf_flow_keys flags = { .flags = 3 }, label = { .flow_label = 1 }, out;
	int fd = load_as(e, FLOW, ret, N(ret));
	struct {
		struct engine_run run;
		int want;
	} rows[] = {
		{ { .fd = fd, .data_in = data, .data_size_in = 14 }, 0 },
		{ { .fd = fd, .data_in = data, .data_size_in = 13 }, -EINVAL },
		{ { .fd = fd, .data_in = NULL, .data_size_in = 14 }, -EFAULT },
		{ { .fd = fd, .data_in = data, .data_size_in = 4096 }, 0 },
		{ { .fd = fd, .data_in = data, .data_size_in = 4097 }, -EINVAL },
		{ { .fd = fd, .data_in = data, .data_size_in = 64, .cpu = 1 }, -EINVAL },
		{ { .fd = fd, .data_in = data, .data_size_in = 64, .flags = 1 }, -EINVAL },
		{ { .fd = fd,
		    .data_in = data,
		    .data_size_in = 64,
		    .ctx_in = &flags,
		    .ctx_size_in = sizeof(flags),
		    .ctx_out = &out,
		    .ctx_size_out = sizeof(out) },
		  0 },
		{ { .fd = fd,
		    .data_in = data,
		    .data_size_in = 64,
		    .ctx_in = &label,
		    .ctx_size_in = sizeof(label) },
		  -EINVAL },
		{ { .fd = fd,
		    .data_in = data,
		    .data_size_in = 64,
		    .ctx_in = ENGINE_BAD_PTR,
		    .ctx_size_in = sizeof(label) },
		  -EFAULT },
		{ { .fd = fd,
		    .data_in = data,
		    .data_size_in = 64,
		    .data_out = &out,
		    .data_size_out = 8 },
		  -ENOSPC },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_run *run = &rows[i].run;

		memset(&out, 0xaa, sizeof(out));
		assert_int_equal(e->ops->prog_run(e, run), rows[i].want);
		if (run->data_size_out)
			assert_int_equal(run->data_size_out, sizeof(out));
		if (run->ctx_out) /* as it came: what the program did is not in it */
			assert_memory_equal(&out, &flags, sizeof(flags));
	}
}

/* A variable offset into the flow keys, which kernels with the quirk do not look at at load. */
static void test_anywhere(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { KEYS(2), LDX(B, 3, 2, KEY(ip_proto)), ALU64_X(BPF_ADD, 2, 3),
				    LDX(W, 0, 2, 52), EXIT };
	struct bpf_insn set[] = { KEYS(2),
				  ST(B, 2, KEY(ip_proto), 1),
				  LDX(B, 3, 2, KEY(ip_proto)),
				  ALU64_X(BPF_ADD, 2, 3),
				  LDX(W, 0, 2, 52),
				  EXIT };
	uint32_t r;

	assert_int_equal(load_as(e, FLOW, insns, N(insns)), -EACCES);
	to_ref(e)->quirks |= QUIRK(FLOW_KEYS_ANYWHERE);
	assert_int_equal(result_of(e, load_as(e, FLOW, insns, N(insns))), 0);
	assert_int_equal(run_prog(e, load_as(e, FLOW, set, N(set)), &r), ENGINE_FAULT);
}

static void test_result_bool(void **state)
{
	static const struct {
		int32_t r0;
		uint32_t want;
	} rows[] = { { 0, 1 }, { 2, 0 }, { 1, 0 } };
	struct engine *e = *state;

	to_ref(e)->quirks |= QUIRK(FLOW_RESULT_BOOL);
	for (size_t i = 0; i < N(rows); i++) {
		struct bpf_insn insns[] = { MOV_K(0, rows[i].r0), EXIT };

		assert_int_equal(result_of(e, load_as(e, FLOW, insns, N(insns))), rows[i].want);
	}
}

/* What has not been checked at load must not get further when it is run. */
static void test_skb_load_unchecked(void **state)
{
	static const struct bpf_insn insns[] = { MOV_K(6, 1),
						 INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 0), EXIT };
	struct engine *e = *state;
	uint32_t r;
	int fd;

	to_ref(e)->unchecked = true;
	fd = load(e, insns, N(insns));
	assert_true(fd > 0);
	assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
	assert_non_null(strstr(e->why, "r6 is not the context"));
}

/* In a function: a load that fails is a return of 0, which the quirk does not reckon with. */
static void test_skb_load_assumed(void **state)
{
	struct bpf_insn insns[] = { CALL_LOCAL(4),
				    JMP_K(BPF_JEQ, 0, 5, 1),
				    MOV_K(0, 7),
				    MOV_K(6, 0),
				    EXIT,
				    MOV_X(6, 1),
				    INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 1000),
				    MOV_K(0, 5),
				    EXIT };
	struct engine_func funcs[] = { { 0, "main" }, { 5, "sub" } };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
				      .insns = insns,
				      .n_insns = N(insns),
				      .funcs = funcs,
				      .n_funcs = 2 };
	struct engine *e = *state;

	assert_int_equal(result_of(e, e->ops->prog_load(e, &a)), 7);
	to_ref(e)->quirks |= QUIRK(SKB_LOAD_ASSUMED);
	assert_int_equal(result_of(e, e->ops->prog_load(e, &a)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_arguments),	  BOTH_TEST(test_anywhere),
		BOTH_TEST(test_result_bool),	  BOTH_TEST(test_skb_load_unchecked),
		BOTH_TEST(test_skb_load_assumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
