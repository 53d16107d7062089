// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The operations but those on programs: each is a request. */
#include "process.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/clock.h"
#include "internal.h"

#define HASH_SIZE 32
#define MAX_IDS	  2000
#define MAX_INFO  4096 /* bytes of a map's information: what a kernel looks at */

bool process_fd_open(const struct process_engine *p, int fd)
{
	return fd >= 0 && fd < PROTOCOL_MAX_FD && p->open[fd / 8] & 1U << fd % 8;
}

void process_fd_set(struct process_engine *p, int fd, bool open)
{
	if (fd < 0 || fd >= PROTOCOL_MAX_FD)
		return;
	if (open)
		p->open[fd / 8] |= (uint8_t)(1U << fd % 8);
	else
		p->open[fd / 8] &= (uint8_t) ~(1U << fd % 8);
}

/* A descriptor as bpf(2) sees it, 32 bits that may be -1. */
static void request_fd_field(struct process_engine *p, const char *key, int fd)
{
	text_printf(&p->request, " %s=%d", key, fd);
}

int process_wordless(struct engine *e, const char *what)
{
	snprintf(e->why, sizeof(e->why), "the protocol has no word for %s", what);
	return ENGINE_UNSUPPORTED;
}

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

/* A field that stays as it is where the reply does not have it. */
static bool maybe_u32(struct process_engine *p, const char *key, uint32_t *n)
{
	return !message_value(&p->reply, key) || reply_u32(p, key, n);
}

static bool maybe_name(struct process_engine *p, char name[16])
{
	size_t n;

	return !message_value(&p->reply, "name") || reply_some(p, "name", name, 16, &n);
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
	    !reply_u32(p, "flags", &m->map_flags) || !maybe_name(p, m->name) ||
	    !maybe_u32(p, "ifindex", &m->ifindex) || !maybe_u32(p, "btf_id", &m->btf_id) ||
	    !maybe_u32(p, "btf_key_type_id", &m->btf_key_type_id) ||
	    !maybe_u32(p, "btf_value_type_id", &m->btf_value_type_id) ||
	    (message_value(&p->reply, "map_extra") &&
	     !reply_number(p, "map_extra", UINT64_MAX, &m->map_extra)))
		return ENGINE_FAULT;
	return 0;
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
	    !maybe_u32(p, "jited_len", &i->jited_len) ||
	    !maybe_u32(p, "xlated_len", &i->xlated_len) ||
	    !maybe_u32(p, "nr_map_ids", &i->nr_map_ids) || !maybe_name(p, i->name))
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

static int reset(struct engine *e)
{
	struct process_engine *p = to_process(e);
	int status;

	request_begin(p, "reset");
	status = request_status(p, "");
	memset(p->open, 0, PROTOCOL_MAX_FD / 8);
	if (status < 0 && status != ENGINE_FAULT)
		return process_trouble(p, PROCESS_PROTOCOL, "it cannot");
	return status;
}

static void destroy(struct engine *e)
{
	struct process_engine *p = to_process(e);

	child_free(p->child);
	text_release(&p->request);
	free(p->command);
	free(p->open);
	free(p);
}

/* Operations of which each is a capability; the offset of its pointer in struct engine_ops. */
static const struct {
	enum protocol_cap cap;
	size_t offset;
} cap_ops[] = {
#define OP(cap, name)                                  \
	{                                              \
		cap, offsetof(struct engine_ops, name) \
	}
	OP(CAP_MAP_CREATE, map_create),
	OP(CAP_MAP_LOOKUP, map_lookup),
	OP(CAP_MAP_UPDATE, map_update),
	OP(CAP_MAP_DELETE, map_delete),
	OP(CAP_MAP_NEXT_KEY, map_next_key),
	OP(CAP_MAP_LOOKUP_AND_DELETE, map_lookup_and_delete),
	OP(CAP_MAP_BATCH, map_batch),
	OP(CAP_MAP_FREEZE, map_freeze),
	OP(CAP_MAP_MMAP, map_mmap),
	OP(CAP_PROG_LOAD, prog_load),
	OP(CAP_PROG_RUN, prog_run),
	OP(CAP_PROG_BIND_MAP, prog_bind_map),
	OP(CAP_PROG_ATTACH, prog_attach),
	OP(CAP_OBJ_PIN, obj_pin),
	OP(CAP_OBJ_GET, obj_get),
	OP(CAP_OBJ_UNPIN, obj_unpin),
	OP(CAP_MAP_FD_BY_ID, map_fd_by_id),
	OP(CAP_PROG_FD_BY_ID, prog_fd_by_id),
	OP(CAP_MAP_NEXT_ID, map_next_id),
	OP(CAP_PROG_NEXT_ID, prog_next_id),
	OP(CAP_MAP_INFO, map_info),
	OP(CAP_PROG_INFO, prog_info),
	OP(CAP_MAP_INFO_RAW, map_info_raw),
	OP(CAP_DUP, dup),
	OP(CAP_ODD_FD, odd_fd),
	OP(CAP_BTF_LOAD, btf_load),
#undef OP
};

