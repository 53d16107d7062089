// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What guests may say that is not so, and that it touches no case but their own: each case has one
 * result, and that of a guest that did it in its turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_vm_test.h"

#define JOBS	 6
#define ENGINES	 2
#define RESTARTS 30

/* What the fleet told of a job, on an engine. */
struct told_of {
	unsigned int results, leaks, finals, splats;
	enum job_end end;
	char transcript[64];
};

static struct {
	void (*turn)(struct vm *vm);
	struct told_of of[JOBS][ENGINES];
	unsigned int stray_splats; /* of no job */
	char notes[4000];
	struct fleet_stats stats;
	unsigned int step; /* of what guests do in this test */
} world;

static void fake_turn(struct vm *vm)
{
	world.turn(vm);
}

static void on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		      const char *transcript)
{
	struct told_of *t = &world.of[job][engine];

	(void)arg;
	t->results++;
	t->end = end;
	snprintf(t->transcript, sizeof(t->transcript), "%s", transcript);
}

static void on_leak(void *arg, size_t job, unsigned int engine, const char *line)
{
	(void)arg;
	(void)line;
	world.of[job][engine].leaks++;
}

static void on_final(void *arg, size_t job, unsigned int engine)
{
	(void)arg;
	world.of[job][engine].finals++;
}

static void on_splat(void *arg, size_t job, const char *engine, const char *line)
{
	(void)arg;
	(void)line;
	if (job == NO_JOB)
		world.stray_splats++;
	else
		world.of[job][strcmp(engine, "jit") != 0].splats++;
}

static void on_note(void *arg, const char *text)
{
	size_t len = strlen(world.notes);

	(void)arg;
	snprintf(world.notes + len, sizeof(world.notes) - len, "%s\n", text);
}

/* All jobs on @engines (bits) of so many guests, each of which does as @turn says. */
static void run_jobs(void (*turn)(struct vm *vm), unsigned int guests, unsigned int engines)
{
	static const volatile int never;
	const struct fleet_config config = { .guests = guests,
					     .boot_seconds = 5,
					     .boot_tries = 2,
					     .case_seconds = 5,
					     .run_seconds = 60,
					     .max_restarts = RESTARTS,
					     .interrupted = &never,
					     .result = on_result,
					     .leak = on_leak,
					     .final = on_final,
					     .splat = on_splat,
					     .note = on_note };
	struct job jobs[JOBS];
	char why[200] = "";
	struct fleet *f;

	memset(&world, 0, sizeof(world));
	world.turn = turn;
	fakes_started = 0;
	for (size_t i = 0; i < JOBS; i++)
		jobs[i] = (struct job){ "case x\n", 7, engines };
	f = fleet_open(&config);
	if (!fleet_kernel(f, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(fleet_run(f, jobs, JOBS), 0);
	fleet_close(f, &world.stats);
	for (size_t i = 0; i < JOBS; i++)
		for (unsigned int e = 0; e < ENGINES; e++) {
			assert_int_equal(world.of[i][e].results, engines >> e & 1);
			assert_true(world.of[i][e].finals <= world.of[i][e].results);
		}
}

static void all_are_honest(unsigned int engines)
{
	for (size_t i = 0; i < JOBS; i++)
		for (unsigned int e = 0; e < ENGINES; e++) {
			if (!(engines >> e & 1))
				continue;
			assert_int_equal(world.of[i][e].end, END_COMPLETE);
			assert_string_equal(world.of[i][e].transcript, "1 honest\n");
		}
}

static void honest(struct vm *vm)
{
	fake_work(vm, "1 honest\n");
}

static void guests_that_do_as_they_should(void **state)
{
	(void)state;
	for (unsigned int guests = 1; guests <= 3; guests++) {
		run_jobs(honest, guests, 3);
		all_are_honest(3);
		assert_int_equal(world.stats.restarts, 0);
		for (size_t i = 0; i < JOBS; i++)
			assert_int_equal(world.of[i][0].finals + world.of[i][1].finals, 2);
	}
}

/* What the guests below say of a case before its turn. */
static enum frame_type early;

static void skip_to(struct vm *vm, size_t i)
{
	fake_say(vm, early, vm->hand[i].seq,
		 early == FRAME_START ? "jit" : "jit complete\n1 lie\n");
}

/* The first one does half of its first case, and goes on with what is two behind it. */
static void skips_once(struct vm *vm)
{
	if (vm->nr || fake_come_up(vm)) {
		if (vm->nr)
			honest(vm);
		return;
	}
	if (world.step == 0 && vm->n_hand == PIPELINE) {
		fake_answer(vm, 0, "1 honest\n");
		world.step++;
	} else if (world.step == 1) {
		skip_to(vm, 2);
		/* And as if it had all of them behind it. */
		for (size_t i = 0; i < PIPELINE; i++)
			fake_say(vm, FRAME_RESULT, vm->hand[i].seq, "interp complete\n1 lie\n");
		world.step++;
	}
}

static const enum frame_type of_cases[] = { FRAME_START, FRAME_RESULT, FRAME_REFUSED };

static void one_that_skips_ahead_is_replaced(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_cases) / sizeof(*of_cases); i++) {
		early = of_cases[i];
		run_jobs(skips_once, 1, 3);
		all_are_honest(3);
		assert_int_equal(world.stats.restarts, 1);
		assert_non_null(strstr(world.notes, "before the end of the one that"));
	}
}

