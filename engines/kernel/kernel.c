// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The operations of engine.h, by bpf(2). Maps are made in create.c, programs in prog.c. */
#include "internal.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define POSSIBLE_CPUS "/sys/devices/system/cpu/possible"

static struct kernel_engine *self(struct engine *e)
{
	return (struct kernel_engine *)e;
}

int kernel_keep_fd(struct engine *e, int fd)
{
	struct kernel_engine *k = self(e);
	int *fds;

	if (fd < 0)
		return fd;
	pthread_mutex_lock(&k->lock);
	fds = reallocarray(k->fds, k->n_fds + 1, sizeof(*fds));
	if (fds) {
		k->fds = fds;
		k->fds[k->n_fds++] = fd;
	} else {
		close(fd);
		fd = -ENOMEM;
	}
	pthread_mutex_unlock(&k->lock);
	return fd;
}

static int kernel_close(struct engine *e, int fd)
{
	struct kernel_engine *k = self(e);
	bool found = false;

	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; i < k->n_fds && !found; i++) {
		found = k->fds[i] == fd;
		if (found)
			k->fds[i] = k->fds[--k->n_fds];
	}
	pthread_mutex_unlock(&k->lock);
	/* One that is not a case's: closing it would hurt the harness. */
	if (!found)
		return -EBADF;
	return close(fd) ? -errno : 0;
}

static int elem_cmd(enum bpf_cmd cmd, const struct engine_elem *elem)
{
	union kernel_attr attr;

	if (elem->bad_attr)
		return kernel_bpf(cmd, ENGINE_BAD_PTR, sizeof(attr.a));
	memset(&attr, 0, sizeof(attr));
	attr.a.map_fd = (uint32_t)elem->fd;
	attr.a.key = kernel_ptr(elem->key);
	attr.a.value = kernel_ptr(elem->value); /* next_key is the same field */
	attr.a.flags = elem->flags;
	return kernel_bpf(cmd, &attr, kernel_attr_stray(&attr, elem->stray_byte));
}

#define ELEM_OP(name, cmd)                                                       \
	static int kernel_map_##name(struct engine *e, struct engine_elem *elem) \
	{                                                                        \
		(void)e;                                                         \
		return elem_cmd(cmd, elem);                                      \
	}

ELEM_OP(lookup, BPF_MAP_LOOKUP_ELEM)
ELEM_OP(update, BPF_MAP_UPDATE_ELEM)
ELEM_OP(delete, BPF_MAP_DELETE_ELEM)
ELEM_OP(next_key, BPF_MAP_GET_NEXT_KEY)
ELEM_OP(lookup_and_delete, BPF_MAP_LOOKUP_AND_DELETE_ELEM)

static int kernel_map_batch(struct engine *e, struct engine_batch *b)
{
	union kernel_attr attr;
	int ret;

	(void)e;
	memset(&attr, 0, sizeof(attr));
	attr.a.batch.map_fd = (uint32_t)b->fd;
	if (b->op == BPF_MAP_LOOKUP_BATCH || b->op == BPF_MAP_LOOKUP_AND_DELETE_BATCH) {
		attr.a.batch.in_batch = b->first ? 0 : kernel_ptr(&b->batch);
		attr.a.batch.out_batch = kernel_ptr(&b->batch);
	}
	attr.a.batch.keys = kernel_ptr(b->keys);
	if (b->op != BPF_MAP_DELETE_BATCH)
		attr.a.batch.values = kernel_ptr(b->values);
	attr.a.batch.count = b->count;
	attr.a.batch.elem_flags = b->elem_flags;
	attr.a.batch.flags = b->flags;
	ret = kernel_bpf(b->op, &attr, kernel_attr_stray(&attr, b->stray_byte));
	b->count = attr.a.batch.count;
	return ret;
}

static int kernel_map_freeze(struct engine *e, int fd)
{
	union kernel_attr attr;

	(void)e;
	memset(&attr, 0, sizeof(attr));
	attr.a.map_fd = (uint32_t)fd;
	return kernel_bpf(BPF_MAP_FREEZE, &attr, sizeof(attr.a));
}

