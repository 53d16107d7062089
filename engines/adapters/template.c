// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An adapter of docs/engine-protocol.md to begin from: `cc -o my-adapter template.c`. Put your
 * runtime into rt_load() and rt_run(), which know `r0 = NUMBER` and `exit` alone; then maps, which
 * python_adapter.py has. `tailcheck check-adapter ./my-adapter` says what is wrong on the way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE   (1 << 20) /* where hello says nothing */
#define MAX_FDS	   1024
#define MAX_FIELDS 64

/* NULL, where it is no program of ours, or a program: here its instructions, up to the last exit.
 */
static void *rt_load(const unsigned char *insns, size_t size)
{
	for (size_t i = 0; i < size; i += 8)
		if ((insns[i] != 0xb7 || insns[i + 1]) && insns[i] != 0x95)
			return NULL;
	return size && insns[size - 8] == 0x95 ? memcpy(malloc(size), insns, size) : NULL;
}

static unsigned int rt_run(const void *program)
{
	unsigned int r0 = 0;

	for (const unsigned char *i = program; *i != 0x95; i += 8)
		r0 = i[4] | i[5] << 8 | i[6] << 16 | (unsigned int)i[7] << 24;
	return r0;
}

static void *fds[MAX_FDS]; /* programs */
static char line[MAX_LINE + 2], *keys[MAX_FIELDS], *values[MAX_FIELDS];
static unsigned char memory[MAX_LINE / 2];
static int n_fields;

static const char *text(const char *key)
{
	for (int i = 0; i < n_fields; i++)
		if (strcmp(keys[i], key) == 0)
			return values[i];
	return "";
}

/* Into memory; how many. */
static size_t bytes(const char *key)
{
	const char *hex = text(key);
	size_t n = 0;

	while (hex[2 * n] && sscanf(hex + 2 * n, "%2hhx", &memory[n]) == 1)
		n++;
	return n;
}

/* The place of a program, or NULL, and then that is answered. */
static void **find(const char *key)
{
	long fd = strtol(text(key), NULL, 10);

	if (fd >= 0 && fd < MAX_FDS && fds[fd])
		return &fds[fd];
	puts("EBADF");
	return NULL;
}

static void hello(void)
{
	puts("0 protocol=1 name=my-runtime version=1 caps=prog_load,prog_run,close");
}

static void reset(void)
{
	memset(fds, 0, sizeof(fds)); /* your runtime may want to be told */
	puts("0");
}

static void prog_load(void)
{
	int fd = 3;

	while (fd < MAX_FDS - 1 && fds[fd])
		fd++;
	fds[fd] = rt_load(memory, bytes("insns"));
	printf(fds[fd] ? "%d\n" : "unsupported these instructions\n", fd);
}

static void prog_run(void)
{
	void **p = find("prog");

	if (p)
		printf("0 retval=%u\n", rt_run(*p));
}

static void close_fd(void)
{
	void **p = find("fd");

	if (p) {
		*p = NULL;
		puts("0");
	}
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
	{ "prog_load", prog_load, " type insns license name " },
	{ "prog_run", prog_run, " prog data data_out ctx ctx_out " },
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
