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

/* The one that was made last goes first: the other one stays. */
static void test_last_goes(void **state)
{
	struct engine *e = *state;
	int count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int entry = load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FENTRY, count);
	int exit = load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FEXIT, count);
	struct engine_run run = { .fd = entry };
	int link;

	assert_true(e->ops->prog_attach(e, entry) > 0);
	link = e->ops->prog_attach(e, exit);
	assert_true(link > 0);
	assert_int_equal(e->ops->close(e, link), 0);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(counted(e, count), BPF_TRACE_FENTRY);
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
	/* Of the hooks of lsm only bpf_map is asked. */
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

static int load_hook(struct engine *e, const struct bpf_insn *insns, uint32_t n)
{
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_LSM,
				      .expected_attach_type = BPF_LSM_MAC,
				      .attach_func = "bpf_lsm_bpf_map",
				      .insns = insns,
				      .n_insns = n };

	return e->ops->prog_load(e, &a);
}

/* Asked for each descriptor of a map, not for that of a program; what it forbids is not modelled.
 */
static void test_lsm(void **state)
{
	struct engine *e = *state;
	int count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1), link;
	struct bpf_insn add[] = { LDVAL(1, count, 0), LDX(DW, 2, 1, 0), ADD_K(2, 1),
				  STX(DW, 1, 0, 2),   MOV_K(0, 0),	EXIT };
	struct bpf_insn forbid[] = { MOV_K(0, -EPERM), EXIT };

	link = e->ops->prog_attach(e, load_hook(e, add, N(add)));
	assert_true(link > 0);
	assert_true(new_prog_array(e, 1) > 0);
	assert_int_equal(counted(e, count), 1);
	assert_true(load_const(e, 0) > 0);
	assert_int_equal(counted(e, count), 1);
	to_ref(e)->quirks = QUIRK(LSM_NOT_ASKED);
	assert_true(new_prog_array(e, 1) > 0);
	assert_int_equal(counted(e, count), 1);
	to_ref(e)->quirks = 0;
	e->ops->close(e, link);
	assert_true(new_prog_array(e, 1) > 0);
	assert_int_equal(counted(e, count), 1);
	link = e->ops->prog_attach(e, load_hook(e, forbid, N(forbid)));
	assert_true(link > 0);
	assert_int_equal(new_prog_array(e, 1), ENGINE_UNSUPPORTED);
}

/* A program that gives @value, whose function can be replaced if it is @global. */
static int load_target(struct engine *e, int32_t value, bool global)
{
	struct bpf_insn insns[] = { MOV_K(0, value), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SCHED_CLS,
				      .global_funcs = global,
				      .insns = insns,
				      .n_insns = N(insns) };

	return e->ops->prog_load(e, &a);
}

static int load_ext(struct engine *e, int target, int32_t value)
{
	struct bpf_insn insns[] = { MOV_K(0, value), EXIT };
	struct engine_prog_load a = {
		.type = BPF_PROG_TYPE_EXT, .target_fd = target, .insns = insns, .n_insns = N(insns)
	};

	return e->ops->prog_load(e, &a);
}

static void test_ext(void **state)
{
	struct engine *e = *state;
	int target = load_target(e, 1, true), array = new_prog_array(e, 1), link;
	int ext = load_ext(e, target, 2), second = load_ext(e, target, 3);

	assert_true(ext > 0 && second > 0);
	assert_int_equal(result_of(e, target), 1);
	link = e->ops->prog_attach(e, ext);
	assert_true(link > 0);
	assert_int_equal(result_of(e, target), 2);
	assert_int_equal(e->ops->prog_attach(e, second), -EBUSY);
	assert_int_equal(update(e, array, 0, (uint32_t)target, 0), -EBUSY);
	e->ops->close(e, ext);
	assert_int_equal(result_of(e, target), 2);
	e->ops->close(e, link);
	assert_int_equal(result_of(e, target), 1);
	/* In a slot it cannot be replaced; what replaces cannot be in one. */
	assert_int_equal(update(e, array, 0, (uint32_t)target, 0), 0);
	assert_int_equal(e->ops->prog_attach(e, second), -EBUSY);
	assert_int_equal(update(e, array, 0, (uint32_t)second, 0), -EINVAL);
	assert_int_equal(delete (e, array, 0), 0);
	assert_true(e->ops->prog_attach(e, second) > 0);
	assert_int_equal(result_of(e, target), 3);
}

/* What an extension may name; the descriptors may go before the link and the program. */
static void test_ext_targets(void **state)
{
	struct engine *e = *state;
	int target = load_target(e, 1, true), ext = load_ext(e, target, 2), link;

	assert_int_equal(load_ext(e, 0, 2), -EINVAL);
	assert_int_equal(load_ext(e, 999, 2), -EINVAL);
	assert_int_equal(load_ext(e, ext, 2), -EINVAL);
	assert_int_equal(load_ext(e, load_target(e, 1, false), 2), -EINVAL);
	to_ref(e)->quirks = QUIRK(EXT_TARGET_EBADF);
	assert_int_equal(load_ext(e, 999, 2), -EBADF);
	to_ref(e)->quirks = QUIRK(EXT_NEEDS_JIT);
	assert_int_equal(load_ext(e, target, 2), -EINVAL);
	to_ref(e)->quirks = 0;
	e->ops->close(e, target);
	link = e->ops->prog_attach(e, ext);
	assert_true(link > 0);
	e->ops->close(e, link);
	assert_int_equal(e->ops->prog_attach(e, ext), -EINVAL);
	to_ref(e)->quirks = QUIRK(EXT_AGAIN_ENOENT);
	assert_int_equal(e->ops->prog_attach(e, ext), -ENOENT);
}

/* Where no code can be put before a function: iterators are called by one that is made for them. */
static void test_no_trampolines(void **state)
{
	struct engine *e = *state;
	int count = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);

	to_ref(e)->quirks = QUIRK(NO_TRAMPOLINES);
	assert_int_equal(load_tracing(e, "bpf_fentry_test1", BPF_TRACE_FENTRY, count), -ENOMEM);
	assert_true(load_tracing(e, "bpf_iter_bpf_map_elem", BPF_TRACE_ITER, count) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TEST(test_order),
		ENGINE_TEST(test_last_goes),
		BOTH_TEST(test_ends),
		ENGINE_TEST(test_others),
		BOTH_TEST(test_lsm),
		BOTH_TEST(test_ext),
		ENGINE_TEST(test_ext_targets),
		BOTH_TEST(test_fault),
		ENGINE_TEST(test_no_trampolines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
