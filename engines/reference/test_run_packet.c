// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_TEST_RUN of the types that get a packet: net/bpf/test_run.c bpf_prog_test_run_skb, _xdp
 */
#include <string.h>
#include <arpa/inet.h>

#include "context.h"
#include "test_run.h"

#define LOOPBACK	  1
#define ETHERTYPE_OFF	  12
#define ETH_P_MIN	  0x600 /* ETH_P_802_3_MIN: below, it is a length */
#define ETH_P_RAW	  0x0001
#define ETH_P_LLC	  0x0004
#define ETH_P_IPV4	  0x0800
#define ETH_P_IPV6	  0x86dd
#define IPV4_HEADER	  20
#define IPV6_HEADER	  40
#define GSO_MAX_BYTES	  65536U
#define GSO_MAX_SEGMENTS  65535U
#define XDP_META_MAX	  (XDP_HEADROOM - XDP_FRAME_SIZE)
#define SKB_MAX_LINEAR	  (PAGE_BYTES - SKB_HEADROOM - SKB_TAILROOM)
#define XDP_DEVMAP_PROG	  BPF_XDP_DEVMAP
#define XDP_CPUMAP_PROG	  BPF_XDP_CPUMAP
#define F_XDP_LIVE_FRAMES (1U << 1)

/* bpf_test_init: the linear part of the packet, behind its headroom */
static int packet_in(const struct engine_run *run, struct packet *p, uint8_t *buf, uint32_t size,
		     uint32_t headroom)
{
	if (size > PAGE_BYTES - headroom - SKB_TAILROOM)
		return -EINVAL;
	if (size && !user_ptr_ok(run->data_in))
		return -EFAULT;
	memset(buf, 0, PAGE_BYTES);
	if (size)
		memcpy(buf + headroom, run->data_in, size);
	*p = (struct packet){
		.buf = buf,
		.size = PAGE_BYTES,
		.meta = headroom,
		.data = headroom,
		.end = headroom + size,
		.frame = headroom,
		.direct = true,
	};
	return 0;
}

static bool zero_between(const struct __sk_buff *skb, size_t from, size_t to)
{
	const uint8_t *p = (const uint8_t *)skb;

	for (size_t i = from; i < to; i++)
		if (p[i])
			return false;
	return true;
}

#define AT(field)  offsetof(struct __sk_buff, field)
#define END(field) (AT(field) + sizeof(((struct __sk_buff *)0)->field))

/* convert___skb_to_skb: the ranges between the fields that may be given */
static const size_t must_be_zero[][2] = {
	{ 0, AT(mark) },
	{ END(mark), AT(priority) },
	{ END(ifindex), AT(cb) },
	{ END(cb), AT(data_end) },
	{ END(data_end), AT(tstamp) },
	{ END(gso_segs), AT(gso_size) },
	{ END(gso_size), AT(hwtstamp) },
};

static int skb_ctx_check(const struct __sk_buff *ctx, uint32_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(must_be_zero); i++)
		if (!zero_between(ctx, must_be_zero[i][0], must_be_zero[i][1]))
			return -EINVAL;
	if (ctx->wire_len && (ctx->wire_len < len || ctx->wire_len > GSO_MAX_BYTES))
		return -EINVAL;
	return ctx->gso_segs > GSO_MAX_SEGMENTS ? -EINVAL : 0;
}

/* net/ethernet/eth.c eth_type_trans, of a packet that comes in on a device with address 0 */
static uint32_t eth_protocol(const uint8_t *frame, uint32_t len)
{
	uint16_t type;

	memcpy(&type, frame + ETHERTYPE_OFF, sizeof(type));
	if (ntohs(type) >= ETH_P_MIN)
		return type;
	if (len >= ETH_HEADER + 2 && frame[ETH_HEADER] == 0xff && frame[ETH_HEADER + 1] == 0xff)
		return htons(ETH_P_RAW);
	return htons(ETH_P_LLC);
}

static uint32_t eth_packet_type(const uint8_t *frame)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, own[6];

	if (!memcmp(frame, own, sizeof(own)))
		return 0; /* PACKET_HOST */
	if (!memcmp(frame, broadcast, sizeof(broadcast)))
		return 1; /* PACKET_BROADCAST */
	return frame[0] & 1 ? 2 /* PACKET_MULTICAST */ : 3 /* PACKET_OTHERHOST */;
}

/* IP addresses and family end up in the made-up socket, where programs can read them. */
static int skb_from_ip(struct __sk_buff *skb, const uint8_t *ip, uint32_t len)
{
	if (skb->protocol == htons(ETH_P_IPV4)) {
		if (len < IPV4_HEADER)
			return -EINVAL;
		skb->family = 2; /* AF_INET */
		memcpy(&skb->local_ip4, ip + 12, 4);
		memcpy(&skb->remote_ip4, ip + 16, 4);
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		if (len < IPV6_HEADER)
			return -EINVAL;
		skb->family = 10; /* AF_INET6 */
		memcpy(skb->local_ip6, ip + 8, 16);
		memcpy(skb->remote_ip6, ip + 24, 16);
	}
	return 0;
}

