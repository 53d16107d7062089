// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Other ways to an object than the descriptor it came with: names in the BPF file system, and ids.
 */
#include "prog.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

#define OPEN_FLAGS (BPF_F_RDONLY | BPF_F_WRONLY) /* kernel/bpf/syscall.c BPF_OBJ_FLAG_MASK */

/* A reference of the kind that descriptors and pins hold. */
static void obj_get_user(struct obj *obj)
{
	if (obj->kind == OBJ_MAP)
		map_get_uref(to_map(obj));
	else
		prog_get(to_prog(obj));
}

static void pin_drop(struct ref *ref, size_t i)
{
	struct pin pin = ref->pins[i];

	ref->n_pins--;
	memmove(&ref->pins[i], &ref->pins[i + 1], (ref->n_pins - i) * sizeof(pin));
	free(pin.name);
	if (pin.obj->kind == OBJ_MAP)
		map_put_uref(ref, to_map(pin.obj));
	else
		prog_put(ref, to_prog(pin.obj));
}

void pin_drop_all(struct ref *ref)
{
	while (ref->n_pins)
		pin_drop(ref, ref->n_pins - 1);
	free(ref->pins);
	ref->pins = NULL;
}

static int path_flags_check(const struct ref *ref, uint32_t flags, uint32_t allowed)
{
	if (!ref_quirk(ref, QUIRK_NO_PATH_FD))
		allowed |= REF_F_PATH_FD;
	return flags & ~allowed ? -EINVAL : 0;
}

/* What looking a name up in a directory of the BPF file system says of it. */
static int path_check(const char *path)
{
	if (!*path || strchr(path, '/'))
		return -ENOENT;
	if (strlen(path) > NAME_MAX)
		return -ENAMETOOLONG;
	/* kernel/bpf/inode.c bpf_lookup keeps names with a dot for later. */
	return strchr(path, '.') ? -EPERM : 0;
}

/* Names in a folder that is none of the BPF file system: of its plain file, and of nothing. */
static int outside_check(const char *path, int plain, int nothing)
{
	return strcmp(path, "/file") == 0 ? plain : nothing;
}

struct pin *pin_find(struct ref *ref, const char *path)
{
	for (size_t i = 0; i < ref->n_pins; i++)
		if (!strcmp(ref->pins[i].name, path))
			return &ref->pins[i];
	return NULL;
}

/* kernel/bpf/syscall.c bpf_obj_pin, inode.c bpf_obj_pin_user: flags, descriptor, then the name */
int ref_obj_pin(struct engine *e, int fd, const char *path, uint32_t flags)
{
	struct ref *ref = to_ref(e);
	const struct file *file;
	struct pin *pin;
	int err = ref_barred(ref) ? -EPERM : path_flags_check(ref, flags, 0);

	if (err && !ref_mutant(ref, MUTANT_PIN_FLAGS_IGNORED))
		return err;
	/* bpf_fd_probe_obj tries one kind after the other: no descriptor is no kind either */
	file = fd_file(ref, fd);
	if (!file || !file->obj)
		return -EINVAL;
	if (file->link)
		return ref_why(ref, ENGINE_UNSUPPORTED, "pins of links are not modelled");
	err = *path == '/' ? outside_check(path, -EEXIST, -EPERM) : path_check(path);
	if (err)
		return err;
	if (pin_find(ref, path) && !ref_mutant(ref, MUTANT_PIN_TWICE_OK))
		return -EEXIST;
	obj_get_user(file->obj);
	pin = vec_add(ref->pins, ref->n_pins);
	pin->name = xstrdup(path);
	pin->obj = file->obj;
	return 0;
}

/* kernel/bpf/inode.c bpf_obj_get_user. A program's descriptor has no mode. */
int ref_obj_get(struct engine *e, const char *path, uint32_t flags)
{
	struct ref *ref = to_ref(e);
	const struct pin *pin;
	unsigned int mode;
	int err = ref_barred(ref) ? -EPERM : path_flags_check(ref, flags, OPEN_FLAGS);

	if (!err)
		err = file_flags_mode(flags, &mode);
	if (!err)
		err = *path == '/' ? outside_check(path, -EACCES, -ENOENT) : path_check(path);
	if (err)
		return err;
	pin = pin_find(ref, path);
	if (!pin)
		return -ENOENT;
	obj_get_user(pin->obj);
	if (pin->obj->kind != OBJ_MAP || ref_mutant(ref, MUTANT_GET_MODE_LOST))
		mode = FILE_READ | FILE_WRITE;
	return fd_install(ref, pin->obj, mode);
}

int ref_obj_unpin(struct engine *e, const char *path)
{
	struct ref *ref = to_ref(e);
	const struct pin *pin;
	int err = path_check(path);

	if (err)
		return err;
	pin = pin_find(ref, path);
	if (!pin)
		return -ENOENT;
	pin_drop(ref, (size_t)(pin - ref->pins));
	return 0;
}

/* kernel/bpf/syscall.c bpf_map_get_fd_by_id: a map without users gets one again. */
int ref_map_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags)
{
	struct ref *ref = to_ref(e);
	struct obj *obj;
	unsigned int mode;

	if (ref_barred(ref))
		return -EPERM;
	if (open_flags & ~(uint32_t)OPEN_FLAGS)
		return -EINVAL;
	if (ref->caps != ENGINE_CAPS_ALL) /* CAP_SYS_ADMIN is what it takes */
		return -EPERM;
	if (file_flags_mode(open_flags, &mode))
		return -EINVAL;
	obj = obj_by_id(ref, OBJ_MAP, id);
	if (!obj)
		return ref_mutant(ref, MUTANT_ID_MISSING_EBADF) ? -EBADF : -ENOENT;
	if (ref_mutant(ref, MUTANT_ID_MODE_LOST))
		mode = FILE_READ | FILE_WRITE;
	obj_get_user(obj);
	return fd_install(ref, obj, mode);
}

/* kernel/bpf/syscall.c bpf_prog_get_fd_by_id: its last field is the id, so no flags at all. */
int ref_prog_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags)
{
	struct ref *ref = to_ref(e);
	struct obj *obj;

	if (ref_barred(ref))
		return -EPERM;
	if (open_flags && !ref_mutant(ref, MUTANT_ID_FLAGS_IGNORED))
		return -EINVAL;
	if (ref->caps != ENGINE_CAPS_ALL)
		return -EPERM;
	obj = obj_by_id(ref, OBJ_PROG, id);
	if (!obj)
		return ref_mutant(ref, MUTANT_ID_MISSING_EBADF) ? -EBADF : -ENOENT;
	obj_get_user(obj);
	return fd_install(ref, obj, FILE_READ | FILE_WRITE);
}
