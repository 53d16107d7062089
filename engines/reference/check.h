/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The checks of a program at load, in passes in the kernel's order (kernel/bpf/verifier.c
 * bpf_check): functions and jumps, instructions and map references, reachability, registers.
 */
#ifndef TAILCHECK_CHECK_H
#define TAILCHECK_CHECK_H

#include "prog.h"

struct checker {
	struct ref *ref;
	struct prog *prog;
	bool has_func_info; /* the loader gave BTF for the functions */
	bool void_funcs;    /* in which all but the first return nothing */
	bool has_func_ref;  /* an address of a function is taken, on some way */
	uint8_t *marks;	    /* check_flow.c, by instruction */
	char *log;
	uint32_t log_size;
	uint32_t log_len;
};

/* A line of the log. */
void check_log(struct checker *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Each: 0 or a negative errno or ENGINE_UNSUPPORTED. */
int check_functions(struct checker *c); /* check_flow.c: finds the functions, and their jumps */
int check_insns(struct checker *c);	/* check_insn.c: fields, and maps behind descriptors */
int check_reachable(struct checker *c); /* check_flow.c */
int check_registers(struct checker *c); /* check_regs.c */
int check_sites(struct checker *c);	/* check_sites.c: all tail calls together */
int check_depth(struct checker *c);	/* check_depth.c: frames and their stack */
int check_callbacks(struct checker *c); /* check_callback.c: may there be any? */
int check_params(struct checker *c);	/* check_param.c: arguments on the stack, by functions */
int check_params_jited(struct checker *c);
/* attach_func.c: what the program is made for */
int check_attach_func(struct checker *c, const struct engine_prog_load *a);

/* For check_registers(): the tail call at @pc was reached with this map and index. */
void site_reached(struct prog *prog, uint32_t pc, const struct map *map, bool known,
		  uint64_t index);

/* All of them. */
int check_prog(struct checker *c);

#endif
