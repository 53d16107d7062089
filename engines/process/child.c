// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/clock.h"
#include "message.h"
#include "together.h"

/* How often an interruption is looked for. */
#define TICK_MS 100
/* Of standard error so much is read; who says more waits until it is killed. */
#define MAX_STDERR (64U << 20)
/* Of all children that share a log: one after the other, where each of them ends. */
#define MAX_LOG_FILE (16L << 20)
#define LAST_WORDS   200
/* What a child has to be gone after its output ended. */
#define GONE_SECONDS 0.5
#define NAP_US	     2000
#define READ_SIZE    65536
/* Who takes longer to answer works, and the scheduler may find it a better place. */
#define SHORT_MS 10

struct child {
	struct child_config config;
	pid_t pid;
	int in, out, err; /* its streams; -1: closed */
	char *buf;	  /* what it said and nobody took yet: at most PROTOCOL_MAX_REPLY */
	size_t len, room;
	size_t taken; /* of it, by the last answer */
	size_t n_err, n_logged;
	char last_words[LAST_WORDS + 1]; /* the end of its standard error */
	bool ended;
	int code, status; /* as waitid(2) says */
	struct together together;
};

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* After fork(2) in a program with threads: nothing but system calls. */
__attribute__((noreturn)) static void be_child(const int in[2], const int out[2], const int err[2],
					       char *command, pid_t parent)
{
	static const struct rlimit no_core = { 0, 0 };
	char shell[] = "/bin/sh", option[] = "-c";
	char *const argv[] = { shell, option, command, NULL };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setsid();
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0 &&
	    dup2(err[1], STDERR_FILENO) >= 0)
		execv(shell, argv);
	_exit(127);
}

static int open_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++) {
		if (pipe2(pipes[i], O_CLOEXEC)) {
			while (i--) {
				close(pipes[i][0]);
				close(pipes[i][1]);
			}
			return -1;
		}
	}
	return 0;
}

struct child *child_start(const struct child_config *config, char *why, size_t why_size)
{
	/* The shell is gone once the command begins: it has its process, and its exit status. */
	char *command = xasprintf("exec %s", config->command);
	pid_t parent = getpid(), pid = -1;
	struct child *c = NULL;
	int pipes[3][2];

	signal(SIGPIPE, SIG_IGN);
	if (open_pipes(pipes) == 0) {
		pid = fork();
		if (pid == 0)
			be_child(pipes[0], pipes[1], pipes[2], command, parent);
		close(pipes[0][0]);
		close(pipes[1][1]);
		close(pipes[2][1]);
		if (pid < 0) {
			close(pipes[0][1]);
			close(pipes[1][0]);
			close(pipes[2][0]);
		}
	}
	if (pid > 0) {
		c = xcalloc(1, sizeof(*c));
		c->config = *config;
		c->pid = pid;
		c->in = pipes[0][1];
		c->out = pipes[1][0];
		c->err = pipes[2][0];
		set_nonblocking(c->in);
		set_nonblocking(c->out);
		set_nonblocking(c->err);
		together_init(&c->together, pid);
	} else {
		snprintf(why, why_size, "cannot start it: %s", strerror(errno));
	}
	free(command);
	return c;
}

void child_quote(const char *line, size_t len, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 8 < size; i++) {
		unsigned char c = (unsigned char)line[i];

		n += (size_t)snprintf(to + n, size - n, c >= ' ' && c <= '~' ? "%c" : "\\x%02x", c);
		if (i + 1 < len && n + 8 >= size)
			n += (size_t)snprintf(to + n, size - n, "...");
	}
	to[n] = '\0';
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* It is left as a zombie: its number stays that of its process group. */
static bool has_ended(struct child *c)
{
	siginfo_t info = { .si_pid = 0 };

	if (!c->ended && waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid) {
		c->ended = true;
		c->code = info.si_code;
		c->status = info.si_status;
	}
	return c->ended;
}

static bool ends_by(struct child *c, double deadline)
{
	while (!has_ended(c)) {
		if (clock_seconds() > deadline)
			return false;
		usleep(NAP_US);
	}
	return true;
}

