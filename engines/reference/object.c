// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "prog.h"

#include <stdlib.h>

void obj_add(struct ref *ref, struct obj *obj, enum obj_kind kind)
{
	obj->kind = kind;
	/* Ids are handed out in a circle of 2^31 (kernel/bpf/syscall.c, idr_alloc_cyclic). */
	obj->id = ++ref->last_id[kind];
	obj->next = ref->objs[kind];
	ref->objs[kind] = obj;
}

static void obj_remove(struct ref *ref, const struct obj *obj)
{
	struct obj **link = &ref->objs[obj->kind];

	while (*link != obj)
		link = &(*link)->next;
	*link = obj->next;
}

struct obj *obj_by_id(struct ref *ref, enum obj_kind kind, uint32_t id)
{
	struct obj *obj = ref->objs[kind];

	while (obj && obj->id != id)
		obj = obj->next;
	return obj;
}

void map_get(struct map *map)
{
	map->obj.refcnt++;
}

void map_get_uref(struct map *map)
{
	map->usercnt++;
	map_get(map);
}

void map_put(struct ref *ref, struct map *map)
{
	if (--map->obj.refcnt)
		return;
	obj_remove(ref, &map->obj);
	map->ops->free(ref, map);
	free(map);
}

/*
 * kernel/bpf/syscall.c bpf_map_put_with_uref. The kernel empties a prog_array from a work queue;
 * doing it here and now is one of the orders of events that it may show.
 */
void map_put_uref(struct ref *ref, struct map *map)
{
	if ((!--map->usercnt || ref_mutant(ref, MUTANT_SLOTS_CLEARED_EARLY)) &&
	    map->ops->release_uref)
		map->ops->release_uref(ref, map);
	map_put(ref, map);
}

void prog_get(struct prog *prog)
{
	prog->obj.refcnt++;
}

void prog_put(struct ref *ref, struct prog *prog)
{
	if (--prog->obj.refcnt)
		return;
	obj_remove(ref, &prog->obj);
	prog_free(ref, prog);
}
