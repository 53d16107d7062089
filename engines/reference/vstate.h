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

#include <string.h>

#include "check.h"
#include "helpers.h"

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
	V_KEY, /* of a map's element, as a callback has it */
	V_IRQ, /* a slot, not a register: what bpf_local_irq_save left there */
};

struct vreg {
	uint8_t kind;  /* enum vkind */
	uint8_t known; /* of a scalar: a bit for each byte of value that is known, 0xff for all;
			* of a pointer: 0xff if value is its offset */
	uint8_t frame; /* V_STACK: whose; a number in a slot: the size that it was stored in */
	/*
	 * With strict-alignment, of what is not known: the last three bits of the number or of the
	 * offset, and which of them are known.
	 */
	uint8_t low : 3, low_known : 3;
	uint32_t id; /* *_OR_NULL: copies of one result have one id; V_SOCK: as in vstate.refs */
	int64_t value;
	const struct map *map;
};

/* One function's call. */
struct vframe {
	struct vreg regs[N_REGS];
	uint64_t used;		    /* slots of which anything is known: a bit for each */
	uint64_t pointers;	    /* those that hold pointers and may be read, */
	uint64_t hash;		    /* and what they hold: see v_sum_up() */
	uint8_t params;		    /* arguments on the stack that are ready: a bit for each */
	uint32_t ret;		    /* where the caller goes on */
	uint32_t func;		    /* index */
	struct vreg slots[N_SLOTS]; /* slot 0 is at r10 - 8; what is not used is V_NONE */
};

/* What a program must give back, or leave: check_hold.c. */
struct vheld {
	const struct map *locked; /* with the lock that is held, or NULL */
	uint32_t n_refs;
	uint32_t refs[MAX_REFS];     /* by the ids of registers */
	uint32_t regions[N_REGIONS]; /* how often each was entered */
};

/* Where the walk is. */
struct vstate {
	uint32_t pc;
	uint32_t depth;
	struct vheld held;
	struct vframe frames[MAX_FRAMES]; /* depth + 1 */
};

/* A state that is kept, packed: see check_saved.c. */
struct vsaved {
	struct vsaved *next;
	const struct bpf_insn *taken; /* a branch whose outcome says something; or NULL */
	uint32_t pc;
	uint32_t depth;
	struct vheld held;
	uint16_t units;
	uint16_t misses; /* how often it covered nothing, in a row */
	uint64_t frames[];
};

/* An instruction, as far as ways may meet there. */
struct vpoint {
	struct vsaved *seen; /* the newest first */
	uint32_t n_seen;     /* ever */
	uint16_t live;	     /* registers that may be read from here on: a bit for each */
	bool join;
};

#define SAVED_UNIT  128 /* bytes: states are kept in multiples of these, to be used again */
#define SAVED_UNITS ((sizeof(struct vsaved) + sizeof(struct vstate)) / SAVED_UNIT + 1)

/* The walk over all ways. */
struct vwalk {
	struct checker *c;
	struct prog *prog;
	struct vstate *now;
	struct vframe *top; /* of now's frames */
	struct vsaved *todo;
	struct vpoint *points;		       /* by instruction */
	struct vsaved *spare[SAVED_UNITS + 1]; /* by size */
	uint32_t steps;
	uint32_t compared; /* states, slot by slot */
	uint32_t last_id;
};

#define VALL 0xff

static inline struct vreg *vreg(struct vwalk *w, uint32_t n)
{
	return &w->top->regs[n];
}

/* To be read: nothing is known of what is not used. */
static inline const struct vreg *vslot(const struct vframe *f, uint32_t n)
{
	static const struct vreg none;

	return f->used >> n & 1 ? &f->slots[n] : &none;
}

/* To be written. */
static inline struct vreg *vslot_use(struct vframe *f, uint32_t n)
{
	if (!(f->used >> n & 1)) {
		f->used |= 1ULL << n;
		f->slots[n] = (struct vreg){ 0 };
	}
	return &f->slots[n];
}

