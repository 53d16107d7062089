// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "run_entries.h"

#include <inttypes.h>
#include <string.h>

#include "../base/hash.h"

static const char *const end_words[] = {
	[END_COMPLETE] = "complete", [END_UNSUPPORTED] = "unsupported", [END_FAULT] = "fault",
	[END_CRASHED] = "crashed",   [END_TIMED_OUT] = "timed-out",	[END_PROTOCOL] = "protocol",
};
enum { N_END_WORDS = sizeof(end_words) / sizeof(*end_words) };

uint64_t entry_hash(const struct test_case *c)
{
	return hash_bytes(HASH_EMPTY, c->text, c->text_len);
}

void entry_put(FILE *out, const char *key, const char *value)
{
	fprintf(out, "%s ", key);
	for (const char *s = value; *s; s++) {
		if (*s == '\n' || *s == '\\')
			fputc('\\', out);
		fputc(*s == '\n' ? 'n' : *s, out);
	}
	fputc('\n', out);
}

void entry_put_number(FILE *out, const char *key, uint64_t n)
{
	fprintf(out, "%s %" PRIu64 "\n", key, n);
}

bool entry_get(char **at, const char **key, char **value)
{
	char *line = *at, *end = strchr(line, '\n'), *blank, *to;

	if (!end)
		return false;
	*end = '\0';
	*at = end + 1;
	blank = strchr(line, ' ');
	if (!blank)
		return false;
	*blank = '\0';
	*key = line;
	*value = to = blank + 1;
	for (const char *from = to; *from; from++, to++) {
		if (*from == '\\' && from[1])
			*to = *++from == 'n' ? '\n' : *from;
		else
			*to = *from;
	}
	*to = '\0';
	return true;
}

char *entry_of_kernel(const struct fleet_kernel *k, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	entry_put(out, "release", k->release);
	entry_put(out, "version", k->version);
	entry_put(out, "machine", k->machine);
	for (size_t e = 0; e < k->n_engines; e++)
		entry_put(out, "engine", k->engines[e]);
	for (size_t e = 0; e < k->n_unsupported; e++) {
		entry_put(out, "unsupported", k->unsupported[e].engine);
		entry_put(out, "why", k->unsupported[e].why);
	}
	fclose(out);
	return text;
}

void entry_take_kernel(struct fleet_kernel *k, char *bytes)
{
	const char *key;
	char *at = bytes, *value;

	memset(k, 0, sizeof(*k));
	while (entry_get(&at, &key, &value)) {
		if (!strcmp(key, "release"))
			snprintf(k->release, sizeof(k->release), "%s", value);
		else if (!strcmp(key, "version"))
			snprintf(k->version, sizeof(k->version), "%s", value);
		else if (!strcmp(key, "machine"))
			snprintf(k->machine, sizeof(k->machine), "%s", value);
		else if (!strcmp(key, "engine") && k->n_engines < FLEET_MAX_ENGINES)
			snprintf(k->engines[k->n_engines++], sizeof(k->engines[0]), "%s", value);
		else if (!strcmp(key, "unsupported") && k->n_unsupported < FLEET_MAX_ENGINES)
			snprintf(k->unsupported[k->n_unsupported++].engine,
				 sizeof(k->unsupported[0].engine), "%s", value);
		else if (!strcmp(key, "why") && k->n_unsupported)
			snprintf(k->unsupported[k->n_unsupported - 1].why,
				 sizeof(k->unsupported[0].why), "%s", value);
	}
}

char *entry_of_result(const struct test_case *c, const char *engine, const char *transcript,
		      struct run_end end, size_t *len)
{
	char *text = NULL;
	FILE *out;

	if (end.end > END_PROTOCOL) /* it never ran */
		return NULL;
	out = open_memstream(&text, len);
	fprintf(out, "%s %s %016" PRIx64 " %s %d\n%s", c->name, engine, entry_hash(c),
		end_words[end.end], end.leaked, transcript);
	fclose(out);
	return text;
}

bool entry_parse_result(const struct journal_record *r, struct entry_result *o)
{
	char word[16];
	int leaked, n = 0;

	if (sscanf(r->bytes, "%255s %31s %" SCNx64 " %15s %d%n", o->name, o->engine, &o->hash, word,
		   &leaked, &n) != 5 ||
	    r->bytes[n] != '\n')
		return false;
	o->end.leaked = leaked != 0;
	o->transcript = r->bytes + n + 1;
	for (int i = 0; i < N_END_WORDS; i++)
		if (!strcmp(word, end_words[i])) {
			o->end.end = (enum job_end)i;
			return true;
		}
	return false;
}
