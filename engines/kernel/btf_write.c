// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "btf_write.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))

static uint32_t string(struct btf_writer *w, const char *text)
{
	uint32_t at, size = text ? (uint32_t)strlen(text) + 1 : 0;

	if (!w->n_chars)
		w->n_chars = 1; /* the empty string comes first */
	at = w->n_chars;
	if (!size)
		return 0;
	if (size > BTF_ROOM - at) {
		w->full = true;
		return 0;
	}
	memcpy(w->strings + at, text, size);
	w->n_chars += size;
	return at;
}

static void word(struct btf_writer *w, uint32_t value)
{
	if (w->n_words == BTF_ROOM / 4)
		w->full = true;
	else
		w->types[w->n_words++] = value;
}

/* struct btf_type: name, info, size or type. */
static uint32_t type(struct btf_writer *w, const char *name, uint32_t info, uint32_t third)
{
	word(w, string(w, name));
	word(w, info);
	word(w, third);
	return ++w->last_id;
}

uint32_t btf_int(struct btf_writer *w, const char *name, uint32_t size, bool is_signed)
{
	uint32_t id = type(w, name, INFO(BTF_KIND_INT, 0), size);

	word(w, (is_signed ? BTF_INT_SIGNED << 24 : 0) | size * 8);
	return id;
}

uint32_t btf_ptr(struct btf_writer *w, uint32_t to)
{
	return type(w, NULL, INFO(BTF_KIND_PTR, 0), to);
}

uint32_t btf_typedef(struct btf_writer *w, const char *name, uint32_t of)
{
	return type(w, name, INFO(BTF_KIND_TYPEDEF, 0), of);
}

uint32_t btf_const(struct btf_writer *w, uint32_t of)
{
	return type(w, NULL, INFO(BTF_KIND_CONST, 0), of);
}

uint32_t btf_enumeration(struct btf_writer *w, const char *name, const char *value)
{
	uint32_t id = type(w, name, INFO(BTF_KIND_ENUM, 1), 4);

	word(w, string(w, value));
	word(w, 0);
	return id;
}

uint32_t btf_func(struct btf_writer *w, const char *name, uint32_t proto, uint32_t linkage)
{
	return type(w, name, INFO(BTF_KIND_FUNC, linkage), proto);
}

uint32_t btf_tag(struct btf_writer *w, const char *text, uint32_t of)
{
	uint32_t id = type(w, text, INFO(BTF_KIND_DECL_TAG, 0), of);

	word(w, (uint32_t)-1);
	return id;
}

uint32_t btf_proto_of(struct btf_writer *w, uint32_t returns, const struct btf_field *args,
		      uint32_t n)
{
	uint32_t id = type(w, NULL, INFO(BTF_KIND_FUNC_PROTO, n), returns);

	for (uint32_t i = 0; i < n; i++) {
		word(w, string(w, args[i].name));
		word(w, args[i].type);
	}
	return id;
}

uint32_t btf_proto(struct btf_writer *w, uint32_t returns, const char *arg, uint32_t arg_type)
{
	return btf_proto_of(w, returns, &(struct btf_field){ arg, arg_type, 0 }, 1);
}

uint32_t btf_struct(struct btf_writer *w, const char *name, uint32_t size,
		    const struct btf_field *fields, uint32_t n)
{
	uint32_t id = type(w, name, INFO(BTF_KIND_STRUCT, n), size);

	for (uint32_t i = 0; i < n; i++) {
		word(w, string(w, fields[i].name));
		word(w, fields[i].type);
		word(w, fields[i].at);
	}
	return id;
}

void *btf_image(const struct btf_writer *w, uint32_t *size)
{
	struct btf_header h = { .magic = BTF_MAGIC,
				.version = BTF_VERSION,
				.hdr_len = sizeof(h),
				.type_len = w->n_words * 4,
				.str_off = w->n_words * 4,
				.str_len = w->n_chars };
	char *image;

	*size = (uint32_t)sizeof(h) + h.type_len + h.str_len;
	image = w->full ? NULL : malloc(*size);
	if (!image)
		return NULL;
	memcpy(image, &h, sizeof(h));
	memcpy(image + sizeof(h), w->types, h.type_len);
	memcpy(image + sizeof(h) + h.type_len, w->strings, h.str_len);
	return image;
}

/* Bytes behind struct btf_type: some, and some for each of vlen. */
static const struct {
	uint8_t once, each;
} tails[] = {
	[BTF_KIND_INT] = { 4, 0 },	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, 12 },	[BTF_KIND_UNION] = { 0, 12 },
	[BTF_KIND_ENUM] = { 0, 8 },	[BTF_KIND_FUNC_PROTO] = { 0, 8 },
	[BTF_KIND_VAR] = { 4, 0 },	[BTF_KIND_DATASEC] = { 0, 12 },
	[BTF_KIND_DECL_TAG] = { 4, 0 }, [BTF_KIND_TYPE_TAG] = { 0, 0 },
	[BTF_KIND_ENUM64] = { 0, 12 },
};

#define N_KINDS (sizeof(tails) / sizeof(tails[0]))

static bool named(const char *strings, size_t size, uint32_t at, const char *name)
{
	size_t n = strlen(name) + 1;

	return at < size && n <= size - at && !memcmp(strings + at, name, n);
}

/* A type in a BTF that has come out well. */
struct found {
	const char *type; /* as it stands there, maybe not aligned */
	uint32_t n_members;
	const char *strings;
	uint32_t strings_size;
};

/* Its id, or 0 where there is none. */
static uint32_t find(const void *data, size_t size, uint32_t kind, const char *name,
		     struct found *found)
{
	const char *types = data, *strings;
	struct btf_header h;
	uint32_t id = 1;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len > size || h.type_off > size - h.hdr_len ||
	    h.type_len > size - h.hdr_len - h.type_off || h.str_off > size - h.hdr_len ||
	    h.str_len > size - h.hdr_len - h.str_off)
		return 0;
	types += h.hdr_len + h.type_off;
	strings = (const char *)data + h.hdr_len + h.str_off;
	for (uint32_t at = 0; h.type_len - at >= sizeof(struct btf_type); id++) {
		struct btf_type t;
		uint32_t is, n;

		memcpy(&t, types + at, sizeof(t));
		is = BTF_INFO_KIND(t.info);
		if (is >= N_KINDS)
			return 0; /* a kind of a later kernel: what follows cannot be found */
		n = (uint32_t)sizeof(t) + tails[is].once + tails[is].each * BTF_INFO_VLEN(t.info);
		if (n > h.type_len - at)
			return 0;
		if (is == kind && named(strings, h.str_len, t.name_off, name)) {
			*found = (struct found){ types + at, BTF_INFO_VLEN(t.info), strings,
						 h.str_len };
			return id;
		}
		at += n;
	}
	return 0;
}

uint32_t btf_find(const void *data, size_t size, uint32_t kind, const char *name)
{
	struct found ignored;

	return find(data, size, kind, name, &ignored);
}

int btf_find_member(const void *data, size_t size, const char *name, const char *member)
{
	struct found s;

	if (!find(data, size, BTF_KIND_STRUCT, name, &s))
		return -ENOENT;
	for (uint32_t i = 0; i < s.n_members; i++) {
		struct btf_member m;

		memcpy(&m, s.type + sizeof(struct btf_type) + i * sizeof(m), sizeof(m));
		if (named(s.strings, s.strings_size, m.name_off, member))
			return (int)i;
	}
	return -ENOENT;
}
