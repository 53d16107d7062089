// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keys and values in memory, values as text, handles for ids, fields of info. */
#include <errno.h>

#include "fake_test.h"

static const struct {
	const char *step, *asked;
} memory[] = {
	/* Numbers fill as many bytes as the map says, and what is behind them is zero. */
	{ "map m array\nupdate m 1 2 = 0", "key=010000000000000000 value=020000000000000000" },
	{ "map m array\nupdate m -1 -2 = 0", "key=ffffffff0000000000 value=feffffff0000000000" },
	{ "map m array value=1\nupdate m 0 0x1234 = 0", "value=340000000000000000" },
	{ "map m array value=2\nupdate m 0 0x123456 = 0", "value=563400000000000000" },
	{ "map m array value=8\nupdate m 0 0x123456789a = 0", "value=9a7856341200000000" },
	{ "map m array value=9\nupdate m 0 -1 = 0", "value=ffffffffffffffff00" },
	{ "map m hash key=8\nupdate m -1 0 = 0", "key=ffffffffffffffff00" },
	{ "map m hash key=1\nupdate m 0x1ff 0 = 0", "key=ff0000000000000000" },
	{ "map m hash key=0\nupdate m 7 0 = 0", "key=000000000000000000" },
	/* Hexadecimal is bytes as they are, also more of them than the map has. */
	{ "map m array\nupdate m hex:0a hex:0102030405060708ff = 0",
	  "key=0a0000000000000000 value=0102030405060708ff" },
	{ "map m array\nupdate m null bad = 0", "key=null value=bad" },
	{ "map m array\nupdate m bad null = 0", "key=bad value=null" },
	/* Descriptors are values of 4 bytes. */
	{ "map m array\nupdate m 0 m = 0", "value=0a0000000000000000" },
	{ "map m array\nupdate m 0 fd:-1 = 0", "value=ffffffff0000000000" },
	{ "map m array\nupdate m 0 fd:closed = 0", "value=840300000000000000" },
	{ "map m array value=8\nupdate m 0 fd:-1 = 0", "value=ffffffff0000000000" },
	/* A map that is none has keys and values of 4 bytes. */
	{ "update fd:file -1 -1 = 0", "fd=901 key=ffffffff0000000000 value=ffffffff0000000000" },
	{ "map m array value=8\nclose m\nupdate m 0 -1 = 0",
	  "fd=-1 key=000000000000000000 value=ffffffff0000000000" },
};

static void memory_of_keys_and_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++) {
		struct fake f = { 0 };
		enum outcome outcome;

		free(fake_execute(&f, memory[i].step, &outcome));
		assert_int_equal(outcome, OUTCOME_COMPLETE);
		fake_assert_asked(&f, memory[i].asked);
		free(f.text);
	}
}

static const uint8_t counting[64] = {
	1, 2, 3, 4, 5, 6, 7, 0x88, 9, 10, 11, 12, 13, 14, 15, 16, 17
};
static const uint8_t third_word[24] = { [16] = 0xff, [23] = 0x80 };

static const struct {
	const char *options;
	const uint8_t *value;
	size_t len;
	const char *seen;
} values[] = {
	{ "array value=1", counting, 1, "1" },
	{ "array value=2", counting, 2, "513" },
	{ "array value=4", counting, 4, "67305985" },
	{ "array value=8", counting, 8, "9801809732607083009" },
	{ "array value=3", counting, 3, "hex:010203" },
	{ "array value=5", counting, 5, "hex:0102030405" },
	{ "array value=12", counting, 12,
	  "hex:01020304050607880"
	  "90a0b0c" },
	{ "array value=16", counting, 16, "0:9801809732607083009 1:1157159078456920585" },
	{ "array value=24", third_word, 24, "2:9223372036854776063" },
	{ "array value=16", third_word, 16, "zero" },
	{ "array value=0", counting, 0, "zero" },
	{ "prog_array", counting, 4, "unknown-id" },
};

static void values_as_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct fake f = { .value = values[i].value, .value_len = values[i].len };
		char *steps = xasprintf("map m %s\nlookup m 0 = 0\nlookup-and-delete m 0 = 0",
					values[i].options);
		char *wanted = xasprintf("1 map m %s = 0\n2 lookup m 0 = %s\n"
					 "3 lookup-and-delete m 0 = %s\n",
					 values[i].options, values[i].seen, values[i].seen);

		fake_assert(&f, steps, wanted);
		free(steps);
		free(wanted);
		free(f.text);
	}
}

