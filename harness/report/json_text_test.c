// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void expect(const char *text, const char *want)
{
	json_t *string = json_text(text);

	assert_non_null(string);
	assert_string_equal(json_string_value(string), want);
	json_decref(string);
}

static void utf8_stays(void **state)
{
	(void)state;
	expect("R1 type=scalar", "R1 type=scalar");
	expect("\xc3\xa9", "\xc3\xa9");
	expect(NULL, "");
}

static void other_bytes_are_marked(void **state)
{
	(void)state;
	expect("a\xff"
	       "b",
	       "a?b");
	expect("\xc3", "?");
	expect("\xed\xa0\x80", "???"); /* a surrogate */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_stays),
		cmocka_unit_test(other_bytes_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