/* Standard error is for people: the log gets some, and a message its end. */
static void hear_stderr(struct child *c)
{
	char buf[4096];
	ssize_t n = read(c->err, buf, sizeof(buf));
	size_t keep, old;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_fd(&c->err);
		return;
	}
	c->n_err += (size_t)n;
	if (c->config.log >= 0 && c->n_logged + (size_t)n <= CHILD_MAX_LOG &&
	    lseek(c->config.log, 0, SEEK_END) < MAX_LOG_FILE)
		c->n_logged += write(c->config.log, buf, (size_t)n) == n ? (size_t)n : 0;
	keep = (size_t)n < LAST_WORDS ? (size_t)n : LAST_WORDS;
	old = strlen(c->last_words);
	if (old + keep > LAST_WORDS) {
		size_t drop = old + keep - LAST_WORDS;

		memmove(c->last_words, c->last_words + drop, old - drop);
		old -= drop;
	}
	for (size_t i = 0; i < keep; i++) {
		char byte = buf[(size_t)n - keep + i];

		c->last_words[old + i] = (char)(byte ? byte : '?');
	}
	c->last_words[old + keep] = '\0';
}

/* The last line of its standard error, in quotes, or nothing. */
static void last_line(struct child *c, char *to, size_t size)
{
	size_t end, from;
	char quoted[LAST_WORDS];

	while (c->err >= 0 && c->n_err < MAX_STDERR) {
		size_t before = c->n_err;

		hear_stderr(c);
		if (c->n_err == before)
			break;
	}
	end = strlen(c->last_words);
	while (end && c->last_words[end - 1] == '\n')
		end--;
	for (from = end; from && c->last_words[from - 1] != '\n';)
		from--;
	child_quote(c->last_words + from, end - from, quoted, sizeof(quoted));
	snprintf(to, size, *quoted ? " (it said: %s)" : "%s", quoted);
}

/* Its output has ended: so has it, or it is of no use any more. */
static enum child_end say_end(struct child *c, char *why, size_t why_size)
{
	char said[LAST_WORDS + 20];

	if (!ends_by(c, clock_seconds() + GONE_SECONDS)) {
		snprintf(why, why_size, "it closed its output and goes on running");
		return CHILD_BROKEN;
	}
	last_line(c, said, sizeof(said));
	if (c->code == CLD_EXITED)
		snprintf(why, why_size, "it ended with exit status %d%s", c->status, said);
	else
		snprintf(why, why_size, "killed by signal %d, %s%s", c->status,
			 strsignal(c->status), said);
	return CHILD_DIED;
}

static bool make_room(struct child *c)
{
	if (c->taken) {
		memmove(c->buf, c->buf + c->taken, c->len - c->taken);
		c->len -= c->taken;
		c->taken = 0;
	}
	if (c->room - c->len < READ_SIZE && c->room < PROTOCOL_MAX_REPLY + READ_SIZE) {
		c->room = c->room ? 2 * c->room : (size_t)2 * READ_SIZE;
		if (c->room > PROTOCOL_MAX_REPLY + READ_SIZE)
			c->room = PROTOCOL_MAX_REPLY + READ_SIZE;
		c->buf = xreallocarray(c->buf, c->room, 1);
	}
	return c->len < PROTOCOL_MAX_REPLY;
}

