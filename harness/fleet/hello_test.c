// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the guest says first. It is untrusted: whatever it says must fit, and be an agent's. */
#include "internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct fleet_kernel parsed(const char *text)
{
	struct fleet_kernel k;
	char why[200] = "untouched";

	if (fleet_parse_hello(&k, text, why, sizeof(why)))
		fail_msg("%s", why);
	assert_string_equal(why, "untouched");
	return k;
}

static void a_good_one(void **state)
{
	struct fleet_kernel k = parsed("agent=1\nrelease=6.1.0-50-amd64\nversion=#1 SMP = x\n"
				       "machine=x86_64\nengine=jit\nengine=jit-hardened\n"
				       "unsupported=interp CONFIG_BPF_JIT_ALWAYS_ON is set\n"
				       "something new\n=\n\nunsupported=nothing\n");

	(void)state;
	assert_string_equal(k.release, "6.1.0-50-amd64");
	assert_string_equal(k.version, "#1 SMP = x");
	assert_string_equal(k.machine, "x86_64");
	assert_int_equal(k.n_engines, 2);
	assert_string_equal(k.engines[0], "jit");
	assert_string_equal(k.engines[1], "jit-hardened");
	assert_int_equal(k.n_unsupported, 2);
	assert_string_equal(k.unsupported[0].engine, "interp");
	assert_string_equal(k.unsupported[0].why, "CONFIG_BPF_JIT_ALWAYS_ON is set");
	assert_string_equal(k.unsupported[1].engine, "nothing");
	assert_string_equal(k.unsupported[1].why, "");
}

static void the_least(void **state)
{
	struct fleet_kernel k = parsed("release=1\nengine=a");

	(void)state;
	assert_string_equal(k.release, "1");
	assert_string_equal(k.engines[0], "a");
	assert_string_equal(k.version, "");
	k = parsed("unsupported=jit no\nrelease=1\n");
	assert_int_equal(k.n_engines, 0);
	assert_int_equal(k.n_unsupported, 1);
}

static void what_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"release=6.1\n",
		"engine=jit\n",
		"release=\nengine=jit\n",
		"Release=6.1\nengine=jit\n",
		" release=6.1\nengine=jit\n",
		"releas",
		"\177ELF",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fleet_kernel k;
		char why[200] = "";

		assert_int_equal(fleet_parse_hello(&k, texts[i], why, sizeof(why)), -1);
		assert_string_equal(why, "the guest's hello is not an agent's: rebuild with make");
	}
}

static void too_much_of_everything(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct fleet_kernel k;

	(void)state;
	fprintf(out, "release=%0500d\nversion=%0500d\nmachine=%0500d\n", 1, 2, 3);
	for (int i = 0; i < 20; i++)
		fprintf(out, "engine=e%d-%0100d\nunsupported=u%d-%0100d why-%0600d\n", i, 0, i, 0,
			0);
	fclose(out);
	k = parsed(text);
	assert_int_equal(strlen(k.release), sizeof(k.release) - 1);
	assert_int_equal(strlen(k.version), sizeof(k.version) - 1);
	assert_int_equal(strlen(k.machine), sizeof(k.machine) - 1);
	assert_int_equal(k.n_engines, FLEET_MAX_ENGINES);
	assert_int_equal(k.n_unsupported, FLEET_MAX_ENGINES);
	for (int i = 0; i < FLEET_MAX_ENGINES; i++) {
		assert_int_equal(strlen(k.engines[i]), sizeof(k.engines[0]) - 1);
		assert_int_equal(k.engines[i][1], '0' + i);
		assert_int_equal(strlen(k.unsupported[i].engine), 31);
		assert_int_equal(k.unsupported[i].engine[1], '0' + i);
		assert_true(strlen(k.unsupported[i].why) < sizeof(k.unsupported[0].why));
		assert_memory_equal(k.unsupported[i].why, "why-000", 7);
	}
	free(text);
}

/* The last word counts, and a second hello knows nothing of the first. */
static void said_twice(void **state)
{
	struct fleet_kernel k = parsed("release=1\nrelease=2\nengine=a\nengine=a\n");
	char why[100];

	(void)state;
	assert_string_equal(k.release, "2");
	assert_int_equal(fleet_parse_hello(&k, "engine=b\n", why, sizeof(why)), -1);
	assert_string_equal(k.release, "");
	assert_int_equal(k.n_engines, 1);
	assert_string_equal(k.engines[0], "b");
}

static void a_short_reason(void **state)
{
	struct fleet_kernel k;
	char why[8];

	(void)state;
	assert_int_equal(fleet_parse_hello(&k, "", why, sizeof(why)), -1);
	assert_string_equal(why, "the gue");
}

static void a_hello_tells_time_and_a_number(void **state)
{
	struct wake_signs signs;

	(void)state;
	assert_true(fleet_parse_signs(
		&signs, "release=6.1\nclock=1700000000.000000042\nrandom=00000000000000ff\n"));
	assert_int_equal(signs.clock.tv_sec, 1700000000);
	assert_int_equal(signs.clock.tv_nsec, 42);
	assert_int_equal(signs.random, 255);
	assert_false(fleet_parse_signs(&signs, "release=6.1\nclock=1700000000.000000042\n"));
	assert_false(fleet_parse_signs(&signs, "release=6.1\nrandom=ff\n"));
	assert_false(fleet_parse_signs(&signs, "release=6.1\nclock=now\nrandom=ff\n"));
}

/* What a restored guest would say if it had not heeded what it was told. */
static void a_guest_that_was_not_woken_is_noticed(void **state)
{
	struct fleet *f = calloc(1, sizeof(*f));
	struct guest g = { 0 };
	struct wake_signs signs = { .random = 1 };

	(void)state;
	assert_non_null(f);
	clock_gettime(CLOCK_REALTIME, &g.woken);
	signs.clock = g.woken;
	assert_null(guest_is_awake(f, &g, &signs));
	assert_non_null(strstr(guest_is_awake(f, &g, &signs), "random"));
	signs.random = 2;
	signs.clock.tv_sec -= 60;
	assert_non_null(strstr(guest_is_awake(f, &g, &signs), "clock"));
	signs.clock.tv_sec += 120;
	assert_non_null(strstr(guest_is_awake(f, &g, &signs), "clock"));
	/* Of many guests the last ones are remembered. */
	signs.clock = g.woken;
	for (signs.random = 2; signs.random < 200; signs.random++)
		assert_null(guest_is_awake(f, &g, &signs));
	signs.random = 199;
	assert_non_null(guest_is_awake(f, &g, &signs));
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one),
		cmocka_unit_test(the_least),
		cmocka_unit_test(what_is_none),
		cmocka_unit_test(too_much_of_everything),
		cmocka_unit_test(said_twice),
		cmocka_unit_test(a_short_reason),
		cmocka_unit_test(a_hello_tells_time_and_a_number),
		cmocka_unit_test(a_guest_that_was_not_woken_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
