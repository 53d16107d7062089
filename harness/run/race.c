// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "race.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../case/parse_race.h"

/*
 * A lane that is done goes on until the slowest is done too, so that they meet all the time; but
 * not for ever.
 */
#define MAX_TURNS_MORE 40

/* How often a step gave what. */
struct count {
	char *seen;
	unsigned long n;
};

struct tally {
	struct count *counts;
	size_t n;
};

struct lane {
	struct race *race;
	struct run_state r;   /* its own, with copies of what was made before */
	struct arena memory;  /* of one turn */
	struct text seen;     /* of the step */
	const struct step *s; /* its steps */
	size_t n;
	struct tally *tallies; /* one a step */
	size_t at;	       /* the next step of this turn */
	unsigned long turns;   /* done */
	bool won;	       /* its first step gave 0 */
	int status;	       /* of the step that it gave up at, which is `at` */
	unsigned int cpu;
};

struct race {
	struct run_state *r;
	const struct step *s;
	struct lane lanes[MAX_LANES];
	size_t n_lanes;
	size_t n_before; /* objects that were there before */
	pthread_barrier_t start;
	atomic_size_t n_done; /* lanes that have done their turns */
	atomic_bool stop;
};

static void lane_init(struct lane *l, struct race *race)
{
	const struct run_state *r = race->r;

	l->race = race;
	l->r.e = r->e;
	l->r.log = xcalloc(ENGINE_LOG_SIZE, 1);
	l->r.memory = &l->memory;
	l->r.seen = &l->seen;
	l->r.n_objects = r->n_objects;
	l->r.objects = xcalloc(r->n_objects + l->n, sizeof(*l->r.objects));
	for (size_t i = 0; i < r->n_objects; i++)
		l->r.objects[i] = r->objects[i];
	l->tallies = xcalloc(l->n, sizeof(*l->tallies));
}

struct race *race_new(struct run_state *r, const struct step *s, size_t n)
{
	struct race *race = xcalloc(1, sizeof(*race));

	/* Asked for once, by one thread. */
	learn_ids(r);
	race->r = r;
	race->s = s;
	race->n_before = r->n_objects;
	for (size_t i = 1; i < n && s[i].lane; i++) {
		struct lane *l = &race->lanes[s[i].lane - 1];

		if (!l->n++)
			l->s = &s[i];
		race->n_lanes = s[i].lane;
	}
	for (size_t i = 0; i < race->n_lanes; i++)
		lane_init(&race->lanes[i], race);
	return race;
}

static void count(struct tally *t, const char *seen)
{
	struct count *c;

	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->counts[i].seen, seen) == 0) {
			t->counts[i].n++;
			return;
		}
	}
	c = vec_add(t->counts, t->n);
	c->seen = xstrdup(seen);
	c->n = 1;
}

/* What a lane made is its own, and of one turn. */
static void drop_made(struct lane *l)
{
	while (l->r.n_objects > l->race->n_before) {
		struct object *o = &l->r.objects[--l->r.n_objects];

		if (o->fd >= 0)
			CALL(&l->r, close, o->fd);
	}
	arena_clear(&l->memory);
}

/* One step, and the end of the turn behind the last. False when the lane has given up. */
static bool lane_step(struct lane *l)
{
	l->status = try_step(&l->r, &l->s[l->at]);
	if (engine_gave_up(l->status))
		return false;
	count(&l->tallies[l->at], l->seen.s);
	l->won |= l->at == 0 && strcmp(l->seen.s, "0") == 0;
	if (++l->at < l->n)
		return true;
	l->at = 0;
	drop_made(l);
	if (++l->turns == l->race->s->count)
		l->race->n_done++;
	return true;
}

static bool lane_goes_on(const struct lane *l)
{
	const struct race *race = l->race;

	if (race->s->opt_set & 1ULL << OPT_EXACT)
		return !race->stop && l->turns < race->s->count;
	if (race->stop || l->turns >= race->s->count * (unsigned long)MAX_TURNS_MORE)
		return false;
	return l->turns < race->s->count || race->n_done < race->n_lanes;
}

static void *lane_main(void *arg)
{
	struct lane *l = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(l->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pthread_barrier_wait(&l->race->start);
	while (lane_goes_on(l))
		do
			if (!lane_step(l))
				l->race->stop = true;
		while (l->at && !l->race->stop);
	return NULL;
}

/* Lanes on different processors, in turn. False where there is but one. */
static bool place_lanes(struct race *race)
{
	cpu_set_t set;
	int cpu = -1;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 2)
		return false;
	for (size_t i = 0; i < race->n_lanes; i++) {
		do
			cpu = (cpu + 1) % CPU_SETSIZE;
		while (!CPU_ISSET(cpu, &set));
		race->lanes[i].cpu = (unsigned int)cpu;
	}
	return true;
}

