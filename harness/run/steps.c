// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What each verb does: one function a verb, and the table that finds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../case/words.h"
#include "state.h"

#define MAX_EXCL_HASH 64 /* bytes: more than the 32 that are right */

struct object *add_object(struct run_state *r, const struct step *s, int fd)
{
	struct object *o = &r->objects[r->n_objects++];

	*o = (struct object){ .handle = s->makes, .fd = fd < 0 ? -1 : fd };
	return o;
}

uint32_t object_id(struct run_state *r, struct object *o)
{
	struct engine_prog_info prog;
	struct engine_map_info map;

	if (o->id || o->fd < 0)
		return o->id;
	if (o->is_prog && CALL(r, prog_info, o->fd, &prog) == 0)
		o->id = prog.id;
	else if (!o->is_prog && CALL(r, map_info, o->fd, &map) == 0)
		o->id = map.id;
	return o->id;
}

int no_ids(struct run_state *r)
{
	snprintf(r->e->why, sizeof(r->e->why),
		 "the engine does not tell ids: no prog_info, map_info");
	return ENGINE_UNSUPPORTED;
}

uint32_t opt_fd(struct run_state *r, const struct step *s, enum opt opt)
{
	const char *text = s->opt_text[opt];
	struct fd_arg fd = { .kind = FD_NUMBER };
	const struct object *o;

	if (!text)
		return (uint32_t)s->opt_num[opt];
	if (strcmp(text, "fd:closed") == 0)
		fd.kind = FD_CLOSED;
	else if (strcmp(text, "fd:file") == 0)
		fd.kind = FD_FILE;
	else if (strncmp(text, "fd:", 3) == 0)
		fd.number = (int)strtol(text + 3, NULL, 0);
	else if ((o = find_object(r, text)))
		fd.number = o->fd;
	else
		fd.number = -1;
	return (uint32_t)resolve_fd(r, &fd);
}

/* The bytes of an option in hexadecimal digits: at most @size of them go to @to. How many. */
static size_t opt_hex(const struct step *s, enum opt opt, uint8_t *to, size_t size)
{
	const char *digits = s->opt_text[opt];
	size_t n = 0;

	for (; digits && digits[2 * n] && n < size; n++)
		sscanf(digits + 2 * n, "%2hhx", &to[n]);
	return n;
}

static const void *excl_hash(const struct step *s, uint8_t *hash, size_t size, uint32_t *hash_size)
{
	const char *text = s->opt_text[OPT_EXCL_HASH];
	const void *p = hash;

	*hash_size = 0;
	if (!text || strcmp(text, "null") == 0)
		p = NULL;
	else if (strcmp(text, "bad") == 0)
		p = ENGINE_BAD_PTR;
	else
		*hash_size = (uint32_t)opt_hex(s, OPT_EXCL_HASH, hash, size);
	if (s->opt_set & (1ULL << OPT_EXCL_SIZE))
		*hash_size = (uint32_t)s->opt_num[OPT_EXCL_SIZE];
	return p;
}

