// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The two tables that are as wide as there are kernels: quirks, and areas for each engine. */
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "../../base/alloc.h"
#include "../report.h"
#include "parts.h"

#define SCROLL_BOX "<div class=scroll tabindex=0 role=region aria-label=\"%s\">\n"

/* The last kernel with the quirk and the first, for sorting: what ended early comes first. */
struct extent {
	int quirk;
	size_t first, last;
};

static int by_extent(const void *x, const void *y)
{
	const struct extent *a = x, *b = y;

	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->quirk - b->quirk;
}

int *quirk_order(const struct report *r, size_t from, size_t to)
{
	struct extent list[QUIRK_COUNT];
	int *order = xcalloc(QUIRK_COUNT, sizeof(*order));

	for (int q = 0; q < QUIRK_COUNT; q++) {
		list[q] = (struct extent){ .quirk = q, .first = to, .last = to };
		for (size_t k = from; k < to; k++) {
			if (!report_quirk_seen(r, k, k + 1, q))
				continue;
			if (list[q].first == to)
				list[q].first = k;
			list[q].last = k;
		}
	}
	qsort(list, QUIRK_COUNT, sizeof(*list), by_extent);
	for (int q = 0; q < QUIRK_COUNT; q++)
		order[q] = list[q].quirk;
	return order;
}

void put_spans(FILE *out, const struct report *r, size_t from, size_t to, int quirk)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		const char *between = ": ";
		struct span span;
		size_t k = from;

		while (report_next_span(r, &k, to, e, quirk, &span)) {
			if (between[0] == ':') {
				fputs("<li><b>", out);
				html_text(out, r->engines[e].name);
				fputs("</b>", out);
			}
			fputs(between, out);
			html_text(out, r->kernels[span.first].label);
			if (span.last != span.first) {
				fputs(" to ", out);
				html_text(out, r->kernels[span.last].label);
			}
			if (span.last == to - 1 && to - from > 1)
				fputs(" (the newest here)", out);
			between = ", ";
		}
	}
}

/* "J H", and in words for those who listen. */
static void quirk_cell(FILE *out, const struct report *r, size_t k, int q)
{
	size_t n = 0, has = 0, unclear = 0;

	for (size_t e = 0; e < r->n_engines; e++) {
		char c = report_quirk(r, k, e, q);

		n += c != ' ';
		has += c == '+';
		unclear += c == '?';
	}
	fprintf(out, "<td class=\"k k%zu%s\">", k, has ? " q" : unclear ? " u" : "");
	if (!has && !unclear) {
		fputs(n ? "&middot;" : "", out);
		return;
	}
	fprintf(out, "<span aria-hidden=true>");
	for (size_t e = 0; e < r->n_engines; e++) {
		char c = report_quirk(r, k, e, q);

		if (c == '+')
			fprintf(out, "<i class=\"e e%zu\">%c</i>", e, r->engines[e].letter);
		else if (c == '?')
			fprintf(out, "<i class=\"e e%zu\">%c?</i>", e, r->engines[e].letter);
		else if (c == '-')
			fprintf(out, "<i class=\"e e%zu\">&middot;</i>", e);
	}
	fputs("</span><span class=sr>", out);
	for (size_t e = 0; e < r->n_engines; e++) {
		char c = report_quirk(r, k, e, q);

		if (c == '+' || c == '?') {
			html_text(out, r->engines[e].name);
			fputs(c == '?' ? " perhaps " : " ", out);
		}
	}
	fputs("</span>", out);
}

static void quirk_table(FILE *out, const struct report *r, const int *order)
{
	fprintf(out, SCROLL_BOX, "Quirks by kernel");
	fputs("<table class=wide><caption>Which engines have which quirk. A dot: does not have it."
	      "</caption>\n<thead><tr><th scope=col>Quirk</th>",
	      out);
	put_kernel_heads(out, r, true);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (int i = 0; i < QUIRK_COUNT; i++) {
		int q = order[i];

		if (!report_quirk_seen(r, 0, r->n_kernels, q))
			continue;
		fprintf(out, "<tr data-t><th scope=row><a href=\"#quirk-%s\">%s</a><small>",
			quirks[q].name, quirks[q].name);
		html_text(out, quirks[q].about);
		fputs("</small></th>", out);
		for (size_t k = 0; k < r->n_kernels; k++)
			quirk_cell(out, r, k, q);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void quirk_cases(FILE *out, const struct report *r, int q)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++) {
		bool by = false;

		for (size_t o = 0; o < r->cases[c].n_answers; o++)
			by = by || r->cases[c].answers[o].because >> q & 1;
		if (!by)
			continue;
		fputs(n++ ? ", " : "<p>Cases that it changes: ", out);
		put_case_link(out, r->cases[c].c->name);
	}
	fputs(n ? ".</p>\n" : "<p>No case of these runs shows it.</p>\n", out);
}

