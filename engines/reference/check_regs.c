// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The walk over all ways through a program: kernel/bpf/verifier.c do_check. A way ends where the
 * program does, or where another has been with as little knowledge.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "alu.h"
#include "context.h"
#include "insn.h"
#include "vstate.h"

#define MAX_STEPS 1000000 /* include/linux/bpf_verifier.h BPF_COMPLEXITY_LIMIT_INSNS */

/* So often ways meet at an instruction before constants that differ are forgotten. */
#define PATIENCE 64

/*
 * So many states are kept of an instruction, the newest: to compare with more would take longer
 * than to go on until MAX_STEPS. The kernel drops those that were of no use, too.
 */
#define MAX_KEPT 32

int v_refuse(struct vwalk *w, int err, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	check_log(w->c, "%u: %s", w->now->pc, text);
	return err;
}

const char *v_kind_name(const struct vreg *r)
{
	static const char *const names[] = {
		[V_NONE] = "?",
		[V_SCALAR] = "scalar",
		[V_CTX] = "ctx",
		[V_MAP] = "map_ptr",
		[V_VALUE] = "map_value",
		[V_VALUE_OR_NULL] = "map_value_or_null",
		[V_STACK] = "fp",
		[V_PACKET] = "pkt",
		[V_PACKET_END] = "pkt_end",
		[V_FUNC] = "func",
		[V_SOCK_OR_NULL] = "sock_or_null",
		[V_SOCK] = "sock",
	};

	return names[r->kind];
}

int v_readable(struct vwalk *w, uint32_t reg)
{
	if (vreg(w, reg)->kind == V_NONE)
		return v_refuse(w, -EACCES, "R%u !read_ok", reg);
	return 0;
}

/* Programs cannot move their frame. */
int v_writable(struct vwalk *w, uint32_t reg)
{
	return reg == BPF_REG_10 ? v_refuse(w, -EACCES, "frame pointer is read only") : 0;
}

static size_t state_size(uint32_t depth)
{
	return sizeof(struct vstate) + (depth + 1) * sizeof(struct vframe);
}

static struct vstate *state_copy(const struct vstate *s)
{
	struct vstate *copy = xcalloc(1, state_size(s->depth));

	memcpy(copy, s, state_size(s->depth));
	return copy;
}

static void states_free(struct vstate *s)
{
	while (s) {
		struct vstate *next = s->next;

		free(s);
		s = next;
	}
}

struct vstate *v_push(struct vwalk *w, uint32_t pc)
{
	struct vstate *s = state_copy(w->now);

	s->pc = pc;
	s->next = w->todo;
	w->todo = s;
	return s;
}

static void forget_const(struct vreg *r, const struct vreg *other)
{
	if (r->kind == V_SCALAR && (other->kind != V_SCALAR || other->value != r->value))
		*r = vscalar();
	else if (vis_pointer(r) && other->kind == r->kind && other->value != r->value)
		r->known = 0;
	if (!r->known)
		r->value = 0;
}

/* Too many ways: what differs from the last one is from now on anything. */
static void state_widen(struct vstate *now, const struct vstate *last)
{
	for (uint32_t f = 0; f <= now->depth && f <= last->depth; f++) {
		for (int i = 0; i < N_REGS; i++)
			forget_const(&now->frames[f].regs[i], &last->frames[f].regs[i]);
		for (int i = 0; i < N_SLOTS; i++)
			forget_const(&now->frames[f].slots[i], &last->frames[f].slots[i]);
	}
}

/* True: there is nothing new to be found from here on. */
static bool been_here(struct vwalk *w)
{
	uint32_t pc = w->now->pc, n = 0;
	struct vstate *s;

	if (!w->join[pc])
		return false;
	if (w->seen[pc] && w->n_seen[pc] > PATIENCE)
		state_widen(w->now, w->seen[pc]);
	for (s = w->seen[pc]; s; s = s->next) {
		if (v_covers(s, w->now))
			return true;
		if (++n == MAX_KEPT) {
			states_free(s->next);
			s->next = NULL;
		}
	}
	s = state_copy(w->now);
	s->next = w->seen[pc];
	w->seen[pc] = s;
	w->n_seen[pc]++;
	return false;
}

#define JMP_ROW(op)                                                                        \
	static bool known_##op(uint64_t a, uint64_t b, bool is64)                          \
	{                                                                                  \
		return is64 ? jmp_##op##64(a, b) : jmp_##op##32((uint32_t)a, (uint32_t)b); \
	}
JMP_OPS(JMP_ROW)

static bool known_jump(const struct bpf_insn *in, uint64_t a, uint64_t b)
{
	static bool (*const fns[16])(uint64_t, uint64_t, bool) = {
		[BPF_JEQ >> 4] = known_JEQ,   [BPF_JNE >> 4] = known_JNE,
		[BPF_JGT >> 4] = known_JGT,   [BPF_JGE >> 4] = known_JGE,
		[BPF_JLT >> 4] = known_JLT,   [BPF_JLE >> 4] = known_JLE,
		[BPF_JSGT >> 4] = known_JSGT, [BPF_JSGE >> 4] = known_JSGE,
		[BPF_JSLT >> 4] = known_JSLT, [BPF_JSLE >> 4] = known_JSLE,
		[BPF_JSET >> 4] = known_JSET,
	};

	return fns[BPF_OP(in->code) >> 4](a, b, BPF_CLASS(in->code) == BPF_JMP);
}

