// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is printed reads back as the same cases, and printing that again changes nothing. */
#include "asm_test.h"
#include "case_test.h"
#include "suite.h"

static void assert_same_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void assert_same_list(char *const *a, size_t n, char *const *b, size_t m)
{
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(a[i], b[i]);
}

static void assert_same_fd(const struct fd_arg *a, const struct fd_arg *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->number, b->number);
	assert_same_text(a->handle, b->handle);
}

static void assert_same_bytes(const struct bytes_arg *a, const struct bytes_arg *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_true(a->number == b->number);
	assert_same_fd(&a->fd, &b->fd);
	assert_int_equal(a->hex_len, b->hex_len);
	if (a->hex_len)
		assert_memory_equal(a->hex, b->hex, a->hex_len);
}

static void assert_same_step(const struct step *a, const struct step *b)
{
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->eventually, b->eventually);
	assert_same_text(a->makes, b->makes);
	assert_int_equal(a->type, b->type);
	assert_same_fd(&a->fd, &b->fd);
	assert_same_fd(&a->fd2, &b->fd2);
	assert_same_bytes(&a->key, &b->key);
	assert_same_bytes(&a->value, &b->value);
	assert_same_text(a->path, b->path);
	assert_same_text(a->field, b->field);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->opt_set, b->opt_set);
	assert_memory_equal(a->opt_num, b->opt_num, sizeof(a->opt_num));
	for (int i = 0; i < OPT_COUNT; i++)
		assert_same_text(a->opt_text[i], b->opt_text[i]);
	assert_int_equal(a->n_fields, b->n_fields);
	for (size_t i = 0; i < a->n_fields; i++) {
		assert_ptr_equal(a->fields[i].field, b->fields[i].field);
		assert_true(a->fields[i].value == b->fields[i].value);
	}
	assert_int_equal(!a->prog, !b->prog);
	if (a->prog)
		assert_same_prog(a->prog, b->prog);
	assert_string_equal(a->expect, b->expect);
	assert_same_text(a->tail, b->tail);
}

static void assert_same_case(const struct test_case *a, const struct test_case *b)
{
	assert_string_equal(a->name, b->name);
	assert_same_list(a->about, a->n_about, b->about, b->n_about);
	assert_int_equal(a->n_claims, b->n_claims);
	for (size_t i = 0; i < a->n_claims; i++) {
		assert_string_equal(a->claims[i].id, b->claims[i].id);
		assert_int_equal(a->claims[i].relation, b->claims[i].relation);
	}
	assert_same_list(a->sources, a->n_sources, b->sources, b->n_sources);
	assert_int_equal(a->level, b->level);
	assert_same_text(a->needs, b->needs);
	assert_int_equal(a->n_steps, b->n_steps);
	for (size_t i = 0; i < a->n_steps; i++)
		assert_same_step(&a->steps[i], &b->steps[i]);
}

static void assert_comes_back(const struct case_file *f)
{
	char *text = printed(f), *again;
	struct case_file back = must_parse(text);

	assert_int_equal(f->n_cases, back.n_cases);
	for (size_t i = 0; i < f->n_cases; i++)
		assert_same_case(&f->cases[i], &back.cases[i]);
	again = printed(&back);
	assert_string_equal(text, again);
	free(text);
	free(again);
	case_file_release(&back);
}

static void all_cases_come_back(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/cases", root ? root : ".");
	struct suite s = { 0 };
	struct diag d;

	(void)state;
	if (suite_add(&s, path, &d)) {
		diag_print(stderr, &d);
		fail();
	}
	assert_true(s.n_files >= 10);
	for (size_t i = 0; i < s.n_files; i++)
		assert_comes_back(s.files[i]);
	suite_release(&s);
	free(path);
}

