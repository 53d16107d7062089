// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_MAP_CREATE: kernel/bpf/syscall.c map_create of 7.x, in its order. */
#include "prog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

#define ATTR_SIZE  168 /* sizeof(union bpf_attr) of 7.x: BPF_PROG_LOAD's part is the longest */
#define SHORT_ATTR 120 /* of 5.10; later ones lie between */
#define NO_NODE	   0xffffffffU /* NUMA_NO_NODE */
/* More than a test machine has to give; and a fuzzer finds whatever may take more than 256 MiB. */
#define MAX_BYTES   (128ULL << 20)
#define LOOPBACK    1
#define SHA256_SIZE 32
#define N_MAP_TYPES 36

static const struct map_ops *const map_types[N_MAP_TYPES] = {
	[BPF_MAP_TYPE_ARRAY] = &array_map_ops,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = &percpu_array_map_ops,
	[BPF_MAP_TYPE_PROG_ARRAY] = &prog_array_map_ops,
	[BPF_MAP_TYPE_CGROUP_STORAGE] = &cgroup_storage_map_ops,
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = &cgroup_storage_map_ops,
	[BPF_MAP_TYPE_HASH] = &hash_map_ops,
	[BPF_MAP_TYPE_PERCPU_HASH] = &percpu_hash_map_ops,
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = &array_of_maps_ops,
	[BPF_MAP_TYPE_HASH_OF_MAPS] = &hash_of_maps_ops,
};

const struct map_ops *map_ops_of(uint32_t type)
{
	return type < N_MAP_TYPES ? map_types[type] : NULL;
}

/* kernel/bpf/syscall.c bpf_map_area_alloc, and before 5.11 bpf_map_charge_init */
int map_room(const struct ref *ref, uint64_t bytes)
{
	if (ref_quirk(ref, QUIRK_MAP_SIZE_CHARGED) && bytes >= UINT32_MAX - 4096)
		return -E2BIG;
	return bytes > MAX_BYTES ? -ENOMEM : 0;
}

/* A number of 4 bytes that is cut in the middle has its first bytes left. */
static void attr_cut(struct map_attr *a, size_t size, bool big_endian)
{
	uint8_t *cut = (uint8_t *)a + size / 4 * 4;
	uint32_t n;

	memcpy(&n, cut, sizeof(n));
	n = big_endian ? __builtin_bswap32(n) : n;
	memcpy(cut, &n, sizeof(n));
	memset((uint8_t *)a + size, 0, sizeof(*a) - size);
	memcpy(&n, cut, sizeof(n));
	n = big_endian ? __builtin_bswap32(n) : n;
	memcpy(cut, &n, sizeof(n));
}

/* The interface's attributes as the bytes of union bpf_attr. */
static void attr_from(struct map_attr *a, const struct engine_map_create *c, bool big_endian)
{
	*a = (struct map_attr){
		.map_type = c->type,
		.key_size = c->key_size,
		.value_size = c->value_size,
		.max_entries = c->max_entries,
		.map_flags = c->flags,
		.inner_map_fd = c->inner_map_fd,
		.numa_node = c->numa_node,
		.map_ifindex = c->ifindex,
		.btf_fd = c->btf_fd,
		.btf_key_type_id = c->btf_key_type_id,
		.btf_value_type_id = c->btf_value_type_id,
		.btf_vmlinux_value_type_id = c->btf_vmlinux_value_type_id,
		.map_extra = c->map_extra,
		.value_type_btf_obj_fd = c->value_type_btf_obj_fd,
		.map_token_fd = c->map_token_fd,
		.excl_prog_hash = (uint64_t)(uintptr_t)c->excl_prog_hash,
		.excl_prog_hash_size = c->excl_prog_hash_size,
	};
	memcpy(a->map_name, c->name, sizeof(a->map_name));
	/* What is not passed counts as zero. */
	if (c->has_attr_size && c->attr_size < sizeof(*a))
		attr_cut(a, c->attr_size, big_endian);
}

int attr_stray_check(const struct ref *ref, uint32_t stray, size_t known)
{
	if (ref_mutant(ref, MUTANT_STRAY_IGNORED))
		return 0;
	if (stray >= (ref_quirk(ref, QUIRK_SHORT_ATTR) ? SHORT_ATTR : ATTR_SIZE))
		return -E2BIG;
	return stray >= known ? -EINVAL : 0;
}

