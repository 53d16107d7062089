// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Adapters that do what they should not: each fault has its verdict, and touches nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime.h"

#include "../../engines/process/process.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../case/case_test.h"
#include "../case/suite.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../run/execute.h"
#include "adapter_check.h"
#include "faulty_test.h"

/* It has what the faults are about: maps, programs, the limit, ids. */
#define STEPS                                 \
	"about  A case.\n\n"                  \
	"map progs prog_array entries=2\n"    \
	"map count array value=8 entries=1\n" \
	"prog self socket_filter\n"           \
	"    r6 = r1\n"                       \
	"    r1 = count[0] ll\n"              \
	"    r2 = *(u64 *)(r1 + 0)\n"         \
	"    r2 += 1\n"                       \
	"    *(u64 *)(r1 + 0) = r2\n"         \
	"    r1 = r6\n"                       \
	"    r2 = progs ll\n"                 \
	"    r3 = 0\n"                        \
	"    call bpf_tail_call\n"            \
	"    r0 = 1\n"                        \
	"    exit\n\n"                        \
	"update progs 0 self = 0\n"           \
	"run self = 1\n"                      \
	"lookup count 0 = 34\n"               \
	"lookup progs 0 = self\n"             \
	"delete progs 0 = 0\n"                \
	"delete progs 0 = ENOENT\n"

#define N_CASES 9
#define HERE	4

static const char *const texts[N_CASES] = {
	"case fault.a\n" STEPS, "case fault.b\n" STEPS,	   "case fault.c\n" STEPS,
	"case fault.d\n" STEPS, "case fault.here\n" STEPS, "case fault.e\n" STEPS,
	"case fault.f\n" STEPS, "case fault.g\n" STEPS,	   "case fault.h\n" STEPS,
};

static struct case_file files[N_CASES];
static char *expected[N_CASES];
static int no_interruption;

static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < N_CASES; i++) {
		files[i] = must_parse(texts[i]);
		expected[i] = transcript_expected(&files[i].cases[0]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < N_CASES; i++) {
		case_file_release(&files[i]);
		free(expected[i]);
	}
	return 0;
}

struct seen {
	int calls[N_CASES];
	enum job_end ends[N_CASES];
	char *transcripts[N_CASES];
	int notes;
};

static void on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		      const char *transcript)
{
	struct seen *s = arg;

	assert_int_equal(engine, 0);
	s->calls[job]++;
	s->ends[job] = end;
	free(s->transcripts[job]);
	s->transcripts[job] = xstrdup(transcript);
}

static void on_note(void *arg, const char *text)
{
	(void)text;
	((struct seen *)arg)->notes++;
}

static struct runtime_config config_of(const char *command, unsigned int children,
				       struct seen *seen)
{
	return (struct runtime_config){
		.command = command,
		.children = children,
		.request_seconds = 1,
		.case_seconds = 2,
		.run_seconds = 60,
		.interrupted = &no_interruption,
		.result = on_result,
		.note = on_note,
		.events_arg = seen,
	};
}

static void run_with(const char *command, unsigned int children, struct seen *seen,
		     struct runtime_stats *st)
{
	const struct runtime_config c = config_of(command, children, seen);
	struct job jobs[N_CASES];
	struct runtime *r;
	char why[300];

	memset(seen, 0, sizeof(*seen));
	for (int i = 0; i < N_CASES; i++)
		jobs[i] = (struct job){ .text = texts[i], .len = strlen(texts[i]), .engines = 1 };
	r = runtime_open(&c, why, sizeof(why));
	if (!r)
		fail_msg("%s: %s", command, why);
	runtime_run(r, jobs, N_CASES);
	runtime_close(r, st);
}

static void release(struct seen *s)
{
	for (int i = 0; i < N_CASES; i++)
		free(s->transcripts[i]);
}

static bool as_expected(const struct seen *s, int i)
{
	struct difference d;

	return s->ends[i] == END_COMPLETE &&
	       !transcript_differs(expected[i], s->transcripts[i], &d);
}

