// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "words.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "../../engines/engine.h"
#include "case_test.h"

#define FIND(fn, word, ...) fn(word, strlen(word), ##__VA_ARGS__)

static void verbs_by_name(void **state)
{
	(void)state;
	assert_int_equal(n_verbs, STEP_TOKEN + 1);
	for (size_t i = 0; i < n_verbs; i++) {
		assert_int_equal(verbs[i].op, i);
		assert_ptr_equal(FIND(verb_find, verbs[i].name), &verbs[i]);
		/* Only a step that makes something says so first; the parser relies on it. */
		assert_null(strchr(verbs[i].args + 1, 'N'));
		assert_true(!(verbs[i].options & (1ULL << OPT_FLAGS)) || verbs[i].flags ||
			    verbs[i].op == STEP_RUN || verbs[i].op == STEP_BIND);
	}
	assert_null(FIND(verb_find, "maps"));
	assert_null(FIND(verb_find, "ma"));
	assert_null(FIND(verb_find, "Map"));
	assert_null(FIND(verb_find, ""));
	assert_null(FIND(verb_find, "lookup_and_delete"));
}

static void options_by_name(void **state)
{
	(void)state;
	for (int i = 0; i < OPT_COUNT; i++)
		assert_int_equal(FIND(opt_find, opt_names[i].name), i);
	assert_int_equal(FIND(opt_find, "elem-flags"), OPT_ELEM_FLAGS);
	assert_int_equal(FIND(opt_find, "max_entries"), -1);
	assert_int_equal(FIND(opt_find, ""), -1);
}

