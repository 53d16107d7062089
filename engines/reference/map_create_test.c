// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_CREATE of a PROG_ARRAY: kernel/bpf/syscall.c map_create, arraymap.c */
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

struct create_row {
	const char *what;
	size_t off; /* of a u32 in struct engine_map_create */
	uint32_t value;
	int want; /* 1: success */
};

#define ROW(field, v, want)                                                       \
	{                                                                         \
#field " " #v, offsetof(struct engine_map_create, field), v, want \
	}

/* kernel/bpf/arraymap.c fd_array_map_alloc_check, array_map_alloc_check */
static const struct create_row create_rows[] = {
	ROW(key_size, 8, -EINVAL),
	ROW(key_size, 0, -EINVAL),
	ROW(value_size, 8, -EINVAL),
	ROW(value_size, 0, -EINVAL),
	ROW(max_entries, 0, -EINVAL),
	ROW(max_entries, 1, 1),
	ROW(max_entries, 0xffffffff, -ENOMEM),
	ROW(flags, BPF_F_NO_PREALLOC, -EINVAL),
	ROW(flags, BPF_F_NO_COMMON_LRU, -EINVAL),
	ROW(flags, BPF_F_NUMA_NODE, 1),
	ROW(flags, BPF_F_RDONLY, 1),
	ROW(flags, BPF_F_WRONLY, 1),
	ROW(flags, BPF_F_RDONLY | BPF_F_WRONLY, -EINVAL),
	ROW(flags, BPF_F_STACK_BUILD_ID, -EINVAL),
	ROW(flags, BPF_F_ZERO_SEED, -EINVAL),
	ROW(flags, BPF_F_RDONLY_PROG, -EINVAL),
	ROW(flags, BPF_F_WRONLY_PROG, -EINVAL),
	ROW(flags, BPF_F_CLONE, -EINVAL),
	ROW(flags, BPF_F_MMAPABLE, -EINVAL),
	ROW(flags, BPF_F_PRESERVE_ELEMS, -EINVAL),
	ROW(flags, BPF_F_INNER_MAP, -EINVAL),
	ROW(flags, 1U << 13, -EINVAL),
	ROW(flags, 1U << 14, -EINVAL),
	ROW(flags, 1U << 15, -EINVAL),
	ROW(flags, 1U << 31, -EINVAL),
	ROW(numa_node, 5, 1), /* without the flag */
	ROW(inner_map_fd, 1234, 1),
	ROW(ifindex, 1, -EINVAL),
	ROW(btf_fd, 1234, 1),
	ROW(btf_key_type_id, 1, -EINVAL),
	ROW(btf_value_type_id, 1, -EINVAL),
	ROW(btf_vmlinux_value_type_id, 1, -EINVAL),
	ROW(map_extra, 1, -EINVAL),
	ROW(value_type_btf_obj_fd, 1234, 1),
	ROW(map_token_fd, 1234, 1),
	ROW(type, 0, -EINVAL),
	ROW(type, 1000, -EINVAL),
	ROW(stray_byte, 88, -EINVAL),
	ROW(stray_byte, 92, -EINVAL),
	ROW(stray_byte, 167, -EINVAL),
	ROW(stray_byte, 168, -E2BIG),
	ROW(stray_byte, 5000, -E2BIG),
};

static void test_create(void **state)
{
	struct engine *e = *state;

	for (size_t i = 0; i < N(create_rows); i++) {
		const struct create_row *row = &create_rows[i];
		struct engine_map_create a = attrs();
		int got;

		memcpy((char *)&a + row->off, &row->value, sizeof(row->value));
		got = e->ops->map_create(e, &a);
		if ((got > 0 ? 1 : got) != row->want)
			print_message("%s: %d\n", row->what, got);
		assert_int_equal(got > 0 ? 1 : got, row->want);
	}
}

static void test_create_more(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = attrs();

	a.flags = BPF_F_NUMA_NODE;
	a.numa_node = 0xffffffff;
	assert_true(e->ops->map_create(e, &a) > 0);
	a.numa_node = 7;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
	a = attrs();
	a.flags = 1U << 16; /* a token, by descriptor */
	a.map_token_fd = 1234;
	assert_int_equal(e->ops->map_create(e, &a), -EBADF);
	a.map_token_fd = 0;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
	a = attrs();
	a.btf_key_type_id = a.btf_value_type_id = 1;
	a.btf_fd = 1234;
	assert_int_equal(e->ops->map_create(e, &a), -EBADF);
	a.btf_fd = 0;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
}

