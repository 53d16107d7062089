// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps, programs and their runs as C. */
#include "internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../engines/kernel/kernel.h"
#include "../base/alloc.h"
#include "../run/execute.h"
#include "insns.h"

/* BPF_MAP_TYPE_PROG_ARRAY of "prog_array", or the number of what has no name. */
static void put_type(struct repro *r, const char *prefix, const char *name, uint32_t type)
{
	if (!name) {
		fprintf(r->out, "%u", type);
		return;
	}
	fputs(prefix, r->out);
	for (; *name; name++)
		fputc(toupper((unsigned char)*name), r->out);
}

static void put_made(struct repro *r, bool is_prog)
{
	fprintf(r->out, "\t%s_fd = made(\"%s\", %d, ", r->s->makes, r->s->makes, is_prog);
}

static void put_field(struct repro *r, const char *field, enum opt opt)
{
	if (r->s->opt_set & (1ULL << opt))
		fprintf(r->out, "\t\t.%s = %" PRIu64 ",\n", field, r->s->opt_num[opt]);
}

int write_map(struct repro *r)
{
	static const uint64_t known = OPT(KEY) | OPT(VALUE) | OPT(ENTRIES) | OPT(FLAGS) |
				      OPT(NUMA) | OPT(NAME) | OPT(INNER) | OPT(EXTRA) |
				      OPT(IFINDEX);
	const struct step *s = r->s;
	const char *unknown = first_option_but(s, known);

	if (unknown)
		return cannot(r, unknown);
	put_made(r, false);
	fputs("sys_bpf(BPF_MAP_CREATE, &(union bpf_attr){\n\t\t.map_type = ", r->out);
	put_type(r, "BPF_MAP_TYPE_", map_type_name(s->type), s->type);
	fprintf(r->out, ",\n\t\t.key_size = %u,\n\t\t.value_size = %u,\n\t\t.max_entries = %u,\n",
		map_number(s, OPT_KEY, 4), map_number(s, OPT_VALUE, 4),
		map_number(s, OPT_ENTRIES, 1));
	put_field(r, "map_flags", OPT_FLAGS);
	put_field(r, "numa_node", OPT_NUMA);
	put_field(r, "map_extra", OPT_EXTRA);
	put_field(r, "map_ifindex", OPT_IFINDEX);
	if (s->opt_set & OPT(INNER)) {
		fputs("\t\t.inner_map_fd = ", r->out);
		put_opt_fd(r, OPT_INNER);
		fputs(",\n", r->out);
	}
	if (s->opt_text[OPT_NAME]) {
		fputs("\t\t.map_name = ", r->out);
		put_string(r->out, s->opt_text[OPT_NAME]);
		fputs(",\n", r->out);
	}
	fputs("\t}));\n", r->out);
	return 0;
}

/* BTF for the functions, as the harness gives it; into a program's block. */
static int write_btf(struct repro *r)
{
	const struct asm_prog *prog = r->s->prog;
	struct engine_func *funcs = xcalloc(prog->n_funcs, sizeof(*funcs));
	struct bpf_func_info *info = xcalloc(prog->n_funcs, sizeof(*info));
	struct engine_prog_load load = {
		.type = r->s->type,
		.insns = prog->insns,
		.n_insns = (uint32_t)prog->n_insns,
		.funcs = funcs,
		.n_funcs = (uint32_t)prog->n_funcs,
		.global_funcs = r->s->opt_set & OPT(GLOBAL),
		.void_funcs = r->s->opt_set & OPT(VOID_FUNCS),
	};
	unsigned char *btf;
	uint32_t size = 0;

	for (size_t i = 0; i < prog->n_funcs; i++)
		funcs[i] = (struct engine_func){ prog->funcs[i], "f" };
	btf = kernel_func_btf(&load, info, &size);
	fputs("\t\t/* int f(void *ctx) for every function */\n"
	      "\t\tstatic const unsigned char btf[] = {",
	      r->out);
	for (uint32_t i = 0; i < size; i++)
		fprintf(r->out, "%s0x%02x,", i % 12 ? " " : "\n\t\t\t", btf[i]);
	fputs("\n\t\t};\n\t\tstatic const struct bpf_func_info funcs[] = {\n", r->out);
	for (size_t i = 0; i < prog->n_funcs; i++)
		fprintf(r->out, "\t\t\t{ .insn_off = %u, .type_id = %u },\n", info[i].insn_off,
			info[i].type_id);
	fputs("\t\t};\n", r->out);
	need(r, "btf");
	free(btf);
	free(funcs);
	free(info);
	return size ? 0 : cannot(r, "BTF of so many functions");
}

