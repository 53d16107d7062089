// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The loop over the steps; what each step does is in steps.c and step_prog.c. */
#include "execute.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "race.h"
#include "state.h"

/* How long `eventually` waits for the kernel's work queues, and how often it looks. */
#define EVENTUALLY_MS	  2000
#define EVENTUALLY_NAP_MS 2

struct object *find_object(struct run_state *r, const char *handle)
{
	for (size_t i = 0; handle && i < r->n_objects; i++)
		if (strcmp(r->objects[i].handle, handle) == 0)
			return &r->objects[i];
	return NULL;
}

struct object *object_of(struct run_state *r, const struct fd_arg *arg)
{
	return arg->kind == FD_HANDLE && arg->handle ? &r->objects[arg->made] : NULL;
}

int resolve_fd(struct run_state *r, const struct fd_arg *arg)
{
	const struct object *o;

	switch (arg->kind) {
	case FD_HANDLE:
		o = object_of(r, arg);
		return o ? o->fd : -1;
	case FD_CLOSED:
		return r->e->ops->odd_fd(r->e, ENGINE_FD_CLOSED);
	case FD_FILE:
		return r->e->ops->odd_fd(r->e, ENGINE_FD_FILE);
	default:
		return arg->number;
	}
}

void observe_status(struct run_state *r, int status)
{
	const char *name = status < 0 ? errno_name(-status) : "0";

	if (name)
		text_add(r->seen, name);
	else
		text_printf(r->seen, "%d", status);
}

int try_step(struct run_state *r, const struct step *s)
{
	text_cut(r->seen, r->from);
	return run_step(r, s);
}

static void nap(void)
{
	struct timespec ts = { .tv_nsec = EVENTUALLY_NAP_MS * 1000000L };

	nanosleep(&ts, NULL);
}

static int one_step(struct run_state *r, const struct step *s)
{
	int status;

	r->from = r->seen->len;
	r->e->why[0] = '\0';
	status = try_step(r, s);
	if (!s->eventually)
		return status;
	for (int ms = 0; ms < EVENTUALLY_MS; ms += EVENTUALLY_NAP_MS) {
		if (engine_gave_up(status) || strcmp(r->seen->s + r->from, s->expect) == 0)
			break;
		nap();
		status = try_step(r, s);
	}
	return status;
}

/* The end of a log is where the reason is. */
static const char *end_of_log(const char *log)
{
	const char *from = log;
	int lines = 0;

	for (const char *s = log + strlen(log); s > log && lines < 6; s--)
		if (s[-1] == '\n' && s[0] && ++lines == 6)
			from = s;
	return from;
}

static void add_note(struct case_record *rec, size_t step, const char *text)
{
	struct case_note *note = arena_zalloc(&rec->memory, 1, sizeof(*note)), **end;
	size_t size = strlen(text) + 1;

	note->step = step;
	note->text = memcpy(arena_alloc(&rec->memory, size, 1), text, size);
	for (end = &rec->notes; *end; end = &(*end)->next)
		;
	*end = note;
}

static enum outcome gave_up(struct case_record *rec, int status, const char *why)
{
	snprintf(rec->why, sizeof(rec->why), "%s", *why ? why : "the engine has no such operation");
	return rec->outcome = status == ENGINE_UNSUPPORTED ? OUTCOME_UNSUPPORTED : OUTCOME_FAULT;
}

/* The next step is a race, and those of its lanes stand behind it. */
static enum outcome run_race(struct run_state *r, const struct test_case *c,
			     struct case_record *rec)
{
	size_t first = rec->n_steps, failed;
	struct race *race = race_new(r, &c->steps[first], c->n_steps - first);
	int status = race_run(race, &failed);
	struct text counts = { 0 };

	for (size_t i = first; i < c->n_steps && (i == first || c->steps[i].lane); i++) {
		if (status && i - first == failed) {
			gave_up(rec, status, r->e->why);
			break;
		}
		race_observe(race, i - first, r->seen);
		text_char(r->seen, '\0');
		rec->n_steps++;
	}
	if (!status) {
		race_say_counts(race, first + 1, &counts);
		add_note(rec, rec->n_steps - 1, counts.s);
	}
	text_release(&counts);
	race_free(race);
	return rec->outcome;
}

static enum outcome run_steps(struct run_state *r, const struct test_case *c,
			      struct case_record *rec)
{
	while (rec->outcome == OUTCOME_COMPLETE && rec->n_steps < c->n_steps) {
		const struct step *s = &c->steps[rec->n_steps];
		int status;

		if (s->op == STEP_RACE) {
			run_race(r, c, rec);
			continue;
		}
		status = one_step(r, s);
		if (engine_gave_up(status))
			return gave_up(rec, status, r->e->why);
		text_char(r->seen, '\0');
		if (r->log[0]) {
			add_note(rec, rec->n_steps, end_of_log(r->log));
			r->log[0] = '\0';
		}
		rec->n_steps++;
	}
	return rec->outcome;
}

void learn_ids(struct run_state *r)
{
	for (size_t i = 0; i < r->n_objects; i++)
		object_id(r, &r->objects[i]);
}

static void record_begin(struct case_record *r)
{
	arena_clear(&r->memory);
	text_cut(&r->seen, 0);
	text_cut(&r->leaks, 0);
	r->outcome = OUTCOME_COMPLETE;
	r->n_steps = 0;
	r->notes = NULL;
	r->why[0] = '\0';
	if (!r->log)
		r->log = xreallocarray(NULL, ENGINE_LOG_SIZE, 1);
	r->log[0] = '\0';
}

enum outcome execute_watched(const struct test_case *c, struct engine *e, struct case_record *rec,
			     struct leak_watch *w, unsigned int tag)
{
	struct run_state r = { .e = e, .memory = &rec->memory, .seen = &rec->seen };

	record_begin(rec);
	r.log = rec->log;
	/* A step makes one at most. */
	r.objects = arena_alloc(r.memory, c->n_steps, sizeof(*r.objects));
	run_steps(&r, c, rec);
	if (e->ops->map_next_id || e->ops->prog_next_id)
		learn_ids(&r);
	e->why[0] = '\0';
	if (e->ops->reset(e) && rec->outcome == OUTCOME_COMPLETE)
		gave_up(rec, ENGINE_FAULT, e->why);
	leak_note(w, &r, tag, c->n_steps);
	free(r.pins);
	return rec->outcome;
}

static void record_leak(void *arg, const struct leaving *l, const char *text)
{
	struct case_record *rec = arg;
	char *line = leak_line(l, text);

	text_add(&rec->leaks, line);
	free(line);
}

enum outcome execute(const struct test_case *c, struct engine *e, struct case_record *rec)
{
	struct leak_watch w = { .others = e->ops->frees_later };

	leak_begin(&w, e);
	execute_watched(c, e, rec, &w, 0);
	leak_settle(&w, e, record_leak, rec);
	leak_release(&w);
	return rec->outcome;
}

enum outcome execute_case(const struct test_case *c, struct engine *e, FILE *out)
{
	struct case_record r = { 0 };
	enum outcome outcome = execute(c, e, &r);

	case_record_print(out, c, &r);
	case_record_release(&r);
	return outcome;
}

enum outcome execute_case_watched(const struct test_case *c, struct engine *e, FILE *out,
				  struct leak_watch *w, unsigned int tag)
{
	struct case_record r = { 0 };
	enum outcome outcome = execute_watched(c, e, &r, w, tag);

	case_record_print(out, c, &r);
	case_record_release(&r);
	return outcome;
}
