// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The loop: who is up, who has waited too long, what is left. */
#include "fleet.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "internal.h"

/* How often limits are looked at while nothing happens. */
#define TICK_MS 100
/* What a guest has from its snapshot to its hello: a hundred times what it takes. */
#define RESTORE_SECONDS 10
/* What a guest has to power off before it is ended. */
#define STOP_SECONDS 3.0
/* What a guest has to tell its last leaks: longer than harness/run/leak.h waits for one. */
#define SETTLE_SECONDS 20.0

void fleet_note(struct fleet *f, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (f->c.note)
		f->c.note(f->c.events_arg, text);
}

void fleet_result(struct fleet *f, size_t job, unsigned int engine, enum job_end end,
		  const char *transcript)
{
	f->state[job].todo &= ~(1U << engine);
	if (f->state[job].todo == 0)
		f->n_left--;
	f->c.result(f->c.events_arg, job, engine, end, transcript);
}

void fleet_requeue(struct fleet *f, size_t job)
{
	f->queue[f->n_queue++] = job;
}

struct fleet *fleet_open(const struct fleet_config *config)
{
	struct fleet *f = xcalloc(1, sizeof(*f));

	f->c = *config;
	f->opened = clock_seconds();
	for (unsigned int i = 0; i < f->c.guests && i < FLEET_MAX_GUESTS; i++) {
		f->guests[i].nr = i;
		guest_start(f, &f->guests[i]);
	}
	return f;
}

/* What a guest has until its hello. */
static unsigned int start_seconds(const struct fleet *f, const struct guest *g)
{
	return vm_restored(g->vm) ? RESTORE_SECONDS : f->c.boot_seconds;
}

static void check_limits(struct fleet *f, struct guest *g)
{
	double now = clock_seconds();
	char how[64];

	if (g->state == GUEST_BOOTING && now - g->since > start_seconds(f, g)) {
		snprintf(how, sizeof(how), "no hello within %u s", start_seconds(f, g));
		guest_end(f, g, END_INFRA, how);
	} else if (g->state == GUEST_UP && g->n_hand &&
		   now - g->running_since > f->c.case_seconds) {
		snprintf(how, sizeof(how), "no answer within %u s%s", f->c.case_seconds,
			 vm_stopped(g->vm) ? ", and something has stopped QEMU" : "");
		guest_end(f, g, END_TIMED_OUT, how);
	} else {
		death_check_doomed(f, g);
	}
}

/* Wait for events of all guests and handle them. False when no guest is left. */
static bool turn(struct fleet *f)
{
	struct pollfd fds[FLEET_MAX_GUESTS] = { 0 };
	struct guest *who[FLEET_MAX_GUESTS];
	nfds_t n = 0;

	for (unsigned int i = 0; i < f->c.guests; i++) {
		struct guest *g = &f->guests[i];

		if (!g->vm)
			continue;
		who[n] = g;
		fds[n].fd = vm_channel_fd(g->vm);
		fds[n++].events = (short)(POLLIN | (guest_wants_to_write(f, g) ? POLLOUT : 0));
	}
	if (n == 0)
		return false;
	poll(fds, n, TICK_MS);
	for (nfds_t i = 0; i < n; i++) {
		struct guest *g = who[i];
		unsigned int life = g->life;

		guest_read_console(f, g);
		if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
			guest_read_channel(f, g);
		if (g->life == life && fds[i].revents & POLLOUT)
			guest_write(f, g);
		if (g->vm)
			check_limits(f, g);
	}
	return true;
}

static bool out_of_time(const struct fleet *f)
{
	return clock_seconds() - f->opened > f->c.run_seconds;
}

const struct fleet_kernel *fleet_kernel(struct fleet *f, char *why, size_t why_size)
{
	while (!f->kernel_known) {
		if (*f->c.interrupted) {
			snprintf(why, why_size, "interrupted");
			return NULL;
		}
		if (out_of_time(f) || !turn(f)) {
			snprintf(why, why_size, "no guest came up: %s", f->why);
			return NULL;
		}
	}
	return &f->kernel;
}

/* What is left has not run: say so for every engine of it. */
static void give_up(struct fleet *f, const char *why)
{
	death_give_up(f);
	for (size_t job = 0; job < f->n_jobs; job++)
		for (unsigned int e = 0; e < f->kernel.n_engines; e++)
			if (f->state[job].todo & (1U << e))
				fleet_result(f, job, e, END_INFRA, why);
	for (unsigned int i = 0; i < f->c.guests; i++)
		f->guests[i].n_hand = 0;
}