/* What becomes of the case, and words that its transcript has. DIVERGES: it is complete. */
#define DIVERGES END_COMPLETE
static const struct fault {
	const char *name;
	enum job_end end;
	const char *words;
} faults[] = {
	/* The runtime is wrong. */
	{ "limit-32", DIVERGES, "lookup count 0 = 33" },
	{ "lookup-gives-fd", DIVERGES, "lookup progs 0 = unknown-id" },
	{ "delete-empty-ok", DIVERGES, "8 delete progs 0 = 0" },
	{ "wrong-errno", DIVERGES, "delete progs 0 = EPERM" },
	{ "wrong-result", DIVERGES, "run self = 8" },
	{ "lies-about-delete", DIVERGES, "delete progs 0 = ENOSYS" },
	{ "own-fault", END_FAULT, "! fault: the machine is on fire" },
	{ "has-no-delete", END_UNSUPPORTED, "! unsupported: this runtime cannot delete" },
	/* It is gone. */
	{ "dies", END_CRASHED, "it ended with exit status 3" },
	{ "dies-at-end", END_CRASHED, "killed by signal 6" },
	{ "segfault", END_CRASHED, "killed by signal 9" },
	{ "leaves-a-process", END_CRASHED, "it ended with exit status 0" },
	/* It is silent. */
	{ "sleeps", END_TIMED_OUT, "no answer in time" },
	{ "late", END_TIMED_OUT, "no answer in time" },
	{ "drips", END_TIMED_OUT, "no answer in time" },
	{ "floods-stderr", END_TIMED_OUT, "no answer in time" },
	/* It says what is no answer. */
	{ "twice", END_PROTOCOL, "it says " },
	{ "twice-at-end", END_PROTOCOL, "it says " },
	{ "unasked", END_PROTOCOL, "fault: adapter" }, /* before the question, or as its answer */
	{ "garbage", END_PROTOCOL, "byte 0x01 at column 1" },
	{ "nul", END_PROTOCOL, "a NUL in its answer" },
	{ "crlf", END_PROTOCOL, "is standard output in text mode?" },
	{ "megabyte", END_PROTOCOL, "a line of more than 1048576 bytes" },
	{ "floods", END_PROTOCOL, "fault: adapter, asked map_update: " },
	{ "floods-lines", END_PROTOCOL, "fault: adapter, asked map_update: " },
	{ "closes-output", END_PROTOCOL, "it closed its output and goes on running" },
	{ "wrong-id", END_PROTOCOL, "the answer to request 4711, where" },
	{ "no-id", END_PROTOCOL, "not two words" },
	{ "positive", END_PROTOCOL, "1, where 0 is success" },
	{ "huge-number", END_PROTOCOL, "no number and no name of an errno" },
	{ "same-fd", END_PROTOCOL, "descriptor 3, which is another object's" },
	{ "short-value", END_PROTOCOL, "value= is not 8 bytes" },
	{ "long-value", END_PROTOCOL, "value= is not 8 bytes" },
	{ "no-retval", END_PROTOCOL, "retval= is missing" },
	{ "unknown-field", END_PROTOCOL, "no answer has mood= here" },
	{ "unknown-errno", END_PROTOCOL, "\"EFOO\" is no number" },
	{ "no-reason", END_PROTOCOL, "\"unsupported\" without a reason" },
	{ "no-reset", END_PROTOCOL, "asked reset: it cannot" },
	{ "ids-without-end", END_PROTOCOL, "ids in a case" },
};

#define N_FAULTS (sizeof(faults) / sizeof(faults[0]))

static bool loses_child(enum job_end end)
{
	return end == END_CRASHED || end == END_TIMED_OUT || end == END_PROTOCOL;
}

