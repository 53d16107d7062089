// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF_MAP_TYPE_HASH and PERCPU_HASH (on a machine with one processor): kernel/bpf/hashtab.c.
 * Elements are numbered and their memory is never given back before the map is, so a program's
 * pointer to a deleted value stays a pointer to a value.
 */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

#define HASH_FLAGS                                                                                 \
	(BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | \
	 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG | BPF_F_ZERO_SEED)
#define PROG_ACCESS (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define MAX_ELEM    (4194304U - 48U) /* KMALLOC_MAX_SIZE - sizeof(struct htab_elem) */

/* Numbers + 1, so that zeroed memory means none. */
struct hash_node {
	uint32_t next;
	bool used;
};

/* kernel/bpf/hashtab.c htab_map_alloc_check, for a root that may do everything */
int hash_alloc_check(const struct map_attr *a)
{
	bool percpu = a->map_type == BPF_MAP_TYPE_PERCPU_HASH;

	if (a->map_flags & ~HASH_FLAGS || (a->map_flags & PROG_ACCESS) == PROG_ACCESS)
		return -EINVAL;
	if (a->map_flags & BPF_F_NO_COMMON_LRU)
		return -EINVAL;
	if (percpu && a->map_flags & BPF_F_NUMA_NODE && a->numa_node != UINT32_MAX)
		return -EINVAL;
	if (!a->max_entries || !a->key_size || !a->value_size)
		return -EINVAL;
	if ((uint64_t)a->key_size + a->value_size >= MAX_ELEM)
		return -E2BIG;
	if (percpu && ALIGN_UP(a->value_size, 8U) > PERCPU_MAX_VALUE)
		return -E2BIG;
	/* htab_map_alloc: the number of buckets is the next power of two of a u32 */
	return a->max_entries > 1U << 31 ? -E2BIG : 0;
}

static uint32_t pow2_at_least(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

int hash_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	uint64_t n = a->max_entries;
	uint64_t each = a->key_size + ALIGN_UP((uint64_t)a->value_size, 8) + sizeof(*map->nodes);
	int err = map_room(ref, n * each);

	if (err)
		return err;
	map->n_buckets = pow2_at_least(a->max_entries);
	map->buckets = xcalloc(map->n_buckets, sizeof(*map->buckets));
	map->nodes = xcalloc(n, sizeof(*map->nodes));
	map->keys = xcalloc(n, a->key_size);
	map->stride = ALIGN_UP((size_t)a->value_size, 8);
	map->n_values = n;
	map->values = xcalloc(n, map->stride);
	return 0;
}

void hash_free(struct ref *ref, struct map *map)
{
	(void)ref;
	free(map->buckets);
	free(map->nodes);
	free(map->keys);
	free(map->values);
}

/* FNV-1a: which order GET_NEXT_KEY shows is the table's own affair. */
static uint32_t *bucket_of(const struct map *map, const void *key)
{
	const uint8_t *p = key;
	uint32_t h = 2166136261U;

	for (uint32_t i = 0; i < map->key_size; i++)
		h = (h ^ p[i]) * 16777619U;
	return &map->buckets[(h ^ h >> 15) & (map->n_buckets - 1)];
}

static uint8_t *key_of(const struct map *map, uint32_t number)
{
	return map->keys + (size_t)number * map->key_size;
}

/* The link that leads to the element with this key, or the 0 at the end of its chain. */
static uint32_t *link_to(const struct map *map, const void *key)
{
	uint32_t *link = bucket_of(map, key);

	while (*link && memcmp(key_of(map, *link - 1), key, map->key_size) != 0)
		link = &map->nodes[*link - 1].next;
	return link;
}

int64_t hash_find(const struct map *map, const void *key)
{
	return (int64_t)*link_to(map, key) - 1;
}

/* htab_map_update_elem: flags, then presence (check_flags), then room */
int hash_insert(struct map *map, const void *key, uint64_t flags, uint32_t *number)
{
	uint32_t *link, n;

	if ((flags & ~(uint64_t)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	link = link_to(map, key);
	if (*link && (flags & ~(uint64_t)BPF_F_LOCK) == BPF_NOEXIST)
		return -EEXIST;
	if (!*link && (flags & ~(uint64_t)BPF_F_LOCK) == BPF_EXIST)
		return -ENOENT;
	if (!*link) {
		if (map->free_node) {
			n = map->free_node;
			map->free_node = map->nodes[n - 1].next;
		} else if (map->n_nodes < map->max_entries) {
			n = ++map->n_nodes;
		} else {
			return -E2BIG;
		}
		map->nodes[n - 1] = (struct hash_node){ .used = true };
		memcpy(key_of(map, n - 1), key, map->key_size);
		*link = n;
	}
	*number = *link - 1;
	return 0;
}

int hash_remove(struct map *map, const void *key, uint32_t *number)
{
	uint32_t *link = link_to(map, key);
	uint32_t n = *link;

	if (!n)
		return -ENOENT;
	*link = map->nodes[n - 1].next;
	map->nodes[n - 1] = (struct hash_node){ .next = map->free_node };
	map->free_node = n;
	*number = n - 1;
	return 0;
}

/* htab_map_get_next_key: a key that is not there begins again. */
int hash_next_key(const struct map *map, const void *key, void *next)
{
	uint32_t i = key ? (uint32_t)(hash_find(map, key) + 1) : 0;

	while (i < map->n_nodes && !map->nodes[i].used)
		i++;
	if (i >= map->n_nodes)
		return -ENOENT;
	memcpy(next, key_of(map, i), map->key_size);
	return 0;
}

static void *hash_lookup(const struct map *map, const void *key)
{
	int64_t n = hash_find(map, key);

	return n < 0 ? NULL : map->values + (size_t)n * map->stride;
}

static int hash_update(struct ref *ref, struct map *map, const void *key, const void *value,
		       uint64_t flags)
{
	uint32_t n;
	int err = hash_insert(map, key, flags, &n);

	(void)ref;
	if (!err)
		memcpy(map->values + n * map->stride, value, map->value_size);
	return err;
}

static int hash_delete(struct ref *ref, struct map *map, const void *key)
{
	uint32_t n;

	(void)ref;
	return hash_remove(map, key, &n);
}

const struct map_ops hash_map_ops = {
	.alloc_check = hash_alloc_check,
	.alloc = hash_alloc,
	.free = hash_free,
	.lookup = hash_lookup,
	.update = hash_update,
	.delete = hash_delete,
	.next_key = hash_next_key,
	.can_take = true,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE | MAP_BATCH_TAKE | MAP_BATCH_DELETE,
	.hash_batch = true,
	.can_be_inner = true,
	.meta_equal = map_meta_equal,
};

const struct map_ops percpu_hash_map_ops = {
	.alloc_check = hash_alloc_check,
	.alloc = hash_alloc,
	.free = hash_free,
	.lookup = hash_lookup,
	.update = hash_update,
	.delete = hash_delete,
	.next_key = hash_next_key,
	.can_take = true,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE | MAP_BATCH_TAKE | MAP_BATCH_DELETE,
	.hash_batch = true,
	.can_be_inner = true,
	.meta_equal = map_meta_equal,
};
