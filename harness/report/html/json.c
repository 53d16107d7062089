// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The report for machines; what every field means is in docs/report.schema.json. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../../engines/reference/quirk.h"
#include "../report.h"
#include "escape.h"
#include "html.h"

static json_t *text(const char *s, size_t len)
{
	char *visible = escape_visible(s, len);
	json_t *string = json_string(visible);

	free(visible);
	return string;
}

static json_t *word(const char *s)
{
	return text(s, strlen(s));
}

static json_t *quirk_names(quirk_set set)
{
	json_t *list = json_array();

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (set >> q & 1)
			json_array_append_new(list, json_string(quirks[q].name));
	return list;
}

static json_t *column_list(const struct report *r, const struct columns *set)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_columns; i++)
		if (column_in(set, i))
			json_array_append_new(list, json_integer((json_int_t)i));
	return list;
}

static json_t *kernel_json(const struct shown_kernel *sk)
{
	const struct record *rec = sk->record;
	json_t *absent = json_array(), *splats = json_array(), *errors = json_array();

	for (size_t i = 0; i < rec->n_absent; i++)
		json_array_append_new(absent,
				      json_pack("{s:o, s:o}", "name", word(rec->absent[i].name),
						"why", word(rec->absent[i].why)));
	for (size_t i = 0; i < rec->n_splats; i++)
		json_array_append_new(
			splats,
			json_pack("{s:o*, s:o*, s:o}", "case",
				  rec->splats[i].case_name ? word(rec->splats[i].case_name) : NULL,
				  "engine",
				  rec->splats[i].engine ? word(rec->splats[i].engine) : NULL,
				  "line", word(rec->splats[i].line)));
	for (size_t i = 0; i < rec->n_suite_errors; i++)
		json_array_append_new(errors, word(rec->suite_errors[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:b, s:i, s:o, s:o, s:o, "
			 "s:o}",
			 "label", word(sk->label), "name", word(rec->kernel), "arch",
			 word(sk->arch), "release", word(rec->release), "package",
			 word(rec->package), "host", word(rec->host), "boots", word(rec->boots),
			 "tailcheck", word(rec->program), "seconds", rec->seconds, "interrupted",
			 rec->interrupted, "missing_results", (int)sk->n_missing, "not_offered",
			 absent, "splats", splats, "suite_errors", errors, "profile_differences",
			 word(rec->profile_trouble));
}

static json_t *columns_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_columns; i++) {
		const struct column *col = &r->columns[i];
		const struct record *rec = r->kernels[col->kernel].record;

		json_array_append_new(
			list, json_pack("{s:i, s:o, s:o, s:o}", "kernel", (int)col->kernel,
					"engine", word(r->engines[col->engine].name), "quirks",
					quirk_names(rec->engines[col->local].quirks), "uncertain",
					quirk_names(rec->engines[col->local].uncertain)));
	}
	return list;
}

static json_t *spans_json(const struct report *r, int q)
{
	json_t *list = json_array();

	for (size_t from = 0; from < r->n_kernels; from = report_arch_end(r, from))
		for (size_t e = 0; e < r->n_engines; e++) {
			size_t k = from, to = report_arch_end(r, from);
			struct span span;

			while (report_next_span(r, &k, to, e, q, &span))
				json_array_append_new(
					list, json_pack("{s:o, s:o, s:i, s:i}", "arch",
							word(r->kernels[from].arch), "engine",
							word(r->engines[e].name), "first",
							(int)span.first, "last", (int)span.last));
		}
	return list;
}

static json_t *quirks_json(const struct report *r)
{
	json_t *list = json_array();

	for (int q = 0; q < QUIRK_COUNT; q++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o, s:o, s:o}", "name", quirks[q].name,
						"about", word(quirks[q].about), "source",
						word(quirks[q].source), "spans", spans_json(r, q)));
	return list;
}

