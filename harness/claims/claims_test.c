// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The files cases/claims and cases/areas, and which claims cases may name. */
#include "claims.h"

#include "../case/case_test.h"
#include "areas.h"

#define FILE_HEAD "source doc a page\nsource man bpf(2)\ntopic t The topic\n"

static const struct wrong wrong_claims[] = {
	{ "", 0, 0, "there is no claim" },
	{ "# nothing\n\n", 0, 0, "there is no claim" },
	{ FILE_HEAD, 0, 0, "there is no claim" },
	{ "sauce doc a page\n", 1, 1, "source, topic, claim, rule or untestable" },
	{ "  claim t.a doc = x\n", 1, 9, "a topic line comes before" },
	{ "source doc\n", 1, 11, "the text is missing" },
	{ "source\n", 1, 7, "a name of letters" },
	{ "source a.b x\n", 1, 8, "a name of letters" },
	{ "source doc a\nsource doc b\n", 2, 8, "is there already" },
	{ "topic t a\ntopic t b\n", 2, 7, "is there already" },
	{ FILE_HEAD "claim\n", 4, 6, "a claim's id is a name" },
	{ FILE_HEAD "claim t..a doc = x\n", 4, 7, "a claim's id is a name" },
	{ FILE_HEAD "claim u.a doc = x\n", 4, 7, "under the topic t" },
	{ FILE_HEAD "claim tt.a doc = x\n", 4, 7, "under the topic t" },
	{ FILE_HEAD "claim t.a doc = x\nrule t.a doc = y\n", 5, 6, "t.a is on line 4 already" },
	{ FILE_HEAD "claim t.a\n", 4, 10, "where the claim is made" },
	{ FILE_HEAD "claim t.a = x\n", 4, 11, "where the claim is made" },
	{ FILE_HEAD "claim t.a page:1 = x\n", 4, 11, "no source line" },
	{ FILE_HEAD "claim t.a doc man:x do = x\n", 4, 21, "no source line" },
	{ FILE_HEAD "claim t.a doc\n", 4, 14, "what it says is missing" },
	{ FILE_HEAD "claim t.a doc =\n", 4, 16, "what it says is missing" },
	{ FILE_HEAD "claim t.a doc =   \n", 4, 16, "what it says is missing" },
	{ FILE_HEAD "untestable t.a doc = x\n", 4, 23, "why it is untestable" },
	{ FILE_HEAD "untestable t.a doc = x | \n", 4, 25, "why it is untestable" },
};

static void claims_that_are_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_claims); i++) {
		const struct wrong *w = &wrong_claims[i];
		struct claims c;
		struct diag d;

		if (claims_parse(&c, w->text, strlen(w->text), "test", &d) == 0)
			fail_msg("this should have been refused:\n%s", w->text);
		if (d.line != w->line || d.column != w->column || !strstr(d.message, w->message))
			fail_msg("%s\ngave %u:%u: %s\nand not %u:%u: %s", w->text, d.line, d.column,
				 d.message, w->line, w->column, w->message);
	}
}

static struct claims must_parse_claims(const char *text)
{
	struct claims c;
	struct diag d;

	if (claims_parse(&c, text, strlen(text), "claims", &d)) {
		diag_print(stderr, &d);
		fail();
	}
	return c;
}