/* What there is to read, up to the limit. False at the end of its output. */
static bool hear(struct child *c)
{
	while (make_room(c)) {
		ssize_t n = read(c->out, c->buf + c->len, READ_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		c->len += (size_t)n;
		if (memchr(c->buf + c->len - n, '\n', (size_t)n))
			return true;
	}
	return true;
}

/* As much as it takes. False where it has closed its input. */
static bool tell(struct child *c, const char **line, size_t *len)
{
	while (*len) {
		ssize_t n = write(c->in, *line, *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		*line += n;
		*len -= (size_t)n;
	}
	return true;
}

static enum child_end broken(struct child *c, const char *what, char *why, size_t why_size)
{
	char quoted[80];
	const char *from = c->buf + c->taken, *newline;
	size_t len = c->len - c->taken;

	newline = memchr(from, '\n', len);
	child_quote(from, newline ? (size_t)(newline - from) : len, quoted, sizeof(quoted));
	snprintf(why, why_size, "%s: \"%s\"", what, quoted);
	return CHILD_BROKEN;
}

/* A whole line is there, and nothing behind it. */
static enum child_end take_answer(struct child *c, const char *newline, char **answer, char *why,
				  size_t why_size)
{
	size_t len = (size_t)(newline - c->buf);

	c->taken = len + 1;
	if (c->taken > PROTOCOL_MAX_REPLY) {
		snprintf(why, why_size, "a line of more than %u bytes", PROTOCOL_MAX_REPLY);
		return CHILD_BROKEN;
	}
	if (c->len > c->taken)
		return broken(c, "it says more than it was asked", why, why_size);
	if (memchr(c->buf, '\0', len)) {
		c->taken = 0;
		return broken(c, "a NUL in its answer", why, why_size);
	}
	c->buf[len] = '\0';
	*answer = c->buf;
	return CHILD_ANSWERED;
}

/* Wait until something happens. CHILD_ANSWERED: it did, or there is still time. */
static enum child_end wait_for(struct child *c, size_t unsent, double deadline, char *why,
			       size_t why_size)
{
	double left = deadline - clock_seconds();
	int tick;
	struct pollfd fds[3] = {
		{ .fd = c->out, .events = POLLIN },
		{ .fd = c->n_err < MAX_STDERR ? c->err : -1, .events = POLLIN },
		{ .fd = unsent ? c->in : -1, .events = POLLOUT },
	};

	if (c->config.interrupted && *c->config.interrupted) {
		snprintf(why, why_size, "interrupted");
		return CHILD_INTERRUPTED;
	}
	if (left <= 0) {
		snprintf(why, why_size,
			 unsent ? "it does not read what it is asked" : "no answer in time");
		return CHILD_SILENT;
	}
	tick = c->together.kept ? SHORT_MS : TICK_MS;
	if (poll(fds, 3, left * 1000 < tick ? (int)(left * 1000) + 1 : tick) == 0)
		together_end(&c->together);
	if (fds[1].revents)
		hear_stderr(c);
	return CHILD_ANSWERED;
}

enum child_end child_ask(struct child *c, const char *line, size_t len, double deadline,
			 char **answer, char *why, size_t why_size)
{
	bool open = true, takes = true, gone = false;

	make_room(c);
	if (c->len)
		return broken(c, "it says something without being asked", why, why_size);
	for (;;) {
		const char *newline;
		enum child_end end;

		if (takes && !tell(c, &line, &len))
			takes = false; /* it is about to end, or answers nevertheless */
		if (open)
			open = hear(c);
		newline = c->len ? memchr(c->buf, '\n', c->len) : NULL;
		if (newline)
			return take_answer(c, newline, answer, why, why_size);
		if (c->len >= PROTOCOL_MAX_REPLY) {
			snprintf(why, why_size, "a line of more than %u bytes", PROTOCOL_MAX_REPLY);
			return CHILD_BROKEN;
		}
		if (!open)
			return say_end(c, why, why_size);
		/* Another process may still hold its output: what it said before is there. */
		if (gone)
			return say_end(c, why, why_size);
		gone = has_ended(c);
		end = gone ? CHILD_ANSWERED : wait_for(c, takes ? len : 0, deadline, why, why_size);
		if (end != CHILD_ANSWERED)
			return end;
	}
}

void child_keep_close(struct child *c)
{
	together_begin(&c->together);
}

void child_let_go(struct child *c)
{
	if (c)
		together_end(&c->together);
}

int child_finish(struct child *c, double deadline)
{
	close_fd(&c->in);
	return ends_by(c, deadline) ? 0 : -1;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	child_let_go(c);
	/* Its group may outlive it. */
	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL); /* which may not be the head of a group yet */
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->err);
	free(c->buf);
	free(c);
}
