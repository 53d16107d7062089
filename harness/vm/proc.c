// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"

/* Output beyond this is not kept: nothing that we run says so much. */
#define MAX_OUTPUT (64U << 20)

/* The environment with @setting in front: of two settings of one name, getenv(3) sees the first. */
static char **environment_with(const char *setting)
{
	char **env;
	size_t n = 0;

	while (environ[n])
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	env[0] = (char *)setting;
	memcpy(env + 1, environ, n * sizeof(*env));
	return env;
}

/* A process in a namespace of its own sees no parent; but the parent reads its reports. */
static bool orphaned(const struct proc_spawn *p, pid_t parent, const int report[2])
{
	struct pollfd fd = { .fd = report[1] };

	if (!p->isolated)
		return getppid() != parent;
	close(report[0]);
	return poll(&fd, 1, 0) != 0;
}

static void isolate(void)
{
	const struct rlimit nothing = { 0, 0 };

	setrlimit(RLIMIT_CORE, &nothing);
	personality(ADDR_NO_RANDOMIZE);
}

/*
 * The first process of a namespace is this one, and the program its child: to the first, signals
 * that it sends itself do nothing, and a program that aborts would not end. A program that was
 * killed by signal N ends as exit status 128 + N then.
 */
static void be_first(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), got;
	int status = 0;

	if (!pid)
		return;
	/* The streams are the program's alone, and so is the report. */
	if (close_range(0, ~0U, 0))
		_exit(127);
	do {
		got = waitpid(-1, &status, 0);
	} while (pid > 0 && got != pid && (got > 0 || errno == EINTR));
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* In the child: only what is safe after fork(2) in a program with threads. */
__attribute__((noreturn)) static void child(const struct proc_spawn *p, char *const *env,
					    pid_t parent, const int pipe_ends[2])
{
	int err, report = pipe_ends[1];
	sigset_t none;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (orphaned(p, parent, pipe_ends))
		_exit(127); /* the parent was gone before it could be watched */
	if (p->isolated)
		isolate();
	if (p->session)
		setsid();
	if (p->isolated)
		be_first();
	/* What we ignore, and a signal that we keep waiting, is nothing to a program of its own. */
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	close(STDIN_FILENO);
	if (open("/dev/null", O_RDONLY) != STDIN_FILENO || dup2(p->out, STDOUT_FILENO) < 0 ||
	    dup2(p->err, STDERR_FILENO) < 0)
		goto failed;
	for (i = 0; i < sizeof(p->keep) / sizeof(*p->keep); i++)
		if (p->keep[i] >= 0 && fcntl(p->keep[i], F_SETFD, 0))
			goto failed;
	if (p->dir && chdir(p->dir))
		goto failed;
	execvpe(p->argv[0], (char *const *)p->argv, env);
failed:
	err = errno;
	while (write(report, &err, sizeof(err)) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* Did exec work? The pipe closes with it; before that, only an errno comes through. */
static int exec_error(int fd)
{
	ssize_t n;
	int err;

	do {
		n = read(fd, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(err) ? err : 0;
}

/* fork(2), into new namespaces; root may have the one without the other. */
static pid_t fork_isolated(void)
{
	static const int flags[] = { CLONE_NEWUSER | CLONE_NEWPID, CLONE_NEWPID };
	pid_t pid = -1;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags) && pid < 0; i++)
		pid = (pid_t)syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0);
	return pid;
}

static void cannot_run(const struct proc_spawn *p, bool forked, int err, char *why, size_t why_size)
{
	if (p->isolated && !forked)
		snprintf(why, why_size,
			 "%s runs in a PID namespace only, so that nothing of it is left behind, "
			 "and this machine gives us none (%s): run as root, or allow user "
			 "namespaces",
			 p->argv[0], strerror(err));
	else
		snprintf(why, why_size, "cannot run %s: %s", p->argv[0], strerror(err));
}

pid_t proc_spawn(const struct proc_spawn *p, char *why, size_t why_size)
{
	const char *setting = p->plain ? "LC_ALL=C" : p->setting;
	char **env = setting ? environment_with(setting) : environ;
	pid_t parent = getpid(), pid = -1;
	int report[2], err;

	/* Descriptors 0 to 2 are open in any program of ours: a pipe never lands there. */
	if (pipe2(report, O_CLOEXEC)) {
		err = errno;
	} else {
		pid = p->isolated ? fork_isolated() : fork();
		if (!pid)
			child(p, env, parent, report);
		err = pid < 0 ? errno : 0;
		close(report[1]);
		if (!err)
			err = exec_error(report[0]);
		close(report[0]);
	}
	if (setting)
		free(env);
	if (!err)
		return pid;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	cannot_run(p, pid > 0, err, why, why_size);
	return -1;
}

void proc_status_text(int status, char *text, size_t size)
{
	if (WIFEXITED(status))
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "wait status %#x", (unsigned int)status);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Append what there is to read; false at its end. */
static bool drain(int fd, char **text, size_t *len)
{
	char buf[1 << 14];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	if (*len + (size_t)n > MAX_OUTPUT)
		return true;
	*text = xreallocarray(*text, *len + (size_t)n + 1, 1);
	memcpy(*text + *len, buf, (size_t)n);
	*len += (size_t)n;
	(*text)[*len] = '\0';
	return true;
}

/* Read both pipes to their ends, or to the deadline. */
static void collect(int out, int err, long long deadline, struct proc_output *o)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		long long left = deadline ? deadline - now_ms() : -1;

		if (deadline && left <= 0) {
			o->timed_out = true;
			return;
		}
		if (poll(fds, 2, deadline ? (int)left : -1) <= 0)
			continue;
		if (fds[0].revents && !drain(out, &o->out, &o->out_len))
			fds[0].fd = -1;
		if (fds[1].revents && !drain(err, &o->err, &o->err_len))
			fds[1].fd = -1;
	}
}

int proc_run(const char *const *argv, const char *dir, int timeout_ms, struct proc_output *o,
	     char *why, size_t why_size)
{
	int out[2], err[2];
	pid_t pid;

	memset(o, 0, sizeof(*o));
	o->out = xstrdup("");
	o->err = xstrdup("");
	if (pipe2(out, O_CLOEXEC)) {
		snprintf(why, why_size, "cannot run %s: %s", argv[0], strerror(errno));
		return -1;
	}
	if (pipe2(err, O_CLOEXEC)) {
		snprintf(why, why_size, "cannot run %s: %s", argv[0], strerror(errno));
		close(out[0]);
		close(out[1]);
		return -1;
	}
	pid = proc_spawn(&(struct proc_spawn){ .argv = argv,
					       .dir = dir,
					       .out = out[1],
					       .err = err[1],
					       .keep = { -1, -1, -1, -1, -1 },
					       .plain = true },
			 why, why_size);
	close(out[1]);
	close(err[1]);
	if (pid > 0) {
		collect(out[0], err[0], timeout_ms ? now_ms() + timeout_ms : 0, o);
		if (o->timed_out)
			kill(pid, SIGKILL);
		while (waitpid(pid, &o->status, 0) < 0 && errno == EINTR)
			;
	}
	close(out[0]);
	close(err[0]);
	return pid > 0 ? 0 : -1;
}

void proc_output_release(struct proc_output *o)
{
	free(o->out);
	free(o->err);
	memset(o, 0, sizeof(*o));
}
