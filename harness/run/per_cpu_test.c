// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of per-CPU maps on machines of several processors. */
#include "fake_test.h"

#define CPUS 3

/* Three processors' values of 16 bytes; shorter ones are at the front of each stride of 8. */
static const uint8_t bytes[CPUS * 16] = {
	1,    2, 3, 4,	  5, 6, 7, 8, /* first */
	0xff, 0, 0, 0x80, 0, 0, 0, 0, /* second value of 8 bytes, or the first one's rest */
	0,    1, 0, 0x80, 0, 0, 0, 1,
};

static const struct {
	const char *options, *seen;
} sums[] = {
	{ "percpu_array value=1", "0" },	/* 1 + 255 + 0 wraps */
	{ "percpu_array value=2", "1024" },	/* 0x201 + 0xff + 0x100 */
	{ "percpu_array value=4", "67306496" }, /* twice 0x80000000 is nothing in 32 bits */
	{ "percpu_hash value=8", "650495294085202944" },
	{ "lru_percpu_hash value=3", "hex:000303" },
	/* Nothing but the first processor's value: no sum. */
	{ "array value=8", "578437695752307201" },
	{ "percpu_array value=16", "0:650495291937719041 1:2147483903" },
};

static void a_lookup_gives_the_sum(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		bool whole = strstr(sums[i].options, "=16") != NULL;
		struct fake f = { .e.n_cpus = CPUS,
				  .value = bytes,
				  .value_len = whole ? sizeof(bytes) : sizeof(bytes) / 2 };
		char *steps = xasprintf("map m %s\nlookup m 0 = 0\nlookup-and-delete m 0 = 0",
					sums[i].options);
		char *wanted = xasprintf("1 map m %s = 0\n2 lookup m 0 = %s\n"
					 "3 lookup-and-delete m 0 = %s\n",
					 sums[i].options, sums[i].seen, sums[i].seen);

		fake_assert(&f, steps, wanted);
		free(steps);
		free(wanted);
		free(f.text);
	}
}

static void an_update_gives_all_to_the_first(void **state)
{
	struct fake f = { .e.n_cpus = 2 };
	enum outcome outcome;

	(void)state;
	free(fake_execute(&f, "map m percpu_array\nupdate m 0 -1 = 0", &outcome));
	assert_int_equal(outcome, OUTCOME_COMPLETE);
	fake_assert_asked(&f, "value=ffffffff0000000000");
	free(fake_execute(&f, "map m percpu_array\nupdate m 0 bad = 0\nupdate m 0 null = 0",
			  &outcome));
	fake_assert_asked(&f, "value=bad");
	fake_assert_asked(&f, "value=null");
	free(f.text);
}

/* As many bytes as the kernel moves have room, in batches too: the sanitizers look on. */
static void room_for_every_processor(void **state)
{
	static const uint8_t all[512 * 16] = { [511 * 16] = 7 };
	struct fake f = { .e.n_cpus = 512, .value = all, .value_len = sizeof(all) };

	(void)state;
	fake_assert(&f, "map m percpu_array value=9\nlookup m 0 = 0\nbatch-lookup m 4 = 0",
		    "1 map m percpu_array value=9 = 0\n2 lookup m 0 = hex:070000000000000000\n"
		    "3 batch-lookup m 4 = 2\n");
	free(f.text);
}

static void an_unknown_number_of_processors(void **state)
{
	struct fake f = { 0 };
	enum outcome outcome;
	char *got =
		fake_execute(&f, "map m percpu_array\ndelete m 0 = 0\nlookup m 0 = 0", &outcome);

	(void)state;
	assert_int_equal(outcome, OUTCOME_UNSUPPORTED);
	assert_string_equal(
		got, "1 map m percpu_array = 0\n2 delete m 0 = 0\n3 lookup m 0 ! unsupported: "
		     "how many processors a per-CPU value has is not known\n");
	free(got);
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lookup_gives_the_sum),
		cmocka_unit_test(an_update_gives_all_to_the_first),
		cmocka_unit_test(room_for_every_processor),
		cmocka_unit_test(an_unknown_number_of_processors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
