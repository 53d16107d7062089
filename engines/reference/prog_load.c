// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* BPF_PROG_LOAD: kernel/bpf/syscall.c bpf_prog_load of 7.x, in its order. */
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/arena.h"
#include "checked.h"
#include "context.h"
#include "helpers.h"
#include "mutant_call.h"
#include "reference.h"

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
	*vec_add(prog->maps, prog->n_maps) = map;
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

void prog_drop_maps(struct ref *ref, struct prog *prog)
{
	for (uint32_t i = 0; i < prog->n_maps; i++)
		map_put(ref, prog->maps[i]);
	free(prog->maps);
	prog->maps = NULL;
	prog->n_maps = 0;
}

void prog_free(struct ref *ref, struct prog *prog)
{
	if (ref->runner->release)
		ref->runner->release(prog);
	prog_drop_maps(ref, prog);
	extension_drop(ref, prog);
	free(prog->reached);
	free(prog->sites);
	free(prog->funcs);
	free(prog->code);
	free(prog->insns);
	free(prog);
}

/*
 * kernel/bpf/syscall.c bpf_prog_load_check_attach: the types that may be attached in some ways
 * only, and those ways. Other types take any number. In ranges, as the enumeration grew.
 */
static const struct {
	uint32_t type, from, to;
} attach_rules[] = {
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, BPF_CGROUP_INET_EGRESS },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, BPF_CGROUP_INET_SOCK_CREATE },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND, BPF_CGROUP_INET6_POST_BIND },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, BPF_CGROUP_INET_SOCK_RELEASE },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_CONNECT },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, BPF_CGROUP_UDP6_RECVMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME,
	  BPF_CGROUP_INET6_GETSOCKNAME },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 49, 53 }, /* those of Unix sockets */
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, BPF_CGROUP_SETSOCKOPT },
	{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, BPF_SK_LOOKUP },
	{ BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, BPF_SK_REUSEPORT_SELECT_OR_MIGRATE },
	{ REF_PROG_TYPE_NETFILTER, REF_ATTACH_TYPE_NETFILTER, REF_ATTACH_TYPE_NETFILTER },
	{ BPF_PROG_TYPE_SYSCALL, 0, 0 },
	{ BPF_PROG_TYPE_EXT, 0, 0 },
};

/* bpf_prog_load_fixup_attach_type: what a loader means that gives none */
static uint32_t attach_type_of(const struct engine_prog_load *a)
{
	if (a->type == BPF_PROG_TYPE_CGROUP_SOCK && !a->expected_attach_type)
		return BPF_CGROUP_INET_SOCK_CREATE;
	if (a->type == BPF_PROG_TYPE_SK_REUSEPORT && !a->expected_attach_type)
		return BPF_SK_REUSEPORT_SELECT;
	return a->expected_attach_type;
}

static int check_attach_type(const struct engine_prog_load *a)
{
	uint32_t attach = attach_type_of(a);
	bool ruled = false;

	for (size_t i = 0; i < ARRAY_SIZE(attach_rules); i++) {
		if (attach_rules[i].type != a->type)
			continue;
		if (attach >= attach_rules[i].from && attach <= attach_rules[i].to)
			return 0;
		ruled = true;
	}
	return ruled ? -EINVAL : 0;
}

/* kernel/bpf/syscall.c find_prog_type: what a kernel is too old for, or built without */
static bool type_is_missing(const struct ref *ref, uint32_t type)
{
	return (type == BPF_PROG_TYPE_LIRC_MODE2 && ref_quirk(ref, QUIRK_NO_LIRC_MODE2)) ||
	       (type == REF_PROG_TYPE_NETFILTER && ref_quirk(ref, QUIRK_NO_NETFILTER));
}

/* Programs that are made for a function of the kernel, and they alone, say for which. */
static bool is_for_function(uint32_t type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
	       type == BPF_PROG_TYPE_STRUCT_OPS || type == BPF_PROG_TYPE_EXT;
}

