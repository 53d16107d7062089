// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_TYPE_PROG_ARRAY: kernel/bpf/arraymap.c (prog_array_map_ops), core.c (who may be in one)
 */
#include "prog.h"

#include <stdlib.h>
#include <string.h>

#define OWNER_FLAGS (BPF_F_SLEEPABLE | BPF_F_XDP_HAS_FRAGS)

static uint32_t u32_at(const void *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

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
			.attach_type = prog->attach_type,
			.flags = prog->flags & OWNER_FLAGS,
		};
		return true;
	}
	if (owner->type != prog->type || owner->flags != (prog->flags & OWNER_FLAGS))
		return false;
	return owner->attach_type == prog->attach_type ||
	       ref_quirk(ref, QUIRK_ATTACH_TYPE_UNCHECKED);
}

/* bpf_fd_array_map_lookup_elem: the id, not the descriptor */
static int prog_array_sys_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	uint32_t index = u32_at(key), id;

	if (index >= map->max_entries || !map->progs[index])
		return -ENOENT;
	id = map->progs[index]->obj.id;
	if (ref_mutant(ref, MUTANT_LOOKUP_GIVES_FD))
		id += 1000;
	memcpy(value, &id, sizeof(id));
	return 0;
}

/* bpf_fd_array_map_update_elem, prog_fd_array_get_ptr: flags, index, descriptor, owner */
static int prog_array_update(struct ref *ref, struct map *map, const void *key, const void *value,
			     uint64_t flags)
{
	uint32_t index = u32_at(key);
	struct prog *prog;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	err = fd_prog(ref, (int)u32_at(value), &prog);
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
	uint32_t index = u32_at(key);

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