static void everything_is_kept(void **state)
{
	struct claims c = must_parse_claims(
		"# comment\n" FILE_HEAD "\nclaim t.a doc:Usage man = What it says: a = b | c.  \n"
		"topic u The other\r\nrule u man: = x\n"
		"untestable u.b doc:x:y = It | is. | Too slow.\n");

	(void)state;
	assert_int_equal(c.n_sources, 2);
	assert_string_equal(c.sources[1].text, "bpf(2)");
	assert_int_equal(c.n_topics, 2);
	assert_string_equal(c.topics[1].title, "The other");
	assert_int_equal(c.n_claims, 3);
	assert_int_equal(c.claims[0].kind, CLAIM_DOCUMENTED);
	assert_int_equal(c.claims[0].line, 6);
	assert_int_equal(c.claims[0].n_places, 2);
	assert_string_equal(c.claims[0].places[0].section, "Usage");
	assert_int_equal(c.claims[0].places[1].source, 1);
	assert_null(c.claims[0].places[1].section);
	assert_string_equal(c.claims[0].text, "What it says: a = b | c.");
	assert_null(c.claims[0].reason);
	assert_int_equal(c.claims[1].kind, CLAIM_RULE);
	assert_int_equal(c.claims[1].topic, 1);
	assert_null(c.claims[1].places[0].section);
	assert_int_equal(c.claims[2].kind, CLAIM_UNTESTABLE);
	assert_string_equal(c.claims[2].places[0].section, "x:y");
	assert_string_equal(c.claims[2].text, "It");
	assert_string_equal(c.claims[2].reason, "is. | Too slow.");
	assert_ptr_equal(claims_find(&c, "u"), &c.claims[1]);
	assert_null(claims_find(&c, "u.c"));
	assert_null(claims_find(&c, ""));
	claims_release(&c);
}

/* Nothing that is not text, or is text cut anywhere, may be more than refused. */
static void junk(void **state)
{
	static const char good[] = FILE_HEAD "claim t.a doc:Usage man = What.\n"
					     "untestable t.b doc = It. | Slow.\n";
	struct claims c;
	struct diag d;
	char text[sizeof(good)];

	(void)state;
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		/* On its own, so that reading behind the end shows. */
		char *copy = xstrndup(good, cut);

		if (claims_parse(&c, copy, cut, "test", &d) == 0)
			claims_release(&c);
		free(copy);
	}
	for (size_t i = 0; i + 1 < sizeof(good); i++)
		for (size_t b = 0; b < 5; b++) {
			memcpy(text, good, sizeof(good));
			text[i] = "\0\n:=\xff"[b];
			if (claims_parse(&c, text, sizeof(good) - 1, "test", &d) == 0)
				claims_release(&c);
		}
	assert_int_equal(claims_parse(&c, "a\0b\n", 4, "test", &d), -1);
	assert_non_null(strstr(d.message, "NUL"));
	assert_int_equal(claims_read(&c, "/nowhere/claims", &d), -1);
	assert_int_equal(claims_read(&c, "/", &d), -1);
}

static struct suite suite_of(struct case_file *f, const struct test_case **cases)
{
	struct suite s = { .cases = cases, .n_cases = f->n_cases };

	for (size_t i = 0; i < f->n_cases; i++)
		cases[i] = &f->cases[i];
	return s;
}

static void claims_of_cases(void **state)
{
	static const struct {
		const char *heads;
		unsigned int line, column; /* 0: it is right */
		const char *message;
	} rows[] = {
		{ "claim t.a\n", 0, 0, NULL },
		{ "claim t.a\ncontradicts t.r\nqualifies t.a\n", 0, 0, NULL },
		{ "claim t.a t.b\n", 3, 11, "claims has no claim t.b" },
		{ "claim t.a\nqualifies  t.x\n", 4, 12, "claims has no claim t.x" },
		{ "contradicts t.u\n", 3, 13, "claims:6 calls this claim untestable" },
	};
	struct claims c = must_parse_claims(FILE_HEAD "claim t.a doc = x\nrule t.r doc = y\n"
						      "untestable t.u doc = x | y\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf(HEAD "%sfreeze fd:1 = 0\n", rows[i].heads);
		struct case_file f = must_parse(text);
		const struct test_case *cases[1];
		struct suite s = suite_of(&f, cases);
		struct diag d = { .line = 0 };
		int ret = claims_check_suite(&c, &s, &d);

		assert_int_equal(ret, rows[i].message ? -1 : 0);
		assert_int_equal(d.line, rows[i].line);
		assert_int_equal(d.column, rows[i].column);
		if (rows[i].message)
			assert_non_null(strstr(d.message, rows[i].message));
		case_file_release(&f);
		free(text);
	}
	claims_release(&c);
}

