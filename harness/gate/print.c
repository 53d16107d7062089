// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../report/github.h"
#include "gate.h"

char *finding_title(const struct finding *f)
{
	static const char *const words[N_ENTRY_KINDS] = {
		[ENTRY_RAW] = "the ",	     [ENTRY_ENGINE] = "engine ",
		[ENTRY_QUIRK] = "quirk ",    [ENTRY_UNCERTAIN] = "uncertain ",
		[ENTRY_SPLAT] = "splat of ", [ENTRY_CASE] = "",
	};

	return xasprintf("%s%s", words[f->kind], f->name);
}

static void indented(FILE *out, const char *lines)
{
	for (const char *s = lines; *s; s += strcspn(s, "\n") + (strchr(s, '\n') != NULL))
		fprintf(out, "    %.*s\n", (int)strcspn(s, "\n"), s);
}

void gate_print(FILE *out, const struct gate_outcome *g, const char *file)
{
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = &g->findings[i];

		char *title = finding_title(f);

		fprintf(out, "%s\n", title);
		free(title);
		indented(out, f->what);
		if (f->change)
			indented(out, f->change);
	}
	if (g->unreasoned)
		fprintf(out, "%zu listed failure%s without a reason in %s\n", g->unreasoned,
			g->unreasoned == 1 ? " is" : "s are", file);
	fprintf(out, "gate: %zu cases, %zu results, %zu known failures: ", g->cases, g->results,
		g->failures);
	if (g->n_findings)
		fprintf(out, "%zu not as in %s\n", g->n_findings, file);
	else
		fprintf(out, "all as in %s\n", file);
}

void gate_print_github(FILE *out, const struct gate_outcome *g, const char *file)
{
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = &g->findings[i];
		char *title = finding_title(f);

		github_annotate(out,
				&(struct github_note){ "error", file, f->line, title, f->what });
		free(title);
	}
}