static int step_map(struct run_state *r, const struct step *s)
{
	uint8_t hash[MAX_EXCL_HASH] = { 0 };
	struct engine_map_create a = {
		.type = s->type,
		.key_size = s->opt_set & (1ULL << OPT_KEY) ? (uint32_t)s->opt_num[OPT_KEY] : 4,
		.value_size =
			s->opt_set & (1ULL << OPT_VALUE) ? (uint32_t)s->opt_num[OPT_VALUE] : 4,
		.max_entries =
			s->opt_set & (1ULL << OPT_ENTRIES) ? (uint32_t)s->opt_num[OPT_ENTRIES] : 1,
		.flags = (uint32_t)s->opt_num[OPT_FLAGS],
		.numa_node = (uint32_t)s->opt_num[OPT_NUMA],
		.map_extra = s->opt_num[OPT_EXTRA],
		.ifindex = (uint32_t)s->opt_num[OPT_IFINDEX],
		.btf_fd = opt_fd(r, s, OPT_BTF),
		.inner_map_fd = opt_fd(r, s, OPT_INNER),
		.btf_key_type_id = (uint32_t)s->opt_num[OPT_BTF_KEY],
		.btf_value_type_id = (uint32_t)s->opt_num[OPT_BTF_VALUE],
		.btf_vmlinux_value_type_id = (uint32_t)s->opt_num[OPT_BTF_VMLINUX],
		.value_type_btf_obj_fd = (int32_t)opt_fd(r, s, OPT_BTF_OBJ),
		.map_token_fd = (int32_t)opt_fd(r, s, OPT_TOKEN),
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.attr_size = (uint32_t)s->opt_num[OPT_SIZE],
		.has_attr_size = s->opt_set & (1ULL << OPT_SIZE),
		.spin_lock = s->opt_set & (1ULL << OPT_SPIN_LOCK),
		.timer = s->opt_set & (1ULL << OPT_TIMER),
		.bad_attr = s->opt_set & (1ULL << OPT_BAD_ATTR),
		.memlock = (uint32_t)s->opt_num[OPT_MEMLOCK],
		.has_memlock = s->opt_set & (1ULL << OPT_MEMLOCK),
	};
	struct object *o;
	int fd;

	a.excl_prog_hash = excl_hash(s, hash, sizeof(hash), &a.excl_prog_hash_size);

	/* A name of 16 characters fills the field without a NUL: that is a case, not a mistake. */
	if (s->opt_text[OPT_NAME])
		memcpy(a.name, s->opt_text[OPT_NAME],
		       strnlen(s->opt_text[OPT_NAME], sizeof(a.name)));
	opt_hex(s, OPT_RAW_NAME, (uint8_t *)a.name, sizeof(a.name));
	if (s->log) {
		a.log = r->log;
		a.log_size = ENGINE_LOG_SIZE;
		a.log[0] = '\0';
	}
	fd = CALL(r, map_create, &a);
	if (engine_gave_up(fd))
		return fd;
	o = add_object(r, s, fd);
	o->made = true;
	o->type = a.type;
	o->key_size = a.key_size;
	o->value_size = a.value_size;
	o->max_entries = a.max_entries;
	observe_status(r, fd);
	if (s->log) {
		observe_log(r, s->log);
		r->log[0] = '\0';
	}
	return 0;
}

static int step_btf(struct run_state *r, const struct step *s)
{
	int fd = s->op == STEP_BTF ? CALL(r, btf_load) : CALL(r, kernel_btf);

	if (engine_gave_up(fd))
		return fd;
	add_object(r, s, fd);
	return observed(r, fd);
}

static int step_token(struct run_state *r, const struct step *s)
{
	uint64_t grants = s->opt_num[OPT_GRANTS];
	int fd = CALL(r, token_create, grants >> GRANT_COMMANDS,
		      grants & ((1ULL << GRANT_COMMANDS) - 1));

	if (engine_gave_up(fd))
		return fd;
	add_object(r, s, fd);
	return observed(r, fd);
}

static int step_attach(struct run_state *r, const struct step *s)
{
	int prog = resolve_fd(r, &s->fd);
	int fd = s->opt_set & (1ULL << OPT_ITER_MAP)
			 ? CALL(r, iter_attach, prog, (int)opt_fd(r, s, OPT_ITER_MAP))
			 : CALL(r, prog_attach, prog);

	if (engine_gave_up(fd))
		return fd;
	add_object(r, s, fd);
	return observed(r, fd);
}

void *make_bytes(struct run_state *r, const struct bytes_arg *b, size_t size)
{
	uint8_t *p;
	uint64_t n = b->number;

	if (b->kind == BYTES_NULL)
		return NULL;
	if (b->kind == BYTES_BAD)
		return ENGINE_BAD_PTR;
	p = arena_zalloc(r->memory, 1, (size < b->hex_len ? b->hex_len : size) + MIN_BUFFER);
	if (b->kind == BYTES_HEX) {
		memcpy(p, b->hex, b->hex_len);
		return p;
	}
	if (b->kind == BYTES_FD)
		n = (uint32_t)resolve_fd(r, &b->fd);
	store_number(r->e->big_endian, p, n, size);
	return p;
}

const struct object no_map = { .fd = -1, .key_size = 4, .value_size = 4 };

