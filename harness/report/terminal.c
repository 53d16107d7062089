// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The summary that ends a run. Fits 80 columns. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"

bool verdict_expected(enum verdict v)
{
	return v == VERDICT_CONFORMS || v == VERDICT_QUIRK || v == VERDICT_UNSUPPORTED;
}

size_t area_length(const char *name)
{
	return strcspn(name, ".");
}

void print_quirks(FILE *out, uint64_t set)
{
	const char *between = "";

	for (int q = 0; q < QUIRK_COUNT; q++) {
		if (set & (1ULL << q)) {
			fprintf(out, "%s%s", between, quirks[q].name);
			between = ", ";
		}
	}
	if (!*between)
		fputs("none", out);
}

/* Like print_quirks(), broken into lines of 80 columns behind @column blanks. */
static void print_quirks_folded(FILE *out, uint64_t set, int column)
{
	int at = column;
	const char *between = "";

	for (int q = 0; q < QUIRK_COUNT; q++) {
		int len = (int)strlen(quirks[q].name);

		if (!(set & (1ULL << q)))
			continue;
		if (*between && at + 2 + len > 78) {
			fprintf(out, ",\n%*s", column, "");
			at = column;
			between = "";
		}
		fprintf(out, "%s%s", between, quirks[q].name);
		at += (int)strlen(between) + len;
		between = ", ";
	}
	if (!set)
		fputs("none", out);
	fputc('\n', out);
}

static void head(FILE *out, const struct run_results *r)
{
	fprintf(out, "tailcheck " TAILCHECK_VERSION ": %s, Linux %s", r->kernel, r->release);
	if (r->package && *r->package)
		fprintf(out, "\n  from %s", r->package);
	fprintf(out, "\n  on %s; %s\n\n", r->host, r->boots);
	fprintf(out, "%-14s quirks found by its probes\n", "engine");
	for (size_t e = 0; e < r->n_engines; e++) {
		const struct engine_results *er = &r->engines[e];

		fprintf(out, "%-14s ", er->name);
		if (!er->offered) {
			fprintf(out, "unsupported: %s\n", er->why);
			continue;
		}
		print_quirks_folded(out, er->quirks, 15);
		if (er->uncertain) {
			fprintf(out, "%-14s probes that fit neither way: ", "");
			print_quirks(out, er->uncertain);
			fputc('\n', out);
		}
	}
	fputc('\n', out);
}

/* "24", "22+2q", "19+2q!3", "20-4": see the legend. */
static void cell(char text[32], const struct counts *n)
{
	size_t bad = n->total - n->by[VERDICT_CONFORMS] - n->by[VERDICT_QUIRK] -
		     n->by[VERDICT_UNSUPPORTED];
	int len = snprintf(text, 32, "%zu", n->by[VERDICT_CONFORMS]);

	if (n->by[VERDICT_QUIRK])
		len += snprintf(text + len, (size_t)(32 - len), "+%zuq", n->by[VERDICT_QUIRK]);
	if (n->by[VERDICT_UNSUPPORTED])
		len += snprintf(text + len, (size_t)(32 - len), "-%zu", n->by[VERDICT_UNSUPPORTED]);
	if (bad)
		snprintf(text + len, (size_t)(32 - len), "!%zu", bad);
}

static void row(FILE *out, const struct run_results *r, const char *name, int name_len, size_t from,
		size_t to)
{
	struct counts n;
	char text[32];

	fprintf(out, "%-14.*s %6zu", name_len, name, to - from);
	for (size_t e = 0; e < r->n_engines; e++) {
		if (!r->engines[e].offered)
			continue;
		results_count(r, e, from, to, &n);
		cell(text, &n);
		fprintf(out, "  %-14s", text);
	}
	fputc('\n', out);
}

static void table(FILE *out, const struct run_results *r)
{
	size_t from = 0, n = r->suite->n_cases;

	fprintf(out, "%-14s %6s", "area", "cases");
	for (size_t e = 0; e < r->n_engines; e++)
		if (r->engines[e].offered)
			fprintf(out, "  %-14s", r->engines[e].name);
	fputc('\n', out);
	for (size_t i = 1; i <= n; i++) {
		const char *name = r->suite->cases[from]->name;
		size_t len = area_length(name);

		if (i < n && strncmp(r->suite->cases[i]->name, name, len + 1) == 0)
			continue;
		row(out, r, name, (int)len, from, i);
		from = i;
	}
	row(out, r, "all", 3, 0, n);
	fputs("(conforms, +q: explained by a quirk, -: unsupported, !: not as expected)\n\n", out);
}

static void quoted(FILE *out, const char *indent, const char *word, const char *text, int len)
{
	if (!text)
		fprintf(out, "%s%-7s no such step\n", indent, word);
	else
		fprintf(out, "%s%-7s %.*s%s\n", indent, word, len > 200 ? 200 : len, text,
			len > 200 ? " ..." : "");
}

