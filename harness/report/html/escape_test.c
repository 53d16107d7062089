// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No byte of a guest means anything to HTML or JSON, and none is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

static const struct {
	const char *in, *visible;
} rows[] = {
	{ "", "" },
	{ "a\tb\n", "a\tb\n" },
	{ "\x01\x1b[31m\x7f", "\\x01\\x1b[31m\\x7f" },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x90\x9d",
	  "gr\xc3\xbc\xc3\x9f \xe2\x86\x92 \xf0\x9f\x90\x9d" },
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "\xc3", "\\xc3" },				/* cut short */
	{ "\xc3(", "\\xc3(" },				/* not continued */
	{ "\xc0\xbc", "\\xc0\\xbc" },			/* a long form of "<" */
	{ "\xe0\x80\xbc", "\\xe0\\x80\\xbc" },		/* a longer one */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* a surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* behind the last character */
	{ "\xe2\x80\xae"
	  "abc",
	  "\\xe2\\x80\\xae"
	  "abc" },			       /* from right to left */
	{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b" }, /* a blank of no width */
	{ "\xc2\x85\xef\xbb\xbf\xef\xbf\xbf", "\\xc2\\x85\\xef\\xbb\\xbf\\xef\\xbf\\xbf" },
};

static void makes_visible(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *got = escape_visible(rows[i].in, strlen(rows[i].in));

		assert_string_equal(got, rows[i].visible);
		free(got);
	}
}

static char *html(const char *s, size_t len)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	html_bytes(out, s, len);
	fclose(out);
	return text;
}

static void means_nothing_to_html(void **state)
{
	static const char in[] = "</pre><script>x('&\"')</script>\0end";
	char *got = html(in, sizeof(in) - 1);

	(void)state;
	assert_string_equal(got, "&lt;/pre&gt;&lt;script&gt;x(&#39;&amp;&quot;&#39;)&lt;/script&gt;"
				 "\\x00end");
	free(got);
}

/* Whatever bytes: JSON takes it, and HTML has no sign of its own in it. */
static void any_bytes_will_do(void **state)
{
	uint32_t seed = 1;
	char in[64];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char *visible, *text;
		json_t *string;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (char)(seed >> 24);
		}
		visible = escape_visible(in, sizeof(in));
		string = json_string(visible);
		assert_non_null(string);
		assert_true(strlen(visible) >= sizeof(in));
		text = html(in, sizeof(in));
		assert_null(strpbrk(text, "<>\"'"));
		json_decref(string);
		free(visible);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_visible),
		cmocka_unit_test(means_nothing_to_html),
		cmocka_unit_test(any_bytes_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
