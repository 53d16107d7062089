// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Guests from a snapshot, end to end: kept by one run, used by the next; damaged, stale and useless
 * ones are noticed and made anew. In a cache of its own, with the kernels of the usual one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../harness/base/hash.h"
#include "../harness/vm/files.h"
#include "../harness/vm/kernel_image.h"

#define MAX_OUTPUT (1 << 18)

static char scratch[] = "/tmp/tailcheck-snap-XXXXXX";
static char why[512];

/* The number is never the one that the case expects, so that the report shows it. */
static const char draw[] = "case snap.random\n"
			   "about  What a guest draws.\n\n"
			   "prog draw socket_filter\n"
			   "    call bpf_get_prandom_u32\n"
			   "    exit\n\n"
			   "run draw = 1\n";

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", scratch, name);
}

static int setup(void **state)
{
	char path[256], *cache = kernel_cache_dir(), kernels[512];

	(void)state;
	assert_non_null(mkdtemp(scratch));
	snprintf(kernels, sizeof(kernels), "%s/kernels", cache);
	free(cache);
	path_of(path, sizeof(path), "kernels");
	assert_int_equal(symlink(kernels, path), 0);
	path_of(path, sizeof(path), "draw.case");
	assert_int_equal(files_write_text(path, draw, why, sizeof(why)), 0);
	setenv("TAILCHECK_CACHE", scratch, 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	files_remove_tree(scratch);
	return 0;
}

/* What `tailcheck run` with these arguments prints, its lines joined; *code is its exit code. */
static char *run(int *code, const char *arguments)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char command[1024], *text = calloc(1, MAX_OUTPUT);
	size_t n;
	FILE *p;

	assert_non_null(text);
	snprintf(command, sizeof(command),
		 "timeout 150 %s/build/tailcheck run --offline -g 1 -o %s/run %s 2>&1",
		 root ? root : ".", scratch, arguments);
	p = popen(command, "re");
	assert_non_null(p);
	n = fread(text, 1, MAX_OUTPUT - 1, p);
	*code = WEXITSTATUS(pclose(p));
	/* The report breaks its lines where they are full. */
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n' && !strncmp(text + i, "\n    ", 5))
			memmove(text + i, text + i + 4, strlen(text + i + 4) + 1);
	return text;
}

static void check_says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("it did not say \"%s\"; it said:\n%s", words, text);
}

/* A run that is as it should be, and whose guest began as @start says. */
static void run_well(const char *start, const char *also)
{
	int code;
	char *text = run(&code, "next.one-slot");

	if (code)
		fail_msg("exit code %d; it said:\n%s", code, text);
	check_says(text, start);
	if (also)
		check_says(text, also);
	free(text);
}

/* The folder of the only snapshot. */
static void find_snapshot(char *folder, size_t size)
{
	char path[256];
	struct dirent *d;
	DIR *dir;

	path_of(path, sizeof(path), "snapshots");
	dir = opendir(path);
	assert_non_null(dir);
	*folder = '\0';
	while ((d = readdir(dir)))
		if (strlen(d->d_name) == 16) {
			assert_int_equal(*folder, 0);
			snprintf(folder, size, "%s/%s", path, d->d_name);
		}
	closedir(dir);
	assert_int_not_equal(*folder, 0);
}

static void one_run_keeps_and_the_next_uses(void **state)
{
	char folder[300];

	(void)state;
	run_well("1 boot (", NULL);
	find_snapshot(folder, sizeof(folder));
	run_well("; 1 from a snapshot (", NULL);
	run_well("; 1 from a snapshot (", NULL);
}

static void without_is_without(void **state)
{
	int code;
	char *text = run(&code, "--no-snapshot next.one-slot");

	(void)state;
	assert_int_equal(code, 0);
	check_says(text, "1 boot (");
	assert_null(strstr(text, "from a snapshot"));
	free(text);
}

