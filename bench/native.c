// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "native.h"

#include <stddef.h>

/* Keep a value in a register and unknown to the compiler: the operation before it must be made. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

static inline uint64_t alu_step(uint64_t x)
{
	x += 7;
	OPAQUE(x);
	x ^= 0x55;
	OPAQUE(x);
	x += 3;
	OPAQUE(x);
	x -= 5;
	OPAQUE(x);
	return x;
}

uint64_t native_alu(uint64_t n)
{
	uint64_t x = 1;

	for (uint64_t i = 0; i < n / 16; i++) {
		x = alu_step(x);
		x = alu_step(x);
		x = alu_step(x);
		x = alu_step(x);
	}
	return x;
}

uint64_t native_memory(uint64_t n)
{
	volatile uint64_t slot[4] = { 1, 2, 3, 4 };

	/* A load and a store are two operations. */
	for (uint64_t i = 0; i < n / 8; i++) {
		slot[1] = slot[0];
		slot[2] = slot[1];
		slot[3] = slot[2];
		slot[0] = slot[3];
	}
	return slot[0];
}

static __attribute__((noinline)) uint64_t callee(uint64_t x)
{
	x += 1;
	OPAQUE(x);
	return x;
}

uint64_t native_local_call(uint64_t n)
{
	uint64_t x = 0;

	for (uint64_t i = 0; i < n; i++) {
		x = callee(x);
		OPAQUE(x);
	}
	return x;
}

uint64_t native_helper_call(uint64_t n)
{
	uint64_t (*volatile helper)(uint64_t) = callee;
	uint64_t x = 0;

	for (uint64_t i = 0; i < n; i++)
		x += helper(i);
	return x;
}

/* The index of the value that the next load is of, in a walk: the loads wait for each other. */
uint64_t native_walk(uint64_t n)
{
	static volatile uint64_t value[NATIVE_WORDS];
	uint64_t at = 0;

	for (uint32_t i = 0; i < NATIVE_WORDS; i++)
		value[i] = native_next(i);
	for (uint64_t i = 0; i < n / 4; i++) {
		at = value[at & NATIVE_MASK];
		at = value[at & NATIVE_MASK];
		at = value[at & NATIVE_MASK];
		at = value[at & NATIVE_MASK];
	}
	return at;
}

/* Nothing waits for a load but the sum. A compiler would have vectors, which BPF has not. */
static inline uint64_t sum8(uint64_t x, const volatile uint64_t *p)
{
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++) {
		x += p[i];
		OPAQUE(x);
	}
	return x;
}

uint64_t native_sum(uint64_t n)
{
	static volatile uint64_t value[NATIVE_WORDS];
	uint64_t x = 0;

	for (uint64_t i = n / 8; i; i--)
		x = sum8(x, value + (i & NATIVE_MASK & ~7ULL));
	return x;
}

/* A buffer with a beginning and an end, which is looked at before it is read. */
uint64_t native_packet(uint64_t n)
{
	static volatile uint64_t buffer[NATIVE_WORDS];
	struct {
		const volatile uint64_t *data, *end;
	} packet = { buffer, buffer + 8 };
	uint64_t x = 0;

	for (uint64_t i = n / 8; i; i--) {
		__asm__ volatile("" : : "r"(&packet) : "memory");
		if (packet.data + 8 > packet.end)
			break;
		x = sum8(x, packet.data);
	}
	return x;
}

/* Counters in a value: a load and a store are two operations. */
uint64_t native_count(uint64_t n)
{
	static volatile uint64_t value[NATIVE_WORDS];

	for (uint64_t i = n / 2; i; i--)
		value[i & NATIVE_MASK]++;
	return value[0];
}

#define LIMIT 33

/*
 * The floor of tail calls: the programs of bench/tail.c as functions in C. Each reads the mark that
 * its index is made from, looks whether the index is in bounds, whether the limit is reached and
 * whether the slot is empty, counts, and jumps to what is in the slot (gcc -O2 makes jumps of calls
 * in the end of a function).
 */
struct context {
	uint32_t len, type, mark;
};

struct chain {
	uint32_t entries;
	uint64_t (*slots[NATIVE_SLOTS])(const struct context *ctx, const struct chain *chain,
					uint32_t count);
};

#define MEMBER(name, to)                                                                           \
	static uint64_t name(const struct context *ctx, const struct chain *chain, uint32_t count) \
	{                                                                                          \
		uint32_t index = ctx->mark + (to);                                                 \
                                                                                                   \
		if (index >= chain->entries || count >= LIMIT || !chain->slots[index])             \
			return count;                                                              \
		return chain->slots[index](ctx, chain, count + 1);                                 \
	}
MEMBER(member0, 1)
MEMBER(member1, 2)
MEMBER(member2, 3)
MEMBER(member3, 0)

static struct chain members = { NATIVE_SLOTS, { member0, member1, member2, member3 } };

/* A chain of LIMIT, again and again. */
uint64_t native_tail_call(uint64_t n)
{
	struct context ctx = { 0 };
	uint64_t done = 0;

	while (done < n) {
		__asm__ volatile("" : : "r"(&ctx), "r"(&members) : "memory");
		done += members.slots[0](&ctx, &members, 0);
	}
	return done;
}

/* The same with a slot that is empty: in a loop, as the program does it. */
uint64_t native_empty_slot(uint64_t n)
{
	struct context ctx = { 0 };
	const struct chain *chain = &members;
	uint64_t done = 0;

	for (uint64_t i = n; i; i--) {
		uint32_t index;

		__asm__ volatile("" : : "r"(&ctx), "r"(&members) : "memory");
		index = ctx.mark + NATIVE_EMPTY;
		if (index >= chain->entries || done >= LIMIT || !chain->slots[index])
			continue;
		done += chain->slots[index](&ctx, chain, (uint32_t)done);
	}
	return done;
}