/* All that a step can hold, also where no case uses it. */
static void odd_steps_come_back(void **state)
{
	struct case_file f = must_parse(
		HANDLES
		"map n 999 key=0 value=0xffffffff flags=0xffffffffffffffff name=x inner=m stray=9 "
		"spin-lock timer\n"
		"prog s syscall attach=999 flags=SLEEPABLE|0x80000000 name=n license=GPL no-btf "
		"void-funcs exception-callback=g attach-func=f target=p = EINVAL log=/a  = b/c/\n"
		"    r1 = m ll\n    r1 = m[8] ll\n    call kfunc f\n    call f\n    exit\n    f: "
		"r0 = 1\n    exit\n"
		"    g: r0 = 2\n    exit\n"
		"eventually update fd:file hex:00ff fd:-7 flags=LOCK|0x80 = E2BIG\n"
		"update m null bad = EFAULT\n"
		"lookup m bad = 1:2 9:0xffffffffffffffff\n"
		"batch-update m 4096 flags=1 elem-flags=0x100000001 = ENOTSUPP\n"
		"run p bytes=00fF data=9 fill=7 repeat=2 flags=1 mark=1 cb0=2 tstamp=-1 = 0 len=1 "
		"@0=ff "
		"mark=2\n"
		"bind p fd:closed flags=3 = EBADF\npin p a = 0\nget g a flags=0\n"
		"prog-in-slot h m 0 = ENOENT\ninfo g name = 12\nsame g p = 0\ndup d fd:0\nclose "
		"d\n");

	(void)state;
	assert_comes_back(&f);
	case_file_release(&f);
}

/* What `tailcheck fmt` makes of a file, to the byte. */
static void canonical_form(void **state)
{
	struct case_file f = must_parse(
		"# A file.\n\n\n\n# Of cases.\ncase   a.b # first\nabout    What  it shows.\n"
		"level may\nclaim x   y.z\nqualifies q\nclaim w\nneeds   jit&!a\nsource a file\n"
		"# a note\nmap m 3 entries=0x4 key=4 = 0 # the map\n"
		"prog p socket_filter\n\tr0=0x7\n\n\n        # why\n\texit;\n"
		"run p mark=0x1 data=20 = 0x7\nupdate m 0x0 p flags=2 = 0 #\n"
		"close m = 0\n\n\n\ncase c\nabout y\nfreeze fd:closed = EBADF\n\n# The end.\n\n\n");
	char *text = printed(&f);

	(void)state;
	assert_string_equal(text, "# A file.\n\n# Of cases.\n"
				  "case a.b\nabout  What  it shows.\nclaim  x y.z w\nqualifies q\n"
				  "source a file\nlevel  may\nneeds  jit&!a\n\n"
				  "# first\n# a note\n"
				  "map m prog_array key=4 entries=4  # the map\n"
				  "prog p socket_filter\n    r0 = 7\n\n    # why\n    exit\n"
				  "run p data=20 mark=1             = 7\n"
				  "update m 0 p flags=EXIST         = 0  #\n"
				  "close m\n\n"
				  "case c\nabout  y\nlevel  must\n\n"
				  "freeze fd:closed                 = EBADF\n\n# The end.\n\n");
	assert_comes_back(&f);
	free(text);
	case_file_release(&f);
}

/* Made by a generator, without a line of text: there is nothing that must have been parsed. */
static void printing_without_parsing(void **state)
{
	struct step step = { .op = STEP_CLOSE, .fd = { .kind = FD_NUMBER, .number = -3 } };
	char about[] = "x", name[] = "a.b", expect[] = "EBADF", *list[] = { about };
	struct test_case c = {
		.name = name, .about = list, .n_about = 1, .steps = &step, .n_steps = 1
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	step.expect = expect;
	case_print(out, &c);
	fclose(out);
	assert_string_equal(text, "case a.b\nabout  x\nlevel  must\n\n"
				  "close fd:-3                      = EBADF\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases_come_back),
		cmocka_unit_test(odd_steps_come_back),
		cmocka_unit_test(canonical_form),
		cmocka_unit_test(printing_without_parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
