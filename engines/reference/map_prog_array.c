// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_TYPE_PROG_ARRAY: kernel/bpf/arraymap.c (prog_array_map_ops), core.c (who may be in one)
 */
#include "prog.h"

#include <stdlib.h>
#include <string.h>

#define OWNER_FLAGS (BPF_F_SLEEPABLE | BPF_F_XDP_HAS_FRAGS)

static int prog_array_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	int err = map_room(ref, a->max_entries * sizeof(struct prog *));

	if (err)
		return err;
	map->progs = calloc(a->max_entries, sizeof(struct prog *));
	return map->progs ? 0 : -ENOMEM;
}

static void prog_array_free(struct ref *ref, struct map *map)
{
	(void)ref;
	free(map->progs); /* empty: the last user's going emptied it */
}

static bool change_missed(const struct ref *ref, const struct prog *old, const struct prog *now)
{
	if (!old)
		return ref_mutant(ref, MUTANT_JIT_STALE_FILL);
	return ref_mutant(ref, now ? MUTANT_JIT_STALE_REPLACE : MUTANT_JIT_STALE_DELETE);
}

static void slot_set(struct ref *ref, struct map *map, uint32_t index, struct prog *prog)
{
	struct prog *old = map->progs[index];

	if (prog)
		prog->n_slots++;
	if (old)
		old->n_slots--;
	map->progs[index] = prog;
	if (ref->runner->slot_changed && !change_missed(ref, old, prog))
		ref->runner->slot_changed(ref, map, index);
	if (old)
		prog_put(ref, old);
}

/* kernel/bpf/arraymap.c prog_array_map_clear: what breaks the circle of a program and its array */
static void prog_array_release_uref(struct ref *ref, struct map *map)
{
	map_get(map);
	for (uint32_t i = 0; i < map->max_entries; i++)
		if (map->progs[i] && !ref_mutant(ref, MUTANT_SLOTS_NOT_CLEARED))
			slot_set(ref, map, i, NULL);
	map_put(ref, map);
}

static bool owner_flags_differ(const struct ref *ref, const struct map_owner *owner,
			       const struct prog *prog)
{
	uint32_t flags = OWNER_FLAGS;

	if (ref_quirk(ref, QUIRK_SLEEPABLE_UNCHECKED))
		flags &= ~(uint32_t)BPF_F_SLEEPABLE;
	if (ref_mutant(ref, MUTANT_OWNER_FLAGS_IGNORED))
		flags = 0;
	return (owner->flags ^ prog->flags) & flags;
}

/*
 * A program runs on the storage of the one that was attached. So it needs to be the same, or none;
 * and none is a lie for a program that calls on, since who comes next may need it.
 */
static bool owner_storage_fits(const struct ref *ref, const struct map_owner *owner,
			       const struct prog *prog)
{
	bool calls = prog->has_tail_call && !ref_quirk(ref, QUIRK_STORAGE_LOST_BETWEEN);

	for (int i = 0; i < N_STORAGE_TYPES; i++)
		if (owner->storage[i] != prog->storage[i] && (prog->storage[i] || calls))
			return false;
	return true;
}

/* kernel/bpf: resolve_prog_type() */
static uint32_t owner_type(const struct ref *ref, const struct prog *prog)
{
	return prog->is_ext && ref_quirk(ref, QUIRK_EXT_OWN_TYPE) ? BPF_PROG_TYPE_EXT : prog->type;
}

/*
 * kernel/bpf/core.c __bpf_prog_map_compatible. The first program that asks makes the rules, also
 * if its load fails later on, and they stay until the map goes.
 */
bool prog_array_compatible(const struct ref *ref, struct map *map, const struct prog *prog)
{
	struct map_owner *owner = &map->owner;
	uint32_t type = owner_type(ref, prog);

	if (!owner->set || ref_mutant(ref, MUTANT_OWNER_OPEN) ||
	    (owner->type == type && ref_mutant(ref, MUTANT_OWNER_LAST))) {
		*owner = (struct map_owner){
			.set = true,
			.type = type,
			.interpreted = prog->interpreted,
			.attach_type = prog->attach_type,
			.flags = prog->flags & OWNER_FLAGS,
			.attach_proto = prog->attach_proto,
		};
		memcpy(owner->storage, prog->storage, sizeof(owner->storage));
		return true;
	}
	if (owner->interpreted != prog->interpreted && !ref_mutant(ref, MUTANT_OWNER_JIT_IGNORED))
		return false;
	if (owner->type != type && !ref_mutant(ref, MUTANT_OWNER_TYPE_IGNORED))
		return false;
	if (owner_flags_differ(ref, owner, prog))
		return false;
	if (owner->attach_type != prog->attach_type &&
	    !ref_quirk(ref, QUIRK_ATTACH_TYPE_UNCHECKED) &&
	    !ref_mutant(ref, MUTANT_OWNER_ATTACH_IGNORED))
		return false;
	if (owner->attach_proto != prog->attach_proto &&
	    !ref_quirk(ref, QUIRK_ATTACH_FUNC_UNCHECKED) &&
	    !ref_mutant(ref, MUTANT_OWNER_PROTO_IGNORED))
		return false;
	return ref_quirk(ref, QUIRK_STORAGE_UNCHECKED) ||
	       ref_mutant(ref, MUTANT_OWNER_STORAGE_IGNORED) ||
	       owner_storage_fits(ref, owner, prog);
}

