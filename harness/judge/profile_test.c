// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../engines/reference/quirk.h"
#include "profile.h"

static const char good[] = "profile k-1\n"
			   "package linux-image-1 1.0\n"
			   "jit empty-slot-counts no-path-fd\n"
			   "interp none\n"
			   "jit-hardened not-offered\n"
			   "\n"
			   "profile k-2\n"
			   "package \n"
			   "jit none\n";

static void there_and_back(void **state)
{
	struct profiles p;
	struct diag d;
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	assert_int_equal(profiles_parse(&p, good, "f", &d), 0);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.list[0].engines[0].quirks, QUIRK(EMPTY_SLOT_COUNTS) | QUIRK(NO_PATH_FD));
	assert_false(p.list[0].engines[2].offered);
	out = open_memstream(&text, &len);
	profiles_print(out, &p);
	fclose(out);
	assert_string_equal(text, good);
	free(text);
	profiles_release(&p);
}

static void comments_say_nothing(void **state)
{
	struct profiles p;
	struct diag d;

	(void)state;
	assert_int_equal(profiles_parse(&p, "# of a run\n\n   # more\n", "f", &d), 0);
	assert_int_equal(p.n, 0);
	assert_null(profiles_find(&p, "k"));
	profiles_release(&p);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *message;
		unsigned int line, column;
	} bad[] = {
		{ "jit none\n", "a profile begins with a line \"profile KERNEL\"", 1, 1 },
		{ "package x\n", "a profile begins with a line \"profile KERNEL\"", 1, 1 },
		{ "profile\n", "the name of a kernel", 1, 8 },
		{ "profile a\nprofile a\n", "this kernel has a profile already", 2, 9 },
		{ "profile a\njit no-such\n", "no quirk has this name: see tailcheck quirks", 2,
		  5 },
		{ "profile a\njit no-path-fd no-path-fd\n", "this quirk stands here twice", 2, 16 },
		{ "profile a\njit none\njit none\n", "this engine stands here twice", 3, 1 },
		{ "profile a\njit\n", "names of quirks, or none, or not-offered", 2, 4 },
		{ "profile a\njit none no-path-fd\n", "nothing can follow this", 2, 10 },
		{ "profile a\njitjitjitjitjitjitjitjitjitjitjitjit none\n",
		  "the name of an engine is shorter", 2, 1 },
		{ "profile a\na none\nb none\nc none\nd none\ne none\nf none\ng none\nh none\ni "
		  "none\n",
		  "no kernel has so many engines", 10, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct profiles p;
		struct diag d;

		assert_int_equal(profiles_parse(&p, bad[i].text, "f", &d), -1);
		assert_string_equal(d.message, bad[i].message);
		assert_int_equal(d.line, bad[i].line);
		assert_int_equal(d.column, bad[i].column);
	}
}

static struct run_results found(void)
{
	struct run_results r = { .n_engines = 3 };

	r.engines[0] =
		(struct engine_results){ .name = "jit",
					 .offered = true,
					 .quirks = QUIRK(EMPTY_SLOT_COUNTS) | QUIRK(NO_PATH_FD) };
	r.engines[1] = (struct engine_results){ .name = "interp", .offered = true };
	r.engines[2] = (struct engine_results){ .name = "jit-hardened" };
	return r;
}

static void runs_against_profiles(void **state)
{
	struct run_results r = found();
	struct profiles p;
	struct diag d;
	char *text;

	(void)state;
	assert_int_equal(profiles_parse(&p, good, "f", &d), 0);
	assert_null(profile_differences(&p.list[0], &r));

	r.engines[0].quirks = QUIRK(NO_PATH_FD);
	r.engines[1].quirks = QUIRK(STACK_IN_32);
	text = profile_differences(&p.list[0], &r);
	assert_string_equal(text, "jit: empty-slot-counts is in the profile, and was not found\n"
				  "interp: stack-in-32 was found, and is not in the profile\n");
	free(text);

	r = found();
	r.engines[2].offered = true;
	text = profile_differences(&p.list[0], &r);
	assert_string_equal(text, "jit-hardened: the profile says that it is not offered\n");
	free(text);

	r = found();
	r.engines[0].quirks = 0;
	text = profile_differences(&p.list[1], &r);
	assert_string_equal(text, "interp: this engine is not in the profile\n"
				  "jit-hardened: this engine is not in the profile\n");
	free(text);

	r = found();
	r.n_engines = 2;
	text = profile_differences(&p.list[0], &r);
	assert_string_equal(text,
			    "jit-hardened: this engine is in the profile, and not in the run\n");
	free(text);
	profiles_release(&p);
}

static char *text_of(const struct profiles *p)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	profiles_print(out, p);
	fclose(out);
	return text;
}

/* A run's profile replaces the kernel's or is added; the others stay; the table gives the order. */
static void written_from_runs(void **state)
{
	static const char *const names[] = { "k-0", "k-1", "k-2", NULL };
	struct run_results r = found();
	struct profiles p;
	struct diag d;
	char *text;

	(void)state;
	assert_int_equal(profiles_parse(&p,
					"profile own\npackage \njit none\n\n"
					"profile k-2\npackage old\njit no-path-fd\nmore none\n",
					"f", &d),
			 0);
	r.engines[0].quirks = QUIRK(STACK_IN_32);
	profiles_set(&p, "k-2", "new 2", &r);
	profiles_set(&p, "k-0", "new 0", &r);
	profiles_sort(&p, names);
	assert_null(profile_differences(profiles_find(&p, "k-2"), &r));
	text = text_of(&p);
	assert_string_equal(text, "profile k-0\npackage new 0\njit stack-in-32\ninterp none\n"
				  "jit-hardened not-offered\n\n"
				  "profile k-2\npackage new 2\njit stack-in-32\ninterp none\n"
				  "jit-hardened not-offered\n\n"
				  "profile own\npackage \njit none\n");
	free(text);
	profiles_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),	 cmocka_unit_test(comments_say_nothing),
		cmocka_unit_test(what_is_wrong_is_said), cmocka_unit_test(runs_against_profiles),
		cmocka_unit_test(written_from_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