/* How much of the attributes there is. */
static void test_attr_size(void **state)
{
	static const struct {
		uint32_t size, stray;
		int want;
	} rows[] = {
		{ 0, 0, -EINVAL },   { 8, 0, -EINVAL },
		{ 12, 0, -EINVAL },  { 13, 0, 1 },
		{ 20, 0, 1 },	     { 4096, 0, 1 },
		{ 4097, 0, -E2BIG }, { UINT32_MAX, 0, -E2BIG },
		{ 96, 100, 1 },	     { 101, 100, -EINVAL },
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = attrs();
		int got;

		a.has_attr_size = true;
		a.attr_size = rows[i].size;
		a.stray_byte = rows[i].stray;
		got = e->ops->map_create(e, &a);
		assert_int_equal(got > 0 ? 1 : got, rows[i].want);
	}
}

static int create_with_types(struct engine *e, int btf, uint32_t key, uint32_t value)
{
	struct engine_map_create a = attrs();

	a.btf_fd = (uint32_t)btf;
	a.btf_key_type_id = key;
	a.btf_value_type_id = value;
	return e->ops->map_create(e, &a);
}

static void test_btf(void **state)
{
	struct engine *e = *state;
	int btf = e->ops->btf_load(e);
	struct engine_map_info info;
	int fd = create_with_types(e, btf, ENGINE_BTF_INT, ENGINE_BTF_STRUCT);

	assert_true(btf > 0 && fd > 0);
	assert_int_equal(e->ops->map_info(e, fd, &info), 0);
	assert_int_equal(info.btf_key_type_id, ENGINE_BTF_INT);
	assert_int_equal(info.btf_value_type_id, ENGINE_BTF_STRUCT);
	assert_int_equal(create_with_types(e, btf, ENGINE_BTF_LONG, ENGINE_BTF_INT), -EINVAL);
	assert_int_equal(create_with_types(e, btf, ENGINE_BTF_INT, ENGINE_BTF_SHORT), -EINVAL);
	assert_int_equal(create_with_types(e, btf, 0, ENGINE_BTF_INT), -EINVAL);
	assert_int_equal(create_with_types(e, btf, ENGINE_BTF_END, ENGINE_BTF_END), -EINVAL);
	assert_int_equal(create_with_types(e, btf, ENGINE_BTF_INT, ENGINE_BTF_WITH_LOCK),
			 -EOPNOTSUPP);
	/* It is no map, and can be read only. */
	assert_int_equal(e->ops->map_freeze(e, btf), -EINVAL);
	assert_int_equal(e->ops->map_mmap(e, btf), -EACCES);
	assert_int_equal(e->ops->close(e, btf), 0);
	assert_int_equal(create_with_types(e, btf, ENGINE_BTF_INT, ENGINE_BTF_INT), -EBADF);
}

static void test_exclusive(void **state)
{
	static const char hash[32];
	static const struct {
		const void *p;
		uint32_t size;
		int want;
	} rows[] = {
		{ NULL, 0, 1 },
		{ NULL, 32, -EINVAL },
		{ hash, 32, 1 },
		{ hash, 31, -EINVAL },
		{ hash, 0, -EINVAL },
		{ ENGINE_BAD_PTR, 32, -EFAULT },
		{ ENGINE_BAD_PTR, 1, -EINVAL },
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = attrs();
		int got;

		a.excl_prog_hash = rows[i].p;
		a.excl_prog_hash_size = rows[i].size;
		got = e->ops->map_create(e, &a);
		assert_int_equal(got > 0 ? 1 : got, rows[i].want);
		if (got > 0) {
			struct bpf_insn insns[] = { LDMAP(2, got), MOV_K(0, 0), EXIT };
			int prog = load(e, insns, N(insns));

			assert_int_equal(prog > 0 ? 0 : prog, rows[i].p ? -EACCES : 0);
		}
	}
}

/* What older kernels say, by their quirks. */
static void test_quirks(void **state)
{
	struct engine *e = reference_interp_new(QUIRK(NO_EXCL_HASH) | QUIRK(SHORT_ATTR) |
						QUIRK(TAKE_NO_FLAGS) | QUIRK(LOCK_IS_ENOTSUPP));
	struct engine_map_create a = attrs();
	struct engine_elem el = { .fd = 1234, .flags = BPF_F_LOCK };

	(void)state;
	a.excl_prog_hash = ENGINE_BAD_PTR;
	a.excl_prog_hash_size = 32;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
	a = attrs();
	a.stray_byte = 167;
	assert_int_equal(e->ops->map_create(e, &a), -E2BIG);
	assert_int_equal(e->ops->map_lookup_and_delete(e, &el), -EINVAL);
	assert_int_equal(
		create_with_types(e, e->ops->btf_load(e), ENGINE_BTF_INT, ENGINE_BTF_WITH_LOCK),
		-ENGINE_ENOTSUPP);
	e->ops->destroy(e);
}

