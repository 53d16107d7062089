// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What changed from each kernel to the next: a picture, and the same in words. */
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "parts.h"

/* Of the picture. */
#define LABEL_WIDTH  210
#define COLUMN_WIDTH 64
#define HEAD_HEIGHT  72
#define LANE	     11 /* of an engine, in the row of a quirk */
#define ROW_GAP	     7

/* Is the quirk the same in all these kernels? Then it says nothing about change. */
static bool never_changes(const struct report *r, size_t from, size_t to, int q)
{
	for (size_t e = 0; e < r->n_engines; e++) {
		char was = ' ';

		for (size_t k = from; k < to; k++) {
			char now = report_quirk(r, k, e, q);

			if (now == ' ' || now == '?')
				continue;
			if (was != ' ' && was != now)
				return false;
			was = now;
		}
	}
	return true;
}

static size_t row_height(const struct report *r)
{
	return r->n_engines * LANE + ROW_GAP;
}

static void bar(FILE *out, const struct report *r, size_t from, size_t y, size_t e, int q,
		const struct span *span)
{
	size_t x = LABEL_WIDTH + (span->first - from) * COLUMN_WIDTH + 2;
	size_t width = (span->last - span->first + 1) * COLUMN_WIDTH - 4;

	fprintf(out, "<g class=\"e e%zu\"><title>%s, ", e, quirks[q].name);
	html_text(out, r->engines[e].name);
	fputs(": ", out);
	html_text(out, r->kernels[span->first].label);
	fputs(" to ", out);
	html_text(out, r->kernels[span->last].label);
	fprintf(out,
		"</title><rect class=\"lane%zu\" x=%zu y=%zu width=%zu height=%d rx=2 />"
		"<text class=letter x=%zu y=%zu>%c</text></g>\n",
		e % 3, x, y, width, LANE - 1, x + 4, y + LANE - 2, r->engines[e].letter);
}

static void picture_row(FILE *out, const struct report *r, size_t from, size_t to, size_t y, int q)
{
	fprintf(out,
		"<a href=\"#quirk-%s\" tabindex=-1><text class=name x=%d y=%zu "
		"text-anchor=end>%s</text></a>\n",
		quirks[q].name, LABEL_WIDTH - 8, y + row_height(r) / 2, quirks[q].name);
	for (size_t e = 0; e < r->n_engines; e++) {
		struct span span;
		size_t k = from;

		while (report_next_span(r, &k, to, e, q, &span))
			bar(out, r, from, y + e * LANE, e, q, &span);
	}
}

static void picture_heads(FILE *out, const struct report *r, size_t from, size_t to, size_t height)
{
	for (size_t k = from; k < to; k++) {
		size_t x = LABEL_WIDTH + (k - from) * COLUMN_WIDTH;

		fprintf(out, "<line x1=%zu y1=%d x2=%zu y2=%zu />", x, HEAD_HEIGHT - 4, x, height);
		fprintf(out, "<text class=head transform=\"translate(%zu %d) rotate(-50)\">",
			x + COLUMN_WIDTH / 2, HEAD_HEIGHT - 8);
		html_text(out, r->kernels[k].label);
		fputs("</text>\n", out);
	}
}

static void picture(FILE *out, const struct report *r, size_t from, size_t to)
{
	int *order = quirk_order(r, from, to);
	size_t rows = 0, width = LABEL_WIDTH + (to - from) * COLUMN_WIDTH + 30, height;

	for (int i = 0; i < QUIRK_COUNT; i++)
		rows += !never_changes(r, from, to, order[i]);
	height = HEAD_HEIGHT + rows * row_height(r);
	fprintf(out,
		"<div class=scroll tabindex=0 role=region aria-label=\"Timeline\">"
		"<svg class=timeline role=img aria-labelledby=\"tl-%zu\" width=%zu height=%zu "
		"viewBox=\"0 0 %zu %zu\"><title id=\"tl-%zu\">Which engine had which quirk from "
		"which kernel to which; the same in words is below.</title>\n",
		from, width, height, width, height, from);
	picture_heads(out, r, from, to, height);
	rows = 0;
	for (int i = 0; i < QUIRK_COUNT; i++)
		if (!never_changes(r, from, to, order[i]))
			picture_row(out, r, from, to, HEAD_HEIGHT + rows++ * row_height(r),
				    order[i]);
	fputs("</svg></div>\n", out);
	free(order);
}

