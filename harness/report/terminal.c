// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The summary that ends a run. Fits 80 columns. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "fold.h"

bool verdict_expected(enum verdict v)
{
	return v == VERDICT_CONFORMS || v == VERDICT_QUIRK || v == VERDICT_UNSUPPORTED;
}

size_t area_length(const char *name)
{
	return strcspn(name, ".");
}

void print_quirks(FILE *out, quirk_set set)
{
	const char *between = "";

	for (int q = 0; q < QUIRK_COUNT; q++) {
		if (set & QUIRK_BIT(q)) {
			fprintf(out, "%s%s", between, quirks[q].name);
			between = ", ";
		}
	}
	if (!*between)
		fputs("none", out);
}

static char *quirk_names(quirk_set set)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	print_quirks(out, set);
	fclose(out);
	return text;
}

/* The column behind an engine's name. */
#define NAME_WIDTH 15

static void engine_head(FILE *out, const struct engine_results *er)
{
	char *found = quirk_names(er->quirks), *unsure = quirk_names(er->uncertain);

	if (!er->offered)
		fold(out, "", NAME_WIDTH, "%-14s unsupported: %s", er->name, er->why);
	else
		fold(out, "", NAME_WIDTH, "%-14s %s", er->name, found);
	if (er->offered && er->uncertain)
		fold(out, "", NAME_WIDTH + 2, "%-14s probes that fit neither way: %s", "", unsure);
	free(found);
	free(unsure);
}