static void a_damaged_one_is_noticed_and_made_anew(void **state)
{
	char folder[300], path[320];
	unsigned char byte;
	int fd;

	(void)state;
	find_snapshot(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/ram", folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 64 << 20), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 64 << 20), 1);
	close(fd);
	run_well("1 boot (", "the snapshot cannot be used (its memory is not what was saved)");
	run_well("; 1 from a snapshot (", NULL);
}

/* Change the stamp as somebody would who has the right checksums: @from becomes @to. */
static void forge(const char *folder, const char *from, const char *to)
{
	char path[320], text[1024], *at, *old;

	snprintf(path, sizeof(path), "%s/stamp", folder);
	old = files_read_text(path);
	assert_non_null(old);
	at = strstr(old, from);
	assert_non_null(at);
	*strstr(old, "\nstamp ") = '\0';
	snprintf(text, sizeof(text), "%.*s%s%s\n", (int)(at - old), old, to, strchr(at, '\n'));
	at = text + strlen(text);
	snprintf(at, 64, "stamp %016" PRIx64 "\n", hash_bytes(HASH_EMPTY, text, strlen(text)));
	assert_int_equal(files_write_text(path, text, why, sizeof(why)), 0);
	free(old);
}

static void one_of_another_machine_is_made_anew(void **state)
{
	char folder[300];

	(void)state;
	find_snapshot(folder, sizeof(folder));
	forge(folder, "tsc ", "tsc 1000000");
	run_well("1 boot (", "it is of a machine whose clock has another rate");
	run_well("; 1 from a snapshot (", NULL);
}

/* All checksums are right, and yet QEMU cannot do anything with it. */
static void one_that_does_not_restore_is_made_anew(void **state)
{
	static const char junk[] = "QEVM\0\0\0\3 and nothing that QEMU knows";
	char folder[300], path[320], line[64];
	int fd;

	(void)state;
	find_snapshot(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	snprintf(line, sizeof(line), "state %zu %016" PRIx64, sizeof(junk),
		 hash_bulk(HASH_EMPTY, junk, sizeof(junk)));
	forge(folder, "state ", line);
	run_well("1 boot (", "1 from a snapshot (");
	run_well("; 1 from a snapshot (", "0 failed");
}

/* The number that the JIT's program drew. */
static unsigned long drawn(void)
{
	char path[256], *text, *at;
	int code;

	path_of(path, sizeof(path), "draw.case");
	text = run(&code, path);
	check_says(text, "; 1 from a snapshot (");
	at = strstr(text, "snap.random on jit");
	assert_non_null(at);
	at = strstr(at, "got");
	assert_non_null(at);
	code = 0;
	{
		unsigned long number = strtoul(at + 3, NULL, 10);

		free(text);
		return number;
	}
}

static void each_guest_draws_numbers_of_its_own(void **state)
{
	unsigned long a = drawn(), b = drawn();

	(void)state;
	assert_int_not_equal(a, 0);
	assert_int_not_equal(b, 0);
	assert_int_not_equal(a, b);
}

/* The case that was running crashed, and the next guest need not boot. */
static void a_guest_that_panicked_is_replaced_from_the_snapshot(void **state)
{
	char *text;
	int code;

	(void)state;
	setenv("TAILCHECK_FAULT", "panic:next.one-slot", 1);
	text = run(&code, "next.one-slot next.past-the-end");
	unsetenv("TAILCHECK_FAULT");
	assert_int_equal(code, 1);
	check_says(text, "kernel panic");
	check_says(text, "starting another");
	assert_null(strstr(text, "1 boot ("));
	assert_null(strstr(text, "0 from a snapshot"));
	check_says(text, "0 failed");
	free(text);
}

/* What the probes gave is used by the next run, unless it is asked not to. */
static void probes_are_kept(void **state)
{
	char *text;
	int code;

	(void)state;
	run_well("; 1 from a snapshot (", "quirks found by its probes, kept since 20");
	text = run(&code, "--probe next.one-slot");
	assert_int_equal(code, 0);
	assert_null(strstr(text, "kept since"));
	free(text);
	setenv("TAILCHECK_FAULT", "panic:next.past-the-end", 1);
	text = run(&code, "next.one-slot");
	unsetenv("TAILCHECK_FAULT");
	assert_int_equal(code, 0);
	assert_null(strstr(text, "kept since"));
	free(text);
}

static void damaged_probes_run_again(void **state)
{
	char folder[300], path[320];

	(void)state;
	find_snapshot(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/probes", folder);
	assert_int_equal(truncate(path, 5000), 0);
	run_well("; 1 from a snapshot (",
		 "what the probes gave earlier cannot be used (they are damaged): they run again");
	run_well("; 1 from a snapshot (", "kept since 20");
}

/* A run in which one crashed keeps none, and nor does one whose guest said that it is broken. */
static void probes_of_a_broken_guest_are_not_kept(void **state)
{
	char folder[300], path[320], *text;
	int code;

	(void)state;
	find_snapshot(folder, sizeof(folder));
	snprintf(path, sizeof(path), "%s/probes", folder);
	assert_int_equal(unlink(path), 0);
	setenv("TAILCHECK_FAULT", "panic:probe.no-map-token", 1);
	text = run(&code, "next.one-slot");
	unsetenv("TAILCHECK_FAULT");
	assert_int_equal(code, 1);
	assert_int_equal(access(path, F_OK), -1);
	free(text);
	run_well("; 1 from a snapshot (", NULL);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_is_without),
		cmocka_unit_test(one_run_keeps_and_the_next_uses),
		cmocka_unit_test(probes_are_kept),
		cmocka_unit_test(damaged_probes_run_again),
		cmocka_unit_test(probes_of_a_broken_guest_are_not_kept),
		cmocka_unit_test(each_guest_draws_numbers_of_its_own),
		cmocka_unit_test(a_guest_that_panicked_is_replaced_from_the_snapshot),
		cmocka_unit_test(a_damaged_one_is_noticed_and_made_anew),
		cmocka_unit_test(one_of_another_machine_is_made_anew),
		cmocka_unit_test(one_that_does_not_restore_is_made_anew),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
