// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Contexts: net/core/filter.c *_is_valid_access and *_convert_ctx_access, as tables. A context is
 * kept as user space lays it out; only pointers into the packet are looked up when they are read.
 */
#include "context.h"

#include <string.h>

#include "test_run.h"

#define SKB(field)	 offsetof(struct __sk_buff, field)
#define SKB_END(field)	 (SKB(field) + sizeof(((struct __sk_buff *)0)->field))
#define FIELD(s, field)	 offsetof(s, field), sizeof(((s *)0)->field)
#define SKB_FIELD(field) FIELD(struct __sk_buff, field), SKB_END(field)
#define XDP_FIELD(field) \
	FIELD(struct xdp_md, field), offsetof(struct xdp_md, field) + sizeof(uint32_t)
#define SKB_RANGE(from, to) SKB(from), 4, SKB_END(to)

#define TC	(TYPE_BIT(SCHED_CLS) | TYPE_BIT(SCHED_ACT))
#define LWT	(TYPE_BIT(LWT_IN) | TYPE_BIT(LWT_OUT) | TYPE_BIT(LWT_XMIT) | TYPE_BIT(LWT_SEG6LOCAL))
#define ALL_SKB (TC | LWT | TYPE_BIT(SOCKET_FILTER) | TYPE_BIT(CGROUP_SKB))
#define NOT_SF	(TC | LWT | TYPE_BIT(CGROUP_SKB))
#define NOT_TC	(ALL_SKB & ~TC & ~LWT)
#define TIMED	(TC | TYPE_BIT(CGROUP_SKB))

/* bpf_skb_is_valid_access, sk_filter_, tc_cls_act_, cg_skb_ and lwt_is_valid_access; 0xffff: a u16
 */
static const struct ctx_field skb_fields[] = {
	{ SKB_FIELD(len), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(pkt_type), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(mark), FIELD_PLAIN, false, ALL_SKB, NOT_SF, 0 },
	{ SKB_FIELD(queue_mapping), FIELD_PLAIN, false, ALL_SKB, TC, 0xffff },
	{ SKB_FIELD(protocol), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_RANGE(vlan_present, vlan_proto), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(priority), FIELD_PLAIN, false, ALL_SKB, NOT_SF, 0 },
	{ SKB_RANGE(ingress_ifindex, ifindex), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(tc_index), FIELD_PLAIN, false, ALL_SKB, TC, 0xffff },
	{ SKB(cb), 8, SKB_END(cb), FIELD_PLAIN, false, ALL_SKB, ALL_SKB, 0 },
	{ SKB_FIELD(hash), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(tc_classid), FIELD_PLAIN, false, TC, TC, 0xffff },
	{ SKB_FIELD(data), FIELD_DATA, true, NOT_SF, 0, 0 },
	{ SKB_FIELD(data_end), FIELD_DATA_END, true, NOT_SF, 0, 0 },
	{ SKB_FIELD(napi_id), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_RANGE(family, local_port), FIELD_PLAIN, false, NOT_TC, 0, 0 },
	{ SKB_FIELD(data_meta), FIELD_DATA_META, true, TC, 0, 0 },
	{ SKB_FIELD(tstamp), FIELD_PLAIN, true, TIMED, TIMED, 0 },
	{ SKB_FIELD(wire_len), FIELD_PLAIN, false, TC, 0, 0 },
	{ SKB_FIELD(gso_segs), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(gso_size), FIELD_PLAIN, false, ALL_SKB, 0, 0 },
	{ SKB_FIELD(hwtstamp), FIELD_PLAIN, true, TIMED, 0, 0 },
};

#define XDP TYPE_BIT(XDP)

/* xdp_is_valid_access; egress_ifindex is for programs in a device map, which are not run here */
static const struct ctx_field xdp_fields[] = {
	{ XDP_FIELD(data), FIELD_DATA, true, XDP, 0, 0 },
	{ XDP_FIELD(data_end), FIELD_DATA_END, true, XDP, 0, 0 },
	{ XDP_FIELD(data_meta), FIELD_DATA_META, true, XDP, 0, 0 },
	{ XDP_FIELD(ingress_ifindex), FIELD_PLAIN, true, XDP, 0, 0 },
	{ XDP_FIELD(rx_queue_index), FIELD_PLAIN, true, XDP, 0, 0 },
};