/* NULL while there is no reason to stop early. */
static const char *reason_to_stop(const struct fleet *f, bool guests_left)
{
	if (*f->c.interrupted)
		return "interrupted";
	if (out_of_time(f))
		return "the time limit of the whole run was reached";
	return guests_left ? NULL : f->why;
}

static bool any_settling(const struct fleet *f)
{
	for (unsigned int i = 0; i < f->c.guests; i++)
		if (f->guests[i].settling)
			return true;
	return false;
}

/* Leaks are told by the number of a job: all of them must be known before other jobs come. */
static void settle(struct fleet *f)
{
	double from = clock_seconds();

	for (unsigned int i = 0; i < f->c.guests; i++) {
		struct guest *g = &f->guests[i];

		if (g->state != GUEST_UP)
			continue;
		g->settling = true;
		guest_send(g, FRAME_SETTLE, 0, "", 0);
		guest_write(f, g);
	}
	while (any_settling(f) && !*f->c.interrupted && clock_seconds() - from < SETTLE_SECONDS)
		turn(f);
	for (unsigned int i = 0; i < f->c.guests; i++)
		if (f->guests[i].settling && !*f->c.interrupted)
			guest_end(f, &f->guests[i], END_INFRA,
				  "it does not say what its last cases left behind");
	/* Splats too are told by the number of a job. */
	for (unsigned int i = 0; i < f->c.guests; i++)
		if (f->guests[i].vm)
			guest_read_console(f, &f->guests[i]);
}

int fleet_run(struct fleet *f, const struct job *jobs, size_t n)
{
	const char *why = NULL;

	f->jobs = jobs;
	f->n_jobs = n;
	f->n_left = 0;
	f->state = xcalloc(n, sizeof(*f->state));
	f->queue = xcalloc(n, sizeof(*f->queue));
	f->n_queue = 0;
	for (size_t i = n; i-- > 0;) {
		f->state[i].todo = jobs[i].engines;
		if (!jobs[i].engines)
			continue;
		f->n_left++;
		fleet_requeue(f, i);
	}
	/* One may have died while nothing was left to do. */
	for (unsigned int i = 0; i < f->c.guests; i++)
		if (f->guests[i].state == GUEST_OFF && !f->guests[i].failed_boots)
			guest_start(f, &f->guests[i]);
	while (f->n_left && !why) {
		bool left;

		for (unsigned int i = 0; i < f->c.guests; i++) {
			guest_deal(f, &f->guests[i]);
			if (f->guests[i].vm && guest_wants_to_write(f, &f->guests[i]))
				guest_write(f, &f->guests[i]);
		}
		left = turn(f);
		death_tend(f);
		why = reason_to_stop(f, left);
	}
	if (why && f->n_left)
		give_up(f, why);
	else
		why = NULL;
	if (!why)
		settle(f);
	for (unsigned int i = 0; i < f->c.guests; i++)
		f->guests[i].n_told = 0;
	death_release(f);
	free(f->state);
	free(f->queue);
	f->state = NULL;
	f->queue = NULL;
	f->n_jobs = 0;
	return why ? -1 : 0;
}

void fleet_close(struct fleet *f, struct fleet_stats *stats)
{
	double from = clock_seconds();
	bool waiting = true;

	for (unsigned int i = 0; i < f->c.guests; i++) {
		struct guest *g = &f->guests[i];

		if (g->state != GUEST_UP || *f->c.interrupted)
			continue;
		g->state = GUEST_STOPPING;
		guest_send(g, FRAME_STOP, 0, "", 0);
		guest_write(f, g);
	}
	while (waiting && clock_seconds() - from < STOP_SECONDS && !*f->c.interrupted) {
		waiting = false;
		for (unsigned int i = 0; i < f->c.guests; i++)
			waiting |= f->guests[i].state == GUEST_STOPPING;
		if (waiting)
			turn(f);
	}
	for (unsigned int i = 0; i < f->c.guests; i++) {
		struct guest *g = &f->guests[i];

		if (!g->vm)
			continue;
		/* Its jobs are done, or were given up: only the machine is left. */
		g->said_bye |= g->state == GUEST_BOOTING; /* nothing was asked of it yet */
		g->state = GUEST_STOPPING;
		guest_end(f, g, END_INFRA, "stopped");
	}
	*stats = f->stats;
	free(f);
}
