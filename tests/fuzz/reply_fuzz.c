// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an adapter answers: every request of the engine that asks one, answered by the next line of
 * the input. This file stands in for child.c, so no process is started.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/process/child.h"
#include "../../engines/process/message.h"
#include "../../engines/process/process.h"
#include "../../harness/base/alloc.h"

#define KEY    4
#define VALUE  16
#define PACKET 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	char *at;    /* the rest of the input */
	char *reply; /* the last one, of just its size */
	bool greeted;
} adapter;

struct child {
	int nothing;
};

struct child *child_start(const struct child_config *c, char *why, size_t why_size)
{
	(void)c;
	(void)why;
	(void)why_size;
	return xcalloc(1, sizeof(struct child));
}

void child_quote(const char *line, size_t len, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int)len, line);
}

void child_keep_close(struct child *c)
{
	(void)c;
}

void child_let_go(struct child *c)
{
	(void)c;
}

int child_finish(struct child *c, double deadline)
{
	(void)c;
	(void)deadline;
	return 0;
}

void child_free(struct child *c)
{
	free(c);
}

/* A hello of all capabilities, unless the input begins with one ("0 ..."). */
static char *hello(const char *id)
{
	char *line =
		xasprintf("%s 0 protocol=1 name=fuzz version=1 byte_order=little cpus=2 caps=", id);

	for (int i = 0; i < N_PROTOCOL_CAPS; i++) {
		char *longer = xasprintf("%s%s%s", line, i ? "," : "", protocol_caps[i]);

		free(line);
		line = longer;
	}
	return line;
}

/* "= ..." has the right id put in front of it; other lines bring their own. */
enum child_end child_ask(struct child *c, const char *line, size_t len, double deadline,
			 char **answer, char *why, size_t why_size)
{
	char *id = xstrndup(line, strcspn(line, " ")), *next;

	(void)c;
	(void)deadline;
	if (!len || line[len - 1] != '\n') {
		fprintf(stderr, "fuzz: a request that is no line\n");
		abort();
	}
	free(adapter.reply);
	adapter.reply = NULL;
	if (!adapter.greeted && (!adapter.at || strncmp(adapter.at, "= 0 p", 5) != 0)) {
		adapter.reply = hello(id);
	} else {
		next = strsep(&adapter.at, "\n");
		if (next)
			adapter.reply =
				*next == '=' ? xasprintf("%s%s", id, next + 1) : xstrdup(next);
	}
	adapter.greeted = true;
	free(id);
	*answer = adapter.reply;
	if (adapter.reply)
		return CHILD_ANSWERED;
	snprintf(why, why_size, "the input has ended");
	return CHILD_DIED;
}

static int one_map(struct engine *e)
{
	const struct engine_map_create array = {
		.type = 2, .key_size = KEY, .value_size = VALUE, .max_entries = 4
	};

	return e->ops->map_create ? e->ops->map_create(e, &array) : -1;
}

/* Memory for what comes back is of just the size that was asked for. */
static void use_map(struct engine *e, int fd)
{
	const struct engine_ops *o = e->ops;
	void *key = xcalloc(1, KEY), *value = xcalloc(1, VALUE);
	struct engine_elem el = {
		.fd = fd, .key = key, .value = value, .key_size = KEY, .value_size = VALUE
	};
	struct engine_batch batch = { .op = BPF_MAP_LOOKUP_BATCH,
				      .fd = fd,
				      .count = 4,
				      .key_size = KEY,
				      .value_size = VALUE };
	struct engine_map_info info;
	uint32_t next = 0;

	if (o->map_update)
		o->map_update(e, &el);
	if (o->map_lookup)
		o->map_lookup(e, &el);
	if (o->map_lookup_and_delete)
		o->map_lookup_and_delete(e, &el);
	if (o->map_delete)
		o->map_delete(e, &el);
	if (o->map_batch)
		o->map_batch(e, &batch);
	if (o->map_info)
		o->map_info(e, fd, &info);
	if (o->map_info_raw)
		o->map_info_raw(e, fd, value, VALUE);
	if (o->map_next_id)
		o->map_next_id(e, 0, &next);
	el.value = key;
	if (o->map_next_key)
		o->map_next_key(e, &el);
	free(key);
	free(value);
}

static int load(struct engine *e)
{
	const struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV },
					  { .code = BPF_JMP | BPF_EXIT } };
	struct engine_prog_load a = {
		.type = 1, .insns = insns, .n_insns = 2, .log = xcalloc(1, 64), .log_size = 64
	};
	int fd = e->ops->prog_load ? e->ops->prog_load(e, &a) : -1;

	if (!memchr(a.log, '\0', a.log_size)) {
		fprintf(stderr, "fuzz: a log without an end\n");
		abort();
	}
	free(a.log);
	return fd;
}

static void use_prog(struct engine *e, int fd)
{
	const struct engine_ops *o = e->ops;
	uint8_t *in = xcalloc(1, PACKET), *out = xcalloc(1, PACKET), *ctx = xcalloc(1, VALUE);
	struct engine_run run = { .fd = fd,
				  .data_in = in,
				  .data_size_in = PACKET,
				  .data_out = out,
				  .data_size_out = PACKET,
				  .ctx_in = ctx,
				  .ctx_size_in = VALUE,
				  .ctx_out = ctx,
				  .ctx_size_out = VALUE };
	struct engine_prog_info info;

	if (o->prog_run && !o->prog_run(e, &run) && run.data_size_out > PACKET) {
		fprintf(stderr, "fuzz: more came back than there was room for\n");
		abort();
	}
	if (o->prog_info)
		o->prog_info(e, fd, &info);
	free(in);
	free(out);
	free(ctx);
}

static void one_case(struct engine *e)
{
	const struct engine_ops *o = e->ops;
	int map, prog;

	process_engine_begin(e, "fuzz");
	map = one_map(e);
	use_map(e, map);
	prog = load(e);
	use_prog(e, prog);
	if (o->odd_fd)
		o->odd_fd(e, ENGINE_FD_FILE);
	if (o->dup)
		o->close(e, o->dup(e, prog));
	o->close(e, prog);
	o->reset(e);
	process_engine_end(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char command[] = "none";
	const struct process_config c = { .command = command,
					  .start_seconds = 1,
					  .request_seconds = 1,
					  .case_seconds = 1000,
					  .log = -1 };
	char *text = xstrndup((const char *)data, size), why[300] = "";
	struct engine *e;

	adapter.at = text;
	adapter.greeted = false;
	e = process_engine_new(&c, why, sizeof(why));
	if (!e && !why[0]) {
		fprintf(stderr, "fuzz: an adapter is refused without a reason\n");
		abort();
	}
	/* As long as there is something left to say, each time anew after a fault. */
	for (int i = 0; e && i < 50 && adapter.at; i++) {
		one_case(e);
		adapter.greeted = false;
		if (process_engine_trouble(e) && process_engine_restart(e, why, sizeof(why)))
			break;
	}
	if (e)
		e->ops->destroy(e);
	free(adapter.reply);
	adapter.reply = NULL;
	free(text);
	return 0;
}
