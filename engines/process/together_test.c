// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A child that is kept on one processor, let go, and left alone where it has a will of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "together.h"

static cpu_set_t all;
static pid_t child;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	child = fork();
	if (child == 0) {
		for (;;)
			pause();
	}
	return child > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return sched_setaffinity(0, sizeof(all), &all);
}

static cpu_set_t processors_of(pid_t pid)
{
	cpu_set_t set;

	assert_int_equal(sched_getaffinity(pid, sizeof(set), &set), 0);
	return set;
}

#define assert_has(pid, set)                           \
	do {                                           \
		cpu_set_t has_ = processors_of(pid);   \
		assert_true(CPU_EQUAL(&has_, &(set))); \
	} while (0)

static void one_place_and_back(void **state)
{
	struct together t;

	(void)state;
	if (CPU_COUNT(&all) < 2)
		skip();
	together_init(&t, child);
	for (int turn = 0; turn < 3; turn++) {
		together_begin(&t);
		assert_true(t.kept);
		assert_int_equal(CPU_COUNT(&t.here), 1);
		assert_has(0, t.here);
		assert_has(child, t.here);
		together_begin(&t); /* which it is */
		together_end(&t);
		assert_has(0, all);
		assert_has(child, all);
		together_end(&t);
	}
}

static void its_own_choice_stays(void **state)
{
	struct together t;
	cpu_set_t some;
	int last = 0;

	(void)state;
	if (CPU_COUNT(&all) < 2)
		skip();
	together_init(&t, child);
	together_begin(&t);
	/* It undoes it in the middle of a case: never again. */
	assert_int_equal(sched_setaffinity(child, sizeof(all), &all), 0);
	together_end(&t);
	assert_true(t.own_way);
	assert_has(0, all);
	together_begin(&t);
	assert_has(0, all);
	assert_has(child, all);
	/* Or was begun by taskset(1). */
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		last = CPU_ISSET(cpu, &all) ? cpu : last;
	CPU_ZERO(&some);
	CPU_SET(last, &some);
	together_init(&t, child);
	assert_int_equal(sched_setaffinity(child, sizeof(some), &some), 0);
	together_begin(&t);
	assert_has(0, all);
	together_end(&t);
	assert_has(child, some);
}

static void one_that_is_gone(void **state)
{
	struct together t;

	(void)state;
	together_init(&t, child);
	together_begin(&t);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	together_end(&t);
	assert_has(0, all);
	together_begin(&t);
	assert_has(0, all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_place_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(its_own_choice_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_is_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