/* Every guest skips where it can; alone with a case, it does as it should. */
static void skips_always(struct vm *vm)
{
	if (fake_come_up(vm))
		return;
	if (vm->n_hand > 1)
		skip_to(vm, 1);
	else
		honest(vm);
}

static void guests_that_always_skip_come_to_an_end(void **state)
{
	unsigned int given_up = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(of_cases) / sizeof(*of_cases); i++) {
		early = of_cases[i];
		run_jobs(skips_always, 1, 1);
		assert_true(world.stats.restarts <= 3 * JOBS);
		for (size_t job = 0; job < JOBS; job++) {
			const struct told_of *t = &world.of[job][0];

			given_up += t->end == END_INFRA;
			if (t->end != END_INFRA)
				assert_string_equal(t->transcript, "1 honest\n");
		}
	}
	assert_int_equal(given_up, 3 * (JOBS - 1));
}

/* Of cases that are done, that are another's, and that do not exist. */
static void speaks_of_others(struct vm *vm)
{
	static const uint32_t seqs[] = { 0, JOBS + 1, 0x80000000, 0xffffffff };

	for (size_t i = 0; vm->n_hand && i < sizeof(of_cases) / sizeof(*of_cases); i++) {
		for (size_t k = 0; k < sizeof(seqs) / sizeof(*seqs); k++)
			fake_say(vm, of_cases[i], seqs[k], "jit complete\n1 lie\n");
		for (uint32_t seq = 1; seq < vm->hand[0].seq; seq++)
			fake_say(vm, of_cases[i], seq, "jit complete\n1 lie\n");
	}
	honest(vm);
}

static void what_is_said_of_others_is_not_heard(void **state)
{
	(void)state;
	for (unsigned int guests = 1; guests <= 2; guests++) {
		run_jobs(speaks_of_others, guests, 3);
		all_are_honest(3);
		assert_int_equal(world.stats.restarts, 0);
	}
}

/* The first one dies of what it has answered already, as it says: begun anew, without a word
 * before. */
static void dies_of_what_is_done(struct vm *vm)
{
	if (fake_come_up(vm))
		return;
	if (world.step == 0 && vm->n_hand) {
		fake_say(vm, FRAME_RESULT, 1, "jit complete\n1 honest\n");
		fake_say(vm, FRAME_START, 1, "jit");
		fake_say(vm, FRAME_DIED, 0, "killed by signal 9");
		world.step = 1;
	} else if (vm->nr) {
		honest(vm);
	}
}

static void what_is_done_kills_nobody(void **state)
{
	(void)state;
	run_jobs(dies_of_what_is_done, 1, 3);
	all_are_honest(3);
	assert_int_equal(world.stats.restarts, 1);
	assert_int_equal(world.stats.bystanders, 0);
}

static enum frame_type alone_says;

/*
 * The first one dies of a case on interp. Who has that alone speaks of jit, which nobody has run
 * yet or another has in hand, and dies.
 */
static void speaks_of_another_engine(struct vm *vm)
{
	if (fake_come_up(vm))
		return;
	if (world.step == 0 && vm->n_hand) {
		fake_say(vm, FRAME_START, vm->hand[0].seq, "interp");
		fake_say(vm, FRAME_DIED, 0, "killed by signal 9");
		world.step = 1;
	} else if (world.step == 1 && vm->n_hand == 1 && !strcmp(vm->hand[0].engines, "interp")) {
		fake_say(vm, FRAME_RESULT, vm->hand[0].seq, "jit complete\n1 lie\n");
		fake_say(vm, alone_says, vm->hand[0].seq, "jit");
		fake_say(vm, FRAME_DIED, 0, "killed by signal 9");
		world.step = 2;
	} else if (world.step == 2 || vm->nr < 2) {
		honest(vm);
	}
}

static void one_that_is_alone_speaks_for_one_engine(void **state)
{
	static const enum frame_type types[] = { FRAME_START, FRAME_RESULT };

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		alone_says = types[i % 2];
		run_jobs(speaks_of_another_engine, 1 + i / 2, 3);
		assert_int_equal(world.step, 2);
		assert_int_equal(world.stats.restarts, 2);
		assert_int_equal(world.stats.bystanders, 1);
		for (size_t job = 0; job < JOBS; job++)
			assert_string_equal(world.of[job][0].transcript, "1 honest\n");
	}
	alone_says = FRAME_REFUSED;
	run_jobs(speaks_of_another_engine, 1, 3);
	for (size_t i = 0; i < JOBS; i++) {
		assert_int_equal(world.of[i][0].end, END_COMPLETE);
		assert_string_equal(world.of[i][0].transcript, "1 honest\n");
		assert_int_equal(world.of[i][1].end, i ? END_COMPLETE : END_INFRA);
	}
}

