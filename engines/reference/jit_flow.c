// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "jit_flow.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "helpers.h"
#include "insn.h"

/* Facts only ever get lost where ways meet, so the rounds end; loops in loops take the most. */
#define MAX_ROUNDS 8

/* Offsets beyond this are of no use, and those within do not run over. */
#define MAX_OFF (1 << 29)

static bool same(const struct fact *a, const struct fact *b)
{
	return a->kind == b->kind && a->map == b->map && a->off == b->off;
}

static uint32_t state_new(struct flow *f)
{
	if (f->n_spare)
		return f->spare[--f->n_spare];
	vec_add(f->states, f->n_states);
	return (uint32_t)f->n_states;
}

/* A way with what is known now leads to @pc. */
static void flow_edge(struct flow *f, uint32_t pc)
{
	struct facts *s;

	if (!f->join[pc]) {
		f->join[pc] = state_new(f);
		s = &f->states[f->join[pc] - 1];
		*s = f->now;
		if (f->blind)
			memset(s, 0, sizeof(*s));
		f->changed = true;
		return;
	}
	s = &f->states[f->join[pc] - 1];
	for (int i = 0; i < N_FACTS; i++) {
		if (s->r[i].kind == FACT_NONE || same(&s->r[i], &f->now.r[i]))
			continue;
		s->r[i] = (struct fact){ 0 };
		f->changed = true;
	}
}

void flow_meet(struct flow *f, uint32_t pc)
{
	if (!f->join[pc]) { /* no way that was seen leads here */
		memset(&f->now, 0, sizeof(f->now));
		return;
	}
	if (f->live)
		flow_edge(f, pc);
	f->now = f->states[f->join[pc] - 1];
	f->live = true;
	/* Nothing goes back to it: the next ones may have its memory, which is still at hand. */
	if (!f->loops)
		*vec_add(f->spare, f->n_spare) = f->join[pc];
}

static struct fact moved(struct fact a, int64_t by)
{
	if (a.kind == FACT_CONST) {
		a.off = (int32_t)((uint32_t)a.off + (uint32_t)by);
		return a;
	}
	by += a.off;
	if (a.kind == FACT_NONE || a.kind == FACT_MAP || a.kind == FACT_VALUE_OR_NULL ||
	    by > MAX_OFF || by < -MAX_OFF)
		return (struct fact){ 0 };
	a.off = (int32_t)by;
	return a;
}

static struct fact wide_fact(const struct bpf_insn *in)
{
	switch (in->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		return (struct fact){ FACT_MAP, (uint8_t)in->imm, 0 };
	case BPF_PSEUDO_MAP_VALUE:
		return moved((struct fact){ FACT_VALUE, (uint8_t)in->imm, 0 }, (uint32_t)in[1].imm);
	case BPF_PSEUDO_FUNC:
		return (struct fact){ 0 };
	default:
		return (struct fact){ FACT_CONST, 0, in->imm };
	}
}

/* r0 of a lookup: nothing but its null check is between it and the value. */
static struct fact helper_fact(const struct flow *f, const struct dinsn *in)
{
	struct fact map = f->now.r[BPF_REG_1];
	const struct map_ops *ops;

	if (helpers[in->imm].number != BPF_FUNC_map_lookup_elem || map.kind != FACT_MAP)
		return (struct fact){ 0 };
	ops = f->prog->maps[map.map]->ops;
	if (!ops->lookup || ops->of_maps)
		return (struct fact){ 0 };
	return (struct fact){ FACT_VALUE_OR_NULL, map.map, 0 };
}

static void flow_call(struct flow *f, struct fact r0)
{
	memset(&f->now, 0, (BPF_REG_5 + 1) * sizeof(struct fact));
	f->now.r[BPF_REG_0] = r0;
}

/* One of both sides of a comparison with zero knows that the pointer is none, or is one. */
static void flow_branch(struct flow *f, const struct dinsn *in, uint32_t pc)
{
	uint32_t to = (uint32_t)((int64_t)pc + 1 + in->off);
	struct fact was = flow_fact(f, in->dst);
	bool check = was.kind == FACT_VALUE_OR_NULL && !in->imm &&
		     (in->op == OP_JEQ64K || in->op == OP_JNE64K);
	struct fact value = { FACT_VALUE, was.map, 0 }, none = { 0 };

	if (check)
		f->now.r[in->dst] = in->op == OP_JNE64K ? value : none;
	flow_edge(f, to);
	if (check)
		f->now.r[in->dst] = in->op == OP_JNE64K ? none : value;
}

