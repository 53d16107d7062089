// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arrays, hashes and maps of maps, by command and by helper: kernel/bpf/arraymap.c, hashtab.c */
#include "test_util.h"

#define HASH  BPF_MAP_TYPE_HASH
#define ARRAY BPF_MAP_TYPE_ARRAY

static void test_array(void **state)
{
	struct engine *e = *state;
	uint64_t v;

	for (int percpu = 0; percpu < 2; percpu++) {
		int m = new_map(e, percpu ? BPF_MAP_TYPE_PERCPU_ARRAY : ARRAY, 8, 3);

		assert_int_equal(value_of(e, m, 2), 0);
		assert_int_equal(lookup(e, m, 3, &v), -ENOENT);
		assert_int_equal(update(e, m, 2, 0x1122334455667788, BPF_ANY), 0);
		assert_int_equal(update(e, m, 2, 5, BPF_NOEXIST), -EEXIST);
		assert_int_equal(value_of(e, m, 2), 0x1122334455667788);
		assert_int_equal(update(e, m, 2, 5, BPF_EXIST), 0);
		assert_int_equal(value_of(e, m, 2), 5);
		assert_int_equal(update(e, m, 2, 5, 3), -EINVAL);
		assert_int_equal(update(e, m, 3, 5, 3), -EINVAL);
		assert_int_equal(update(e, m, 3, 5, BPF_NOEXIST), -E2BIG);
		assert_int_equal(update(e, m, 2, 5, BPF_F_LOCK), -EINVAL);
		assert_int_equal(delete (e, m, 2), -EINVAL);
		assert_int_equal(value_of(e, m, 1), 0);
	}
}

static void test_array_attributes(void **state)
{
	static const struct {
		uint32_t type, value, entries, flags;
		int want; /* 1: success */
	} rows[] = {
		{ ARRAY, 0, 1, 0, -EINVAL },
		{ ARRAY, 8, 0, 0, -EINVAL },
		{ ARRAY, 3, 1, 0, 1 },
		{ ARRAY, 8, 1, BPF_F_MMAPABLE, 1 },
		{ ARRAY, 8, 1, BPF_F_INNER_MAP, 1 },
		{ ARRAY, 8, 1, BPF_F_RDONLY_PROG, 1 },
		{ ARRAY, 8, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG, -EINVAL },
		{ ARRAY, 8, 1, BPF_F_PRESERVE_ELEMS, -EINVAL },
		{ ARRAY, 0x80000000, 1, 0, -E2BIG },
		{ ARRAY, 8, 0xffffffff, 0, -ENOMEM },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 8, 1, BPF_F_MMAPABLE, -EINVAL },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 8, 1, BPF_F_NUMA_NODE, -EINVAL },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 32769, 1, 0, -E2BIG },
		{ HASH, 8, 1, 0, 1 },
		{ HASH, 8, 1, BPF_F_NO_PREALLOC, 1 },
		{ BPF_MAP_TYPE_PERCPU_HASH, 32768, 1, BPF_F_NO_PREALLOC, 1 },
		{ BPF_MAP_TYPE_PERCPU_HASH, 32769, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_PERCPU_HASH, 8, 1, BPF_F_NUMA_NODE, -EINVAL },
		{ HASH, 8, 1, BPF_F_MMAPABLE, -EINVAL },
		{ HASH, 8, 1, BPF_F_NO_COMMON_LRU, -EINVAL },
		{ HASH, 0, 1, 0, -EINVAL },
		{ HASH, 8, 0, 0, -EINVAL },
		{ HASH, 1U << 22, 1, 0, -E2BIG },
		{ BPF_MAP_TYPE_RINGBUF, 0, 4096, 0, ENGINE_UNSUPPORTED },
		{ BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 1, 0, -EINVAL }, /* descriptor 0 is no map */
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = { .type = rows[i].type,
					       .key_size = 4,
					       .value_size = rows[i].value,
					       .max_entries = rows[i].entries,
					       .flags = rows[i].flags };
		int got = e->ops->map_create(e, &a);

		assert_int_equal(got > 0 ? 1 : got, rows[i].want);
		if (got > 0)
			e->ops->close(e, got);
	}
}

