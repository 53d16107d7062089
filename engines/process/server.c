// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "serving.h"

static void do_hello(struct protocol_server *s)
{
	const struct engine_ops *o = s->e->ops;
	const bool has[N_PROTOCOL_CAPS] = {
		[CAP_MAP_CREATE] = o->map_create,
		[CAP_MAP_LOOKUP] = o->map_lookup && o->map_info,
		[CAP_MAP_UPDATE] = o->map_update,
		[CAP_MAP_DELETE] = o->map_delete,
		[CAP_MAP_NEXT_KEY] = o->map_next_key,
		[CAP_MAP_LOOKUP_AND_DELETE] = o->map_lookup_and_delete && o->map_info,
		[CAP_MAP_BATCH] = o->map_batch,
		[CAP_MAP_FREEZE] = o->map_freeze,
		[CAP_MAP_MMAP] = o->map_mmap,
		[CAP_PROG_LOAD] = o->prog_load,
		[CAP_PROG_RUN] = o->prog_run,
		[CAP_PROG_BIND_MAP] = o->prog_bind_map,
		[CAP_PROG_ATTACH] = o->prog_attach,
		[CAP_OBJ_PIN] = o->obj_pin,
		[CAP_OBJ_GET] = o->obj_get,
		[CAP_OBJ_UNPIN] = o->obj_unpin,
		[CAP_MAP_FD_BY_ID] = o->map_fd_by_id,
		[CAP_PROG_FD_BY_ID] = o->prog_fd_by_id,
		[CAP_MAP_NEXT_ID] = o->map_next_id,
		[CAP_PROG_NEXT_ID] = o->prog_next_id,
		[CAP_MAP_INFO] = o->map_info,
		[CAP_PROG_INFO] = o->prog_info,
		[CAP_MAP_INFO_RAW] = o->map_info_raw,
		[CAP_DUP] = o->dup,
		[CAP_CLOSE] = o->close,
		[CAP_ODD_FD] = o->odd_fd,
		[CAP_BTF_LOAD] = o->btf_load,
		[CAP_CHECKS] = !s->e->loads_unchecked,
		[CAP_LOG] = !s->e->loads_unchecked,
		[CAP_FREES_LATER] = o->frees_later,
	};
	const char *before = " caps=";

	text_printf(&s->reply, "0 protocol=%d name=%s version=%s byte_order=%s cpus=%u max_line=%u",
		    PROTOCOL_VERSION, s->e->name, s->version, s->e->big_endian ? "big" : "little",
		    s->e->n_cpus, SERVE_MAX_LINE);
	for (int i = 0; i < N_PROTOCOL_CAPS; i++) {
		if (has[i]) {
			text_printf(&s->reply, "%s%s", before, protocol_caps[i]);
			before = ",";
		}
	}
}

static void do_nothing(struct protocol_server *s)
{
	text_char(&s->reply, '0');
}

static void do_reset(struct protocol_server *s)
{
	s->n_sizes = 0;
	serve_result(s, s->e->ops->reset(s->e));
}

