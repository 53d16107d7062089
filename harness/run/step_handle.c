// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Handles: pins, ids, copies, and what can be asked of them. */
#include <string.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "state.h"

#define INFO_LEN    88	 /* bytes: sizeof(struct bpf_map_info) from 5.16 to 6.17 */
#define INFO_BUFFER 8192 /* more than the kernel looks at */

int step_pin(struct run_state *r, const struct step *s)
{
	int status =
		CALL(r, obj_pin, resolve_fd(r, &s->fd), s->path, (uint32_t)s->opt_num[OPT_FLAGS]);
	const struct object *o = object_of(r, &s->fd);

	if (status == 0 && o) {
		struct pin *pin = vec_add(r->pins, r->n_pins);

		pin->path = s->path;
		pin->object = (size_t)(o - r->objects);
	}
	return observed(r, status);
}

int step_unpin(struct run_state *r, const struct step *s)
{
	return observed(r, CALL(r, obj_unpin, s->path));
}

/* A new handle for what @like stands for. */
static int another_handle(struct run_state *r, const struct step *s, const struct object *like,
			  int fd)
{
	struct object copy = like ? *like : no_map;
	struct object *o;

	if (engine_gave_up(fd))
		return fd;
	o = add_object(r, s, fd);
	copy.handle = o->handle;
	copy.fd = o->fd;
	copy.made = false;
	*o = copy;
	return observed(r, fd);
}

int step_get(struct run_state *r, const struct step *s)
{
	int fd = CALL(r, obj_get, s->path, (uint32_t)s->opt_num[OPT_FLAGS]);
	const struct object *like = NULL;

	for (size_t i = 0; i < r->n_pins; i++)
		if (strcmp(r->pins[i].path, s->path) == 0)
			like = &r->objects[r->pins[i].object];
	return another_handle(r, s, like, fd);
}

/* What cannot be asked for its id must not seem to have none. */
static bool tells_id(const struct run_state *r, const struct object *o)
{
	return !o || (o->is_prog ? r->e->ops->prog_info != NULL : r->e->ops->map_info != NULL);
}

int step_by_id(struct run_state *r, const struct step *s)
{
	struct object *o = object_of(r, &s->fd);
	uint32_t id = o ? object_id(r, o) : 0;
	uint32_t flags = (uint32_t)s->opt_num[OPT_FLAGS];
	int fd;

	if (!tells_id(r, o))
		return no_ids(r);
	fd = s->op == STEP_MAP_BY_ID ? CALL(r, map_fd_by_id, id, flags)
				     : CALL(r, prog_fd_by_id, id, flags);
	return another_handle(r, s, o, fd);
}

int step_prog_in_slot(struct run_state *r, const struct step *s)
{
	const struct object *map = map_of(r, &s->fd), *like = NULL;
	uint8_t *value = arena_zalloc(r->memory, 1, map->value_size + MIN_BUFFER);
	struct engine_elem elem = {
		.fd = resolve_fd(r, &s->fd),
		.key = make_bytes(r, &s->key, map->key_size),
		.value = value,
		.key_size = map->key_size,
		.value_size = map->value_size,
	};
	int fd = CALL(r, map_lookup, &elem);
	uint32_t id = (uint32_t)load_number(r->e->big_endian, value, 4);

	if (!r->e->ops->prog_info)
		return no_ids(r);
	if (fd == 0)
		fd = CALL(r, prog_fd_by_id, id, 0);
	for (size_t i = 0; i < r->n_objects && id; i++)
		if (r->objects[i].is_prog && object_id(r, &r->objects[i]) == id)
			like = &r->objects[i];
	return another_handle(r, s, like, fd);
}

/* A name as one word: what is no plain character as \xHH. */
static void observe_name(struct run_state *r, const char *name, size_t size)
{
	for (size_t i = 0; i < size && name[i]; i++) {
		unsigned char c = (unsigned char)name[i];

		text_printf(r->seen, c > ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
	}
}

static int info_of_map(struct run_state *r, const struct step *s, int fd)
{
	struct engine_map_info m = { 0 };
	int status = CALL(r, map_info, fd, &m);
	const struct {
		const char *field;
		uint64_t value;
	} fields[] = {
		{ "type", m.type },
		{ "key_size", m.key_size },
		{ "value_size", m.value_size },
		{ "max_entries", m.max_entries },
		{ "map_flags", m.map_flags },
		{ "ifindex", m.ifindex },
		{ "map_extra", m.map_extra },
		{ "btf_id", m.btf_id },
		{ "btf_key", m.btf_key_type_id },
		{ "btf_value", m.btf_value_type_id },
	};

	if (status)
		return observed(r, status);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].field, s->field) == 0)
			text_number(r->seen, fields[i].value);
	if (strcmp(s->field, "name") == 0)
		observe_name(r, m.name, sizeof(m.name));
	return 0;
}

