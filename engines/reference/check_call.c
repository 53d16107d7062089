// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls: kernel/bpf/verifier.c check_helper_call, check_func_call, prepare_func_exit */
#include <string.h>

#include "context.h"
#include "helpers.h"
#include "insn.h"
#include "vstate.h"

static void clobber_args(struct vwalk *w)
{
	for (uint32_t r = BPF_REG_1; r <= BPF_REG_5; r++)
		*vreg(w, r) = (struct vreg){ 0 };
}

static void void_packet(struct vreg *r)
{
	if (r->kind == V_PACKET || r->kind == V_PACKET_END)
		*r = vscalar();
}

/* kernel/bpf/verifier.c clear_all_pkt_pointers */
static void void_packets(struct vwalk *w)
{
	for (uint32_t i = 0; i <= w->now->depth; i++) {
		struct vframe *f = &w->now->frames[i];

		for (int r = 0; r < N_REGS; r++)
			void_packet(&f->regs[r]);
		for (uint64_t bits = f->used; bits; bits &= bits - 1)
			void_packet(&f->slots[lowest_bit(bits)]);
	}
}

static int check_ctx_arg(struct vwalk *w, uint32_t reg)
{
	const struct vreg *r = vreg(w, reg);
	int err = v_readable(w, reg);

	if (err)
		return err;
	if (r->kind != V_CTX)
		return v_refuse(w, -EACCES, "R%u type=%s expected=ctx", reg, v_kind_name(r));
	if (!r->known || r->value)
		return v_refuse(w, -EACCES,
				"dereference of modified ctx ptr R%u off=%lld disallowed", reg,
				(long long)r->value);
	return 0;
}

static int check_map_arg(struct vwalk *w, uint32_t reg)
{
	int err = v_readable(w, reg);

	if (!err && vreg(w, reg)->kind != V_MAP)
		err = v_refuse(w, -EACCES, "R%u type=%s expected=map_ptr", reg,
			       v_kind_name(vreg(w, reg)));
	return err;
}

/* The memory at @reg whose size is in the register behind it. */
static int check_mem_size(struct vwalk *w, uint32_t reg, bool write)
{
	const struct vreg *size = vreg(w, reg + 1);
	int err = v_readable(w, reg + 1);

	if (err)
		return err;
	if (size->kind != V_SCALAR)
		return v_refuse(w, -EACCES, "R%u expected=scalar", reg + 1);
	if (!vis_const(size)) /* its range is not followed: one byte at least */
		return v_helper_mem(w, reg, 1, write);
	if (size->value <= 0 || size->value >= 1 << 29)
		return v_refuse(w, -EACCES, "R%u invalid size", reg + 1);
	return v_helper_mem(w, reg, (uint32_t)size->value, write);
}

static int check_sock_arg(struct vwalk *w, uint32_t reg)
{
	int err = v_readable(w, reg);

	if (!err && vreg(w, reg)->kind != V_SOCK)
		err = v_refuse(w, -EACCES, "R%u type=%s expected=sock", reg,
			       v_kind_name(vreg(w, reg)));
	return err;
}

static int check_arg(struct vwalk *w, enum helper_arg arg, uint32_t reg)
{
	const struct map *map = vreg(w, BPF_REG_1)->map;

	switch (arg) {
	case ARG_NONE:
		return 0;
	case ARG_CTX:
		return check_ctx_arg(w, reg);
	case ARG_MAP:
		return check_map_arg(w, reg);
	case ARG_KEY:
		return v_helper_mem(w, reg, map->key_size, false);
	case ARG_VALUE:
		return v_helper_mem(w, reg, map->value_size, false);
	case ARG_MEM_IN:
		return check_mem_size(w, reg, false);
	case ARG_MEM_OUT:
		return check_mem_size(w, reg, true);
	case ARG_SOCK:
		return check_sock_arg(w, reg);
	case ARG_LOCK:
	case ARG_LOCKED:
		return v_lock(w, arg == ARG_LOCK);
	case ARG_IRQ:
	case ARG_IRQ_SAVED:
		return v_irq(w, arg == ARG_IRQ);
	case ARG_TIMER:
		return v_timer(w);
	case ARG_CALLBACK:
		return v_callback(w);
	default:
		return v_may_leak(w, reg);
	}
}

/* kernel/bpf/verifier.c check_map_func_compatibility, record_func_map */
static int check_map_func(struct vwalk *w, const struct helper *h)
{
	const struct map *map = vreg(w, BPF_REG_1)->map;
	bool changes = h->number != BPF_FUNC_map_lookup_elem;

	if ((map->type == BPF_MAP_TYPE_PROG_ARRAY &&
	     (changes || !ref_mutant(w->c->ref, MUTANT_CHECK_LOOKUP_OK))) ||
	    (changes && map->ops->of_maps))
		return v_refuse(w, -EINVAL, "cannot pass map_type %u into func %s#%d", map->type,
				h->name, h->number);
	if (map->flags & (changes ? BPF_F_RDONLY_PROG : BPF_F_WRONLY_PROG))
		return v_refuse(w, -EACCES, "%s map forbidden",
				changes ? "write into" : "read from");
	return 0;
}

