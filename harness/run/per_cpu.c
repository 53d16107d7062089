// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Values of per-CPU maps. bpf(2) moves one for every processor that there may be; which of them a
 * run has changed, and how many there are, is the machine's affair. What does not depend on it is
 * their sum, and that is what a lookup gives and what an update sets.
 */
#include <string.h>

#include "state.h"

/* linux/types.h: every processor's value begins at a multiple of 8 */
static size_t stride_of(const struct object *map)
{
	return ((size_t)map->value_size + 7) / 8 * 8;
}

bool per_cpu(const struct object *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	default:
		return false;
	}
}

size_t value_bytes(const struct run_state *r, const struct object *map)
{
	return per_cpu(map) ? stride_of(map) * r->e->n_cpus : map->value_size;
}

void *make_value(struct run_state *r, const struct bytes_arg *b, const struct object *map)
{
	void *one = make_bytes(r, b, map->value_size), *all;

	if (!per_cpu(map) || !one || one == ENGINE_BAD_PTR)
		return one;
	all = arena_zalloc(r->memory, 1, value_bytes(r, map) + MIN_BUFFER);
	memcpy(all, one, map->value_size);
	return all;
}

/* Numbers are added up as numbers, longer values word by word, others byte by byte. */
static size_t unit_of(size_t size)
{
	if (size == 1 || size == 2 || size == 4)
		return size;
	return size % 8 == 0 ? 8 : 1;
}

void sum_values(const struct run_state *r, const struct object *map, void *value)
{
	size_t unit = unit_of(map->value_size), stride = stride_of(map);
	uint8_t *sum = value;
	bool big = r->e->big_endian;

	for (unsigned int cpu = 1; per_cpu(map) && cpu < r->e->n_cpus; cpu++)
		for (size_t i = 0; i < map->value_size; i += unit)
			store_number(big, sum + i,
				     load_number(big, sum + i, unit) +
					     load_number(big, sum + cpu * stride + i, unit),
				     unit);
}
