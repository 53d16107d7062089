// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The batch commands: kernel/bpf/syscall.c generic_map_*_batch, hashtab.c htab_map_*_batch. */
#include "map_cmds.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

#define BATCH_END 56 /* of union bpf_attr's batch */

bool map_has_next(const struct map *map, const void *key)
{
	void *next = xcalloc(1, map->key_size);
	bool has = !map->ops->next_key(map, key, next);

	free(next);
	return has;
}

static uint8_t *nth(void *base, size_t size, uint32_t n)
{
	return (uint8_t *)base + size * n;
}

static int batch_flags(const struct map *map, const struct engine_batch *b, uint64_t allowed)
{
	if (map->ops->hash_batch && b->flags)
		return -EINVAL;
	return map_flags_check(map, b->elem_flags, allowed);
}

/* The walk of generic_map_lookup_batch: @prev is the last key of the batch before, or NULL. */
static int lookup_walk(struct ref *ref, struct map *map, struct engine_batch *b, uint8_t *key,
		       uint8_t *prev, bool has_prev, uint32_t *done)
{
	int err = 0;

	while (*done < b->count) {
		err = map->ops->next_key(map, has_prev ? prev : NULL, key);
		if (err)
			return err;
		memcpy(prev, key, map->key_size);
		has_prev = true;
		err = map_copy_value(ref, map, key, nth(b->values, map->value_size, *done));
		if (err == -ENOENT) {
			err = 0;
			continue; /* an empty slot of an array */
		}
		if (err)
			return err;
		memcpy(nth(b->keys, map->key_size, *done), key, map->key_size);
		(*done)++;
	}
	return err;
}

/* generic_map_lookup_batch: the state between batches is the last key. */
static int generic_lookup(struct ref *ref, struct map *map, struct engine_batch *b)
{
	uint8_t *key, *prev;
	uint32_t done = 0;
	int err = batch_flags(map, b, BPF_F_LOCK | REF_F_CPU);

	if (err || !b->count)
		return err;
	key = xcalloc(2, map->key_size);
	prev = key + map->key_size;
	memcpy(prev, &b->batch, sizeof(b->batch)); /* arrays: keys are of this size */
	if (user_ptr_ok(b->keys) && user_ptr_ok(b->values))
		err = lookup_walk(ref, map, b, key, prev, !b->first, &done);
	else
		err = map_has_next(map, b->first ? NULL : prev) ? -EFAULT : -ENOENT;
	if (done)
		memcpy(&b->batch, prev, sizeof(b->batch));
	if (err != -EFAULT)
		b->count = done;
	free(key);
	return err;
}

/* The first key at or behind position @at, which is moved behind it. */
static bool hash_step(const struct map *map, uint32_t *at, uint8_t *key)
{
	uint8_t *prev = xcalloc(1, map->key_size);
	uint32_t i = 0;
	bool has = !map->ops->next_key(map, NULL, key);

	while (has && i++ < *at) {
		memcpy(prev, key, map->key_size);
		has = !map->ops->next_key(map, prev, key);
	}
	free(prev);
	return has;
}

/*
 * __htab_map_lookup_and_delete_batch: the state is the number of a bucket. Which elements share
 * one depends on a random seed, so here each has its own.
 */
static int hash_lookup_batch(struct ref *ref, struct map *map, struct engine_batch *b, bool take)
{
	uint32_t done = 0, at = b->first ? 0 : b->batch;
	uint8_t *key;
	int err = batch_flags(map, b, BPF_F_LOCK);

	if (err || !b->count)
		return err;
	if (!user_ptr_ok(b->keys) || !user_ptr_ok(b->values))
		return -EFAULT;
	key = xcalloc(1, map->key_size);
	while (done < b->count) {
		if (!hash_step(map, &at, key)) {
			err = -ENOENT;
			break;
		}
		map_copy_value(ref, map, key, nth(b->values, map->value_size, done));
		memcpy(nth(b->keys, map->key_size, done++), key, map->key_size);
		if (take)
			map->ops->delete (ref, map, key);
		else
			at++;
	}
	/* A batch that took the last element says so at once. */
	if (!err && !hash_step(map, &at, key))
		err = -ENOENT;
	b->batch = at;
	b->count = done;
	free(key);
	return err;
}

/* generic_map_update_batch, generic_map_delete_batch: up to the first that fails */
static int each_key(struct ref *ref, struct map *map, struct engine_batch *b)
{
	bool update = b->op == BPF_MAP_UPDATE_BATCH;
	uint32_t done = 0;
	uint64_t cpus = update ? REF_F_CPU | REF_F_ALL_CPUS : 0;
	int err = map_flags_check(map, b->elem_flags, BPF_F_LOCK | cpus);

	if (err || !b->count)
		return err;
	if (!user_ptr_ok(b->keys) || (update && !user_ptr_ok(b->values)))
		err = -EFAULT;
	for (; !err && done < b->count; done += !err) {
		const void *key = nth(b->keys, map->key_size, done);

		if (update)
			err = map->ops->update(ref, map, key, nth(b->values, map->value_size, done),
					       b->elem_flags);
		else
			err = map->ops->delete (ref, map, key);
	}
	b->count = done;
	return err;
}

static const struct {
	enum bpf_cmd op;
	unsigned int need;
	unsigned int batch;
} batch_cmds[] = {
	{ BPF_MAP_LOOKUP_BATCH, FILE_READ, MAP_BATCH_LOOKUP },
	{ BPF_MAP_LOOKUP_AND_DELETE_BATCH, FILE_READ | FILE_WRITE, MAP_BATCH_TAKE },
	{ BPF_MAP_UPDATE_BATCH, FILE_WRITE, MAP_BATCH_UPDATE },
	{ BPF_MAP_DELETE_BATCH, FILE_WRITE, MAP_BATCH_DELETE },
};

/* kernel/bpf/syscall.c bpf_map_do_batch */
int ref_map_batch(struct engine *e, struct engine_batch *b)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	size_t i = 0;
	int err;

	while (i < ARRAY_SIZE(batch_cmds) && batch_cmds[i].op != b->op)
		i++;
	if (i == ARRAY_SIZE(batch_cmds))
		return -EINVAL;
	if (ref_barred(ref))
		return -EPERM;
	err = b->stray_byte ? attr_stray_check(ref, b->stray_byte, BATCH_END) : 0;
	if (err)
		return err;
	err = map_open(ref, b->fd, batch_cmds[i].need, &map);
	if (err)
		return err;
	if (!(map->ops->batch & batch_cmds[i].batch) && !ref_mutant(ref, MUTANT_BATCH_WORKS))
		return ref_mutant(ref, MUTANT_BATCH_EINVAL) ? -EINVAL : -ENGINE_ENOTSUPP;
	if (!(batch_cmds[i].need & FILE_READ))
		return each_key(ref, map, b);
	if (map->ops->hash_batch)
		return hash_lookup_batch(ref, map, b, batch_cmds[i].need & FILE_WRITE);
	return generic_lookup(ref, map, b);
}
