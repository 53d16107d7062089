// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A fuzzing target without a fuzzer: it takes each of its seeds once. So `make test` notices a
 * target that no longer links, or that its own seeds break, without clang and in seconds.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/slurp.h"

#define MOST (64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Only targets with something to set up have one. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static char *seeds; /* their folder */

static void take(const char *name)
{
	char *path = xasprintf("%s/%s", seeds, name), *bytes, *just;
	FILE *in = fopen(path, "re");
	size_t size = 0;

	bytes = in ? slurp(in, MOST, &size) : NULL;
	if (!bytes) {
		fail_msg("%s: %s", path, strerror(errno));
		return;
	}
	fclose(in);
	/* Of just its size, so that AddressSanitizer sees what is read behind it. */
	just = xcalloc(size ? size : 1, 1);
	memcpy(just, bytes, size);
	free(bytes);
	LLVMFuzzerTestOneInput((const uint8_t *)just, size);
	free(just);
	free(path);
}

static void test_seeds(void **state)
{
	DIR *dir = opendir(seeds);
	struct dirent *d;
	size_t n = 0;

	(void)state;
	if (!dir) {
		fail_msg("no folder %s: scripts/fuzz-seeds.sh makes it", seeds);
		return;
	}
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.') {
			take(d->d_name);
			n++;
		}
	closedir(dir);
	assert_int_not_equal(n, 0);
	print_message("%zu seeds\n", n);
}

/* BUILD/asan/tests/fuzz/NAME_replay: the seeds are in BUILD/seeds/NAME. */
static char *seeds_of(const char *program)
{
	const char *name = strrchr(program, '/'), *end = strstr(program, "/asan/");

	name = name ? name + 1 : program;
	return xasprintf("%.*s/seeds/%.*s", end ? (int)(end - program) : 1, end ? program : ".",
			 (int)strcspn(name, "_"), name);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds) };
	int ret;

	seeds = seeds_of(argv[0]);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	free(seeds);
	return ret;
}
