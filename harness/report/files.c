// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run leaves behind: summary.json, transcripts, the cases themselves. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "json_text.h"
#include "report.h"

static json_t *quirk_list(quirk_set set)
{
	json_t *list = json_array();

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (set & QUIRK_BIT(q))
			json_array_append_new(list, json_string(quirks[q].name));
	return list;
}

static json_t *counts_json(const struct counts *n)
{
	json_t *o = json_object();

	for (int v = VERDICT_NONE + 1; v < N_VERDICTS; v++)
		json_object_set_new(o, verdict_names[v], json_integer((json_int_t)n->by[v]));
	return o;
}

static json_t *word_list(const struct engine_results *er)
{
	json_t *list = json_array();

	for (size_t i = 0; i < er->n_capabilities; i++)
		json_array_append_new(list, json_text(er->capabilities[i]));
	return list;
}

static json_t *engines_json(const struct run_results *r)
{
	json_t *list = json_array();

	for (size_t e = 0; e < r->n_engines; e++) {
		const struct engine_results *er = &r->engines[e];
		json_t *o = json_pack("{s:o, s:b}", "name", json_text(er->name), "offered",
				      er->offered);
		struct counts n;

		if (er->offered) {
			results_count(r, e, 0, r->suite->n_cases, &n);
			json_object_set_new(o, "quirks", quirk_list(er->quirks));
			json_object_set_new(o, "uncertain", quirk_list(er->uncertain));
			json_object_set_new(o, "counts", counts_json(&n));
			if (er->n_capabilities)
				json_object_set_new(o, "capabilities", word_list(er));
		} else {
			json_object_set_new(o, "why", json_text(er->why));
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *skip_json(const struct result *res)
{
	const char *reason;
	int len;
	const char *class = skip_class(res, &reason, &len);
	char *text = xstrndup(reason, (size_t)len);
	json_t *o = json_pack("{s:s, s:s, s:o}", "verdict", verdict_names[res->verdict], "class",
			      class, "reason", json_text(text));

	free(text);
	return o;
}

static json_t *cases_json(const struct run_results *r)
{
	static const char *const levels[] = { "must", "should", "may" };
	json_t *list = json_array();

	for (size_t c = 0; c < r->suite->n_cases; c++) {
		json_t *verdicts = json_object();

		for (size_t e = 0; e < r->n_engines; e++) {
			const struct result *res = result_of(r, c, e);

			if (!r->engines[e].offered)
				continue;
			if (res->verdict == VERDICT_UNSUPPORTED)
				json_object_set_new(verdicts, r->engines[e].name, skip_json(res));
			else if (res->verdict == VERDICT_QUIRK)
				json_object_set_new(verdicts, r->engines[e].name,
						    json_pack("{s:s, s:o}", "verdict", "quirk",
							      "quirks", quirk_list(res->because)));
			else
				json_object_set_new(
					verdicts, r->engines[e].name,
					json_pack("{s:s}", "verdict", verdict_names[res->verdict]));
		}
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o}", "name", r->suite->cases[c]->name,
						"level", levels[r->suite->cases[c]->level],
						"engines", verdicts));
	}
	return list;
}

static json_t *splats_json(const struct run_results *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_splats; i++) {
		const struct run_splat *s = &r->splats[i];

		json_array_append_new(list,
				      json_pack("{s:s?, s:s?, s:o}", "case", s->case_name, "engine",
						s->engine, "line", json_text(s->line)));
	}
	return list;
}

static json_t *deaths_json(const struct run_results *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_deaths; i++) {
		const struct run_death *d = &r->deaths[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "case",
						      r->suite->cases[d->c]->name, "engine",
						      r->engines[d->engine].name, "how",
						      json_text(d->how)));
	}
	return list;
}

static json_t *suite_errors_json(const struct run_results *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_suite_errors; i++)
		json_array_append_new(list, json_string(r->suite->cases[r->suite_errors[i]]->name));
	return list;
}

static json_t *shard_json(const struct run_results *r)
{
	if (!r->shard.of)
		return NULL;
	return json_pack("{s:i, s:i}", "index", (int)r->shard.index, "of", (int)r->shard.of);
}

static json_t *summary(const struct run_results *r)
{
	return json_pack(
		"{s:s, s:b, s:{s:o, s:o, s:o, s:o, s:o}, s:o, s:o, s:o*, s:f, s:b, s:o, s:o*, s:i, "
		"s:o, "
		"s:o, s:o, s:s, s:o, s:o, s:o}",
		"tailcheck", TAILCHECK_VERSION, "runtime", r->runtime, "kernel", "name",
		json_text(r->kernel), "arch", json_text(r->arch), "release", json_text(r->release),
		"version", json_text(r->version), "package", json_text(r->package), "host",
		json_text(r->host), "boots", json_text(r->boots), "probes_kept",
		r->probes_kept ? json_text(r->probes_kept) : NULL, "seconds", r->seconds,
		"interrupted", r->interrupted, "selection", json_text(r->selection), "shard",
		shard_json(r), "exit_code", results_exit_code(r), "engines", engines_json(r),
		"suite_errors", suite_errors_json(r), "suite_trouble", json_text(r->suite_trouble),
		"profile_differences", r->profile_trouble ? r->profile_trouble : "", "splats",
		splats_json(r), "deaths", deaths_json(r), "cases", cases_json(r));
}

