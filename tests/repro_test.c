// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reproducers: cases written as C, compiled as those would who get them, run in a guest, and
 * compared with what the harness says of the same cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../harness/base/alloc.h"
#include "../harness/case/suite.h"
#include "../harness/judge/normative.h"
#include "../harness/repro/repro.h"
#include "../harness/vm/files.h"
#include "../harness/vm/initramfs.h"
#include "../harness/vm/vm.h"

#define KERNEL	      "debian-6.1"
#define LIMIT_SECONDS 180

/* Every command that can be written, and what 6.1's JIT does otherwise than the case says. */
static const struct {
	const char *name;
	bool conforms;
} cases[] = {
	{ "limit.self", true },
	{ "limit.ring-of-3-mixed", true },
	{ "limit.empty-slots-first", false }, /* they count there */
	{ "call.upper-bits", true },
	{ "func.nested", true },
	{ "state.xdp-adjust-head", true },
	{ "state.mark-and-priority", true },
	{ "state.context-as-the-caller-got-it", true },
	{ "batch.unsupported", true },
	{ "next.walk", true },
	{ "mmap.unsupported", true },
	{ "freeze.all-descriptors", true },
	{ "life.reopened-by-id", true },
	{ "life.program-goes-with-the-slots", true },
	{ "pin.and-get", true },
	{ "take.unsupported", true },
	{ "info.maps-of-a-program", true },
	{ "bind.counts", true },
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static char scratch[] = "/tmp/tailcheck-repro-XXXXXX";
static struct suite suite;

static const char *in_scratch(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	return path;
}

static void must_run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static void write_case(size_t i)
{
	const struct test_case *c = suite_find(&suite, cases[i].name);
	char name[32], command[512];
	struct diag d;
	FILE *out;

	if (!c)
		fail_msg("there is no case %s", cases[i].name);
	snprintf(name, sizeof(name), "repro%zu.c", i);
	out = fopen(in_scratch(name), "we");
	assert_non_null(out);
	if (repro_write(out, c, &d))
		fail_msg("%s", d.message);
	fclose(out);
	snprintf(command, sizeof(command),
		 "cd %s && gcc -std=gnu11 -Wall -Wextra -Werror -c -Dmain=repro%zu repro%zu.c",
		 scratch, i, i);
	must_run(command);
}

/* All of them and their /init as one static program. */
static void build_init(void)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char command[1024];
	FILE *list = fopen(in_scratch("repros.h"), "we");

	assert_non_null(list);
	for (size_t i = 0; i < N_CASES; i++) {
		write_case(i);
		fprintf(list, "REPRO(repro%zu)\n", i);
	}
	fclose(list);
	snprintf(
		command, sizeof(command),
		"gcc -std=gnu11 -D_GNU_SOURCE -static -I%s -o %s/init %s/tests/repro_init.c %s/*.o",
		scratch, scratch, root ? root : ".", scratch);
	must_run(command);
}

/* What the guest's console says until the init is done. */
static char *console(const struct vm_config *config)
{
	time_t until = time(NULL) + LIMIT_SECONDS;
	char *text = xcalloc(1, 1), why[300];
	struct vm *vm = vm_start(config, why, sizeof(why));
	size_t len = 0;

	if (!vm)
		fail_msg("%s", why);
	while (!strstr(text, "@done") && time(NULL) < until) {
		struct pollfd p[2] = { { vm_console_fd(vm), POLLIN, 0 },
				       { vm_channel_fd(vm), POLLIN, 0 } };
		char buffer[4096];
		ssize_t n;

		if (poll(p, 2, 1000) <= 0)
			continue;
		if (p[1].revents)
			(void)!read(p[1].fd, buffer, sizeof(buffer));
		n = read(p[0].fd, buffer, sizeof(buffer));
		if (n == 0)
			break;
		if (n < 0)
			continue;
		text = xreallocarray(text, len + (size_t)n + 1, 1);
		memcpy(text + len, buffer, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
	}
	vm_stop(vm);
	return text;
}

static char *boot(void)
{
	struct kernel_image image;
	struct vm_host host;
	struct vm_config config = { .host = &host, .kernel = &image, .extra_append = "loglevel=1" };
	char *cache = kernel_cache_dir(), *initrd = xasprintf("%s/initrd", scratch), *text = NULL;
	char why[512];

	if (kernel_image_open(&image, KERNEL, cache, false, stderr, why, sizeof(why)) ||
	    vm_host_probe(&host, &image, why, sizeof(why)) ||
	    initramfs_write(initrd, in_scratch("init"), &image, why, sizeof(why)))
		fail_msg("%s", why);
	config.initrd = initrd;
	/* A boot under TCG may fail for no reason. */
	for (int i = 0; i < 3 && !(text && strstr(text, "@done")); i++) {
		free(text);
		text = console(&config);
	}
	kernel_image_release(&image);
	free(cache);
	free(initrd);
	return text;
}

/* The lines between "@begin NAME" and "@end CODE"; returns the code. */
static int result_of_repro(const char *text, size_t i, char **lines)
{
	char begin[64];
	const char *at, *end;
	char *to;

	snprintf(begin, sizeof(begin), "@begin repro%zu\r\n", i);
	at = strstr(text, begin);
	end = at ? strstr(at, "@end ") : NULL;
	if (!end) {
		fail_msg("%s did not run:\n%s", cases[i].name, text);
		*lines = xstrdup("");
		return -1;
	}
	*lines = to = xcalloc((size_t)(end - at) + 1, 1);
	for (at += strlen(begin); at < end; at += strcspn(at, "\n") + 1)
		if (*at == '@')
			to += sprintf(to, "%.*s\n", (int)strcspn(at + 1, "\r\n"), at + 1);
	return atoi(end + 5);
}

static void as_the_harness_says(const char *text, size_t i)
{
	char *lines, *wanted = transcript_expected(suite_find(&suite, cases[i].name)), *whole;
	int code = result_of_repro(text, i, &lines);

	whole = xasprintf("%s0 wrong\n", wanted);
	if (cases[i].conforms) {
		assert_string_equal(lines, whole);
		assert_int_equal(code, 0);
	} else {
		assert_string_not_equal(lines, whole);
		assert_non_null(strstr(lines, "  wrong: expected "));
		assert_int_equal(code, 1);
	}
	free(whole);
	free(wanted);
	free(lines);
}

static void reproducers_say_what_the_harness_says(void **state)
{
	char *text;

	(void)state;
	build_init();
	text = boot();
	for (size_t i = 0; i < N_CASES; i++)
		as_the_harness_says(text, i);
	free(text);
}

static int open_suite(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/cases", root ? root : ".");
	struct diag d;
	int ret = mkdtemp(scratch) ? 0 : -1;

	(void)state;
	if (!ret && (suite_add(&suite, path, &d) || suite_finish(&suite, &d))) {
		diag_print(stderr, &d);
		ret = -1;
	}
	free(path);
	return ret;
}

static int close_suite(void **state)
{
	(void)state;
	suite_release(&suite);
	files_remove_tree(scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reproducers_say_what_the_harness_says),
	};

	return cmocka_run_group_tests(tests, open_suite, close_suite);
}
