// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Engines that share which programs passed the checks: a program is known again, and one that
 * differs in anything that the checks look at is not.
 */
#include "checked.h"
#include "test_util.h"

#include <stdlib.h>

#define SF  BPF_PROG_TYPE_SOCKET_FILTER
#define CLS BPF_PROG_TYPE_SCHED_CLS

struct pair {
	struct checked *checked;
	struct engine *a, *b;
};

static int pair_set_up(void **state)
{
	static struct pair p;

	p.checked = reference_checked_new();
	p.a = reference_interp_new(0);
	p.b = reference_jit_new(0);
	reference_share_checked(p.a, p.checked);
	reference_share_checked(p.b, p.checked);
	*state = &p;
	return 0;
}

static int pair_tear_down(void **state)
{
	struct pair *p = *state;
	int err = p->a->ops->reset(p->a) | p->b->ops->reset(p->b);

	p->a->ops->destroy(p->a);
	p->b->ops->destroy(p->b);
	reference_checked_free(p->checked);
	return err;
}

#define PAIR_TEST(f) cmocka_unit_test_setup_teardown(f, pair_set_up, pair_tear_down)

#define LOOKUP(map) LDMAP(1, map), ST(W, 10, -4, 0), MOV_X(2, 10), ADD_K(2, -4), CALL(1)

/* Is @insns, loaded by @e with what @like says, one that is known? */
static bool known(struct engine *e, struct prog *like, const struct bpf_insn *insns)
{
	struct prog prog = *like;
	struct checker c = { .ref = to_ref(e), .prog = &prog };
	struct bpf_insn resolved[16];
	bool found;

	assert_true(prog.n_insns <= N(resolved));
	memcpy(resolved, insns, prog.n_insns * sizeof(*insns));
	prog.insns = resolved;
	found = checked_find(&c, insns);
	prog_drop_maps(to_ref(e), &prog);
	free(prog.funcs);
	free(prog.sites);
	free(prog.reached);
	return found;
}

/* Tail calls, direct and not, a local function: the other engine has it all. */
static void test_known_again(void **state)
{
	struct pair *p = *state;
	struct engine *engines[] = { p->a, p->b };

	for (size_t i = 0; i < N(engines); i++) {
		struct engine *e = engines[i];
		int m = new_prog_array(e, 2);
		const struct bpf_insn insns[] = {
			MOV_X(6, 1), CALL_LOCAL(7), MOV_X(1, 6), LDMAP(2, m), MOV_K(3, 1),
			CALL(12),    MOV_K(0, 0),   EXIT,	 MOV_K(0, 3), EXIT,
		};
		struct prog like = { .type = SF, .n_insns = N(insns) };
		int prog;

		assert_int_equal(known(e, &like, insns), i > 0);
		prog = load(e, insns, N(insns));
		assert_true(prog > 0);
		assert_true(known(e, &like, insns));
		assert_int_equal(update(e, m, 1, (uint64_t)load_const(e, 42), 0), 0);
		assert_int_equal(result_of(e, prog), 42);
	}
}

/* Wide numbers beside a map that is named twice. */
static void test_wide(void **state)
{
	struct pair *p = *state;
	int m = new_map(p->a, BPF_MAP_TYPE_ARRAY, 8, 1);
	const struct bpf_insn insns[] = {
		LDDW(0, 0x100000007), LDVAL(1, m, 0), LDDW(2, 0x200000000), LDVAL(3, m, 4), EXIT,
	};
	struct prog like = { .type = SF, .n_insns = N(insns) };

	assert_true(load(p->a, insns, N(insns)) > 0);
	assert_true(known(p->a, &like, insns));
	assert_int_equal(new_map(p->b, BPF_MAP_TYPE_ARRAY, 8, 1), m);
	assert_true(known(p->b, &like, insns));
	assert_int_equal(result_of(p->b, load(p->b, insns, N(insns))), 7);
}

/* The same instructions and descriptors, but another map behind them. */
static void test_other_map(void **state)
{
	struct pair *p = *state;
	struct engine *e = p->a;
	int m = new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1);
	const struct bpf_insn insns[] = {
		LOOKUP(m), JMP_K(BPF_JEQ, 0, 0, 1), ST(DW, 0, 8, 0), MOV_K(0, 0), EXIT,
	};
	struct engine_map_create a = {
		.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 16, .max_entries = 1
	};

	assert_true(load(e, insns, N(insns)) > 0);
	assert_int_equal(e->ops->reset(e), 0);
	assert_int_equal(load(e, insns, N(insns)), -EBADF);
	assert_int_equal(new_prog_array(e, 1), m);
	assert_int_equal(load(e, insns, N(insns)), -EINVAL);
	assert_int_equal(e->ops->reset(e), 0);
	a.value_size = 8;
	assert_int_equal(e->ops->map_create(e, &a), m);
	assert_int_equal(load(e, insns, N(insns)), -EACCES);
	assert_int_equal(e->ops->reset(e), 0);
	a.value_size = 16;
	a.flags = BPF_F_RDONLY_PROG;
	assert_int_equal(e->ops->map_create(e, &a), m);
	assert_int_equal(load(e, insns, N(insns)), -EACCES);
}

