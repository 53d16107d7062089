// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins, ids, information, descriptors. */
#include <stdlib.h>
#include <string.h>

#include "serving.h"

void do_prog_bind_map(struct protocol_server *s)
{
	serve_result(s, s->e->ops->prog_bind_map(s->e, serve_fd(s, "prog"), serve_fd(s, "map"),
						 serve_number32(s, "flags")));
}

void do_prog_attach(struct protocol_server *s)
{
	serve_another_fd(s, s->e->ops->prog_attach(s->e, serve_fd(s, "prog")));
}

void do_obj_pin(struct protocol_server *s)
{
	char *path = serve_string(s, "path");

	if (!s->bad && path)
		serve_result(s, s->e->ops->obj_pin(s->e, serve_fd(s, "fd"), path,
						   serve_number32(s, "flags")));
	free(path);
}

void do_obj_get(struct protocol_server *s)
{
	char *path = serve_string(s, "path");

	if (!s->bad && path)
		serve_another_fd(s, s->e->ops->obj_get(s->e, path, serve_number32(s, "flags")));
	free(path);
}

void do_obj_unpin(struct protocol_server *s)
{
	char *path = serve_string(s, "path");

	if (!s->bad && path)
		serve_result(s, s->e->ops->obj_unpin(s->e, path));
	free(path);
}

void do_map_fd_by_id(struct protocol_server *s)
{
	serve_another_fd(s, s->e->ops->map_fd_by_id(s->e, serve_number32(s, "id"),
						    serve_number32(s, "flags")));
}

void do_prog_fd_by_id(struct protocol_server *s)
{
	serve_result(s, s->e->ops->prog_fd_by_id(s->e, serve_number32(s, "id"),
						 serve_number32(s, "flags")));
}

static void next_id(struct protocol_server *s, int (*op)(struct engine *, uint32_t, uint32_t *))
{
	uint32_t id = 0;

	if (serve_result(s, op(s->e, serve_number32(s, "start"), &id)))
		serve_put_number(s, "id", id);
}

void do_map_next_id(struct protocol_server *s)
{
	next_id(s, s->e->ops->map_next_id);
}

void do_prog_next_id(struct protocol_server *s)
{
	next_id(s, s->e->ops->prog_next_id);
}

void do_map_info(struct protocol_server *s)
{
	struct engine_map_info m = { 0 };

	if (!serve_result(s, s->e->ops->map_info(s->e, serve_fd(s, "map"), &m)))
		return;
	serve_put_number(s, "id", m.id);
	serve_put_number(s, "type", m.type);
	serve_put_number(s, "key_size", m.key_size);
	serve_put_number(s, "value_size", m.value_size);
	serve_put_number(s, "max_entries", m.max_entries);
	serve_put_number(s, "flags", m.map_flags);
	serve_put_bytes(s, "name", m.name, sizeof(m.name));
	serve_put_number(s, "ifindex", m.ifindex);
	serve_put_number(s, "btf_id", m.btf_id);
	serve_put_number(s, "btf_key_type_id", m.btf_key_type_id);
	serve_put_number(s, "btf_value_type_id", m.btf_value_type_id);
	serve_put_number(s, "map_extra", m.map_extra);
}

void do_prog_info(struct protocol_server *s)
{
	struct engine_prog_info p = { 0 };

	if (!serve_result(s, s->e->ops->prog_info(s->e, serve_fd(s, "prog"), &p)))
		return;
	serve_put_number(s, "id", p.id);
	serve_put_number(s, "type", p.type);
	serve_put_number(s, "jited_len", p.jited_len);
	serve_put_number(s, "xlated_len", p.xlated_len);
	serve_put_number(s, "nr_map_ids", p.nr_map_ids);
	serve_put_bytes(s, "name", p.name, sizeof(p.name));
}

void do_map_info_raw(struct protocol_server *s)
{
	uint8_t info[SERVE_MAX_INFO] = { 0 };
	const char *value = message_value(&s->m, "info");
	long n = value ? hex_parse(value, info, sizeof(info)) : -1;

	if (n < 0)
		serve_bad(s, "not hexadecimal", "info");
	else if (serve_result(s, s->e->ops->map_info_raw(s->e, serve_fd(s, "map"), info,
							 serve_number32(s, "len"))))
		serve_put_bytes(s, "info", info, (size_t)n);
}

void do_dup(struct protocol_server *s)
{
	serve_another_fd(s, s->e->ops->dup(s->e, serve_fd(s, "fd")));
}

void do_close(struct protocol_server *s)
{
	int fd = serve_fd(s, "fd");
	struct size *size = serve_size_of(s, fd);

	if (serve_result(s, s->e->ops->close(s->e, fd)) && size)
		*size = s->sizes[--s->n_sizes];
}

void do_odd_fd(struct protocol_server *s)
{
	const char *kind = message_value(&s->m, "kind");

	serve_result(s,
		     s->e->ops->odd_fd(s->e, kind && strcmp(kind, "file") == 0 ? ENGINE_FD_FILE
									       : ENGINE_FD_CLOSED));
}

void do_btf_load(struct protocol_server *s)
{
	serve_result(s, s->e->ops->btf_load(s->e));
}
