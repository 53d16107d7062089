// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Descriptors: small numbers for open file descriptions, each with the mode it was opened with. */
#include "prog.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"

/* Never handed out, so that it stays closed. */
#define FD_CLOSED 1000000

/* A task's first three descriptors: programs take their numbers for granted, and none is BPF's. */
#define N_STD 3

#define FDS_STEP 32 /* by how many the table grows */

static int fd_place(struct ref *ref, struct file *file)
{
	size_t fd = 0;

	while (fd < ref->n_fds && ref->fds[fd])
		fd++;
	if (fd == ref->n_fds) {
		ref->n_fds += FDS_STEP;
		ref->fds = xreallocarray(ref->fds, ref->n_fds, sizeof(struct file *));
		memset(&ref->fds[fd], 0, FDS_STEP * sizeof(struct file *));
	}
	ref->fds[fd] = file;
	file->refcnt++;
	return (int)fd;
}

static struct file *file_new(struct obj *obj, unsigned int mode)
{
	struct file *file = xcalloc(1, sizeof(*file));

	file->obj = obj;
	file->mode = mode;
	return file;
}

/* Takes over the caller's reference to @obj (of a map: the user's reference). */
int fd_install(struct ref *ref, struct obj *obj, unsigned int mode)
{
	int fd = fd_place(ref, file_new(obj, mode));
	int err = obj && obj->kind == OBJ_MAP ? hook_map(ref) : 0;

	return err ? err : fd;
}

/* Takes over the caller's references, too. */
int fd_install_link(struct ref *ref, struct obj *prog, struct map *target)
{
	struct file *file = file_new(prog, FILE_READ | FILE_WRITE);

	file->link = true;
	file->target = target;
	link_add(ref, file);
	return fd_place(ref, file);
}

static void file_put(struct ref *ref, struct file *file)
{
	if (--file->refcnt)
		return;
	if (file->link)
		link_drop(ref, file);
	if (file->target)
		map_put_uref(ref, file->target);
	if (file->obj && file->obj->kind == OBJ_MAP)
		map_put_uref(ref, to_map(file->obj));
	else if (file->obj)
		prog_put(ref, to_prog(file->obj));
	free(file);
}

struct file *fd_file(const struct ref *ref, int fd)
{
	return fd >= 0 && (size_t)fd < ref->n_fds ? ref->fds[fd] : NULL;
}

static int fd_obj(const struct ref *ref, int fd, enum obj_kind kind, struct obj **obj,
		  unsigned int *mode)
{
	const struct file *file = fd_file(ref, fd);

	if (!file)
		return -EBADF;
	if (!file->obj || file->link || file->obj->kind != kind)
		return -EINVAL;
	*obj = file->obj;
	if (mode)
		*mode = file->mode;
	return 0;
}

/* kernel/bpf/syscall.c __bpf_map_get */
int fd_map(const struct ref *ref, int fd, struct map **map, unsigned int *mode)
{
	struct obj *obj;
	int err = fd_obj(ref, fd, OBJ_MAP, &obj, mode);

	if (!err)
		*map = to_map(obj);
	return err;
}

/* kernel/bpf/syscall.c __bpf_prog_get */
int fd_prog(const struct ref *ref, int fd, struct prog **prog)
{
	struct obj *obj;
	int err = fd_obj(ref, fd, OBJ_PROG, &obj, NULL);

	if (!err)
		*prog = to_prog(obj);
	return err;
}

/* kernel/bpf/syscall.c bpf_get_file_flag */
int file_flags_mode(uint32_t flags, unsigned int *mode)
{
	bool rdonly = flags & BPF_F_RDONLY;
	bool wronly = flags & BPF_F_WRONLY;

	if (rdonly && wronly)
		return -EINVAL;
	*mode = rdonly ? FILE_READ : wronly ? FILE_WRITE : FILE_READ | FILE_WRITE;
	return 0;
}

void fd_open_std(struct ref *ref)
{
	for (int i = 0; i < N_STD; i++)
		fd_install(ref, NULL, FILE_READ | FILE_WRITE);
}

void fd_close_all(struct ref *ref)
{
	for (size_t fd = 0; fd < ref->n_fds; fd++)
		if (ref->fds[fd])
			ref_close(&ref->engine, (int)fd);
}

int ref_dup(struct engine *e, int fd)
{
	struct ref *ref = to_ref(e);
	struct file *file = fd_file(ref, fd);

	return file ? fd_place(ref, file) : -EBADF;
}

int ref_close(struct engine *e, int fd)
{
	struct ref *ref = to_ref(e);
	struct file *file = fd_file(ref, fd);

	if (!file)
		return -EBADF;
	/* The number is free before what it stood for goes away. */
	ref->fds[fd] = NULL;
	file_put(ref, file);
	return 0;
}

int ref_odd_fd(struct engine *e, enum engine_odd_fd kind)
{
	struct ref *ref = to_ref(e);

	if (kind == ENGINE_FD_CLOSED)
		return FD_CLOSED;
	return fd_install(ref, NULL, FILE_READ | FILE_WRITE);
}

int fd_install_btf(struct ref *ref, bool of_kernel)
{
	struct file *file = file_new(NULL, FILE_READ);

	file->btf = true;
	file->kernel_btf = of_kernel;
	return fd_place(ref, file);
}

int ref_token_create(struct engine *e, uint64_t commands, uint64_t maps)
{
	struct file *file;

	if (!commands && !maps)
		return -ENOENT; /* kernel/bpf/token.c bpf_token_create: nothing is delegated */
	file = file_new(NULL, FILE_READ);
	file->token = true;
	file->commands = commands;
	file->map_types = maps;
	return fd_place(to_ref(e), file);
}

int ref_btf_load(struct engine *e)
{
	return fd_install_btf(to_ref(e), false);
}
