// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Documentation/dev-tools/ktap.rst of the kernel. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *directive(enum verdict v)
{
	switch (v) {
	case VERDICT_UNSUPPORTED:
		return " # SKIP ";
	case VERDICT_TIMED_OUT:
		return " # TIMEOUT ";
	case VERDICT_INFRA:
	case VERDICT_NONE:
		return " # ERROR ";
	default:
		return " # ";
	}
}

/* A diagnostic ends with its line. */
static void one_line(FILE *out, const char *text)
{
	fprintf(out, "%.*s", (int)strcspn(text, "\n"), text);
}

static void test(FILE *out, const struct run_results *r, size_t c, size_t e)
{
	const struct result *res = result_of(r, c, e);
	/* KTAP has SKIP on lines that are ok; an error of the harness is not ok. */
	bool ok = verdict_expected(res->verdict);
	const char *why;
	int len;

	fprintf(out, "  %sok %zu %s", ok ? "" : "not ", c + 1, r->suite->cases[c]->name);
	if (res->verdict == VERDICT_QUIRK) {
		fputs(" # quirk: ", out);
		print_quirks(out, res->because);
	} else if (res->verdict == VERDICT_DIVERGES) {
		fputs(" # diverges", out);
	} else if (res->verdict != VERDICT_CONFORMS) {
		fputs(directive(res->verdict), out);
		why = report_reason(res, &len);
		fprintf(out, "%.*s", len, why);
	}
	fputc('\n', out);
	if (res->verdict == VERDICT_DIVERGES)
		report_difference(out, r, c, e, "  # ");
}

void report_ktap(FILE *out, const struct run_results *r)
{
	fprintf(out, "KTAP version 1\n1..%zu\n", r->n_engines);
	for (size_t e = 0; e < r->n_engines; e++) {
		struct counts n;
		bool ok;

		if (!r->engines[e].offered) {
			fprintf(out, "ok %zu %s # SKIP ", e + 1, r->engines[e].name);
			one_line(out, r->engines[e].why);
			fputc('\n', out);
			continue;
		}
		fprintf(out, "  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", r->engines[e].name,
			r->suite->n_cases);
		for (size_t c = 0; c < r->suite->n_cases; c++)
			test(out, r, c, e);
		results_count(r, e, 0, r->suite->n_cases, &n);
		ok = n.by[VERDICT_CONFORMS] + n.by[VERDICT_QUIRK] + n.by[VERDICT_UNSUPPORTED] ==
		     n.total;
		fprintf(out, "%sok %zu %s\n", ok ? "" : "not ", e + 1, r->engines[e].name);
	}
}
