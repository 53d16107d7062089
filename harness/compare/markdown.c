// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fit for a pull request or a release note. */
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "compare.h"

#define FEW 10

/* In a table: a bar would end the cell, and a tag would be one. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("|<>*_`\\", *text))
			fputc('\\', out);
		fputc((unsigned char)*text < 32 ? ' ' : *text, out);
	}
}

/* Between backquotes nothing counts but backquotes, and in a table the bar. */
static void put_code(FILE *out, const char *text)
{
	fputc('`', out);
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text == '`' ? '\'' : (unsigned char)*text < 32 ? ' ' : *text, out);
	}
	fputc('`', out);
}

static void put_label(FILE *out, const struct compare_side *s)
{
	put_text(out, s->label);
}

static void put_row(FILE *out, const struct comparison *c, const struct change *change)
{
	char *engines = comparison_engines(c, change->pairs);

	fputs("| ", out);
	put_code(out, change->name);
	fprintf(out, " | %s | ", engines);
	if (change->step)
		fprintf(out, "%zu ", change->step);
	if (change->text)
		put_code(out, change->text);
	for (int which = BEFORE; which <= AFTER; which++) {
		fputs(" | ", out);
		put_code(out, change->seen[which]);
	}
	fputs(" |\n", out);
	free(engines);
}

static void put_head(FILE *out, const struct comparison *c)
{
	fputs("\n| case | engines | step | ", out);
	put_label(out, c->side[BEFORE]);
	fputs(" | ", out);
	put_label(out, c->side[AFTER]);
	fputs(" |\n|---|---|---|---|---|\n", out);
}

static void put_rows(FILE *out, const struct comparison *c, const struct quirk_change *qc,
		     size_t max)
{
	size_t told = 0, more = 0;

	for (size_t i = 0; i < c->n_changes; i++) {
		const struct change *change = &c->changes[i];

		if (!change_belongs(change, qc))
			continue;
		if (told++ < max)
			put_row(out, c, change);
		else
			more++;
	}
	if (more)
		fprintf(out, "\n%zu more like these.\n", more);
}

static bool any_change(const struct comparison *c, const struct quirk_change *qc)
{
	for (size_t i = 0; i < c->n_changes; i++)
		if (change_belongs(&c->changes[i], qc))
			return true;
	return false;
}

static void put_quirk(FILE *out, const struct comparison *c, const struct quirk_change *qc,
		      size_t max)
{
	char *engines = comparison_engines(c, qc->pairs);

	fprintf(out, "\n### `%s` (%s)\n\n", quirks[qc->quirk].name, engines);
	put_text(out, quirks[qc->quirk].about);
	fputs("  \nSource: ", out);
	put_text(out, quirks[qc->quirk].source);
	if (!qc->n_probes)
		fprintf(out, "  \n`probe.%s`: %s", quirks[qc->quirk].name,
			qc->hidden ? "it gave the same on both, beside another quirk"
				   : "what it gave is not in these files");
	fputc('\n', out);
	if (qc->n_probes || any_change(c, qc))
		put_head(out, c);
	for (size_t i = 0; i < qc->n_probes; i++)
		put_row(out, c, &qc->probes[i]);
	put_rows(out, c, qc, max);
	free(engines);
}

static void put_quirks(FILE *out, const struct comparison *c, size_t max)
{
	for (size_t i = 0; i < c->n_quirks; i++) {
		const struct quirk_change *qc = &c->quirks[i];

		if (i == 0 || qc->gone != c->quirks[i - 1].gone) {
			fputs("\n## Quirks that ", out);
			put_label(out, c->side[qc->gone ? BEFORE : AFTER]);
			fputs(" has and ", out);
			put_label(out, c->side[qc->gone ? AFTER : BEFORE]);
			fputs(" has not\n", out);
		}
		put_quirk(out, c, qc, max);
	}
}

static void put_names(FILE *out, const struct name_list *list, const char *what,
		      const struct compare_side *s, bool all)
{
	char *areas = count_areas(list);

	if (list->n) {
		fprintf(out, "- %zu cases %s", list->n, what);
		if (s)
			put_label(out, s);
		fprintf(out, ": %s\n", areas);
	}
	for (size_t i = 0; i < list->n && all; i++)
		fprintf(out, "  - `%s`\n", list->names[i]);
	free(areas);
}

static void put_only(FILE *out, const struct comparison *c, bool all)
{
	if (!c->engines[BEFORE].n && !c->engines[AFTER].n && !c->only[BEFORE].n &&
	    !c->only[AFTER].n && !c->rewritten.n)
		return;
	fputs("\n## Not compared\n\n", out);
	for (int which = BEFORE; which <= AFTER; which++) {
		for (size_t i = 0; i < c->engines[which].n; i++) {
			fprintf(out, "- engine `%s`, which only ", c->engines[which].names[i]);
			put_label(out, c->side[which]);
			fputs(" has\n", out);
		}
		put_names(out, &c->only[which], "only in ", c->side[which], all);
	}
	put_names(out, &c->rewritten, "are other tests in the one than in the other", NULL, all);
}

static void put_sides(FILE *out, const struct comparison *c)
{
	fputs("# ", out);
	put_label(out, c->side[BEFORE]);
	fputs(" and ", out);
	put_label(out, c->side[AFTER]);
	fputs("\n\n", out);
	for (int which = BEFORE; which <= AFTER; which++) {
		const struct compare_side *s = c->side[which];
		const struct record *r = &s->record;

		fputs("- ", out);
		put_label(out, s);
		fputs(": ", out);
		put_text(out, s->bare	    ? "a file of transcripts"
			      : *r->package ? r->package
					    : r->release);
		if (r->interrupted)
			fputs("; the run was interrupted", out);
		fputc('\n', out);
	}
}

void compare_markdown(FILE *out, const struct comparison *c, bool all)
{
	size_t max = all ? (size_t)-1 : FEW, odd = comparison_changed(c, true);
	char *engines = comparison_engines(c, (1U << c->n_pairs) - 1);

	put_sides(out, c);
	fprintf(out,
		"\n%zu cases on %s compared: %zu changed, %zu of them without a quirk that "
		"explains it.\n",
		c->n_compared, engines, comparison_changed(c, false), odd);
	put_quirks(out, c, max);
	if (odd) {
		fputs("\n## Changed, and no quirk explains it\n", out);
		put_head(out, c);
		put_rows(out, c, NULL, 4 * max > max ? 4 * max : max);
	}
	put_only(out, c, all);
	free(engines);
}
