// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The disassembler. One decoder serves printing and checking: what it can spell, and only that, is
 * a known instruction, so reserved fields must be zero as the kernel wants them.
 */
#include "asm.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "asm_parser.h"

/* Trailing comments stand in a column where instructions leave room for it. */
#define COMMENT_COLUMN 32

static const char bad_opcode[] = "unknown opcode";
static const char bad_reserved[] = "reserved fields are not zero";

struct out {
	char text[384];
	int len;
	/* A label has the name of this helper, and `call` would find the label. */
	bool hidden[__BPF_FUNC_MAX_ID];
};

/* Append; evaluates to NULL, so that a decoder can end with it: no error. */
__attribute__((format(printf, 2, 3))) static const char *put(struct out *out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out->text + out->len, sizeof(out->text) - (size_t)out->len, fmt, ap);
	va_end(ap);
	out->len += n;
	if (out->len >= (int)sizeof(out->text))
		out->len = (int)sizeof(out->text) - 1;
	return NULL;
}

static const char *put_address(struct out *out, const struct insn_size *size,
			       const struct bpf_insn *insn, uint8_t base)
{
	if (size)
		put(out, "(%s *)(", size->text);
	put(out, "r%d %c %d", base, insn->off < 0 ? '-' : '+', abs(insn->off));
	return put(out, "%s", size ? ")" : "");
}

static const char *put_target(struct out *out, const struct asm_prog *prog, size_t i)
{
	int64_t target = 0;
	enum asm_target kind = asm_target_of(prog, i, &target);
	const char *label = asm_label_at(prog, target);

	if (label)
		return put(out, "%s", label);
	return put(out, "%s%+lld", kind == ASM_TARGET_CALL ? "pc" : "",
		   (long long)(target - (int64_t)i - 1));
}

static const char *put_alu(struct out *out, const struct bpf_insn *insn)
{
	bool is_x = BPF_SRC(insn->code) == BPF_X;
	char w = BPF_CLASS(insn->code) == BPF_ALU ? 'w' : 'r';
	const struct insn_op *op;

	if (is_x ? insn->imm : insn->src_reg)
		return bad_reserved;
	if (is_x && BPF_OP(insn->code) == BPF_MOV && insn->off) {
		for (const struct insn_size *s = insn_sizes; s->text; s++)
			if (s->is_signed && s->bits == insn->off && (s->bits < 32 || w == 'r'))
				return put(out, "%c%d = (%s)%c%d", w, insn->dst_reg, s->text, w,
					   insn->src_reg);
		return bad_reserved;
	}
	if (BPF_OP(insn->code) == BPF_NEG) {
		if (is_x)
			return bad_opcode;
		if (insn->off || insn->imm)
			return bad_reserved;
		return put(out, "%c%d = -%c%d", w, insn->dst_reg, w, insn->dst_reg);
	}
	op = insn_op_find(insn_alu_ops, BPF_OP(insn->code), insn->off);
	if (!op)
		return insn_op_find(insn_alu_ops, BPF_OP(insn->code), 0) ? bad_reserved
									 : bad_opcode;
	put(out, "%c%d %s ", w, insn->dst_reg, op->text);
	return is_x ? put(out, "%c%d", w, insn->src_reg) : put(out, "%d", insn->imm);
}

static const char *put_swap(struct out *out, const struct bpf_insn *insn)
{
	bool known = false;

	for (const struct insn_swap *s = insn_swaps; s->text; s++) {
		if (s->code != insn->code)
			continue;
		known = true;
		if (s->bits == insn->imm && !insn->src_reg && !insn->off)
			return put(out, "r%d = %s r%d", insn->dst_reg, s->text, insn->dst_reg);
	}
	return known ? bad_reserved : bad_opcode;
}

static void find_hidden(struct out *out, const struct asm_prog *prog)
{
	memset(out->hidden, 0, sizeof(out->hidden));
	for (size_t i = 0; i < prog->n_labels; i++) {
		const char *name = prog->labels[i].name;
		int number = strncmp(name, "bpf_", 4) ? -1 : asm_helper_number(name, strlen(name));

		if (number >= 0)
			out->hidden[number] = true;
	}
}

static const char *put_helper(struct out *out, int number)
{
	const char *name = asm_helper_name(number);

	if (!name)
		return put(out, "call %d", number);
	put(out, "call bpf_%s", name);
	return out->hidden[number] ? put(out, "#%d", number) : NULL;
}

