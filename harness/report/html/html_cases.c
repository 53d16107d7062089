// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A section for each case: its text, and what every engine gave. */
#include <stdlib.h>
#include <string.h>

#include "../../judge/transcript.h"
#include "parts.h"

static const char *const level_names[] = { "must", "should", "may" };

/* A character for each column: what report.js filters by. */
static char mark(const struct answer *o)
{
	if (!o)
		return ' ';
	switch (o->verdict) {
	case VERDICT_CONFORMS:
		return '.';
	case VERDICT_QUIRK:
		return 'q';
	case VERDICT_UNSUPPORTED:
	case VERDICT_INFRA:
		return '-';
	default:
		return '!';
	}
}

/* The line of the case's own transcript for the same step, or NULL. */
static const char *expected_line(const char *expected, const char *line, int *len)
{
	unsigned long step = strtoul(line, NULL, 10);
	const char *e;

	while (step && (*len = transcript_line(&expected, &e)) >= 0)
		if (strtoul(e, NULL, 10) == step)
			return e;
	return NULL;
}

/* What stands behind the step in a line "N STEP = SEEN". */
static const char *seen_in(const char *line, int len, int *seen_len)
{
	for (int i = len - 3; i >= 0; i--)
		if (!memcmp(line + i, " = ", 3)) {
			*seen_len = len - i - 3;
			return line + i + 3;
		}
	*seen_len = len;
	return line;
}

/* Lines that are not as the case expects are marked, with what it expects behind them. */
static void put_transcript(FILE *out, const char *expected, const char *transcript)
{
	fputs("<pre>", out);
	while (*transcript) {
		size_t len = strcspn(transcript, "\n");
		int wanted_len = 0, seen_len;
		const char *wanted = expected_line(expected, transcript, &wanted_len), *seen;

		if (*transcript == '#' ||
		    (wanted && (size_t)wanted_len == len && !memcmp(wanted, transcript, len))) {
			fputs("  ", out);
			html_bytes(out, transcript, len);
		} else {
			fputs("<mark>! ", out);
			html_bytes(out, transcript, len);
			fputs("</mark>", out);
			if (wanted) {
				seen = seen_in(wanted, wanted_len, &seen_len);
				fputs("  <i>case: ", out);
				html_bytes(out, seen, (size_t)seen_len);
				fputs("</i>", out);
			}
		}
		fputc('\n', out);
		transcript += len + (transcript[len] == '\n');
	}
	fputs("</pre>\n", out);
}

static void put_answer(FILE *out, const struct report *r, const struct shown_case *sc,
		       const struct answer *o)
{
	fprintf(out, "<p><span class=\"badge %s\">%s</span> ", verdict_class(o->verdict),
		verdict_names[o->verdict]);
	put_who(out, r, &o->columns);
	if (o->because) {
		fputs(", by ", out);
		put_quirks(out, o->because);
	}
	if (!o->transcript) {
		fputs(": word for word as the case expects.</p>\n", out);
	} else {
		fputs(":</p>\n", out);
		put_transcript(out, sc->expected, o->transcript);
	}
}

static void put_claims(FILE *out, const struct test_case *c)
{
	for (size_t i = 0; i < c->n_claims; i++)
		fprintf(out, "%s%s <a href=\"#claim-%s\">%s</a>", i ? ", " : "<p>",
			claim_relation_words[c->claims[i].relation], c->claims[i].id,
			c->claims[i].id);
	if (c->n_claims)
		fputs("</p>\n", out);
}

static void put_about(FILE *out, const struct test_case *c)
{
	for (size_t i = 0; i < c->n_about; i++) {
		fputs(i ? " " : "", out);
		html_text(out, c->about[i]);
	}
}

/* The words in the line of a case: what it is like over all columns. */
static void put_badges(FILE *out, const struct shown_case *sc)
{
	size_t by[N_VERDICTS] = { 0 };

	for (size_t o = 0; o < sc->n_answers; o++)
		by[sc->answers[o].verdict] += sc->answers[o].n_columns;
	for (int v = 0; v < N_VERDICTS; v++)
		if (by[v])
			fprintf(out, " <span class=\"badge %s\">%s %zu</span>",
				verdict_class((enum verdict)v), verdict_names[v], by[v]);
}

static void put_text(FILE *out, const struct test_case *c)
{
	size_t len = c->text_len;

	while (len && c->text[len - 1] == '\n')
		len--;
	fputs("<pre>", out);
	html_bytes(out, c->text, len);
	fputs("</pre>\n", out);
}

static void put_case(FILE *out, const struct report *r, size_t index)
{
	const struct shown_case *sc = &r->cases[index];
	const struct test_case *c = sc->c;

	fputs("<details class=case data-v=\"", out);
	for (size_t i = 0; i < r->n_columns; i++)
		fputc(mark(report_answer(r, index, i)), out);
	fprintf(out, "\"><summary><b>%s</b>", c->name);
	put_badges(out, sc);
	fputs(" <span>", out);
	put_about(out, c);
	fprintf(out, "</span></summary><div id=\"c-%s\">\n<p>Level: %s.", c->name,
		level_names[c->level]);
	for (size_t i = 0; i < c->n_sources; i++) {
		fputs(i ? "; " : " Source: ", out);
		html_text(out, c->sources[i]);
	}
	fputs("</p>\n", out);
	put_claims(out, c);
	put_text(out, c);
	for (size_t o = 0; o < sc->n_answers; o++)
		put_answer(out, r, sc, &sc->answers[o]);
	fputs("</div></details>\n", out);
}

static void put_folded(FILE *out, const struct report *r, const struct area *area)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++)
		n += r->cases[c].folded && area_has(area, r->cases[c].c);
	if (!n)
		return;
	fprintf(out,
		"<details class=folded><summary>%zu generated cases conform wherever they ran"
		"</summary><p>Their text is in <code>cases.case</code> of the runs.</p><p>",
		n);
	n = 0;
	for (size_t c = 0; c < r->n_cases; c++)
		if (r->cases[c].folded && area_has(area, r->cases[c].c))
			fprintf(out, "%s<span id=\"c-%s\">%s</span>", n++ ? ", " : "",
				r->cases[c].c->name, r->cases[c].c->name);
	fputs("</p></details>\n", out);
}

void part_cases(FILE *out, const struct report *r)
{
	for (size_t a = 0; a < r->in.areas->n_areas; a++) {
		const struct area *area = &r->in.areas->areas[a];
		size_t n = 0;

		for (size_t c = 0; c < r->n_cases; c++) {
			if (!area_has(area, r->cases[c].c))
				continue;
			if (n++ == 0) {
				fprintf(out, "<div class=area><h3 id=\"area-%s\">%s: ", area->name,
					area->name);
				html_text(out, area->title);
				fputs("</h3>\n", out);
				if (area->about && *area->about) {
					fputs("<p>", out);
					html_text(out, area->about);
					fputs("</p>\n", out);
				}
			}
			if (!r->cases[c].folded)
				put_case(out, r, c);
		}
		if (n) {
			put_folded(out, r, area);
			fputs("</div>\n", out);
		}
	}
}
