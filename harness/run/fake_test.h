/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake engine for the executor's unit tests: it writes down what it was asked, succeeds, and
 * answers what it was told to. Descriptors count from 10, ids from 1000.
 */
#ifndef TAILCHECK_FAKE_TEST_H
#define TAILCHECK_FAKE_TEST_H

#include "../case/case_test.h"
#include "execute.h"

struct fake {
	struct engine e;
	FILE *log; /* one line a call */
	char *text;
	size_t len;
	/* What the operation of this name answers, from its call number @from on (0: at once). */
	const char *op;
	int answer, from, calls;
	const char *why;
	/* What lookups and next give: bytes; a prog_array's id is given where there are none. */
	const uint8_t *value;
	size_t value_len;
	uint32_t slot_id;
	int next_fd;
	uint32_t ids[64]; /* by descriptor */
	uint32_t next_id;
	const char *verifier;
	void (*on_run)(struct engine_run *run);
	int resets;
};

static inline int fake_call(struct engine *e, const char *op, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline int fake_call(struct engine *e, const char *op, const char *fmt, ...)
{
	struct fake *f = (struct fake *)e;
	va_list ap;

	fprintf(f->log, "%s", op);
	va_start(ap, fmt);
	vfprintf(f->log, fmt, ap);
	va_end(ap);
	fputc('\n', f->log);
	if (!f->op || strcmp(f->op, op) != 0 || f->calls++ < f->from)
		return 0;
	if (f->why)
		snprintf(e->why, sizeof(e->why), "%s", f->why);
	return f->answer;
}

static inline int fake_fd(struct engine *e, int ret, uint32_t id)
{
	struct fake *f = (struct fake *)e;

	if (ret)
		return ret;
	assert_true(f->next_fd < 64);
	f->ids[f->next_fd] = id ? id : f->next_id++;
	return f->next_fd++;
}

/* Memory as hexadecimal digits, in one of a few buffers. */
static inline const char *fake_hex(const void *p, size_t n)
{
	static char text[4][256];
	static int turn;
	char *out = text[turn++ % 4];

	if (!p || p == ENGINE_BAD_PTR)
		return p ? "bad" : "null";
	*out = '\0';
	for (size_t i = 0; i < n && i < 64; i++)
		sprintf(out + 2 * i, "%02x", ((const uint8_t *)p)[i]);
	return out;
}

static inline int fake_reset(struct engine *e)
{
	((struct fake *)e)->resets++;
	return fake_call(e, "reset", "%s", "");
}

static inline int fake_map_create(struct engine *e, const struct engine_map_create *a)
{
	int ret = fake_call(
		e, "map_create",
		" type=%u key=%u value=%u entries=%u flags=%x inner=%d numa=%u name=%.16s "
		"extra=%llu ifindex=%u btf=%u/%u/%u/%u/%d token=%d stray=%u",
		a->type, a->key_size, a->value_size, a->max_entries, a->flags, (int)a->inner_map_fd,
		a->numa_node, a->name, (unsigned long long)a->map_extra, a->ifindex, a->btf_fd,
		a->btf_key_type_id, a->btf_value_type_id, a->btf_vmlinux_value_type_id,
		a->value_type_btf_obj_fd, a->map_token_fd, a->stray_byte);

	if (a->has_attr_size || a->excl_prog_hash || a->excl_prog_hash_size)
		fprintf(((struct fake *)e)->log, "...size=%d/%u excl=%s/%u\n", a->has_attr_size,
			a->attr_size, fake_hex(a->excl_prog_hash, a->excl_prog_hash_size),
			a->excl_prog_hash_size);
	return fake_fd(e, ret, 0);
}

/* Where a command was told to write, and the byte too many, where a case says so. */
static inline void fake_odd_elem(struct engine *e, const struct engine_elem *el)
{
	if (el->stray_byte || !el->value || el->value == ENGINE_BAD_PTR)
		fprintf(((struct fake *)e)->log, "...out=%s stray=%u\n", fake_hex(el->value, 0),
			el->stray_byte);
}

static inline void fake_answer(struct fake *f, void *value)
{
	if (!value || value == ENGINE_BAD_PTR)
		return;
	if (f->value)
		memcpy(value, f->value, f->value_len);
	else if (f->slot_id)
		memcpy(value, &f->slot_id, 4);
}

static inline int fake_map_lookup(struct engine *e, struct engine_elem *el)
{
	int ret = fake_call(e, "map_lookup", " fd=%d key=%s flags=%llx", el->fd,
			    fake_hex(el->key, 4), (unsigned long long)el->flags);

	fake_odd_elem(e, el);
	if (ret == 0)
		fake_answer((struct fake *)e, el->value);
	return ret;
}

static inline int fake_map_update(struct engine *e, struct engine_elem *el)
{
	return fake_call(e, "map_update", " fd=%d key=%s value=%s flags=%llx", el->fd,
			 fake_hex(el->key, 9), fake_hex(el->value, 9),
			 (unsigned long long)el->flags);
}

static inline int fake_map_delete(struct engine *e, struct engine_elem *el)
{
	return fake_call(e, "map_delete", " fd=%d key=%s flags=%llx", el->fd, fake_hex(el->key, 4),
			 (unsigned long long)el->flags);
}

static inline int fake_map_next_key(struct engine *e, struct engine_elem *el)
{
	int ret = fake_call(e, "map_next_key", " fd=%d key=%s", el->fd, fake_hex(el->key, 4));

	fake_odd_elem(e, el);
	if (ret == 0)
		fake_answer((struct fake *)e, el->value);
	return ret;
}

static inline int fake_lookup_and_delete(struct engine *e, struct engine_elem *el)
{
	int ret = fake_call(e, "map_lookup_and_delete", " fd=%d key=%s flags=%llx", el->fd,
			    fake_hex(el->key, 4), (unsigned long long)el->flags);

	if (ret == 0)
		fake_answer((struct fake *)e, el->value);
	return ret;
}

static inline int fake_map_batch(struct engine *e, struct engine_batch *b)
{
	int ret = fake_call(
		e, "map_batch", " op=%d fd=%d keys=%s count=%u elem=%llx flags=%llx first=%d",
		b->op, b->fd, fake_hex(b->keys, 4 * (size_t)b->count), b->count,
		(unsigned long long)b->elem_flags, (unsigned long long)b->flags, b->first);

	b->count = b->count / 2;
	return ret;
}

static inline int fake_map_freeze(struct engine *e, int fd)
{
	return fake_call(e, "map_freeze", " fd=%d", fd);
}

static inline int fake_map_mmap(struct engine *e, int fd)
{
	return fake_call(e, "map_mmap", " fd=%d", fd);
}

static inline int fake_prog_load(struct engine *e, const struct engine_prog_load *a)
{
	struct fake *f = (struct fake *)e;
	int ret = fake_call(e, "prog_load",
			    " type=%u attach=%u flags=%x n=%u imm=%d funcs=%u %s btf=%d name=%.16s "
			    "license=%s log=%d%s%s%s%s%s%s%s%s",
			    a->type, a->expected_attach_type, a->flags, a->n_insns, a->insns[0].imm,
			    a->n_funcs, a->n_funcs ? a->funcs[a->n_funcs - 1].name : "-",
			    a->no_btf ? 0 : 1 + a->global_funcs, a->name,
			    a->license ? a->license : "-", a->log_size,
			    a->log_reasons ? " reasons" : "", a->no_jit_memory ? " no-memory" : "",
			    a->on_device ? " on-device" : "",
			    a->other_jit    ? " other"
			    : a->void_funcs ? " void"
					    : "",
			    a->attach_func ? " for=" : "", a->attach_func ? a->attach_func : "",
			    a->n_kfuncs ? " last kfunc " : "",
			    a->n_kfuncs ? a->kfuncs[a->n_kfuncs - 1].name : "");

	if (a->exception_callback)
		fprintf(f->log, "exception_callback=%u\n", a->exception_callback);

	if (f->verifier && a->log)
		snprintf(a->log, a->log_size, "%s", f->verifier);
	return fake_fd(e, ret, 0);
}

static inline int fake_prog_run(struct engine *e, struct engine_run *r)
{
	int ret = fake_call(e, "prog_run", " fd=%d in=%u:%s out=%u ctx=%u/%u repeat=%u flags=%x",
			    r->fd, r->data_size_in,
			    fake_hex(r->data_in, r->data_size_in < 8 ? r->data_size_in : 8),
			    r->data_size_out, r->ctx_size_in, r->ctx_size_out, r->repeat, r->flags);

	if (ret == 0) {
		/* As a kernel does whose program changes nothing. */
		if (r->data_size_in && r->data_size_out)
			memcpy(r->data_out, r->data_in, r->data_size_in);
		r->data_size_out = r->data_size_out ? r->data_size_in : 0;
		if (((struct fake *)e)->on_run)
			((struct fake *)e)->on_run(r);
	}
	return ret;
}

static inline int fake_bind(struct engine *e, int prog, int map, uint32_t flags)
{
	return fake_call(e, "prog_bind_map", " prog=%d map=%d flags=%x", prog, map, flags);
}

static inline int fake_pin(struct engine *e, int fd, const char *path, uint32_t flags)
{
	return fake_call(e, "obj_pin", " fd=%d %s flags=%x", fd, path, flags);
}

static inline int fake_get(struct engine *e, const char *path, uint32_t flags)
{
	/* The object of the first descriptor, as if that one had been pinned. */
	return fake_fd(e, fake_call(e, "obj_get", " %s flags=%x", path, flags), 1000);
}

static inline int fake_unpin(struct engine *e, const char *path)
{
	return fake_call(e, "obj_unpin", " %s", path);
}

static inline int fake_map_by_id(struct engine *e, uint32_t id, uint32_t flags)
{
	return fake_fd(e, fake_call(e, "map_fd_by_id", " id=%u flags=%x", id, flags), id);
}

static inline int fake_prog_by_id(struct engine *e, uint32_t id, uint32_t flags)
{
	return fake_fd(e, fake_call(e, "prog_fd_by_id", " id=%u flags=%x", id, flags), id);
}

static inline int fake_map_info(struct engine *e, int fd, struct engine_map_info *m)
{
	int ret = fake_call(e, "map_info", " fd=%d", fd);

	*m =
		(struct engine_map_info){ 1, 0, 3, 4,  5,	  6, "sixteen_letters",
					  7, 8, 9, 10, 1ULL << 40 };
	memcpy(m->name, "sixteen_letters_", 16);
	m->id = fd >= 0 ? ((struct fake *)e)->ids[fd] : 0;
	return ret;
}

/* Writes the number of each byte into the first 40, but not beyond what it was given. */
static inline int fake_map_info_raw(struct engine *e, int fd, void *info, uint32_t len)
{
	int ret = fake_call(e, "map_info_raw", " fd=%d len=%u %s", fd, len, fake_hex(info, 4));

	for (uint32_t i = 0; i < 40 && i < len; i++)
		((uint8_t *)info)[i] = (uint8_t)(i < 24 ? i : i == 25 ? 0xe4 : i < 30 ? 'a' : 0);
	return ret;
}

static inline int fake_prog_info(struct engine *e, int fd, struct engine_prog_info *p)
{
	int ret = fake_call(e, "prog_info", " fd=%d", fd);

	*p = (struct engine_prog_info){ 6, 0, 100, 80, 2, "leaf" };
	p->id = fd >= 0 ? ((struct fake *)e)->ids[fd] : 0;
	return ret;
}

static inline int fake_prog_attach(struct engine *e, int fd)
{
	return fake_fd(e, fake_call(e, "prog_attach", " fd=%d", fd), 0);
}

static inline int fake_dup(struct engine *e, int fd)
{
	return fake_fd(e, fake_call(e, "dup", " fd=%d", fd),
		       fd >= 0 ? ((struct fake *)e)->ids[fd] : 1);
}

static inline int fake_close(struct engine *e, int fd)
{
	return fake_call(e, "close", " fd=%d", fd);
}

static inline int fake_odd_fd(struct engine *e, enum engine_odd_fd kind)
{
	(void)e;
	return kind == ENGINE_FD_CLOSED ? 900 : 901;
}

static inline int fake_btf_load(struct engine *e)
{
	return fake_fd(e, fake_call(e, "btf_load", "%s", ""), 0);
}

static const struct engine_ops fake_ops = {
	.reset = fake_reset,
	.map_create = fake_map_create,
	.map_lookup = fake_map_lookup,
	.map_update = fake_map_update,
	.map_delete = fake_map_delete,
	.map_next_key = fake_map_next_key,
	.map_lookup_and_delete = fake_lookup_and_delete,
	.map_batch = fake_map_batch,
	.map_freeze = fake_map_freeze,
	.map_mmap = fake_map_mmap,
	.prog_load = fake_prog_load,
	.prog_run = fake_prog_run,
	.prog_bind_map = fake_bind,
	.obj_pin = fake_pin,
	.obj_get = fake_get,
	.obj_unpin = fake_unpin,
	.map_fd_by_id = fake_map_by_id,
	.prog_fd_by_id = fake_prog_by_id,
	.map_info = fake_map_info,
	.prog_info = fake_prog_info,
	.map_info_raw = fake_map_info_raw,
	.prog_attach = fake_prog_attach,
	.dup = fake_dup,
	.close = fake_close,
	.odd_fd = fake_odd_fd,
	.btf_load = fake_btf_load,
};

/* Run the steps behind HEAD; the transcript is to be freed, what was asked is in f->text. */
static inline char *fake_execute(struct fake *f, const char *steps, enum outcome *outcome)
{
	char *text = xasprintf(HEAD "%s\n", steps), *transcript = NULL;
	struct case_file cases = must_parse(text);
	size_t len;
	FILE *out = open_memstream(&transcript, &len);

	if (!f->e.ops)
		f->e.ops = &fake_ops;
	free(f->text);
	f->text = NULL;
	f->log = open_memstream(&f->text, &f->len);
	f->next_fd = 10;
	f->next_id = 1000;
	f->calls = 0;
	/* What a case before left there must not matter. */
	strcpy(f->e.why, "stale");
	*outcome = execute_case(&cases.cases[0], &f->e, out);
	fclose(out);
	fclose(f->log);
	case_file_release(&cases);
	free(text);
	return transcript;
}

static inline void fake_assert(struct fake *f, const char *steps, const char *wanted)
{
	enum outcome outcome;
	char *got = fake_execute(f, steps, &outcome);

	assert_string_equal(got, wanted);
	assert_int_equal(outcome, OUTCOME_COMPLETE);
	free(got);
}

/* What was asked, but for questions about ids. */
static inline void fake_assert_asked(const struct fake *f, const char *wanted)
{
	if (!strstr(f->text, wanted))
		fail_msg("asked was\n%s\nand not %s", f->text, wanted);
}

#endif