static void flow_atomic(struct flow *f, const struct dinsn *in)
{
	if (in->imm == BPF_CMPXCHG)
		f->now.r[BPF_REG_0] = (struct fact){ 0 };
	else if (in->imm & BPF_FETCH && in->src < N_FACTS)
		f->now.r[in->src] = (struct fact){ 0 };
}

static void flow_set(struct flow *f, const struct dinsn *in, struct fact fact)
{
	if (in->dst < N_FACTS)
		f->now.r[in->dst] = fact;
}

void flow_step(struct flow *f, uint32_t pc)
{
	const struct dinsn *in = &f->prog->code[pc];
	struct fact none = { 0 };

	switch (in->op) {
	case OP_JEQ64K ... OP_JSET32X:
		flow_branch(f, in, pc);
		return;
	case OP_STX8 ... OP_ST64:
	case OP_STXF8 ... OP_STF64:
	case OP_STORE_REL:
	case OP_NOP:
		return;
	case OP_MOV64K:
	case OP_MOV32K:
		flow_set(f, in, (struct fact){ FACT_CONST, 0, (int32_t)in->imm });
		return;
	case OP_MOV64X:
		flow_set(f, in, flow_fact(f, in->src));
		return;
	case OP_ADD64K:
		flow_set(f, in, moved(flow_fact(f, in->dst), in->imm));
		return;
	case OP_SUB64K:
		flow_set(f, in, moved(flow_fact(f, in->dst), -in->imm));
		return;
	case OP_LDDW:
		flow_set(f, in, wide_fact(&f->prog->insns[pc]));
		return;
	case OP_CALL:
	case OP_TAIL_CALL:
	case OP_SKB_ABS:
	case OP_SKB_IND:
		flow_call(f, none);
		return;
	case OP_HELPER:
		flow_call(f, helper_fact(f, in));
		return;
	case OP_JA:
		flow_edge(f, (uint32_t)((int64_t)pc + 1 + in->off));
		f->live = false;
		return;
	case OP_EXIT:
	case OP_BAD:
		f->live = false;
		return;
	case OP_ATOMIC32:
	case OP_ATOMIC64:
		flow_atomic(f, in);
		return;
	default: /* whatever else is written to dst */
		flow_set(f, in, none);
	}
}

/* Functions begin with nothing known, but for the context of the first: also by tail call. */
static void flow_functions(struct flow *f)
{
	memset(&f->now, 0, sizeof(f->now));
	for (uint32_t i = 0; i < f->prog->n_funcs; i++) {
		f->now.r[BPF_REG_1].kind = i ? FACT_NONE : FACT_CTX;
		flow_edge(f, f->prog->funcs[i].start);
	}
	f->live = false;
}

static void flow_round(struct flow *f)
{
	f->changed = false;
	f->live = false;
	for (uint32_t pc = 0; pc < f->prog->n_insns; pc++) {
		if (!f->join[pc] && !f->live)
			continue; /* perhaps in the next round */
		flow_reach(f, pc);
		flow_step(f, pc);
		pc += f->prog->code[pc].op == OP_LDDW;
	}
}

static bool has_loops(const struct prog *prog)
{
	for (uint32_t pc = 0; pc < prog->n_insns; pc++) {
		const struct dinsn *in = &prog->code[pc];
		bool jumps = in->op == OP_JA || (in->op >= OP_JEQ64K && in->op <= OP_JSET32X);

		if (jumps && in->off < 0)
			return true;
	}
	return false;
}

/*
 * Without jumps backwards, everything that leads to an instruction is seen before it is compiled.
 * With them, rounds are made until nothing changes: then what is held of every instruction follows
 * from what is held of all those before it.
 */
void flow_begin(struct flow *f, const struct prog *prog)
{
	*f = (struct flow){ .prog = prog };
	f->join = xcalloc(prog->n_insns, sizeof(*f->join));
	flow_functions(f);
	f->loops = has_loops(prog);
	if (!f->loops)
		return;
	for (int i = 0; f->changed && i < MAX_ROUNDS; i++)
		flow_round(f);
	if (f->changed) {
		f->blind = true;
		memset(f->states, 0, f->n_states * sizeof(*f->states));
	}
	f->live = false;
}

void flow_end(struct flow *f)
{
	free(f->join);
	free(f->states);
	free(f->spare);
}
