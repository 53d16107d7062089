// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a run leaves behind: it reads back, and what could not be written is an error. */
#include "report_test.h"

#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/folder_test.h"

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static char *content(const char *name)
{
	char *path = path_of(name), *text = xcalloc(1 << 16, 1);
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
	fclose(in);
	free(path);
	return text;
}

static json_t *write_and_load(struct made_up *m)
{
	char *path = path_of("summary.json"), why[300] = "";
	json_error_t error;
	json_t *root;

	if (report_files(dir, &m->r, why, sizeof(why)))
		fail_msg("%s", why);
	root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s", error.text);
	free(path);
	return root;
}

static const char *text_at(const json_t *root, const char *a, const char *b)
{
	const json_t *o = json_object_get(root, a);

	return json_string_value(b ? json_object_get(o, b) : o);
}

static json_int_t count_of(const json_t *root, size_t engine, const char *verdict)
{
	const json_t *e = json_array_get(json_object_get(root, "engines"), engine);

	return json_integer_value(json_object_get(json_object_get(e, "counts"), verdict));
}

static void summary(void **state)
{
	struct made_up m;
	json_t *root, *engines, *cases, *splats, *verdict;

	(void)state;
	make_up(&m);
	root = write_and_load(&m);
	assert_string_equal(text_at(root, "tailcheck", NULL), TAILCHECK_VERSION);
	assert_string_equal(text_at(root, "kernel", "name"), m.r.kernel);
	assert_string_equal(text_at(root, "kernel", "release"), m.r.release);
	assert_string_equal(text_at(root, "kernel", "version"), m.r.version);
	assert_string_equal(text_at(root, "kernel", "package"), m.r.package);
	assert_string_equal(text_at(root, "host", NULL), m.r.host);
	assert_string_equal(text_at(root, "boots", NULL), m.r.boots);
	assert_int_equal(json_integer_value(json_object_get(root, "exit_code")), 1);
	assert_true(json_is_false(json_object_get(root, "interrupted")));
	assert_true(json_real_value(json_object_get(root, "seconds")) == 12.34);
	engines = json_object_get(root, "engines");
	assert_int_equal(json_array_size(engines), 5);
	assert_string_equal(text_at(json_array_get(engines, INTERP), "why", NULL),
			    m.r.engines[INTERP].why);
	assert_true(json_is_false(json_object_get(json_array_get(engines, INTERP), "offered")));
	assert_int_equal(json_array_size(json_object_get(json_array_get(engines, JIT), "quirks")),
			 QUIRK_COUNT);
	assert_int_equal(
		json_array_size(json_object_get(json_array_get(engines, HARDENED), "uncertain")),
		QUIRK_COUNT);
	assert_int_equal(count_of(root, JIT, "conforms"), 1);
	assert_int_equal(count_of(root, JIT, "quirk"), 1);
	assert_int_equal(count_of(root, JIT, "diverges"), 1);
	assert_int_equal(count_of(root, JIT, "crashed"), 1);
	assert_int_equal(count_of(root, JIT, "timed-out"), 1);
	assert_int_equal(count_of(root, JIT, "unsupported"), 1);
	assert_int_equal(count_of(root, HARDENED, "infra"), 1);
	assert_int_equal(count_of(root, THIRD, "conforms"), 5);
	cases = json_object_get(root, "cases");
	assert_int_equal(json_array_size(cases), N_MADE_UP);
	assert_string_equal(text_at(json_array_get(cases, CASE_FREEZE), "level", NULL), "may");
	verdict = json_object_get(json_object_get(json_array_get(cases, CASE_FREEZE), "engines"),
				  "jit");
	assert_string_equal(text_at(verdict, "verdict", NULL), "quirk");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(verdict, "quirks"), 0)),
		"freeze-by-capability");
	verdict = json_object_get(json_array_get(cases, CASE_PIN), "engines");
	assert_int_equal(json_object_size(verdict), 4);
	assert_string_equal(text_at(verdict, "jit", "verdict"), "crashed");
	assert_null(json_object_get(verdict, "interp"));
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(root, "suite_errors"), 0)),
		LONG_CASE);
	splats = json_object_get(root, "splats");
	assert_int_equal(json_array_size(splats), 2);
	assert_string_equal(text_at(json_array_get(splats, 0), "case", NULL), "pin.crash");
	assert_string_equal(text_at(json_array_get(splats, 0), "engine", NULL), "jit");
	/* Without a case, and with a byte that is not UTF-8: it is there all the same. */
	assert_true(json_is_null(json_object_get(json_array_get(splats, 1), "case")));
	assert_string_equal(text_at(json_array_get(splats, 1), "line", NULL),
			    "WARNING: at b?pf/core.c");
	json_decref(root);
	release_made_up(&m);
}

