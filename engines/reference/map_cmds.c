// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The map commands of bpf(2): kernel/bpf/syscall.c. All begin alike, and the order shows where two
 * things are wrong at once: attributes, descriptor, its mode, flags, key, value, operation.
 */
#include "map_cmds.h"

#include <string.h>

/* union bpf_attr of the *_ELEM commands: where its fields end */
#define ELEM_KEY_END   16
#define ELEM_VALUE_END 24
#define ELEM_FLAGS_END 32

/* kernel/bpf/syscall.c map_get_sys_perms */
int map_open(const struct ref *ref, int fd, unsigned int need, struct map **map)
{
	unsigned int mode = 0;
	int err = fd_map(ref, fd, map, &mode);

	if (err)
		return err;
	if (ref_mutant(ref, MUTANT_MODE_IGNORED))
		mode = FILE_READ | FILE_WRITE;
	if ((*map)->frozen && ref_mutant(ref, MUTANT_FREEZE_HIDES))
		mode &= ~(unsigned int)FILE_READ;
	if ((*map)->frozen)
		mode &= ~(unsigned int)FILE_WRITE;
	return (mode & need) == need ? 0 : -EPERM;
}

/*
 * include/linux/bpf.h bpf_map_check_op_flags. No map here has a spin lock, and the machine has one
 * processor.
 */
int map_flags_check(const struct map *map, uint64_t flags, uint64_t allowed)
{
	if ((uint32_t)flags & ~allowed || flags & BPF_F_LOCK)
		return -EINVAL;
	if (!(flags & REF_F_CPU) && flags >> 32)
		return -EINVAL;
	if (!(flags & (REF_F_CPU | REF_F_ALL_CPUS)))
		return 0;
	if (map->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return -EINVAL;
	if (flags & REF_F_CPU && flags & REF_F_ALL_CPUS)
		return -EINVAL;
	return flags & REF_F_CPU && flags >> 32 ? -ERANGE : 0;
}

int map_copy_value(struct ref *ref, struct map *map, const void *key, void *value)
{
	const void *from;

	if (map->ops->sys_lookup)
		return map->ops->sys_lookup(ref, map, key, value);
	from = map->ops->lookup(map, key);
	if (!from)
		return -ENOENT;
	memcpy(value, from, map->value_size);
	return 0;
}

/* Attributes of an *_ELEM command, of which it knows the first @known bytes. */
static int elem_check(struct ref *ref, const struct engine_elem *elem, size_t known)
{
	if (ref_barred(ref))
		return -EPERM;
	if (elem->bad_attr)
		return -EFAULT;
	return elem->stray_byte ? attr_stray_check(ref, elem->stray_byte, known) : 0;
}

/* Whether there is a value is asked before whether it can be written out. */
static int lookup_out(struct ref *ref, struct map *map, const struct engine_elem *elem)
{
	const void *from;
	uint32_t id;
	int err;

	if (user_ptr_ok(elem->value))
		return map_copy_value(ref, map, elem->key, elem->value);
	if (map->ops->sys_lookup) {
		err = map->ops->sys_lookup(ref, map, elem->key, &id);
		return err ? err : -EFAULT;
	}
	from = map->ops->lookup(map, elem->key);
	return from ? -EFAULT : -ENOENT;
}

int ref_map_lookup(struct engine *e, struct engine_elem *elem)
{
	struct ref *ref = to_ref(e);
	uint64_t allowed = BPF_F_LOCK | (ref_quirk(ref, QUIRK_NO_CPU_FLAGS) ? 0 : REF_F_CPU);
	struct map *map;
	int err = elem_check(ref, elem, ELEM_FLAGS_END);

	if (err)
		return err;
	if (ref_quirk(ref, QUIRK_LOOKUP_FLAGS_FIRST) && elem->flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	err = map_open(ref, elem->fd, FILE_READ, &map);
	if (!err && !ref_mutant(ref, MUTANT_LOOKUP_FLAGS_IGNORED))
		err = map_flags_check(map, elem->flags, allowed);
	if (err)
		return err;
	if (!user_ptr_ok(elem->key))
		return -EFAULT;
	return lookup_out(ref, map, elem);
}

int ref_map_update(struct engine *e, struct engine_elem *elem)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	int err = elem_check(ref, elem, ELEM_FLAGS_END);

	if (!err)
		err = map_open(ref, elem->fd, FILE_WRITE, &map);
	if (err)
		return err;
	if (!ref_quirk(ref, QUIRK_NO_CPU_FLAGS))
		err = map_flags_check(map, elem->flags, UINT64_MAX);
	else if (elem->flags & BPF_F_LOCK)
		err = -EINVAL;
	if (err)
		return err;
	if (!user_ptr_ok(elem->key) || !user_ptr_ok(elem->value))
		return -EFAULT;
	return map->ops->update(ref, map, elem->key, elem->value, elem->flags);
}

int ref_map_delete(struct engine *e, struct engine_elem *elem)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	int err = elem_check(ref, elem, ELEM_KEY_END);

	if (err)
		return err;
	if ((elem->flags && !ref_mutant(ref, MUTANT_DELETE_FLAGS_IGNORED)) ||
	    elem->value) /* CHECK_ATTR: the last field is the key */
		return -EINVAL;
	err = map_open(ref, elem->fd, FILE_WRITE, &map);
	if (err)
		return err;
	if (!user_ptr_ok(elem->key))
		return -EFAULT;
	return map->ops->delete (ref, map, elem->key);
}