static void test_hash(void **state)
{
	struct engine *e = *state;
	int m = new_map(e, HASH, 8, 3);
	uint64_t v = 0;
	uint32_t key = 30;
	struct engine_elem el = { .fd = m, .key = &key, .value = &v };

	assert_int_equal(lookup(e, m, 10, &v), -ENOENT);
	assert_int_equal(delete (e, m, 10), -ENOENT);
	assert_int_equal(update(e, m, 10, 1, BPF_EXIST), -ENOENT);
	assert_int_equal(update(e, m, 10, 1, BPF_NOEXIST), 0);
	assert_int_equal(update(e, m, 10, 2, BPF_NOEXIST), -EEXIST);
	assert_int_equal(update(e, m, 10, 3, BPF_ANY), 0);
	assert_int_equal(update(e, m, 10, 3, 3), -EINVAL);
	assert_int_equal(update(e, m, 20, 4, 0), 0);
	assert_int_equal(update(e, m, 30, 5, 0), 0);
	assert_int_equal(update(e, m, 40, 6, 0), -E2BIG);
	assert_int_equal(update(e, m, 40, 6, BPF_EXIST), -ENOENT);
	assert_int_equal(value_of(e, m, 10), 3);
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), 0);
	assert_int_equal(v, 5);
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -ENOENT);
	assert_int_equal(update(e, m, 40, 6, 0), 0);
	assert_int_equal(value_of(e, m, 40), 6);
	assert_int_equal(delete (e, m, 10), 0);
	assert_int_equal(lookup(e, m, 10, &v), -ENOENT);
}

/* Every key once, whatever the order. */
static void test_hash_walk(void **state)
{
	struct engine *e = *state;
	int m = new_map(e, HASH, 8, 100);
	uint32_t key, next = 0, n = 0;
	uint64_t seen[2] = { 0 };
	struct engine_elem el = { .fd = m, .value = &next };

	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(update(e, m, i, i, 0), 0);
	for (uint32_t i = 0; i < 100; i += 3)
		assert_int_equal(delete (e, m, i), 0);
	while (!e->ops->map_next_key(e, &el)) {
		assert_true(next < 100 && next % 3 && !(seen[next / 64] >> next % 64 & 1));
		seen[next / 64] |= 1ULL << next % 64;
		key = next;
		el.key = &key;
		n++;
	}
	assert_int_equal(n, 66);
}

static void test_array_batch(void **state)
{
	struct engine *e = *state;
	int m = new_map(e, ARRAY, 8, 5);
	uint32_t keys[5] = { 0, 1, 2, 3, 4 };
	uint64_t values[5] = { 10, 11, 12, 13, 14 };
	struct engine_batch b = {
		.op = BPF_MAP_UPDATE_BATCH, .fd = m, .keys = keys, .values = values, .count = 5
	};

	assert_int_equal(e->ops->map_batch(e, &b), 0);
	assert_int_equal(b.count, 5);
	assert_int_equal(value_of(e, m, 4), 14);
	b.op = BPF_MAP_LOOKUP_BATCH;
	b.first = true;
	b.count = 3;
	assert_int_equal(e->ops->map_batch(e, &b), 0);
	assert_int_equal(b.count, 3);
	assert_int_equal(values[2], 12);
	b.first = false;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 2);
	assert_int_equal(keys[1], 4);
	assert_int_equal(values[1], 14);
	b.op = BPF_MAP_DELETE_BATCH;
	assert_int_equal(e->ops->map_batch(e, &b), -ENGINE_ENOTSUPP);
	b.op = BPF_MAP_UPDATE_BATCH;
	b.count = 2;
	keys[0] = 1;
	keys[1] = 9;
	assert_int_equal(e->ops->map_batch(e, &b), -E2BIG);
	assert_int_equal(b.count, 1);
	b.count = 0;
	assert_int_equal(e->ops->map_batch(e, &b), 0);
	for (b.elem_flags = BPF_NOEXIST; b.elem_flags <= BPF_F_LOCK; b.elem_flags <<= 1)
		assert_int_equal(e->ops->map_batch(e, &b), -EINVAL);
}

