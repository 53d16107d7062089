// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_TYPE_ARRAY_OF_MAPS and HASH_OF_MAPS: kernel/bpf/map_in_map.c, arraymap.c, hashtab.c */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

/* kernel/bpf/map_in_map.c bpf_map_meta_alloc: what later maps are compared with */
static int meta_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	struct map *inner;
	int err = fd_map(ref, (int)a->inner_map_fd, &inner, NULL);

	if (err)
		return err;
	if (inner->ops->of_maps)
		return -EINVAL;
	if (!inner->ops->can_be_inner)
		return -ENGINE_ENOTSUPP;
	map->inner = xcalloc(1, sizeof(*map->inner));
	*map->inner = (struct map){
		.ops = inner->ops,
		.type = inner->type,
		.key_size = inner->key_size,
		.value_size = inner->value_size,
		.flags = inner->flags,
		.max_entries = inner->max_entries,
	};
	return 0;
}

/* kernel/bpf/map_in_map.c bpf_map_fd_get_ptr; takes a reference that is not a user's */
static int inner_get(const struct ref *ref, const struct map *map, const void *value,
		     struct map **inner)
{
	int err = fd_map(ref, (int)map_u32(map, value), inner, NULL);

	if (err)
		return err;
	if ((*inner)->type != map->inner->type || !map->inner->ops->meta_equal(map->inner, *inner))
		return -EINVAL;
	map_get(*inner);
	return 0;
}

static void inner_set(struct ref *ref, struct map *map, uint32_t n, struct map *inner)
{
	struct map *old = map->maps[n];

	map->maps[n] = inner;
	if (old)
		map_put(ref, old);
}

static int inner_id(const struct map *map, int64_t n, void *value)
{
	if (n < 0 || !map->maps[n])
		return -ENOENT;
	map_put_u32(map, value, map->maps[n]->obj.id);
	return 0;
}

static void of_maps_free(struct ref *ref, struct map *map)
{
	for (size_t i = 0; i < map->n_values; i++)
		if (map->maps[i])
			map_put(ref, map->maps[i]);
	free(map->maps);
	free(map->inner);
}

static int64_t array_number(const struct map *map, const void *key)
{
	uint32_t index = map_u32(map, key);

	return index < map->max_entries ? (int64_t)index : -1;
}

static int array_of_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	int err = meta_alloc(ref, map, a);

	if (err)
		return err;
	err = map_room(ref, a->max_entries * sizeof(struct map *));
	if (err) {
		free(map->inner);
		return err;
	}
	map->n_values = a->max_entries;
	map->maps = xcalloc(map->n_values, sizeof(struct map *));
	return 0;
}

static void *array_of_lookup(const struct map *map, const void *key)
{
	int64_t n = array_number(map, key);

	return n < 0 ? NULL : map->maps[n];
}

static int array_of_sys_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	uint32_t n = fd_array_slot(ref, map, map_u32(map, key));

	return inner_id(map, n < map->max_entries ? (int64_t)n : -1, value);
}

/* kernel/bpf/arraymap.c bpf_fd_array_map_update_elem */
static int array_of_update(struct ref *ref, struct map *map, const void *key, const void *value,
			   uint64_t flags)
{
	int64_t n = array_number(map, key);
	struct map *inner;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (n < 0)
		return -E2BIG;
	err = inner_get(ref, map, value, &inner);
	if (!err)
		inner_set(ref, map, (uint32_t)n, inner);
	return err;
}

static int array_of_delete(struct ref *ref, struct map *map, const void *key)
{
	int64_t n = array_number(map, key);

	if (n < 0)
		return -E2BIG;
	if (!map->maps[n])
		return -ENOENT;
	inner_set(ref, map, (uint32_t)n, NULL);
	return 0;
}

/* kernel/bpf/hashtab.c fd_htab_map_alloc_check */
static int hash_of_alloc_check(const struct map_attr *a)
{
	return a->value_size == 4 ? hash_alloc_check(a) : -EINVAL;
}

static int hash_of_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	int err = meta_alloc(ref, map, a);

	if (err)
		return err;
	err = hash_alloc(ref, map, a);
	if (err)
		free(map->inner);
	else
		map->maps = xcalloc(map->n_values, sizeof(struct map *));
	return err;
}

static void hash_of_free(struct ref *ref, struct map *map)
{
	of_maps_free(ref, map);
	hash_free(ref, map);
}

static void *hash_of_lookup(const struct map *map, const void *key)
{
	int64_t n = hash_find(map, key);

	return n < 0 ? NULL : map->maps[n];
}

static int hash_of_sys_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	(void)ref;
	return inner_id(map, hash_find(map, key), value);
}

/* kernel/bpf/hashtab.c bpf_fd_htab_map_update_elem: the descriptor first */
static int hash_of_update(struct ref *ref, struct map *map, const void *key, const void *value,
			  uint64_t flags)
{
	struct map *inner;
	uint32_t n;
	int err = inner_get(ref, map, value, &inner);

	if (err)
		return err;
	err = hash_insert(map, key, flags, &n);
	if (err)
		map_put(ref, inner);
	else
		inner_set(ref, map, n, inner);
	return err;
}

static int hash_of_delete(struct ref *ref, struct map *map, const void *key)
{
	uint32_t n;
	int err = hash_remove(map, key, &n);

	if (!err)
		inner_set(ref, map, n, NULL);
	return err;
}

const struct map_ops array_of_maps_ops = {
	.alloc_check = fd_array_alloc_check,
	.alloc = array_of_alloc,
	.free = of_maps_free,
	.lookup = array_of_lookup,
	.sys_lookup = array_of_sys_lookup,
	.update = array_of_update,
	.delete = array_of_delete,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
	.of_maps = true,
};

const struct map_ops hash_of_maps_ops = {
	.alloc_check = hash_of_alloc_check,
	.alloc = hash_of_alloc,
	.free = hash_of_free,
	.lookup = hash_of_lookup,
	.sys_lookup = hash_of_sys_lookup,
	.update = hash_of_update,
	.delete = hash_of_delete,
	.next_key = hash_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE | MAP_BATCH_TAKE | MAP_BATCH_DELETE,
	.hash_batch = true,
	.of_maps = true,
};