static void settle_null(struct vreg *r, uint32_t id, bool null)
{
	if ((r->kind != V_VALUE_OR_NULL && r->kind != V_SOCK_OR_NULL) || r->id != id)
		return;
	if (null) {
		*r = vconst(0);
		return;
	}
	if (r->kind == V_SOCK_OR_NULL) {
		r->kind = V_SOCK;
		return;
	}
	r->id = 0;
	r->kind = V_VALUE;
	if (r->map->ops->of_maps) {
		r->kind = V_MAP;
		r->map = r->map->inner;
	}
}

/* kernel/bpf/verifier.c mark_ptr_or_null_regs: all copies of a result at once */
static void settle_nulls(struct vstate *s, uint32_t id, bool null)
{
	if (null)
		v_drop(s, id);
	for (uint32_t f = 0; f <= s->depth; f++) {
		for (int i = 0; i < N_REGS; i++)
			settle_null(&s->frames[f].regs[i], id, null);
		for (int i = 0; i < N_SLOTS; i++)
			settle_null(&s->frames[f].slots[i], id, null);
	}
}

/* What an equality says of the register: @s is the state in which @dst is equal to @src or not. */
static void learn(struct vstate *s, const struct bpf_insn *in, const struct vreg *src, bool equal)
{
	struct vreg *dst = &s->frames[s->depth].regs[in->dst_reg];

	if ((dst->kind == V_VALUE_OR_NULL || dst->kind == V_SOCK_OR_NULL) && !src->value)
		settle_nulls(s, dst->id, equal);
	else if (dst->kind == V_SCALAR && equal)
		*dst = *src;
}

static int v_branch(struct vwalk *w, const struct bpf_insn *in)
{
	uint8_t op = BPF_OP(in->code);
	struct vreg src = vconst(in->imm);
	const struct vreg *dst = vreg(w, in->dst_reg);
	bool equality = (op == BPF_JEQ || op == BPF_JNE) && BPF_CLASS(in->code) == BPF_JMP;
	uint32_t to = (uint32_t)insn_target(in, w->now->pc);
	struct vstate *taken;
	int err = v_readable(w, in->dst_reg);

	if (!err && BPF_SRC(in->code) == BPF_X) {
		err = v_readable(w, in->src_reg);
		src = *vreg(w, in->src_reg);
	}
	if (err)
		return err;
	if (vis_const(dst) && vis_const(&src)) {
		bool yes = known_jump(in, (uint64_t)dst->value, (uint64_t)src.value);

		w->now->pc = yes ? to : w->now->pc + 1;
		return 0;
	}
	/* reg_not_null: such a pointer is never zero */
	if (equality && (dst->kind == V_VALUE || dst->kind == V_SOCK) && vis_const(&src) &&
	    !src.value) {
		w->now->pc = op == BPF_JNE ? to : w->now->pc + 1;
		return 0;
	}
	taken = v_push(w, to);
	if (equality && vis_const(&src)) {
		learn(taken, in, &src, op == BPF_JEQ);
		learn(w->now, in, &src, op == BPF_JNE);
	}
	w->now->pc++;
	return 0;
}

/* The largest result that programs of the type may have; their own kernels' rules, as a table. */
static uint32_t result_max(const struct prog *prog)
{
	switch (prog->type) {
	case BPF_PROG_TYPE_CGROUP_SKB:
		return prog->attach_type == BPF_CGROUP_INET_EGRESS ? 3 : 1;
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return prog->attach_type == BPF_CGROUP_INET4_BIND ||
				       prog->attach_type == BPF_CGROUP_INET6_BIND
			       ? 3
			       : 1;
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_SOCK_OPS:
	case BPF_PROG_TYPE_CGROUP_DEVICE:
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
	case BPF_PROG_TYPE_SK_LOOKUP:
	case REF_PROG_TYPE_NETFILTER:
		return 1;
	case BPF_PROG_TYPE_TRACING:
		return 0;
	default:
		return UINT32_MAX;
	}
}

/* kernel/bpf/verifier.c check_return_code: a number that is not known may be anything */
static int check_result(struct vwalk *w)
{
	const struct vreg *r0 = vreg(w, BPF_REG_0);
	uint32_t max = result_max(w->prog);
	int err = v_readable(w, BPF_REG_0);

	if (err || max == UINT32_MAX)
		return err;
	if (r0->kind != V_SCALAR || (vis_const(r0) && (uint32_t)r0->value > max))
		return v_refuse(w, -EINVAL, "At program exit the register R0 is out of range");
	return 0;
}

