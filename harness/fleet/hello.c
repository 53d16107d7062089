// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The guest's first frame. It is untrusted: lengths are bounded, unknown lines are passed over. */
#include <stdio.h>
#include <string.h>

#include "../base/plain.h"
#include "internal.h"

static bool take(const char *line, size_t len, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);

	if (len < n || memcmp(line, key, n) != 0)
		return false;
	snprintf(out, size, "%.*s", (int)(len - n), line + n);
	plain_transcript(out);
	return true;
}

/* Names of engines become names of files. */
static bool engine_name_ok(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static void hello_line(struct fleet_kernel *k, const char *line, size_t len)
{
	char text[256], *blank;

	if (take(line, len, "release=", k->release, sizeof(k->release)) ||
	    take(line, len, "version=", k->version, sizeof(k->version)) ||
	    take(line, len, "machine=", k->machine, sizeof(k->machine)))
		return;
	if (k->n_engines < FLEET_MAX_ENGINES &&
	    take(line, len, "engine=", k->engines[k->n_engines], sizeof(k->engines[0])) &&
	    engine_name_ok(k->engines[k->n_engines]))
		k->n_engines++;
	if (k->n_unsupported < FLEET_MAX_ENGINES &&
	    take(line, len, "unsupported=", text, sizeof(text))) {
		blank = strchr(text, ' ');
		if (blank)
			*blank = '\0';
		snprintf(k->unsupported[k->n_unsupported].engine, sizeof(k->unsupported[0].engine),
			 "%.31s", text);
		snprintf(k->unsupported[k->n_unsupported].why, sizeof(k->unsupported[0].why),
			 "%.223s", blank ? blank + 1 : "");
		k->n_unsupported += engine_name_ok(k->unsupported[k->n_unsupported].engine);
	}
}

int fleet_parse_hello(struct fleet_kernel *k, const char *text, char *why, size_t why_size)
{
	memset(k, 0, sizeof(*k));
	while (*text) {
		size_t len = strcspn(text, "\n");

		hello_line(k, text, len);
		text += len + (text[len] == '\n');
	}
	if (k->release[0] && (k->n_engines || k->n_unsupported))
		return 0;
	snprintf(why, why_size, "the guest's hello is not an agent's: rebuild with make");
	return -1;
}

bool fleet_parse_signs(struct wake_signs *signs, const char *text)
{
	const char *clock = strstr(text, "\nclock="), *random = strstr(text, "\nrandom=");
	long long seconds;
	unsigned long long number;

	if (!clock || !random ||
	    sscanf(clock, "\nclock=%lld.%ld", &seconds, &signs->clock.tv_nsec) != 2 ||
	    sscanf(random, "\nrandom=%llx", &number) != 1)
		return false;
	signs->clock.tv_sec = (time_t)seconds;
	signs->random = number;
	return true;
}
