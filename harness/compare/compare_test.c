// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Made-up run folders against each other: what is told of them, and what is refused. */
#include "compare.h"

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"
#include "../vm/files.h"

static char folder[] = "/tmp/tailcheck-compare-XXXXXX";
static unsigned int n_runs;

static void put(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	free(path);
}

#define ONE   "case a.one\nabout x\nmap m prog_array\nfreeze m = 0\n"
#define TWO   "case a.two\nabout x\nmap m prog_array\nfreeze m = EPERM\n"
#define NEEDY "case a.needy\nabout x\nneeds !no-path-fd\nmap m prog_array\nfreeze m = 0\n"

/* A run that has engines jit and interp, with the quirks and transcripts given. */
static char *make_run(const char *cases, const char *jit_quirks, const char *jit,
		      const char *interp_quirks, const char *interp)
{
	char *dir = xasprintf("%s/run-%u", folder, n_runs++), *summary;

	assert_int_equal(mkdir(dir, 0700), 0);
	put(dir, "cases.case", cases);
	summary = xasprintf(
		"{\"kernel\":{\"name\":\"k\",\"package\":\"linux 1\",\"release\":\"7\"},"
		"\"engines\":[{\"name\":\"jit\",\"offered\":true,\"quirks\":[%s]}%s%s%s,"
		"{\"name\":\"gone\",\"offered\":false}],\"cases\":[]}",
		jit_quirks, interp ? ",{\"name\":\"interp\",\"offered\":true,\"quirks\":[" : "",
		interp ? interp_quirks : "", interp ? "]}" : "");
	put(dir, "summary.json", summary);
	put(dir, "jit.txt", jit);
	if (interp)
		put(dir, "interp.txt", interp);
	free(summary);
	return dir;
}

static void put_probes(const char *dir, const char *engine, const char *text)
{
	char *probes = xasprintf("%s/probes", dir), *name = xasprintf("%s.txt", engine);

	mkdir(probes, 0700);
	put(probes, name, text);
	free(probes);
	free(name);
}

#define BLOCK(name, verdict, seen) \
	"case " name "\nverdict " verdict "\n1 map m prog_array = 0\n2 freeze m = " seen "\n\n"
#define PROBE(quirk, seen)                                                                        \
	"case probe." quirk "\nverdict conforms\n1 map m prog_array = 0\n2 freeze m = " seen "\n" \
	"\n"
#define COUNTS	"\"empty-slot-counts\""
#define PATH_FD "\"no-path-fd\""

struct two {
	struct compare_side a, b;
	struct comparison c;
};

static void open_two(struct two *t, char *a, const char *a_engine, char *b, const char *b_engine)
{
	char why[600] = "";

	if (compare_open(&t->a, a, a_engine, why, sizeof(why)) ||
	    compare_open(&t->b, b, b_engine, why, sizeof(why)))
		fail_msg("%s", why);
	compare_tell_apart(&t->a, &t->b);
	if (compare(&t->c, &t->a, &t->b, why, sizeof(why)))
		fail_msg("%s", why);
	free(a);
	free(b);
}

static void close_two(struct two *t)
{
	comparison_release(&t->c);
	compare_close(&t->a);
	compare_close(&t->b);
}

/* Nothing that is printed is wider than a terminal, and all forms can be printed. */
static char *in_form(const struct comparison *c, char form)
{
	char *text = NULL;
	size_t len, width = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	if (form == 't')
		compare_terminal(out, c, false);
	else if (form == 'a')
		compare_terminal(out, c, true);
	else if (form == 'm')
		compare_markdown(out, c, false);
	else
		compare_json(out, c);
	fclose(out);
	for (const char *s = text; *s && (form == 't' || form == 'a'); s++) {
		width = *s == '\n' ? 0 : width + 1;
		assert_true(width <= 80);
	}
	return text;
}

static void says(const struct comparison *c, char form, const char *what)
{
	char *text = in_form(c, form);

	if (!strstr(text, what))
		fail_msg("it does not say \"%s\":\n%s", what, text);
	free(text);
}

static void equal_runs(void **state)
{
	static const char blocks[] =
		BLOCK("a.one", "conforms", "0") BLOCK("a.two", "conforms", "E");
	struct two t;

	(void)state;
	open_two(&t, make_run(ONE TWO, COUNTS, blocks, "", blocks), NULL,
		 make_run(ONE TWO, COUNTS, blocks, "", blocks), NULL);
	assert_true(comparison_agrees(&t.c));
	assert_int_equal(t.c.n_compared, 2);
	assert_int_equal(t.c.n_pairs, 2);
	/* Both are of kernel k. */
	assert_string_not_equal(t.a.label, t.b.label);
	says(&t.c, 't', "2 cases on jit, interp compared: 0 changed");
	close_two(&t);
}

