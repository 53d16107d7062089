/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs: as loaded, as decoded, and what the checks at load found out about them. */
#ifndef TAILCHECK_PROG_H
#define TAILCHECK_PROG_H

#include "map.h"
#include "decode.h"

#define PROG_MAX_INSNS 1000000 /* include/linux/bpf.h BPF_COMPLEXITY_LIMIT_INSNS */
#define PROG_MAX_MAPS  64      /* include/linux/bpf_verifier.h MAX_USED_MAPS */
#define PROG_MAX_FUNCS 256     /* include/linux/bpf_verifier.h BPF_MAX_SUBPROGS */
#define N_ATTACH_FUNCS 13      /* of the kernel: attach_funcs[] of attach_func.c */
/* Among these, from 1. */
#define DUMMY_OPS	7    /* bpf_dummy_ops */
#define HOOK_MAP	8    /* bpf_lsm_bpf_map */
#define HOOK_BPF	9    /* bpf_lsm_bpf */
#define HOOK_MAP_CREATE 10   /* bpf_lsm_bpf_map_create */
#define MAX_FRAMES	8    /* include/linux/bpf_verifier.h MAX_CALL_FRAMES */
#define STACK_SIZE	512  /* include/linux/filter.h MAX_BPF_STACK */
#define MAX_SITES	1024 /* kernel/bpf/core.c poke_tab_max */
#define MAX_TAIL_CALLS	33   /* include/linux/bpf.h MAX_TAIL_CALL_CNT */

/* A function of a program: the instructions [start, end). */
struct func {
	uint32_t start;
	uint32_t end;
	bool has_tail_call;
	bool has_skb_load;   /* LD_ABS, LD_IND */
	bool is_callback;    /* of a timer, or for exceptions: the kernel calls it */
	uint64_t slots_read; /* of its frame: slots of 8 bytes that an instruction may read */
	uint32_t params_in;  /* arguments on the stack that it reads, */
	uint32_t params_out; /* and that it has for those it calls */
	uint32_t stack;	     /* bytes of its frame that it uses, as far as the checks can see */
};

/* A tail call, by what the checks saw of it on all ways to it. */
struct tail_site {
	uint32_t pc;
	bool direct; /* with one map and one index, which is in it */
	uint32_t index;
	const struct map *map;
};

struct prog {
	struct obj obj;
	uint32_t type;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t attach_proto; /* of the kernel's function that it is made for; 0: none */
	uint32_t attach_func;  /* which of them it is; 0: none */
	uint32_t storage[N_STORAGE_TYPES]; /* ids of the maps; 0: none */
	char name[16];
	const struct prog_type *kind;
	struct bpf_insn *insns; /* as given; map references hold the index in maps in their imm */
	uint32_t n_insns;
	struct dinsn *code; /* what the interpreter runs: one for each of insns */
	struct map **maps;  /* those it refers to, then those bound to it */
	uint32_t n_maps;
	struct func *funcs;
	uint32_t n_funcs;
	bool has_tail_call;
	bool has_params; /* on the stack */
	bool on_device;	 /* made for a network device */
	bool is_ext;	 /* replaces @target, whose type it has here; attached once at most */
	bool was_attached;
	bool moves_packet;   /* or tail-calls, which may */
	struct prog *target; /* held until the program or its link goes */
	const struct prog *replaced_by;
	uint32_t n_slots; /* that hold it */
	bool interpreted; /* not as the engine's others: to a prog_array it is of another kind */
	uint32_t exception_callback; /* where that function begins; 0: there is none */
	bool global_funcs;	     /* the checks know nothing of what functions return */
	struct tail_site *sites;     /* those that can be reached */
	uint32_t n_sites;
	/*
	 * By instruction: the checks came by here. NULL: all code may run. Otherwise branches to
	 * where they never came are not taken, whatever is compared.
	 */
	uint8_t *reached;
	const void *jit_entry;	 /* where tail calls enter its machine code */
	struct jit_code *jit;	 /* NULL: interpreted */
	uint32_t jited_len;	 /* bytes of machine code */
	uint32_t max_ctx_offset; /* the end of the context that it reads */
};

static inline struct prog *to_prog(struct obj *obj)
{
	return (struct prog *)obj;
}

static inline struct map *to_map(struct obj *obj)
{
	return (struct map *)obj;
}

int prog_add_map(struct prog *prog, struct map *map); /* its index; takes a reference if new */
void prog_drop_maps(struct ref *ref, struct prog *prog);
void prog_free(struct ref *ref, struct prog *prog);
/*
 * extend.c: if @a is of an ext program, what it replaces, and that one's type into @a; and a link
 * that attaches it begins and ends.
 */
int extension_target(struct ref *ref, struct engine_prog_load *a, struct prog **target);
int extension_attach(struct ref *ref, struct prog *prog);
void extension_drop(struct ref *ref, struct prog *prog);
/* Is there something in it that may move the packet? */
bool insns_move_packet(const struct bpf_insn *insns, uint32_t n);
/* attach.c: a descriptor of a map is made; who is attached there hears of it. 0, or ENGINE_*. */
int hook_map(struct ref *ref);
/* A map is all but made: 0, ENGINE_*, or what those who are attached there say, -EPERM at best. */
int hook_map_create(struct ref *ref);
/* The function that begins at @pc, or NULL. */
const struct func *prog_func_at(const struct prog *prog, uint32_t pc);

#endif
