// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An adapter of docs/engine-protocol.md to begin from: `cc -o my-adapter template*.c`. Here is the
 * protocol; put your runtime into template_runtime.c, and into template_objects.c, if it has maps
 * of its own. `tailcheck check-adapter ./my-adapter` says what is wrong on the way. A field that a
 * command below does not name is answered by "unsupported", as is what the runtime cannot do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define MAX_LINE   (1 << 20) /* where hello says nothing */
#define MAX_FIELDS 64

unsigned char memory[MAX_LINE / 2];
static char line[MAX_LINE + 2], *keys[MAX_FIELDS], *values[MAX_FIELDS];
static int n_fields;

const char *text(const char *key)
{
	for (int i = 0; i < n_fields; i++)
		if (strcmp(keys[i], key) == 0)
			return values[i];
	return "";
}

uint32_t number(const char *key)
{
	return (uint32_t)strtoll(text(key), NULL, 10);
}

/* Into memory; how many. `null` and `bad` are none. */
size_t bytes(const char *key)
{
	const char *hex = text(key);
	size_t n = 0, len = strlen(hex);

	while (len % 2 == 0 && 2 * n < len && sscanf(hex + 2 * n, "%2hhx", &memory[n]) == 1)
		n++;
	return n;
}

static void hello(void)
{
	puts("0 protocol=1 name=my-runtime version=1 caps=map_create,map_update,map_lookup,"
	     "map_delete,map_next_key,prog_load,prog_run,prog_info,close");
}

static void prog_load(void)
{
	struct object o = { .type = number("type") };
	size_t size = bytes("insns");

	if (!maps_resolve(memory, size, &o))
		return;
	o.program = runtime_load(memory, size);
	if (o.program)
		add(&o);
	else
		puts("unsupported these instructions");
}

/* What other types see in their context is not known here: a program that looks is unsupported. */
static void prog_run(void)
{
	struct object *p = find(number("prog"), 1);
	size_t ctx_size = bytes("ctx");
	uint64_t r0;

	if (!p)
		return;
	if (runtime_run(p->program, memory, p->type == RAW_TRACEPOINT ? ctx_size : 0, &r0))
		puts("unsupported what the program does");
	else
		printf("0 retval=%u\n", (unsigned int)r0);
}

static const struct {
	const char *name;
	void (*run)(void);
	const char *keys; /* the fields that we know, each between blanks */
} commands[] = {
	{ "hello", hello, " protocol byte_order max_reply " },
	{ "begin", reset, " case " },
	{ "end", reset, "" },
	{ "reset", reset, "" },
	{ "map_create", map_create, " type key_size value_size max_entries " },
	{ "map_update", map_update, " map key value " },
	{ "map_lookup", map_lookup, " map key " },
	{ "map_delete", map_delete, " map key " },
	{ "map_next_key", map_next_key, " map key " },
	{ "prog_load", prog_load, " type insns license maps " },
	{ "prog_run", prog_run, " prog data data_out ctx ctx_out " },
	{ "prog_info", prog_info, " prog " },
	{ "close", close_fd, " fd " },
};

/* One of the commands, with fields that we know alone? */
static int is_for(size_t c, const char *word)
{
	for (int i = 0; i < n_fields; i++)
		if (!strstr(commands[c].keys, keys[i]))
			return 0;
	return word && strcmp(commands[c].name, word) == 0;
}

int main(void)
{
	while (fgets(line, sizeof(line), stdin)) {
		size_t c = 0, n = sizeof(commands) / sizeof(commands[0]);
		char *id = strtok(line, " \n"), *word = strtok(NULL, " \n");

		for (n_fields = 0; n_fields < MAX_FIELDS; n_fields++)
			if (!(keys[n_fields] = strtok(NULL, "=")) ||
			    !(values[n_fields] = strtok(NULL, " \n")))
				break;
		printf("%s ", id ? id : "0");
		while (c < n && !is_for(c, word))
			c++;
		c < n ? commands[c].run() : (void)puts("unsupported this command, or a field");
		fflush(stdout);
	}
}
