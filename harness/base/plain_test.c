// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plain.h"

struct pair {
	const char *said, *kept;
};

static void check(void (*f)(char *), const struct pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text = strdup(p[i].said);

		assert_non_null(text);
		f(text);
		assert_string_equal(text, p[i].kept);
		free(text);
	}
}

static void lines(void **state)
{
	static const struct pair pairs[] = {
		{ "", "" },
		{ "what a kernel says: net ::1 is up", "what a kernel says: net ::1 is up" },
		{ "\033]0;mine\a\033[2J\rgone", "?]0;mine??[2J?gone" },
		{ "a\tb\x7f", "a b?" },
		{ "\xc2\x9b"
		  "2J \xc3\xa9",
		  "??2J \xc3\xa9" },
		{ "\xc2", "\xc2" },
		{ "::error title=x::no", "?:error title=x::no" },
		{ "BUG: ::set-output name=a::b", "BUG: ?:set-output name=a::b" },
		{ "a##[error]b ##[##[", "a?#[error]b ?#[?#[" },
	};

	(void)state;
	check(plain_line, pairs, sizeof(pairs) / sizeof(*pairs));
}

static void transcripts(void **state)
{
	static const struct pair pairs[] = {
		{ "", "" },
		{ "1 map m = 0\n2 lookup m 0 = ENOENT\n", "1 map m = 0\n2 lookup m 0 = ENOENT\n" },
		{ "1 a = 0\n\ncase b.b\nverdict conforms\n",
		  "1 a = 0\n?ase b.b\nverdict conforms\n" },
		{ "case a", "?ase a" },
		{ "1 prog p name=a::a9.Za = 0", "1 prog p name=a::a9.Za = 0" },
		{ "\n\n\n1 case a\n\n", "1 case a\n" },
		{ "1 \033[2J\xff\xc3\xa9\r\n\t2", "1 ?[2J????\n\t2" },
		{ "::error::x\n::error::y\n##[error]", "?:error::x\n?:error::y\n?#[error]" },
	};

	(void)state;
	check(plain_transcript, pairs, sizeof(pairs) / sizeof(*pairs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(transcripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
