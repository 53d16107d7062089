// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* An element of a size that is no power of two. */
struct odd {
	uint32_t nr;
	uint8_t more[7];
};

static void vectors_grow(void **state)
{
	struct odd *vec = NULL;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct odd *o = vec_add(vec, n);

		assert_int_equal(n, i + 1);
		assert_ptr_equal(o, &vec[i]);
		/* Zeroed, whatever the memory held. */
		assert_int_equal(o->nr, 0);
		for (size_t b = 0; b < sizeof(o->more); b++)
			assert_int_equal(o->more[b], 0);
		memset(o, 0xa5, sizeof(*o));
		o->nr = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(vec[i].nr, i);
	free(vec);
}

/* The parser empties its list of handles with every case and goes on with the same array. */
static void vectors_start_again(void **state)
{
	uint64_t *vec = NULL;
	size_t n = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		n = 0;
		for (uint64_t i = 0; i < 100; i++)
			*vec_add(vec, n) = i;
		assert_non_null(vec);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(vec[i], i);
		assert_int_equal(n, 100);
	}
	free(vec);
}

static void vectors_of_pointers(void **state)
{
	char **list = NULL;
	size_t n = 0;

	(void)state;
	*vec_add(list, n) = xstrdup("one");
	assert_null(*vec_add(list, n));
	assert_string_equal(list[0], "one");
	free(list[0]);
	free(list);
}

static void nothing_is_something(void **state)
{
	void *p = xcalloc(0, 8), *q = xcalloc(8, 0), *r = xreallocarray(NULL, 0, 0);

	(void)state;
	assert_non_null(p);
	assert_non_null(q);
	assert_non_null(r);
	r = xreallocarray(r, 0, 4);
	assert_non_null(r);
	free(p);
	free(q);
	free(r);
}

static void memory_is_zeroed(void **state)
{
	unsigned char *p = xcalloc(1000, 3);

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

static void strings(void **state)
{
	char *s = xstrndup("abcdef", 3);

	(void)state;
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("ab", 100);
	assert_string_equal(s, "ab");
	free(s);
	s = xstrdup("");
	assert_string_equal(s, "");
	free(s);
	s = xasprintf("%s-%05d-%c", "x", 42, 'y');
	assert_string_equal(s, "x-00042-y");
	free(s);
}

/* What cannot be had ends the program: it does not come back with NULL. */
static void too_much_is_the_end(void **state)
{
	volatile size_t huge = SIZE_MAX / 4;
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		void *p;

		if (!freopen("/dev/null", "w", stderr))
			_exit(0);
		p = xreallocarray(NULL, huge, 16);
		(void)p;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_grow),	       cmocka_unit_test(vectors_start_again),
		cmocka_unit_test(vectors_of_pointers), cmocka_unit_test(nothing_is_something),
		cmocka_unit_test(memory_is_zeroed),    cmocka_unit_test(strings),
		cmocka_unit_test(too_much_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
