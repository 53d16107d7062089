// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_TEST_RUN: what all types share, and the types without a packet. */
#include "test_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../harness/base/alloc.h"
#include "context.h"
#include "mutant_call.h"

#define F_RUN_ON_CPU	(1U << 0)
#define MAX_RAW_TP_CTX	(12 * 8)
#define MAX_SYSCALL_CTX UINT16_MAX
#define IP_HEADER	20
#define BUDGETS_A_RUN	100 /* however often the program is repeated */

static uint32_t repeats(const struct ref *ref, uint32_t repeat)
{
	return ref_mutant(ref, MUTANT_REPEAT_ONCE) ? 1
						   : repeat + ref_mutant(ref, MUTANT_REPEAT_MORE);
}

int test_run_repeat(struct ref *ref, struct prog *prog, uint32_t repeat, uint32_t *retval)
{
	struct run *run = ref->run;
	int64_t budget = (int64_t)ref->budget, left = budget * BUDGETS_A_RUN;
	uint64_t r0 = 0;
	uint32_t i = 0;

	if (run->big_endian && run->ctx)
		ctx_change_order(run);
	do {
		run->budget = left < budget ? left : budget;
		if (run->flow_first)
			run->flow_keys = *run->flow_first;
		left -= run->budget;
		if (unlikely(ref->call_mutants))
			mutant_iteration(run, !i);
		if (ref->runner->run(run, prog, &r0))
			return ENGINE_FAULT;
		left += run->budget - 1;
	} while (++i < repeats(ref, repeat));
	if (run->big_endian && run->ctx)
		ctx_change_order(run);
	*retval = ref_mutant(ref, MUTANT_RETVAL_16) ? (uint16_t)r0 : (uint32_t)r0;
	return 0;
}

int test_ctx_in(const struct engine_run *run, void *ctx, uint32_t size, bool *given)
{
	const uint8_t *in = run->ctx_in;

	memset(ctx, 0, size);
	*given = run->ctx_in || run->ctx_out;
	if (!in)
		return 0;
	if (!user_ptr_ok(in))
		return -EFAULT;
	/* bpf_check_uarg_tail_zero */
	if (run->ctx_size_in > PAGE_BYTES)
		return -E2BIG;
	for (uint32_t i = size; i < run->ctx_size_in; i++)
		if (in[i])
			return -E2BIG;
	memcpy(ctx, in, run->ctx_size_in < size ? run->ctx_size_in : size);
	return 0;
}

/*
 * A buffer that is too small gets what fits and ENOSPC, but the sizes and the result are written
 * all the same; a size of 0 means that the caller did not say.
 */
int test_data_out(struct engine_run *run, const void *data, uint32_t size)
{
	uint32_t copy = size;
	int err = 0;

	if (run->data_size_out && copy > run->data_size_out) {
		copy = run->data_size_out;
		err = -ENOSPC;
	}
	if (run->data_out) {
		if (!user_ptr_ok(run->data_out))
			return -EFAULT;
		memcpy(run->data_out, data, copy);
	}
	run->data_size_out = size;
	return err;
}

int test_ctx_out(struct engine_run *run, const void *ctx, uint32_t size, bool given)
{
	uint32_t copy = size;
	int err = 0;

	if (!given || !run->ctx_out)
		return 0;
	if (copy > run->ctx_size_out) {
		copy = run->ctx_size_out;
		err = -ENOSPC;
	}
	if (!user_ptr_ok(run->ctx_out))
		return -EFAULT;
	memcpy(run->ctx_out, ctx, copy);
	run->ctx_size_out = size;
	return err;
}

/* The context is what the caller gave, and no longer than that. */
static int run_on_ctx(struct ref *ref, struct prog *prog, struct engine_run *run, void *ctx)
{
	run_begin(ref->run, prog);
	ref->run->ctx = ctx;
	ref->run->ctx_size = run->ctx_size_in;
	return test_run_repeat(ref, prog, 1, &run->retval);
}

static int check_ctx_size(const struct prog *prog, const struct engine_run *run, uint32_t max)
{
	if (run->ctx_size_in < prog->max_ctx_offset || run->ctx_size_in > max)
		return -EINVAL;
	return run->ctx_size_in && !user_ptr_ok(run->ctx_in) ? -EFAULT : 0;
}

/* bpf_prog_test_run_raw_tp: arguments in, nothing out but the result */
int test_run_raw_tp(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	uint64_t args[MAX_RAW_TP_CTX / 8] = { 0 };
	int err;

	if (run->data_in || run->data_out || run->ctx_out || run->repeat)
		return -EINVAL;
	err = check_ctx_size(prog, run, MAX_RAW_TP_CTX);
	if (err == -EINVAL)
		return err;
	if (!(run->flags & F_RUN_ON_CPU) && run->cpu)
		return -EINVAL;
	if (err)
		return err;
	if (run->cpu) /* the machine has one processor */
		return -ENXIO;
	if (run->ctx_size_in)
		memcpy(args, run->ctx_in, run->ctx_size_in);
	return run_on_ctx(ref, prog, run, args);
}

