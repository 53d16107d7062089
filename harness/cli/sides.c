// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "sides.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../../engines/reference/reference.h"
#include "../base/alloc.h"
#include "../judge/normative.h"

/* Another one than what stacks are full of otherwise. */
#define OTHER_POISON 0x5a

static int take_faults(struct side *s, const char *names, char *why, size_t why_size)
{
	char *list = xstrdup(names), *save = NULL;
	int ret = 0;

	for (char *name = strtok_r(list, ",", &save); name && !ret;
	     name = strtok_r(NULL, ",", &save)) {
		int quirk = quirk_by_name(name);

		if (strcmp(name, "none") == 0) {
			s->plain = true;
		} else if (quirk >= 0) {
			s->quirks |= QUIRK_BIT(quirk);
		} else if (mutants_by_name(name, &s->mutants)) {
			snprintf(why, why_size, "there is no quirk or mutant %s", name);
			ret = -1;
		}
	}
	free(list);
	return ret;
}

int side_parse(struct side *s, const char *name, char *why, size_t why_size)
{
	size_t len = strcspn(name, "+");

	memset(s, 0, sizeof(*s));
	s->name = name;
	s->kind = SIDE_GUEST;
	if (strcmp(name, "host") == 0)
		s->kind = SIDE_HOST;
	else if (len == strlen("reference") && strncmp(name, "reference", len) == 0)
		s->kind = SIDE_REFERENCE;
	else if (len == strlen("ref-jit") && strncmp(name, "ref-jit", len) == 0)
		s->kind = SIDE_REF_JIT;
	if (!name[len])
		return 0;
	if (s->kind == SIDE_GUEST || s->kind == SIDE_HOST) {
		snprintf(why, why_size, "%s: only the reference can be given quirks and mutants",
			 name);
		return -1;
	}
	return take_faults(s, name + len + 1, why, why_size);
}

static int find_engine(struct sides *s, struct side *side, char *why, size_t why_size)
{
	const struct fleet_kernel *k = s->run->kernel;
	size_t at = 0;

	for (size_t e = 0; e < k->n_engines; e++) {
		if (strcmp(k->engines[e], side->name) == 0) {
			side->guest_engine = e;
			return 0;
		}
		at += (size_t)snprintf(why + at, at < why_size ? why_size - at : 0, "%s%s",
				       e ? ", " : "", k->engines[e]);
		at = at < why_size ? at : why_size - 1;
	}
	snprintf(why + at, why_size - at, " are this kernel's engines; there is no %s", side->name);
	return -1;
}

int sides_find_engines(struct sides *s, char *why, size_t why_size)
{
	if (s->tested.kind == SIDE_GUEST && find_engine(s, &s->tested, why, why_size))
		return -1;
	if (s->against.kind == SIDE_GUEST && find_engine(s, &s->against, why, why_size))
		return -1;
	/* What is explained is not what is looked for. */
	if (s->tested.kind == SIDE_GUEST && s->against.kind != SIDE_GUEST && !s->against.plain)
		s->against.quirks |= s->run->results.engines[s->tested.guest_engine].quirks;
	return 0;
}

static enum job_end end_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_COMPLETE:
		return END_COMPLETE;
	case OUTCOME_UNSUPPORTED:
		return END_UNSUPPORTED;
	default:
		return END_FAULT;
	}
}

static struct run_answer ask_here(struct sides *s, const struct side *side,
				  const struct test_case *c)
{
	struct run_answer a = { END_INFRA, NULL };
	enum outcome outcome;

	if (side->kind == SIDE_HOST) {
		struct case_record r = { 0 };

		a.end = end_of(execute(c, s->host, &r));
		a.transcript = transcript_of(c, &r);
		case_record_release(&r);
		return a;
	}
	reference_set_mutants(&side->mutants);
	a.transcript = side->kind == SIDE_REFERENCE
			       ? transcript_reference(c, side->quirks, &outcome)
			       : transcript_reference_jit(c, side->quirks, &outcome);
	reference_set_mutants(NULL);
	a.end = end_of(outcome);
	return a;
}

/* Guests are asked all at once. @answers has two a trial: what is tested, and against what. */
static void ask_guests(struct sides *s, const struct trial *trials, size_t n,
		       struct run_answer *answers)
{
	const struct side *sides[2] = { &s->tested, &s->against };
	struct run_answer *all = xcalloc(n * FLEET_MAX_ENGINES, sizeof(*all));
	struct job *jobs = xcalloc(n, sizeof(*jobs));
	unsigned int engines = 0;

