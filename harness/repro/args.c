// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Descriptors, keys and values as C. */
#include "internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The step that made what a handle stands for, through copies; NULL: unknown. */
const struct step *maker_of(const struct repro *r, const char *handle)
{
	for (const struct step *s = r->s; handle && s-- > r->c->steps;) {
		if (s->op == STEP_PIN && strcmp(s->path, handle) == 0)
			handle = s->fd.handle;
		if (!s->makes || strcmp(s->makes, handle) != 0)
			continue;
		if (s->op == STEP_MAP || s->op == STEP_PROG)
			return s;
		handle = s->op == STEP_GET ? s->path : s->fd.handle;
	}
	return NULL;
}

const struct step *object_of_step(const struct repro *r, const struct fd_arg *fd)
{
	return fd->kind == FD_HANDLE ? maker_of(r, fd->handle) : NULL;
}

uint32_t map_number(const struct step *map, enum opt opt, uint32_t usual)
{
	return map && map->op == STEP_MAP && map->opt_set & (1ULL << opt)
		       ? (uint32_t)map->opt_num[opt]
		       : usual;
}

void put_fd(struct repro *r, const struct fd_arg *fd)
{
	switch (fd->kind) {
	case FD_HANDLE:
		fprintf(r->out, "%s_fd", fd->handle);
		break;
	case FD_CLOSED:
		need(r, "odd");
		fputs("closed_fd()", r->out);
		break;
	case FD_FILE:
		need(r, "file");
		fputs("file_fd()", r->out);
		break;
	case FD_NUMBER:
		fprintf(r->out, "%d", fd->number);
		break;
	}
}

/* An option that is a descriptor: a number, a handle, or fd:... */
void put_opt_fd(struct repro *r, enum opt opt)
{
	const char *text = r->s->opt_text[opt];
	struct fd_arg fd = { .kind = FD_HANDLE, .handle = (char *)text };

	if (!text) {
		fprintf(r->out, "%" PRIu64, r->s->opt_num[opt]);
		return;
	}
	if (strcmp(text, "fd:closed") == 0)
		fd.kind = FD_CLOSED;
	else if (strcmp(text, "fd:file") == 0)
		fd.kind = FD_FILE;
	else if (strncmp(text, "fd:", 3) == 0)
		fd = (struct fd_arg){ .kind = FD_NUMBER, .number = atoi(text + 3) };
	put_fd(r, &fd);
}

static void put_number_bytes(struct repro *r, uint64_t n, uint32_t size)
{
	if (size == 1 || size == 2 || size == 4 || size == 8) {
		fprintf(r->out, "&(uint%u_t){ ", size * 8);
		if (size < 8)
			fprintf(r->out, "%u", (uint32_t)(n & ((1ULL << 8 * size) - 1)));
		else
			fprintf(r->out, "%" PRIu64 "ULL", n);
		fputs(" }", r->out);
		return;
	}
	/* As many bytes as there are, of which the number takes the first eight. */
	fprintf(r->out, "(uint64_t[%u]){ %" PRIu64 "ULL }", size / 8 + 1, n);
}

void put_bytes(struct repro *r, const struct bytes_arg *b, uint32_t size)
{
	switch (b->kind) {
	case BYTES_NULL:
		fputs("NULL", r->out);
		break;
	case BYTES_BAD:
		fputs("(void *)8", r->out);
		break;
	case BYTES_NUMBER:
		put_number_bytes(r, b->number, size);
		break;
	case BYTES_FD:
		fputs("&(uint32_t[2]){ ", r->out);
		put_fd(r, &b->fd);
		fputs(" }", r->out);
		break;
	case BYTES_HEX:
		fprintf(r->out, "(unsigned char[%zu]){ ",
			b->hex_len > size ? b->hex_len : (size_t)size);
		for (size_t i = 0; i < b->hex_len; i++)
			fprintf(r->out, "%s0x%02x", i ? ", " : "", b->hex[i]);
		fputs(" }", r->out);
		break;
	}
}

void put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++)
		fprintf(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	fputc('"', out);
}

bool is_per_cpu(const struct step *map)
{
	return map && map->op == STEP_MAP &&
	       (map->type == BPF_MAP_TYPE_PERCPU_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_HASH);
}