/* bpf_prog_test_run_syscall: the context goes back to where it came from */
int test_run_syscall(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	void *ctx;
	int err;

	if (run->data_in || run->data_out || run->ctx_out || run->repeat || run->flags)
		return -EINVAL;
	err = check_ctx_size(prog, run, MAX_SYSCALL_CTX);
	if (err)
		return err;
	ctx = xcalloc(1, run->ctx_size_in);
	if (run->ctx_size_in)
		memcpy(ctx, run->ctx_in, run->ctx_size_in);
	err = run_on_ctx(ref, prog, run, ctx);
	if (!err && run->ctx_size_in)
		memcpy((void *)(uintptr_t)run->ctx_in, ctx, run->ctx_size_in);
	free(ctx);
	return err;
}

/*
 * net/bpf/bpf_dummy_struct_ops.c: test_1, whose one argument is a pointer that may be null. What it
 * would point to is not modelled.
 */
int test_run_struct_ops(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	uint64_t arg;
	int err;

	if (run->ctx_size_in != sizeof(arg))
		return -EINVAL;
	if (!user_ptr_ok(run->ctx_in))
		return -EFAULT;
	memcpy(&arg, run->ctx_in, sizeof(arg));
	if (arg)
		return ref_why(ref, ENGINE_UNSUPPORTED,
			       "the state of bpf_dummy_ops is not modelled");
	err = run_on_ctx(ref, prog, run, &arg);
	if (ref_quirk(ref, QUIRK_STRUCT_OPS_RESULT_LOST))
		run->retval = 0;
	return err;
}

/* bpf_prog_test_run_sk_lookup: a lookup of a socket that nobody has; no packet */
int test_run_sk_lookup(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	struct bpf_sk_lookup ctx;
	bool given;
	int err;

	if (run->flags || run->cpu || run->data_in || run->data_size_in || run->data_out ||
	    run->data_size_out)
		return -EINVAL;
	err = test_ctx_in(run, &ctx, sizeof(ctx), &given);
	if (!err && (!given || ctx.cookie))
		err = -EINVAL;
	if (!err && ctx.local_port > UINT16_MAX)
		err = -ERANGE;
	if (!err && ctx.family != AF_INET && ctx.family != AF_INET6)
		err = -EAFNOSUPPORT;
	if (err)
		return err;
	run_begin(ref->run, prog);
	ref->run->ctx = (uint8_t *)&ctx;
	ref->run->ctx_size = sizeof(ctx);
	err = test_run_repeat(ref, prog, run->repeat, &run->retval);
	return err ? err : test_ctx_out(run, &ctx, sizeof(ctx), given);
}

/*
 * bpf_prog_test_run_nf, at the hook that it takes where none is given (LOCAL_OUT of IPv4): the
 * packet is not looked at. What is not modelled, programs cannot read: their context's pointers.
 */
int test_run_netfilter(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	if (run->flags || run->cpu || run->data_size_in < IP_HEADER)
		return -EINVAL;
	if (run->ctx_in || run->ctx_out)
		return ref_why(ref, ENGINE_UNSUPPORTED, "hooks of netfilter are not modelled");
	if (!user_ptr_ok(run->data_in))
		return -EFAULT;
	run_begin(ref->run, prog);
	run->data_size_out = 0;
	return test_run_repeat(ref, prog, run->repeat, &run->retval);
}

/* kernel/bpf/syscall.c bpf_prog_test_run */
int ref_prog_run(struct engine *e, struct engine_run *run)
{
	struct ref *ref = to_ref(e);
	struct prog *prog;
	int err;

	if (ref_barred(ref))
		return -EPERM;
	if (!run->ctx_size_in != !run->ctx_in || !run->ctx_size_out != !run->ctx_out)
		return -EINVAL;
	err = fd_prog(ref, run->fd, &prog);
	if (err)
		return err;
	if (prog->is_ext)
		return -ENGINE_ENOTSUPP;
	if (prog->replaced_by)
		prog = (struct prog *)prog->replaced_by;
	if (prog->type == BPF_PROG_TYPE_LWT_SEG6LOCAL && ref_quirk(ref, QUIRK_SEG6LOCAL_RUNS))
		return test_run_skb(ref, prog, run);
	if (!prog->kind->test_run)
		return -ENGINE_ENOTSUPP;
	return prog->kind->test_run(ref, prog, run);
}
