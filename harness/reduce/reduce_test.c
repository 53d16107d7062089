// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draft.h"
#include "reduce.h"

static const char large[] = "case t.large\n"
			    "about  Much that does not matter.\n"
			    "needs  jit\n"
			    "\n"
			    "map a prog_array entries=8\n"
			    "map b array value=64 entries=5 # a comment\n"
			    "prog p socket_filter\n"
			    "    r6 = r1\n"
			    "    # another one\n"
			    "    r1 = b[0] ll\n"
			    "    r2 = *(u64 *)(r1 + 8)\n"
			    "    if r2 > 46 goto l1\n"
			    "    r2 += 77\n"
			    "    l1:\n"
			    "    r1 = r6\n"
			    "    r3 = 4711\n"
			    "    r2 = a ll\n"
			    "    call bpf_tail_call\n"
			    "    r0 = 5\n"
			    "    exit\n"
			    "prog q socket_filter\n"
			    "    r0 = 9\n"
			    "    r0 = 10\n"
			    "    r0 = 11\n"
			    "    exit\n"
			    "update b 0 1 = 0\n"
			    "update a 3 p = 0\n"
			    "lookup a 3 = p\n"
			    "run p repeat=3 cb0=7 = 5\n"
			    "run q = 11\n";

/* An engine that is wrong where a program that is run calls helper 12, and what it was asked. */
struct fake {
	size_t asked, batches, most;
	bool flickers; /* only every second time */
};

static bool calls(const struct step *s)
{
	for (size_t i = 0; i < s->prog->n_insns; i++)
		if (s->prog->insns[i].code == (BPF_JMP | BPF_CALL) && s->prog->insns[i].imm == 12)
			return true;
	return false;
}

static bool is_wrong(const struct test_case *c)
{
	for (size_t i = 0; i < c->n_steps; i++)
		for (size_t p = 0; c->steps[i].op == STEP_RUN && p < i; p++)
			if (c->steps[p].op == STEP_PROG && calls(&c->steps[p]) &&
			    strcmp(c->steps[p].makes, c->steps[i].fd.handle) == 0)
				return true;
	return false;
}

static void ask_fake(void *arg, struct trial *trials, size_t n)
{
	struct fake *fake = arg;

	fake->batches++;
	fake->most = n > fake->most ? n : fake->most;
	for (size_t i = 0; i < n; i++)
		if (is_wrong(trials[i].c) && (!fake->flickers || fake->asked++ % 2))
			trials[i].symptom = symptom_of("1 run p = 1\n", "1 run p = 2\n");
}

static int reduce_text(const char *text, struct fake *fake, size_t batch, struct reduced *r,
		       char why[300])
{
	struct reduce_config config = { ask_fake, fake, batch, 60, NULL };
	struct case_file f;
	struct diag d;
	int ret;

	assert_int_equal(case_file_parse(&f, text, strlen(text), "t.case", &d), 0);
	ret = reduce(&config, &f.cases[0], r, why, 300);
	case_file_release(&f);
	return ret;
}

static void only_what_matters_is_left(void **state)
{
	static const size_t batches[] = { 1, 7, 100 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fake fake = { 0 };
		struct reduced r;
		char why[300], *text = NULL;
		size_t len;
		FILE *out;

		assert_int_equal(reduce_text(large, &fake, batches[i], &r, why), 0);
		assert_true(fake.most <= batches[i] || fake.most == 3);
		out = open_memstream(&text, &len);
		case_file_print(out, &r.file);
		fclose(out);
		assert_string_equal(text, "case t.large\n"
					  "about  Being reduced.\n"
					  "level  must\n"
					  "\n"
					  "prog p socket_filter\n"
					  "    call bpf_tail_call\n"
					  "run p                            = 0\n");
		assert_int_equal(r.steps, 2);
		assert_int_equal(r.insns, 1);
		assert_false(r.cut_short);
		free(text);
		case_file_release(&r.file);
	}
}

static void no_difference_is_said(void **state)
{
	struct fake fake = { .flickers = true };
	struct reduced r;
	char why[300];

	(void)state;
	assert_int_equal(reduce_text(large, &fake, 4, &r, why), -1);
	assert_string_equal(why, "the engines do not differ on t.large in the same way each time");
	fake.flickers = false;
	assert_int_equal(reduce_text("case t.x\nabout X\n\nbtf b\n", &fake, 4, &r, why), -1);
	assert_string_equal(why, "the engines do not differ on t.x");
}

static void time_cuts_it_short(void **state)
{
	struct fake fake = { 0 };
	struct reduce_config config = { ask_fake, &fake, 4, 0, NULL };
	struct case_file f;
	struct reduced r;
	struct diag d;
	char why[300];

	(void)state;
	assert_int_equal(case_file_parse(&f, large, strlen(large), "t.case", &d), 0);
	assert_int_equal(reduce(&config, &f.cases[0], &r, why, sizeof(why)), 0);
	assert_true(r.cut_short);
	assert_int_equal(r.steps, 9);
	case_file_release(&r.file);
	case_file_release(&f);
}

static void kinds_of_differences(void **state)
{
	static const struct {
		const char *wanted, *got, *command, *a, *b;
	} rows[] = {
		{ "1 run p = 1\n", "1 run p = 2\n", "observe", "value", "value" },
		{ "1 lookup m 0 = 0:1 3:4\n", "1 lookup m 0 = zero\n", "observe", "value",
		  "value" },
		{ "1 lookup m 0 = ENOENT\n", "1 lookup m 0 = p\n", "observe", "ENOENT", "text" },
		{ "1 prog p xdp = EINVAL log\n", "1 prog p xdp = 0\n", "prog", "EINVAL", "value" },
		{ "1 eventually update m 0 p = 0\n", "1 eventually update m 0 p ! fault: gone\n",
		  "update", "value", "fault" },
		{ "1 btf b = 0\n", "1 btf b = 0\n2 end = leaked map m\n", "end", "nothing",
		  "leaked" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct symptom s = symptom_of(rows[i].wanted, rows[i].got);

		assert_int_equal(s.kind, SYMPTOM_DIFFERS);
		assert_string_equal(s.command, rows[i].command);
		assert_string_equal(s.wanted, rows[i].a);
		assert_string_equal(s.got, rows[i].b);
	}
	assert_int_equal(symptom_of("1 btf b = 0\n", "1 btf b = 0\n").kind, SYMPTOM_NONE);
}

static bool is_map_a(const struct draft_line *l, void *arg)
{
	(void)arg;
	return l->makes && strcmp(l->makes, "a") == 0;
}

static void what_names_a_lost_handle_goes_too(void **state)
{
	struct arena arena = { 0 };
	struct case_file f;
	struct draft draft;
	struct diag d;

	(void)state;
	assert_int_equal(case_file_parse(&f, large, strlen(large), "t.case", &d), 0);
	draft = draft_of(&arena, &f.cases[0]);
	draft_drop(&draft, is_map_a, NULL);
	for (size_t i = 0; i < draft.n; i++) {
		assert_null(strstr(draft.lines[i].text, "a ll"));
		assert_null(strstr(draft.lines[i].text, "update a"));
		assert_null(strstr(draft.lines[i].text, "lookup a"));
	}
	/* The update of the other map, programs and runs stay. */
	assert_string_equal(draft.lines[draft.n - 1].text, "run q = 0");
	arena_release(&arena);
	case_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_matters_is_left),
		cmocka_unit_test(no_difference_is_said),
		cmocka_unit_test(time_cuts_it_short),
		cmocka_unit_test(kinds_of_differences),
		cmocka_unit_test(what_names_a_lost_handle_goes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
