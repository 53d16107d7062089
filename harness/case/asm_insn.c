// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The assembler's instructions: one function for each shape, the spellings in insn_table.c. */
#include "asm_parser.h"

#include <string.h>

#include "../base/alloc.h"

int asm_emit(struct asm_parser *ps, struct bpf_insn insn)
{
	struct asm_prog *prog = ps->prog;
	size_t n_lines = prog->n_insns;

	*vec_add(prog->lines, n_lines) = ps->now.line;
	*vec_add(prog->insns, prog->n_insns) = insn;
	return 0;
}

static int emit_wide(struct asm_parser *ps, uint8_t dst, uint8_t src, int32_t low, int32_t high)
{
	asm_emit(ps, (struct bpf_insn){
			     .code = BPF_LD | BPF_IMM | BPF_DW,
			     .dst_reg = dst & 0xf,
			     .src_reg = src & 0xf,
			     .imm = low,
		     });
	return asm_emit(ps, (struct bpf_insn){ .imm = high });
}

/* Emit with the last register in src_reg and the other in dst_reg. */
struct bpf_insn asm_make(unsigned int code, const struct asm_reg *dst, const struct asm_reg *src)
{
	return (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (dst ? dst->number : 0) & 0xf,
		.src_reg = (src ? src->number : 0) & 0xf,
	};
}

static void add_ref(struct asm_parser *ps, enum asm_ref_kind kind, const char *name, const char *at)
{
	struct asm_ref *ref = vec_add(ps->refs, ps->n_refs);

	ref->kind = kind;
	ref->insn = (uint32_t)ps->prog->n_insns;
	ref->place = ps->now;
	ref->place.at = at;
	memcpy(ref->name, name, strlen(name) + 1);
}

int asm_same_width(struct asm_parser *ps, const struct asm_reg *dst, const struct asm_reg *src)
{
	if (dst->is_w == src->is_w)
		return 0;
	return asm_fail(ps, src->at, "a %s operation needs %c registers on both sides",
			dst->is_w ? "32-bit" : "64-bit", dst->is_w ? 'w' : 'r');
}

/* Some operations have one register, which is written twice. */
int asm_same_register(struct asm_parser *ps, const struct asm_reg *dst, const struct asm_reg *src)
{
	if (dst->number == src->number && dst->is_w == src->is_w)
		return 0;
	return asm_fail(ps, src->at, "expected %c%d: this operation has a single register",
			dst->is_w ? 'w' : 'r', dst->number);
}

/* `map[fd:5] ll`, `map[fd:5][8] ll`, from the `[`. */
static int load_numbered(struct asm_parser *ps, const struct asm_reg *dst, const char *base,
			 const char *key)
{
	const struct insn_ref *ref = insn_refs;
	struct asm_number n;
	int32_t low, high = 0;
	bool second;

	if (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_BITS, &low) || asm_expect(ps, "]"))
		return -1;
	second = asm_accept(ps, "[");
	if (second &&
	    (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_BITS, &high) || asm_expect(ps, "]")))
		return -1;
	while (ref->base && (strcmp(ref->base, base) != 0 || strcmp(ref->key, key) != 0 ||
			     ref->second != second))
		ref++;
	if (!ref->base)
		return asm_fail(ps, ps->now.at, "expected `[` and a second number");
	if (asm_expect_word(ps, "ll"))
		return -1;
	return emit_wide(ps, dst->number, ref->src, low, high);
}

/* `r1 = progs ll`, `r1 = count[8] ll`, `r1 = func ll` */
static int load_symbol(struct asm_parser *ps, const struct asm_reg *dst)
{
	char name[ASM_MAX_SYMBOL + 1];
	struct asm_number n;
	int32_t offset = 0;
	bool is_value;
	const char *at;

	asm_skip_blanks(ps);
	at = ps->now.at;
	if (asm_symbol(ps, name, "a register, a number, a load or a name"))
		return -1;
	if (dst->is_w)
		return asm_fail(ps, dst->at, "an address needs an r register");
	is_value = asm_accept(ps, "[");
	if (is_value) {
		for (const struct insn_ref *ref = insn_refs; ref->base; ref++) {
			const char *start = ps->now.at;

			if (strcmp(name, ref->base) == 0 && asm_accept_word(ps, ref->key) &&
			    asm_accept(ps, ":"))
				return load_numbered(ps, dst, ref->base, ref->key);
			ps->now.at = start;
		}
		if (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_BITS, &offset) ||
		    asm_expect(ps, "]"))
			return -1;
	}
	if (!asm_accept_word(ps, "ll"))
		return asm_fail(ps, at,
				"unknown operand `%s`; a map or function is loaded with `ll`",
				name);
	add_ref(ps, is_value ? ASM_REF_MAP : ASM_REF_LOAD, name, at);
	return emit_wide(ps, dst->number, is_value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD, 0,
			 offset);
}