const struct object *map_of(struct run_state *r, const struct fd_arg *fd)
{
	const struct object *o = object_of(r, fd);

	/* What could not be made, or is closed, may have any size: nothing is read or written. */
	return o && !o->is_prog && o->fd >= 0 ? o : &no_map;
}

static void observe_words(struct run_state *r, const uint8_t *p, size_t size)
{
	const char *between = "";

	for (size_t i = 0; i < size / 8; i++) {
		uint64_t word = load_number(r->e->big_endian, p + 8 * i, 8);

		if (word) {
			text_add(r->seen, between);
			text_number(r->seen, i);
			text_char(r->seen, ':');
			text_number(r->seen, word);
			between = " ";
		}
	}
	if (!*between)
		text_add(r->seen, "zero");
}

/* Ids differ from run to run: what counts is which of the case's programs one stands for. */
void observe_prog_id(struct run_state *r, uint32_t id)
{
	for (size_t i = 0; i < r->n_objects; i++) {
		if (r->objects[i].is_prog && object_id(r, &r->objects[i]) == id) {
			text_add(r->seen, r->objects[i].handle);
			return;
		}
	}
	text_add(r->seen, "unknown-id");
}

static void observe_value(struct run_state *r, const struct object *map, const uint8_t *p)
{
	size_t size = map->value_size;

	if (map->type == BPF_MAP_TYPE_PROG_ARRAY) {
		observe_prog_id(r, (uint32_t)load_number(r->e->big_endian, p, 4));
	} else if (size == 1 || size == 2 || size == 4 || size == 8) {
		text_number(r->seen, load_number(r->e->big_endian, p, size));
	} else if (size % 8 == 0) {
		observe_words(r, p, size);
	} else {
		text_add(r->seen, "hex:");
		text_hex(r->seen, p, size);
	}
}

static int step_update(struct run_state *r, const struct step *s)
{
	const struct object *map = map_of(r, &s->fd);
	struct engine_elem elem = {
		.fd = resolve_fd(r, &s->fd),
		.key = make_bytes(r, &s->key, map->key_size),
		.value = make_value(r, &s->value, map),
		.flags = s->opt_num[OPT_FLAGS],
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.bad_attr = s->opt_set & (1ULL << OPT_BAD_ATTR),
		.key_size = map->key_size,
		.value_size = (uint32_t)value_bytes(r, map),
	};
	int status = CALL(r, map_update, &elem);

	return observed(r, status);
}

/* Where a command is to write to: @buffer, or a pointer that the case gave instead. */
static void *out_pointer(const struct step *s, void *buffer)
{
	if (!s->opt_text[OPT_OUT])
		return buffer;
	return strcmp(s->opt_text[OPT_OUT], "bad") == 0 ? ENGINE_BAD_PTR : NULL;
}

/* Lookup, lookup-and-delete: the operation fills in a value that is then observed. */
static int step_lookup(struct run_state *r, const struct step *s)
{
	const struct object *map = map_of(r, &s->fd);
	uint8_t *value = arena_zalloc(r->memory, 1, value_bytes(r, map) + MIN_BUFFER);
	struct engine_elem elem = {
		.fd = resolve_fd(r, &s->fd),
		.key = make_bytes(r, &s->key, map->key_size),
		.value = out_pointer(s, value),
		.flags = s->opt_num[OPT_FLAGS],
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.bad_attr = s->opt_set & (1ULL << OPT_BAD_ATTR),
		.key_size = map->key_size,
		.value_size = (uint32_t)value_bytes(r, map),
	};
	int status = s->op == STEP_LOOKUP ? CALL(r, map_lookup, &elem)
					  : CALL(r, map_lookup_and_delete, &elem);

	if (status == 0 && map->type == BPF_MAP_TYPE_PROG_ARRAY && !r->e->ops->prog_info)
		return no_ids(r);
	if (status == 0)
		sum_values(r, map, value);
	if (status == 0)
		observe_value(r, map, value);
	else if (!engine_gave_up(status))
		observe_status(r, status);
	return engine_gave_up(status) ? status : 0;
}

