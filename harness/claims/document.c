// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "document.h"

#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../report/fold.h"
#include "../report/report.h"

static FILE *memory(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		abort();
	return out;
}

char *document_text(const char *text)
{
	char *escaped = NULL;
	size_t len;
	FILE *out = memory(&escaped, &len);

	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '*' || *text == '|')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
	fclose(out);
	return escaped;
}

static void put_names(FILE *out, const struct record *r, unsigned int set)
{
	const char *between = "";

	for (size_t e = 0; e < r->n_engines; e++) {
		if (!(set & 1U << e))
			continue;
		fprintf(out, "%s%s", between, r->engines[e].name);
		between = ", ";
	}
}

/* Have all runs the same engines in the set? */
static bool uniform(const struct records *records, const unsigned int *set)
{
	for (size_t i = 1; i < records->n_records; i++)
		if (set[i] != set[0] ||
		    records->records[i].n_engines != records->records[0].n_engines)
			return false;
	return records->n_records > 1;
}

char *document_engines(const struct records *records, const unsigned int *set)
{
	char *text = NULL;
	const char *between = "";
	size_t len;
	FILE *out = memory(&text, &len);

	if (uniform(records, set)) {
		const struct record *r = records->records;

		if (set[0] != (1U << r->n_engines) - 1) {
			put_names(out, r, set[0]);
			fputs(" of ", out);
		}
		fputs("every kernel", out);
		fclose(out);
		return text;
	}
	for (size_t i = 0; i < records->n_records; i++) {
		const struct record *r = &records->records[i];

		if (!set[i])
			continue;
		fprintf(out, "%s%s", between, r->kernel);
		between = ", ";
		if (set[i] == (1U << r->n_engines) - 1)
			continue;
		fputs(" (", out);
		put_names(out, r, set[i]);
		fputc(')', out);
	}
	fclose(out);
	return text;
}

static void print_kernels(FILE *out, const struct document *doc)
{
	fputs("## The kernels\n\n"
	      "| kernel | package | engine | cases | as stated | by quirk | cannot | open |\n"
	      "|---|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < doc->records->n_records; i++) {
		const struct record *r = &doc->records->records[i];

		for (size_t e = 0; e < r->n_engines; e++) {
			size_t by[N_VERDICTS] = { 0 }, n = 0;

			for (size_t c = 0; c < doc->suite->n_cases; c++)
				by[record_result(r, doc->suite->cases[c], e).verdict]++;
			n = doc->suite->n_cases - by[VERDICT_NONE];
			fprintf(out, "| %s | %s | %s | %zu | %zu | %zu | %zu | %zu |\n",
				e ? "" : r->kernel, e ? "" : r->package, r->engines[e].name, n,
				by[VERDICT_CONFORMS], by[VERDICT_QUIRK], by[VERDICT_UNSUPPORTED],
				n - by[VERDICT_CONFORMS] - by[VERDICT_QUIRK] -
					by[VERDICT_UNSUPPORTED]);
		}
	}
	fputc('\n', out);
}

/* The engines of each run that have the quirk, as bits; false where none has. */
static bool having(const struct records *records, int quirk, unsigned int *set)
{
	bool any = false;

	for (size_t i = 0; i < records->n_records; i++) {
		set[i] = 0;
		for (size_t e = 0; e < records->records[i].n_engines; e++)
			if (records->records[i].engines[e].quirks & QUIRK_BIT(quirk))
				set[i] |= 1U << e;
		any = any || set[i];
	}
	return any;
}

static void print_quirk_list(FILE *out, const struct document *doc)
{
	unsigned int *set = xcalloc(doc->records->n_records + 1, sizeof(*set));
	bool none = true;

	fputs("## Where kernels deviate\n\n", out);
	fold(out, "", 0,
	     "Each deviation has a name, a *quirk*. Which engine has it was found by a probe, not "
	     "by the kernel's version. The rules above name the quirks that change them.");
	fputc('\n', out);
	for (int q = 0; q < QUIRK_COUNT; q++) {
		char *who, *about, *source;

		if (!having(doc->records, q, set))
			continue;
		none = false;
		who = document_engines(doc->records, set);
		about = document_text(quirks[q].about);
		source = document_text(quirks[q].source);
		fold(out, "", 2, "- **%s**: %s. Has it: %s. (%s)", quirks[q].name, about, who,
		     source);
		free(who);
		free(about);
		free(source);
	}
	if (none)
		fputs("None of these kernels has a quirk.\n", out);
	fputc('\n', out);
	free(set);
}

/* " Not so by `quirk` on debian-5.10, ..." for each set of quirks that explains the case somewhere.
 */
static void print_exceptions(FILE *out, const struct document *doc, const struct test_case *c)
{
	size_t n = doc->records->n_records;
	unsigned int *set = xcalloc(n + 1, sizeof(*set));
	uint64_t done = 0;

	for (int q = 0; q < QUIRK_COUNT; q++) {
		bool any = false;
		char *who;

		for (size_t i = 0; i < n; i++) {
			set[i] = 0;
			for (size_t e = 0; e < doc->records->records[i].n_engines; e++) {
				struct result res = record_result(&doc->records->records[i], c, e);

				if (res.verdict == VERDICT_QUIRK && res.because & QUIRK_BIT(q))
					set[i] |= 1U << e;
			}
			any = any || set[i];
		}
		if (!any)
			continue;
		who = document_engines(doc->records, set);
		fprintf(out, "%s `%s` on %s", done ? ";" : " **Not so** by", quirks[q].name, who);
		done |= QUIRK_BIT(q);
		free(who);
	}
	if (done)
		fputc('.', out);
	free(set);
}

