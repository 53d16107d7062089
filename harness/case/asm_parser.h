/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the assembler share: asm.c reads lines, asm_insn.c instructions, asm_lex.c
 * words. */
#ifndef TAILCHECK_ASM_PARSER_H
#define TAILCHECK_ASM_PARSER_H

#include "asm.h"
#include "insn_table.h"

#define ASM_MAX_TEXT   (1u << 20)
#define ASM_MAX_SYMBOL 64

/* A place in the text, for messages about what only the whole program can tell. */
struct asm_place {
	unsigned int line;
	const char *text; /* the line */
	const char *at;
};

enum asm_ref_kind {
	ASM_REF_GOTO,
	ASM_REF_GOTOL,
	ASM_REF_IF,
	ASM_REF_CALL,
	ASM_REF_KFUNC,
	ASM_REF_LOAD,
	ASM_REF_MAP
};

/* An instruction that names a symbol; resolved when all labels are known. */
struct asm_ref {
	enum asm_ref_kind kind;
	uint32_t insn;
	char name[ASM_MAX_SYMBOL + 1];
	struct asm_place place;
};

struct asm_parser {
	struct asm_prog *prog;
	struct diag *d;
	const char *file;
	struct asm_place now; /* the line being read; now.at is the next character */
	struct asm_ref *refs;
	size_t n_refs;
	struct asm_place *label_places; /* of prog->labels, in the same order */
	size_t n_label_places;
	struct asm_rept rept; /* that is open, if its count is not 0 */
	size_t rept_refs;     /* what there was when it began */
	size_t rept_labels;
	struct asm_place rept_place;
	int log_code; /* the opcode that a verifier log wrote before the instruction, or -1 */
};

/* Say what is wrong at a place of the line being read. Evaluates to -1. */
#define asm_fail(ps, where, ...) \
	(diag_at((ps)->d, (ps)->file, (ps)->now.line, (ps)->now.text, (where), __VA_ARGS__), -1)

/* asm_lex.c. What is read may be preceded by blanks; accept_...() read nothing else on failure. */
struct asm_reg {
	uint8_t number;
	bool is_w;
	const char *at;
};

struct asm_number {
	const char *at;
	size_t len;
	bool negative;
	uint64_t magnitude;
};

/* Which immediates stand for 32 bits. */
enum asm_imm_kind {
	ASM_IMM_SIGNED, /* extended to 64 bits: what is read must be what the program sees */
	ASM_IMM_MOV,	/* likewise, and a wider one has an instruction of its own */
	ASM_IMM_BITS,	/* used as 32 bits: 0xffffffff is as good as -1 */
};

void asm_skip_blanks(struct asm_parser *ps);
bool asm_is_symbol_char(char c);
bool asm_accept(struct asm_parser *ps, const char *punctuation);
int asm_expect(struct asm_parser *ps, const char *punctuation);
bool asm_accept_word(struct asm_parser *ps, const char *word);
int asm_expect_word(struct asm_parser *ps, const char *word);
size_t asm_word_length(const struct asm_parser *ps);
bool asm_at_register(struct asm_parser *ps);
bool asm_at_number(struct asm_parser *ps);
int asm_register(struct asm_parser *ps, struct asm_reg *reg);
int asm_register_wide(struct asm_parser *ps, struct asm_reg *reg, const char *what);
int asm_number(struct asm_parser *ps, struct asm_number *n);
int asm_imm32(struct asm_parser *ps, const struct asm_number *n, enum asm_imm_kind kind,
	      int32_t *imm);
int asm_symbol(struct asm_parser *ps, char name[ASM_MAX_SYMBOL + 1], const char *what);
int asm_displacement(struct asm_parser *ps, int64_t min, int64_t max, const char *what,
		     int64_t *value);

/* asm_insn.c: one instruction, at ps->now.at. */
int asm_insn(struct asm_parser *ps);
int asm_emit(struct asm_parser *ps, struct bpf_insn insn);
struct bpf_insn asm_make(unsigned int code, const struct asm_reg *dst, const struct asm_reg *src);
int asm_same_width(struct asm_parser *ps, const struct asm_reg *dst, const struct asm_reg *src);
int asm_same_register(struct asm_parser *ps, const struct asm_reg *dst, const struct asm_reg *src);

/* asm_mem.c: loads (@dst and `=` are read), stores, atomic operations. */
int asm_load(struct asm_parser *ps, const struct asm_reg *dst);
int asm_store(struct asm_parser *ps);
int asm_lock(struct asm_parser *ps);
const struct insn_atomic *asm_atomic_word(const struct asm_parser *ps);
int asm_atomic(struct asm_parser *ps, const struct asm_reg *dst, const struct insn_atomic *op);

/* asm_rept.c: 0 if the line is `.rept N` or `.endr`, 1 if it is something else, or -1. */
int asm_rept(struct asm_parser *ps);
/* At the end of the text; and when what is jumped to has labels. */
int asm_rept_end(struct asm_parser *ps);
int asm_rept_labels(struct asm_parser *ps);

/*
 * asm_label.c: name what is jumped to and called, where it has no label and can have one, and find
 * the entry points of functions.
 */
void asm_name_targets(struct asm_prog *prog);
/* The first label at an instruction, or NULL. */
const char *asm_label_at(const struct asm_prog *prog, int64_t insn);

/* How an instruction refers to another: by nothing, a jump or a call. */
enum asm_target { ASM_TARGET_NONE, ASM_TARGET_JUMP, ASM_TARGET_CALL };
enum asm_target asm_target_of(const struct asm_prog *prog, size_t insn, int64_t *target);

#endif
