// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The library's face, on the reference and on engines that lack things. */
#include "tailcheck.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/engine.h"

static const char right[] = "case some.right\nabout  x\nlevel should\n\n"
			    "map m prog_array entries=2\nlookup m 0 = ENOENT\n";
static const char wrong[] = "case some.wrong\nabout  x\n\n"
			    "map m prog_array entries=2\nlookup m 0 = EPERM\n";
static const char jit_only[] = "case needs.jit\nabout  x\nneeds  jit\n\nmap m array\n";
static const char odd[] = "case odd.btf\nabout  x\n\nmap m array btf=fd:closed btf-key=1 = EBADF\n";

static struct tailcheck_suite *parse(const char *text)
{
	char why[512];
	struct tailcheck_suite *s =
		tailcheck_suite_parse(text, strlen(text), "text", why, sizeof(why));

	if (!s)
		fail_msg("%s", why);
	return s;
}

/* Run the first case of @text: the verdict, and what @why begins with (NULL: there is none). */
static void must_run(const char *text, struct engine *e, enum tailcheck_verdict verdict,
		     size_t step, const char *why)
{
	struct tailcheck_suite *s = parse(text);
	struct tailcheck_result r;

	tailcheck_run(tailcheck_suite_case(s, 0), e, &r);
	assert_int_equal(r.verdict, verdict);
	assert_int_equal(r.step, step);
	assert_non_null(r.transcript);
	if (why)
		assert_string_equal(r.why, why);
	else
		assert_null(r.why);
	tailcheck_result_release(&r);
	tailcheck_suite_free(s);
}

static void verdicts_on_the_reference(void **state)
{
	static struct engine *(*const make[])(void) = { tailcheck_reference_interp,
							tailcheck_reference_jit };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct engine *e = make[i]();

		must_run(right, e, TAILCHECK_CONFORMS, 0, NULL);
		must_run(wrong, e, TAILCHECK_DIVERGES, 2, "lookup m 0: expected EPERM, got ENOENT");
		must_run(jit_only, e, TAILCHECK_UNSUPPORTED, 0, "the case says needs jit");
		must_run(right, e, TAILCHECK_CONFORMS, 0, NULL);
		e->ops->destroy(e);
	}
}

static int fine(struct engine *e)
{
	(void)e;
	return 0;
}

static int no_map(struct engine *e, const struct engine_map_create *attr)
{
	(void)attr;
	snprintf(e->why, sizeof(e->why), "on fire");
	return ENGINE_FAULT;
}

static void engines_that_lack_things(void **state)
{
	static const struct engine_ops bare = { .reset = fine }, empty = { 0 },
				       burning = { .reset = fine, .map_create = no_map };
	struct engine e = { .ops = &bare, .name = "mine" };

	(void)state;
	must_run(right, &e, TAILCHECK_UNSUPPORTED, 1, "the engine has no such operation");
	must_run(odd, &e, TAILCHECK_UNSUPPORTED, 1, "the engine has no such operation");
	e.ops = &empty;
	must_run(right, &e, TAILCHECK_FAULT, 0, "the engine has no reset");
	e.ops = &burning;
	must_run(right, &e, TAILCHECK_FAULT, 1, "on fire");
}

static void suites(void **state)
{
	static const char text[] = "case b.two\nabout  x\n\nmap m array\n\n"
				   "case a.one\nabout  x\nlevel may\n\nmap m array\n";
	struct tailcheck_suite *s = parse(text);
	const struct tailcheck_case *c = tailcheck_suite_case(s, 0);

	(void)state;
	assert_int_equal(tailcheck_suite_size(s), 2);
	assert_string_equal(tailcheck_case_name(c), "a.one");
	assert_string_equal(tailcheck_case_file(c), "text");
	assert_int_equal(tailcheck_case_line(c), 6);
	assert_int_equal(tailcheck_case_level(c), TAILCHECK_MAY);
	assert_int_equal(tailcheck_case_level(tailcheck_suite_case(s, 1)), TAILCHECK_MUST);
	assert_true(tailcheck_case_matches(c, "a") && tailcheck_case_matches(c, "*.one"));
	assert_false(tailcheck_case_matches(c, "b"));
	assert_null(tailcheck_suite_case(s, 2));
	assert_ptr_equal(tailcheck_suite_find(s, "b.two"), tailcheck_suite_case(s, 1));
	assert_null(tailcheck_suite_find(s, "b"));
	tailcheck_suite_free(s);
	tailcheck_suite_free(NULL);
}

static void what_is_wrong_is_told(void **state)
{
	static const char twice[] = "case a.b\nabout  x\n\nmap m array\n\n"
				    "case a.b\nabout  x\n\nmap m array\n";
	static const char junk[] = "case a.b\nabout  x\n\nmop m array\n";
	const char *paths[] = { "/nowhere/at/all" };
	char why[200], little[8];

	(void)state;
	assert_null(tailcheck_suite_read(paths, 1, why, sizeof(why)));
	assert_non_null(strstr(why, "/nowhere/at/all"));
	assert_null(tailcheck_suite_parse(twice, strlen(twice), "text", why, sizeof(why)));
	assert_non_null(strstr(why, "text:6:"));
	assert_null(tailcheck_suite_parse(junk, strlen(junk), "text", why, sizeof(why)));
	assert_non_null(strstr(why, "text:4:1: error:"));
	assert_null(tailcheck_suite_parse(junk, strlen(junk), "text", little, sizeof(little)));
	assert_string_equal(little, "text:4:");
	assert_null(tailcheck_suite_parse(junk, strlen(junk), "text", NULL, 0));
}

static void transcripts(void **state)
{
	struct engine *e = tailcheck_reference_interp();
	struct tailcheck_suite *s = parse(right);
	const struct tailcheck_case *c = tailcheck_suite_case(s, 0);
	char *expected = tailcheck_expected(c);
	struct tailcheck_result r;

	(void)state;
	tailcheck_run(c, e, &r);
	assert_string_equal(expected, "1 map m prog_array entries=2 = 0\n2 lookup m 0 = ENOENT\n");
	assert_true(tailcheck_same(expected, r.transcript));
	assert_true(tailcheck_same("1 x = 0\n# a note\n", "1 x = 0\n"));
	assert_false(tailcheck_same("1 x = 0\n", "1 x = 1\n"));
	tailcheck_result_release(&r);
	free(expected);
	tailcheck_suite_free(s);
	e->ops->destroy(e);
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(tailcheck_verdict_name(TAILCHECK_CONFORMS), "conforms");
	assert_string_equal(tailcheck_verdict_name(TAILCHECK_FAULT), "fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_on_the_reference),
		cmocka_unit_test(engines_that_lack_things),
		cmocka_unit_test(suites),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(transcripts),
		cmocka_unit_test(verdicts_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
