/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What unit tests about programs share: cmocka, and text to instructions and back. */
#ifndef TAILCHECK_ASM_TEST_H
#define TAILCHECK_ASM_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "asm.h"

/* To be released by asm_release(). */
static inline void must_assemble(struct asm_prog *prog, const char *text)
{
	struct diag d;

	if (asm_parse(prog, text, strlen(text), "test", 1, &d)) {
		diag_print(stderr, &d);
		fail();
	}
}

/* The canonical text; to be freed. */
static inline char *asm_text(const struct asm_prog *prog)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	asm_print(out, prog, "");
	fclose(out);
	return text;
}

/* Equal but for the numbers of lines. */
static inline void assert_same_prog(const struct asm_prog *a, const struct asm_prog *b)
{
	assert_int_equal(a->n_insns, b->n_insns);
	if (a->n_insns)
		assert_memory_equal(a->insns, b->insns, a->n_insns * sizeof(*a->insns));
	assert_int_equal(a->n_relocs, b->n_relocs);
	for (size_t i = 0; i < a->n_relocs; i++) {
		assert_int_equal(a->relocs[i].insn, b->relocs[i].insn);
		assert_string_equal(a->relocs[i].map, b->relocs[i].map);
	}
	assert_int_equal(a->n_kfuncs, b->n_kfuncs);
	for (size_t i = 0; i < a->n_kfuncs; i++) {
		assert_int_equal(a->kfuncs[i].insn, b->kfuncs[i].insn);
		assert_string_equal(a->kfuncs[i].name, b->kfuncs[i].name);
	}
	assert_int_equal(a->n_labels, b->n_labels);
	for (size_t i = 0; i < a->n_labels; i++) {
		assert_int_equal(a->labels[i].insn, b->labels[i].insn);
		assert_string_equal(a->labels[i].name, b->labels[i].name);
	}
	assert_int_equal(a->n_comments, b->n_comments);
	for (size_t i = 0; i < a->n_comments; i++) {
		assert_int_equal(a->comments[i].insn, b->comments[i].insn);
		assert_int_equal(a->comments[i].trailing, b->comments[i].trailing);
		assert_string_equal(a->comments[i].text, b->comments[i].text);
	}
	assert_int_equal(a->n_funcs, b->n_funcs);
	assert_memory_equal(a->funcs, b->funcs, a->n_funcs * sizeof(*a->funcs));
}

#endif
