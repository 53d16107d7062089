// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A run read back, as the results that reports are made from. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "record.h"

static char *or_null(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

static void take_engines(struct run_results *to, const struct record *r)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		struct engine_results *er = &to->engines[to->n_engines++];

		memcpy(er->name, r->engines[e].name, sizeof(er->name));
		er->offered = true;
		er->quirks = r->engines[e].quirks;
		er->uncertain = r->engines[e].uncertain;
		for (size_t i = 0; i < r->engines[e].n_capabilities && i < MAX_CAPABILITIES; i++)
			er->capabilities[er->n_capabilities++] = r->engines[e].capabilities[i];
	}
	for (size_t e = 0; e < r->n_absent && to->n_engines < MAX_ENGINES; e++) {
		struct engine_results *er = &to->engines[to->n_engines++];

		memcpy(er->name, r->absent[e].name, sizeof(er->name));
		snprintf(er->why, sizeof(er->why), "%s", r->absent[e].why);
	}
}

void record_head(struct run_results *to, const struct record *r)
{
	memset(to, 0, sizeof(*to));
	take_engines(to, r);
	to->kernel = xstrdup(r->kernel);
	to->arch = xstrdup(r->arch);
	to->release = xstrdup(r->release);
	to->version = xstrdup(r->version);
	to->package = xstrdup(r->package);
	to->host = xstrdup(r->host);
	to->boots = xstrdup(r->boots);
	to->probes_kept = or_null(r->probes_kept);
	to->selection = or_null(r->selection ? r->selection : "");
	to->seconds = r->seconds;
	to->interrupted = r->interrupted;
	to->runtime = r->runtime;
}

void record_trouble(struct run_results *to, const struct record *r)
{
	to->suite_trouble = or_null(r->suite_trouble);
	to->profile_trouble = or_null(r->profile_trouble);
	for (size_t i = 0; i < r->n_splats; i++) {
		const struct run_splat *s = &r->splats[i];

		*vec_add(to->splats, to->n_splats) =
			(struct run_splat){ s->case_name ? xstrdup(s->case_name) : NULL,
					    s->engine ? xstrdup(s->engine) : NULL,
					    xstrdup(s->line) };
	}
	for (size_t i = 0; i < r->n_suite_errors; i++)
		for (size_t c = 0; c < to->suite->n_cases; c++)
			if (!strcmp(to->suite->cases[c]->name, r->suite_errors[i]))
				*vec_add(to->suite_errors, to->n_suite_errors) = c;
}

void record_copy_results(struct run_results *to, const struct record *r, size_t from, size_t at)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		const struct result *res = &r->results[from * r->n_engines + e];
		struct result *copy = result_of(to, at, e);

		*copy = *res;
		copy->transcript = res->transcript ? xstrdup(res->transcript) : NULL;
	}
}

void record_results(struct run_results *to, const struct record *r)
{
	record_head(to, r);
	to->suite = &r->suite;
	record_trouble(to, r);
	to->results = xcalloc(r->suite.n_cases * to->n_engines + 1, sizeof(*to->results));
	for (size_t c = 0; c < r->suite.n_cases; c++)
		record_copy_results(to, r, c, c);
}