/*
 * A lookup. Of an array, with a constant index that is in it, it cannot fail (since 6.15:
 * kernel/bpf/verifier.c get_constant_map_key).
 */
static struct vreg lookup_result(struct vwalk *w)
{
	const struct map *map = vreg(w, BPF_REG_1)->map;
	const struct vreg *key = vreg(w, BPF_REG_2);
	bool array = map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
	struct vreg r = { .kind = V_VALUE_OR_NULL, .known = VALL, .map = map };
	int64_t index;

	if (array && key->kind == V_STACK && key->known &&
	    v_stack_key(w, key, map->key_size, &index) && index < map->max_entries)
		r.kind = V_VALUE;
	else
		r.id = ++w->last_id;
	return r;
}

/*
 * bpf_tail_call. If it falls through, r0 to r5 are nothing. If it succeeds in a function, that
 * function's caller goes on, with the other program's result and a packet that may have moved.
 */
static int v_tail_call(struct vwalk *w)
{
	uint32_t pc = w->now->pc;
	const struct ref *ref = w->c->ref;
	int err = ref_mutant(ref, MUTANT_CHECK_CTX_ANY) ? 0 : check_ctx_arg(w, BPF_REG_1);

	if (!err)
		err = check_map_arg(w, BPF_REG_2);
	if (!err && !ref_mutant(ref, MUTANT_CHECK_INDEX_UNREAD))
		err = v_may_leak(w, BPF_REG_3);
	if (err)
		return err;
	if (vreg(w, BPF_REG_2)->map->type != BPF_MAP_TYPE_PROG_ARRAY)
		return v_refuse(w,
				ref_mutant(ref, MUTANT_CHECK_MAP_TYPE_EACCES) ? -EACCES : -EINVAL,
				"expected prog array map for tail call");
	/* check_map_func_compatibility: an interpreter's tail call would lose the callers' frames
	 */
	if (w->prog->n_funcs > 1 && ref_quirk(w->c->ref, QUIRK_NO_MIXED_CALLS))
		return v_refuse(w, -EINVAL,
				"mixing of tail_calls and bpf-to-bpf calls is not supported");
	err = v_holds_nothing(w, "tail_call");
	if (err && !ref_mutant(ref, MUTANT_CHECK_HELD_OK))
		return err;
	site_reached(w->prog, pc, vreg(w, BPF_REG_2)->map, vis_const(vreg(w, BPF_REG_3)),
		     (uint64_t)vreg(w, BPF_REG_3)->value);
	if (ref_quirk(w->c->ref, QUIRK_TAIL_CALL_VOIDS_PACKET))
		void_packets(w);
	*vreg(w, BPF_REG_0) =
		ref_mutant(ref, MUTANT_CHECK_RESULT_KEPT) ? vscalar() : (struct vreg){ 0 };
	if (!ref_mutant(ref, MUTANT_CHECK_ARGS_KEPT))
		clobber_args(w);
	if (w->now->depth && !ref_quirk(w->c->ref, QUIRK_FUNCTION_RESULT_ASSUMED)) {
		v_push(w, pc + 1);
		void_packets(w);
		return v_leave(w, vscalar());
	}
	w->now->pc++;
	return 0;
}

/*
 * Helpers that are not modelled, but whose map no prog_array can be: by the register that holds it.
 * Their other arguments are taken for right.
 */
static const struct {
	int32_t number;
	uint8_t map_reg;
} map_helpers[] = {
	{ BPF_FUNC_perf_event_read, BPF_REG_1 }, { BPF_FUNC_perf_event_output, BPF_REG_2 },
	{ BPF_FUNC_get_stackid, BPF_REG_2 },	 { BPF_FUNC_current_task_under_cgroup, BPF_REG_1 },
	{ BPF_FUNC_redirect_map, BPF_REG_1 },	 { BPF_FUNC_map_push_elem, BPF_REG_1 },
	{ BPF_FUNC_map_pop_elem, BPF_REG_1 },	 { BPF_FUNC_map_peek_elem, BPF_REG_1 },
};

static bool takes_prog_array(struct vwalk *w, int32_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(map_helpers); i++) {
		const struct vreg *r = vreg(w, map_helpers[i].map_reg);

		if (map_helpers[i].number == number)
			return r->kind == V_MAP && r->map->type == BPF_MAP_TYPE_PROG_ARRAY;
	}
	return false;
}

/* kernel/bpf/verifier.c get_helper_proto: by number, and by the program's type */
static int check_helper(struct vwalk *w, int32_t number)
{
	if (helper_allowed(number, w->prog->kind))
		return 0;
	if (takes_prog_array(w, number))
		return v_refuse(w, -EINVAL, "cannot pass map_type %u into func #%d",
				BPF_MAP_TYPE_PROG_ARRAY, number);
	if (helper_is_kernels(number))
		return ref_why(w->c->ref, ENGINE_UNSUPPORTED, "helper %d is not modelled", number);
	return v_refuse(w, -EINVAL, "program of this type cannot use helper %d", number);
}

