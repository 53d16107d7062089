// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs: loading them, running them, and saying what a run changed. */
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../case/words.h"
#include "state.h"

/*
 * BPF_PROG_TEST_RUN takes at least an Ethernet header. Zero bytes are safe everywhere: EtherType 0
 * makes the kernel look no further (net/bpf/test_run.c, bpf_prog_test_run_skb).
 */
#define DEFAULT_DATA 64
/* MAX_BPF_FUNC_ARGS of include/linux/bpf.h, as u64: what a raw tracepoint's context may hold. */
#define RAW_ARGS_SIZE (12 * 8)
/* net/bpf/bpf_dummy_struct_ops.c: the arguments of test_1, the only operation that cases run */
#define DUMMY_ARGS_SIZE 8
#define MAX_CTX		256

static bool opt(const struct step *s, enum opt o)
{
	return s->opt_set & (1ULL << o);
}

static const char *label_at(const struct asm_prog *prog, uint32_t insn)
{
	for (size_t i = 0; i < prog->n_labels; i++)
		if (prog->labels[i].insn == insn)
			return prog->labels[i].name;
	return "main";
}

static struct bpf_insn *resolved_insns(struct run_state *r, const struct asm_prog *prog)
{
	struct bpf_insn *insns = arena_alloc(r->memory, prog->n_insns, sizeof(*insns));

	memcpy(insns, prog->insns, prog->n_insns * sizeof(*insns));
	for (size_t i = 0; i < prog->n_relocs; i++)
		insns[prog->relocs[i].insn].imm = r->objects[prog->relocs[i].made].fd;
	return insns;
}

static struct engine_kfunc *kfuncs_of(struct run_state *r, const struct asm_prog *prog)
{
	struct engine_kfunc *kfuncs = arena_alloc(r->memory, prog->n_kfuncs, sizeof(*kfuncs));

	for (size_t i = 0; i < prog->n_kfuncs; i++)
		kfuncs[i] = (struct engine_kfunc){ prog->kfuncs[i].insn, prog->kfuncs[i].name };
	return kfuncs;
}

static bool log_matches(const char *log, const char *expression)
{
	regex_t regex;
	int err = regcomp(&regex, expression, LOG_REGEX);

	if (err) /* the parser has compiled it before */
		return false;
	err = regexec(&regex, log, 0, NULL, 0);
	regfree(&regex);
	return err == 0;
}

/* What a kernel writes below the reason, and last of all. */
static bool is_statistics(const char *line, size_t len)
{
	static const char *const begins[] = { "processed ", "insns processed ",
					      "verification time ", "stack depth " };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(line, begins[i], strlen(begins[i])) == 0)
			return true;
	return strncmp(line, "subprog ", 8) == 0 && memmem(line, len, " insns_total ", 13);
}

void observe_log(struct run_state *r, const char *expression)
{
	const char *reason = "";

	if (*expression && log_matches(r->log, expression)) {
		text_add(r->seen, " log");
		return;
	}
	for (const char *line = r->log; *line;) {
		size_t len = strcspn(line, "\n");

		if (len && !is_statistics(line, len))
			reason = line;
		line += len + (line[len] == '\n');
	}
	text_printf(r->seen, " log=\"%.*s\"", (int)strcspn(reason, "\n"), reason);
}

