// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* PROG_ARRAY by bpf(2): errors in order, modes, owners, lifetime; kernel/bpf/syscall.c, core.c */
#include "test_util.h"

static struct engine_map_create attrs(void)
{
	return (struct engine_map_create){
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 4,
	};
}

static void test_lookup_gives_id(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 2), leaf = load_const(e, 1);
	struct engine_prog_info info;
	uint64_t value;
	int fd;

	assert_int_equal(lookup(e, progs, 0, &value), -ENOENT);
	assert_int_equal(lookup(e, progs, 2, &value), -ENOENT);
	assert_int_equal(update(e, progs, 0, (uint64_t)leaf, 0), 0);
	assert_int_equal(e->ops->prog_info(e, leaf, &info), 0);
	assert_int_equal(value_of(e, progs, 0), info.id);
	e->ops->close(e, leaf);
	fd = e->ops->prog_fd_by_id(e, info.id, 0);
	assert_true(fd > 0);
	assert_int_equal(result_of(e, fd), 1);
	e->ops->close(e, fd);
	assert_int_equal(delete (e, progs, 0), 0);
	assert_int_equal(e->ops->prog_fd_by_id(e, info.id, 0), -ENOENT);
}

static void test_update_order(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), leaf = load_const(e, 1);
	uint32_t closed = (uint32_t)e->ops->odd_fd(e, ENGINE_FD_CLOSED);
	uint32_t file = (uint32_t)e->ops->odd_fd(e, ENGINE_FD_FILE);
	uint32_t key = 9;
	struct engine_elem el = { .fd = progs, .key = NULL, .value = &closed, .flags = 0 };

	/* flags, index, descriptor */
	assert_int_equal(update(e, progs, 9, closed, BPF_NOEXIST), -EINVAL);
	assert_int_equal(update(e, progs, 9, closed, BPF_EXIST), -EINVAL);
	assert_int_equal(update(e, progs, 9, closed, BPF_F_LOCK), -EINVAL);
	assert_int_equal(update(e, progs, 9, closed, 1ULL << 63), -EINVAL);
	assert_int_equal(update(e, progs, 9, closed, 0), -E2BIG);
	assert_int_equal(update(e, progs, 1, (uint32_t)leaf, 0), -E2BIG);
	assert_int_equal(update(e, progs, 0, closed, 0), -EBADF);
	assert_int_equal(update(e, progs, 0, 0xffffffff, 0), -EBADF);
	assert_int_equal(update(e, progs, 0, file, 0), -EINVAL);
	assert_int_equal(update(e, progs, 0, 0, 0), -EINVAL);
	assert_int_equal(update(e, progs, 0, (uint32_t)progs, 0), -EINVAL);
	assert_int_equal(update(e, (int)closed, 0, (uint32_t)leaf, BPF_NOEXIST), -EBADF);
	assert_int_equal(update(e, (int)file, 0, (uint32_t)leaf, BPF_NOEXIST), -EINVAL);
	assert_int_equal(update(e, leaf, 0, (uint32_t)leaf, 0), -EINVAL);
	assert_int_equal(e->ops->map_update(e, &el), -EFAULT);
	el.key = ENGINE_BAD_PTR;
	assert_int_equal(e->ops->map_update(e, &el), -EFAULT);
	/* Pointers are followed before flags that only the operation knows are looked at. */
	el.flags = BPF_NOEXIST;
	assert_int_equal(e->ops->map_update(e, &el), -EFAULT);
	el.flags = BPF_F_LOCK;
	assert_int_equal(e->ops->map_update(e, &el), -EINVAL);
	el.flags = BPF_NOEXIST;
	el.key = &key;
	el.value = ENGINE_BAD_PTR;
	assert_int_equal(e->ops->map_update(e, &el), -EFAULT);
	assert_int_equal(update(e, progs, 0, (uint32_t)leaf, 0), 0);
	assert_int_equal(update(e, progs, 0, (uint32_t)leaf, 0), 0);
}

static void test_lookup_order(void **state)
{
	struct engine *e = *state, *old = reference_interp_new(QUIRK(LOOKUP_FLAGS_FIRST));
	int progs = new_prog_array(e, 1);
	int closed = e->ops->odd_fd(e, ENGINE_FD_CLOSED);
	uint32_t key = 0;
	struct engine_elem el = { .fd = closed, .key = &key, .value = &key, .flags = 2 };

	assert_int_equal(e->ops->map_lookup(e, &el), -EBADF);
	assert_int_equal(old->ops->map_lookup(old, &el), -EINVAL);
	el.flags = BPF_F_LOCK;
	assert_int_equal(old->ops->map_lookup(old, &el), -EBADF);
	el.fd = progs;
	assert_int_equal(e->ops->map_lookup(e, &el), -EINVAL);
	el.flags = 1ULL << 40;
	assert_int_equal(e->ops->map_lookup(e, &el), -EINVAL);
	el.flags = 8; /* BPF_F_CPU: for maps that have a value on each */
	assert_int_equal(e->ops->map_lookup(e, &el), -EINVAL);
	el.flags = 0;
	el.value = ENGINE_BAD_PTR;
	assert_int_equal(e->ops->map_lookup(e, &el), -ENOENT);
	update(e, progs, 0, (uint32_t)load_const(e, 1), 0);
	assert_int_equal(e->ops->map_lookup(e, &el), -EFAULT);
	el.key = NULL;
	assert_int_equal(e->ops->map_lookup(e, &el), -EFAULT);
	old->ops->destroy(old);
}

