/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler and disassembler for BPF in LLVM's pseudo-C, as the kernel's selftests and verifier
 * logs write it. The instruction set is that of RFC 9669.
 *
 * Text is line oriented: a label (`name:`), an instruction, or a comment (`#` or `//` to the end
 * of the line; a comment may also follow an instruction). Symbols: `call NAME` is a local call
 * when NAME is a label of the program, otherwise a helper's name (with or without `bpf_`) or
 * number; `rX = NAME ll` loads a map's file descriptor, `rX = NAME[OFFSET] ll` the address of a
 * byte of a map's value (both resolved later, by name), `rX = LABEL ll` a function's address when
 * LABEL is a label of the program.
 */
#ifndef TAILCHECK_ASM_H
#define TAILCHECK_ASM_H

#include <stdbool.h>
#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "../base/diag.h"

/* A map that an instruction names: `lddw` at @insn, to be patched with a file descriptor. */
struct asm_reloc {
	uint32_t insn;
	char *map;
	/* BPF_PSEUDO_MAP_FD or BPF_PSEUDO_MAP_VALUE is already in the insn's src_reg; the offset
	 * of a value reference is in the imm of the second slot. */
};

struct asm_label {
	uint32_t insn; /* may be n_insns: a label behind the last instruction */
	char *name;
};

/* A comment, kept so that a formatter loses nothing. */
struct asm_comment {
	uint32_t insn; /* it stands before this instruction (and its labels), or behind it */
	bool trailing; /* on the instruction's own line */
	char *text;    /* without the comment sign and surrounding blanks; "" is an empty line */
};

struct asm_prog {
	struct bpf_insn *insns; /* a wide instruction (lddw) takes two */
	size_t n_insns;
	uint32_t *lines; /* source line of each insn, for messages */
	struct asm_reloc *relocs;
	size_t n_relocs;
	struct asm_label *labels; /* in order of position */
	size_t n_labels;
	struct asm_comment *comments; /* in order of position */
	size_t n_comments;
	/* Entry points of functions: 0 and every target of a local call or function address, in
	 * order, without duplicates. n_funcs is 1 for a program without subprograms. */
	uint32_t *funcs;
	size_t n_funcs;
};

/*
 * Assemble the @len bytes at @text, whose first line has the number @line in @file. 0, or -1 with
 * @d filled in; *prog is to be released with asm_release() after success only.
 */
int asm_parse(struct asm_prog *prog, const char *text, size_t len, const char *file,
	      unsigned int line, struct diag *d);
void asm_release(struct asm_prog *prog);

/*
 * Print in the canonical spelling, each line behind @indent: labels, instructions and comments, so
 * that asm_parse() of the output gives the same program. Jump targets without a label get one
 * (`l<insn>`), call targets likewise (`f<insn>`).
 */
void asm_print(FILE *out, const struct asm_prog *prog, const char *indent);

/*
 * Disassemble raw instructions into *prog (labels made up as above; map references without a
 * relocation are printed as numbers). 0, or -1 with @d filled in where an instruction is not of
 * the known set: line is the instruction's index + 1.
 */
int asm_from_insns(struct asm_prog *prog, const struct bpf_insn *insns, size_t n, struct diag *d);

/* Helper functions by name and number: -1 and NULL where unknown. Names without `bpf_`. */
int asm_helper_number(const char *name, size_t len);
const char *asm_helper_name(int number);

#endif
