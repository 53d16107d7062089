// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which memory a program may touch: its frame and its callers', the context by way of its fields,
 * the packet, and the values of the maps it refers to or came by. Nothing else, also where a bug in
 * the checks at load let the program through: a stray access ends the run and not the process.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "context.h"
#include "reference.h"

struct run *run_new(struct ref *ref)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->ref = ref;
	run->max_depth = RUN_FRAMES - 1; /* so that the first run fills all frames */
	return run;
}

static uint8_t stack_poison = REFERENCE_STACK_POISON;

void reference_set_stack_poison(uint8_t byte)
{
	stack_poison = byte;
}

void run_begin(struct run *run, const struct prog *prog)
{
	if (run->poison != stack_poison)
		run->max_depth = RUN_FRAMES - 1;
	run->poison = stack_poison;
	/* What the run before has left in its frames must not be seen by this one. */
	for (uint32_t i = 0; i <= run->max_depth; i++)
		memset(run->stack[i], run->poison, sizeof(run->stack[i]));
	run->max_depth = 0;
	run->prog = prog;
	run->kind = prog->kind;
	run->pc = prog->code;
	run->fault = false;
	run->big_endian = run->ref->engine.big_endian;
	run->ctx = NULL;
	run->ctx_size = 0;
	run->packet = (struct packet){ 0 };
	run->flow_first = NULL;
	run->n_inner = 0;
	mem_forget(run);
}

void run_fault(struct run *run, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run->fault = true;
	ref_why(run->ref, ENGINE_FAULT, "program %u%s%s, insn %ld: %s", run->prog->obj.id,
		*run->prog->name ? " " : "", run->prog->name, (long)(run->pc - run->prog->code),
		text);
}

static void remember(struct hot_range *hot, uint64_t lo, uint64_t len)
{
	hot->lo = lo;
	for (unsigned int log2 = 0; log2 < 4; log2++)
		hot->limit[log2] = len >> log2 ? len - (1ULL << log2) + 1 : 0;
}

static bool within(uint64_t addr, uint64_t size, const void *lo, uint64_t len)
{
	uint64_t off = addr - (uint64_t)(uintptr_t)lo;

	return off < len && size <= len - off;
}

/* In one frame, of those that there are now. */
static bool in_stack(const struct run *run, uint64_t addr, uint32_t size)
{
	uint64_t off = addr - (uint64_t)(uintptr_t)run->stack;

	return off / sizeof(run->stack[0]) <= run->depth &&
	       off % sizeof(run->stack[0]) + size <= STACK_SIZE;
}

static bool in_packet(struct run *run, uint64_t addr, uint32_t size, struct hot_range *hot)
{
	const struct packet *p = &run->packet;

	if (!p->direct || !within(addr, size, p->buf + p->meta, p->end - p->meta))
		return false;
	remember(hot, (uint64_t)(uintptr_t)(p->buf + p->meta), p->end - p->meta);
	return true;
}

static bool in_flow_keys(const struct run *run, uint64_t addr, uint32_t size)
{
	return run->flow_first && within(addr, size, &run->flow_keys, sizeof(run->flow_keys));
}

static bool in_map(const struct map *map, uint64_t addr, uint32_t size, bool write,
		   struct hot_range *hot)
{
	uint64_t off = addr - (uint64_t)(uintptr_t)map->values;
	uint64_t value;

	if (!map->values || off >= map->stride * map->n_values)
		return false;
	if (map->flags & (write ? BPF_F_RDONLY_PROG : BPF_F_WRONLY_PROG))
		return false;
	value = off - off % map->stride;
	if (off - value >= map->value_size || size > map->value_size - (off - value))
		return false;
	remember(hot, (uint64_t)(uintptr_t)map->values + value, map->value_size);
	return true;
}

bool mem_allowed(struct run *run, uint64_t addr, uint32_t size, bool write)
{
	struct hot_range *hot = write ? &run->writes : &run->reads;

	if (in_stack(run, addr, size) || in_packet(run, addr, size, hot) ||
	    in_flow_keys(run, addr, size))
		return true;
	for (uint32_t i = 0; i < run->prog->n_maps; i++)
		if (in_map(run->prog->maps[i], addr, size, write, hot))
			return true;
	for (uint32_t i = 0; i < run->n_inner; i++)
		if (in_map(run->inner[i], addr, size, write, hot))
			return true;
	return false;
}