static int compare_kfuncs(const void *a, const void *b)
{
	uint32_t x = ((const struct asm_kfunc *)a)->insn, y = ((const struct asm_kfunc *)b)->insn;

	return x < y ? -1 : x > y;
}

static const char *put_kfunc(struct out *out, const struct asm_prog *prog, size_t i)
{
	struct asm_kfunc key = { .insn = (uint32_t)i };
	const struct asm_kfunc *kfunc = NULL;

	if (prog->n_kfuncs)
		kfunc = bsearch(&key, prog->kfuncs, prog->n_kfuncs, sizeof(key), compare_kfuncs);
	return kfunc ? put(out, "call kfunc %s", kfunc->name)
		     : put(out, "call kfunc#%d", prog->insns[i].imm);
}

static const char *put_call(struct out *out, const struct asm_prog *prog, size_t i)
{
	const struct bpf_insn *insn = &prog->insns[i];

	if (BPF_SRC(insn->code) == BPF_X) {
		if (insn->src_reg || insn->off || insn->imm)
			return bad_reserved;
		return put(out, "callx r%d", insn->dst_reg);
	}
	if (insn->dst_reg || insn->off)
		return bad_reserved;
	switch (insn->src_reg) {
	case 0:
		return put_helper(out, insn->imm);
	case BPF_PSEUDO_CALL:
		put(out, "call ");
		return put_target(out, prog, i);
	case BPF_PSEUDO_KFUNC_CALL:
		return put_kfunc(out, prog, i);
	default:
		return bad_reserved;
	}
}

static const char *put_jump(struct out *out, const struct asm_prog *prog, size_t i)
{
	const struct bpf_insn *insn = &prog->insns[i];
	bool is_32 = BPF_CLASS(insn->code) == BPF_JMP32, is_x = BPF_SRC(insn->code) == BPF_X;
	char w = is_32 ? 'w' : 'r';
	const struct insn_op *op;

	if (BPF_OP(insn->code) == BPF_CALL && !is_32)
		return put_call(out, prog, i);
	if (insn->code == (BPF_JMP | BPF_EXIT))
		return insn->dst_reg || insn->src_reg || insn->off || insn->imm ? bad_reserved
										: put(out, "exit");
	if (BPF_OP(insn->code) == BPF_JA && !is_x) {
		if (insn->dst_reg || insn->src_reg || (is_32 ? insn->off : insn->imm))
			return bad_reserved;
		put(out, is_32 ? "gotol " : "goto ");
		return put_target(out, prog, i);
	}
	op = insn_op_find(insn_jmp_ops, BPF_OP(insn->code), 0);
	if (!op)
		return bad_opcode;
	if (is_x ? insn->imm : insn->src_reg)
		return bad_reserved;
	put(out, "if %c%d %s ", w, insn->dst_reg, op->text);
	if (is_x)
		put(out, "%c%d goto ", w, insn->src_reg);
	else
		put(out, "%d goto ", insn->imm);
	return put_target(out, prog, i);
}

static const struct asm_reloc *find_reloc(const struct asm_prog *prog, size_t insn)
{
	size_t low = 0, high = prog->n_relocs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prog->relocs[middle].insn < insn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < prog->n_relocs && prog->relocs[low].insn == insn ? &prog->relocs[low] : NULL;
}

static const char *put_wide(struct out *out, const struct asm_prog *prog, size_t i)
{
	const struct bpf_insn *insn = &prog->insns[i], *high = insn + 1;
	const struct asm_reloc *reloc = find_reloc(prog, i);

	if (i + 1 == prog->n_insns)
		return "the second half of the instruction is missing";
	if (insn->off || high->code || high->dst_reg || high->src_reg || high->off)
		return bad_reserved;
	put(out, "r%d = ", insn->dst_reg);
	if (insn->src_reg == 0)
		return put(out, "0x%llx ll",
			   (unsigned long long)(uint32_t)high->imm << 32 | (uint32_t)insn->imm);
	if (insn->src_reg == BPF_PSEUDO_FUNC && !high->imm) {
		put_target(out, prog, i);
		return put(out, " ll");
	}
	if (reloc && insn->src_reg == BPF_PSEUDO_MAP_VALUE)
		return put(out, "%s[%u] ll", reloc->map, (uint32_t)high->imm);
	if (reloc)
		return put(out, "%s ll", reloc->map);
	for (const struct insn_ref *ref = insn_refs; ref->base; ref++) {
		if (ref->src != insn->src_reg || (!ref->second && high->imm))
			continue;
		put(out, "%s[%s:%d]", ref->base, ref->key, insn->imm);
		if (ref->second)
			put(out, "[%u]", (uint32_t)high->imm);
		return put(out, " ll");
	}
	return bad_reserved;
}

