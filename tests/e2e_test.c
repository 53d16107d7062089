// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * End to end: the program as a user runs it, a real kernel, and everything that can go wrong with
 * them. Runs $TAILCHECK_ROOT/build/tailcheck; its results go to a folder of their own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_SECONDS 150
#define MAX_OUTPUT    (1 << 20)

static char scratch[] = "/tmp/tailcheck-e2e-XXXXXX";
static char program[512];

struct outcome {
	int code;   /* exit code; -1: a signal */
	char *text; /* standard output and error */
};

struct plan {
	const char *env;      /* one more NAME=VALUE, or NULL */
	const char *wait_for; /* when this was printed, or after_ms passed ... */
	int after_ms;
	int signal;    /* ... send this; 0: nothing */
	bool to_child; /* to its child (QEMU) and not to the program */
};

static pid_t first_child(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%d", &child) != 1)
		child = 0;
	fclose(in);
	return child;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void act(const struct plan *plan, pid_t pid)
{
	pid_t target = plan->to_child ? first_child(pid) : pid;

	if (target > 0)
		kill(target, plan->signal);
}

/* Read what it prints until it ends, and do what the plan says on the way. */
static void follow(int fd, pid_t pid, const struct plan *plan, struct outcome *o)
{
	long from = now_ms();
	bool acted = plan->signal == 0;
	size_t len = 0;

	o->text = calloc(1, MAX_OUTPUT + 1);
	assert_non_null(o->text);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (now_ms() - from > LIMIT_SECONDS * 1000L) {
			kill(pid, SIGKILL);
			fail_msg("still running after %d s; it printed:\n%s", LIMIT_SECONDS,
				 o->text);
		}
		if (!acted && (!plan->wait_for || strstr(o->text, plan->wait_for)) &&
		    now_ms() - from >= plan->after_ms) {
			act(plan, pid);
			acted = true;
		}
		if (poll(&p, 1, 50) <= 0)
			continue;
		n = read(fd, o->text + len, MAX_OUTPUT - len);
		if (n <= 0)
			return;
		len += (size_t)n;
	}
}

static struct outcome start(const struct plan *plan, char *const argv[])
{
	struct outcome o = { .code = -1 };
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (plan->env)
			putenv((char *)plan->env);
		execv(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	follow(fds[0], pid, plan, &o);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		o.code = WEXITSTATUS(status);
	return o;
}

#define TAILCHECK(plan, ...) start((plan), (char *const[]){ program, ##__VA_ARGS__, NULL })

static const struct plan plain;

static void check_says(const struct outcome *o, const char *text)
{
	if (!strstr(o->text, text))
		fail_msg("it did not say \"%s\"; it said:\n%s", text, o->text);
}

static void check_code(const struct outcome *o, int code)
{
	if (o->code != code)
		fail_msg("exit code %d, not %d; it said:\n%s", o->code, code, o->text);
}

/* Orphans of the program become ours (a subreaper's): there must be none. */
static void check_nothing_left(void)
{
	/* An orphan that is dying is given a moment. */
	for (int i = 0; i < 20; i++) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(50 * 1000);
	}
	fail_msg("a process was left running");
}

static void expect(struct outcome o, int code, const char *const says[])
{
	check_code(&o, code);
	for (size_t i = 0; says[i]; i++)
		check_says(&o, says[i]);
	check_nothing_left();
	free(o.text);
}

#define SAYS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static void one_case_conforms_on_three_engines(void **state)
{
	(void)state;
	expect(TAILCHECK(&plain, "run", "limit.self"), 0,
	       SAYS("3 conform", "empty-slot-counts", "0 lost", "report: "));
	expect(TAILCHECK(&plain, "explain", "limit.self"), 0,
	       SAYS("jit: verdict conforms", "interp: verdict conforms",
		    "jit-hardened: verdict conforms", "  10:   call bpf_tail_call"));
	/* That run is all that there is to tell of, and one case of many. */
	expect(TAILCHECK(&plain, "claims", "--claim", "tail_call.limit.32"), 0,
	       SAYS("concepts/tail-calls", "limit.self                           contradicts +++",
		    "verdict", " contradicted\n"));
	expect(TAILCHECK(&plain, "claims"), 0,
	       SAYS("claim  ", "tail_call.limit.32", " not measured", "untestable: "));
	expect(TAILCHECK(&plain, "semantics"), 0,
	       SAYS("## The rules", "(`limit.self`", "### Contradicted", "not measured on"));
}