/* First and last kernel of each architecture and engine, and where the rule comes from. */
static void quirk_details(FILE *out, const struct report *r, int q)
{
	fprintf(out, "<details data-t><summary><b>%s</b> <span>", quirks[q].name);
	html_text(out, quirks[q].about);
	fprintf(out, "</span></summary><div id=\"quirk-%s\">", quirks[q].name);
	for (size_t k = 0; k < r->n_kernels; k = report_arch_end(r, k)) {
		size_t to = report_arch_end(r, k);

		fprintf(out, "<p>%s:", r->kernels[k].arch);
		if (report_quirk_seen(r, k, to, q)) {
			fputs("</p><ul>", out);
			put_spans(out, r, k, to, q);
			fputs("</ul>\n", out);
		} else {
			fputs(" no engine has it.</p>\n", out);
		}
	}
	fputs("<p>Source: ", out);
	html_text(out, quirks[q].source);
	fputs(".</p>\n", out);
	quirk_cases(out, r, q);
	fputs("</div></details>\n", out);
}

void part_quirks(FILE *out, const struct report *r)
{
	int *order = quirk_order(r, 0, report_arch_end(r, 0));

	fputs("<p>Deviations from the reference, each with a name, found by probes. The first that "
	      "ended come first.</p>\n",
	      out);
	quirk_table(out, r, order);
	fputs("<h3>Since when, until when</h3>\n", out);
	for (int i = 0; i < QUIRK_COUNT; i++)
		quirk_details(out, r, order[i]);
	free(order);
}

struct area_cell {
	size_t ok, quirk, unsupported, bad;
};

static struct area_cell count_area(const struct report *r, const struct area *area, size_t column)
{
	struct area_cell n = { 0 };

	for (size_t c = 0; c < r->n_cases; c++) {
		const struct answer *o;

		if (!area_has(area, r->cases[c].c))
			continue;
		o = report_answer(r, c, column);
		if (!o || o->verdict == VERDICT_UNSUPPORTED || o->verdict == VERDICT_INFRA)
			n.unsupported++;
		else if (o->verdict == VERDICT_CONFORMS)
			n.ok++;
		else if (o->verdict == VERDICT_QUIRK)
			n.quirk++;
		else
			n.bad++;
	}
	return n;
}

static void area_cell(FILE *out, const struct report *r, const struct area *area, size_t k,
		      size_t e)
{
	size_t column = report_column(r, k, e);
	struct area_cell n;

	if (column == SIZE_MAX) {
		fprintf(out, "<td class=\"k k%zu none\"><span class=sr>no such engine</span></td>",
			k);
		return;
	}
	n = count_area(r, area, column);
	fprintf(out, "<td class=\"k k%zu%s\">", k,
		n.bad		? " bad"
		: n.quirk	? " q"
		: n.unsupported ? " u"
				: " ok");
	if (!n.bad && !n.quirk && !n.unsupported) {
		fprintf(out, "%zu</td>", n.ok);
		return;
	}
	fprintf(out, "<a href=\"#area-%s\" data-f=\"%zu %zu\">%zu", area->name, k, e, n.ok);
	if (n.quirk)
		fprintf(out, " <b class=q>+%zuq</b>", n.quirk);
	if (n.unsupported)
		fprintf(out, " <b class=u>&minus;%zu</b>", n.unsupported);
	if (n.bad)
		fprintf(out, " <b class=bad>!%zu</b>", n.bad);
	fputs("</a></td>", out);
}

static size_t area_size(const struct report *r, const struct area *area)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++)
		n += area_has(area, r->cases[c].c);
	return n;
}

static void engine_areas(FILE *out, const struct report *r, size_t e)
{
	fprintf(out, "<div class=\"e e%zu\"><h3>", e);
	html_text(out, r->engines[e].name);
	fputs("</h3>\n", out);
	fprintf(out, SCROLL_BOX, "Areas by kernel");
	fputs("<table class=wide><thead><tr><th scope=col>Area</th><th scope=col>cases</th>", out);
	put_kernel_heads(out, r, false);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t a = 0; a < r->in.areas->n_areas; a++) {
		const struct area *area = &r->in.areas->areas[a];
		size_t n = area_size(r, area);

		if (!n)
			continue;
		fprintf(out, "<tr><th scope=row><a href=\"#area-%s\">%s</a><small>", area->name,
			area->name);
		html_text(out, area->title);
		fprintf(out, "</small></th><td>%zu</td>", n);
		for (size_t k = 0; k < r->n_kernels; k++)
			area_cell(out, r, area, k, e);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div></div>\n", out);
}

void part_areas(FILE *out, const struct report *r)
{
	fputs("<p>How many cases of each area did as expected. A number that is a link leads to "
	      "the cases.</p>\n",
	      out);
	for (size_t e = 0; e < r->n_engines; e++)
		engine_areas(out, r, e);
}
