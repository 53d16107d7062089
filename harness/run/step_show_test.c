// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps that show objects in other ways, and steps of tasks that may do little. */
#include "fake_test.h"

static const char *shown; /* what files hold */
static int caps_fail_at, caps_calls;

static int show(char *text, size_t size)
{
	snprintf(text, size, "%s", shown);
	return 0;
}

static int fake_fdinfo(struct engine *e, int fd, char *text, size_t size)
{
	int ret = fake_call(e, "fdinfo", " fd=%d", fd);

	return ret ? ret : show(text, size);
}

static int fake_pin_read(struct engine *e, const char *path, char *text, size_t size)
{
	int ret = fake_call(e, "pin_read", " path=%s", path);

	return ret ? ret : show(text, size);
}

static int fake_set_caps(struct engine *e, enum engine_caps caps)
{
	fake_call(e, "set_caps", " %d", (int)caps);
	return ++caps_calls == caps_fail_at ? ENGINE_FAULT : 0;
}

static int fake_prog_insns(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n)
{
	static const struct bpf_insn some[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = BPF_JMP | BPF_CALL,
		  .src_reg = BPF_PSEUDO_CALL,
		  .imm = BPF_FUNC_tail_call },
		{ .code = BPF_JMP | BPF_EXIT, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
	};
	int ret = fake_call(e, "prog_insns", " fd=%d", fd);

	memcpy(insns, some, sizeof(some));
	*n = sizeof(some) / sizeof(some[0]);
	return ret;
}

static struct engine_ops ops;

static int set_up(void **state)
{
	(void)state;
	ops = fake_ops;
	ops.fdinfo = fake_fdinfo;
	ops.pin_read = fake_pin_read;
	ops.set_caps = fake_set_caps;
	ops.prog_insns = fake_prog_insns;
	caps_calls = caps_fail_at = 0;
	return 0;
}

static void fdinfo(void **state)
{
	struct fake f = { .e.ops = &ops };

	(void)state;
	shown = "pos:\t0\nmap_type:\t3\nmap_flags:\t0x1c\nfrozen:\t1\nkey_size:\tx\n"
		"xvalue_size:\t9\nvalue_size:";
	fake_assert(&f,
		    "map m prog_array\nfdinfo m map_type = 3\nfdinfo m map_flags = 28\n"
		    "fdinfo m owner_jited = 0\nfdinfo m key_size = 4\nfdinfo m value_size = 4",
		    "1 map m prog_array = 0\n2 fdinfo m map_type = 3\n3 fdinfo m map_flags = 28\n"
		    "4 fdinfo m owner_jited = absent\n5 fdinfo m key_size = no-number\n"
		    "6 fdinfo m value_size = no-number\n");
	fake_assert_asked(&f, "fdinfo fd=10\n");
	f.op = "fdinfo";
	f.answer = -9;
	fake_assert(&f, "fdinfo fd:-1 frozen = 0", "1 fdinfo fd:-1 frozen = EBADF\n");
	free(f.text);
}

static void cat(void **state)
{
	struct fake f = { .e.ops = &ops };

	(void)state;
	shown = "# for debugging\n0: 1001\n7: 1000\n8: 55\n";
	fake_assert(&f, "prog a xdp\n    exit\nprog b xdp\n    exit\ncat table = 0:b,7:a",
		    "1 prog a xdp = 0\n2 prog b xdp = 0\n3 cat table = 0:b,7:a,8:unknown-id\n");
	fake_assert_asked(&f, "pin_read path=table\n");
	shown = "# for debugging\n";
	fake_assert(&f, "cat table = nothing", "1 cat table = nothing\n");
	shown = "0=1\n";
	fake_assert(&f, "cat table = nothing", "1 cat table = unknown-line\n");
	f.op = "pin_read";
	f.answer = -5;
	fake_assert(&f, "cat table = EIO", "1 cat table = EIO\n");
	free(f.text);
}