static void cases_by_what_they_are(void **state)
{
	(void)state;
	expect(TAILCHECK(&plain, "list", "--claim", "tail_call.limit.32", "--level", "must"), 0,
	       SAYS("limit.self  "));
	expect(TAILCHECK(&plain, "list", "--area", "limits"), 3, SAYS("there is no such case"));
	expect(TAILCHECK(&plain, "list", "--claim", "tail_call.limitt"), 3, SAYS("no claim"));
	expect(TAILCHECK(&plain, "show", "limit.self"), 0,
	       SAYS("# tail_call.limit.32: ", "\ncase limit.self\n"));
	expect(TAILCHECK(&plain, "claims", "/nowhere"), 2, SAYS("/nowhere"));
}

static void claim_that_is_not_there(void **state)
{
	char path[600];
	FILE *out;

	(void)state;
	snprintf(path, sizeof(path), "%s/claim.case", scratch);
	out = fopen(path, "we");
	assert_non_null(out);
	fputs("case a.b\nabout x\nqualifies tail_call.hit tail_call.hitt\n\n"
	      "freeze fd:closed = EBADF\n",
	      out);
	assert_int_equal(fclose(out), 0);
	expect(TAILCHECK(&plain, "check", path), 2,
	       SAYS("claim.case:3:25: error: ", "claims has no claim tail_call.hitt",
		    "                          ^"));
}

static void ktap_is_printed_on_request(void **state)
{
	(void)state;
	expect(TAILCHECK(&plain, "run", "--ktap", "limit.self"), 0,
	       SAYS("KTAP version 1\n1..3\n", "  ok 1 limit.self\n", "ok 3 jit-hardened"));
}

static void no_such_kernel(void **state)
{
	(void)state;
	expect(TAILCHECK(&plain, "run", "-k", "/nowhere/bzImage", "limit.self"), 2,
	       SAYS("/nowhere/bzImage"));
	expect(TAILCHECK(&plain, "run", "-k", "debian-0.1", "limit.self"), 2, SAYS("debian-0.1"));
}

static char *cached_vmlinux(void)
{
	const char *cache = getenv("TAILCHECK_CACHE"), *home = getenv("HOME");
	static char path[512];

	if (cache)
		snprintf(path, sizeof(path), "%s/kernels/debian-6.1/vmlinux", cache);
	else
		snprintf(path, sizeof(path), "%s/.cache/tailcheck/kernels/debian-6.1/vmlinux",
			 home ? home : "");
	return path;
}

static void truncated_kernel(void **state)
{
	char path[600], block[65536] = { 0 };
	FILE *in = fopen(cached_vmlinux(), "re"), *out;

	(void)state;
	if (!in)
		skip(); /* the cache is elsewhere */
	snprintf(path, sizeof(path), "%s/vmlinux-cut", scratch);
	out = fopen(path, "we");
	assert_non_null(out);
	for (int i = 0; i < 64; i++)
		fwrite(block, 1, fread(block, 1, sizeof(block), in), out);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	expect(TAILCHECK(&plain, "run", "-k", path, "limit.self"), 2, SAYS("is cut short"));
}

/* This kernel has its virtio drivers as modules, and a vmlinux brings none: the slow channel. */
static void kernel_by_path_without_modules(void **state)
{
	(void)state;
	if (access(cached_vmlinux(), R_OK))
		skip();
	expect(TAILCHECK(&plain, "run", "-k", cached_vmlinux(), "limit.self"), 0,
	       SAYS("serial port as the channel", "3 conform"));
}

