// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Child processes, some at a time: one run each, so that one kernel's trouble stays its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../claims/json_file.h"
#include "../vm/files.h"
#include "cli.h"
#include "matrix.h"

#define TICK_MS 200

static char *key_file(const char *dir)
{
	return xasprintf("%s/matrix", dir);
}

/* "KEY EXIT-CODE", written last. */
bool matrix_finished(const char *dir, const char *key, int *exit_code)
{
	char *path = key_file(dir), *text = files_read_text(path);
	size_t n = strlen(key);
	bool same = text && !strncmp(text, key, n) && text[n] == ' ';

	if (same)
		*exit_code = atoi(text + n + 1);
	free(text);
	free(path);
	return same;
}

/*
 * Cut short, or with results that were lost? The exit code does not tell where something else was
 * not as expected.
 */
static bool cut_short(const char *dir)
{
	char *path = xasprintf("%s/summary.json", dir), why[300];
	json_t *summary = json_file_load(path, why, sizeof(why));
	const json_t *engines = json_object_get(summary, "engines");
	bool ret = !summary || json_is_true(json_object_get(summary, "interrupted"));

	for (size_t i = 0; i < json_array_size(engines); i++) {
		const json_t *counts = json_object_get(json_array_get(engines, i), "counts");

		ret |= json_integer_value(json_object_get(counts, "infra")) > 0;
	}
	json_decref(summary);
	free(path);
	return ret;
}

/* Only what is whole is kept: as expected, or not as expected, but all of it. */
static void keep(struct row *row)
{
	char *path = key_file(row->dir), why[300], *text;

	if (row->exit_code != EXIT_AS_EXPECTED &&
	    (row->exit_code != EXIT_UNEXPECTED || cut_short(row->dir))) {
		row->state = ROW_FAILED;
	} else {
		row->state = ROW_DONE;
		text = xasprintf("%s %d\n", row->key, row->exit_code);
		if (files_write_text(path, text, why, sizeof(why)))
			fprintf(stderr, "tailcheck: %s\n", why);
		free(text);
	}
	free(path);
}

static void child(const struct matrix *m, const struct row *row, int err)
{
	const char **argv = NULL;
	size_t n = 0;
	int null = open("/dev/null", O_WRONLY);
	char *report = xasprintf("%s.txt", row->dir);
	int out = open(report, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	*vec_add(argv, n) = m->program;
	*vec_add(argv, n) = "run";
	*vec_add(argv, n) = "--kernel";
	*vec_add(argv, n) = row->kernel;
	*vec_add(argv, n) = "--output";
	*vec_add(argv, n) = row->dir;
	*vec_add(argv, n) = "--guests";
	*vec_add(argv, n) = "1";
	if (!m->fresh)
		*vec_add(argv, n) = "--reuse";
	for (char **a = m->run_args; *a; a++)
		*vec_add(argv, n) = *a;
	*vec_add(argv, n) = NULL;
	dup2(out >= 0 ? out : null, 1);
	dup2(err, 2);
	/* A group of its own: ^C is ours to pass on, once. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(m->program, (char *const *)argv);
	fprintf(stderr, "tailcheck: %s: %s\n", m->program, strerror(errno));
	_exit(EXIT_INFRA);
}

static void start(struct matrix *m, struct row *row)
{
	char *log = xasprintf("%s.log", row->dir);
	int fds[2];

	row->from = clock_seconds();
	row->log = fopen(log, "we");
	free(log);
	if (pipe2(fds, O_CLOEXEC)) {
		snprintf(row->said, sizeof(row->said), "pipe: %s", strerror(errno));
		row->state = ROW_FAILED;
		return;
	}
	fflush(NULL);
	row->pid = fork();
	if (row->pid == 0)
		child(m, row, fds[1]);
	close(fds[1]);
	row->err = fds[0];
	row->state = row->pid > 0 ? ROW_RUNNING : ROW_FAILED;
	matrix_show(m, row);
}

/* Keep the last whole line, without the program's name before it. */
static void listen_to(struct row *row)
{
	char text[4096], *line, *end;
	ssize_t n = read(row->err, text, sizeof(text) - 1);

	if (n <= 0) {
		close(row->err);
		row->err = -1;
		return;
	}
	text[n] = '\0';
	if (row->log)
		fputs(text, row->log);
	end = strrchr(text, '\n');
	if (!end)
		return;
	*end = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	line += strspn(line, " ");
	if (!strncmp(line, "tailcheck: ", 11))
		line += 11;
	snprintf(row->said, sizeof(row->said), "%s", line);
}

static void reap(struct matrix *m, struct row *row)
{
	int status;

	while (waitpid(row->pid, &status, 0) < 0 && errno == EINTR)
		;
	row->pid = 0;
	row->seconds = clock_seconds() - row->from;
	row->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INFRA;
	if (WIFSIGNALED(status))
		snprintf(row->said, sizeof(row->said), "the run was killed by signal %d",
			 WTERMSIG(status));
	if (row->log)
		fclose(row->log);
	row->log = NULL;
	keep(row);
	matrix_show(m, row);
}

static size_t running(const struct matrix *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->rows[i].state == ROW_RUNNING;
	return n;
}

static void start_some(struct matrix *m)
{
	size_t n = running(m);

	for (size_t i = 0; i < m->n && n < m->jobs; i++) {
		if (m->rows[i].state != ROW_WAITING)
			continue;
		start(m, &m->rows[i]);
		n += m->rows[i].state == ROW_RUNNING;
	}
}

static void wait_a_little(struct matrix *m)
{
	struct pollfd *p = xcalloc(m->n, sizeof(*p));

	for (size_t i = 0; i < m->n; i++)
		p[i] = (struct pollfd){ .fd = m->rows[i].state == ROW_RUNNING ? m->rows[i].err : -1,
					.events = POLLIN };
	if (poll(p, m->n, TICK_MS) >= 0) {
		for (size_t i = 0; i < m->n; i++) {
			struct row *row = &m->rows[i];

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			listen_to(row);
			if (row->err < 0)
				reap(m, row);
		}
	}
	free(p);
}

static void stop_all(const struct matrix *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].state == ROW_RUNNING)
			kill(m->rows[i].pid, SIGTERM);
}

void matrix_run(struct matrix *m, const volatile int *interrupted)
{
	bool stopping = false;

	for (size_t i = 0; i < m->n; i++) {
		m->rows[i].err = -1;
		if (!m->fresh &&
		    matrix_finished(m->rows[i].dir, m->rows[i].key, &m->rows[i].exit_code))
			m->rows[i].state = ROW_KEPT;
	}
	matrix_show(m, NULL);
	for (;;) {
		if (*interrupted && !stopping) {
			stopping = true;
			stop_all(m);
		}
		if (!stopping)
			start_some(m);
		if (!running(m))
			return;
		wait_a_little(m);
		if (m->terminal)
			matrix_show(m, NULL);
	}
}
