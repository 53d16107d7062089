// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The recipe for many machines in docs/gating.md, as it is written there but for the engine, by GNU
 * parallel: its shards come to the report of one run, and one that is lost is told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tool_test.h"

/* On the reference behind its adapter: all cases take a second. */
#define ENGINE "-e \"$ROOT/build/tailcheck engine-server\" -j 1"

static int set_up(void **state)
{
	if (tool_set_up(state))
		return -1;
	/* A command of the recipe to the letter: `tailcheck` in the PATH, `cases` in the folder. */
	tool_must(0, "ln -s $ROOT/cases $S/cases && mkdir $S/bin && ln -s $T $S/bin/tailcheck");
	tool_must(0, "sed -n '/^## Many machines/,/^## /s/^    //p' $ROOT/docs/gating.md | "
		     "sed 's|-k debian-6.1 --guests 1|" ENGINE "|' >$S/recipe");
	tool_must(0, "grep -q '^seq 7 | parallel -q .*engine-server' $S/recipe");
	return 0;
}

static void the_recipe_is_one_run(void **state)
{
	(void)state;
	tool_must(0, "cd $S && $T run " ENGINE
		     " --shard 1/1 -o shards1/1 cases && $T merge -o one shards1/*");
	tool_must(0, "$T gate --expect $S/tailcheck.base --update $S/one");
	tool_must(0, "cd $S && PATH=$S/bin:$PATH sh -e ./recipe");
	says("as in tailcheck.base");
	tool_must(0, "test $(ls -d $S/shards/* | wc -l) = 7");
	tool_must(0, "cmp $S/one/summary.json $S/merged/summary.json");
}

static void a_lost_shard_is_missing(void **state)
{
	(void)state;
	tool_must(0, "rm -r $S/shards/3");
	tool_must(5, "$T merge -o $S/less $S/shards/*");
	says("3");
	tool_must(1, "$T gate --expect $S/tailcheck.base $S/less");
	tool_must(1, "cmp -s $S/one/summary.json $S/less/summary.json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recipe_is_one_run),
		cmocka_unit_test(a_lost_shard_is_missing),
	};

	return cmocka_run_group_tests(tests, set_up, tool_tear_down);
}
