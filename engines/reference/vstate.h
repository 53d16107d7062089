/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The checks' picture of a program at one instruction on one way through it: what kind of thing
 * each register and each slot of the stack holds. kernel/bpf/verifier.c in small.
 *
 * Followed exactly: what is initialised, kinds of pointers, constant numbers and constant offsets,
 * null checks. Not followed: ranges of numbers. Where those would decide, the program is let
 * through, and the checks at run time (memory.c) have the last word.
 */
#ifndef TAILCHECK_VSTATE_H
#define TAILCHECK_VSTATE_H

#include "check.h"

#define N_SLOTS	 (STACK_SIZE / 8)
#define N_REGS	 11
#define MAX_REFS 8

enum vkind {
	V_NONE, /* not initialised */
	V_SCALAR,
	V_CTX,
	V_MAP,	 /* the map itself */
	V_VALUE, /* of the map */
	V_VALUE_OR_NULL,
	V_STACK,
	V_PACKET,
	V_PACKET_END,
	V_FUNC,
	V_FLOW_KEYS,
	V_SOCK_OR_NULL,
	V_SOCK,
};

struct vreg {
	uint8_t kind;  /* enum vkind */
	uint8_t known; /* of a scalar: a bit for each byte of value that is known, 0xff for all;
			* of a pointer: 0xff if value is its offset */
	uint8_t frame; /* V_STACK: whose; a number in a slot: the size that it was stored in */
	uint32_t id;   /* *_OR_NULL: copies of one result have one id; V_SOCK: as in vstate.refs */
	int64_t value;
	const struct map *map;
};

struct vframe {
	struct vreg regs[N_REGS];
	struct vreg slots[N_SLOTS]; /* slot 0 is at r10 - 8 */
	uint32_t ret;		    /* where the caller goes on */
	uint32_t func;		    /* index */
};

struct vstate {
	struct vstate *next; /* of a list of states to go on from, or of those seen at pc */
	uint32_t pc;
	uint32_t depth;
	uint32_t n_refs;
	uint32_t refs[MAX_REFS];  /* what is held, by the ids of registers */
	const struct map *locked; /* with the lock that is held, or NULL */
	struct vframe frames[];	  /* depth + 1 */
};

/* The walk over all ways. */
struct vwalk {
	struct checker *c;
	struct prog *prog;
	struct vstate *now; /* frames for MAX_FRAMES */
	struct vstate *todo;
	struct vstate **seen; /* by instruction */
	uint32_t *n_seen;
	uint8_t *join; /* by instruction: ways may meet here */
	uint32_t steps;
	uint32_t last_id;
};

#define VALL 0xff

static inline struct vframe *vtop(struct vwalk *w)
{
	return &w->now->frames[w->now->depth];
}

static inline struct vreg *vreg(struct vwalk *w, uint32_t n)
{
	return &vtop(w)->regs[n];
}

static inline struct vreg vscalar(void)
{
	return (struct vreg){ .kind = V_SCALAR };
}

static inline struct vreg vconst(int64_t value)
{
	return (struct vreg){ .kind = V_SCALAR, .known = VALL, .value = value };
}

static inline bool vis_const(const struct vreg *r)
{
	return r->kind == V_SCALAR && r->known == VALL;
}

static inline bool vis_pointer(const struct vreg *r)
{
	return r->kind > V_SCALAR;
}

/* What the kernel's log calls such a register. */
const char *v_kind_name(const struct vreg *r);

/* Each: 0, or an errno after a line in the log. */
int v_refuse(struct vwalk *w, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int v_readable(struct vwalk *w, uint32_t reg);
int v_writable(struct vwalk *w, uint32_t reg);

/* check_alu.c, check_mem.c, check_call.c: one instruction on w->now */
int v_alu(struct vwalk *w, const struct bpf_insn *in);
int v_load(struct vwalk *w, const struct bpf_insn *in);
int v_store(struct vwalk *w, const struct bpf_insn *in);
int v_atomic(struct vwalk *w, const struct bpf_insn *in);
int v_skb_load(struct vwalk *w, const struct bpf_insn *in);
int v_helper(struct vwalk *w, const struct bpf_insn *in);
int v_enter(struct vwalk *w, uint32_t to);
/* Back to the caller with @r0. */
int v_leave(struct vwalk *w, struct vreg r0);

/* check_hold.c: a new socket in @r0; one that turned out to be none; one that is given back */
int v_acquire(struct vwalk *w, struct vreg *r0);
void v_drop(struct vstate *s, uint32_t id);
void v_release(struct vwalk *w, uint32_t id);
/* The helpers that take and give back the lock at r1. */
int v_lock(struct vwalk *w, bool lock);
/* Before the program ends or goes on in another one. */
int v_holds_nothing(struct vwalk *w, const char *before);

/* check_mem.c: may a helper touch @size bytes at register @reg? */
int v_helper_mem(struct vwalk *w, uint32_t reg, uint32_t size, bool write);
/* The constant that a helper finds in the @size bytes at a pointer into the stack. */
bool v_stack_key(struct vwalk *w, const struct vreg *ptr, uint32_t size, int64_t *value);

/* check_cover.c: is a way that was all right with @old also all right with @now? */
bool v_covers(const struct vstate *old, const struct vstate *now);

/* A state to go on from later: at @pc with what w->now holds. */
struct vstate *v_push(struct vwalk *w, uint32_t pc);

#endif
