// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is unsupported, by class and reason: a table, for it is much, and says little one by one. */
#include <stdlib.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../report.h"
#include "parts.h"

struct skip_row {
	const char *class, *reason; /* not terminated: of len bytes */
	int len;
	size_t results, cases;
	const char *example; /* the first case */
	struct columns columns;
};

/* What cases ask for in vain first, then what engines lack; of each the most frequent first. */
static int by_class_and_number(const void *x, const void *y)
{
	const struct skip_row *a = x, *b = y;
	int d = strcmp(a->class, b->class);

	if (!d)
		d = (a->results < b->results) - (a->results > b->results);
	if (!d)
		d = strncmp(a->reason, b->reason, (size_t)(a->len < b->len ? a->len : b->len));
	return d ? d : a->len - b->len;
}

static struct skip_row *row_of(struct skip_row **rows, size_t *n, const struct answer *a)
{
	struct result res = { .verdict = a->verdict, .transcript = (char *)a->transcript };
	struct skip_row new = { .results = 0 };

	new.class = skip_class(&res, &new.reason, &new.len);
	for (size_t i = 0; i < *n; i++) {
		struct skip_row *row = &(*rows)[i];

		if (row->class == new.class && row->len == new.len &&
		    !memcmp(row->reason, new.reason, (size_t) new.len))
			return row;
	}
	*(struct skip_row *)vec_add(*rows, *n) = new;
	return &(*rows)[*n - 1];
}

static struct skip_row *collect(const struct report *r, size_t *n)
{
	struct skip_row *rows = NULL;

	*n = 0;
	for (size_t c = 0; c < r->n_cases; c++)
		for (size_t o = 0; o < r->cases[c].n_answers; o++) {
			const struct answer *a = &r->cases[c].answers[o];
			struct skip_row *row;

			if (a->verdict != VERDICT_UNSUPPORTED)
				continue;
			row = row_of(&rows, n, a);
			row->results += a->n_columns;
			/* Answers of a case that differ elsewhere may have one reason. */
			row->cases += row->example != r->cases[c].c->name;
			row->example = r->cases[c].c->name;
			for (size_t i = 0; i < r->n_columns; i++)
				if (column_in(&a->columns, i))
					column_add(&row->columns, i);
		}
	if (*n)
		qsort(rows, *n, sizeof(*rows), by_class_and_number);
	return rows;
}

static void put_row(FILE *out, const struct report *r, const struct skip_row *row)
{
	fprintf(out, "<tr data-t><th scope=row><small>%s</small>",
		strcmp(row->class, "case") == 0 ? "the case says: needs" : "missing:");
	html_bytes(out, row->reason, (size_t)row->len);
	fprintf(out, "</th><td>%zu<td>%zu<td class=text>", row->results, row->cases);
	put_who(out, r, &row->columns);
	fputs("<td class=text>", out);
	put_case_link(out, row->example);
	fputs("</tr>\n", out);
}

void part_skips(FILE *out, const struct report *r)
{
	size_t n;
	struct skip_row *rows = collect(r, &n);

	if (!n) {
		fputs("<p>Nothing: every case ran on every engine.</p>\n", out);
		return;
	}
	fputs("<p>These say nothing about an engine: either the case is not meant for it, or "
	      "kernel, "
	      "machine or engine lack what it takes.</p>\n"
	      "<div class=scroll tabindex=0 role=region aria-label=\"Unsupported, and why\">\n"
	      "<table class=wide><caption>Results that are unsupported, by reason.</caption>\n"
	      "<thead><tr><th scope=col>Why</th><th scope=col>Results</th><th scope=col>Cases</th>"
	      "<th scope=col>Where</th><th scope=col>Such as</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < n; i++)
		put_row(out, r, &rows[i]);
	fputs("</tbody></table></div>\n", out);
	free(rows);
}