/* Does the kernel know fields up to here only, and is there more? */
static bool beyond(const struct map_attr *a, size_t known)
{
	static const unsigned char zero[sizeof(*a)];

	return memcmp((const char *)a + known, zero, sizeof(*a) - known) != 0;
}

/* Bytes behind what the command knows: BPF_MAP_CREATE_LAST_FIELD. */
static int check_stray(const struct ref *ref, struct map_attr *a, const struct engine_map_create *c)
{
	size_t known = offsetof(struct map_attr, excl_prog_hash_size) + sizeof(uint32_t);
	uint32_t stray = c->stray_byte;

	if (c->has_attr_size && c->attr_size > ref_page(ref))
		return -E2BIG;
	if (c->bad_attr)
		return -EFAULT;
	if (c->has_attr_size && stray >= c->attr_size)
		stray = 0;
	if (ref_quirk(ref, QUIRK_NO_MAP_TOKEN))
		known = offsetof(struct map_attr, value_type_btf_obj_fd);
	else if (ref_quirk(ref, QUIRK_NO_EXCL_HASH))
		known = offsetof(struct map_attr, excl_prog_hash);
	if (stray < sizeof(*a) && stray)
		((unsigned char *)a)[stray] = 1;
	if (stray)
		return attr_stray_check(ref, stray, known);
	return beyond(a, known) ? -EINVAL : 0;
}

/* kernel/bpf/syscall.c map_create: the log names the attribute that is wrong, of some of them. */
static int says(const struct engine_map_create *c, int err, const char *what)
{
	if (err && c->log)
		snprintf(c->log, c->log_size, "Invalid %s.\n", what);
	return err;
}

static int check_numa(const struct map_attr *a)
{
	/* One node, number 0, is what a test machine has. */
	if (a->map_flags & BPF_F_NUMA_NODE && a->numa_node != NO_NODE && a->numa_node)
		return -EINVAL;
	return 0;
}

/* kernel/bpf/syscall.c map_create up to the choice of map_ops */
static int check_general(const struct ref *ref, const struct map_attr *a,
			 const struct engine_map_create *c)
{
	unsigned int mode;

	if (a->btf_vmlinux_value_type_id && a->map_type != BPF_MAP_TYPE_STRUCT_OPS)
		return says(c, -EINVAL, "btf_vmlinux_value_type_id");
	if (a->btf_key_type_id && !a->btf_value_type_id)
		return says(c, -EINVAL, "btf_value_type_id");
	if (a->map_extra && a->map_type != BPF_MAP_TYPE_BLOOM_FILTER)
		return says(c, -EINVAL, "map_extra");
	if (ref_quirk(ref, QUIRK_RDONLY_WRONLY_FIRST) && file_flags_mode(a->map_flags, &mode))
		return -EINVAL;
	return says(c, check_numa(a), "numa_node");
}

/* kernel/bpf/offload.c bpf_map_offload_map_alloc: only arrays and hashes, only on such devices. */
static int check_ifindex(const struct map_attr *a)
{
	if (!a->map_ifindex)
		return 0;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_type != BPF_MAP_TYPE_HASH)
		return -EINVAL;
	return a->map_ifindex == LOOPBACK ? -EOPNOTSUPP : -EINVAL;
}

/* kernel/bpf/token.c bpf_token_get_from_fd; one that does not grant this is as none (@granted). */
static int check_token(const struct ref *ref, const struct map_attr *a, bool *granted)
{
	const struct file *file = fd_file(ref, a->map_token_fd);

	if (!file)
		return -EBADF;
	if (!file->token)
		return -EINVAL;
	*granted = file->commands & 1ULL << BPF_MAP_CREATE && file->map_types >> a->map_type & 1;
	return 0;
}

