// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What we write out, read back by libbpf, and found by ourselves in what libbpf wrote. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/btf.h>

#include "btf_write.h"

static void every_kind(void **state)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	const struct btf_field fields[] = { { "a", 1, 0 }, { "b", 2, 32 } };
	const struct btf_type *t;
	struct btf *btf;
	uint32_t size;
	void *image;

	(void)state;
	assert_int_equal(btf_int(w, "int", 4, true), 1);
	assert_int_equal(btf_int(w, "u32", 4, false), 2);
	assert_int_equal(btf_ptr(w, 0), 3);
	assert_int_equal(btf_proto(w, 1, "ctx", 3), 4);
	assert_int_equal(btf_func(w, "main_0", 4, BTF_FUNC_GLOBAL), 5);
	assert_int_equal(btf_struct(w, "pair", 8, fields, 2), 6);
	assert_int_equal(btf_typedef(w, "index", 1), 7);
	assert_int_equal(btf_const(w, 1), 8);
	assert_int_equal(btf_enumeration(w, "which", "ZERO"), 9);
	assert_int_equal(btf_tag(w, "about main", 5), 10);
	image = btf_image(w, &size);
	assert_non_null(image);
	btf = btf__new(image, size);
	assert_non_null(btf);
	assert_int_equal(btf__type_cnt(btf), 11);
	t = btf__type_by_id(btf, 1);
	assert_int_equal(btf_int_encoding(t), BTF_INT_SIGNED);
	assert_int_equal(btf_int_bits(t), 32);
	assert_int_equal(btf_int_encoding(btf__type_by_id(btf, 2)), 0);
	t = btf__type_by_id(btf, 4);
	assert_true(btf_is_func_proto(t));
	assert_string_equal(btf__name_by_offset(btf, btf_params(t)[0].name_off), "ctx");
	assert_int_equal(btf_params(t)[0].type, 3);
	assert_int_equal(btf_vlen(btf__type_by_id(btf, 5)), BTF_FUNC_GLOBAL);
	t = btf__type_by_id(btf, 6);
	assert_int_equal(t->size, 8);
	assert_string_equal(btf__name_by_offset(btf, btf_members(t)[1].name_off), "b");
	assert_int_equal(btf_member_bit_offset(t, 1), 32);
	assert_true(btf_is_typedef(btf__type_by_id(btf, 7)));
	assert_true(btf_is_const(btf__type_by_id(btf, 8)));
	t = btf__type_by_id(btf, 9);
	assert_string_equal(btf__name_by_offset(btf, btf_enum(t)[0].name_off), "ZERO");
	t = btf__type_by_id(btf, 10);
	assert_true(btf_is_decl_tag(t));
	assert_string_equal(btf__name_by_offset(btf, t->name_off), "about main");
	assert_int_equal(t->type, 5);
	assert_int_equal(btf_decl_tag(t)->component_idx, -1);
	btf__free(btf);
	free(image);
	free(w);
}

static void what_does_not_fit(void **state)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	uint32_t size;

	(void)state;
	for (int i = 0; i < BTF_ROOM / 16; i++)
		btf_int(w, "a", 4, true);
	assert_false(w->full);
	btf_ptr(w, 0);
	assert_null(btf_image(w, &size));
	free(w);
}

static void found_by_kind_and_name(void **state)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	uint32_t size;

	(void)state;
	btf__add_int(btf, "x", 4, 0);
	btf__add_enum64(btf, "y", 8, false);
	btf__add_enum64_value(btf, "Y", 1);
	btf__add_struct(btf, "x", 4);
	btf__add_field(btf, "a", 1, 0, 0);
	btf__add_field(btf, "b", 1, 0, 0);
	btf__add_var(btf, "v", BTF_VAR_STATIC, 1);
	btf__add_func_proto(btf, 1);
	btf__add_func(btf, "x", BTF_FUNC_STATIC, 5);
	data = btf__raw_data(btf, &size);
	assert_int_equal(btf_find(data, size, BTF_KIND_INT, "x"), 1);
	assert_int_equal(btf_find(data, size, BTF_KIND_STRUCT, "x"), 3);
	assert_int_equal(btf_find(data, size, BTF_KIND_FUNC, "x"), 6);
	assert_int_equal(btf_find(data, size, BTF_KIND_FUNC, "y"), 0);
	assert_int_equal(btf_find_member(data, size, "x", "a"), 0);
	assert_int_equal(btf_find_member(data, size, "x", "b"), 1);
	assert_int_equal(btf_find_member(data, size, "x", "c"), -ENOENT);
	assert_int_equal(btf_find_member(data, size, "y", "a"), -ENOENT);
	/* Cut short anywhere: nothing is read that is not there. */
	for (uint32_t cut = 0; cut < size; cut++) {
		void *copy = malloc(cut ? cut : 1);

		memcpy(copy, data, cut);
		assert_int_equal(btf_find(copy, cut, BTF_KIND_FUNC, "x"), 0);
		assert_int_equal(btf_find_member(copy, cut, "x", "b"), -ENOENT);
		free(copy);
	}
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(found_by_kind_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
