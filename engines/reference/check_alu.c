// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What arithmetic does to registers: kernel/bpf/verifier.c check_alu_op, adjust_ptr_min_max_vals */
#include "alu.h"
#include "decode.h"
#include "insn.h"
#include "vstate.h"

#define ALU_CASE(op, bpf_op)                                                             \
	case bpf_op:                                                                     \
		*r = is64 ? alu_##op##64(a, b) : alu_##op##32((uint32_t)a, (uint32_t)b); \
		return true;

/* Two known numbers. */
static bool fold(const struct bpf_insn *in, uint64_t a, uint64_t b, uint64_t *r)
{
	bool is64 = BPF_CLASS(in->code) == BPF_ALU64;

	if (in->off)
		return false; /* signed division: nothing hangs on its result */
	switch (BPF_OP(in->code)) {
		ALU_CASE(ADD, BPF_ADD)
		ALU_CASE(SUB, BPF_SUB)
		ALU_CASE(MUL, BPF_MUL)
		ALU_CASE(DIV, BPF_DIV)
		ALU_CASE(MOD, BPF_MOD)
		ALU_CASE(OR, BPF_OR)
		ALU_CASE(AND, BPF_AND)
		ALU_CASE(XOR, BPF_XOR)
		ALU_CASE(LSH, BPF_LSH)
		ALU_CASE(RSH, BPF_RSH)
		ALU_CASE(ARSH, BPF_ARSH)
	default:
		return false;
	}
}

/* Those at the end in a row, of which a sum or a product is certain, too. */
static uint8_t in_a_row(uint8_t known)
{
	return known & 1 ? known & 2 ? known & 4 ? 7 : 3 : 1 : 0;
}

/* kernel/bpf/tnum.c, of the last three bits: @r is what @a and @b give. */
static void low_op(uint8_t op, const struct vreg *a, const struct vreg *b, struct vreg *r)
{
	uint8_t ka = vlow_known(a), kb = vlow_known(b), la = vlow(a), lb = vlow(b);
	uint8_t known = 0, low = 0;

	switch (op) {
	case BPF_ADD:
	case BPF_SUB:
		known = in_a_row(ka & kb);
		low = (uint8_t)(op == BPF_ADD ? la + lb : la - lb);
		break;
	case BPF_AND:
		known = (ka & kb) | (ka & ~la) | (kb & ~lb);
		low = la & lb;
		break;
	case BPF_OR:
		known = (ka & kb) | (ka & la) | (kb & lb);
		low = la | lb;
		break;
	case BPF_LSH:
		if (!vis_const(b))
			break;
		known = b->value > 2 ? LOW_BITS : (uint8_t)(ka << b->value | ((1 << b->value) - 1));
		low = b->value > 2 ? 0 : (uint8_t)(la << b->value);
		break;
	case BPF_MUL:
		if (kb == LOW_BITS && (lb & 3) == 0)
			known = lb ? 3 : LOW_BITS;
		break;
	default:
		break;
	}
	r->low_known = known & LOW_BITS;
	r->low = low & known & LOW_BITS;
}

/* Of quotients verifiers have known nothing for long, which shows where they assume too much. */
static bool is_followed(const struct vwalk *w, const struct bpf_insn *in)
{
	uint8_t op = BPF_OP(in->code);

	return !w->c->prog->reached || (op != BPF_DIV && op != BPF_MOD);
}

/* Number and number; unknown ones stay what they are. */
static void scalar_op(const struct vwalk *w, const struct bpf_insn *in, struct vreg *dst,
		      const struct vreg *src)
{
	const struct vreg was = *dst;
	uint64_t r;

	if (vis_const(dst) && vis_const(src) && is_followed(w, in) &&
	    fold(in, (uint64_t)dst->value, (uint64_t)src->value, &r))
		*dst = vconst((int64_t)r);
	else
		*dst = vscalar();
	if (!dst->known && ref_quirk(w->c->ref, QUIRK_STRICT_ALIGNMENT))
		low_op(BPF_OP(in->code), &was, src, dst);
}

/* @ptr by an unknown number, or from an unknown place. */
static void move_anywhere(const struct vwalk *w, uint8_t op, struct vreg *ptr,
			  const struct vreg *by)
{
	const struct vreg was = *ptr;

	ptr->known = 0;
	ptr->value = 0;
	if (ref_quirk(w->c->ref, QUIRK_STRICT_ALIGNMENT))
		low_op(op, &was, by, ptr);
}

