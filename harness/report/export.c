// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the exports have in common. */
#include "export.h"

#include <stdlib.h>

#include "../base/text.h"

const char *const run_check_names[N_RUN_CHECKS] = {
	[CHECK_COMPLETE] = "complete",	   [CHECK_SUITE] = "suite",
	[CHECK_KERNEL_LOG] = "kernel-log", [CHECK_PROBES] = "probes",
	[CHECK_PROFILE] = "profile",
};

static void check_complete(struct text *t, const struct run_results *r)
{
	struct counts n;

	results_count(r, MAX_ENGINES, 0, r->suite->n_cases, &n);
	if (r->interrupted)
		text_add(t, "the run was interrupted\n");
	if (n.by[VERDICT_NONE] + n.by[VERDICT_INFRA])
		text_printf(t, "%zu results are missing\n",
			    n.by[VERDICT_NONE] + n.by[VERDICT_INFRA]);
	if (!n.total)
		text_add(t, "nothing ran\n");
}

static void check_suite(struct text *t, const struct run_results *r)
{
	for (size_t i = 0; i < r->n_suite_errors; i++)
		text_printf(t, "the reference does not give what %s expects\n",
			    r->suite->cases[r->suite_errors[i]]->name);
	if (r->suite_trouble)
		text_add(t, r->suite_trouble);
}

static void check_log(struct text *t, const struct run_results *r)
{
	for (size_t i = 0; i < r->n_splats; i++)
		text_printf(t, "%s: %s\n",
			    r->splats[i].case_name ? r->splats[i].case_name : "(no case)",
			    r->splats[i].line);
}

static void check_probes(struct text *t, const struct run_results *r)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		char *names = NULL;
		size_t len;
		FILE *out;

		if (!r->engines[e].uncertain)
			continue;
		out = open_memstream(&names, &len);
		if (!out)
			abort();
		print_quirks(out, r->engines[e].uncertain);
		fclose(out);
		text_printf(t, "%s: probes that fit neither way: %s\n", r->engines[e].name, names);
		free(names);
	}
}

char *run_check(const struct run_results *r, enum run_check check)
{
	struct text t = { 0 };

	switch (check) {
	case CHECK_COMPLETE:
		check_complete(&t, r);
		break;
	case CHECK_SUITE:
		check_suite(&t, r);
		break;
	case CHECK_KERNEL_LOG:
		check_log(&t, r);
		break;
	case CHECK_PROBES:
		check_probes(&t, r);
		break;
	default:
		if (r->profile_trouble)
			text_add(&t, r->profile_trouble);
	}
	return t.s;
}

char *result_text(const struct run_results *r, size_t c, size_t engine)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	report_difference(out, r, c, engine, "");
	fclose(out);
	return text;
}

void export_ktap(FILE *out, const struct exported *x)
{
	/* One run is a document by itself; the engines of several are numbered through. */
	size_t n = 0, number = 0;

	for (size_t i = 0; i < x->n; i++)
		n += x->runs[i].n_engines;
	fprintf(out, "KTAP version 1\n1..%zu\n", n);
	for (size_t i = 0; i < x->n; i++)
		number = report_ktap_engines(out, &x->runs[i], number, x->n > 1);
}