static void errnos_both_ways(void **state)
{
	static const struct {
		int number;
		const char *name;
	} known[] = {
		{ EPERM, "EPERM" },	    { ENOENT, "ENOENT" },	  { E2BIG, "E2BIG" },
		{ EBADF, "EBADF" },	    { EAGAIN, "EAGAIN" },	  { EINVAL, "EINVAL" },
		{ EXDEV, "EXDEV" },	    { EOPNOTSUPP, "EOPNOTSUPP" }, { 524, "ENOTSUPP" },
		{ EHWPOISON, "EHWPOISON" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		assert_string_equal(errno_name(known[i].number), known[i].name);
		assert_int_equal(FIND(errno_find, known[i].name), known[i].number);
	}
	/* Every name leads back to its number. */
	for (int i = -10; i < 5000; i++) {
		const char *name = errno_name(i);

		if (name)
			assert_int_equal(FIND(errno_find, name), i);
	}
	assert_null(errno_name(0));
	assert_null(errno_name(-EINVAL));
	assert_null(errno_name(41)); /* a hole */
	assert_null(errno_name(EHWPOISON + 1));
	assert_null(errno_name(523));
	assert_null(errno_name(525));
}

static void words_that_are_no_errno(void **state)
{
	/* glibc's ENOTSUP is the number of EOPNOTSUPP and one letter from the kernel's ENOTSUPP. */
	static const char *const words[] = { "",       "E",	  "EINVA",   "EINVALX",
					     "einval", "ENOTSUP", "entries", "EWOULDBLOCK",
					     "22",     "-EINVAL" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (FIND(errno_find, words[i]))
			fail_msg("%s was taken for an errno", words[i]);
	/* Only @len bytes count. */
	assert_int_equal(errno_find("EINVAL|", 6), EINVAL);
}

static void types_both_ways(void **state)
{
	uint32_t type = 77;

	(void)state;
	assert_int_equal(FIND(map_type_find, "prog_array", &type), 0);
	assert_int_equal(type, BPF_MAP_TYPE_PROG_ARRAY);
	assert_int_equal(FIND(map_type_find, "unspec", &type), 0);
	assert_int_equal(type, 0);
	assert_int_equal(FIND(prog_type_find, "socket_filter", &type), 0);
	assert_int_equal(type, BPF_PROG_TYPE_SOCKET_FILTER);
	assert_int_equal(FIND(prog_type_find, "netfilter", &type), 0);
	assert_int_equal(type, 32);
	assert_int_equal(FIND(attach_type_find, "xdp", &type), 0);
	assert_int_equal(type, BPF_XDP);
	type = 77;
	assert_int_equal(FIND(map_type_find, "xdp", &type), -1);
	assert_int_equal(FIND(prog_type_find, "xdp_", &type), -1);
	assert_int_equal(FIND(attach_type_find, "", &type), -1);
	assert_int_equal(type, 77);
	for (uint32_t t = 0; t < 100; t++) {
		uint32_t back;

		if (map_type_name(t)) {
			assert_int_equal(FIND(map_type_find, map_type_name(t), &back), 0);
			assert_int_equal(back, t);
		}
		if (prog_type_name(t)) {
			assert_int_equal(FIND(prog_type_find, prog_type_name(t), &back), 0);
			assert_int_equal(back, t);
		}
	}
	assert_null(map_type_name(100));
	assert_null(prog_type_name(UINT32_MAX));
	assert_null(attach_type_name(UINT32_MAX));
}

/* libbpf of Debian 12 knows fewer types, but what it knows is called so. */
static void types_as_libbpf_calls_them(void **state)
{
	(void)state;
	for (uint32_t t = 0; t < 33; t++)
		assert_string_equal(map_type_name(t), libbpf_bpf_map_type_str(t));
	for (uint32_t t = 0; t < 32; t++)
		assert_string_equal(prog_type_name(t), libbpf_bpf_prog_type_str(t));
	for (uint32_t t = 0; t < 44; t++)
		assert_string_equal(attach_type_name(t), libbpf_bpf_attach_type_str(t));
	assert_null(map_type_name(1000));
	assert_null(prog_type_name(1000));
	assert_null(attach_type_name(1000));
}

static void assert_flags(const struct flag_name *table, uint64_t bits, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	flags_print(out, table, bits);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void flags_in_words(void **state)
{
	const struct flag_name *map = verbs[STEP_MAP].flags;

	(void)state;
	assert_flags(map, 0, "0");
	assert_flags(map, BPF_F_RDONLY, "RDONLY");
	assert_flags(map, BPF_F_WRONLY | BPF_F_RDONLY, "RDONLY|WRONLY");
	assert_flags(map, 1ULL << 63, "0x8000000000000000");
	assert_flags(map, BPF_F_NUMA_NODE | 0x40, "NUMA_NODE|ZERO_SEED");
	assert_flags(map, BPF_F_NUMA_NODE | 1ULL << 32, "NUMA_NODE|0x100000000");
	assert_flags(verbs[STEP_UPDATE].flags, BPF_NOEXIST | BPF_EXIST | BPF_F_LOCK,
		     "NOEXIST|EXIST|LOCK");
	assert_flags(verbs[STEP_PROG].flags, BPF_F_SLEEPABLE | BPF_F_ANY_ALIGNMENT,
		     "ANY_ALIGNMENT|SLEEPABLE");
	assert_flags(verbs[STEP_RUN].flags, 3, "0x3");
	assert_flags(NULL, 0, "0");
}

/* The numbers are the kernel's interface: against the header that we are built with. */
static void flags_of_the_header(void **state)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} known[] = {
		{ "NO_PREALLOC", BPF_F_NO_PREALLOC }, { "NUMA_NODE", BPF_F_NUMA_NODE },
		{ "RDONLY", BPF_F_RDONLY },	      { "WRONLY", BPF_F_WRONLY },
		{ "RDONLY_PROG", BPF_F_RDONLY_PROG }, { "WRONLY_PROG", BPF_F_WRONLY_PROG },
		{ "MMAPABLE", BPF_F_MMAPABLE },	      { "PRESERVE_ELEMS", BPF_F_PRESERVE_ELEMS },
		{ "INNER_MAP", BPF_F_INNER_MAP },
	};
	size_t found = 0;

	(void)state;
	for (const struct flag_name *f = verbs[STEP_MAP].flags; f->name; f++) {
		assert_true(f->bit && (f->bit & (f->bit - 1)) == 0);
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (strcmp(f->name, known[i].name) == 0) {
				assert_int_equal(f->bit, known[i].bit);
				found++;
			}
		}
	}
	assert_int_equal(found, ARRAY_SIZE(known));
}

