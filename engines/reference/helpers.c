// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Helper functions: kernel/bpf/helpers.c, net/core/filter.c */
#include "helpers.h"

#include <string.h>
#include <time.h>

#include "context.h"
#include "insn.h"
#include "reference.h"

#define N_KERNEL_HELPERS 212 /* include/uapi/linux/bpf.h __BPF_FUNC_MAPPER */

static uint64_t as_r0(int err)
{
	return (uint64_t)(int64_t)err;
}

/* What the map's own function gives, whose result once was an int. */
static uint64_t map_result(const struct run *run, int err)
{
	return ref_quirk(run->ref, QUIRK_MAP_ERRNO_IN_32) ? (uint32_t)err : as_r0(err);
}

/* Into a map of maps: the inner map is now one that the program may use. */
static bool meet_inner(struct run *run, struct map *inner)
{
	for (uint32_t i = 0; i < run->n_inner; i++)
		if (run->inner[i] == inner)
			return true;
	if (run->n_inner == PROG_MAX_MAPS) {
		run_fault(run, "more than %d inner maps in a run", PROG_MAX_MAPS);
		return false;
	}
	run->inner[run->n_inner++] = inner;
	return true;
}

static uint64_t map_lookup_elem(struct run *run, const uint64_t *r)
{
	struct map *map = run_map_arg(run, r[1]);
	const void *key = map ? mem_arg(run, r[2], map->key_size, false, "key") : NULL;
	void *value;

	if (!key)
		return 0;
	if (!map->ops->lookup) {
		run_fault(run, "bpf_map_lookup_elem: not for a map of type %u", map->type);
		return 0;
	}
	value = map->ops->lookup(map, key);
	if (value && map->ops->of_maps && !meet_inner(run, value))
		return 0;
	return (uint64_t)(uintptr_t)value;
}

/* kernel/bpf/verifier.c check_map_func_compatibility */
static bool map_is_changeable(struct run *run, const struct map *map)
{
	if (map->ops->lookup && !map->ops->of_maps && !(map->flags & BPF_F_RDONLY_PROG))
		return true;
	run_fault(run, "a map of type %u may not be changed by programs", map->type);
	return false;
}

static uint64_t map_update_elem(struct run *run, const uint64_t *r)
{
	struct map *map = run_map_arg(run, r[1]);
	const void *key, *value;

	if (!map || !map_is_changeable(run, map))
		return 0;
	key = mem_arg(run, r[2], map->key_size, false, "key");
	value = key ? mem_arg(run, r[3], map->value_size, false, "value") : NULL;
	if (!value)
		return 0;
	return map_result(run, map->ops->update(run->ref, map, key, value, r[4]));
}

static uint64_t map_delete_elem(struct run *run, const uint64_t *r)
{
	struct map *map = run_map_arg(run, r[1]);
	const void *key;

	if (!map || !map_is_changeable(run, map))
		return 0;
	key = mem_arg(run, r[2], map->key_size, false, "key");
	return key ? map_result(run, map->ops->delete (run->ref, map, key)) : 0;
}

static uint64_t get_smp_processor_id(struct run *run, const uint64_t *r)
{
	(void)run;
	(void)r;
	return 0;
}