static void blame(struct vm *vm, uint32_t seq)
{
	char *mark = xasprintf("tailcheck: begin %u jit\nBUG: made up\ntailcheck: end\n", seq);

	fake_say(vm, FRAME_LEAK, seq, "jit\n9 end = leaked\n");
	fake_log(vm, mark, strlen(mark));
	free(mark);
}

/*
 * The first one has done a case; before and after it does its own first one, the second one says
 * that both left something behind.
 */
static void blames_the_other(struct vm *vm)
{
	if (fake_come_up(vm) || (world.step == 0 && vm->n_hand < 2))
		return;
	if (vm->nr == 0 && world.step == 0) {
		fake_answer(vm, 0, "1 honest\n");
		world.step = 1;
	} else if (vm->nr == 1 && world.step == 1 && world.of[0][0].results) {
		blame(vm, 1);
		fake_say(vm, FRAME_LEAK, vm->hand[0].seq, "jit\n9 end = not yet\n");
		fake_answer(vm, 0, "1 honest\n");
		blame(vm, PIPELINE + 1);
		world.step = 2;
	} else if (world.step == 2) {
		honest(vm);
	}
}

static void leaks_and_splats_are_of_ones_own_cases(void **state)
{
	(void)state;
	run_jobs(blames_the_other, 2, 1);
	all_are_honest(1);
	for (size_t job = 0; job < JOBS; job++) {
		assert_int_equal(world.of[job][0].leaks, job == PIPELINE);
		assert_int_equal(world.of[job][0].splats, job == PIPELINE);
	}
	assert_int_equal(world.stray_splats, 1);
}

/* The first one does a case and ends; the one in its place blames that case, and then its own. */
static void blames_its_predecessor(struct vm *vm)
{
	if (fake_come_up(vm))
		return;
	if (world.step == 0 && vm->n_hand) {
		fake_answer(vm, 0, "1 honest\n");
		world.step = 1;
	} else if (world.step == 1 && world.of[0][0].results) {
		fake_die(vm);
		world.step = 2;
	} else if (world.step == 2 && vm->n_hand) {
		blame(vm, 1);
		fake_answer(vm, 0, "1 honest\n");
		blame(vm, 2);
		world.step = 3;
	} else if (world.step == 3) {
		honest(vm);
	}
}

static void a_guest_knows_nothing_of_the_one_before_it(void **state)
{
	(void)state;
	run_jobs(blames_its_predecessor, 1, 1);
	all_are_honest(1);
	assert_int_equal(world.stats.restarts, 1);
	for (size_t job = 0; job < JOBS; job++) {
		assert_int_equal(world.of[job][0].leaks, job == 1);
		assert_int_equal(world.of[job][0].splats, job == 1);
	}
	assert_int_equal(world.stray_splats, 1);
}

/*
 * The first one dies of a case on jit. Another has that case on interp when a third one has it on
 * jit, alone; and then the kernel of the former complains.
 */
static void complains_beside_one_alone(struct vm *vm)
{
	static const char complaint[] = "tailcheck: begin 1 interp\nBUG: made up\n";

	if (fake_come_up(vm) || !vm->n_hand) {
		if (vm->to_settle || vm->to_stop)
			honest(vm);
		return;
	}
	if (vm->nr == 0) {
		fake_say(vm, FRAME_START, vm->hand[0].seq, "jit");
		fake_say(vm, FRAME_DIED, 0, "killed by signal 9");
	} else if (vm->hand[0].seq != 1 || world.step == 2) {
		honest(vm);
	} else if (!strcmp(vm->hand[0].engines, "jit")) {
		world.step = 1;
	} else if (world.step == 1) {
		fake_log(vm, complaint, strlen(complaint));
		world.step = 2;
	}
}

static void splats_are_of_an_engine(void **state)
{
	(void)state;
	run_jobs(complains_beside_one_alone, 2, 3);
	assert_int_equal(world.step, 2);
	assert_int_equal(world.of[0][1].splats, 1);
	assert_int_equal(world.stray_splats, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_that_do_as_they_should),
		cmocka_unit_test(one_that_skips_ahead_is_replaced),
		cmocka_unit_test(guests_that_always_skip_come_to_an_end),
		cmocka_unit_test(what_is_said_of_others_is_not_heard),
		cmocka_unit_test(what_is_done_kills_nobody),
		cmocka_unit_test(one_that_is_alone_speaks_for_one_engine),
		cmocka_unit_test(leaks_and_splats_are_of_ones_own_cases),
		cmocka_unit_test(a_guest_knows_nothing_of_the_one_before_it),
		cmocka_unit_test(splats_are_of_an_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
