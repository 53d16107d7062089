// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* KTAP version 1, as Documentation/dev-tools/ktap.rst of the kernel has it. */
#include "report_test.h"

static char *ktap(const struct run_results *r)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	report_ktap(out, r);
	fclose(out);
	return text;
}

/* Version and plan first, tests numbered from 1 without a hole, as many as planned; recursive. */
static char *check_level(char *line, int indent, size_t *not_ok)
{
	size_t planned = 0, seen = 0;
	int depth = 0;

	assert_int_equal(strncmp(line + indent, "KTAP version 1", 14), 0);
	line = strtok(NULL, "\n");
	if (strncmp(line + indent, "# Subtest: ", 11) == 0)
		line = strtok(NULL, "\n");
	assert_int_equal(sscanf(line + indent, "1..%zu", &planned), 1);
	line = strtok(NULL, "\n");
	while (line && seen < planned) {
		size_t nr, failed = 0;
		bool ok;

		while (line[depth] == ' ')
			depth++;
		if (depth == indent + 2 && line[depth] == 'K') {
			line = check_level(line, depth, &failed);
			assert_non_null(line);
		}
		depth = 0;
		while (line[depth] == ' ')
			depth++;
		assert_int_equal(depth, indent);
		if (line[depth] == '#') {
			line = strtok(NULL, "\n");
			depth = 0;
			continue;
		}
		ok = strncmp(line + depth, "ok ", 3) == 0;
		if (!ok)
			assert_int_equal(strncmp(line + depth, "not ok ", 7), 0);
		assert_int_equal(sscanf(line + depth + (ok ? 3 : 7), "%zu", &nr), 1);
		assert_int_equal(nr, ++seen);
		/* A group is not ok when one of its tests is not. */
		if (failed)
			assert_false(ok);
		*not_ok += !ok;
		line = strtok(NULL, "\n");
		depth = 0;
	}
	assert_int_equal(seen, planned);
	while (line && line[indent] == '#')
		line = strtok(NULL, "\n");
	return line;
}

static void well_formed(void **state)
{
	struct made_up m;
	size_t not_ok = 0;
	char *text;

	(void)state;
	make_up(&m);
	text = ktap(&m.r);
	assert_null(check_level(strtok(text, "\n"), 0, &not_ok));
	assert_int_equal(not_ok, 3);
	free(text);
	release_made_up(&m);
}

static void every_verdict(void **state)
{
	static const char *const lines[] = {
		"KTAP version 1\n1..5\n  KTAP version 1\n  # Subtest: jit\n  1..6\n",
		"\n  ok 1 freeze.twice # quirk: freeze-by-capability\n",
		" # diverges\n  # step 2: lookup a_map_with_a_long_name 3\n"
		"  # wanted  zero\n  # got     0:18446744073709551615",
		"\n  not ok 2 " LONG_CASE " # diverges\n",
		"\n  ok 3 limit.one\n",
		"\n  not ok 4 pin.crash # the guest died: BUG: kernel NULL pointer dereference, "
		"address: 0000000000000010\n",
		"\n  ok 5 take.nowhere # SKIP needs imagination\n",
		"\n  not ok 6 x.lost # TIMEOUT no answer within 10 s\nnot ok 1 jit\n",
		"\nok 2 interp # SKIP CONFIG_BPF_JIT_ALWAYS_ON is set in this kernel",
		"\n  not ok 6 x.lost # ERROR no guest was left\nnot ok 3 jit-hardened\n",
		"\n  ok 4 pin.crash # SKIP unsupported: no deleting here\n",
		"\n  not ok 6 x.lost # ERROR did not run\nnot ok 4 an-engine-with-a-long-name\n",
		"\n  ok 6 x.lost\nok 5 third\n",
	};
	struct made_up m;
	char *text;

	(void)state;
	make_up(&m);
	text = ktap(&m.r);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strstr(text, lines[i]))
			fail_msg("\n%s\nhas no\n%s", text, lines[i]);
	free(text);
	release_made_up(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(every_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
