// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps: every verb, argument and option, and what is refused in them. */
#include "parse_step.h"

#include "case_test.h"

/* Line 7 is the first behind HANDLES. */
#define STEP(text) HANDLES text "\n"

static const struct wrong wrongs[] = {
	/* New handles. */
	{ STEP("map 9 prog_array"), 7, 5, "a handle is a name as in C, and no other word" },
	{ STEP("map EINVAL prog_array"), 7, 5, "a handle is a name as in C, and no other word" },
	{ STEP("map a-b prog_array"), 7, 5, "a handle is a name as in C, and no other word" },
	{ STEP("map m prog_array"), 7, 5, "there is a handle of this name already" },
	{ STEP("prog m xdp\n    exit"), 7, 6, "there is a handle of this name already" },
	{ STEP("dup p m"), 7, 5, "there is a handle of this name already" },
	/* Types. */
	{ STEP("map n prog_arrays"), 7, 7, "unknown map type" },
	{ STEP("map n 4294967296"), 7, 7, "unknown map type" },
	{ STEP("prog q prog_array\n    exit"), 7, 8, "unknown program type" },
	{ STEP("prog q xdp attach=ingres\n    exit"), 7, 19, "unknown attach type" },
	/* Descriptors. */
	{ STEP("freeze n = 0"), 7, 8, "no handle of this name has been made yet" },
	{ STEP("freeze null = 0"), 7, 8, "no handle of this name has been made yet" },
	{ STEP("freeze 3 = 0"), 7, 8, "no handle of this name has been made yet" },
	{ STEP("map n prog_array inner=n"), 7, 5 + 19, "no handle of this name has been made yet" },
	{ STEP("prog q ext target=q\n    exit"), 7, 19,
	  "no handle of this name has been made yet" },
	{ STEP("prog q ext target=fd:open\n    exit"), 7, 19,
	  "fd:closed, fd:file or fd: and a number" },
	{ STEP("prog q ext target\n    exit"), 7, 12, "" },
	{ STEP("map n array target=p"), 7, 13, "" },
	{ STEP("same m q = 0"), 7, 8, "no handle of this name has been made yet" },
	{ STEP("freeze fd:open = 0"), 7, 8, "fd:closed, fd:file or fd: and a number" },
	{ STEP("freeze fd: = 0"), 7, 8, "fd:closed, fd:file or fd: and a number" },
	{ STEP("freeze fd:007 = 0"), 7, 8, "fd:closed, fd:file or fd: and a number" },
	{ STEP("dup n n"), 7, 7, "no handle of this name has been made yet" },
	{ STEP("freeze fd:2147483648 = 0"), 7, 8, "fd:closed, fd:file or fd: and a number" },
	{ STEP("freeze fd:-2147483649 = 0"), 7, 8, "fd:closed, fd:file or fd: and a number" },
	/* Keys and values. */
	{ STEP("delete m p = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m 010 = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m 0x = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m 1a = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m +1 = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m - = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m 18446744073709551616 = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m 0x10000000000000000 = 0"), 7, 10, "a number, null, bad or hex:..." },
	{ STEP("delete m hex: = 0"), 7, 14, "hex: and pairs of hexadecimal digits" },
	{ STEP("delete m hex:123 = 0"), 7, 14, "hex: and pairs of hexadecimal digits" },
	{ STEP("delete m hex:0x12 = 0"), 7, 14, "hex: and pairs of hexadecimal digits" },
	{ STEP("update m 0 hex:zz = 0"), 7, 16, "hex: and pairs of hexadecimal digits" },
	{ STEP("update m 0 none = 0"), 7, 12, "no handle of this name has been made yet" },
	{ STEP("update m 0 fd:x = 0"), 7, 12, "fd:closed, fd:file or fd: and a number" },
	/* Paths, fields, counts. */
	{ STEP("pin m /sys/fs = 0"), 7, 7, "a path is one name, as in C" },
	{ STEP("unpin .. = 0"), 7, 7, "a path is one name, as in C" },
	{ STEP("info m id = 0"), 7, 8, "unknown field" },
	{ STEP("batch-update m 4097 = 0"), 7, 16, "a count from 0 to 4096" },
	{ STEP("batch-update m all = 0"), 7, 16, "a count from 0 to 4096" },
	/* Flags. */
	{ STEP("update m 0 p flags=EXISTS = 0"), 7, 20, "unknown flag" },
	{ STEP("update m 0 p flags=EXIST|RDONLY = 0"), 7, 26, "unknown flag" },
	{ STEP("update m 0 p flags=EXIST| = 0"), 7, 26, "unknown flag" },
	{ STEP("update m 0 p flags=|EXIST = 0"), 7, 20, "unknown flag" },
	{ STEP("update m 0 p flags=EXIST||LOCK = 0"), 7, 26, "unknown flag" },
	{ STEP("update m 0 p flags=exist = 0"), 7, 20, "unknown flag" },
	{ STEP("run p flags=EXIST = 0"), 7, 13, "unknown flag" },
	{ STEP("batch-update m 1 elem-flags=RDONLY = 0"), 7, 29, "unknown flag" },
	/* Options. */
	{ STEP("map n array entries=many"), 7, 21, "a number, decimal or 0x..." },
	{ STEP("map n array key=18446744073709551616"), 7, 17, "a number, decimal or 0x..." },
	{ STEP("map n array entries="), 7, 21, "the value is missing" },
	{ STEP("map n array entries=1 key=4 entries=2"), 7, 29, "entries is given twice" },
	{ STEP("map n array size=4"), 7, 13, "unknown option" },
	{ STEP("map n array mark=4"), 7, 13, "unknown option" },
	{ STEP("map n array =4"), 7, 13, "unknown option" },
	{ STEP("map n array data=4"), 7, 13, "unknown option" },
	{ STEP("freeze m flags=0 = 0"), 7, 10, "unknown option" },
	{ STEP("map n array entries"), 7, 13, "one word too many for map" },
	{ STEP("map n array more"), 7, 13, "one word too many for map" },
	{ STEP("freeze m m = 0"), 7, 10, "one word too many for freeze" },
	{ STEP("prog q xdp no-btf no-btf\n    exit"), 7, 19, "no-btf is given twice" },
	{ STEP("run p bytes=1 = 0"), 7, 13, "pairs of hexadecimal digits" },
	{ STEP("run p mark=x = 0"), 7, 12, "a number, decimal or 0x..." },
	{ STEP("run p cb5=1 = 0"), 7, 7, "unknown option" },
	{ STEP("run p mark=1 mark=2 = 0"), 7, 14, "mark is given twice" },
	{ STEP("run p data=65537 = 0"), 7, 12, "larger than 65536" },
	{ STEP("run p fill=256 = 0"), 7, 12, "larger than 255" },
	{ STEP("map n array key=4294967296"), 7, 17, "larger than 4294967295" },
	{ STEP("run p ingress_ifindex=1 = 0"), 7, 7, "unknown option" },
	{ STEP("run p arg0=1 = 0"), 7, 7, "programs of this type have no such field" },
	/* Programs. */
	{ STEP("prog q xdp"), 7, 0, "the program is missing: indented lines under this one" },
	{ STEP("prog q xdp\nfreeze m = 0"), 7, 0, "the program is missing" },
	{ STEP("prog q xdp\n\n    r0 == 1\n    exit"), 9, 9, "expected a register" },
	{ STEP("prog q xdp\n    r0 = 1\n    r1 = gone ll\n    exit"), 9, 0,
	  "no map of the name gone has been made yet" },
	{ STEP("prog q xdp exception-callback=f\n    exit"), 7, 0,
	  "the program has no function of the name f" },
	{ STEP("prog q xdp exception-callback=f\n    f: exit"), 7, 0,
	  "the program has no function of the name f" },
	{ STEP("prog q xdp exception-callback=f\n    exit\n    f:"), 7, 0,
	  "the program has no function of the name f" },
	/* The whole of a step. */
	{ STEP("update"), 7, 7, "update needs more arguments" },
	{ STEP("update m 0"), 7, 11, "update needs more arguments" },
	{ STEP("update m 0 = 0"), 7, 12, "update needs more arguments" },
	{ STEP("same m = 0"), 7, 8, "same needs more arguments" },
	{ STEP("eventually"), 7, 11, "eventually: the step is missing" },
	{ STEP("lookup m 0 out=0 = 0"), 7, 16, "null or bad" },
	{ STEP("update m 0 p out=bad = 0"), 7, 14, "unknown option" },
	{ STEP("map n prog_array btf=x"), 7, 22, "no handle of this name" },
	{ STEP("map n prog_array token=0x100000000"), 7, 24, "larger than 4294967295" },
	{ STEP("map n prog_array excl-hash=123"), 7, 28, "pairs of hexadecimal digits" },
	{ STEP("map n prog_array raw-name=null"), 7, 27, "pairs of hexadecimal digits" },
	{ STEP("map n prog_array raw-name=6161616161616161616161616161616161"), 7, 27,
	  "a name has at most 16 bytes" },
	{ STEP("eventually frob m = 0"), 7, 12, "unknown word" },
	{ STEP("eventually eventually freeze m = 0"), 7, 12, "unknown word" },
	{ STEP("eventually map n array = 0"), 7, 12, "map cannot be repeated" },
	{ STEP("eventually prog-by-id q p = 0"), 7, 12, "prog-by-id cannot be repeated" },
	{ STEP("eventually close m = 0"), 7, 12, "close cannot be repeated" },
	{ HEAD "prog p xdp\n    .rept 65536\n    r0 = 0\n    .endr\n    exit\n"
	       "prog q xdp\n    .rept 65536\n    r0 = 0\n    .endr\n    exit\n"
	       "prog r xdp\n    .rept 1\n    r0 = 0\n    .endr\n    exit\n",
	  13, 0, "more than 131072 copies by .rept in a file" },
};

