// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The assembler's loads, stores and atomic operations. */
#include "asm_parser.h"

#include <string.h>

/* `(u64 *)` */
static int cast(struct asm_parser *ps, const struct insn_size **size)
{
	size_t len;

	if (asm_expect(ps, "("))
		return -1;
	asm_skip_blanks(ps);
	len = asm_word_length(ps);
	*size = insn_size_match(ps->now.at, len);
	if (!*size)
		return asm_fail(ps, ps->now.at, "expected a type: u8, u16, u32, u64, s8, s16, s32");
	ps->now.at += len;
	return asm_expect(ps, "*") || asm_expect(ps, ")") ? -1 : 0;
}

/* `r1 + 8` */
static int address(struct asm_parser *ps, struct asm_reg *base, int16_t *off)
{
	int64_t value;

	if (asm_register_wide(ps, base, "an address") ||
	    asm_displacement(ps, INT16_MIN, INT16_MAX, "offset", &value))
		return -1;
	*off = (int16_t)value;
	return 0;
}

static int address_in_parentheses(struct asm_parser *ps, struct asm_reg *base, int16_t *off)
{
	return asm_expect(ps, "(") || address(ps, base, off) || asm_expect(ps, ")") ? -1 : 0;
}

/* The same of a load or a store, which may be that of an argument on the stack as well. */
static int plain_address(struct asm_parser *ps, struct asm_reg *base, int16_t *off)
{
	int64_t value;

	if (asm_expect(ps, "("))
		return -1;
	if (!asm_accept_word(ps, "r11"))
		return address(ps, base, off) || asm_expect(ps, ")") ? -1 : 0;
	*base = (struct asm_reg){ .number = INSN_REG_PARAMS };
	if (asm_displacement(ps, INT16_MIN, INT16_MAX, "offset", &value))
		return -1;
	*off = (int16_t)value;
	return asm_expect(ps, ")");
}

/* A w register holds up to 32 bits. */
static int fits_register(struct asm_parser *ps, const struct asm_reg *reg, uint8_t size)
{
	if (!reg->is_w || size != BPF_DW)
		return 0;
	return asm_fail(ps, reg->at, "a 64-bit access needs an r register");
}

/* Atomic operations are for 32 and 64 bits. */
static int atomic_type(struct asm_parser *ps, const struct insn_size *size, const char *at)
{
	if (!size->is_signed && (size->size == BPF_W || size->size == BPF_DW))
		return 0;
	return asm_fail(ps, at, "an atomic operation needs u32 or u64");
}

/* Behind `lock`: `*(u64 *)(r1 + 0) += r2` */
int asm_lock(struct asm_parser *ps)
{
	const struct insn_size *size;
	const struct insn_lock *op;
	struct asm_reg base, src;
	struct bpf_insn insn;
	const char *at;
	int16_t off;

	if (asm_expect(ps, "*"))
		return -1;
	asm_skip_blanks(ps);
	at = ps->now.at;
	if (cast(ps, &size) || atomic_type(ps, size, at) || address_in_parentheses(ps, &base, &off))
		return -1;
	for (op = insn_locks; op->text && !asm_accept(ps, op->text); op++)
		;
	asm_skip_blanks(ps);
	if (!op->text)
		return asm_fail(ps, ps->now.at, "expected `+=`, `|=`, `&=` or `^=`");
	if (asm_register(ps, &src) || fits_register(ps, &src, size->size))
		return -1;
	insn = asm_make(BPF_STX | BPF_ATOMIC | size->size, &base, &src);
	insn.off = off;
	insn.imm = op->imm;
	return asm_emit(ps, insn);
}

const struct insn_atomic *asm_atomic_word(const struct asm_parser *ps)
{
	size_t len = asm_word_length(ps);

	for (const struct insn_atomic *a = insn_atomics; a->text; a++)
		if (strlen(a->text) == len && memcmp(a->text, ps->now.at, len) == 0)
			return a;
	return NULL;
}

/* The operand of an atomic operation with a result, and what it demands of the result. */
static int atomic_operand(struct asm_parser *ps, const struct asm_reg *dst, bool compares,
			  struct asm_reg *src)
{
	struct asm_reg old;

	if (!compares) {
		if (asm_expect(ps, ",") || asm_register(ps, src))
			return -1;
		return asm_same_register(ps, dst, src);
	}
	if (asm_expect(ps, ",") || asm_register(ps, &old))
		return -1;
	if (dst->number)
		return asm_fail(ps, dst->at, "the result of cmpxchg is in %c0",
				dst->is_w ? 'w' : 'r');
	if (asm_same_register(ps, dst, &old) || asm_expect(ps, ",") || asm_register(ps, src))
		return -1;
	return asm_same_width(ps, dst, src);
}