/* kernel/bpf/verifier.c adjust_ptr_min_max_vals: @ptr moved by @by */
static int pointer_moved(struct vwalk *w, const struct bpf_insn *in, struct vreg ptr,
			 const struct vreg *by, struct vreg *out)
{
	uint8_t op = BPF_OP(in->code);

	if (BPF_CLASS(in->code) != BPF_ALU64)
		return op == BPF_SUB
			       ? (*out = vscalar(), 0)
			       : v_refuse(w, -EACCES, "R%u 32-bit pointer arithmetic prohibited",
					  in->dst_reg);
	if (op != BPF_ADD && op != BPF_SUB)
		return v_refuse(w, -EACCES, "R%u operator on a pointer prohibited", in->dst_reg);
	if (op == BPF_SUB && ptr.kind == V_STACK)
		return v_refuse(w, -EACCES, "R%u subtraction from stack pointer prohibited",
				in->dst_reg);
	switch (ptr.kind) {
	case V_MAP:
		if (vis_const(by) && !by->value)
			break;
		/* fallthrough */
	case V_VALUE_OR_NULL:
	case V_SOCK_OR_NULL:
	case V_SOCK:
	case V_PACKET_END:
	case V_FUNC:
		return v_refuse(w, -EACCES, "R%u pointer arithmetic prohibited", in->dst_reg);
	case V_FLOW_KEYS:
		if (vis_const(by) || ref_quirk(w->c->ref, QUIRK_FLOW_KEYS_ANYWHERE))
			break;
		return v_refuse(w, -EACCES, "R%u pointer arithmetic prohibited", in->dst_reg);
	default:
		break;
	}
	if (ptr.kind == V_FLOW_KEYS && vis_const(by) &&
	    ref_quirk(w->c->ref, QUIRK_FLOW_KEYS_OFFSET_LOST)) {
		*out = ptr;
		return 0;
	}
	if (vis_const(by) && ptr.known)
		ptr.value = (int64_t)(op == BPF_ADD ? (uint64_t)ptr.value + (uint64_t)by->value
						    : (uint64_t)ptr.value - (uint64_t)by->value);
	else
		move_anywhere(w, op, &ptr, by);
	*out = ptr;
	return 0;
}

static int binary(struct vwalk *w, const struct bpf_insn *in, struct vreg *dst,
		  const struct vreg *src)
{
	if (vis_pointer(dst) && vis_pointer(src)) {
		if (BPF_OP(in->code) != BPF_SUB)
			return v_refuse(w, -EACCES, "R%u pointer and pointer prohibited",
					in->dst_reg);
		*dst = vscalar();
		return 0;
	}
	if (vis_pointer(dst))
		return pointer_moved(w, in, *dst, src, dst);
	if (vis_pointer(src)) {
		if (BPF_OP(in->code) != BPF_ADD)
			return v_refuse(w, -EACCES, "R%u tried to take a pointer from a scalar",
					in->dst_reg);
		return pointer_moved(w, in, *src, dst, dst);
	}
	scalar_op(w, in, dst, src);
	return 0;
}

static void mov(const struct bpf_insn *in, struct vreg *dst, const struct vreg *src)
{
	bool is64 = BPF_CLASS(in->code) == BPF_ALU64;

	if (is64 && !in->off)
		*dst = *src;
	else if (vis_const(src) && !in->off)
		*dst = vconst((uint32_t)src->value);
	else if (src->kind == V_SCALAR && !in->off)
		*dst = (struct vreg){ .kind = V_SCALAR,
				      .low = src->low,
				      .low_known = src->low_known };
	else /* half of a pointer is a number too, to those who may see it */
		*dst = vscalar();
}

int v_alu(struct vwalk *w, const struct bpf_insn *in)
{
	struct vreg *dst = vreg(w, in->dst_reg);
	struct vreg src = vconst(in->imm);
	uint8_t op = BPF_OP(in->code);
	int err = op == BPF_MOV ? 0 : v_readable(w, in->dst_reg);

	if (!err && BPF_SRC(in->code) == BPF_X && op != BPF_END) {
		err = v_readable(w, in->src_reg);
		src = *vreg(w, in->src_reg);
	}
	if (!err)
		err = v_writable(w, in->dst_reg);
	if (err)
		return err;
	switch (op) {
	case BPF_MOV:
		mov(in, dst, &src);
		return 0;
	case BPF_NEG:
	case BPF_END:
		*dst = vscalar();
		return 0;
	default:
		return binary(w, in, dst, &src);
	}
}