/* The loads of classic BPF. */
static const char *put_load_packet(struct out *out, const struct bpf_insn *insn)
{
	const struct insn_size *size = insn_size_find(BPF_SIZE(insn->code), false);
	bool is_ind = BPF_MODE(insn->code) == BPF_IND;

	if ((!is_ind && BPF_MODE(insn->code) != BPF_ABS) || size->size == BPF_DW)
		return bad_opcode;
	if (insn->dst_reg || insn->off || (insn->src_reg && !is_ind))
		return bad_reserved;
	put(out, "r0 = *(%s *)skb[", size->text);
	if (!is_ind)
		return put(out, "%d]", insn->imm);
	put(out, "r%d", insn->src_reg);
	if (insn->imm)
		put(out, " %c %lld", insn->imm < 0 ? '-' : '+', llabs((long long)insn->imm));
	return put(out, "]");
}

static const char *put_load(struct out *out, const struct bpf_insn *insn)
{
	unsigned int mode = BPF_MODE(insn->code);
	const struct insn_size *size = insn_size_find(BPF_SIZE(insn->code), mode == BPF_MEMSX);

	if ((mode != BPF_MEM && mode != BPF_MEMSX) || !size)
		return bad_opcode;
	if (insn->imm)
		return bad_reserved;
	put(out, "r%d = *", insn->dst_reg);
	return put_address(out, size, insn, insn->src_reg);
}

static const char *put_atomic(struct out *out, const struct bpf_insn *insn)
{
	const struct insn_size *size = insn_size_find(BPF_SIZE(insn->code), false);
	char w = size->size == BPF_W ? 'w' : 'r';

	if (size->size != BPF_W && size->size != BPF_DW)
		return bad_opcode;
	for (const struct insn_lock *op = insn_locks; op->text; op++) {
		if (op->imm != insn->imm)
			continue;
		put(out, "lock *");
		put_address(out, size, insn, insn->dst_reg);
		return put(out, " %s %c%d", op->text, w, insn->src_reg);
	}
	for (const struct insn_atomic *op = insn_atomics; op->text; op++) {
		bool compares = op->imm == BPF_CMPXCHG;

		if (op->imm != insn->imm || (op->sized && op->size != size->size))
			continue;
		put(out, "%c%d = %s(", w, compares ? 0 : insn->src_reg, op->text);
		put_address(out, op->cast ? size : NULL, insn, insn->dst_reg);
		if (compares)
			put(out, ", %c0", w);
		return put(out, ", %c%d)", w, insn->src_reg);
	}
	return "unknown atomic operation";
}

static const char *put_store(struct out *out, const struct bpf_insn *insn)
{
	bool is_x = BPF_CLASS(insn->code) == BPF_STX;

	if (is_x && BPF_MODE(insn->code) == BPF_ATOMIC)
		return put_atomic(out, insn);
	if (BPF_MODE(insn->code) != BPF_MEM)
		return bad_opcode;
	if (is_x ? insn->imm : insn->src_reg)
		return bad_reserved;
	put(out, "*");
	put_address(out, insn_size_find(BPF_SIZE(insn->code), false), insn, insn->dst_reg);
	return is_x ? put(out, " = r%d", insn->src_reg) : put(out, " = %d", insn->imm);
}

/* A register that there is, or the base of a plain load or store that arguments on the stack have.
 */
static bool registers_ok(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code);
	bool load = class == BPF_LDX, store = class == BPF_ST || class == BPF_STX;
	bool plain = BPF_MODE(insn->code) == BPF_MEM || BPF_MODE(insn->code) == BPF_MEMSX;

	return insn->dst_reg <= INSN_MAX_REG + (store && plain) &&
	       insn->src_reg <= INSN_MAX_REG + (load && plain);
}