static uint32_t max_insns(const struct ref *ref)
{
	return ref->caps == ENGINE_CAPS_NONE ? BPF_MAXINSNS : PROG_MAX_INSNS;
}

/* kernel/bpf/syscall.c bpf_prog_load: with CAP_BPF alone, those that need neither network nor
 * tracing; without any, where that is not forbidden, two */
static bool may_load(const struct ref *ref, uint32_t type)
{
	if (ref->caps == ENGINE_CAPS_NONE)
		return type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_CGROUP_SKB;
	return ref->caps == ENGINE_CAPS_ALL ||
	       (ref->caps == ENGINE_CAPS_BPF &&
		(type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_CGROUP_SKB ||
		 type == BPF_PROG_TYPE_SK_REUSEPORT || type == BPF_PROG_TYPE_SYSCALL));
}

static int check_attrs(struct ref *ref, const struct engine_prog_load *a)
{
	bool barred = ref->caps == ENGINE_CAPS_NONE && !a->no_jit_memory;
	int err;

	if (barred && ref_quirk(ref, QUIRK_CAPABILITY_FIRST))
		return -EPERM;
	if (ref->n_links && hook_bpf_denies(ref))
		return -EPERM;
	if (a->flags & ~PROG_FLAGS)
		return -EINVAL;
	if (a->flags & BPF_F_XDP_HAS_FRAGS && ref_quirk(ref, QUIRK_NO_XDP_FRAGS))
		return -EINVAL;
	/* Without a prog_ifindex to be bound to it means nothing. */
	if (a->flags & F_XDP_DEV_BOUND_ONLY && ref_quirk(ref, QUIRK_NO_DEV_BOUND))
		return -EINVAL;
	if (a->flags & F_TEST_REG_INVARIANTS && ref_quirk(ref, QUIRK_NO_REG_INVARIANTS))
		return -EINVAL;
	if (a->on_device && (a->type != BPF_PROG_TYPE_XDP || !(a->flags & F_XDP_DEV_BOUND_ONLY)))
		return ref_why(ref, ENGINE_UNSUPPORTED,
			       "devices that run programs are not modelled");
	if (a->flags & REF_F_TOKEN_FD)
		return -EINVAL; /* prog_token_fd is 0, which is no token */
	if (barred)
		return -EPERM;
	if (!a->n_insns || a->n_insns > max_insns(ref))
		return -E2BIG;
	if (!may_load(ref, a->type))
		return -EPERM;
	err = check_attach_type(a);
	if (!err && a->attach_func && !is_for_function(a->type))
		err = -EINVAL;
	if (err)
		return err;
	if (!user_ptr_ok(a->insns))
		return -EFAULT;
	if (!a->type || a->type >= N_PROG_TYPES || type_is_missing(ref, a->type))
		return -EINVAL;
	if (!prog_type_of(a->type) && a->type != BPF_PROG_TYPE_EXT)
		return ref_why(ref, ENGINE_UNSUPPORTED, "program type %u is not modelled", a->type);
	return 0;
}

/* kernel/bpf/verifier.c check_attach_btf_id: who may sleep; a syscall program must. */
static int check_attach(struct checker *c, const struct engine_prog_load *a)
{
	bool sleepable = a->flags & BPF_F_SLEEPABLE;

	if (a->type == BPF_PROG_TYPE_SYSCALL) {
		if (!sleepable)
			check_log(c, "Syscall programs can only be sleepable");
		return sleepable ? 0 : -EINVAL;
	}
	/* A uprobe's program is one of these, too, and can be told from a kprobe's only later. */
	if (sleepable && !is_for_function(a->type) && a->type != BPF_PROG_TYPE_KPROBE) {
		check_log(c, "Program of this type cannot be sleepable");
		return -EINVAL;
	}
	return is_for_function(a->type) ? check_attach_func(c, a) : 0;
}

