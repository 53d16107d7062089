// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests about maps and what is in them. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define HASH_SIZE 32
#define MAX_INFO  4096 /* bytes of a map's information: what a kernel looks at */

static int map_create(struct engine *e, const struct engine_map_create *a)
{
	struct process_engine *p = to_process(e);
	size_t name_len = strnlen(a->name, sizeof(a->name));

	if (a->log)
		return process_wordless(e, "a log of making maps");
	if (a->bad_attr || a->has_memlock)
		return process_wordless(e, a->bad_attr ? "attributes that cannot be read"
						       : "limits of locked memory");
	/* A name may have a NUL in the middle. */
	for (size_t i = name_len; i < sizeof(a->name); i++)
		if (a->name[i])
			name_len = i + 1;
	request_begin(p, "map_create");
	for (int i = 0; map_create_numbers[i].key; i++) {
		const struct protocol_number *n = &map_create_numbers[i];

		if (i < 4) /* what every map has */
			request_number(p, n->key, protocol_get(a, n));
		else
			request_option(p, n->key, protocol_get(a, n));
	}
	if (name_len)
		request_bytes(p, "name", a->name, name_len);
	/* No hash is longer; a size that is wrong on purpose goes over the line as a number. */
	if (a->excl_prog_hash)
		request_bytes(p, "excl_prog_hash", a->excl_prog_hash,
			      a->excl_prog_hash_size < HASH_SIZE ? a->excl_prog_hash_size
								 : HASH_SIZE);
	return request_fd(p, "");
}

static void elem_begin(struct process_engine *p, const char *command, const struct engine_elem *el)
{
	request_begin(p, command);
	request_fd_field(p, "map", el->fd);
	request_bytes(p, "key", el->key, el->key_size);
	request_option(p, "flags", el->flags);
	request_option(p, "stray", el->stray_byte);
}

static bool is_odd(const void *pointer)
{
	return !pointer || pointer == ENGINE_BAD_PTR;
}

static int map_update(struct engine *e, struct engine_elem *el)
{
	struct process_engine *p = to_process(e);

	if (el->bad_attr)
		return process_wordless(e, "attributes that cannot be read");
	elem_begin(p, "map_update", el);
	request_bytes(p, "value", el->value, el->value_size);
	return request_status(p, "");
}

static int map_delete(struct engine *e, struct engine_elem *el)
{
	struct process_engine *p = to_process(e);

	if (el->bad_attr)
		return process_wordless(e, "attributes that cannot be read");
	elem_begin(p, "map_delete", el);
	if (el->value == ENGINE_BAD_PTR)
		request_bytes(p, "out", el->value, 0);
	return request_status(p, "");
}

/* The commands that give @size bytes, under @key. */
static int elem_out(struct engine *e, const char *command, struct engine_elem *el, const char *key,
		    size_t size)
{
	struct process_engine *p = to_process(e);
	int status;

	if (el->bad_attr)
		return process_wordless(e, "attributes that cannot be read");
	elem_begin(p, command, el);
	if (is_odd(el->value))
		request_bytes(p, "out", el->value, 0);
	status = request_status(p, key);
	if (status == 0 && !is_odd(el->value) && !reply_bytes(p, key, el->value, size))
		return ENGINE_FAULT;
	return status;
}

static int map_lookup(struct engine *e, struct engine_elem *el)
{
	return elem_out(e, "map_lookup", el, "value", el->value_size);
}

static int map_lookup_and_delete(struct engine *e, struct engine_elem *el)
{
	return elem_out(e, "map_lookup_and_delete", el, "value", el->value_size);
}

static int map_next_key(struct engine *e, struct engine_elem *el)
{
	return elem_out(e, "map_next_key", el, "next", el->key_size);
}

