// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Any text, to the assembler and to the parser of cases: it is refused with a message, or what is
 * printed of it is read back as the same, and printed the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/case/asm.h"
#include "../../harness/case/case.h"

static void finding(const char *what, const char *one, const char *two)
{
	fprintf(stderr, "fuzz: %s\n----\n%s\n----\n%s\n", what, one, two);
	abort();
}

static char *printed_asm(const struct asm_prog *p, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	asm_print(out, p, "");
	fclose(out);
	return text;
}

static char *printed_cases(const struct case_file *f, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	case_file_print(out, f);
	fclose(out);
	return text;
}

static void try_asm(const char *text, size_t len)
{
	struct asm_prog p, back;
	struct diag d;
	char *one, *two;
	size_t n;

	if (asm_parse(&p, text, len, "fuzz", 1, &d)) {
		if (!d.message[0])
			finding("refused without a message", "", "");
		return;
	}
	one = printed_asm(&p, &n);
	if (asm_parse(&back, one, n, "fuzz", 1, &d))
		finding("what was printed is refused", one, d.message);
	two = printed_asm(&back, &n);
	if (strcmp(one, two) != 0)
		finding("printed anew, it is another program", one, two);
	if (p.n_insns != back.n_insns ||
	    (p.n_insns && memcmp(p.insns, back.insns, p.n_insns * sizeof(*p.insns)) != 0))
		finding("other instructions", one, two);
	asm_release(&p);
	asm_release(&back);
	free(one);
	free(two);
}

static void try_cases(const char *text, size_t len)
{
	struct case_file f, back;
	struct diag d;
	char *one, *two;
	size_t n;

	if (case_file_parse(&f, text, len, "fuzz", &d)) {
		if (!d.message[0])
			finding("refused without a message", "", "");
		return;
	}
	one = printed_cases(&f, &n);
	if (case_file_parse(&back, one, n, "fuzz", &d))
		finding("what was printed is refused", one, d.message);
	two = printed_cases(&back, &n);
	if (strcmp(one, two) != 0)
		finding("printed anew, it is another file", one, two);
	case_file_release(&f);
	case_file_release(&back);
	free(one);
	free(two);
}

/* Instructions of any bytes: what can be printed is what it was. */
static void try_disasm(const uint8_t *data, size_t size)
{
	size_t n = size / sizeof(struct bpf_insn), len;
	struct bpf_insn *insns = calloc(n + 1, sizeof(*insns));
	struct asm_prog p, back;
	struct diag d;
	char *text;

	memcpy(insns, data, n * sizeof(*insns));
	if (!asm_from_insns(&p, insns, n, &d)) {
		text = printed_asm(&p, &len);
		if (asm_parse(&back, text, len, "fuzz", 1, &d))
			finding("what was disassembled is refused", text, d.message);
		if (back.n_insns != n || (n && memcmp(back.insns, insns, n * sizeof(*insns)) != 0))
			finding("disassembled and assembled, it is another program", text, "");
		asm_release(&back);
		asm_release(&p);
		free(text);
	}
	free(insns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_asm((const char *)data, size);
	try_cases((const char *)data, size);
	try_disasm(data, size);
	return 0;
}