static void test_hash_batch(void **state)
{
	struct engine *e = *state;
	int m = new_map(e, HASH, 8, 8);
	uint32_t keys[8] = { 5, 6, 7 };
	uint64_t values[8] = { 50, 60, 70 }, sum = 0, v;
	struct engine_batch b = { .op = BPF_MAP_UPDATE_BATCH,
				  .fd = m,
				  .keys = keys,
				  .values = values,
				  .count = 3,
				  .first = true };

	assert_int_equal(e->ops->map_batch(e, &b), 0);
	b.op = BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	b.count = 8;
	assert_int_equal(e->ops->map_batch(e, &b), -ENOENT);
	assert_int_equal(b.count, 3);
	for (uint32_t i = 0; i < b.count; i++)
		sum += keys[i] * 1000ULL + values[i];
	assert_int_equal(sum, 18180);
	assert_int_equal(lookup(e, m, 5, &v), -ENOENT);
	b.flags = 1;
	assert_int_equal(e->ops->map_batch(e, &b), -EINVAL);
}

static void test_mmap(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = { .type = ARRAY,
				       .key_size = 4,
				       .value_size = 8,
				       .max_entries = 1,
				       .flags = BPF_F_MMAPABLE };
	int m = e->ops->map_create(e, &a);

	assert_int_equal(e->ops->map_mmap(e, m), 0);
	assert_int_equal(e->ops->map_freeze(e, m), 0);
	assert_int_equal(e->ops->map_mmap(e, m), -EPERM);
	assert_int_equal(e->ops->map_mmap(e, new_map(e, ARRAY, 8, 1)), -EINVAL);
	assert_int_equal(e->ops->map_mmap(e, new_map(e, HASH, 8, 1)), -ENGINE_ENOTSUPP);
}

static int new_outer(struct engine *e, uint32_t type, int inner)
{
	struct engine_map_create a = { .type = type,
				       .key_size = 4,
				       .value_size = 4,
				       .max_entries = 2,
				       .inner_map_fd = (uint32_t)inner };

	return e->ops->map_create(e, &a);
}

static void test_map_of_maps(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS };
	struct engine *e = *state;

	for (size_t i = 0; i < N(types); i++) {
		int inner = new_map(e, ARRAY, 8, 4), other = new_map(e, ARRAY, 16, 4), outer;
		struct engine_map_info info;
		struct bpf_insn insns[] = {
			ST(W, 10, -4, 0),
			MOV_X(2, 10),
			ADD_K(2, -4),
			LDMAP(1, 0),
			CALL(BPF_FUNC_map_lookup_elem),
			JMP_K(BPF_JEQ, 0, 0, 7),
			MOV_X(1, 0),
			ST(W, 10, -4, 3),
			MOV_X(2, 10),
			ADD_K(2, -4),
			CALL(BPF_FUNC_map_lookup_elem),
			JMP_K(BPF_JEQ, 0, 0, 1),
			LDX(DW, 0, 0, 0),
			EXIT,
		};
		int prog;

		assert_int_equal(new_outer(e, types[i], new_prog_array(e, 1)), -ENGINE_ENOTSUPP);
		outer = new_outer(e, types[i], inner);
		assert_true(outer > 0);
		assert_int_equal(new_outer(e, types[i], outer), -EINVAL);
		assert_int_equal(update(e, outer, 0, (uint32_t)other, 0), -EINVAL);
		assert_int_equal(update(e, outer, 0, 1234, 0), -EBADF);
		assert_int_equal(update(e, outer, 0, (uint32_t)inner, 0), 0);
		e->ops->map_info(e, inner, &info);
		assert_int_equal(value_of(e, outer, 0), info.id);
		insns[3].imm = outer;
		prog = load(e, insns, N(insns));
		assert_true(prog > 0);
		update(e, inner, 3, 333, 0);
		e->ops->close(e, inner);
		assert_int_equal(result_of(e, prog), 333);
		assert_int_equal(delete (e, outer, 0), 0);
		assert_int_equal(delete (e, outer, 0), -ENOENT);
		assert_int_equal(e->ops->map_fd_by_id(e, info.id, 0), -ENOENT);
		assert_int_equal(result_of(e, prog), 0);
	}
}

