// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The loop over the steps: lines of a transcript, how it ends, what is tried again. */
#include "execute.h"

#include <time.h>

#include "fake_test.h"

/* Every verb once, on an engine where everything succeeds: what is asked and what is written. */
static void every_verb(void **state)
{
	struct fake f = { .slot_id = 1001 };

	(void)state;
	fake_assert(&f,
		    "map m prog_array entries=2\nprog p socket_filter\n    r1 = m ll\n    exit\n"
		    "update m 1 p flags=EXIST = 0\nlookup m 1 flags=3 = 0\ndelete m 1 flags=1 = 0\n"
		    "next m null = 0\nlookup-and-delete m 7 = 0\n"
		    "batch-lookup m 3 = 0\nbatch-lookup-and-delete m 2 flags=1 = 0\n"
		    "batch-update m 2 elem-flags=4 = 0\nbatch-delete m 0 = 0\n"
		    "freeze m = 0\nmmap m = 0\nrun p = 0\nbind p m flags=5 = 0\npin m a = 0\n"
		    "get g a flags=RDONLY\nunpin a = 0\nmap-by-id n m flags=8\nprog-by-id q p\n"
		    "prog-in-slot s m 1\ninfo m type = 0\ninfo p jited = 0\nsame m g = 0\ndup d p\n"
		    "close m\nclose fd:closed = 0\n",
		    "1 map m prog_array entries=2 = 0\n"
		    "2 prog p socket_filter = 0\n"
		    "3 update m 1 p flags=EXIST = 0\n"
		    "4 lookup m 1 flags=NOEXIST|EXIST = p\n"
		    "5 delete m 1 flags=NOEXIST = 0\n"
		    "6 next m null = 1001\n"
		    "7 lookup-and-delete m 7 = p\n"
		    "8 batch-lookup m 3 = 1\n"
		    "9 batch-lookup-and-delete m 2 flags=NOEXIST = 1\n"
		    "10 batch-update m 2 elem-flags=LOCK = 1\n"
		    "11 batch-delete m 0 = 0\n"
		    "12 freeze m = 0\n"
		    "13 mmap m = 0\n"
		    "14 run p = 0\n"
		    "15 bind p m flags=0x5 = 0\n"
		    "16 pin m a = 0\n"
		    "17 get g a flags=RDONLY = 0\n"
		    "18 unpin a = 0\n"
		    "19 map-by-id n m flags=RDONLY = 0\n"
		    "20 prog-by-id q p = 0\n"
		    "21 prog-in-slot s m 1 = 0\n"
		    "22 info m type = 1\n"
		    "23 info p jited = 1\n"
		    "24 same m g = 1\n"
		    "25 dup d p = 0\n"
		    "26 close m = 0\n"
		    "27 close fd:closed = 0\n");
	fake_assert_asked(&f,
			  "map_create type=3 key=4 value=4 entries=2 flags=0 inner=0 numa=0 name= "
			  "extra=0 ifindex=0 btf=0/0/0/0/0 token=0 stray=0\n");
	fake_assert_asked(&f, "prog_load type=1 attach=0 flags=0 n=3 imm=10 funcs=0 - btf=1 name= "
			      "license=- log=65536\n");
	fake_assert_asked(&f, "map_update fd=10 key=010000000000000000 value=0b0000000000000000 "
			      "flags=2\n");
	fake_assert_asked(&f, "map_lookup fd=10 key=01000000 flags=3\n");
	fake_assert_asked(&f, "map_delete fd=10 key=01000000 flags=1\n");
	fake_assert_asked(&f, "map_next_key fd=10 key=null\n");
	fake_assert_asked(&f, "map_lookup_and_delete fd=10 key=07000000 flags=0\n");
	fake_assert_asked(&f, "map_batch op=24 fd=10 keys=000000000100000002000000 count=3 elem=0 "
			      "flags=0 first=1\n");
	fake_assert_asked(
		&f, "map_batch op=25 fd=10 keys=0000000001000000 count=2 elem=0 flags=1 first=1\n");
	fake_assert_asked(
		&f, "map_batch op=26 fd=10 keys=0000000001000000 count=2 elem=4 flags=0 first=1\n");
	fake_assert_asked(&f, "map_batch op=27 fd=10 keys= count=0 elem=0 flags=0 first=1\n");
	fake_assert_asked(&f, "map_freeze fd=10\nmap_mmap fd=10\n");
	fake_assert_asked(&f, "prog_bind_map prog=11 map=10 flags=5\n");
	fake_assert_asked(&f, "obj_pin fd=10 a flags=0\n");
	fake_assert_asked(&f, "obj_get a flags=8\nobj_unpin a\n");
	fake_assert_asked(&f, "map_fd_by_id id=1000 flags=8\n");
	fake_assert_asked(&f, "prog_fd_by_id id=1001 flags=0\n");
	fake_assert_asked(&f, "dup fd=11\n");
	fake_assert_asked(&f, "close fd=10\nclose fd=900\nreset\n");
	assert_int_equal(f.resets, 1);
	free(f.text);
}