static void typo_in_a_case(void **state)
{
	char path[600];
	FILE *out;

	(void)state;
	snprintf(path, sizeof(path), "%s/typo.case", scratch);
	out = fopen(path, "we");
	assert_non_null(out);
	fputs("case a.b\nabout x\n\nmap progs prog_arry\n", out);
	assert_int_equal(fclose(out), 0);
	expect(TAILCHECK(&plain, "run", path), 2,
	       SAYS("typo.case:4:11: error: unknown map type", "            ^"));
}

static void nothing_matches(void **state)
{
	(void)state;
	expect(TAILCHECK(&plain, "run", "no.such.case"), 3, SAYS("no.such.case"));
}

/* A process instead of QEMU; and nothing is left of its many, also where it is killed alone. */
static void user_mode_linux_runs_as_a_process(void **state)
{
	const struct plan killed = { .wait_for = " is up ", .signal = SIGKILL, .to_child = true };
	const struct plan dies = { .env = "TAILCHECK_FAULT=panic:mmap.unsupported" };

	(void)state;
	/* A container may not let us have one, and user-mode-linux is not run without. */
	if (system("unshare --pid --fork true 2>/dev/null || "
		   "unshare --user --pid --fork true 2>/dev/null")) {
		print_message("skipped: no PID namespace can be had here\n");
		skip();
	}
	expect(TAILCHECK(&plain, "run", "-k", "uml-6.1", "mmap"), 0,
	       SAYS("as a process", "0 diverge", "0 lost", "jit-hardened   unsupported: "));
	expect(TAILCHECK(&killed, "run", "-k", "uml-6.1", "-g", "1", "create", "update"), 0,
	       SAYS("user-mode-linux ended: killed by signal 9", "0 crashed", "0 lost"));
	expect(TAILCHECK(&dies, "run", "-k", "uml-6.1", "mmap"), 1,
	       SAYS("crashed: mmap.unsupported on interp", "kernel panic", "0 lost"));
}

static void guest_panics(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=panic:limit.self" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "limit.self", "mmap"), 1,
	       SAYS("crashed: limit.self on jit", "kernel panic", "3 crashed", "0 lost"));
}

static void guest_hangs(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=hang:limit.self" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "--case-timeout", "3", "limit.self", "mmap"), 1,
	       SAYS("timed-out: limit.self on interp", "no answer within 3 s", "3 timed out",
		    "0 lost"));
}

static void worker_dies(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=segfault:limit.self" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "limit.self", "mmap"), 1,
	       SAYS("crashed: limit.self on jit", "killed by signal 11", "0 lost"));
}

/* A descriptor is forgotten in the guest: seen, and blamed on the case and handles that it was of.
 */
static void leak_is_told(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=leak:life.pinned" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "life.pinned", "mmap", "life.unpinned"), 1,
	       SAYS("diverges: life.pinned on interp", "leaked map progs, prog direct",
		    "3 diverge"));
}

static void garbage_on_the_channel_is_skipped(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=garbage:limit.self" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "limit.self"), 0,
	       SAYS("196608 bytes of the channel", "3 conform"));
}

static void guest_that_never_boots(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=boot" };

	(void)state;
	expect(TAILCHECK(&plan, "run", "limit.self"), 5, SAYS("no guest came up", "kernel-0.log"));
}

static void interrupted(void **state)
{
	const struct plan plan = { .env = "TAILCHECK_FAULT=hang:limit.self",
				   .wait_for = " is up ",
				   .after_ms = 9000,
				   .signal = SIGINT };

	(void)state;
	expect(TAILCHECK(&plan, "run", "-g", "1", "create", "limit.self"), 5,
	       SAYS("INCOMPLETE", "report: ", "interrupted"));
	/* What was done before is there. */
	expect(TAILCHECK(&plain, "explain", "limit.self"), 0, SAYS("verdict infra"));
}

/* Somebody kills QEMU: nobody's fault, so the case that was running is run again. */
static void qemu_is_killed(void **state)
{
	const struct plan plan = { .wait_for = " is up ", .signal = SIGKILL, .to_child = true };

	(void)state;
	expect(TAILCHECK(&plan, "run", "-g", "1", "create", "update", "lookup"), 0,
	       SAYS("killed by signal 9", "starting another", "0 crashed", "0 lost"));
}