/* `pc` and a distance; what follows begins with the sign. */
static bool accept_pc(struct asm_parser *ps)
{
	const char *start = ps->now.at;

	if (asm_accept_word(ps, "pc")) {
		asm_skip_blanks(ps);
		if (*ps->now.at == '+' || *ps->now.at == '-')
			return true;
	}
	ps->now.at = start;
	return false;
}

/* `r1 = 5`, `r1 = 5 ll` */
static int load_number(struct asm_parser *ps, const struct asm_reg *dst)
{
	struct bpf_insn insn;
	struct asm_number n;
	uint64_t value;

	if (asm_number(ps, &n))
		return -1;
	/* The kernel's disassembler leaves `ll` to be guessed from the opcode. */
	if (!asm_accept_word(ps, "ll") && ps->log_code != (BPF_LD | BPF_IMM | BPF_DW)) {
		insn = asm_make((dst->is_w ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_K, dst, NULL);
		if (asm_imm32(ps, &n, dst->is_w ? ASM_IMM_BITS : ASM_IMM_MOV, &insn.imm))
			return -1;
		return asm_emit(ps, insn);
	}
	if (dst->is_w)
		return asm_fail(ps, dst->at, "a wide immediate needs an r register");
	value = n.negative ? -n.magnitude : n.magnitude;
	return emit_wide(ps, dst->number, 0, (int32_t)(uint32_t)value,
			 (int32_t)(uint32_t)(value >> 32));
}

/* `r1 = (s8)r2` */
static int move_extended(struct asm_parser *ps, const struct asm_reg *dst)
{
	const struct insn_size *size;
	struct bpf_insn insn;
	struct asm_reg src;
	size_t len;

	if (asm_expect(ps, "("))
		return -1;
	asm_skip_blanks(ps);
	len = asm_word_length(ps);
	size = insn_size_match(ps->now.at, len);
	if (!size || !size->is_signed)
		return asm_fail(ps, ps->now.at, "expected a type: s8, s16, s32");
	if (dst->is_w && size->bits == 32)
		return asm_fail(ps, ps->now.at, "(s32) extends to 64 bits: use r%d", dst->number);
	ps->now.at += len;
	if (asm_expect(ps, ")") || asm_register(ps, &src) || asm_same_width(ps, dst, &src))
		return -1;
	insn = asm_make((dst->is_w ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_X, dst, &src);
	insn.off = size->bits;
	return asm_emit(ps, insn);
}

/* `r1 = be16 r1`; false if this is none. */
static bool accept_swap(struct asm_parser *ps, const struct insn_swap **swap)
{
	const char *start = ps->now.at;

	for (*swap = insn_swaps; (*swap)->text; ++*swap) {
		if (asm_accept_word(ps, (*swap)->text) && asm_at_register(ps))
			return true;
		ps->now.at = start;
	}
	return false;
}

static int swap_bytes(struct asm_parser *ps, const struct asm_reg *dst,
		      const struct insn_swap *swap)
{
	struct bpf_insn insn = asm_make(swap->code, dst, NULL);
	struct asm_reg src;

	if (dst->is_w)
		return asm_fail(ps, dst->at, "%s needs an r register", swap->text);
	if (asm_register(ps, &src) || asm_same_register(ps, dst, &src))
		return -1;
	insn.imm = swap->bits;
	return asm_emit(ps, insn);
}

/* The second operand of an ALU operation, and the instruction. */
static int operate(struct asm_parser *ps, const struct asm_reg *dst, const struct insn_op *op)
{
	unsigned int class = dst->is_w ? BPF_ALU : BPF_ALU64;
	struct bpf_insn insn;
	struct asm_number n;
	struct asm_reg src;

	if (asm_at_register(ps)) {
		if (asm_register(ps, &src) || asm_same_width(ps, dst, &src))
			return -1;
		insn = asm_make(class | op->code | BPF_X, dst, &src);
	} else if (asm_at_number(ps)) {
		insn = asm_make(class | op->code | BPF_K, dst, NULL);
		if (asm_number(ps, &n) ||
		    asm_imm32(ps, &n, dst->is_w ? ASM_IMM_BITS : ASM_IMM_SIGNED, &insn.imm))
			return -1;
	} else {
		return asm_fail(ps, ps->now.at, "expected a register or a number");
	}
	insn.off = op->off;
	return asm_emit(ps, insn);
}

/* `pc+1`, `+1`, or the name of a label. */
static int target(struct asm_parser *ps, enum asm_ref_kind kind, struct bpf_insn insn)
{
	bool is_long = kind == ASM_REF_GOTOL || kind == ASM_REF_CALL;
	char name[ASM_MAX_SYMBOL + 1];
	int64_t distance;
	const char *at;

	asm_skip_blanks(ps);
	at = ps->now.at;
	if (accept_pc(ps) || *at == '+' || *at == '-') {
		if (asm_displacement(ps, is_long ? INT32_MIN : INT16_MIN,
				     is_long ? INT32_MAX : INT16_MAX, "jump", &distance))
			return -1;
		if (is_long)
			insn.imm = (int32_t)distance;
		else
			insn.off = (int16_t)distance;
		return asm_emit(ps, insn);
	}
	if (asm_symbol(ps, name, "a label, or `+` or `-` and a distance"))
		return -1;
	add_ref(ps, kind, name, at);
	return asm_emit(ps, insn);
}

/* Behind `if`: `r1 == 5 goto out` */
static int jump_if(struct asm_parser *ps)
{
	struct asm_reg dst, src;
	const struct insn_op *op;
	struct bpf_insn insn;
	struct asm_number n;
	unsigned int class;

	if (asm_register(ps, &dst))
		return -1;
	class = dst.is_w ? BPF_JMP32 : BPF_JMP;
	asm_skip_blanks(ps);
	op = insn_op_match(insn_jmp_ops, ps->now.at);
	if (!op)
		return asm_fail(ps, ps->now.at, "expected a comparison");
	ps->now.at += strlen(op->text);
	if (asm_at_register(ps)) {
		if (asm_register(ps, &src) || asm_same_width(ps, &dst, &src))
			return -1;
		insn = asm_make(class | op->code | BPF_X, &dst, &src);
	} else if (asm_at_number(ps)) {
		/* The kernel's disassembler prints negative numbers so. */
		bool bits = dst.is_w || ps->log_code >= 0;

		insn = asm_make(class | op->code | BPF_K, &dst, NULL);
		if (asm_number(ps, &n) ||
		    asm_imm32(ps, &n, bits ? ASM_IMM_BITS : ASM_IMM_SIGNED, &insn.imm))
			return -1;
	} else {
		return asm_fail(ps, ps->now.at, "expected a register or a number");
	}
	if (asm_expect_word(ps, "goto"))
		return -1;
	return target(ps, ASM_REF_IF, insn);
}

/* Behind the name of a helper: `#12`, as verifier logs print it. */
static int helper_number(struct asm_parser *ps, const char *name, const char *at, int32_t *imm)
{
	int number = asm_helper_number(name, strlen(name));
	struct asm_number n;

	ps->now.at++;
	if (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_BITS, imm))
		return -1;
	if (strcmp(name, "unknown") == 0 || strcmp(name, "kfunc") == 0)
		return 0;
	if (number < 0)
		return asm_fail(ps, at, "unknown helper `%s`", name);
	if (number != *imm)
		return asm_fail(ps, n.at, "helper `%s` has the number %d", name, number);
	return 0;
}

/* Behind `call kfunc`, where a name follows: of a function of the kernel. */
static int call_kfunc(struct asm_parser *ps, struct bpf_insn insn)
{
	char name[ASM_MAX_SYMBOL + 1];
	const char *at = ps->now.at;

	if (asm_symbol(ps, name, "the name of a function of the kernel"))
		return -1;
	insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
	add_ref(ps, ASM_REF_KFUNC, name, at);
	return asm_emit(ps, insn);
}

/* Behind `call`: a label, a helper's name or number, a function of the kernel, `pc+1`. */
static int call(struct asm_parser *ps)
{
	struct bpf_insn insn = { .code = BPF_JMP | BPF_CALL };
	char name[ASM_MAX_SYMBOL + 1];
	const char *start, *at;
	struct asm_number n;

	if (asm_at_number(ps)) {
		if (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_BITS, &insn.imm))
			return -1;
		return asm_emit(ps, insn);
	}
	start = ps->now.at;
	if (accept_pc(ps)) {
		ps->now.at = start;
		insn.src_reg = BPF_PSEUDO_CALL;
		return target(ps, ASM_REF_CALL, insn);
	}
	at = ps->now.at;
	if (asm_symbol(ps, name, "a label, or the name or number of a helper"))
		return -1;
	if (*ps->now.at == '#') {
		if (strcmp(name, "kfunc") == 0)
			insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
		if (helper_number(ps, name, at, &insn.imm))
			return -1;
		return asm_emit(ps, insn);
	}
	asm_skip_blanks(ps);
	if (strcmp(name, "kfunc") == 0 && asm_word_length(ps))
		return call_kfunc(ps, insn);
	add_ref(ps, ASM_REF_CALL, name, at);
	return asm_emit(ps, insn);
}

