// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is wrong: with engines and with the suite (findings), and apart from that with the runs. */
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "../../judge/normative.h"
#include "../../judge/transcript.h"
#include "../report.h"
#include "parts.h"

static bool is_finding(const struct answer *a)
{
	return a->verdict == VERDICT_DIVERGES || a->verdict == VERDICT_CRASHED ||
	       a->verdict == VERDICT_TIMED_OUT || a->verdict == VERDICT_PROTOCOL;
}

static quirk_set first_quirks(const struct report *r, const struct answer *a)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (column_in(&a->columns, i))
			return r->kernels[r->columns[i].kernel]
				.record->engines[r->columns[i].local]
				.quirks;
	return 0;
}

static void put_code(FILE *out, const char *text, int len)
{
	fputs("<code>", out);
	if (text)
		html_bytes(out, text, (size_t)len);
	else
		fputs("nothing", out);
	fputs("</code>", out);
}

/* Where a transcript leaves that of the reference with the quirks of that engine. */
static void put_difference(FILE *out, const struct report *r, const struct shown_case *sc,
			   const struct answer *a)
{
	enum outcome outcome;
	char *wanted = transcript_reference(sc->c, first_quirks(r, a), &outcome);
	struct difference d;

	if (transcript_differs(wanted, a->transcript ? a->transcript : sc->expected, &d)) {
		fprintf(out, "<br>step %zu, ", d.step);
		put_code(out, d.text, d.text_len);
		fputs(": wanted ", out);
		put_code(out, d.wanted, d.wanted_len);
		fputs(", got ", out);
		put_code(out, d.got, d.got_len);
	}
	free(wanted);
}

/* How it ended, for a case that has no transcript: one line. */
static void put_end(FILE *out, const struct answer *a)
{
	const char *text = a->transcript ? a->transcript : "";
	const char *last = text, *line;
	int len = 0, n;

	while ((n = transcript_line(&text, &line)) >= 0) {
		last = line;
		len = n;
	}
	fputs("<br>", out);
	put_code(out, last, len);
}

static void put_finding(FILE *out, const struct report *r, const struct shown_case *sc,
			const struct answer *a)
{
	fputs("<li>", out);
	put_case_link(out, sc->c->name);
	fprintf(out, " <span class=\"badge bad\">%s</span> ", verdict_names[a->verdict]);
	put_who(out, r, &a->columns);
	if (a->verdict == VERDICT_DIVERGES)
		put_difference(out, r, sc, a);
	else
		put_end(out, a);
	fputs("</li>\n", out);
}

/* The kernel's log, the suite and the profiles: of each kernel. */
static size_t kernel_findings(FILE *out, const struct shown_kernel *sk)
{
	const struct record *rec = sk->record;
	size_t n = rec->n_splats + rec->n_suite_errors + (*rec->profile_trouble != '\0');

	for (size_t i = 0; out && i < rec->n_splats; i++) {
		fputs("<li>", out);
		html_text(out, sk->label);
		fputs(": the kernel complained ", out);
		if (rec->splats[i].case_name) {
			fputs("during ", out);
			html_text(out, rec->splats[i].case_name);
		} else {
			fputs("while no case ran", out);
		}
		if (rec->splats[i].engine) {
			fputs(", ", out);
			html_text(out, rec->splats[i].engine);
		}
		fputs("<br>", out);
		put_code(out, rec->splats[i].line, (int)strlen(rec->splats[i].line));
		fputs("</li>\n", out);
	}
	for (size_t i = 0; out && i < rec->n_suite_errors; i++) {
		fputs("<li>", out);
		html_text(out, sk->label);
		fputs(": an error of the suite: the reference does not give what the case "
		      "expects: ",
		      out);
		html_text(out, rec->suite_errors[i]);
		fputs("</li>\n", out);
	}
	if (out && *rec->profile_trouble) {
		fputs("<li>", out);
		html_text(out, sk->label);
		fputs(": the probes found other quirks than the kernel is known for<pre>", out);
		html_text(out, rec->profile_trouble);
		fputs("</pre></li>\n", out);
	}
	for (size_t e = 0; e < rec->n_engines; e++) {
		n += rec->engines[e].uncertain != 0;
		if (!out || !rec->engines[e].uncertain)
			continue;
		fputs("<li>", out);
		html_text(out, sk->label);
		fputs(" ", out);
		html_text(out, rec->engines[e].name);
		fputs(": the probe fits neither way: ", out);
		put_quirks(out, rec->engines[e].uncertain);
		fputs("</li>\n", out);
	}
	return n;
}

size_t count_findings(const struct report *r)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++)
		for (size_t a = 0; a < r->cases[c].n_answers; a++)
			n += is_finding(&r->cases[c].answers[a]);
	for (size_t k = 0; k < r->n_kernels; k++)
		n += kernel_findings(NULL, &r->kernels[k]);
	return n;
}

void part_findings(FILE *out, const struct report *r)
{
	if (!count_findings(r)) {
		fputs("<p>None: every result conforms, is explained by a named quirk, or is not "
		      "supported.</p>\n",
		      out);
		return;
	}
	fputs("<p>What no named quirk explains.</p>\n<ul class=findings>\n", out);
	for (size_t c = 0; c < r->n_cases; c++)
		for (size_t a = 0; a < r->cases[c].n_answers; a++)
			if (is_finding(&r->cases[c].answers[a]))
				put_finding(out, r, &r->cases[c], &r->cases[c].answers[a]);
	for (size_t k = 0; k < r->n_kernels; k++)
		kernel_findings(out, &r->kernels[k]);
	fputs("</ul>\n", out);
}

