// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about what maps and programs have alike: descriptors, ids, pins; and attaching. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define MAX_IDS 2000

static int prog_bind_map(struct engine *e, int prog_fd, int map_fd, uint32_t flags)
{
	struct process_engine *p = to_process(e);

	request_begin(p, "prog_bind_map");
	request_fd_field(p, "prog", prog_fd);
	request_fd_field(p, "map", map_fd);
	request_option(p, "flags", flags);
	return request_status(p, "");
}

static int prog_attach(struct engine *e, int prog_fd)
{
	struct process_engine *p = to_process(e);

	request_begin(p, "prog_attach");
	request_fd_field(p, "prog", prog_fd);
	return request_fd(p, "");
}

static int obj_pin(struct engine *e, int fd, const char *path, uint32_t flags)
{
	struct process_engine *p = to_process(e);

	if (*path == '/')
		return process_wordless(e, "names outside of the BPF file system");
	request_begin(p, "obj_pin");
	request_fd_field(p, "fd", fd);
	request_bytes(p, "path", path, strlen(path));
	request_option(p, "flags", flags);
	return request_status(p, "");
}

static int obj_get(struct engine *e, const char *path, uint32_t flags)
{
	struct process_engine *p = to_process(e);

	if (*path == '/')
		return process_wordless(e, "names outside of the BPF file system");
	request_begin(p, "obj_get");
	request_bytes(p, "path", path, strlen(path));
	request_option(p, "flags", flags);
	return request_fd(p, "");
}

static int obj_unpin(struct engine *e, const char *path)
{
	struct process_engine *p = to_process(e);

	request_begin(p, "obj_unpin");
	request_bytes(p, "path", path, strlen(path));
	return request_status(p, "");
}

static int fd_by_id(struct engine *e, const char *command, uint32_t id, uint32_t flags)
{
	struct process_engine *p = to_process(e);

	request_begin(p, command);
	request_number(p, "id", id);
	request_option(p, "flags", flags);
	return request_fd(p, "");
}

static int map_fd_by_id(struct engine *e, uint32_t id, uint32_t flags)
{
	return fd_by_id(e, "map_fd_by_id", id, flags);
}

static int prog_fd_by_id(struct engine *e, uint32_t id, uint32_t flags)
{
	return fd_by_id(e, "prog_fd_by_id", id, flags);
}

static int next_id(struct engine *e, const char *command, uint32_t start, uint32_t *next)
{
	struct process_engine *p = to_process(e);
	int status;

	request_begin(p, command);
	request_number(p, "start", start);
	status = request_status(p, "id");
	if (status == 0 && !reply_u32(p, "id", next))
		return ENGINE_FAULT;
	if (++p->n_ids > MAX_IDS)
		return process_trouble(p, PROCESS_PROTOCOL, "more than %d ids in a case", MAX_IDS);
	/* Who asks goes on from there. */
	if (status == 0 && *next <= start)
		return process_trouble(p, PROCESS_PROTOCOL, "id=%u is not above %u", *next, start);
	return status;
}

static int map_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	return next_id(e, "map_next_id", start, next);
}

static int prog_next_id(struct engine *e, uint32_t start, uint32_t *next)
{
	return next_id(e, "prog_next_id", start, next);
}

static int prog_info(struct engine *e, int fd, struct engine_prog_info *i)
{
	struct process_engine *p = to_process(e);
	int status;

	memset(i, 0, sizeof(*i));
	request_begin(p, "prog_info");
	request_fd_field(p, "prog", fd);
	status = request_status(p, "id type jited_len xlated_len nr_map_ids name");
	if (status)
		return status;
	if (!reply_u32(p, "id", &i->id) || !reply_u32(p, "type", &i->type) ||
	    !reply_maybe_u32(p, "jited_len", &i->jited_len) ||
	    !reply_maybe_u32(p, "xlated_len", &i->xlated_len) ||
	    !reply_maybe_u32(p, "nr_map_ids", &i->nr_map_ids) || !reply_maybe_name(p, i->name))
		return ENGINE_FAULT;
	return 0;
}

static int process_dup(struct engine *e, int fd)
{
	struct process_engine *p = to_process(e);

	request_begin(p, "dup");
	request_fd_field(p, "fd", fd);
	return request_fd(p, "");
}

static int process_close(struct engine *e, int fd)
{
	struct process_engine *p = to_process(e);
	int status;

	request_begin(p, "close");
	request_fd_field(p, "fd", fd);
	status = request_status(p, "");
	if (status == 0)
		process_fd_set(p, fd, false);
	return status;
}

/* A number alone: nothing is opened for the case. */
static int odd_fd(struct engine *e, enum engine_odd_fd kind)
{
	struct process_engine *p = to_process(e);
	int fd;

	request_begin(p, "odd_fd");
	text_add(&p->request, kind == ENGINE_FD_FILE ? " kind=file" : " kind=closed");
	fd = request_send(p, "");
	if (fd >= 0 && process_fd_open(p, fd))
		return process_trouble(p, PROCESS_PROTOCOL,
				       "descriptor %d, which is a map's or a program's", fd);
	return fd;
}

static int btf_load(struct engine *e)
{
	struct process_engine *p = to_process(e);

	request_begin(p, "btf_load");
	return request_fd(p, "");
}

void process_object_ops(struct engine_ops *o)
{
	o->prog_bind_map = prog_bind_map;
	o->prog_attach = prog_attach;
	o->obj_pin = obj_pin;
	o->obj_get = obj_get;
	o->obj_unpin = obj_unpin;
	o->map_fd_by_id = map_fd_by_id;
	o->prog_fd_by_id = prog_fd_by_id;
	o->map_next_id = map_next_id;
	o->prog_next_id = prog_next_id;
	o->prog_info = prog_info;
	o->dup = process_dup;
	o->close = process_close;
	o->odd_fd = odd_fd;
	o->btf_load = btf_load;
}
