/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a result is not as expected, as far as it can be told without a person: for many at once. */
#ifndef TAILCHECK_CAUSE_H
#define TAILCHECK_CAUSE_H

#include <stdio.h>

#include "../../engines/reference/quirk.h"
#include "judge.h"

/*
 * The quirk that would explain @transcript if the engine had it (or, where it has it, had it not),
 * beside its others; -1 for none.
 */
int cause_quirk(const struct test_case *c, quirk_set quirks, const char *transcript);

/* The quirks of @quirks without which @transcript, which they explain, would have no explanation.
 */
quirk_set cause_needed(const struct test_case *c, quirk_set quirks, quirk_set among,
		       const char *transcript);

/*
 * The cause of a result that is neither as expected nor explained: equal ones for results that one
 * fault is likely to have made. To be freed. "quirk NAME", or the first step that differs, without
 * its names and numbers.
 */
char *cause_of(const struct test_case *c, const struct engine_results *e, const struct result *res);

/* Where a transcript differs first from what it should be; "" where that cannot be said. */
void cause_print_difference(FILE *out, const struct test_case *c, quirk_set quirks,
			    const char *transcript);

#endif