/* A call of a function of the program's own, whose distance is 12, is none. */
static void tail_calls(void **state)
{
	struct fake f = { .e.ops = &ops };

	(void)state;
	fake_assert(&f, "prog p xdp\n    exit\ninfo p tail_calls = 2",
		    "1 prog p xdp = 0\n2 info p tail_calls = 2\n");
	free(f.text);
}

static int fake_iter_attach(struct engine *e, int prog_fd, int map_fd)
{
	return fake_call(e, "iter_attach", " prog=%d map=%d", prog_fd, map_fd);
}

static int fake_freeze_during(struct engine *e, int fd, enum bpf_cmd cmd)
{
	return fake_call(e, "map_freeze_during", " fd=%d cmd=%d", fd, cmd);
}

static int fake_token(struct engine *e, uint64_t commands, uint64_t maps)
{
	return fake_call(e, "token_create", " %llx %llx", (unsigned long long)commands,
			 (unsigned long long)maps);
}

/* What their options make of attach and freeze, and what a token grants. */
static void options_that_are_operations(void **state)
{
	struct fake f = { .e.ops = &ops };

	(void)state;
	ops.iter_attach = fake_iter_attach;
	ops.map_freeze_during = fake_freeze_during;
	ops.token_create = fake_token;
	f.op = "map_freeze_during";
	f.answer = -16;
	fake_assert(&f,
		    "map m array\nprog p xdp no-jit-memory on-device\n    exit\n"
		    "attach l p map=m = 0\nattach k p map=7 = 0\nfreeze m during=delete = EBUSY\n"
		    "freeze m during=next = EBUSY\ntoken t grants=prog_array|map_create|prog_load",
		    "1 map m array = 0\n2 prog p xdp no-jit-memory on-device = 0\n"
		    "3 attach l p map=m = 0\n4 attach k p map=7 = 0\n"
		    "5 freeze m during=delete = EBUSY\n6 freeze m during=next = EBUSY\n"
		    "7 token t grants=prog_array|map_create|prog_load = 0\n");
	fake_assert_asked(&f, "log=65536 no-memory on-device\n");
	fake_assert_asked(&f, "iter_attach prog=11 map=10\niter_attach prog=11 map=7\n"
			      "map_freeze_during fd=10 cmd=3\nmap_freeze_during fd=10 cmd=4\n"
			      "token_create 21 8\n");
	free(f.text);
}

/* One step long, also where the step is refused. */
static void capabilities(void **state)
{
	struct fake f = { .e.ops = &ops, .op = "map_freeze", .answer = -1 };
	enum outcome outcome;

	(void)state;
	fake_assert(&f, "map m prog_array caps=bpf\nfreeze m caps=none = EPERM",
		    "1 map m prog_array caps=bpf = 0\n2 freeze m caps=none = EPERM\n");
	assert_int_equal(caps_calls, 4);
	fake_assert_asked(&f, "set_caps 1\nmap_create");
	fake_assert_asked(&f, "set_caps 2\nmap_freeze fd=10\nset_caps 0\n");
	/* A task that cannot come back must not go on. */
	for (caps_fail_at = 1; caps_fail_at <= 2; caps_fail_at++) {
		caps_calls = 0;
		free(fake_execute(&f, "freeze fd:3 caps=none = EPERM", &outcome));
		assert_int_equal(outcome, OUTCOME_FAULT);
	}
	ops.set_caps = NULL;
	free(fake_execute(&f, "freeze fd:3 caps=none = EPERM", &outcome));
	assert_int_equal(outcome, OUTCOME_UNSUPPORTED);
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fdinfo, set_up),
		cmocka_unit_test_setup(cat, set_up),
		cmocka_unit_test_setup(tail_calls, set_up),
		cmocka_unit_test_setup(options_that_are_operations, set_up),
		cmocka_unit_test_setup(capabilities, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
