// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fmt, asm, disasm: text in, text out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/slurp.h"
#include "cli.h"

/* A whole file, or standard input for "-". NULL with a message printed. */
static char *read_input(const char *path, size_t *len)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *text;

	if (!in) {
		fprintf(stderr, "%s: error: cannot open: %s\n", path, strerror(errno));
		return NULL;
	}
	text = slurp(in, CASE_FILE_MAX, len);
	if (!text)
		fprintf(stderr, "%s: error: cannot read: %s\n", path, strerror(errno));
	if (in != stdin)
		fclose(in);
	return text;
}

struct fmt_args {
	char **files;
	size_t n_files;
	bool check, write;
};

/* The canonical text of a file, or NULL with a message printed. */
static char *formatted(const char *path, const char *text, size_t len)
{
	struct case_file f;
	struct diag d;
	char *out_text = NULL;
	size_t out_len;
	FILE *out;

	if (case_file_parse(&f, text, len, strcmp(path, "-") ? path : "standard input", &d)) {
		diag_print(stderr, &d);
		return NULL;
	}
	out = open_memstream(&out_text, &out_len);
	case_file_print(out, &f);
	fclose(out);
	case_file_release(&f);
	return out_text;
}

/* Beside the file, then renamed: a full disk must not cost the case. */
static int write_back(const char *path, const char *text)
{
	char *temp = xasprintf("%s.fmt-%d", path, (int)getpid());
	FILE *out = fopen(temp, "we");
	int ret = 0;

	if (!out || fputs(text, out) == EOF)
		ret = -1;
	if (out && fclose(out))
		ret = -1;
	if (!ret && rename(temp, path))
		ret = -1;
	if (ret) {
		fprintf(stderr, "%s: error: cannot write: %s\n", path, strerror(errno));
		unlink(temp);
	}
	free(temp);
	return ret;
}

static int fmt_one(const struct fmt_args *a, const char *path)
{
	size_t len;
	char *text = read_input(path, &len), *out = text ? formatted(path, text, len) : NULL;
	bool same = out && strlen(out) == len && memcmp(out, text, len) == 0;
	int ret = 0;

	if (!out)
		ret = EXIT_USAGE;
	else if (a->check && !same)
		ret = (printf("%s: not in canonical form\n", path), EXIT_UNEXPECTED);
	else if (a->write && !same)
		ret = write_back(path, out) ? EXIT_INFRA : 0;
	else if (!a->check && !a->write)
		fputs(out, stdout);
	free(text);
	free(out);
	return ret;
}

static error_t fmt_option(int key, char *arg, struct argp_state *state)
{
	struct fmt_args *a = state->input;

	switch (key) {
	case 'c':
		a->check = true;
		return 0;
	case 'w':
		a->write = true;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->files, a->n_files) = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_fmt(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "check", 'c', NULL, 0, "only say which files are not in canonical form", 0 },
		{ "write", 'w', NULL, 0, "rewrite the files", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,   fmt_option,
		"FILE...", "Print case files (- is standard input) in canonical form.",
		NULL,	   NULL,
		NULL
	};
	struct fmt_args a = { 0 };
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	for (size_t i = 0; i < a.n_files; i++) {
		int one = fmt_one(&a, a.files[i]);

		ret = one ? one : ret;
	}
	free(a.files);
	return ret;
}

static error_t file_option(int key, char *arg, struct argp_state *state)
{
	const char **file = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (state->arg_num > 0)
		argp_usage(state);
	*file = arg;
	return 0;
}

static void print_insns(const struct asm_prog *p)
{
	for (size_t i = 0; i < p->n_insns; i++) {
		const unsigned char *b = (const unsigned char *)&p->insns[i];

		for (size_t n = 0; n < sizeof(p->insns[i]); n++)
			printf("%02x", b[n]);
		for (size_t n = 0; n < p->n_relocs; n++)
			if (p->relocs[n].insn == i)
				printf(" map %s", p->relocs[n].map);
		for (size_t n = 0; n < p->n_kfuncs; n++)
			if (p->kfuncs[n].insn == i)
				printf(" kfunc %s", p->kfuncs[n].name);
		putchar('\n');
	}
}

int cmd_asm(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  file_option,
					  "[FILE]",
					  "Assemble (standard input by default) to one line of "
					  "hexadecimal bytes for each 8-byte instruction.",
					  NULL,
					  NULL,
					  NULL };
	const char *file = "-";
	struct asm_prog prog;
	struct diag d;
	char *text;
	size_t len;
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &file);
	text = read_input(file, &len);
	if (!text)
		return EXIT_USAGE;
	if (asm_parse(&prog, text, len, strcmp(file, "-") ? file : "standard input", 1, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	} else {
		print_insns(&prog);
		asm_release(&prog);
	}
	free(text);
	return ret;
}

/* Hexadecimal digits, blanks between them ignored, whatever follows `map` on a line too. */
static struct bpf_insn *read_insns(const char *text, size_t len, size_t *n, struct diag *d)
{
	unsigned char *bytes = xcalloc(len / 2 + sizeof(struct bpf_insn), 1);
	unsigned int line = 1, digits = 0;

	for (const char *s = text; s < text + len; s++) {
		const char *hex = "0123456789abcdef", *at;
		int c = *s >= 'A' && *s <= 'F' ? *s + 32 : *s;

		if (c == '\n')
			line++;
		if (c == 'm')
			s += strcspn(s, "\n") - 1;
		if (c == 'm' || c == ' ' || c == '\n' || c == '\t' || c == '\r')
			continue;
		at = c ? strchr(hex, c) : NULL;
		if (!at) {
			diag_at(d, "input", line, NULL, NULL, "not a hexadecimal digit: 0x%02x", c);
			free(bytes);
			return NULL;
		}
		bytes[digits / 2] |= (unsigned char)((at - hex) << (digits % 2 ? 0 : 4));
		digits++;
	}
	*n = digits / 16;
	if (digits % 16) {
		diag_at(d, "input", line, NULL, NULL,
			"%u digits are no whole number of instructions", digits);
		free(bytes);
		return NULL;
	}
	return (struct bpf_insn *)bytes;
}

int cmd_disasm(int argc, char **argv)
{
	static const struct argp argp = { NULL,
					  file_option,
					  "[FILE]",
					  "Disassemble what `tailcheck asm` prints: hexadecimal "
					  "bytes, 16 digits an instruction.",
					  NULL,
					  NULL,
					  NULL };
	const char *file = "-";
	struct bpf_insn *insns;
	struct asm_prog prog;
	struct diag d;
	char *text;
	size_t len, n;
	int ret = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &file);
	text = read_input(file, &len);
	if (!text)
		return EXIT_USAGE;
	insns = read_insns(text, len, &n, &d);
	if (!insns || asm_from_insns(&prog, insns, n, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	} else {
		asm_print(stdout, &prog, "");
		asm_release(&prog);
	}
	free(insns);
	free(text);
	return ret;
}
