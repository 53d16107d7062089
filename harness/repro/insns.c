// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "insns.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../case/insn_table.h"

#define COMMENT_COLUMN 56

enum macro {
	M_RAW,
	M_ALU64_REG,
	M_ALU64_IMM,
	M_ALU32_REG,
	M_ALU32_IMM,
	M_MOV64_REG,
	M_MOV64_IMM,
	M_MOV32_REG,
	M_MOV32_IMM,
	M_ENDIAN,
	M_LD_IMM64,
	M_LD_MAP_FD,
	M_LD_MAP_VALUE,
	M_LDX_MEM,
	M_STX_MEM,
	M_ST_MEM,
	M_ATOMIC_OP,
	M_JMP_REG,
	M_JMP_IMM,
	M_JMP32_REG,
	M_JMP32_IMM,
	M_JMP_A,
	M_CALL_REL,
	M_EMIT_CALL,
	M_EXIT,
	N_MACROS
};

_Static_assert(N_MACROS <= 32, "a set of macros is a uint32_t");

/* Every one is made of BPF_RAW_INSN(CODE, DST, SRC, OFF, IMM), some of others as well. */
static const struct {
	const char *params, *body;
	uint32_t needs;
} macros[N_MACROS] = {
	[M_RAW] = { "BPF_RAW_INSN(CODE, DST, SRC, OFF, IMM)",
		    "((struct bpf_insn){ .code = (CODE), .dst_reg = (DST), .src_reg = (SRC), \\\n"
		    "\t\t\t     .off = (OFF), .imm = (IMM) })",
		    0 },
	[M_ALU64_REG] = { "BPF_ALU64_REG(OP, DST, SRC)",
			  "BPF_RAW_INSN(BPF_ALU64 | (OP) | BPF_X, DST, SRC, 0, 0)", 0 },
	[M_ALU64_IMM] = { "BPF_ALU64_IMM(OP, DST, IMM)",
			  "BPF_RAW_INSN(BPF_ALU64 | (OP) | BPF_K, DST, 0, 0, IMM)", 0 },
	[M_ALU32_REG] = { "BPF_ALU32_REG(OP, DST, SRC)",
			  "BPF_RAW_INSN(BPF_ALU | (OP) | BPF_X, DST, SRC, 0, 0)", 0 },
	[M_ALU32_IMM] = { "BPF_ALU32_IMM(OP, DST, IMM)",
			  "BPF_RAW_INSN(BPF_ALU | (OP) | BPF_K, DST, 0, 0, IMM)", 0 },
	[M_MOV64_REG] = { "BPF_MOV64_REG(DST, SRC)",
			  "BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)", 0 },
	[M_MOV64_IMM] = { "BPF_MOV64_IMM(DST, IMM)",
			  "BPF_RAW_INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)", 0 },
	[M_MOV32_REG] = { "BPF_MOV32_REG(DST, SRC)",
			  "BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_X, DST, SRC, 0, 0)", 0 },
	[M_MOV32_IMM] = { "BPF_MOV32_IMM(DST, IMM)",
			  "BPF_RAW_INSN(BPF_ALU | BPF_MOV | BPF_K, DST, 0, 0, IMM)", 0 },
	[M_ENDIAN] = { "BPF_ENDIAN(TYPE, DST, LEN)",
		       "BPF_RAW_INSN(BPF_ALU | BPF_END | (TYPE), DST, 0, 0, LEN)", 0 },
	[M_LD_IMM64] = { "BPF_LD_IMM64_RAW(DST, SRC, IMM)",
			 "BPF_RAW_INSN(BPF_LD | BPF_DW | BPF_IMM, DST, SRC, 0, (uint32_t)(IMM)), "
			 "\\\n"
			 "\tBPF_RAW_INSN(0, 0, 0, 0, (uint32_t)((uint64_t)(IMM) >> 32))",
			 0 },
	[M_LD_MAP_FD] = { "BPF_LD_MAP_FD(DST, MAP_FD)",
			  "BPF_LD_IMM64_RAW(DST, BPF_PSEUDO_MAP_FD, (uint32_t)(MAP_FD))",
			  1U << M_LD_IMM64 },
	[M_LD_MAP_VALUE] = { "BPF_LD_MAP_VALUE(DST, MAP_FD, VALUE_OFF)",
			     "BPF_LD_IMM64_RAW(DST, BPF_PSEUDO_MAP_VALUE, \\\n"
			     "\t\t\t (uint32_t)(MAP_FD) | (uint64_t)(VALUE_OFF) << 32)",
			     1U << M_LD_IMM64 },
	[M_LDX_MEM] = { "BPF_LDX_MEM(SIZE, DST, SRC, OFF)",
			"BPF_RAW_INSN(BPF_LDX | (SIZE) | BPF_MEM, DST, SRC, OFF, 0)", 0 },
	[M_STX_MEM] = { "BPF_STX_MEM(SIZE, DST, SRC, OFF)",
			"BPF_RAW_INSN(BPF_STX | (SIZE) | BPF_MEM, DST, SRC, OFF, 0)", 0 },
	[M_ST_MEM] = { "BPF_ST_MEM(SIZE, DST, OFF, IMM)",
		       "BPF_RAW_INSN(BPF_ST | (SIZE) | BPF_MEM, DST, 0, OFF, IMM)", 0 },
	[M_ATOMIC_OP] = { "BPF_ATOMIC_OP(SIZE, OP, DST, SRC, OFF)",
			  "BPF_RAW_INSN(BPF_STX | (SIZE) | BPF_ATOMIC, DST, SRC, OFF, OP)", 0 },
	[M_JMP_REG] = { "BPF_JMP_REG(OP, DST, SRC, OFF)",
			"BPF_RAW_INSN(BPF_JMP | (OP) | BPF_X, DST, SRC, OFF, 0)", 0 },
	[M_JMP_IMM] = { "BPF_JMP_IMM(OP, DST, IMM, OFF)",
			"BPF_RAW_INSN(BPF_JMP | (OP) | BPF_K, DST, 0, OFF, IMM)", 0 },
	[M_JMP32_REG] = { "BPF_JMP32_REG(OP, DST, SRC, OFF)",
			  "BPF_RAW_INSN(BPF_JMP32 | (OP) | BPF_X, DST, SRC, OFF, 0)", 0 },
	[M_JMP32_IMM] = { "BPF_JMP32_IMM(OP, DST, IMM, OFF)",
			  "BPF_RAW_INSN(BPF_JMP32 | (OP) | BPF_K, DST, 0, OFF, IMM)", 0 },
	[M_JMP_A] = { "BPF_JMP_A(OFF)", "BPF_RAW_INSN(BPF_JMP | BPF_JA, 0, 0, OFF, 0)", 0 },
	[M_CALL_REL] = { "BPF_CALL_REL(TGT)",
			 "BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, TGT)", 0 },
	[M_EMIT_CALL] = { "BPF_EMIT_CALL(FUNC)", "BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, FUNC)",
			  0 },
	[M_EXIT] = { "BPF_EXIT_INSN()", "BPF_RAW_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)", 0 },
};