static const struct engine_ops all_ops = {
	.destroy = destroy,
	.reset = reset,
	.map_create = map_create,
	.map_lookup = map_lookup,
	.map_update = map_update,
	.map_delete = map_delete,
	.map_next_key = map_next_key,
	.map_lookup_and_delete = map_lookup_and_delete,
	.map_batch = map_batch,
	.map_freeze = map_freeze,
	.map_mmap = map_mmap,
	.prog_load = process_prog_load,
	.prog_run = process_prog_run,
	.prog_bind_map = prog_bind_map,
	.prog_attach = prog_attach,
	.obj_pin = obj_pin,
	.obj_get = obj_get,
	.obj_unpin = obj_unpin,
	.map_fd_by_id = map_fd_by_id,
	.prog_fd_by_id = prog_fd_by_id,
	.map_next_id = map_next_id,
	.prog_next_id = prog_next_id,
	.map_info = map_info,
	.prog_info = prog_info,
	.map_info_raw = map_info_raw,
	.dup = process_dup,
	.close = process_close,
	.odd_fd = odd_fd,
	.btf_load = btf_load,
};

static void take_hello(struct process_engine *p, const struct hello *h)
{
	p->hello = *h;
	p->ops = all_ops;
	for (size_t i = 0; i < sizeof(cap_ops) / sizeof(cap_ops[0]); i++)
		if (!(h->caps & 1ULL << cap_ops[i].cap))
			memset((char *)&p->ops + cap_ops[i].offset, 0, sizeof(void (*)(void)));
	p->ops.frees_later = h->caps & 1ULL << CAP_FREES_LATER;
	p->engine.ops = &p->ops;
	p->engine.name = p->hello.name;
	p->engine.big_endian = h->big_endian;
	p->engine.n_cpus = h->n_cpus;
	p->engine.loads_unchecked = !(h->caps & 1ULL << CAP_CHECKS);
}

struct engine *process_engine_new(const struct process_config *c, char *why, size_t why_size)
{
	struct process_engine *p = xcalloc(1, sizeof(*p));
	struct hello h;

	p->config = *c;
	p->command = xstrdup(c->command);
	p->open = xcalloc(PROTOCOL_MAX_FD / 8, 1);
	if (process_greet(p, &h, why, why_size)) {
		destroy(&p->engine);
		return NULL;
	}
	take_hello(p, &h);
	return &p->engine;
}

static bool same_hello(const struct hello *a, const struct hello *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->version, b->version) &&
	       a->big_endian == b->big_endian && a->n_cpus == b->n_cpus &&
	       a->max_line == b->max_line && a->caps == b->caps;
}

int process_engine_restart(struct engine *e, char *why, size_t why_size)
{
	struct process_engine *p = to_process(e);
	struct hello first = p->hello, h;

	child_free(p->child);
	p->child = NULL;
	memset(p->open, 0, PROTOCOL_MAX_FD / 8);
	if (process_greet(p, &h, why, why_size)) {
		p->hello = first;
		return -1;
	}
	p->hello = first;
	if (!same_hello(&h, &first)) {
		process_trouble(p, PROCESS_PROTOCOL,
				"it is another one than at first (name, version, caps ...)");
		snprintf(why, why_size, "%s", p->trouble_why);
		return -1;
	}
	return 0;
}

enum process_trouble process_engine_trouble(const struct engine *e)
{
	return ((const struct process_engine *)e)->trouble;
}

int process_engine_begin(struct engine *e, const char *case_name)
{
	struct process_engine *p = to_process(e);

	p->case_end = clock_seconds() + p->config.case_seconds;
	p->n_ids = 0;
	request_begin(p, "begin");
	text_add(&p->request, " case=");
	text_add(&p->request, case_name);
	/* This one is on no leash: each case begins where the scheduler finds both a place. */
	if (request_status(p, ""))
		return ENGINE_FAULT;
	child_keep_close(p->child);
	return 0;
}

int process_engine_end(struct engine *e)
{
	struct process_engine *p = to_process(e);
	int status;

	request_begin(p, "end");
	status = request_status(p, "");
	child_let_go(p->child);
	p->case_end = 0;
	return status ? ENGINE_FAULT : 0;
}

const char *process_engine_version(const struct engine *e)
{
	return ((const struct process_engine *)e)->hello.version;
}

bool process_engine_has(const struct engine *e, int cap)
{
	return ((const struct process_engine *)e)->hello.caps & 1ULL << cap;
}
