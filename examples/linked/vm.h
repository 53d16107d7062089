/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small BPF runtime, which knows nothing of tailcheck: an interpreter, arrays and prog_arrays. */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

struct vm_prog {
	uint32_t type, id, n_maps;
	struct bpf_insn
		insns[]; /* in loads of a map's address imm is an index for vm_run()'s maps */
};

struct vm_map {
	uint32_t type, value_size, n;
	uint32_t owner;		      /* of a prog_array: the type of its programs; 0: none yet */
	const struct vm_prog **progs; /* of a prog_array */
	uint8_t *values;	      /* of an array */
};

/* Are all instructions ones that vm_run() has? */
bool vm_knows(const struct bpf_insn *insns, uint32_t n);

/*
 * Run a verified program with @ctx in r1. Of a context's @ctx_size bytes only those that @fields
 * (NULL: all) has a 1 for may be touched. False where another was.
 */
bool vm_run(const struct vm_prog *prog, struct vm_map *const *maps, uint8_t *ctx, uint32_t ctx_size,
	    const uint8_t *fields, uint64_t *r0);

#endif
