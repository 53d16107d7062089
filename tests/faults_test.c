// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * End to end: what kills guests, QEMU, the program and its disk, and that no result is lost by it.
 * $TAILCHECK_ROOT/build/tailcheck; its results go to a folder of their own. `make soak` does the
 * same at random moments.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
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
#include <unistd.h>

#include "../harness/base/clock.h"

#define LIMIT_SECONDS 240
#define MAX_OUTPUT    (1 << 20)

static char scratch[] = "/tmp/tailcheck-faults-XXXXXX";
static char program[512];

/* The program, while it runs. */
struct process {
	pid_t pid;
	int fd;
	double from;
	char *text; /* what it said so far */
	size_t len;
	int code;
};

static struct process launch(const char *env, char *const argv[])
{
	struct process p = { .from = clock_seconds(), .text = calloc(1, MAX_OUTPUT + 1) };
	int fds[2];

	assert_non_null(p.text);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (p.pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (env)
			putenv((char *)env);
		execv(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	p.fd = fds[0];
	return p;
}

#define LAUNCH(env, ...) launch((env), (char *const[]){ program, ##__VA_ARGS__, NULL })

/* Read on until it has said @text, or has ended (NULL: only that counts). */
static void listen_for(struct process *p, const char *text)
{
	while (!text || !strstr(p->text, text)) {
		struct pollfd fd = { .fd = p->fd, .events = POLLIN };
		ssize_t n;

		if (clock_seconds() - p->from > LIMIT_SECONDS) {
			kill(p->pid, SIGKILL);
			fail_msg("still running after %d s; it said:\n%s", LIMIT_SECONDS, p->text);
		}
		if (poll(&fd, 1, 50) <= 0)
			continue;
		n = read(p->fd, p->text + p->len, MAX_OUTPUT - p->len);
		if (n <= 0 && text)
			fail_msg("it did not say \"%s\" but:\n%s", text, p->text);
		if (n <= 0)
			return;
		p->len += (size_t)n;
	}
}

/* Orphans of the program become ours (a subreaper's): there must be none. */
static void check_nothing_left(void)
{
	/* An orphan that is dying is given a moment. */
	for (int i = 0; i < 60; i++) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		usleep(50 * 1000);
	}
	fail_msg("a process was left running");
}

/* To its end; @code is its exit code, or -1 for a signal. It must have said all of @says. */
static void finish_beside(struct process p, int code, const char *const says[])
{
	int status;

	listen_for(&p, NULL);
	close(p.fd);
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	p.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (p.code != code)
		fail_msg("exit code %d, not %d; it said:\n%s", p.code, code, p.text);
	for (size_t i = 0; says[i]; i++)
		if (!strstr(p.text, says[i]))
			fail_msg("it did not say \"%s\" but:\n%s", says[i], p.text);
	free(p.text);
}

/* Likewise, and no other is running. */
static void finish(struct process p, int code, const char *const says[])
{
	finish_beside(p, code, says);
	check_nothing_left();
}

#define SAYS(...)                 \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

static pid_t first_child(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_int_equal(fscanf(in, "%d", &child), 1);
	fclose(in);
	return child;
}

/* A path below the scratch folder, until thirty others were asked for. */
static char *below(const char *folder, const char *file)
{
	static char paths[30][700];
	static int next;
	char *path = paths[next++ % 30];

	snprintf(path, sizeof(paths[0]), "%s/%s/%s", scratch, folder, file);
	return path;
}

/* A file without comments, to be freed: how guests died is allowed to differ. */
static char *essence(const char *path)
{
	char *text = NULL, *line = NULL;
	size_t len, room = 0;
	FILE *in = fopen(path, "re"), *out = open_memstream(&text, &len);

	if (!in)
		fail_msg("%s is not there", path);
	while (getline(&line, &room, in) >= 0)
		if (*line != '#')
			fputs(line, out);
	fclose(in);
	fclose(out);
	free(line);
	return text;
}

/* Transcripts and verdicts of two runs, by their names. */
static void check_same(const char *a, const char *b)
{
	static const char *const files[] = { "jit.txt", "interp.txt", "jit-hardened.txt",
					     "cases.case" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *one = essence(below(a, files[i])), *other = essence(below(b, files[i]));

		assert_true(strlen(one) > 500);
		assert_string_equal(one, other);
		free(one);
		free(other);
	}
}

/* Bytes of a file: how many there are, and one of them changed, or the last ones gone. */
static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x55;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

#define CASES "limit", "freeze", "lookup"
/* Bytes of the journal of a run of these: 59,256 are of the probes, 281,130 are all. */
#define IN_THE_CASES 120000

/*
 * Killed in the middle, its journal damaged in two places: what is left is used, the rest run
 * again, and it ends as a run that nobody disturbed. That one takes away what the other left.
 */
static void killed_and_gone_on_with(void **state)
{
	char killed[100], calm[100];
	struct process p;
	off_t size;

	(void)state;
	snprintf(killed, sizeof(killed), "%s/killed", scratch);
	snprintf(calm, sizeof(calm), "%s/calm", scratch);
	p = LAUNCH(NULL, "run", "-g", "1", "-o", killed, CASES);
	listen_for(&p, " is up ");
	finish_beside(LAUNCH(NULL, "run", "--resume", killed), 2,
		      SAYS("written by another process"));
	finish_beside(LAUNCH(NULL, "run", "-o", killed, "limit"), 5, SAYS("is at work in"));
	while (size_of(below("killed", "journal")) < IN_THE_CASES)
		usleep(10 * 1000);
	kill(p.pid, SIGKILL);
	finish(p, -1, SAYS("booting"));
	assert_int_equal(access(below("killed", "initramfs.cpio"), F_OK), 0);
	assert_int_equal(access(below("killed", "summary.json"), F_OK), -1);

	size = size_of(below("killed", "journal"));
	flip(below("killed", "journal"), size / 2);
	assert_int_equal(truncate(below("killed", "journal"), size - 30), 0);
	finish(LAUNCH(NULL, "run", "--resume", killed), 0,
	       SAYS("are damaged: 1 record lost", "going on with ", " results are there\n",
		    "0 lost"));
	assert_int_equal(access(below("killed", "initramfs.cpio"), F_OK), -1);
	finish(LAUNCH(NULL, "run", "-g", "1", "-o", calm, CASES), 0, SAYS("0 lost"));
	check_same("killed", "calm");
	/* Nothing is left to be done, and that takes no guest. */
	finish(LAUNCH(NULL, "run", "--resume", killed), 0, SAYS("no boots", "0 lost"));
	check_same("killed", "calm");
}

/* What a killed run leaves below results/ goes with the next run, whatever that is. */
static void next_run_cleans_up(void **state)
{
	struct process p = LAUNCH(NULL, "run", "-g", "1", "limit.self");
	char *left = NULL, initrd[300];
	const struct dirent *ent;
	DIR *d;

	(void)state;
	listen_for(&p, "booting");
	kill(p.pid, SIGKILL);
	finish(p, -1, SAYS("booting"));
	d = opendir(below("results", ""));
	assert_non_null(d);
	while ((ent = readdir(d)))
		if (!left && strstr(ent->d_name, "debian"))
			left = strdup(ent->d_name);
	closedir(d);
	assert_non_null(left);
	snprintf(initrd, sizeof(initrd), "%s/initramfs.cpio", left);
	assert_int_equal(access(below("results", initrd), F_OK), 0);
	p = LAUNCH(NULL, "run", "-g", "1", "limit.self");
	listen_for(&p, "booting");
	assert_int_equal(access(below("results", initrd), F_OK), -1);
	/* And the second ^C takes its own away. */
	kill(p.pid, SIGINT);
	usleep(1000);
	kill(p.pid, SIGINT);
	finish(p, 5, SAYS("booting"));
	finish(LAUNCH(NULL, "run", "--resume", left), 0, SAYS("0 results are there", "3 conform"));
	free(left);
}

static void write_case(const char *path, int result)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fprintf(out,
		"case a.same\nabout x\n\nmap m prog_array = 0\nlookup m 0 = ENOENT\n\n"
		"case a.edited\nabout x\n\nprog p socket_filter\n    r0 = %d\n    exit\n\n"
		"run p = %d\n",
		result, result);
	assert_int_equal(fclose(out), 0);
}

