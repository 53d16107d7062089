// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The page and its data: whole, linked, harmless, and the same each time. */
#include "two_runs_test.h"

#include "schema_test.h"

static char *page(const struct report *r)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	report_html(out, r);
	fclose(out);
	return text;
}

static json_t *data(const struct report *r)
{
	char *text = NULL;
	json_error_t error;
	json_t *root;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(report_json(out, r), 0);
	fclose(out);
	root = json_loads(text, 0, &error);
	if (!root)
		fail_msg("%s", error.text);
	free(text);
	return root;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *s = text; (s = strstr(s, what)); s += strlen(what))
		n++;
	return n;
}

/* Guests may say what they like: the page has its own elements and no others. */
static void guests_write_no_html(void **state)
{
	struct two_runs *t = *state;
	char *html = page(&t->report);

	assert_int_equal(count(html, "<script"), 1);
	assert_int_equal(count(html, "<img"), 0);
	assert_true(count(html, "&lt;script&gt;document.title") >= 1);
	assert_true(count(html, "\\xff\\x1b[2J") >= 1);
	assert_null(strchr(html, 0x1b));
	assert_true(count(html, "A frozen map stays &lt;frozen&gt;.") >= 1);
	assert_true(count(html, "no result &lt;yet&gt;") == 1);
	free(html);
}

/* Why cases did not run: a row a reason. Two runs of four offered engines skip the first. */
static void skips_have_reasons(void **state)
{
	struct two_runs *t = *state;
	char *html = page(&t->report), *at = strstr(html, "<section id=skips"), *end;

	assert_non_null(at);
	end = strstr(at, "</section>");
	assert_non_null(end);
	*end = '\0';
	assert_int_equal(count(at, "<tr data-t>"), 2);
	assert_non_null(strstr(at, "<small>the case says: needs</small>imagination</th><td>8<td>1"
				   "<td class=text>every engine"));
	assert_non_null(strstr(at, "<small>missing:</small>no deleting here</th><td>2<td>1"));
	assert_true(strstr(at, "imagination") < strstr(at, "no deleting here"));
	free(html);
}

/* From disk, without a network. */
static void nothing_is_fetched(void **state)
{
	static const char *const fetches[] = {
		" src=", "url(", "@import", "fetch(", "http-equiv=refresh", "XMLHttp", "import("
	};
	struct two_runs *t = *state;
	char *html = page(&t->report), *evil;

	/* The guest's own words are text. */
	while ((evil = strstr(html, "img src=")))
		memset(evil, ' ', 8);
	for (size_t i = 0; i < ARRAY_SIZE(fetches); i++)
		assert_null(strstr(html, fetches[i]));
	assert_int_equal(count(html, "<link"), 1);
	assert_non_null(strstr(html, "<link rel=icon href=\"data:,\">"));
	assert_non_null(strstr(html, "default-src 'none'"));
	free(html);
}

static size_t count_id(const char *html, const char *id, size_t len)
{
	char *quoted = xasprintf(" id=\"%.*s\"", (int)len, id);
	char *plain = xasprintf(" id=%.*s ", (int)len, id),
	     *last = xasprintf(" id=%.*s>", (int)len, id);
	size_t n = count(html, quoted) + count(html, plain) + count(html, last);

	free(quoted);
	free(plain);
	free(last);
	return n;
}

static void every_link_leads_somewhere(void **state)
{
	struct two_runs *t = *state;
	char *html = page(&t->report);
	size_t links = 0;

	for (const char *s = html; (s = strstr(s, "href=\"#")); links++) {
		size_t len;

		s += strlen("href=\"#");
		len = strcspn(s, "\"");
		if (count_id(html, s, len) != 1)
			fail_msg("%.*s is there %zu times", (int)len, s, count_id(html, s, len));
	}
	assert_true(links > 100);
	free(html);
}

static void elements_are_closed(void **state)
{
	static const char *const names[] = { "details", "summary", "section", "div",  "table",
					     "tr",	"ul",	   "pre",     "span", "svg",
					     "g",	"form",	   "h3",      "h4",   "mark" };
	struct two_runs *t = *state;
	char *html = page(&t->report);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *open = xasprintf("<%s>", names[i]), *more = xasprintf("<%s ", names[i]);
		char *close = xasprintf("</%s>", names[i]);

		if (count(html, open) + count(html, more) != count(html, close))
			fail_msg("%s: %zu and %zu opened, %zu closed", names[i], count(html, open),
				 count(html, more), count(html, close));
		free(open);
		free(more);
		free(close);
	}
	free(html);
}

