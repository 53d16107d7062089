// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The report in a browser: Chromium without a window, as installed by scripts/deps.sh browser. Is
 * chromium not there, the tests are skipped, and say so.
 */
#include "../harness/report/html/two_runs_test.h"

#include <sys/wait.h>

#define CHROMIUM                                                                        \
	"chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run " \
	"--disable-background-networking --disable-component-update --disable-sync "    \
	"--enable-logging=stderr --timeout=20000 "
#define MAX_DOM (1 << 22)

static bool have_chromium(void)
{
	const char *path = getenv("PATH");
	char *dirs = xstrdup(path ? path : ""), *save = NULL;
	bool found = false;

	for (char *d = strtok_r(dirs, ":", &save); d && !found; d = strtok_r(NULL, ":", &save)) {
		char *file = xasprintf("%s/chromium", d);

		found = access(file, X_OK) == 0;
		free(file);
	}
	free(dirs);
	if (!found)
		print_message("skipped: chromium is not installed (scripts/deps.sh browser)\n");
	return found;
}

#define AS_IT_IS	"true"
#define WITHOUT_SCRIPTS "sed -i '/^<script>$/,/^<.script>$/d' report.html"
/* What a browser tells a page before it prints it. */
#define BEFORE_PRINT                                                                           \
	"sed -i 's/^<.body>$/<script>dispatchEvent(new Event(\"beforeprint\"))<\\/script>&/' " \
	"report.html"

/* The page, changed by @edit, after its script ran, with what the console said behind it; to be
   freed. */
static char *dom(const struct two_runs *t, const char *hash, const char *edit)
{
	char *command =
		xasprintf("cd %s && %s && "
			  "d=$(mktemp -d user-XXXXXX) && timeout 100 " CHROMIUM
			  "--user-data-dir=$PWD/$d --dump-dom 'file://%s/report.html%s' 2>console; "
			  "grep -a CONSOLE console",
			  t->dir, edit, t->dir, hash);
	char *text = xcalloc(MAX_DOM + 1, 1), why[300];
	char *path = xasprintf("%s/report.html", t->dir);
	FILE *in;
	size_t n;

	if (report_write(&t->report, path, why, sizeof(why)))
		fail_msg("%s", why);
	in = popen(command, "r"); /* NOLINT: the folder is our own */
	assert_non_null(in);
	n = fread(text, 1, MAX_DOM, in);
	pclose(in);
	if (n < 1000 || !strstr(text, "</html>"))
		fail_msg("no page came: %s", text);
	free(command);
	free(path);
	return text;
}

static void renders_and_says_nothing(void **state)
{
	char *text;

	if (!have_chromium())
		skip();
	text = dom(*state, "", AS_IT_IS);
	assert_null(strstr(text, "CONSOLE"));
	/* What the guests wrote has not run. */
	assert_non_null(strstr(text, "<title>tailcheck: 2 kernels</title>"));
	/* The filters are there, and nothing is hidden. */
	assert_non_null(strstr(text, "<form id=\"filters\" aria-label"));
	assert_null(strstr(text, " hidden=\"\""));
	free(text);
}

/* What the output says beside the filters. */
static void expect_shown(const char *text, const char *shown)
{
	char *want = xasprintf("aria-live=\"polite\">%s</output>", shown);

	if (!strstr(text, want))
		fail_msg("not shown: %s; there: %.60s", want, strstr(text, "aria-live=\"polite\""));
	free(want);
}

static void filters_work(void **state)
{
	static const struct {
		const char *hash, *shown;
	} rows[] = {
		{ "#?v=q", "1 of 6 listed cases" },
		{ "#?v=!&e=0", "3 of 6 listed cases" },
		{ "#?k=1&t=freeze", "1 of 6 listed cases" },
	};

	if (!have_chromium())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = dom(*state, rows[i].hash, AS_IT_IS);

		expect_shown(text, rows[i].shown);
		assert_null(strstr(text, "CONSOLE"));
		free(text);
	}
}

/* A kernel chosen takes the columns of the others away. */
static void columns_hide(void **state)
{
	char *text;

	if (!have_chromium())
		skip();
	text = dom(*state, "#?k=1&e=0", AS_IT_IS);
	assert_non_null(strstr(text, ".k:not(.k1){display:none}.e:not(.e0){display:none}"));
	free(text);
}

/* A link to a case opens it, also from outside. */
static void links_open(void **state)
{
	char *text, *at;

	if (!have_chromium())
		skip();
	text = dom(*state, "#c-limit.one", AS_IT_IS);
	at = strstr(text, "<div id=\"c-limit.one\">");
	assert_non_null(at);
	*at = '\0';
	at = strrchr(text, '>') ? text + strlen(text) : text;
	while (at > text && strncmp(at, "<details", 8) != 0)
		at--;
	assert_non_null(strstr(at, " open=\"\""));
	free(text);
}

static void whole_without_scripts(void **state)
{
	char *text;

	if (!have_chromium())
		skip();
	text = dom(*state, "", WITHOUT_SCRIPTS);
	assert_null(strstr(text, "<script"));
	assert_non_null(strstr(text, "<form id=\"filters\" hidden"));
	assert_non_null(strstr(text, "<div id=\"c-limit.one\">"));
	assert_int_equal(strstr(text, "<details class=\"case\" hidden") != NULL, false);
	free(text);
}

/* Paper cannot be clicked; what a filter hides stays hidden. */
static void open_in_print(void **state)
{
	char *text, *at, *end;
	size_t n = 0;

	if (!have_chromium())
		skip();
	text = dom(*state, "#?t=freeze", BEFORE_PRINT);
	assert_null(strstr(text, "CONSOLE"));
	for (at = text; (at = strstr(at, "<details")); at = end) {
		end = strchr(at, '>');
		assert_non_null(end);
		*end++ = '\0';
		if (!strstr(at, " hidden=\"\"")) {
			assert_non_null(strstr(at, " open=\"\""));
			n++;
		}
	}
	assert_true(n >= 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_and_says_nothing),
		cmocka_unit_test(filters_work),
		cmocka_unit_test(columns_hide),
		cmocka_unit_test(links_open),
		cmocka_unit_test(whole_without_scripts),
		cmocka_unit_test(open_in_print),
	};

	return cmocka_run_group_tests(tests, two_runs_make, two_runs_release);
}