static void full_disk(void **state)
{
	char dir[600], env[700];
	struct plan plan = { .env = env };

	(void)state;
	snprintf(dir, sizeof(dir), "%s/full", scratch);
	assert_int_equal(mkdir(dir, 0700), 0);
	if (mount("tmpfs", dir, "tmpfs", 0, "size=64k"))
		skip(); /* not root */
	snprintf(env, sizeof(env), "TAILCHECK_RESULTS=%s/results", dir);
	expect(TAILCHECK(&plan, "run", "limit.self"), 5, SAYS("No space left on device"));
	assert_int_equal(umount(dir), 0);
}

static void broken_references_are_noticed(void **state)
{
	static const char *const mutants[] = { "limit-32", "index-not-truncated", "delete-empty-ok",
					       "lookup-gives-fd" };

	(void)state;
	for (size_t i = 0; i < sizeof(mutants) / sizeof(mutants[0]); i++) {
		char env[128];
		const struct plan plan = { .env = env };

		snprintf(env, sizeof(env), "TAILCHECK_MUTANT=%s", mutants[i]);
		expect(TAILCHECK(&plan, "check"), 1, SAYS("that the reference does not give"));
	}
	/* The same through a run: the suite's own check names the cases. */
	{
		const struct plan plan = { .env = "TAILCHECK_MUTANT=limit-32" };

		expect(TAILCHECK(&plan, "run", "limit.self"), 1,
		       SAYS("error in the suite: limit.self", "diverges: limit.self on jit"));
	}
}

/* Replace @from in a file by @to; it must be there. */
static void edit(const char *path, const char *from, const char *to)
{
	char text[20000], *at;
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	at = strstr(text, from);
	assert_non_null(at);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_int_equal(fclose(f), 0);
}

/* A profile made from a run fits; one with a quirk less, one more, or an engine less does not. */
static void profiles_are_compared(void **state)
{
	char path[700], run[600];

	(void)state;
	snprintf(path, sizeof(path), "%s/expected/profiles", scratch);
	snprintf(run, sizeof(run), "%s/profile-run", scratch);
	expect(TAILCHECK(&plain, "run", "-o", run, "limit.self"), 0, SAYS("3 conform"));
	expect(TAILCHECK(&plain, "profiles", "--profiles", path, run), 1,
	       SAYS("debian-6.1: has no profile", "1 not"));
	expect(TAILCHECK(&plain, "profiles", "--profiles", path, "--update", run), 0,
	       SAYS("1 kernels, 1 of them from runs, 1 changed"));
	expect(TAILCHECK(&plain, "profiles", "--profiles", path, run), 0,
	       SAYS("1 as their profile says, 0 not"));
	expect(TAILCHECK(&plain, "run", "--profiles", path, "limit.self"), 0, SAYS("3 conform"));

	edit(path, "\njit empty-slot-counts ", "\njit no-excl-hash ");
	edit(path, "\njit-hardened empty-slot-counts", "\nspare none\njit-hardened");
	expect(TAILCHECK(&plain, "run", "--profiles", path, "limit.self"), 1,
	       SAYS("jit: empty-slot-counts was found, and is not in the profile",
		    "jit: no-excl-hash is in the profile, and was not found",
		    "jit-hardened: empty-slot-counts was found, and is not in the profile",
		    "spare: this engine is in the profile, and not in the run"));
	expect(TAILCHECK(&plain, "profiles", "--profiles", path, run), 1,
	       SAYS("debian-6.1: jit: no-excl-hash is in the profile, and was not found"));
	edit(path, "empty-slot-counts", "empty-slot-count");
	expect(TAILCHECK(&plain, "run", "--profiles", path, "limit.self"), 2,
	       SAYS("no quirk has this name", "^"));
	/* What a run that was cut short found is not known. */
	snprintf(path, sizeof(path), "%s/summary.json", run);
	edit(path, "\"interrupted\": false", "\"interrupted\": true");
	expect(TAILCHECK(&plain, "profiles", run), 2, SAYS("the run was interrupted"));
	edit(path, "\"interrupted\": true", "\"interrupted\": false");
	edit(path, "\"uncertain\": []", "\"uncertain\": [\"no-path-fd\"]");
	expect(TAILCHECK(&plain, "profiles", run), 2, SAYS("uncertain on ", "no-path-fd"));
}

