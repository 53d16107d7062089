// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "prog.h"

#include <string.h>

/* kernel/bpf/syscall.c bpf_map_get_info_by_fd. Any descriptor of the map will do. */
int ref_map_info(struct engine *e, int fd, struct engine_map_info *info)
{
	struct map *map;
	int err = fd_map(to_ref(e), fd, &map, NULL);

	if (err)
		return err == -EBADF ? -EBADFD : err; /* bpf_obj_get_info_by_fd's own word */
	*info = (struct engine_map_info){
		.type = map->type,
		.id = map->obj.id,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.map_flags = map->flags,
		.map_extra = map->map_extra,
		.btf_key_type_id = map->btf_key_type_id,
		.btf_value_type_id = map->btf_value_type_id,
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
		return err == -EBADF ? -EBADFD : err; /* bpf_obj_get_info_by_fd's own word */
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