/* As large as maps get: the whole value has room, whatever the engine writes to it. */
static void a_large_value(void **state)
{
	size_t size = 3U << 20;
	uint8_t *value = xcalloc(size, 1);
	struct fake f = { .value = value, .value_len = size };

	(void)state;
	value[size - 8] = 1;
	fake_assert(&f, "map m array value=3145728\nlookup m 0 = 0\nprog-in-slot p m 0",
		    "1 map m array value=3145728 = 0\n2 lookup m 0 = 393215:1\n"
		    "3 prog-in-slot p m 0 = 0\n");
	free(f.text);
	free(value);
}

/* A map that could not be made may have any size at all: no memory is asked for it. */
static void sizes_of_maps_that_are_none(void **state)
{
	struct fake f = { .op = "map_create", .answer = -22 };

	(void)state;
	fake_assert(&f,
		    "map m array key=0xffffffff value=0xffffffff = EINVAL\nlookup m 0 = 0\n"
		    "next m 0 = 0\nupdate m 0 0 = 0\nbatch-lookup m 4096 = 0",
		    "1 map m array key=4294967295 value=4294967295 = EINVAL\n2 lookup m 0 = 0\n"
		    "3 next m 0 = 0\n4 update m 0 0 = 0\n5 batch-lookup m 4096 = 2048\n");
	fake_assert_asked(&f, "map_lookup fd=-1");
	free(f.text);
}

static void keys_as_text(void **state)
{
	static const uint8_t next[8] = { 1, 2, 3, 4, 5 };
	struct fake f = { .value = next, .value_len = 4 };

	(void)state;
	fake_assert(&f, "map m array\nnext m null = 0",
		    "1 map m array = 0\n2 next m null = 67305985\n");
	f.value_len = 8;
	fake_assert(&f, "map m hash key=8\nnext m 0 = 0",
		    "1 map m hash key=8 = 0\n2 next m 0 = 21542142465\n");
	f.op = "map_next_key";
	f.answer = -2;
	fake_assert(&f, "map m hash key=8\nnext m 0 = 0",
		    "1 map m hash key=8 = 0\n2 next m 0 = ENOENT\n");
	free(f.text);
}

#define PROG(name) "prog " name " xdp\n    exit\n"

/* A slot shows whose id it holds, by the first handle of it, also when that one is closed. */
static void handles_for_ids(void **state)
{
	struct fake f = { .slot_id = 1002 };

	(void)state;
	fake_assert(&f,
		    "map m prog_array\n" PROG("a")
			    PROG("b") "lookup m 0 = b\nclose b\nlookup m 0 = b",
		    "1 map m prog_array = 0\n2 prog a xdp = 0\n3 prog b xdp = 0\n"
		    "4 lookup m 0 = b\n5 close b = 0\n6 lookup m 0 = b\n");
	/* A program that was closed before anybody asked has an id all the same. */
	fake_assert(&f, "map m prog_array\n" PROG("a") PROG("b") "close b\nlookup m 0 = b",
		    "1 map m prog_array = 0\n2 prog a xdp = 0\n3 prog b xdp = 0\n4 close b = 0\n"
		    "5 lookup m 0 = b\n");
	/* A second handle does not take over; nor does a map of that id. */
	f.slot_id = 1001;
	fake_assert(&f, "map m prog_array\n" PROG("a") "dup c a\nlookup m 0 = a",
		    "1 map m prog_array = 0\n2 prog a xdp = 0\n3 dup c a = 0\n4 lookup m 0 = a\n");
	f.slot_id = 1000;
	fake_assert(&f, "map m prog_array\n" PROG("a") "lookup m 0 = a",
		    "1 map m prog_array = 0\n2 prog a xdp = 0\n3 lookup m 0 = unknown-id\n");
	free(f.text);
}

/* By id also where the descriptor is gone; same asks anew and is not taken in by copies. */
static void by_id_and_same(void **state)
{
	struct fake f = { .slot_id = 1001 };

	(void)state;
	fake_assert(
		&f,
		"map m prog_array\n" PROG("a") "close a\nprog-by-id b a\nsame a b = 0\n"
					       "prog-in-slot c m 0\nsame b c = 1\nsame m b = "
					       "0\nsame b b = 1\nsame fd:1 b = 0",
		"1 map m prog_array = 0\n2 prog a xdp = 0\n3 close a = 0\n4 prog-by-id b a = 0\n"
		"5 same a b = 0\n6 prog-in-slot c m 0 = 0\n7 same b c = 1\n8 same m b = 0\n"
		"9 same b b = 1\n10 same fd:1 b = 0\n");
	fake_assert_asked(&f, "prog_fd_by_id id=1001 flags=0\n");
	/* A pin of another object than the one that was pinned there, and whose id was known. */
	fake_assert(&f,
		    "map n array\nmap m array\nsame m m = 1\npin m a = 0\nget g a\nsame g m = 1\n"
		    "same g n = 0",
		    "1 map n array = 0\n2 map m array = 0\n3 same m m = 1\n4 pin m a = 0\n"
		    "5 get g a = 0\n6 same g m = 0\n7 same g n = 1\n");
	fake_assert(&f, "map n array\nmap m array\nclose m\npin m a = 0\nget g a\nmap-by-id b m",
		    "1 map n array = 0\n2 map m array = 0\n3 close m = 0\n4 pin m a = 0\n"
		    "5 get g a = 0\n6 map-by-id b m = 0\n");
	fake_assert_asked(&f, "map_fd_by_id id=1001 flags=0\n");
	/* Closing asks for the id, and then it is in the copies. */
	fake_assert(&f, "map n array\nmap m array\npin m a = 0\nclose m\nget g a\nsame g n = 1",
		    "1 map n array = 0\n2 map m array = 0\n3 pin m a = 0\n4 close m = 0\n"
		    "5 get g a = 0\n6 same g n = 1\n");
	free(f.text);
}

