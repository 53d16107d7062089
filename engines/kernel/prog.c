// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_LOAD and BPF_PROG_TEST_RUN. */
#include <linux/btf.h>
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
	else if (err == -EOPNOTSUPP && a->on_device)
		snprintf(e->why, sizeof(e->why),
			 "no network device that this kernel has without a module takes programs");
	else
		return err;
	return ENGINE_UNSUPPORTED;
}

/* The number of what a program needs of the kernel; one without it is too old. */
static int find_btf(struct engine *e, const char *name, uint32_t kind)
{
	int id = kernel_find_btf(name, kind);

	if (id >= 0)
		return id;
	snprintf(e->why, sizeof(e->why), "this kernel's BTF has no %s", name);
	return ENGINE_UNSUPPORTED;
}

/* What a load needs beside its attributes, for as long as it takes. */
struct load_parts {
	struct bpf_insn *insns; /* where there are numbers to be put into them */
	struct bpf_func_info *info;
	int btf;
};

static void release_parts(struct load_parts *p)
{
	free(p->insns);
	free(p->info);
	if (p->btf >= 0)
		close(p->btf);
}

/*
 * The type of a program that is to be replaced, and that of its main function by its BTF: 0 where
 * it has none, and 1 of what is no program.
 */
static void find_target(int fd, uint32_t *type_id, uint32_t *prog_type)
{
	struct bpf_func_info first = { 0 };
	struct bpf_prog_info info;
	union kernel_attr attr;
	int err;

	memset(&info, 0, sizeof(info));
	info.nr_func_info = 1;
	info.func_info_rec_size = sizeof(first);
	info.func_info = kernel_ptr(&first);
	memset(&attr, 0, sizeof(attr));
	attr.a.info.bpf_fd = (uint32_t)fd;
	attr.a.info.info_len = sizeof(info);
	attr.a.info.info = kernel_ptr(&info);
	err = kernel_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.a));
	*type_id = err ? 1 : first.type_id;
	*prog_type = info.type;
}

/* Hooks that are asked before all else; cases have programs there that say no. */
static bool forbids(const char *func)
{
	return strcmp(func, "bpf_lsm_bpf") == 0 || strcmp(func, "bpf_lsm_bpf_map_create") == 0;
}

/*
 * STRUCT, or STRUCT.MEMBER where it is not the first one. Such a structure is in the BTF of a
 * kernel that lets programs fill it, and of one that does not; what the former has beside it is
 * named so.
 */
static int set_operation(struct engine *e, const char *name, union kernel_attr *attr)
{
	int len = (int)strcspn(name, "."), id, member = 0;
	char wrapper[128], operations[64];

	snprintf(operations, sizeof(operations), "%.*s", len, name);
	snprintf(wrapper, sizeof(wrapper), "bpf_struct_ops_%s", operations);
	id = find_btf(e, wrapper, BTF_KIND_STRUCT);
	if (id >= 0)
		id = find_btf(e, operations, BTF_KIND_STRUCT);
	if (id >= 0 && name[len])
		member = kernel_find_member(operations, name + len + 1);
	if (member < 0) {
		snprintf(e->why, sizeof(e->why), "this kernel's BTF has no member %s", name);
		return ENGINE_UNSUPPORTED;
	}
	if (id < 0)
		return id;
	attr->a.attach_btf_id = (uint32_t)id;
	attr->a.expected_attach_type += (uint32_t)member;
	return 0;
}

/* Which function of the kernel, or structure of operations, the program is made for. */
static int set_attach(struct engine *e, const struct engine_prog_load *a, union kernel_attr *attr)
{
	uint32_t type, target;
	int id = 0;

	attr->a.expected_attach_type = a->expected_attach_type;
	if (a->target_fd) {
		find_target(a->target_fd, &target, &type);
		attr->a.attach_prog_fd = (uint32_t)a->target_fd;
		attr->a.attach_btf_id = target;
		return 0;
	}
	if (a->attach_func && a->type == BPF_PROG_TYPE_STRUCT_OPS)
		return set_operation(e, a->attach_func, attr);
	if (a->attach_func && forbids(a->attach_func))
		id = kernel_not_alone(e, "what such a program forbids");
	if (a->attach_func && !id)
		id = find_btf(e, a->attach_func, BTF_KIND_FUNC);
	if (id < 0)
		return id;
	attr->a.attach_btf_id = (uint32_t)id;
	return 0;
}