static void check_fault(const struct fault *f, unsigned int children)
{
	char *command = xasprintf("/proc/%d/exe --fault %s", (int)getpid(), f->name);
	struct runtime_stats st;
	struct seen seen;

	run_with(command, children, &seen, &st);
	for (int i = 0; i < N_CASES; i++) {
		if (seen.calls[i] != 1)
			fail_msg("%s: case %d has %d results", f->name, i, seen.calls[i]);
		if (i != HERE && !as_expected(&seen, i))
			fail_msg("%s, %u children: case %d suffers (end %d): %s", f->name, children,
				 i, seen.ends[i], seen.transcripts[i]);
	}
	if (seen.ends[HERE] != f->end || as_expected(&seen, HERE) ||
	    !strstr(seen.transcripts[HERE], f->words))
		fail_msg("%s: end %d, and not %d with \"%s\": %s", f->name, seen.ends[HERE], f->end,
			 f->words, seen.transcripts[HERE]);
	/* Of several, the others may do all that is left. */
	if (children == 1)
		assert_int_equal(st.restarts, loses_child(f->end) ? 1 : 0);
	release(&seen);
	free(command);
}

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAULTS; i++)
		check_fault(&faults[i], 1);
}

static void test_faults_side_by_side(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAULTS; i += 3)
		check_fault(&faults[i], 3);
}

/* Commands of the shell's that are no adapters: there is no run, and a reason. */
static void test_no_adapter(void **state)
{
	static const struct {
		const char *command, *why;
	} rows[] = {
		{ "/nonexistent/adapter", "not found" },
		{ "true", "it ended with exit status 0" },
		{ "cat", "\"hello\" is no number" },
		{ "yes", "it says more than it was asked" },
		{ "sh -c 'read a; echo 1 0 protocol=2 name=x caps=close; sleep 9'",
		  "it speaks protocol 2" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x/y caps=close; sleep 9'", "name=x/y" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x; sleep 9'", "caps= is missing" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x caps=close,map_lokup; sleep 9'",
		  "there is no capability \"map_lokup\"" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x caps=map_create; sleep 9'",
		  "lack close" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=jit caps=close; sleep 9'",
		  "cannot be called jit" },
		{ "sh -c 'read a; echo 1 EPERM; sleep 9'", "no success" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x caps=close max_line=12; sleep 9'",
		  "max_line= is below 4096" },
		{ "sh -c 'read a; echo 1 0 protocol=1 name=x caps=close byte_order=odd; sleep 9'",
		  "neither little nor big" },
	};
	char why[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = { 0 };
		struct runtime_config c = config_of(rows[i].command, 1, &seen);

		*why = '\0';
		assert_null(runtime_open(&c, why, sizeof(why)));
		if (!strstr(why, rows[i].why))
			fail_msg("%s: \"%s\" has no \"%s\"", rows[i].command, why, rows[i].why);
	}
}

/* One that does not come back: what is left was not run, and says so. */
static void test_comes_up_once(void **state)
{
	char marker[] = "/tmp/tailcheck-once-XXXXXX";
	int fd = mkstemp(marker);
	char *command = xasprintf("sh -c 'test -s %s && exit 7; test -n \"$(cat %s.1 2>&-)\" && "
				  "echo x >%s; echo x >%s.1; exec /proc/%d/exe --fault dies'",
				  marker, marker, marker, marker, (int)getpid());
	char *second = xasprintf("%s.1", marker);
	struct runtime_stats st;
	struct seen seen;
	int lost = 0;

	(void)state;
	close(fd);
	/* Once to say hello, once to work, and no more. */
	run_with(command, 1, &seen, &st);
	for (int i = 0; i < N_CASES; i++) {
		assert_int_equal(seen.calls[i], 1);
		assert_true(i >= HERE || as_expected(&seen, i));
		lost += seen.ends[i] == END_INFRA;
	}
	assert_int_equal(seen.ends[HERE], END_CRASHED);
	assert_int_equal(lost, N_CASES - HERE - 1);
	assert_non_null(strstr(seen.transcripts[N_CASES - 1], "it ended with exit status 7"));
	assert_true(seen.notes > 0);
	unlink(marker);
	unlink(second);
	release(&seen);
	free(second);
	free(command);
}

/* The time of the whole run counts, too. */
static void test_run_limit(void **state)
{
	struct seen seen = { 0 };
	char *command = xasprintf("/proc/%d/exe --fault none", (int)getpid());
	struct runtime_config c = config_of(command, 1, &seen);
	struct job job = { .text = texts[0], .len = strlen(texts[0]), .engines = 1 };
	struct runtime_stats st;
	struct runtime *r;
	char why[300];

	(void)state;
	c.run_seconds = 0;
	r = runtime_open(&c, why, sizeof(why));
	assert_non_null(r);
	assert_int_equal(runtime_run(r, &job, 1), -1);
	runtime_close(r, &st);
	assert_int_equal(seen.ends[0], END_INFRA);
	assert_non_null(strstr(seen.transcripts[0], "time limit"));
	release(&seen);
	free(command);
}

