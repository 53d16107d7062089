// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Interpreter against JIT: the same programs, made at random, to the same effect in results, in
 * messages and in maps; and all cases below $TAILCHECK_ROOT/cases, to the same transcript.
 */
#include "../../harness/case/suite.h"
#include "../../harness/run/execute.h"
#include "test_random.h"

#include <stdlib.h>

#include "ref.h"

#define ROUNDS 6000
#define RENEW  40 /* programs that one pair of engines sees */

static void make_maps(struct engine *e, struct maps *maps, const uint64_t *value)
{
	maps->value = new_map(e, BPF_MAP_TYPE_ARRAY, VALUE, 1);
	maps->array = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 8);
	maps->hash = new_map(e, BPF_MAP_TYPE_HASH, 16, 4);
	maps->progs = new_prog_array(e, 5);
	struct engine_elem el = { .fd = maps->value,
				  .key = &(uint32_t){ 0 },
				  .value = (void *)value };

	assert_int_equal(e->ops->map_update(e, &el), 0);
	reference_set_budget(e, 3000);
}

static int load_made(struct engine *e, const struct making *m, uint32_t function)
{
	struct engine_func funcs[] = { { 0, "main" }, { function, "sub" } };
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SCHED_CLS,
				      .insns = m->insns,
				      .n_insns = m->n,
				      .funcs = funcs,
				      .n_funcs = function ? 2 : 1 };

	return e->ops->prog_load(e, &a);
}

struct seen {
	int loaded, status;
	uint32_t result;
	char why[256];
	uint8_t value[VALUE], array[8][16];
	uint8_t packet[64];
};

static void look(struct engine *e, const struct maps *maps, struct seen *s)
{
	struct engine_elem el = { .fd = maps->value, .key = &(uint32_t){ 0 }, .value = s->value };

	assert_int_equal(e->ops->map_lookup(e, &el), 0);
	for (uint32_t i = 0; i < N(s->array); i++) {
		struct engine_elem a = { .fd = maps->array, .key = &i, .value = s->array[i] };

		assert_int_equal(e->ops->map_lookup(e, &a), 0);
	}
}

static void run_made(struct engine *e, const struct making *m, uint32_t function,
		     const struct maps *maps, uint32_t slot, struct seen *s)
{
	char data[64] = { 0 };
	struct engine_run run = { .data_in = data,
				  .data_size_in = sizeof(data),
				  .data_out = s->packet,
				  .data_size_out = sizeof(s->packet),
				  .repeat = 2 };

	memset(s, 0, sizeof(*s));
	s->loaded = run.fd = load_made(e, m, function);
	if (run.fd < 0)
		return;
	s->status = e->ops->prog_run(e, &run);
	s->result = run.retval;
	if (s->status == ENGINE_FAULT)
		memcpy(s->why, e->why, strnlen(e->why, sizeof(e->why) - 1));
	update(e, maps->progs, slot, (uint32_t)run.fd, 0);
	look(e, maps, s);
	e->ops->close(e, run.fd);
}

static void compare(const struct making *m, const struct seen *a, const struct seen *b, int round)
{
	if (memcmp(a, b, sizeof(*a)) == 0)
		return;
	for (uint32_t i = 0; i < m->n; i++)
		print_message("%3u: %02x r%u r%u %d %d\n", i, m->insns[i].code, m->insns[i].dst_reg,
			      m->insns[i].src_reg, m->insns[i].off, m->insns[i].imm);
	fail_msg("round %d: loaded %d %d, status %d %d, result %x %x\n%s\n%s", round, a->loaded,
		 b->loaded, a->status, b->status, a->result, b->result, a->why, b->why);
}

struct tally {
	uint32_t loaded, faults, exhausted;
};

