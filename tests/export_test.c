// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What CI systems read, read by programs that are not ours: xmllint, Debian's junitparser, tap.py
 * and jsonschema. Of a run that never was, with something of everything, in a folder and through
 * the program as a user runs it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "../harness/report/report_test.h"
#include "tool_test.h"

/* Of the made-up results, what a reader must count on an engine that has them all. */
#define OFFERED 4

static struct made_up made;
static struct counts count;

static int set_up(void **state)
{
	char *folder, why[300];

	if (tool_set_up(state))
		return -1;
	folder = xasprintf("%s/run", scratch);
	make_up(&made);
	free(result_of(&made.r, CASE_LIMIT, HARDENED)->transcript);
	/* What a guest can say to break a document */
	result_of(&made.r, CASE_LIMIT, HARDENED)->transcript = xstrdup(
		"1 map m prog_array = 0\n2 delete m 0 = <&\"']]>\x01\x1b[2J\xff\xfe\xc3\xa9 "
		"ok 1 # SKIP --> ::error::%0A ````` |\n");
	assert_int_equal(mkdir(folder, 0777), 0);
	if (report_files(folder, &made.r, why, sizeof(why)))
		fail_msg("%s", why);
	results_count(&made.r, MAX_ENGINES, 0, N_MADE_UP, &count);
	free(folder);
	return 0;
}

static int tear_down(void **state)
{
	release_made_up(&made);
	return tool_tear_down(state);
}

static void junit_is_read(void **state)
{
	(void)state;
	tool_must(0, "$T export --junit $S/junit.xml $S/run");
	tool_must(0, "xmllint --noout --schema $ROOT/docs/junit.xsd $S/junit.xml");
	says("validates");
	/* The reader's counts, and those that the suites claim. Five checks of the run: the suite,
	 * the log and the probes are bad, and results are missing. */
	tool_must(0, "/usr/bin/python3 -c 'import sys, junitparser as j\n"
		     "x = j.JUnitXml.fromfile(sys.argv[1])\n"
		     "kinds = dict(Failure=0, Error=0, Skipped=0)\n"
		     "for s in x:\n"
		     "  n = dict(Failure=0, Error=0, Skipped=0)\n"
		     "  for c in s:\n"
		     "    for r in c.result: n[type(r).__name__] += 1\n"
		     "  assert (len(list(s)), n[\"Failure\"], n[\"Error\"], n[\"Skipped\"]) == "
		     "(s.tests, "
		     "s.failures, s.errors, s.skipped), s.name\n"
		     "  for k in n: kinds[k] += n[k]\n"
		     "print(len(list(x)), sum(len(list(s)) for s in x), kinds)' $S/junit.xml");
	{
		char *want =
			xasprintf("%d %zu {'Failure': %zu, 'Error': %zu, 'Skipped': %zu}",
				  OFFERED + 2, count.total + 1 + 5, count.by[VERDICT_DIVERGES] + 4,
				  count.by[VERDICT_CRASHED] + count.by[VERDICT_TIMED_OUT] +
					  count.by[VERDICT_INFRA] + count.by[VERDICT_NONE],
				  count.by[VERDICT_UNSUPPORTED] + 1);

		says(want);
		free(want);
	}
}

static void ktap_is_read(void **state)
{
	char *want;

	(void)state;
	tool_must(0, "$T export --ktap $S/run.ktap $S/run");
	/* The subtests are indented by two blanks: a document each, to a reader of TAP. */
	tool_must(
		0,
		"/usr/bin/python3 -c 'import sys, re, tap.parser as t\n"
		"def read(text):\n"
		"  tests = [l for l in t.Parser().parse_text(text) if l.category == \"test\"]\n"
		"  plan = [l for l in t.Parser().parse_text(text) if l.category == \"plan\"]\n"
		"  assert len(plan) == 1 and plan[0].expected_tests == len(tests), text\n"
		"  assert [x.number for x in tests] == list(range(1, len(tests) + 1))\n"
		"  return tests\n"
		"all = open(sys.argv[1]).read()\n"
		"top = read(re.sub(r\"(?m)^  .*\\n\", \"\", all))\n"
		"subs = re.findall(r\"(?m)^  KTAP version 1\\n(?:  .*\\n)*\", all)\n"
		"inner = [x for s in subs for x in read(re.sub(r\"(?m)^  \", \"\", s))]\n"
		"print(len(top), sum(not x.ok for x in top), sum(x.skip for x in top), len(inner), "
		"sum(not x.ok for x in inner), sum(x.skip for x in inner))' $S/run.ktap");
	want = xasprintf("%d %d 1 %zu %zu %zu\n", OFFERED + 1, 3, count.total,
			 count.total - count.by[VERDICT_CONFORMS] - count.by[VERDICT_QUIRK] -
				 count.by[VERDICT_UNSUPPORTED],
			 count.by[VERDICT_UNSUPPORTED]);
	says(want);
	free(want);
}

