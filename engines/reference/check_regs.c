// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The walk over all ways through a program: kernel/bpf/verifier.c do_check. A way ends where the
 * program does, or where another has been with as little knowledge.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/arena.h"
#include "alu.h"
#include "context.h"
#include "insn.h"
#include "vstate.h"

#define MAX_STEPS 1000000 /* include/linux/bpf_verifier.h BPF_COMPLEXITY_LIMIT_INSNS */

/* So often ways meet at an instruction before constants that differ are forgotten. */
#define PATIENCE 64

/*
 * So often in a row a state may cover nothing before it is forgotten: to compare with more of them
 * would take longer than to go on until MAX_STEPS. The kernel has a rule like it: kernel/bpf/
 * verifier.c is_state_visited, miss_cnt.
 */
#define MAX_MISSES 8

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
		[V_KEY] = "map_key",
	};

	return names[r->kind];
}

int v_readable(struct vwalk *w, uint32_t reg)
{
	if (vreg(w, reg)->kind == V_NONE)
		return v_refuse(w, -EACCES, "R%u !read_ok", reg);
	return 0;
}

int v_may_leak(struct vwalk *w, uint32_t reg)
{
	int err = v_readable(w, reg);

	if (!err && w->c->ref->caps != ENGINE_CAPS_ALL && vis_pointer(vreg(w, reg)))
		err = v_refuse(w, -EACCES, "R%u leaks addr", reg);
	return err;
}

/* Programs cannot move their frame. */
int v_writable(struct vwalk *w, uint32_t reg)
{
	return reg == BPF_REG_10 ? v_refuse(w, -EACCES, "frame pointer is read only") : 0;
}

