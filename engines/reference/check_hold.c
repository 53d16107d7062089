// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a program holds and must give back before it ends or tail-calls: sockets and a lock. The
 * program in the slot would not know of them. kernel/bpf/verifier.c check_reference_leak,
 * release_reference, process_spin_lock.
 */
#include "vstate.h"

int v_acquire(struct vwalk *w, struct vreg *r0)
{
	struct vstate *s = w->now;

	if (s->n_refs == MAX_REFS)
		return ref_why(w->c->ref, ENGINE_UNSUPPORTED,
			       "more than %d references at a time are not modelled", MAX_REFS);
	*r0 = (struct vreg){ .kind = V_SOCK_OR_NULL, .known = VALL, .id = ++w->last_id };
	s->refs[s->n_refs++] = r0->id;
	return 0;
}

void v_drop(struct vstate *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->n_refs; i++)
		if (s->refs[i] == id)
			s->refs[i--] = s->refs[--s->n_refs];
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
	if (lock && w->now->locked)
		return v_refuse(w, -EINVAL, "Locking two bpf_spin_locks are not allowed");
	if (!lock && w->now->locked != r->map)
		return v_refuse(w, -EINVAL, "bpf_spin_unlock without taking a lock");
	w->now->locked = lock ? r->map : NULL;
	return 0;
}

int v_holds_nothing(struct vwalk *w, const char *before)
{
	if (w->now->locked)
		return v_refuse(w, -EINVAL, "%s cannot be used inside bpf_spin_lock-ed region",
				before);
	if (w->now->n_refs)
		return v_refuse(w, -EINVAL,
				"Unreleased reference id=%u: %s would lead to reference leak",
				w->now->refs[0], before);
	return 0;
}
