// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps beside the prog_array, where cases do not go: buffers that fault, batches of hashes, maps of
 * maps that are full; and programs that nobody checked. kernel/bpf/syscall.c, hashtab.c
 */
#include "test_util.h"

#include "ref.h"

#define N_ELEMS 4

static void fill(struct engine *e, int map)
{
	for (uint32_t key = 0; key < N_ELEMS; key++)
		assert_int_equal(update(e, map, key, key + 100, 0), 0);
}

/* Whether there is something comes before where it should go. */
static void test_bad_buffers(void **state)
{
	struct engine *e = *state;
	int array = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 2),
	    hash = new_map(e, BPF_MAP_TYPE_HASH, 8, 2);
	uint32_t key = 1, keys[2], seen;
	struct engine_elem el = { .fd = array, .key = &key, .value = ENGINE_BAD_PTR };
	struct engine_batch b = {
		.op = BPF_MAP_LOOKUP_BATCH,
		.fd = array,
		.keys = keys,
		.values = ENGINE_BAD_PTR,
		.count = 2,
		.first = true,
	};

	assert_int_equal(e->ops->map_lookup(e, &el), -EFAULT);
	el.fd = hash;
	assert_int_equal(e->ops->map_lookup(e, &el), -ENOENT);
	assert_int_equal(e->ops->map_next_key(e, &el), -ENOENT);
	el.fd = array;
	assert_int_equal(e->ops->map_next_key(e, &el), -ENOENT);
	key = 0;
	assert_int_equal(e->ops->map_next_key(e, &el), -EFAULT);
	el.value = &seen;
	assert_int_equal(e->ops->map_next_key(e, &el), 0);
	assert_int_equal(seen, 1);
	assert_int_equal(e->ops->map_batch(e, &b), -EFAULT);
	b.fd = hash;
	assert_int_equal(e->ops->map_batch(e, &b), -EFAULT);
	b.op = BPF_MAP_UPDATE_BATCH;
	assert_int_equal(e->ops->map_batch(e, &b), -EFAULT);
}

static void test_hash_batches(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_HASH, 8, 8);
	uint32_t keys[8] = { 0 }, all = 0;
	uint64_t values[8] = { 0 };
	struct engine_batch b = { .op = BPF_MAP_LOOKUP_BATCH,
				  .fd = map,
				  .keys = keys,
				  .values = values,
				  .count = 3,
				  .first = true };

	fill(e, map);
	assert_int_equal(e->ops->map_batch(e, &b), 0);
	assert_int_equal(b.count, 3);
	b.first = false;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 1);
	b.first = true;
	b.count = 8;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, N_ELEMS);
	for (uint32_t i = 0; i < N_ELEMS; i++) {
		assert_int_equal(values[i], keys[i] + 100);
		all |= 1U << keys[i];
	}
	assert_int_equal(all, 15);
	b.count = N_ELEMS; /* the last one says that it is the last */
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, N_ELEMS);
	b.op = BPF_MAP_DELETE_BATCH;
	b.count = 2;
	assert_int_equal(e->ops->map_batch(e, &b), 0);
	assert_int_equal(b.count, 2);
	b.count = 2;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 0);
	b.op = BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	b.count = 8;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 2);
	b.count = 8;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 0);
	b.flags = 1;
	assert_int_equal(e->ops->map_batch(e, &b), -EINVAL);
	b.op = BPF_MAP_FREEZE;
	assert_int_equal(e->ops->map_batch(e, &b), -EINVAL);
}

/* BPF_F_CPU says which one in the upper half; there is one. */
static void test_cpu_flags(void **state)
{
	struct engine *e = *state;
	int map = new_map(e, BPF_MAP_TYPE_PERCPU_ARRAY, 8, 1);

	assert_int_equal(update(e, map, 0, 5, REF_F_CPU | REF_F_ALL_CPUS), -EINVAL);
	assert_int_equal(update(e, map, 0, 5, REF_F_CPU | 1ULL << 32), -ERANGE);
	assert_int_equal(update(e, map, 0, 5, 1ULL << 32), -EINVAL);
	assert_int_equal(update(e, map, 0, 5, REF_F_CPU), 0);
}

static void test_odd_objects(void **state)
{
	struct engine *e = *state;
	struct engine_map_create offload = { .type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .value_size = 4,
					     .max_entries = 1,
					     .ifindex = 1 };

	assert_int_equal(e->ops->map_create(e, &offload), -EOPNOTSUPP); /* the loopback device */
	offload.ifindex = 2;
	assert_int_equal(e->ops->map_create(e, &offload), -EINVAL);
	assert_int_equal(e->ops->map_mmap(e, load_const(e, 1)), -ENODEV);
	assert_int_equal(e->ops->map_mmap(e, 1234), -EBADF);
}

