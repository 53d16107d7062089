// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A summary for the page of a CI system. */
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "html/escape.h"

/* A page has an end: $GITHUB_STEP_SUMMARY takes a megabyte. */
#define MAX_TOLD 100

/* In a table a bar would end the cell. HTML's escapes are Markdown's too. */
static void cell(FILE *out, const char *text)
{
	for (const char *s = text; *s; s++) {
		if (*s == '|')
			fputs("&#124;", out);
		else if (*s == '`' || *s == '*' || *s == '_' || *s == '[')
			fprintf(out, "&#%d;", *s);
		else if (*s & 0x80)
			fputc(*s, out);
		else
			html_bytes(out, *s == '\n' ? " " : s, 1);
	}
}

static void visible_cell(FILE *out, const char *text)
{
	char *shown = escape_visible(text, strlen(text));

	cell(out, shown);
	free(shown);
}

static void engine_row(FILE *out, const struct run_results *r, size_t e)
{
	struct counts n;
	bool ok;

	fputs("| ", out);
	visible_cell(out, r->kernel);
	fprintf(out, " | %s | ", r->engines[e].name);
	if (!r->engines[e].offered) {
		fputs("not offered: ", out);
		visible_cell(out, r->engines[e].why);
		fputs(" | | | | | | |\n", out);
		return;
	}
	results_count(r, e, 0, r->suite->n_cases, &n);
	ok = n.by[VERDICT_CONFORMS] + n.by[VERDICT_QUIRK] + n.by[VERDICT_UNSUPPORTED] == n.total;
	fprintf(out, "%s | %zu | %zu | %zu | %zu | %zu | %zu |\n", ok ? "as expected" : "**no**",
		n.by[VERDICT_CONFORMS], n.by[VERDICT_QUIRK], n.by[VERDICT_DIVERGES],
		n.by[VERDICT_CRASHED] + n.by[VERDICT_TIMED_OUT] + n.by[VERDICT_PROTOCOL],
		n.by[VERDICT_UNSUPPORTED], n.by[VERDICT_INFRA] + n.by[VERDICT_NONE]);
}

/* As code, with a fence that is longer than any in the text. */
static void code(FILE *out, const char *text)
{
	char *shown = escape_visible(text, strlen(text));

	fputs("\n`````\n", out);
	for (const char *s = shown; *s; s++)
		fputc(*s == '`' ? '\'' : *s, out);
	fprintf(out, "%s`````\n", *shown && shown[strlen(shown) - 1] == '\n' ? "" : "\n");
	free(shown);
}

static void failures(FILE *out, const struct run_results *r, size_t *told, size_t *more)
{
	for (size_t c = 0; c < r->suite->n_cases; c++)
		for (size_t e = 0; e < r->n_engines; e++) {
			enum verdict v = result_of(r, c, e)->verdict;
			char *text;

			if (!r->engines[e].offered || verdict_expected(v))
				continue;
			if ((*told)++ >= MAX_TOLD) {
				(*more)++;
				continue;
			}
			text = result_text(r, c, e);
			fprintf(out, "\n<details><summary>%s: %s on ", verdict_names[v],
				r->suite->cases[c]->name);
			html_text(out, r->kernel);
			fprintf(out, " %s</summary>\n", r->engines[e].name);
			code(out, text);
			fputs("\n</details>\n", out);
			free(text);
		}
}

static void checks(FILE *out, const struct run_results *r)
{
	for (int i = 0; i < N_RUN_CHECKS; i++) {
		char *wrong = run_check(r, (enum run_check)i);

		if (wrong) {
			fputs("\n**", out);
			visible_cell(out, r->kernel);
			fprintf(out, ": %s**\n", run_check_names[i]);
			code(out, wrong);
		}
		free(wrong);
	}
}

void export_markdown(FILE *out, const struct exported *x)
{
	size_t told = 0, more = 0;

	fputs("## tailcheck\n\n"
	      "| kernel | engine | | conforms | quirk | diverges | crashed, timed out, protocol | "
	      "unsupported "
	      "| lost |\n|---|---|---|--:|--:|--:|--:|--:|--:|\n",
	      out);
	for (size_t i = 0; i < x->n; i++)
		for (size_t e = 0; e < x->runs[i].n_engines; e++)
			engine_row(out, &x->runs[i], e);
	for (size_t i = 0; i < x->n; i++)
		checks(out, &x->runs[i]);
	for (size_t i = 0; i < x->n; i++)
		failures(out, &x->runs[i], &told, &more);
	if (more)
		fprintf(out, "\n... and %zu more; all are in the report\n", more);
}