/* What a program loads over the line is to the last bit what it loads in the process. */
static void test_same_as_in_process(void **state)
{
	char *command = xasprintf("/proc/%d/exe --fault none", (int)getpid());
	const struct process_config c = { .command = command,
					  .start_seconds = 10,
					  .request_seconds = 5,
					  .case_seconds = 20,
					  .log = -1 };
	char why[300];
	struct engine *e = process_engine_new(&c, why, sizeof(why));
	char *path = xasprintf("%s/cases", getenv("TAILCHECK_ROOT") ?: ".");
	struct case_record r = { 0 };
	struct suite suite = { 0 };
	struct diag d;
	size_t same = 0, lacking = 0;

	(void)state;
	assert_non_null(e);
	assert_int_equal(suite_add(&suite, path, &d), 0);
	for (size_t i = 0; i < suite.n_cases; i++) {
		const struct test_case *tc = suite.cases[i];

		assert_int_equal(process_engine_begin(e, tc->name), 0);
		execute(tc, e, &r);
		assert_int_equal(process_engine_end(e), 0);
		/* The protocol has no words for tasks, /proc and attributes that fault. */
		if (r.outcome == OUTCOME_UNSUPPORTED) {
			lacking++;
			continue;
		}
		if (!case_record_same(record_reference(tc, 0), &r))
			fail_msg("%s differs over the line", tc->name);
		same++;
	}
	assert_true(same > 700);
	assert_true(lacking < 60);
	e->ops->destroy(e);
	case_record_release(&r);
	suite_release(&suite);
	free(command);
	free(path);
}

/* What is wrong is named, and what to do about it. */
static void test_check_adapter(void **state)
{
	static const struct {
		const char *fault, *words;
	} rows[] = {
		{ "limit-32", "\"lookup count 0\" gave 33, and not 34" },
		{ "lookup-gives-fd", "not a descriptor" },
		{ "dies", "it ended with exit status 3" },
		{ "lies-about-delete", "gave ENOSYS, and not " },
		{ "has-no-delete", "its caps= have all that this needs, and then: unsupported" },
		{ "wrong-result", "gave 8, and not 7" },
		{ "twice", "it says " },
		{ "crlf", "is standard output in text mode?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *command =
			xasprintf("/proc/%d/exe --fault %s --always", (int)getpid(), rows[i].fault);
		struct adapter_findings found;
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		assert_int_equal(adapter_check(out, command, &found), 0);
		fclose(out);
		if (!found.wrong || !strstr(text, rows[i].words))
			fail_msg("%s: no \"%s\" in\n%s", rows[i].fault, rows[i].words, text);
		assert_true(found.right > 10);
		free(text);
		free(command);
	}
}

static void test_check_good_adapter(void **state)
{
	char *command = xasprintf("/proc/%d/exe --fault none", (int)getpid());
	struct adapter_findings found;
	FILE *out = fopen("/dev/null", "we");

	(void)state;
	assert_int_equal(adapter_check(out, command, &found), 0);
	assert_int_equal(found.wrong, 0);
	assert_int_equal(found.not_done, 0);
	assert_true(found.right > 25);
	assert_int_equal(adapter_check(out, "false", &found), -1);
	fclose(out);
	free(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),	      cmocka_unit_test(test_faults_side_by_side),
		cmocka_unit_test(test_no_adapter),    cmocka_unit_test(test_comes_up_once),
		cmocka_unit_test(test_run_limit),     cmocka_unit_test(test_same_as_in_process),
		cmocka_unit_test(test_check_adapter), cmocka_unit_test(test_check_good_adapter),
	};

	if (argc >= 3 && strcmp(argv[1], "--fault") == 0)
		return faulty_main(argv[2], argc == 4);
	return cmocka_run_group_tests(tests, setup, teardown);
}