int step_load(struct run_state *r, const struct step *s)
{
	const struct asm_prog *prog = s->prog;
	struct engine_func *funcs = arena_alloc(r->memory, prog->n_funcs, sizeof(*funcs));
	struct bpf_insn *insns = resolved_insns(r, prog);
	struct engine_prog_load a = {
		.type = s->type,
		.expected_attach_type = (uint32_t)s->opt_num[OPT_ATTACH],
		.flags = (uint32_t)s->opt_num[OPT_FLAGS],
		.insns = insns,
		.n_insns = (uint32_t)prog->n_insns,
		.funcs = prog->n_funcs > 1 ? funcs : NULL,
		.n_funcs = prog->n_funcs > 1 ? (uint32_t)prog->n_funcs : 0,
		.kfuncs = kfuncs_of(r, prog),
		.n_kfuncs = (uint32_t)prog->n_kfuncs,
		.no_btf = opt(s, OPT_NO_BTF),
		.no_jit_memory = opt(s, OPT_NO_JIT_MEMORY),
		.on_device = opt(s, OPT_ON_DEVICE),
		.other_jit = opt(s, OPT_OTHER_JIT),
		.global_funcs = opt(s, OPT_GLOBAL),
		.void_funcs = opt(s, OPT_VOID_FUNCS),
		.exception_callback = (uint32_t)s->opt_num[OPT_EXCEPTION_CALLBACK],
		.attach_func = s->opt_text[OPT_ATTACH_FUNC],
		.target_fd = (int)opt_fd(r, s, OPT_TARGET),
		.log_reasons = s->log,
		.license = s->opt_text[OPT_LICENSE],
	};
	struct object *o;
	int fd = ENGINE_UNSUPPORTED;

	for (size_t i = 0; i < prog->n_funcs; i++) {
		funcs[i].insn = prog->funcs[i];
		funcs[i].name = label_at(prog, prog->funcs[i]);
	}
	if (s->opt_text[OPT_NAME])
		memcpy(a.name, s->opt_text[OPT_NAME],
		       strnlen(s->opt_text[OPT_NAME], sizeof(a.name)));
	/* A refusal that is not expected is worth the verifier's words, too. */
	if (s->log || strcmp(s->expect, "0") == 0) {
		a.log = r->log;
		a.log_size = ENGINE_LOG_SIZE;
	}
	if (r->e->loads_unchecked && *s->expect == 'E') {
		snprintf(r->e->why, sizeof(r->e->why),
			 "the engine loads programs unchecked, and this one is to be refused");
		return ENGINE_UNSUPPORTED;
	}
	if (r->e->ops->prog_load)
		fd = r->e->ops->prog_load(r->e, &a);
	if (engine_gave_up(fd))
		return fd;
	o = add_object(r, s, fd);
	o->is_prog = true;
	o->made = true;
	o->type = s->type;
	observe_status(r, fd);
	if (fd < 0 && s->log)
		observe_log(r, s->log);
	if (fd >= 0 || s->log)
		r->log[0] = '\0';
	return 0;
}

struct run_buffers {
	uint8_t *in, *out;
	uint32_t in_size, out_size;
	uint8_t ctx_in[MAX_CTX], ctx_out[MAX_CTX];
	uint32_t ctx_size;
	enum ctx_kind kind;
};

static bool is_packet(enum ctx_kind kind)
{
	return kind == CTX_SKB || kind == CTX_XDP || kind == CTX_FLOW;
}

uint32_t run_data_size(const struct step *s, enum ctx_kind kind)
{
	const char *hex = s->opt_text[OPT_BYTES];
	size_t hex_len = hex ? strlen(hex) / 2 : 0;
	uint64_t size = is_packet(kind) && !hex ? DEFAULT_DATA : hex_len;

	if (opt(s, OPT_DATA))
		size = s->opt_num[OPT_DATA];
	if (size > MAX_RUN_DATA)
		size = MAX_RUN_DATA;
	return (uint32_t)(size < hex_len ? hex_len : size);
}

uint32_t run_ctx_size(const struct step *s, enum ctx_kind kind, uint32_t prog_type)
{
	switch (kind) {
	case CTX_SKB:
		return sizeof(struct __sk_buff);
	case CTX_ARGS:
		return prog_type == BPF_PROG_TYPE_STRUCT_OPS ? DUMMY_ARGS_SIZE : RAW_ARGS_SIZE;
	case CTX_XDP: /* Linux 5.10 takes no context for XDP */
		return s->n_fields ? sizeof(struct xdp_md) : 0;
	case CTX_FLOW: /* flow keys, of which most must be zero */
		return s->n_fields ? sizeof(struct bpf_flow_keys) : 0;
	case CTX_LOOKUP:
		return sizeof(struct bpf_sk_lookup);
	default:
		return 0;
	}
}

