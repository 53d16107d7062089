// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links: what attaches and what does not, and when they end. */
#include "test_util.h"

#include "ref.h"

static int load_tracing(struct engine *e, const char *func, uint32_t type, int count)
{
	struct bpf_insn insns[] = { LDVAL(1, count, 0),
				    LDX(DW, 2, 1, 0),
				    ALU64_K(BPF_MUL, 2, 10),
				    ADD_K(2, (int)type),
				    STX(DW, 1, 0, 2),
				    MOV_K(0, 0),
				    EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_TRACING,
				      .expected_attach_type = type,
				      .attach_func = func,
				      .insns = insns,
				      .n_insns = N(insns) };

	return e->ops->prog_load(e, &a);
}

static uint64_t counted(struct engine *e, int count)
{
	uint32_t key = 0;
	uint64_t value = 0;
	struct engine_elem el = { .fd = count, .key = &key, .value = &value };

	assert_int_equal(e->ops->map_lookup(e, &el), 0);
	return value;
}

/* At the entry first, then at the exit; functions in the order in which the test run calls them. */
static void test_order(void **state)
{
	struct engine *e = *state;
	int count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int second = load_tracing(e, "bpf_fentry_test2", BPF_TRACE_FENTRY, count);
	int exit = load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FEXIT, count);
	int entry = load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FENTRY, count);
	struct engine_run run = { .fd = entry, .retval = 5 };
	int link;

	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 0);
	assert_int_equal(counted(e, count), 0);
	assert_true(e->ops->prog_attach(e, second) > 0);
	assert_true(e->ops->prog_attach(e, exit) > 0);
	link = e->ops->prog_attach(e, entry);
	assert_true(link > 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(counted(e, count),
			 (BPF_TRACE_FENTRY * 10 + BPF_TRACE_FEXIT) * 10 + BPF_TRACE_FENTRY);
	run.flags = 1;
	assert_int_equal(e->ops->prog_run(e, &run), -EINVAL);
}

/* The last descriptor of a link ends it; the program goes with the last of both. */
static void test_ends(void **state)
{
	struct engine *e = *state;
	int count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int other = load_tracing(e, "bpf_fentry_test2", BPF_TRACE_FENTRY, count);
	int prog = load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FENTRY, count);
	int link = e->ops->prog_attach(e, prog), again = e->ops->dup(e, link);
	struct engine_run run = { .fd = other };

	assert_int_equal(e->ops->prog_attach(e, prog), -EBUSY);
	assert_int_equal(e->ops->prog_attach(e, link), -EINVAL);
	assert_int_equal(e->ops->obj_pin(e, link, "link", 0), ENGINE_UNSUPPORTED);
	assert_true(e->ops->prog_attach(e, other) > 0);
	e->ops->close(e, prog);
	e->ops->close(e, link);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(counted(e, count), BPF_TRACE_FENTRY * 10 + BPF_TRACE_FENTRY);
	e->ops->close(e, again);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(counted(e, count),
			 (BPF_TRACE_FENTRY * 10 + BPF_TRACE_FENTRY) * 10 + BPF_TRACE_FENTRY);
}

static void test_others(void **state)
{
	struct engine *e = *state;
	struct bpf_insn ret[] = { MOV_K(0, 0), EXIT };
	struct engine_prog_load lsm = { .type = BPF_PROG_TYPE_LSM,
					.expected_attach_type = BPF_LSM_MAC,
					.attach_func = "bpf_lsm_task_free",
					.insns = ret,
					.n_insns = N(ret) };

	assert_int_equal(e->ops->prog_attach(e, load_const(e, 0)), -EINVAL);
	assert_int_equal(e->ops->prog_attach(e, new_prog_array(e, 1)), -EINVAL);
	assert_int_equal(e->ops->prog_attach(e, 999), -EBADF);
	assert_int_equal(e->ops->prog_attach(e, load_as(e, BPF_PROG_TYPE_RAW_TRACEPOINT, ret, 2)),
			 -EFAULT);
	assert_int_equal(e->ops->prog_attach(e, e->ops->prog_load(e, &lsm)), ENGINE_UNSUPPORTED);
}

/* What a program does that the checks do not see ends the test run. */
static void test_fault(void **state)
{
	struct engine *e = *state;
	struct bpf_insn forever[] = { LDX(W, 0, 10, -4), JMP_K(BPF_JEQ, 0, 1, 1), JA(-3), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_TRACING,
				      .expected_attach_type = BPF_TRACE_FEXIT,
				      .attach_func = "bpf_fentry_test8",
				      .insns = forever,
				      .n_insns = N(forever) };
	struct engine_run run = { 0 };

	reference_set_budget(e, 1000);
	to_ref(e)->unchecked = true;
	run.fd = e->ops->prog_load(e, &a);
	assert_true(e->ops->prog_attach(e, run.fd) > 0);
	assert_int_equal(e->ops->prog_run(e, &run), ENGINE_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_order),
		BOTH_TEST(test_ends),
		ENGINE_TEST(test_others),
		BOTH_TEST(test_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
