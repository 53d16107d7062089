// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Expectations: what each kind of step may be expected to give, in canonical form. */
#include "case_test.h"

/* A step and its expectation as it is kept: in the very words of the executor. */
static const struct {
	const char *text, *kept;
} good[] = {
	{ "map n array", "0" },
	{ "map n array = 0", "0" },
	{ "map n array = EINVAL", "EINVAL" },
	{ "close m", "0" },
	{ "close m = EBADF", "EBADF" },
	{ "update m 0 p = 0", "0" },
	{ "update m 0 p = ENOTSUPP", "ENOTSUPP" },
	{ "update m 0 p = EOPNOTSUPP", "EOPNOTSUPP" },
	{ "update m 0 p = EIO", "EIO" },
	{ "next m 0 = 0x10", "16" },
	{ "next m 0 = ENOENT", "ENOENT" },
	{ "batch-lookup m 4 = -1", "18446744073709551615" },
	{ "same m p = 1", "1" },
	{ "lookup m 0 = p", "p" },
	{ "lookup m 0 = m", "m" },
	{ "lookup m 0 = zero", "zero" },
	{ "lookup m 0 = 7", "7" },
	{ "lookup m 0 = 18446744073709551615", "18446744073709551615" },
	{ "lookup m 0 = hex:00AbCd", "hex:00abcd" },
	{ "lookup m 0 = 0:1", "0:1" },
	{ "lookup m 0 = 1:0x10   3:-1", "1:16 3:18446744073709551615" },
	{ "lookup m 0 = ENOENT", "ENOENT" },
	{ "lookup-and-delete m 0 = 7", "7" },
	{ "info m name = jumps", "jumps" },
	{ "info m name = 0x10", "16" },
	{ "info m type = EBADF", "EBADF" },
	{ "run p = 1", "1" },
	{ "run p = 0xffffffff", "4294967295" },
	{ "run p = -1", "4294967295" },
	{ "run p = 1 len=60 @14=ABCD @0x20=00 mark=7 cb0=0x10",
	  "1 len=60 @14=abcd @32=00 mark=7 cb0=16" },
	{ "run p = EINVAL", "EINVAL" },
	{ "eventually run p = 1", "1" },
	{ "prog q xdp = EINVAL log=/R0 [!]read_ok|a  b/\n    exit", "EINVAL log" },
	{ "prog q xdp = EINVAL log=/a/b/  # note\n    exit", "EINVAL log" },
	{ "prog q xdp = EINVAL log=\"\"\n    exit", "EINVAL log=\"\"" },
};

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char *text = xasprintf(HANDLES "%s\n", good[i].text);
		struct case_file f = must_parse(text);

		assert_string_equal(f.cases[0].steps[2].expect, good[i].kept);
		case_file_release(&f);
		free(text);
	}
}

#define STEP(text) HANDLES text "\n"

static const struct wrong wrongs[] = {
	{ STEP("update m 0 p"), 7, 13, "update needs an expectation: = ..." },
	{ STEP("run p  # nothing"), 7, 17, "run needs an expectation: = ..." },
	{ STEP("update m 0 p ="), 7, 15, "the expectation is missing" },
	{ STEP("map n array ="), 7, 14, "the expectation is missing" },
	{ STEP("update m 0 p = 1"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p = 0x0"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p = EINVALID"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p = ENOTSUP"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p = -22"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p == 0"), 7, 14, "unknown option" },
	{ STEP("update m 0 p = = 0"), 7, 16, "expected 0 or the name of an errno" },
	{ STEP("update m 0 p = 0 0"), 7, 18, "one word too many" },
	{ STEP("update m 0 p = EINVAL EPERM"), 7, 23, "one word too many" },
	{ STEP("next m 0 = first"), 7, 12, "expected a number or the name of an errno" },
	{ STEP("next m 0 = m"), 7, 12, "expected a number or the name of an errno" },
	{ STEP("lookup m 0 = nobody"), 7, 14, "expected a number or the name of an errno" },
	{ STEP("lookup m 0 = 7 8"), 7, 16, "one word too many" },
	{ STEP("lookup m 0 = zero 1:2"), 7, 19, "one word too many" },
	{ STEP("lookup m 0 = hex:1"), 7, 18, "hex: and pairs of hexadecimal digits" },
	{ STEP("lookup m 0 = 0:x"), 7, 14, "expected INDEX:VALUE, both numbers" },
	{ STEP("lookup m 0 = 0:1 7"), 7, 18, "expected INDEX:VALUE, both numbers" },
	{ STEP("lookup m 0 = 0:1 :7"), 7, 18, "expected INDEX:VALUE, both numbers" },
	{ STEP("lookup m 0 = 3:1 2:7"), 7, 18, "words of a value stand in order" },
	{ STEP("lookup m 0 = 3:1 3:7"), 7, 18, "words of a value stand in order" },
	{ STEP("lookup m 0 = 3:1 4:0"), 7, 18, "only words that are not zero are named" },
	{ STEP("info m name = a b"), 7, 17, "one word too many" },
	/* The caret is at the expression. */
	{ STEP("prog q xdp = EINVAL log=/a\\+b++/\n    exit"), 7, 30,
	  "neither {} nor + in expressions" },
	{ STEP("prog q xdp = EINVAL log=/ab{2,3}/\n    exit"), 7, 28,
	  "neither {} nor + in expressions" },
	{ STEP("prog q xdp = EINVAL log=/a(b/\n    exit"), 7, 26, "not a regular expression: " },
	{ STEP("prog q xdp = EINVAL log=//\n    exit"), 7, 25, "an expression in slashes" },
	{ STEP("prog q xdp = EINVAL log=/\n    exit"), 7, 25, "an expression in slashes" },
	{ STEP("prog q xdp = EINVAL log=a\n    exit"), 7, 25, "an expression in slashes" },
	{ STEP("prog q xdp = EINVAL log=/a/ b\n    exit"), 7, 25, "an expression in slashes" },
	{ STEP("prog q xdp = EINVAL log=\"\" b\n    exit"), 7, 25, "an expression in slashes" },
	{ STEP("prog q xdp = EINVAL /a/\n    exit"), 7, 21, "one word too many" },
	{ STEP("prog q xdp = 0 log=/a/\n    exit"), 7, 16, "one word too many" },
	{ STEP("update m 0 p = EINVAL log=/a/"), 7, 23, "one word too many" },
	{ STEP("run p = p"), 7, 9, "expected a return value or the name of an errno" },
	{ STEP("run p = len=60"), 7, 9, "expected a return value or the name of an errno" },
	{ STEP("run p = EINVAL len=60"), 7, 16, "one word too many" },
	{ STEP("run p = 1 len"), 7, 11, "expected len=N, @OFFSET=HEX or FIELD=N" },
	{ STEP("run p = 1 len=x"), 7, 11, "expected len=N, @OFFSET=HEX or FIELD=N" },
	{ STEP("run p = 1 len=60 data=4"), 7, 18, "expected len=N, @OFFSET=HEX or FIELD=N" },
	{ STEP("run p = 1 mark="), 7, 11, "expected len=N, @OFFSET=HEX or FIELD=N" },
	{ STEP("run p = 1 @x=00"), 7, 11, "expected @OFFSET=HEX" },
	{ STEP("run p = 1 @1=0"), 7, 11, "expected @OFFSET=HEX" },
	{ STEP("run p = 1 @1="), 7, 11, "expected @OFFSET=HEX" },
};

static void errors_of_expectations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++)
		assert_wrong(&wrongs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(errors_of_expectations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
