// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fold.h"

#include "../case/case_test.h"

#define TEN "ten bytes "

static const struct {
	const char *prefix;
	int hang;
	const char *text, *folded;
} table[] = {
	{ "", 0, "", "\n" },
	{ "  ", 4, "short", "  short\n" },
	/* Exactly 80 columns, and one more. */
	{ "", 2, TEN TEN TEN TEN TEN TEN TEN "0123456789",
	  TEN TEN TEN TEN TEN TEN TEN "0123456789\n" },
	{ "", 2, TEN TEN TEN TEN TEN TEN TEN "0123456789a",
	  TEN TEN TEN TEN TEN TEN "ten bytes\n  0123456789a\n" },
	{ "# ", 3, TEN TEN TEN TEN TEN TEN TEN TEN "x",
	  "# " TEN TEN TEN TEN TEN TEN TEN "ten\n#    bytes x\n" },
	/* Blanks where a line ends are dropped, others stay. */
	{ "", 0, "a  b" TEN TEN TEN TEN TEN TEN TEN "01         x  y   ",
	  "a  b" TEN TEN TEN TEN TEN TEN TEN "01\nx  y\n" },
	/* The first @hang columns are not where a line is broken. */
	{ "", 8,
	  "wanted  0123456789012345678901234567890123456789012345678901234567890123456789012345",
	  "wanted  012345678901234567890123456789012345678901234567890123456789012345678901\n"
	  "        2345\n" },
	/* A terminal is told nothing, and a line is a line. */
	{ "", 0, "a\x1b[31mb\x07 c\td\ne\r\n", "a?[31mb? c d?e?\n" },
};

static void folding(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		fold(out, table[i].prefix, table[i].hang, "%s", table[i].text);
		fclose(out);
		assert_string_equal(text, table[i].folded);
		free(text);
	}
}

/* Texts of all lengths: no line too long, no blank at an end, no word lost. */
static void widths(void **state)
{
	(void)state;
	for (size_t n = 1; n < 400; n++) {
		char *in = xcalloc(n + 1, 1), *text = NULL;
		size_t len, seen = 0, letters = 0;
		FILE *out = open_memstream(&text, &len);

		for (size_t i = 0; i < n; i++) {
			in[i] = i % 7 == n % 7 || i % 11 == 3 ? ' ' : 'x';
			letters += in[i] == 'x';
		}
		fold(out, "  # ", 6, "%s", in);
		fclose(out);
		for (char *s = text; *s; s++)
			seen += *s == 'x';
		assert_int_equal(seen, letters);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			assert_true(strlen(line) <= FOLD_WIDTH);
			assert_memory_equal(line, "  # ", 4);
			assert_true(strlen(line) == 4 || line[strlen(line) - 1] != ' ');
		}
		free(text);
		free(in);
	}
}

/* Where a word is broken, no line begins with what a CI system takes for an order. */
static void no_orders(void **state)
{
	char word[4 * FOLD_WIDTH];

	(void)state;
	for (size_t at = 1; at < 2 * (size_t)FOLD_WIDTH; at++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		memset(word, 'x', sizeof(word) - 1);
		word[sizeof(word) - 1] = '\0';
		memcpy(word + at, "::error::", 9);
		fold(out, "  ", 2, "%s", word);
		fclose(out);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			assert_true(strncmp(line + strspn(line, " "), "::", 2) != 0);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding),
		cmocka_unit_test(widths),
		cmocka_unit_test(no_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
