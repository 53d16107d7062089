/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same loops in C, compiled with -O2: what the engines are measured against. */
#ifndef TAILCHECK_BENCH_NATIVE_H
#define TAILCHECK_BENCH_NATIVE_H

#include <stdint.h>

#define NATIVE_WORDS 64 /* of 64 bits, in the value of a map */
#define NATIVE_MASK  (NATIVE_WORDS - 1)
#define NATIVE_SLOTS 8 /* of which four hold a program */
#define NATIVE_EMPTY 5

/* The walk through a value: from @i to where? All words are come by. */
static inline uint64_t native_next(uint64_t i)
{
	return (i * 5 + 3) & NATIVE_MASK;
}

/* Each does @n operations of its kind and returns something that depends on all of them. */
uint64_t native_alu(uint64_t n);
uint64_t native_memory(uint64_t n);
uint64_t native_local_call(uint64_t n);
uint64_t native_helper_call(uint64_t n);
uint64_t native_walk(uint64_t n);
uint64_t native_sum(uint64_t n);
uint64_t native_packet(uint64_t n);
uint64_t native_count(uint64_t n);
uint64_t native_tail_call(uint64_t n);
uint64_t native_empty_slot(uint64_t n);

#endif