#define FLOW TYPE_BIT(FLOW_DISSECTOR)

/* flow_dissector_is_valid_access */
static const struct ctx_field flow_fields[] = {
	{ SKB_FIELD(data), FIELD_DATA, true, FLOW, 0, 0 },
	{ SKB_FIELD(data_end), FIELD_DATA_END, true, FLOW, 0, 0 },
	{ SKB_FIELD(flow_keys), FIELD_FLOW_KEYS, true, FLOW, 0, 0 },
};

#define LOOKUP TYPE_BIT(SK_LOOKUP)
#define LOOKUP_FIELD(field) \
	FIELD(struct bpf_sk_lookup, field), offsetof(struct bpf_sk_lookup, field) + 4

/* sk_lookup_is_valid_access, without the socket and the addresses */
static const struct ctx_field lookup_fields[] = {
	{ LOOKUP_FIELD(family), FIELD_PLAIN, false, LOOKUP, 0, 0 },
	{ LOOKUP_FIELD(protocol), FIELD_PLAIN, false, LOOKUP, 0, 0 },
	{ LOOKUP_FIELD(local_port), FIELD_PLAIN, false, LOOKUP, 0, 0 },
};

#define FIELDS(table) (table), ARRAY_SIZE(table)
#define RAW_TP_CTX    (12 * 8) /* MAX_BPF_FUNC_ARGS * sizeof(u64) */
#define SYSCALL_CTX   UINT16_MAX

#define SKB_TYPE(t, family)                                                           \
	{                                                                             \
		BPF_PROG_TYPE_##t, family, test_run_skb, FIELDS(skb_fields), 0, false \
	}
#define NO_RUN(t)                         \
	{                                 \
		.type = BPF_PROG_TYPE_##t \
	}

static const struct prog_type types[] = {
	SKB_TYPE(SOCKET_FILTER, FAMILY_SKB),
	SKB_TYPE(SCHED_CLS, FAMILY_SKB | FAMILY_TC),
	SKB_TYPE(SCHED_ACT, FAMILY_SKB | FAMILY_TC),
	SKB_TYPE(CGROUP_SKB, FAMILY_SKB),
	{ BPF_PROG_TYPE_XDP, FAMILY_XDP, test_run_xdp, FIELDS(xdp_fields), 0, false },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, FAMILY_FLOW, test_run_flow, FIELDS(flow_fields), 0, false },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, 0, test_run_raw_tp, NULL, 0, RAW_TP_CTX, false },
	{ BPF_PROG_TYPE_SYSCALL, 0, test_run_syscall, NULL, 0, SYSCALL_CTX, true },
	SKB_TYPE(LWT_IN, FAMILY_SKB),
	SKB_TYPE(LWT_OUT, FAMILY_SKB),
	SKB_TYPE(LWT_XMIT, FAMILY_SKB),
	/* It has a context of packets, but is not run by TEST_RUN any more. */
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, FAMILY_SKB, NULL, FIELDS(skb_fields), 0, false },
	{ BPF_PROG_TYPE_SK_LOOKUP, 0, test_run_sk_lookup, FIELDS(lookup_fields), 0, false },
	{ REF_PROG_TYPE_NETFILTER, 0, test_run_netfilter, NULL, 0, 0, false },
	NO_RUN(KPROBE),
	NO_RUN(TRACEPOINT),
	NO_RUN(PERF_EVENT),
	NO_RUN(CGROUP_SOCK),
	NO_RUN(SOCK_OPS),
	NO_RUN(SK_SKB),
	NO_RUN(CGROUP_DEVICE),
	NO_RUN(SK_MSG),
	NO_RUN(CGROUP_SOCK_ADDR),
	NO_RUN(SK_REUSEPORT),
	NO_RUN(CGROUP_SYSCTL),
	NO_RUN(RAW_TRACEPOINT_WRITABLE),
	NO_RUN(CGROUP_SOCKOPT),
	{ BPF_PROG_TYPE_TRACING, 0, test_run_tracing, NULL, 0, 0, false },
	NO_RUN(LSM),
	NO_RUN(LIRC_MODE2),
	{ BPF_PROG_TYPE_STRUCT_OPS, 0, test_run_struct_ops, NULL, 0, 0, false },
};

