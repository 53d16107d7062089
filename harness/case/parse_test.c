// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines: heads, comments, line ends, and what is refused before it comes to steps. */
#include "parse.h"

#include <errno.h>
#include <unistd.h>

#include "case_test.h"

static const struct wrong wrongs[] = {
	/* Files. */
	{ "", 0, 0, "there is no case in this file" },
	{ "\n\n# only a comment\n", 0, 0, "there is no case in this file" },
	{ "about x\n", 1, 1, "a file begins with a case line" },
	{ "# note\n\nmap m prog_array\n", 3, 1, "a file begins with a case line" },
	{ "nonsense\n", 1, 1, "a file begins with a case line" },
	/* The case line. */
	{ "case\n", 1, 1, "a case has a name like area.topic" },
	{ "case a/b\n", 1, 6, "a case has a name like area.topic" },
	{ "case a..b\n", 1, 6, "a case has a name like area.topic" },
	{ "case   a.b c\n", 1, 8, "a case has a name like area.topic" },
	{ "case a\nfreeze fd:1 = 0\n", 1, 0, "case a has no about line: say what it shows" },
	{ "case a\nabout x\n", 1, 0, "case a has no steps" },
	{ "case a\nabout x\ncase b\nabout x\nfreeze fd:1 = 0\n", 1, 0, "case a has no steps" },
	{ HEAD "freeze fd:1 = 0\n\ncase b\nfreeze fd:1 = 0\n", 5, 0, "case b has no about line" },
	{ HEAD "freeze fd:1 = 0\n" HEAD "freeze fd:1 = 0\n", 4, 0,
	  "case a.b was defined on line 1 already" },
	/* The head. */
	{ "case a\nabout\n", 2, 6, "the text is missing" },
	{ "case a\nabout   \n", 2, 6, "the text is missing" },
	{ HEAD "source\n", 3, 7, "the text is missing" },
	{ HEAD "claim\n", 3, 1, "the claim's id is missing" },
	{ HEAD "contradicts\n", 3, 1, "the claim's id is missing" },
	{ HEAD "qualifies a..b\n", 3, 11, "a claim's id is a name like area.topic" },
	{ HEAD "freeze fd:1 = 0\nqualifies y\n", 4, 1,
	  "qualifies lines stand before the first step" },
	{ HEAD "claim a.b c/d\n", 3, 11, "a claim's id is a name like area.topic" },
	{ HEAD "level\n", 3, 1, "a level is must, should or may" },
	{ HEAD "level  shall\n", 3, 8, "a level is must, should or may" },
	{ HEAD "level may be\n", 3, 7, "a level is must, should or may" },
	{ HEAD "needs a\nneeds b\n", 4, 1, "a case has one line of needs; join with &" },
	{ HEAD "needs\n", 3, 6, "not a condition: names with & | ! ( )" },
	{ HEAD "needs  a &\n", 3, 11, "not a condition" },
	{ HEAD "needs a & (b c)\n", 3, 14, "not a condition" },
	{ HEAD "needs a # why\n", 3, 9, "not a condition" },
	{ HEAD "freeze fd:1 = 0\nabout y\n", 4, 1, "about lines stand before the first step" },
	{ HEAD "freeze fd:1 = 0\nclaim y\n", 4, 1, "claim lines stand before the first step" },
	{ HEAD "freeze fd:1 = 0\nsource y\n", 4, 1, "source lines stand before the first step" },
	{ HEAD "freeze fd:1 = 0\nlevel may\n", 4, 1, "level lines stand before the first step" },
	{ HEAD "freeze fd:1 = 0\nneeds y\n", 4, 1, "needs lines stand before the first step" },
	/* Lines. */
	{ HEAD "  freeze fd:1 = 0\n", 3, 3, "an indented line belongs under a prog line" },
	{ HEAD "\tr0 = 0\n", 3, 2, "an indented line belongs under a prog line" },
	{ HEAD "frieze fd:1 = 0\n", 3, 1, "unknown word" },
	{ HEAD "About y\n", 3, 1, "unknown word" },
	{ HEAD "= 0\n", 3, 1, "unknown word" },
	/* Blanks of another kind before a comment: the words of the line before do not count. */
	{ HEAD "freeze\v\n\v# note\nx\n", 3, 8, "freeze needs more arguments" },
	{ HEAD "\v# note\n\r# note\nx\n", 5, 1, "unknown word" },
};

static void errors_of_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++)
		assert_wrong(&wrongs[i]);
}

static void assert_refused(const char *text, size_t len, unsigned int line, const char *message)
{
	struct case_file f;
	struct diag d;

	assert_int_equal(case_file_parse(&f, text, len, "test", &d), -1);
	assert_int_equal(d.line, line);
	assert_int_equal(d.column, 0);
	assert_non_null(strstr(d.message, message));
}

