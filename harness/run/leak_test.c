// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Leaks on an engine that keeps objects for as long as it is told to. */
#include "leak.h"

#include <errno.h>

#include "../base/clock.h"

#include "fake_test.h"

#define FOREVER 1000000

/*
 * What the fake engine has, in the order of ids; each is there for so many questions about it, from
 * the question of this number on.
 */
static struct object_there {
	bool is_prog;
	uint32_t id;
	int questions, from;
} there[4];
static int asked;

static int next_of(bool is_prog, uint32_t start, uint32_t *next)
{
	asked++;
	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		struct object_there *o = &there[i];

		if (o->is_prog != is_prog || o->id <= start || o->questions == 0 ||
		    asked <= o->from)
			continue;
		o->questions--;
		*next = o->id;
		return 0;
	}
	return -ENOENT;
}

static int next_map(struct engine *e, uint32_t start, uint32_t *next)
{
	(void)e;
	return next_of(false, start, next);
}

static int next_prog(struct engine *e, uint32_t start, uint32_t *next)
{
	(void)e;
	return next_of(true, start, next);
}

static struct engine_ops ops_with_ids(bool frees_later)
{
	struct engine_ops ops = fake_ops;

	ops.map_next_id = next_map;
	ops.prog_next_id = next_prog;
	ops.frees_later = frees_later;
	memset(there, 0, sizeof(there));
	asked = 0;
	return ops;
}

/* Descriptor 10 has id 1000, 11 has 1001. */
static const char steps[] = "map m prog_array\nprog p xdp\n    exit\nclose p";
#define TRANSCRIPT "1 map m prog_array = 0\n2 prog p xdp = 0\n3 close p = 0\n"

static void nothing_stays(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops };

	(void)state;
	fake_assert(&f, steps, TRANSCRIPT);
	/* Once for each object, and nothing was waited for. */
	assert_int_equal(asked, 2);
	free(f.text);
}

static void what_stays_is_named(void **state)
{
	struct engine_ops ops = ops_with_ids(false);
	struct fake f = { .e.ops = &ops };
	enum outcome outcome;
	char *got;

	(void)state;
	/* Not there yet when the case begins, which asks once a kind. */
	there[0] = (struct object_there){ false, 1000, FOREVER, 2 };
	there[1] = (struct object_there){ true, 1001, FOREVER, 2 };
	got = fake_execute(&f, steps, &outcome);
	assert_string_equal(got, TRANSCRIPT "4 end = leaked map m, prog p\n");
	assert_int_equal(outcome, OUTCOME_COMPLETE);
	free(got);
	/* What is there when the case begins is none of it. */
	fake_assert(&f, steps, TRANSCRIPT);
	free(f.text);
}

static void what_goes_late_is_waited_for(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops };

	(void)state;
	there[0] = (struct object_there){ false, 1000, 3, 0 };
	there[1] = (struct object_there){ true, 1001, 5, 0 };
	fake_assert(&f, steps, TRANSCRIPT);
	assert_int_equal(there[0].questions + there[1].questions, 0);
	free(f.text);
}

struct told {
	unsigned int n, tag;
	char text[100], line[120];
};

static void tell(void *arg, const struct leaving *l, const char *text)
{
	struct told *told = arg;
	char *line = leak_line(l, text);

	told->n++;
	told->tag = l->tag;
	snprintf(told->text, sizeof(told->text), "%s", text);
	snprintf(told->line, sizeof(told->line), "%s", line);
	free(line);
}

static void run_watched(struct fake *f, struct leak_watch *w, unsigned int tag)
{
	struct case_file cases =
		must_parse(HEAD "map m prog_array\nprog p xdp\n    exit\ndup q p\n");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	f->log = out;
	f->next_fd = 10;
	execute_case_watched(&cases.cases[0], &f->e, out, w, tag);
	fclose(out);
	free(text);
	case_file_release(&cases);
}