const struct ctx_field ctx_anything = { .size = 8, .end = UINT32_MAX };

const struct prog_type *prog_type_of(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

static bool field_allows(const struct ctx_field *f, uint32_t type, uint32_t off, uint32_t size,
			 bool write)
{
	bool cb = f->off == SKB(cb) && f->size == 8;

	if (!((write ? f->write : f->read) >> type & 1) || off + size > f->end)
		return false;
	if (cb)
		return true;
	/* Narrow reads of a field; everything else is of its own size. */
	return size == f->size || (!write && !f->whole && size < f->size);
}

const struct ctx_field *ctx_access(const struct prog_type *kind, uint32_t off, uint32_t size,
				   bool write)
{
	if (off % size)
		return NULL;
	if (!kind->fields)
		return off + size <= kind->max_ctx && (!write || kind->ctx_writable) ? &ctx_anything
										     : NULL;
	for (uint32_t i = 0; i < kind->n_fields; i++) {
		const struct ctx_field *f = &kind->fields[i];

		if (off >= f->off && off < f->end)
			return field_allows(f, kind->type, off, size, write) ? f : NULL;
	}
	return NULL;
}

static void fill_reads(const struct prog_type *kind, uint8_t *table)
{
	for (uint32_t off = 0; off < CTX_TABLE; off++) {
		for (unsigned int log2 = 0; log2 < 4; log2++) {
			const struct ctx_field *f = ctx_access(kind, off, 1U << log2, false);

			if (f && f->kind == FIELD_PLAIN)
				table[off] |= (uint8_t)(1U << log2);
			else if (f && log2 == 2)
				table[off] = (uint8_t)(f->kind << 4);
		}
	}
}

/* Made when it is first asked for. Contexts of the caller's size have none. */
const uint8_t *ctx_reads(const struct run *run)
{
	static uint8_t tables[ARRAY_SIZE(types)][CTX_TABLE];
	static bool filled[ARRAY_SIZE(types)];
	static const uint8_t none[CTX_TABLE];
	const struct prog_type *kind = run->kind;
	size_t i;

	if (!run->ctx || !kind || !kind->fields ||
	    run->ctx_size < kind->fields[kind->n_fields - 1].end)
		return none;
	i = (size_t)(kind - types);
	if (!filled[i])
		fill_reads(kind, tables[i]);
	filled[i] = true;
	return tables[i];
}

static bool give(uint64_t *value, uint64_t is)
{
	*value = is;
	return true;
}

bool ctx_load(struct run *run, uint32_t off, uint32_t size, uint64_t *value)
{
	const struct ctx_field *f;
	unsigned int pointer = off < CTX_TABLE && size == 4 ? ctx_reads(run)[off] >> 4 : 0;

	if (pointer)
		return give(value, ctx_pointer(run, pointer));
	f = ctx_access(run->kind, off, size, false);
	if (!f || size > run->ctx_size - off)
		return false;
	if (f->kind == FIELD_PLAIN)
		*value = mem_get(run, run->ctx + off, size);
	else
		*value = ctx_pointer(run, f->kind);
	return true;
}

/* Elements of cb can be had in pairs, and are one number each all the same. */
static uint32_t element_size(const struct ctx_field *f)
{
	return f->size == 8 && f->end - f->off == 8 ? 8 : 4;
}

void ctx_change_order(struct run *run)
{
	for (uint32_t i = 0; i < run->kind->n_fields; i++) {
		const struct ctx_field *f = &run->kind->fields[i];
		uint32_t size = element_size(f);

		for (uint32_t at = f->off; at < f->end && at + size <= run->ctx_size; at += size) {
			uint64_t value = 0;

			memcpy(&value, run->ctx + at, size);
			value = number_swapped(value, size);
			memcpy(run->ctx + at, &value, size);
		}
	}
}

bool ctx_store(struct run *run, uint32_t off, uint32_t size, uint64_t value)
{
	const struct ctx_field *f = ctx_access(run->kind, off, size, true);

	if (!f || size > run->ctx_size - off)
		return false;
	if (f->keep)
		value &= f->keep;
	mem_put(run, run->ctx + off, size, value);
	return true;
}
