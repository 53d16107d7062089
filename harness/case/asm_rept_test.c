// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `.rept`: the copies, what is printed of them, and what is refused. */
#include "asm_test.h"

static void copies_are_what_they_stand_for(void **state)
{
	static const char text[] = "r6 = r1\n"
				   ".rept 3\n"
				   "r2 = progs ll\n"
				   "if r6 == 0 goto out\n"
				   "call f\n"
				   "r1 += 1\n"
				   ".endr\n"
				   "out:\nexit\nf:\nr0 = 0\nexit\n";
	static const char body[] = "r2 = progs ll\nif r6 == 0 goto out\ncall f\nr1 += 1\n";
	char whole[512];
	struct asm_prog prog, plain;

	(void)state;
	snprintf(whole, sizeof(whole), "r6 = r1\n%s%s%sout:\nexit\nf:\nr0 = 0\nexit\n", body, body,
		 body);
	must_assemble(&prog, text);
	must_assemble(&plain, whole);
	assert_int_equal(prog.n_insns, plain.n_insns);
	assert_memory_equal(prog.insns, plain.insns, plain.n_insns * sizeof(*plain.insns));
	assert_int_equal(prog.n_relocs, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(prog.relocs[i].insn, plain.relocs[i].insn);
		assert_string_equal(prog.relocs[i].map, "progs");
	}
	assert_int_equal(prog.n_funcs, 2);
	assert_int_equal(prog.lines[1], 3);
	assert_int_equal(prog.lines[6], 3); /* of the first copy's lines */
	asm_release(&prog);
	asm_release(&plain);
}

static void prints_what_was_written(void **state)
{
	static const char *const texts[] = {
		".rept 2\nr1 = 0\n.endr\nexit\n",
		"r1 = 0\nagain:\n.rept 1000\nr1 += 1\nr2 = 0x1 ll\n.endr\nif r1 == 5 goto again\n"
		"exit\n",
		"exit\n.rept 3\nexit\n.endr\n.rept 1\nr1 = 2\n.endr\n",
		"# one\n.rept 2\nr1 = 0                          # two\n# three\nr2 = 0\n.endr\n"
		"# four\nexit\n# five\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct asm_prog prog;
		char *text;

		must_assemble(&prog, texts[i]);
		text = asm_text(&prog);
		assert_string_equal(text, texts[i]);
		free(text);
		asm_release(&prog);
	}
}

/* Comments move to where they can stand, and stay there. */
static void comments_move_once(void **state)
{
	struct asm_prog prog;
	char *text;

	(void)state;
	must_assemble(&prog, ".rept 2\n# one\nr1 = 0\n\n# two\n\n.endr\n\n# three\nexit\n");
	text = asm_text(&prog);
	assert_string_equal(text, "# one\n.rept 2\nr1 = 0\n.endr\n\n# two\n\n# three\nexit\n");
	free(text);
	asm_release(&prog);
}

static const struct {
	const char *text;
	unsigned int line, column;
	const char *message;
} errors[] = {
	{ ".rept\nexit", 1, 6, "expected a number" },
	{ ".rept 0\nexit", 1, 7, "expected a number of copies: 1 ... 65536" },
	{ ".rept -1\nexit", 1, 7, "expected a number of copies: 1 ... 65536" },
	{ ".rept 65537\nexit", 1, 7, "expected a number of copies: 1 ... 65536" },
	{ ".rept 2 # twice\nexit", 1, 9, "expected the end of the line" },
	{ ".rept 2\nexit\n.endr x", 3, 7, "expected the end of the line" },
	{ ".rept 2\nexit", 1, 1, ".rept has no .endr" },
	{ "exit\n.endr", 2, 1, ".endr without .rept" },
	{ ".rept 2\n.rept 3\nexit\n.endr\n.endr", 2, 1, ".rept is open since line 1" },
	{ ".rept 2\n.endr", 2, 1, "there is nothing to be repeated" },
	{ ".rept 2\na:\ngoto a\n.endr", 4, 1, "no label may stand between .rept and .endr" },
	{ ".rept 2\nexit\na:\n.endr", 4, 1, "no label may stand between .rept and .endr" },
	{ ".rept 2\ngoto +0\n.endr\nexit", 3, 1,
	  "jumps between .rept and .endr go to labels elsewhere" },
	{ ".rept 2\nr1 = a ll\ncall pc+1\n.endr\nexit", 4, 1,
	  "jumps between .rept and .endr go to labels elsewhere" },
	{ ".rept 32769\nr1 = 1 ll\n.endr", 3, 1, "more than 65536 instructions" },
	{ "goto +1\n.rept 3\nexit\n.endr", 2, 0, "a jump leads between .rept and .endr" },
	{ ".set 2", 1, 1, "expected .rept or .endr" },
	{ ".rept 2\nnop\n.endr", 2, 1, "unknown instruction" },
};

static void reports_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct asm_prog prog;
		struct diag d;

		assert_int_equal(
			asm_parse(&prog, errors[i].text, strlen(errors[i].text), "x", 1, &d), -1);
		assert_string_equal(d.message, errors[i].message);
		assert_int_equal(d.line, errors[i].line);
		assert_int_equal(d.column, errors[i].column);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_what_they_stand_for),
		cmocka_unit_test(prints_what_was_written),
		cmocka_unit_test(comments_move_once),
		cmocka_unit_test(reports_errors),
	};

	return cmocka_run_group_tests_name("asm_rept", tests, NULL, NULL) ? 1 : 0;
}
