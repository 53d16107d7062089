// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_LOAD: kernel/bpf/syscall.c bpf_prog_load of 7.x, in its order. */
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "check.h"
#include "context.h"

#define PROG_FLAGS                                                                                \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | \
	 BPF_F_TEST_RND_HI32 | BPF_F_XDP_HAS_FRAGS | F_XDP_DEV_BOUND_ONLY |                       \
	 F_TEST_REG_INVARIANTS | REF_F_TOKEN_FD)
#define F_XDP_DEV_BOUND_ONLY  (1U << 6)
#define F_TEST_REG_INVARIANTS (1U << 7)

#define N_PROG_TYPES 33 /* up to BPF_PROG_TYPE_NETFILTER */

static void map_append(struct prog *prog, struct map *map)
{
	map_get(map);
	prog->maps = xreallocarray(prog->maps, prog->n_maps + 1, sizeof(struct map *));
	prog->maps[prog->n_maps++] = map;
}

int prog_add_map(struct prog *prog, struct map *map)
{
	for (uint32_t i = 0; i < prog->n_maps; i++)
		if (prog->maps[i] == map)
			return (int)i;
	if (prog->n_maps >= PROG_MAX_MAPS)
		return -1;
	map_append(prog, map);
	return (int)prog->n_maps - 1;
}

const struct func *prog_func_at(const struct prog *prog, uint32_t pc)
{
	uint32_t lo = 0, hi = prog->n_funcs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (prog->funcs[mid].start == pc)
			return &prog->funcs[mid];
		if (prog->funcs[mid].start < pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void prog_free(struct ref *ref, struct prog *prog)
{
	if (ref->runner->release)
		ref->runner->release(prog);
	for (uint32_t i = 0; i < prog->n_maps; i++)
		map_put(ref, prog->maps[i]);
	free(prog->maps);
	free(prog->reached);
	free(prog->sites);
	free(prog->funcs);
	free(prog->code);
	free(prog->insns);
	free(prog);
}

/* kernel/bpf/syscall.c bpf_prog_load_check_attach, for the types that are modelled */
static int check_attach_type(const struct engine_prog_load *a)
{
	switch (a->type) {
	case BPF_PROG_TYPE_CGROUP_SKB:
		return a->expected_attach_type == BPF_CGROUP_INET_INGRESS ||
				       a->expected_attach_type == BPF_CGROUP_INET_EGRESS
			       ? 0
			       : -EINVAL;
	case BPF_PROG_TYPE_SYSCALL:
	case BPF_PROG_TYPE_EXT:
		return a->expected_attach_type ? -EINVAL : 0;
	default:
		return 0;
	}
}

static int check_attrs(struct ref *ref, const struct engine_prog_load *a)
{
	int err;

	if (a->flags & ~PROG_FLAGS)
		return -EINVAL;
	if (a->flags & BPF_F_XDP_HAS_FRAGS && ref_quirk(ref, QUIRK_NO_XDP_FRAGS))
		return -EINVAL;
	if (a->flags & REF_F_TOKEN_FD)
		return -EINVAL; /* prog_token_fd is 0, which is no token */
	if (!a->n_insns || a->n_insns > PROG_MAX_INSNS)
		return -E2BIG;
	if (a->flags & F_XDP_DEV_BOUND_ONLY)
		return -EINVAL; /* there is no prog_ifindex to be bound to */
	err = check_attach_type(a);
	if (err)
		return err;
	if (!user_ptr_ok(a->insns))
		return -EFAULT;
	if (!a->type || a->type >= N_PROG_TYPES)
		return -EINVAL;
	if (!prog_type_of(a->type))
		return ref_why(ref, ENGINE_UNSUPPORTED, "program type %u is not modelled", a->type);
	return 0;
}

/* kernel/bpf/verifier.c check_attach_btf_id: who may sleep; a syscall program must. */
static int check_sleepable(const struct prog *prog)
{
	bool sleepable = prog->flags & BPF_F_SLEEPABLE;

	return sleepable == (prog->type == BPF_PROG_TYPE_SYSCALL) ? 0 : -EINVAL;
}

/* kernel/bpf/core.c bpf_check_tail_call: every prog_array, whether a tail call uses it or not */
static int check_owners(struct ref *ref, const struct prog *prog)
{
	for (uint32_t i = 0; i < prog->n_maps; i++)
		if (prog->maps[i]->type == BPF_MAP_TYPE_PROG_ARRAY &&
		    !prog_array_compatible(ref, prog->maps[i], prog))
			return -EINVAL;
	return 0;
}

static struct prog *prog_new(const struct engine_prog_load *a)
{
	struct prog *prog = xcalloc(1, sizeof(*prog));

	prog->type = a->type;
	prog->attach_type = a->expected_attach_type;
	prog->flags = a->flags;
	prog->kind = prog_type_of(a->type);
	prog->global_funcs = a->global_funcs && !a->no_btf;
	prog->n_insns = a->n_insns;
	prog->insns = xcalloc(a->n_insns, sizeof(*prog->insns));
	memcpy(prog->insns, a->insns, a->n_insns * sizeof(*prog->insns));
	return prog;
}

static int prog_make(struct ref *ref, struct prog *prog, const struct engine_prog_load *a)
{
	struct checker c = {
		.ref = ref,
		.prog = prog,
		.has_func_info = a->funcs && a->n_funcs && !a->no_btf,
		.log = a->log,
		.log_size = a->log_size,
	};
	int err = obj_name_check(a->name, prog->name);

	if (!err)
		err = check_sleepable(prog);
	if (!err)
		err = check_prog(&c);
	if (!err)
		err = check_owners(ref, prog);
	if (err)
		return err;
	prog_decode(prog);
	return ref->runner->compile ? ref->runner->compile(ref, prog) : 0;
}

int ref_prog_load(struct engine *e, const struct engine_prog_load *attr)
{
	struct ref *ref = to_ref(e);
	struct prog *prog;
	int err = check_attrs(ref, attr);

	if (err)
		return err;
	prog = prog_new(attr);
	err = prog_make(ref, prog, attr);
	if (err) {
		prog_free(ref, prog);
		return err;
	}
	obj_add(ref, &prog->obj, OBJ_PROG);
	prog_get(prog);
	return fd_install(ref, &prog->obj, FILE_READ | FILE_WRITE);
}

/* kernel/bpf/syscall.c bpf_prog_bind_map: a reference, no compatibility, no owner */
int ref_prog_bind_map(struct engine *e, int prog_fd, int map_fd, uint32_t flags)
{
	struct ref *ref = to_ref(e);
	struct prog *prog;
	struct map *map;
	int err;

	if (flags)
		return -EINVAL;
	err = fd_prog(ref, prog_fd, &prog);
	if (!err)
		err = fd_map(ref, map_fd, &map, NULL);
	if (err)
		return err;
	for (uint32_t i = 0; i < prog->n_maps; i++)
		if (prog->maps[i] == map)
			return 0;
	map_append(prog, map);
	return 0;
}
