/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The helpers and functions of the kernel that programs of the reference may call. bpf_tail_call is
 * not among them.
 */
#ifndef TAILCHECK_HELPERS_H
#define TAILCHECK_HELPERS_H

#include "run.h"

/* What the checks at load know of a helper's arguments (enum bpf_arg_type, where it matters). */
enum helper_arg {
	ARG_NONE,
	ARG_SCALAR,
	ARG_CTX,
	ARG_MAP,
	ARG_KEY,   /* of the map */
	ARG_VALUE, /* of the map */
	ARG_MEM_IN,
	ARG_MEM_OUT,
	ARG_SIZE, /* of the memory before it */
	ARG_SOCK,
	ARG_LOCK, /* to be taken */
	ARG_LOCKED,
	ARG_IRQ, /* room for a state of interrupts */
	ARG_IRQ_SAVED,
	ARG_TIMER,
	ARG_CALLBACK, /* of the timer before it */
};

enum helper_ret {
	RET_SCALAR,
	RET_VALUE_OR_NULL,
	RET_SOCK_OR_NULL, /* to be given back */
	RET_VOID,
};

/* What functions of the kernel enter and leave, and no program may tail-call in. */
enum region { REGION_NONE, REGION_IRQ, REGION_RCU, REGION_PREEMPT, N_REGIONS };

struct helper {
	int32_t number; /* BPF_FUNC_* */
	const char *name;
	uint32_t families; /* FAMILY_*: types of programs that may call it; 0: all */
	enum helper_arg args[5];
	enum helper_ret ret;
	bool moves_packet; /* pointers into it are void afterwards */
	uint64_t (*call)(struct run *run, const uint64_t *r);
	bool kfunc; /* a function of the kernel, called by name: its number is its row */
	enum region region;
	bool enters; /* the region; otherwise it leaves it */
};

extern const struct helper helpers[];

/* -1: none of that number */
int helper_index(int32_t number);
/* What an instruction calls; NULL: nothing that is in the table. */
const struct helper *helper_called(const struct bpf_insn *in);
bool helper_allowed(int32_t number, const struct prog_type *kind);
/* Is it one of the kernel's that is not modelled here? */
bool helper_is_kernels(int32_t number);

#endif
