/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BPF_PROG_TEST_RUN of each program type: net/bpf/test_run.c of 7.x */
#ifndef TAILCHECK_TEST_RUN_H
#define TAILCHECK_TEST_RUN_H

#include "run.h"

int test_run_skb(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_xdp(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_flow(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_raw_tp(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_sk_lookup(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_netfilter(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_struct_ops(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_tracing(struct ref *ref, struct prog *prog, struct engine_run *run);
int test_run_syscall(struct ref *ref, struct prog *prog, struct engine_run *run);

/* bpf_test_run: all iterations; 0 or ENGINE_FAULT. The result is the last one's. */
int test_run_repeat(struct ref *ref, struct prog *prog, uint32_t repeat, uint32_t *retval);

/*
 * bpf_ctx_init: a zeroed context of @size with what the caller gave. 0, with *given whether there
 * was anything to be given or taken, or an errno.
 */
int test_ctx_in(const struct engine_run *run, void *ctx, uint32_t size, bool *given);
/* bpf_test_finish and bpf_ctx_finish: what the caller gets. */
int test_data_out(struct engine_run *run, const void *data, uint32_t size);
int test_ctx_out(struct engine_run *run, const void *ctx, uint32_t size, bool given);

#endif