static int step_delete(struct run_state *r, const struct step *s)
{
	const struct object *map = map_of(r, &s->fd);
	struct engine_elem elem = {
		.fd = resolve_fd(r, &s->fd),
		.key = make_bytes(r, &s->key, map->key_size),
		.value = out_pointer(s, NULL),
		.flags = s->opt_num[OPT_FLAGS],
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.bad_attr = s->opt_set & (1ULL << OPT_BAD_ATTR),
		.key_size = map->key_size,
	};
	int status = CALL(r, map_delete, &elem);

	return observed(r, status);
}

static int step_next(struct run_state *r, const struct step *s)
{
	const struct object *map = map_of(r, &s->fd);
	uint8_t *next = arena_zalloc(r->memory, 1, map->key_size + MIN_BUFFER);
	struct engine_elem elem = {
		.fd = resolve_fd(r, &s->fd),
		.key = make_bytes(r, &s->key, map->key_size),
		.value = out_pointer(s, next),
		.flags = s->opt_num[OPT_FLAGS],
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.bad_attr = s->opt_set & (1ULL << OPT_BAD_ATTR),
		.key_size = map->key_size,
	};
	int status = CALL(r, map_next_key, &elem);

	if (status == 0)
		text_number(r->seen, load_number(r->e->big_endian, next, map->key_size));
	else if (!engine_gave_up(status))
		observe_status(r, status);
	return engine_gave_up(status) ? status : 0;
}

/* Keys 0 ... N-1; the observation is how many elements the command says it did. */
static int step_batch(struct run_state *r, const struct step *s)
{
	static const enum bpf_cmd commands[] = {
		[STEP_BATCH_LOOKUP] = BPF_MAP_LOOKUP_BATCH,
		[STEP_BATCH_LOOKUP_AND_DELETE] = BPF_MAP_LOOKUP_AND_DELETE_BATCH,
		[STEP_BATCH_UPDATE] = BPF_MAP_UPDATE_BATCH,
		[STEP_BATCH_DELETE] = BPF_MAP_DELETE_BATCH,
	};
	const struct object *map = map_of(r, &s->fd);
	struct engine_batch b = {
		.op = commands[s->op],
		.fd = resolve_fd(r, &s->fd),
		.keys = arena_zalloc(r->memory, s->count + 1, map->key_size + MIN_BUFFER),
		.values = arena_zalloc(r->memory, s->count + 1, value_bytes(r, map) + MIN_BUFFER),
		.count = s->count,
		.elem_flags = s->opt_num[OPT_ELEM_FLAGS],
		.flags = s->opt_num[OPT_FLAGS],
		.first = true,
		.stray_byte = (uint32_t)s->opt_num[OPT_STRAY],
		.key_size = map->key_size,
		.value_size = (uint32_t)value_bytes(r, map),
	};
	int status;

	for (uint32_t i = 0; i < s->count && map->key_size == 4; i++)
		store_number(r->e->big_endian, (char *)b.keys + 4 * (size_t)i, i, 4);
	status = CALL(r, map_batch, &b);
	if (status == 0)
		text_number(r->seen, b.count);
	else if (!engine_gave_up(status))
		observe_status(r, status);
	return engine_gave_up(status) ? status : 0;
}

static int step_freeze(struct run_state *r, const struct step *s)
{
	static const enum bpf_cmd cmds[] = {
		[STEP_UPDATE] = BPF_MAP_UPDATE_ELEM,
		[STEP_LOOKUP] = BPF_MAP_LOOKUP_ELEM,
		[STEP_DELETE] = BPF_MAP_DELETE_ELEM,
		[STEP_NEXT] = BPF_MAP_GET_NEXT_KEY,
		[STEP_LOOKUP_AND_DELETE] = BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	};
	const char *during = s->opt_text[OPT_DURING];
	int fd = resolve_fd(r, &s->fd);

	if (!during)
		return observed(r, CALL(r, map_freeze, fd));
	return observed(
		r, CALL(r, map_freeze_during, fd, cmds[verb_find(during, strlen(during))->op]));
}

static int step_mmap(struct run_state *r, const struct step *s)
{
	return observed(r, CALL(r, map_mmap, resolve_fd(r, &s->fd)));
}