/* The helpers on key 1 with value @value; r0 of the last one is the result. */
static int32_t by_helper(struct engine *e, int map, int32_t helper, int32_t key, int32_t flags)
{
	struct bpf_insn insns[] = {
		ST(W, 10, -4, key), ST(DW, 10, -16, 77),
		LDMAP(1, map),	    MOV_X(2, 10),
		ADD_K(2, -4),	    MOV_X(3, 10),
		ADD_K(3, -16),	    MOV_K(4, flags),
		CALL(helper),	    EXIT,
	};
	int prog = load(e, insns, N(insns));

	assert_true(prog > 0);
	return (int32_t)result_of(e, prog);
}

static void test_helpers(void **state)
{
	struct engine *e = *state;
	int array = new_map(e, ARRAY, 8, 2), hash = new_map(e, HASH, 8, 1);
	int32_t up = BPF_FUNC_map_update_elem, del = BPF_FUNC_map_delete_elem;
	uint64_t v;

	assert_int_equal(by_helper(e, array, up, 1, BPF_ANY), 0);
	assert_int_equal(value_of(e, array, 1), 77);
	assert_int_equal(by_helper(e, array, up, 2, BPF_ANY), -E2BIG);
	assert_int_equal(by_helper(e, array, up, 1, BPF_NOEXIST), -EEXIST);
	assert_int_equal(by_helper(e, array, del, 1, 0), -EINVAL);
	assert_int_equal(by_helper(e, hash, del, 1, 0), -ENOENT);
	assert_int_equal(by_helper(e, hash, up, 1, BPF_EXIST), -ENOENT);
	assert_int_equal(by_helper(e, hash, up, 1, BPF_NOEXIST), 0);
	assert_int_equal(value_of(e, hash, 1), 77);
	assert_int_equal(by_helper(e, hash, up, 5, BPF_ANY), -E2BIG);
	assert_int_equal(by_helper(e, hash, del, 1, 0), 0);
	assert_int_equal(lookup(e, hash, 1, &v), -ENOENT);
	assert_int_equal(by_helper(e, hash, BPF_FUNC_get_smp_processor_id, 1, 0), 0);
}

static void test_info(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = { .type = HASH,
				       .key_size = 12,
				       .value_size = 20,
				       .max_entries = 9,
				       .flags = BPF_F_NO_PREALLOC,
				       .name = "the_map" };
	struct engine_map_info info;
	struct engine_prog_info pinfo;
	int m = e->ops->map_create(e, &a), p = load_const(e, 1);

	assert_int_equal(e->ops->map_info(e, m, &info), 0);
	assert_int_equal(info.type, HASH);
	assert_int_equal(info.key_size, 12);
	assert_int_equal(info.value_size, 20);
	assert_int_equal(info.max_entries, 9);
	assert_int_equal(info.map_flags, BPF_F_NO_PREALLOC);
	assert_string_equal(info.name, "the_map");
	assert_int_equal(e->ops->map_info(e, 1234, &info), -EBADFD);
	assert_int_equal(e->ops->prog_info(e, p, &pinfo), 0);
	assert_int_equal(pinfo.type, BPF_PROG_TYPE_SOCKET_FILTER);
	assert_int_equal(pinfo.xlated_len, 16);
	assert_int_equal(pinfo.jited_len, 0);
	assert_int_equal(e->ops->prog_fd_by_id(e, pinfo.id, BPF_F_RDONLY), -EINVAL);
	assert_int_equal(e->ops->prog_info(e, 1234, &pinfo), -EBADFD);
}

