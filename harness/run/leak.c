// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "leak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "state.h"

/* Between two looks at what is left. */
#define LOOK_SECONDS 0.02

static const char *const kinds[2] = { "map", "prog" };

/* The first id above @start; 0 where there is none, or where the engine cannot say. */
static uint32_t next_id(struct engine *e, bool is_prog, uint32_t start)
{
	int (*op)(struct engine *, uint32_t, uint32_t *) =
		is_prog ? e->ops->prog_next_id : e->ops->map_next_id;
	uint32_t next = 0;

	return op && op(e, start, &next) == 0 ? next : 0;
}

void leak_begin(struct leak_watch *w, struct engine *e)
{
	uint32_t id;

	for (int kind = 0; kind < 2 && !w->others; kind++)
		while ((id = next_id(e, kind, w->last[kind])))
			w->last[kind] = id;
}

bool leak_there(struct engine *e, const struct leftover *item)
{
	return next_id(e, item->is_prog, item->id - 1) == item->id;
}

/* Drop what has gone; has anything? */
static bool look_at(struct leaving *l, struct engine *e)
{
	size_t kept = 0, before = l->n;

	for (size_t i = 0; i < l->n; i++)
		if (leak_there(e, &l->items[i]))
			l->items[kept++] = l->items[i];
	l->n = kept;
	l->looks++;
	return kept < before;
}

/* For how long nothing has been freed that was there at @since. */
static double still_for(const struct leak_watch *w, double since)
{
	return w->looked - (w->freed > since ? w->freed : since);
}

static void tell(const struct leaving *l, leak_fn *leaked, void *arg)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < l->n; i++)
		fprintf(out, "%s%s %s", i ? ", " : "", kinds[l->items[i].is_prog],
			*l->items[i].handle ? l->items[i].handle : "without a handle");
	fclose(out);
	leaked(arg, l, text);
	free(text);
}

/* Look at one: is there still something to wait for? */
static bool goes_on(struct leak_watch *w, struct leaving *l, struct engine *e, leak_fn *leaked,
		    void *arg)
{
	double patience = w->patience > 0 ? w->patience : LEAK_SECONDS;

	if (look_at(l, e))
		w->freed = w->looked;
	if (l->n && e->ops->frees_later &&
	    (l->looks < LEAK_LOOKS ||
	     (still_for(w, l->since) <= patience && w->looked - l->since <= LEAK_LONGEST)))
		return true;
	if (l->n)
		tell(l, leaked, arg);
	return false;
}

static void look(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg)
{
	w->looked = clock_seconds();
	for (size_t i = 0; i < w->n;) {
		struct leftover *items;

		if (goes_on(w, &w->left[i], e, leaked, arg)) {
			i++;
			continue;
		}
		items = w->left[i].items;
		w->n--;
		memmove(&w->left[i], &w->left[i + 1], (w->n - i) * sizeof(w->left[i]));
		free(items);
	}
}

static void nap(void)
{
	const struct timespec time = { .tv_nsec = (long)(LOOK_SECONDS / 4 * 1e9) };

	nanosleep(&time, NULL);
}

bool leak_behind(const struct leak_watch *w)
{
	return w->n && clock_seconds() - w->left[0].since > LEAK_BEHIND;
}

/*
 * Where an object takes longer to free than to make (a million slots, or a machine that is busy
 * with others), what is left only grows as long as cases have the processor: let the kernel have
 * it.
 */
static void catch_up(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg)
{
	double begin = w->looked;

	while (leak_behind(w) && still_for(w, begin) < LEAK_CATCH_UP &&
	       w->looked - begin < LEAK_CATCH_UP_MOST) {
		nap();
		look(w, e, leaked, arg);
	}
}

void leak_look(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg)
{
	if (!w->n || clock_seconds() - w->looked < LOOK_SECONDS)
		return;
	look(w, e, leaked, arg);
	catch_up(w, e, leaked, arg);
}

void leak_settle(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg)
{
	while (w->n) {
		look(w, e, leaked, arg);
		if (w->n)
			nap();
	}
}

void leak_release(struct leak_watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->left[i].items);
	free(w->left);
	w->left = NULL;
	w->n = 0;
}

char *leak_line(const struct leaving *l, const char *text)
{
	return xasprintf("%zu end = leaked %s\n", l->n_steps + 1, text);
}

static void add(struct leaving *l, bool is_prog, uint32_t id, const char *handle)
{
	struct leftover *item = vec_add(l->items, l->n);

	item->is_prog = is_prog;
	item->id = id;
	snprintf(item->handle, sizeof(item->handle), "%s", handle);
}

/* Everything new, where nobody else makes objects. */
static void find_all(struct leak_watch *w, const struct run_state *r, struct leaving *l)
{
	for (int kind = 0; kind < 2; kind++) {
		uint32_t id = w->last[kind];

		while ((id = next_id(r->e, kind, id))) {
			const char *handle = "";

			for (size_t i = 0; i < r->n_objects && !*handle; i++)
				if (r->objects[i].id == id && r->objects[i].is_prog == (kind == 1))
					handle = r->objects[i].handle;
			add(l, kind, id, handle);
			w->last[kind] = id;
		}
	}
}

/* Of the objects that the case made, those that are still there. */
static void find_own(const struct run_state *r, struct leaving *l)
{
	for (size_t i = 0; i < r->n_objects; i++) {
		const struct object *o = &r->objects[i];
		struct leftover item = { o->is_prog, o->id, "" };

		if (o->made && o->id && leak_there(r->e, &item))
			add(l, o->is_prog, o->id, o->handle);
	}
}

void leak_note(struct leak_watch *w, const struct run_state *r, unsigned int tag, size_t n_steps)
{
	struct leaving l = { .tag = tag, .engine = r->e->name, .n_steps = n_steps };

	if (w->others)
		find_own(r, &l);
	else
		find_all(w, r, &l);
	if (!l.n)
		return;
	l.since = clock_seconds();
	*(struct leaving *)vec_add(w->left, w->n) = l;
}
