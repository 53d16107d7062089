// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_TYPE_ARRAY and PERCPU_ARRAY (on a machine with one processor): kernel/bpf/arraymap.c */
#include "map.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

#define ARRAY_FLAGS                                                                           \
	(BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | \
	 BPF_F_WRONLY_PROG | BPF_F_PRESERVE_ELEMS | BPF_F_INNER_MAP)
#define PROG_ACCESS (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

/* kernel/bpf/arraymap.c array_map_alloc_check */
int array_alloc_check(const struct map_attr *a)
{
	bool percpu = a->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;

	if (!a->max_entries || a->key_size != 4 || !a->value_size || a->map_flags & ~ARRAY_FLAGS ||
	    (a->map_flags & PROG_ACCESS) == PROG_ACCESS)
		return -EINVAL;
	if (percpu && a->map_flags & BPF_F_NUMA_NODE && a->numa_node != UINT32_MAX)
		return -EINVAL;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP))
		return -EINVAL;
	if (a->map_flags & BPF_F_PRESERVE_ELEMS)
		return -EINVAL;
	if (a->value_size > INT_MAX)
		return -E2BIG;
	if (percpu && ALIGN_UP(a->value_size, 8U) > PERCPU_MAX_VALUE)
		return -E2BIG;
	return 0;
}

/* kernel/bpf/arraymap.c fd_array_map_alloc_check: values are descriptors, programs see none */
int fd_array_alloc_check(const struct map_attr *a)
{
	if (a->value_size != 4 || a->map_flags & PROG_ACCESS)
		return -EINVAL;
	return array_alloc_check(a);
}

int array_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	int err;

	map->stride = ALIGN_UP((size_t)a->value_size, 8);
	map->n_values = a->max_entries;
	err = map_room(ref, map->stride * map->n_values);
	if (err)
		return err;
	map->values = calloc(map->n_values, map->stride);
	return map->values ? 0 : -ENOMEM;
}

void array_free(struct ref *ref, struct map *map)
{
	(void)ref;
	free(map->values);
}

static void *array_lookup(const struct map *map, const void *key)
{
	uint32_t index = map_u32(map, key);

	return index < map->max_entries ? map->values + index * map->stride : NULL;
}

/* kernel/bpf/arraymap.c array_map_update_elem */
static int array_update(struct ref *ref, struct map *map, const void *key, const void *value,
			uint64_t flags)
{
	uint64_t known = BPF_F_LOCK;

	/* Of newer kernels, in whose upper half a processor's number is. */
	if (!ref_quirk(ref, QUIRK_NO_CPU_FLAGS))
		known |= REF_F_CPU | REF_F_ALL_CPUS | ~(uint64_t)UINT32_MAX;
	if ((flags & ~known) > BPF_EXIST)
		return -EINVAL;
	if (map_u32(map, key) >= map->max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	memcpy(array_lookup(map, key), value, map->value_size);
	return 0;
}

static int array_delete(struct ref *ref, struct map *map, const void *key)
{
	(void)ref;
	(void)map;
	(void)key;
	return -EINVAL;
}

/* kernel/bpf/arraymap.c bpf_array_get_next_key */
int array_next_key(const struct map *map, const void *key, void *next)
{
	uint32_t index = key ? map_u32(map, key) : UINT32_MAX;

	if (index == map->max_entries - 1)
		return -ENOENT;
	index = index >= map->max_entries ? 0 : index + 1;
	map_put_u32(map, next, index);
	return 0;
}

/* include/linux/bpf.h bpf_map_meta_equal: kernel/bpf/map_in_map.c */
bool map_meta_equal(const struct map *meta, const struct map *map)
{
	return meta->type == map->type && meta->key_size == map->key_size &&
	       meta->value_size == map->value_size && meta->flags == map->flags;
}

/* kernel/bpf/arraymap.c array_map_meta_equal */
static bool array_meta_equal(const struct map *meta, const struct map *map)
{
	return map_meta_equal(meta, map) &&
	       (meta->flags & BPF_F_INNER_MAP || meta->max_entries == map->max_entries);
}

const struct map_ops array_map_ops = {
	.alloc_check = array_alloc_check,
	.alloc = array_alloc,
	.free = array_free,
	.lookup = array_lookup,
	.update = array_update,
	.delete = array_delete,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
	.mmap = true,
	.direct_value = true,
	.can_be_inner = true,
	.meta_equal = array_meta_equal,
};

const struct map_ops percpu_array_map_ops = {
	.alloc_check = array_alloc_check,
	.alloc = array_alloc,
	.free = array_free,
	.lookup = array_lookup,
	.update = array_update,
	.delete = array_delete,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
	.can_be_inner = true,
	.meta_equal = array_meta_equal,
};