/* What a guest says may be any bytes, and some things may not be known. */
static void strange_words(void **state)
{
	struct made_up m;
	json_t *root;

	(void)state;
	make_up(&m);
	free(m.r.release);
	m.r.release = xstrdup("6.1-\xc3\x28");
	free(m.r.version);
	m.r.version = xstrdup("\"\\\n\x01 caf\xc3\xa9");
	memcpy(m.r.engines[INTERP].why, "\xff", 2);
	free(m.r.package);
	m.r.package = NULL;
	root = write_and_load(&m);
	assert_string_equal(text_at(root, "kernel", "release"), "6.1-?(");
	assert_string_equal(text_at(root, "kernel", "version"), "\"\\\n\x01 caf\xc3\xa9");
	assert_string_equal(text_at(root, "kernel", "package"), "");
	assert_string_equal(
		text_at(json_array_get(json_object_get(root, "engines"), INTERP), "why", NULL),
		"?");
	json_decref(root);
	release_made_up(&m);
}

static void transcripts(void **state)
{
	struct made_up m;
	char *text, *path;

	(void)state;
	make_up(&m);
	json_decref(write_and_load(&m));
	text = content("jit.txt");
	assert_ptr_equal(strstr(text,
				"case freeze.twice\nverdict quirk: freeze-by-capability\n"
				"1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EBUSY\n\n"
				"case " LONG_CASE "\nverdict diverges\n"
				"1 map a_map_with_a_long_name array value=64 entries=4 = 0\n"
				"# a comment\n2 lookup "),
			 text);
	assert_non_null(strstr(text, "case x.lost\nverdict timed-out\nno answer within 10 s\n\n"));
	free(text);
	text = content("an-engine-with-a-long-name.txt");
	assert_non_null(strstr(text, "case x.lost\nverdict none\n\n"));
	free(text);
	path = path_of("interp.txt");
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
	release_made_up(&m);
}

/* The cases read back as they were. */
static void cases_as_run(void **state)
{
	struct made_up m;
	struct case_file back;
	char *path, *a, *b;
	struct diag d;

	(void)state;
	make_up(&m);
	json_decref(write_and_load(&m));
	path = path_of("cases.case");
	assert_int_equal(case_file_read(&back, path, &d), 0);
	a = printed(&m.file);
	b = printed(&back);
	assert_string_equal(a, b);
	case_file_release(&back);
	free(a);
	free(b);
	free(path);
	release_made_up(&m);
}

static void no_folder(void **state)
{
	struct made_up m;
	char *missing = path_of("none"), *file = path_of("file"), why[300] = "", *wanted;
	FILE *out = fopen(file, "w");

	(void)state;
	fclose(out);
	make_up(&m);
	assert_int_equal(report_files(missing, &m.r, why, sizeof(why)), -1);
	wanted = xasprintf("cannot write %s/cases.case: No such file or directory", missing);
	assert_string_equal(why, wanted);
	free(wanted);
	assert_int_equal(report_files(file, &m.r, why, sizeof(why)), -1);
	wanted = xasprintf("cannot write %s/cases.case: Not a directory", file);
	assert_string_equal(why, wanted);
	free(wanted);
	free(missing);
	free(file);
	release_made_up(&m);
}

/* One of the files is in the way of another. */
static void a_file_that_cannot_be_made(const char *name)
{
	struct made_up m;
	char *path = path_of(name), why[300] = "", *wanted;

	make_up(&m);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(report_files(dir, &m.r, why, sizeof(why)), -1);
	wanted = xasprintf("cannot write %s: Is a directory", path);
	assert_string_equal(why, wanted);
	assert_int_equal(rmdir(path), 0);
	free(wanted);
	free(path);
	release_made_up(&m);
}

static void every_file_is_needed(void **state)
{
	(void)state;
	a_file_that_cannot_be_made("cases.case");
	a_file_that_cannot_be_made("jit.txt");
	a_file_that_cannot_be_made("third.txt");
	a_file_that_cannot_be_made("summary.json");
}

/* As on a full disk: files end at a limit, for each file at another one. */
static void no_room(void **state)
{
	struct rlimit old, small;
	struct made_up m;
	char why[300];
	static const size_t limits[] = { 0, 10, 600, 900 };

	(void)state;
	make_up(&m);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int ret;

		small = old;
		small.rlim_cur = limits[i];
		why[0] = '\0';
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		ret = report_files(dir, &m.r, why, sizeof(why));
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(ret, -1);
		if (strncmp(why, "cannot write /tmp/", 18) != 0 || !strstr(why, ": File too large"))
			fail_msg("with room for %zu bytes: %s", limits[i], why);
	}
	signal(SIGXFSZ, SIG_DFL);
	release_made_up(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(summary),      IN_DIR(strange_words), IN_DIR(transcripts),
		IN_DIR(cases_as_run), IN_DIR(no_folder),     IN_DIR(every_file_is_needed),
		IN_DIR(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