	for (int i = 0; i < 2; i++)
		if (sides[i]->kind == SIDE_GUEST)
			engines |= 1U << sides[i]->guest_engine;
	for (size_t t = 0; t < n; t++)
		jobs[t] = (struct job){ trials[t].c->text, trials[t].c->text_len, engines };
	run_ask(s->run, jobs, n, all);
	for (size_t t = 0; t < n; t++)
		for (int i = 0; i < 2; i++)
			if (sides[i]->kind == SIDE_GUEST) {
				struct run_answer *a =
					&all[t * FLEET_MAX_ENGINES + sides[i]->guest_engine];

				answers[2 * t + i].end = a->end;
				answers[2 * t + i].transcript = xstrdup(a->transcript);
			}
	for (size_t i = 0; i < n * FLEET_MAX_ENGINES; i++)
		free(all[i].transcript);
	free(all);
	free(jobs);
}

/*
 * Blocks of every size that maps and contexts have: while they are held, nothing is where it was in
 * the run before.
 */
#define SHIFT_STEP   16
#define SHIFT_BLOCKS 512

static void hold_memory(void *blocks[SHIFT_BLOCKS])
{
	for (size_t i = 0; i < SHIFT_BLOCKS; i++)
		blocks[i] = xcalloc(1, (i + 1) * SHIFT_STEP);
}

static void release_memory(void *blocks[SHIFT_BLOCKS])
{
	for (size_t i = 0; i < SHIFT_BLOCKS; i++)
		free(blocks[i]);
}

/*
 * A program that reads what it never wrote, or gives away an address, gives something else on any
 * two engines. So it does on the reference made twice, with other bytes on its stacks.
 */
static bool is_defined(struct sides *s, const struct test_case *c)
{
	const struct case_record *one = record_reference(c, s->against.quirks);
	struct case_record other = { 0 };
	void *blocks[SHIFT_BLOCKS];
	bool same;

	hold_memory(blocks);
	if (!s->second)
		s->second = reference_interp_new(0);
	reference_set_quirks(s->second, s->against.quirks);
	reference_set_stack_poison(OTHER_POISON);
	same = execute(c, s->second, &other) == OUTCOME_COMPLETE && case_record_same(one, &other);
	reference_set_stack_poison(REFERENCE_STACK_POISON);
	case_record_release(&other);
	release_memory(blocks);
	return same;
}

static struct symptom compare(struct sides *s, const struct test_case *c,
			      const struct run_answer *tested, const struct run_answer *against)
{
	struct symptom none = { .kind = SYMPTOM_NONE };

	if (against->end != END_COMPLETE || !is_defined(s, c))
		return none;
	switch (tested->end) {
	case END_COMPLETE:
	case END_FAULT:
		return symptom_of(against->transcript, tested->transcript);
	case END_CRASHED:
		return (struct symptom){ .kind = SYMPTOM_CRASHED };
	case END_TIMED_OUT:
		return (struct symptom){ .kind = SYMPTOM_TIMED_OUT };
	default:
		return none;
	}
}

void sides_close(struct sides *s)
{
	if (s->host)
		s->host->ops->destroy(s->host);
	if (s->second)
		s->second->ops->destroy(s->second);
	s->host = s->second = NULL;
}

/* Both sides' answers to each trial, to be released. */
static struct run_answer *ask_both(struct sides *s, const struct trial *trials, size_t n)
{
	struct run_answer *answers = xcalloc(2 * n, sizeof(*answers));

	if (s->tested.kind == SIDE_GUEST || s->against.kind == SIDE_GUEST)
		ask_guests(s, trials, n, answers);
	for (size_t t = 0; t < n; t++) {
		if (s->tested.kind != SIDE_GUEST)
			answers[2 * t] = ask_here(s, &s->tested, trials[t].c);
		if (s->against.kind != SIDE_GUEST)
			answers[2 * t + 1] = ask_here(s, &s->against, trials[t].c);
	}
	return answers;
}

void sides_ask(void *arg, struct trial *trials, size_t n)
{
	struct sides *s = arg;
	struct run_answer *answers = ask_both(s, trials, n);

	for (size_t t = 0; t < n; t++)
		trials[t].symptom = compare(s, trials[t].c, &answers[2 * t], &answers[2 * t + 1]);
	for (size_t i = 0; i < 2 * n; i++)
		free(answers[i].transcript);
	free(answers);
}

/* Of one case, one side's transcript. */
static char *ask_one(struct sides *s, const struct test_case *c, int side, enum job_end *end)
{
	struct trial trial = { .c = c };
	struct run_answer *answers = ask_both(s, &trial, 1);
	char *transcript = answers[side].transcript;

	*end = answers[side].end;
	free(answers[!side].transcript);
	free(answers);
	return transcript;
}

char *sides_got(struct sides *s, const struct test_case *c)
{
	enum job_end end;

	return ask_one(s, c, 0, &end);
}

char *sides_expected(struct sides *s, const struct test_case *c)
{
	enum job_end end;
	char *transcript = ask_one(s, c, 1, &end);

	if (end == END_COMPLETE)
		return transcript;
	free(transcript);
	return NULL;
}
