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

/*
 * What a function's argument points to. The verifier follows calls into static functions, whatever
 * they are given; of a global one it takes the type for granted, and knows a context by the name of
 * its struct (kernel/bpf/btf.c btf_get_prog_ctx_type). 0, for void, where there is none such.
 */
static int add_context(struct btf *btf, const struct engine_prog_load *prog)
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

	for (size_t i = 0; prog->global_funcs && i < sizeof(contexts) / sizeof(*contexts); i++)
		if (contexts[i].type == prog->type)
			return btf__add_struct(btf, contexts[i].name, 0);
	return 0;
}

static int add_types(struct btf *btf, const struct engine_prog_load *prog,
		     struct bpf_func_info *info)
{
	int int_id, context_id, ptr_id, proto_id;
	char name[96];

	int_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	if (int_id < 0)
		return int_id;
	context_id = add_context(btf, prog);
	if (context_id < 0)
		return context_id;
	ptr_id = btf__add_ptr(btf, context_id);
	if (ptr_id < 0)
		return ptr_id;
	proto_id = btf__add_func_proto(btf, int_id);
	if (proto_id < 0)
		return proto_id;
	if (btf__add_func_param(btf, "ctx", ptr_id))
		return -ENOMEM;
	for (uint32_t i = 0; i < prog->n_funcs; i++) {
		bool global = prog->global_funcs && i > 0;
		int id;

		identifier(name, sizeof(name), prog->funcs[i].name, i);
		id = btf__add_func(btf, name, global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC, proto_id);
		if (id < 0)
			return id;
		info[i].insn_off = prog->funcs[i].insn;
		info[i].type_id = (uint32_t)id;
	}
	return 0;
}

int kernel_load_btf(const struct engine_prog_load *prog, struct bpf_func_info *info)
{
	struct btf *btf = btf__new_empty();
	union kernel_attr attr;
	uint32_t size = 0;
	int ret;

	if (!btf)
		return -ENOMEM;
	ret = add_types(btf, prog, info);
	if (!ret) {
		memset(&attr, 0, sizeof(attr));
		attr.a.btf = kernel_ptr(btf__raw_data(btf, &size));
		attr.a.btf_size = size;
		ret = kernel_bpf(BPF_BTF_LOAD, &attr, sizeof(attr.a));
	}
	btf__free(btf);
	return ret;
}
