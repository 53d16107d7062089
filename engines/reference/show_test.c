// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the reference shows beside OBJ_GET_INFO_BY_FD, and what tasks with few capabilities may. */
#include "test_util.h"

static int create(struct engine *e, uint32_t entries, uint32_t flags)
{
	struct engine_map_create a = {
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = entries,
		.flags = flags,
	};

	return e->ops->map_create(e, &a);
}

static int load_type(struct engine *e, uint32_t type, uint32_t flags)
{
	static const struct bpf_insn insns[] = { MOV_K(0, 1), EXIT };
	struct engine_prog_load a = {
		.type = type, .flags = flags, .insns = insns, .n_insns = N(insns)
	};

	return e->ops->prog_load(e, &a);
}

static void test_caps_create(void **state)
{
	struct engine *e = *state, *old = reference_interp_new(QUIRK(CAPABILITY_FIRST));

	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	old->ops->set_caps(old, ENGINE_CAPS_NONE);
	assert_int_equal(create(e, 1, 0), -EPERM);
	assert_int_equal(create(e, 0, 0), -EINVAL);
	assert_int_equal(create(old, 0, 0), -EPERM);
	assert_int_equal(load_type(e, BPF_PROG_TYPE_SOCKET_FILTER, 1U << 31), -EINVAL);
	assert_int_equal(load_type(old, BPF_PROG_TYPE_SOCKET_FILTER, 1U << 31), -EPERM);
	e->ops->set_caps(e, ENGINE_CAPS_BPF);
	assert_true(create(e, 1U << 10, 0) > 0);
	assert_int_equal(create(e, 1U << 31, 0), -ENOMEM);
	assert_int_equal(create(e, (1U << 31) + 1, 0), -E2BIG);
	assert_int_equal(load_type(e, BPF_PROG_TYPE_XDP, 0), -EPERM);
	assert_true(load_type(e, BPF_PROG_TYPE_CGROUP_SKB, 0) > 0);
	/* A reset is the next case, which begins with all of them. */
	e->ops->reset(e);
	assert_true(load_type(e, BPF_PROG_TYPE_XDP, 0) > 0);
	old->ops->destroy(old);
}

/* Every command is barred, and none of what is no command. */
static void test_barred(void **state)
{
	struct engine *e = reference_interp_new(QUIRK(CAPABILITY_ALWAYS));
	int progs = create(e, 1, 0), leaf = load_type(e, BPF_PROG_TYPE_SOCKET_FILTER, 0);
	struct engine_batch batch = { .op = BPF_MAP_LOOKUP_BATCH, .fd = progs };
	struct engine_run run = { .fd = leaf };
	struct engine_prog_info prog;
	struct engine_map_info map;
	uint32_t key = 0, raw[32] = { 0 };
	struct engine_elem el = { .fd = progs, .key = &key };

	(void)state;
	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	assert_int_equal(e->ops->map_delete(e, &el), -EPERM);
	assert_int_equal(e->ops->map_batch(e, &batch), -EPERM);
	assert_int_equal(e->ops->map_freeze(e, progs), -EPERM);
	assert_int_equal(e->ops->prog_bind_map(e, leaf, progs, 0), -EPERM);
	assert_int_equal(e->ops->prog_run(e, &run), -EPERM);
	assert_int_equal(e->ops->obj_pin(e, progs, "table", 0), -EPERM);
	assert_int_equal(e->ops->obj_get(e, "table", 0), -EPERM);
	assert_int_equal(e->ops->map_fd_by_id(e, 1, 1U << 31), -EPERM);
	assert_int_equal(e->ops->prog_fd_by_id(e, 1, 1), -EPERM);
	assert_int_equal(e->ops->map_info(e, progs, &map), -EPERM);
	assert_int_equal(e->ops->map_info_raw(e, progs, raw, 80), -EPERM);
	assert_int_equal(e->ops->prog_info(e, leaf, &prog), -EPERM);
	assert_int_equal(e->ops->map_mmap(e, progs), -ENGINE_ENOTSUPP);
	assert_int_equal(e->ops->close(e, progs), 0);
	e->ops->destroy(e);
}

static void test_freeze_by_capability(void **state)
{
	struct engine *e = reference_interp_new(QUIRK(FREEZE_BY_CAPABILITY));
	int progs = create(e, 1, 0);

	(void)state;
	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	assert_int_equal(e->ops->map_freeze(e, progs), -EPERM);
	e->ops->set_caps(e, ENGINE_CAPS_BPF);
	assert_int_equal(e->ops->map_freeze(e, progs), 0);
	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	assert_int_equal(e->ops->map_freeze(e, progs), -EBUSY);
	e->ops->destroy(e);
}

/* The size of the code, and the code itself, are for those with CAP_BPF. */
static void test_info_without_caps(void **state)
{
	struct engine *e = *state;
	int leaf = load_type(e, BPF_PROG_TYPE_SOCKET_FILTER, 0);
	struct engine_prog_info info;

	e->ops->set_caps(e, ENGINE_CAPS_NONE);
	assert_int_equal(e->ops->prog_info(e, leaf, &info), 0);
	assert_int_equal(info.xlated_len, 0);
	assert_int_equal(info.type, BPF_PROG_TYPE_SOCKET_FILTER);
	e->ops->set_caps(e, ENGINE_CAPS_BPF);
	assert_int_equal(e->ops->prog_info(e, leaf, &info), 0);
	assert_int_equal(info.xlated_len, 16);
}