int write_prog(struct repro *r)
{
	static const uint64_t known = OPT(ATTACH) | OPT(FLAGS) | OPT(NAME) | OPT(LICENSE) |
				      OPT(NO_BTF) | OPT(GLOBAL) | OPT(VOID_FUNCS);
	const struct step *s = r->s;
	const char *unknown = first_option_but(s, known);
	bool btf = s->prog->n_funcs > 1 && !(s->opt_set & OPT(NO_BTF));

	if (unknown)
		return cannot(r, unknown);
	need(r, "load");
	fputs("\t{\n\t\tstruct bpf_insn insns[] = {\n", r->out);
	insns_write(r->out, s->prog, "\t\t\t", &r->macros);
	fputs("\t\t};\n", r->out);
	if (btf && write_btf(r))
		return -1;
	fputc('\n', r->out);
	fputc('\t', r->out);
	put_made(r, true);
	fputs("LOAD(", r->out);
	put_type(r, "BPF_PROG_TYPE_", prog_type_name(s->type), s->type);
	fputs(", insns,\n", r->out);
	put_field(r, "expected_attach_type", OPT_ATTACH);
	put_field(r, "prog_flags", OPT_FLAGS);
	if (s->opt_text[OPT_NAME]) {
		fputs("\t\t.prog_name = ", r->out);
		put_string(r->out, s->opt_text[OPT_NAME]);
		fputs(",\n", r->out);
	}
	if (s->opt_text[OPT_LICENSE]) {
		fputs("\t\t.license = ptr(", r->out);
		put_string(r->out, s->opt_text[OPT_LICENSE]);
		fputs("),\n", r->out);
	}
	if (btf)
		fprintf(r->out,
			"\t\t.prog_btf_fd = load_btf(btf, sizeof(btf)),\n"
			"\t\t.func_info = ptr(funcs), .func_info_cnt = %zu,\n"
			"\t\t.func_info_rec_size = sizeof(funcs[0]),\n",
			s->prog->n_funcs);
	fputs("\t\t));\n\t}\n", r->out);
	return 0;
}

int write_run(struct repro *r)
{
	static const uint64_t known = OPT(DATA) | OPT(FILL) | OPT(BYTES) | OPT(REPEAT) | OPT(FLAGS);
	const struct step *s = r->s, *prog = object_of_step(r, &s->fd);
	const char *unknown = first_option_but(s, known), *hex = s->opt_text[OPT_BYTES];
	enum ctx_kind kind = prog && prog->op == STEP_PROG ? ctx_kind_of(prog->type) : CTX_NONE;

	if (unknown)
		return cannot(r, unknown);
	need(r, "saw");
	need(r, "run");
	fprintf(r->out, "\t{\n\t\tstatic const struct field fields[] = {\n");
	for (const struct ctx_field *f = ctx_fields; f->name; f++)
		if (f->kind == kind)
			fprintf(r->out, "\t\t\t{ \"%s\", %u, %u },\n", f->name, f->offset, f->size);
	fprintf(r->out,
		"\t\t\t{ NULL, 0, 0 },\n\t\t};\n\n\t\tinput(%u, %" PRIu64 ", \"%s\", %u);\n",
		run_data_size(s, kind), s->opt_num[OPT_FILL], hex ? hex : "",
		run_ctx_size(s, kind, prog ? prog->type : 0));
	if (kind == CTX_LOOKUP || s->n_fields)
		need(r, "put");
	if (kind == CTX_LOOKUP)
		fprintf(r->out, "\t\tput(&fields[0], %d); /* there must be a family */\n", AF_INET);
	for (size_t i = 0; i < s->n_fields; i++) {
		int at = 0;

		for (const struct ctx_field *f = ctx_fields; f != s->fields[i].field; f++)
			at += f->kind == kind;
		fprintf(r->out, "\t\tput(&fields[%d], %" PRIu64 "ULL); /* %s */\n", at,
			s->fields[i].value, s->fields[i].field->name);
	}
	fputs("\t\trun(", r->out);
	put_fd(r, &s->fd);
	fprintf(r->out, ", %" PRIu64 ", %" PRIu64 ", %d, %d, fields);\n\t}\n",
		s->opt_num[OPT_REPEAT], s->opt_num[OPT_FLAGS],
		kind == CTX_SKB || kind == CTX_XDP || kind == CTX_FLOW, kind != CTX_ARGS);
	return 0;
}