static void head(FILE *out, const struct run_results *r)
{
	fold(out, "", 2, "tailcheck " TAILCHECK_VERSION ": %s%s%s", r->kernel,
	     r->runtime ? " " : ", Linux ", r->release);
	if (r->package && *r->package)
		fold(out, "  ", 2, "from %s", r->package);
	fold(out, "  ", 2, "on %s; %s", r->host, r->boots);
	fputc('\n', out);
	if (r->normative)
		return;
	fprintf(out, "%-14s quirks found by its probes%s%s\n", "engine",
		r->probes_kept ? ", kept since " : "", r->probes_kept ? r->probes_kept : "");
	for (size_t e = 0; e < r->n_engines; e++)
		engine_head(out, &r->engines[e]);
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

/* Engines side by side that fit 80 columns; more of them stand in further tables. */
#define TABLE_ENGINES 3

struct columns {
	size_t engine[TABLE_ENGINES];
	size_t n;
};

static void row(FILE *out, const struct run_results *r, const struct columns *cols,
		const char *name, int name_len, size_t from, size_t to)
{
	struct counts n;
	char text[32];

	fprintf(out, "%-14.*s %6zu", name_len < 14 ? name_len : 14, name, to - from);
	for (size_t i = 0; i < cols->n; i++) {
		results_count(r, cols->engine[i], from, to, &n);
		cell(text, &n);
		fprintf(out, i + 1 < cols->n ? "  %-17s" : "  %s", text);
	}
	fputc('\n', out);
}

static void one_table(FILE *out, const struct run_results *r, const struct columns *cols)
{
	size_t from = 0, n = r->suite->n_cases;

	fprintf(out, "%-14s %6s", "area", "cases");
	for (size_t i = 0; i < cols->n; i++)
		fprintf(out, i + 1 < cols->n ? "  %-17.17s" : "  %.17s",
			r->engines[cols->engine[i]].name);
	fputc('\n', out);
	for (size_t i = 1; i <= n; i++) {
		const char *name = r->suite->cases[from]->name;
		size_t len = area_length(name);

		if (i < n && strncmp(r->suite->cases[i]->name, name, len) == 0 &&
		    area_length(r->suite->cases[i]->name) == len)
			continue;
		row(out, r, cols, name, (int)len, from, i);
		from = i;
	}
	row(out, r, cols, "all", 3, 0, n);
}

static void table(FILE *out, const struct run_results *r)
{
	struct columns cols = { .n = 0 };
	bool any = false;

	for (size_t e = 0; e < r->n_engines; e++) {
		if (r->engines[e].offered)
			cols.engine[cols.n++] = e;
		if (cols.n && (cols.n == TABLE_ENGINES || e + 1 == r->n_engines)) {
			if (any)
				fputc('\n', out);
			one_table(out, r, &cols);
			any = true;
			cols.n = 0;
		}
	}
	fputs("(conforms, +q: explained by a quirk, -: unsupported, !: not as expected)\n\n", out);
}

static void quoted(FILE *out, const char *indent, const char *word, const char *text, int len)
{
	if (!text)
		fold(out, indent, 8, "%-7s no such step", word);
	else
		fold(out, indent, 8, "%-7s %.*s%s", word, len > 200 ? 200 : len, text,
		     len > 200 ? " ..." : "");
}

const char *report_reason(const struct result *res, int *len)
{
	const char *text = res->transcript && *res->transcript ? res->transcript : "did not run";
	const char *s = text, *line = NULL, *last = text, *mark;

	/* In a transcript that was cut short the last line says why: "3 run p ! unsupported: ..."
	 */
	while (transcript_line(&s, &line) >= 0)
		last = line;
	*len = (int)strcspn(last, "\n");
	mark = memmem(last, (size_t)*len, " ! ", 3);
	if (mark) {
		*len -= (int)(mark + 3 - last);
		last = mark + 3;
	}
	return last;
}

static bool tell_difference(FILE *out, const char *indent, const char *wanted, const char *got)
{
	struct difference d;

	if (!transcript_differs(wanted, got, &d))
		return false;
	fold(out, indent, 4, "step %zu: %.*s", d.step, d.text_len > 200 ? 200 : d.text_len, d.text);
	quoted(out, indent, "wanted", d.wanted, d.wanted_len);
	quoted(out, indent, "got", d.got, d.got_len);
	return true;
}

void report_difference(FILE *out, const struct run_results *r, size_t c, size_t engine,
		       const char *indent)
{
	const struct test_case *tc = r->suite->cases[c];
	const struct result *res = result_of(r, c, engine);
	enum outcome outcome;
	char *wanted, *expected;
	int len;

	if (res->verdict != VERDICT_DIVERGES) {
		const char *why = report_reason(res, &len);

		fold(out, indent, 4, "%.*s", len, why);
		return;
	}
	wanted = transcript_reference(tc, r->engines[engine].quirks, &outcome);
	expected = transcript_expected(tc);
	/* It may do as the reference does where the reference does not do as the case expects. */
	if (!tell_difference(out, indent, wanted, res->transcript))
		tell_difference(out, indent, expected, res->transcript);
	free(wanted);
	free(expected);
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
			fold(out, "", 4, "%s: %s on %s", verdict_names[res->verdict],
			     r->suite->cases[c]->name, r->engines[e].name);
			report_difference(out, r, c, e, "    ");
			named = true;
		}
		if (named) {
			told++;
			fold(out, "    ", 4, "more: tailcheck explain %s",
			     r->suite->cases[c]->name);
		}
	}
	if (more)
		fprintf(out, "... and %zu more cases; their transcripts are in the run's folder\n",
			more);
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
			fold(out, "", 4, "error in the suite: %s", c->name);
			fold(out, "    ", 4,
			     "the reference does not give what the case expects, at step %zu: %.*s",
			     d.step, d.text_len > 200 ? 200 : d.text_len, d.text);
			quoted(out, "    ", "case", d.wanted, d.wanted_len);
			quoted(out, "    ", "ref.", d.got, d.got_len);
		}
		free(expected);
		free(got);
	}
	if (r->n_suite_errors)
		fputc('\n', out);
}

static void profile_trouble(FILE *out, const struct run_results *r)
{
	const char *line = r->profile_trouble;

	if (!line)
		return;
	fold(out, "", 4, "%s is not as its profile says (results/expected/profiles):", r->kernel);
	for (; *line; line += strcspn(line, "\n") + 1)
		fold(out, "    ", 4, "%.*s", (int)strcspn(line, "\n"), line);
	fputc('\n', out);
}

