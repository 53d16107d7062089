// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LAST_ERRNO 4095

const char *const protocol_caps[N_PROTOCOL_CAPS] = {
	[CAP_MAP_CREATE] = "map_create",
	[CAP_MAP_LOOKUP] = "map_lookup",
	[CAP_MAP_UPDATE] = "map_update",
	[CAP_MAP_DELETE] = "map_delete",
	[CAP_MAP_NEXT_KEY] = "map_next_key",
	[CAP_MAP_LOOKUP_AND_DELETE] = "map_lookup_and_delete",
	[CAP_MAP_BATCH] = "map_batch",
	[CAP_MAP_FREEZE] = "map_freeze",
	[CAP_MAP_MMAP] = "map_mmap",
	[CAP_PROG_LOAD] = "prog_load",
	[CAP_PROG_RUN] = "prog_run",
	[CAP_PROG_BIND_MAP] = "prog_bind_map",
	[CAP_PROG_ATTACH] = "prog_attach",
	[CAP_OBJ_PIN] = "obj_pin",
	[CAP_OBJ_GET] = "obj_get",
	[CAP_OBJ_UNPIN] = "obj_unpin",
	[CAP_MAP_FD_BY_ID] = "map_fd_by_id",
	[CAP_PROG_FD_BY_ID] = "prog_fd_by_id",
	[CAP_MAP_NEXT_ID] = "map_next_id",
	[CAP_PROG_NEXT_ID] = "prog_next_id",
	[CAP_MAP_INFO] = "map_info",
	[CAP_PROG_INFO] = "prog_info",
	[CAP_MAP_INFO_RAW] = "map_info_raw",
	[CAP_DUP] = "dup",
	[CAP_CLOSE] = "close",
	[CAP_ODD_FD] = "odd_fd",
	[CAP_BTF_LOAD] = "btf_load",
	[CAP_CHECKS] = "checks",
	[CAP_LOG] = "log",
	[CAP_FREES_LATER] = "frees_later",
};

int protocol_cap_find(const char *word, size_t len)
{
	for (int i = 0; i < N_PROTOCOL_CAPS; i++)
		if (strlen(protocol_caps[i]) == len && memcmp(protocol_caps[i], word, len) == 0)
			return i;
	return -1;
}

#define NUMBER(type, field, word)                                                      \
	{                                                                              \
		word, offsetof(struct type, field), sizeof(((struct type *)0)->field), \
	}

const struct protocol_number map_create_numbers[] = {
	NUMBER(engine_map_create, type, "type"),
	NUMBER(engine_map_create, key_size, "key_size"),
	NUMBER(engine_map_create, value_size, "value_size"),
	NUMBER(engine_map_create, max_entries, "max_entries"),
	NUMBER(engine_map_create, flags, "flags"),
	NUMBER(engine_map_create, inner_map_fd, "inner_map_fd"),
	NUMBER(engine_map_create, numa_node, "numa_node"),
	NUMBER(engine_map_create, ifindex, "ifindex"),
	NUMBER(engine_map_create, btf_fd, "btf_fd"),
	NUMBER(engine_map_create, btf_key_type_id, "btf_key_type_id"),
	NUMBER(engine_map_create, btf_value_type_id, "btf_value_type_id"),
	NUMBER(engine_map_create, btf_vmlinux_value_type_id, "btf_vmlinux_value_type_id"),
	NUMBER(engine_map_create, map_extra, "map_extra"),
	NUMBER(engine_map_create, value_type_btf_obj_fd, "value_type_btf_obj_fd"),
	NUMBER(engine_map_create, map_token_fd, "map_token_fd"),
	NUMBER(engine_map_create, excl_prog_hash_size, "excl_prog_hash_size"),
	NUMBER(engine_map_create, has_attr_size, "has_attr_size"),
	NUMBER(engine_map_create, attr_size, "attr_size"),
	NUMBER(engine_map_create, spin_lock, "spin_lock"),
	NUMBER(engine_map_create, timer, "timer"),
	NUMBER(engine_map_create, stray_byte, "stray"),
	{ NULL, 0, 0 },
};

const struct protocol_number prog_load_numbers[] = {
	NUMBER(engine_prog_load, type, "type"),
	NUMBER(engine_prog_load, expected_attach_type, "attach"),
	NUMBER(engine_prog_load, flags, "flags"),
	NUMBER(engine_prog_load, no_btf, "no_btf"),
	NUMBER(engine_prog_load, other_jit, "other_jit"),
	NUMBER(engine_prog_load, global_funcs, "global_funcs"),
	NUMBER(engine_prog_load, void_funcs, "void_funcs"),
	NUMBER(engine_prog_load, exception_callback, "exception_callback"),
	NUMBER(engine_prog_load, target_fd, "target"),
	{ NULL, 0, 0 },
};

