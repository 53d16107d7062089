// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/process/process.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../case/case.h"
#include "../run/execute.h"

/* Until an adapter says hello: runtimes in managed languages take their time. */
#define START_SECONDS 20
/* A child that does not come up this often in a row is given up. */
#define MAX_STARTS 3

struct runtime {
	struct runtime_config c;
	struct fleet_kernel kernel;
	struct runtime_stats stats;
	double opened;
	struct engine *first; /* made by runtime_open(), for whoever needs one */
	pthread_mutex_t lock; /* of what is below, of stats and of the callbacks */
	const struct job *jobs;
	size_t n_jobs, next;
	char why[300];
};

/* A thread and its child. */
struct worker {
	struct runtime *r;
	unsigned int nr;
	pthread_t thread;
	struct engine *e;
	int log;
	struct case_record record;
};

static void note(struct runtime *r, const char *what, const char *why)
{
	char *text = xasprintf("%s: %s", what, why);

	if (r->c.note)
		r->c.note(r->c.events_arg, text);
	free(text);
}

static int open_log(const struct runtime *r, unsigned int nr)
{
	char *path;
	int fd;

	if (!r->c.log_dir)
		return -1;
	path = xasprintf("%s/adapter-%u.log", r->c.log_dir, nr);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	free(path);
	return fd; /* a log that cannot be written is a loss, not a reason to stop */
}

static struct engine *start(struct runtime *r, int log, char *why, size_t why_size)
{
	const struct process_config config = {
		.command = r->c.command,
		.start_seconds = START_SECONDS,
		.request_seconds = r->c.request_seconds,
		.case_seconds = r->c.case_seconds,
		.log = log,
		.interrupted = r->c.interrupted,
	};
	double from = clock_seconds(), took;
	struct engine *e = process_engine_new(&config, why, why_size);

	took = clock_seconds() - from;
	pthread_mutex_lock(&r->lock);
	r->stats.starts++;
	if (e && (r->stats.start_seconds == 0 || took < r->stats.start_seconds))
		r->stats.start_seconds = took;
	pthread_mutex_unlock(&r->lock);
	return e;
}

/* A condition of a case is about the kernel's engines, or the reference. */
static bool name_taken(const char *name)
{
	static const char *const taken[] = { "jit", "interp", "jit-hardened", "reference" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(taken[i], name) == 0)
			return true;
	return false;
}

struct runtime *runtime_open(const struct runtime_config *c, char *why, size_t why_size)
{
	struct runtime *r = xcalloc(1, sizeof(*r));

	r->c = *c;
	r->opened = clock_seconds();
	pthread_mutex_init(&r->lock, NULL);
	r->first = start(r, -1, why, why_size);
	if (r->first && name_taken(r->first->name)) {
		snprintf(why, why_size, "an adapter cannot be called %s", r->first->name);
		r->first->ops->destroy(r->first);
		r->first = NULL;
	}
	if (!r->first) {
		pthread_mutex_destroy(&r->lock);
		free(r);
		return NULL;
	}
	snprintf(r->kernel.release, sizeof(r->kernel.release), "%s",
		 process_engine_version(r->first));
	snprintf(r->kernel.engines[0], sizeof(r->kernel.engines[0]), "%s", r->first->name);
	r->kernel.n_engines = 1;
	return r;
}

bool runtime_has(const struct runtime *r, int cap)
{
	return process_engine_has(r->first, cap);
}

const struct fleet_kernel *runtime_kernel(const struct runtime *r)
{
	return &r->kernel;
}

void runtime_set_log_dir(struct runtime *r, const char *dir)
{
	r->c.log_dir = dir;
}

/* A child for the next case: the one that is there, or another. */
static bool have_child(struct worker *w)
{
	struct runtime *r = w->r;
	bool again = w->e != NULL;
	char why[300];

	if (w->e && process_engine_trouble(w->e) == PROCESS_FINE)
		return true;
	for (int i = 0; i < MAX_STARTS && !*r->c.interrupted; i++) {
		if (!w->e) {
			w->e = start(r, w->log, why, sizeof(why));
			if (w->e)
				return true;
		} else {
			bool up = process_engine_restart(w->e, why, sizeof(why)) == 0;

			pthread_mutex_lock(&r->lock);
			r->stats.starts++;
			r->stats.restarts += again;
			again = false;
			pthread_mutex_unlock(&r->lock);
			if (up)
				return true;
		}
		pthread_mutex_lock(&r->lock);
		note(r, "the adapter does not start", why);
		snprintf(r->why, sizeof(r->why), "%s", why);
		pthread_mutex_unlock(&r->lock);
	}
	return false;
}