void insns_define(FILE *out, uint32_t set)
{
	if (set)
		set |= 1U << M_RAW;
	for (int m = 0; m < N_MACROS; m++)
		if (set & (1U << m))
			set |= macros[m].needs;
	for (int m = 0; m < N_MACROS; m++)
		if (set & (1U << m))
			fprintf(out, "#define %s \\\n\t%s\n", macros[m].params, macros[m].body);
}

static const char *size_name(uint8_t code)
{
	static const char *const names[] = { "BPF_W", "BPF_H", "BPF_B", "BPF_DW" };

	return names[BPF_SIZE(code) >> 3];
}

static const char *const alu_names[16] = { "BPF_ADD", "BPF_SUB", "BPF_MUL", "BPF_DIV", "BPF_OR",
					   "BPF_AND", "BPF_LSH", "BPF_RSH", "BPF_NEG", "BPF_MOD",
					   "BPF_XOR", "BPF_MOV", "BPF_ARSH" };
static const char *const jmp_names[16] = { NULL,      "BPF_JEQ",  "BPF_JGT",  "BPF_JGE", "BPF_JSET",
					   "BPF_JNE", "BPF_JSGT", "BPF_JSGE", NULL,	 NULL,
					   "BPF_JLT", "BPF_JLE",  "BPF_JSLT", "BPF_JSLE" };

