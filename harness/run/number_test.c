// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers and bytes, in either order and in every size that keys and values have. */
#include "fake_test.h"
#include "state.h"

static const struct {
	size_t size;
	uint64_t n, back; /* what is put in, and what of it comes back */
	const char *little, *big;
} rows[] = {
	{ 0, 7, 0, "", "" },
	{ 1, 0x1ff, 0xff, "\xff", "\xff" },
	{ 2, 0x1234, 0x1234, "\x34\x12", "\x12\x34" },
	{ 3, 0x123456, 0x123456, "\x56\x34\x12", "\x12\x34\x56" },
	{ 4, 0x912345678, 0x12345678, "\x78\x56\x34\x12", "\x12\x34\x56\x78" },
	{ 8, 0x0102030405060708, 0x0102030405060708, "\x08\x07\x06\x05\x04\x03\x02\x01",
	  "\x01\x02\x03\x04\x05\x06\x07\x08" },
	{ 16, 5, 5, "\x05\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\x05" },
};

static void both_orders_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int big = 0; big < 2; big++) {
			size_t size = rows[i].size < 8 ? rows[i].size : 8;
			uint8_t bytes[17];

			memset(bytes, 0xee, sizeof(bytes));
			store_number(big, bytes, rows[i].n, rows[i].size);
			assert_memory_equal(bytes, big ? rows[i].big : rows[i].little, size);
			assert_int_equal(bytes[size], 0xee);
			assert_int_equal(load_number(big, bytes, rows[i].size), rows[i].back);
		}
	}
}

/* Keys and values go to a big-endian engine, and come from it, in its own order. */
static void the_executor_follows_the_engine(void **state)
{
	static const uint8_t value[] = { 0, 0, 1, 2 };
	struct fake f = { .e.big_endian = true, .value = value, .value_len = sizeof(value) };

	(void)state;
	fake_assert(&f, "map m array\nupdate m 3 0x1234 = 0\nlookup m 3 = 0",
		    "1 map m array = 0\n2 update m 3 4660 = 0\n3 lookup m 3 = 258\n");
	fake_assert_asked(&f, "map_update fd=10 key=00000003");
	fake_assert_asked(&f, "value=00001234");
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_orders_there_and_back),
		cmocka_unit_test(the_executor_follows_the_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
