// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *wanted, *got;
	size_t step; /* 0: no difference */
	const char *text, *wanted_seen, *got_seen;
} table[] = {
	{ "", "", 0, NULL, NULL, NULL },
	{ "1 map m x = 0\n2 run p = 1\n", "1 map m x = 0\n2 run p = 1\n", 0, NULL, NULL, NULL },
	/* Lines for people do not count, wherever they stand; nor does a newline at the end. */
	{ "# a\n1 run p = 1\n", "1 run p = 1\n# b\n# c\n", 0, NULL, NULL, NULL },
	{ "1 run p = 1\n# a\n2 run p = 1", "1 run p = 1\n2 run p = 1\n#", 0, NULL, NULL, NULL },
	/* The first difference is told. */
	{ "1 run p = 1\n2 run q = 1\n3 run r = 1\n", "1 run p = 1\n2 run q = 7\n3 run r = 8\n", 2,
	  "run q", "1", "7" },
	{ "1 run p = 1\n", "1 run p = 1 len=60 @1=00\n", 1, "run p", "1", "1 len=60 @1=00" },
	{ "1 run p = 1\n", "1 run p = EINVAL\n# log = 9\n", 1, "run p", "1", "EINVAL" },
	{ "1 lookup m 0 = 10\n", "1 lookup m 0 = 1\n", 1, "lookup m 0", "10", "1" },
	{ "10 info m name = a\n", "10 info m name = \n", 10, "info m name", "a", "" },
	/* One side is at its end. */
	{ "1 run p = 1\n2 run q = 2\n", "1 run p = 1\n", 2, "run q", "2", NULL },
	{ "1 run p = 1\n", "1 run p = 1\n2 run q = 2\n", 2, "run q", NULL, "2" },
	{ "", "1 run p = 1\n", 1, "run p", NULL, "1" },
	{ "1 run p = 1\n", "# nothing but this\n", 1, "run p", "1", NULL },
	/* What the engine could not do keeps its mark, so that it is no value. */
	{ "1 run p = 1\n", "1 run p ! unsupported: no such thing = 3\n", 1, "run p", "1",
	  "! unsupported: no such thing = 3" },
	{ "1 run p ! fault: a\n", "1 run p ! fault: b\n", 1, "run p", "! fault: a", "! fault: b" },
	/* What is no transcript at all. */
	{ "1 run p = 1\n", "gibberish\n", 1, "run p", "1", "" },
	{ "1 run p = 1\n", "\n1 run p = 1\n", 1, "run p", "1", "" },
	{ "1 run p = 1\n", "1 run p =\n", 1, "run p", "1", "" },
};

static void assert_part(const char *wanted, const char *part, int len)
{
	if (!wanted) {
		assert_null(part);
		return;
	}
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(part, wanted, strlen(wanted));
}

static void differences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct difference d;

		memset(&d, 0xff, sizeof(d));
		assert_int_equal(transcript_differs(table[i].wanted, table[i].got, &d),
				 table[i].step != 0);
		assert_int_equal(d.step, table[i].step);
		if (d.step == 0)
			continue;
		assert_part(table[i].text, d.text, d.text_len);
		assert_part(table[i].wanted_seen, d.wanted, d.wanted_len);
		assert_part(table[i].got_seen, d.got, d.got_len);
	}
}

static void lines(void **state)
{
	const char *s = "# a\none\n\n#b\ntwo", *line;

	(void)state;
	assert_int_equal(transcript_line(&s, &line), 3);
	assert_memory_equal(line, "one\n", 4);
	assert_int_equal(transcript_line(&s, &line), 0);
	assert_int_equal(transcript_line(&s, &line), 3);
	assert_string_equal(line, "two");
	assert_string_equal(s, "");
	assert_int_equal(transcript_line(&s, &line), -1);
	assert_null(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
