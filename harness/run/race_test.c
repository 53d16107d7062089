// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Races on fake engines: one that takes a thread at a time, and one that takes several. */
#include "race.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "fake_test.h"

static const char steps[] =
	"map m prog_array\nprog p xdp\n    exit\n"
	"race 10\n1| run p = 1|2\n2| update m 0 p = 0\n2| delete m 0 = 0|ENOENT\n"
	"freeze m = 0\n";
#define BEFORE "1 map m prog_array = 0\n2 prog p xdp = 0\n"

static uint32_t results[4], n_results, n_runs;

static void answer_in_turn(struct engine_run *run)
{
	run->retval = results[n_runs++ % n_results];
}

/* Without comments: how often each came is no matter of the transcript. */
static char *without_comments(char *text)
{
	char *to = text;

	for (const char *s = text; *s;) {
		size_t len = strcspn(s, "\n") + 1;

		if (*s != '#') {
			memmove(to, s, len);
			to += len;
		}
		s += len;
	}
	*to = '\0';
	return text;
}

static void assert_race(struct fake *f, const char *text, const char *wanted, enum outcome end)
{
	enum outcome outcome;
	char *got;

	n_runs = 0;
	got = without_comments(fake_execute(f, text, &outcome));
	assert_string_equal(got, wanted);
	assert_int_equal(outcome, end);
	free(got);
}

static void allowed_results_are_the_cases(void **state)
{
	struct fake f = { .on_run = answer_in_turn };

	(void)state;
	n_results = 2;
	results[0] = 1;
	results[1] = 2;
	assert_race(&f, steps,
		    BEFORE "3 race 10 = 0\n4 1| run p = 1|2\n5 2| update m 0 p = 0\n"
			   "6 2| delete m 0 = 0|ENOENT\n7 freeze m = 0\n",
		    OUTCOME_COMPLETE);
	free(f.text);
}

/* Once among many is enough, and each is told once, in an order that does not depend on chance. */
static void others_are_told(void **state)
{
	struct fake f = {
		.on_run = answer_in_turn, .op = "map_delete", .answer = -EPERM, .from = 9
	};

	(void)state;
	n_results = 4;
	results[0] = 1;
	results[1] = 99;
	results[2] = 2;
	results[3] = 12;
	assert_race(&f, steps,
		    BEFORE "3 race 10 = 0\n4 1| run p = 12|99\n5 2| update m 0 p = 0\n"
			   "6 2| delete m 0 = EPERM\n7 freeze m = 0\n",
		    OUTCOME_COMPLETE);
	free(f.text);
}

static void counts_are_kept(void **state)
{
	struct fake f = { .on_run = answer_in_turn };
	unsigned long turns = 0, ones = 0, twos = 0;
	enum outcome outcome;
	char *got;

	(void)state;
	n_results = 2;
	results[0] = 1;
	results[1] = 2;
	n_runs = 0;
	got = fake_execute(&f, steps, &outcome);
	assert_int_equal(sscanf(strstr(got, "# step 4"),
				"# step 4, %lu turns: 1 %lu times, 2 %lu times", &turns, &ones,
				&twos),
			 3);
	assert_true(turns >= 10);
	assert_int_equal(ones + twos, turns);
	assert_int_equal(turns, n_runs);
	assert_non_null(strstr(got, "# step 6, 10 turns: 0 10 times\n"));
	free(got);
	free(f.text);
}

/* The lane that was refused its first step at every turn has not won. */
static void winners(void **state)
{
	static const char two[] = "map m prog_array\nprog p xdp\n    exit\n"
				  "race 3 winners=1\n1| update m 0 p = 0|EINVAL\n"
				  "2| delete m 0 = 0|ENOENT\n";
	struct fake f = { .op = "map_delete", .answer = -ENOENT };

	(void)state;
	assert_race(&f, two,
		    BEFORE "3 race 3 winners=1 = 0\n4 1| update m 0 p = 0|EINVAL\n"
			   "5 2| delete m 0 = 0|ENOENT\n",
		    OUTCOME_COMPLETE);
	f.from = 1; /* it had it once */
	assert_race(&f, two,
		    BEFORE "3 race 3 winners=1 = winners=2\n4 1| update m 0 p = 0|EINVAL\n"
			   "5 2| delete m 0 = 0|ENOENT\n",
		    OUTCOME_COMPLETE);
	free(f.text);
}

/* What a lane makes is made and closed at each turn, also where the case does not close it. */
static void handles_of_lanes(void **state)
{
	struct fake f = { 0 };
	size_t made = 0, closed = 0;

	(void)state;
	assert_race(
		&f,
		"map m prog_array\nrace 3 exact\n1| map-by-id a m\n2| map-by-id b m\n2| close b\n",
		"1 map m prog_array = 0\n2 race 3 exact = 0\n3 1| map-by-id a m = 0\n"
		"4 2| map-by-id b m = 0\n5 2| close b = 0\n",
		OUTCOME_COMPLETE);
	for (const char *s = f.text; (s = strstr(s, "map_fd_by_id id=1000")); s++)
		made++;
	for (const char *s = f.text; (s = strstr(s, "\nclose fd=")); s++)
		closed++;
	assert_int_equal(made, 6);
	assert_int_equal(closed, 6);
	free(f.text);
}

static void early_end(void **state)
{
	struct fake f = { .op = "map_delete", .answer = ENGINE_FAULT, .why = "stray", .from = 3 };

	(void)state;
	assert_race(&f, steps,
		    BEFORE "3 race 10 = 0\n4 1| run p = 0\n5 2| update m 0 p = 0\n"
			   "6 2| delete m 0 ! fault: stray\n",
		    OUTCOME_FAULT);
	free(f.text);
}

/* For threads an engine that shares nothing: the fake's log would be shared. */
static atomic_int inside, most_inside;

static int slow_update(struct engine *e, struct engine_elem *elem)
{
	int now = ++inside;
	struct timespec nap = { .tv_nsec = 200000 };

	(void)e;
	(void)elem;
	if (now > most_inside)
		most_inside = now;
	nanosleep(&nap, NULL);
	inside--;
	return 0;
}

static void lanes_are_threads(void **state)
{
	struct engine_ops ops = fake_ops;
	struct fake f = { .e.ops = &ops };
	cpu_set_t set, one;

	(void)state;
	ops.threads = true;
	ops.map_update = slow_update;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) < 2)
		skip();
	assert_race(&f, "map m prog_array\nrace 20\n1| update m 0 1 = 0\n2| update m 0 2 = 0\n",
		    "1 map m prog_array = 0\n2 race 20 = 0\n3 1| update m 0 1 = 0\n"
		    "4 2| update m 0 2 = 0\n",
		    OUTCOME_COMPLETE);
	assert_int_equal(most_inside, 2);
	/* No race on one processor, and nothing that looks like one. */
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set) && !CPU_COUNT(&one))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_race(&f, "map m prog_array\nrace 20\n1| update m 0 1 = 0\n2| update m 0 2 = 0\n",
		    "1 map m prog_array = 0\n"
		    "2 race 20 ! unsupported: a race needs two processors, and there is one\n",
		    OUTCOME_UNSUPPORTED);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed_results_are_the_cases),
		cmocka_unit_test(others_are_told),
		cmocka_unit_test(counts_are_kept),
		cmocka_unit_test(winners),
		cmocka_unit_test(handles_of_lanes),
		cmocka_unit_test(early_end),
		cmocka_unit_test(lanes_are_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