struct vsaved *v_push(struct vwalk *w, uint32_t pc)
{
	struct vsaved *s = v_save(w, pc);

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
static void widen(struct vstate *now, const struct vsaved *last)
{
	const struct vframe *other = vsaved_first(last);

	for (uint32_t f = 0; f <= now->depth && f <= last->depth; f++) {
		struct vframe *frame = &now->frames[f];

		for (int i = 0; i < N_REGS; i++)
			forget_const(&frame->regs[i], &other->regs[i]);
		for (uint64_t bits = frame->used; bits; bits &= bits - 1)
			forget_const(&frame->slots[lowest_bit(bits)],
				     vsaved_slot(other, lowest_bit(bits)));
		other = vsaved_next(other);
	}
}

/* By one of the states that were seen there; those that never help are forgotten. */
static bool is_covered(struct vwalk *w, struct vpoint *p)
{
	struct vsaved **link = &p->seen, *s;

	while ((s = *link)) {
		if (v_covers(w, s)) {
			s->misses = 0;
			return true;
		}
		if (++s->misses < MAX_MISSES) {
			link = &s->next;
		} else {
			*link = s->next;
			v_recycle(w, s);
		}
	}
	return false;
}

/* True: there is nothing new to be found from here on. */
static bool been_here(struct vwalk *w)
{
	struct vpoint *p = &w->points[w->now->pc];
	struct vsaved *s;

	if (!p->join)
		return false;
	v_forget_dead(w->top, p->live);
	if (p->seen && p->n_seen > PATIENCE)
		widen(w->now, p->seen);
	v_sum_up(w);
	if (is_covered(w, p))
		return true;
	s = v_save(w, w->now->pc);
	s->next = p->seen;
	p->seen = s;
	p->n_seen++;
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

	bool (*fn)(uint64_t, uint64_t, bool) = fns[BPF_OP(in->code) >> 4];

	/* What is no condition was refused before. */
	return fn && fn(a, b, BPF_CLASS(in->code) == BPF_JMP);
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
	for (uint32_t i = 0; i <= s->depth; i++) {
		struct vframe *f = &s->frames[i];

		for (int r = 0; r < N_REGS; r++)
			settle_null(&f->regs[r], id, null);
		for (uint64_t bits = f->used; bits; bits &= bits - 1)
			settle_null(&f->slots[lowest_bit(bits)], id, null);
	}
}

static struct vreg operand(struct vwalk *w, const struct bpf_insn *in)
{
	return BPF_SRC(in->code) == BPF_X ? *vreg(w, in->src_reg) : vconst(in->imm);
}

/* What a comparison says of the register on the way on which it was @taken. */
static void learn(struct vwalk *w, const struct bpf_insn *in, bool taken)
{
	struct vreg *dst = vreg(w, in->dst_reg), src = operand(w, in);
	bool equal = taken == (BPF_OP(in->code) == BPF_JEQ);

	if ((dst->kind == V_VALUE_OR_NULL || dst->kind == V_SOCK_OR_NULL) && !src.value)
		settle_nulls(w->now, dst->id, equal);
	else if (dst->kind == V_SCALAR && equal)
		*dst = src;
}

static int v_branch(struct vwalk *w, const struct bpf_insn *in)
{
	uint8_t op = BPF_OP(in->code);
	const struct vreg *dst = vreg(w, in->dst_reg);
	bool equality = (op == BPF_JEQ || op == BPF_JNE) && BPF_CLASS(in->code) == BPF_JMP;
	uint32_t to = (uint32_t)insn_target(in, w->now->pc);
	struct vsaved *taken;
	struct vreg src;
	int err = v_readable(w, in->dst_reg);

	if (!err && BPF_SRC(in->code) == BPF_X)
		err = v_readable(w, in->src_reg);
	if (err)
		return err;
	src = operand(w, in);
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
		taken->taken = in;
		learn(w, in, false);
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
	const struct func *f = &w->prog->funcs[w->top->func];
	const struct vreg *r0 = vreg(w, BPF_REG_0);
	bool timer = w->top->func && f->start != w->prog->exception_callback;
	uint32_t max = timer ? 0 : result_max(w->prog);
	int err = w->now->depth ? v_readable(w, BPF_REG_0) : v_may_leak(w, BPF_REG_0);

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

/* kernel/bpf/verifier.c check_ld_imm */
static int check_func_ref(struct vwalk *w)
{
	if (!w->c->has_func_info)
		return v_refuse(w, -EINVAL, "missing btf func_info");
	return w->prog->global_funcs ? v_refuse(w, -EINVAL, "callback function not static") : 0;
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
		if (!err)
			err = check_func_ref(w);
		r.kind = V_FUNC;
		r.value = (int64_t)w->now->pc + 1 + in->imm;
		w->c->has_func_ref = true;
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
	if (insn_is_kfunc_call(in))
		return v_kfunc(w, in);
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
		err = insn_is_param_load(in) ? v_param_load(w, in) : v_load(w, in);
		break;
	default:
		if (insn_is_param_store(in))
			err = v_param_store(w, in);
		else
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
			return v_refuse(w, -E2BIG,
					"BPF program is too large. Processed %u insn, compared "
					"%u states",
					w->steps, w->compared);
		err = v_step(w, &more);
	}
	return err;
}

/* Ways meet where jumps and calls lead; and after calls, so that ways to there are one. */
static void mark_join(struct vwalk *w, const struct bpf_insn *in, uint32_t pc)
{
	if (insn_is_branch(in))
		w->points[insn_target(in, pc)].join = true;
	if (insn_is_local_call(in) || insn_is_func_ref(in))
		w->points[(int64_t)pc + 1 + in->imm].join = true;
}

/*
 * Which slots a function reads, whatever way it takes. Where the address of its frame goes into a
 * register or to memory, it may be all of them.
 */
static void mark_reads(struct func *f, const struct bpf_insn *in)
{
	uint8_t class = BPF_CLASS(in->code);
	bool atomic = class == BPF_STX && BPF_MODE(in->code) == BPF_ATOMIC;
	bool load = class == BPF_LDX || atomic;
	bool from = class == BPF_LDX || (atomic && in->imm == INSN_LOAD_ACQ);
	int first, last;

	if (in->src_reg == BPF_REG_10 && !from &&
	    (class == BPF_ALU || class == BPF_ALU64 || class == BPF_STX)) {
		f->slots_read = UINT64_MAX;
		return;
	}
	if (!load || !insn_in_frame(in))
		return;
	first = (-in->off - 1) / 8;
	last = (-in->off - (1 << insn_size_log2(in))) / 8;
	f->slots_read |= 1ULL << first | 1ULL << last;
}

static void mark_points(struct vwalk *w)
{
	for (uint32_t i = 0; i < w->prog->n_funcs; i++) {
		struct func *f = &w->prog->funcs[i];

		for (uint32_t pc = f->start; pc < f->end; pc++) {
			const struct bpf_insn *in = &w->prog->insns[pc];

			mark_join(w, in, pc);
			mark_reads(f, in);
			pc += insn_is_wide(in);
		}
	}
}

void v_begin(struct vwalk *w, uint32_t func)
{
	w->now->pc = w->prog->funcs[func].start;
	w->now->depth = 0;
	memset(&w->now->held, 0, sizeof(w->now->held));
	w->top = w->now->frames;
	vframe_begin(w->top, 0, 0);
	w->top->func = func;
}

static void walk_begin(struct vwalk *w, struct checker *c)
{
	struct arena *scratch = &c->ref->scratch;
	uint32_t n = c->prog->n_insns;

	memset(w, 0, sizeof(*w));
	w->c = c;
	w->prog = c->prog;
	w->now = arena_alloc(scratch, 1, sizeof(*w->now));
	w->points = arena_zalloc(scratch, n, sizeof(*w->points));
	mark_points(w);
	v_find_live(w);
	if (ref_quirk(c->ref, QUIRK_FUNCTION_RESULT_ASSUMED) ||
	    ref_quirk(c->ref, QUIRK_SKB_LOAD_ASSUMED))
		c->prog->reached = xcalloc(n, 1);
}

/* From where it is now, and to all that this leads to. */
static int v_ways(struct vwalk *w)
{
	int err = v_way(w);

	while (!err && w->todo) {
		struct vsaved *s = w->todo;

		w->todo = s->next;
		v_resume(w, s);
		if (s->taken)
			learn(w, s->taken, true);
		v_recycle(w, s);
		err = v_way(w);
	}
	return err;
}

/* kernel/bpf/verifier.c do_check_main, do_check_subprogs: what nothing in the program calls */
int check_registers(struct checker *c)
{
	uint32_t callback = c->prog->exception_callback;
	struct vwalk w;
	int err;

	walk_begin(&w, c);
	v_begin(&w, 0);
	*vreg(&w, BPF_REG_1) = (struct vreg){ .kind = V_CTX, .known = VALL };
	err = v_ways(&w);
	if (err || !callback)
		return err;
	v_begin(&w, (uint32_t)(prog_func_at(c->prog, callback) - c->prog->funcs));
	*vreg(&w, BPF_REG_1) = vscalar();
	return v_ways(&w);
}
