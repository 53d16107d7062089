// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs that are attached to functions of the kernel, by links, and the test run that calls
 * these functions: kernel/bpf/syscall.c bpf_raw_tracepoint_open, net/bpf/test_run.c
 * bpf_prog_test_run_tracing.
 */
#include <stdlib.h>

#include "../../harness/base/alloc.h"
#include "test_run.h"

static bool hook_is_modelled(uint32_t func)
{
	return func == HOOK_MAP || func == HOOK_BPF || func == HOOK_MAP_CREATE;
}

int ref_prog_attach(struct engine *e, int prog_fd)
{
	struct ref *ref = to_ref(e);
	struct prog *prog;
	int err = ref_barred(ref) ? -EPERM : fd_prog(ref, prog_fd, &prog);

	if (err)
		return err;
	if (prog->is_ext) {
		err = extension_attach(ref, prog);
		if (err)
			return err;
		prog_get(prog);
		return fd_install_link(ref, &prog->obj, NULL);
	}
	if (prog->type == BPF_PROG_TYPE_RAW_TRACEPOINT)
		return -EFAULT; /* no name */
	if (prog->type == BPF_PROG_TYPE_LSM && !hook_is_modelled(prog->attach_func))
		return ref_why(ref, ENGINE_UNSUPPORTED, "this hook of lsm is not modelled");
	if (prog->type != BPF_PROG_TYPE_TRACING && prog->type != BPF_PROG_TYPE_LSM)
		return -EINVAL;
	if (prog->attach_type == BPF_TRACE_ITER)
		return -EINVAL; /* it wants BPF_LINK_CREATE */
	for (size_t i = 0; i < ref->n_links; i++)
		if (ref->links[i]->obj == &prog->obj)
			return -EBUSY;
	prog_get(prog);
	return fd_install_link(ref, &prog->obj, NULL);
}

/* kernel/bpf/map_iter.c bpf_iter_attach_map: who has elements that can be walked */
static int iter_target(struct ref *ref, int map_fd, struct map **map)
{
	int err = map_fd ? fd_map(ref, map_fd, map, NULL) : -EBADF;

	if (err)
		return err;
	switch ((*map)->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return 0;
	default:
		return -EINVAL;
	}
}

int ref_iter_attach(struct engine *e, int prog_fd, int map_fd)
{
	struct ref *ref = to_ref(e);
	struct prog *prog;
	struct map *map;
	int err = ref_barred(ref) ? -EPERM : fd_prog(ref, prog_fd, &prog);

	if (!err && (prog->type != BPF_PROG_TYPE_TRACING || prog->attach_type != BPF_TRACE_ITER))
		err = -EINVAL;
	if (!err)
		err = iter_target(ref, map_fd, &map);
	if (err)
		return err;
	prog_get(prog);
	map_get_uref(map);
	return fd_install_link(ref, &prog->obj, map);
}

void link_add(struct ref *ref, struct file *link)
{
	*vec_add(ref->links, ref->n_links) = link;
}

void link_drop(struct ref *ref, const struct file *link)
{
	size_t i = 0;

	extension_drop(ref, to_prog(link->obj));
	while (ref->links[i] != link)
		i++;
	for (ref->n_links--; i < ref->n_links; i++)
		ref->links[i] = ref->links[i + 1];
	if (!ref->n_links) {
		free(ref->links);
		ref->links = NULL;
	}
}

/* A function is called: what is attached to it runs; @results are or-ed. */
static int call_attached(struct ref *ref, uint32_t func, uint32_t attach_type, uint32_t *results)
{
	uint32_t result;
	int err = 0;

	for (size_t i = 0; !err && i < ref->n_links; i++) {
		struct prog *prog = to_prog(ref->links[i]->obj);

		if (prog->is_ext || prog->attach_func != func || prog->attach_type != attach_type)
			continue;
		run_begin(ref->run, prog);
		err = test_run_repeat(ref, prog, 1, &result);
		if (!err)
			*results |= result;
	}
	return err;
}

/* Is a hook there that says no? Its own result, or ENGINE_*. */
static int hook_says(struct ref *ref, uint32_t hook)
{
	uint32_t results = 0;
	int err;

	if (ref_quirk(ref, QUIRK_LSM_NOT_ASKED))
		return 0;
	err = call_attached(ref, hook, BPF_LSM_MAC, &results);
	return err ? err : (int32_t)results;
}

int hook_map(struct ref *ref)
{
	int err = hook_says(ref, HOOK_MAP);

	if (err && err > ENGINE_UNSUPPORTED)
		err = ref_why(ref, ENGINE_UNSUPPORTED,
			      "what an lsm program forbids at bpf_lsm_bpf_map is not modelled");
	return err;
}

int hook_map_create(struct ref *ref)
{
	return hook_says(ref, HOOK_MAP_CREATE);
}

/* What else than EPERM a program may say there, cases do not ask. */
bool hook_bpf_denies(struct ref *ref)
{
	return hook_says(ref, HOOK_BPF) != 0;
}

/* The program itself runs only where it is attached. */
int test_run_tracing(struct ref *ref, struct prog *prog, struct engine_run *run)
{
	uint32_t ignored = 0;
	int err = 0;

	if (run->flags || run->cpu)
		return -EINVAL;
	if (prog->attach_type == BPF_TRACE_ITER)
		return -EFAULT;
	for (uint32_t func = 1; !err && func <= N_ATTACH_FUNCS; func++) {
		err = call_attached(ref, func, BPF_TRACE_FENTRY, &ignored);
		if (!err)
			err = call_attached(ref, func, BPF_TRACE_FEXIT, &ignored);
	}
	run->retval = 0;
	return err;
}
