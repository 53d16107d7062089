// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What documents claim, and what the engines say to it. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

static const char *claim_class(enum claim_verdict v)
{
	switch (v) {
	case CLAIM_CONFIRMED:
		return "ok";
	case CLAIM_CONTRADICTED:
	case CLAIM_QUIRK:
	case CLAIM_OPEN:
		return "bad";
	case CLAIM_QUALIFIED:
	case CLAIM_MIXED:
		return "q";
	default:
		return "u";
	}
}

static void put_places(FILE *out, const struct report *r, const struct claim *claim)
{
	for (size_t i = 0; i < claim->n_places; i++) {
		const struct claim_place *p = &claim->places[i];

		fputs(i ? "; " : "", out);
		html_text(out, r->in.claims->sources[p->source].text);
		if (p->section) {
			fputs(", ", out);
			html_text(out, p->section);
		}
	}
}

/* Which engines say what, where they do not all say the same. */
static void put_sides(FILE *out, const struct report *r, const struct columns by[N_CLAIM_VERDICTS])
{
	static const struct columns none;
	size_t n = 0;

	for (int v = 0; v < N_CLAIM_VERDICTS; v++)
		n += memcmp(&by[v], &none, sizeof(none)) != 0;
	if (n < 2)
		return;
	fputs("<ul>", out);
	for (int v = 0; v < N_CLAIM_VERDICTS; v++) {
		if (!memcmp(&by[v], &none, sizeof(none)))
			continue;
		fprintf(out, "<li><b>%s</b>: ", claim_verdict_names[v]);
		put_who(out, r, &by[v]);
	}
	fputs("</ul>", out);
}

static void put_cases(FILE *out, const struct report *r, const struct claim *claim)
{
	size_t n = 0;

	for (size_t c = 0; c < r->n_cases; c++) {
		const struct claim_ref *ref = claim_ref_of(r->cases[c].c, claim->id);

		if (!ref)
			continue;
		fputs(n++ ? ", " : "<p>Cases: ", out);
		put_case_link(out, r->cases[c].c->name);
		if (ref->relation != CLAIM_CONFIRMS)
			fprintf(out, " (%s)", claim_relation_words[ref->relation]);
	}
	fputs(".</p>", out);
}

static void put_claim(FILE *out, const struct report *r, const struct claim *claim)
{
	struct columns by[N_CLAIM_VERDICTS];
	enum claim_verdict v = report_claim(r, claim, by);

	fprintf(out, "<details data-t><summary><span class=\"badge %s\">%s</span> <span>",
		claim->kind == CLAIM_UNTESTABLE ? "u" : claim_class(v),
		claim->kind == CLAIM_UNTESTABLE ? "untestable" : claim_verdict_names[v]);
	html_text(out, claim->text);
	fprintf(out, "</span></summary><div id=\"claim-%s\"><p><b>%s</b>, ", claim->id, claim->id);
	put_places(out, r, claim);
	fputs(".</p>\n", out);
	if (claim->kind == CLAIM_UNTESTABLE) {
		fputs("<p>", out);
		html_text(out, claim->reason);
		fputs(".</p>", out);
	} else {
		put_sides(out, r, by);
		put_cases(out, r, claim);
	}
	fputs("</div></details>\n", out);
}

static bool has_case(const struct report *r, const struct claim *claim)
{
	for (size_t c = 0; c < r->n_cases; c++)
		if (claim_ref_of(r->cases[c].c, claim->id))
			return true;
	return false;
}

static void put_counts(FILE *out, const struct report *r)
{
	size_t n[N_CLAIM_VERDICTS] = { 0 }, all = 0, elsewhere = 0;
	struct columns by[N_CLAIM_VERDICTS];

	for (size_t i = 0; i < r->in.claims->n_claims; i++) {
		const struct claim *claim = &r->in.claims->claims[i];

		if (claim->kind != CLAIM_UNTESTABLE && !has_case(r, claim)) {
			elsewhere++;
			continue;
		}
		if (claim->kind != CLAIM_DOCUMENTED)
			continue;
		n[report_claim(r, claim, by)]++;
		all++;
	}
	fprintf(out, "<p>%zu claim%s of documents:", all, all == 1 ? "" : "s");
	for (int v = 0; v < N_CLAIM_VERDICTS; v++)
		if (n[v])
			fprintf(out, " <span class=\"badge %s\">%s %zu</span>", claim_class(v),
				claim_verdict_names[v], n[v]);
	fputs("</p>\n", out);
	if (elsewhere)
		fprintf(out, "<p>%zu more claims and rules have no case in these runs.</p>\n",
			elsewhere);
}

static void put_kind(FILE *out, const struct report *r, enum claim_kind kind, const char *title)
{
	size_t topic = r->in.claims->n_topics;
	bool any = false;

	for (size_t i = 0; i < r->in.claims->n_claims; i++) {
		const struct claim *claim = &r->in.claims->claims[i];

		if (claim->kind != kind || (kind != CLAIM_UNTESTABLE && !has_case(r, claim)))
			continue;
		if (!any)
			fprintf(out, "<h3>%s</h3>\n", title);
		any = true;
		if (claim->topic != topic) {
			fputs("<h4>", out);
			html_text(out, r->in.claims->topics[claim->topic].title);
			fputs("</h4>\n", out);
		}
		topic = claim->topic;
		put_claim(out, r, claim);
	}
}

void part_claims(FILE *out, const struct report *r)
{
	put_counts(out, r);
	put_kind(out, r, CLAIM_DOCUMENTED, "What documents say");
	put_kind(out, r, CLAIM_RULE, "Rules that no document has, read in the kernel's code");
	put_kind(out, r, CLAIM_UNTESTABLE, "What this suite cannot tell");
}