static int new_outer(struct engine *e, uint32_t type, uint32_t entries, int inner)
{
	struct engine_map_create a = { .type = type,
				       .key_size = 4,
				       .value_size = 4,
				       .max_entries = entries,
				       .inner_map_fd = (uint32_t)inner };

	return e->ops->map_create(e, &a);
}

static void test_maps_of_maps(void **state)
{
	struct engine *e = *state;
	int inner = new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1);
	int array = new_outer(e, BPF_MAP_TYPE_ARRAY_OF_MAPS, 2, inner);
	int hash = new_outer(e, BPF_MAP_TYPE_HASH_OF_MAPS, 2, inner);
	uint32_t keys[2], values[2];
	struct engine_batch b = { .op = BPF_MAP_LOOKUP_BATCH,
				  .fd = array,
				  .keys = keys,
				  .values = values,
				  .count = 2,
				  .first = true };
	struct bpf_insn lookup_two[] = {
		ST(W, 10, -4, 0),
		MOV_X(2, 10),
		ADD_K(2, -4),
		LDMAP(1, array),
		CALL(1),
		MOV_X(6, 0),
		MOV_X(2, 10),
		ADD_K(2, -4),
		LDMAP(1, array),
		CALL(1),
		MOV_X(7, 0),
		MOV_K(0, 0),
		JMP_K(BPF_JEQ, 6, 0, 9),
		MOV_X(1, 6),
		MOV_X(2, 10),
		ADD_K(2, -4),
		CALL(1),
		MOV_X(8, 0),
		MOV_K(0, 1),
		JMP_K(BPF_JEQ, 8, 0, 2),
		LDX(W, 0, 8, 0),
		EXIT,
		EXIT,
	};

	assert_int_equal(update(e, inner, 0, 77, 0), 0);
	assert_int_equal(update(e, array, 1, (uint64_t)(uint32_t)inner, 0), 0);
	assert_int_equal(update(e, array, 0, (uint64_t)(uint32_t)inner, 0), 0);
	assert_int_equal(update(e, hash, 5, (uint64_t)(uint32_t)inner, 0), 0);
	assert_int_equal(update(e, hash, 5, (uint64_t)(uint32_t)inner, BPF_NOEXIST), -EEXIST);
	assert_true(new_outer(e, BPF_MAP_TYPE_HASH_OF_MAPS, UINT32_MAX, inner) < 0);
	assert_true(new_outer(e, BPF_MAP_TYPE_HASH_OF_MAPS, 1U << 30, inner) < 0);
	assert_true(new_outer(e, BPF_MAP_TYPE_ARRAY_OF_MAPS, UINT32_MAX, inner) < 0);
	assert_int_equal(delete (e, array, 0), 0);
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 1); /* the empty slot is passed over */
	assert_int_equal(keys[0], 1);
	assert_int_equal(update(e, array, 0, (uint64_t)(uint32_t)inner, 0), 0);
	assert_int_equal(result_of(e, load(e, lookup_two, N(lookup_two))), 77);
}

/* Recursion, and helpers on what they are not for: the run ends, and says why. */
static void test_unchecked(void **state)
{
	struct engine *e = *state;
	int progs = new_prog_array(e, 1), hash = new_map(e, BPF_MAP_TYPE_HASH, 8, 1);
	const struct {
		const char *why;
		struct bpf_insn insns[8];
		uint32_t n;
	} rows[] = {
		{ "frames", { CALL_LOCAL(-1), EXIT }, 2 },
		{ "not for a map of type 3",
		  { LDMAP(1, progs), MOV_X(2, 10), ADD_K(2, -4), CALL(1), EXIT },
		  6 },
		{ "not be changed",
		  { LDMAP(1, progs), MOV_X(2, 10), ADD_K(2, -4), CALL(2), EXIT },
		  6 },
		{ "key", { LDMAP(1, hash), MOV_K(2, 0), CALL(2), EXIT }, 5 },
		{ "not a map", { MOV_K(1, 0), CALL(2), EXIT }, 3 },
	};
	uint32_t r;

	to_ref(e)->unchecked = true;
	for (size_t i = 0; i < N(rows); i++) {
		int fd = load(e, rows[i].insns, rows[i].n);

		assert_true(fd > 0);
		assert_int_equal(run_prog(e, fd, &r), ENGINE_FAULT);
		if (!strstr(e->why, rows[i].why))
			fail_msg("row %zu: %s", i, e->why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_bad_buffers), ENGINE_TEST(test_hash_batches),
		ENGINE_TEST(test_cpu_flags),   ENGINE_TEST(test_odd_objects),
		BOTH_TEST(test_maps_of_maps),  BOTH_TEST(test_unchecked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
