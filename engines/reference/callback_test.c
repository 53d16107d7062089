// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions of the kernel, and functions that the kernel calls: kernel/bpf/verifier.c
 * check_kfunc_call, process_irq_flag, process_timer_func. What tail calls have to do with them is
 * in cases/load/hold.case and cases/load/callback.case.
 */
#include "test_util.h"

#define CLS BPF_PROG_TYPE_SCHED_CLS

/* In programs of the tables below: maps whose descriptors are known when the test runs. */
#define FD_TIMERS 1001
#define FD_PLAIN  1002 /* 16 bytes without a timer */
#define FD_LOCKS  1003
#define MAX_INSNS 24

#define END                  \
	{                    \
		.code = 0xff \
	}
#define RET	     MOV_K(0, 0), EXIT
#define KFUNC(n)     INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, n)
#define FUNC(d, n)   INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_FUNC, 0, n), INSN(0, 0, 0, 0, 0)
#define SLOT(off)    MOV_X(1, 10), ADD_K(1, off)
#define SAVE(off)    SLOT(off), KFUNC(IRQ_SAVE)
#define RESTORE(off) SLOT(off), KFUNC(IRQ_RESTORE)
/* The function @n instructions behind the last of these */
#define SET_TIMER(n) LDVAL(1, FD_TIMERS, 0), FUNC(2, 2 + (n)), CALL(BPF_FUNC_timer_set_callback)

/* Numbers in the tables, for names. */
enum { RCU_LOCK, RCU_UNLOCK, PREEMPT_OFF, PREEMPT_ON, IRQ_SAVE, IRQ_RESTORE, NO_SUCH };

static const char *const names[] = { "bpf_rcu_read_lock",   "bpf_rcu_read_unlock",
				     "bpf_preempt_disable", "bpf_preempt_enable",
				     "bpf_local_irq_save",  "bpf_local_irq_restore",
				     "bpf_no_such_function" };

