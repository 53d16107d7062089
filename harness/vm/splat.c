// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "splat.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

/* A kernel that warns without end shall not fill our memory too. */
#define MOST_SPLATS 1000

/*
 * What a splat's line looks like: how the message begins (or "" for anywhere), and what it holds
 * behind that. "WARNING:" alone is no sign: kernels use the word for advice on mitigations too.
 * A process that crashes ("traps: x[1] general protection fault ip:...") is no splat either.
 */
static const struct {
	const char *begins, *holds;
} signs[] = {
	/* WARN(): up to 6.18, and since with the place in front. */
	{ "WARNING: CPU: ", " at " },
	{ "WARNING: ", ".c:" },
	{ "WARNING: ", ".h:" },
	/* lockdep and RCU's checks */
	{ "WARNING: possible ", "" },
	{ "WARNING: inconsistent lock state", "" },
	{ "WARNING: suspicious RCU usage", "" },
	{ "WARNING: bad unlock balance", "" },
	{ "WARNING: held lock freed", "" },
	{ "WARNING: lock held when returning", "" },
	{ "WARNING: Nested lock was not taken", "" },
	{ "WARNING: kernel stack ", "" },
	{ "WARNING: stack recursion", "" },
	{ "INFO: trying to register non-static key", "" },
	/* oopses: the BUG line, the fault, and every "die" line with its counter */
	{ "BUG: ", "" },
	{ "BUG ", "tainted" },
	{ "kernel BUG at ", "" },
	{ "Oops", "" },
	{ "", " [#" },
	{ "general protection fault", "" },
	{ "double fault", "" },
	{ "PANIC: double fault", "" },
	{ "unable to handle ", "" },
	{ "kernel tried to execute ", "" },
	{ "Kernel panic", "" },
	/* something hangs */
	{ "", "BUG: soft lockup" },
	{ "", "detected hard LOCKUP" },
	{ "", "BUG: workqueue lockup" },
	{ "", "detected stalls on CPUs" },
	{ "", "self-detected stall on CPU" },
	{ "", "detected expedited stalls" },
	{ "INFO: task ", " blocked for more than " },
	/* checkers and hardening */
	{ "UBSAN: ", "" },
	{ "refcount_t: ", "" },
	{ "list_add corruption", "" },
	{ "list_add double add", "" },
	{ "list_del corruption", "" },
	{ "usercopy: Kernel memory ", "attempt detected" },
	{ "unregister_netdevice: waiting for ", "" },
};

/* Behind "<4>", "[    1.234567]" and "[    T1]", as far as they are there. */
static const char *message(const char *line)
{
	if (line[0] == '<' && isdigit((unsigned char)line[1]) && strchr(line, '>'))
		line = strchr(line, '>') + 1;
	while (line[0] == '[') {
		const char *p = line + 1;

		p += strspn(p, " ");
		if (*p != 'T' && *p != 'C' && !isdigit((unsigned char)*p))
			break;
		p += 1 + strspn(p + 1, "0123456789.");
		if (*p != ']')
			break;
		line = p + 1;
	}
	return line + strspn(line, " ");
}

bool splat_line(const char *line)
{
	const char *text = message(line);
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		size_t n = strlen(signs[i].begins);

		if (!strncmp(text, signs[i].begins, n) && strstr(text + n, signs[i].holds))
			return true;
	}
	return false;
}

static void begin_case(struct splat_scanner *s, const char *rest)
{
	char *end;

	s->seq = (unsigned int)strtoul(rest, &end, 10);
	end += strspn(end, " ");
	snprintf(s->engine, sizeof(s->engine), "%.*s", (int)strcspn(end, " "), end);
}

static void end_line(struct splat_scanner *s)
{
	const char *text;
	struct splat *found;
	size_t i;

	while (s->len && isspace((unsigned char)s->line[s->len - 1]))
		s->len--;
	s->line[s->len] = '\0';
	for (i = 0; i < s->len; i++)
		if (!s->line[i])
			s->line[i] = '?';
	s->len = 0;
	text = message(s->line);

	if (!strncmp(text, SPLAT_MARK_BEGIN, strlen(SPLAT_MARK_BEGIN))) {
		begin_case(s, text + strlen(SPLAT_MARK_BEGIN));
	} else if (!strcmp(text, SPLAT_MARK_END)) {
		s->seq = 0;
		s->engine[0] = '\0';
	} else if (splat_line(text)) {
		if (!strncmp(text, "Kernel panic", 12))
			s->panicked = true;
		/* The counter of oopses, which every one of them has, and nothing else. */
		if (strstr(text, " [#"))
			s->oopsed = true;
		if (s->n_found >= MOST_SPLATS)
			return;
		found = vec_add(s->found, s->n_found);
		found->seq = s->seq;
		memcpy(found->engine, s->engine, sizeof(found->engine));
		found->line = xstrdup(text);
	}
}

void splat_feed(struct splat_scanner *s, const char *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			end_line(s);
		else if (s->len < sizeof(s->line) - 1)
			s->line[s->len++] = bytes[i];
	}
}

void splat_release(struct splat_scanner *s)
{
	size_t i;

	for (i = 0; i < s->n_found; i++)
		free(s->found[i].line);
	free(s->found);
	memset(s, 0, sizeof(*s));
}
