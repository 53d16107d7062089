// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_LOAD and BPF_PROG_TEST_RUN. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

/* include/linux/bpf_verifier.h: BPF_LOG_LEVEL1, every instruction; BPF_LOG_STATS, reasons alone */
enum log_level { LOG_NONE, LOG_STEPS = 1, LOG_REASONS = 4 };

static int load_once(union kernel_attr *attr, enum log_level level, char *log, uint32_t log_size)
{
	attr->a.log_buf = kernel_ptr(log);
	attr->a.log_size = log_size;
	attr->a.log_level = level;
	return kernel_bpf(BPF_PROG_LOAD, attr, sizeof(attr->a));
}

/*
 * Without a log first: most programs load, and a log costs time. One that is refused is loaded
 * again for its log; the kernel's checks have no memory, so the answer is the same. (The owner of
 * a prog_array is one: a load that claims it and fails finds it claimed by its equal.)
 */
static int load(union kernel_attr *attr, const struct engine_prog_load *a)
{
	int fd = load_once(attr, LOG_NONE, NULL, 0);

	if (fd < 0 && a->log && a->log_size) {
		int again;

		a->log[0] = '\0';
		again = load_once(attr, a->log_reasons ? LOG_REASONS : LOG_STEPS, a->log,
				  a->log_size);
		a->log[a->log_size - 1] = '\0';
		if (again >= 0)
			close(again);
	}
	return fd;
}

/* Types that come with tracing (CONFIG_BPF_EVENTS), which kernels are built without. */
static const enum bpf_prog_type event_types[] = {
	BPF_PROG_TYPE_KPROBE,
	BPF_PROG_TYPE_TRACEPOINT,
	BPF_PROG_TYPE_PERF_EVENT,
	BPF_PROG_TYPE_RAW_TRACEPOINT,
	BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
};

/* Is it one of these, and does the kernel refuse even the smallest program of it? */
static bool without_type(uint32_t type)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union kernel_attr attr;
	bool event = false;
	int fd;

	for (size_t i = 0; i < sizeof(event_types) / sizeof(*event_types); i++)
		event |= event_types[i] == type;
	if (!event)
		return false;
	memset(&attr, 0, sizeof(attr));
	attr.a.prog_type = type;
	attr.a.insns = kernel_ptr(nothing);
	attr.a.insn_cnt = 2;
	attr.a.license = kernel_ptr("Dual BSD/GPL");
	fd = kernel_bpf(BPF_PROG_LOAD, &attr, sizeof(attr.a));
	if (fd >= 0)
		close(fd);
	return fd == -EINVAL;
}

/* Refused for what the kernel was built without, whatever the program is? */
static int refused(struct engine *e, const struct engine_prog_load *a, int err)
{
	if (err == -EINVAL && without_type(a->type))
		snprintf(e->why, sizeof(e->why),
			 "this kernel is built without tracing (CONFIG_BPF_EVENTS), and so without "
			 "programs of type %u",
			 a->type);
	else if ((err == -EACCES || err == -EINVAL) && a->global_funcs && access(KERNEL_BTF, F_OK))
		snprintf(e->why, sizeof(e->why),
			 "this kernel has no BTF, without which no global function takes a "
			 "context");
	else
		return err;
	return ENGINE_UNSUPPORTED;
}