void report_difference(FILE *out, const struct run_results *r, size_t c, size_t engine,
		       const char *indent)
{
	const struct test_case *tc = r->suite->cases[c];
	const struct result *res = result_of(r, c, engine);
	struct difference d;
	enum outcome outcome;
	char *wanted;

	if (res->verdict != VERDICT_DIVERGES) {
		fprintf(out, "%s%s\n", indent, res->transcript ? res->transcript : "");
		return;
	}
	wanted = transcript_reference(tc, r->engines[engine].quirks, &outcome);
	if (transcript_differs(wanted, res->transcript, &d)) {
		fprintf(out, "%sstep %zu: %.*s\n", indent, d.step, d.text_len > 68 ? 68 : d.text_len,
			d.text);
		quoted(out, indent, "wanted", d.wanted, d.wanted_len);
		quoted(out, indent, "got", d.got, d.got_len);
	}
	free(wanted);
}

static void details(FILE *out, const struct run_results *r, size_t max)
{
	size_t told = 0, more = 0;

	for (size_t c = 0; c < r->suite->n_cases; c++) {
		bool named = false;

		for (size_t e = 0; e < r->n_engines; e++) {
			const struct result *res = result_of(r, c, e);

			if (!r->engines[e].offered || verdict_expected(res->verdict))
				continue;
			if (told >= max && !named) {
				more++;
				break;
			}
			fprintf(out, "%s: %s on %s\n", verdict_names[res->verdict],
				r->suite->cases[c]->name, r->engines[e].name);
			report_difference(out, r, c, e, "    ");
			named = true;
		}
		if (named) {
			told++;
			fprintf(out, "    more: tailcheck explain %s\n", r->suite->cases[c]->name);
		}
	}
	if (more)
		fprintf(out, "... and %zu more cases; their transcripts are in the run's folder\n", more);
	if (told)
		fputc('\n', out);
}

static void suite_errors(FILE *out, const struct run_results *r, size_t max)
{
	for (size_t i = 0; i < r->n_suite_errors; i++) {
		const struct test_case *c = r->suite->cases[r->suite_errors[i]];
		char *expected, *got;
		struct difference d;
		enum outcome outcome;

		if (i == max) {
			fprintf(out, "... and %zu more such cases\n", r->n_suite_errors - max);
			break;
		}
		expected = transcript_expected(c);
		got = transcript_reference(c, 0, &outcome);
		if (transcript_differs(expected, got, &d)) {
			fprintf(out,
				"error in the suite: %s\n    the reference does not give what the "
				"case expects, at step %zu: %.*s\n",
				c->name, d.step, d.text_len, d.text);
			quoted(out, "    ", "case", d.wanted, d.wanted_len);
			quoted(out, "    ", "ref.", d.got, d.got_len);
		}
		free(expected);
		free(got);
	}
	if (r->n_suite_errors)
		fputc('\n', out);
}

static void splats(FILE *out, const struct run_results *r)
{
	for (size_t i = 0; i < r->n_splats; i++) {
		const struct run_splat *s = &r->splats[i];

		fprintf(out, "kernel splat %s%s%s%s:\n    %s\n", s->case_name ? "during " : "(no case)",
			s->case_name ? s->case_name : "", s->case_name ? " on " : "",
			s->case_name ? s->engine : "", s->line);
	}
	if (r->n_splats)
		fputc('\n', out);
}

/* A case that no engine of this run could be given proves nothing: name it. */
static void skipped_everywhere(FILE *out, const struct run_results *r)
{
	for (size_t c = 0; c < r->suite->n_cases; c++) {
		bool all = true;

		for (size_t e = 0; e < r->n_engines && all; e++)
			all = !r->engines[e].offered ||
			      result_of(r, c, e)->verdict == VERDICT_UNSUPPORTED;
		if (all)
			fprintf(out, "ran on no engine: %s (%s)\n", r->suite->cases[c]->name,
				result_of(r, c, 0)->transcript);
	}
}

void report_terminal(FILE *out, const struct run_results *r, const char *dir, size_t max_details)
{
	size_t engines = 0;
	struct counts n;

	for (size_t e = 0; e < r->n_engines; e++)
		engines += r->engines[e].offered;
	results_count(r, MAX_ENGINES, 0, r->suite->n_cases, &n);
	head(out, r);
	table(out, r);
	suite_errors(out, r, max_details);
	details(out, r, max_details);
	splats(out, r);
	skipped_everywhere(out, r);
	fprintf(out, "%zu cases on %zu engine%s: %zu conform, %zu explained by quirks,\n",
		r->suite->n_cases, engines, engines == 1 ? "" : "s", n.by[VERDICT_CONFORMS],
		n.by[VERDICT_QUIRK]);
	fprintf(out, "%zu diverge, %zu crashed, %zu timed out, %zu unsupported, %zu lost; %.1f s\n",
		n.by[VERDICT_DIVERGES], n.by[VERDICT_CRASHED], n.by[VERDICT_TIMED_OUT],
		n.by[VERDICT_UNSUPPORTED], n.by[VERDICT_INFRA] + n.by[VERDICT_NONE], r->seconds);
	if (r->interrupted)
		fputs("INCOMPLETE: the run was cut short; what it had found is above and kept\n", out);
	if (dir)
		fprintf(out, "report: %s\n", dir);
}