/* What 32-bit machines say: a pointer is as wide as a slot; and i386 aligns 64 bits to 4 bytes. */
static void test_narrow_machines(void **state)
{
	static const struct {
		uint32_t key_size;
		bool wide, narrow;
	} rows[] = { { 4, false, false },  { 8, true, true },	{ 12, false, true },
		     { 15, false, false }, { 16, true, false }, { 20, false, false } };
	struct engine *narrow =
		reference_interp_new(QUIRK(POINTERS_OF_4) | QUIRK(STORAGE_KEY_OF_12));
	struct engine *wide = *state;
	int btf[] = { wide->ops->btf_load(wide), narrow->ops->btf_load(narrow) };

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = { .type = BPF_MAP_TYPE_CGROUP_STORAGE,
					       .key_size = rows[i].key_size,
					       .value_size = 8 };

		assert_int_equal(wide->ops->map_create(wide, &a) > 0, rows[i].wide);
		assert_int_equal(narrow->ops->map_create(narrow, &a) > 0, rows[i].narrow);
	}
	assert_int_equal(create_with_types(wide, btf[0], ENGINE_BTF_PTR, ENGINE_BTF_INT), -EINVAL);
	assert_true(create_with_types(narrow, btf[1], ENGINE_BTF_PTR, ENGINE_BTF_INT) > 0);
	assert_true(create_with_types(narrow, btf[1], ENGINE_BTF_INT, ENGINE_BTF_PTR) > 0);
	assert_int_equal(create_with_types(narrow, btf[1], ENGINE_BTF_LONG, ENGINE_BTF_INT),
			 -EINVAL);
	narrow->ops->destroy(narrow);
}

/* Bytes behind what a command knows: before its descriptor is looked at. */
static void test_stray_bytes(void **state)
{
	struct engine *e = *state;
	const struct {
		int (*op)(struct engine *, struct engine_elem *);
		uint32_t known;
	} rows[] = {
		{ e->ops->map_lookup, 32 },
		{ e->ops->map_update, 32 },
		{ e->ops->map_delete, 16 },
		{ e->ops->map_next_key, 24 },
		{ e->ops->map_lookup_and_delete, 32 },
	};
	struct engine_batch b = { .op = BPF_MAP_LOOKUP_BATCH, .fd = 1234, .stray_byte = 56 };

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_elem el = { .fd = 1234, .stray_byte = rows[i].known };

		assert_int_equal(rows[i].op(e, &el), -EINVAL);
		el.stray_byte = 167;
		assert_int_equal(rows[i].op(e, &el), -EINVAL);
		el.stray_byte = 168;
		assert_int_equal(rows[i].op(e, &el), -E2BIG);
	}
	assert_int_equal(e->ops->map_batch(e, &b), -EINVAL);
	b.stray_byte = 168;
	assert_int_equal(e->ops->map_batch(e, &b), -E2BIG);
}

static void test_names(void **state)
{
	static const struct {
		char name[16];
		bool ok;
	} rows[] = {
		{ "", true },
		{ "abc_DEF.019", true },
		{ "fifteen_letters", true },
		{ { 's', 'i', 'x', 't', 'e', 'e', 'n', '_', 'l', 'e', 't', 't', 'e', 'r', 's',
		    '_' },
		  false },
		{ "a-b", false },
		{ "a b", false },
		{ "a/b", false },
		{ "\xe4\xf6\xfc", true }, /* letters of Latin-1 */
		{ "\xd7", false },	  /* its sign for times */
		{ "\x80", false },
		{ "a\0-", true }, /* not looked at behind the NUL */
	};
	struct engine *e = *state;

	for (size_t i = 0; i < N(rows); i++) {
		struct engine_map_create a = attrs();

		memcpy(a.name, rows[i].name, sizeof(a.name));
		assert_int_equal(e->ops->map_create(e, &a) > 0, rows[i].ok);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_create),
		ENGINE_TEST(test_create_more),
		ENGINE_TEST(test_names),
		ENGINE_TEST(test_attr_size),
		ENGINE_TEST(test_btf),
		ENGINE_TEST(test_exclusive),
		ENGINE_TEST(test_stray_bytes),
		cmocka_unit_test(test_quirks),
		ENGINE_TEST(test_narrow_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
