// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * When a guest dies: the job that was running is the culprit, or a bystander of what an earlier one
 * did, or of the machine. So it is run once more, alone, in a guest that has run nothing else, and
 * how that ends is how it ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "internal.h"

/*
 * A job that this many guests were lost with, through no fault of its own that can be seen (it had
 * not begun, or somebody killed QEMU), is given up.
 */
#define MAX_DEATHS 3

/* What a broken kernel may still have to say: the trace, and where it stops. */
#define DOOM_SECONDS 1.5

/* Of the end of its log. */
#define TAIL_LINES 40

void death_keep_tail(struct guest *g, const char *bytes, size_t n)
{
	size_t over;

	if (n > sizeof(g->tail)) {
		bytes += n - sizeof(g->tail);
		n = sizeof(g->tail);
	}
	over = g->tail_len + n > sizeof(g->tail) ? g->tail_len + n - sizeof(g->tail) : 0;
	memmove(g->tail, g->tail + over, g->tail_len - over);
	g->tail_len -= over;
	memcpy(g->tail + g->tail_len, bytes, n);
	g->tail_len += n;
}

/* How it died, and the last lines of the log as lines that no transcript is compared by. */
static char *with_tail(const struct guest *g, const char *how)
{
	size_t from = g->tail_len, lines = 0, len;
	char *text = NULL;
	bool begin = true;
	FILE *out;

	while (from && lines <= TAIL_LINES)
		lines += g->tail[--from] == '\n';
	/* Its first line is a whole one. */
	while (from && from < g->tail_len && g->tail[from - 1] != '\n')
		from++;
	out = open_memstream(&text, &len);
	fprintf(out, "%.*s\n", (int)strcspn(how, "\n"), how);
	for (size_t i = from; i < g->tail_len; i++) {
		char c = g->tail[i];

		if (c == '\r' || (begin && c == '\n'))
			continue;
		if (begin)
			fputs("# log: ", out);
		begin = c == '\n';
		fputc((c >= ' ' && c < 0x7f) || c == '\n' || c == '\t' ? c : '?', out);
	}
	if (!begin)
		fputc('\n', out);
	fclose(out);
	return text;
}

static struct death *find(const struct fleet *f, size_t job, unsigned int engine)
{
	for (size_t i = 0; i < f->n_deaths; i++)
		if (f->deaths[i].job == job && f->deaths[i].engine == engine)
			return &f->deaths[i];
	return NULL;
}

static char *with_first_death(const struct death *d, const char *text)
{
	size_t line = strcspn(d->how, "\n");

	return xasprintf(FLEET_DIED_FIRST "%.*s\n%s", (int)line, d->how, text);
}

char *death_told(struct fleet *f, size_t job, unsigned int engine, const char *transcript)
{
	const struct death *d = find(f, job, engine);

	if (!d)
		return xstrdup(transcript);
	f->stats.bystanders++;
	fleet_note(f, "what a guest had died with did well alone: it was a bystander");
	return with_first_death(d, transcript);
}

/* The first time it is to be told from a bystander; the second time it is no bystander. */
static void died_with(struct fleet *f, size_t job, unsigned int engine, enum job_end end, char *how)
{
	struct death *d = find(f, job, engine);

	if (d) {
		char *text = with_first_death(d, how);

		fleet_result(f, job, engine, end, text);
		f->c.final(f->c.events_arg, job, engine);
		free(text);
		return;
	}
	f->state[job].alone |= 1U << engine;
	*vec_add(f->deaths, f->n_deaths) =
		(struct death){ job, engine, end, xstrdup(how), .waits = true };
}

/*
 * A job comes back that no result has come from: nobody's fault, but not for ever. (One that was
 * alone may come back as long as guests may be replaced.)
 */
static void came_back(struct fleet *f, const struct in_hand *h, const char *how)
{
	struct job_state *s = &f->state[h->job];

	if (++s->deaths < MAX_DEATHS)
		return;
	for (unsigned int e = 0; e < f->kernel.n_engines; e++)
		if (s->todo & h->engines & (1U << e))
			fleet_result(f, h->job, e, END_INFRA, how);
}