/* Every byte must have arrived: a full disk shows at the latest when a file is closed. */
static int finish(FILE *out, const char *path, int bad, char *why, size_t why_size)
{
	int err = errno;

	if (ferror(out))
		bad = 1;
	if (fclose(out) && !bad) {
		bad = 1;
		err = errno;
	}
	/* Half of a file would be read as a whole one that is damaged. */
	if (bad) {
		snprintf(why, why_size, "cannot write %s: %s", path, strerror(err));
		remove(path);
	}
	return bad ? -1 : 0;
}

static FILE *create(const char *dir, const char *name, char **path, char *why, size_t why_size)
{
	FILE *out;

	*path = xasprintf("%s/%s", dir, name);
	out = fopen(*path, "we");
	if (!out)
		snprintf(why, why_size, "cannot write %s: %s", *path, strerror(errno));
	return out;
}

static int write_json(const char *dir, const struct run_results *r, char *why, size_t why_size)
{
	json_t *root = summary(r);
	char *path;
	FILE *out = create(dir, "summary.json", &path, why, why_size);
	int ret = -1;

	if (out) {
		int bad = json_dumpf(root, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

		fputc('\n', out);
		ret = finish(out, path, bad, why, why_size);
	}
	json_decref(root);
	free(path);
	return ret;
}

static void write_transcript(FILE *out, const struct run_results *r, size_t c, size_t e)
{
	const struct result *res = result_of(r, c, e);

	fprintf(out, "case %s\nverdict %s", r->suite->cases[c]->name, verdict_names[res->verdict]);
	if (res->verdict == VERDICT_QUIRK) {
		fputs(": ", out);
		print_quirks(out, res->because);
	}
	fprintf(out, "\n%s", res->transcript ? res->transcript : "");
	if (res->transcript && *res->transcript &&
	    res->transcript[strlen(res->transcript) - 1] != '\n')
		fputc('\n', out);
	fputc('\n', out);
}

static int write_engine(const char *dir, const struct run_results *r, size_t e, char *why,
			size_t why_size)
{
	char *path, name[64];
	FILE *out;
	int ret = -1;

	snprintf(name, sizeof(name), "%s.txt", r->engines[e].name);
	out = create(dir, name, &path, why, why_size);
	if (out) {
		for (size_t c = 0; c < r->suite->n_cases; c++)
			write_transcript(out, r, c, e);
		ret = finish(out, path, 0, why, why_size);
	}
	free(path);
	return ret;
}

/* The text as it was run, so that the run can be explained without the files that it came from. */
static int write_cases(const char *dir, const char *name, const struct suite *suite, char *why,
		       size_t why_size)
{
	char *path;
	FILE *out = create(dir, name, &path, why, why_size);
	int ret = -1;

	if (out) {
		for (size_t c = 0; c < suite->n_cases; c++)
			fprintf(out, "%.*s\n", (int)suite->cases[c]->text_len,
				suite->cases[c]->text);
		ret = finish(out, path, 0, why, why_size);
	}
	free(path);
	return ret;
}

int report_probes(const char *dir, const struct run_results *probes, char *why, size_t why_size)
{
	char *folder = xasprintf("%s/probes", dir);
	int ret = 0;

	if (mkdir(folder, 0777) && errno != EEXIST) {
		snprintf(why, why_size, "cannot make %s: %s", folder, strerror(errno));
		ret = -1;
	}
	if (!ret)
		ret = write_cases(folder, "cases.case", probes->suite, why, why_size);
	for (size_t e = 0; e < probes->n_engines && !ret; e++)
		if (probes->engines[e].offered)
			ret = write_engine(folder, probes, e, why, why_size);
	free(folder);
	return ret;
}

int report_files(const char *dir, const struct run_results *r, char *why, size_t why_size)
{
	if (write_cases(dir, "cases.case", r->suite, why, why_size))
		return -1;
	/* What the whole is, so that a part that is lost can be named. */
	if (r->shard.of && write_cases(dir, "suite.case", r->shard.whole, why, why_size))
		return -1;
	for (size_t e = 0; e < r->n_engines; e++)
		if (r->engines[e].offered && write_engine(dir, r, e, why, why_size))
			return -1;
	return write_json(dir, r, why, why_size);
}