static int step_bind(struct run_state *r, const struct step *s)
{
	return observed(r, CALL(r, prog_bind_map, resolve_fd(r, &s->fd), resolve_fd(r, &s->fd2),
				(uint32_t)s->opt_num[OPT_FLAGS]));
}

static int (*const run_verb[])(struct run_state *, const struct step *) = {
	[STEP_MAP] = step_map,
	[STEP_PROG] = step_load,
	[STEP_UPDATE] = step_update,
	[STEP_LOOKUP] = step_lookup,
	[STEP_DELETE] = step_delete,
	[STEP_NEXT] = step_next,
	[STEP_LOOKUP_AND_DELETE] = step_lookup,
	[STEP_BATCH_LOOKUP] = step_batch,
	[STEP_BATCH_LOOKUP_AND_DELETE] = step_batch,
	[STEP_BATCH_UPDATE] = step_batch,
	[STEP_BATCH_DELETE] = step_batch,
	[STEP_FREEZE] = step_freeze,
	[STEP_MMAP] = step_mmap,
	[STEP_RUN] = step_run,
	[STEP_BIND] = step_bind,
	[STEP_PIN] = step_pin,
	[STEP_UNPIN] = step_unpin,
	[STEP_GET] = step_get,
	[STEP_MAP_BY_ID] = step_by_id,
	[STEP_PROG_BY_ID] = step_by_id,
	[STEP_PROG_IN_SLOT] = step_prog_in_slot,
	[STEP_INFO] = step_info,
	[STEP_SAME] = step_same,
	[STEP_DUP] = step_dup,
	[STEP_CLOSE] = step_close,
	[STEP_BTF] = step_btf,
	[STEP_ATTACH] = step_attach,
	[STEP_FDINFO] = step_fdinfo,
	[STEP_CAT] = step_cat,
	[STEP_KERNEL_BTF] = step_btf,
	[STEP_TOKEN] = step_token,
};

static bool is_odd(const struct fd_arg *fd)
{
	return fd->kind == FD_CLOSED || fd->kind == FD_FILE;
}

/* Is an option that is a descriptor (opt_fd()) one of these? */
static bool has_odd_option(const struct step *s)
{
	static const enum opt fds[] = { OPT_BTF,   OPT_INNER,  OPT_BTF_OBJ,
					OPT_TOKEN, OPT_TARGET, OPT_ITER_MAP };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		const char *text = s->opt_text[fds[i]];

		if (text && (!strcmp(text, "fd:closed") || !strcmp(text, "fd:file")))
			return true;
	}
	return false;
}

static bool moves_values(enum step_op op)
{
	return op == STEP_LOOKUP || op == STEP_UPDATE || op == STEP_LOOKUP_AND_DELETE ||
	       (op >= STEP_BATCH_LOOKUP && op <= STEP_BATCH_UPDATE);
}

/* The step as a task that may do little. */
static int run_with_caps(struct run_state *r, const struct step *s)
{
	bool bpf = strcmp(s->opt_text[OPT_CAPS], "bpf") == 0;
	int status = CALL(r, set_caps, bpf ? ENGINE_CAPS_BPF : ENGINE_CAPS_NONE), back;

	if (status)
		return status;
	status = run_verb[s->op](r, s);
	back = CALL(r, set_caps, ENGINE_CAPS_ALL);
	return back ? back : status;
}

int run_step(struct run_state *r, const struct step *s)
{
	bool odd = is_odd(&s->fd) || is_odd(&s->fd2) || has_odd_option(s) ||
		   (s->value.kind == BYTES_FD && is_odd(&s->value.fd));

	if (odd && !r->e->ops->odd_fd)
		return ENGINE_UNSUPPORTED;
	if (moves_values(s->op) && per_cpu(map_of(r, &s->fd)) && !r->e->n_cpus) {
		snprintf(r->e->why, sizeof(r->e->why),
			 "how many processors a per-CPU value has is not known");
		return ENGINE_UNSUPPORTED;
	}
	return s->opt_text[OPT_CAPS] ? run_with_caps(r, s) : run_verb[s->op](r, s);
}
