// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loading: what the engine is given. Running: packets and contexts in, what changed out. */
#include "fake_test.h"

#include "../case/words.h"

#define PROG(type) "prog p " type "\n    exit\n"

static const struct {
	const char *steps, *asked;
} loads[] = {
	{ PROG("xdp"),
	  "prog_load type=6 attach=0 flags=0 n=1 imm=0 funcs=0 - btf=1 name= license=- log=65536" },
	{ "prog p xdp attach=xdp flags=SLEEPABLE name=sixteen_letters_ license=GPL no-btf\n    "
	  "exit",
	  "attach=37 flags=10 n=1 imm=0 funcs=0 - btf=0 name=sixteen_letters_ license=GPL "
	  "log=65536" },
	{ PROG("99 attach=98 flags=0x80000000"), "type=99 attach=98 flags=80000000" },
	/* Maps by descriptor; functions by name where there are any. */
	{ "map m array\nmap n array\nprog p xdp\n    r1 = n ll\n    exit", "n=3 imm=11 funcs=0 -" },
	{ "prog p xdp\n    call next\n    exit\n    next:\n    exit", "imm=1 funcs=2 next btf=1" },
	{ "prog p xdp global\n    call next\n    exit\n    next:\n    exit", "funcs=2 next btf=2" },
	{ "prog p tracing void-funcs attach-func=do_it\n    exit", "log=65536 void for=do_it\n" },
	{ "prog p xdp other-jit\n    exit", "log=65536 other" },
	{ "prog p xdp\n    call kfunc f\n    call kfunc g\n    exit",
	  "funcs=0 - btf=1 name= license=- log=65536 last kfunc g\n" },
	{ "prog p xdp exception-callback=h\n    call g\n    exit\n    g:\n    exit\n    h:\n    "
	  "exit",
	  "funcs=3 h btf=1" },
	{ "prog p xdp exception-callback=h\n    exit\n    h: g:\n    exit",
	  "exception_callback=1\n" },
	/* A log is asked for where it may be of use. */
	{ "prog p xdp = EINVAL\n    exit", "log=0\n" },
	{ "prog p xdp = EINVAL log=/x/\n    exit", "log=65536 reasons\n" },
};

static void what_is_loaded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		struct fake f = { 0 };
		enum outcome outcome;

		free(fake_execute(&f, loads[i].steps, &outcome));
		assert_int_equal(outcome, OUTCOME_COMPLETE);
		fake_assert_asked(&f, loads[i].asked);
		free(f.text);
	}
}

#define LOG "first: no\nR0 !read_ok\nverification time 9 usec\nprocessed 2 insns (limit 9)\n"

static const struct {
	const char *verifier, *log, *seen;
} logs[] = {
	{ LOG, "/R0 !read_ok/", "EACCES log" },
	{ LOG, "/^R[0-9] !(read|write)_ok$/", "EACCES log" },
	{ LOG, "/no.R0/", "EACCES log=\"R0 !read_ok\"" }, /* line by line */
	{ LOG, "/R1/", "EACCES log=\"R0 !read_ok\"" },
	{ LOG, "\"\"", "EACCES log=\"R0 !read_ok\"" },
	{ "subprog 0 (x) main insns_self 3 insns_total 3\nprocessed 2 insns\n", "\"\"",
	  "EACCES log=\"\"" },
	{ "subprog has no end", "\"\"", "EACCES log=\"subprog has no end\"" },
	{ "", "/x/", "EACCES log=\"\"" },
};

static void what_the_log_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		struct fake f = { .op = "prog_load", .answer = -13, .verifier = logs[i].verifier };
		char *steps = xasprintf("prog p xdp = EACCES log=%s\n    exit", logs[i].log);
		char *wanted = xasprintf("1 prog p xdp = %s\n", logs[i].seen);

		fake_assert(&f, steps, wanted);
		free(wanted);
		free(steps);
		free(f.text);
	}
}

/* A load that was to be refused and is not has no log. */
static void a_log_of_none(void **state)
{
	struct fake f = { .verifier = LOG };

	(void)state;
	fake_assert(&f, "prog p xdp = EACCES log=/R0/\n    exit", "1 prog p xdp = 0\n");
	free(f.text);
}

