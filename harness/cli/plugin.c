// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reference as a plugin of the public suite bpf_conformance, which starts it once for each of
 * its tests: `PLUGIN [MEMORY-HEX] [OPTION...]`, the program as bytes in hexadecimal on standard
 * input, r0 in hexadecimal on standard output.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/bare.h"
#include "../../engines/reference/reference.h"
#include "../base/alloc.h"
#include "../base/slurp.h"
#include "cli.h"

#define MAX_TEXT (64U << 20) /* bytes of hexadecimal: more than the longest program takes */

struct plugin_args {
	const char *memory;
	bool jit;
	bool elf;
};

static error_t plugin_option(int key, char *arg, struct argp_state *state)
{
	struct plugin_args *a = state->input;

	switch (key) {
	case 'j':
		a->jit = true;
		return 0;
	case 'e':
		a->elf = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		a->memory = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Pairs of digits, with or without blanks between pairs. NULL with a message printed. */
static uint8_t *bytes_from_hex(const char *text, size_t len, const char *what, size_t *n)
{
	uint8_t *bytes = xcalloc(len / 2 + 1, 1);

	*n = 0;
	for (size_t i = 0; i < len; i++) {
		int high = digit(text[i]), low;

		if (isspace((unsigned char)text[i]))
			continue;
		low = i + 1 < len ? digit(text[i + 1]) : -1;
		if (high < 0 || low < 0) {
			fprintf(stderr, "%s: not a byte of two hexadecimal digits at offset %zu\n",
				what, i);
			free(bytes);
			return NULL;
		}
		bytes[(*n)++] = (uint8_t)(high << 4 | low);
		i++;
	}
	return bytes;
}

static int run(const struct plugin_args *a, const uint8_t *code, size_t n, uint8_t *mem,
	       size_t mem_size)
{
	struct engine *e = a->jit ? reference_jit_new(0) : reference_interp_new(0);
	char log[4096] = "";
	struct bare_run b = {
		.insns = (const struct bpf_insn *)(const void *)code,
		.n_insns = (uint32_t)(n / sizeof(struct bpf_insn)),
		.mem = mem_size ? mem : NULL,
		.mem_size = (uint32_t)mem_size,
		.log = log,
		.log_size = sizeof(log),
	};
	int err = reference_run_bare(e, &b);

	if (!err)
		printf("%llx\n", (unsigned long long)b.r0);
	else if (err == ENGINE_FAULT || err == ENGINE_UNSUPPORTED)
		fprintf(stderr, "%s\n", e->why);
	else
		fprintf(stderr, "the program is refused: %s%s", *log ? log : strerror(-err),
			*log ? "" : "\n");
	e->ops->destroy(e);
	return err ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}

static int run_text(const struct plugin_args *a, const char *text, size_t len)
{
	const char *memory = a->memory ? a->memory : "";
	size_t n = 0, mem_size = 0;
	uint8_t *code = bytes_from_hex(text, len, "program", &n);
	uint8_t *mem = bytes_from_hex(memory, strlen(memory), "memory", &mem_size);
	int ret = EXIT_UNEXPECTED;

	if (code && n % sizeof(struct bpf_insn))
		fprintf(stderr, "program: %zu bytes are no whole number of instructions\n", n);
	else if (code && mem)
		ret = run(a, code, n, mem, mem_size);
	free(code);
	free(mem);
	return ret;
}

int cmd_plugin(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "jit", 'j', NULL, 0, "run by the JIT, not by the interpreter", 0 },
		{ "elf", 'e', NULL, 0, "refused: only instructions are read", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		plugin_option,
		"[MEMORY-HEX]",
		"Run the program on standard input, in hexadecimal, on the reference, with the "
		"address of MEMORY in r1 and its size in r2, and print r0 in hexadecimal: a "
		"plugin for the bpf_conformance suite.",
		NULL,
		NULL,
		NULL
	};
	struct plugin_args a = { 0 };
	char *text;
	size_t len;
	int ret;

	argp_err_exit_status = EXIT_UNEXPECTED;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.elf) {
		fputs("--elf: ELF files are not read; give the instructions themselves\n", stderr);
		return EXIT_UNEXPECTED;
	}
	text = slurp(stdin, MAX_TEXT, &len);
	if (!text) {
		perror("standard input");
		return EXIT_UNEXPECTED;
	}
	ret = run_text(&a, text, len);
	free(text);
	return ret;
}
