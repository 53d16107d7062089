// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The parts of the document that hold claims of documents against what was measured. */
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../report/fold.h"
#include "../report/report.h"
#include "document.h"

static FILE *memory(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		abort();
	return out;
}

/* "bpf(2), docs.ebpf.io/..." */
static void put_places(FILE *out, const struct document *doc, const struct claim *claim)
{
	for (size_t i = 0; i < claim->n_places; i++) {
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen = seen || claim->places[k].source == claim->places[i].source;
		if (!seen)
			fprintf(out, "%s%s", i ? ", " : "",
				doc->claims->sources[claim->places[i].source].text);
	}
}

/* " For it: `a`, `b`." */
static void put_confirming(FILE *out, const struct document *doc, const struct claim *claim)
{
	const char *between = " For it:";
	bool any = false;

	for (size_t i = 0; i < doc->suite->n_cases; i++) {
		const struct claim_ref *ref = claim_ref_of(doc->suite->cases[i], claim->id);

		if (!ref || ref->relation != CLAIM_CONFIRMS)
			continue;
		fprintf(out, "%s `%s`", between, doc->suite->cases[i]->name);
		between = ",";
		any = true;
	}
	if (any)
		fputc('.', out);
}

/* What the first case against it, or that limits it, shows: " But: ... (`a`, `b`)." */
static void put_answer(FILE *out, const struct document *doc, const struct claim *claim)
{
	bool any = false;

	for (int r = CLAIM_CONTRADICTS; r < N_CLAIM_RELATIONS; r++)
		for (size_t i = 0; i < doc->suite->n_cases; i++) {
			const struct test_case *c = doc->suite->cases[i];
			const struct claim_ref *ref = claim_ref_of(c, claim->id);

			if (!ref || (int)ref->relation != r)
				continue;
			if (!any) {
				char *about = document_text(c->about[0]);

				fprintf(out, " But: %s (", about);
				free(about);
			}
			fprintf(out, "%s`%s`", any ? ", " : "", c->name);
			any = true;
		}
	if (any)
		fputc(')', out);
}

/* " confirmed: debian-7.3; undone by quirk (empty-slot-counts): debian-5.10." */
static void put_engines(FILE *out, const struct document *doc, const struct claim *claim)
{
	size_t n = doc->records->n_records;
	unsigned int *set = xcalloc(n + 1, sizeof(*set));
	const char *between = "";

	for (int v = CLAIM_CONFIRMED; v < CLAIM_MIXED; v++) {
		quirk_set because = 0;
		bool any = false;
		char *who;

		for (size_t i = 0; i < n; i++) {
			set[i] = 0;
			for (size_t e = 0; e < doc->records->records[i].n_engines; e++) {
				struct evidence ev = evidence_of(claim, doc->suite,
								 &doc->records->records[i], e);

				if ((int)evidence_verdict(&ev) != v)
					continue;
				set[i] |= 1U << e;
				because |= ev.quirks;
				any = true;
			}
		}
		if (!any)
			continue;
		who = document_engines(doc->records, set);
		fprintf(out, "%s %s", between, claim_verdict_names[v]);
		if (because && v != CLAIM_CONFIRMED) {
			fputs(" (", out);
			print_quirks(out, because);
			fputc(')', out);
		}
		fprintf(out, ": %s", who);
		between = ";";
		free(who);
	}
	fputc('.', out);
	free(set);
}

static void print_claim(FILE *to, const struct document *doc, const struct claim *claim,
			enum claim_verdict v)
{
	char *what = document_text(claim->text), *text = NULL;
	size_t len;
	FILE *out = memory(&text, &len);

	fprintf(out, "\"%s\" (", what);
	put_places(out, doc, claim);
	fputc(')', out);
	if (v == CLAIM_MIXED || v == CLAIM_OPEN || v == CLAIM_QUIRK)
		put_engines(out, doc, claim);
	put_answer(out, doc, claim);
	put_confirming(out, doc, claim);
	fclose(out);
	fold(to, "", 2, "- %s", text);
	free(text);
	free(what);
}

/* 0 where no claim has the verdict. */
static size_t print_claims(FILE *out, const struct document *doc, enum claim_verdict v,
			   const char *title, const char *about)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->claims->n_claims; i++) {
		const struct claim *claim = &doc->claims->claims[i];

		if (claim->kind != CLAIM_DOCUMENTED ||
		    claim_verdict_of(claim, doc->suite, doc->records) != v)
			continue;
		if (n++ == 0) {
			fprintf(out, "### %s\n\n", title);
			fold(out, "", 0, "%s", about);
			fputc('\n', out);
		}
		print_claim(out, doc, claim, v);
	}
	if (n)
		fputc('\n', out);
	return n;
}

void document_claims_against(FILE *out, const struct document *doc)
{
	static const struct {
		enum claim_verdict v;
		const char *title, *about;
	} parts[] = {
		{ CLAIM_CONTRADICTED, "Contradicted", "Every engine does something else." },
		{ CLAIM_QUIRK, "Undone by quirks everywhere", "No engine measured does so." },
		{ CLAIM_QUALIFIED, "Qualified",
		  "It holds with limits that the document does not state." },
		{ CLAIM_MIXED, "Depends on the engine", "Some engines do so, some do not." },
		{ CLAIM_OPEN, "Open", "A case crashed, timed out or diverged." },
	};
	size_t n = 0;

	fputs("## What documents say otherwise\n\n", out);
	fold(out, "", 0,
	     "What documents claim, paraphrased, and what the kernels do. `tailcheck claims "
	     "--claim "
	     "ID` shows every case of a claim.");
	fputc('\n', out);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		n += print_claims(out, doc, parts[i].v, parts[i].title, parts[i].about);
	if (!n)
		fputs("Nothing.\n\n", out);
}

/* By topic, a line each. */
static void print_held(FILE *out, const struct document *doc)
{
	size_t topic = doc->claims->n_topics;

	for (size_t i = 0; i < doc->claims->n_claims; i++) {
		const struct claim *claim = &doc->claims->claims[i];
		char *text;

		if (claim->kind != CLAIM_DOCUMENTED ||
		    claim_verdict_of(claim, doc->suite, doc->records) != CLAIM_CONFIRMED)
			continue;
		if (topic != claim->topic)
			fprintf(out, "%s**%s**\n\n", topic == doc->claims->n_topics ? "" : "\n",
				doc->claims->topics[claim->topic].title);
		topic = claim->topic;
		text = document_text(claim->text);
		fold(out, "", 2, "- %s (`%s`)", text, claim->id);
		free(text);
	}
	fputc('\n', out);
}

static void print_untested(FILE *out, const struct document *doc)
{
	for (size_t i = 0; i < doc->claims->n_claims; i++) {
		const struct claim *claim = &doc->claims->claims[i];
		char *text, *reason;

		if (claim->kind == CLAIM_DOCUMENTED &&
		    claim_verdict_of(claim, doc->suite, doc->records) == CLAIM_UNMEASURED)
			reason = xstrdup("not measured yet");
		else if (claim->kind == CLAIM_UNTESTABLE)
			reason = document_text(claim->reason);
		else
			continue;
		text = document_text(claim->text);
		fold(out, "", 2, "- %s (`%s`) Why not: %s.", text, claim->id, reason);
		free(text);
		free(reason);
	}
}

void document_claims_rest(FILE *out, const struct document *doc)
{
	fputs("## Claims that hold\n\nOn every engine of every kernel above.\n\n", out);
	print_held(out, doc);
	fputs("## Claims that were not tested\n\n", out);
	print_untested(out, doc);
}
