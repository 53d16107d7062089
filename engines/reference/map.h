/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps. A map type is a struct map_ops; commands and helpers do what all types share and leave the
 * rest to it. Results are 0 or a negative errno.
 */
#ifndef TAILCHECK_MAP_H
#define TAILCHECK_MAP_H

#include "ref.h"

/* union bpf_attr of MAP_CREATE as 7.x lays it out (include/uapi/linux/bpf.h), byte for byte. */
struct map_attr {
	uint32_t map_type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t map_flags;
	uint32_t inner_map_fd;
	uint32_t numa_node;
	char map_name[16];
	uint32_t map_ifindex;
	uint32_t btf_fd;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint64_t map_extra;
	int32_t value_type_btf_obj_fd;
	int32_t map_token_fd;
	uint64_t excl_prog_hash;
	uint32_t excl_prog_hash_size;
	uint32_t unused; /* so that no byte of it is padding: all of them are looked at */
};

struct map_ops {
	int (*alloc_check)(const struct map_attr *attr);
	/* Makes the storage; the general part of *map is filled in. */
	int (*alloc)(struct ref *ref, struct map *map, const struct map_attr *attr);
	void (*free)(struct ref *ref, struct map *map);
	void (*release_uref)(struct ref *ref, struct map *map); /* the last user let go */

	/* As a program's helper does it: the value itself, or NULL. */
	void *(*lookup)(const struct map *map, const void *key);

	/* As bpf(2) does it. NULL: the generic way, through lookup. */
	int (*sys_lookup)(struct ref *ref, struct map *map, const void *key, void *value);
	int (*update)(struct ref *ref, struct map *map, const void *key, const void *value,
		      uint64_t flags);
	int (*delete)(struct ref *ref, struct map *map, const void *key);
	int (*next_key)(const struct map *map, const void *key, void *next);
	bool can_take; /* LOOKUP_AND_DELETE */

	unsigned int batch; /* MAP_BATCH_* */
	bool hash_batch;    /* the batch commands of hashtab.c, not syscall.c's generic ones */
	bool mmap;	    /* if created with BPF_F_MMAPABLE */
	bool direct_value;  /* BPF_PSEUDO_MAP_VALUE */
	bool can_be_inner;
	bool of_maps; /* values are maps */
	/* Whether @map may stand where @meta was the model; both of this type. */
	bool (*meta_equal)(const struct map *meta, const struct map *map);
};

#define MAP_BATCH_LOOKUP 1U
#define MAP_BATCH_UPDATE 2U
#define MAP_BATCH_TAKE	 4U
#define MAP_BATCH_DELETE 8U

/* CGROUP_STORAGE and PERCPU_CGROUP_STORAGE: a program may have one map of each. */
#define N_STORAGE_TYPES 2

/* What the first program of a prog_array fixes for all others (struct bpf_map_owner). */
struct map_owner {
	bool set;
	uint32_t type;
	uint32_t attach_type;
	uint32_t flags; /* BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS */
	bool interpreted;
	uint32_t attach_proto;
	uint32_t storage[N_STORAGE_TYPES]; /* ids of maps; 0: none */
};

struct hash_node;

struct map {
	struct obj obj;
	const struct map_ops *ops;
	uint32_t usercnt;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint64_t map_extra;
	char name[16];
	bool frozen;
	bool guarded;	/* against speculation: who made it had no CAP_PERFMON */
	bool exclusive; /* for a program of another hash than any here has */
	uint32_t btf_key_type_id, btf_value_type_id;
	bool big_endian; /* numbers in keys and values, as bytes */
	bool has_lock;	 /* its values begin with a struct bpf_spin_lock, */
	bool has_timer;	 /* are a struct bpf_timer */

	/*
	 * The values in memory: n_values of them, value_size bytes each, stride apart. Programs
	 * may touch these bytes and none between them. NULL where programs touch none.
	 */
	uint8_t *values;
	size_t stride;
	size_t n_values;

