// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "suite.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../base/folder_test.h"
#include "case_test.h"

#define CASE(name) "case " name "\nabout x\nfreeze fd:closed = EBADF\n"

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void load(struct suite *s, const char *name)
{
	char path[256];
	struct diag d;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (suite_add(s, path, &d)) {
		diag_print(stderr, &d);
		fail();
	}
}

static void assert_names(const struct suite *s, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < s->n_cases; i++)
		fprintf(out, "%s%s", i ? " " : "", s->cases[i]->name);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void files_of_a_folder(void **state)
{
	struct suite s = { 0 };
	struct diag d;

	(void)state;
	folder("limit");
	folder("limit/deep");
	folder("empty");
	folder("a.case");
	put("limit/z.case", CASE("limit.z") CASE("limit.a"));
	put("limit/deep/b.case", CASE("deep.b"));
	put("a.case/c.case", CASE("folder.c"));
	/* None of these is a file of cases. */
	put("README.md", "no case");
	put("limit/x.case.orig", "no case");
	put("limit/case", "no case");
	put(".case", "no case");
	load(&s, "");
	assert_int_equal(suite_finish(&s, &d), 0);
	assert_int_equal(s.n_files, 3);
	assert_names(&s, "deep.b folder.c limit.a limit.z");
	assert_string_equal(suite_find(&s, "limit.a")->name, "limit.a");
	assert_int_equal(suite_find(&s, "limit.a")->line, 4);
	assert_null(suite_find(&s, "limit"));
	suite_release(&s);
	assert_null(s.cases);
}

/* A file that is named is taken whatever it is called. */
static void one_file(void **state)
{
	struct suite s = { 0 };
	struct diag d;

	(void)state;
	put("x.txt", CASE("a.b"));
	load(&s, "x.txt");
	assert_int_equal(suite_finish(&s, &d), 0);
	assert_names(&s, "a.b");
	suite_release(&s);
}

static void assert_add_fails(const char *name, unsigned int line, const char *message)
{
	struct suite s = { 0 };
	char path[256];
	struct diag d;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(suite_add(&s, path, &d), -1);
	assert_int_equal(d.line, line);
	if (!strstr(d.message, message))
		fail_msg("%s, and not %s", d.message, message);
	assert_non_null(strstr(d.file, dir));
	suite_release(&s);
}

static void what_cannot_be_read(void **state)
{
	(void)state;
	assert_add_fails("none", 0, "cannot read: No such file or directory");
	put("bad.case", "case a.b\nabout x\nnonsense\n");
	assert_add_fails("bad.case", 3, "unknown word");
	assert_add_fails("", 3, "unknown word");
	put("bad.case", "");
	assert_add_fails("", 0, "there is no case in this file");
}

static void names_that_occur_twice(void **state)
{
	struct suite s = { 0 };
	struct diag d;
	char where[300];

	(void)state;
	put("1.case", CASE("a.a") CASE("a.b"));
	put("2.case", "# first\n" CASE("a.c") CASE("a.b"));
	load(&s, "1.case");
	load(&s, "2.case");
	assert_int_equal(suite_finish(&s, &d), -1);
	assert_non_null(strstr(d.message, "case a.b is also defined at "));
	/* One place or the other: the message names both. */
	snprintf(where, sizeof(where), "%s/1.case", dir);
	if (strcmp(d.file, where) == 0) {
		assert_int_equal(d.line, 4);
		assert_non_null(strstr(d.message, "2.case:5"));
	} else {
		snprintf(where, sizeof(where), "%s/2.case", dir);
		assert_string_equal(d.file, where);
		assert_int_equal(d.line, 5);
		assert_non_null(strstr(d.message, "1.case:4"));
	}
	assert_string_equal(d.text, "case a.b");
	suite_release(&s);
}

static const struct {
	const char *name, *pattern;
	bool matches;
} matches[] = {
	{ "limit.self", "limit.self", true },
	{ "limit.self", "limit", true },
	{ "limit.self", "limit.*", true },
	{ "limit.self", "*.self", true },
	{ "limit.self", "l?mit.s*", true },
	{ "limit.self", "*", true },
	{ "limit.self", "[kl]imit.self", true },
	{ "a.b.c", "a", true },
	{ "a.b.c", "a.b", true },
	{ "a.b.c", "a.*", true },
	{ "limit.self", "lim", false },
	{ "limit.self", "limit.", false },
	{ "limit.self", "limit.sel", false },
	{ "limit.self", "self", false },
	{ "limit.self", "LIMIT", false },
	{ "limit.self", "limit.self.more", false },
	{ "limits.self", "limit", false },
	{ "limit.self", "", false },
	/* An area is a name and no glob. */
	{ "limit.self", "lim*t", false },
};

static void patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		if (case_name_matches(matches[i].name, matches[i].pattern) != matches[i].matches)
			fail_msg("%s for %s", matches[i].pattern, matches[i].name);
}

static void filters(void **state)
{
	static const struct {
		char *patterns[3];
		const char *left, *wrong;
	} table[] = {
		{ { NULL }, "a.a a.b b.a b.b.c c", NULL },
		{ { (char *)"a" }, "a.a a.b", NULL },
		{ { (char *)"*.a" }, "a.a b.a", NULL },
		{ { (char *)"b", (char *)"a.b" }, "a.b b.a b.b.c", NULL },
		{ { (char *)"a", (char *)"a.a", (char *)"c" }, "a.a a.b c", NULL },
		/* A pattern for nothing is a slip, and then nothing is dropped. */
		{ { (char *)"nothing" }, "a.a a.b b.a b.b.c c", "nothing" },
		{ { (char *)"a", (char *)"c.*", (char *)"d" }, "a.a a.b b.a b.b.c c", "c.*" },
	};

	(void)state;
	put("x.case", CASE("c") CASE("b.b.c") CASE("b.a") CASE("a.b") CASE("a.a"));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct suite s = { 0 };
		const char *wrong;
		struct diag d;
		size_t n = 0;

		while (n < 3 && table[i].patterns[n])
			n++;
		load(&s, "x.case");
		assert_int_equal(suite_finish(&s, &d), 0);
		wrong = suite_filter(&s, table[i].patterns, n);
		if (table[i].wrong)
			assert_string_equal(wrong, table[i].wrong);
		else
			assert_null(wrong);
		assert_names(&s, table[i].left);
		suite_release(&s);
	}
}

static void no_files_at_all(void **state)
{
	struct suite s = { 0 };
	struct diag d;

	(void)state;
	load(&s, "");
	assert_int_equal(suite_finish(&s, &d), 0);
	assert_int_equal(s.n_cases, 0);
	assert_null(suite_find(&s, "a"));
	suite_filter(&s, NULL, 0);
	suite_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(files_of_a_folder),   IN_DIR(one_file),
		IN_DIR(what_cannot_be_read), IN_DIR(names_that_occur_twice),
		cmocka_unit_test(patterns),  IN_DIR(filters),
		IN_DIR(no_files_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
