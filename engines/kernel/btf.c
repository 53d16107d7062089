// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/btf.h>

#include <ctype.h>
#include <stdio.h>

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

static int add_proto(struct btf *btf, int returns, int ctx)
{
	int id = btf__add_func_proto(btf, returns);

	if (id >= 0 && btf__add_func_param(btf, "ctx", ctx))
		return -ENOMEM;
	return id;
}

static int add_types(struct btf *btf, const struct engine_func *funcs, uint32_t n_funcs,
		     bool void_funcs, struct bpf_func_info *info)
{
	int int_id, void_ptr_id, proto_id, main_id;
	char name[96];

	int_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	if (int_id < 0)
		return int_id;
	void_ptr_id = btf__add_ptr(btf, 0);
	if (void_ptr_id < 0)
		return void_ptr_id;
	main_id = add_proto(btf, int_id, void_ptr_id);
	if (main_id < 0)
		return main_id;
	proto_id = void_funcs ? add_proto(btf, 0, void_ptr_id) : main_id;
	if (proto_id < 0)
		return proto_id;
	for (uint32_t i = 0; i < n_funcs; i++) {
		int id;

		identifier(name, sizeof(name), funcs[i].name, i);
		/* Static: the verifier follows calls into it, whatever it is given. */
		id = btf__add_func(btf, name, BTF_FUNC_STATIC, i ? proto_id : main_id);
		if (id < 0)
			return id;
		info[i].insn_off = funcs[i].insn;
		info[i].type_id = (uint32_t)id;
	}
	return 0;
}

static int load(const struct btf *btf)
{
	union kernel_attr attr;
	uint32_t size = 0;

	memset(&attr, 0, sizeof(attr));
	attr.a.btf = kernel_ptr(btf__raw_data(btf, &size));
	attr.a.btf_size = size;
	return kernel_bpf(BPF_BTF_LOAD, &attr, sizeof(attr.a));
}

/* Types are numbered from 1 in the order in which they are added. */
enum { LOCK_INT = 1, LOCK_U32, LOCK_STRUCT, LOCK_VALUE };

int kernel_load_lock_btf(uint32_t *key_id, uint32_t *value_id)
{
	struct btf *btf = btf__new_empty();
	int ret = -ENOMEM;

	if (btf && btf__add_int(btf, "int", 4, BTF_INT_SIGNED) == LOCK_INT &&
	    btf__add_int(btf, "u32", 4, 0) == LOCK_U32 &&
	    btf__add_struct(btf, "bpf_spin_lock", 4) == LOCK_STRUCT &&
	    !btf__add_field(btf, "val", LOCK_U32, 0, 0) &&
	    btf__add_struct(btf, "value", 8) == LOCK_VALUE &&
	    !btf__add_field(btf, "lock", LOCK_STRUCT, 0, 0) &&
	    !btf__add_field(btf, "rest", LOCK_INT, 32, 0))
		ret = load(btf);
	btf__free(btf);
	*key_id = LOCK_INT;
	*value_id = LOCK_VALUE;
	return ret;
}

int kernel_load_btf(const struct engine_func *funcs, uint32_t n_funcs, bool void_funcs,
		    struct bpf_func_info *info)
{
	struct btf *btf = btf__new_empty();
	int ret;

	if (!btf)
		return -ENOMEM;
	ret = add_types(btf, funcs, n_funcs, void_funcs, info);
	if (!ret)
		ret = load(btf);
	btf__free(btf);
	return ret;
}

int kernel_find_btf(const char *name, uint32_t prog_type)
{
	/* Several megabytes: read once, and kept as long as the process. */
	static struct btf *kernels;
	bool ops = prog_type == BPF_PROG_TYPE_STRUCT_OPS;

	if (!kernels)
		kernels = btf__load_vmlinux_btf();
	if (!kernels)
		return -errno;
	return btf__find_by_name_kind(kernels, name, ops ? BTF_KIND_STRUCT : BTF_KIND_FUNC);
}
