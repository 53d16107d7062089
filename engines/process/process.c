// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A child's life, and which operations it has: each is a request (ask_*.c, load.c). */
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/clock.h"
#include "internal.h"

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

static void take_hello(struct process_engine *p, const struct hello *h)
{
	p->hello = *h;
	p->ops = (struct engine_ops){ .destroy = destroy,
				      .reset = reset,
				      .prog_load = process_prog_load,
				      .prog_run = process_prog_run };
	process_map_ops(&p->ops);
	process_object_ops(&p->ops);
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
