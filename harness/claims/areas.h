/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Titles and introductions of the areas (the file cases/areas), in the order to tell them in. */
#ifndef TAILCHECK_AREAS_H
#define TAILCHECK_AREAS_H

#include "../case/suite.h"

struct area {
	char *name; /* the first part of its cases' names */
	char *title;
	char *about;
};

struct areas {
	struct area *areas;
	size_t n_areas;
};

/* 0, or -1 with @d filled in; release after success only. */
int areas_read(struct areas *areas, const char *path, struct diag *d);
int areas_parse(struct areas *areas, const char *text, size_t len, const char *file,
		struct diag *d);

/* Areas of the suite that are not there yet follow behind, with their name as title. */
void areas_complete(struct areas *areas, const struct suite *suite);
void areas_release(struct areas *areas);

bool area_has(const struct area *area, const struct test_case *c);

#endif
