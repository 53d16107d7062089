// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kinds of links, descriptors and programs that say what others may: iterators, hooks that forbid,
 * tokens, programs for a device or without memory for code, stacks of their own.
 */
#include "test_util.h"

#include "ref.h"

static int load_for(struct engine *e, uint32_t type, uint32_t attach, const char *func,
		    int32_t result)
{
	struct bpf_insn insns[] = { MOV_K(0, result), EXIT };
	struct engine_prog_load a = { .type = type,
				      .expected_attach_type = attach,
				      .attach_func = func,
				      .insns = insns,
				      .n_insns = N(insns) };

	return e->ops->prog_load(e, &a);
}

static int load_iterator(struct engine *e)
{
	return load_for(e, BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "bpf_iter_bpf_map_elem", 0);
}

static int load_hook(struct engine *e, const char *func, int32_t result)
{
	return load_for(e, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, func, result);
}

/* The link holds program and map, whose descriptors may go. */
static void test_iterator(void **state)
{
	struct engine *e = *state;
	int walk = load_iterator(e), values = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1), link;
	struct engine_run run = { .fd = walk };
	struct engine_map_info info;

	assert_int_equal(e->ops->map_info(e, values, &info), 0);
	assert_int_equal(e->ops->iter_attach(e, walk, new_prog_array(e, 1)), -EINVAL);
	assert_int_equal(e->ops->iter_attach(e, walk, 0), -EBADF);
	assert_int_equal(e->ops->iter_attach(e, walk, 999), -EBADF);
	assert_int_equal(e->ops->iter_attach(e, walk, walk), -EINVAL);
	assert_int_equal(e->ops->iter_attach(e, values, values), -EINVAL);
	assert_int_equal(e->ops->iter_attach(e, load_const(e, 0), values), -EINVAL);
	assert_int_equal(e->ops->prog_attach(e, walk), -EINVAL);
	assert_int_equal(e->ops->prog_run(e, &run), -EFAULT);
	link = e->ops->iter_attach(e, walk, values);
	assert_true(link > 0);
	e->ops->close(e, walk);
	e->ops->close(e, values);
	assert_true(e->ops->map_fd_by_id(e, info.id, 0) > 0);
}

/* All commands, until the link goes; attributes that are too long come first. */
static void test_hook(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), no = load_hook(e, "bpf_lsm_bpf", -1), link;
	struct engine_map_create bad = { .type = BPF_MAP_TYPE_PROG_ARRAY, .stray_byte = 160 };

	link = e->ops->prog_attach(e, no);
	assert_true(link > 0);
	assert_int_equal(new_prog_array(e, 1), -EPERM);
	assert_int_equal(load_const(e, 1), -EPERM);
	assert_int_equal(e->ops->map_freeze(e, progs), -EPERM);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_UPDATE_ELEM), -EPERM);
	assert_int_equal(e->ops->iter_attach(e, no, progs), -EPERM);
	assert_int_equal(e->ops->prog_attach(e, no), -EPERM);
	assert_int_equal(delete (e, progs, 0), -EPERM);
	assert_int_equal(e->ops->map_create(e, &bad), -EPERM);
	bad.stray_byte = 200;
	assert_int_equal(e->ops->map_create(e, &bad), -E2BIG);
	to_ref(e)->quirks = QUIRK(LSM_NOT_ASKED);
	assert_true(new_prog_array(e, 1) > 0);
	to_ref(e)->quirks = 0;
	e->ops->close(e, link);
	assert_int_equal(delete (e, progs, 0), -ENOENT);
	/* One that allows is as none. */
	assert_true(e->ops->prog_attach(e, load_hook(e, "bpf_lsm_bpf", 0)) > 0);
	assert_true(new_prog_array(e, 1) > 0);
}

/* The last word, and its own. What is refused leaves nothing behind. */
static void test_hook_for_maps(void **state)
{
	struct engine *e = *state;
	struct engine_map_create dash = { .type = BPF_MAP_TYPE_PROG_ARRAY,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .name = "a-b" };

	assert_true(e->ops->prog_attach(e, load_hook(e, "bpf_lsm_bpf_map_create", -EACCES)) > 0);
	assert_int_equal(new_prog_array(e, 1), -EACCES);
	assert_int_equal(new_prog_array(e, 0), -EINVAL);
	assert_int_equal(e->ops->map_create(e, &dash), -EINVAL);
	assert_null(to_ref(e)->objs[OBJ_MAP]);
	assert_true(load_const(e, 1) > 0);
}