/* What cannot be seen is said: no cell is told from another by its colour alone. */
static void labels_not_colours(void **state)
{
	struct two_runs *t = *state;
	char *html = page(&t->report);

	assert_non_null(strstr(html, "<span aria-hidden=true><i class=\"e e0\">J</i>"));
	assert_non_null(strstr(html, "<span class=sr>jit "));
	assert_non_null(strstr(html, "<span class=\"badge bad\">diverges</span>"));
	assert_non_null(strstr(html, "<b class=bad>!1</b>"));
	assert_non_null(strstr(html, "<html lang=en>"));
	assert_int_equal(count(html, "<svg"), count(html, "role=img"));
	free(html);
}

static void the_same_each_time(void **state)
{
	struct two_runs *t = *state;
	struct report again;
	char *a = page(&t->report), *b;

	report_make(&again, &t->report.in);
	b = page(&again);
	assert_string_equal(a, b);
	report_free(&again);
	free(a);
	free(b);
}

static json_t *schema(void)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/docs/report.schema.json", root ? root : ".");
	json_error_t error;
	json_t *s = json_load_file(path, 0, &error);

	if (!s)
		fail_msg("%s: %s", path, error.text);
	free(path);
	return s;
}

static void data_is_as_its_schema_says(void **state)
{
	struct two_runs *t = *state;
	json_t *root = data(&t->report), *s = schema(), *first, *answer;

	*schema_why = '\0';
	if (!schema_ok(root, s))
		fail_msg("%s", schema_why);

	/* The check would have seen a fault. */
	first = json_array_get(json_object_get(root, "cases"), 0);
	answer = json_array_get(json_object_get(first, "answers"), 0);
	json_object_set_new(answer, "verdict", json_string("fine"));
	assert_false(schema_ok(root, s));
	json_object_set_new(answer, "verdict", json_string("conforms"));
	assert_true(schema_ok(root, s));
	json_object_set_new(answer, "more", json_true());
	assert_false(schema_ok(root, s));
	json_object_del(answer, "more");
	json_object_del(first, "expected");
	assert_false(schema_ok(root, s));
	json_decref(root);
	json_decref(s);
}

/* Every result that the runs have is in the data, once, and as the runs have it. */
static void data_has_every_result(void **state)
{
	struct two_runs *t = *state;
	const struct report *r = &t->report;
	json_t *root = data(r), *cases = json_object_get(root, "cases");
	size_t results = 0;

	assert_int_equal(json_array_size(cases), N_MADE_UP);
	assert_int_equal(json_array_size(json_object_get(root, "columns")), 8);
	for (size_t c = 0; c < N_MADE_UP; c++) {
		const json_t *answers = json_object_get(json_array_get(cases, c), "answers");
		bool seen[8] = { false };

		for (size_t i = 0; i < json_array_size(answers); i++) {
			const json_t *a = json_array_get(answers, i);
			const json_t *columns = json_object_get(a, "columns");

			for (size_t k = 0; k < json_array_size(columns); k++) {
				size_t col = (size_t)json_integer_value(json_array_get(columns, k));
				const struct column *at = &r->columns[col];
				const struct record *rec = r->kernels[at->kernel].record;
				struct result res = record_result(rec, r->cases[c].c, at->local);

				assert_false(seen[col]);
				seen[col] = true;
				results++;
				assert_string_equal(
					json_string_value(json_object_get(a, "verdict")),
					verdict_names[res.verdict]);
			}
		}
	}
	/* One case was never given to one engine, in either run. */
	assert_int_equal(results, N_MADE_UP * 8 - 2);
	json_decref(root);
}

static void files_whole_or_not_at_all(void **state)
{
	struct two_runs *t = *state;
	char *html = xasprintf("%s/page.html", t->dir), *js = xasprintf("%s/page.json", t->dir);
	char why[300];

	assert_int_equal(report_write(&t->report, html, why, sizeof(why)), 0);
	assert_int_equal(access(html, R_OK), 0);
	assert_int_equal(access(js, R_OK), 0);
	assert_int_equal(report_write(&t->report, "/nowhere/x.html", why, sizeof(why)), -1);
	assert_string_equal(why, "cannot write /nowhere/x.html: No such file or directory");
	free(html);
	free(js);
}

static void nothing_at_all(void **state)
{
	struct two_runs *t = *state;
	struct report_input in = t->report.in;
	struct records none = { .n_records = 0 };
	struct report r;
	char *html;

	in.records = &none;
	report_make(&r, &in);
	html = page(&r);
	assert_non_null(strstr(html, "0 cases on 0 engines of 0 kernels"));
	free(html);
	json_decref(data(&r));
	report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_write_no_html),
		cmocka_unit_test(skips_have_reasons),
		cmocka_unit_test(nothing_is_fetched),
		cmocka_unit_test(every_link_leads_somewhere),
		cmocka_unit_test(elements_are_closed),
		cmocka_unit_test(labels_not_colours),
		cmocka_unit_test(the_same_each_time),
		cmocka_unit_test(data_is_as_its_schema_says),
		cmocka_unit_test(data_has_every_result),
		cmocka_unit_test(files_whole_or_not_at_all),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, two_runs_make, two_runs_release);
}
