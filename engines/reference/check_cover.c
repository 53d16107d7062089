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

static bool frame_covers(const struct vframe *old, const struct vframe *now, struct idmap *ids)
{
	if (old->ret != now->ret)
		return false;
	for (int i = 0; i < N_REGS; i++)
		if (!reg_covers(&old->regs[i], &now->regs[i], ids))
			return false;
	for (int i = 0; i < N_SLOTS; i++)
		if (!slot_covers(&old->slots[i], &now->slots[i], ids))
			return false;
	return true;
}

bool v_covers(const struct vstate *old, const struct vstate *now)
{
	struct idmap ids;

	ids.n = 0;
	if (old->depth != now->depth || old->n_refs != now->n_refs || old->locked != now->locked)
		return false;
	for (uint32_t i = 0; i < old->n_refs; i++)
		if (!ids_agree(&ids, old->refs[i], now->refs[i]))
			return false;
	for (uint32_t i = 0; i <= now->depth; i++)
		if (!frame_covers(&old->frames[i], &now->frames[i], &ids))
			return false;
	return true;
}