static int set_device(struct engine *e, union kernel_attr *attr)
{
	int index = kernel_device(e);

	attr->a.prog_ifindex = (uint32_t)index;
	return index < 0 ? index : 0;
}

static int set_insns(struct engine *e, const struct engine_prog_load *a, union kernel_attr *attr,
		     struct load_parts *p)
{
	attr->a.insn_cnt = a->n_insns;
	attr->a.insns = kernel_ptr(a->insns);
	if (!a->n_kfuncs)
		return 0;
	p->insns = calloc(a->n_insns, sizeof(*p->insns));
	if (!p->insns) {
		snprintf(e->why, sizeof(e->why), "%s", strerror(ENOMEM));
		return ENGINE_FAULT;
	}
	memcpy(p->insns, a->insns, a->n_insns * sizeof(*p->insns));
	attr->a.insns = kernel_ptr(p->insns);
	for (uint32_t i = 0; i < a->n_kfuncs; i++) {
		int id = find_btf(e, a->kfuncs[i].name, BTF_KIND_FUNC);

		if (id < 0)
			return id;
		p->insns[a->kfuncs[i].insn].imm = id;
	}
	return 0;
}

/* What there is to be known of the functions: of a program of one, that there is one. */
static struct engine_prog_load known_functions(const struct engine_prog_load *a)
{
	static const struct engine_func one = { 0, "main" };
	struct engine_prog_load known = *a;
	uint32_t target;

	if (a->target_fd)
		find_target(a->target_fd, &target, &known.type);
	if ((a->global_funcs || a->target_fd) && !a->n_funcs) {
		known.funcs = &one;
		known.n_funcs = 1;
	}
	return known;
}

static int set_btf(struct engine *e, const struct engine_prog_load *given, union kernel_attr *attr,
		   struct load_parts *p)
{
	struct engine_prog_load known = known_functions(given), *a = &known;
	int err = 0;

	if (!a->n_funcs || a->no_btf)
		return 0;
	if (a->exception_callback)
		err = find_btf(e, "bpf_throw", BTF_KIND_FUNC);
	if (err < 0)
		return err;
	p->info = calloc(a->n_funcs, sizeof(*p->info));
	p->btf = p->info ? kernel_load_btf(a, p->info) : -ENOMEM;
	if (p->btf < 0) {
		snprintf(e->why, sizeof(e->why), "BPF_BTF_LOAD: %s", strerror(-p->btf));
		return ENGINE_FAULT;
	}
	attr->a.prog_btf_fd = (uint32_t)p->btf;
	attr->a.func_info_rec_size = sizeof(*p->info);
	attr->a.func_info = kernel_ptr(p->info);
	attr->a.func_info_cnt = a->n_funcs;
	return 0;
}

static int load_without_jit_memory(struct engine *e, union kernel_attr *attr,
				   const struct engine_prog_load *a)
{
	int fd = kernel_jit_memory(e, true);

	if (fd)
		return fd;
	fd = load(attr, a);
	if (!kernel_jit_memory(e, false))
		return fd;
	if (fd >= 0)
		close(fd);
	return ENGINE_FAULT;
}

/* A descriptor, a negative errno or ENGINE_*. */
static int load_in_mode(struct engine *e, union kernel_attr *attr, const struct engine_prog_load *a)
{
	int fd = a->other_jit ? kernel_mode_other(e, true) : 0;

	if (!fd)
		fd = a->no_jit_memory ? load_without_jit_memory(e, attr, a) : load(attr, a);
	if (a->other_jit)
		kernel_mode_other(e, false);
	return fd;
}

int kernel_prog_load(struct engine *e, const struct engine_prog_load *a)
{
	struct load_parts parts = { .btf = -1 };
	union kernel_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	fd = set_attach(e, a, &attr);
	if (!fd && a->on_device)
		fd = set_device(e, &attr);
	if (!fd)
		fd = set_insns(e, a, &attr, &parts);
	if (!fd)
		fd = set_btf(e, a, &attr, &parts);
	attr.a.prog_type = a->type;
	attr.a.prog_flags = a->flags;
	attr.a.license = kernel_ptr(a->license ? a->license : "Dual BSD/GPL");
	memcpy(attr.a.prog_name, a->name, sizeof(attr.a.prog_name));
	if (!fd)
		fd = load_in_mode(e, &attr, a);
	release_parts(&parts);
	if (fd >= 0)
		return kernel_keep_fd(e, fd);
	return fd <= ENGINE_UNSUPPORTED ? fd : refused(e, a, fd);
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
