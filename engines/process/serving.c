// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What every command of the server needs: fields in, fields out, sizes of maps. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "serving.h"

void serve_bad(struct protocol_server *s, const char *what, const char *key)
{
	if (!s->bad)
		snprintf(s->why, sizeof(s->why), "%s: %.60s", what, key);
	s->bad = true;
}

uint64_t serve_number(struct protocol_server *s, const char *key)
{
	const char *value = message_value(&s->m, key);
	uint64_t n = 0;

	if (value && !number_parse(value, UINT64_MAX, &n))
		serve_bad(s, "not a number", key);
	return n;
}

uint32_t serve_number32(struct protocol_server *s, const char *key)
{
	uint64_t n = serve_number(s, key);

	if (n > UINT32_MAX)
		serve_bad(s, "more than 32 bits", key);
	return (uint32_t)n;
}

int serve_fd(struct protocol_server *s, const char *key)
{
	const char *value = message_value(&s->m, key);

	if (!value)
		serve_bad(s, "missing", key);
	return value ? (int)strtol(value, NULL, 10) : -1;
}

void *serve_memory(struct protocol_server *s, size_t size)
{
	uint8_t *p = xcalloc(1, size + 64);

	s->memory[s->n_memory++] = p;
	return p;
}

/* NULL for `null` and where it is not given. */
void *serve_bytes(struct protocol_server *s, const char *key, size_t *n)
{
	const char *value = message_value(&s->m, key);
	size_t room = value ? strlen(value) / 2 : 0;
	void *p;
	long got;

	*n = 0;
	if (!value || strcmp(value, "null") == 0)
		return NULL;
	if (strcmp(value, "bad") == 0)
		return ENGINE_BAD_PTR;
	p = serve_memory(s, room);
	got = hex_parse(value, p, room);
	if (got < 0)
		serve_bad(s, "not hexadecimal", key);
	else
		*n = (size_t)got;
	return p;
}

void serve_put_number(struct protocol_server *s, const char *key, uint64_t n)
{
	text_printf(&s->reply, " %s=%" PRIu64, key, n);
}

void serve_put_bytes(struct protocol_server *s, const char *key, const void *p, size_t n)
{
	text_printf(&s->reply, " %s=", key);
	text_hex(&s->reply, p, n);
}

/* The result; then true where it was success, and fields may follow. */
bool serve_result(struct protocol_server *s, int status)
{
	const char *why = s->e->why;

	if (status == ENGINE_UNSUPPORTED)
		text_printf(&s->reply, "unsupported %s", *why ? why : "no such operation");
	else if (status == ENGINE_FAULT)
		text_printf(&s->reply, "fault %s", *why ? why : "unknown");
	else if (status < 0 && status_name(-status))
		text_add(&s->reply, status_name(-status));
	else
		text_printf(&s->reply, "%d", status);
	return status >= 0;
}

struct size *serve_size_of(struct protocol_server *s, int fd)
{
	for (size_t i = 0; i < s->n_sizes; i++)
		if (s->sizes[i].fd == fd)
			return &s->sizes[i];
	return NULL;
}

/* A new descriptor, of a map if @key is not 0. */
void serve_new_fd(struct protocol_server *s, int fd, uint32_t key, uint32_t value)
{
	struct size *size;

	if (!serve_result(s, fd) || !key)
		return;
	size = serve_size_of(s, fd);
	if (!size)
		size = vec_add(s->sizes, s->n_sizes);
	*size = (struct size){ fd, key, value };
}

/* The same for one that was there before: the engine knows what it is. */
void serve_another_fd(struct protocol_server *s, int fd)
{
	struct engine_map_info info;
	const struct engine_ops *ops = s->e->ops;

	if (fd >= 0 && ops->map_info && ops->map_info(s->e, fd, &info) == 0)
		serve_new_fd(s, fd, info.key_size, info.value_size);
	else
		serve_new_fd(s, fd, 0, 0);
}

/* Text as bytes: NULL where it is not given. */
char *serve_string(struct protocol_server *s, const char *key)
{
	const char *value = message_value(&s->m, key);
	size_t size = value ? strlen(value) / 2 + 1 : 0;
	char *text = value ? xcalloc(size, 1) : NULL;

	if (value && hex_parse(value, text, size - 1) < 0)
		serve_bad(s, "not hexadecimal", key);
	return text;
}
