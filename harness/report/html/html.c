// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The page around its parts: head, first lines, ways around, filters. */
#include "html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "../../base/alloc.h"
#include "../report.h"
#include "assets.h"
#include "parts.h"

static const struct {
	const char *id, *title;
	void (*print)(FILE *out, const struct report *r);
} parts[] = {
	{ "findings", "Findings", part_findings },
	{ "quirks", "Quirks", part_quirks },
	{ "areas", "Areas", part_areas },
	{ "skips", "Unsupported", part_skips },
	{ "changes", "Changes", part_changes },
	{ "claims", "Claims", part_claims },
	{ "cases", "Cases", part_cases },
	{ "trouble", "Infrastructure", part_trouble },
	{ "runs", "Runs", part_runs },
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

const char *verdict_class(enum verdict v)
{
	if (v == VERDICT_CONFORMS)
		return "ok";
	if (v == VERDICT_QUIRK)
		return "q";
	return v == VERDICT_UNSUPPORTED || v == VERDICT_INFRA || v == VERDICT_NONE ? "u" : "bad";
}

void put_quirks(FILE *out, quirk_set set)
{
	const char *between = "";

	for (int q = 0; q < QUIRK_COUNT; q++) {
		if (!(set >> q & 1))
			continue;
		fprintf(out, "%s<a href=\"#quirk-%s\">%s</a>", between, quirks[q].name,
			quirks[q].name);
		between = ", ";
	}
	if (!set)
		fputs("none", out);
}

/* Names of cases are letters, digits, dots and the like: case_name_ok(). */
void put_case_link(FILE *out, const char *name)
{
	fprintf(out, "<a href=\"#c-%s\">%s</a>", name, name);
}

void put_who(FILE *out, const struct report *r, const struct columns *set)
{
	char *who = report_who(r, set);

	html_text(out, who);
	free(who);
}

void put_kernel_heads(FILE *out, const struct report *r, bool letters)
{
	for (size_t k = 0; k < r->n_kernels; k++) {
		const struct shown_kernel *sk = &r->kernels[k];
		bool first = k == 0 || strcmp(sk->arch, sk[-1].arch) != 0;

		fprintf(out, "<th scope=col class=\"k k%zu%s\"><span class=v>", k,
			first && k ? " arch" : "");
		html_text(out, sk->label);
		fputs("</span>", out);
		for (size_t i = sk->first; letters && i < sk->first + sk->n; i++)
			fprintf(out, "%s%c", i == sk->first ? "<small>" : " ",
				r->engines[r->columns[i].engine].letter);
		fputs(letters && sk->n ? "</small></th>" : "</th>", out);
	}
}

static void count_all(const struct report *r, size_t by[N_VERDICTS])
{
	memset(by, 0, N_VERDICTS * sizeof(*by));
	for (size_t c = 0; c < r->n_cases; c++)
		for (size_t o = 0; o < r->cases[c].n_answers; o++)
			by[r->cases[c].answers[o].verdict] += r->cases[c].answers[o].n_columns;
}

/* What one wants to know first, in one sentence each. */
static void put_summary(FILE *out, const struct report *r)
{
	size_t by[N_VERDICTS], findings = count_findings(r), trouble = count_trouble(r);

	count_all(r, by);
	fprintf(out,
		"<p class=lead>%zu case%s on %zu engine%s of %zu kernel%s: %zu results conform, "
		"%zu differ as a named quirk explains, %zu are unsupported, %zu diverge, %zu "
		"crashed, %zu timed out.</p>\n",
		r->n_cases, r->n_cases == 1 ? "" : "s", r->n_columns, r->n_columns == 1 ? "" : "s",
		r->n_kernels, r->n_kernels == 1 ? "" : "s", by[VERDICT_CONFORMS], by[VERDICT_QUIRK],
		by[VERDICT_UNSUPPORTED], by[VERDICT_DIVERGES], by[VERDICT_CRASHED],
		by[VERDICT_TIMED_OUT]);
	fprintf(out, "<p><a class=\"badge %s\" href=\"#findings\">%zu finding%s</a> ",
		findings ? "bad" : "ok", findings, findings == 1 ? "" : "s");
	fprintf(out,
		"<a class=\"badge %s\" href=\"#trouble\">%zu trouble%s with the infrastructure</a>"
		"</p>\n",
		trouble ? "u" : "ok", trouble, trouble == 1 ? "" : "s");
}

static void put_legend(FILE *out, const struct report *r)
{
	fputs("<details class=legend><summary>How to read this page</summary><div>"
	      "<p>Every case says what each of its steps must give: the documented behaviour, or "
	      "where documents are silent, that of the newest kernel. An engine <b>conforms</b> "
	      "where it gives just that. A <b>quirk</b> is a known and named deviation; a result "
	      "that a quirk explains is no finding. What nothing explains <b>diverges</b>, and is "
	      "a finding, as are crashes and timeouts. <b>Unsupported</b> is what an engine or "
	      "its kernel does not have.</p><p>In tables a number alone counts cases that conform; "
	      "<b class=q>+n&#8202;q</b> those that a quirk explains, <b class=u>&minus;n</b> "
	      "unsupported ones and those without a result, <b class=bad>!n</b> those that are not "
	      "as expected. Engines have letters:",
	      out);
	for (size_t e = 0; e < r->n_engines; e++) {
		fprintf(out, "%s <b>%c</b> is ", e ? "," : "", r->engines[e].letter);
		html_text(out, r->engines[e].name);
	}
	fputs(".</p></div></details>\n", out);
}

static void put_nav(FILE *out)
{
	fputs("<nav aria-label=\"Parts of this page\"><ul>", out);
	for (size_t i = 0; i < N_PARTS; i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a>", parts[i].id, parts[i].title);
	fputs("</ul></nav>\n", out);
}

/* For report.js: hidden until it is there. Kernels and engines are numbers, as in classes. */
static void put_filters(FILE *out, const struct report *r)
{
	fputs("<form id=filters hidden aria-label=\"Show only\">"
	      "<label>Kernel <select name=k><option value=\"\">all</option>",
	      out);
	for (size_t k = 0; k < r->n_kernels; k++) {
		fprintf(out, "<option value=%zu>", k);
		html_text(out, r->kernels[k].label);
		fputs("</option>", out);
	}
	fputs("</select></label> <label>Engine <select name=e><option value=\"\">all</option>",
	      out);
	for (size_t e = 0; e < r->n_engines; e++) {
		fprintf(out, "<option value=%zu>", e);
		html_text(out, r->engines[e].name);
		fputs("</option>", out);
	}
	fputs("</select></label> <label>Result <select name=v><option value=\"\">any</option>"
	      "<option value=x>does not conform</option><option value=q>quirk</option>"
	      "<option value=\"!\">not as expected</option><option value=\"-\">unsupported</option>"
	      "<option value=\".\">conforms</option></select></label> "
	      "<label>Text <input name=t type=search placeholder=\"budget, freeze, EPERM\">"
	      "</label> <button type=reset>Show all</button> "
	      "<output id=shown aria-live=polite></output></form>\n",
	      out);
}

/* "KERNEL:ENGINE" for each column, by which report.js reads data-v of the cases. */
static void put_columns(FILE *out, const struct report *r)
{
	fputs(" data-columns=\"", out);
	for (size_t i = 0; i < r->n_columns; i++)
		fprintf(out, "%s%zu:%zu", i ? " " : "", r->columns[i].kernel, r->columns[i].engine);
	fputs("\"", out);
}

static void put_title(FILE *out, const struct report *r)
{
	fputs("tailcheck: ", out);
	if (r->n_kernels == 1)
		html_text(out, r->kernels[0].record->kernel);
	else
		fprintf(out, "%zu kernels", r->n_kernels);
}

void report_html(FILE *out, const struct report *r)
{
	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
	      "<link rel=icon href=\"data:,\">\n<title>",
	      out);
	put_title(out, r);
	fprintf(out, "</title>\n<style>\n%s</style>\n<style id=only></style>\n</head>\n<body",
		report_css);
	put_columns(out, r);
	fputs(">\n<a class=skip href=\"#main\">To the results</a>\n<header>\n<h1>", out);
	put_title(out, r);
	fputs("</h1>\n<p class=sub>BPF tail calls and BPF_MAP_TYPE_PROG_ARRAY</p>\n", out);
	put_summary(out, r);
	put_legend(out, r);
	fputs("</header>\n<div class=bar>\n", out);
	put_nav(out);
	put_filters(out, r);
	fputs("</div>\n<main id=main>\n", out);
	for (size_t i = 0; i < N_PARTS; i++) {
		fprintf(out, "<section id=%s aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n",
			parts[i].id, parts[i].id, parts[i].id, parts[i].title);
		parts[i].print(out, r);
		fputs("</section>\n", out);
	}
	fprintf(out,
		"</main>\n<footer><p>Made by tailcheck %s from the results on disk.</p></footer>\n"
		"<script>\n%s</script>\n</body>\n</html>\n",
		TAILCHECK_VERSION, report_js);
}

static int write_one(const struct report *r, const char *path,
		     int (*print)(FILE *out, const struct report *r), char *why, size_t why_size)
{
	char *temp = xasprintf("%s.new", path);
	FILE *out = fopen(temp, "we");
	int bad = !out;

	if (out) {
		bad = print(out, r) || ferror(out);
		bad = fclose(out) || bad;
	}
	bad = bad || rename(temp, path);
	if (bad) {
		snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
		remove(temp);
	}
	free(temp);
	return bad ? -1 : 0;
}

static int print_html(FILE *out, const struct report *r)
{
	report_html(out, r);
	return 0;
}

int report_write(const struct report *r, const char *path, char *why, size_t why_size)
{
	size_t n = strlen(path);
	char *json;
	int ret;

	if (n > 5 && !strcmp(path + n - 5, ".html"))
		n -= 5;
	json = xasprintf("%.*s.json", (int)n, path);
	ret = write_one(r, path, print_html, why, why_size);
	if (!ret)
		ret = write_one(r, json, report_json, why, why_size);
	free(json);
	return ret;
}