/* kernel/bpf/btf.c btf_type_id_size; 0: such a type has none, or there is no such type. */
static uint32_t btf_size(const struct ref *ref, uint32_t id)
{
	static const uint32_t sizes[ENGINE_BTF_END] = {
		[ENGINE_BTF_INT] = 4,	 [ENGINE_BTF_LONG] = 8,	     [ENGINE_BTF_SHORT] = 2,
		[ENGINE_BTF_STRUCT] = 4, [ENGINE_BTF_TYPEDEF] = 4,   [ENGINE_BTF_TYPEDEF_LONG] = 8,
		[ENGINE_BTF_PTR] = 8,	 [ENGINE_BTF_ENUM] = 4,	     [ENGINE_BTF_SPIN_LOCK] = 4,
		[ENGINE_BTF_CONST] = 4,	 [ENGINE_BTF_WITH_LOCK] = 4,
	};

	if (id == ENGINE_BTF_PTR && ref_quirk(ref, QUIRK_POINTERS_OF_4))
		return 4;
	return id < ENGINE_BTF_END ? sizes[id] : 0;
}

/* kernel/bpf/syscall.c map_create, map_check_btf: the BTF is looked at for a type's sake only. */
static int check_btf(const struct ref *ref, const struct map_attr *a, struct map *map)
{
	const struct file *file = fd_file(ref, (int)a->btf_fd);

	if (!a->btf_key_type_id && !a->btf_value_type_id)
		return 0;
	if (!file)
		return -EBADF;
	if (file->kernel_btf)
		return -EACCES;
	/* The types of this map have no say of their own in it, so the key has to have one. */
	if (!file->btf || btf_size(ref, a->btf_key_type_id) != a->key_size ||
	    btf_size(ref, a->btf_value_type_id) != a->value_size)
		return -EINVAL;
	if (a->btf_value_type_id == ENGINE_BTF_WITH_LOCK)
		return ref_quirk(ref, QUIRK_LOCK_IS_ENOTSUPP) ? -ENGINE_ENOTSUPP : -EOPNOTSUPP;
	map->btf_key_type_id = a->btf_key_type_id;
	map->btf_value_type_id = a->btf_value_type_id;
	return 0;
}

/* kernel/bpf/syscall.c map_create: the only program that may use the map, by its SHA-256 */
static int check_excl_hash(const struct map_attr *a, struct map *map)
{
	if (!a->excl_prog_hash)
		return a->excl_prog_hash_size ? -EINVAL : 0;
	if (a->excl_prog_hash_size != SHA256_SIZE)
		return -EINVAL;
	if (!user_ptr_ok((const void *)(uintptr_t)a->excl_prog_hash))
		return -EFAULT;
	map->exclusive = true;
	return 0;
}

/* What is wrong with the attributes once there is a map: name, BTF, exclusive program, mode. */
static int check_late(const struct ref *ref, const struct map_attr *a, struct map *map,
		      const struct engine_map_create *c, unsigned int *mode)
{
	int err = says(c, obj_name_check(a->map_name, map->name), "map_name");

	if (!err || ref_mutant(ref, MUTANT_NAME_UNCHECKED))
		err = says(c, check_btf(ref, a, map), "btf_fd");
	if (!err)
		err = says(c, check_excl_hash(a, map), "excl_prog_hash_size");
	if (!err)
		err = file_flags_mode(a->map_flags, mode);
	return err;
}

/* kernel/bpf/syscall.c map_check_btf: the BTF that comes with lock or timer says how many bytes */
static int check_value_btf(const struct map_attr *a, const struct engine_map_create *attr)
{
	if (!attr->spin_lock && !attr->timer)
		return 0;
	if (a->map_type != BPF_MAP_TYPE_ARRAY && a->map_type != BPF_MAP_TYPE_HASH)
		return -EINVAL;
	return a->key_size == 4 && a->value_size == (attr->timer ? TIMER_SIZE : 8) ? 0 : -EINVAL;
}

static struct map *map_new(const struct map_attr *a, const struct map_ops *ops)
{
	struct map *map = xcalloc(1, sizeof(*map));

	map->ops = ops;
	map->type = a->map_type;
	map->key_size = a->key_size;
	map->value_size = a->value_size;
	map->max_entries = a->max_entries;
	/* kernel/bpf/syscall.c bpf_map_flags_retain_permanent */
	map->flags = a->map_flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY);
	map->map_extra = a->map_extra;
	return map;
}

static bool is_guarded(const struct ref *ref)
{
	return ref->caps != ENGINE_CAPS_ALL && !ref_quirk(ref, QUIRK_ARRAYS_UNGUARDED);
}

/*
 * kernel/bpf/arraymap.c array_map_alloc: the slots of a guarded array are a power of two, of 32
 * bits. kernel/bpf/syscall.c bpf_map_charge_init of 5.10: memory is charged to the user.
 */
