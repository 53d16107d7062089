// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What of the kernel programs are made for, and whether they may be. */
#include <string.h>

#include "check.h"

#define FENTRY_FEXIT BPF_TRACE_FENTRY, BPF_TRACE_FEXIT
#define WITH_REF     "Qdisc_ops.enqueue" /* whose argument comes with a reference */

/*
 * What of the kernel cases may make programs for: functions by the prototype in the kernel's BTF,
 * where equal ones are one (types and names of the arguments), and the first of a structure of
 * operations. With the attach types that may be (for operations: which one). In the order in which
 * a test run calls those that it does.
 */
static const struct attach_func {
	const char *name;
	uint32_t type, from, to, proto;
	bool sleepable;
} attach_funcs[] = {
	/* int a */
	{ "bpf_fentry_test1", BPF_PROG_TYPE_TRACING, FENTRY_FEXIT, 1, false },
	/* int a, u64 b */
	{ "bpf_fentry_test2", BPF_PROG_TYPE_TRACING, FENTRY_FEXIT, 2, false },
	/* struct bpf_fentry_test_t *arg */
	{ "bpf_fentry_test7", BPF_PROG_TYPE_TRACING, FENTRY_FEXIT, 3, false },
	{ "bpf_fentry_test8", BPF_PROG_TYPE_TRACING, FENTRY_FEXIT, 3, false },
	/* struct linux_binprm *bprm */
	{ "bpf_lsm_bprm_committed_creds", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_LSM_MAC, 4, true },
	/* struct task_struct *task */
	{ "bpf_lsm_task_free", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_LSM_MAC, 5, false },
	/* struct bpf_dummy_ops_state *cb */
	[DUMMY_OPS - 1] = { "bpf_dummy_ops", BPF_PROG_TYPE_STRUCT_OPS, 0, 0, 6, false },
	/* struct bpf_map *map, fmode_t fmode */
	[HOOK_MAP - 1] = { "bpf_lsm_bpf_map", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_LSM_MAC, 7,
			   true },
	/* int cmd, union bpf_attr *attr, unsigned int size */
	[HOOK_BPF - 1] = { "bpf_lsm_bpf", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BPF_LSM_MAC, 8, true },
	/* struct bpf_map *map, union bpf_attr *attr, struct bpf_token *token */
	[HOOK_MAP_CREATE - 1] = { "bpf_lsm_bpf_map_create", BPF_PROG_TYPE_LSM, BPF_LSM_MAC,
				  BPF_LSM_MAC, 9, true },
	/* struct bpf_iter_meta *meta, struct bpf_map *map, void *key, void *value */
	{ "bpf_iter_bpf_map_elem", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, BPF_TRACE_ITER, 10,
	  false },
	/* struct sk_buff *skb__ref, struct Qdisc *sch, struct bpf_sk_buff_ptr *to_free */
	{ WITH_REF, BPF_PROG_TYPE_STRUCT_OPS, 0, 0, 11, false },
	/* struct Qdisc *sch; a struct sk_buff *, of which null is one */
	{ "Qdisc_ops.dequeue", BPF_PROG_TYPE_STRUCT_OPS, 0, 0, 12, false },
};

_Static_assert(ARRAY_SIZE(attach_funcs) == N_ATTACH_FUNCS, "prog.h says how many there are");

static const struct attach_func *attach_func_find(const struct engine_prog_load *a)
{
	for (size_t i = 0; a->attach_func && i < ARRAY_SIZE(attach_funcs); i++) {
		const struct attach_func *f = &attach_funcs[i];

		if (f->type == a->type && !strcmp(f->name, a->attach_func) &&
		    a->expected_attach_type >= f->from && a->expected_attach_type <= f->to)
			return f;
	}
	return NULL;
}

/*
 * kernel/bpf/verifier.c check_struct_ops_btf_id: an argument that comes with a reference, which a
 * program has to let go of; a program that a tail call begins would not know of it.
 */
static int check_ref_arguments(struct checker *c, const struct engine_prog_load *a)
{
	if (a->type != BPF_PROG_TYPE_STRUCT_OPS || strcmp(a->attach_func, WITH_REF) != 0)
		return 0;
	for (uint32_t i = 0; i < a->n_insns; i++) {
		const struct bpf_insn *in = &a->insns[i];

		if (in->code == (BPF_JMP | BPF_CALL) && !in->src_reg &&
		    in->imm == BPF_FUNC_tail_call) {
			check_log(c, "program with __ref argument cannot tail call");
			return -EINVAL;
		}
	}
	return ref_why(c->ref, ENGINE_UNSUPPORTED, "references of arguments are not modelled");
}

/* check_attach_btf_id: who calls them is there already, for iterators and raw tracepoints. */
static bool has_trampoline(const struct engine_prog_load *a)
{
	return a->type != BPF_PROG_TYPE_STRUCT_OPS && a->expected_attach_type != BPF_TRACE_ITER &&
	       a->expected_attach_type != BPF_TRACE_RAW_TP;
}

/* kernel/bpf/verifier.c bpf_check_attach_target */
int check_attach_func(struct checker *c, const struct engine_prog_load *a)
{
	const struct attach_func *f = attach_func_find(a);
	int err;

	if (!a->attach_func && a->type != BPF_PROG_TYPE_STRUCT_OPS) {
		check_log(c, "Tracing programs must provide btf_id");
		return -EINVAL;
	}
	if (!f)
		return ref_why(c->ref, ENGINE_UNSUPPORTED, "a program for %s is not modelled",
			       a->attach_func ? a->attach_func : "no operation");
	err = check_ref_arguments(c, a);
	if (err)
		return err;
	c->prog->attach_proto = f->proto;
	c->prog->attach_func = (uint32_t)(f - attach_funcs) + 1;
	if (a->flags & BPF_F_SLEEPABLE && !f->sleepable) {
		check_log(c, "%s is not sleepable", f->name);
		return -EINVAL;
	}
	if (has_trampoline(a) && ref_quirk(c->ref, QUIRK_NO_TRAMPOLINES))
		return -ENOMEM;
	return 0;
}
