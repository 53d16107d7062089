/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Races: a `race` step and the lines of its lanes below it. See parse_race.c. */
#ifndef TAILCHECK_PARSE_RACE_H
#define TAILCHECK_PARSE_RACE_H

#include "parse_step.h"

#define MAX_LANES 4

/*
 * The line's first word, where it says a lane: its number into *lane, 1 and up. 0 where the step is
 * of no lane, which ends a race above it. -1: it has no place here.
 */
int race_lane(struct parser *p, unsigned int *lane);
/* The case or the race ends: was it one? 0 or -1. */
int race_end(struct parser *p);
/* May this verb stand in a lane, with these arguments? 0 or -1. */
int race_check_step(struct parser *p, const struct word *verb, const struct step *s);
/* What a `race` line must have. */
int race_check(struct parser *p, const struct step *s);
/* As parse_expect(), with several allowed observations joined by |. */
int race_expect(struct parser *p, const struct verb *v, size_t eq, struct step *s);

#endif
