/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the bytes mean that load_fuzz.c is given: a header, then instructions of 8 bytes. */
#ifndef TAILCHECK_FUZZ_LOAD_H
#define TAILCHECK_FUZZ_LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#define LOAD_MAX_INSNS 256

enum load_option {
	LOAD_NO_BTF = 1,
	LOAD_UNCHECKED = 2, /* without the checks of registers */
	LOAD_SLEEPABLE = 4,
	LOAD_EGRESS = 8, /* as the attach type; a syscall program must have none */
};

struct load_header {
	uint8_t type;	    /* of program: an index, see load_types[] */
	uint8_t options;    /* enum load_option */
	uint8_t second;	    /* where the second program begins; the end or behind: there is none */
	uint8_t packet;	    /* bytes, less 14 */
	uint8_t quirks[16]; /* the bytes of a quirk_set */
};

/* A map reference whose descriptor is below this is to one of these maps. */
enum load_map {
	LOAD_PROGS, /* 0: the first program, 1: the second, 2: empty, 3: one that gives 7 */
	LOAD_ARRAY,
	LOAD_HASH,
	LOAD_VALUE, /* an array of one element, for references to values */
	LOAD_PERCPU,
	LOAD_ARRAY_OF_MAPS,
	LOAD_HASH_OF_MAPS,
	LOAD_INNER,
	LOAD_MAPS
};

static const uint8_t load_types[] = {
	BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,	BPF_PROG_TYPE_SCHED_ACT,
	BPF_PROG_TYPE_CGROUP_SKB,    BPF_PROG_TYPE_XDP,		BPF_PROG_TYPE_RAW_TRACEPOINT,
	BPF_PROG_TYPE_SYSCALL,	     BPF_PROG_TYPE_KPROBE,	BPF_PROG_TYPE_TRACEPOINT,
	BPF_PROG_TYPE_PERF_EVENT,    BPF_PROG_TYPE_CGROUP_SOCK,
};

#define LOAD_TYPES (sizeof(load_types) / sizeof(load_types[0]))

/* mutate.c: changes to whole instructions */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

#endif
