/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The same loops in C, compiled with -O2: what the engines are measured against. */
#ifndef TAILCHECK_BENCH_NATIVE_H
#define TAILCHECK_BENCH_NATIVE_H

#include <stdint.h>

/* Each does @n operations of its kind and returns something that depends on all of them. */
uint64_t native_alu(uint64_t n);
uint64_t native_memory(uint64_t n);
uint64_t native_local_call(uint64_t n);
uint64_t native_helper_call(uint64_t n);
uint64_t native_direct_jump(uint64_t n);   /* counter, limit, jump */
uint64_t native_indirect_jump(uint64_t n); /* bound, limit and null check, indirect jump */
uint64_t native_failing(uint64_t n);	   /* bound, limit, null check that fails */

#endif