static void counting_cases(void **state)
{
	struct case_file f =
		must_parse("case a.b\nabout x\nclaim t.a\nfreeze fd:1 = 0\n"
			   "case probe.c\nabout x\nclaim t.a\nfreeze fd:1 = 0\n"
			   "case probes.c\nabout x\nqualifies t.a t.b\nfreeze fd:1 = 0\n");
	const struct test_case *cases[3];
	struct suite s = suite_of(&f, cases);
	struct claim a = { .id = (char *)"t.a" }, none = { .id = (char *)"t" };

	(void)state;
	assert_int_equal(claim_cases(&a, &s), 3);
	claims_drop_probes(&s);
	assert_int_equal(s.n_cases, 2);
	assert_int_equal(claim_cases(&a, &s), 2);
	assert_int_equal(claim_cases(&none, &s), 0);
	assert_int_equal(claim_ref_of(cases[1], "t.a")->relation, CLAIM_QUALIFIES);
	assert_null(claim_ref_of(cases[0], "t.b"));
	case_file_release(&f);
}

static void areas(void **state)
{
	static const struct wrong rows[] = {
		{ "about x\n", 1, 1, "an area line comes first" },
		{ "area a\n", 1, 7, "the title is missing" },
		{ "area a.b x\n", 1, 6, "a name of letters" },
		{ "area a x\narea a y\n", 2, 6, "is there already" },
		{ "area a x\nabout\n", 2, 6, "the text is missing" },
		{ "aera a x\n", 1, 1, "area or about" },
	};
	static const char text[] = "area z Last\narea a First one\nabout One.\nabout Two.\n";
	struct case_file f =
		must_parse(HEAD "freeze fd:1 = 0\ncase new.x\nabout x\nfreeze fd:1 = 0\n"
				"case new.y\nabout x\nfreeze fd:1 = 0\n");
	const struct test_case *cases[3];
	struct suite s = suite_of(&f, cases);
	struct areas a;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(areas_parse(&a, rows[i].text, strlen(rows[i].text), "t", &d), -1);
		if (d.line != rows[i].line || d.column != rows[i].column ||
		    !strstr(d.message, rows[i].message))
			fail_msg("%sgave %u:%u: %s", rows[i].text, d.line, d.column, d.message);
	}
	assert_int_equal(areas_parse(&a, text, sizeof(text) - 1, "t", &d), 0);
	areas_complete(&a, &s);
	assert_int_equal(a.n_areas, 3);
	assert_string_equal(a.areas[1].title, "First one");
	assert_string_equal(a.areas[1].about, "One. Two.");
	assert_string_equal(a.areas[2].title, "new");
	assert_true(area_has(&a.areas[1], cases[0]));
	assert_false(area_has(&a.areas[0], cases[0]));
	assert_true(area_has(&a.areas[2], cases[2]));
	areas_release(&a);
	case_file_release(&f);
}

/* The project's own files: they parse, and every claim that can be tested has a case. */
static void own_files(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/cases/claims", root ? root : ".");
	char *areas_path = xasprintf("%s/cases/areas", root ? root : ".");
	char *cases = xasprintf("%s/cases", root ? root : ".");
	struct suite s = { .n_cases = 0 };
	struct claims c;
	struct areas a;
	struct diag d;

	(void)state;
	if (claims_read(&c, path, &d) || areas_read(&a, areas_path, &d) ||
	    suite_add(&s, cases, &d) || suite_finish(&s, &d) || claims_check_suite(&c, &s, &d)) {
		diag_print(stderr, &d);
		fail();
	}
	claims_drop_probes(&s);
	for (size_t i = 0; i < c.n_claims; i++)
		if (c.claims[i].kind != CLAIM_UNTESTABLE && !claim_cases(&c.claims[i], &s))
			fail_msg("no case names %s", c.claims[i].id);
	suite_release(&s);
	claims_release(&c);
	areas_release(&a);
	free(path);
	free(areas_path);
	free(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_that_are_wrong),
		cmocka_unit_test(everything_is_kept),
		cmocka_unit_test(junk),
		cmocka_unit_test(claims_of_cases),
		cmocka_unit_test(counting_cases),
		cmocka_unit_test(areas),
		cmocka_unit_test(own_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