/* The same outer map, but another model of what is in it. */
static void test_other_inner_map(void **state)
{
	struct pair *p = *state;
	struct engine *e = p->a;
	const uint32_t sizes[] = { 16, 8 };

	for (size_t i = 0; i < N(sizes); i++) {
		int inner = new_map(e, BPF_MAP_TYPE_ARRAY, sizes[i], 1);
		struct engine_map_create a = { .type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
					       .key_size = 4,
					       .value_size = 4,
					       .max_entries = 1,
					       .inner_map_fd = (uint32_t)inner };
		int m = e->ops->map_create(e, &a);
		const struct bpf_insn insns[] = {
			LOOKUP(m),
			JMP_K(BPF_JEQ, 0, 0, 7),
			MOV_X(1, 0),
			ST(W, 10, -4, 0),
			MOV_X(2, 10),
			ADD_K(2, -4),
			CALL(1),
			JMP_K(BPF_JEQ, 0, 0, 1),
			ST(DW, 0, 8, 0),
			MOV_K(0, 0),
			EXIT,
		};
		int fd = load(e, insns, N(insns));

		assert_true(i ? fd == -EACCES : fd > 0);
		assert_int_equal(e->ops->reset(e), 0);
	}
}

/* Two descriptors of one map, or of two. */
static void test_dup(void **state)
{
	struct pair *p = *state;
	int m = new_map(p->a, BPF_MAP_TYPE_ARRAY, 8, 1), n = p->a->ops->dup(p->a, m);
	const struct bpf_insn insns[] = { LDMAP(1, m), LDMAP(1, n), MOV_K(0, 0), EXIT };
	struct engine_prog_info info;

	assert_int_equal(p->a->ops->prog_info(p->a, load(p->a, insns, N(insns)), &info), 0);
	assert_int_equal(info.nr_map_ids, 1);
	assert_int_equal(new_map(p->b, BPF_MAP_TYPE_ARRAY, 8, 1), m);
	assert_int_equal(new_map(p->b, BPF_MAP_TYPE_ARRAY, 8, 1), n);
	assert_int_equal(p->b->ops->prog_info(p->b, load(p->b, insns, N(insns)), &info), 0);
	assert_int_equal(info.nr_map_ids, 2);
}

/* Program type, function info and quirks decide too. */
static void test_other_attributes(void **state)
{
	struct pair *p = *state;
	struct engine *e = p->a;
	int m = new_prog_array(e, 1);
	const struct bpf_insn mark[] = { ST(W, 1, 8, 7), MOV_K(0, 0), EXIT };
	const struct bpf_insn priority[] = { ST(W, 1, 32, 7), MOV_K(0, 0), EXIT };
	const struct bpf_insn calls[] = {
		CALL_LOCAL(2), MOV_K(0, 0), EXIT,	 LDMAP(2, m),
		MOV_K(3, 0),   CALL(12),    MOV_K(0, 0), EXIT,
	};
	struct engine_func funcs[] = { { 0, "main" }, { 3, "f" } };
	struct engine_prog_load a = {
		.type = SF, .insns = calls, .n_insns = N(calls), .funcs = funcs, .n_funcs = 2
	};

	/* Of __sk_buff's fields a classifier may write mark and priority, a socket filter neither.
	 */
	assert_true(load_as(e, CLS, mark, N(mark)) > 0);
	assert_int_equal(load_as(e, SF, mark, N(mark)), -EACCES);
	assert_true(load_as(e, CLS, priority, N(priority)) > 0);
	assert_int_equal(load_as(e, SF, priority, N(priority)), -EACCES);
	assert_true(e->ops->prog_load(e, &a) > 0);
	a.no_btf = true;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
	a.no_btf = false;
	reference_set_quirks(e, QUIRK(NO_MIXED_CALLS));
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_TEST(test_known_again), PAIR_TEST(test_wide),
		PAIR_TEST(test_other_map),   PAIR_TEST(test_other_inner_map),
		PAIR_TEST(test_dup),	     PAIR_TEST(test_other_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