static void errors_of_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++)
		assert_wrong(&wrongs[i]);
}

/* Every verb with all that it takes, and its canonical spelling. */
static const struct {
	enum step_op op;
	const char *text, *canonical;
} good[] = {
	{ STEP_MAP, "map n prog_array", "map n prog_array" },
	{ STEP_MAP, "map n 3 entries=0x10", "map n prog_array entries=16" },
	{ STEP_MAP, "map n 999", "map n 999" },
	{ STEP_MAP,
	  "map n array stray=1 token=-1 btf-obj=2 btf-vmlinux=3 btf-value=4 btf-key=5 btf=6 "
	  "ifindex=7 extra=8 inner=m name=sixteen_letters_ numa=9 flags=0x1|WRONLY|8 entries=10 "
	  "value=11 key=12",
	  "map n array key=12 value=11 entries=10 flags=NO_PREALLOC|RDONLY|WRONLY numa=9 "
	  "name=sixteen_letters_ inner=m extra=8 ifindex=7 btf=6 btf-key=5 btf-value=4 "
	  "btf-vmlinux=3 btf-obj=2 token=4294967295 stray=1" },
	{ STEP_MAP, "map n prog_array inner=fd:closed btf=m btf-obj=fd:file token=fd:-1",
	  "map n prog_array inner=fd:closed btf=m btf-obj=fd:file token=fd:-1" },
	{ STEP_MAP, "map n prog_array attr-size=40 excl-size=0x20 excl-hash=00FF raw-name=61e4",
	  "map n prog_array raw-name=61e4 excl-hash=00FF excl-size=32 attr-size=40" },
	{ STEP_MAP, "map n prog_array excl-hash=bad", "map n prog_array excl-hash=bad" },
	{ STEP_BTF, "btf types", "btf types" },
	{ STEP_UPDATE, "update m 0 p = 0", "update m 0 p" },
	{ STEP_UPDATE, "update m 0 p stray=40 = 0", "update m 0 p stray=40" },
	{ STEP_LOOKUP, "lookup m 0 out=null = EFAULT", "lookup m 0 out=null" },
	{ STEP_DELETE, "delete m 0 out=bad flags=1 = EINVAL", "delete m 0 flags=NOEXIST out=bad" },
	{ STEP_UPDATE, "update fd:-1 null bad flags=EXIST|1 = 0",
	  "update fd:-1 null bad flags=NOEXIST|EXIST" },
	{ STEP_UPDATE, "update fd:closed bad fd:file = 0", "update fd:closed bad fd:file" },
	{ STEP_UPDATE, "update m hex:00ABcd 0xffffffffffffffff = 0",
	  "update m hex:00abcd 18446744073709551615" },
	{ STEP_UPDATE, "update m -1 -0x10 flags=0 = 0",
	  "update m 18446744073709551615 18446744073709551600 flags=0" },
	{ STEP_LOOKUP, "lookup m 0 flags=0x100000000 = 0", "lookup m 0 flags=0x100000000" },
	{ STEP_LOOKUP, "eventually lookup m 0 = 0", "eventually lookup m 0" },
	{ STEP_DELETE, "delete p 4294967295 = 0", "delete p 4294967295" },
	{ STEP_NEXT, "next m null = 0", "next m null" },
	{ STEP_LOOKUP_AND_DELETE, "lookup-and-delete m 0 flags=LOCK = 0",
	  "lookup-and-delete m 0 flags=LOCK" },
	{ STEP_BATCH_LOOKUP, "batch-lookup m 0 = 0", "batch-lookup m 0" },
	{ STEP_BATCH_LOOKUP_AND_DELETE, "batch-lookup-and-delete m 4096 flags=1 = 0",
	  "batch-lookup-and-delete m 4096 flags=NOEXIST" },
	{ STEP_BATCH_UPDATE, "batch-update m 2 elem-flags=EXIST flags=CPU = 0",
	  "batch-update m 2 flags=CPU elem-flags=EXIST" },
	{ STEP_BATCH_DELETE, "batch-delete m 3 elem-flags=4 = 0",
	  "batch-delete m 3 elem-flags=LOCK" },
	{ STEP_FREEZE, "freeze fd:file = 0", "freeze fd:file" },
	{ STEP_MMAP, "mmap m = 0", "mmap m" },
	{ STEP_RUN, "run p = 0", "run p" },
	{ STEP_RUN, "run p cb4=1 mark=0x10 repeat=3 bytes=0aff fill=255 data=14 flags=2 = 0",
	  "run p flags=0x2 data=14 fill=255 bytes=0aff repeat=3 cb4=1 mark=16" },
	{ STEP_BIND, "bind p m flags=7 = 0", "bind p m flags=0x7" },
	{ STEP_PIN, "pin m table flags=PATH_FD = 0", "pin m table flags=PATH_FD" },
	{ STEP_UNPIN, "unpin table = 0", "unpin table" },
	{ STEP_GET, "get n table flags=RDONLY", "get n table flags=RDONLY" },
	{ STEP_MAP_BY_ID, "map-by-id n m flags=WRONLY", "map-by-id n m flags=WRONLY" },
	{ STEP_PROG_BY_ID, "prog-by-id n p", "prog-by-id n p" },
	{ STEP_PROG_IN_SLOT, "prog-in-slot n m 3", "prog-in-slot n m 3" },
	{ STEP_INFO, "info m name = 0", "info m name" },
	{ STEP_INFO, "info m type len=96 fill=255 = EINVAL", "info m type fill=255 len=96" },
	{ STEP_SAME, "same m p = 0", "same m p" },
	{ STEP_DUP, "dup n m", "dup n m" },
	{ STEP_CLOSE, "close fd:0", "close fd:0" },
	{ STEP_ATTACH, "attach n p", "attach n p" },
	{ STEP_FDINFO, "fdinfo m frozen = 0", "fdinfo m frozen" },
	{ STEP_CAT, "cat table = nothing", "cat table" },
	{ STEP_KERNEL_BTF, "kernel-btf n", "kernel-btf n" },
	{ STEP_MAP, "map n prog_array memlock=0 bad-attr caps=none = EPERM",
	  "map n prog_array caps=none bad-attr memlock=0" },
	{ STEP_ATTACH, "attach n p map=fd:closed = EBADF", "attach n p map=fd:closed" },
	{ STEP_FREEZE, "freeze m during=lookup-and-delete = EBUSY",
	  "freeze m during=lookup-and-delete" },
	{ STEP_TOKEN, "token n grants=prog_array|map_create|0x100",
	  "token n grants=prog_array|map_create|0x100" },
	{ STEP_PIN, "pin m /a.b caps=bpf = EPERM", "pin m /a.b caps=bpf" },
};

