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

static void slot_set(struct ref *ref, struct map *map, uint32_t index, struct prog *prog)
{
	struct prog *old = map->progs[index];

	map->progs[index] = prog;
	if (ref->runner->slot_changed)
		ref->runner->slot_changed(map, index);
	if (old)
		prog_put(ref, old);
}

/* kernel/bpf/arraymap.c prog_array_map_clear: what breaks the circle of a program and its array */
static void prog_array_release_uref(struct ref *ref, struct map *map)
{
	map_get(map);
	for (uint32_t i = 0; i < map->max_entries; i++)
		if (map->progs[i])
			slot_set(ref, map, i, NULL);
	map_put(ref, map);
}

static bool owner_flags_differ(const struct ref *ref, const struct map_owner *owner,
			       const struct prog *prog)
{
	uint32_t flags = OWNER_FLAGS;

	if (ref_quirk(ref, QUIRK_SLEEPABLE_UNCHECKED))
		flags &= ~(uint32_t)BPF_F_SLEEPABLE;
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

/*
 * kernel/bpf/core.c __bpf_prog_map_compatible. The first program that asks makes the rules, also
 * if its load fails later on, and they stay until the map goes.
 */
bool prog_array_compatible(const struct ref *ref, struct map *map, const struct prog *prog)
{
	struct map_owner *owner = &map->owner;

	if (!owner->set) {
		*owner = (struct map_owner){
			.set = true,
			.type = prog->type,
			.interpreted = prog->interpreted,
			.attach_type = prog->attach_type,
			.flags = prog->flags & OWNER_FLAGS,
			.attach_proto = prog->attach_proto,
		};
		memcpy(owner->storage, prog->storage, sizeof(owner->storage));
		return true;
	}
	if (owner->interpreted != prog->interpreted)
		return false;
	if (owner->type != prog->type || owner_flags_differ(ref, owner, prog))
		return false;
	if (owner->attach_type != prog->attach_type && !ref_quirk(ref, QUIRK_ATTACH_TYPE_UNCHECKED))
		return false;
	if (owner->attach_proto != prog->attach_proto &&
	    !ref_quirk(ref, QUIRK_ATTACH_FUNC_UNCHECKED))
		return false;
	return ref_quirk(ref, QUIRK_STORAGE_UNCHECKED) || owner_storage_fits(ref, owner, prog);
}

/* bpf_fd_array_map_lookup_elem: the id, not the descriptor */
static int prog_array_sys_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	uint32_t index = fd_array_slot(ref, map, map_u32(map, key)), id;

	if (index >= map->max_entries || !map->progs[index])
		return -ENOENT;
	id = map->progs[index]->obj.id;
	if (ref_mutant(ref, MUTANT_LOOKUP_GIVES_FD))
		id += 1000;
	map_put_u32(map, value, id);
	return 0;
}

/* bpf_fd_array_map_update_elem, prog_fd_array_get_ptr: flags, index, descriptor, owner */
static int prog_array_update(struct ref *ref, struct map *map, const void *key, const void *value,
			     uint64_t flags)
{
	uint32_t index = map_u32(map, key);
	struct prog *prog;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	err = fd_prog(ref, (int)map_u32(map, value), &prog);
	if (err)
		return err;
	if (!prog_array_compatible(ref, map, prog))
		return -EINVAL;
	prog_get(prog);
	slot_set(ref, map, index, prog);
	return 0;
}

/* __fd_array_map_delete_elem */
static int prog_array_delete(struct ref *ref, struct map *map, const void *key)
{
	uint32_t index = map_u32(map, key);

	if (index >= map->max_entries)
		return -E2BIG;
	if (!map->progs[index])
		return ref_mutant(ref, MUTANT_DELETE_EMPTY_OK) ? 0 : -ENOENT;
	slot_set(ref, map, index, NULL);
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