static void test_delete(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1);
	uint32_t key = 0;
	struct engine_elem el = { .fd = progs, .key = &key, .flags = 1 };

	assert_int_equal(delete (e, progs, 0), -ENOENT);
	assert_int_equal(delete (e, progs, 1), -E2BIG);
	update(e, progs, 0, (uint32_t)load_const(e, 1), 0);
	assert_int_equal(e->ops->map_delete(e, &el), -EINVAL);
	assert_int_equal(delete (e, progs, 0), 0);
	assert_int_equal(delete (e, progs, 0), -ENOENT);
}

static void test_next_key(void **state)
{
	static const struct {
		uint32_t key;
		int want;
		uint32_t next;
	} rows[] = { { 0, 0, 1 }, { 1, 0, 2 }, { 2, -ENOENT, 0 }, { 3, 0, 0 }, { 99, 0, 0 } };
	struct engine *e = *state;
	uint32_t next = 7;
	struct engine_elem el = { .fd = new_prog_array(e, 3), .value = &next };

	assert_int_equal(e->ops->map_next_key(e, &el), 0);
	assert_int_equal(next, 0);
	for (size_t i = 0; i < N(rows); i++) {
		el.key = &rows[i].key;
		assert_int_equal(e->ops->map_next_key(e, &el), rows[i].want);
		if (!rows[i].want)
			assert_int_equal(next, rows[i].next);
	}
	el.key = ENGINE_BAD_PTR;
	assert_int_equal(e->ops->map_next_key(e, &el), -EFAULT);
	el.flags = 1;
	assert_int_equal(e->ops->map_next_key(e, &el), -EINVAL);
}

static void test_not_supported(void **state)
{
	static const enum bpf_cmd batches[] = { BPF_MAP_LOOKUP_BATCH, BPF_MAP_UPDATE_BATCH,
						BPF_MAP_LOOKUP_AND_DELETE_BATCH,
						BPF_MAP_DELETE_BATCH };
	struct engine *e = *state;
	uint32_t key = 0;
	struct engine_elem el = { .fd = new_prog_array(e, 1), .key = &key, .value = &key };

	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -ENGINE_ENOTSUPP);
	el.key = NULL;
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -EFAULT);
	el.flags = 8;
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -EINVAL);
	for (size_t i = 0; i < N(batches); i++) {
		struct engine_batch b = { .op = batches[i], .fd = el.fd, .count = 1 };

		assert_int_equal(e->ops->map_batch(e, &b), -ENGINE_ENOTSUPP);
		assert_int_equal(b.count, 1);
	}
	assert_int_equal(e->ops->map_mmap(e, el.fd), -ENGINE_ENOTSUPP);
}

/* The mode is that of the descriptor, not of the map. */
static void test_modes(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = attrs();
	int leaf = load_const(e, 1), ro, wo, rw;
	uint32_t key = 0;
	struct engine_elem el = { .key = &key, .value = &key };
	struct engine_map_info info;
	uint64_t v;

	a.flags = BPF_F_RDONLY;
	ro = e->ops->map_create(e, &a);
	a.flags = BPF_F_WRONLY;
	wo = e->ops->map_create(e, &a);
	assert_int_equal(update(e, ro, 0, (uint32_t)leaf, 0), -EPERM);
	assert_int_equal(update(e, wo, 0, (uint32_t)leaf, 0), 0);
	assert_int_equal(lookup(e, wo, 0, &v), -EPERM);
	assert_int_equal(lookup(e, ro, 0, &v), -ENOENT);
	assert_int_equal(delete (e, ro, 0), -EPERM);
	assert_int_equal(e->ops->map_freeze(e, ro), -EPERM);
	el.fd = wo;
	assert_int_equal(e->ops->map_next_key(e, &el), -EPERM);
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -EPERM);
	assert_int_equal(e->ops->map_info(e, ro, &info), 0);
	assert_int_equal(info.map_flags, 0);
	rw = e->ops->map_fd_by_id(e, info.id, 0);
	assert_int_equal(update(e, rw, 0, (uint32_t)leaf, 0), 0);
	assert_int_equal(lookup(e, ro, 0, &v), 0);
	assert_int_equal(e->ops->map_fd_by_id(e, info.id, BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL);
	assert_int_equal(e->ops->map_fd_by_id(e, info.id, 1), -EINVAL);
	assert_int_equal(e->ops->map_fd_by_id(e, 999999, 0), -ENOENT);
	rw = e->ops->dup(e, ro);
	assert_int_equal(delete (e, rw, 0), -EPERM);
}