static void verbs_and_options(void **state)
{
	/* The one stands in HANDLES, the other takes more lines than one: parse_race_test.c. */
	uint64_t seen = 1ULL << STEP_PROG | 1ULL << STEP_RACE;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char *text = xasprintf(HANDLES "%s\n", good[i].text), *line = NULL;
		struct case_file f = must_parse(text);
		size_t len;
		FILE *out = open_memstream(&line, &len);

		assert_int_equal(f.cases[0].n_steps, 3);
		step_print(out, &f.cases[0].steps[2]);
		fclose(out);
		assert_string_equal(line, good[i].canonical);
		assert_int_equal(f.cases[0].steps[2].op, good[i].op);
		seen |= 1ULL << good[i].op;
		free(line);
		free(text);
		case_file_release(&f);
	}
	assert_int_equal(seen, (1ULL << (STEP_TOKEN + 1)) - 1);
}

static void fields_of_a_step(void **state)
{
	struct case_file f =
		must_parse(HANDLES "eventually update m hex:0102 fd:-5 flags=2 = EPERM # t\n"
				   "run p mark=7 data=3 = 1\nsame m p = 1\n"
				   "map-by-id n m\n");
	const struct step *s = &f.cases[0].steps[2];

	(void)state;
	assert_true(s->eventually);
	assert_int_equal(s->line, 7);
	assert_null(s->makes);
	assert_int_equal(s->fd.kind, FD_HANDLE);
	assert_string_equal(s->fd.handle, "m");
	assert_int_equal(s->key.kind, BYTES_HEX);
	assert_int_equal(s->key.hex_len, 2);
	assert_memory_equal(s->key.hex, "\1\2", 2);
	assert_int_equal(s->value.kind, BYTES_FD);
	assert_int_equal(s->value.fd.kind, FD_NUMBER);
	assert_int_equal(s->value.fd.number, -5);
	assert_int_equal(s->opt_set, 1ULL << OPT_FLAGS);
	assert_int_equal(s->opt_num[OPT_FLAGS], 2);
	assert_string_equal(s->expect, "EPERM");
	assert_string_equal(s->tail, "t");
	s++;
	assert_false(s->eventually);
	assert_int_equal(s->n_fields, 1);
	assert_string_equal(s->fields[0].field->name, "mark");
	assert_int_equal(s->fields[0].value, 7);
	assert_int_equal(s->opt_set, 1ULL << OPT_DATA);
	s++;
	assert_string_equal(s->fd.handle, "m");
	assert_string_equal(s->fd2.handle, "p");
	s++;
	assert_string_equal(s->makes, "n");
	assert_string_equal(s->fd.handle, "m");
	case_file_release(&f);
}

