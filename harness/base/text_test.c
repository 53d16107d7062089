// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void grows(void **state)
{
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		text_add(&t, "abc");
		text_char(&t, '.');
		assert_int_equal(t.len, 4 * (i + 1));
		assert_int_equal(strlen(t.s), t.len);
	}
	for (int i = 0; i < 10000; i++)
		assert_memory_equal(t.s + 4 * (size_t)i, "abc.", 4);
	text_release(&t);
	assert_null(t.s);
}

static void says_numbers_as_printf_does(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 99, 100, 4294967295, UINT64_MAX };
	struct text t = { 0 };
	char wanted[32];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		text_cut(&t, 0);
		text_number(&t, numbers[i]);
		snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)numbers[i]);
		assert_string_equal(t.s, wanted);
	}
	text_release(&t);
}

static void says_bytes_and_formats(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0x80, 0xff };
	struct text t = { 0 };
	char longer[700];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	text_hex(&t, bytes, sizeof(bytes));
	text_printf(&t, " %d %s", -5, longer);
	assert_memory_equal(t.s, "007f80ff -5 xxx", 15);
	assert_int_equal(t.len, 12 + 699);
	assert_int_equal(strlen(t.s), t.len);
	text_release(&t);
}

static void is_cut_and_holds_nul(void **state)
{
	struct text t = { 0 };
	const char *s;

	(void)state;
	text_cut(&t, 0); /* of nothing */
	text_add(&t, "one");
	text_char(&t, '\0');
	text_add(&t, "two");
	assert_int_equal(t.len, 7);
	assert_string_equal(t.s + 4, "two");
	s = t.s;
	text_cut(&t, 2);
	assert_string_equal(t.s, "on");
	text_add(&t, "ce");
	assert_string_equal(t.s, "once");
	assert_ptr_equal(t.s, s);
	text_release(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(says_numbers_as_printf_does),
		cmocka_unit_test(says_bytes_and_formats),
		cmocka_unit_test(is_cut_and_holds_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