/* A map that could not be made is descriptor -1 in the program. */
static void a_map_that_is_none(void **state)
{
	struct fake f = { .op = "map_create", .answer = -1 };

	(void)state;
	fake_assert(&f, "map m array = EPERM\nprog p xdp\n    r1 = m ll\n    exit",
		    "1 map m array = EPERM\n2 prog p xdp = 0\n");
	fake_assert_asked(&f, "n=3 imm=-1 ");
	free(f.text);
}

static const struct {
	const char *type, *options, *asked;
} inputs[] = {
	/* 64 zero bytes unless something else is said. The context of XDP is given on demand. */
	{ "socket_filter", "", "in=64:0000000000000000 out=4160 ctx=192/192 repeat=0 flags=0" },
	{ "xdp", "", "in=64:0000000000000000 out=4160 ctx=0/0 repeat=0 flags=0" },
	{ "xdp", " data_meta=0 data_end=64", "in=64:0000000000000000 out=4160 ctx=24/24" },
	{ "xdp", " data=14 repeat=9 flags=3",
	  "in=14:0000000000000000 out=4110 ctx=0/0 repeat=9 flags=3" },
	{ "xdp", " data=0", "in=0:null out=4096" },
	{ "xdp", " fill=0xab", "in=64:abababababababab" },
	{ "xdp", " bytes=010203", "in=3:010203 out=4099" },
	{ "xdp", " bytes=0102 data=4 fill=255", "in=4:0102ffff" },
	{ "xdp", " bytes=01020304 data=2", "in=4:01020304" },
	{ "xdp", " data=65536", "in=65536:0000000000000000 out=69632" },
	/* No packet for what has none, unless one is asked for. */
	{ "syscall", "", "in=0:null out=0 ctx=0/0" },
	{ "raw_tracepoint", "", "in=0:null out=0 ctx=96/0" },
	{ "sk_lookup", "", "in=0:null out=0 ctx=72/72" },
	{ "sk_lookup", " family=10 local_port=80", "ctx=72/72" },
	{ "raw_tracepoint", " bytes=0102", "in=2:0102 out=0 ctx=96/0" },
};

static void what_goes_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		struct fake f = { 0 };
		char *steps = xasprintf("prog p %s\n    exit\nrun p%s = 0", inputs[i].type,
					inputs[i].options);
		enum outcome outcome;

		free(fake_execute(&f, steps, &outcome));
		assert_int_equal(outcome, OUTCOME_COMPLETE);
		fake_assert_asked(&f, inputs[i].asked);
		free(steps);
		free(f.text);
	}
}

static void run_retval(struct engine_run *r)
{
	r->retval = UINT32_MAX;
}

static void run_bytes(struct engine_run *r)
{
	uint8_t *out = r->data_out;

	out[0] = 0xaa;
	out[1] = 0xbb;
	out[63] = 0xcc;
}

static void run_shrinks(struct engine_run *r)
{
	r->data_size_out = 60;
	((uint8_t *)r->data_out)[60] = 1; /* behind the packet: nobody looks */
}

static void run_grows(struct engine_run *r)
{
	memset((uint8_t *)r->data_out + 64, 0x11, 2);
	r->data_size_out = 66;
}

static void run_grows_by_zeros(struct engine_run *r)
{
	memset((uint8_t *)r->data_out + 64, 0, 2);
	r->data_size_out = 66;
}

/* More than there is room for: the length is shown, and no byte that is not there. */
static void run_grows_too_far(struct engine_run *r)
{
	memset((uint8_t *)r->data_out + 64, 0, 4096);
	r->data_size_out = 1U << 20;
}

static void run_fields(struct engine_run *r)
{
	struct __sk_buff *skb = r->ctx_out;

	assert_int_equal(((const struct __sk_buff *)r->ctx_in)->mark, 7);
	assert_int_equal(((const struct __sk_buff *)r->ctx_in)->cb[4], 9);
	assert_int_equal(((const struct __sk_buff *)r->ctx_in)->priority, 0);
	skb->mark = 8;
	skb->cb[1] = 0x10;
	skb->tstamp = 1ULL << 40;
	skb->len = 5; /* not a field that a case can name */
}

