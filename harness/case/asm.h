/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler and disassembler for BPF in LLVM's pseudo-C, as the kernel's selftests and verifier
 * logs write it. The instruction set is that of RFC 9669.
 *
 * Text is line oriented: labels (`name:`), an instruction, a comment (`//` or, behind a blank, `#`
 * to the end of the line), each of them optional.
 *
 * Symbols are letters, digits and `_.-`, and do not begin with a digit or `-`. A label wins over a
 * map or helper of its name:
 *   call NAME          a local call where NAME is a label, otherwise a helper, `bpf_` or not
 *   call 12, call bpf_tail_call#12    the helper in any case
 *   call kfunc NAME    a function of the kernel (the engine finds it)
 *   rX = NAME ll       the function's address where NAME is a label, otherwise a map's descriptor
 *   rX = NAME[8] ll    the address of a byte of the map's value (maps are resolved later)
 *   goto NAME, goto +1, goto pc+1     and likewise behind `if`
 *
 * Lines between `.rept 1024` and `.endr` stand for so many copies of them; without labels, and with
 * jumps to labels elsewhere only.
 *
 * What has no spelling elsewhere, so that every instruction can be printed:
 *   rX = map[fd:5] ll, map[fd:5][8] ll, map[idx:0] ll, map[idx:0][8] ll, btf[id:7][0] ll, pc+9 ll
 *   call kfunc#7, call pc+9
 *
 * Immediates are decimal or hexadecimal. Where 32 bits are extended to 64, one beyond the signed
 * range is an error, for the program would see another number than the reader: `r1 = 0xffffffff`.
 *
 * Verifier logs and listings of bpftool can be pasted: `12: (bf) r1 = r2 ; R1_w=1`. The opcode must
 * be that of the instruction; 18 stands in for `ll`.
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
	uint32_t made; /* which handle of a case it is: for the parser of cases to fill in */
	/* BPF_PSEUDO_MAP_FD or BPF_PSEUDO_MAP_VALUE is already in the insn's src_reg; the offset
	 * of a value reference is in the imm of the second slot. */
};

/* A function of the kernel that the instruction at @insn calls: whoever loads it knows its number.
 */
struct asm_kfunc {
	uint32_t insn;
	char *name;
};

struct asm_label {
	uint32_t insn; /* may be n_insns: a label behind the last instruction */
	char *name;
};

/* `.rept COUNT`: @len instructions at @insn, and as many copies of them behind that it takes. */
struct asm_rept {
	uint32_t insn;
	uint32_t len;
	uint32_t count;
};

/* A comment, kept so that a formatter loses nothing. */
struct asm_comment {
	uint32_t insn; /* it stands before this instruction (and its labels), or behind it */
	bool trailing; /* on the instruction's own line */
	char *text;    /* without the comment sign and surrounding blanks; "" is an empty line,
			* of which there are never two, and none at the start or the end */
};

struct asm_prog {
	struct bpf_insn *insns; /* a wide instruction (lddw) takes two */
	size_t n_insns;
	uint32_t *lines; /* source line of each insn, for messages */
	struct asm_reloc *relocs;
	size_t n_relocs;
	struct asm_kfunc *kfuncs; /* in order of position */
	size_t n_kfuncs;
	/* In order of position. What is jumped to or called has one: `l<insn>`, `f<insn>` are made
	 * up, unless it is outside of the program or the second half of a wide instruction. */
	struct asm_label *labels;
	size_t n_labels;
	struct asm_comment *comments; /* in order of position */
	size_t n_comments;
	struct asm_rept *repts; /* in order, side by side; what they give is in insns */
	size_t n_repts;
	/* Entry points of functions: 0 and every target of a local call or function address inside
	 * the program, in order, without duplicates. n_funcs is 1 without subprograms. */
	uint32_t *funcs;
	size_t n_funcs;
};

/*
 * Assemble the @len bytes at @text, whose first line has the number @line in @file. 0, or -1 with
 * @d filled in; *prog is to be released with asm_release() after success only. The text may have
 * up to 1 MiB, and so fewer than 1,000,000 instructions; symbols have up to 64 characters.
 */
int asm_parse(struct asm_prog *prog, const char *text, size_t len, const char *file,
	      unsigned int line, struct diag *d);
void asm_release(struct asm_prog *prog);
/*
 * A label is a function although nothing in the program calls it or takes its address: which
 * instruction it is at. 0: there is no such label, or it is at none, or at the first one.
 */
uint32_t asm_add_function(struct asm_prog *prog, const char *label);

/*
 * Print in the canonical spelling, each line behind @indent: labels, instructions and comments, so
 * that asm_parse() of the output gives the same program. A comment between a label and its
 * instruction moves before the label; of several labels, jumps name the first.
 */
void asm_print(FILE *out, const struct asm_prog *prog, const char *indent);

/* The same for reading: each instruction behind its number, which verifier logs and jumps count. */
void asm_print_numbered(FILE *out, const struct asm_prog *prog);

/*
 * Disassemble up to 1,000,000 raw instructions into *prog. 0, or -1 with @d filled in where an
 * instruction is not of the known set, or has anything in a reserved field: line is the
 * instruction's index + 1.
 */
int asm_from_insns(struct asm_prog *prog, const struct bpf_insn *insns, size_t n, struct diag *d);

/* Helper functions by name and number: -1 and NULL where unknown. Names without `bpf_`. */
int asm_helper_number(const char *name, size_t len);
const char *asm_helper_name(int number);

#endif