static void case_that_changed_is_run_again(void **state)
{
	char *path = below("", "edited.case"), *run = below("edited", "");

	(void)state;
	write_case(path, 1);
	finish(LAUNCH(NULL, "run", "-o", run, path), 0, SAYS("6 conform"));
	write_case(path, 2);
	finish(LAUNCH(NULL, "run", "--resume", run), 0,
	       SAYS("edited.case:7: a.edited has changed since: its result on jit is not used",
		    "3 results are there; 3 are of cases that have changed", "6 conform"));
}

static void what_cannot_be_gone_on_with(void **state)
{
	FILE *out;

	(void)state;
	finish(LAUNCH(NULL, "run", "--resume", "/nowhere"), 2, SAYS("no run is in /nowhere"));
	assert_int_equal(mkdir(below("", "empty"), 0700), 0);
	finish(LAUNCH(NULL, "run", "--resume", below("", "empty")), 2, SAYS("No such file"));
	out = fopen(below("empty", "journal"), "we");
	assert_non_null(out);
	fputs("something else\n", out);
	fclose(out);
	finish(LAUNCH(NULL, "run", "--resume", below("", "empty")), 2, SAYS("no whole record"));
	finish(LAUNCH(NULL, "run", "--resume", below("", "empty"), "-k", "debian-6.1"), 2,
	       SAYS("has its kernel"));
}