static void json_fits_its_schemas(void **state)
{
	(void)state;
	tool_must(0, "$T export --kcidb $S/kcidb.json --origin some_ci $S/run");
	tool_must(0, "/usr/bin/python3 -W ignore -m jsonschema -i $S/kcidb.json "
		     "$ROOT/tests/kcidb.schema.json");
	tool_must(0, "/usr/bin/python3 -W ignore -m jsonschema -i $S/run/summary.json "
		     "$ROOT/docs/summary.schema.json");
	tool_must(0, "$T report $S/run");
	tool_must(0, "/usr/bin/python3 -W ignore -m jsonschema -i $S/run/report.json "
		     "$ROOT/docs/report.schema.json");
	/* A validator that lets everything pass would show nothing. */
	tool_must(1,
		  "sed 's/\"verdict\": \"crashed\"/\"verdict\": \"broken\"/' $S/run/summary.json "
		  ">$S/bad.json; /usr/bin/python3 -W ignore -m jsonschema -i $S/bad.json "
		  "$ROOT/docs/summary.schema.json");
	tool_must(1, "sed 's/\"MISS\"/\"LOST\"/' $S/kcidb.json >$S/bad.json; /usr/bin/python3 -W "
		     "ignore -m "
		     "jsonschema -i $S/bad.json $ROOT/tests/kcidb.schema.json");
}

static void kcidb_keeps_trouble_apart(void **state)
{
	char *want;

	(void)state;
	tool_must(0,
		  "/usr/bin/python3 -c 'import json, sys, collections\n"
		  "d = json.load(open(sys.argv[1]))\n"
		  "assert len({t[\"id\"] for t in d[\"tests\"]}) == len(d[\"tests\"])\n"
		  "assert {t[\"build_id\"] for t in d[\"tests\"]} == {b[\"id\"] for b in "
		  "d[\"builds\"]}\n"
		  "n = collections.Counter(t[\"status\"] for t in d[\"tests\"] if \".run.\" not in "
		  "t[\"path\"])\n"
		  "print(n[\"PASS\"], n[\"FAIL\"], n[\"SKIP\"], n[\"MISS\"])\n"
		  "print(*(t[\"status\"] for t in d[\"tests\"] if \".run.\" in t[\"path\"]))' "
		  "$S/kcidb.json");
	want = xasprintf("%zu %zu %zu %zu\nMISS ERROR FAIL FAIL PASS\n",
			 count.by[VERDICT_CONFORMS] + count.by[VERDICT_QUIRK],
			 count.by[VERDICT_DIVERGES] + count.by[VERDICT_CRASHED] +
				 count.by[VERDICT_TIMED_OUT],
			 count.by[VERDICT_UNSUPPORTED],
			 count.by[VERDICT_INFRA] + count.by[VERDICT_NONE]);
	says(want);
	free(want);
}

/* A line each, and no guest can begin one of its own. */
static void annotations_stay_theirs(void **state)
{
	size_t lines = 0, bad = count.total - count.by[VERDICT_CONFORMS] - count.by[VERDICT_QUIRK] -
				count.by[VERDICT_UNSUPPORTED];

	(void)state;
	tool_must(0, "$T export --github $S/run");
	for (const char *s = tool_says; *s; s = strchr(s, '\n') + 1, lines++)
		assert_int_equal(strncmp(s, "::error title=", 14), 0);
	assert_int_equal(lines, bad + 4);
	says("::error title=pin.crash on ");
	says("%2");
}

static void markdown_is_a_table(void **state)
{
	(void)state;
	tool_must(0, "$T export --markdown - $S/run $S/run");
	says("| kernel | engine |");
	says("<summary>crashed: pin.crash on ");
	/* Every row of the table has as many cells as its head. */
	tool_must(0,
		  "$T export --markdown - $S/run | awk -F'|' '/^\\|/ { if (NF != 11) exit 1; n++ } "
		  "END { exit n != 7 }'");
}

static void no_run_is_no_document(void **state)
{
	(void)state;
	tool_must(2, "$T export --junit - $S/nothing");
	tool_must(2, "$T export $S/run");
	tool_must(2, "$T export --kcidb - --origin 'A B' $S/run");
	tool_must(5, "$T export --junit $S/no/folder $S/run");
	tool_must(5, "$T export --junit /dev/full $S/run");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(junit_is_read),
		cmocka_unit_test(ktap_is_read),
		cmocka_unit_test(json_fits_its_schemas),
		cmocka_unit_test(kcidb_keeps_trouble_apart),
		cmocka_unit_test(annotations_stay_theirs),
		cmocka_unit_test(markdown_is_a_table),
		cmocka_unit_test(no_run_is_no_document),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down) ? 1 : 0;
}