/* Handles end with their case. */
static void handles_are_of_one_case(void **state)
{
	static const struct wrong next = { HANDLES "case c\nabout y\nfreeze m = 0\n", 9, 8,
					   "no handle of this name has been made yet" };
	struct case_file f = must_parse(HANDLES "case c\nabout y\nmap m array\nfreeze m = 0\n");

	(void)state;
	assert_int_equal(f.n_cases, 2);
	case_file_release(&f);
	assert_wrong(&next);
}

/* Blank lines inside of a program are its own, those behind it are not. */
static void where_a_program_ends(void **state)
{
	struct case_file f = must_parse(HEAD "prog p xdp\n\n    r0 = 2\n \t\n    exit\n\n# next\n"
					     "run p = 2\nprog q xdp\n\texit");
	const struct step *s = f.cases[0].steps;

	(void)state;
	assert_int_equal(f.cases[0].n_steps, 3);
	assert_int_equal(s[0].prog->n_insns, 2);
	assert_int_equal(s[0].prog->lines[0], 5);
	assert_int_equal(s[0].prog->lines[1], 7);
	assert_int_equal(s[1].line, 10);
	assert_string_equal(s[1].notes, "\n# next\n");
	assert_int_equal(s[2].line, 11);
	assert_int_equal(s[2].prog->lines[0], 12);
	case_file_release(&f);
}

