// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For programs: docs/compare.md says what the fields mean. */
#include <jansson.h>

#include "../../engines/reference/quirk.h"
#include "../report/json_text.h"
#include "../report/report.h"
#include "compare.h"

static json_t *side_json(const struct compare_side *s)
{
	json_t *o =
		json_pack("{s:o, s:o}", "label", json_text(s->label), "path", json_text(s->path));

	if (s->bare)
		return o;
	json_object_set_new(o, "kernel", json_text(s->record.kernel));
	json_object_set_new(o, "package", json_text(s->record.package));
	json_object_set_new(o, "release", json_text(s->record.release));
	json_object_set_new(o, "interrupted", json_boolean(s->record.interrupted));
	return o;
}

static json_t *engines_json(const struct comparison *c, unsigned int pairs)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_pairs; i++)
		if (pairs & 1U << i)
			json_array_append_new(list, json_text(c->pairs[i].name));
	return list;
}

static json_t *quirk_names(quirk_set set)
{
	json_t *list = json_array();

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (set & QUIRK_BIT(q))
			json_array_append_new(list, json_string(quirks[q].name));
	return list;
}

static json_t *names_json(const struct name_list *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->n; i++)
		json_array_append_new(list, json_text(names->names[i]));
	return list;
}

static json_t *change_json(const struct comparison *c, const struct change *change)
{
	json_t *o = json_pack("{s:o, s:o}", "case", json_text(change->name), "engines",
			      engines_json(c, change->pairs));

	if (change->step) {
		json_object_set_new(o, "step", json_integer((json_int_t)change->step));
		json_object_set_new(o, "text", json_text(change->text));
	}
	json_object_set_new(o, "before", json_text(change->seen[BEFORE]));
	json_object_set_new(o, "after", json_text(change->seen[AFTER]));
	return o;
}

static json_t *changes_json(const struct comparison *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_changes; i++) {
		const struct change *change = &c->changes[i];
		json_t *o = change_json(c, change);

		json_object_set_new(o, "verdict_before",
				    json_string(verdict_names[change->verdict[BEFORE]]));
		json_object_set_new(o, "verdict_after",
				    json_string(verdict_names[change->verdict[AFTER]]));
		json_object_set_new(o, "quirks", quirk_names(change->quirks));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *quirk_json(const struct comparison *c, const struct quirk_change *qc)
{
	json_t *probes = json_array();

	for (size_t i = 0; i < qc->n_probes; i++)
		json_array_append_new(probes, change_json(c, &qc->probes[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:b}", "name", quirks[qc->quirk].name,
			 "change", qc->gone ? "gone" : "new", "about", quirks[qc->quirk].about,
			 "source", quirks[qc->quirk].source, "engines", engines_json(c, qc->pairs),
			 "probes", probes, "hidden", qc->hidden);
}

static json_t *quirks_json(const struct comparison *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_quirks; i++)
		json_array_append_new(list, quirk_json(c, &c->quirks[i]));
	return list;
}

void compare_json(FILE *out, const struct comparison *c)
{
	json_t *root = json_pack(
		"{s:s, s:o, s:o, s:o, s:b, s:I, s:o, s:o, s:{s:o, s:o}, s:{s:o, s:o}, s:o}",
		"tailcheck", TAILCHECK_VERSION, "before", side_json(c->side[BEFORE]), "after",
		side_json(c->side[AFTER]), "engines", engines_json(c, ~0U), "agrees",
		comparison_agrees(c), "compared", (json_int_t)c->n_compared, "quirks",
		quirks_json(c), "cases", changes_json(c), "only_before", "engines",
		names_json(&c->engines[BEFORE]), "cases", names_json(&c->only[BEFORE]),
		"only_after", "engines", names_json(&c->engines[AFTER]), "cases",
		names_json(&c->only[AFTER]), "rewritten", names_json(&c->rewritten));

	json_dumpf(root, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(root);
}