static int check_memory(const struct ref *ref, const struct map_attr *a,
			const struct engine_map_create *attr)
{
	bool array = a->map_type == BPF_MAP_TYPE_PROG_ARRAY || a->map_type == BPF_MAP_TYPE_ARRAY ||
		     a->map_type == BPF_MAP_TYPE_PERCPU_ARRAY;

	if (is_guarded(ref) && array && a->max_entries > 1U << 31)
		return -E2BIG;
	if (!attr->has_memlock || !ref_quirk(ref, QUIRK_MAP_SIZE_CHARGED))
		return 0;
	/* What else is charged is not counted: cases ask for far too much, or for enough. */
	return (uint64_t)a->max_entries * ALIGN_UP((uint64_t)a->value_size, 8) > attr->memlock
		       ? -EPERM
		       : 0;
}

static int map_make(struct ref *ref, const struct map_attr *a, const struct map_ops *ops,
		    const struct engine_map_create *attr)
{
	struct map *map = map_new(a, ops);
	unsigned int mode;
	int err = check_memory(ref, a, attr);

	if (!err)
		err = ops->alloc(ref, map, a);
	map->guarded = is_guarded(ref);
	map->has_lock = attr->spin_lock;
	map->has_timer = attr->timer;
	map->big_endian = ref->engine.big_endian;

	if (err) {
		free(map);
		return err;
	}
	err = check_late(ref, a, map, attr, &mode);
	if (!err && ref->n_links)
		err = hook_map_create(ref);
	if (err) {
		ops->free(ref, map);
		free(map);
		return err;
	}
	obj_add(ref, &map->obj, OBJ_MAP);
	map_get_uref(map);
	return fd_install(ref, &map->obj, mode);
}

/* What mutants pass over is put right for those that look at it later. */
static int alloc_check(const struct ref *ref, const struct map_ops *ops, const struct map_attr *a)
{
	struct map_attr seen = *a;

	if (ref_mutant(ref, MUTANT_CREATE_SIZES_IGNORED) && a->map_type == BPF_MAP_TYPE_PROG_ARRAY)
		seen.value_size = 4;
	if (ref_mutant(ref, MUTANT_CREATE_EMPTY_OK) && !a->max_entries)
		seen.max_entries = 1;
	if (ref_mutant(ref, MUTANT_CREATE_FLAGS_IGNORED))
		seen.map_flags = 0;
	if (ref_mutant(ref, MUTANT_CREATE_ACCESS_OK))
		seen.map_flags &= ~(uint32_t)BPF_F_RDONLY_PROG;
	return ops->alloc_check(&seen);
}

int ref_map_create(struct engine *e, const struct engine_map_create *attr)
{
	struct ref *ref = to_ref(e);
	const struct map_ops *ops;
	struct map_attr a;
	bool token, granted = false;
	int err;

	if (ref->caps == ENGINE_CAPS_NONE && ref_quirk(ref, QUIRK_CAPABILITY_FIRST))
		return -EPERM;
	attr_from(&a, attr, e->big_endian);
	err = check_stray(ref, &a, attr);
	if ((!err || err == -EINVAL) && ref->n_links && hook_bpf_denies(ref))
		return -EPERM;
	err = says(attr, err, "attr");
	if (err)
		return err;
	token = a.map_flags & REF_F_TOKEN_FD && !ref_quirk(ref, QUIRK_NO_MAP_TOKEN);
	if (token)
		a.map_flags &= ~REF_F_TOKEN_FD;
	err = check_general(ref, &a, attr);
	if (err)
		return err;
	if (!a.map_type || a.map_type >= N_MAP_TYPES)
		return says(attr, -EINVAL, "map_type");
	ops = map_ops_of(a.map_type);
	if (!ops)
		return ref_why(ref, ENGINE_UNSUPPORTED, "map type %u is not modelled", a.map_type);
	err = alloc_check(ref, ops, &a);
	if (!err)
		err = check_value_btf(&a, attr);
	if (!err && token)
		err = says(attr, check_token(ref, &a, &granted), "map_token_fd");
	if (!err && ref->caps == ENGINE_CAPS_NONE && !granted)
		err = -EPERM;
	if (!err)
		err = check_ifindex(&a);
	return err ? err : map_make(ref, &a, ops, attr);
}
