// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * End to end: a run of a kernel, a baseline made from it, and the gate over copies of the run with
 * one thing changed, each in its turn. What the insides do over all cases is in
 * harness/gate/gate_test.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "tool_test.h"

#define KERNEL "debian-6.1"

static int set_up(void **state)
{
	if (tool_set_up(state))
		return -1;
	/* Cases of one's own: these are all that there are. */
	tool_must(0, "mkdir $S/cases && cp $ROOT/cases/limit/*.case $S/cases");
	tool_must(0, "$T run -k " KERNEL " -o $S/run $S/cases");
	tool_must(0, "$T gate --expect $S/base --update $S/run");
	return 0;
}

static json_t *load(const char *run)
{
	char *path = xasprintf("%s/%s/summary.json", scratch, run);
	json_t *root = json_load_file(path, 0, NULL);

	free(path);
	assert_non_null(root);
	return root;
}

static void store(json_t *root, const char *run)
{
	char *path = xasprintf("%s/%s/summary.json", scratch, run);

	assert_int_equal(json_dump_file(root, path, JSON_INDENT(1)), 0);
	free(path);
}

/* A copy of the run to change. */
static json_t *copy_run(void)
{
	tool_must(0, "rm -rf $S/copy && cp -r $S/run $S/copy");
	return load("copy");
}

/* The gate fails on the copy, and names this. */
static void fails_with(json_t *root, const char *name, const char *text)
{
	char *line = xasprintf("%s\n", name), *at;

	store(root, "copy");
	tool_must(1, "$T gate --expect $S/base $S/copy");
	at = strstr(tool_says, line);
	if (!at || (at > tool_says && at[-1] != '\n'))
		fail_msg("%s is not named:\n%s", name, tool_says);
	says(text);
	says(": 1 not as in ");
	free(line);
}

static const char *name_of(const json_t *c)
{
	return json_string_value(json_object_get(c, "name"));
}

static void an_unchanged_run_passes(void **state)
{
	(void)state;
	tool_must(0, "$T gate --expect $S/base $S/run");
	says("0 known failures: all as in");
	tool_must(0, "cp $S/base $S/same && $T gate --expect $S/same --update $S/run");
	tool_must(0, "cmp $S/base $S/same");
}

static void each_flipped_verdict_fails(void **state)
{
	json_t *root = copy_run(), *cases = json_object_get(root, "cases"), *c, *v;
	static const char *const others[] = { "quirk",	     "diverges", "crashed", "timed-out",
					      "unsupported", "infra",	 "none",    "conforms" };
	size_t i, flips = 0;
	const char *engine;

	(void)state;
	json_array_foreach(cases, i, c)
	{
		json_object_foreach(json_object_get(c, "engines"), engine, v)
		{
			json_t *was = json_incref(json_object_get(v, "verdict"));
			const char *to = others[flips++ % 8];

			if (strcmp(to, json_string_value(was)) == 0)
				to = "crashed";
			json_object_set_new(v, "verdict", json_string(to));
			fails_with(root, name_of(c), engine);
			json_object_set_new(v, "verdict", was);
		}
	}
	assert_true(flips > 100);
	store(root, "copy");
	tool_must(0, "$T gate --expect $S/base $S/copy");
	json_decref(root);
}

/* Out of the summary alone, and out of the cases as well. */
static void each_removed_case_fails(void **state)
{
	json_t *root = copy_run(), *cases = json_object_get(root, "cases");

	(void)state;
	for (size_t i = 0; i < json_array_size(cases); i++) {
		json_t *c = json_incref(json_array_get(cases, i));

		json_array_remove(cases, i);
		fails_with(root, name_of(c), "incomplete");
		tool_must(0,
			  "awk -v n='%s' '$1 == \"case\" { skip = $2 == n } !skip' "
			  "$S/run/cases.case >$S/copy/cases.case",
			  name_of(c));
		fails_with(root, name_of(c), "missing: did not run");
		says("- ");
		json_array_insert_new(cases, i, c);
		tool_must(0, "cp $S/run/cases.case $S/copy/cases.case");
	}
	json_decref(root);
}

static void each_added_case_fails(void **state)
{
	json_t *root = copy_run(), *cases = json_object_get(root, "cases");
	size_t n = json_array_size(cases);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char *name = xasprintf("%s-new", name_of(json_array_get(cases, i)));
		json_t *c = json_deep_copy(json_array_get(cases, i));

		json_object_set_new(c, "name", json_string(name));
		json_array_append_new(cases, c);
		tool_must(
			0,
			"{ cat $S/run/cases.case; awk -v n='%s' '$1 == \"case\" { take = $2 == n; "
			"$2 = $2 \"-new\" } take' $S/run/cases.case; } >$S/copy/cases.case",
			name_of(json_array_get(cases, i)));
		fails_with(root, name, "not listed");
		says("+ case ");
		json_array_remove(cases, n);
		free(name);
	}
	json_decref(root);
}

