// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For a terminal of 80 columns. */
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../report/fold.h"
#include "compare.h"

#define FEW  5	/* cases of a quirk that are spelled out */
#define MANY 20 /* of those that no quirk explains */

/* "limit.gap, step 7, lookup count 0 (jit)" */
static void put_case(FILE *out, const struct comparison *c, const struct change *change,
		     unsigned int pairs)
{
	char *engines = comparison_engines(c, change->pairs);
	char *on = change->pairs == pairs ? xstrdup("") : xasprintf(" (%s)", engines);

	if (change->step)
		fold(out, "    ", 4, "%s, step %zu, %s%s: %s -> %s", change->name, change->step,
		     change->text, on, change->seen[BEFORE], change->seen[AFTER]);
	else
		fold(out, "    ", 4, "%s%s: %s -> %s", change->name, on, change->seen[BEFORE],
		     change->seen[AFTER]);
	free(on);
	free(engines);
}

/* A few in full; of the others how many there are in each area. */
static void put_cases(FILE *out, const struct comparison *c, const struct quirk_change *qc,
		      size_t max)
{
	struct name_list more = { .n = 0 };
	size_t told = 0;
	char *areas;

	for (size_t i = 0; i < c->n_changes; i++) {
		const struct change *change = &c->changes[i];

		if (!change_belongs(change, qc))
			continue;
		if (told < max) {
			put_case(out, c, change, qc ? qc->pairs : 0);
			told++;
		} else if ((!more.n || strcmp(more.names[more.n - 1], change->name) != 0) &&
			   strcmp(c->changes[i - 1].name, change->name) != 0) {
			*vec_add(more.names, more.n) = change->name;
		}
	}
	areas = count_areas(&more);
	if (more.n)
		fold(out, "    ", 4, "and %zu more: %s", more.n, areas);
	free(areas);
	free(more.names);
}

static void put_probe(FILE *out, const struct comparison *c, const struct quirk_change *qc,
		      const struct change *probe)
{
	char *engines = comparison_engines(c, probe->pairs);
	char *on = probe->pairs == qc->pairs ? xstrdup("") : xasprintf(" (%s)", engines);

	fold(out, "    ", 4, "%s, step %zu, %s%s:", probe->name, probe->step, probe->text, on);
	for (int which = BEFORE; which <= AFTER; which++)
		fold(out, "        ", 4, "%s: %s", c->side[which]->label, probe->seen[which]);
	free(on);
	free(engines);
}

static void put_quirk(FILE *out, const struct comparison *c, const struct quirk_change *qc,
		      size_t max)
{
	char *engines = comparison_engines(c, qc->pairs);

	fold(out, "", 4, "%s on %s", quirks[qc->quirk].name, engines);
	fold(out, "    ", 0, "%s", quirks[qc->quirk].about);
	fold(out, "    ", 4, "source: %s", quirks[qc->quirk].source);
	for (size_t i = 0; i < qc->n_probes; i++)
		put_probe(out, c, qc, &qc->probes[i]);
	if (!qc->n_probes)
		fold(out, "    ", 4, "probe.%s: %s", quirks[qc->quirk].name,
		     qc->hidden ? "it gave the same on both, beside another quirk"
				: "what it gave is not in these files");
	put_cases(out, c, qc, max);
	fputc('\n', out);
	free(engines);
}

static void put_quirks(FILE *out, const struct comparison *c, size_t max)
{
	for (size_t i = 0; i < c->n_quirks; i++) {
		const struct quirk_change *qc = &c->quirks[i];

		if (i == 0 || qc->gone != c->quirks[i - 1].gone)
			fold(out, "", 0, "QUIRKS THAT %s HAS AND %s HAS NOT\n",
			     c->side[qc->gone ? BEFORE : AFTER]->label,
			     c->side[qc->gone ? AFTER : BEFORE]->label);
		put_quirk(out, c, qc, max);
	}
}

static void put_names(FILE *out, const struct name_list *list, const char *what, bool all)
{
	char *areas = count_areas(list);

	if (list->n)
		fold(out, "    ", 4, "%zu %s%s: %s", list->n, list->n == 1 ? "case " : "cases ",
		     what, areas);
	for (size_t i = 0; i < list->n && all; i++)
		fprintf(out, "        %s\n", list->names[i]);
	free(areas);
}

static void put_only(FILE *out, const struct comparison *c, bool all)
{
	if (!c->engines[BEFORE].n && !c->engines[AFTER].n && !c->only[BEFORE].n &&
	    !c->only[AFTER].n && !c->rewritten.n)
		return;
	fputs("NOT COMPARED\n", out);
	for (int which = BEFORE; which <= AFTER; which++) {
		char *what = xasprintf("only in %s", c->side[which]->label);

		for (size_t i = 0; i < c->engines[which].n; i++)
			fold(out, "    ", 4, "engine %s: %s", c->engines[which].names[i], what);
		put_names(out, &c->only[which], what, all);
		free(what);
	}
	put_names(out, &c->rewritten, "are other tests in the one than in the other", all);
	fputc('\n', out);
}

static void put_sides(FILE *out, const struct comparison *c)
{
	for (int which = BEFORE; which <= AFTER; which++) {
		const struct compare_side *s = c->side[which];
		const struct record *r = &s->record;

		if (s->bare)
			fold(out, "", 4,
			     "%s: a file of transcripts; quirks are those that its "
			     "cases name",
			     s->label);
		else
			fold(out, "", 4, "%s: %s%s", s->label,
			     *r->package ? r->package : r->release,
			     r->interrupted ? "; the run was interrupted" : "");
		if (!s->bare)
			fold(out, "    ", 0, "%s", s->path);
	}
	fputc('\n', out);
}

void compare_terminal(FILE *out, const struct comparison *c, bool all)
{
	size_t changed = comparison_changed(c, false), odd = comparison_changed(c, true);
	char *engines = comparison_engines(c, (1U << c->n_pairs) - 1);
	size_t gone = 0;

	put_sides(out, c);
	put_quirks(out, c, all ? (size_t)-1 : FEW);
	if (odd) {
		fputs("CHANGED, AND NO QUIRK EXPLAINS IT\n", out);
		put_cases(out, c, NULL, all ? (size_t)-1 : MANY);
		fputc('\n', out);
	}
	put_only(out, c, all);
	for (size_t i = 0; i < c->n_quirks; i++)
		gone += c->quirks[i].gone;
	fold(out, "", 0,
	     "%zu cases on %s compared: %zu changed, %zu of them without a quirk "
	     "that explains it; quirks: %zu gone, %zu new",
	     c->n_compared, engines, changed, odd, gone, c->n_quirks - gone);
	free(engines);
}
