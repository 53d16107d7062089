// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "prog.h"

#include <string.h>

/* kernel/bpf/syscall.c bpf_obj_get_next_id. The list is in no order, and empty when it matters. */
static int next_id(const struct ref *ref, enum obj_kind kind, uint32_t start, uint32_t *next)
{
	const struct obj *best = NULL;

	for (const struct obj *obj = ref->objs[kind]; obj; obj = obj->next)
		if (obj->id > start && (!best || obj->id < best->id))
			best = obj;
	if (!best)
		return -ENOENT;
	*next = best->id;
	return 0;
}

int ref_map_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	return next_id(to_ref(e), OBJ_MAP, start, next);
}

int ref_prog_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	return next_id(to_ref(e), OBJ_PROG, start, next);
}

/* kernel/bpf/syscall.c bpf_map_get_info_by_fd. Any descriptor of the map will do. */
int ref_map_info(struct engine *e, int fd, struct engine_map_info *info)
{
	struct map *map;
	int err = fd_map(to_ref(e), fd, &map, NULL);

	if (err)
		return err;
	*info = (struct engine_map_info){
		.type = map->type,
		.id = map->obj.id,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.map_flags = map->flags,
		.map_extra = map->map_extra,
	};
	memcpy(info->name, map->name, sizeof(info->name));
	return 0;
}

/* kernel/bpf/syscall.c bpf_prog_get_info_by_fd */
int ref_prog_info(struct engine *e, int fd, struct engine_prog_info *info)
{
	struct prog *prog;
	int err = fd_prog(to_ref(e), fd, &prog);

	if (err)
		return err;
	*info = (struct engine_prog_info){
		.type = prog->type,
		.id = prog->obj.id,
		.jited_len = prog->jited_len,
		.xlated_len = prog->n_insns * (uint32_t)sizeof(struct bpf_insn),
		.nr_map_ids = prog->n_maps,
	};
	memcpy(info->name, prog->name, sizeof(info->name));
	return 0;
}