static const struct row {
	const char *what;
	int want;	    /* 0: loads */
	const char *reason; /* in the log */
	struct bpf_insn insns[MAX_INSNS];
} rows[] = {
	{ "a region is left", 0, NULL, { KFUNC(RCU_LOCK), KFUNC(RCU_UNLOCK), RET, END } },
	{ "one in another",
	  0,
	  NULL,
	  { KFUNC(RCU_LOCK), KFUNC(PREEMPT_OFF), KFUNC(RCU_UNLOCK), KFUNC(PREEMPT_ON), RET, END } },
	{ "not left",
	  -EINVAL,
	  "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region",
	  { KFUNC(RCU_LOCK), RET, END } },
	{ "left once of twice",
	  -EINVAL,
	  "inside bpf_preempt_disable-ed region",
	  { KFUNC(PREEMPT_OFF), KFUNC(PREEMPT_OFF), KFUNC(PREEMPT_ON), RET, END } },
	{ "not entered",
	  -EINVAL,
	  "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)",
	  { KFUNC(RCU_UNLOCK), RET, END } },
	{ "another entered",
	  -EINVAL,
	  "unmatched attempt to enable preemption",
	  { KFUNC(RCU_LOCK), KFUNC(PREEMPT_ON), RET, END } },
	{ "ways meet of which one is in a region",
	  -EINVAL,
	  "inside bpf_rcu_read_lock-ed region",
	  { LDX(W, 7, 1, 0), JMP_K(BPF_JEQ, 7, 1, 1), KFUNC(RCU_LOCK), RET, END } },
	{ "with a lock",
	  -EINVAL,
	  "function calls are not allowed while holding a lock",
	  { LDVAL(1, FD_LOCKS, 0), CALL(BPF_FUNC_spin_lock), KFUNC(RCU_LOCK), RET, END } },
	{ "nothing is returned",
	  -EACCES,
	  "R0 !read_ok",
	  { KFUNC(RCU_LOCK), KFUNC(RCU_UNLOCK), EXIT, END } },
	{ "the kernel's, and not modelled",
	  ENGINE_UNSUPPORTED,
	  NULL,
	  { KFUNC(NO_SUCH), RET, END } },

	{ "interrupts off and on", 0, NULL, { SAVE(-8), RESTORE(-8), RET, END } },
	{ "in order", 0, NULL, { SAVE(-8), SAVE(-16), RESTORE(-16), RESTORE(-8), RET, END } },
	{ "out of order",
	  -EACCES,
	  "cannot restore irq state out of order",
	  { SAVE(-8), SAVE(-16), RESTORE(-8), RET, END } },
	{ "twice to one slot",
	  -EINVAL,
	  "expected an uninitialized irq flag as arg#0",
	  { SAVE(-8), SAVE(-8), RET, END } },
	{ "out of another slot",
	  -EINVAL,
	  "expected an initialized irq flag as arg#0",
	  { SAVE(-8), RESTORE(-16), RET, END } },
	{ "off for good", -EINVAL, "inside bpf_local_irq_save-ed region", { SAVE(-8), RET, END } },
	{ "between two slots",
	  -EINVAL,
	  "arg#0 doesn't point to an irq flag on stack",
	  { SAVE(-12), RET, END } },
	{ "out of the frame",
	  -EINVAL,
	  "arg#0 doesn't point to an irq flag on stack",
	  { SAVE(-520), RET, END } },
	{ "not on the stack",
	  -EINVAL,
	  "arg#0 doesn't point to an irq flag on stack",
	  { KFUNC(IRQ_SAVE), RET, END } },
	{ "what was saved is read",
	  -EACCES,
	  "invalid read from stack off -8 size 8",
	  { SAVE(-8), LDX(DW, 1, 10, -8), RET, END } },
	{ "half of it",
	  -EACCES,
	  "invalid read from stack off -4 size 4",
	  { SAVE(-8), LDX(W, 1, 10, -4), RET, END } },
	{ "what was saved is lost",
	  -EINVAL,
	  "expected an initialized irq flag as arg#0",
	  { SAVE(-8), ST(DW, 10, -8, 0), RESTORE(-8), RET, END } },

	{ "a callback", 0, NULL, { SET_TIMER(2), RET, RET, END } },
	{ "twice the same", 0, NULL, { SET_TIMER(7), SET_TIMER(2), RET, RET, END } },
	{ "of what is no timer",
	  -EINVAL,
	  "has no valid bpf_timer",
	  { LDVAL(1, FD_PLAIN, 0), FUNC(2, 4), CALL(BPF_FUNC_timer_set_callback), RET, RET, END } },
	{ "of the context",
	  -EACCES,
	  "R1 type=ctx expected=map_value",
	  { FUNC(2, 4), CALL(BPF_FUNC_timer_set_callback), RET, RET, END } },
	{ "of a part of a timer",
	  -EINVAL,
	  "off 8 doesn't point to 'struct bpf_timer'",
	  { LDVAL(1, FD_TIMERS, 8), FUNC(2, 4), CALL(BPF_FUNC_timer_set_callback), RET, RET,
	    END } },
	{ "a number for a function",
	  -EACCES,
	  "R2 type=scalar expected=func",
	  { LDVAL(1, FD_TIMERS, 0), MOV_K(2, 0), CALL(BPF_FUNC_timer_set_callback), RET, END } },
	{ "it must return 0",
	  -EINVAL,
	  "At program exit the register R0",
	  { SET_TIMER(2), RET, MOV_K(0, 1), EXIT, END } },
	{ "it has map, key and value",
	  0,
	  NULL,
	  { SET_TIMER(2), RET, LDX(W, 0, 2, 0), CALL(BPF_FUNC_map_lookup_elem), RET, END } },
	{ "and no more than that",
	  -EACCES,
	  "R4 !read_ok",
	  { SET_TIMER(2), RET, MOV_X(0, 4), EXIT, END } },
	{ "the key has an end",
	  -EACCES,
	  "invalid access to map key, key_size=4 off=4 size=1",
	  { SET_TIMER(2), RET, LDX(B, 0, 2, 4), RET, END } },
	{ "and is not to be changed",
	  -EACCES,
	  "write to change key not allowed",
	  { SET_TIMER(2), RET, ST(W, 2, 0, 0), RET, END } },
	{ "what the program knows it does not",
	  -EACCES,
	  "R6 !read_ok",
	  { MOV_X(6, 1), SET_TIMER(2), RET, MOV_X(0, 6), EXIT, END } },
	{ "it holds nothing of the program's, and nothing at its end",
	  -EINVAL,
	  "inside bpf_rcu_read_lock-ed region",
	  { SET_TIMER(2), RET, KFUNC(RCU_LOCK), RET, END } },
	{ "it may fill its own frame",
	  0,
	  NULL,
	  { ST(DW, 10, -512, 0), SET_TIMER(2), RET, ST(DW, 10, -512, 0), RET, END } },
};

static int load_row(struct engine *e, const struct row *row, const int *maps, char *log)
{
	struct engine_func funcs[] = { { 0, "main" }, { 1, "callback" } };
	struct engine_kfunc kfuncs[MAX_INSNS];
	struct bpf_insn insns[MAX_INSNS];
	struct engine_prog_load a = { .type = CLS,
				      .insns = insns,
				      .funcs = funcs,
				      .n_funcs = N(funcs),
				      .kfuncs = kfuncs,
				      .log = log,
				      .log_size = 256 };

	while (row->insns[a.n_insns].code != 0xff) {
		struct bpf_insn *in = &insns[a.n_insns];

		*in = row->insns[a.n_insns++];
		if (in->code == 0x18 && in->src_reg == BPF_PSEUDO_MAP_VALUE)
			in->imm = maps[in->imm - FD_TIMERS];
		if (insn_is_kfunc_call(in))
			kfuncs[a.n_kfuncs++] =
				(struct engine_kfunc){ a.n_insns - 1, names[in->imm] };
	}
	return e->ops->prog_load(e, &a);
}