static bool in_ctx(const struct run *run, uint64_t addr)
{
	return within(addr, 1, run->ctx, run->ctx_size);
}

/* What kind of address it is that was none: for the message. */
static void describe(struct run *run, uint64_t addr, char *text, size_t len)
{
	const struct packet *p = &run->packet;

	if (addr < 4096)
		snprintf(text, len, "a null pointer + %u", (unsigned int)addr);
	else if (within(addr, 1, run->stack, sizeof(run->stack)))
		snprintf(text, len, "r10 %+ld, not in the frame",
			 (long)(addr - (uint64_t)(uintptr_t)(run_frame(run) + STACK_SIZE)));
	else if (in_ctx(run, addr))
		snprintf(text, len, "context + %lu, not a field for this",
			 (unsigned long)(addr - (uint64_t)(uintptr_t)run->ctx));
	else if (within(addr, 1, p->buf, p->size))
		snprintf(text, len, "packet %+ld of %u bytes",
			 (long)(addr - (uint64_t)(uintptr_t)(p->buf + p->data)), p->end - p->data);
	else
		snprintf(text, len, "not memory of this program");
	for (uint32_t i = 0; i < run->prog->n_maps; i++) {
		const struct map *map = run->prog->maps[i];

		if (map->values && within(addr, 1, map->values, map->stride * map->n_values))
			snprintf(text, len, "map %u %s, values + %lu", map->obj.id, map->name,
				 (unsigned long)(addr - (uint64_t)(uintptr_t)map->values));
	}
}

void mem_stray(struct run *run, uint64_t addr, uint32_t size, bool write)
{
	char text[96];

	describe(run, addr, text, sizeof(text));
	run_fault(run, "stray %s of %u bytes: %s", write ? "store" : "load", size, text);
}

void *mem_arg(struct run *run, uint64_t addr, uint32_t size, bool write, const char *what)
{
	char text[96];

	if (mem_allowed(run, addr, size, write))
		return (void *)(uintptr_t)addr;
	describe(run, addr, text, sizeof(text));
	run_fault(run, "%s of %u bytes: %s", what, size, text);
	return NULL;
}

uint64_t mem_get(const struct run *run, const void *p, uint32_t size)
{
	uint64_t value = 0;

	memcpy(&value, p, size);
	return run->big_endian ? number_swapped(value, size) : value;
}

void mem_put(const struct run *run, void *p, uint32_t size, uint64_t value)
{
	if (run->big_endian)
		value = number_swapped(value, size);
	memcpy(p, &value, size);
}

bool mem_load(struct run *run, uint64_t addr, uint32_t size, uint64_t *value)
{
	if (in_ctx(run, addr)) {
		if (ctx_load(run, (uint32_t)(addr - (uint64_t)(uintptr_t)run->ctx), size, value))
			return true;
	} else if (mem_allowed(run, addr, size, false)) {
		*value = mem_get(run, (const void *)(uintptr_t)addr, size);
		return true;
	}
	mem_stray(run, addr, size, false);
	return false;
}

bool mem_store(struct run *run, uint64_t addr, uint32_t size, uint64_t value)
{
	if (in_ctx(run, addr)) {
		if (ctx_store(run, (uint32_t)(addr - (uint64_t)(uintptr_t)run->ctx), size, value))
			return true;
	} else if (mem_allowed(run, addr, size, true)) {
		mem_put(run, (void *)(uintptr_t)addr, size, value);
		return true;
	}
	mem_stray(run, addr, size, true);
	return false;
}

struct map *run_map_arg(struct run *run, uint64_t addr)
{
	for (uint32_t i = 0; i < run->prog->n_maps; i++)
		if (addr == (uint64_t)(uintptr_t)run->prog->maps[i])
			return run->prog->maps[i];
	for (uint32_t i = 0; i < run->n_inner; i++)
		if (addr == (uint64_t)(uintptr_t)run->inner[i])
			return run->inner[i];
	run_fault(run, "a helper's map argument is not a map of this program");
	return NULL;
}