/* Keys and values that a lookup finds stay there: how many is what is observed. */
static int map_batch(struct engine *e, struct engine_batch *b)
{
	struct process_engine *p = to_process(e);
	bool writes = b->op == BPF_MAP_UPDATE_BATCH, deletes = b->op == BPF_MAP_DELETE_BATCH;
	int status;

	request_begin(p, "map_batch");
	text_printf(&p->request, " op=%s",
		    writes			    ? "update"
		    : deletes			    ? "delete"
		    : b->op == BPF_MAP_LOOKUP_BATCH ? "lookup"
						    : "lookup_and_delete");
	request_fd_field(p, "map", b->fd);
	request_number(p, "count", b->count);
	if (writes || deletes)
		request_bytes(p, "keys", b->keys, (size_t)b->count * b->key_size);
	if (writes)
		request_bytes(p, "values", b->values, (size_t)b->count * b->value_size);
	request_option(p, "elem_flags", b->elem_flags);
	request_option(p, "flags", b->flags);
	if (!b->first)
		request_number(p, "batch", b->batch);
	request_option(p, "stray", b->stray_byte);
	status = request_status(p, "count");
	if (status == 0 && !reply_u32(p, "count", &b->count))
		return ENGINE_FAULT;
	return status;
}

/* Commands that have nothing but a descriptor, of a map. */
static int of_map(struct engine *e, const char *command, int fd)
{
	struct process_engine *p = to_process(e);

	request_begin(p, command);
	request_fd_field(p, "map", fd);
	return request_status(p, "");
}

static int map_freeze(struct engine *e, int fd)
{
	return of_map(e, "map_freeze", fd);
}

static int map_mmap(struct engine *e, int fd)
{
	return of_map(e, "map_mmap", fd);
}

static int map_info(struct engine *e, int fd, struct engine_map_info *m)
{
	struct process_engine *p = to_process(e);
	int status;

	memset(m, 0, sizeof(*m));
	request_begin(p, "map_info");
	request_fd_field(p, "map", fd);
	status = request_status(p, "id type key_size value_size max_entries flags name ifindex "
				   "btf_id btf_key_type_id btf_value_type_id map_extra");
	if (status)
		return status;
	if (!reply_u32(p, "id", &m->id) || !reply_u32(p, "type", &m->type) ||
	    !reply_u32(p, "key_size", &m->key_size) ||
	    !reply_u32(p, "value_size", &m->value_size) ||
	    !reply_u32(p, "max_entries", &m->max_entries) ||
	    !reply_u32(p, "flags", &m->map_flags) || !reply_maybe_name(p, m->name) ||
	    !reply_maybe_u32(p, "ifindex", &m->ifindex) ||
	    !reply_maybe_u32(p, "btf_id", &m->btf_id) ||
	    !reply_maybe_u32(p, "btf_key_type_id", &m->btf_key_type_id) ||
	    !reply_maybe_u32(p, "btf_value_type_id", &m->btf_value_type_id) ||
	    (message_value(&p->reply, "map_extra") &&
	     !reply_number(p, "map_extra", UINT64_MAX, &m->map_extra)))
		return ENGINE_FAULT;
	return 0;
}

static int map_info_raw(struct engine *e, int fd, void *info, uint32_t len)
{
	struct process_engine *p = to_process(e);
	uint32_t size = len < MAX_INFO ? len : MAX_INFO;
	int status;

	request_begin(p, "map_info_raw");
	request_fd_field(p, "map", fd);
	request_number(p, "len", len);
	request_bytes(p, "info", info, size);
	status = request_status(p, "info");
	if (status == 0 && !reply_bytes(p, "info", info, size))
		return ENGINE_FAULT;
	return status;
}

void process_map_ops(struct engine_ops *o)
{
	o->map_create = map_create;
	o->map_lookup = map_lookup;
	o->map_update = map_update;
	o->map_delete = map_delete;
	o->map_next_key = map_next_key;
	o->map_lookup_and_delete = map_lookup_and_delete;
	o->map_batch = map_batch;
	o->map_freeze = map_freeze;
	o->map_mmap = map_mmap;
	o->map_info = map_info;
	o->map_info_raw = map_info_raw;
}
