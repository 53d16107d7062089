// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When one way through a program says all that another could: kernel/bpf/states.c states_equal */
#include "vstate.h"

/*
 * Results of helpers are numbered as they come, anew on every way: what counts is which registers
 * share a number, not which it is. So each number of the one state stands for one of the other.
 */
struct idmap {
	uint32_t n;
	struct {
		uint32_t old;
		uint32_t now;
	} pairs[32];
};

static bool ids_agree(struct idmap *map, uint32_t old, uint32_t now)
{
	if (!old || !now)
		return old == now;
	for (uint32_t i = 0; i < map->n; i++)
		if (map->pairs[i].old == old || map->pairs[i].now == now)
			return map->pairs[i].old == old && map->pairs[i].now == now;
	if (map->n == ARRAY_SIZE(map->pairs))
		return false;
	map->pairs[map->n].old = old;
	map->pairs[map->n++].now = now;
	return true;
}

static bool reg_covers(const struct vreg *old, const struct vreg *now, struct idmap *ids)
{
	if (old->kind == V_NONE)
		return true; /* then it was not read */
	if (old->kind != now->kind)
		return false;
	if (old->low_known & ~vlow_known(now) || (old->low ^ vlow(now)) & old->low_known)
		return false;
	if (old->kind == V_SCALAR && (now->known & old->known) != old->known)
		return false;
	if (old->kind == V_SCALAR)
		return !old->known || (old->known == now->known && old->value == now->value &&
				       old->frame == now->frame);
	return old->known == now->known && old->value == now->value && old->map == now->map &&
	       old->frame == now->frame && ids_agree(ids, old->id, now->id);
}

/* A slot that nothing was written to may be read, and is some number then: check_mem.c */
static bool slot_covers(const struct vreg *old, const struct vreg *now, struct idmap *ids)
{
	if (now->kind == V_NONE && old->kind == V_SCALAR)
		return !old->known;
	return reg_covers(old, now, ids);
}

/* What cannot be so at a glance: a pointer on one side where there is another, or none. */
static bool may_cover(const struct vframe *old, const struct vframe *now)
{
	if (old->params & ~now->params)
		return false;
	if (old->ret != now->ret || (old->pointers ^ now->pointers) & old->used)
		return false;
	return old->pointers != now->pointers || old->hash == now->hash;
}

/* Slots that nothing reads say nothing. */
static bool frame_covers(const struct vframe *old, const struct vframe *now, uint64_t read,
			 struct idmap *ids)
{
	const struct vreg *slot = old->slots;

	for (int i = 0; i < N_REGS; i++)
		if (!reg_covers(&old->regs[i], &now->regs[i], ids))
			return false;
	for (uint64_t bits = old->used; bits; bits &= bits - 1) {
		uint32_t n = lowest_bit(bits);

		if (read >> n & 1 && !slot_covers(slot, vslot(now, n), ids))
			return false;
		slot++;
	}
	return true;
}

/* Not linear: the hashes of slots are added. */
static uint64_t slot_hash(const struct vreg *r, uint64_t n)
{
	uint64_t h = (uint64_t)r->value ^ (uint64_t)(uintptr_t)r->map;

	h = (h << 24 ^ h >> 40) ^ n << 16 ^ (uint64_t)r->kind << 8 ^ r->frame;
	h *= 0x9e3779b97f4a7c15ULL;
	h ^= h >> 29;
	return h * 0xbf58476d1ce4e5b9ULL;
}

void v_sum_up(struct vwalk *w)
{
	for (uint32_t i = 0; i <= w->now->depth; i++) {
		struct vframe *f = &w->now->frames[i];

		f->pointers = 0;
		f->hash = 0;
		for (uint64_t bits = f->used & w->prog->funcs[f->func].slots_read; bits;
		     bits &= bits - 1) {
			uint32_t n = lowest_bit(bits);

			if (!vis_pointer(&f->slots[n]))
				continue;
			f->pointers |= 1ULL << n;
			f->hash += slot_hash(&f->slots[n], n);
		}
	}
}

/* But for which references they are. */
static bool holds_as_much(const struct vheld *old, const struct vheld *now)
{
	return old->n_refs == now->n_refs && old->locked == now->locked &&
	       !memcmp(old->regions, now->regions, sizeof(old->regions));
}

bool v_covers(struct vwalk *w, const struct vsaved *old)
{
	const struct vframe *f = vsaved_first(old);
	const struct vframe *now = w->now->frames;
	struct idmap ids;

	if (old->depth != w->now->depth || !holds_as_much(&old->held, &w->now->held))
		return false;
	for (uint32_t i = 0; i <= old->depth; i++, f = vsaved_next(f))
		if (!may_cover(f, &now[i]))
			return false;
	w->compared++;
	ids.n = 0;
	for (uint32_t i = 0; i < old->held.n_refs; i++)
		if (!ids_agree(&ids, old->held.refs[i], w->now->held.refs[i]))
			return false;
	f = vsaved_first(old);
	for (uint32_t i = 0; i <= old->depth; i++, f = vsaved_next(f))
		if (!frame_covers(f, &now[i], w->prog->funcs[f->func].slots_read, &ids))
			return false;
	return true;
}