static void write_script(const char *path, const char *comment)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fprintf(out, "#!/bin/sh\n# %s\nexec %s engine-server\n", comment, program);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

/* Wait until a file has this many bytes; false where the process has ended before. */
static bool grows_to(struct process *p, const char *path, off_t size)
{
	while (access(path, F_OK) || size_of(path) < size) {
		siginfo_t info = { .si_pid = 0 };

		if (clock_seconds() - p->from > LIMIT_SECONDS)
			fail_msg("%s does not grow", path);
		if (!waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid)
			return false;
		usleep(1000);
	}
	return true;
}

/* A run on a runtime, killed at some moments, ends as one that nobody disturbed. */
static void adapter_run_is_gone_on_with(void **state)
{
	char script[200], killed[100], calm[100], *one, *other;
	struct process p;

	(void)state;
	snprintf(script, sizeof(script), "%s/adapter", scratch);
	snprintf(killed, sizeof(killed), "%s/adapter-killed", scratch);
	snprintf(calm, sizeof(calm), "%s/adapter-calm", scratch);
	write_script(script, "one");
	finish(LAUNCH(NULL, "run", "-e", script, "--quirks", "-o", calm, CASES, "create"), 0,
	       SAYS("0 lost"));
	p = LAUNCH(NULL, "run", "-e", script, "--quirks", "-o", killed, CASES, "create");
	for (int moment = 0; moment < 3; moment++) {
		if (!grows_to(&p, below("adapter-killed", "journal"), 5000 + moment * 30000))
			fail_msg("it was too fast");
		kill(p.pid, SIGKILL);
		finish(p, -1, SAYS(""));
		p = LAUNCH(NULL, "run", "--resume", killed);
	}
	finish(p, 0, SAYS("going on with ", " results are there\n", "0 lost"));
	one = essence(below("adapter-killed", "ref-interp.txt"));
	other = essence(below("adapter-calm", "ref-interp.txt"));
	assert_true(strlen(one) > 10000);
	assert_string_equal(one, other);
	free(one);
	free(other);
	/* With another adapter it would be half of this and half of that. */
	write_script(script, "another one");
	finish(LAUNCH(NULL, "run", "--resume", killed), 5, SAYS("was with another adapter"));
}