static void quirks_and_their_cases(void **state)
{
	char *a, *b;
	struct two t;

	(void)state;
	a = make_run(
		ONE TWO, COUNTS,
		BLOCK("a.one", "quirk: empty-slot-counts", "7") BLOCK("a.two", "conforms", "E"),
		COUNTS,
		BLOCK("a.one", "quirk: empty-slot-counts", "7") BLOCK("a.two", "conforms", "E"));
	b = make_run(ONE TWO, "", BLOCK("a.one", "conforms", "0") BLOCK("a.two", "conforms", "E"),
		     PATH_FD,
		     BLOCK("a.one", "conforms", "0") BLOCK("a.two", "quirk: no-path-fd", "0"));
	put_probes(a, "jit", PROBE("empty-slot-counts", "1"));
	put_probes(b, "jit", PROBE("empty-slot-counts", "2"));
	put_probes(a, "interp", PROBE("empty-slot-counts", "1") PROBE("no-path-fd", "5"));
	put_probes(b, "interp", PROBE("empty-slot-counts", "2") PROBE("no-path-fd", "5"));
	open_two(&t, a, NULL, b, NULL);
	assert_false(comparison_agrees(&t.c));
	/* The same on both engines is told once. */
	assert_int_equal(t.c.n_quirks, 2);
	assert_int_equal(t.c.quirks[0].quirk, QUIRK_EMPTY_SLOT_COUNTS);
	assert_true(t.c.quirks[0].gone);
	assert_int_equal(t.c.quirks[0].pairs, 3);
	assert_int_equal(t.c.quirks[0].n_probes, 1);
	assert_int_equal(t.c.quirks[0].probes[0].pairs, 3);
	assert_string_equal(t.c.quirks[0].probes[0].seen[BEFORE], "1");
	assert_string_equal(t.c.quirks[0].probes[0].seen[AFTER], "2");
	assert_false(t.c.quirks[1].gone);
	assert_int_equal(t.c.quirks[1].pairs, 2);
	assert_true(t.c.quirks[1].hidden);
	assert_int_equal(t.c.n_changes, 2);
	assert_int_equal(t.c.changes[0].pairs, 3);
	assert_int_equal(t.c.changes[0].quirks, QUIRK(EMPTY_SLOT_COUNTS));
	assert_int_equal(t.c.changes[0].step, 2);
	assert_int_equal(t.c.changes[1].quirks, QUIRK(NO_PATH_FD));
	assert_int_equal(comparison_changed(&t.c, false), 2);
	assert_int_equal(comparison_changed(&t.c, true), 0);
	says(&t.c, 't', "a.one, step 2, freeze m: 7 -> 0\n");
	says(&t.c, 't', "empty-slot-counts on jit, interp\n");
	says(&t.c, 't', "run-");
	says(&t.c, 'm', "| `a.one` | jit, interp | 2 `freeze m` | `7` | `0` |\n");
	says(&t.c, 't', "it gave the same on both, beside another quirk");
	close_two(&t);
}

/* A difference that is not the doing of a quirk that came or went stands alone. */
static void without_a_quirk(void **state)
{
	struct two t;

	(void)state;
	open_two(&t,
		 make_run(ONE TWO NEEDY, COUNTS "," PATH_FD,
			  BLOCK("a.one", "conforms", "0") BLOCK(
				  "a.two", "quirk: no-path-fd",
				  "1") "case a.needy\nverdict unsupported\nneeds !no-path-fd\n\n",
			  "", NULL),
		 NULL,
		 make_run(ONE TWO NEEDY, COUNTS,
			  "case a.one\nverdict crashed\nBUG: at 0x12 `|\n\n" BLOCK(
				  "a.two", "diverges", "E|`") BLOCK("a.needy", "conforms", "0"),
			  "", NULL),
		 NULL);
	assert_int_equal(comparison_changed(&t.c, true), 2);
	assert_int_equal(comparison_changed(&t.c, false), 3);
	says(&t.c, 't', "a.one (jit): conforms -> crashed: BUG: at 0x12");
	says(&t.c, 't', "a.needy: unsupported: needs !no-path-fd -> conforms");
	says(&t.c, 'm', "`crashed: BUG: at 0x12 '\\|` |");
	close_two(&t);
}