/* What a load that fails does not do: for a mutant. */
static void unclaim(const struct prog *prog, uint64_t claimed)
{
	for (uint32_t i = 0; i < prog->n_maps; i++)
		if (claimed >> i & 1)
			prog->maps[i]->owner.set = false;
}

/* kernel/bpf/core.c bpf_check_tail_call: every prog_array, whether a tail call uses it or not */
static int check_owners(struct ref *ref, const struct prog *prog)
{
	uint64_t claimed = 0; /* by position */

	for (uint32_t i = 0; i < prog->n_maps; i++) {
		struct map *map = prog->maps[i];
		struct map_owner before = map->owner;

		if (map->type != BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		if (!prog_array_compatible(ref, map, prog) &&
		    !ref_mutant(ref, MUTANT_OWNER_LOAD_UNCHECKED)) {
			if (ref_mutant(ref, MUTANT_OWNER_NOT_BY_FAILED))
				unclaim(prog, claimed);
			return -EINVAL;
		}
		claimed |= (uint64_t)!before.set << i;
		if (ref_mutant(ref, MUTANT_OWNER_NOT_BY_LOAD))
			map->owner = before;
	}
	return 0;
}

static bool is_atomic(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_STX && BPF_MODE(in->code) == BPF_ATOMIC;
}

/* What this engine cannot make code of, and why: bpf_prog_select_runtime. */
static int insn_refused(struct checker *c, const struct bpf_insn *in)
{
	uint8_t class = BPF_CLASS(in->code), op = BPF_OP(in->code);
	bool divides = class == BPF_ALU64 && (op == BPF_DIV || op == BPF_MOD);

	if (ref_quirk(c->ref, QUIRK_PROCESSOR_ID_NEEDS_JIT) && in->code == (BPF_JMP | BPF_CALL) &&
	    !in->src_reg && in->imm == BPF_FUNC_get_smp_processor_id) {
		check_log(c, "program requires BPF JIT compiler but it is not available");
		return -EINVAL;
	}
	if (ref_quirk(c->ref, QUIRK_DIVISION_NOT_JITED) && (divides || is_atomic(in)))
		return -ENGINE_ENOTSUPP;
	if (ref_quirk(c->ref, QUIRK_GOTOL_NOT_JITED) && in->code == (BPF_JMP32 | BPF_JA))
		return -ENGINE_ENOTSUPP;
	return 0;
}

/* Does the engine's JIT leave the program to the interpreter? */
static bool left_to_interpreter(const struct ref *ref, const struct prog *prog)
{
	if (ref_quirk(ref, QUIRK_FUNCTIONS_NOT_JITED) && prog->n_funcs > 1)
		return true;
	if (!ref_quirk(ref, QUIRK_ATOMICS_NOT_JITED))
		return false;
	for (uint32_t pc = 0; pc < prog->n_insns; pc++)
		if ((!prog->reached || prog->reached[pc]) && is_atomic(&prog->insns[pc]))
			return true;
	return false;
}

static int check_compiles(struct checker *c)
{
	const struct prog *prog = c->prog;
	int err = 0;

	for (uint32_t pc = 0; !err && pc < prog->n_insns; pc++)
		if (!prog->reached || prog->reached[pc])
			err = insn_refused(c, &prog->insns[pc]);
	return err;
}

/*
 * kernel/bpf/core.c bpf_jit_charge_modmem, bpf_prog_select_runtime: a task without capabilities
 * gets no more memory than there is for all, and the JIT's failure leaves the interpreter. That an
 * interpreter's programs are as others are then, cases do not ask.
 */
static int without_jit_memory(const struct ref *ref, struct prog *prog)
{
	if (ref->caps != ENGINE_CAPS_NONE)
		return 0;
	if (ref_quirk(ref, QUIRK_JIT_FAILURE_REFUSED))
		return -ENGINE_ENOTSUPP;
	prog->interpreted = true;
	return 0;
}

static struct prog *prog_new(const struct engine_prog_load *a)
{
	struct prog *prog = xcalloc(1, sizeof(*prog));

	prog->type = a->type;
	prog->attach_type = attach_type_of(a);
	prog->flags = a->flags;
	prog->on_device = a->on_device;
	prog->kind = prog_type_of(a->type);
	prog->global_funcs = a->global_funcs && !a->no_btf;
	prog->exception_callback = a->no_btf ? 0 : a->exception_callback;
	prog->moves_packet = insns_move_packet(a->insns, a->n_insns);
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
		.void_funcs = a->void_funcs,
		.has_func_info = a->funcs && a->n_funcs && !a->no_btf,
		.log = a->log,
		.log_size = a->log_size,
	};
	int err = obj_name_check(a->name, prog->name);

	if (!err)
		err = check_attach(&c, a);
	if (!err && !checked_find(&c, a->insns)) {
		err = check_prog(&c);
		if (!err)
			checked_keep(&c, a->insns);
	}
	prog->interpreted = left_to_interpreter(ref, prog);
	if (a->other_jit)
		prog->interpreted = !prog->interpreted;
	if (!err && a->no_jit_memory)
		err = without_jit_memory(ref, prog);
	if (!err && !prog->interpreted)
		err = check_compiles(&c);
	if (!err)
		err = check_owners(ref, prog);
	if (err)
		return err;
	prog_decode(prog, ref);
	mutant_decode(ref, prog);
	return ref->runner->compile ? ref->runner->compile(ref, prog) : 0;
}