/* As printf(3); the macro, so that a speller can end with it. */
__attribute__((format(printf, 3, 4))) static enum macro say(char **text, enum macro m,
							    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(text, fmt, ap) < 0)
		abort();
	va_end(ap);
	return m;
}

static enum macro spell_raw(char **text, const struct bpf_insn *i)
{
	return say(text, M_RAW, "BPF_RAW_INSN(0x%02x, BPF_REG_%d, BPF_REG_%d, %d, %d)", i->code,
		   i->dst_reg, i->src_reg, i->off, i->imm);
}

static enum macro spell_alu(char **text, const struct bpf_insn *i)
{
	bool wide = BPF_CLASS(i->code) == BPF_ALU64, reg = BPF_SRC(i->code) == BPF_X;
	const char *op = alu_names[BPF_OP(i->code) >> 4];
	int bits = wide ? 64 : 32;

	if (BPF_OP(i->code) == BPF_END && !wide)
		return say(text, M_ENDIAN, "BPF_ENDIAN(%s, BPF_REG_%d, %d)",
			   reg ? "BPF_TO_BE" : "BPF_TO_LE", i->dst_reg, i->imm);
	if (!op || i->off)
		return spell_raw(text, i);
	if (BPF_OP(i->code) == BPF_MOV && reg)
		return say(text, wide ? M_MOV64_REG : M_MOV32_REG,
			   "BPF_MOV%d_REG(BPF_REG_%d, BPF_REG_%d)", bits, i->dst_reg, i->src_reg);
	if (BPF_OP(i->code) == BPF_MOV)
		return say(text, wide ? M_MOV64_IMM : M_MOV32_IMM, "BPF_MOV%d_IMM(BPF_REG_%d, %d)",
			   bits, i->dst_reg, i->imm);
	if (reg)
		return say(text, wide ? M_ALU64_REG : M_ALU32_REG,
			   "BPF_ALU%d_REG(%s, BPF_REG_%d, BPF_REG_%d)", bits, op, i->dst_reg,
			   i->src_reg);
	return say(text, wide ? M_ALU64_IMM : M_ALU32_IMM, "BPF_ALU%d_IMM(%s, BPF_REG_%d, %d)",
		   bits, op, i->dst_reg, i->imm);
}

static enum macro spell_memory(char **text, const struct bpf_insn *i)
{
	const char *size = size_name(i->code);

	if (BPF_MODE(i->code) == BPF_ATOMIC && BPF_CLASS(i->code) == BPF_STX)
		return say(text, M_ATOMIC_OP, "BPF_ATOMIC_OP(%s, 0x%x, BPF_REG_%d, BPF_REG_%d, %d)",
			   size, (unsigned int)i->imm, i->dst_reg, i->src_reg, i->off);
	if (BPF_MODE(i->code) != BPF_MEM)
		return spell_raw(text, i);
	if (BPF_CLASS(i->code) == BPF_ST)
		return say(text, M_ST_MEM, "BPF_ST_MEM(%s, BPF_REG_%d, %d, %d)", size, i->dst_reg,
			   i->off, i->imm);
	return say(text, BPF_CLASS(i->code) == BPF_STX ? M_STX_MEM : M_LDX_MEM,
		   "BPF_%s_MEM(%s, BPF_REG_%d, BPF_REG_%d, %d)",
		   BPF_CLASS(i->code) == BPF_STX ? "STX" : "LDX", size, i->dst_reg, i->src_reg,
		   i->off);
}

static enum macro spell_call(char **text, const struct bpf_insn *i)
{
	const char *helper = i->src_reg ? NULL : asm_helper_name(i->imm);

	if (i->src_reg == BPF_PSEUDO_CALL)
		return say(text, M_CALL_REL, "BPF_CALL_REL(%d)", i->imm);
	if (helper)
		return say(text, M_EMIT_CALL, "BPF_EMIT_CALL(BPF_FUNC_%s)", helper);
	return spell_raw(text, i);
}

static enum macro spell_jump(char **text, const struct bpf_insn *i)
{
	bool narrow = BPF_CLASS(i->code) == BPF_JMP32, reg = BPF_SRC(i->code) == BPF_X;
	const char *op = jmp_names[BPF_OP(i->code) >> 4], *width = narrow ? "32" : "";

