// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs. */
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "serving.h"

/* INSN:NAME,... in place. */
static struct engine_func *funcs(struct protocol_server *s, const char *key, uint32_t *n)
{
	char *list = (char *)message_value(&s->m, key); /* in our own buffer */
	struct engine_func *table = NULL;
	size_t count = 0;

	while (list && *list) {
		struct engine_func *f = vec_add(table, count);
		char *end;

		f->insn = (uint32_t)strtoul(list, &end, 10);
		f->name = end + (*end == ':');
		list = end + strcspn(end, ",");
		if (*list)
			*list++ = '\0';
	}
	*n = (uint32_t)count;
	return table;
}

static struct engine_kfunc *kfuncs(struct protocol_server *s, uint32_t *n)
{
	struct engine_func *named = funcs(s, "kfuncs", n);
	struct engine_kfunc *table = serve_memory(s, *n * sizeof(*table));

	for (uint32_t i = 0; i < *n; i++)
		table[i] = (struct engine_kfunc){ named[i].insn, named[i].name };
	free(named);
	return table;
}

static struct bpf_insn *insns(struct protocol_server *s, uint32_t *n)
{
	size_t size;
	const uint8_t *code = serve_bytes(s, "insns", &size);
	struct bpf_insn *list = serve_memory(s, size);

	*n = (uint32_t)(size / 8);
	for (uint32_t i = 0; code && i < *n; i++) {
		const uint8_t *b = code + 8 * (size_t)i;

		list[i].code = b[0];
		list[i].dst_reg = b[1] & 15;
		list[i].src_reg = b[1] >> 4;
		list[i].off = (int16_t)(b[2] | b[3] << 8);
		list[i].imm = (int32_t)(b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 |
					(uint32_t)b[7] << 24);
	}
	if (!code || size % 8)
		serve_bad(s, "no whole instructions", "insns");
	return list;
}

void do_prog_load(struct protocol_server *s)
{
	struct engine_prog_load a = { 0 };
	const char *log = message_value(&s->m, "log");
	struct engine_func *list = funcs(s, "funcs", &a.n_funcs);
	char *license = serve_string(s, "license"), *func = serve_string(s, "attach_func");
	char *text = log ? serve_memory(s, ENGINE_LOG_SIZE) : NULL;
	const void *name;
	size_t n;

	for (int i = 0; prog_load_numbers[i].key; i++)
		if (!protocol_set(&a, &prog_load_numbers[i],
				  serve_number(s, prog_load_numbers[i].key)))
			serve_bad(s, "too large", prog_load_numbers[i].key);
	name = serve_bytes(s, "name", &n);
	if (name)
		memcpy(a.name, name, n < sizeof(a.name) ? n : sizeof(a.name));
	a.license = license;
	a.attach_func = func;
	a.funcs = list;
	a.insns = insns(s, &a.n_insns);
	a.kfuncs = kfuncs(s, &a.n_kfuncs);
	for (uint32_t i = 0; i < a.n_kfuncs; i++)
		if (a.kfuncs[i].insn >= a.n_insns)
			serve_bad(s, "behind the last instruction", "kfuncs");
	a.log_reasons = log && strcmp(log, "reasons") == 0;
	a.log = text;
	a.log_size = log ? ENGINE_LOG_SIZE : 0;
	if (!s->bad) {
		int fd = s->e->ops->prog_load(s->e, &a);

		serve_result(s, fd);
		if (text && *text && fd != ENGINE_UNSUPPORTED && fd != ENGINE_FAULT)
			serve_put_bytes(s, "log", text, strlen(text));
	}
	free(list);
	free(license);
	free(func);
}

void do_prog_run(struct protocol_server *s)
{
	struct engine_run r = {
		.fd = serve_fd(s, "prog"),
		.data_size_out = serve_number32(s, "data_out"),
		.ctx_size_out = serve_number32(s, "ctx_out"),
		.repeat = serve_number32(s, "repeat"),
		.flags = serve_number32(s, "flags"),
		.cpu = serve_number32(s, "cpu"),
	};
	uint32_t room = r.data_size_out;
	size_t data, ctx;

	if (room > SERVE_MAX_LINE || r.ctx_size_out > SERVE_MAX_INFO) {
		serve_bad(s, "too large", "data_out, ctx_out");
		return;
	}
	r.data_in = serve_bytes(s, "data", &data);
	r.ctx_in = serve_bytes(s, "ctx", &ctx);
	r.data_size_in = (uint32_t)data;
	r.ctx_size_in = (uint32_t)ctx;
	if (room)
		r.data_out = serve_memory(s, room);
	if (r.ctx_size_out)
		r.ctx_out = serve_memory(s, r.ctx_size_out);
	if (r.ctx_out && r.ctx_in)
		memcpy(r.ctx_out, r.ctx_in, ctx < r.ctx_size_out ? ctx : r.ctx_size_out);
	ctx = r.ctx_size_out;
	if (s->bad || !serve_result(s, s->e->ops->prog_run(s->e, &r)))
		return;
	serve_put_number(s, "retval", r.retval);
	if (room)
		serve_put_bytes(s, "data", r.data_out,
				r.data_size_out < room ? r.data_size_out : room);
	if (r.ctx_out)
		serve_put_bytes(s, "ctx", r.ctx_out, ctx);
}
