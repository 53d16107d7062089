// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a guest says, frame by frame. It may say anything: what it is not asked for is not heard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "internal.h"

/* Of one case on one engine: lines, and bytes of a line. */
#define MAX_LEAKS 16
#define MAX_LEAK  65536

void guest_boot_log(struct fleet *f, struct guest *g, const char *log, size_t len)
{
	if (f->c.log)
		f->c.log(f->c.events_arg, g->nr, log, len);
	splat_feed(&g->splats, log, len);
	free(g->boot_log);
	g->boot_log = xstrndup(log, len);
}

static void will_be_final(struct guest *g, size_t job, unsigned int engine)
{
	*vec_add(g->told, g->n_told) = (struct told){ job, engine };
}

static bool was_told(const struct guest *g, size_t job, unsigned int engine)
{
	for (size_t i = 0; i < g->n_told; i++)
		if (g->told[i].job == job && g->told[i].engine == engine)
			return true;
	return false;
}

void guest_clear(struct fleet *f, struct guest *g, uint32_t seq)
{
	size_t n = 0;

	while (n < g->n_told && (seq == 0 || (uint32_t)g->told[n].job + 1 != seq)) {
		f->c.final(f->c.events_arg, g->told[n].job, g->told[n].engine);
		n++;
	}
	if (!n)
		return;
	g->n_told -= n;
	memmove(g->told, g->told + n, g->n_told * sizeof(*g->told));
}

int guest_engine(const struct fleet *f, const char *name, size_t len)
{
	for (unsigned int e = 0; e < f->kernel.n_engines; e++)
		if (strlen(f->kernel.engines[e]) == len &&
		    memcmp(f->kernel.engines[e], name, len) == 0)
			return (int)e;
	return -1;
}

static void job_done(struct guest *g)
{
	g->n_hand--;
	g->begun = 0;
	memmove(g->hand, g->hand + 1, g->n_hand * sizeof(g->hand[0]));
	g->running_engine = -1;
	g->running_since = clock_seconds();
}

/*
 * Is this frame about the job that the guest should be working on? A guest takes its jobs in order:
 * when it speaks of a later one, frames of those before are lost, or it says what is not so. Which
 * of the two cannot be known, and neither what else it says; another guest has them all again.
 */
static bool in_turn(struct fleet *f, struct guest *g, const struct frame *fr)
{
	for (size_t i = 1; i < g->n_hand; i++) {
		if (fr->seq != (uint32_t)g->hand[i].job + 1)
			continue;
		guest_end(f, g, END_INFRA,
			  "it began a case before the end of the one that it had to do first");
		return false;
	}
	return g->n_hand && fr->seq == (uint32_t)g->hand[0].job + 1;
}

/* Is this one of the engines that it has still to run that job on? */
static bool is_asked_for(const struct guest *g, int engine)
{
	return engine >= 0 && g->hand[0].engines & 1U << engine;
}

/* Booted, and waiting: this is what a snapshot is of. */
static void on_ready(struct fleet *f, struct guest *g)
{
	char why[200];

	if (vm_save(g->vm, g->boot_log ? g->boot_log : "", why, sizeof(why))) {
		fleet_note(f, "no snapshot could be kept: %s", why);
		f->c.vm.snapshot = NULL; /* nor could that of the next guest */
	}
	guest_wake(f, g);
}

/* The fastest of its kind. */
static void count_start(struct fleet *f, const struct guest *g)
{
	double seconds = clock_seconds() - g->since;
	double *best = vm_restored(g->vm) ? &f->stats.restore_seconds : &f->stats.boot_seconds;

	if (*best == 0 || seconds < *best)
		*best = seconds;
}

static void on_hello(struct fleet *f, struct guest *g, const char *text)
{
	struct fleet_kernel k;
	struct wake_signs signs;
	const char *asleep;

	if (fleet_parse_hello(&k, text, f->why, sizeof(f->why))) {
		guest_end(f, g, END_INFRA, f->why);
		return;
	}
	asleep = fleet_parse_signs(&signs, text) ? guest_is_awake(f, g, &signs)
						 : "the guest's hello does not tell its time";
	if (asleep) {
		guest_end(f, g, END_INFRA, asleep);
		return;
	}
	if (f->kernel_known && memcmp(&k, &f->kernel, sizeof(k)) != 0) {
		guest_end(f, g, END_INFRA, "the guest offers other engines than the first one");
		return;
	}
	f->kernel = k;
	f->kernel_known = true;
	count_start(f, g);
	g->failed_boots = 0;
	g->splats.oopsed = false; /* what it said at boot did not keep it from coming up */
	g->state = GUEST_UP;
}

static void on_start(struct fleet *f, struct guest *g, const struct frame *fr)
{
	int engine = guest_engine(f, (const char *)fr->payload, fr->len);

	/* To begin again and again is no way to have more time. */
	if (!in_turn(f, g, fr) || !is_asked_for(g, engine) || g->begun & 1U << engine)
		return;
	g->begun |= 1U << engine;
	g->running_engine = engine;
	g->running_since = clock_seconds();
}