/* Handles that could not be made stand for -1 and do not end the case. */
static void handles_that_are_none(void **state)
{
	struct fake f = { .op = "prog_fd_by_id", .answer = -2, .slot_id = 5 };

	(void)state;
	fake_assert(&f,
		    "map m prog_array\nprog-in-slot p m 0\nupdate m 0 p = 0\nprog-by-id q "
		    "fd:3\nclose q",
		    "1 map m prog_array = 0\n2 prog-in-slot p m 0 = ENOENT\n3 update m 0 p = 0\n"
		    "4 prog-by-id q fd:3 = ENOENT\n5 close q = 0\n");
	fake_assert_asked(&f, "value=ffffffff0000000000");
	fake_assert_asked(&f, "prog_fd_by_id id=0 flags=0\n");
	fake_assert_asked(&f, "close fd=-1\n");
	f.op = "prog_attach";
	fake_assert(&f, "attach l fd:3\nclose l", "1 attach l fd:3 = ENOENT\n2 close l = 0\n");
	fake_assert_asked(&f, "prog_attach fd=3\n");
	f.op = "map_lookup";
	fake_assert(&f, "map m prog_array\nprog-in-slot p m bad",
		    "1 map m prog_array = 0\n2 prog-in-slot p m bad = ENOENT\n");
	free(f.text);
}

static const struct {
	const char *field, *of_map, *of_prog;
} infos[] = {
	{ "type", "1", "6" },
	{ "key_size", "3", NULL },
	{ "value_size", "4", NULL },
	{ "max_entries", "5", NULL },
	{ "map_flags", "6", NULL },
	{ "name", "sixteen_letters_", "leaf" },
	{ "ifindex", "7", NULL },
	{ "btf_id", "8", NULL },
	{ "btf_key", "9", NULL },
	{ "btf_value", "10", NULL },
	{ "map_extra", "1099511627776", NULL },
	{ "nr_map_ids", NULL, "2" },
	{ "jited", NULL, "1" },
};

static void fields_of_info(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(infos); i++) {
		struct fake f = { 0 };
		const char *m = infos[i].of_map, *p = infos[i].of_prog, *field = infos[i].field;
		char *steps = xasprintf("map m array\ninfo m %s = 0", field);
		char *wanted = xasprintf("1 map m array = 0\n2 info m %s = %s\n", field, m);

		if (m)
			fake_assert(&f, steps, wanted);
		free(steps);
		free(wanted);
		steps = xasprintf(PROG("p") "info p %s = 0", field);
		wanted = xasprintf("1 prog p xdp = 0\n2 info p %s = %s\n", field, p);
		if (p)
			fake_assert(&f, steps, wanted);
		free(steps);
		free(wanted);
		free(f.text);
	}
}

static void buffers_of_info(void **state)
{
	struct fake f = { 0 };

	(void)state;
	fake_assert(&f,
		    "map m array\ninfo m type len=2 fill=255 = 0\ninfo m key_size fill=1 = 0\n"
		    "info m map_extra len=88 fill=3 = 0\ninfo m name len=40 = 0",
		    "1 map m array = 0\n2 info m type fill=255 len=2 = 4294902016\n"
		    "3 info m key_size fill=1 = 185207048\n"
		    "4 info m map_extra fill=3 len=88 = 217020518514230019\n"
		    "5 info m name len=40 = a\\xe4aaaa\n");
	fake_assert_asked(&f, "map_info_raw fd=10 len=2 ffffffff\n");
	fake_assert_asked(&f, "map_info_raw fd=10 len=88 01010101\n");
	f.op = "map_info_raw";
	f.answer = -E2BIG;
	fake_assert(&f, "map m array\ninfo m type len=9 = 0",
		    "1 map m array = 0\n2 info m type len=9 = E2BIG\n");
	free(f.text);
}

