/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A race: the lanes' steps at the same time, each lane again and again. What a step gave at any
 * turn must be one of what the case allows. Then the observation is what the case says, so that
 * transcripts stay comparable, and how often each came is a comment; else it is what should not
 * have come.
 */
#ifndef TAILCHECK_RACE_H
#define TAILCHECK_RACE_H

#include "state.h"

struct race;

/* @s[0] is the race, its lanes stand behind it, in at most @n steps. */
struct race *race_new(struct run_state *r, const struct step *s, size_t n);
/* 0, or ENGINE_UNSUPPORTED or ENGINE_FAULT of step *failed (0: the race itself). */
int race_run(struct race *race, size_t *failed);
/* The observation of step @n, counted from the race. */
void race_observe(const struct race *race, size_t n, struct text *out);
/* Lines for people; the race is step @nr of the case. */
void race_say_counts(const struct race *race, size_t nr, struct text *out);
void race_free(struct race *race);

#endif