static void nul_bytes(void **state)
{
	static const char in_head[] = "case a\0\nabout x\nfreeze fd:1 = 0\n";
	static const char in_step[] = HEAD "freeze fd:1 = 0\0\n";
	static const char in_comment[] = HEAD "freeze fd:1 = 0\n# \0\n";
	static const char at_end[] = HEAD "freeze fd:1 = 0\n\0";

	(void)state;
	assert_refused(in_head, sizeof(in_head) - 1, 1, "a NUL byte: this is not case text");
	assert_refused(in_step, sizeof(in_step) - 1, 3, "a NUL byte: this is not case text");
	assert_refused(in_comment, sizeof(in_comment) - 1, 4, "a NUL byte: this is not case text");
	assert_refused(at_end, sizeof(at_end) - 1, 4, "a NUL byte: this is not case text");
}

/* A NUL in a program is the assembler's to refuse. */
static void nul_byte_in_a_program(void **state)
{
	static const char text[] = HEAD "prog p xdp\n    r0 = 0\0\n    exit\n";
	struct case_file f;
	struct diag d;

	(void)state;
	assert_int_equal(case_file_parse(&f, text, sizeof(text) - 1, "test", &d), -1);
	assert_int_equal(d.line, 4);
}

static char *text_of(const char *before, char fill, size_t n, const char *after)
{
	char *many = xcalloc(n + 1, 1), *text;

	memset(many, fill, n);
	text = xasprintf("%s%s%s", before, many, after);
	free(many);
	return text;
}

static void long_lines(void **state)
{
	struct case_file f;
	char *text;

	(void)state;
	text = text_of("case a\nabout ", 'x', MAX_LINE - 6, "\nfreeze fd:1 = 0\n");
	f = must_parse(text);
	assert_int_equal(strlen(f.cases[0].about[0]), MAX_LINE - 6);
	case_file_release(&f);
	free(text);
	text = text_of("case a\nabout ", 'x', MAX_LINE - 5, "\nfreeze fd:1 = 0\n");
	assert_refused(text, strlen(text), 2, "a line is longer than 8192 bytes");
	free(text);
}

/* HEAD, and so many claims on the next line. */
static char *text_of_claims(int n)
{
	char *text = xstrdup(HEAD "claim"), *longer;

	for (int i = 1; i <= n; i++) {
		longer = xasprintf("%s c%d", text, i);
		free(text);
		text = longer;
	}
	return text;
}

static void many_words(void **state)
{
	char *text = text_of_claims(MAX_WORDS);
	struct case_file f;
	struct diag d;

	(void)state;
	assert_int_equal(case_file_parse(&f, text, strlen(text), "test", &d), -1);
	assert_int_equal(d.line, 3);
	assert_int_equal(d.column, strlen(text) - strlen(HEAD "c128") + 1);
	assert_string_equal(d.message, "too many words on a line (at most 128)");
	free(text);
}

static void many_claims(void **state)
{
	char *text = text_of_claims(MAX_CLAIMS), *whole = xasprintf("%s\nfreeze fd:1 = 0\n", text);
	struct case_file f;
	struct diag d;

	(void)state;
	f = must_parse(whole);
	assert_int_equal(f.cases[0].n_claims, MAX_CLAIMS);
	assert_string_equal(f.cases[0].claims[MAX_CLAIMS - 1].id, "c60");
	case_file_release(&f);
	free(whole);
	/* Also on a line of their own, or of another relation: they are counted together. */
	whole = xasprintf("%s\nqualifies last\nfreeze fd:1 = 0\n", text);
	assert_int_equal(case_file_parse(&f, whole, strlen(whole), "test", &d), -1);
	assert_int_equal(d.line, 4);
	assert_string_equal(d.message, "a case names at most 60 claims");
	free(whole);
	free(text);
}

static void too_large(void **state)
{
	(void)state;
	/* Refused by its size, before anything is read. */
	assert_refused("", (size_t)CASE_FILE_MAX + 1, 0, "larger than 64 MiB");
}

static void a_whole_head(void **state)
{
	struct case_file f =
		must_parse("# file\n\ncase a.b-c\nabout one\nabout  two words \t\n"
			   "claim x.y z\ncontradicts w\nsource kernel/bpf/core.c: # 7\n"
			   "level may\nneeds !a & (b|c)\n\nfreeze fd:1 = 0\n"
			   "case second\nabout y\nfreeze fd:1 = 0\n# end\n");
	const struct test_case *c = &f.cases[0];

	(void)state;
	assert_int_equal(f.n_cases, 2);
	assert_string_equal(c->name, "a.b-c");
	assert_string_equal(c->file, "test");
	assert_int_equal(c->line, 3);
	assert_string_equal(c->notes, "# file\n\n");
	assert_int_equal(c->n_about, 2);
	assert_string_equal(c->about[0], "one");
	assert_string_equal(c->about[1], "two words");
	assert_int_equal(c->n_claims, 3);
	assert_string_equal(c->claims[0].id, "x.y");
	assert_int_equal(c->claims[1].relation, CLAIM_CONFIRMS);
	assert_string_equal(c->claims[2].id, "w");
	assert_int_equal(c->claims[2].relation, CLAIM_CONTRADICTS);
	assert_int_equal(c->claims[2].line, 7);
	assert_memory_equal(c->claims[2].at, "w\nsource", 8);
	/* Free text goes to the end of the line: # is a part of it. */
	assert_string_equal(c->sources[0], "kernel/bpf/core.c: # 7");
	assert_int_equal(c->level, LEVEL_MAY);
	assert_string_equal(c->needs, "!a & (b|c)");
	assert_int_equal(c->n_steps, 1);
	assert_int_equal(c->steps[0].line, 12);
	assert_memory_equal(c->text, "case a.b-c\n", 11);
	assert_int_equal(c->text_len, f.cases[1].text - c->text);
	assert_string_equal(f.cases[1].name, "second");
	assert_int_equal(f.cases[1].level, LEVEL_MUST);
	assert_null(f.cases[1].needs);
	assert_string_equal(f.notes, "# end\n");
	case_file_release(&f);
}

