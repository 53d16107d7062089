// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockets and locks that a program holds: kernel/bpf/verifier.c check_reference_leak,
 * release_reference, process_spin_lock. What a tail call has to do with them is in
 * cases/load/hold.case.
 */
#include "test_util.h"

#define CLS BPF_PROG_TYPE_SCHED_CLS

/* In programs of the tables below: maps whose descriptors are known when the test runs. */
#define FD_LOCKS  1001 /* a lock and an int */
#define FD_OTHERS 1002 /* the same once more */
#define FD_PLAIN  1003 /* 8 bytes without a lock */
#define MAX_INSNS 24

struct row {
	const char *what;
	int want;	    /* 0: loads */
	const char *reason; /* in the log */
	struct bpf_insn insns[MAX_INSNS];
};

#define END                  \
	{                    \
		.code = 0xff \
	}
#define RET    MOV_K(0, 0), EXIT
#define UNLOCK CALL(BPF_FUNC_spin_unlock)
#define LOCK   CALL(BPF_FUNC_spin_lock)
/* r6 is the context; r0 a socket or null */
#define LOOK_UP                                                                          \
	MOV_X(6, 1), ST(DW, 10, -16, 0), ST(DW, 10, -8, 0), MOV_X(2, 10), ADD_K(2, -16), \
		MOV_K(3, 12), MOV_K(4, -1), MOV_K(5, 0), CALL(BPF_FUNC_sk_lookup_tcp)
#define RELEASE(r) MOV_X(1, r), CALL(BPF_FUNC_sk_release)

static const struct row rows[] = {
	{ "a socket is given back",
	  0,
	  NULL,
	  { LOOK_UP, JMP_K(BPF_JEQ, 0, 0, 2), RELEASE(0), RET, END } },
	{ "a socket that may be null",
	  -EACCES,
	  "R1 type=sock_or_null expected=sock",
	  { LOOK_UP, RELEASE(0), RET, END } },
	{ "the context is no socket",
	  -EACCES,
	  "R1 type=ctx expected=sock",
	  { CALL(BPF_FUNC_sk_release), RET, END } },
	{ "a socket is given back twice",
	  -EACCES,
	  "R1 type=scalar expected=sock",
	  { LOOK_UP, JMP_K(BPF_JEQ, 0, 0, 5), MOV_X(7, 0), RELEASE(0), RELEASE(7), RET, END } },
	{ "a copy on the stack is gone too",
	  -EACCES,
	  "R1 type=scalar expected=sock",
	  { LOOK_UP, JMP_K(BPF_JEQ, 0, 0, 6), STX(DW, 10, -8, 0), RELEASE(0), LDX(DW, 2, 10, -8),
	    RELEASE(2), RET, END } },
	{ "a socket is kept", -EINVAL, "Unreleased reference", { LOOK_UP, RET, END } },
	{ "two ways meet while it is held",
	  0,
	  NULL,
	  { LOOK_UP, JMP_K(BPF_JEQ, 0, 0, 6), MOV_X(7, 0), LDX(W, 8, 6, 0), JMP_K(BPF_JEQ, 8, 1, 1),
	    MOV_K(8, 5), RELEASE(7), RET, END } },
	{ "two ways meet, and on one it is given back already",
	  -EACCES,
	  "R1 type=scalar expected=sock",
	  { LOOK_UP, JMP_K(BPF_JEQ, 0, 0, 7), MOV_X(7, 0), LDX(W, 8, 6, 0), JMP_K(BPF_JEQ, 8, 1, 2),
	    RELEASE(7), RELEASE(7), RET, END } },

	{ "a lock is given back",
	  0,
	  NULL,
	  { LDVAL(6, FD_LOCKS, 0), MOV_X(1, 6), LOCK, MOV_X(1, 6), UNLOCK, RET, END } },
	{ "the context has no lock",
	  -EACCES,
	  "R1 type=ctx expected=map_value",
	  { LOCK, RET, END } },
	{ "a map without locks",
	  -EINVAL,
	  "has no valid bpf_spin_lock",
	  { LDVAL(1, FD_PLAIN, 0), LOCK, RET, END } },
	{ "beside the lock",
	  -EINVAL,
	  "off 4 doesn't point to 'struct bpf_spin_lock'",
	  { LDVAL(1, FD_LOCKS, 4), LOCK, RET, END } },
	{ "a lock that is not held",
	  -EINVAL,
	  "bpf_spin_unlock without taking a lock",
	  { LDVAL(1, FD_LOCKS, 0), UNLOCK, RET, END } },
	{ "another map's lock",
	  -EINVAL,
	  "bpf_spin_unlock without taking a lock",
	  { LDVAL(1, FD_LOCKS, 0), LOCK, LDVAL(1, FD_OTHERS, 0), UNLOCK, RET, END } },
	{ "a lock is kept",
	  -EINVAL,
	  "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region",
	  { LDVAL(1, FD_LOCKS, 0), LOCK, RET, END } },
	{ "a second lock",
	  -EINVAL,
	  "function calls are not allowed while holding a lock",
	  { LDVAL(1, FD_LOCKS, 0), LOCK, LDVAL(1, FD_OTHERS, 0), LOCK, RET, END } },
	{ "a load from the packet, which may end the program",
	  -EINVAL,
	  "BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed region",
	  { MOV_X(6, 1), LDVAL(1, FD_LOCKS, 0), LOCK, INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 0),
	    RET, END } },
};

static int load_row(struct engine *e, const struct row *row, const int *maps, char *log)
{
	struct bpf_insn insns[MAX_INSNS];
	struct engine_prog_load a = { .type = CLS, .insns = insns, .log = log, .log_size = 256 };

	while (row->insns[a.n_insns].code != 0xff) {
		struct bpf_insn *in = &insns[a.n_insns];

		*in = row->insns[a.n_insns++];
		if (insn_is_wide(in) && in->src_reg)
			in->imm = maps[in->imm - FD_LOCKS];
	}
	return e->ops->prog_load(e, &a);
}

static void test_rows(void **state)
{
	struct engine *e = *state;
	struct engine_map_create locks = { .type = BPF_MAP_TYPE_ARRAY,
					   .key_size = 4,
					   .value_size = 8,
					   .max_entries = 1,
					   .spin_lock = true };
	const int maps[] = { e->ops->map_create(e, &locks), e->ops->map_create(e, &locks),
			     new_map(e, BPF_MAP_TYPE_ARRAY, 8, 1) };

	for (size_t i = 0; i < N(rows); i++) {
		char log[256] = "";
		int got = load_row(e, &rows[i], maps, log);

		if ((got > 0 ? 0 : got) != rows[i].want ||
		    (rows[i].reason && !strstr(log, rows[i].reason)))
			fail_msg("%s: %d, not %d; %s", rows[i].what, got, rows[i].want, log);
	}
}

/* As many sockets as are followed, and one more. */
static void test_many(void **state)
{
	struct engine *e = *state;
	const struct bpf_insn look_up[] = { LOOK_UP, MOV_X(1, 6) };
	struct bpf_insn insns[9 * N(look_up) + 2];
	struct bpf_insn end[] = { RET };

	for (uint32_t n = 1; n <= 9; n++) {
		uint32_t len = n * N(look_up);

		memcpy(insns + len - N(look_up), look_up, sizeof(look_up));
		memcpy(insns + len, end, sizeof(end));
		assert_int_equal(load_as(e, CLS, insns, len + 2),
				 n < 9 ? -EINVAL : ENGINE_UNSUPPORTED);
	}
	assert_non_null(strstr(e->why, "more than 8 references at a time are not modelled"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(test_rows),
		ENGINE_TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