static enum job_end end_of(enum outcome outcome, enum process_trouble trouble)
{
	switch (trouble) {
	case PROCESS_CRASHED:
		return END_CRASHED;
	case PROCESS_TIMED_OUT:
		return END_TIMED_OUT;
	case PROCESS_PROTOCOL:
		return END_PROTOCOL;
	case PROCESS_INTERRUPTED:
		return END_INFRA;
	default:
		break;
	}
	if (outcome == OUTCOME_UNSUPPORTED)
		return END_UNSUPPORTED;
	return outcome == OUTCOME_FAULT ? END_FAULT : END_COMPLETE;
}

/* The steps, and where nothing in them says so, how it ended. */
static char *transcript(const struct worker *w, const struct test_case *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	case_record_print(out, c, &w->record);
	if (process_engine_trouble(w->e) != PROCESS_FINE && w->record.outcome != OUTCOME_FAULT)
		fprintf(out, "%zu end ! fault: %s\n", c->n_steps + 1, w->e->why);
	fclose(out);
	return text;
}

static void tell(struct worker *w, size_t job, enum job_end end, const char *text)
{
	pthread_mutex_lock(&w->r->lock);
	w->r->c.result(w->r->c.events_arg, job, 0, end, text);
	pthread_mutex_unlock(&w->r->lock);
}

static void run_job(struct worker *w, size_t job)
{
	const struct job *j = &w->r->jobs[job];
	enum outcome outcome = OUTCOME_FAULT;
	const struct test_case *c;
	struct case_file file;
	struct diag d;
	char *text;

	/* It was parsed before, or would be no job. */
	if (case_file_parse(&file, j->text, j->len, "case", &d)) {
		tell(w, job, END_INFRA, d.message);
		return;
	}
	c = &file.cases[0];
	if (process_engine_begin(w->e, c->name) == 0) {
		outcome = execute(c, w->e, &w->record);
		process_engine_end(w->e);
		text = transcript(w, c);
	} else {
		text = xasprintf("0 begin ! fault: %s\n", w->e->why);
	}
	tell(w, job, end_of(outcome, process_engine_trouble(w->e)), text);
	free(text);
	case_file_release(&file);
}

/* NULL while there is no reason to stop. */
static const char *reason_to_stop(const struct runtime *r)
{
	if (*r->c.interrupted)
		return "interrupted";
	if (clock_seconds() - r->opened > r->c.run_seconds)
		return "the time limit of the whole run was reached";
	return NULL;
}

/* The next job, or n_jobs. Jobs for no engine are passed over. */
static size_t next_job(struct runtime *r)
{
	size_t job;

	pthread_mutex_lock(&r->lock);
	while (r->next < r->n_jobs && !r->jobs[r->next].engines)
		r->next++;
	job = r->next < r->n_jobs && !reason_to_stop(r) ? r->next++ : r->n_jobs;
	pthread_mutex_unlock(&r->lock);
	return job;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	size_t job;

	while ((job = next_job(w->r)) < w->r->n_jobs) {
		if (have_child(w)) {
			run_job(w, job);
			continue;
		}
		tell(w, job, END_INFRA, *w->r->c.interrupted ? "interrupted" : w->r->why);
		break;
	}
	/* The kernel ends a child with the thread that started it. */
	if (w->e)
		w->e->ops->destroy(w->e);
	w->e = NULL;
	return NULL;
}

/* What no child came to. */
static int give_up_rest(struct runtime *r)
{
	const char *why = reason_to_stop(r);
	int ret = 0;

	for (; r->next < r->n_jobs; r->next++) {
		if (!r->jobs[r->next].engines)
			continue;
		r->c.result(r->c.events_arg, r->next, 0, END_INFRA, why ? why : r->why);
		ret = -1;
	}
	return why ? -1 : ret;
}

int runtime_run(struct runtime *r, const struct job *jobs, size_t n)
{
	unsigned int children = r->c.children < n ? r->c.children : (unsigned int)n;
	struct worker *workers = xcalloc(children + 1, sizeof(*workers));
	unsigned int started = 0;

	r->jobs = jobs;
	r->n_jobs = n;
	r->next = 0;
	/* It has told its name, and was made by a thread that lives on: others make their own. */
	if (r->first)
		r->first->ops->destroy(r->first);
	r->first = NULL;
	for (; started < children; started++) {
		struct worker *w = &workers[started];

		w->r = r;
		w->nr = started;
		w->log = open_log(r, started);
		if (pthread_create(&w->thread, NULL, work, w))
			break;
	}
	if (n && !started)
		snprintf(r->why, sizeof(r->why), "cannot start a thread: %s", strerror(errno));
	for (unsigned int i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned int i = 0; i < children; i++) {
		if (workers[i].log > 0)
			close(workers[i].log);
		case_record_release(&workers[i].record);
	}
	free(workers);
	return give_up_rest(r);
}

void runtime_close(struct runtime *r, struct runtime_stats *stats)
{
	if (r->first)
		r->first->ops->destroy(r->first);
	*stats = r->stats;
	pthread_mutex_destroy(&r->lock);
	free(r);
}