/* The disk is full in the middle: what was there is kept, and with room it goes on. */
static void disk_fills_up(void **state)
{
	char *dir = below("", "small"), *run = below("small", "run");
	struct stat agent;
	char options[64], agent_path[600];

	(void)state;
	snprintf(agent_path, sizeof(agent_path), "%s/build/agent", getenv("TAILCHECK_ROOT"));
	assert_int_equal(stat(agent_path, &agent), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	/* For what guests boot from, and some of the results. */
	snprintf(options, sizeof(options), "size=%ldk", (long)agent.st_size / 1024 + 360);
	if (mount("tmpfs", dir, "tmpfs", 0, options))
		skip(); /* not root */
	finish(LAUNCH(NULL, "run", "-g", "1", "-o", run, CASES, "create"), 5,
	       SAYS("No space left on device", "--resume "));
	assert_int_equal(mount("tmpfs", dir, "tmpfs", MS_REMOUNT, "size=100m"), 0);
	finish(LAUNCH(NULL, "run", "--resume", run), 0, SAYS(" results are there\n", "0 lost"));
	assert_int_equal(umount(dir), 0);
}

/* Something stops QEMU: it takes a while until that is noticed, and then nothing is lost. */
static void qemu_is_stopped(void **state)
{
	struct process p = LAUNCH(NULL, "run", "-g", "1", "--case-timeout", "5", CASES);

	(void)state;
	listen_for(&p, " is up ");
	kill(first_child(p.pid), SIGSTOP);
	finish(p, 0,
	       SAYS("no answer within 5 s, and something has stopped QEMU", "0 timed out",
		    "0 lost"));
}

/* Nobody's fault: the case that it hits goes well when it is run again, alone. */
static void faults_out_of_the_blue(void **state)
{
	static const struct {
		const char *fault;
		int code; /* a kernel that says that it is broken is unexpected */
		const char *says;
	} faults[] = {
		{ "TAILCHECK_FAULT=halt@300", 1, "kernel panic: Kernel panic" },
		{ "TAILCHECK_FAULT=oops@300", 1, "kernel oops: Oops: 0000 [#1]" },
		{ "TAILCHECK_FAULT=lockup@300", 0, "no answer within 5 s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		finish(LAUNCH(faults[i].fault, "run", "-g", "1", "--case-timeout", "5", "limit"),
		       faults[i].code,
		       SAYS(faults[i].says, "starting another", "0 diverge, 0 crashed, 0 timed",
			    "0 lost"));
}

/* A culprit is one also alone; and no more guests are replaced than allowed. */
static void restarts_are_bounded(void **state)
{
	finish(LAUNCH("TAILCHECK_FAULT=panic:limit.self", "run", "--restarts", "1", "--no-snapshot",
		      "-g", "1", "limit.self", "mmap"),
	       1,
	       SAYS("no more restarts are allowed", "crashed: limit.self on jit", "1 crashed",
		    "2 boots ("));
	(void)state;
}

/* The matrix is killed, its run with it; the next one goes on within the kernel. */
static void matrix_goes_on(void **state)
{
	struct process p = LAUNCH(NULL, "matrix", "-k", "debian-6.1", CASES);
	const char *journal = "results/matrix/debian-6.1", *log;

	(void)state;
	while (access(below(journal, "journal"), F_OK) ||
	       size_of(below(journal, "journal")) < IN_THE_CASES) {
		if (clock_seconds() - p.from > LIMIT_SECONDS)
			fail_msg("no journal");
		usleep(10 * 1000);
	}
	kill(p.pid, SIGKILL);
	finish(p, -1, SAYS(""));
	finish(LAUNCH(NULL, "matrix", "-k", "debian-6.1", CASES), 0, SAYS("1 as expected"));
	log = essence(below("results/matrix", "debian-6.1.log"));
	assert_non_null(strstr(log, "going on with "));
	assert_null(strstr(log, " 0 results are there"));
	free((void *)log);
}

static int prepare(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");

	(void)state;
	if (!root || !mkdtemp(scratch))
		return -1;
	snprintf(program, sizeof(program), "%s/build/tailcheck", root);
	setenv("TAILCHECK_RESULTS", below("", "results"), 1);
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

/* With an argument, only the tests whose names match it. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_and_gone_on_with),
		cmocka_unit_test(next_run_cleans_up),
		cmocka_unit_test(case_that_changed_is_run_again),
		cmocka_unit_test(what_cannot_be_gone_on_with),
		cmocka_unit_test(adapter_run_is_gone_on_with),
		cmocka_unit_test(disk_fills_up),
		cmocka_unit_test(qemu_is_stopped),
		cmocka_unit_test(faults_out_of_the_blue),
		cmocka_unit_test(restarts_are_bounded),
		cmocka_unit_test(matrix_goes_on),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, prepare, clean_up) ? 1 : 0;
}