/*
 * A big-endian machine reads what is in the network's order as it is written. What is swapped here
 * is swapped once more with the rest of the context.
 */
static void skb_as_big_endian(struct __sk_buff *skb)
{
	skb->protocol = __builtin_bswap16((uint16_t)skb->protocol);
	skb->remote_ip4 = __builtin_bswap32(skb->remote_ip4);
	skb->local_ip4 = __builtin_bswap32(skb->local_ip4);
	for (int i = 0; i < 4; i++) {
		skb->remote_ip6[i] = __builtin_bswap32(skb->remote_ip6[i]);
		skb->local_ip6[i] = __builtin_bswap32(skb->local_ip6[i]);
	}
}

/* What the program sees of the packet that it does not see in bytes. */
static int skb_fill(struct __sk_buff *skb, const struct packet *p, const struct __sk_buff *ctx,
		    bool given, bool l2)
{
	const uint8_t *frame = p->buf + p->data;
	uint32_t len = p->end - p->data;
	int err;

	*skb = (struct __sk_buff){ 0 };
	skb->len = l2 ? len : len - ETH_HEADER;
	skb->pkt_type = eth_packet_type(frame);
	skb->protocol = eth_protocol(frame, len);
	skb->ifindex = LOOPBACK;
	err = skb_from_ip(skb, frame + ETH_HEADER, len - ETH_HEADER);
	if (err || !given)
		return err;
	err = skb_ctx_check(ctx, skb->len);
	skb->mark = ctx->mark;
	skb->priority = ctx->priority;
	skb->ingress_ifindex = ctx->ingress_ifindex;
	memcpy(skb->cb, ctx->cb, sizeof(skb->cb));
	skb->tstamp = ctx->tstamp;
	skb->wire_len = ctx->wire_len ? ctx->wire_len : skb->len;
	skb->gso_segs = ctx->gso_segs;
	skb->gso_size = (uint16_t)ctx->gso_size;
	skb->hwtstamp = ctx->hwtstamp;
	return err;
}

/* convert_skb_to___skb: the caller's context with what the program left */
static void skb_to_ctx(struct __sk_buff *ctx, const struct __sk_buff *skb)
{
	ctx->mark = skb->mark;
	ctx->priority = skb->priority;
	ctx->ingress_ifindex = skb->ingress_ifindex;
	ctx->ifindex = skb->ifindex;
	ctx->tstamp = skb->tstamp;
	memcpy(ctx->cb, skb->cb, sizeof(ctx->cb));
	ctx->wire_len = skb->wire_len;
	ctx->gso_segs = skb->gso_segs;
	ctx->hwtstamp = skb->hwtstamp;
}

static int skb_linear_size(const struct engine_run *run, const struct __sk_buff *ctx, bool given,
			   uint32_t *size)
{
	*size = run->data_size_in;
	if (given) {
		if (ctx->data_end > run->data_size_in || ctx->data || ctx->data_meta)
			return -EINVAL;
		if (ctx->data_end)
			*size = ctx->data_end < ETH_HEADER ? ETH_HEADER : ctx->data_end;
	}
	if (*size > SKB_MAX_LINEAR)
		*size = SKB_MAX_LINEAR;
	return 0;
}

/* A packet in several pieces is a kernel's affair of memory, not of tail calls. */
static int check_linear(struct ref *ref, const struct engine_run *run, uint32_t size)
{
	if (run->data_size_in <= size)
		return 0;
	return ref_why(ref, ENGINE_UNSUPPORTED, "packets in fragments are not modelled");
}

static int skb_run(struct ref *ref, struct prog *prog, struct engine_run *run,
		   struct __sk_buff *skb, struct packet *p, bool l2)
{
	uint8_t *frame = p->buf + p->data;
	int err;

	run_begin(ref->run, prog);
	ref->run->ctx = (uint8_t *)skb;
	ref->run->ctx_size = sizeof(*skb);
	ref->run->packet = *p;
	if (!l2)
		ref->run->packet.meta = ref->run->packet.data += ETH_HEADER;
	ref->run->packet.direct = prog->type != BPF_PROG_TYPE_SOCKET_FILTER;
	err = test_run_repeat(ref, prog, run->repeat, &run->retval);
	/* The header of which the program saw nothing is not given back, but zeroes are. */
	if (!err && !l2)
		memset(frame, 0, ETH_HEADER);
	return err;
}