/* The next cases run while the first one's objects are waited for; the blame stays with it. */
static void blame_is_on_the_right_case(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops, .next_id = 1000 };
	struct leak_watch w = { .patience = 0.01 };
	struct told told = { 0 };

	(void)state;
	there[0] = (struct object_there){ false, 7, FOREVER, 0 };
	leak_begin(&w, &f.e);
	there[1] = (struct object_there){ false, 1000, FOREVER, 0 };
	there[2] = (struct object_there){ false, 1005, FOREVER, 0 }; /* of no handle */
	run_watched(&f, &w, 41);
	there[3] = (struct object_there){ true, 1007, 4, 0 };
	f.next_id = 1006;
	run_watched(&f, &w, 42);
	assert_int_equal(w.n, 2);
	assert_int_equal(told.n, 0);
	leak_settle(&w, &f.e, tell, &told);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.tag, 41);
	assert_string_equal(told.text, "map m, map without a handle");
	assert_string_equal(told.line, "4 end = leaked map m, map without a handle\n");
	/* Told once: it is old now, and no other case is blamed for it. */
	run_watched(&f, &w, 43);
	leak_settle(&w, &f.e, tell, &told);
	assert_int_equal(told.n, 1);
	leak_release(&w);
}

/* A kernel that frees more slowly than cases make is waited for between cases. */
static void a_slow_kernel_catches_up(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops, .next_id = 1000 };
	struct leak_watch w = { .patience = 60 };
	struct told told = { 0 };

	(void)state;
	there[0] = (struct object_there){ false, 1000, 30, 2 };
	leak_begin(&w, &f.e);
	run_watched(&f, &w, 1);
	assert_int_equal(w.n, 1);
	w.looked -= 1;
	/* It is not behind: one look. */
	leak_look(&w, &f.e, tell, &told);
	assert_int_equal(w.left[0].looks, 1);
	w.left[0].since -= LEAK_BEHIND;
	w.looked -= 1;
	leak_look(&w, &f.e, tell, &told);
	assert_int_equal(w.n, 0);
	assert_int_equal(told.n, 0);
	leak_release(&w);
}

/* What is there for long is none as long as others go, up to a limit. */
static void while_others_go(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops, .next_id = 1000 };
	struct leak_watch w = { .patience = 5 };
	struct told told = { 0 };

	(void)state;
	there[0] = (struct object_there){ false, 1000, FOREVER, 2 };
	there[1] = (struct object_there){ false, 1003, 2, 5 };
	leak_begin(&w, &f.e);
	run_watched(&f, &w, 1);
	f.next_id = 1003;
	run_watched(&f, &w, 2);
	assert_int_equal(w.n, 2);
	for (size_t i = 0; i < w.n; i++) {
		w.left[i].since -= 10;
		w.left[i].looks = LEAK_LOOKS;
	}
	/* The second one's map was seen to go just now, or goes in this very look. */
	w.freed = clock_seconds();
	w.looked -= 1;
	leak_look(&w, &f.e, tell, &told);
	assert_int_equal(told.n, 0);
	assert_int_equal(w.n, 1);
	w.left[0].since -= LEAK_LONGEST;
	w.looked -= 1;
	leak_look(&w, &f.e, tell, &told);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.tag, 1);
	leak_release(&w);
}

/* Where others make objects too, only what handles stood for counts; a copy is not a new one. */
static void on_a_shared_kernel(void **state)
{
	struct engine_ops ops = ops_with_ids(true);
	struct fake f = { .e.ops = &ops, .next_id = 1000 };
	struct leak_watch w = { .others = true, .patience = 0.01 };
	struct told told = { 0 };

	(void)state;
	there[0] = (struct object_there){ false, 999, FOREVER, 0 };
	there[1] = (struct object_there){ true, 1001, FOREVER, 0 };
	there[2] = (struct object_there){ false, 1002, FOREVER, 0 };
	run_watched(&f, &w, 5);
	leak_settle(&w, &f.e, tell, &told);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.text, "prog p");
	leak_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stays),
		cmocka_unit_test(what_stays_is_named),
		cmocka_unit_test(what_goes_late_is_waited_for),
		cmocka_unit_test(blame_is_on_the_right_case),
		cmocka_unit_test(a_slow_kernel_catches_up),
		cmocka_unit_test(while_others_go),
		cmocka_unit_test(on_a_shared_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