/* The program with the reference's numbers in calls of kernel functions: where they are in its
 * table. */
static int resolve_kfuncs(struct ref *ref, struct engine_prog_load *a)
{
	struct bpf_insn *insns;

	if (!a->n_kfuncs)
		return 0;
	insns = arena_alloc(&ref->scratch, a->n_insns, sizeof(*insns));
	memcpy(insns, a->insns, a->n_insns * sizeof(*insns));
	for (uint32_t i = 0; i < a->n_kfuncs; i++) {
		int number = reference_kfunc(a->kfuncs[i].name);

		if (number < 0)
			return ref_why(ref, ENGINE_UNSUPPORTED, "%s is not modelled",
				       a->kfuncs[i].name);
		insns[a->kfuncs[i].insn].imm = number;
	}
	a->insns = insns;
	return 0;
}

int ref_prog_load(struct engine *e, const struct engine_prog_load *attr)
{
	struct ref *ref = to_ref(e);
	struct engine_prog_load resolved = *attr;
	struct prog *prog, *target;
	int err = check_attrs(ref, attr);

	if (!err)
		err = extension_target(ref, &resolved, &target);
	if (!err)
		err = resolve_kfuncs(ref, &resolved);
	if (err) {
		arena_clear(&ref->scratch);
		return err;
	}
	prog = prog_new(&resolved);
	if (target) {
		prog_get(target);
		prog->is_ext = true;
		prog->target = target;
	}
	err = prog_make(ref, prog, &resolved);
	arena_clear(&ref->scratch);
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

	if (ref_barred(ref))
		return -EPERM;
	if (flags && !ref_mutant(ref, MUTANT_BIND_FLAGS_IGNORED))
		return -EINVAL;
	err = fd_prog(ref, prog_fd, &prog);
	if (!err)
		err = fd_map(ref, map_fd, &map, NULL);
	if (err)
		return err;
	for (uint32_t i = 0; i < prog->n_maps; i++)
		if (prog->maps[i] == map && !ref_mutant(ref, MUTANT_BIND_TWICE))
			return 0;
	if (map->progs && ref_mutant(ref, MUTANT_BIND_CLAIMS))
		prog_array_compatible(ref, map, prog);
	map_append(prog, map);
	return 0;
}
