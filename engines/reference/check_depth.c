// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How deep calls go and how much stack that takes: kernel/bpf/verifier.c check_max_stack_depth.
 * Instead of following every chain of calls, the worst chain to each function is found in as many
 * rounds as there may be frames.
 */
#include "../../harness/base/arena.h"
#include "check.h"
#include "insn.h"

/* What the callers of a function that makes a tail call may use: the new program uses it again. */
#define CALLERS_MAX 256

/* Of each function: the most that its callers together may have on the stack; -1: never called. */
struct depths {
	const struct checker *c;
	const struct prog *prog;
	int64_t *callers;
	uint32_t *frames;  /* of that worst chain, its own included */
	bool *in_callback; /* a callback calls it, or a function that one calls */
};

/* kernel/bpf/verifier.c round_up_stack_depth, for a JIT */
static int64_t frame_size(const struct depths *d, const struct func *f)
{
	if (ref_quirk(d->c->ref, QUIRK_STACK_IN_32))
		return ALIGN_UP(f->stack ? (int64_t)f->stack : 1, 32);
	return ALIGN_UP((int64_t)f->stack, 16);
}

/* In the functions that it calls; what it does itself was seen on the ways through it. */
static bool forbids_tail_calls(const struct depths *d, const struct func *f)
{
	return f->is_callback && (f->start == d->prog->exception_callback ||
				  !ref_quirk(d->c->ref, QUIRK_TIMER_CALLS_UNCHECKED));
}

/* Hand down what @f's callees have above them. True: one of them has more than was known. */
static bool visit(struct depths *d, uint32_t f)
{
	bool in_callback = d->in_callback[f] || forbids_tail_calls(d, &d->prog->funcs[f]);
	const struct func *func = &d->prog->funcs[f];
	int64_t down = d->callers[f] + frame_size(d, func);
	bool more = false;

	for (uint32_t pc = func->start; d->callers[f] >= 0 && pc < func->end; pc++) {
		const struct bpf_insn *in = &d->prog->insns[pc];
		uint32_t callee;

		if (insn_is_wide(in))
			pc++;
		if (!insn_is_local_call(in))
			continue;
		callee = (uint32_t)(prog_func_at(d->prog, pc + 1 + (uint32_t)in->imm) -
				    d->prog->funcs);
		if (in_callback && !d->in_callback[callee]) {
			d->in_callback[callee] = true;
			more = true;
		}
		if (d->callers[callee] < down) {
			d->callers[callee] = down;
			d->frames[callee] = d->frames[f] + 1;
			more = true;
		}
	}
	return more;
}

static int64_t callers_max(const struct ref *ref)
{
	if (ref_mutant(ref, MUTANT_CHECK_STACK_OK))
		return INT64_MAX;
	return CALLERS_MAX - (ref_mutant(ref, MUTANT_CHECK_STACK_ONE_LESS) ? 16 : 0);
}

/*
 * kernel/bpf/verifier.c bpf_enable_priv_stack: in programs that may run in the midst of themselves
 * frames are no longer on the kernel's stack, and each has what all had together. Tail calls do not
 * know of that. (A callback's frames stay where they were, and those that it shares with main: not
 * modelled.)
 */
static bool each_has_its_own(const struct checker *c)
{
	const struct prog *prog = c->prog;

	if (ref_quirk(c->ref, QUIRK_FRAMES_TOGETHER))
		return false;
	for (uint32_t f = 0; f < prog->n_funcs; f++)
		if (prog->funcs[f].has_tail_call || prog->funcs[f].is_callback)
			return false;
	switch (prog->type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		return true;
	case BPF_PROG_TYPE_TRACING:
		return prog->attach_type != BPF_TRACE_ITER;
	default:
		return false;
	}
}

static int judge(struct checker *c, const struct depths *d)
{
	bool own = each_has_its_own(c);

	for (uint32_t f = 0; f < d->prog->n_funcs; f++) {
		const struct func *func = &d->prog->funcs[f];
		int64_t total = d->callers[f] + frame_size(d, func);

		if (d->callers[f] < 0)
			continue;
		if (func->has_tail_call && d->in_callback[f] &&
		    !ref_mutant(c->ref, MUTANT_CHECK_CALLBACK_OK)) {
			check_log(c, "cannot tail call within callback");
			return -EINVAL;
		}
		if (f && func->has_tail_call && d->callers[f] >= callers_max(c->ref)) {
			check_log(c,
				  "tail_calls are not allowed when call stack of previous frames "
				  "is %lld bytes. Too large",
				  (long long)d->callers[f]);
			return -EACCES;
		}
		if (total > STACK_SIZE && !own) {
			check_log(c, "combined stack size of %u calls is %lld. Too large",
				  d->frames[f], (long long)total);
			return -EACCES;
		}
	}
	return 0;
}

int check_depth(struct checker *c)
{
	struct depths d = { .c = c, .prog = c->prog };
	bool more = c->prog->n_funcs > 1;
	int err;

	d.callers = arena_zalloc(&c->ref->scratch, c->prog->n_funcs, sizeof(*d.callers));
	d.frames = arena_zalloc(&c->ref->scratch, c->prog->n_funcs, sizeof(*d.frames));
	d.in_callback = arena_zalloc(&c->ref->scratch, c->prog->n_funcs, sizeof(*d.in_callback));
	for (uint32_t f = 0; f < c->prog->n_funcs; f++) {
		bool called = !f || c->prog->funcs[f].is_callback; /* by the kernel */

		d.callers[f] = called ? 0 : -1;
		d.frames[f] = called;
	}
	for (int round = 0; more && round < MAX_FRAMES; round++) {
		more = false;
		for (uint32_t f = 0; f < c->prog->n_funcs; f++)
			more |= visit(&d, f);
	}
	err = judge(c, &d);
	if (!err && more) {
		check_log(c, "the call stack of %d frames is too deep !", MAX_FRAMES + 1);
		err = -E2BIG;
	}
	return err;
}