/* Results that nobody has explained, or that are not there. */
static void print_open(FILE *out, const struct document *doc, const struct test_case *c)
{
	for (size_t i = 0; i < doc->records->n_records; i++) {
		const struct record *r = &doc->records->records[i];

		for (size_t e = 0; e < r->n_engines; e++) {
			enum verdict v = record_result(r, c, e).verdict;

			if (!verdict_expected(v))
				fprintf(out, " **Open**: %s on %s %s.",
					v == VERDICT_NONE ? "not measured" : verdict_names[v],
					r->kernel, r->engines[e].name);
		}
	}
}

static void print_rule(FILE *to, const struct document *doc, const struct test_case *c)
{
	static const char *const levels[] = { "", ", should", ", may" };
	char *text = NULL;
	size_t len;
	FILE *out = memory(&text, &len);

	for (size_t i = 0; i < c->n_about; i++) {
		char *about = document_text(c->about[i]);

		fprintf(out, "%s%s", i ? " " : "", about);
		free(about);
	}
	fprintf(out, " (`%s`%s", c->name, levels[c->level]);
	if (c->needs)
		fprintf(out, ", only with `%s`", c->needs);
	for (size_t i = 0; i < c->n_sources; i++) {
		char *source = document_text(c->sources[i]);

		fprintf(out, "; %s", source);
		free(source);
	}
	fputc(')', out);
	print_exceptions(out, doc, c);
	print_open(out, doc, c);
	fclose(out);
	fold(to, "", 2, "- %s", text);
	free(text);
}

/* As they stand in their files: that is the order to read them in. */
static int by_place(const void *a, const void *b)
{
	const struct test_case *const *x = a, *const *y = b;
	int order = strcmp((*x)->file, (*y)->file);

	return order ? order : (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

static void print_area(FILE *out, const struct document *doc, const struct area *area)
{
	const struct test_case **cases = xcalloc(doc->suite->n_cases + 1, sizeof(*cases));
	size_t n = 0;

	for (size_t i = 0; i < doc->suite->n_cases; i++)
		if (area_has(area, doc->suite->cases[i]))
			cases[n++] = doc->suite->cases[i];
	if (n) {
		qsort(cases, n, sizeof(*cases), by_place);
		fprintf(out, "### %s\n\n", area->title);
		if (area->about) {
			char *about = document_text(area->about);

			fold(out, "", 0, "%s", about);
			fputc('\n', out);
			free(about);
		}
		for (size_t i = 0; i < n; i++)
			print_rule(out, doc, cases[i]);
		fputc('\n', out);
	}
	free(cases);
}

static void print_contents(FILE *out, const struct document *doc)
{
	char *text = NULL;
	const char *between = "";
	size_t len;
	FILE *list = memory(&text, &len);

	for (size_t i = 0; i < doc->areas->n_areas; i++)
		for (size_t c = 0; c < doc->suite->n_cases; c++)
			if (area_has(&doc->areas->areas[i], doc->suite->cases[c])) {
				fprintf(list, "%s%s", between, doc->areas->areas[i].title);
				between = "; ";
				break;
			}
	fclose(list);
	fold(out, "", 0, "In this order: %s.", text);
	fputc('\n', out);
	free(text);
}

void document_print(FILE *out, const struct document *doc)
{
	fputs("# BPF_MAP_TYPE_PROG_ARRAY and tail calls, as measured\n\n", out);
	fold(out, "", 0,
	     "Made by `make semantics` from `cases/` and from runs on the kernels below; not to be "
	     "edited. No kernel document states these rules in one place, and several state them "
	     "otherwise; here each one is a test that was run.");
	fputs("\n1. [The kernels](#the-kernels)\n"
	      "2. [What documents say otherwise](#what-documents-say-otherwise)\n"
	      "3. [The rules](#the-rules)\n"
	      "4. [Where kernels deviate](#where-kernels-deviate)\n"
	      "5. [Claims that hold](#claims-that-hold)\n"
	      "6. [Claims that were not tested](#claims-that-were-not-tested)\n\n",
	      out);
	print_kernels(out, doc);
	document_claims_against(out, doc);
	fputs("## The rules\n\n", out);
	fold(out, "", 0,
	     "The behaviour that documents state, and where they are silent or wrong, that of the "
	     "newest kernel's JIT. Behind each rule: the case that tests it (`tailcheck show "
	     "CASE`), "
	     "*should* where it is about an errno or the order of checks, *may* where it is a "
	     "detail "
	     "of the implementation, and where it was read.");
	fputc('\n', out);
	print_contents(out, doc);
	for (size_t i = 0; i < doc->areas->n_areas; i++)
		print_area(out, doc, &doc->areas->areas[i]);
	print_quirk_list(out, doc);
	document_claims_rest(out, doc);
}