static int next_key(const struct ref *ref, const struct map *map, const void *key, void *next)
{
	int err;

	if (ref_mutant(ref, MUTANT_NEXT_RANGE_ENOENT) && key && map->progs &&
	    map_u32(map, key) >= map->max_entries)
		return -ENOENT;
	err = map->ops->next_key(map, key, next);
	while (!err && ref_mutant(ref, MUTANT_NEXT_SKIPS_EMPTY) && map->progs &&
	       !map->progs[map_u32(map, next)])
		err = map->ops->next_key(map, next, next);
	if (err && ref_mutant(ref, MUTANT_NEXT_NEVER_ENDS))
		return map->ops->next_key(map, NULL, next);
	return err;
}

int ref_map_next_key(struct engine *e, struct engine_elem *elem)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	int err = elem_check(ref, elem, ELEM_VALUE_END);

	if (err)
		return err;
	/* CHECK_ATTR: the last field is the next key */
	if (elem->flags && !ref_mutant(ref, MUTANT_NEXT_FLAGS_IGNORED))
		return -EINVAL;
	err = map_open(ref, elem->fd, FILE_READ, &map);
	if (err)
		return err;
	if (elem->key == ENGINE_BAD_PTR)
		return -EFAULT;
	if (user_ptr_ok(elem->value))
		return next_key(ref, map, elem->key, elem->value);
	return map_has_next(map, elem->key) ? -EFAULT : -ENOENT;
}

/* kernel/bpf/syscall.c map_lookup_and_delete_elem: its flags come before the descriptor. */
int ref_map_lookup_and_delete(struct engine *e, struct engine_elem *elem)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	int err = elem_check(ref, elem, ELEM_FLAGS_END);

	if (err)
		return err;
	if (elem->flags & ~(uint64_t)BPF_F_LOCK ||
	    (elem->flags && ref_quirk(ref, QUIRK_TAKE_NO_FLAGS)))
		return -EINVAL;
	err = map_open(ref, elem->fd,
		       ref_mutant(ref, MUTANT_TAKE_UNWRITTEN) ? FILE_READ : FILE_READ | FILE_WRITE,
		       &map);
	if (err)
		return err;
	if (elem->flags)
		return -EINVAL;
	if (!user_ptr_ok(elem->key))
		return -EFAULT;
	/* The flags came with the hashes: 3e87f192b405 */
	if ((!map->ops->can_take || ref_quirk(ref, QUIRK_TAKE_NO_FLAGS)) &&
	    !ref_mutant(ref, MUTANT_TAKE_WORKS))
		return ref_mutant(ref, MUTANT_TAKE_EINVAL) ? -EINVAL : -ENGINE_ENOTSUPP;
	err = lookup_out(ref, map, elem);
	/* The element is gone also where its value could not be written out. */
	if (!err || err == -EFAULT)
		map->ops->delete (ref, map, elem->key);
	return err;
}

/* kernel/bpf/syscall.c map_freeze. A frozen map has no writable descriptors, hence the EPERM. */
int ref_map_freeze(struct engine *e, int fd)
{
	struct ref *ref = to_ref(e);
	struct map *map;
	int err;

	if (ref_barred(ref))
		return -EPERM;
	if (ref_quirk(ref, QUIRK_FREEZE_BY_CAPABILITY)) {
		err = fd_map(ref, fd, &map, NULL);
		if (!err && map->frozen)
			return -EBUSY;
		if (!err && ref->caps == ENGINE_CAPS_NONE)
			return -EPERM;
	} else {
		err = map_open(ref, fd, FILE_WRITE, &map);
	}
	if (err == -EPERM && map->frozen && ref_mutant(ref, MUTANT_FREEZE_TWICE_OK))
		return 0;
	if (!err && !ref_mutant(ref, MUTANT_FREEZE_IGNORED))
		map->frozen = true;
	return err;
}

/*
 * A command that may write, and has not ended: bpf_map_write_active(). Commands on an element begin
 * to count once their descriptor is theirs to write with, and before they read the key.
 */
int ref_map_freeze_during(struct engine *e, int fd, enum bpf_cmd cmd)
{
	struct ref *ref = to_ref(e);
	bool takes = cmd == BPF_MAP_LOOKUP_AND_DELETE_ELEM;
	bool writes = takes || cmd == BPF_MAP_UPDATE_ELEM || cmd == BPF_MAP_DELETE_ELEM;
	struct map *map;

	if (!ref_barred(ref) && writes && !ref_quirk(ref, QUIRK_WRITERS_UNCOUNTED) &&
	    !map_open(ref, fd, takes ? FILE_READ | FILE_WRITE : FILE_WRITE, &map))
		return -EBUSY;
	return ref_map_freeze(e, fd);
}

/* kernel/bpf/syscall.c bpf_map_mmap, for a shared mapping that is read and written */
int ref_map_mmap(struct engine *e, int fd)
{
	struct ref *ref = to_ref(e);
	const struct file *file = fd_file(ref, fd);
	struct map *map;

	if (!file)
		return -EBADF;
	/* mm/mmap.c do_mmap: the descriptor's own mode comes before the map's say */
	if (file->mode != (FILE_READ | FILE_WRITE))
		return -EACCES;
	if (fd_map(ref, fd, &map, NULL))
		return -ENODEV;
	if (!map->ops->mmap)
		return ref_mutant(ref, MUTANT_MMAP_EINVAL) ? -EINVAL : -ENGINE_ENOTSUPP;
	if (map->frozen)
		return -EPERM;
	return map->flags & BPF_F_MMAPABLE ? 0 : -EINVAL;
}
