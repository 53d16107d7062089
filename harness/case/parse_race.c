// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A race is a `race` step and, below it, the steps of its lanes, which run side by side: lines that
 * begin with "1|" and "2|". In memory they are steps as all others, behind the race, with the
 * number of their lane.
 */
#include "parse_race.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

static struct step *last_step(const struct parser *p)
{
	return p->c->n_steps ? &p->c->steps[p->c->n_steps - 1] : NULL;
}

static bool in_race(const struct step *last)
{
	return last && (last->op == STEP_RACE || last->lane);
}

int race_end(struct parser *p)
{
	const struct step *last = last_step(p), *race = last;

	if (!in_race(last))
		return 0;
	while (race->op != STEP_RACE)
		race--;
	if (last->lane < 2)
		return diag_at(p->d, p->file, race->line, NULL, NULL,
			       "a race has two lanes at least: lines below it that begin with 1| "
			       "and 2|");
	/* What a lane made is gone. */
	p->n_handles = p->outer_handles;
	return 0;
}

int race_lane(struct parser *p, unsigned int *lane)
{
	const struct word *w = &p->words[0];
	const struct step *last = last_step(p);

	*lane = 0;
	if (w->len != 2 || w->s[1] != '|')
		return race_end(p);
	*lane = (unsigned int)(w->s[0] - '0');
	if (*lane < 1 || *lane > MAX_LANES)
		return parse_error(p, w->s, "a lane is 1| to %d|", MAX_LANES);
	if (!in_race(last))
		return parse_error(p, w->s, "a lane stands below a race line");
	if (*lane != last->lane && *lane != last->lane + 1)
		return parse_error(p, w->s, "lanes stand in order, from 1| on");
	if (last->op == STEP_RACE)
		p->outer_handles = p->n_handles;
	else if (*lane != last->lane)
		p->n_handles = p->outer_handles;
	if (p->n_words == 1)
		return parse_error(p, p->line_end, "the step is missing");
	return 0;
}

/* What concerns all of a machine, or more than the step's own lane. */
#define NOT_RACED (1ULL << OPT_DURING | 1ULL << OPT_NO_JIT_MEMORY | 1ULL << OPT_ON_DEVICE)

/* The others need state that lanes would share, or say nothing that a race could change. */
static bool may_race(enum step_op op)
{
	switch (op) {
	case STEP_PROG:
	case STEP_UPDATE:
	case STEP_LOOKUP:
	case STEP_DELETE:
	case STEP_NEXT:
	case STEP_FREEZE:
	case STEP_RUN:
	case STEP_BIND:
	case STEP_MAP_BY_ID:
	case STEP_PROG_BY_ID:
	case STEP_PROG_IN_SLOT:
	case STEP_DUP:
	case STEP_CLOSE:
		return true;
	default:
		return false;
	}
}

static bool is_handle(const struct fd_arg *fd)
{
	return fd->kind == FD_HANDLE;
}

int race_check_step(struct parser *p, const struct word *verb, const struct step *s)
{
	const char *made = s->fd.handle;
	bool own = false;

	if (!may_race(s->op))
		return parse_error(p, verb->s, "this cannot be raced");
	if (!is_handle(&s->fd) && s->op != STEP_PROG)
		return parse_error(p, verb->s, "a lane acts on handles");
	if (s->value.kind == BYTES_FD && !is_handle(&s->value.fd))
		return parse_error(p, verb->s, "a lane acts on handles");
	if (s->opt_set & NOT_RACED)
		return parse_error(p, verb->s, "an option of it cannot be raced");
	if (s->op != STEP_CLOSE)
		return 0;
	for (size_t i = p->outer_handles; i < p->n_handles; i++)
		own |= strcmp(p->handles[i].name, made) == 0;
	/* The number of a closed descriptor is given again: another lane would act on who knows. */
	return own ? 0 : parse_error(p, verb->s, "a lane closes what it made itself");
}

int race_check(struct parser *p, const struct step *s)
{
	if (s->count == 0)
		return parse_error(p, p->words[1].s, "a race has one turn at least");
	if (s->opt_set & 1ULL << OPT_WINNERS && s->opt_num[OPT_WINNERS] > MAX_LANES)
		return parse_error(p, p->line_end, "more winners than lanes can be");
	return 0;
}

static bool given(const char *list, const char *text)
{
	size_t n = strlen(text);

	for (const char *s = list; s; s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL)
		if (strcspn(s, "|") == n && memcmp(s, text, n) == 0)
			return true;
	return false;
}

int race_expect(struct parser *p, const struct verb *v, size_t eq, struct step *s)
{
	const struct word whole = eq + 1 < p->n_words ? p->words[eq + 1] : (struct word){ "", 0 };
	const char *end = whole.s + whole.len;

	if (eq + 2 < p->n_words)
		return parse_error(p, p->words[eq + 2].s,
				   "in a lane an observation is one word; several are joined by |");
	if (!memchr(whole.s, '|', whole.len))
		return parse_expect(p, v, eq, s);
	for (const char *from = whole.s; from <= end;) {
		const char *bar = memchr(from, '|', (size_t)(end - from));
		struct step one = { 0 };
		char *all = s->expect;
		int ret;

		p->words[eq + 1] = (struct word){ from, (size_t)((bar ? bar : end) - from) };
		if (p->words[eq + 1].len == 0)
			return parse_error(p, from, "an observation is missing");
		ret = parse_expect(p, v, eq, &one);
		if (!ret && all && given(all, one.expect))
			ret = parse_error(p, from, "%s is given twice", one.expect);
		if (!ret)
			s->expect = all ? xasprintf("%s|%s", all, one.expect) : xstrdup(one.expect);
		if (!ret)
			free(all);
		free(one.expect);
		if (ret)
			return -1;
		from = (bar ? bar : end) + 1;
	}
	return 0;
}
