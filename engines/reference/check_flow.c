// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Functions, jumps and reachability: what can be said of a program without running it. */
#include "../../harness/base/alloc.h"
#include "../../harness/base/arena.h"
#include "check.h"
#include "insn.h"

/* One mark for each instruction. */
enum mark {
	MARK_FUNC = 1,	 /* a function begins here */
	MARK_SECOND = 2, /* the second half of a wide instruction */
	MARK_SEEN = 4,
};

/* Wide instructions as they are met from the front; a cut-off one is check_insns()'s affair. */
static uint8_t *marks_new(struct checker *c)
{
	const struct prog *prog = c->prog;
	uint8_t *marks = arena_zalloc(&c->ref->scratch, prog->n_insns, 1);

	for (uint32_t pc = 0; pc + 1 < prog->n_insns; pc++)
		if (insn_is_wide(&prog->insns[pc]))
			marks[++pc] |= MARK_SECOND;
	return marks;
}

/* kernel/bpf/verifier.c add_subprog_and_kfunc */
static int find_functions(struct checker *c, uint8_t *marks, uint32_t *n_funcs)
{
	const struct prog *prog = c->prog;
	uint32_t n = 1;

	marks[0] |= MARK_FUNC;
	if (prog->exception_callback) {
		marks[prog->exception_callback] |= MARK_FUNC;
		n++;
	}
	for (uint32_t pc = 0; pc < prog->n_insns; pc++) {
		const struct bpf_insn *in = &prog->insns[pc];
		int64_t to = (int64_t)pc + 1 + in->imm;

		if (insn_is_kfunc_call(in) && ref_quirk(c->ref, QUIRK_NO_KFUNCS)) {
			check_log(c, "JIT is required for calling kernel function");
			return -ENGINE_ENOTSUPP;
		}
		if (!insn_is_local_call(in) && !insn_is_func_ref(in))
			continue;
		if (marks[pc] & MARK_SECOND)
			continue;
		if (to < 0 || to >= prog->n_insns) {
			check_log(c, "call to invalid destination");
			return -EINVAL;
		}
		n += !(marks[to] & MARK_FUNC);
		marks[to] |= MARK_FUNC;
		if (n > PROG_MAX_FUNCS) {
			check_log(c, "too many subprograms");
			return -E2BIG;
		}
	}
	*n_funcs = n;
	return 0;
}

static void list_functions(struct prog *prog, const uint8_t *marks, uint32_t n)
{
	prog->funcs = xcalloc(n, sizeof(*prog->funcs));
	for (uint32_t pc = 0; prog->n_funcs < n; pc++) {
		if (!(marks[pc] & MARK_FUNC))
			continue;
		if (prog->n_funcs)
			prog->funcs[prog->n_funcs - 1].end = pc;
		prog->funcs[prog->n_funcs].is_callback = pc && pc == prog->exception_callback;
		prog->funcs[prog->n_funcs++].start = pc;
	}
	prog->funcs[n - 1].end = prog->n_insns;
}

/* kernel/bpf/verifier.c check_subprogs: jumps stay in their function, which does not run out. */
static int check_function(struct checker *c, struct func *f, const uint8_t *marks)
{
	const struct bpf_insn *insns = c->prog->insns;
	const struct bpf_insn *last = &insns[f->end - 1];

	for (uint32_t pc = f->start; pc < f->end; pc++) {
		const struct bpf_insn *in = &insns[pc];
		int64_t to = insn_target(in, pc);

		if (marks[pc] & MARK_SECOND)
			continue;
		if (insn_is_tail_call(in))
			f->has_tail_call = true;
		if (insn_is_skb_load(in))
			f->has_skb_load = true;
		if (insn_is_branch(in) && (to < f->start || to >= f->end)) {
			check_log(c, "jump out of range from insn %u to %lld", pc, (long long)to);
			return -EINVAL;
		}
	}
	if (!insn_is_exit(last) && !insn_is_ja(last)) {
		check_log(c, "last insn is not an exit or jmp");
		return -EINVAL;
	}
	return 0;
}

/* kernel/bpf/verifier.c check_abnormal_return, check_btf_func: only a loader's BTF says that a
 * function returns, and it must return a number, since the program in the slot does, and a load
 * that fails. */
