// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/btf.h>

#include <ctype.h>
#include <stdbool.h>
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

static int add_types(struct btf *btf, const struct engine_func *funcs, uint32_t n_funcs,
		     struct bpf_func_info *info)
{
	int int_id, void_ptr_id, proto_id;
	char name[96];

	int_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	if (int_id < 0)
		return int_id;
	void_ptr_id = btf__add_ptr(btf, 0);
	if (void_ptr_id < 0)
		return void_ptr_id;
	proto_id = btf__add_func_proto(btf, int_id);
	if (proto_id < 0)
		return proto_id;
	if (btf__add_func_param(btf, "ctx", void_ptr_id))
		return -ENOMEM;
	for (uint32_t i = 0; i < n_funcs; i++) {
		int id;

		identifier(name, sizeof(name), funcs[i].name, i);
		/* Static: the verifier follows calls into it, whatever it is given. */
		id = btf__add_func(btf, name, BTF_FUNC_STATIC, proto_id);
		if (id < 0)
			return id;
		info[i].insn_off = funcs[i].insn;
		info[i].type_id = (uint32_t)id;
	}
	return 0;
}

static int load(struct btf *btf)
{
	union kernel_attr attr;
	uint32_t size = 0;

	memset(&attr, 0, sizeof(attr));
	attr.a.btf = kernel_ptr(btf__raw_data(btf, &size));
	attr.a.btf_size = size;
	return kernel_bpf(BPF_BTF_LOAD, &attr, sizeof(attr.a));
}

int kernel_load_btf(const struct engine_func *funcs, uint32_t n_funcs, struct bpf_func_info *info)
{
	struct btf *btf = btf__new_empty();
	int ret;

	if (!btf)
		return -ENOMEM;
	ret = add_types(btf, funcs, n_funcs, info);
	if (!ret)
		ret = load(btf);
	btf__free(btf);
	return ret;
}

/* In the order of enum engine_btf_type: libbpf gives ids out from 1. */
static bool add_sized_types(struct btf *btf)
{
	bool ok = btf__add_int(btf, "int", 4, BTF_INT_SIGNED) == ENGINE_BTF_INT &&
		  btf__add_int(btf, "long", 8, BTF_INT_SIGNED) == ENGINE_BTF_LONG &&
		  btf__add_int(btf, "short", 2, BTF_INT_SIGNED) == ENGINE_BTF_SHORT &&
		  btf__add_struct(btf, "one", 4) == ENGINE_BTF_STRUCT &&
		  !btf__add_field(btf, "a", ENGINE_BTF_INT, 0, 0);

	ok = ok && btf__add_typedef(btf, "index", ENGINE_BTF_INT) == ENGINE_BTF_TYPEDEF &&
	     btf__add_typedef(btf, "wide", ENGINE_BTF_LONG) == ENGINE_BTF_TYPEDEF_LONG &&
	     btf__add_ptr(btf, 0) == ENGINE_BTF_PTR &&
	     btf__add_func_proto(btf, ENGINE_BTF_INT) == ENGINE_BTF_PROTO &&
	     !btf__add_func_param(btf, "ctx", ENGINE_BTF_PTR);
	ok = ok && btf__add_enum(btf, "which", 4) == ENGINE_BTF_ENUM &&
	     !btf__add_enum_value(btf, "ZERO", 0) &&
	     btf__add_struct(btf, "bpf_spin_lock", 4) == ENGINE_BTF_SPIN_LOCK &&
	     !btf__add_field(btf, "val", ENGINE_BTF_INT, 0, 0);
	return ok && btf__add_const(btf, ENGINE_BTF_INT) == ENGINE_BTF_CONST &&
	       btf__add_struct(btf, "locked", 4) == ENGINE_BTF_WITH_LOCK &&
	       !btf__add_field(btf, "lock", ENGINE_BTF_SPIN_LOCK, 0, 0);
}

int kernel_btf_load(struct engine *e)
{
	struct btf *btf = btf__new_empty();
	int ret = -ENOMEM;

	if (btf && add_sized_types(btf))
		ret = load(btf);
	btf__free(btf);
	return kernel_keep_fd(e, ret);
}