static int run_threads(struct race *race)
{
	pthread_t threads[MAX_LANES];

	if (!place_lanes(race)) {
		snprintf(race->r->e->why, sizeof(race->r->e->why),
			 "a race needs two processors, and there is one");
		return ENGINE_UNSUPPORTED;
	}
	pthread_barrier_init(&race->start, NULL, (unsigned int)race->n_lanes);
	for (size_t i = 0; i < race->n_lanes; i++)
		if (pthread_create(&threads[i], NULL, lane_main, &race->lanes[i]))
			abort(); /* those that wait at the barrier would wait for ever */
	for (size_t i = 0; i < race->n_lanes; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&race->start);
	return 0;
}

/*
 * One thread: a step of this lane, a step of that. Which one is next is as if by chance, so that no
 * pattern hides an order, and the same each time.
 */
static int run_in_turn(struct race *race)
{
	uint32_t chance = 1;

	while (race->n_done < race->n_lanes && !race->stop) {
		struct lane *l;

		chance = chance * 1103515245 + 12345;
		l = &race->lanes[(chance >> 16) % race->n_lanes];
		if ((l->at || lane_goes_on(l)) && !lane_step(l))
			race->stop = true;
	}
	return 0;
}

int race_run(struct race *race, size_t *failed)
{
	int status;

	*failed = 0;
	race->r->e->why[0] = '\0';
	status = race->r->e->ops->threads ? run_threads(race) : run_in_turn(race);
	if (status)
		return status;
	for (size_t i = 0; i < race->n_lanes && !status; i++) {
		const struct lane *l = &race->lanes[i];

		if (engine_gave_up(l->status)) {
			status = l->status;
			*failed = (size_t)(l->s - race->s) + l->at;
		}
	}
	return status;
}

static bool allowed(const char *list, const char *seen)
{
	size_t n = strlen(seen);

	for (const char *s = list;; s++) {
		size_t len = strcspn(s, "|");

		if (len == n && memcmp(s, seen, n) == 0)
			return true;
		s += len;
		if (!*s)
			return false;
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->seen, ((const struct count *)b)->seen);
}

static void observe_race(const struct race *race, struct text *out)
{
	unsigned int winners = 0;

	for (size_t i = 0; i < race->n_lanes; i++)
		winners += race->lanes[i].won;
	if (race->s->opt_set & 1ULL << OPT_WINNERS && winners != race->s->opt_num[OPT_WINNERS])
		text_printf(out, "winners=%u", winners);
	else
		text_char(out, '0');
}

static struct tally *tally_of(const struct race *race, size_t n)
{
	const struct lane *l = &race->lanes[race->s[n].lane - 1];

	return &l->tallies[&race->s[n] - l->s];
}

void race_observe(const struct race *race, size_t n, struct text *out)
{
	const char *between = "";
	struct tally *t;

	if (n == 0) {
		observe_race(race, out);
		return;
	}
	t = tally_of(race, n);
	qsort(t->counts, t->n, sizeof(*t->counts), by_text);
	for (size_t i = 0; i < t->n; i++) {
		if (allowed(race->s[n].expect, t->counts[i].seen))
			continue;
		text_add(out, between);
		text_add(out, t->counts[i].seen);
		between = "|";
	}
	if (!*between)
		text_add(out, race->s[n].expect);
}

void race_say_counts(const struct race *race, size_t nr, struct text *out)
{
	for (size_t i = 0; i < race->n_lanes; i++) {
		const struct lane *l = &race->lanes[i];

		for (size_t s = 0; s < l->n; s++) {
			const struct tally *t = &l->tallies[s];

			text_printf(out, "step %zu, %lu turns:", nr + (size_t)(&l->s[s] - race->s),
				    l->turns);
			for (size_t k = 0; k < t->n; k++)
				text_printf(out, "%s %s %lu times", k ? "," : "", t->counts[k].seen,
					    t->counts[k].n);
			text_char(out, '\n');
		}
	}
}

static void lane_release(struct lane *l)
{
	drop_made(l);
	for (size_t s = 0; s < l->n; s++) {
		for (size_t i = 0; i < l->tallies[s].n; i++)
			free(l->tallies[s].counts[i].seen);
		free(l->tallies[s].counts);
	}
	free(l->tallies);
	free(l->r.objects);
	free(l->r.pins);
	free(l->r.log);
	text_release(&l->seen);
	arena_release(&l->memory);
}

void race_free(struct race *race)
{
	for (size_t i = 0; i < race->n_lanes; i++)
		lane_release(&race->lanes[i]);
	free(race);
}
