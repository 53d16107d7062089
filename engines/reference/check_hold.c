// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a program holds and must give back before it ends or tail-calls: sockets, a lock, and
 * regions that functions of the kernel enter and leave. The program in the slot would not know of
 * them. kernel/bpf/verifier.c check_resource_leak, release_reference, process_spin_lock,
 * process_irq_flag, check_kfunc_call.
 */
#include "vstate.h"

int v_acquire(struct vwalk *w, struct vreg *r0)
{
	struct vstate *s = w->now;

	if (s->held.n_refs == MAX_REFS)
		return ref_why(w->c->ref, ENGINE_UNSUPPORTED,
			       "more than %d references at a time are not modelled", MAX_REFS);
	*r0 = (struct vreg){ .kind = V_SOCK_OR_NULL, .known = VALL, .id = ++w->last_id };
	s->held.refs[s->held.n_refs++] = r0->id;
	return 0;
}

void v_drop(struct vstate *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->held.n_refs; i++)
		if (s->held.refs[i] == id)
			s->held.refs[i--] = s->held.refs[--s->held.n_refs];
}

static void forget(struct vreg *r, uint32_t id)
{
	if (r->kind == V_SOCK && r->id == id)
		*r = vscalar();
}

/* All copies of it are numbers from now on. */
void v_release(struct vwalk *w, uint32_t id)
{
	v_drop(w->now, id);
	for (uint32_t i = 0; i <= w->now->depth; i++) {
		struct vframe *f = &w->now->frames[i];

		for (int r = 0; r < N_REGS; r++)
			forget(&f->regs[r], id);
		for (uint64_t bits = f->used; bits; bits &= bits - 1)
			forget(&f->slots[lowest_bit(bits)], id);
	}
}

int v_lock(struct vwalk *w, bool lock)
{
	const struct vreg *r = vreg(w, BPF_REG_1);

	if (r->kind != V_VALUE)
		return v_refuse(w, -EACCES, "R1 type=%s expected=map_value", v_kind_name(r));
	if (!r->map->has_lock)
		return v_refuse(w, -EINVAL, "map '%s' has no valid bpf_spin_lock", r->map->name);
	if (!r->known || r->value)
		return v_refuse(w, -EINVAL, "off %lld doesn't point to 'struct bpf_spin_lock'",
				(long long)r->value);
	if (lock && w->now->held.locked)
		return v_refuse(w, -EINVAL, "Locking two bpf_spin_locks are not allowed");
	if (!lock && w->now->held.locked != r->map)
		return v_refuse(w, -EINVAL, "bpf_spin_unlock without taking a lock");
	w->now->held.locked = lock ? r->map : NULL;
	return 0;
}

/* The slot that a state of interrupts goes to or comes from; NULL: refused, with EINVAL. */
static struct vreg *irq_slot(struct vwalk *w)
{
	const struct vreg *r = vreg(w, BPF_REG_1);

	if (r->kind == V_STACK && r->known && r->value % 8 == 0 &&
	    !v_helper_mem(w, BPF_REG_1, 8, false))
		return vslot_use(&w->now->frames[r->frame], (uint32_t)(-r->value / 8 - 1));
	v_refuse(w, -EINVAL, "arg#0 doesn't point to an irq flag on stack");
	return NULL;
}

/* What is saved last is restored first: slots hold which one they are. */
int v_irq(struct vwalk *w, bool save)
{
	uint32_t depth = w->now->held.regions[REGION_IRQ];
	struct vreg *slot = irq_slot(w);

	if (!slot)
		return -EINVAL;
	if (save == (slot->kind == V_IRQ))
		return v_refuse(w, -EINVAL, "expected an %s irq flag as arg#0",
				save ? "uninitialized" : "initialized");
	if (!save && slot->value != depth)
		return v_refuse(w, -EACCES, "cannot restore irq state out of order");
	*slot = save ? (struct vreg){ .kind = V_IRQ, .known = VALL, .value = depth + 1 }
		     : vscalar();
	return 0;
}

static const struct {
	const char *entered_by;
	const char *unmatched;
} regions[N_REGIONS] = {
	[REGION_IRQ] = { "bpf_local_irq_save", "irq restore" },
	[REGION_RCU] = { "bpf_rcu_read_lock", "rcu read unlock" },
	[REGION_PREEMPT] = { "bpf_preempt_disable", "attempt to enable preemption" },
};

int v_region(struct vwalk *w, const struct helper *h)
{
	uint32_t *times = &w->now->held.regions[h->region];

	if (!h->enters && !*times)
		return v_refuse(w, -EINVAL, "unmatched %s (kernel function %s)",
				regions[h->region].unmatched, h->name);
	*times += h->enters ? 1 : UINT32_MAX;
	return 0;
}

int v_holds_nothing(struct vwalk *w, const char *before)
{
	if (w->now->held.locked)
		return v_refuse(w, -EINVAL, "%s cannot be used inside bpf_spin_lock-ed region",
				before);
	if (w->now->held.n_refs)
		return v_refuse(w, -EINVAL,
				"Unreleased reference id=%u: %s would lead to reference leak",
				w->now->held.refs[0], before);
	for (uint32_t i = 0; i < N_REGIONS; i++)
		if (w->now->held.regions[i])
			return v_refuse(w, -EINVAL, "%s cannot be used inside %s-ed region", before,
					regions[i].entered_by);
	return 0;
}