/* The ids in their order, whatever was made and let go before. */
static void test_next_id(void **state)
{
	struct engine *e = *state;
	int a = new_map(e, HASH, 8, 1), b = new_map(e, HASH, 8, 1), c = new_map(e, HASH, 8, 1);
	int p = load_const(e, 1);
	struct engine_map_info info;
	struct engine_prog_info pinfo;
	uint32_t first, id;

	assert_int_equal(e->ops->map_next_id(e, 0, &first), 0);
	e->ops->map_info(e, a, &info);
	assert_int_equal(first, info.id);
	e->ops->close(e, b);
	assert_int_equal(e->ops->map_next_id(e, first, &id), 0);
	e->ops->map_info(e, c, &info);
	assert_int_equal(id, info.id);
	assert_int_equal(e->ops->map_next_id(e, id, &id), -ENOENT);
	assert_int_equal(e->ops->prog_next_id(e, 0, &id), 0);
	e->ops->prog_info(e, p, &pinfo);
	assert_int_equal(id, pinfo.id);
	assert_int_equal(e->ops->prog_next_id(e, id, &id), -ENOENT);
}

static void test_info_raw(void **state)
{
	static const struct {
		quirk_set quirks;
		uint32_t len;
		int fill, want;
		uint32_t type, btf_key;
	} rows[] = {
		{ 0, 80, 0, 0, BPF_MAP_TYPE_PROG_ARRAY, 0 },
		{ 0, 88, 1, 0, BPF_MAP_TYPE_PROG_ARRAY, 0x01010101 },
		{ 0, 2, 1, 0, 0x01010000 | BPF_MAP_TYPE_PROG_ARRAY, 0x01010101 },
		{ 0, 89, 1, -EINVAL, 0x01010101, 0x01010101 },
		{ 0, 101, 1, -E2BIG, 0x01010101, 0x01010101 },
		{ 0, 4096, 0, 0, BPF_MAP_TYPE_PROG_ARRAY, 0 },
		{ 0, 4097, 0, -E2BIG, 0, 0 },
		{ QUIRK(INFO_CLEARED), 88, 1, 0, BPF_MAP_TYPE_PROG_ARRAY, 0 },
		{ QUIRK(INFO_CLEARED), 89, 1, -E2BIG, 0x01010101, 0x01010101 },
		{ QUIRK(INFO_CLEARED) | QUIRK(SHORT_MAP_INFO), 81, 1, -E2BIG, 0x01010101,
		  0x01010101 },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct engine *e = reference_interp_new(rows[i].quirks);
		int m = new_prog_array(e, 4);
		uint32_t words[1024];

		memset(words, rows[i].fill, sizeof(words));
		assert_int_equal(e->ops->map_info_raw(e, m, words, rows[i].len), rows[i].want);
		assert_int_equal(words[0], rows[i].type);
		assert_int_equal(words[17], rows[i].btf_key);
		assert_int_equal(e->ops->map_info_raw(e, 1234, words, 80), -EBADFD);
		assert_int_equal(e->ops->map_info_raw(e, 0, words, 80), -EINVAL);
		e->ops->destroy(e);
	}
}

/* Types that the map was given are told, whatever the buffer held. */
static void test_info_types(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = { .type = BPF_MAP_TYPE_ARRAY,
				       .key_size = 4,
				       .value_size = 8,
				       .max_entries = 1,
				       .btf_fd = (uint32_t)e->ops->btf_load(e),
				       .btf_key_type_id = ENGINE_BTF_INT,
				       .btf_value_type_id = ENGINE_BTF_LONG };
	uint32_t words[22];
	int m = e->ops->map_create(e, &a);

	assert_true(m > 0);
	memset(words, 1, sizeof(words));
	assert_int_equal(e->ops->map_info_raw(e, m, words, sizeof(words)), 0);
	assert_int_equal(words[0], BPF_MAP_TYPE_ARRAY);
	assert_int_equal(words[17], ENGINE_BTF_INT);
	assert_int_equal(words[18], ENGINE_BTF_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_array),	 ENGINE_TEST(test_array_attributes),
		ENGINE_TEST(test_hash),		 ENGINE_TEST(test_hash_walk),
		ENGINE_TEST(test_array_batch),	 ENGINE_TEST(test_hash_batch),
		ENGINE_TEST(test_mmap),		 ENGINE_TEST(test_map_of_maps),
		BOTH_TEST(test_helpers),	 ENGINE_TEST(test_info),
		ENGINE_TEST(test_next_id),	 ENGINE_TEST(test_info_types),
		cmocka_unit_test(test_info_raw),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