static void attributes_of_maps(void **state)
{
	struct fake f = { 0 };

	(void)state;
	fake_assert(&f,
		    "map i array\nmap m 77 entries=0 key=1 value=2 flags=0xffffffff numa=3 "
		    "name=sixteen_letters_ inner=i extra=0x100000004 ifindex=5 btf=6 btf-key=7 "
		    "btf-value=8 "
		    "btf-vmlinux=9 btf-obj=-10 token=-11 stray=120\nmap n array inner=i name=x",
		    "1 map i array = 0\n"
		    "2 map m 77 key=1 value=2 entries=0 "
		    "flags=NO_PREALLOC|NO_COMMON_LRU|NUMA_NODE|RDONLY|"
		    "WRONLY|STACK_BUILD_ID|ZERO_SEED|RDONLY_PROG|WRONLY_PROG|CLONE|MMAPABLE|"
		    "PRESERVE_ELEMS|INNER_MAP|LINK|PATH_FD|VTYPE_BTF_OBJ_FD|TOKEN_FD|SEGV_ON_FAULT|"
		    "NO_USER_CONV|RB_OVERWRITE|0xfff00000 numa=3 name=sixteen_letters_ inner=i "
		    "extra=4294967300 ifindex=5 btf=6 btf-key=7 btf-value=8 btf-vmlinux=9 "
		    "btf-obj=4294967286 token=4294967285 stray=120 = 0\n"
		    "3 map n array name=x inner=i = 0\n");
	fake_assert_asked(&f, "type=77 key=1 value=2 entries=0 flags=ffffffff inner=10 numa=3 "
			      "name=sixteen_letters_ extra=4294967300 ifindex=5 btf=6/7/8/9/-10 "
			      "token=-11 stray=120\n");
	free(f.text);
}

/* Attributes that are descriptors, pointers, bytes. */
static void odd_attributes(void **state)
{
	struct fake f = { 0 };

	(void)state;
	fake_assert(&f,
		    "btf t\nmap m prog_array btf=t inner=fd:closed token=fd:file btf-obj=fd:-7\n"
		    "map n prog_array raw-name=61e4 attr-size=0 excl-hash=00ff\n"
		    "map o prog_array excl-hash=bad excl-size=9 attr-size=40\n"
		    "map q prog_array excl-hash=null",
		    "1 btf t = 0\n"
		    "2 map m prog_array inner=fd:closed btf=t btf-obj=fd:-7 token=fd:file = 0\n"
		    "3 map n prog_array raw-name=61e4 excl-hash=00ff attr-size=0 = 0\n"
		    "4 map o prog_array excl-hash=bad excl-size=9 attr-size=40 = 0\n"
		    "5 map q prog_array excl-hash=null = 0\n");
	fake_assert_asked(&f, "inner=900 numa=0 name= extra=0 ifindex=0 btf=10/0/0/0/-7 "
			      "token=901 stray=0\n");
	fake_assert_asked(&f, "name=a\xe4 ");
	fake_assert_asked(&f, "...size=1/0 excl=00ff/2\n");
	fake_assert_asked(&f, "...size=1/40 excl=bad/9\n");
	free(f.text);
}

static void where_commands_write(void **state)
{
	struct fake f = { .op = "map_lookup", .answer = -EFAULT };

	(void)state;
	fake_assert(&f,
		    "map m prog_array\nlookup m 0 out=bad = EFAULT\n"
		    "lookup m 0 out=null stray=40 = EFAULT\n",
		    "1 map m prog_array = 0\n2 lookup m 0 out=bad = EFAULT\n"
		    "3 lookup m 0 stray=40 out=null = EFAULT\n");
	fake_assert_asked(&f, "...out=bad stray=0\n");
	fake_assert_asked(&f, "...out=null stray=40\n");
	f.op = NULL;
	/* An engine that takes a pointer that nothing can be written to has no value to show. */
	fake_assert(&f, "map m array\nlookup m 0 out=bad = EFAULT\nnext m 0 out=null = EFAULT",
		    "1 map m array = 0\n2 lookup m 0 out=bad = 0\n3 next m 0 out=null = 0\n");
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_of_keys_and_values),
		cmocka_unit_test(values_as_text),
		cmocka_unit_test(a_large_value),
		cmocka_unit_test(sizes_of_maps_that_are_none),
		cmocka_unit_test(keys_as_text),
		cmocka_unit_test(handles_for_ids),
		cmocka_unit_test(by_id_and_same),
		cmocka_unit_test(handles_that_are_none),
		cmocka_unit_test(fields_of_info),
		cmocka_unit_test(buffers_of_info),
		cmocka_unit_test(attributes_of_maps),
		cmocka_unit_test(odd_attributes),
		cmocka_unit_test(where_commands_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