static json_t *changes_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t b = 1; b < r->n_kernels; b++) {
		json_t *cases;

		if (report_arch_end(r, b - 1) == b)
			continue;
		cases = json_array();
		for (size_t c = 0; c < r->n_cases; c++)
			if (report_case_changed(r, c, b - 1, b))
				json_array_append_new(cases, word(r->cases[c].c->name));
		json_array_append_new(list, json_pack("{s:i, s:i, s:o}", "from", (int)b - 1, "to",
						      (int)b, "cases", cases));
	}
	return list;
}

static json_t *claim_json(const struct report *r, const struct claim *claim)
{
	static const char *const kinds[] = { "documented", "rule", "untestable" };
	static const struct columns none;
	struct columns by[N_CLAIM_VERDICTS];
	enum claim_verdict v = report_claim(r, claim, by);
	json_t *sides = json_object(), *places = json_array();

	for (int i = 0; i < N_CLAIM_VERDICTS; i++)
		if (memcmp(&by[i], &none, sizeof(none)) != 0)
			json_object_set_new(sides, claim_verdict_names[i], column_list(r, &by[i]));
	for (size_t i = 0; i < claim->n_places; i++)
		json_array_append_new(
			places,
			json_pack("{s:o, s:o}", "source",
				  word(r->in.claims->sources[claim->places[i].source].text),
				  "section",
				  word(claim->places[i].section ? claim->places[i].section : "")));
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "id", word(claim->id), "kind",
			 kinds[claim->kind], "text", word(claim->text), "reason",
			 word(claim->reason ? claim->reason : ""), "verdict",
			 claim_verdict_names[v], "columns", sides, "places", places);
}

static json_t *claims_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->in.claims->n_claims; i++)
		json_array_append_new(list, claim_json(r, &r->in.claims->claims[i]));
	return list;
}

static json_t *answers_json(const struct report *r, const struct shown_case *sc)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sc->n_answers; i++) {
		const struct answer *a = &sc->answers[i];
		json_t *o =
			json_pack("{s:s, s:o, s:o}", "verdict", verdict_names[a->verdict], "quirks",
				  quirk_names(a->because), "columns", column_list(r, &a->columns));

		json_object_set_new(o, "transcript",
				    a->transcript ? word(a->transcript) : json_null());
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *case_json(const struct report *r, const struct shown_case *sc)
{
	static const char *const levels[] = { "must", "should", "may" };
	const struct test_case *c = sc->c;
	json_t *about = json_array(), *claims = json_array();

	for (size_t i = 0; i < c->n_about; i++)
		json_array_append_new(about, word(c->about[i]));
	for (size_t i = 0; i < c->n_claims; i++)
		json_array_append_new(
			claims, json_pack("{s:o, s:s}", "id", word(c->claims[i].id), "relation",
					  claim_relation_words[c->claims[i].relation]));
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name", word(c->name), "area",
			 text(c->name, area_length(c->name)), "level", levels[c->level], "about",
			 about, "claims", claims, "text", text(c->text, c->text_len), "expected",
			 word(sc->expected), "answers", answers_json(r, sc));
}

static json_t *cases_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t c = 0; c < r->n_cases; c++)
		json_array_append_new(list, case_json(r, &r->cases[c]));
	return list;
}

static json_t *areas_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->in.areas->n_areas; i++) {
		const struct area *a = &r->in.areas->areas[i];

		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "name", word(a->name),
						      "title", word(a->title), "about",
						      word(a->about ? a->about : "")));
	}
	return list;
}

int report_json(FILE *out, const struct report *r)
{
	json_t *kernels = json_array(), *lost = json_array(), *root;
	int bad;

	for (size_t k = 0; k < r->n_kernels; k++)
		json_array_append_new(kernels, kernel_json(&r->kernels[k]));
	for (size_t i = 0; i < r->in.n_lost; i++)
		json_array_append_new(lost, word(r->in.lost[i]));
	root = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format",
			 "tailcheck-report-1", "tailcheck", TAILCHECK_VERSION, "kernels", kernels,
			 "columns", columns_json(r), "quirks", quirks_json(r), "changes",
			 changes_json(r), "claims", claims_json(r), "areas", areas_json(r), "cases",
			 cases_json(r), "lost", lost);
	bad = !root || json_dumpf(root, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(root);
	return bad ? -1 : 0;
}
