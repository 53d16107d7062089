// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_printed(const struct diag *d, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	diag_print(out, d);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void place_in_a_line(void **state)
{
	const char *text = "map m nonsense\nprog p xdp";
	struct diag d;

	(void)state;
	memset(&d, 0xff, sizeof(d));
	assert_int_equal(diag_at(&d, "a.case", 7, text, text + 6, "no %s, but %d", "map", 3), -1);
	assert_string_equal(d.file, "a.case");
	assert_int_equal(d.line, 7);
	assert_int_equal(d.column, 7);
	assert_string_equal(d.message, "no map, but 3");
	assert_string_equal(d.text, "map m nonsense");
	assert_printed(&d, "a.case:7:7: error: no map, but 3\n"
			   "  map m nonsense\n"
			   "        ^\n");
}

static void ends_of_a_line(void **state)
{
	const char *text = "abc\ndef";
	struct diag d;

	(void)state;
	diag_at(&d, "f", 1, text, text, "first");
	assert_int_equal(d.column, 1);
	assert_printed(&d, "f:1:1: error: first\n  abc\n  ^\n");
	diag_at(&d, "f", 1, text, text + 3, "behind");
	assert_int_equal(d.column, 4);
	assert_printed(&d, "f:1:4: error: behind\n  abc\n     ^\n");
}

/* A place that is not in the line has no column, rather than a wrong one. */
static void place_outside_of_the_line(void **state)
{
	const char *text = "abc\ndef";
	struct diag d;

	(void)state;
	diag_at(&d, "f", 1, text, text + 4, "next line");
	assert_int_equal(d.column, 0);
	diag_at(&d, "f", 2, text + 4, text, "line before");
	assert_int_equal(d.column, 0);
	diag_at(&d, "f", 2, text + 4, NULL, "whole line");
	assert_int_equal(d.column, 0);
	assert_printed(&d, "f:2: error: whole line\n  def\n");
}

static void no_text(void **state)
{
	struct diag d;

	(void)state;
	assert_int_equal(diag_at(&d, "gone", 0, NULL, NULL, "cannot open"), -1);
	assert_string_equal(d.text, "");
	assert_printed(&d, "gone: error: cannot open\n");
	diag_at(&d, NULL, 3, "", "", "empty line");
	assert_string_equal(d.file, "");
	assert_int_equal(d.column, 1);
	assert_printed(&d, ":3:1: error: empty line\n");
}

static void tabs_keep_the_caret_in_place(void **state)
{
	const char *text = "\tr1 =\tx";
	struct diag d;

	(void)state;
	diag_at(&d, "f", 1, text, text + 6, "bad");
	assert_int_equal(d.column, 7);
	assert_printed(&d, "f:1:7: error: bad\n  \tr1 =\tx\n  \t    \t^\n");
}

static void long_things_are_cut(void **state)
{
	char text[2001], name[401];
	struct diag d;

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	diag_at(&d, name, 4000000000U, text, text + 1500, "%s", text);
	assert_int_equal(strlen(d.file), sizeof(d.file) - 1);
	assert_int_equal(strlen(d.message), sizeof(d.message) - 1);
	assert_int_equal(strlen(d.text), sizeof(d.text) - 1);
	/* The column is where it is in the file; the caret stands where the cut text ends. */
	assert_int_equal(d.column, 1501);
	diag_at(&d, "f", 4000000000U, text, text + 1500, "m");
	snprintf(name, sizeof(name), "f:4000000000:1501: error: m\n");
	{
		char *out = NULL;
		size_t len;
		FILE *f = open_memstream(&out, &len);

		diag_print(f, &d);
		fclose(f);
		assert_memory_equal(out, name, strlen(name));
		assert_int_equal(len, strlen(name) + 2 + 511 + 1 + 2 + 511 + 2);
		assert_string_equal(out + len - 3, " ^\n");
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_in_a_line),
		cmocka_unit_test(ends_of_a_line),
		cmocka_unit_test(place_outside_of_the_line),
		cmocka_unit_test(no_text),
		cmocka_unit_test(tabs_keep_the_caret_in_place),
		cmocka_unit_test(long_things_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