/* Crashes are told in words with addresses; comments count as little. */
static void what_is_no_change(void **state)
{
	struct two t;

	(void)state;
	open_two(&t,
		 make_run(ONE TWO, "",
			  "case a.one\nverdict crashed\nBUG: at 0x12\n\n"
			  "case a.two\nverdict conforms\n# 3 times\n1 freeze m = 0\n\n",
			  "", NULL),
		 NULL,
		 make_run(ONE TWO, "",
			  "case a.one\nverdict crashed\nBUG: at 0x34\n\n"
			  "case a.two\nverdict conforms\n# 5 times\n1 freeze m = 0\n\n",
			  "", NULL),
		 NULL);
	assert_true(comparison_agrees(&t.c));
	close_two(&t);
}

/* It conforms on the one and should not on the other: the same answer, another verdict. */
static void same_answer_other_verdict(void **state)
{
	struct two t;

	(void)state;
	open_two(&t, make_run(ONE, "", BLOCK("a.one", "conforms", "0"), "", NULL), NULL,
		 make_run(ONE, COUNTS, BLOCK("a.one", "diverges", "0"), "", NULL), NULL);
	assert_int_equal(comparison_changed(&t.c, true), 1);
	says(&t.c, 't', "a.one (jit): conforms -> diverges");
	close_two(&t);
}

static void cases_that_come_and_go(void **state)
{
	struct two t;

	(void)state;
	open_two(&t,
		 make_run(ONE TWO, "",
			  BLOCK("a.one", "conforms", "0") BLOCK("a.two", "conforms", "E"), "",
			  BLOCK("a.one", "conforms", "0") BLOCK("a.two", "conforms", "E")),
		 NULL,
		 make_run("case a.one\nabout x\nmap m prog_array\nfreeze m = EPERM\n" NEEDY, "",
			  BLOCK("a.one", "conforms", "E") BLOCK("a.needy", "conforms", "0"), "",
			  NULL),
		 NULL);
	assert_int_equal(t.c.n_compared, 0);
	assert_int_equal(t.c.n_changes, 0);
	assert_int_equal(t.c.rewritten.n, 1);
	assert_string_equal(t.c.only[BEFORE].names[0], "a.two");
	assert_string_equal(t.c.only[AFTER].names[0], "a.needy");
	assert_string_equal(t.c.engines[BEFORE].names[0], "interp");
	assert_int_equal(t.c.engines[AFTER].n, 0);
	/* The engine that is gone is a difference; cases are none. */
	assert_false(comparison_agrees(&t.c));
	t.c.engines[BEFORE].n = 0;
	assert_true(comparison_agrees(&t.c));
	t.c.engines[BEFORE].n = 1;
	says(&t.c, 't', "engine interp: only in ");
	says(&t.c, 't', "1 case only in ");
	says(&t.c, 'a', "        a.needy\n");
	says(&t.c, 'm', "- engine `interp`, which only ");
	close_two(&t);
}

static void two_engines_of_one_run(void **state)
{
	char *dir = make_run(ONE, COUNTS, BLOCK("a.one", "quirk: empty-slot-counts", "7"), "",
			     BLOCK("a.one", "conforms", "0"));
	struct two t;

	(void)state;
	open_two(&t, xasprintf("%s/jit.txt", dir), NULL, dir, "interp");
	assert_int_equal(t.c.n_pairs, 1);
	assert_string_equal(t.c.pairs[0].name, "jit and interp");
	assert_string_equal(t.a.label, "k:jit");
	assert_int_equal(t.c.n_quirks, 1);
	says(&t.c, 't', "what it gave is not in these files");
	close_two(&t);
}

/* Files that lie anywhere: their verdicts name the quirks; steps tell one test from another. */
static void bare_files(void **state)
{
	struct two t;

	(void)state;
	put(folder, "x.txt",
	    BLOCK("a.one", "quirk: empty-slot-counts", "7") BLOCK("a.two", "conforms", "E"));
	put(folder, "y.txt",
	    BLOCK("a.one", "conforms", "0") "case a.two\nverdict conforms\n1 freeze x = 0\n\n");
	open_two(&t, xasprintf("%s/x.txt", folder), NULL, xasprintf("%s/y.txt", folder), NULL);
	assert_int_equal(t.c.n_quirks, 1);
	assert_int_equal(t.c.n_changes, 1);
	assert_int_equal(t.c.rewritten.n, 1);
	says(&t.c, 't', "a file of transcripts; quirks are those");
	says(&t.c, 'm', "a file of transcripts");
	close_two(&t);
}

