// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "findings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../judge/cause.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../report/report.h"

static FILE *open_in(struct findings *f, const struct finding *found, const char *name)
{
	char *path = xasprintf("%s/%s", f->dir, found->folder), *file;
	FILE *out = NULL;

	mkdir(f->dir, 0777);
	if (mkdir(path, 0777) == 0 || errno == EEXIST) {
		file = xasprintf("%s/%s", path, name);
		out = fopen(file, "we");
		free(file);
	}
	if (!out)
		snprintf(f->why, sizeof(f->why), "%s/%s: %s", path, name, strerror(errno));
	free(path);
	return out;
}

/* The case, and what was got; the newest and shortest one replaces what was there. */
static void keep(struct findings *f, const struct finding *found, const struct test_case *c,
		 const char *engine, quirk_set quirks, const char *transcript)
{
	FILE *out = open_in(f, found, "case.case");

	if (out) {
		fwrite(c->text, 1, c->text_len, out);
		fclose(out);
	}
	out = open_in(f, found, "got.txt");
	if (!out)
		return;
	fprintf(out, "%s on %s: %s\n", c->name, engine, found->cause);
	cause_print_difference(out, c, quirks, transcript);
	fprintf(out, "\n%s", transcript);
	fclose(out);
}

/* Words of the cause, as a name for a folder. */
static char *folder_name(const struct findings *f, const char *cause)
{
	char name[64];
	size_t len = 0;

	for (const char *s = cause; *s && len < sizeof(name) - 1; s++) {
		bool plain = isalnum((unsigned char)*s) || *s == '.';

		if (plain || (len && name[len - 1] != '-'))
			name[len++] = plain ? *s : '-';
	}
	while (len && name[len - 1] == '-')
		len--;
	return xasprintf("%03zu-%.*s", f->n_found, (int)len, name);
}

static struct finding *finding_of(struct findings *f, const char *cause)
{
	struct finding *found;

	for (size_t i = 0; i < f->n_found; i++)
		if (strcmp(f->found[i].cause, cause) == 0)
			return &f->found[i];
	found = vec_add(f->found, f->n_found);
	found->cause = xstrdup(cause);
	found->folder = folder_name(f, cause);
	return found;
}

static void add(struct findings *f, const struct test_case *c, const char *engine, quirk_set quirks,
		char *cause, const char *transcript)
{
	struct finding *found = finding_of(f, cause);
	size_t len = strlen(found->engines);

	found->n++;
	f->n_unexpected++;
	if (!strstr(found->engines, engine))
		snprintf(found->engines + len, sizeof(found->engines) - len, "%s%s", len ? "," : "",
			 engine);
	if (!found->case_name || c->text_len < found->length) {
		free(found->case_name);
		found->case_name = xstrdup(c->name);
		found->length = c->text_len;
		keep(f, found, c, engine, quirks, transcript);
	}
	free(cause);
}

/* Was it loaded? Of each prog step that is meant to be, by the line of the transcript. */
static void count_loads(struct loads *l, const struct test_case *c, const struct result *res)
{
	const char *s = res->transcript, *line;
	int len;

	while (s && (len = transcript_line(&s, &line)) >= 0) {
		size_t step = strtoul(line, NULL, 10);

		if (!step || step > c->n_steps || c->steps[step - 1].op != STEP_PROG ||
		    strcmp(c->steps[step - 1].expect, "0") != 0)
			continue;
		if (len > 4 && memcmp(line + len - 4, " = 0", 4) == 0)
			l->done++;
		else if (res->verdict == VERDICT_QUIRK)
			l->quirk++;
		else
			l->refused++;
	}
}

/*
 * Quirks that are seen for the first time: with one of them forgotten (--without-quirk) the same
 * transcript is a finding, and its cause is that very quirk.
 */
static void note_quirks(struct findings *f, size_t e, const struct test_case *c, quirk_set quirks,
			const struct result *res)
{
	quirk_set needed = cause_needed(c, quirks, ~f->shown[e], res->transcript);

	for (int q = 0; q < QUIRK_COUNT; q++) {
		if (!(needed >> q & 1) ||
		    cause_quirk(c, quirks & ~(QUIRK_BIT(q)), res->transcript) != q)
			continue;
		f->shown_by[e][q] = xstrdup(c->name);
		f->shown[e] |= QUIRK_BIT(q);
	}
}