	if (i->code == (BPF_JMP | BPF_CALL))
		return spell_call(text, i);
	if (i->code == (BPF_JMP | BPF_EXIT))
		return say(text, M_EXIT, "BPF_EXIT_INSN()");
	if (i->code == (BPF_JMP | BPF_JA))
		return say(text, M_JMP_A, "BPF_JMP_A(%d)", i->off);
	if (!op)
		return spell_raw(text, i);
	if (reg)
		return say(text, narrow ? M_JMP32_REG : M_JMP_REG,
			   "BPF_JMP%s_REG(%s, BPF_REG_%d, BPF_REG_%d, %d)", width, op, i->dst_reg,
			   i->src_reg, i->off);
	return say(text, narrow ? M_JMP32_IMM : M_JMP_IMM, "BPF_JMP%s_IMM(%s, BPF_REG_%d, %d, %d)",
		   width, op, i->dst_reg, i->imm, i->off);
}

/* @i is the first of two. */
static enum macro spell_wide(char **text, const struct asm_prog *prog, const struct bpf_insn *i)
{
	uint64_t value = (uint32_t)i[0].imm | (uint64_t)(uint32_t)i[1].imm << 32;
	size_t at = (size_t)(i - prog->insns);

	for (size_t r = 0; r < prog->n_relocs; r++) {
		if (prog->relocs[r].insn != at)
			continue;
		if (i->src_reg == BPF_PSEUDO_MAP_FD)
			return say(text, M_LD_MAP_FD, "BPF_LD_MAP_FD(BPF_REG_%d, %s_fd)",
				   i->dst_reg, prog->relocs[r].map);
		if (i->src_reg == BPF_PSEUDO_MAP_VALUE)
			return say(text, M_LD_MAP_VALUE, "BPF_LD_MAP_VALUE(BPF_REG_%d, %s_fd, %d)",
				   i->dst_reg, prog->relocs[r].map, i[1].imm);
	}
	return say(text, M_LD_IMM64, "BPF_LD_IMM64_RAW(BPF_REG_%d, %d, 0x%llxULL)", i->dst_reg,
		   i->src_reg, (unsigned long long)value);
}

static enum macro spell(char **text, const struct asm_prog *prog, size_t at)
{
	const struct bpf_insn *i = &prog->insns[at];

	if (insn_is_wide(i) && at + 1 < prog->n_insns)
		return spell_wide(text, prog, i);
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return spell_alu(text, i);
	case BPF_JMP:
	case BPF_JMP32:
		return spell_jump(text, i);
	case BPF_LD:
		return spell_raw(text, i);
	default:
		return spell_memory(text, i);
	}
}

/* The assembly text of each instruction, by its number; NULL for second halves. */
static char **assembly(const struct asm_prog *prog)
{
	struct asm_prog plain = *prog;
	char **texts = xcalloc(prog->n_insns, sizeof(*texts)), *all = NULL, *save = NULL;
	size_t len;
	FILE *out = open_memstream(&all, &len);

	if (!out)
		abort();
	plain.n_repts = plain.n_comments = 0; /* every instruction has its line */
	asm_print_numbered(out, &plain);
	fclose(out);
	for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *end;
		unsigned long at = strtoul(line, &end, 10);

		if (end == line || at >= prog->n_insns)
			continue;
		while (*end == ':' || isspace((unsigned char)*end))
			end++;
		free(texts[at]);
		texts[at] = xstrdup(end);
	}
	free(all);
	return texts;
}

void insns_write(FILE *out, const struct asm_prog *prog, const char *indent, uint32_t *used)
{
	char **texts = assembly(prog);

	for (size_t i = 0, label = 0; i < prog->n_insns; i++) {
		char *text;

		for (; label < prog->n_labels && prog->labels[label].insn <= i; label++)
			fprintf(out, "%s/* %s: */\n", indent, prog->labels[label].name);
		*used |= 1U << spell(&text, prog, i);
		fprintf(out, "%s%s,%*s/* %zu: %s */\n", indent, text,
			(int)(strlen(text) + 2 < COMMENT_COLUMN ? COMMENT_COLUMN - strlen(text) - 1
								: 1),
			"", i, texts[i] ? texts[i] : "");
		free(text);
		i += insn_is_wide(&prog->insns[i]) && i + 1 < prog->n_insns;
	}
	for (size_t i = 0; i < prog->n_insns; i++)
		free(texts[i]);
	free(texts);
}
