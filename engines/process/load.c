// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs over the line: their instructions, and what a run of one changed. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* The eight bytes that a little-endian machine has in memory, on whichever we are. */
static void add_insn(struct text *t, const struct bpf_insn *insn)
{
	const uint16_t off = (uint16_t)insn->off;
	const uint32_t imm = (uint32_t)insn->imm;
	const uint8_t bytes[8] = {
		insn->code,	      (uint8_t)(insn->src_reg << 4 | insn->dst_reg),
		(uint8_t)off,	      (uint8_t)(off >> 8),
		(uint8_t)imm,	      (uint8_t)(imm >> 8),
		(uint8_t)(imm >> 16), (uint8_t)(imm >> 24),
	};

	text_hex(t, bytes, sizeof(bytes));
}

/* Where instructions name maps, for runtimes with a way of their own: "2:5,9:5" is INSN:FD. */
static void add_maps(struct text *t, const struct engine_prog_load *a)
{
	const char *before = " maps=";

	for (uint32_t i = 0; i < a->n_insns; i++) {
		const struct bpf_insn *insn = &a->insns[i];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
			text_printf(t, "%s%u:%d", before, i, insn->imm);
			before = ",";
		}
		i++; /* it takes two */
	}
}

static void add_funcs(struct text *t, const struct engine_prog_load *a)
{
	for (uint32_t i = 0; i < a->n_funcs; i++)
		text_printf(t, "%s%u:%s", i ? "," : " funcs=", a->funcs[i].insn, a->funcs[i].name);
}

static void add_kfuncs(struct text *t, const struct engine_prog_load *a)
{
	for (uint32_t i = 0; i < a->n_kfuncs; i++)
		text_printf(t, "%s%u:%s", i ? "," : " kfuncs=", a->kfuncs[i].insn,
			    a->kfuncs[i].name);
}

static void copy_log(struct process_engine *p, const struct engine_prog_load *a)
{
	size_t n = 0;

	if (!a->log || !a->log_size)
		return;
	if (message_value(&p->reply, "log") && !reply_some(p, "log", a->log, a->log_size - 1, &n))
		n = 0;
	a->log[n] = '\0';
	/* It is printed: what is no text in it becomes a question mark. */
	for (size_t i = 0; i < n; i++)
		if ((a->log[i] < ' ' || a->log[i] > '~') && a->log[i] != '\n')
			a->log[i] = '?';
}

int process_prog_load(struct engine *e, const struct engine_prog_load *a)
{
	struct process_engine *p = to_process(e);
	bool wants_log = a->log && p->hello.caps & 1ULL << CAP_LOG;
	int fd;

	if (a->log_reasons && !wants_log) {
		snprintf(e->why, sizeof(e->why), "the adapter gives no log of a load");
		return ENGINE_UNSUPPORTED;
	}
	if (a->no_jit_memory || a->on_device)
		return process_wordless(e, a->on_device ? "devices" : "memory for code");
	request_begin(p, "prog_load");
	for (int i = 0; prog_load_numbers[i].key; i++) {
		const struct protocol_number *n = &prog_load_numbers[i];

		if (i == 0)
			request_number(p, n->key, protocol_get(a, n));
		else
			request_option(p, n->key, protocol_get(a, n));
	}
	if (*a->name)
		request_bytes(p, "name", a->name, strnlen(a->name, sizeof(a->name)));
	if (a->license)
		request_bytes(p, "license", a->license, strlen(a->license));
	if (a->attach_func)
		request_bytes(p, "attach_func", a->attach_func, strlen(a->attach_func));
	if (wants_log)
		text_add(&p->request, a->log_reasons ? " log=reasons" : " log=all");
	add_funcs(&p->request, a);
	add_kfuncs(&p->request, a);
	add_maps(&p->request, a);
	text_add(&p->request, " insns=");
	for (uint32_t i = 0; i < a->n_insns; i++)
		add_insn(&p->request, &a->insns[i]);
	fd = request_fd(p, wants_log ? "log" : "");
	if (fd >= 0 || fd > ENGINE_UNSUPPORTED)
		copy_log(p, a);
	return p->trouble ? ENGINE_FAULT : fd;
}

/* What a run changed; what its answer does not have is as it was. */
static int take_run(struct process_engine *p, struct engine_run *run)
{
	size_t n;

	if (!reply_u32(p, "retval", &run->retval))
		return ENGINE_FAULT;
	if (message_value(&p->reply, "ctx")) {
		if (!run->ctx_out)
			return process_trouble(p, PROCESS_PROTOCOL, "ctx= was not asked for");
		if (!reply_bytes(p, "ctx", run->ctx_out, run->ctx_size_out))
			return ENGINE_FAULT;
	}
	if (message_value(&p->reply, "data")) {
		if (!reply_some(p, "data", run->data_out, run->data_size_out, &n))
			return ENGINE_FAULT;
		run->data_size_out = (uint32_t)n;
		return 0;
	}
	if (!run->data_out) /* types that give no packet back */
		return 0;
	n = run->data_size_in < run->data_size_out ? run->data_size_in : run->data_size_out;
	if (n)
		memcpy(run->data_out, run->data_in, n);
	run->data_size_out = run->data_size_in;
	return 0;
}

int process_prog_run(struct engine *e, struct engine_run *run)
{
	struct process_engine *p = to_process(e);
	int status;

	request_begin(p, "prog_run");
	text_printf(&p->request, " prog=%d", run->fd);
	if (run->data_size_in)
		request_bytes(p, "data", run->data_in, run->data_size_in);
	request_option(p, "data_out", run->data_out ? run->data_size_out : 0);
	if (run->ctx_size_in)
		request_bytes(p, "ctx", run->ctx_in, run->ctx_size_in);
	request_option(p, "ctx_out", run->ctx_out ? run->ctx_size_out : 0);
	request_option(p, "repeat", run->repeat);
	request_option(p, "flags", run->flags);
	request_option(p, "cpu", run->cpu);
	status = request_status(p, "retval data ctx");
	return status == 0 ? take_run(p, run) : status;
}