/* False in *more: the way is at its end. */
static int v_exit(struct vwalk *w, bool *more)
{
	const struct vreg *r0 = vreg(w, BPF_REG_0);
	int err;

	if (!w->now->depth) {
		*more = false;
		err = v_holds_nothing(w, "BPF_EXIT instruction in main prog");
		return err ? err : check_result(w);
	}
	err = v_readable(w, BPF_REG_0);
	if (err)
		return err;
	if (r0->kind == V_STACK)
		return v_refuse(w, -EINVAL, "cannot return stack pointer to the caller");
	return v_leave(w, *r0);
}

static int v_wide(struct vwalk *w, const struct bpf_insn *in)
{
	struct vreg r = { .known = VALL };
	int err = v_writable(w, in->dst_reg);

	switch (in->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		r.kind = V_MAP;
		r.map = w->prog->maps[in->imm];
		break;
	case BPF_PSEUDO_MAP_VALUE:
		r.kind = V_VALUE;
		r.map = w->prog->maps[in->imm];
		r.value = (uint32_t)in[1].imm;
		break;
	case BPF_PSEUDO_FUNC:
		r.kind = V_FUNC;
		break;
	default:
		r = vconst((int64_t)((uint64_t)(uint32_t)in[1].imm << 32 | (uint32_t)in->imm));
	}
	*vreg(w, in->dst_reg) = r;
	w->now->pc += 2;
	return err;
}

static int v_jmp(struct vwalk *w, const struct bpf_insn *in, bool *more)
{
	uint32_t pc = w->now->pc;

	if (insn_is_exit(in))
		return v_exit(w, more);
	if (insn_is_local_call(in))
		return v_enter(w, (uint32_t)((int64_t)pc + 1 + in->imm));
	if (insn_is_helper_call(in))
		return v_helper(w, in);
	if (!insn_is_ja(in))
		return v_branch(w, in);
	w->now->pc = (uint32_t)insn_target(in, pc);
	return 0;
}

static int v_step(struct vwalk *w, bool *more)
{
	const struct bpf_insn *in = &w->prog->insns[w->now->pc];
	int err;

	switch (BPF_CLASS(in->code)) {
	case BPF_JMP:
	case BPF_JMP32:
		return v_jmp(w, in, more);
	case BPF_LD:
		return insn_is_wide(in) ? v_wide(w, in) : v_skb_load(w, in);
	case BPF_ALU:
	case BPF_ALU64:
		err = v_alu(w, in);
		break;
	case BPF_LDX:
		err = v_load(w, in);
		break;
	default:
		err = BPF_MODE(in->code) == BPF_ATOMIC ? v_atomic(w, in) : v_store(w, in);
	}
	w->now->pc++;
	return err;
}

/* One way to its end. */
static int v_way(struct vwalk *w)
{
	bool more = true;
	int err = 0;

	while (!err && more && !been_here(w)) {
		if (w->prog->reached)
			w->prog->reached[w->now->pc] = 1;
		if (++w->steps > MAX_STEPS)
			return v_refuse(w, -E2BIG, "BPF program is too large. Processed %u insn",
					w->steps);
		err = v_step(w, &more);
	}
	return err;
}

/* Ways meet where jumps and calls lead; and after calls, so that ways to there are one. */
static void mark_joins(struct vwalk *w)
{
	for (uint32_t pc = 0; pc < w->prog->n_insns; pc++) {
		const struct bpf_insn *in = &w->prog->insns[pc];

		if (insn_is_branch(in))
			w->join[insn_target(in, pc)] = 1;
		if (insn_is_local_call(in))
			w->join[(int64_t)pc + 1 + in->imm] = 1;
		if (insn_is_wide(in))
			pc++;
	}
}

static void walk_begin(struct vwalk *w, struct checker *c)
{
	uint32_t n = c->prog->n_insns;

	*w = (struct vwalk){ .c = c, .prog = c->prog };
	w->now = xcalloc(1, state_size(MAX_FRAMES - 1));
	w->seen = xcalloc(n, sizeof(struct vstate *));
	w->n_seen = xcalloc(n, sizeof(*w->n_seen));
	w->join = xcalloc(n, 1);
	mark_joins(w);
	if (ref_quirk(c->ref, QUIRK_FUNCTION_RESULT_ASSUMED) ||
	    ref_quirk(c->ref, QUIRK_SKB_LOAD_ASSUMED))
		c->prog->reached = xcalloc(n, 1);
	w->now->frames[0].regs[BPF_REG_1] = (struct vreg){ .kind = V_CTX, .known = VALL };
	w->now->frames[0].regs[BPF_REG_10] = (struct vreg){ .kind = V_STACK, .known = VALL };
}

static void walk_end(struct vwalk *w)
{
	states_free(w->todo);
	for (uint32_t pc = 0; pc < w->prog->n_insns; pc++)
		states_free(w->seen[pc]);
	free(w->seen);
	free(w->n_seen);
	free(w->join);
	free(w->now);
}

int check_registers(struct checker *c)
{
	struct vwalk w;
	int err;

	walk_begin(&w, c);
	err = v_way(&w);
	while (!err && w.todo) {
		struct vstate *s = w.todo;

		w.todo = s->next;
		memcpy(w.now, s, state_size(s->depth));
		free(s);
		err = v_way(&w);
	}
	walk_end(&w);
	return err;
}
