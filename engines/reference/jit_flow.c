// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "jit_flow.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "context.h"
#include "helpers.h"
#include "insn.h"

/* Facts only ever get lost where ways meet, so the rounds end; loops in loops take the most. */
#define MAX_ROUNDS 8

/* Offsets beyond this are of no use, and those within do not run over. */
#define MAX_OFF (1 << 29)

static bool same(const struct fact *a, const struct fact *b)
{
	return !memcmp(a, b, sizeof(*a)); /* there is nothing between the fields */
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
	if (s->packet > f->now.packet) {
		s->packet = f->now.packet;
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

/* A number from 0 to @most. */
static struct fact ranged(uint64_t most)
{
	struct fact fact = { 0 };

	if (most > UINT16_MAX)
		return fact;
	fact.kind = FACT_RANGE;
	fact.span = (uint16_t)most;
	return fact;
}

/* The sum of two registers. */
static struct fact added(struct fact a, struct fact b)
{
	uint32_t span = (uint32_t)a.span + b.span;

	if (a.kind == FACT_RANGE && b.kind == FACT_RANGE)
		return ranged(span);
	if (a.kind == FACT_RANGE)
		return added(b, a);
	if (b.kind != FACT_RANGE || (a.kind != FACT_VALUE && a.kind != FACT_FRAME) ||
	    span > UINT16_MAX)
		return (struct fact){ 0 };
	a.span = (uint16_t)span;
	return a;
}

static struct fact shifted_left(struct fact a, int64_t by)
{
	if (a.kind != FACT_RANGE || by < 0 || by > 31)
		return (struct fact){ 0 };
	return ranged((uint64_t)a.span << by);
}

static struct fact shifted_right(struct fact a, int64_t by, unsigned int width)
{
	uint64_t most = a.kind == FACT_RANGE ? a.span : UINT64_MAX >> (64 - width);

	if (by < 0 || by >= width)
		return (struct fact){ 0 };
	return ranged(most >> by);
}

static struct fact moved(struct fact a, int64_t by)
{
	if (a.kind == FACT_CONST) {
		a.off = (int32_t)((uint32_t)a.off + (uint32_t)by);
		return a;
	}
	if (a.kind == FACT_RANGE && by >= 0)
		return ranged((uint64_t)by + a.span);
	by += a.off;
	if (a.kind == FACT_NONE || a.kind == FACT_RANGE || a.kind == FACT_MAP ||
	    a.kind == FACT_VALUE_OR_NULL || a.kind == FACT_DATA_END || by > MAX_OFF ||
	    by < -MAX_OFF)
		return (struct fact){ 0 };
	a.off = (int32_t)by;
	return a;
}

static struct fact wide_fact(const struct bpf_insn *in)
{
	switch (in->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		return (struct fact){ .kind = FACT_MAP, .map = (uint8_t)in->imm };
	case BPF_PSEUDO_MAP_VALUE:
		return moved((struct fact){ .kind = FACT_VALUE, .map = (uint8_t)in->imm },
			     (uint32_t)in[1].imm);
	case BPF_PSEUDO_FUNC:
		return (struct fact){ 0 };
	default:
		return (struct fact){ .kind = FACT_CONST, .off = in->imm };
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
	return (struct fact){ .kind = FACT_VALUE_OR_NULL, .map = map.map };
}

/* What was known of the packet's place and size may not hold any more. */
static void forget_packet(struct flow *f)
{
	for (int i = 0; i < N_FACTS; i++)
		if (f->now.r[i].kind == FACT_DATA || f->now.r[i].kind == FACT_DATA_END)
			f->now.r[i] = (struct fact){ 0 };
	f->now.packet = 0;
}

static void flow_call(struct flow *f, struct fact r0, bool moves_packet)
{
	memset(&f->now, 0, (BPF_REG_5 + 1) * sizeof(struct fact));
	f->now.r[BPF_REG_0] = r0;
	if (moves_packet)
		forget_packet(f);
}

/* What a branch tells: facts for the way where it is taken (1), and for the other one (0). */
struct told {
	struct fact fact[2];
	uint32_t packet[2];
};

/* A comparison with zero: the pointer is none, or is one. */
static void told_null(struct told *t, const struct dinsn *in, struct fact was)
{
	unsigned int valid = in->op == OP_JNE64K;

	t->fact[valid] = (struct fact){ .kind = FACT_VALUE, .map = was.map };
	t->fact[!valid] = (struct fact){ 0 };
}

/* A comparison with a constant: on one of both ways, the number is no more than that. */
static void told_most(struct told *t, const struct dinsn *in, struct fact was)
{
	bool less = in->op == OP_JLT64K || in->op == OP_JLE64K;
	uint64_t most = (uint64_t)in->imm;
	struct fact now;

	if (in->imm <= 0)
		return;
	now = ranged(most - (in->op == OP_JLT64K || in->op == OP_JGE64K));
	if (now.kind && (was.kind == FACT_NONE || was.span > now.span))
		t->fact[less] = now;
}

/*
 * A place in the packet against its end: where it is not behind the end, what is before it may be
 * accessed. A program whose packet pointers are not set up has two zeroes, and no place above zero
 * is on that way.
 */
static void told_packet(struct told *t, const struct dinsn *in, struct fact a, struct fact b)
{
	bool swapped = a.kind == FACT_DATA_END;
	int32_t off = swapped ? b.off : a.off;
	bool less = in->op == OP_JLT64X || in->op == OP_JLE64X;

	if (off > 0 && (uint32_t)off > t->packet[less != swapped])
		t->packet[less != swapped] = (uint32_t)off;
}

static void tell(struct flow *f, const struct dinsn *in, struct told *t)
{
	struct fact a = flow_fact(f, in->dst), b = flow_fact(f, in->src);

	switch (in->op) {
	case OP_JEQ64K:
	case OP_JNE64K:
		if (a.kind == FACT_VALUE_OR_NULL && !in->imm)
			told_null(t, in, a);
		break;
	case OP_JGT64K:
	case OP_JGE64K:
	case OP_JLT64K:
	case OP_JLE64K:
		if (a.kind == FACT_NONE || a.kind == FACT_RANGE)
			told_most(t, in, a);
		break;
	case OP_JGT64X:
	case OP_JGE64X:
	case OP_JLT64X:
	case OP_JLE64X:
		if ((a.kind == FACT_DATA && b.kind == FACT_DATA_END) ||
		    (a.kind == FACT_DATA_END && b.kind == FACT_DATA))
			told_packet(t, in, a, b);
	}
}

static void flow_branch(struct flow *f, const struct dinsn *in, uint32_t pc)
{
	struct fact was = flow_fact(f, in->dst);
	struct told t = { { was, was }, { f->now.packet, f->now.packet } };

	tell(f, in, &t);
	for (int taken = 1; taken >= 0; taken--) {
		if (in->dst < N_FACTS)
			f->now.r[in->dst] = t.fact[taken];
		f->now.packet = t.packet[taken];
		if (taken)
			flow_edge(f, (uint32_t)((int64_t)pc + 1 + in->off));
	}
}

/* A load of 32 bits: a pointer into the packet, where that is what the context has there. */
static struct fact field_fact(const struct flow *f, const struct dinsn *in)
{
	struct fact base = flow_fact(f, in->src);
	int64_t at = (int64_t)base.off + in->off;
	const struct ctx_field *field;

	if (base.kind != FACT_CTX || at < 0 || at > UINT16_MAX)
		return (struct fact){ 0 };
	field = ctx_access(f->prog->kind, (uint32_t)at, 4, false);
	if (!field || (field->kind != FIELD_DATA && field->kind != FIELD_DATA_END))
		return (struct fact){ 0 };
	return (struct fact){ .kind = field->kind == FIELD_DATA ? FACT_DATA : FACT_DATA_END };
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

/* Of an instruction that does nothing but to write dst. */
static inline struct fact result(const struct flow *f, const struct dinsn *in, uint32_t pc)
{
	struct fact dst = flow_fact(f, in->dst), src = flow_fact(f, in->src), none = { 0 };

	switch (in->op) {
	case OP_MOV64K:
	case OP_MOV32K:
		return (struct fact){ .kind = FACT_CONST, .off = (int32_t)in->imm };
	case OP_MOV64X:
		return src;
	case OP_MOV32X:
		return src.kind == FACT_RANGE ? src : none;
	case OP_ADD64K:
		return moved(dst, in->imm);
	case OP_ADD64X:
		return added(dst, src);
	case OP_SUB64K:
		return moved(dst, -in->imm);
	case OP_AND64K:
		return in->imm >= 0 ? ranged((uint64_t)in->imm) : none;
	case OP_AND32K:
		return ranged((uint32_t)(uint64_t)in->imm);
	case OP_MOD64K:
		return in->imm > 0 ? ranged((uint64_t)in->imm - 1) : none;
	case OP_LSH64K:
		return shifted_left(dst, in->imm);
	case OP_RSH64K:
		return shifted_right(dst, in->imm, 64);
	case OP_RSH32K:
		return shifted_right(none, in->imm, 32);
	case OP_LDX8:
	case OP_LDXF8:
		return ranged(UINT8_MAX);
	case OP_LDX16:
	case OP_LDXF16:
		return ranged(UINT16_MAX);
	case OP_LDX32:
		return field_fact(f, in);
	case OP_LDDW:
		return wide_fact(&f->prog->insns[pc]);
	default:
		return none;
	}
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
	case OP_CALL:
	case OP_TAIL_CALL:
	case OP_SKB_ABS:
	case OP_SKB_IND:
		flow_call(f, none, true);
		return;
	case OP_HELPER:
		flow_call(f, helper_fact(f, in), helpers[in->imm].moves_packet);
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
		flow_set(f, in, result(f, in, pc));
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