/* What is no such word is a fault of whoever said it. */
static enum job_end end_named(const char *word, const char *end)
{
	static const char *const words[] = { "complete", "unsupported" };

	for (int w = 0; w < 2; w++)
		if (strlen(words[w]) == (size_t)(end - word) &&
		    memcmp(word, words[w], (size_t)(end - word)) == 0)
			return (enum job_end)w;
	return END_FAULT;
}

/* "ENGINE complete|unsupported|fault\n" and the transcript. */
static void on_result(struct fleet *f, struct guest *g, const struct frame *fr)
{
	const char *text = (const char *)fr->payload, *newline = strchr(text, '\n');
	const char *blank = newline ? memchr(text, ' ', (size_t)(newline - text)) : NULL;
	int engine = blank ? guest_engine(f, text, (size_t)(blank - text)) : -1;
	char *transcript;
	size_t job;

	if (!in_turn(f, g, fr) || !is_asked_for(g, engine))
		return;
	job = g->hand[0].job;
	g->hand[0].engines &= ~(1U << engine);
	transcript = death_told(f, job, (unsigned int)engine, newline + 1);
	fleet_result(f, job, (unsigned int)engine, end_named(blank + 1, newline), transcript);
	free(transcript);
	will_be_final(g, job, (unsigned int)engine);
	g->running_engine = -1;
	g->running_since = clock_seconds();
	if (!g->hand[0].engines)
		job_done(g);
}

/*
 * "ENGINE\n" and the line; of a job whose result has come from this guest, or it would be the
 * guest's invention, and as often as a case may have left something behind.
 */
static void on_leak(struct fleet *f, const struct guest *g, const struct frame *fr)
{
	const char *text = (const char *)fr->payload, *newline = strchr(text, '\n');
	int engine = newline ? guest_engine(f, text, (size_t)(newline - text)) : -1;
	size_t job = (size_t)fr->seq - 1;

	if (engine < 0 || fr->seq == 0 || !was_told(g, job, (unsigned int)engine) ||
	    strlen(newline + 1) > MAX_LEAK || f->state[job].leaks[engine] == MAX_LEAKS)
		return;
	f->state[job].leaks[engine]++;
	if (f->c.leak)
		f->c.leak(f->c.events_arg, job, (unsigned int)engine, newline + 1);
}

static void on_refused(struct fleet *f, struct guest *g, const struct frame *fr)
{
	if (!in_turn(f, g, fr))
		return;
	for (unsigned int e = 0; e < f->kernel.n_engines; e++)
		if (g->hand[0].engines & (1U << e))
			fleet_result(f, g->hand[0].job, e, END_INFRA, (const char *)fr->payload);
	job_done(g);
}

static void on_died(struct fleet *f, struct guest *g, const char *how)
{
	char text[300];

	guest_read_console(f, g);
	snprintf(text, sizeof(text), "the worker in the guest ended: %.60s%s%.200s", how,
		 *guest_last_splat(g) ? ": " : "", guest_last_splat(g));
	guest_end(f, g, END_CRASHED, text);
}

void guest_heard(struct fleet *f, struct guest *g, const struct frame *fr)
{
	switch (fr->type) {
	case FRAME_READY:
		/* Once: each is answered, and who reads no answers would have them pile up. */
		if (g->state == GUEST_BOOTING && !g->woken.tv_sec)
			on_ready(f, g);
		break;
	case FRAME_HELLO:
		if (g->state == GUEST_BOOTING)
			on_hello(f, g, (const char *)fr->payload);
		break;
	case FRAME_START:
		on_start(f, g, fr);
		break;
	case FRAME_RESULT:
		on_result(f, g, fr);
		break;
	case FRAME_REFUSED:
		on_refused(f, g, fr);
		break;
	case FRAME_LOG:
		if (g->state == GUEST_BOOTING)
			guest_boot_log(f, g, (const char *)fr->payload, fr->len);
		break;
	case FRAME_DIED:
		on_died(f, g, (const char *)fr->payload);
		break;
	case FRAME_BYE:
		g->said_bye = true;
		/* All that is left is the machine, and that need not be switched off by itself. */
		if (g->state == GUEST_STOPPING)
			guest_end(f, g, END_INFRA, "stopped");
		break;
	case FRAME_LEAK:
		on_leak(f, g, fr);
		break;
	case FRAME_SETTLED:
		g->settling = false;
		guest_clear(f, g, 0);
		break;
	case FRAME_CLEAR:
		guest_clear(f, g, fr->seq);
		break;
	case FRAME_TAKEN:
		g->untaken -= fr->seq < g->untaken ? fr->seq : g->untaken;
		break;
	}
}