/* bpf_fd_array_map_lookup_elem: the id, not the descriptor */
static int prog_array_sys_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	uint32_t index = fd_array_slot(ref, map, map_u32(map, key)), id;

	if (index >= map->max_entries)
		return ref_mutant(ref, MUTANT_LOOKUP_RANGE_E2BIG) ? -E2BIG : -ENOENT;
	if (!map->progs[index] && !ref_mutant(ref, MUTANT_LOOKUP_EMPTY_ZERO))
		return -ENOENT;
	id = map->progs[index] ? map->progs[index]->obj.id : 0;
	if (ref_mutant(ref, MUTANT_LOOKUP_GIVES_FD))
		id += 1000;
	map_put_u32(map, value, id);
	return 0;
}

/* Are flags that an update should not know passed over, for now or for good? */
static bool flags_taken(const struct ref *ref, uint64_t flags, bool range_comes_first)
{
	return ref_mutant(ref, MUTANT_UPDATE_FLAGS_IGNORED) ||
	       (flags == BPF_NOEXIST && ref_mutant(ref, MUTANT_UPDATE_NOEXIST_TAKEN)) ||
	       (flags == BPF_EXIST && ref_mutant(ref, MUTANT_UPDATE_EXIST_TAKEN)) ||
	       (range_comes_first && ref_mutant(ref, MUTANT_UPDATE_FLAGS_LATE));
}

static int update_prog(struct ref *ref, uint32_t fd, struct prog **prog)
{
	struct obj *by_id = obj_by_id(ref, OBJ_PROG, fd);
	int err = fd_prog(ref, (int)fd, prog);

	if (ref_mutant(ref, MUTANT_UPDATE_BY_ID) && err && by_id) {
		*prog = to_prog(by_id);
		return 0;
	}
	if (err == -EBADF && ref_mutant(ref, MUTANT_UPDATE_CLOSED_EINVAL))
		return -EINVAL;
	return err == -EINVAL && ref_mutant(ref, MUTANT_UPDATE_MAP_EBADF) ? -EBADF : err;
}

/* 0: go on; 1: that was it */
static int update_spoilt(const struct ref *ref, const struct prog *old, uint64_t flags)
{
	if (old && flags == BPF_NOEXIST && ref_mutant(ref, MUTANT_UPDATE_NOEXIST_TAKEN))
		return -EEXIST;
	if (!old && flags == BPF_EXIST && ref_mutant(ref, MUTANT_UPDATE_EXIST_TAKEN))
		return -ENOENT;
	if (old && ref_mutant(ref, MUTANT_UPDATE_OCCUPIED_EBUSY))
		return -EBUSY;
	return old && ref_mutant(ref, MUTANT_UPDATE_OLD_KEPT);
}

/* bpf_fd_array_map_update_elem, prog_fd_array_get_ptr: flags, index, descriptor, owner */
static int prog_array_update(struct ref *ref, struct map *map, const void *key, const void *value,
			     uint64_t flags)
{
	uint32_t index = map_u32(map, key);
	struct map_owner before = map->owner;
	struct prog *prog;
	int err;

	if (flags != BPF_ANY && !flags_taken(ref, flags, index >= map->max_entries))
		return -EINVAL;
	err = update_prog(ref, map_u32(map, value), &prog);
	if (index >= map->max_entries && !(err && ref_mutant(ref, MUTANT_UPDATE_RANGE_LATE)))
		return ref_mutant(ref, MUTANT_UPDATE_RANGE_EINVAL) ? -EINVAL : -E2BIG;
	if (err)
		return err;
	err = update_spoilt(ref, map->progs[index], flags);
	if (err)
		return err < 0 ? err : 0;
	if (prog->is_ext && !ref_quirk(ref, QUIRK_EXT_IN_SLOTS))
		return -EINVAL;
	if (prog->on_device) /* nobody looks which device the caller is on */
		return -EINVAL;
	if (!prog_array_compatible(ref, map, prog))
		return ref_mutant(ref, MUTANT_UPDATE_UNFIT_EPERM) ? -EPERM : -EINVAL;
	if (prog->replaced_by && !ref_quirk(ref, QUIRK_EXT_IN_SLOTS))
		return -EBUSY;
	if (ref_mutant(ref, MUTANT_OWNER_NOT_BY_UPDATE))
		map->owner = before;
	prog_get(prog);
	slot_set(ref, map, index, prog);
	return 0;
}

static bool is_empty(const struct map *map)
{
	for (uint32_t i = 0; i < map->max_entries; i++)
		if (map->progs[i])
			return false;
	return true;
}

/* __fd_array_map_delete_elem */
static int prog_array_delete(struct ref *ref, struct map *map, const void *key)
{
	uint32_t index = map_u32(map, key);

	if (index >= map->max_entries)
		return ref_mutant(ref, MUTANT_DELETE_RANGE_ENOENT) ? -ENOENT : -E2BIG;
	if (ref_mutant(ref, MUTANT_DELETE_EINVAL))
		return -EINVAL;
	if (!map->progs[index])
		return ref_mutant(ref, MUTANT_DELETE_EMPTY_OK) ? 0 : -ENOENT;
	if (ref_mutant(ref, MUTANT_DELETE_IGNORED))
		return 0;
	slot_set(ref, map, index, NULL);
	if (ref_mutant(ref, MUTANT_OWNER_FORGOTTEN) && is_empty(map))
		map->owner.set = false;
	return 0;
}

const struct map_ops prog_array_map_ops = {
	.alloc_check = fd_array_alloc_check,
	.alloc = prog_array_alloc,
	.free = prog_array_free,
	.release_uref = prog_array_release_uref,
	.sys_lookup = prog_array_sys_lookup,
	.update = prog_array_update,
	.delete = prog_array_delete,
	.next_key = array_next_key,
};