static void test_freeze(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), leaf = load_const(e, 3);
	struct bpf_insn insns[] = { MOV_X(6, 1), TAIL_CALL(progs, 0), MOV_K(0, 7), EXIT };
	int caller = load(e, insns, N(insns));

	update(e, progs, 0, (uint32_t)leaf, 0);
	assert_int_equal(e->ops->map_freeze(e, progs), 0);
	assert_int_equal(e->ops->map_freeze(e, progs), -EPERM);
	assert_int_equal(update(e, progs, 0, (uint32_t)leaf, 0), -EPERM);
	assert_int_equal(delete (e, progs, 0), -EPERM);
	assert_int_equal(result_of(e, caller), 3);
	e->ops->close(e, progs);
	assert_int_equal(result_of(e, caller), 7);
	e->ops->destroy(e);
	*state = e = reference_interp_new(QUIRK(FREEZE_BY_CAPABILITY));
	progs = new_prog_array(e, 1);
	assert_int_equal(e->ops->map_freeze(e, progs), 0);
	assert_int_equal(e->ops->map_freeze(e, progs), -EBUSY);
	assert_int_equal(update(e, progs, 0, 0, 0), -EPERM);
}

static void test_pins(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), ro, rw;
	int closed = e->ops->odd_fd(e, ENGINE_FD_CLOSED), file = e->ops->odd_fd(e, ENGINE_FD_FILE);
	uint64_t v;

	update(e, progs, 0, (uint32_t)load_const(e, 3), 0);
	assert_int_equal(e->ops->obj_pin(e, closed, "a", 1), -EINVAL);
	assert_int_equal(e->ops->obj_pin(e, closed, "a", 0), -EINVAL);
	assert_int_equal(e->ops->obj_pin(e, file, "a", 0), -EINVAL);
	assert_int_equal(e->ops->obj_pin(e, progs, "a.b", 0), -EPERM);
	assert_int_equal(e->ops->obj_pin(e, progs, "a", 0), 0);
	assert_int_equal(e->ops->obj_pin(e, progs, "a", 0), -EEXIST);
	assert_int_equal(e->ops->obj_get(e, "b", 0), -ENOENT);
	assert_int_equal(e->ops->obj_get(e, "a", BPF_F_RDONLY | BPF_F_WRONLY), -EINVAL);
	e->ops->close(e, progs);
	ro = e->ops->obj_get(e, "a", BPF_F_RDONLY);
	assert_int_equal(lookup(e, ro, 0, &v), 0);
	assert_int_equal(delete (e, ro, 0), -EPERM);
	e->ops->close(e, ro);
	rw = e->ops->obj_get(e, "a", 0);
	assert_int_equal(e->ops->obj_unpin(e, "a"), 0);
	assert_int_equal(e->ops->obj_unpin(e, "a"), -ENOENT);
	assert_int_equal(delete (e, rw, 0), 0);
}

static int load_referring(struct engine *e, uint32_t type, uint32_t attach, int a, int b)
{
	struct bpf_insn insns[] = { LDMAP(1, a), LDMAP(2, b), MOV_K(0, 0), EXIT };
	struct engine_prog_load p = {
		.type = type, .expected_attach_type = attach, .insns = insns, .n_insns = N(insns)
	};

	return e->ops->prog_load(e, &p);
}

/* The first program that asks makes the rules, and they stay. */
static void test_owner(void **state)
{
	struct engine *e = *state;
	int m1 = new_prog_array(e, 1), m2 = new_prog_array(e, 1), m3 = new_prog_array(e, 1);
	int sf = load_const(e, 1);
	struct bpf_insn insns[] = { MOV_K(0, 2), EXIT };
	int xdp = load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns));

	/* by load, without a tail call */
	assert_true(load_referring(e, BPF_PROG_TYPE_XDP, 0, m1, m1) > 0);
	assert_int_equal(update(e, m1, 0, (uint32_t)sf, 0), -EINVAL);
	assert_int_equal(update(e, m1, 0, (uint32_t)xdp, 0), 0);
	/* by update, and deleting it changes nothing */
	assert_int_equal(update(e, m2, 0, (uint32_t)sf, 0), 0);
	assert_int_equal(delete (e, m2, 0), 0);
	assert_int_equal(update(e, m2, 0, (uint32_t)xdp, 0), -EINVAL);
	assert_int_equal(load_referring(e, BPF_PROG_TYPE_XDP, 0, m2, m2), -EINVAL);
	/* a load that fails owns the array that it came to first */
	assert_int_equal(load_referring(e, BPF_PROG_TYPE_XDP, 0, m3, m2), -EINVAL);
	assert_int_equal(update(e, m3, 0, (uint32_t)sf, 0), -EINVAL);
	assert_int_equal(update(e, m3, 0, (uint32_t)xdp, 0), 0);
}