static int create_with(struct engine *e, uint32_t type, int token)
{
	struct engine_map_create a = { .type = type,
				       .key_size = 4,
				       .value_size = 4,
				       .max_entries = 1,
				       .flags = REF_F_TOKEN_FD,
				       .map_token_fd = token };

	return e->ops->map_create(e, &a);
}

static void test_token(void **state)
{
	struct engine *e = *state;
	uint64_t create = 1ULL << BPF_MAP_CREATE, array = 1ULL << BPF_MAP_TYPE_PROG_ARRAY;
	int all = e->ops->token_create(e, create, array);
	int type = e->ops->token_create(e, 0, array), cmd = e->ops->token_create(e, create, 0);
	int progs = new_prog_array(e, 1);

	assert_int_equal(e->ops->token_create(e, 0, 0), -ENOENT);
	assert_int_equal(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, progs), -EINVAL);
	assert_true(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, type) > 0);
	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	assert_true(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, all) > 0);
	assert_int_equal(create_with(e, BPF_MAP_TYPE_ARRAY, all), -EPERM);
	assert_int_equal(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, type), -EPERM);
	assert_int_equal(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, cmd), -EPERM);
	assert_int_equal(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, 999), -EBADF);
	e->ops->set_caps(e, ENGINE_CAPS_BPF);
	assert_int_equal(new_prog_array(e, (1U << 31) + 1), -E2BIG);
	to_ref(e)->quirks = QUIRK(ARRAYS_UNGUARDED);
	assert_int_equal(new_prog_array(e, (1U << 31) + 1), -ENOMEM);
	to_ref(e)->quirks = 0;
	assert_true(create_with(e, BPF_MAP_TYPE_PROG_ARRAY, cmd) > 0);
	assert_int_equal(delete (e, all, 0), -EINVAL);
}

static void test_freeze_during(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);
	struct engine_map_info info;
	int reader;

	assert_int_equal(e->ops->map_info(e, progs, &info), 0);
	reader = e->ops->map_fd_by_id(e, info.id, BPF_F_RDONLY);
	assert_int_equal(e->ops->map_freeze_during(e, 999, BPF_MAP_UPDATE_ELEM), -EBADF);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_UPDATE_ELEM), -EBUSY);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_DELETE_ELEM), -EBUSY);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_LOOKUP_AND_DELETE_ELEM),
			 -EBUSY);
	assert_int_equal(e->ops->map_freeze_during(e, reader, BPF_MAP_UPDATE_ELEM), -EPERM);
	/* Without a mode it is the capability that counts, and no writer is there. */
	to_ref(e)->quirks = QUIRK(FREEZE_BY_CAPABILITY);
	assert_int_equal(e->ops->map_freeze_during(e, reader, BPF_MAP_UPDATE_ELEM), 0);
	to_ref(e)->quirks = 0;
	progs = new_prog_array(e, 1);
	to_ref(e)->quirks = QUIRK(WRITERS_UNCOUNTED);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_UPDATE_ELEM), 0);
	to_ref(e)->quirks = 0;
	progs = new_prog_array(e, 1);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_LOOKUP_ELEM), 0);
	assert_int_equal(e->ops->map_freeze_during(e, progs, BPF_MAP_UPDATE_ELEM), -EPERM);
}

static int load_without_memory(struct engine *e, uint32_t type, uint32_t n)
{
	static struct bpf_insn insns[BPF_MAXINSNS + 1];
	struct engine_prog_load a = {
		.type = type, .insns = insns, .n_insns = n, .no_jit_memory = true
	};

	for (uint32_t i = 0; i + 1 < n; i++)
		insns[i] = MOV_K(0, 7);
	insns[n - 1] = EXIT;
	return e->ops->prog_load(e, &a);
}

static void test_no_jit_memory(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), others = new_prog_array(e, 1), leaf, own;

	assert_int_equal(update(e, progs, 0, (uint64_t)load_const(e, 1), 0), 0);
	own = load_without_memory(e, BPF_PROG_TYPE_SOCKET_FILTER, 2);
	assert_int_equal(update(e, progs, 0, (uint64_t)own, 0), 0);
	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	leaf = load_without_memory(e, BPF_PROG_TYPE_SOCKET_FILTER, 2);
	assert_int_equal(result_of(e, leaf), 7);
	assert_int_equal(update(e, progs, 0, (uint64_t)leaf, 0), -EINVAL);
	assert_int_equal(update(e, others, 0, (uint64_t)leaf, 0), 0);
	assert_int_equal(load_const(e, 1), -EPERM);
	assert_int_equal(load_without_memory(e, BPF_PROG_TYPE_XDP, 2), -EPERM);
	assert_true(load_without_memory(e, BPF_PROG_TYPE_SOCKET_FILTER, BPF_MAXINSNS) > 0);
	assert_int_equal(load_without_memory(e, BPF_PROG_TYPE_SOCKET_FILTER, BPF_MAXINSNS + 1),
			 -E2BIG);
	to_ref(e)->quirks = QUIRK(JIT_FAILURE_REFUSED);
	assert_int_equal(load_without_memory(e, BPF_PROG_TYPE_SOCKET_FILTER, 2), -ENGINE_ENOTSUPP);
}