/* The fields of struct bpf_map_info: include/uapi/linux/bpf.h of 7.x. */
static const struct {
	const char *field;
	size_t offset, size;
} raw_info[] = {
	{ "type", 0, 4 },	  { "key_size", 8, 4 },	  { "value_size", 12, 4 },
	{ "max_entries", 16, 4 }, { "map_flags", 20, 4 }, { "name", 24, 16 },
	{ "ifindex", 40, 4 },	  { "btf_id", 64, 4 },	  { "btf_key", 68, 4 },
	{ "btf_value", 72, 4 },	  { "map_extra", 80, 8 },
};

/* The command with a buffer of the case's own size, and with something in it. */
static int info_raw(struct run_state *r, const struct step *s, int fd)
{
	uint32_t len = s->opt_set & (1ULL << OPT_LEN) ? (uint32_t)s->opt_num[OPT_LEN] : INFO_LEN;
	uint8_t *info = arena_alloc(r->memory, 1, INFO_BUFFER);
	int status;

	memset(info, (int)s->opt_num[OPT_FILL], INFO_BUFFER);
	if (s->opt_set & (1ULL << OPT_STRAY) && s->opt_num[OPT_STRAY] < INFO_BUFFER)
		info[s->opt_num[OPT_STRAY]] = 1;
	status = CALL(r, map_info_raw, fd, info, len);
	for (size_t i = 0; i < sizeof(raw_info) / sizeof(raw_info[0]) && !status; i++) {
		if (strcmp(raw_info[i].field, s->field) != 0)
			continue;
		if (raw_info[i].size == 16)
			observe_name(r, (char *)info + raw_info[i].offset, 16);
		else
			text_number(r->seen,
				    load_number(r->e->big_endian, info + raw_info[i].offset,
						raw_info[i].size));
	}
	return status ? observed(r, status) : 0;
}

static int info_of_prog(struct run_state *r, const struct step *s, int fd)
{
	struct engine_prog_info p = { 0 };
	int status = CALL(r, prog_info, fd, &p);

	if (status)
		return observed(r, status);
	if (strcmp(s->field, "name") == 0)
		observe_name(r, p.name, sizeof(p.name));
	else if (strcmp(s->field, "type") == 0)
		text_number(r->seen, p.type);
	else if (strcmp(s->field, "nr_map_ids") == 0)
		text_number(r->seen, p.nr_map_ids);
	else if (strcmp(s->field, "jited") == 0)
		text_number(r->seen, p.jited_len != 0);
	return 0;
}

int step_info(struct run_state *r, const struct step *s)
{
	const struct object *o = object_of(r, &s->fd);
	int fd = resolve_fd(r, &s->fd);

	if (s->opt_set & (1ULL << OPT_LEN | 1ULL << OPT_FILL | 1ULL << OPT_STRAY))
		return info_raw(r, s, fd);
	if (strcmp(s->field, "tail_calls") == 0)
		return info_tail_calls(r, fd);
	return o && o->is_prog ? info_of_prog(r, s, fd) : info_of_map(r, s, fd);
}

int step_same(struct run_state *r, const struct step *s)
{
	struct object *a = object_of(r, &s->fd), *b = object_of(r, &s->fd2);
	uint32_t id[2] = { 0, 0 };

	if (!tells_id(r, a) || !tells_id(r, b))
		return no_ids(r);
	/* Asked for anew: what a handle was copied from must not answer for it. */
	if (a && b && a->is_prog == b->is_prog && a->fd >= 0 && b->fd >= 0) {
		struct object fresh[2] = { *a, *b };

		for (int i = 0; i < 2; i++) {
			fresh[i].id = 0;
			id[i] = object_id(r, &fresh[i]);
		}
	}
	text_number(r->seen, id[0] && id[0] == id[1]);
	return 0;
}

int step_dup(struct run_state *r, const struct step *s)
{
	const struct object *o = object_of(r, &s->fd);

	return another_handle(r, s, o, CALL(r, dup, resolve_fd(r, &s->fd)));
}

int step_close(struct run_state *r, const struct step *s)
{
	struct object *o = object_of(r, &s->fd);
	int fd = resolve_fd(r, &s->fd);

	/* While it can still be asked: later steps may want to know its id. */
	if (o) {
		object_id(r, o);
		o->fd = -1;
	}
	return observed(r, CALL(r, close, fd));
}