/* The text of a case is a file of its own: that is what is sent to a guest. */
static void text_of_a_case(void **state)
{
	struct case_file f = must_parse(HEAD "map m prog_array\nfreeze m = 0\n\n# next\ncase c\n"
					     "about y\nfreeze fd:1 = 0"),
			 one;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < f.n_cases; i++) {
		assert_int_equal(
			case_file_parse(&one, f.cases[i].text, f.cases[i].text_len, "one", &d), 0);
		assert_int_equal(one.n_cases, 1);
		assert_string_equal(one.cases[0].name, f.cases[i].name);
		assert_int_equal(one.cases[0].n_steps, f.cases[i].n_steps);
		case_file_release(&one);
	}
	case_file_release(&f);
}

/* With CRLF, and without a line end at the end, a file says the same. */
static void line_ends(void **state)
{
	static const char unix_text[] = "# c\ncase a.b\nabout x y\nclaim p q\nlevel may\n"
					"needs a & b\n\nmap m prog_array  # tail\nprog p xdp\n"
					"    r0 = 2 # why\n\n    exit\nupdate m 0 p = EINVAL\n";
	struct case_file a = must_parse(unix_text), b;
	char *crlf = xcalloc(2 * sizeof(unix_text), 1), *printed_a = printed(&a), *printed_b;
	size_t n = 0;

	(void)state;
	for (const char *s = unix_text; *s; s++) {
		if (*s == '\n')
			crlf[n++] = '\r';
		crlf[n++] = *s;
	}
	b = must_parse(crlf);
	printed_b = printed(&b);
	assert_string_equal(printed_a, printed_b);
	assert_null(strchr(printed_b, '\r'));
	assert_int_equal(b.cases[0].steps[1].line, a.cases[0].steps[1].line);
	assert_string_equal(b.cases[0].needs, "a & b");
	case_file_release(&b);
	free(printed_b);
	/* The last line without its end. */
	crlf[n - 2] = '\0';
	b = must_parse(crlf);
	printed_b = printed(&b);
	assert_string_equal(printed_a, printed_b);
	case_file_release(&b);
	case_file_release(&a);
	free(printed_a);
	free(printed_b);
	free(crlf);
}

/* A comment is of the next step, of its own line, or of the end of the file; none is lost. */
static void comments(void **state)
{
	struct case_file f =
		must_parse("case a.b # one\n# two\nabout x\nclaim c # three\nlevel may #four\n"
			   "  # five\n\n\n\nfreeze fd:1 = 0 # six\nfreeze fd:1 = 0 #\n"
			   "\n\n# end\n\n");
	const struct step *s = f.cases[0].steps;

	(void)state;
	assert_string_equal(s[0].notes, "# one\n# two\n# three\n# four\n# five\n\n");
	assert_string_equal(s[0].tail, "six");
	assert_null(s[1].notes);
	assert_string_equal(s[1].tail, "");
	assert_string_equal(f.notes, "\n# end\n\n");
	case_file_release(&f);
}

static void read_errors(void **state)
{
	char path[] = "/tmp/tailcheck-parse-XXXXXX", text[300];
	struct case_file f;
	struct diag d;
	int fd;

	(void)state;
	assert_int_equal(case_file_read(&f, "/nonexistent/x.case", &d), -1);
	assert_string_equal(d.file, "/nonexistent/x.case");
	assert_string_equal(d.message, "cannot open: No such file or directory");
	assert_int_equal(d.line, 0);
	assert_int_equal(case_file_read(&f, "/", &d), -1);
	assert_string_equal(d.message, "cannot read: Is a directory");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	snprintf(text, sizeof(text), HEAD "freeze fd:1 = 0\n# %0200d\n", 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(case_file_read(&f, path, &d), 0);
	assert_int_equal(f.n_cases, 1);
	assert_string_equal(f.cases[0].file, path);
	case_file_release(&f);
	/* One byte more than may be. */
	assert_int_equal(ftruncate(fd, CASE_FILE_MAX + 1), 0);
	assert_int_equal(case_file_read(&f, path, &d), -1);
	assert_string_equal(d.message, "larger than 64 MiB");
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_lines),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(nul_byte_in_a_program),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(many_words),
		cmocka_unit_test(many_claims),
		cmocka_unit_test(too_large),
		cmocka_unit_test(a_whole_head),
		cmocka_unit_test(text_of_a_case),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(comments),
		cmocka_unit_test(read_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
