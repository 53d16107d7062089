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

/* bpf_obj_get_info_by_fd's own word */
static int info_error(const struct ref *ref, int err)
{
	return err == -EBADF && !ref_mutant(ref, MUTANT_INFO_EBADF) ? -EBADFD : err;
}

/* kernel/bpf/syscall.c bpf_map_get_info_by_fd. Any descriptor of the map will do. */
int ref_map_info(struct engine *e, int fd, struct engine_map_info *info)
{
	struct map *map;
	int err = ref_barred(to_ref(e)) ? -EPERM : fd_map(to_ref(e), fd, &map, NULL);

	if (err)
		return info_error(to_ref(e), err);
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

/* struct bpf_map_info of 7.x, as far as bpf_map_get_info_by_fd looks at what is passed in. */
struct raw_map_info {
	uint32_t type, id, key_size, value_size, max_entries, map_flags;
	char name[16];
	uint32_t ifindex, btf_vmlinux_value_type_id;
	uint64_t netns_dev, netns_ino;
	uint32_t btf_id, btf_key_type_id, btf_value_type_id, btf_vmlinux_id;
	uint64_t map_extra, hash;
	uint32_t hash_size;
};

#define INFO_END	 100 /* behind hash_size */
#define INFO_END_PADDED	 sizeof(struct raw_map_info)
#define INFO_END_NO_HASH 88
#define INFO_END_SHORT	 80

static size_t info_end(const struct ref *ref)
{
	if (ref_quirk(ref, QUIRK_SHORT_MAP_INFO))
		return INFO_END_SHORT;
	if (ref_quirk(ref, QUIRK_INFO_CLEARED))
		return INFO_END_NO_HASH;
	return ref_quirk(ref, QUIRK_LONG_MAP_INFO) ? INFO_END_PADDED : INFO_END;
}

/* From this machine's byte order into the other one, and back. */
static void info_change_order(struct raw_map_info *raw)
{
	uint32_t *const words[] = {
		&raw->type,
		&raw->id,
		&raw->key_size,
		&raw->value_size,
		&raw->max_entries,
		&raw->map_flags,
		&raw->ifindex,
		&raw->btf_vmlinux_value_type_id,
		&raw->btf_id,
		&raw->btf_key_type_id,
		&raw->btf_value_type_id,
		&raw->btf_vmlinux_id,
		&raw->hash_size,
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		*words[i] = __builtin_bswap32(*words[i]);
	raw->netns_dev = __builtin_bswap64(raw->netns_dev);
	raw->netns_ino = __builtin_bswap64(raw->netns_ino);
	raw->map_extra = __builtin_bswap64(raw->map_extra);
	raw->hash = __builtin_bswap64(raw->hash);
}

/* kernel/bpf/syscall.c bpf_check_uarg_tail_zero */
static int info_check(const struct ref *ref, const uint8_t *info, uint32_t len, size_t end)
{
	if (len > ref_page(ref))
		return -E2BIG;
	for (size_t i = end; i < len; i++)
		if (info[i])
			return -E2BIG;
	return 0;
}

/*
 * The same with a buffer of the caller's. What is in it stays where a map has nothing to say: its
 * device, and types that it was not given.
 */
int ref_map_info_raw(struct engine *e, int fd, void *info, uint32_t len)
{
	struct ref *ref = to_ref(e);
	struct raw_map_info raw = { 0 };
	size_t end = info_end(ref);
	const struct map *map;
	struct map *found;
	int err = ref_barred(ref) ? -EPERM : fd_map(ref, fd, &found, NULL);

	if (err)
		return info_error(ref, err);
	map = found;
	err = info_check(ref, info, len, end);
	if (err)
		return err;
	if (len > end)
		len = (uint32_t)end;
	if (!ref_quirk(ref, QUIRK_INFO_CLEARED))
		memcpy(&raw, info, len);
	if (ref->engine.big_endian)
		info_change_order(&raw);
	if (raw.hash || raw.hash_size) /* this type has none to give */
		return -EINVAL;
	raw.type = map->type;
	raw.id = map->obj.id;
	raw.key_size = map->key_size;
	raw.value_size = map->value_size;
	raw.max_entries = map->max_entries;
	raw.map_flags = map->flags;
	raw.map_extra = map->map_extra;
	raw.btf_vmlinux_value_type_id = 0;
	memcpy(raw.name, map->name, sizeof(raw.name));
	if (map->btf_value_type_id) {
		raw.btf_key_type_id = map->btf_key_type_id;
		raw.btf_value_type_id = map->btf_value_type_id;
	}
	if (ref->engine.big_endian)
		info_change_order(&raw);
	memcpy(info, &raw, len);
	return 0;
}

/* kernel/bpf/syscall.c bpf_prog_get_info_by_fd */
int ref_prog_info(struct engine *e, int fd, struct engine_prog_info *info)
{
	struct prog *prog;
	struct ref *ref = to_ref(e);
	int err = ref_barred(ref) ? -EPERM : fd_prog(ref, fd, &prog);
	bool all = ref->caps != ENGINE_CAPS_NONE; /* code is for those with CAP_BPF */

	if (err)
		return info_error(ref, err);
	*info = (struct engine_prog_info){
		.type = prog->is_ext ? BPF_PROG_TYPE_EXT : prog->type,
		.id = prog->obj.id,
		.jited_len = all ? prog->jited_len : 0,
		.xlated_len = all ? prog->n_insns * (uint32_t)sizeof(struct bpf_insn) : 0,
		.nr_map_ids = prog->n_maps,
	};
	memcpy(info->name, prog->name, sizeof(info->name));
	return 0;
}
