/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The program as a user runs it, by a line of shell, in a folder that goes when all is done. */
#ifndef TAILCHECK_TOOL_TEST_H
#define TAILCHECK_TOOL_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../harness/base/alloc.h"
#include "../harness/base/slurp.h"

#define TOOL_OUTPUT (16U << 20)

static char scratch[] = "/tmp/tailcheck-tool-XXXXXX";
static char *tool_says; /* what the last command printed, on both outputs */

/* $T is the program, $S the scratch folder, $ROOT the project. The exit code; -1: a signal. */
static inline int tool(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline int tool(const char *fmt, ...)
{
	char *command = NULL, *line;
	size_t len;
	va_list ap;
	FILE *in;
	int status;

	va_start(ap, fmt);
	assert_true(vasprintf(&command, fmt, ap) >= 0);
	va_end(ap);
	line = xasprintf("exec 2>&1; %s", command);
	in = popen(line, "re");
	assert_non_null(in);
	free(tool_says);
	tool_says = slurp(in, TOOL_OUTPUT, &len);
	status = pclose(in);
	free(line);
	free(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define tool_must(code, ...)                                                       \
	do {                                                                       \
		int got_ = tool(__VA_ARGS__);                                      \
		if (got_ != (code))                                                \
			fail_msg("exit %d, not %d:\n%s", got_, (code), tool_says); \
	} while (0)

#define says(text)                                                         \
	do {                                                               \
		if (!strstr(tool_says, (text)))                            \
			fail_msg("%s: is not in:\n%s", (text), tool_says); \
	} while (0)

static inline int tool_set_up(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *here = root ? xstrdup(root) : realpath(".", NULL);
	char *program = xasprintf("%s/build/tailcheck", here);

	(void)state;
	if (!mkdtemp(scratch))
		return -1;
	setenv("S", scratch, 1);
	setenv("T", program, 1);
	setenv("ROOT", here, 1);
	setenv("TAILCHECK_RESULTS", scratch, 1);
	free(program);
	free(here);
	return 0;
}

static inline int tool_tear_down(void **state)
{
	(void)state;
	tool("rm -rf %s", scratch);
	free(tool_says);
	return 0;
}

#endif