static void run_same_fields(struct engine_run *r)
{
	memcpy(r->ctx_out, r->ctx_in, r->ctx_size_out);
}

static void run_xdp_meta(struct engine_run *r)
{
	assert_int_equal(((const struct xdp_md *)r->ctx_in)->data_end, 64);
	((struct xdp_md *)r->ctx_out)->data_meta = 4;
}

static void run_args(struct engine_run *r)
{
	uint64_t arg;

	memcpy(&arg, (const char *)r->ctx_in + 16, 8);
	assert_int_equal(arg, UINT64_MAX - 1);
	assert_null(r->ctx_out);
	r->retval = 3;
}

static const struct {
	const char *type, *run;
	void (*on_run)(struct engine_run *);
	const char *seen;
} outputs[] = {
	{ "xdp", "run p", NULL, "0" },
	{ "xdp", "run p", run_retval, "4294967295" },
	{ "xdp", "run p", run_bytes, "0 @0=aabb @63=cc" },
	{ "xdp", "run p", run_shrinks, "0 len=60" },
	{ "xdp", "run p", run_grows, "0 len=66 @64=1111" },
	{ "xdp", "run p", run_grows_by_zeros, "0 len=66 @64=0000" },
	{ "socket_filter", "run p mark=7 cb4=9", run_fields,
	  "0 mark=8 cb1=16 tstamp=1099511627776" },
	{ "socket_filter", "run p mark=7 cb4=9 tstamp=18446744073709551615", run_same_fields, "0" },
	{ "xdp", "run p data_end=64", run_xdp_meta, "0 data_meta=4" },
	{ "raw_tracepoint", "run p arg2=18446744073709551614", run_args, "3" },
};

static void what_comes_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		struct fake f = { .on_run = outputs[i].on_run };
		char *steps =
			xasprintf("prog p %s\n    exit\n%s = 0", outputs[i].type, outputs[i].run);
		char *wanted = xasprintf("1 prog p %s = 0\n2 %s = %s\n", outputs[i].type,
					 outputs[i].run, outputs[i].seen);

		fake_assert(&f, steps, wanted);
		free(steps);
		free(wanted);
		free(f.text);
	}
}

/* What is observed is what a case can expect: it parses, and to the same text. */
static void observations_are_expectations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		char *text = xasprintf(HEAD "prog p %s\n    exit\n%s = %s\n", outputs[i].type,
				       outputs[i].run, outputs[i].seen);
		struct case_file f = must_parse(text);

		assert_string_equal(f.cases[0].steps[1].expect, outputs[i].seen);
		case_file_release(&f);
		free(text);
	}
}

static void a_packet_too_large(void **state)
{
	struct fake f = { .on_run = run_grows_too_far };
	enum outcome outcome;
	char *got = fake_execute(&f, PROG("xdp") "run p = 0", &outcome);

	(void)state;
	assert_non_null(strstr(got, "2 run p = 0 len=1048576 @64=0000"));
	assert_int_equal(strlen(strstr(got, "@64=")), 4 + 2 * 4096 + 1);
	free(got);
	free(f.text);
}

static void runs_that_fail(void **state)
{
	struct fake f = { .op = "prog_run", .answer = -524 };

	(void)state;
	fake_assert(&f, PROG("kprobe") "run p = 0\nrun fd:closed = 0",
		    "1 prog p kprobe = 0\n2 run p = ENOTSUPP\n3 run fd:closed = ENOTSUPP\n");
	fake_assert_asked(&f, "prog_run fd=900 in=0:null out=0 ctx=0/0");
	free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_loaded),
		cmocka_unit_test(what_the_log_says),
		cmocka_unit_test(a_log_of_none),
		cmocka_unit_test(a_map_that_is_none),
		cmocka_unit_test(what_goes_in),
		cmocka_unit_test(what_comes_out),
		cmocka_unit_test(observations_are_expectations),
		cmocka_unit_test(a_packet_too_large),
		cmocka_unit_test(runs_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