static void number_of_steps(void **state)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	struct case_file f;
	struct diag d;

	(void)state;
	fputs(HEAD, out);
	for (int i = 0; i < MAX_STEPS; i++)
		fputs("freeze fd:1 = 0\n", out);
	fflush(out);
	f = must_parse(text);
	assert_int_equal(f.cases[0].n_steps, MAX_STEPS);
	case_file_release(&f);
	fputs("freeze fd:1 = 0\n", out);
	fclose(out);
	assert_int_equal(case_file_parse(&f, text, size, "test", &d), -1);
	assert_int_equal(d.line, MAX_STEPS + 3);
	assert_string_equal(d.message, "a case has at most 10000 steps");
	free(text);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint64_t number;
	} table[] = {
		{ "0", 0, 0 },
		{ "7", 0, 7 },
		{ "0x1F", 0, 31 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "0xffffffffffffffff", 0, UINT64_MAX },
		{ "-1", 0, UINT64_MAX },
		{ "-9223372036854775808", 0, 1ULL << 63 },
		{ "18446744073709551616", -1, 0 },
		{ "", -1, 0 },
		{ "-", -1, 0 },
		{ "--1", -1, 0 },
		{ " 1", -1, 0 },
		{ "1 ", -1, 0 },
		{ "00", -1, 0 },
		{ "01", -1, 0 },
		{ "0b1", -1, 0 },
		{ "1e3", -1, 0 },
		{ "0x", -1, 0 },
		{ "0000000000000000000000000000001", -1, 0 },
		{ "0x0000000000000000000000000000001", -1, 0 }, /* 33 characters */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct word w = { table[i].text, strlen(table[i].text) };
		uint64_t n = 0;

		if (word_number(&w, &n) != table[i].ret || (!table[i].ret && n != table[i].number))
			fail_msg("%s", table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_steps),
		cmocka_unit_test(verbs_and_options),
		cmocka_unit_test(fields_of_a_step),
		cmocka_unit_test(handles_are_of_one_case),
		cmocka_unit_test(where_a_program_ends),
		cmocka_unit_test(number_of_steps),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
