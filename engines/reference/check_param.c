// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arguments on the stack (since 7.2): kernel/bpf/verifier.c check_stack_arg_read and
 * check_stack_arg_write, and what measurements say of the rest. Numbers alone are followed, not
 * what they are; pointers are not.
 */
#include "insn.h"
#include "vstate.h"

static uint32_t param_of(const struct bpf_insn *in)
{
	return (uint32_t)insn_param(in);
}

/* What a function reads and writes; reads come first. */
static int count_params(struct checker *c, struct func *f)
{
	bool late = false;

	for (uint32_t pc = f->start; pc < f->end; pc++) {
		const struct bpf_insn *in = &c->prog->insns[pc];

		if (insn_is_param_load(in)) {
			if (late && !ref_quirk(c->ref, QUIRK_STACK_ARGS_FAULT)) {
				check_log(c, "r11 load must be before any r11 store or call insn");
				return -EINVAL;
			}
			if (param_of(in) > f->params_in)
				f->params_in = param_of(in);
		} else if (insn_is_param_store(in) && param_of(in) > f->params_out) {
			f->params_out = param_of(in);
		}
		late |= insn_is_param_store(in) || in->code == (BPF_JMP | BPF_CALL);
		pc += insn_is_wide(in);
	}
	c->prog->has_params |= f->params_in || f->params_out;
	return 0;
}

/* The most that a function which @f calls has. */
static uint32_t most_needed(const struct prog *prog, const struct func *f)
{
	uint32_t most = 0;

	for (uint32_t pc = f->start; pc < f->end; pc++) {
		const struct bpf_insn *in = &prog->insns[pc];

		if (insn_is_local_call(in)) {
			const struct func *callee = prog_func_at(prog, pc + 1 + (uint32_t)in->imm);

			if (callee->params_in > most)
				most = callee->params_in;
		}
		pc += insn_is_wide(in);
	}
	return most;
}

int check_params(struct checker *c)
{
	const struct prog *prog = c->prog;
	int err = 0;

	for (uint32_t i = 0; !err && i < prog->n_funcs; i++)
		err = count_params(c, &c->prog->funcs[i]);
	if (err || !prog->has_params)
		return err;
	if (prog->global_funcs)
		return ref_why(c->ref, ENGINE_UNSUPPORTED,
			       "arguments on the stack of global functions are not modelled");
	/* The rest comes after the walk, in which such a program is refused at a call. */
	if (ref_quirk(c->ref, QUIRK_STACK_ARGS_FAULT))
		return 0;
	for (uint32_t i = 0; i < prog->n_funcs; i++) {
		const struct func *f = &prog->funcs[i];
		uint32_t needed = most_needed(prog, f);

		if (f->params_out > needed) {
			check_log(c, "func#%u writes %u stack arg slots, but calls only require %u",
				  i, f->params_out, needed);
			return -EINVAL;
		}
	}
	if (prog->has_tail_call && !ref_mutant(c->ref, MUTANT_CHECK_PARAMS_OK)) {
		check_log(c, "tail_calls are not allowed in programs with stack args");
		return -EINVAL;
	}
	return 0;
}

int check_params_jited(struct checker *c)
{
	if (!c->prog->has_params || !ref_quirk(c->ref, QUIRK_STACK_ARGS_NOT_JITED))
		return 0;
	check_log(c, "stack args are not supported in non-JITed programs");
	return -EINVAL;
}

int v_param_load(struct vwalk *w, const struct bpf_insn *in)
{
	int err = v_writable(w, in->dst_reg);

	if (!err && !w->top->func)
		err = v_refuse(w, -EACCES, "invalid read from stack arg off %d depth 0", in->off);
	if (!err)
		*vreg(w, in->dst_reg) = vscalar();
	return err;
}

int v_param_store(struct vwalk *w, const struct bpf_insn *in)
{
	if (BPF_CLASS(in->code) == BPF_STX) {
		int err = v_readable(w, in->src_reg);

		if (err)
			return err;
		if (vis_pointer(vreg(w, in->src_reg)))
			return ref_why(w->c->ref, ENGINE_UNSUPPORTED,
				       "pointers as arguments on the stack are not modelled");
	}
	w->top->params |= (uint8_t)((1U << param_of(in)) >> 1);
	return 0;
}

/* A call takes them all, whether it needs them or not. */
int v_params(struct vwalk *w, const struct func *callee)
{
	uint32_t ready = w->top->params, n = 0;

	if (callee->params_in && ref_quirk(w->c->ref, QUIRK_STACK_ARGS_FAULT))
		return v_refuse(w, -EFAULT, "JIT does not support function with %u args",
				5 + callee->params_in);
	while (n < callee->params_in && ready >> n & 1)
		n++;
	if (n < callee->params_in)
		return v_refuse(w, -EFAULT,
				"callee expects %u args, stack arg%u is not initialized",
				5 + callee->params_in, n + 1);
	w->top->params = 0;
	return 0;
}