#define DEV_BOUND (1U << 6)

static void test_on_device(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[] = { MOV_K(0, 1), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_XDP,
				      .flags = DEV_BOUND,
				      .insns = insns,
				      .n_insns = N(insns),
				      .on_device = true };
	int progs = new_prog_array(e, 1), bound = e->ops->prog_load(e, &a);
	uint32_t r;

	assert_true(bound > 0);
	assert_int_equal(update(e, progs, 0, (uint64_t)bound, 0), -EINVAL);
	assert_int_equal(update(e, progs, 0, (uint64_t)load_const(e, 1), 0), 0);
	assert_int_equal(run_prog(e, bound, &r), -EINVAL);
	a.flags = 0;
	assert_int_equal(e->ops->prog_load(e, &a), ENGINE_UNSUPPORTED);
}

static int load_operation(struct engine *e, const char *func, int progs)
{
	struct bpf_insn calls[] = { MOV_X(6, 1), TAIL_CALL(progs, 0), MOV_K(0, 0), EXIT };
	struct bpf_insn none[] = { MOV_K(0, 0), EXIT };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_STRUCT_OPS,
				      .attach_func = func,
				      .insns = progs ? calls : none,
				      .n_insns = progs ? N(calls) : N(none) };

	return e->ops->prog_load(e, &a);
}

static void test_operations(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);

	assert_int_equal(load_operation(e, "Qdisc_ops.enqueue", progs), -EINVAL);
	assert_int_equal(load_operation(e, "Qdisc_ops.enqueue", 0), ENGINE_UNSUPPORTED);
	assert_int_equal(load_operation(e, "bpf_dummy_ops", progs), -EINVAL);
	assert_true(load_operation(e, "Qdisc_ops.dequeue", progs) > 0);
}

/* Two frames of 400 bytes; main may have a tail call behind its end. */
static int load_deep(struct engine *e, uint32_t type, int progs)
{
	struct bpf_insn plain[] = { ST(DW, 10, -400, 0), CALL_LOCAL(1), EXIT,
				    ST(DW, 10, -400, 0), MOV_K(0, 0),	EXIT };
	struct bpf_insn calls[] = { MOV_X(6, 1),	 ST(DW, 10, -400, 0), CALL_LOCAL(7),
				    TAIL_CALL(progs, 0), MOV_K(0, 0),	      EXIT,
				    ST(DW, 10, -400, 0), MOV_K(0, 0),	      EXIT };
	struct engine_func funcs[] = { { 0, "main" }, { progs ? 10 : 3, "f" } };
	struct engine_prog_load a = { .type = type,
				      .insns = progs ? calls : plain,
				      .n_insns = progs ? N(calls) : N(plain),
				      .funcs = funcs,
				      .n_funcs = 2 };

	return e->ops->prog_load(e, &a);
}

static void test_own_stacks(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);

	assert_true(load_deep(e, BPF_PROG_TYPE_RAW_TRACEPOINT, 0) > 0);
	assert_true(load_deep(e, BPF_PROG_TYPE_KPROBE, 0) > 0);
	assert_int_equal(load_deep(e, BPF_PROG_TYPE_RAW_TRACEPOINT, progs), -EACCES);
	assert_int_equal(load_deep(e, BPF_PROG_TYPE_SCHED_CLS, 0), -EACCES);
	to_ref(e)->quirks = QUIRK(FRAMES_TOGETHER);
	assert_int_equal(load_deep(e, BPF_PROG_TYPE_RAW_TRACEPOINT, 0), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_iterator),	 BOTH_TEST(test_hook),
		BOTH_TEST(test_hook_for_maps),	 ENGINE_TEST(test_token),
		ENGINE_TEST(test_freeze_during), ENGINE_TEST(test_no_jit_memory),
		ENGINE_TEST(test_on_device),	 ENGINE_TEST(test_operations),
		ENGINE_TEST(test_own_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
