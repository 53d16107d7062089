// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Documentation/dev-tools/ktap.rst of the kernel. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "html/escape.h"
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

/* A reader may ask for UTF-8. */
static void visible(FILE *out, const char *text, size_t len)
{
	char *shown = escape_visible(text, len);

	fputs(shown, out);
	free(shown);
}

/* A diagnostic ends with its line. */
static void one_line(FILE *out, const char *text)
{
	visible(out, text, strcspn(text, "\n"));
}

static void difference(FILE *out, const struct run_results *r, size_t c, size_t e)
{
	char *text = NULL;
	size_t len;
	FILE *lines = open_memstream(&text, &len);

	if (!lines)
		abort();
	report_difference(lines, r, c, e, "  # ");
	fclose(lines);
	visible(out, text, len);
	free(text);
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
		visible(out, why, (size_t)len);
	}
	fputc('\n', out);
	if (res->verdict == VERDICT_DIVERGES)
		difference(out, r, c, e);
}

static void engine(FILE *out, const struct run_results *r, size_t e, size_t number,
		   const char *name)
{
	struct counts n;

	if (!r->engines[e].offered) {
		fprintf(out, "ok %zu %s # SKIP ", number, name);
		one_line(out, r->engines[e].why);
		fputc('\n', out);
		return;
	}
	fprintf(out, "  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", name, r->suite->n_cases);
	for (size_t c = 0; c < r->suite->n_cases; c++)
		test(out, r, c, e);
	results_count(r, e, 0, r->suite->n_cases, &n);
	fprintf(out, "%sok %zu %s\n",
		n.by[VERDICT_CONFORMS] + n.by[VERDICT_QUIRK] + n.by[VERDICT_UNSUPPORTED] == n.total
			? ""
			: "not ",
		number, name);
}

size_t report_ktap_engines(FILE *out, const struct run_results *r, size_t before, bool kernel)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		char *name = kernel ? xasprintf("%s-%s", r->kernel, r->engines[e].name)
				    : xstrdup(r->engines[e].name);

		/* A kernel's path has what a description may not have. */
		for (char *s = name; *s; s++)
			*s = *s == '#' || *s == '\n' ? '-' : *s;
		engine(out, r, e, ++before, name);
		free(name);
	}
	return before;
}

void report_ktap(FILE *out, const struct run_results *r)
{
	fprintf(out, "KTAP version 1\n1..%zu\n", r->n_engines);
	report_ktap_engines(out, r, 0, false);
}