static const struct {
	int status;
	const char *seen;
} statuses[] = {
	{ 0, "0" },	      { 7, "0" },	 { -1, "EPERM" },
	{ -5, "EIO" },	      { -22, "EINVAL" }, { -95, "EOPNOTSUPP" },
	{ -524, "ENOTSUPP" }, { -523, "-523" },	 { -41, "-41" },
	{ -4095, "-4095" },
};

static void names_of_errnos(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		struct fake f = { .op = "map_freeze", .answer = statuses[i].status };
		char *wanted = xasprintf("1 freeze fd:5 = %s\n", statuses[i].seen);

		fake_assert(&f, "freeze fd:5 = EACCES", wanted);
		free(wanted);
		free(f.text);
	}
}

static const char steps_of_three[] = "map m prog_array\nfreeze m = 0\ndelete m 0 = 0";

static void assert_ends(struct fake *f, const char *steps, enum outcome wanted, const char *text)
{
	enum outcome outcome;
	char *got = fake_execute(f, steps, &outcome);

	assert_string_equal(got, text);
	assert_int_equal(outcome, wanted);
	assert_int_equal(f->resets, 1);
	free(got);
	free(f->text);
	f->text = NULL;
	f->resets = 0;
}

/* A step that the engine cannot carry out is the last one, and the engine is reset. */
static void early_ends(void **state)
{
	struct fake f = { .op = "map_freeze", .answer = ENGINE_UNSUPPORTED, .why = "no freezing" };

	(void)state;
	assert_ends(&f, steps_of_three, OUTCOME_UNSUPPORTED,
		    "1 map m prog_array = 0\n2 freeze m ! unsupported: no freezing\n");
	f.why = NULL;
	assert_ends(&f, steps_of_three, OUTCOME_UNSUPPORTED,
		    "1 map m prog_array = 0\n"
		    "2 freeze m ! unsupported: the engine has no such operation\n");
	f.answer = ENGINE_FAULT;
	f.why = "stray write";
	assert_ends(&f, steps_of_three, OUTCOME_FAULT,
		    "1 map m prog_array = 0\n2 freeze m ! fault: stray write\n");
	/* Not even waited for. */
	assert_ends(&f, "map m prog_array\neventually freeze m = 0", OUTCOME_FAULT,
		    "1 map m prog_array = 0\n2 eventually freeze m ! fault: stray write\n");
}

static void a_reset_that_fails(void **state)
{
	struct fake f = { .op = "reset", .answer = ENGINE_FAULT, .why = "cannot unmount" };

	(void)state;
	assert_ends(&f, "freeze fd:1 = 0", OUTCOME_FAULT,
		    "1 freeze fd:1 = 0\n2 reset ! fault: cannot unmount\n");
}