static void test_memlock(void **state)
{
	struct engine *e = *state, *old = reference_interp_new(QUIRK(MAP_SIZE_CHARGED));
	struct engine_map_create a = {
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1000,
		.memlock = 7999,
		.has_memlock = true,
	};

	assert_true(e->ops->map_create(e, &a) > 0);
	assert_int_equal(old->ops->map_create(old, &a), -EPERM);
	a.memlock = 8000;
	assert_true(old->ops->map_create(old, &a) > 0);
	a.bad_attr = true;
	assert_int_equal(e->ops->map_create(e, &a), -EFAULT);
	old->ops->destroy(old);
}

static void test_fdinfo(void **state)
{
	struct engine *e = *state;
	int progs = create(e, 3, BPF_F_NUMA_NODE), leaf = load_type(e, BPF_PROG_TYPE_XDP, 0);
	uint32_t key = 0, value = (uint32_t)leaf;
	struct engine_elem el = { .fd = progs, .key = &key, .value = &value };
	char text[512];

	assert_int_equal(e->ops->fdinfo(e, progs, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "map_flags:\t0x4\n"));
	assert_non_null(strstr(text, "frozen:\t0\n"));
	assert_null(strstr(text, "owner"));
	e->ops->map_update(e, &el);
	assert_int_equal(e->ops->fdinfo(e, progs, text, sizeof(text)), 0);
	assert_non_null(strstr(text, "owner_prog_type:\t6\nowner_jited:\t1\n"));
	assert_int_equal(e->ops->fdinfo(e, leaf, text, sizeof(text)), 0);
	assert_string_equal(text, "prog_type:\t6\n");
	assert_int_equal(e->ops->fdinfo(e, 900, text, sizeof(text)), -EBADF);
}

static void test_outside(void **state)
{
	struct engine *e = *state;
	int progs = create(e, 1, 0);

	assert_int_equal(e->ops->obj_pin(e, progs, "/x", 0), -EPERM);
	assert_int_equal(e->ops->obj_pin(e, progs, "/file", 0), -EEXIST);
	assert_int_equal(e->ops->obj_get(e, "/file", 0), -EACCES);
	assert_int_equal(e->ops->obj_get(e, "/x", 0), -ENOENT);
	assert_int_equal(e->ops->obj_get(e, "/x", 1U << 31), -EINVAL);
}

static void test_kernel_btf(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = {
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
		.btf_fd = (uint32_t)e->ops->kernel_btf(e),
		.btf_key_type_id = 1,
		.btf_value_type_id = 1,
	};

	assert_int_equal(e->ops->map_create(e, &a), -EACCES);
}

/* Filled slots of an array whose types are known; and nothing else can be read. */
static void test_pin_read(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = {
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 3,
		.btf_fd = (uint32_t)e->ops->btf_load(e),
		.btf_key_type_id = ENGINE_BTF_INT,
		.btf_value_type_id = ENGINE_BTF_INT,
	};
	int progs = e->ops->map_create(e, &a), plain = create(e, 1, 0), other;
	char text[64];

	a.type = BPF_MAP_TYPE_ARRAY;
	other = e->ops->map_create(e, &a);
	assert_int_equal(e->ops->obj_pin(e, progs, "progs", 0), 0);
	assert_int_equal(e->ops->obj_pin(e, plain, "plain", 0), 0);
	assert_int_equal(e->ops->obj_pin(e, other, "other", 0), 0);
	assert_int_equal(update(e, progs, 1, (uint32_t)load_const(e, 1), 0), 0);
	assert_int_equal(e->ops->pin_read(e, "progs", text, sizeof(text)), 0);
	assert_string_equal(text, "1: 1\n");
	assert_int_equal(update(e, progs, 2, (uint32_t)load_const(e, 2), 0), 0);
	reference_set_quirks(e, QUIRK(LOOKUP_DOUBLES_INDEX));
	assert_int_equal(e->ops->pin_read(e, "progs", text, sizeof(text)), 0);
	assert_string_equal(text, "1: 2\n");
	reference_set_quirks(e, 0);
	assert_int_equal(e->ops->pin_read(e, "plain", text, sizeof(text)), -EIO);
	assert_int_equal(e->ops->pin_read(e, "other", text, sizeof(text)), ENGINE_UNSUPPORTED);
	assert_int_equal(e->ops->pin_read(e, "none", text, sizeof(text)), -ENOENT);
}

static void test_prog_insns(void **state)
{
	struct engine *e = *state;
	struct bpf_insn insns[2] = { { 0 } };
	uint32_t n = 1;

	assert_int_equal(e->ops->prog_insns(e, load_const(e, 5), insns, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(insns[0].imm, 5);
	assert_int_equal(insns[1].code, 0);
	assert_int_equal(e->ops->prog_insns(e, 900, insns, &n), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_caps_create),
		cmocka_unit_test(test_barred),
		cmocka_unit_test(test_freeze_by_capability),
		ENGINE_TEST(test_info_without_caps),
		ENGINE_TEST(test_memlock),
		ENGINE_TEST(test_fdinfo),
		ENGINE_TEST(test_outside),
		ENGINE_TEST(test_kernel_btf),
		ENGINE_TEST(test_pin_read),
		ENGINE_TEST(test_prog_insns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
