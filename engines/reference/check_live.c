// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which registers may still be read, at each instruction: kernel/bpf/verifier.c
 * compute_live_registers (since 6.15; before, what was read was found out on the way). What a dead
 * register holds does not make a way another one.
 */
#include "helpers.h"
#include "insn.h"
#include "vstate.h"

#define REG(n)	((uint16_t)(1U << (n)))
#define CLOBBER ((uint16_t)0x3f) /* r0 to r5 */

/* What an instruction reads and what it overwrites. In doubt: more of the one, less of the other.
 */
struct effect {
	uint16_t reads;
	uint16_t writes;
};

static struct effect alu_effect(const struct bpf_insn *in)
{
	uint8_t op = BPF_OP(in->code);
	struct effect e = { 0, REG(in->dst_reg) };

	if (op != BPF_MOV)
		e.reads |= REG(in->dst_reg);
	if (BPF_SRC(in->code) == BPF_X && op != BPF_END)
		e.reads |= REG(in->src_reg);
	return e;
}

static struct effect call_effect(const struct bpf_insn *in)
{
	struct effect e = { CLOBBER & (uint16_t)~REG(BPF_REG_0), CLOBBER };
	const struct helper *h = helper_called(in);

	if (insn_is_tail_call(in))
		e.reads = REG(BPF_REG_1) | REG(BPF_REG_2) | REG(BPF_REG_3);
	for (uint32_t i = 0; h && i < ARRAY_SIZE(h->args); i++)
		if (h->args[i] == ARG_NONE)
			e.reads &= (uint16_t)~REG(BPF_REG_1 + i);
	return e;
}

static struct effect jmp_effect(const struct bpf_insn *in)
{
	struct effect e = { 0 };

	if (insn_is_exit(in))
		e.reads = REG(BPF_REG_0);
	else if (BPF_OP(in->code) == BPF_CALL)
		e = call_effect(in);
	else if (!insn_is_ja(in))
		e.reads = REG(in->dst_reg) |
			  (BPF_SRC(in->code) == BPF_X ? REG(in->src_reg) : (uint16_t)0);
	return e;
}

static struct effect effect_of(const struct bpf_insn *in)
{
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return alu_effect(in);
	case BPF_JMP:
	case BPF_JMP32:
		return jmp_effect(in);
	case BPF_LD:
		if (insn_is_wide(in))
			return (struct effect){ 0, REG(in->dst_reg) };
		return (struct effect){ REG(BPF_REG_6) | REG(in->src_reg), 0 };
	case BPF_LDX:
		return (struct effect){ REG(in->src_reg), REG(in->dst_reg) };
	case BPF_ST:
		return (struct effect){ REG(in->dst_reg), 0 };
	default: /* r0: of an exchange */
		return (struct effect){ REG(in->dst_reg) | REG(in->src_reg) | REG(BPF_REG_0), 0 };
	}
}

/* What is read behind an instruction, by what is known of those that it leads to. */
static uint16_t live_behind(const struct vwalk *w, const struct bpf_insn *in, uint32_t pc)
{
	uint16_t live = 0;

	if (insn_is_branch(in))
		live = w->points[insn_target(in, pc)].live;
	if (!insn_is_exit(in) && !insn_is_ja(in) && pc + 1 < w->prog->n_insns)
		live |= w->points[pc + 1].live;
	return live;
}

/* From the end to the front. True: something changed, and a loop may bring it further. */
static bool live_round(struct vwalk *w)
{
	bool changed = false, loops = false;

	for (uint32_t pc = w->prog->n_insns; pc-- > 0;) {
		const struct bpf_insn *in = &w->prog->insns[pc];
		struct vpoint *p = &w->points[pc];
		uint16_t live = live_behind(w, in, pc);
		struct effect e = { 0 };

		if (in->code) /* not the second half of a wide one */
			e = effect_of(in);
		live = (uint16_t)(e.reads | (live & ~e.writes));
		changed |= live != p->live;
		loops |= insn_is_branch(in) && insn_target(in, pc) <= pc;
		p->live = live;
	}
	return changed && loops;
}

void v_find_live(struct vwalk *w)
{
	while (live_round(w))
		;
}

void v_forget_dead(struct vframe *f, uint16_t live)
{
	for (uint32_t r = BPF_REG_0; r < BPF_REG_10; r++)
		if (!(live >> r & 1))
			f->regs[r] = (struct vreg){ 0 };
}

uint16_t v_live_across(const struct vwalk *w, uint32_t ret)
{
	return w->points[ret].live & (uint16_t)~CLOBBER;
}
