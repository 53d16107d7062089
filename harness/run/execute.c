// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The loop over the steps; what each step does is in steps.c and step_prog.c. */
#include "execute.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/alloc.h"
#include "../case/words.h"
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

/* Carry out one step; its observation is left in r->text. */
static int one_try(struct run_state *r, const struct step *s)
{
	int status;

	free(r->text);
	r->text = NULL;
	r->seen = open_memstream(&r->text, &r->text_len);
	r->e->why[0] = '\0';
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
	int status = one_try(r, s);

	if (!s->eventually)
		return status;
	for (int ms = 0; ms < EVENTUALLY_MS; ms += EVENTUALLY_NAP_MS) {
		if (status == ENGINE_UNSUPPORTED || status == ENGINE_FAULT ||
		    strcmp(r->text, s->expect) == 0)
			break;
		nap();
		status = one_try(r, s);
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

static enum outcome run_steps(struct run_state *r, const struct test_case *c, FILE *out)
{
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];
		int status = one_step(r, s);

		fprintf(out, "%zu ", i + 1);
		step_print(out, s);
		if (status == ENGINE_UNSUPPORTED || status == ENGINE_FAULT) {
			bool lacks = status == ENGINE_UNSUPPORTED;
			const char *why =
				r->e->why[0] ? r->e->why : "the engine has no such operation";

			fprintf(out, " ! %s: %s\n", lacks ? "unsupported" : "fault", why);
			return lacks ? OUTCOME_UNSUPPORTED : OUTCOME_FAULT;
		}
		fprintf(out, " = %s\n", r->text);
		if (r->log[0])
			print_log(r, out);
	}
	return OUTCOME_COMPLETE;
}

/* While they can still be asked: a leak is told by the handles' names. */
static void learn_ids(struct run_state *r)
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