/* What begins with a register. */
static int assign(struct asm_parser *ps)
{
	const struct insn_atomic *atomic;
	const struct insn_swap *swap;
	struct asm_reg dst, src;
	const struct insn_op *op;
	const char *start;

	if (asm_register(ps, &dst))
		return -1;
	asm_skip_blanks(ps);
	op = insn_op_match(insn_alu_ops, ps->now.at);
	if (!op)
		return asm_fail(ps, ps->now.at, "expected an operator: `=`, `+=`, `s>>=` ...");
	ps->now.at += strlen(op->text);
	if (op->code != BPF_MOV || asm_at_register(ps))
		return operate(ps, &dst, op);
	if (asm_at_number(ps))
		return load_number(ps, &dst);
	start = ps->now.at;
	if (asm_accept(ps, "-")) {
		if (asm_register(ps, &src) || asm_same_register(ps, &dst, &src))
			return -1;
		return asm_emit(ps,
				asm_make((dst.is_w ? BPF_ALU : BPF_ALU64) | BPF_NEG, &dst, NULL));
	}
	if (*start == '(')
		return move_extended(ps, &dst);
	if (*start == '*')
		return asm_load(ps, &dst);
	if (accept_swap(ps, &swap))
		return swap_bytes(ps, &dst, swap);
	atomic = asm_atomic_word(ps);
	if (atomic)
		return asm_atomic(ps, &dst, atomic);
	if (accept_pc(ps)) {
		int64_t distance;

		if (asm_displacement(ps, INT32_MIN, INT32_MAX, "function", &distance) ||
		    asm_expect_word(ps, "ll"))
			return -1;
		return emit_wide(ps, dst.number, BPF_PSEUDO_FUNC, (int32_t)distance, 0);
	}
	return load_symbol(ps, &dst);
}