static int kernel_map_mmap(struct engine *e, int fd)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	(void)e;
	if (p == MAP_FAILED)
		return -errno;
	munmap(p, size);
	return 0;
}

static int kernel_prog_bind_map(struct engine *e, int prog_fd, int map_fd, uint32_t flags)
{
	union kernel_attr attr;

	(void)e;
	memset(&attr, 0, sizeof(attr));
	attr.a.prog_bind_map.prog_fd = (uint32_t)prog_fd;
	attr.a.prog_bind_map.map_fd = (uint32_t)map_fd;
	attr.a.prog_bind_map.flags = flags;
	return kernel_bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr.a));
}

static int fd_by_id(struct engine *e, enum bpf_cmd cmd, uint32_t id, uint32_t open_flags)
{
	union kernel_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.a.map_id = id;
	attr.a.open_flags = open_flags;
	return kernel_keep_fd(e, kernel_bpf(cmd, &attr, sizeof(attr.a)));
}

static int kernel_map_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags)
{
	return fd_by_id(e, BPF_MAP_GET_FD_BY_ID, id, open_flags);
}

static int kernel_prog_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags)
{
	return fd_by_id(e, BPF_PROG_GET_FD_BY_ID, id, open_flags);
}

static int next_id(enum bpf_cmd cmd, uint32_t start, uint32_t *next)
{
	union kernel_attr attr;
	int ret;

	memset(&attr, 0, sizeof(attr));
	attr.a.start_id = start;
	ret = kernel_bpf(cmd, &attr, sizeof(attr.a));
	*next = attr.a.next_id;
	return ret;
}

static int kernel_map_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	(void)e;
	return next_id(BPF_MAP_GET_NEXT_ID, start, next);
}

static int kernel_prog_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	(void)e;
	return next_id(BPF_PROG_GET_NEXT_ID, start, next);
}

static int get_info(int fd, void *info, size_t size)
{
	union kernel_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.a.info.bpf_fd = (uint32_t)fd;
	attr.a.info.info_len = (uint32_t)size;
	attr.a.info.info = kernel_ptr(info);
	return kernel_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.a));
}

static int kernel_map_info(struct engine *e, int fd, struct engine_map_info *out)
{
	struct bpf_map_info info;
	int ret;

	(void)e;
	memset(&info, 0, sizeof(info));
	ret = get_info(fd, &info, sizeof(info));
	if (ret)
		return ret;
	out->type = info.type;
	out->id = info.id;
	out->key_size = info.key_size;
	out->value_size = info.value_size;
	out->max_entries = info.max_entries;
	out->map_flags = info.map_flags;
	memcpy(out->name, info.name, sizeof(out->name));
	out->ifindex = info.ifindex;
	out->btf_id = info.btf_id;
	out->btf_key_type_id = info.btf_key_type_id;
	out->btf_value_type_id = info.btf_value_type_id;
	out->map_extra = info.map_extra;
	return 0;
}

static int kernel_map_info_raw(struct engine *e, int fd, void *info, uint32_t info_len)
{
	(void)e;
	return get_info(fd, info, info_len);
}

static int kernel_prog_info(struct engine *e, int fd, struct engine_prog_info *out)
{
	struct bpf_prog_info info;
	int ret;

	(void)e;
	memset(&info, 0, sizeof(info));
	ret = get_info(fd, &info, sizeof(info));
	if (ret)
		return ret;
	out->type = info.type;
	out->id = info.id;
	out->jited_len = info.jited_prog_len;
	out->xlated_len = info.xlated_prog_len;
	out->nr_map_ids = info.nr_map_ids;
	memcpy(out->name, info.name, sizeof(out->name));
	return 0;
}

static int kernel_dup(struct engine *e, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return kernel_keep_fd(e, copy < 0 ? -errno : copy);
}

/* High, so that no descriptor that a case is given will be one of them. */
#define FILE_FD	  1000
#define CLOSED_FD 1001