int kernel_prog_load(struct engine *e, const struct engine_prog_load *a)
{
	struct bpf_func_info *info = NULL;
	union kernel_attr attr;
	int btf = -1, fd;

	memset(&attr, 0, sizeof(attr));
	if (a->attach_func) {
		int id = kernel_find_btf(a->attach_func, a->type);

		if (id < 0) {
			snprintf(e->why, sizeof(e->why), "this kernel's BTF has no %s",
				 a->attach_func);
			return ENGINE_UNSUPPORTED;
		}
		attr.a.attach_btf_id = (uint32_t)id;
	}
	if (a->n_funcs > 1 && !a->no_btf) {
		info = calloc(a->n_funcs, sizeof(*info));
		btf = info ? kernel_load_btf(a, info) : -ENOMEM;
		if (btf < 0) {
			free(info);
			snprintf(e->why, sizeof(e->why), "BPF_BTF_LOAD: %s", strerror(-btf));
			return ENGINE_FAULT;
		}
		attr.a.prog_btf_fd = (uint32_t)btf;
		attr.a.func_info_rec_size = sizeof(*info);
		attr.a.func_info = kernel_ptr(info);
		attr.a.func_info_cnt = a->n_funcs;
	}
	attr.a.prog_type = a->type;
	attr.a.expected_attach_type = a->expected_attach_type;
	attr.a.prog_flags = a->flags;
	attr.a.insns = kernel_ptr(a->insns);
	attr.a.insn_cnt = a->n_insns;
	attr.a.license = kernel_ptr(a->license ? a->license : "Dual BSD/GPL");
	memcpy(attr.a.prog_name, a->name, sizeof(attr.a.prog_name));
	fd = a->other_jit ? kernel_mode_other(e, true) : 0;
	if (!fd)
		fd = load(&attr, a);
	if (a->other_jit)
		kernel_mode_other(e, false);
	if (btf >= 0)
		close(btf);
	free(info);
	if (fd == ENGINE_UNSUPPORTED)
		return fd;
	return fd < 0 ? refused(e, a, fd) : kernel_keep_fd(e, fd);
}

#define ENOTSUPP 524

/* What kernels cannot run, whatever the program is. */
static const struct {
	enum bpf_prog_type type;
	int err;
	const char *why;
} cannot_run[] = {
	/* net/bpf/test_run.c: "Please test this program with the IPv6 module loaded" */
	{ BPF_PROG_TYPE_LWT_XMIT, -EOPNOTSUPP,
	  "this kernel's IPv6 is a module that is not loaded, and without it lwt_xmit programs are "
	  "not run" },
	/* Came with 5.13, and into 5.10 after 5.10.46 */
	{ BPF_PROG_TYPE_SK_LOOKUP, -ENOTSUPP,
	  "this kernel has no BPF_PROG_TEST_RUN of sk_lookup programs" },
};

/* Refused for that? Then say so. */
static int not_run(struct engine *e, int fd, int err)
{
	struct engine_prog_info info = { 0 };

	for (size_t i = 0; i < sizeof(cannot_run) / sizeof(*cannot_run); i++) {
		if (cannot_run[i].err != err || e->ops->prog_info(e, fd, &info) ||
		    info.type != cannot_run[i].type)
			continue;
		snprintf(e->why, sizeof(e->why), "%s", cannot_run[i].why);
		return ENGINE_UNSUPPORTED;
	}
	return err;
}

int kernel_prog_run(struct engine *e, struct engine_run *run)
{
	union kernel_attr attr;
	int ret;

	memset(&attr, 0, sizeof(attr));
	attr.a.test.prog_fd = (uint32_t)run->fd;
	attr.a.test.data_in = kernel_ptr(run->data_in);
	attr.a.test.data_size_in = run->data_size_in;
	attr.a.test.data_out = kernel_ptr(run->data_out);
	attr.a.test.data_size_out = run->data_size_out;
	attr.a.test.ctx_in = kernel_ptr(run->ctx_in);
	attr.a.test.ctx_size_in = run->ctx_size_in;
	attr.a.test.ctx_out = kernel_ptr(run->ctx_out);
	attr.a.test.ctx_size_out = run->ctx_size_out;
	attr.a.test.repeat = run->repeat;
	attr.a.test.flags = run->flags;
	attr.a.test.cpu = run->cpu;
	ret = kernel_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr.a));
	run->retval = attr.a.test.retval;
	run->data_size_out = attr.a.test.data_size_out;
	run->ctx_size_out = attr.a.test.ctx_size_out;
	return ret ? not_run(e, run->fd, ret) : 0;
}
