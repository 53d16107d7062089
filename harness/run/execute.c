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

int resolve_fd(struct run_state *r, const struct fd_arg *arg)
{
	const struct object *o;

	switch (arg->kind) {
	case FD_HANDLE:
		o = find_object(r, arg->handle);
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
	const char *name = errno_name(-status);

	if (status >= 0)
		fputc('0', r->seen);
	else if (name)
		fputs(name, r->seen);
	else
		fprintf(r->seen, "%d", status);
}

int try_step(struct run_state *r, const struct step *s)
{
	int status;

	free(r->text);
	r->text = NULL;
	r->seen = open_memstream(&r->text, &r->text_len);
	status = run_step(r, s);
	fclose(r->seen);
	return status;
}

static void nap(void)
{
	struct timespec ts = { .tv_nsec = EVENTUALLY_NAP_MS * 1000000L };

	nanosleep(&ts, NULL);
}

static int one_step(struct run_state *r, const struct step *s)
{
	int status;

	r->e->why[0] = '\0';
	status = try_step(r, s);
	if (!s->eventually)
		return status;
	for (int ms = 0; ms < EVENTUALLY_MS; ms += EVENTUALLY_NAP_MS) {
		if (status == ENGINE_UNSUPPORTED || status == ENGINE_FAULT ||
		    strcmp(r->text, s->expect) == 0)
			break;
		nap();
		status = try_step(r, s);
	}
	return status;
}

/* The end of a log is where the reason is. */
static void print_log(struct run_state *r, FILE *out)
{
	const char *from = r->log;
	int lines = 0;

	for (const char *s = r->log + strlen(r->log); s > r->log && lines < 6; s--)
		if (s[-1] == '\n' && s[0] && ++lines == 6)
			from = s;
	while (*from) {
		size_t len = strcspn(from, "\n");

		fprintf(out, "# %.*s\n", (int)len, from);
		from += len + (from[len] == '\n');
	}
	r->log[0] = '\0';
}

static void print_step(FILE *out, size_t nr, const struct step *s)
{
	fprintf(out, "%zu ", nr);
	step_print(out, s);
}

static enum outcome gave_up(const struct run_state *r, int status, FILE *out)
{
	bool lacks = status == ENGINE_UNSUPPORTED;

	fprintf(out, " ! %s: %s\n", lacks ? "unsupported" : "fault",
		r->e->why[0] ? r->e->why : "the engine has no such operation");
	return lacks ? OUTCOME_UNSUPPORTED : OUTCOME_FAULT;
}

/* @s is a race, and step @i of the case. */
static enum outcome run_race(struct run_state *r, const struct test_case *c, size_t i, FILE *out)
{
	struct race *race = race_new(r, &c->steps[i], c->n_steps - i);
	size_t failed;
	int status = race_run(race, &failed);
	enum outcome outcome = OUTCOME_COMPLETE;

	for (size_t n = 0; n <= c->n_steps - i - 1 && (n == 0 || c->steps[i + n].lane); n++) {
		print_step(out, i + n + 1, &c->steps[i + n]);
		if (status && n == failed) {
			outcome = gave_up(r, status, out);
			break;
		}
		fputs(" = ", out);
		race_observe(race, n, out);
		fputc('\n', out);
	}
	if (!status)
		race_print_counts(race, i + 1, out);
	race_free(race);
	return outcome;
}

static enum outcome run_steps(struct run_state *r, const struct test_case *c, FILE *out)
{
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];
		int status;

		if (s->lane)
			continue; /* it was run by the race above it */
		if (s->op == STEP_RACE) {
			enum outcome outcome = run_race(r, c, i, out);

			if (outcome != OUTCOME_COMPLETE)
				return outcome;
			continue;
		}
		status = one_step(r, s);
		print_step(out, i + 1, s);
		if (engine_gave_up(status))
			return gave_up(r, status, out);
		fprintf(out, " = %s\n", r->text);
		if (r->log[0])
			print_log(r, out);
	}
	return OUTCOME_COMPLETE;
}

void learn_ids(struct run_state *r)
{
	for (size_t i = 0; i < r->n_objects; i++)
		object_id(r, &r->objects[i]);
}

enum outcome execute_case_watched(const struct test_case *c, struct engine *e, FILE *out,
				  struct leak_watch *w, unsigned int tag)
{
	struct run_state r = { .e = e, .log = xreallocarray(NULL, ENGINE_LOG_SIZE, 1) };
	enum outcome outcome;

	r.log[0] = '\0';
	outcome = run_steps(&r, c, out);

	if (e->ops->map_next_id || e->ops->prog_next_id)
		learn_ids(&r);
	e->why[0] = '\0';
	if (e->ops->reset(e) && outcome == OUTCOME_COMPLETE) {
		fprintf(out, "%zu reset ! fault: %s\n", c->n_steps + 1, e->why);
		outcome = OUTCOME_FAULT;
	}
	leak_note(w, &r, tag, c->n_steps);
	for (size_t i = 0; i < r.n_objects; i++)
		free(r.objects[i].handle);
	free(r.objects);
	free(r.pins);
	free(r.text);
	free(r.log);
	return outcome;
}

static void print_leak(void *arg, const struct leaving *l, const char *text)
{
	char *line = leak_line(l, text);

	fputs(line, arg);
	free(line);
}

enum outcome execute_case(const struct test_case *c, struct engine *e, FILE *out)
{
	struct leak_watch w = { .others = e->ops->frees_later };
	enum outcome outcome;

	leak_begin(&w, e);
	outcome = execute_case_watched(c, e, out, &w, 0);
	leak_settle(&w, e, print_leak, out);
	leak_release(&w);
	return outcome;
}
