// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One request and its answer. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../harness/base/clock.h"
#include "internal.h"

int process_trouble(struct process_engine *p, enum process_trouble trouble, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (p->trouble == PROCESS_FINE) {
		p->trouble = trouble;
		snprintf(p->trouble_why, sizeof(p->trouble_why), "adapter, asked %s: %s", p->asked,
			 what);
		/* Whatever it does, it does not do it any longer. */
		child_free(p->child);
		p->child = NULL;
	}
	snprintf(p->engine.why, sizeof(p->engine.why), "%s", p->trouble_why);
	return ENGINE_FAULT;
}

int process_wordless(struct engine *e, const char *what)
{
	snprintf(e->why, sizeof(e->why), "the protocol has no word for %s", what);
	return ENGINE_UNSUPPORTED;
}

void request_begin(struct process_engine *p, const char *command)
{
	p->asked = command;
	text_cut(&p->request, 0);
	text_number(&p->request, ++p->last_id);
	text_char(&p->request, ' ');
	text_add(&p->request, command);
}

static void add_key(struct process_engine *p, const char *key)
{
	text_char(&p->request, ' ');
	text_add(&p->request, key);
	text_char(&p->request, '=');
}

void request_number(struct process_engine *p, const char *key, uint64_t n)
{
	add_key(p, key);
	text_number(&p->request, n);
}

void request_option(struct process_engine *p, const char *key, uint64_t n)
{
	if (n)
		request_number(p, key, n);
}

void request_bytes(struct process_engine *p, const char *key, const void *bytes, size_t n)
{
	add_key(p, key);
	if (!bytes)
		text_add(&p->request, "null");
	else if (bytes == ENGINE_BAD_PTR)
		text_add(&p->request, "bad");
	else
		text_hex(&p->request, bytes, n);
}

void request_fd_field(struct process_engine *p, const char *key, int fd)
{
	text_printf(&p->request, " %s=%d", key, fd);
}

static enum process_trouble trouble_of(enum child_end end)
{
	switch (end) {
	case CHILD_DIED:
		return PROCESS_CRASHED;
	case CHILD_SILENT:
		return PROCESS_TIMED_OUT;
	case CHILD_INTERRUPTED:
		return PROCESS_INTERRUPTED;
	default:
		return PROCESS_PROTOCOL;
	}
}

/* Is it the answer to what was asked? */
static int check_reply(struct process_engine *p, char *line)
{
	char why[120], id[24];

	snprintf(id, sizeof(id), "%" PRIu64, p->last_id);
	if (message_parse(&p->reply, line, why, sizeof(why)))
		return process_trouble(p, PROCESS_PROTOCOL, "not a reply: %s", why);
	if (strcmp(p->reply.id, id) != 0)
		return process_trouble(p, PROCESS_PROTOCOL,
				       "the answer to request %.24s, where %s was asked",
				       p->reply.id, id);
	return 0;
}

static int check_fields(struct process_engine *p, const char *keys)
{
	for (size_t i = 0; i < p->reply.n_fields; i++)
		if (!words_have(keys, p->reply.fields[i].key))
			return process_trouble(p, PROCESS_PROTOCOL, "no answer has %.40s= here",
					       p->reply.fields[i].key);
	return 0;
}

