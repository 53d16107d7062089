// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* JUnit XML (whose text is escaped like HTML's), in the elements and attributes that the usual
 * readers know: docs/junit.xsd. */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "html/escape.h"

static void attribute(FILE *out, const char *name, const char *text, size_t len)
{
	fprintf(out, " %s=\"", name);
	html_bytes(out, text, len);
	fputc('"', out);
}

/* <failure type= message=first line>all</failure> */
static void outcome(FILE *out, const char *element, const char *type, const char *text)
{
	fprintf(out, "   <%s type=\"%s\"", element, type);
	attribute(out, "message", text, strcspn(text, "\n"));
	fputc('>', out);
	html_bytes(out, text, strlen(text));
	fprintf(out, "</%s>\n", element);
}

static void skipped(FILE *out, const struct result *res)
{
	int len;
	const char *why = report_reason(res, &len);

	fputs("   <skipped", out);
	attribute(out, "message", why, (size_t)len);
	fputs("/>\n", out);
}

static void test_case(FILE *out, const struct run_results *r, size_t c, size_t e)
{
	const char *name = r->suite->cases[c]->name, *last = strrchr(name, '.');
	const struct result *res = result_of(r, c, e);
	char *text;

	/* The class is all but the last part of the name. */
	last = last ? last : name;
	fputs("  <testcase", out);
	attribute(out, "classname", name, (size_t)(last - name));
	attribute(out, "name", last + (*last == '.'), strlen(last + (*last == '.')));
	if (res->verdict == VERDICT_CONFORMS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	if (res->verdict == VERDICT_QUIRK) {
		fputs("   <system-out>explained by quirks: ", out);
		print_quirks(out, res->because);
		fputs("</system-out>\n", out);
	} else if (res->verdict == VERDICT_UNSUPPORTED) {
		skipped(out, res);
	} else {
		text = result_text(r, c, e);
		outcome(out, res->verdict == VERDICT_DIVERGES ? "failure" : "error",
			verdict_names[res->verdict], text);
		free(text);
	}
	fputs("  </testcase>\n", out);
}

static void suite_head(FILE *out, const struct run_results *r, const char *what, size_t tests,
		       size_t failures, size_t errors, size_t skips)
{
	fputs(" <testsuite name=\"", out);
	html_bytes(out, r->kernel, strlen(r->kernel));
	fprintf(out, " %s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", what,
		tests, failures, errors, skips);
	attribute(out, "package", r->package, strlen(r->package));
	fputs(">\n", out);
}

static void engine_suite(FILE *out, const struct run_results *r, size_t e)
{
	struct counts n;

	if (!r->engines[e].offered) {
		suite_head(out, r, r->engines[e].name, 1, 0, 0, 1);
		fputs("  <testcase classname=\"engine\" name=\"offered\">\n   <skipped", out);
		attribute(out, "message", r->engines[e].why, strlen(r->engines[e].why));
		fputs("/>\n  </testcase>\n </testsuite>\n", out);
		return;
	}
	results_count(r, e, 0, r->suite->n_cases, &n);
	suite_head(out, r, r->engines[e].name, n.total, n.by[VERDICT_DIVERGES],
		   n.by[VERDICT_CRASHED] + n.by[VERDICT_TIMED_OUT] + n.by[VERDICT_PROTOCOL] +
			   n.by[VERDICT_INFRA] + n.by[VERDICT_NONE],
		   n.by[VERDICT_UNSUPPORTED]);
	for (size_t c = 0; c < r->suite->n_cases; c++)
		test_case(out, r, c, e);
	fputs(" </testsuite>\n", out);
}

static void run_suite(FILE *out, const struct run_results *r)
{
	char *wrong[N_RUN_CHECKS];
	size_t n = 0;

	for (int i = 0; i < N_RUN_CHECKS; i++) {
		wrong[i] = run_check(r, (enum run_check)i);
		n += wrong[i] != NULL;
	}
	suite_head(out, r, "run", N_RUN_CHECKS, n, 0, 0);
	for (int i = 0; i < N_RUN_CHECKS; i++) {
		fprintf(out, "  <testcase classname=\"run\" name=\"%s\">\n", run_check_names[i]);
		if (wrong[i])
			outcome(out, "failure", run_check_names[i], wrong[i]);
		fputs("  </testcase>\n", out);
		free(wrong[i]);
	}
	fputs(" </testsuite>\n", out);
}

void export_junit(FILE *out, const struct exported *x)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tailcheck\">\n", out);
	for (size_t i = 0; i < x->n; i++) {
		for (size_t e = 0; e < x->runs[i].n_engines; e++)
			engine_suite(out, &x->runs[i], e);
		run_suite(out, &x->runs[i]);
	}
	fputs("</testsuites>\n", out);
}