int test_run_skb(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	bool l2 = prog->type == BPF_PROG_TYPE_SCHED_CLS || prog->type == BPF_PROG_TYPE_SCHED_ACT;
	struct __sk_buff ctx, skb;
	uint8_t buf[PAGE_BYTES];
	struct packet p;
	uint32_t size;
	bool given;
	int err;

	if (run->flags & ~REF_F_SKB_CSUM_COMPLETE || run->cpu || run->data_size_in < ETH_HEADER)
		return -EINVAL;
	err = test_ctx_in(run, &ctx, sizeof(ctx), &given);
	if (!err)
		err = skb_linear_size(run, &ctx, given, &size);
	if (!err)
		err = packet_in(run, &p, buf, size, SKB_HEADROOM);
	if (!err)
		err = check_linear(ref, run, size);
	if (!err && given && ctx.ifindex > LOOPBACK)
		err = -ENODEV;
	if (!err)
		err = skb_fill(&skb, &p, &ctx, given, l2);
	if (!err && ref->engine.big_endian)
		skb_as_big_endian(&skb);
	if (!err)
		err = skb_run(ref, prog, run, &skb, &p, l2);
	if (err)
		return err;
	skb_to_ctx(&ctx, &skb);
	err = test_data_out(run, p.buf + p.data, p.end - p.data);
	return err ? err : test_ctx_out(run, &ctx, sizeof(ctx), given);
}

/* What is in the caller's xdp_md: metadata in front of the packet, where the linear part ends */
static int xdp_sizes(const struct engine_run *run, const struct xdp_md *ctx, uint32_t *meta,
		     uint32_t *linear)
{
	uint32_t max;

	if (ctx->data_meta || ctx->data_end > run->data_size_in || ctx->data > ctx->data_end)
		return -EINVAL;
	*meta = ctx->data;
	if (*meta % 4 || *meta > XDP_META_MAX) /* include/net/xdp.h xdp_metalen_invalid */
		return -EINVAL;
	max = PAGE_BYTES - (XDP_HEADROOM - *meta) - SKB_TAILROOM;
	*linear = ctx->data_end < max ? ctx->data_end : max;
	return 0;
}

/* xdp_convert_md_to_buff; the loopback device has one queue */
static int xdp_check_device(const struct xdp_md *ctx)
{
	if (ctx->egress_ifindex || (!ctx->ingress_ifindex && ctx->rx_queue_index))
		return -EINVAL;
	if (ctx->ingress_ifindex > LOOPBACK)
		return -ENODEV;
	return ctx->rx_queue_index ? -EINVAL : 0;
}

static int xdp_run(struct ref *ref, struct prog *prog, struct engine_run *run, struct packet *p)
{
	struct xdp_md md = { .ingress_ifindex = LOOPBACK };
	int err;

	run_begin(ref->run, prog);
	ref->run->ctx = (uint8_t *)&md;
	ref->run->ctx_size = sizeof(md);
	ref->run->packet = *p;
	err = test_run_repeat(ref, prog, run->repeat, &run->retval);
	*p = ref->run->packet;
	return err;
}

static int xdp_finish(struct engine_run *run, const struct packet *p, struct xdp_md *ctx,
		      bool given)
{
	int err;

	ctx->data = p->data - p->meta;
	ctx->data_end = p->end - p->meta;
	err = test_data_out(run, p->buf + p->meta, p->end - p->meta);
	return err ? err : test_ctx_out(run, ctx, sizeof(*ctx), given);
}

int test_run_xdp(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	uint32_t meta = 0, size = run->data_size_in;
	uint8_t buf[PAGE_BYTES];
	struct xdp_md ctx;
	struct packet p;
	bool given;
	int err;

	if (prog->attach_type == XDP_DEVMAP_PROG || prog->attach_type == XDP_CPUMAP_PROG ||
	    run->flags & ~F_XDP_LIVE_FRAMES || prog->on_device)
		return -EINVAL;
	if (run->flags)
		return ref_why(ref, ENGINE_UNSUPPORTED, "XDP's live frames are not modelled");
	err = test_ctx_in(run, &ctx, sizeof(ctx), &given);
	if (!err && given)
		err = xdp_sizes(run, &ctx, &meta, &size);
	else if (size > PAGE_BYTES - XDP_HEADROOM - SKB_TAILROOM)
		size = PAGE_BYTES - XDP_HEADROOM - SKB_TAILROOM;
	if (!err && run->data_size_in - meta < ETH_HEADER)
		err = -EINVAL;
	if (!err)
		err = packet_in(run, &p, buf, size, XDP_HEADROOM - meta);
	if (!err && given)
		err = xdp_check_device(&ctx);
	if (!err)
		err = check_linear(ref, run, size);
	if (err)
		return err;
	p.data += meta;
	err = xdp_run(ref, prog, run, &p);
	return err ? err : xdp_finish(run, &p, &ctx, given);
}
