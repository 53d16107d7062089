// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "slurp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "alloc.h"

/* Sizes around where the room grows and where it ends. */
static const struct {
	size_t size, most, len;
} files[] = {
	{ 0, 0, 0 },
	{ 0, 10, 0 },
	{ 9, 10, 9 },
	{ 10, 10, 10 },
	{ 11, 10, 11 },
	{ 12, 10, 11 },
	{ 65535, 65536, 65535 },
	{ 65536, 65536, 65536 },
	{ 65537, 65536, 65537 },
	{ 200000, 65536, 65537 },
	{ 65536, 1 << 20, 65536 },
	{ 65537, 1 << 20, 65537 },
	{ 300000, 1 << 20, 300000 },
	{ 300000, 200000, 200001 },
};

static void all_of_it_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		uint8_t *bytes = xcalloc(files[i].size + 1, 1);
		FILE *in = tmpfile();
		size_t len;
		char *text;

		assert_non_null(in);
		for (size_t at = 0; at < files[i].size; at++)
			bytes[at] = (uint8_t)(at % 251);
		assert_int_equal(fwrite(bytes, 1, files[i].size, in), files[i].size);
		rewind(in);
		text = slurp(in, files[i].most, &len);
		assert_non_null(text);
		assert_int_equal(len, files[i].len);
		assert_memory_equal(text, bytes, len);
		assert_int_equal(text[len], '\0');
		fclose(in);
		free(text);
		free(bytes);
	}
}

static void what_cannot_be_read(void **state)
{
	FILE *in = fopen("/", "re");
	size_t len;

	(void)state;
	assert_non_null(in);
	assert_null(slurp(in, 100, &len));
	assert_int_equal(errno, EISDIR);
	fclose(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_and_no_more),
		cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
