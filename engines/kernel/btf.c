// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The BTF that cases and programs need, and the kernel's own. */
#include <ctype.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../reference/insn.h"
#include "btf_write.h"
#include "internal.h"

/* BTF wants identifiers; labels of the assembler may hold dots and dashes. */
static void identifier(char *out, size_t size, const char *label, uint32_t nr)
{
	size_t i;

	/* The number keeps names apart that differ only in what is replaced. */
	snprintf(out, size, "%s_%u", label, nr);
	for (i = 0; out[i]; i++)
		if (!isalnum((unsigned char)out[i]))
			out[i] = '_';
	if (isdigit((unsigned char)out[0]))
		out[0] = '_';
}

/*
 * What a function's argument points to. The verifier follows calls into static functions, whatever
 * they are given; of a global one it takes the type for granted, and knows a context by the name of
 * its struct (kernel/bpf/btf.c btf_get_prog_ctx_type). 0, for void, where there is none such.
 */
static uint32_t context(struct btf_writer *w, const struct engine_prog_load *prog)
{
	static const struct {
		enum bpf_prog_type type;
		const char *name;
	} contexts[] = {
		{ BPF_PROG_TYPE_SOCKET_FILTER, "__sk_buff" },
		{ BPF_PROG_TYPE_SCHED_CLS, "__sk_buff" },
		{ BPF_PROG_TYPE_SCHED_ACT, "__sk_buff" },
		{ BPF_PROG_TYPE_CGROUP_SKB, "__sk_buff" },
		{ BPF_PROG_TYPE_XDP, "xdp_md" },
		{ BPF_PROG_TYPE_RAW_TRACEPOINT, "bpf_raw_tracepoint_args" },
	};

	for (size_t i = 0;
	     (prog->global_funcs || prog->target_fd) && i < sizeof(contexts) / sizeof(*contexts);
	     i++)
		if (contexts[i].type == prog->type)
			return btf_struct(w, contexts[i].name, 0, NULL, 0);
	return 0;
}

/*
 * kernel/bpf/verifier.c bpf_find_exception_callback_insn_off: a global function, of a number, that
 * a tag of the main function names. Its id.
 */
static uint32_t exception_callback(struct btf_writer *w, uint32_t integer, const char *name)
{
	uint32_t cookie = btf_int(w, "u64", 8, false);

	return btf_func(w, name, btf_proto(w, integer, "cookie", cookie), BTF_FUNC_GLOBAL);
}

#define IN_REGISTERS 5

/* How many arguments a function has on the stack: as many as it reads there, from r11 + 8 on. */
static uint32_t stack_args(const struct engine_prog_load *prog, uint32_t func)
{
	uint32_t end = func + 1 < prog->n_funcs ? prog->funcs[func + 1].insn : prog->n_insns;
	int n = 0;

	for (uint32_t pc = prog->funcs[func].insn; pc < end; pc++) {
		const struct bpf_insn *in = &prog->insns[pc];

		if (insn_is_param_load(in) && insn_param(in) > n)
			n = insn_param(in);
	}
	return n < INSN_PARAMS_MAX ? (uint32_t)n : INSN_PARAMS_MAX;
}

/* Of a function with arguments on the stack the verifier asks how many there are. */
static uint32_t many_args(struct btf_writer *w, uint32_t returns, uint32_t integer, uint32_t n)
{
	struct btf_field args[IN_REGISTERS + INSN_PARAMS_MAX];

	for (uint32_t i = 0; i < IN_REGISTERS + n; i++)
		args[i] = (struct btf_field){ "arg", integer, 0 };
	return btf_proto_of(w, returns, args, IN_REGISTERS + n);
}

static void functions(struct btf_writer *w, const struct engine_prog_load *prog,
		      struct bpf_func_info *info)
{
	uint32_t integer = btf_int(w, "int", 4, true), pointer = btf_ptr(w, context(w, prog));
	uint32_t main_proto = btf_proto(w, integer, "ctx", pointer), proto = main_proto;
	char name[96], tag[128];

	if (prog->void_funcs)
		proto = btf_proto(w, 0, "ctx", pointer);
	for (uint32_t i = 0; i < prog->n_funcs; i++) {
		bool global = prog->global_funcs || (!i && prog->target_fd);
		uint32_t linkage = global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC;
		uint32_t n = i ? stack_args(prog, i) : 0, own = i ? proto : main_proto;

		if (n)
			own = many_args(w, prog->void_funcs ? 0 : integer, integer, n);

		identifier(name, sizeof(name), prog->funcs[i].name, i);
		info[i].insn_off = prog->funcs[i].insn;
		if (!i || prog->funcs[i].insn != prog->exception_callback) {
			info[i].type_id = btf_func(w, name, own, linkage);
			continue;
		}
		info[i].type_id = exception_callback(w, integer, name);
		snprintf(tag, sizeof(tag), "exception_callback:%s", name);
		btf_tag(w, tag, info[0].type_id);
	}
}