/* Spell one instruction. NULL, or why it is none. */
static const char *put_insn(struct out *out, const struct asm_prog *prog, size_t i)
{
	const struct bpf_insn *insn = &prog->insns[i];

	out->len = 0;
	out->text[0] = '\0';
	/* The source of a wide load and of a call is a kind, not a register; those check it. */
	if (!registers_ok(insn))
		return "unknown register";
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return BPF_OP(insn->code) == BPF_END ? put_swap(out, insn) : put_alu(out, insn);
	case BPF_JMP:
	case BPF_JMP32:
		return put_jump(out, prog, i);
	case BPF_LD:
		return insn_is_wide(insn) ? put_wide(out, prog, i) : put_load_packet(out, insn);
	case BPF_LDX:
		return put_load(out, insn);
	default:
		return put_store(out, insn);
	}
}

static void print_own_line(FILE *file, const char *indent, const struct asm_comment *comment)
{
	const char *text = comment->text;

	if (text[0])
		fprintf(file, "%s#%s%s", indent, text[0] == '#' ? "" : " ", text);
	fputc('\n', file);
}

static void print_prog(FILE *file, const struct asm_prog *prog, const char *indent, bool numbers)
{
	const struct asm_rept *rept = prog->repts, *last = rept + prog->n_repts;
	size_t comment = 0, label = 0;
	struct out out;

	find_hidden(&out, prog);
	for (size_t i = 0; i <= prog->n_insns; i++) {
		const struct asm_comment *c = &prog->comments[comment];

		if (rept < last && i == rept->insn + rept->len) {
			fprintf(file, "%s.endr\n", indent);
			i = rept->insn + (size_t)rept->len * rept->count;
			rept++;
		}
		for (; comment < prog->n_comments && c->insn == i && !c->trailing; c++, comment++)
			print_own_line(file, indent, c);
		for (; label < prog->n_labels && prog->labels[label].insn == i; label++)
			fprintf(file, "%s%s:\n", indent, prog->labels[label].name);
		if (i == prog->n_insns)
			break;
		if (rept < last && i == rept->insn)
			fprintf(file, "%s.rept %u\n", indent, rept->count);
		if (put_insn(&out, prog, i)) {
			out.len = 0;
			put(&out, "# no instruction: 0x%02x", prog->insns[i].code);
		}
		if (numbers)
			fprintf(file, "%4zu: ", i);
		if (comment < prog->n_comments && c->insn == i) {
			fprintf(file, "%s%-*s #%s%s\n", indent, COMMENT_COLUMN - 1, out.text,
				c->text[0] == '#' ? "" : " ", c->text);
			comment++;
		} else {
			fprintf(file, "%s%s\n", indent, out.text);
		}
		if (insn_is_wide(&prog->insns[i]))
			i++;
	}
}

void asm_print(FILE *file, const struct asm_prog *prog, const char *indent)
{
	print_prog(file, prog, indent, false);
}

void asm_print_numbered(FILE *file, const struct asm_prog *prog)
{
	print_prog(file, prog, "  ", true);
}

int asm_from_insns(struct asm_prog *prog, const struct bpf_insn *insns, size_t n, struct diag *d)
{
	struct out out;

	memset(prog, 0, sizeof(*prog));
	if (n > INSN_MAX)
		return diag_at(d, NULL, 0, NULL, NULL, "more than %u instructions", INSN_MAX);
	find_hidden(&out, prog);
	prog->n_insns = n;
	prog->insns = xcalloc(n, sizeof(*insns));
	prog->lines = xcalloc(n, sizeof(*prog->lines));
	if (n)
		memcpy(prog->insns, insns, n * sizeof(*insns));
	for (size_t i = 0; i < n; i++) {
		const struct bpf_insn *insn = &prog->insns[i];
		const char *error = put_insn(&out, prog, i);

		if (error) {
			diag_at(d, NULL, (unsigned int)i + 1, NULL, NULL, "%s: %02x %x%x %d %d",
				error, insn->code, insn->src_reg, insn->dst_reg, insn->off,
				insn->imm);
			asm_release(prog);
			return -1;
		}
		prog->lines[i] = (uint32_t)i + 1;
		if (insn_is_wide(insn)) {
			prog->lines[i + 1] = (uint32_t)i + 1;
			i++;
		}
	}
	asm_name_targets(prog);
	return 0;
}