static void pair_of_engines(quirk_set quirks, bool unchecked, int round, struct tally *t)
{
	struct engine *e[2] = { reference_interp_new(quirks), reference_jit_new(quirks) };
	struct maps maps;
	struct making *m = calloc(1, sizeof(*m));
	struct seen s[2];
	uint64_t value[VALUE / 8];

	for (size_t i = 0; i < N(value); i++)
		value[i] = rnd64();
	for (int i = 0; i < 2; i++) {
		make_maps(e[i], &maps, value);
		to_ref(e[i])->unchecked = unchecked;
	}
	for (int n = 0; n < RENEW; n++) {
		uint32_t function = make(m, &maps, unchecked), slot = rnd(5);

		for (int i = 0; i < 2; i++)
			run_made(e[i], m, function, &maps, slot, &s[i]);
		compare(m, &s[0], &s[1], round + n);
		t->loaded += s[0].loaded > 0;
		t->faults += s[0].status == ENGINE_FAULT;
		t->exhausted += strstr(s[0].why, "budget") != NULL;
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(e[i]->ops->reset(e[i]), 0);
		e[i]->ops->destroy(e[i]);
	}
	free(m);
}

static void random_programs(quirk_set quirks, bool unchecked)
{
	struct tally t = { 0 };

	seed = 0x2545f4914f6cdd1dULL + (uint64_t)quirks + unchecked;
	for (int round = 0; round < ROUNDS; round += RENEW)
		pair_of_engines(quirks, unchecked, round, &t);
	print_message("%u of %u loaded, %u faults, %u of them for the budget\n", t.loaded, ROUNDS,
		      t.faults, t.exhausted);
	assert_true(t.loaded > ROUNDS / 2 && t.faults < t.loaded / 2);
}

static void test_random(void **state)
{
	(void)state;
	random_programs(0, false);
}

static void test_random_unchecked(void **state)
{
	(void)state;
	random_programs(0, true);
}

static void test_random_quirks(void **state)
{
	(void)state;
	random_programs(QUIRK(EMPTY_SLOT_COUNTS) | QUIRK(FUNCTION_CALLS_UNCOUNTED), false);
}

static char *transcript(const struct test_case *c, struct engine *e)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	execute_case(c, e, out);
	fclose(out);
	e->ops->destroy(e);
	return text;
}

/* With all quirks that there are at once, too: a case then hits whatever it may. */
static void compare_cases(const char *path)
{
	struct suite suite = { 0 };
	struct diag d;

	assert_int_equal(suite_add(&suite, path, &d), 0);
	assert_int_equal(suite_finish(&suite, &d), 0);
	assert_true(suite.n_cases > 0);
	for (size_t i = 0; i < 2 * suite.n_cases; i++) {
		const struct test_case *c = suite.cases[i / 2];
		quirk_set quirks = i % 2 ? QUIRKS_ALL & ~QUIRKS_INTERP_ONLY : 0;
		char *a = transcript(c, reference_interp_new(quirks));
		char *b = transcript(c, reference_jit_new(quirks));

		if (strcmp(a, b) != 0)
			fail_msg("%s, quirks %#llx:\n%s\n%s", c->name, (unsigned long long)quirks,
				 a, b);
		free(a);
		free(b);
	}
	suite_release(&suite);
}

static const char *root(void)
{
	const char *dir = getenv("TAILCHECK_ROOT");

	return dir ? dir : ".";
}

static void test_cases(void **state)
{
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/cases", root());
	compare_cases(path);
}

static void test_generated_cases(void **state)
{
	char folder[] = "/tmp/tailcheck-jit-XXXXXX", path[64], command[8192];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/graphs.case", folder);
	snprintf(command, sizeof(command),
		 "python3 '%s/generators/generate.py' graphs --seed 7 --count 300 -o %s", root(),
		 path);
	assert_int_equal(system(command), 0);
	compare_cases(path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(remove(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),		cmocka_unit_test(test_random_unchecked),
		cmocka_unit_test(test_random_quirks),	cmocka_unit_test(test_cases),
		cmocka_unit_test(test_generated_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