/* A descriptor, or a negative errno. */
static int load(const struct btf_writer *w)
{
	union kernel_attr attr;
	uint32_t size;
	void *image = btf_image(w, &size);
	int ret;

	if (!image)
		return -ENOMEM;
	memset(&attr, 0, sizeof(attr));
	attr.a.btf = kernel_ptr(image);
	attr.a.btf_size = size;
	ret = kernel_bpf(BPF_BTF_LOAD, &attr, sizeof(attr.a));
	free(image);
	return ret;
}

void *kernel_func_btf(const struct engine_prog_load *prog, struct bpf_func_info *info,
		      uint32_t *size)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	void *image = NULL;

	if (w) {
		functions(w, prog, info);
		image = btf_image(w, size);
	}
	free(w);
	return image;
}

int kernel_load_btf(const struct engine_prog_load *prog, struct bpf_func_info *info)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	functions(w, prog, info);
	ret = load(w);
	free(w);
	return ret;
}

static uint32_t lock_value(struct btf_writer *w, uint32_t integer)
{
	uint32_t lock = btf_struct(w, "bpf_spin_lock", 4,
				   &(struct btf_field){ "val", btf_int(w, "u32", 4, false), 0 }, 1);

	return btf_struct(w, "value", 8,
			  (struct btf_field[]){ { "lock", lock, 0 }, { "rest", integer, 32 } }, 2);
}

static uint32_t timer_value(struct btf_writer *w)
{
	uint32_t word = btf_int(w, "u64", 8, false);
	uint32_t timer =
		btf_struct(w, "bpf_timer", 16,
			   (struct btf_field[]){ { "first", word, 0 }, { "second", word, 64 } }, 2);

	return btf_struct(w, "value", 16, &(struct btf_field){ "timer", timer, 0 }, 1);
}

int kernel_load_value_btf(const struct engine_map_create *map, uint32_t *key_id, uint32_t *value_id)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	*key_id = btf_int(w, "int", 4, true);
	*value_id = map->timer ? timer_value(w) : lock_value(w, *key_id);
	ret = load(w);
	free(w);
	return ret;
}

/* In the order of enum engine_btf_type. */
static void sized_types(struct btf_writer *w)
{
	btf_int(w, "int", 4, true);
	btf_int(w, "long", 8, true);
	btf_int(w, "short", 2, true);
	btf_struct(w, "one", 4, &(struct btf_field){ "a", ENGINE_BTF_INT, 0 }, 1);
	btf_typedef(w, "index", ENGINE_BTF_INT);
	btf_typedef(w, "wide", ENGINE_BTF_LONG);
	btf_ptr(w, 0);
	btf_proto(w, ENGINE_BTF_INT, "ctx", ENGINE_BTF_PTR);
	btf_enumeration(w, "which", "ZERO");
	btf_struct(w, "bpf_spin_lock", 4, &(struct btf_field){ "val", ENGINE_BTF_INT, 0 }, 1);
	btf_const(w, ENGINE_BTF_INT);
	btf_struct(w, "locked", 4, &(struct btf_field){ "lock", ENGINE_BTF_SPIN_LOCK, 0 }, 1);
}

int kernel_btf_load(struct engine *e)
{
	struct btf_writer *w = calloc(1, sizeof(*w));
	int ret = -ENOMEM;

	if (w) {
		sized_types(w);
		ret = w->last_id + 1 == ENGINE_BTF_END ? load(w) : -EINVAL;
	}
	free(w);
	return kernel_keep_fd(e, ret);
}

/* The kernel's own, or NULL. Several megabytes: read once, and kept as long as the process. */
static const char *kernels_btf(size_t *len)
{
	static char *kernels;
	static size_t size;
	struct stat st = { 0 };
	int fd = -1;

	if (!kernels)
		fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_size)
		kernels = malloc((size_t)st.st_size);
	/* sysfs gives as much as is asked for, at most to the end of the file. */
	while (kernels && size < (size_t)st.st_size) {
		ssize_t n = read(fd, kernels + size, (size_t)st.st_size - size);

		if (n <= 0)
			break;
		size += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	*len = size;
	return kernels;
}

int kernel_find_btf(const char *name, uint32_t kind)
{
	size_t size;
	const char *btf = kernels_btf(&size);
	uint32_t id = btf ? btf_find(btf, size, kind, name) : 0;

	return id ? (int)id : -ENOENT;
}

int kernel_find_member(const char *name, const char *member)
{
	size_t size;
	const char *btf = kernels_btf(&size);

	return btf ? btf_find_member(btf, size, name, member) : -ENOENT;
}