#define OP(name) #name, offsetof(struct engine_ops, name), do_##name
#define ELEM	 "map key flags stray "
static const struct {
	const char *command;
	size_t op; /* where the engine's is; 0: it needs none */
	void (*run)(struct protocol_server *s);
	const char *keys; /* that we know */
} commands[] = {
	{ "hello", 0, do_hello, NULL }, /* of later protocols, too */
	{ "begin", 0, do_nothing, "case" },
	{ "end", 0, do_nothing, "" },
	{ OP(reset), "" },
	{ OP(map_create),
	  "type key_size value_size max_entries flags inner_map_fd numa_node ifindex btf_fd "
	  "btf_key_type_id btf_value_type_id btf_vmlinux_value_type_id map_extra "
	  "value_type_btf_obj_fd map_token_fd excl_prog_hash_size has_attr_size attr_size "
	  "spin_lock timer stray name excl_prog_hash" },
	{ OP(map_lookup), ELEM "out" },
	{ OP(map_update), ELEM "value" },
	{ OP(map_delete), ELEM "out" },
	{ OP(map_next_key), ELEM "out" },
	{ OP(map_lookup_and_delete), ELEM "out" },
	{ OP(map_batch), "op map count keys values elem_flags flags batch stray" },
	{ OP(map_freeze), "map" },
	{ OP(map_mmap), "map" },
	{ OP(prog_load),
	  "type attach flags no_btf other_jit global_funcs void_funcs target "
	  "exception_callback name license attach_func log funcs kfuncs maps insns" },
	{ OP(prog_run), "prog data data_out ctx ctx_out repeat flags cpu" },
	{ OP(prog_bind_map), "prog map flags" },
	{ OP(prog_attach), "prog" },
	{ OP(obj_pin), "fd path flags" },
	{ OP(obj_get), "path flags" },
	{ OP(obj_unpin), "path" },
	{ OP(map_fd_by_id), "id flags" },
	{ OP(prog_fd_by_id), "id flags" },
	{ OP(map_next_id), "start" },
	{ OP(prog_next_id), "start" },
	{ OP(map_info), "map" },
	{ OP(prog_info), "prog" },
	{ OP(map_info_raw), "map len info" },
	{ OP(dup), "fd" },
	{ OP(close), "fd" },
	{ OP(odd_fd), "kind" },
	{ OP(btf_load), "" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool has_op(const struct protocol_server *s, size_t c)
{
	void (*op)(void);

	memcpy(&op, (const char *)s->e->ops + commands[c].op, sizeof(op));
	return op || !commands[c].op;
}

/* A field that we do not know may change what is asked: then it is not for us. */
static const char *unknown_key(const struct protocol_server *s, const char *keys)
{
	for (size_t i = 0; keys && i < s->m.n_fields; i++)
		if (!words_have(keys, s->m.fields[i].key))
			return s->m.fields[i].key;
	return NULL;
}

static void answer(struct protocol_server *s)
{
	const char *key;
	size_t c = 0;

	while (c < N_COMMANDS && strcmp(commands[c].command, s->m.word) != 0)
		c++;
	s->e->why[0] = '\0';
	if (c == N_COMMANDS || !has_op(s, c))
		text_printf(&s->reply, "unsupported no command %.40s", s->m.word);
	else if ((key = unknown_key(s, commands[c].keys)))
		text_printf(&s->reply, "unsupported no field %.40s of %s", key, s->m.word);
	else
		commands[c].run(s);
}

static void release_request(struct protocol_server *s)
{
	while (s->n_memory)
		free(s->memory[--s->n_memory]);
}

struct protocol_server *protocol_server_new(struct engine *e, const char *version)
{
	struct protocol_server *s = xcalloc(1, sizeof(*s));

	s->e = e;
	s->version = version;
	return s;
}

void protocol_server_free(struct protocol_server *s)
{
	free(s->sizes);
	text_release(&s->reply);
	free(s);
}

const char *protocol_answer(struct protocol_server *s, char *line)
{
	s->bad = message_parse(&s->m, line, s->why, sizeof(s->why));
	text_cut(&s->reply, 0);
	if (!s->bad) {
		text_printf(&s->reply, "%s ", s->m.id);
		answer(s);
	}
	release_request(s);
	return s->bad ? NULL : s->reply.s;
}

/* A request without its newline: 1, or 0 at the end, or -1 where it is longer than may be. */
static int read_request(FILE *in, struct text *line)
{
	int c;

	text_cut(line, 0);
	while ((c = getc_unlocked(in)) != EOF && c != '\n') {
		if (line->len == SERVE_MAX_LINE)
			return -1;
		text_char(line, (char)c);
	}
	return c != EOF || line->len ? 1 : 0;
}

int protocol_serve(struct engine *e, const char *version, FILE *in, FILE *out)
{
	struct protocol_server *s = protocol_server_new(e, version);
	struct text line = { 0 };
	const char *reply;
	int got;

	text_add(&line, "");
	while ((got = read_request(in, &line)) > 0) {
		reply = protocol_answer(s, line.s);
		if (!reply) {
			fprintf(stderr, "not a request: %s\n", s->why);
			got = -1;
			break;
		}
		fprintf(out, "%s\n", reply);
		fflush(out);
	}
	if (got < 0 && line.len == SERVE_MAX_LINE)
		fprintf(stderr, "a request of more than %u bytes\n", SERVE_MAX_LINE);
	text_release(&line);
	protocol_server_free(s);
	return got;
}