static void kernels_and_engines_compared(void **state)
{
	char run[600], file[620], jit[620];

	(void)state;
	snprintf(run, sizeof(run), "%s/compare-run", scratch);
	expect(TAILCHECK(&plain, "run", "-o", run, "limit"), 0, SAYS("0 lost"));
	expect(TAILCHECK(&plain, "compare", run, run), 0, SAYS(" compared: 0 changed"));
	snprintf(file, sizeof(file), "%s:jit-hardened", run);
	expect(TAILCHECK(&plain, "compare", run, file), 0, SAYS(" on jit-hardened compared: 0 "));
	snprintf(file, sizeof(file), "%s/interp.txt", run);
	snprintf(jit, sizeof(jit), "%s:jit", run);
	/* The interpreter of this kernel has what its JIT has not, and the other way round. */
	expect(TAILCHECK(&plain, "compare", jit, file), 1,
	       SAYS("QUIRKS THAT debian-6.1:jit HAS AND debian-6.1:interp HAS NOT",
		    "function-calls-uncounted on jit and interp", "    source: ",
		    "    probe.function-calls-uncounted, step ", "debian-6.1:interp: "));
	expect(TAILCHECK(&plain, "compare", "--exit-zero", "--markdown", jit, file), 0,
	       SAYS("# debian-6.1:jit and debian-6.1:interp", "| case | engines | step |"));
	expect(TAILCHECK(&plain, "compare", "--json", jit, file), 1, SAYS("\"agrees\": false"));
	expect(TAILCHECK(&plain, "compare", jit, "debian-0.1"), 2, SAYS("debian-0.1 is no file"));
	expect(TAILCHECK(&plain, "compare", jit, "debian-5.10-armhf"), 3,
	       SAYS("tailcheck run -k debian-5.10-armhf makes one"));
	expect(TAILCHECK(&plain, "compare", "--missing", jit, "debian-5.10-armhf:jit"), 0,
	       SAYS("debian-5.10-armhf\n"));
	expect(TAILCHECK(&plain, "compare", jit), 2, SAYS("Usage: "));
}

static int prepare(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char results[600];

	(void)state;
	if (!root || !mkdtemp(scratch))
		return -1;
	snprintf(program, sizeof(program), "%s/build/tailcheck", root);
	snprintf(results, sizeof(results), "%s/results", scratch);
	setenv("TAILCHECK_RESULTS", results, 1);
	return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int clean_up(void **state)
{
	char *const argv[] = { "rm", "-rf", scratch, NULL };
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_case_conforms_on_three_engines),
		cmocka_unit_test(cases_by_what_they_are),
		cmocka_unit_test(claim_that_is_not_there),
		cmocka_unit_test(ktap_is_printed_on_request),
		cmocka_unit_test(no_such_kernel),
		cmocka_unit_test(truncated_kernel),
		cmocka_unit_test(kernel_by_path_without_modules),
		cmocka_unit_test(typo_in_a_case),
		cmocka_unit_test(nothing_matches),
		cmocka_unit_test(user_mode_linux_runs_as_a_process),
		cmocka_unit_test(guest_panics),
		cmocka_unit_test(guest_hangs),
		cmocka_unit_test(worker_dies),
		cmocka_unit_test(leak_is_told),
		cmocka_unit_test(garbage_on_the_channel_is_skipped),
		cmocka_unit_test(guest_that_never_boots),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(qemu_is_killed),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(broken_references_are_noticed),
		cmocka_unit_test(profiles_are_compared),
		cmocka_unit_test(kernels_and_engines_compared),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up) ? 1 : 0;
}
