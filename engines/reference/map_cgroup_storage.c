// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF_MAP_TYPE_CGROUP_STORAGE and its per-CPU sister: kernel/bpf/local_storage.c. An element comes
 * into being when a program is attached to a cgroup, which no case does: there are none. What is
 * left is what counts for prog_arrays: which of these maps a program refers to.
 */
#include "prog.h"

#define CGROUP_KEY     16 /* sizeof(struct bpf_cgroup_storage_key): a u64 and a u32 */
#define PACKED_KEY     12
#define CREATE_FLAGS   (BPF_F_NUMA_NODE | ACCESS_FLAGS)
#define ACCESS_FLAGS   (BPF_F_RDONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY | BPF_F_WRONLY_PROG)
#define PROG_ACCESSES  (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define VALUE_SIZE_MAX 32768 /* KMALLOC_MAX_SIZE and PCPU_MIN_UNIT_SIZE: the latter */

static int storage_alloc_check(const struct map_attr *a)
{
	(void)a; /* all of it is checked by map_alloc, behind the other attributes */
	return 0;
}

/* cgroup_storage_map_alloc */
static int storage_alloc(struct ref *ref, struct map *map, const struct map_attr *a)
{
	uint32_t key_size = ref_quirk(ref, QUIRK_STORAGE_KEY_OF_12) ? PACKED_KEY : CGROUP_KEY;

	(void)map;
	if (a->key_size != key_size && a->key_size != sizeof(uint64_t))
		return -EINVAL;
	if (!a->value_size)
		return -EINVAL;
	if (a->value_size > VALUE_SIZE_MAX)
		return -E2BIG;
	if (a->map_flags & ~(uint32_t)CREATE_FLAGS ||
	    (a->map_flags & PROG_ACCESSES) == PROG_ACCESSES)
		return -EINVAL;
	return a->max_entries ? -EINVAL : 0;
}

static void storage_free(struct ref *ref, struct map *map)
{
	(void)ref;
	(void)map;
}

static int storage_lookup(struct ref *ref, struct map *map, const void *key, void *value)
{
	(void)ref;
	(void)map;
	(void)key;
	(void)value;
	return -ENOENT;
}

static int storage_update(struct ref *ref, struct map *map, const void *key, const void *value,
			  uint64_t flags)
{
	(void)ref;
	(void)map;
	(void)key;
	(void)value;
	return flags & ~(uint64_t)BPF_EXIST ? -EINVAL : -ENOENT;
}

static int storage_delete(struct ref *ref, struct map *map, const void *key)
{
	(void)ref;
	(void)map;
	(void)key;
	return -EINVAL;
}

static int storage_next_key(const struct map *map, const void *key, void *next)
{
	(void)map;
	(void)key;
	(void)next;
	return -ENOENT;
}

const struct map_ops cgroup_storage_map_ops = {
	.alloc_check = storage_alloc_check,
	.alloc = storage_alloc,
	.free = storage_free,
	.sys_lookup = storage_lookup,
	.update = storage_update,
	.delete = storage_delete,
	.next_key = storage_next_key,
};