/* With @out NULL they are only counted. */
static size_t kernel_trouble(FILE *out, const struct shown_kernel *sk)
{
	size_t n = 0;

	if (sk->record->interrupted) {
		n++;
		if (out) {
			fputs("<li>", out);
			html_text(out, sk->label);
			fputs(": the run was interrupted</li>\n", out);
		}
	}
	if (sk->n_missing) {
		n++;
		if (out) {
			fputs("<li>", out);
			html_text(out, sk->label);
			fprintf(out,
				": %zu results are not there; it was not given these cases, or "
				"another version of them</li>\n",
				sk->n_missing);
		}
	}
	return n;
}

size_t count_trouble(const struct report *r)
{
	size_t n = r->in.n_lost + (r->left_out != 0);

	for (size_t k = 0; k < r->n_kernels; k++)
		n += kernel_trouble(NULL, &r->kernels[k]);
	for (size_t c = 0; c < r->n_cases; c++)
		for (size_t a = 0; a < r->cases[c].n_answers; a++)
			n += r->cases[c].answers[a].verdict == VERDICT_INFRA;
	return n;
}

void part_trouble(FILE *out, const struct report *r)
{
	if (!count_trouble(r)) {
		fputs("<p>None: everything that was asked for ran, and is here.</p>\n", out);
		return;
	}
	fputs("<p>What did not run, through no fault of a kernel. It says nothing about them.</p>\n"
	      "<ul>\n",
	      out);
	for (size_t i = 0; i < r->in.n_lost; i++) {
		fputs("<li>", out);
		html_text(out, r->in.lost[i]);
		fputs("</li>\n", out);
	}
	if (r->left_out)
		fprintf(out, "<li>%zu more runs than fit into a report were left out</li>\n",
			r->left_out);
	for (size_t k = 0; k < r->n_kernels; k++)
		kernel_trouble(out, &r->kernels[k]);
	for (size_t c = 0; c < r->n_cases; c++) {
		for (size_t a = 0; a < r->cases[c].n_answers; a++) {
			if (r->cases[c].answers[a].verdict != VERDICT_INFRA)
				continue;
			fputs("<li>", out);
			put_case_link(out, r->cases[c].c->name);
			fputs(" never ran: ", out);
			put_who(out, r, &r->cases[c].answers[a].columns);
			put_end(out, &r->cases[c].answers[a]);
			fputs("</li>\n", out);
		}
	}
	fputs("</ul>\n", out);
}

static void engine_row(FILE *out, const struct report *r, size_t column)
{
	const struct shown_kernel *sk = &r->kernels[r->columns[column].kernel];
	size_t by[N_VERDICTS] = { 0 };

	for (size_t c = 0; c < r->n_cases; c++) {
		const struct answer *a = report_answer(r, c, column);

		by[a ? a->verdict : VERDICT_NONE]++;
	}
	fputs("<li><b>", out);
	html_text(out, r->engines[r->columns[column].engine].name);
	fputs("</b>:", out);
	for (int v = VERDICT_NONE + 1; v < N_VERDICTS; v++)
		if (by[v])
			fprintf(out, " <span class=\"badge %s\">%s %zu</span>",
				verdict_class((enum verdict)v), verdict_names[v], by[v]);
	fputs(" quirks: ", out);
	put_quirks(out, sk->record->engines[r->columns[column].local].quirks);
	fputs("</li>\n", out);
}

void part_runs(FILE *out, const struct report *r)
{
	fputs("<p>What ran, and on what.</p>\n", out);
	for (size_t k = 0; k < r->n_kernels; k++) {
		const struct shown_kernel *sk = &r->kernels[k];
		const struct record *rec = sk->record;

		fputs("<details data-t><summary><b>", out);
		html_text(out, sk->label);
		fputs("</b> <span>", out);
		html_text(out, rec->kernel);
		fputs(rec->runtime ? ", version " : ", Linux ", out);
		html_text(out, rec->release);
		fprintf(out, "</span></summary><div id=\"kernel-%zu\"><p>", k);
		html_text(out, *rec->package ? rec->package : "given by path");
		fputs("; ", out);
		html_text(out, rec->host);
		fputs("; ", out);
		html_text(out, rec->boots);
		if (*rec->probes_kept) {
			fputs("; quirks found by probes of an earlier run, ", out);
			html_text(out, rec->probes_kept);
		}
		fprintf(out, "; %.1f s; tailcheck ", rec->seconds);
		html_text(out, rec->program);
		fputs(".</p>\n<ul>\n", out);
		for (size_t i = sk->first; i < sk->first + sk->n; i++)
			engine_row(out, r, i);
		for (size_t i = 0; i < rec->n_absent; i++) {
			fputs("<li><b>", out);
			html_text(out, rec->absent[i].name);
			fputs("</b>: not there: ", out);
			html_text(out, rec->absent[i].why);
			fputs("</li>\n", out);
		}
		fputs("</ul></div></details>\n", out);
	}
}