static void context_fields(void **state)
{
	const struct ctx_field *cb3 = FIND(ctx_field_find, "cb3"),
			       *arg5 = FIND(ctx_field_find, "arg5");

	(void)state;
	assert_int_equal(cb3->kind, CTX_SKB);
	assert_int_equal(cb3->offset, offsetof(struct __sk_buff, cb[3]));
	assert_int_equal(cb3->size, 4);
	assert_int_equal(FIND(ctx_field_find, "tstamp")->size, 8);
	assert_int_equal(arg5->kind, CTX_ARGS);
	assert_int_equal(arg5->offset, 40);
	assert_int_equal(FIND(ctx_field_find, "data_meta")->kind, CTX_XDP);
	assert_null(FIND(ctx_field_find, "cb5"));
	assert_null(FIND(ctx_field_find, "data"));
	assert_int_equal(ctx_kind_of(BPF_PROG_TYPE_SOCKET_FILTER), CTX_SKB);
	assert_int_equal(ctx_kind_of(BPF_PROG_TYPE_XDP), CTX_XDP);
	assert_int_equal(ctx_kind_of(BPF_PROG_TYPE_RAW_TRACEPOINT), CTX_ARGS);
	assert_int_equal(ctx_kind_of(BPF_PROG_TYPE_KPROBE), CTX_NONE);
	assert_int_equal(ctx_kind_of(UINT32_MAX), CTX_NONE);
}

#define H32 "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"

static const struct {
	const char *word;
	bool is_case, is_handle;
} names[] = {
	{ "progs", true, true },
	{ "a", true, true },
	{ "_", true, true },
	{ "A_b9", true, true },
	{ "limit.self", true, false },
	{ "a.b.c-d.9", true, false },
	{ "9", true, false },
	{ "-", true, false },
	{ "empty-slot", true, false },
	{ "", false, false },
	{ ".", false, false },
	{ ".a", false, false },
	{ "a.", false, false },
	{ "a..b", false, false },
	{ "a b", false, false },
	{ "a/b", false, false },
	{ "a\tb", false, false },
	{ "caf\xc3\xa9", false, false },
	{ "fd:3", false, false },
	/* Words that are something else where a handle may stand. */
	{ "null", true, false },
	{ "bad", true, false },
	{ "zero", true, false },
	{ "EINVAL", true, false },
	{ "ENOTSUPP", true, false },
	{ "nullx", true, true },
	{ "EINVALX", true, true },
	{ "map", true, true },
	/* Lengths: 64 for a handle, 128 for a case. */
	{ H32 H32, true, true },
	{ H32 H32 "h", true, false },
	{ H32 H32 H32 H32, true, false },
	{ H32 H32 H32 H32 "h", false, false },
};

static void rules_for_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (FIND(case_name_ok, names[i].word) != names[i].is_case)
			fail_msg("%s as the name of a case", names[i].word);
		if (FIND(handle_name_ok, names[i].word) != names[i].is_handle)
			fail_msg("%s as a handle", names[i].word);
	}
}

static void fields_of_info(void **state)
{
	(void)state;
	assert_true(FIND(info_field_known, "type"));
	assert_true(FIND(info_field_known, "nr_map_ids"));
	assert_false(FIND(info_field_known, "types"));
	assert_false(FIND(info_field_known, "id"));
	assert_false(FIND(info_field_known, ""));
	assert_true(FIND(info_field_known, "tail_calls"));
	assert_true(FIND(fdinfo_field_known, "owner_jited"));
	assert_false(FIND(fdinfo_field_known, "owner"));
	assert_false(FIND(fdinfo_field_known, "tail_calls"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_by_name),
		cmocka_unit_test(options_by_name),
		cmocka_unit_test(errnos_both_ways),
		cmocka_unit_test(words_that_are_no_errno),
		cmocka_unit_test(types_both_ways),
		cmocka_unit_test(flags_in_words),
		cmocka_unit_test(types_as_libbpf_calls_them),
		cmocka_unit_test(flags_of_the_header),
		cmocka_unit_test(context_fields),
		cmocka_unit_test(rules_for_names),
		cmocka_unit_test(fields_of_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
