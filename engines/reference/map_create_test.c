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
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