static uint64_t ktime_get_ns(struct run *run, const uint64_t *r)
{
	struct timespec ts;

	(void)run;
	(void)r;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Random enough for a result that no case may depend on (xorshift64*). */
static uint64_t get_prandom_u32(struct run *run, const uint64_t *r)
{
	uint64_t x = run->random ? run->random : 1;

	(void)r;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	run->random = x;
	return (x * 0x2545f4914f6cdd1dULL) >> 32;
}

/* The packet from where the program sees it begin. */
static uint8_t *packet_at(const struct run *run, uint32_t off, uint32_t len)
{
	const struct packet *p = &run->packet;
	uint32_t have = p->end - p->data;

	return off <= have && len <= have - off ? p->buf + p->data + off : NULL;
}

static bool ctx_arg(struct run *run, uint64_t addr)
{
	if (addr == (uint64_t)(uintptr_t)run->ctx && run->ctx)
		return true;
	run_fault(run, "a helper's context argument is not the context");
	return false;
}

/*
 * net/core/filter.c bpf_skb_load_bytes: what cannot be loaded is zero. A flow dissector has an skb
 * to load from in the kernel's own paths only, not in a test run: bpf_flow_dissector_load_bytes.
 */
static uint64_t skb_load_bytes(struct run *run, const uint64_t *r)
{
	uint32_t off = (uint32_t)r[2], len = (uint32_t)r[4];
	const uint8_t *from;
	void *to;

	if (!ctx_arg(run, r[1]))
		return 0;
	to = mem_arg(run, r[3], len, true, "buffer");
	if (!to)
		return 0;
	from = off <= INT32_MAX && !run->flow_first ? packet_at(run, off, len) : NULL;
	if (from)
		memmove(to, from, len);
	else
		memset(to, 0, len);
	return from ? 0 : as_r0(-EFAULT);
}

#define STORE_FLAGS (BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH)

/* net/core/filter.c bpf_skb_store_bytes */
static uint64_t skb_store_bytes(struct run *run, const uint64_t *r)
{
	uint32_t off = (uint32_t)r[2], len = (uint32_t)r[4];
	const void *from;
	uint8_t *to;

	if (!ctx_arg(run, r[1]))
		return 0;
	from = mem_arg(run, r[3], len, false, "buffer");
	if (!from)
		return 0;
	if (r[5] & ~(uint64_t)STORE_FLAGS)
		return as_r0(-EINVAL);
	to = off <= INT32_MAX ? packet_at(run, off, len) : NULL;
	if (!to)
		return as_r0(-EFAULT);
	memmove(to, from, len);
	return 0;
}

/* net/core/filter.c bpf_xdp_adjust_head: room for a frame's header, and an Ethernet header left */
static uint64_t xdp_adjust_head(struct run *run, const uint64_t *r)
{
	struct packet *p = &run->packet;
	int64_t data = (int64_t)p->data + (int32_t)r[2];
	uint32_t metalen = p->data - p->meta;

	if (!ctx_arg(run, r[1]))
		return 0;
	if (data < XDP_FRAME_SIZE + (int64_t)metalen || data > (int64_t)p->end - ETH_HEADER)
		return as_r0(-EINVAL);
	memmove(p->buf + data - metalen, p->buf + p->meta, metalen);
	p->meta = (uint32_t)data - metalen;
	p->data = (uint32_t)data;
	mem_forget(run);
	return 0;
}

/* net/core/filter.c bpf_xdp_adjust_tail: what it grows by is zero */
static uint64_t xdp_adjust_tail(struct run *run, const uint64_t *r)
{
	struct packet *p = &run->packet;
	int64_t end = (int64_t)p->end + (int32_t)r[2];

	if (!ctx_arg(run, r[1]))
		return 0;
	if (end > (int64_t)p->size - SKB_TAILROOM || end < (int64_t)p->data + ETH_HEADER)
		return as_r0(-EINVAL);
	if (end > p->end)
		memset(p->buf + p->end, 0, (size_t)(end - p->end));
	p->end = (uint32_t)end;
	mem_forget(run);
	return 0;
}

/*
 * net/core/filter.c bpf_xdp_adjust_meta: room in front of the packet, in steps of 4. The greatest
 * there may be has grown (include/net/xdp.h xdp_metalen_invalid): no case asks for it.
 */
static uint64_t xdp_adjust_meta(struct run *run, const uint64_t *r)
{
	struct packet *p = &run->packet;
	int64_t meta = (int64_t)p->meta + (int32_t)r[2];

	if (!ctx_arg(run, r[1]))
		return 0;
	if (meta < XDP_FRAME_SIZE || meta > (int64_t)p->data)
		return as_r0(-EINVAL);
	if ((p->data - meta) % 4)
		return as_r0(-EACCES);
	p->meta = (uint32_t)meta;
	mem_forget(run);
	return 0;
}

/* net/core/filter.c bpf_sk_lookup_tcp: a test machine has no sockets */
static uint64_t sk_lookup_tcp(struct run *run, const uint64_t *r)
{
	if (ctx_arg(run, r[1]))
		mem_arg(run, r[2], (uint32_t)r[3], false, "tuple");
	return 0;
}

static uint64_t sk_release(struct run *run, const uint64_t *r)
{
	(void)r;
	run_fault(run, "bpf_sk_release: there is no socket");
	return 0;
}

/* kernel/bpf/helpers.c bpf_spin_lock: one program at a time runs here */
static uint64_t spin_lock(struct run *run, const uint64_t *r)
{
	mem_arg(run, r[1], sizeof(uint32_t), true, "lock");
	return 0;
}

/* kernel/bpf/helpers.c bpf_timer_set_callback: no timer here is ever initialised */
static uint64_t timer_set_callback(struct run *run, const uint64_t *r)
{
	mem_arg(run, r[1], TIMER_SIZE, true, "timer");
	return as_r0(-EINVAL);
}

/* One program at a time runs here, and nothing interrupts it. */
static uint64_t no_region(struct run *run, const uint64_t *r)
{
	(void)run;
	(void)r;
	return 0;
}

static uint64_t local_irq(struct run *run, const uint64_t *r)
{
	mem_arg(run, r[1], sizeof(uint64_t), true, "flags");
	return 0;
}

/* clang-format off */
#define HELPER(name, call, families, ret, moves_packet, ...) \
	{ BPF_FUNC_##name, "bpf_" #name, families, { __VA_ARGS__ }, ret, moves_packet, call, \
	  false, REGION_NONE, false }
#define KFUNC(name, call, region, enters, ...) \
	{ -1, name, 0, { __VA_ARGS__ }, RET_VOID, false, call, true, region, enters }

const struct helper helpers[] = {
	HELPER(map_lookup_elem, map_lookup_elem, 0, RET_VALUE_OR_NULL, false,
	       ARG_MAP, ARG_KEY),
	HELPER(map_update_elem, map_update_elem, 0, RET_SCALAR, false,
	       ARG_MAP, ARG_KEY, ARG_VALUE, ARG_SCALAR),
	HELPER(map_delete_elem, map_delete_elem, 0, RET_SCALAR, false,
	       ARG_MAP, ARG_KEY),
	HELPER(ktime_get_ns, ktime_get_ns, 0, RET_SCALAR, false, ARG_NONE),
	HELPER(get_prandom_u32, get_prandom_u32, 0, RET_SCALAR, false, ARG_NONE),
	HELPER(get_smp_processor_id, get_smp_processor_id, 0, RET_SCALAR, false, ARG_NONE),
	HELPER(skb_load_bytes, skb_load_bytes, FAMILY_SKB | FAMILY_FLOW, RET_SCALAR, false,
	       ARG_CTX, ARG_SCALAR, ARG_MEM_OUT, ARG_SIZE),
	HELPER(skb_store_bytes, skb_store_bytes, FAMILY_TC, RET_SCALAR, true,
	       ARG_CTX, ARG_SCALAR, ARG_MEM_IN, ARG_SIZE, ARG_SCALAR),
	HELPER(xdp_adjust_head, xdp_adjust_head, FAMILY_XDP, RET_SCALAR, true,
	       ARG_CTX, ARG_SCALAR),
	HELPER(xdp_adjust_tail, xdp_adjust_tail, FAMILY_XDP, RET_SCALAR, true,
	       ARG_CTX, ARG_SCALAR),
	HELPER(xdp_adjust_meta, xdp_adjust_meta, FAMILY_XDP, RET_SCALAR, true,
	       ARG_CTX, ARG_SCALAR),
	HELPER(sk_lookup_tcp, sk_lookup_tcp, FAMILY_TC, RET_SOCK_OR_NULL, false,
	       ARG_CTX, ARG_MEM_IN, ARG_SIZE, ARG_SCALAR, ARG_SCALAR),
	HELPER(sk_release, sk_release, FAMILY_TC, RET_SCALAR, false, ARG_SOCK),
	HELPER(spin_lock, spin_lock, FAMILY_TC | FAMILY_XDP, RET_SCALAR, false, ARG_LOCK),
	HELPER(spin_unlock, spin_lock, FAMILY_TC | FAMILY_XDP, RET_SCALAR, false, ARG_LOCKED),
	HELPER(timer_set_callback, timer_set_callback, FAMILY_SKB | FAMILY_XDP, RET_SCALAR, false,
	       ARG_TIMER, ARG_CALLBACK),
	KFUNC("bpf_rcu_read_lock", no_region, REGION_RCU, true, ARG_NONE),
	KFUNC("bpf_rcu_read_unlock", no_region, REGION_RCU, false, ARG_NONE),
	KFUNC("bpf_preempt_disable", no_region, REGION_PREEMPT, true, ARG_NONE),
	KFUNC("bpf_preempt_enable", no_region, REGION_PREEMPT, false, ARG_NONE),
	KFUNC("bpf_local_irq_save", local_irq, REGION_IRQ, true, ARG_IRQ),
	KFUNC("bpf_local_irq_restore", local_irq, REGION_IRQ, false, ARG_IRQ_SAVED),
};
/* clang-format on */

#define N_HELPERS ((int)ARRAY_SIZE(helpers))

int helper_index(int32_t number)
{
	for (int i = 0; i < N_HELPERS; i++)
		if (helpers[i].number == number && !helpers[i].kfunc)
			return i;
	return -1;
}

int reference_kfunc(const char *name)
{
	for (int i = 0; i < N_HELPERS; i++)
		if (helpers[i].kfunc && !strcmp(helpers[i].name, name))
			return i;
	return -1;
}

const struct helper *helper_called(const struct bpf_insn *in)
{
	int i = -1;

	if (insn_is_helper_call(in))
		i = helper_index(in->imm);
	else if (insn_is_kfunc_call(in) && in->imm >= 0 && in->imm < N_HELPERS &&
		 helpers[in->imm].kfunc)
		i = in->imm;
	return i < 0 ? NULL : &helpers[i];
}

bool helper_allowed(int32_t number, const struct prog_type *kind)
{
	int i = helper_index(number);

	return i >= 0 && (!helpers[i].families || helpers[i].families & kind->family);
}

bool helper_is_kernels(int32_t number)
{
	return number > 0 && number < N_KERNEL_HELPERS && helper_index(number) < 0;
}