static void splats(FILE *out, const struct run_results *r)
{
	for (size_t i = 0; i < r->n_splats; i++) {
		const struct run_splat *s = &r->splats[i];

		if (s->case_name)
			fold(out, "", 4, "kernel splat during %s on %s:", s->case_name, s->engine);
		else
			fputs("kernel splat (no case):\n", out);
		fold(out, "    ", 4, "%s", s->line);
	}
	if (r->n_splats)
		fputc('\n', out);
}

/* Whoever died with its guest and died again alone is told of with the unexpected results. */
static void bystanders(FILE *out, const struct run_results *r)
{
	size_t told = 0;

	for (size_t i = 0; i < r->n_deaths; i++) {
		const struct run_death *d = &r->deaths[i];
		enum verdict v = result_of(r, d->c, d->engine)->verdict;

		if (v == VERDICT_CRASHED || v == VERDICT_TIMED_OUT)
			continue;
		fold(out, "", 4, "a guest died during %s on %s: %s", r->suite->cases[d->c]->name,
		     r->engines[d->engine].name, d->how);
		fold(out, "    ", 4, "alone in a fresh guest the case did not do that: %s",
		     verdict_names[v]);
		told++;
	}
	if (told)
		fputc('\n', out);
}

/* A case that no engine of this run could be given proves nothing: name it. */
static void skipped_everywhere(FILE *out, const struct run_results *r)
{
	for (size_t c = 0; c < r->suite->n_cases; c++) {
		const struct result *first = NULL;
		bool all = true;
		const char *why;
		int len;

		for (size_t e = 0; e < r->n_engines && all; e++) {
			if (!r->engines[e].offered)
				continue;
			first = first ? first : result_of(r, c, e);
			all = result_of(r, c, e)->verdict == VERDICT_UNSUPPORTED;
		}
		if (!all || !first)
			continue;
		why = report_reason(first, &len);
		fold(out, "", 4, "ran on no engine: %s (%.*s)", r->suite->cases[c]->name, len, why);
	}
}

void report_terminal(FILE *out, const struct run_results *r, const char *dir, size_t max_details)
{
	char protocol[48] = "";
	size_t engines = 0;
	struct counts n;

	for (size_t e = 0; e < r->n_engines; e++)
		engines += r->engines[e].offered;
	results_count(r, MAX_ENGINES, 0, r->suite->n_cases, &n);
	head(out, r);
	table(out, r);
	suite_errors(out, r, max_details);
	details(out, r, max_details);
	profile_trouble(out, r);
	splats(out, r);
	bystanders(out, r);
	skipped_everywhere(out, r);
	report_skips(out, r);
	fprintf(out, "%zu cases on %zu engine%s: %zu conform, %zu explained by quirks,\n",
		r->suite->n_cases, engines, engines == 1 ? "" : "s", n.by[VERDICT_CONFORMS],
		n.by[VERDICT_QUIRK]);
	if (r->runtime)
		snprintf(protocol, sizeof(protocol), "%zu broke the protocol, ",
			 n.by[VERDICT_PROTOCOL]);
	fold(out, "", 0,
	     "%zu diverge, %zu crashed, %zu timed out, %s%zu unsupported, %zu lost; %.1f s",
	     n.by[VERDICT_DIVERGES], n.by[VERDICT_CRASHED], n.by[VERDICT_TIMED_OUT], protocol,
	     n.by[VERDICT_UNSUPPORTED], n.by[VERDICT_INFRA] + n.by[VERDICT_NONE], r->seconds);
	if (r->interrupted)
		fputs("INCOMPLETE: the run was cut short; what it had found is above and kept\n",
		      out);
	if (dir)
		fprintf(out, "report: %s\n", dir);
}