static int check_abnormal_return(struct checker *c)
{
	const struct prog *prog = c->prog;

	if (c->has_func_info && !c->void_funcs)
		return 0;
	for (uint32_t i = 1; i < prog->n_funcs; i++) {
		const char *what = prog->funcs[i].has_skb_load ? "LD_ABS" : "tail_call";

		if (!prog->funcs[i].has_tail_call && !prog->funcs[i].has_skb_load)
			continue;
		check_log(c,
			  c->has_func_info ? "%s is only allowed in functions that return 'int'."
					   : "%s is not allowed in subprogs without BTF",
			  what);
		return -EINVAL;
	}
	return 0;
}

int check_functions(struct checker *c)
{
	struct prog *prog = c->prog;
	uint8_t *marks = marks_new(c);
	uint32_t n;
	int err = find_functions(c, marks, &n);

	c->marks = marks;
	if (!err)
		list_functions(prog, marks, n);
	if (!err && prog->n_funcs > 1 && c->ref->caps == ENGINE_CAPS_NONE) {
		check_log(c, "calling other functions is allowed for CAP_BPF");
		return -EPERM;
	}
	for (uint32_t i = 0; !err && i < prog->n_funcs; i++) {
		err = check_function(c, &prog->funcs[i], marks);
		prog->has_tail_call |= prog->funcs[i].has_tail_call;
	}
	return err ? err : check_abnormal_return(c);
}

/* A walk over all ways through the program; @stack has room for every instruction twice. */
struct walk {
	const struct prog *prog;
	uint8_t *marks;
	uint32_t *stack;
	uint32_t n;
};

/* 1: a way that is new leads to @pc; 0: another has been there; or an errno. */
static int walk_to(struct checker *c, struct walk *w, int64_t pc)
{
	uint8_t mark;

	if (pc >= w->prog->n_insns) {
		check_log(c, "invalid BPF program: no instruction %lld", (long long)pc);
		return -EINVAL;
	}
	mark = w->marks[pc];
	if (mark & MARK_SECOND) {
		check_log(c, "jump into the middle of ldimm64 insn %lld", (long long)pc);
		return -EINVAL;
	}
	w->marks[pc] = mark | MARK_SEEN;
	return !(mark & MARK_SEEN);
}

/* To be gone on from later. */
static int walk_push(struct checker *c, struct walk *w, int64_t pc)
{
	int new = walk_to(c, w, pc);

	if (new == 1)
		w->stack[w->n++] = (uint32_t)pc;
	return new < 0 ? new : 0;
}

/* From an instruction on, as far as it goes straight. */
static int walk_way(struct checker *c, struct walk *w, uint32_t pc)
{
	int err = 0, new = 1;

	while (new == 1) {
		const struct bpf_insn *in = &w->prog->insns[pc];

		if (insn_is_exit(in))
			return 0;
		if (insn_is_local_call(in) || insn_is_func_ref(in))
			err = walk_push(c, w, (int64_t)pc + 1 + in->imm);
		if (!err && insn_is_branch(in))
			err = walk_push(c, w, insn_target(in, pc));
		if (err || insn_is_ja(in))
			return err;
		pc += insn_is_wide(in) ? 2 : 1;
		new = walk_to(c, w, pc);
	}
	return new;
}

/* kernel/bpf/cfg.c (before: verifier.c) check_cfg */
int check_reachable(struct checker *c)
{
	struct walk w = { .prog = c->prog, .marks = c->marks };
	int err;

	w.stack = arena_alloc(&c->ref->scratch, c->prog->n_insns, sizeof(*w.stack));
	err = walk_push(c, &w, 0);
	if (!err && c->prog->exception_callback)
		err = walk_push(c, &w, c->prog->exception_callback);
	while (!err && w.n)
		err = walk_way(c, &w, w.stack[--w.n]);
	for (uint32_t pc = 0; !err && pc < c->prog->n_insns; pc++) {
		if (!(w.marks[pc] & (MARK_SEEN | MARK_SECOND))) {
			check_log(c, "unreachable insn %u", pc);
			err = -EINVAL;
		}
	}
	return err;
}
