// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "github.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "export.h"

/* What GitHub's own toolkit escapes: in a property (a file, a title) also : and , */
static void escaped(FILE *out, const char *text, size_t len, bool property)
{
	for (const char *s = text; s < text + len; s++) {
		if (*s == '%' || *s == '\r' || *s == '\n' || (property && (*s == ':' || *s == ',')))
			fprintf(out, "%%%02X", (unsigned char)*s);
		else if ((unsigned char)*s >= ' ')
			fputc(*s, out);
	}
}

void github_annotate(FILE *out, const struct github_note *note)
{
	size_t len = strlen(note->text);

	fprintf(out, "::%s ", note->level);
	if (note->file) {
		fputs("file=", out);
		escaped(out, note->file, strlen(note->file), true);
		if (note->line)
			fprintf(out, ",line=%u", note->line);
		fputc(',', out);
	}
	fputs("title=", out);
	escaped(out, note->title, strlen(note->title), true);
	fputs("::", out);
	escaped(out, note->text, len - (len && note->text[len - 1] == '\n'), false);
	fputc('\n', out);
}

/* GitHub shows ten of a step and drops the rest: what stands for many comes first. */
static void annotate_checks(FILE *out, const struct run_results *r)
{
	for (int i = 0; i < N_RUN_CHECKS; i++) {
		char *wrong = run_check(r, (enum run_check)i);

		if (wrong)
			github_annotate(out, &(struct github_note){ "error", NULL, 0,
								    run_check_names[i], wrong });
		free(wrong);
	}
}

static void annotate_case(FILE *out, const struct run_results *r, size_t c, size_t e)
{
	char *title =
		xasprintf("%s on %s %s", r->suite->cases[c]->name, r->kernel, r->engines[e].name);
	char *text = result_text(r, c, e);
	char *all = xasprintf("%s: %s", verdict_names[result_of(r, c, e)->verdict], text);

	github_annotate(out, &(struct github_note){ "error", NULL, 0, title, all });
	free(title);
	free(text);
	free(all);
}

void export_github(FILE *out, const struct exported *x)
{
	for (size_t i = 0; i < x->n; i++)
		annotate_checks(out, &x->runs[i]);
	for (size_t i = 0; i < x->n; i++) {
		const struct run_results *r = &x->runs[i];

		for (size_t c = 0; c < r->suite->n_cases; c++)
			for (size_t e = 0; e < r->n_engines; e++)
				if (r->engines[e].offered &&
				    !verdict_expected(result_of(r, c, e)->verdict))
					annotate_case(out, r, c, e);
	}
}