static void test_rows(void **state)
{
	struct engine *e = *state;
	struct engine_map_create timers = { .type = BPF_MAP_TYPE_ARRAY,
					    .key_size = 4,
					    .value_size = 16,
					    .max_entries = 1,
					    .timer = true };
	struct engine_map_create locks = { .type = BPF_MAP_TYPE_ARRAY,
					   .key_size = 4,
					   .value_size = 8,
					   .max_entries = 1,
					   .spin_lock = true };
	const int maps[] = { e->ops->map_create(e, &timers), new_map(e, BPF_MAP_TYPE_ARRAY, 16, 1),
			     e->ops->map_create(e, &locks) };

	for (size_t i = 0; i < N(rows); i++) {
		char log[256] = "";
		int got = load_row(e, &rows[i], maps, log);

		if ((got > 0 ? 0 : got) != rows[i].want ||
		    (rows[i].reason && !strstr(log, rows[i].reason)))
			fail_msg("%s: %d, not %d; %s", rows[i].what, got, rows[i].want, log);
	}
}

/* Values with a timer are 16 bytes, in some types of maps, and of use to some types of programs. */
static void test_timers(void **state)
{
	struct engine *e = *state;
	struct engine_map_create a = { .type = BPF_MAP_TYPE_HASH,
				       .key_size = 4,
				       .value_size = 16,
				       .max_entries = 1,
				       .timer = true };
	struct bpf_insn insns[] = { LDMAP(1, e->ops->map_create(e, &a)), RET };

	assert_int_equal(load_as(e, BPF_PROG_TYPE_RAW_TRACEPOINT, insns, N(insns)),
			 ENGINE_UNSUPPORTED);
	assert_true(load_as(e, BPF_PROG_TYPE_XDP, insns, N(insns)) > 0);
	a.value_size = 8;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
	a.type = BPF_MAP_TYPE_PERCPU_ARRAY;
	a.value_size = 16;
	assert_int_equal(e->ops->map_create(e, &a), -EINVAL);
}

/* That a function is one, and static, only BTF says. */
static void test_btf(void **state)
{
	struct engine *e = *state;
	struct engine_func funcs[] = { { 0, "main" }, { 4, "callback" } };
	struct bpf_insn insns[] = { FUNC(1, 3), RET, RET };
	struct engine_prog_load a = {
		.type = CLS, .insns = insns, .n_insns = N(insns), .funcs = funcs, .n_funcs = 2
	};

	assert_true(e->ops->prog_load(e, &a) > 0);
	a.global_funcs = true;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
	a.global_funcs = false;
	a.no_btf = true;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
}

/* Nothing but the kernel calls it, and without BTF not even the kernel. */
static void test_exceptions(void **state)
{
	struct engine *e = *state;
	struct engine_func funcs[] = { { 0, "main" }, { 2, "caught" } };
	struct bpf_insn number[] = { RET, MOV_X(0, 1), EXIT };
	struct bpf_insn context[] = { RET, LDX(W, 0, 1, 0), EXIT };
	struct engine_prog_load a = { .type = CLS,
				      .insns = number,
				      .n_insns = N(number),
				      .funcs = funcs,
				      .n_funcs = 2,
				      .exception_callback = 2 };

	assert_true(e->ops->prog_load(e, &a) > 0);
	a.no_btf = true;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
	a.no_btf = false;
	a.exception_callback = 0;
	assert_int_equal(e->ops->prog_load(e, &a), -EINVAL);
	a.exception_callback = 2;
	a.insns = context;
	assert_int_equal(e->ops->prog_load(e, &a), -EACCES);
}

/* The timer was never initialised; interrupts do not matter here, and the flags are not given. */
static void test_run_them(void **state)
{
	struct engine *e = *state;
	struct engine_map_create timers = { .type = BPF_MAP_TYPE_ARRAY,
					    .key_size = 4,
					    .value_size = 16,
					    .max_entries = 1,
					    .timer = true };
	const int maps[] = { e->ops->map_create(e, &timers) };
	const struct row set = { "", 0, NULL, { SET_TIMER(1), EXIT, RET, END } };
	const struct row irq = { "", 0, NULL, { SAVE(-8), RESTORE(-8), MOV_K(0, 5), EXIT, END } };
	char data[64] = { 0 }, log[256];
	struct engine_run run = { .data_in = data, .data_size_in = sizeof(data) };

	run.fd = load_row(e, &set, maps, log);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, (uint32_t)-EINVAL);
	run.fd = load_row(e, &irq, maps, log);
	assert_int_equal(e->ops->prog_run(e, &run), 0);
	assert_int_equal(run.retval, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_rows),	      ENGINE_TEST(test_timers), ENGINE_TEST(test_btf),
		ENGINE_TEST(test_exceptions), BOTH_TEST(test_run_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