/* Back to where it came from: the queue, or those that wait for a fresh guest. */
static void put_back(struct fleet *f, const struct guest *g, const struct in_hand *h)
{
	const struct job_state *s = &f->state[h->job];
	unsigned int left = s->todo & h->engines;

	if (g->alone)
		for (size_t i = 0; i < f->n_deaths; i++)
			if (f->deaths[i].job == h->job && left & (1U << f->deaths[i].engine))
				f->deaths[i].waits = true;
	if (!g->alone && left & ~s->alone)
		fleet_requeue(f, h->job);
}

void death_give_back(struct fleet *f, struct guest *g, enum job_end end, const char *how)
{
	char *text = with_tail(g, how);

	/* From the last to the first, so that the queue (a stack) has the first on top. */
	while (g->n_hand) {
		const struct in_hand *h = &g->hand[--g->n_hand];

		if (g->n_hand == 0 && g->running_engine >= 0 && end != END_INFRA)
			died_with(f, h->job, (unsigned int)g->running_engine, end, text);
		else if (g->n_hand == 0 && !g->alone)
			came_back(f, h, text);
		put_back(f, g, h);
	}
	g->running_engine = -1;
	free(text);
}

bool death_deal(struct fleet *f, struct guest *g)
{
	for (size_t i = 0; i < f->n_deaths && g->fresh; i++) {
		struct death *d = &f->deaths[i];

		if (!d->waits)
			continue;
		d->waits = false;
		g->alone = true;
		guest_send_job(f, g, d->job, 1U << d->engine);
		return true;
	}
	return false;
}

void death_give_up(struct fleet *f)
{
	for (size_t i = 0; i < f->n_deaths; i++) {
		struct death *d = &f->deaths[i];
		char *text;

		if (!(f->state[d->job].todo & (1U << d->engine)))
			continue;
		text = xasprintf("%s# not run again alone\n", d->how);
		fleet_result(f, d->job, d->engine, d->end, text);
		free(text);
		d->waits = false;
	}
}

/* Every death makes a fresh guest, unless that does not come up or no more are allowed. */
void death_tend(struct fleet *f)
{
	struct guest *idle = NULL;
	bool any = false;

	for (size_t i = 0; i < f->n_deaths; i++)
		any |= f->deaths[i].waits;
	for (unsigned int i = 0; i < f->c.guests && any; i++) {
		struct guest *g = &f->guests[i];

		if (g->state == GUEST_BOOTING || g->n_hand || (g->state == GUEST_UP && g->fresh))
			return;
		if (g->state == GUEST_UP)
			idle = g;
	}
	if (!any || f->n_queue)
		return;
	if (idle && f->stats.restarts < f->c.max_restarts)
		guest_end(f, idle, END_INFRA, "a fresh guest is needed");
	else
		death_give_up(f);
}

void death_release(struct fleet *f)
{
	for (size_t i = 0; i < f->n_deaths; i++)
		free(f->deaths[i].how);
	free(f->deaths);
	f->deaths = NULL;
	f->n_deaths = 0;
}

void death_doom(struct guest *g)
{
	if (!g->doomed && g->state == GUEST_UP && (g->splats.panicked || g->splats.oopsed))
		g->doomed = clock_seconds();
}

void death_check_doomed(struct fleet *f, struct guest *g)
{
	const struct splat *s;
	bool own;
	char how[300];

	if (!g->doomed || clock_seconds() - g->doomed < DOOM_SECONDS || !g->splats.n_found)
		return;
	s = &g->splats.found[g->splats.n_found - 1];
	/* The marks in the log say whose it is. */
	own = g->n_hand && s->seq == g->hand[0].job + 1;
	snprintf(how, sizeof(how), "%s: %.250s",
		 g->splats.panicked ? "kernel panic" : "kernel oops", s->line);
	guest_end(f, g, own ? END_CRASHED : END_INFRA, how);
}
