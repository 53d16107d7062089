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

#define LIMIT 33

struct chain {
	const void *slots[4];
	uint32_t entries;
};

/* A chain of programs that each jump to the next, LIMIT times, begun again until n are made. */
uint64_t native_direct_jump(uint64_t n)
{
	uint64_t done = 0;
	uint32_t count;

again:
	count = 0;
program:
	OPAQUE(done);
	if (count < LIMIT) {
		count++;
		done++;
		OPAQUE(count);
		goto program;
	}
	if (done < n)
		goto again;
	return done;
}

uint64_t native_indirect_jump(uint64_t n)
{
	struct chain chain = { { &&program, &&program, NULL, &&program }, 4 };
	uint64_t done = 0;
	uint32_t count, index = 1;
	const void *to;

again:
	count = 0;
program:
	OPAQUE(index);
	__asm__ volatile("" : : "r"(&chain) : "memory");
	if (index >= chain.entries || count >= LIMIT)
		goto end;
	to = chain.slots[index];
	if (!to)
		goto end;
	count++;
	done++;
	goto *to;
end:
	if (done < n)
		goto again;
	return done;
}

uint64_t native_failing(uint64_t n)
{
	struct chain chain = { { NULL, NULL, NULL, NULL }, 4 };
	uint32_t count = 0, index = 2;
	uint64_t done = 0;

	for (uint64_t i = 0; i < n; i++) {
		OPAQUE(index);
		__asm__ volatile("" : : "r"(&chain) : "memory");
		if (index < chain.entries && count < LIMIT && chain.slots[index])
			count++;
		else
			done++;
	}
	return done + count;
}
