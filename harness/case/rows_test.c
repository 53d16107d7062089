// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* docs/rows.md names cases that there are: each word in backquotes in the second column. */
#include "suite.h"

#include <fnmatch.h>

#include "../base/text.h"
#include "case_test.h"

static bool is_a_case(const struct suite *s, const char *pattern)
{
	for (size_t i = 0; i < s->n_cases; i++)
		if (!fnmatch(pattern, s->cases[i]->name, 0))
			return true;
	return false;
}

static void names_cases(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *cases = xasprintf("%s/cases", root ? root : ".");
	char *doc = xasprintf("%s/docs/rows.md", root ? root : ".");
	struct suite s = { 0 };
	struct diag d;
	char line[2048];
	size_t n = 0;
	FILE *in = fopen(doc, "r");

	(void)state;
	assert_non_null(in);
	assert_int_equal(suite_add(&s, cases, &d), 0);
	while (fgets(line, sizeof(line), in)) {
		char *at = strstr(line, " | `"), *name;

		/* A reason has words of programs in backquotes, and no case. */
		if (!at || strstr(line, "*not tried*"))
			continue;
		strtok(at, "`");
		for (; (name = strtok(NULL, "`")); strtok(NULL, "`"), n++)
			if (!is_a_case(&s, name))
				fail_msg("docs/rows.md: no case %s", name);
	}
	assert_true(n > 200);
	fclose(in);
	suite_release(&s);
	free(doc);
	free(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_cases) };

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