/* Every operation may be missing; then the step that needs it says so. */
static void missing_operations(void **state)
{
	static const struct {
		size_t op;
		const char *step;
	} table[] = {
#define OP(op, step) { offsetof(struct engine_ops, op), step }
		OP(map_create, "map n array"),
		OP(map_lookup, "lookup m 0 = 0"),
		OP(map_lookup, "prog-in-slot s m 0"),
		OP(map_update, "update m 0 p = 0"),
		OP(map_delete, "delete m 0 = 0"),
		OP(map_next_key, "next m 0 = 0"),
		OP(map_lookup_and_delete, "lookup-and-delete m 0 = 0"),
		OP(map_batch, "batch-delete m 1 = 0"),
		OP(map_freeze, "freeze m = 0"),
		OP(map_mmap, "mmap m = 0"),
		OP(prog_load, "prog q xdp\n    exit"),
		OP(prog_run, "run p = 0"),
		OP(prog_bind_map, "bind p m = 0"),
		OP(obj_pin, "pin m a = 0"),
		OP(obj_get, "get g a"),
		OP(obj_unpin, "unpin a = 0"),
		OP(map_fd_by_id, "map-by-id n m"),
		OP(prog_fd_by_id, "prog-by-id n p"),
		OP(prog_fd_by_id, "prog-in-slot n m 0"),
		OP(map_info, "info m type = 0"),
		OP(prog_info, "info p type = 0"),
		OP(dup, "dup d m"),
		OP(close, "close m"),
		OP(odd_fd, "freeze fd:closed = 0"),
		OP(odd_fd, "bind p fd:file = 0"),
		OP(odd_fd, "prog e ext target=fd:closed\n    exit"),
		OP(odd_fd, "update m 0 fd:file = 0"),
#undef OP
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct engine_ops ops = fake_ops;
		struct fake f = { .e = { .ops = &ops } };
		bool load = table[i].op == offsetof(struct engine_ops, prog_load);
		bool create = table[i].op == offsetof(struct engine_ops, map_create);
		char *steps =
			xasprintf("%s%s%s", create ? "" : "map m prog_array\n",
				  create || load ? "" : "prog p xdp\n    exit\n", table[i].step);
		const char *expected = strstr(table[i].step, " =");
		size_t len = strcspn(table[i].step, "\n");
		enum outcome outcome;
		char *got, *wanted;

		if (expected)
			len = (size_t)(expected - table[i].step);
		wanted = xasprintf("%d %.*s ! unsupported: the engine has no such operation\n",
				   create ? 1
				   : load ? 2
					  : 3,
				   (int)len, table[i].step);
		memset((char *)&ops + table[i].op, 0, sizeof(void *));
		got = fake_execute(&f, steps, &outcome);
		assert_int_equal(outcome, OUTCOME_UNSUPPORTED);
		assert_true(strlen(got) >= strlen(wanted));
		assert_string_equal(got + strlen(got) - strlen(wanted), wanted);
		free(got);
		free(wanted);
		free(steps);
		free(f.text);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void eventually_it_comes(void **state)
{
	struct fake f = { .op = "map_freeze", .answer = -1, .from = 5 };
	double from = now();

	(void)state;
	fake_assert(&f, "eventually freeze fd:1 = EPERM", "1 eventually freeze fd:1 = EPERM\n");
	assert_int_equal(f.calls, 6);
	assert_true(now() - from < 1.0);
	/* And at once where it is there at once; without the word there is one try. */
	f.from = 0;
	fake_assert(&f, "eventually freeze fd:1 = EPERM", "1 eventually freeze fd:1 = EPERM\n");
	assert_int_equal(f.calls, 1);
	f.from = 1;
	fake_assert(&f, "freeze fd:1 = EPERM", "1 freeze fd:1 = 0\n");
	free(f.text);
}

static void eventually_it_gives_up(void **state)
{
	struct fake f = { .op = "map_freeze", .answer = -1, .from = 3 };
	double from = now(), took;

	(void)state;
	/* The last observation counts. */
	fake_assert(&f, "eventually freeze fd:1 = EINVAL", "1 eventually freeze fd:1 = EPERM\n");
	took = now() - from;
	assert_true(f.calls > 100);
	assert_true(took > 1.9 && took < 10);
	free(f.text);
}

#define LOG9 "one\ntwo\nthree\nfour\nfive\nsix\n\nseven\neight\n"

/* What the verifier said is for people, and only where nobody expected it. */
static void verifier_logs(void **state)
{
	struct fake f = { .op = "prog_load", .answer = -13, .verifier = LOG9 };

	(void)state;
	fake_assert(&f, "prog p xdp\n    exit\nfreeze fd:1 = 0",
		    "1 prog p xdp = EACCES\n# four\n# five\n# six\n# \n# seven\n# eight\n"
		    "2 freeze fd:1 = 0\n");
	fake_assert_asked(&f, "log=65536");
	f.verifier = "no newline";
	fake_assert(&f, "prog p xdp\n    exit\n", "1 prog p xdp = EACCES\n# no newline\n");
	/* Expected. */
	fake_assert(&f, "prog p xdp = EACCES\n    exit\n", "1 prog p xdp = EACCES\n");
	fake_assert_asked(&f, "log=0");
	/* Accepted. */
	f.answer = 0;
	fake_assert(&f, "prog p xdp\n    exit\nfreeze fd:1 = 0",
		    "1 prog p xdp = 0\n2 freeze fd:1 = 0\n");
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb),
		cmocka_unit_test(names_of_errnos),
		cmocka_unit_test(early_ends),
		cmocka_unit_test(a_reset_that_fails),
		cmocka_unit_test(missing_operations),
		cmocka_unit_test(eventually_it_comes),
		cmocka_unit_test(eventually_it_gives_up),
		cmocka_unit_test(verifier_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