int asm_insn(struct asm_parser *ps)
{
	struct bpf_insn insn = { .code = BPF_JMP | BPF_JA };
	struct asm_reg reg;

	asm_skip_blanks(ps);
	if (*ps->now.at == '*')
		return asm_store(ps);
	if (asm_at_register(ps))
		return assign(ps);
	if (asm_accept_word(ps, "if"))
		return jump_if(ps);
	if (asm_accept_word(ps, "goto"))
		return target(ps, ASM_REF_GOTO, insn);
	insn.code = BPF_JMP32 | BPF_JA;
	if (asm_accept_word(ps, "gotol"))
		return target(ps, ASM_REF_GOTOL, insn);
	insn.code = BPF_JMP | BPF_EXIT;
	if (asm_accept_word(ps, "exit"))
		return asm_emit(ps, insn);
	if (asm_accept_word(ps, "call"))
		return call(ps);
	if (asm_accept_word(ps, "callx")) {
		if (asm_register_wide(ps, &reg, "an address"))
			return -1;
		return asm_emit(ps, asm_make(BPF_JMP | BPF_CALL | BPF_X, &reg, NULL));
	}
	if (asm_accept_word(ps, "lock"))
		return asm_lock(ps);
	return asm_fail(ps, ps->now.at, "unknown instruction");
}