/* What the reference itself makes of a generated case. */
static void check_reference(struct findings *f, const struct test_case *c)
{
	const struct case_record *r = record_reference(c, 0);
	char *text;

	if (!case_fits(c, "reference", 0))
		return;
	if (!case_record_expected(c, r)) {
		text = transcript_of(c, r);
		add(f, c, "reference", 0,
		    xstrdup("the reference gives another result than the case"), text);
		free(text);
		return;
	}
	r = record_reference_jit(c, 0);
	if (r->outcome == OUTCOME_UNSUPPORTED || case_record_expected(c, r))
		return;
	text = transcript_of(c, r);
	add(f, c, "ref-jit", 0, xstrdup("the reference's JIT is not as its interpreter"), text);
	free(text);
}

void findings_take(struct findings *f, const struct run *run)
{
	const struct run_results *r = &run->results;

	for (size_t i = 0; i < r->suite->n_cases; i++) {
		const struct test_case *c = r->suite->cases[i];

		f->n_cases++;
		check_reference(f, c);
		for (size_t e = 0; e < run->results.n_engines; e++) {
			const struct engine_results *er = &r->engines[e];
			const struct result *res = result_of(r, i, e);

			if (!er->offered || res->verdict == VERDICT_NONE ||
			    res->verdict == VERDICT_UNSUPPORTED ||
			    (res->verdict == VERDICT_INFRA && run_interrupted))
				continue;
			f->n_results++;
			if (res->verdict <= VERDICT_DIVERGES)
				count_loads(&f->loads[e], c, res);
			if (res->verdict == VERDICT_QUIRK)
				note_quirks(f, e, c, er->quirks, res);
			else if (!verdict_expected(res->verdict))
				add(f, c, er->name, er->quirks, cause_of(c, er, res),
				    res->transcript);
		}
	}
}

static double percent(size_t n, size_t all)
{
	return all ? 100.0 * (double)n / (double)all : 0.0;
}

static void print_loads(FILE *out, const struct findings *f, const struct run *run)
{
	fputs("\nprograms that the cases mean to load, without those that a quirk refuses, and of "
	      "all:\n",
	      out);
	for (size_t e = 0; e < run->results.n_engines; e++) {
		const struct loads *l = &f->loads[e];
		size_t meant = l->done + l->refused, all = meant + l->quirk;

		if (!run->results.engines[e].offered)
			continue;
		fprintf(out, "  %-14s %5.1f%% of %zu load; a quirk refuses %zu: %5.1f%% of %zu\n",
			run->results.engines[e].name, percent(l->done, meant), meant, l->quirk,
			percent(l->done, all), all);
	}
}

static void print_quirks_shown(FILE *out, const struct findings *f, const struct run *run)
{
	fputs("\nquirks that come back as findings when they are forgotten, each by a case:\n",
	      out);
	for (int q = 0; q < QUIRK_COUNT; q++) {
		bool had = false, shown = false;

		for (size_t e = 0; e < run->results.n_engines; e++) {
			had |= run->results.engines[e].quirks >> q & 1;
			if (f->shown[e] >> q & 1 && !shown) {
				fprintf(out, "  %-24s %s on %s\n", quirks[q].name,
					f->shown_by[e][q], run->results.engines[e].name);
				shown = true;
			}
		}
		if (had && !shown)
			fprintf(out, "  %-24s not shown\n", quirks[q].name);
	}
}

void findings_print(FILE *out, const struct findings *f, const struct run *run)
{
	print_quirks_shown(out, f, run);
	print_loads(out, f, run);
	fprintf(out, "\n%zu cases, %zu results, %zu not as expected, of %zu cause%s\n", f->n_cases,
		f->n_results, f->n_unexpected, f->n_found, f->n_found == 1 ? "" : "s");
	for (size_t i = 0; i < f->n_found; i++) {
		const struct finding *found = &f->found[i];

		fprintf(out, "  %zu times on %s: %s\n    %s, kept in %s/%s\n", found->n,
			found->engines, found->cause, found->case_name, f->dir, found->folder);
	}
	if (f->why[0])
		fprintf(out, "not all could be kept: %s\n", f->why);
}

void findings_release(struct findings *f)
{
	for (size_t i = 0; i < f->n_found; i++) {
		free(f->found[i].cause);
		free(f->found[i].folder);
		free(f->found[i].case_name);
	}
	for (size_t e = 0; e < MAX_ENGINES; e++)
		for (int q = 0; q < QUIRK_COUNT; q++)
			free(f->shown_by[e][q]);
	free(f->found);
	free(f->dir);
}