static void as_json(void **state)
{
	struct two t;
	json_t *root, *quirk, *one;
	char *text;

	(void)state;
	open_two(&t,
		 make_run(ONE TWO, COUNTS,
			  BLOCK("a.one", "quirk: empty-slot-counts", "7\xff")
				  BLOCK("a.two", "conforms", "E"),
			  "", NULL),
		 NULL, make_run(ONE, "", BLOCK("a.one", "conforms", "0"), "", NULL), NULL);
	text = in_form(&t.c, 'j');
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_true(json_is_false(json_object_get(root, "agrees")));
	assert_int_equal(json_integer_value(json_object_get(root, "compared")), 1);
	quirk = json_array_get(json_object_get(root, "quirks"), 0);
	assert_string_equal(json_string_value(json_object_get(quirk, "name")), "empty-slot-counts");
	assert_string_equal(json_string_value(json_object_get(quirk, "change")), "gone");
	one = json_array_get(json_object_get(root, "cases"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "before")), "7?");
	assert_string_equal(json_string_value(json_object_get(one, "verdict_before")), "quirk");
	assert_string_equal(
		json_string_value(json_array_get(
			json_object_get(json_object_get(root, "only_before"), "cases"), 0)),
		"a.two");
	json_decref(root);
	free(text);
	close_two(&t);
}

static void refused(const char *a, const char *engine, const char *message)
{
	struct compare_side s;
	char why[600] = "";

	assert_int_equal(compare_open(&s, a, engine, why, sizeof(why)), -1);
	if (!strstr(why, message))
		fail_msg("not \"%s\" but %s", message, why);
}

static void refused_beside(char *a, char *b, const char *message)
{
	struct comparison c;
	struct compare_side x, y;
	char why[600] = "";

	assert_int_equal(compare_open(&x, a, NULL, why, sizeof(why)), 0);
	assert_int_equal(compare_open(&y, b, NULL, why, sizeof(why)), 0);
	assert_int_equal(compare(&c, &x, &y, why, sizeof(why)), -1);
	if (!strstr(why, message))
		fail_msg("not \"%s\" but %s", message, why);
	comparison_release(&c);
	compare_close(&x);
	compare_close(&y);
	free(a);
	free(b);
}

static void broken_folders(void **state)
{
	static const char blocks[] = BLOCK("a.one", "conforms", "0");
	char *good = make_run(ONE, "", blocks, "", NULL), *bad, *file;

	(void)state;
	refused("/nowhere", NULL, "/nowhere: No such file");
	refused(folder, NULL, "summary.json");
	refused(good, "interp", "has no engine interp");
	file = xasprintf("%s/jit.txt", good);
	refused(file, "jit", "do not name one");
	free(file);
	file = xasprintf("%s/cases.case", good);
	refused(file, NULL, "has no engine cases.case");
	free(file);

	bad = make_run(ONE, "", blocks, "", NULL);
	put(bad, "summary.json", "{\"kernel\":{\"name\":\"k\"");
	refused(bad, NULL, "summary.json");
	put(bad, "summary.json", "[1, 2]");
	refused(bad, NULL, "not the summary of a run");
	free(bad);

	bad = make_run("case a.one\nabout x\nmap m prog_arr", "", blocks, "", NULL);
	refused(bad, NULL, "cases.case:3");
	free(bad);

	/* Cut within a block, behind one, and away. */
	refused_beside(make_run(ONE, "", "case a.one\nverdict conforms\n1 map m", "", NULL),
		       xstrdup(good), "jit.txt: is cut short");
	refused_beside(make_run(ONE TWO, "", blocks, "", NULL), xstrdup(good),
		       "is cut short: the run had a case a.two");
	bad = make_run(ONE, "", blocks, "", NULL);
	file = xasprintf("%s/jit.txt", bad);
	unlink(file);
	free(file);
	refused_beside(bad, xstrdup(good), "jit.txt: No such file");
	/* Nothing to hold against anything. */
	bad = make_run(ONE, "", blocks, "", blocks);
	refused_beside(xasprintf("%s/interp.txt", bad), xstrdup(good), "no engine in common");
	free(bad);
	free(good);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	files_remove_tree(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_runs),
		cmocka_unit_test(quirks_and_their_cases),
		cmocka_unit_test(without_a_quirk),
		cmocka_unit_test(what_is_no_change),
		cmocka_unit_test(same_answer_other_verdict),
		cmocka_unit_test(cases_that_come_and_go),
		cmocka_unit_test(two_engines_of_one_run),
		cmocka_unit_test(bare_files),
		cmocka_unit_test(as_json),
		cmocka_unit_test(broken_folders),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