/* `r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)` and `r2 = xchg_64(r1 + 0, r2)` */
int asm_atomic(struct asm_parser *ps, const struct asm_reg *dst, const struct insn_atomic *op)
{
	const char *at = ps->now.at;
	const struct insn_size *size;
	struct asm_reg base, src;
	struct bpf_insn insn;
	int16_t off;

	ps->now.at += strlen(op->text);
	if (asm_expect(ps, "("))
		return -1;
	if (op->cast) {
		const char *type = ps->now.at;

		if (cast(ps, &size) || atomic_type(ps, size, type) ||
		    address_in_parentheses(ps, &base, &off))
			return -1;
		if (op->sized && size->size != op->size)
			return asm_fail(ps, type, "%s is for u%d", op->text,
					op->size == BPF_DW ? 64 : 32);
	} else {
		size = insn_size_find(op->size, false);
		if (address(ps, &base, &off))
			return -1;
	}
	if (dst->is_w && size->size == BPF_DW)
		return asm_fail(ps, at, "a 64-bit operation needs r registers on both sides");
	if (atomic_operand(ps, dst, op->imm == BPF_CMPXCHG, &src) || asm_expect(ps, ")"))
		return -1;
	insn = asm_make(BPF_STX | BPF_ATOMIC | size->size, &base, &src);
	insn.off = off;
	insn.imm = op->imm;
	return asm_emit(ps, insn);
}

/* `*(u64 *)(r1 + 0) = r2` and `... = 5` */
int asm_store(struct asm_parser *ps)
{
	const struct insn_size *size;
	struct asm_reg base, src;
	struct asm_number n;
	struct bpf_insn insn;
	const char *at;
	int16_t off;

	if (asm_expect(ps, "*"))
		return -1;
	at = ps->now.at;
	if (cast(ps, &size))
		return -1;
	if (size->is_signed)
		return asm_fail(ps, at, "a store has no sign: write u%d", size->bits);
	if (plain_address(ps, &base, &off) || asm_expect(ps, "="))
		return -1;
	if (asm_at_register(ps)) {
		if (asm_register(ps, &src) || fits_register(ps, &src, size->size))
			return -1;
		insn = asm_make(BPF_STX | BPF_MEM | size->size, &base, &src);
	} else {
		int32_t imm;

		if (asm_number(ps, &n) ||
		    asm_imm32(ps, &n, size->size == BPF_DW ? ASM_IMM_SIGNED : ASM_IMM_BITS, &imm))
			return -1;
		insn = asm_make(BPF_ST | BPF_MEM | size->size, &base, NULL);
		insn.imm = imm;
	}
	insn.off = off;
	return asm_emit(ps, insn);
}

/* Behind `r0 = *(u8 *)skb`: `[12]`, `[r1]`, `[r1 + 12]`; the loads of classic BPF. */
static int load_packet(struct asm_parser *ps, const struct asm_reg *dst,
		       const struct insn_size *size)
{
	struct bpf_insn insn = { 0 };
	struct asm_number n;

	if (dst->number || dst->is_w)
		return asm_fail(ps, dst->at, "a load from the packet goes to r0");
	if (size->is_signed || size->size == BPF_DW)
		return asm_fail(ps, ps->now.at, "a load from the packet needs u8, u16 or u32");
	if (asm_expect(ps, "["))
		return -1;
	if (asm_at_register(ps)) {
		struct asm_reg src;
		int64_t imm = 0;

		if (asm_register_wide(ps, &src, "an address") ||
		    (!asm_accept(ps, "]") &&
		     (asm_displacement(ps, INT32_MIN, INT32_MAX, "offset", &imm) ||
		      asm_expect(ps, "]"))))
			return -1;
		insn = asm_make(BPF_LD | BPF_IND | size->size, NULL, &src);
		insn.imm = (int32_t)imm;
		return asm_emit(ps, insn);
	}
	insn.code = BPF_LD | BPF_ABS | size->size;
	if (asm_number(ps, &n) || asm_imm32(ps, &n, ASM_IMM_SIGNED, &insn.imm) ||
	    asm_expect(ps, "]"))
		return -1;
	return asm_emit(ps, insn);
}

/* `r1 = *(u64 *)(r2 + 0)` */
int asm_load(struct asm_parser *ps, const struct asm_reg *dst)
{
	const struct insn_size *size;
	struct bpf_insn insn;
	struct asm_reg base;
	int16_t off;

	if (asm_expect(ps, "*") || cast(ps, &size))
		return -1;
	if (asm_accept_word(ps, "skb"))
		return load_packet(ps, dst, size);
	if (dst->is_w && size->is_signed)
		return asm_fail(ps, dst->at, "a load with sign extends to 64 bits: use r%d",
				dst->number);
	if (fits_register(ps, dst, size->size) || plain_address(ps, &base, &off))
		return -1;
	insn = asm_make(BPF_LDX | (size->is_signed ? BPF_MEMSX : BPF_MEM) | size->size, dst, &base);
	insn.off = off;
	return asm_emit(ps, insn);
}