/* For walks over the slots that are used; @bits is not 0. */
static inline uint32_t lowest_bit(uint64_t bits)
{
	return (uint32_t)__builtin_ctzll(bits);
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

#define LOW_BITS 7

static inline uint8_t vlow_known(const struct vreg *r)
{
	return r->known == VALL ? LOW_BITS : r->low_known;
}

static inline uint8_t vlow(const struct vreg *r)
{
	return r->known == VALL ? (uint8_t)(r->value & LOW_BITS) : r->low;
}

/* What the kernel's log calls such a register. */
const char *v_kind_name(const struct vreg *r);

/* A function is entered, with its arguments yet to come. */
static inline void vframe_begin(struct vframe *f, uint32_t depth, uint32_t ret)
{
	memset(f, 0, offsetof(struct vframe, slots));
	f->regs[BPF_REG_10] =
		(struct vreg){ .kind = V_STACK, .known = VALL, .frame = (uint8_t)depth };
	f->ret = ret;
}

/* Each: 0, or an errno after a line in the log. */
int v_refuse(struct vwalk *w, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int v_readable(struct vwalk *w, uint32_t reg);
/* Readable, and an address only where the task has CAP_PERFMON. */
int v_may_leak(struct vwalk *w, uint32_t reg);
int v_writable(struct vwalk *w, uint32_t reg);

/* check_alu.c, check_mem.c, check_call.c: one instruction on w->now */
int v_alu(struct vwalk *w, const struct bpf_insn *in);
int v_load(struct vwalk *w, const struct bpf_insn *in);
int v_store(struct vwalk *w, const struct bpf_insn *in);
int v_atomic(struct vwalk *w, const struct bpf_insn *in);
int v_skb_load(struct vwalk *w, const struct bpf_insn *in);
/* check_param.c: arguments on the stack, which are given to a function that is called */
int v_param_load(struct vwalk *w, const struct bpf_insn *in);
int v_param_store(struct vwalk *w, const struct bpf_insn *in);
int v_params(struct vwalk *w, const struct func *callee);
int v_helper(struct vwalk *w, const struct bpf_insn *in);
int v_kfunc(struct vwalk *w, const struct bpf_insn *in);
int v_enter(struct vwalk *w, uint32_t to);
/* Back to the caller with @r0. */
int v_leave(struct vwalk *w, struct vreg r0);

/* check_hold.c: a new socket in @r0; one that turned out to be none; one that is given back */
int v_acquire(struct vwalk *w, struct vreg *r0);
void v_drop(struct vstate *s, uint32_t id);
void v_release(struct vwalk *w, uint32_t id);
/* The helpers that take and give back the lock at r1. */
int v_lock(struct vwalk *w, bool lock);
/* Interrupts are turned off, and their state put into the slot at r1; or back on again. */
int v_irq(struct vwalk *w, bool save);
/* A function of the kernel that enters or leaves a region. */
int v_region(struct vwalk *w, const struct helper *h);
/* Before the program ends or goes on in another one. */
int v_holds_nothing(struct vwalk *w, const char *before);

/*
 * check_callback.c. The helper that makes a function the callback of a timer: the timer at r1, the
 * function at r2, which is to be checked as well.
 */
int v_timer(struct vwalk *w);
int v_callback(struct vwalk *w);

/* check_mem.c: may a helper touch @size bytes at register @reg? */
int v_helper_mem(struct vwalk *w, uint32_t reg, uint32_t size, bool write);
/* The constant that a helper finds in the @size bytes at a pointer into the stack. */
bool v_stack_key(struct vwalk *w, const struct vreg *ptr, uint32_t size, int64_t *value);

/* check_live.c: find w->points[].live */
void v_find_live(struct vwalk *w);
/* Registers that will not be read: one way is as good as another. */
void v_forget_dead(struct vframe *f, uint16_t live);
/* What a call that returns to @ret must leave as it is, of what will be read. */
uint16_t v_live_across(const struct vwalk *w, uint32_t ret);

/* check_saved.c. A state to be kept: what w->now holds, but at @pc. */
struct vsaved *v_save(struct vwalk *w, uint32_t pc);
/* Make it w->now. */
void v_resume(struct vwalk *w, const struct vsaved *s);
/* It is not needed any more. */
void v_recycle(struct vwalk *w, struct vsaved *s);
/* Its frames, from the first to the last; and the slot @n of one. */
const struct vframe *vsaved_first(const struct vsaved *s);
const struct vframe *vsaved_next(const struct vframe *f);
const struct vreg *vsaved_slot(const struct vframe *f, uint32_t n);

/* check_cover.c: sum up every frame of w->now, for v_covers() now and once it is saved. */
void v_sum_up(struct vwalk *w);
/* Is a way that was all right with @old also all right with w->now? */
bool v_covers(struct vwalk *w, const struct vsaved *old);

/* check_regs.c. A function that the kernel calls begins, with its arguments yet to come. */
void v_begin(struct vwalk *w, uint32_t func);
/* A state to go on from later: at @pc with what w->now holds. */
struct vsaved *v_push(struct vwalk *w, uint32_t pc);

#endif