static void what_is_no_run_does_not_pass(void **state)
{
	json_t *root = copy_run();

	(void)state;
	json_object_set_new(root, "interrupted", json_true());
	store(root, "copy");
	tool_must(1, "$T gate --expect $S/base $S/copy");
	says("interrupted");
	tool_must(2, "$T gate --expect $S/base --update $S/copy");
	json_object_set_new(root, "interrupted", json_false());
	/* A case that cases.case does not have */
	json_array_append_new(json_object_get(root, "cases"), json_pack("{s:s}", "name", "x.y"));
	store(root, "copy");
	tool_must(1, "$T gate --expect $S/base $S/copy");
	says("does not have: x.y");
	json_array_clear(json_object_get(root, "cases"));
	store(root, "copy");
	tool_must(0, ": >$S/copy/cases.case");
	tool_must(3, "$T gate --expect $S/base $S/copy");
	tool_must(3, "$T gate --expect $S/base --update $S/copy");
	tool_must(3, "$T gate --expect $S/base --area nothing $S/run");
	tool_must(2, "$T gate --expect $S/base $S/nothing");
	tool_must(2, "$T gate --expect $S/no-base $S/run");
	json_decref(root);
}

static void updates_are_of_whole_runs(void **state)
{
	json_t *root = copy_run();

	(void)state;
	json_object_set_new(root, "selection", json_string("limit.self"));
	store(root, "copy");
	tool_must(0, "cp $S/base $S/same");
	tool_must(2, "$T gate --expect $S/same --update $S/copy");
	says("limit.self");
	json_object_del(root, "selection");
	store(root, "copy");
	tool_must(2, "$T gate --expect $S/same --update $S/copy");
	tool_must(2, "$T gate --expect $S/same --update --level must $S/run");
	tool_must(2, "$T gate --expect $S/same --update --area limit $S/run");
	tool_must(0, "cmp $S/base $S/same");
	json_decref(root);
}

/* A failure, listed with its kind and a reason; mended; and failing in another way. */
static void a_known_failure_is_known_in_its_kind(void **state)
{
	json_t *root = copy_run();

	(void)state;
	tool_must(0,
		  "sed -i '/^case limit.self$/,/^case / s/^\\(.* lookup .*= \\).*/\\1 99/; "
		  "/^case limit.self$/,/^$/ s/^\\([0-9]* lookup.*= \\).*/\\199/' $S/copy/jit.txt");
	json_decref(root);
	root = load("copy");
	for (size_t i = 0; i < json_array_size(json_object_get(root, "cases")); i++) {
		json_t *c = json_array_get(json_object_get(root, "cases"), i);

		if (strcmp(name_of(c), "limit.self") == 0)
			json_object_set_new(json_object_get(json_object_get(c, "engines"), "jit"),
					    "verdict", json_string("diverges"));
	}
	store(root, "copy");
	json_decref(root);
	tool_must(1, "$T gate --expect $S/base --github $S/copy");
	says("got \"99\"");
	says("::error file=");
	says("title=limit.self::" KERNEL " jit: diverges");
	tool_must(0, "cp $S/base $S/known && $T gate --expect $S/known --update $S/copy");
	tool_must(0, "$T gate --expect $S/known $S/copy");
	says("1 listed failure is without a reason");
	says("1 known failures: all as in");
	tool_must(1, "$T gate --expect $S/known --need-reasons $S/copy");
	tool_must(0, "sed -i '/99/s,$,  # mended soon: https://x/1,' $S/known && $T gate --expect "
		     "$S/known --need-reasons $S/copy");
	/* Mended, so the line must go. */
	tool_must(1, "$T gate --expect $S/known $S/run");
	says("limit.self\n");
	says("conforms; expected by line");
	/* In another way */
	tool_must(0, "sed -i 's/= 99$/= 98/' $S/copy/jit.txt");
	tool_must(1, "$T gate --expect $S/known $S/copy");
	says("got \"98\"");
	/* The reason stays with what is another failure now. */
	tool_must(0, "$T gate --expect $S/known --update $S/copy && grep -q 98.*https $S/known");
	tool_must(0, "$T gate --expect $S/known --update $S/run && cmp $S/base $S/known");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_run_passes),
		cmocka_unit_test(each_flipped_verdict_fails),
		cmocka_unit_test(each_removed_case_fails),
		cmocka_unit_test(each_added_case_fails),
		cmocka_unit_test(what_is_no_run_does_not_pass),
		cmocka_unit_test(updates_are_of_whole_runs),
		cmocka_unit_test(a_known_failure_is_known_in_its_kind),
	};

	return cmocka_run_group_tests(tests, set_up, tool_tear_down) ? 1 : 0;
}