static int kernel_odd_fd(struct engine *e, enum engine_odd_fd kind)
{
	(void)e;
	/* All engines of a process share them. */
	if (fcntl(FILE_FD, F_GETFD) < 0) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup3(fd, FILE_FD, O_CLOEXEC);
		close(fd);
	}
	return kind == ENGINE_FD_FILE ? FILE_FD : CLOSED_FD;
}

static int kernel_reset(struct engine *e)
{
	struct kernel_engine *k = self(e);

	kernel_drop_pins(k);
	if (k->loses_one && k->n_fds) {
		k->n_fds--;
		k->loses_one = false;
	}
	while (k->n_fds)
		close(k->fds[--k->n_fds]);
	return e->why[0] ? ENGINE_FAULT : 0;
}

static void kernel_destroy(struct engine *e)
{
	struct kernel_engine *k = self(e);

	kernel_reset(e);
	kernel_drop_folders();
	free(k->fds);
	free(k->pins);
	free(k);
}

static const struct engine_ops kernel_ops = {
	.destroy = kernel_destroy,
	.reset = kernel_reset,
	.map_create = kernel_map_create,
	.map_lookup = kernel_map_lookup,
	.map_update = kernel_map_update,
	.map_delete = kernel_map_delete,
	.map_next_key = kernel_map_next_key,
	.map_lookup_and_delete = kernel_map_lookup_and_delete,
	.map_batch = kernel_map_batch,
	.map_freeze = kernel_map_freeze,
	.map_freeze_during = kernel_map_freeze_during,
	.map_mmap = kernel_map_mmap,
	.prog_load = kernel_prog_load,
	.prog_run = kernel_prog_run,
	.prog_bind_map = kernel_prog_bind_map,
	.obj_pin = kernel_obj_pin,
	.obj_get = kernel_obj_get,
	.obj_unpin = kernel_obj_unpin,
	.map_fd_by_id = kernel_map_fd_by_id,
	.prog_fd_by_id = kernel_prog_fd_by_id,
	.map_next_id = kernel_map_next_id,
	.prog_next_id = kernel_prog_next_id,
	.map_info = kernel_map_info,
	.map_info_raw = kernel_map_info_raw,
	.prog_info = kernel_prog_info,
	.prog_attach = kernel_prog_attach,
	.iter_attach = kernel_iter_attach,
	.dup = kernel_dup,
	.close = kernel_close,
	.odd_fd = kernel_odd_fd,
	.btf_load = kernel_btf_load,
	.kernel_btf = kernel_own_btf,
	.token_create = kernel_token_create,
	.set_caps = kernel_set_caps,
	.fdinfo = kernel_fdinfo,
	.pin_read = kernel_pin_read,
	.prog_insns = kernel_prog_insns,
	.frees_later = true,
	.threads = true,
};

void kernel_engine_alone(struct engine *e)
{
	self(e)->alone = true;
}

void kernel_engine_lose_one(struct engine *e)
{
	self(e)->loses_one = true;
}

/*
 * How many processors there may be, from a list such as "0-3,8": so many values the kernel reads
 * and writes for one of a per-CPU map. 0 where it does not say.
 */
static unsigned int possible_cpus(void)
{
	FILE *f = fopen(POSSIBLE_CPUS, "re");
	unsigned int n = 0, first, last;

	while (f && fscanf(f, "%u", &first) == 1) {
		int c = fgetc(f);

		last = first;
		if (c == '-' && fscanf(f, "%u", &last) == 1)
			c = fgetc(f);
		n += last - first + 1;
		if (c != ',')
			break;
	}
	if (f)
		fclose(f);
	return n;
}

void kernel_engine_init(struct kernel_engine *k, enum kernel_mode mode)
{
	kernel_limit_memlock(false, 0);
	pthread_mutex_init(&k->lock, NULL);
	k->e.ops = &kernel_ops;
	k->e.name = kernel_mode_names[mode];
	k->e.n_cpus = possible_cpus();
	k->e.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	k->mode = mode;
}
