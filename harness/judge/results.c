// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "results.h"

#include <stdlib.h>
#include <string.h>

const char *const verdict_names[N_VERDICTS] = {
	[VERDICT_NONE] = "none",	 [VERDICT_CONFORMS] = "conforms",
	[VERDICT_QUIRK] = "quirk",	 [VERDICT_DIVERGES] = "diverges",
	[VERDICT_CRASHED] = "crashed",	 [VERDICT_TIMED_OUT] = "timed-out",
	[VERDICT_PROTOCOL] = "protocol", [VERDICT_UNSUPPORTED] = "unsupported",
	[VERDICT_INFRA] = "infra",
};

struct result *result_of(const struct run_results *r, size_t c, size_t engine)
{
	return &r->results[c * r->n_engines + engine];
}

void results_count(const struct run_results *r, size_t engine, size_t from, size_t to,
		   struct counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (size_t c = from; c < to; c++) {
		for (size_t e = 0; e < r->n_engines; e++) {
			if ((engine != MAX_ENGINES && e != engine) || !r->engines[e].offered)
				continue;
			counts->by[result_of(r, c, e)->verdict]++;
			counts->total++;
		}
	}
}

int results_exit_code(const struct run_results *r)
{
	struct counts n;
	bool uncertain = false;

	results_count(r, MAX_ENGINES, 0, r->suite->n_cases, &n);
	for (size_t e = 0; e < r->n_engines; e++)
		uncertain |= r->engines[e].uncertain != 0;
	if (n.by[VERDICT_DIVERGES] || n.by[VERDICT_CRASHED] || n.by[VERDICT_TIMED_OUT] ||
	    n.by[VERDICT_PROTOCOL] || r->n_suite_errors || r->suite_trouble || r->profile_trouble ||
	    r->n_splats)
		return 1;
	if (n.by[VERDICT_INFRA] || n.by[VERDICT_NONE] || r->interrupted)
		return 5;
	if (uncertain)
		return 1;
	if (n.total == 0)
		return 3;
	return n.by[VERDICT_UNSUPPORTED] == n.total ? 4 : 0;
}

void results_release(struct run_results *r)
{
	if (r->results)
		for (size_t i = 0; i < r->suite->n_cases * r->n_engines; i++)
			free(r->results[i].transcript);
	free(r->results);
	free(r->suite_errors);
	free(r->selection);
	free(r->suite_trouble);
	free(r->profile_trouble);
	for (size_t i = 0; i < r->n_splats; i++) {
		free(r->splats[i].case_name);
		free(r->splats[i].engine);
		free(r->splats[i].line);
	}
	free(r->splats);
	for (size_t i = 0; i < r->n_deaths; i++)
		free(r->deaths[i].how);
	free(r->deaths);
	free(r->kernel);
	free(r->arch);
	free(r->release);
	free(r->version);
	free(r->package);
	free(r->host);
	free(r->boots);
	free(r->probes_kept);
	memset(r, 0, sizeof(*r));
}
