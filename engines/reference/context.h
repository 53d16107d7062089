/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Program types and their contexts: which fields there are, who may read and write them. */
#ifndef TAILCHECK_CONTEXT_H
#define TAILCHECK_CONTEXT_H

#include "run.h"

/* Sets of program types that have something in common. */
#define FAMILY_SKB  1U
#define FAMILY_XDP  2U
#define FAMILY_TC   4U /* skbs that programs may change */
#define FAMILY_FLOW 8U /* a packet that is to be dissected */

enum field_kind {
	FIELD_PLAIN, /* memory, where it is */
	FIELD_DATA,  /* a packet pointer, for which 4 bytes are read */
	FIELD_DATA_END,
	FIELD_DATA_META,
	FIELD_FLOW_KEYS, /* a pointer to what a flow dissector fills in */
};

struct ctx_field {
	uint32_t off;
	uint32_t size; /* of the field, or of each element */
	uint32_t end;  /* of the last element of an array */
	enum field_kind kind;
	bool whole;    /* read with its own size only */
	uint32_t read; /* TYPE_BIT()s */
	uint32_t write;
	uint32_t keep; /* bits that a write keeps; 0: all */
};

struct prog_type {
	uint32_t type; /* enum bpf_prog_type */
	uint32_t family;
	int (*test_run)(struct ref *ref, struct prog *prog, struct engine_run *run);
	const struct ctx_field *fields; /* NULL: plain memory of up to max_ctx bytes */
	uint32_t n_fields;
	uint32_t max_ctx;
	bool ctx_writable; /* without fields */
};

/* Newer than the headers that we build with. */
#define REF_PROG_TYPE_NETFILTER	  32
#define REF_ATTACH_TYPE_NETFILTER 45

#define TYPE_BIT(type) (1U << BPF_PROG_TYPE_##type)

const struct prog_type *prog_type_of(uint32_t type); /* NULL: not modelled */

/*
 * May programs of this kind access [off, off + size) of the context? The field that it is, or
 * &ctx_anything for types without fields, or NULL.
 */
const struct ctx_field *ctx_access(const struct prog_type *kind, uint32_t off, uint32_t size,
				   bool write);
extern const struct ctx_field ctx_anything;

/*
 * By offset, what loads give: bits 0 to 3 say of which sizes (by log2) they are of plain memory;
 * bits 4 and up are the enum field_kind of a packet pointer that begins there.
 */
#define CTX_TABLE 256
const uint8_t *ctx_reads(const struct run *run);

/* A load of what is memory, for certain. */
static inline bool ctx_is_plain(const struct run *run, uint64_t addr, unsigned int log2)
{
	uint64_t off = addr - (uint64_t)(uintptr_t)run->ctx;

	return off < CTX_TABLE && run->ctx_reads[off] >> log2 & 1;
}

/* The kind of packet pointer that is at @addr, or 0; and what it is. */
static inline unsigned int ctx_pointer_at(const struct run *run, uint64_t addr)
{
	uint64_t off = addr - (uint64_t)(uintptr_t)run->ctx;

	return off < CTX_TABLE ? run->ctx_reads[off] >> 4 : 0;
}

static inline uint64_t ctx_pointer(const struct run *run, enum field_kind kind)
{
	const struct packet *p = &run->packet;
	uint32_t off = kind == FIELD_DATA ? p->data : kind == FIELD_DATA_END ? p->end : p->meta;

	if (kind == FIELD_FLOW_KEYS)
		return (uint64_t)(uintptr_t)&run->flow_keys;
	/* Where the kernel has not computed them, programs see an empty packet. */
	return p->direct ? (uint64_t)(uintptr_t)(p->buf + off) : 0;
}

bool ctx_load(struct run *run, uint32_t off, uint32_t size, uint64_t *value);
bool ctx_store(struct run *run, uint32_t off, uint32_t size, uint64_t value);
/* A context with fields, from this machine's byte order into the other one, and back. */
void ctx_change_order(struct run *run);

#endif