	struct prog **progs; /* prog_array: max_entries slots */
	struct map_owner owner;
	struct jit_site *jit_sites; /* prog_array: jumps that are to be patched */
	struct map **maps; /* array_of_maps, hash_of_maps: what the value with this index holds */
	struct map *inner; /* the model for those: a map that is never used */

	/* hash: elements are numbered; buckets hold the first one's number + 1 */
	uint32_t *buckets;
	uint32_t n_buckets;
	struct hash_node *nodes;
	uint8_t *keys;
	uint32_t free_node; /* number + 1 */
	uint32_t n_nodes;   /* ever used */
};

struct map_type {
	const struct map_ops *ops;
};

const struct map_ops *map_ops_of(uint32_t type); /* NULL: not modelled */
extern const struct map_ops array_map_ops;
extern const struct map_ops percpu_array_map_ops;
extern const struct map_ops prog_array_map_ops;
extern const struct map_ops cgroup_storage_map_ops;
extern const struct map_ops hash_map_ops;
extern const struct map_ops percpu_hash_map_ops;
extern const struct map_ops array_of_maps_ops;
extern const struct map_ops hash_of_maps_ops;

#define TIMER_SIZE	 16	/* struct bpf_timer */
#define PERCPU_MAX_VALUE 32768U /* include/linux/percpu.h PCPU_MIN_UNIT_SIZE */

/* Shared between the array types. */
int array_alloc_check(const struct map_attr *attr);
int fd_array_alloc_check(const struct map_attr *attr);
int array_next_key(const struct map *map, const void *key, void *next);
int array_alloc(struct ref *ref, struct map *map, const struct map_attr *attr);
void array_free(struct ref *ref, struct map *map);

/*
 * kernel/bpf/arraymap.c bpf_fd_array_map_lookup_elem: where a lookup of @index looks, which is
 * behind the end for none. With the quirk the map is taken for one of 8-byte values.
 */
static inline uint32_t fd_array_slot(const struct ref *ref, const struct map *map, uint32_t index)
{
	bool doubles = ref_quirk(ref, QUIRK_LOOKUP_DOUBLES_INDEX);

	if (index >= map->max_entries || (doubles && index > UINT32_MAX / 2))
		return UINT32_MAX;
	return doubles ? 2 * index : index;
}

/* Shared between the hash types. */
int hash_alloc_check(const struct map_attr *attr);
int hash_alloc(struct ref *ref, struct map *map, const struct map_attr *attr);
void hash_free(struct ref *ref, struct map *map);
int64_t hash_find(const struct map *map, const void *key); /* element's number or -1 */
int hash_insert(struct map *map, const void *key, uint64_t flags, uint32_t *number);
int hash_remove(struct map *map, const void *key, uint32_t *number);
int hash_next_key(const struct map *map, const void *key, void *next);

bool map_meta_equal(const struct map *meta, const struct map *map);

/* prog_array.c: may @prog be in, or refer to, @map? The first one that asks becomes the owner. */
bool prog_array_compatible(const struct ref *ref, struct map *map, const struct prog *prog);

/* map_create.c: is there room for a map's @bytes? 0 or an errno. */
int map_room(const struct ref *ref, uint64_t bytes);

/* Numbers of 4 bytes in keys and values. */
static inline uint32_t map_u32(const struct map *map, const void *p)
{
	uint32_t n;

	__builtin_memcpy(&n, p, sizeof(n));
	return map->big_endian ? __builtin_bswap32(n) : n;
}

static inline void map_put_u32(const struct map *map, void *p, uint32_t n)
{
	n = map->big_endian ? __builtin_bswap32(n) : n;
	__builtin_memcpy(p, &n, sizeof(n));
}

/* What bpf(2) can read and write is never NULL nor ENGINE_BAD_PTR. */
static inline bool user_ptr_ok(const void *p)
{
	return p && p != ENGINE_BAD_PTR;
}

#endif