static void test_owner_attach_type(void **state)
{
	struct engine *e = *state, *old = reference_interp_new(QUIRK(ATTACH_TYPE_UNCHECKED));
	int m = new_prog_array(e, 1), om = new_prog_array(old, 1);

	assert_true(load_referring(e, BPF_PROG_TYPE_XDP, 0, m, m) > 0);
	assert_int_equal(load_referring(e, BPF_PROG_TYPE_XDP, BPF_XDP, m, m), -EINVAL);
	assert_true(load_referring(old, BPF_PROG_TYPE_XDP, 0, om, om) > 0);
	assert_true(load_referring(old, BPF_PROG_TYPE_XDP, BPF_XDP, om, om) > 0);
	assert_int_equal(load_referring(old, BPF_PROG_TYPE_SOCKET_FILTER, 0, om, om), -EINVAL);
	old->ops->destroy(old);
}

/* A program refused by the checks owns nothing. */
static void test_owner_refused(void **state)
{
	struct engine *e = *state;
	int m = new_prog_array(e, 1);
	struct bpf_insn insns[] = { LDMAP(1, m), EXIT };

	assert_int_equal(load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns)), -EACCES);
	assert_int_equal(update(e, m, 0, (uint32_t)load_const(e, 1), 0), 0);
}

/* Users are descriptors and pins; a program's reference keeps the map and not what is in it. */
static void test_lifetime(void **state)
{
	struct engine *e = *state;
	int m = new_prog_array(e, 1), caller, again;
	struct bpf_insn insns[] = { MOV_X(6, 1), TAIL_CALL(m, 0), MOV_K(0, 7), EXIT };
	struct engine_map_info info;
	uint64_t v;

	caller = load(e, insns, N(insns));
	e->ops->map_info(e, m, &info);
	/* a circle: the array holds the program that holds the array */
	update(e, m, 0, (uint32_t)caller, 0);
	again = e->ops->dup(e, m);
	e->ops->close(e, m);
	assert_int_equal(lookup(e, again, 0, &v), 0);
	e->ops->close(e, again);
	assert_int_equal(result_of(e, caller), 7);
	again = e->ops->map_fd_by_id(e, info.id, 0);
	assert_true(again > 0);
	assert_int_equal(lookup(e, again, 0, &v), -ENOENT);
	update(e, again, 0, (uint32_t)load_const(e, 5), 0);
	assert_int_equal(result_of(e, caller), 5);
	e->ops->close(e, again);
	assert_int_equal(result_of(e, caller), 7);
	e->ops->close(e, caller);
	assert_int_equal(e->ops->map_fd_by_id(e, info.id, 0), -ENOENT);
}

static void test_bind(void **state)
{
	struct engine *e = *state;
	int m = new_prog_array(e, 1), prog = load_const(e, 1);
	struct engine_prog_info info;

	assert_int_equal(e->ops->prog_bind_map(e, prog, m, 1), -EINVAL);
	assert_int_equal(e->ops->prog_bind_map(e, m, prog, 0), -EINVAL);
	assert_int_equal(e->ops->prog_bind_map(e, 1234, m, 0), -EBADF);
	assert_int_equal(e->ops->prog_bind_map(e, prog, m, 0), 0);
	assert_int_equal(e->ops->prog_bind_map(e, prog, m, 0), 0);
	e->ops->prog_info(e, prog, &info);
	assert_int_equal(info.nr_map_ids, 1);
	assert_true(load_referring(e, BPF_PROG_TYPE_XDP, 0, m, m) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_lookup_gives_id),
		ENGINE_TEST(test_update_order),
		ENGINE_TEST(test_lookup_order),
		ENGINE_TEST(test_delete),
		ENGINE_TEST(test_next_key),
		ENGINE_TEST(test_not_supported),
		ENGINE_TEST(test_modes),
		ENGINE_TEST(test_freeze),
		ENGINE_TEST(test_pins),
		ENGINE_TEST(test_owner),
		ENGINE_TEST(test_owner_attach_type),
		ENGINE_TEST(test_owner_refused),
		ENGINE_TEST(test_lifetime),
		ENGINE_TEST(test_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