int request_send(struct process_engine *p, const char *keys)
{
	double until = clock_seconds() + p->config.request_seconds;
	char why[160], *line;
	enum child_end end;
	int status;

	if (p->trouble)
		return process_trouble(p, p->trouble, "%s", "");
	if (p->case_end > 0 && clock_seconds() > p->case_end)
		return process_trouble(p, PROCESS_TIMED_OUT, "the case takes longer than %.0f s",
				       p->config.case_seconds);
	text_char(&p->request, '\n');
	if (p->request.len > p->hello.max_line) {
		snprintf(p->engine.why, sizeof(p->engine.why),
			 "a request longer than the %zu bytes that the adapter takes",
			 p->hello.max_line);
		return ENGINE_UNSUPPORTED;
	}
	if (p->case_end > 0 && p->case_end < until)
		until = p->case_end;
	end = child_ask(p->child, p->request.s, p->request.len, until, &line, why, sizeof(why));
	if (end != CHILD_ANSWERED)
		return process_trouble(p, trouble_of(end), "%s", why);
	if (check_reply(p, line))
		return ENGINE_FAULT;
	if (p->reply.text) {
		if (!*p->reply.text)
			return process_trouble(p, PROCESS_PROTOCOL, "\"%s\" without a reason",
					       p->reply.word);
		snprintf(p->engine.why, sizeof(p->engine.why), "%s", p->reply.text);
		return *p->reply.word == 'u' ? ENGINE_UNSUPPORTED : ENGINE_FAULT;
	}
	if (!status_parse(p->reply.word, &status))
		return process_trouble(p, PROCESS_PROTOCOL,
				       "\"%.40s\" is no number and no name of an errno",
				       p->reply.word);
	return check_fields(p, keys) ? ENGINE_FAULT : status;
}

int request_status(struct process_engine *p, const char *keys)
{
	int status = request_send(p, keys);

	if (status > 0)
		return process_trouble(p, PROCESS_PROTOCOL, "%d, where 0 is success", status);
	return status;
}

int request_fd(struct process_engine *p, const char *keys)
{
	int fd = request_send(p, keys);

	if (fd >= PROTOCOL_MAX_FD)
		return process_trouble(p, PROCESS_PROTOCOL, "descriptor %d, above %d", fd,
				       PROTOCOL_MAX_FD - 1);
	if (fd >= 0 && process_fd_open(p, fd))
		return process_trouble(p, PROCESS_PROTOCOL,
				       "descriptor %d, which is another object's", fd);
	if (fd >= 0)
		process_fd_set(p, fd, true);
	return fd;
}

static const char *reply_value(struct process_engine *p, const char *key)
{
	const char *value = message_value(&p->reply, key);

	if (!value)
		process_trouble(p, PROCESS_PROTOCOL, "%s= is missing in its answer", key);
	return value;
}

bool reply_number(struct process_engine *p, const char *key, uint64_t max, uint64_t *n)
{
	const char *value = reply_value(p, key);

	if (!value)
		return false;
	if (!number_parse(value, max, n)) {
		process_trouble(p, PROCESS_PROTOCOL, "%s=%.40s is no number of 0 ... %" PRIu64, key,
				value, max);
		return false;
	}
	return true;
}

bool reply_u32(struct process_engine *p, const char *key, uint32_t *n)
{
	uint64_t wide;

	if (!reply_number(p, key, UINT32_MAX, &wide))
		return false;
	*n = (uint32_t)wide;
	return true;
}

bool reply_maybe_u32(struct process_engine *p, const char *key, uint32_t *n)
{
	return !message_value(&p->reply, key) || reply_u32(p, key, n);
}

bool reply_some(struct process_engine *p, const char *key, void *to, size_t room, size_t *n)
{
	const char *value = reply_value(p, key);
	long got = value ? hex_parse(value, to, room) : 0;

	if (!value)
		return false;
	if (got < 0) {
		process_trouble(p, PROCESS_PROTOCOL,
				"%s=%.40s is not 0 ... %zu bytes in hexadecimal", key, value, room);
		return false;
	}
	*n = (size_t)got;
	return true;
}

bool reply_maybe_name(struct process_engine *p, char name[16])
{
	size_t n;

	return !message_value(&p->reply, "name") || reply_some(p, "name", name, 16, &n);
}

bool reply_bytes(struct process_engine *p, const char *key, void *to, size_t size)
{
	const char *value = reply_value(p, key);

	if (!value)
		return false;
	/* Nothing is written where there are too few or too many. */
	if (strlen(value) != 2 * size || hex_parse(value, to, size) != (long)size) {
		process_trouble(p, PROCESS_PROTOCOL, "%s= is not %zu bytes in hexadecimal", key,
				size);
		return false;
	}
	return true;
}