static void prepare_data(struct run_state *r, struct run_buffers *b, const struct step *s)
{
	const char *hex = s->opt_text[OPT_BYTES];
	size_t hex_len = hex ? strlen(hex) / 2 : 0;

	b->in_size = run_data_size(s, b->kind);
	b->in = arena_alloc(r->memory, (size_t)b->in_size + 1, 1);
	memset(b->in, (int)s->opt_num[OPT_FILL], b->in_size);
	for (size_t i = 0; i < hex_len; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		b->in[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	b->out_size = is_packet(b->kind) ? b->in_size + RUN_DATA_SLACK : 0;
	b->out = arena_zalloc(r->memory, b->out_size + 1, 1);
}

static uint64_t get_field(const uint8_t *ctx, const struct ctx_field *f)
{
	return load_number(THIS_BIG_ENDIAN, ctx + f->offset, f->size);
}

static void prepare_ctx(const struct run_state *r, struct run_buffers *b, const struct step *s,
			uint32_t type)
{
	/* Arguments are memory of the program's; everything else is a structure of the user API. */
	bool big_endian = b->kind == CTX_ARGS ? r->e->big_endian : THIS_BIG_ENDIAN;

	b->ctx_size = run_ctx_size(s, b->kind, type);
	if (b->kind == CTX_LOOKUP) /* there must be a family */
		((struct bpf_sk_lookup *)b->ctx_in)->family = AF_INET;
	for (size_t i = 0; i < s->n_fields; i++)
		if (s->fields[i].field->kind == b->kind)
			store_number(big_endian, b->ctx_in + s->fields[i].field->offset,
				     s->fields[i].value, s->fields[i].field->size);
	memcpy(b->ctx_out, b->ctx_in, sizeof(b->ctx_out));
}

/* @OFFSET=HEX for every run of bytes that is not what went in. */
static void observe_data(struct run_state *r, const struct run_buffers *b, uint32_t size)
{
	uint32_t i = 0;

	if (size != b->in_size)
		text_printf(r->seen, " len=%u", size);
	while (i < size && i < b->out_size) {
		uint32_t from = i;

		while (i < size && i < b->out_size && (i >= b->in_size || b->in[i] != b->out[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		text_printf(r->seen, " @%u=", from);
		text_hex(r->seen, b->out + from, i - from);
	}
}

static void observe_ctx(struct run_state *r, const struct run_buffers *b)
{
	for (const struct ctx_field *f = ctx_fields; f->name; f++)
		if (f->kind == b->kind && f->kind != CTX_ARGS &&
		    get_field(b->ctx_in, f) != get_field(b->ctx_out, f))
			text_printf(r->seen, " %s=%" PRIu64, f->name, get_field(b->ctx_out, f));
}

int step_run(struct run_state *r, const struct step *s)
{
	const struct object *o = object_of(r, &s->fd);
	struct run_buffers b = { .kind = o && o->is_prog ? ctx_kind_of(o->type) : CTX_NONE };
	struct engine_run run = {
		.fd = resolve_fd(r, &s->fd),
		.repeat = (uint32_t)s->opt_num[OPT_REPEAT],
		.flags = (uint32_t)s->opt_num[OPT_FLAGS],
	};
	int status;

	prepare_data(r, &b, s);
	prepare_ctx(r, &b, s, o ? o->type : 0);
	run.data_in = b.in_size ? b.in : NULL;
	run.data_size_in = b.in_size;
	run.data_out = b.out_size ? b.out : NULL;
	run.data_size_out = b.out_size;
	run.ctx_in = b.ctx_size ? b.ctx_in : NULL;
	run.ctx_size_in = b.ctx_size;
	if (b.kind != CTX_ARGS) { /* a raw tracepoint's context is not copied back */
		run.ctx_out = b.ctx_size ? b.ctx_out : NULL;
		run.ctx_size_out = b.ctx_size;
	}
	status = r->e->ops->prog_run ? r->e->ops->prog_run(r->e, &run) : ENGINE_UNSUPPORTED;
	if (status == 0) {
		text_number(r->seen, run.retval);
		observe_data(r, &b, run.data_size_out);
		observe_ctx(r, &b);
	} else if (!engine_gave_up(status)) {
		observe_status(r, status);
	}
	return engine_gave_up(status) ? status : 0;
}
