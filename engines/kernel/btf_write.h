/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BTF written and searched: Documentation/bpf/btf.rst. libbpf could, but the agent is built for
 * eight more architectures, and for some of them Debian has no static libbpf that fits Debian 12's
 * compilers. btf_test.c reads back with libbpf what is written here.
 */
#ifndef TAILCHECK_BTF_WRITE_H
#define TAILCHECK_BTF_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTF_ROOM 16384 /* of types, and of strings */

/* Zero it, then add. Ids count from 1; what no longer fits sets @full. */
struct btf_writer {
	uint32_t types[BTF_ROOM / 4];
	char strings[BTF_ROOM];
	uint32_t n_words, n_chars;
	uint32_t last_id;
	bool full;
};

/* Each gives the new type's id. Names are copied. */
uint32_t btf_int(struct btf_writer *w, const char *name, uint32_t size, bool is_signed);
uint32_t btf_ptr(struct btf_writer *w, uint32_t to);
uint32_t btf_typedef(struct btf_writer *w, const char *name, uint32_t of);
uint32_t btf_const(struct btf_writer *w, uint32_t of);
uint32_t btf_enumeration(struct btf_writer *w, const char *name, const char *value);
uint32_t btf_func(struct btf_writer *w, const char *name, uint32_t proto, uint32_t linkage);
/* A text that belongs to a whole type, not to a part of it. */
uint32_t btf_tag(struct btf_writer *w, const char *text, uint32_t of);
struct btf_field {
	const char *name;
	uint32_t type;
	uint32_t at; /* bits */
};

/* A function of one argument; of several, which are nowhere. */
uint32_t btf_proto(struct btf_writer *w, uint32_t returns, const char *arg, uint32_t arg_type);
uint32_t btf_proto_of(struct btf_writer *w, uint32_t returns, const struct btf_field *args,
		      uint32_t n);
uint32_t btf_struct(struct btf_writer *w, const char *name, uint32_t size,
		    const struct btf_field *fields, uint32_t n);

/* All of it as BPF_BTF_LOAD wants it, to be freed; NULL where it did not fit or memory is out. */
void *btf_image(const struct btf_writer *w, uint32_t *size);

/*
 * The id of the type of that kind (BTF_KIND_*) and name in the BTF at @data; 0: there is none, or
 * the bytes are no BTF of this machine's byte order.
 */
uint32_t btf_find(const void *data, size_t size, uint32_t kind, const char *name);
/* Which member of the struct it is, from 0; or -ENOENT. */
int btf_find_member(const void *data, size_t size, const char *name, const char *member);

#endif