uint64_t protocol_get(const void *attr, const struct protocol_number *n)
{
	const uint8_t *p = (const uint8_t *)attr + n->offset;
	uint64_t wide;
	uint32_t word;

	switch (n->size) {
	case 8:
		memcpy(&wide, p, 8);
		return wide;
	case 4:
		memcpy(&word, p, 4);
		return word;
	default:
		return *p;
	}
}

bool protocol_set(void *attr, const struct protocol_number *n, uint64_t value)
{
	uint8_t *p = (uint8_t *)attr + n->offset;
	uint32_t word = (uint32_t)value;

	if (n->size == 8)
		memcpy(p, &value, 8);
	else if (n->size == 4 && value <= UINT32_MAX)
		memcpy(p, &word, 4);
	else if (n->size == 1 && value <= 1)
		*p = (uint8_t)value;
	else
		return false;
	return true;
}

/* Words are of printable characters, and one blank is between them. */
static int check_line(const char *line, char *why, size_t why_size)
{
	for (const char *s = line; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c > '~') {
			snprintf(why, why_size, "byte %#04x at column %td is no printable ASCII%s",
				 c, s - line + 1,
				 c == '\r' ? " (is standard output in text mode?)" : "");
			return -1;
		}
	}
	return 0;
}

/* The next word of *s, ended with NUL; NULL where there is none. */
static char *next_word(char **s)
{
	char *word = *s;
	size_t len = strcspn(word, " ");

	if (!len)
		return NULL;
	*s = word + len;
	if (**s)
		*(*s)++ = '\0';
	return word;
}

static int take_field(struct message *m, char *word, char *why, size_t why_size)
{
	char *equals = strchr(word, '=');

	if (!equals || equals == word) {
		snprintf(why, why_size, "\"%.40s\" is not KEY=VALUE", word);
		return -1;
	}
	if (m->n_fields == PROTOCOL_MAX_FIELDS) {
		snprintf(why, why_size, "more than %d fields", PROTOCOL_MAX_FIELDS);
		return -1;
	}
	*equals = '\0';
	if (message_value(m, word)) {
		snprintf(why, why_size, "%.40s= is given twice", word);
		return -1;
	}
	m->fields[m->n_fields].key = word;
	m->fields[m->n_fields++].value = equals + 1;
	return 0;
}

int message_parse(struct message *m, char *line, char *why, size_t why_size)
{
	char *word;

	m->n_fields = 0;
	m->text = NULL;
	if (check_line(line, why, why_size))
		return -1;
	m->id = next_word(&line);
	m->word = m->id ? next_word(&line) : NULL;
	if (!m->word) {
		snprintf(why, why_size, "not two words, which are an id and a result");
		return -1;
	}
	if (strcmp(m->word, "unsupported") == 0 || strcmp(m->word, "fault") == 0) {
		m->text = line;
		return 0;
	}
	while ((word = next_word(&line)))
		if (take_field(m, word, why, why_size))
			return -1;
	if (*line) {
		snprintf(why, why_size, "two blanks in a row");
		return -1;
	}
	return 0;
}

const char *message_value(const struct message *m, const char *key)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (strcmp(m->fields[i].key, key) == 0)
			return m->fields[i].value;
	return NULL;
}

bool number_parse(const char *text, uint64_t max, uint64_t *n)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*n = sum;
	return sum <= max;
}

bool words_have(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *s = words; *s; s += strcspn(s, " "), s += *s == ' ')
		if (strcspn(s, " ") == len && memcmp(s, word, len) == 0)
			return true;
	return false;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long hex_parse(const char *digits, void *to, size_t room)
{
	uint8_t *bytes = to;
	size_t n = 0;

	for (; digits[2 * n]; n++) {
		int high = nibble(digits[2 * n]);
		int low = high < 0 ? -1 : nibble(digits[2 * n + 1]);

		if (low < 0 || n == room)
			return -1;
		bytes[n] = (uint8_t)(high << 4 | low);
	}
	return (long)n;
}

const char *status_name(int err)
{
	if (err == ENGINE_ENOTSUPP)
		return "ENOTSUPP";
	if (err == EOPNOTSUPP) /* glibc says ENOTSUP */
		return "EOPNOTSUPP";
	return err > 0 && err <= LAST_ERRNO ? strerrorname_np(err) : NULL;
}

bool status_parse(const char *word, int *status)
{
	uint64_t n;

	if (*word == '-' && number_parse(word + 1, LAST_ERRNO, &n) && n) {
		*status = -(int)n;
		return true;
	}
	if (number_parse(word, INT32_MAX, &n)) {
		*status = (int)n;
		return true;
	}
	for (int err = 1; *word == 'E' && err <= ENGINE_ENOTSUPP; err++) {
		const char *name = status_name(err);

		if (name && strcmp(name, word) == 0) {
			*status = -err;
			return true;
		}
	}
	return false;
}
