// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF_PROG_TEST_RUN of flow dissectors: net/bpf/test_run.c bpf_prog_test_run_flow_dissector,
 * net/core/flow_dissector.c bpf_flow_dissect. What comes out is not the packet but its flow keys.
 */
#include <string.h>

#include "context.h"
#include "test_run.h"

#define ETHERTYPE_OFF 12

/* verify_user_bpf_flow_keys: of what the caller gives, only the flags count. */
static int flow_ctx_check(const struct bpf_flow_keys *ctx)
{
	struct bpf_flow_keys rest = *ctx;
	uint8_t bytes[sizeof(rest)];

	rest.flags = 0;
	memcpy(bytes, &rest, sizeof(rest));
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i])
			return -EINVAL;
	return 0;
}

/* The packet has neither headroom nor tailroom, since programs cannot change it. */
static int flow_packet_in(const struct ref *ref, const struct engine_run *run, uint8_t *buf,
			  struct packet *p)
{
	uint32_t size = run->data_size_in;

	if (size > ref_page(ref))
		return -EINVAL;
	if (!user_ptr_ok(run->data_in))
		return -EFAULT;
	memcpy(buf, run->data_in, size);
	*p = (struct packet){ .buf = buf, .size = size, .end = size, .direct = true };
	return 0;
}

static uint16_t clamp(uint16_t value, uint32_t low, uint32_t high)
{
	return (uint16_t)(value < low ? low : value > high ? high : value);
}

/* Those that are in the machine's order, and not in the network's. */
static void keys_change_order(struct bpf_flow_keys *keys)
{
	keys->nhoff = __builtin_bswap16(keys->nhoff);
	keys->thoff = __builtin_bswap16(keys->thoff);
	keys->addr_proto = __builtin_bswap16(keys->addr_proto);
	keys->flags = __builtin_bswap32(keys->flags);
}

static int flow_run(struct ref *ref, struct prog *prog, struct engine_run *run,
		    const struct packet *p, uint32_t flags)
{
	struct bpf_flow_keys first = { .nhoff = ETH_HEADER, .thoff = ETH_HEADER, .flags = flags };
	struct bpf_flow_keys *keys = &ref->run->flow_keys;
	struct __sk_buff ctx = { 0 };
	int err;

	memcpy(&first.n_proto, p->buf + ETHERTYPE_OFF, sizeof(first.n_proto));
	if (ref->engine.big_endian)
		keys_change_order(&first);
	run_begin(ref->run, prog);
	ref->run->ctx = (uint8_t *)&ctx;
	ref->run->ctx_size = sizeof(ctx);
	ref->run->packet = *p;
	ref->run->flow_first = &first;
	err = test_run_repeat(ref, prog, run->repeat, &run->retval);
	ref->run->flow_first = NULL;
	if (ref->engine.big_endian)
		keys_change_order(keys);
	keys->nhoff = clamp(keys->nhoff, ETH_HEADER, p->size);
	keys->thoff = clamp(keys->thoff, keys->nhoff, p->size);
	if (ref->engine.big_endian)
		keys_change_order(keys);
	if (ref_quirk(ref, QUIRK_FLOW_RESULT_BOOL))
		run->retval = run->retval == BPF_OK;
	return err;
}

int test_run_flow(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	struct bpf_flow_keys ctx;
	uint8_t buf[MOST_PAGE_BYTES];
	struct packet p;
	bool given;
	int err;

	if (run->flags || run->cpu || run->data_size_in < ETH_HEADER)
		return -EINVAL;
	err = flow_packet_in(ref, run, buf, &p);
	if (!err)
		err = test_ctx_in(run, &ctx, sizeof(ctx), &given);
	if (!err && given)
		err = flow_ctx_check(&ctx);
	if (!err)
		err = flow_run(ref, prog, run, &p, given ? ctx.flags : 0);
	if (err)
		return err;
	err = test_data_out(run, &ref->run->flow_keys, sizeof(ref->run->flow_keys));
	return err ? err : test_ctx_out(run, &ctx, sizeof(ctx), given);
}