static quirk_set changed_quirks(const struct report *r, size_t a, size_t b, size_t e, char now)
{
	quirk_set set = 0;

	for (int q = 0; q < QUIRK_COUNT; q++) {
		char x = report_quirk(r, a, e, q), y = report_quirk(r, b, e, q);

		if (y == now && ((x == '+' && y == '-') || (x == '-' && y == '+')))
			set |= QUIRK_BIT(q);
	}
	return set;
}

static size_t engine_change(FILE *out, const struct report *r, size_t a, size_t b, size_t e)
{
	quirk_set ended = changed_quirks(r, a, b, e, '-'), began = changed_quirks(r, a, b, e, '+');

	if (!ended && !began)
		return 0;
	fprintf(out, "<li class=\"e e%zu\"><b>", e);
	html_text(out, r->engines[e].name);
	fputs("</b>:", out);
	if (ended) {
		fputs(" ended: ", out);
		put_quirks(out, ended);
	}
	if (began) {
		fputs(ended ? "; began: " : " began: ", out);
		put_quirks(out, began);
	}
	fputs("</li>\n", out);
	return 1;
}

static void case_changes(FILE *out, const struct report *r, size_t a, size_t b)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++)
		n += report_case_changed(r, c, a, b);
	if (!n) {
		fputs("<p>Every case gave the same.</p>\n", out);
		return;
	}
	fprintf(out, "<details><summary>%zu case%s gave something else</summary><p>", n,
		n == 1 ? "" : "s");
	n = 0;
	for (size_t c = 0; c < r->n_cases; c++) {
		if (!report_case_changed(r, c, a, b))
			continue;
		fputs(n++ ? ", " : "", out);
		put_case_link(out, r->cases[c].c->name);
	}
	fputs("</p></details>\n", out);
}

static void change(FILE *out, const struct report *r, size_t a, size_t b)
{
	size_t n = 0;

	fputs("<h4>", out);
	html_text(out, r->kernels[a].label);
	fputs(" to ", out);
	html_text(out, r->kernels[b].label);
	fputs("</h4>\n<ul>\n", out);
	for (size_t e = 0; e < r->n_engines; e++)
		n += engine_change(out, r, a, b, e);
	fputs(n ? "</ul>\n" : "<li>No quirk began or ended.</li></ul>\n", out);
	case_changes(out, r, a, b);
}

void part_changes(FILE *out, const struct report *r)
{
	bool any = false;

	for (size_t k = 0; k < r->n_kernels; k = report_arch_end(r, k)) {
		size_t to = report_arch_end(r, k);

		if (to - k < 2)
			continue;
		any = true;
		fprintf(out, "<h3>%s</h3>\n<p>A bar for each engine (", r->kernels[k].arch);
		for (size_t e = 0; e < r->n_engines; e++) {
			fprintf(out, "%s%c ", e ? ", " : "", r->engines[e].letter);
			html_text(out, r->engines[e].name);
		}
		fputs("), over the kernels on which it has the quirk. Quirks that all or none of "
		      "them have are not drawn.</p>\n",
		      out);
		picture(out, r, k, to);
		for (size_t b = k + 1; b < to; b++)
			change(out, r, b - 1, b);
	}
	if (!any)
		fputs("<p>No architecture has two kernels here to compare: <code>tailcheck "
		      "matrix</code> runs many.</p>\n",
		      out);
}
