// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "condition.h"

#include "case_test.h"

/* The names that are true here. */
static const char *const facts[] = { "t", "empty-slot-counts", "jit", "c.d", "_1", "6.1" };

static int asked;

static bool holds(const char *name, size_t len, void *arg)
{
	assert_string_equal(arg, "the argument");
	asked++;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		if (strlen(facts[i]) == len && memcmp(facts[i], name, len) == 0)
			return true;
	return false;
}

static const struct {
	const char *text;
	bool value;
} values[] = {
	{ "t", true },
	{ "f", false },
	{ "!t", false },
	{ "!f", true },
	{ "!!t", true },
	{ "!!!t", false },
	{ "t & t", true },
	{ "t & f", false },
	{ "f & t", false },
	{ "f & f", false },
	{ "t | t", true },
	{ "t | f", true },
	{ "f | t", true },
	{ "f | f", false },
	/* & binds tighter than |, ! tighter than &. */
	{ "t | t & f", true },
	{ "f & t | t", true },
	{ "f & (t | t)", false },
	{ "(t | t) & f", false },
	{ "!f & f", false },
	{ "!(f & f)", true },
	{ "!t | t", true },
	{ "!(t | t)", false },
	{ "t & t & t & f", false },
	{ "f | f | f | t", true },
	/* Names: the whole of them, with - _ . and digits. */
	{ "empty-slot-counts", true },
	{ "empty-slot", false },
	{ "empty-slot-counts2", false },
	{ "c.d & _1 & 6.1", true },
	{ "c", false },
	{ "T", false },
	/* Blanks are free. */
	{ "  t&t", true },
	{ "t|f&f ", true },
	{ "!\t( f )", true },
	{ "((((t))))", true },
};

static void values_of_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *text = values[i].text, *at;

		if (condition_check(text, &at))
			fail_msg("%s: not a condition at %s", text, at);
		if (condition_eval(text, holds, (void *)"the argument") != values[i].value)
			fail_msg("%s is not %d", text, values[i].value);
	}
}

/* Where each goes wrong. */
static const struct {
	const char *text;
	size_t at;
} wrongs[] = {
	{ "", 0 },	    { "   ", 3 },    { "&", 0 },	{ "t &", 3 },	 { "t & & t", 4 },
	{ "t | ", 4 },	    { "| t", 0 },    { "t t", 2 },	{ "t !t", 2 },	 { "!", 1 },
	{ "(", 1 },	    { "()", 1 },     { "(t", 2 },	{ "t)", 1 },	 { "(t))", 3 },
	{ "((t)", 4 },	    { "t && t", 3 }, { "t || t", 3 },	{ "t == f", 2 }, { "t, f", 1 },
	{ "t & \"x\"", 4 }, { "(t f)", 3 },  { "t # note", 2 },
};

static void places_of_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const char *text = wrongs[i].text, *at = NULL;

		if (condition_check(text, &at) != -1)
			fail_msg("\"%s\" was taken for a condition", text);
		if (at != text + wrongs[i].at)
			fail_msg("\"%s\" is wrong at %zu and not at %td", text, wrongs[i].at,
				 at - text);
	}
}

/* All names are looked at: a reader of conditions has no side effects to save. */
static void every_name_is_asked(void **state)
{
	(void)state;
	asked = 0;
	assert_true(condition_eval("t | f | (f & !t)", holds, (void *)"the argument"));
	assert_int_equal(asked, 4);
}

/* Nesting is bounded, so that a text of parentheses cannot use up the stack. */
static void depth(void **state)
{
	char text[100001];
	const char *at;

	(void)state;
	memset(text, '!', 31);
	memcpy(text + 31, "t", 2);
	assert_int_equal(condition_check(text, &at), 0);
	assert_false(condition_eval(text, holds, (void *)"the argument"));
	memset(text, '!', 32);
	memcpy(text + 32, "t", 2);
	assert_int_equal(condition_check(text, &at), -1);
	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(condition_check(text, &at), -1);
	memset(text, '!', sizeof(text) - 1);
	assert_int_equal(condition_check(text, &at), -1);
	/* Side by side they are not nested. */
	for (size_t i = 0; i < 100; i++)
		memcpy(text + 7 * i, "(!t) | ", 7);
	memcpy(text + 700, "t", 2);
	assert_int_equal(condition_check(text, &at), 0);
	assert_true(condition_eval(text, holds, (void *)"the argument"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_conditions),
		cmocka_unit_test(places_of_errors),
		cmocka_unit_test(every_name_is_asked),
		cmocka_unit_test(depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
