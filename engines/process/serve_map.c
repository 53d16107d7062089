// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Commands on maps. */
#include <string.h>

#include "serving.h"

/* What a lookup writes: all processors' values. */
static size_t value_room(struct protocol_server *s, int fd)
{
	const struct size *size = serve_size_of(s, fd);
	size_t one = size ? ((size_t)size->value + 7) / 8 * 8 : 8;

	return one * (s->e->n_cpus ? s->e->n_cpus : 1);
}

static size_t value_size(struct protocol_server *s, int fd)
{
	struct engine_map_info info;
	const struct size *size = serve_size_of(s, fd);

	if (!size)
		return 0;
	if (s->e->ops->map_info(s->e, fd, &info))
		return size->value;
	switch (info.type) {
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return value_room(s, fd);
	default:
		return size->value;
	}
}

void do_map_create(struct protocol_server *s)
{
	struct engine_map_create a = { 0 };
	const void *name;
	size_t n;

	for (int i = 0; map_create_numbers[i].key; i++)
		if (!protocol_set(&a, &map_create_numbers[i],
				  serve_number(s, map_create_numbers[i].key)))
			serve_bad(s, "too large", map_create_numbers[i].key);
	name = serve_bytes(s, "name", &n);
	if (name)
		memcpy(a.name, name, n < sizeof(a.name) ? n : sizeof(a.name));
	a.excl_prog_hash = serve_bytes(s, "excl_prog_hash", &n);
	if (!s->bad)
		serve_new_fd(s, s->e->ops->map_create(s->e, &a), a.key_size, a.value_size);
}

static struct engine_elem elem(struct protocol_server *s)
{
	struct engine_elem el = { .fd = serve_fd(s, "map"), .flags = serve_number(s, "flags") };
	size_t n;

	el.key = serve_bytes(s, "key", &n);
	el.key_size = (uint32_t)n;
	el.stray_byte = serve_number32(s, "stray");
	return el;
}

void do_map_update(struct protocol_server *s)
{
	struct engine_elem el = elem(s);
	size_t n;

	el.value = serve_bytes(s, "value", &n);
	el.value_size = (uint32_t)n;
	if (!s->bad)
		serve_result(s, s->e->ops->map_update(s->e, &el));
}

void do_map_delete(struct protocol_server *s)
{
	struct engine_elem el = elem(s);
	size_t n;

	el.value = serve_bytes(s, "out", &n);
	if (!s->bad)
		serve_result(s, s->e->ops->map_delete(s->e, &el));
}

/* Commands that write @size bytes, or to the odd pointer that was given. */
static void elem_out(struct protocol_server *s, int (*op)(struct engine *, struct engine_elem *),
		     const char *key)
{
	struct engine_elem el = elem(s);
	bool given = message_value(&s->m, "out");
	const struct size *known = serve_size_of(s, el.fd);
	size_t n, key_size = known ? known->key : 4;

	el.value = given ? serve_bytes(s, "out", &n)
			 : serve_memory(s, value_room(s, el.fd) + key_size);
	if (s->bad || !serve_result(s, op(s->e, &el)) || given)
		return;
	serve_put_bytes(s, key, el.value, *key == 'n' ? key_size : value_size(s, el.fd));
}

void do_map_lookup(struct protocol_server *s)
{
	elem_out(s, s->e->ops->map_lookup, "value");
}

void do_map_lookup_and_delete(struct protocol_server *s)
{
	elem_out(s, s->e->ops->map_lookup_and_delete, "value");
}

void do_map_next_key(struct protocol_server *s)
{
	elem_out(s, s->e->ops->map_next_key, "next");
}

static enum bpf_cmd batch_op(struct protocol_server *s)
{
	const char *op = message_value(&s->m, "op");

	if (op && strcmp(op, "lookup") == 0)
		return BPF_MAP_LOOKUP_BATCH;
	if (op && strcmp(op, "lookup_and_delete") == 0)
		return BPF_MAP_LOOKUP_AND_DELETE_BATCH;
	if (op && strcmp(op, "update") == 0)
		return BPF_MAP_UPDATE_BATCH;
	if (!op || strcmp(op, "delete") != 0)
		serve_bad(s, "unknown", "op");
	return BPF_MAP_DELETE_BATCH;
}

void do_map_batch(struct protocol_server *s)
{
	struct engine_batch b = {
		.op = batch_op(s),
		.fd = serve_fd(s, "map"),
		.count = serve_number32(s, "count"),
		.elem_flags = serve_number(s, "elem_flags"),
		.flags = serve_number(s, "flags"),
		.first = !message_value(&s->m, "batch"),
		.batch = serve_number32(s, "batch"),
		.stray_byte = serve_number32(s, "stray"),
	};
	const struct size *known = serve_size_of(s, b.fd);
	size_t n, count = b.count < SERVE_MAX_LINE / 64 ? b.count : 0;

	b.keys = serve_bytes(s, "keys", &n);
	if (!b.keys)
		b.keys = serve_memory(s, count * (known ? known->key : 4));
	b.values = serve_bytes(s, "values", &n);
	if (!b.values)
		b.values = serve_memory(s, count * value_room(s, b.fd));
	if (!s->bad && serve_result(s, s->e->ops->map_batch(s->e, &b)))
		serve_put_number(s, "count", b.count);
}

void do_map_freeze(struct protocol_server *s)
{
	serve_result(s, s->e->ops->map_freeze(s->e, serve_fd(s, "map")));
}

void do_map_mmap(struct protocol_server *s)
{
	serve_result(s, s->e->ops->map_mmap(s->e, serve_fd(s, "map")));
}