/* One of those in the table. */
static int v_call(struct vwalk *w, const struct helper *h)
{
	static const struct vreg nothing;
	struct vreg r0 = h->ret == RET_VOID ? nothing : vscalar();
	int err = 0;

	for (uint32_t i = 0; !err && i < ARRAY_SIZE(h->args); i++)
		err = check_arg(w, h->args[i], BPF_REG_1 + i);
	if (!err && h->args[0] == ARG_MAP)
		err = check_map_func(w, h);
	if (!err && h->region)
		err = v_region(w, h);
	if (err)
		return err;
	if (h->ret == RET_VALUE_OR_NULL)
		r0 = lookup_result(w);
	if (h->ret == RET_SOCK_OR_NULL)
		err = v_acquire(w, &r0);
	if (h->args[0] == ARG_SOCK)
		v_release(w, vreg(w, BPF_REG_1)->id);
	if (h->moves_packet)
		void_packets(w);
	clobber_args(w);
	*vreg(w, BPF_REG_0) = r0;
	w->now->pc++;
	return err;
}

/* kernel/bpf/verifier.c check_kfunc_call */
int v_kfunc(struct vwalk *w, const struct bpf_insn *in)
{
	if (w->now->held.locked)
		return v_refuse(w, -EINVAL, "function calls are not allowed while holding a lock");
	return v_call(w, helper_called(in));
}

int v_helper(struct vwalk *w, const struct bpf_insn *in)
{
	int err;

	/* Since 6.8 a lock may be held across local calls. */
	if (w->now->held.locked && in->imm != BPF_FUNC_spin_unlock)
		return v_refuse(w, -EINVAL, "function calls are not allowed while holding a lock");
	/* net/bpf/bpf_dummy_struct_ops.c: no get_func_proto */
	if (w->prog->attach_func == DUMMY_OPS)
		return v_refuse(w, -EINVAL, "program of this type cannot use helper %d", in->imm);
	if (insn_is_tail_call(in))
		return v_tail_call(w);
	err = check_helper(w, in->imm);
	return err ? err : v_call(w, helper_called(in));
}

/*
 * kernel/bpf/verifier.c check_ld_abs: LD_ABS and LD_IND, which are calls of a kind. Where there is
 * nothing to load, the function returns 0, and its caller goes on.
 */
int v_skb_load(struct vwalk *w, const struct bpf_insn *in)
{
	const struct vreg *ctx = vreg(w, BPF_REG_6);
	uint32_t type = w->prog->type;
	int err;

	if (type != BPF_PROG_TYPE_SOCKET_FILTER && type != BPF_PROG_TYPE_SCHED_CLS &&
	    type != BPF_PROG_TYPE_SCHED_ACT)
		return v_refuse(w, -EINVAL, "BPF_LD_[ABS|IND] not allowed for this program type");
	err = v_readable(w, BPF_REG_6);
	if (err)
		return err;
	err = v_holds_nothing(w, "BPF_LD_[ABS|IND]"); /* which may end the program */
	if (err)
		return err;
	if (ctx->kind != V_CTX)
		return v_refuse(w, -EINVAL, "at the time of BPF_LD_ABS|IND R6 != pointer to skb");
	if (BPF_MODE(in->code) == BPF_IND)
		err = v_readable(w, in->src_reg);
	if (err)
		return err;
	if (!ctx->known || ctx->value)
		return v_refuse(w, -EACCES, "dereference of modified ctx ptr R6 disallowed");
	clobber_args(w);
	*vreg(w, BPF_REG_0) = vscalar();
	if (w->now->depth && !ref_quirk(w->c->ref, QUIRK_SKB_LOAD_ASSUMED)) {
		v_push(w, w->now->pc + 1);
		return v_leave(w, vconst(0));
	}
	w->now->pc++;
	return 0;
}

int v_enter(struct vwalk *w, uint32_t to)
{
	struct vstate *s = w->now;
	struct vframe *caller = w->top, *callee;
	int err;

	if (s->depth + 1 >= MAX_FRAMES)
		return v_refuse(w, -E2BIG, "the call stack of %u frames is too deep", s->depth + 2);
	err = v_params(w, prog_func_at(w->prog, to));
	if (err)
		return err;
	callee = &s->frames[++s->depth];
	vframe_begin(callee, s->depth, s->pc + 1);
	/* A global function is checked by itself, and has the context and no other argument. */
	memcpy(&callee->regs[BPF_REG_1], &caller->regs[BPF_REG_1],
	       (w->prog->global_funcs ? 1 : 5) * sizeof(struct vreg));
	v_forget_dead(caller, v_live_across(w, s->pc + 1));
	callee->func = (uint32_t)(prog_func_at(w->prog, to) - w->prog->funcs);
	w->top = callee;
	s->pc = to;
	return 0;
}

int v_leave(struct vwalk *w, struct vreg r0)
{
	w->now->pc = w->top->ret;
	w->now->depth--;
	w->top--;
	clobber_args(w);
	*vreg(w, BPF_REG_0) = w->prog->global_funcs ? vscalar() : r0;
	return 0;
}
