/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the server share: a request taken apart, and its answer as it grows. */
#ifndef TAILCHECK_SERVING_H
#define TAILCHECK_SERVING_H

#include "../../harness/base/text.h"
#include "message.h"
#include "server.h"

#define SERVE_MAX_LINE (32U << 20) /* a program of a million instructions */
#define SERVE_MAX_INFO 8192

struct protocol_server {
	struct engine *e;
	const char *version;
	struct message m;
	struct text reply;
	/* Memory of a request: what it sent, and what is to be filled in. */
	uint8_t *memory[8];
	size_t n_memory;
	/* Sizes of maps, which those who look up do not send: by descriptor, and by id. */
	struct size {
		int fd;
		uint32_t key, value;
	} * sizes;
	size_t n_sizes;
	bool bad; /* the request lacks something, or has something wrong */
	char why[100];
};

/* The request is none: the reason goes to standard error, and the server ends. */
void serve_bad(struct protocol_server *s, const char *what, const char *key);

/* Fields of the request: 0 and NULL where they are not given. */
uint64_t serve_number(struct protocol_server *s, const char *key);
uint32_t serve_number32(struct protocol_server *s, const char *key);
int serve_fd(struct protocol_server *s, const char *key);
/* Memory as a pointer: also NULL and ENGINE_BAD_PTR. */
void *serve_bytes(struct protocol_server *s, const char *key, size_t *n);
/* Text that was sent as bytes; to be freed. */
char *serve_string(struct protocol_server *s, const char *key);
/* Zeroes, until the request is answered. */
void *serve_memory(struct protocol_server *s, size_t size);

/* The result; then true where it was success, and fields may follow. */
bool serve_result(struct protocol_server *s, int status);
void serve_put_number(struct protocol_server *s, const char *key, uint64_t n);
void serve_put_bytes(struct protocol_server *s, const char *key, const void *p, size_t n);
/* A result that is a new descriptor, of a map where @key is not 0. */
void serve_new_fd(struct protocol_server *s, int fd, uint32_t key, uint32_t value);
/* The same for what was there before: the engine knows what it is. */
void serve_another_fd(struct protocol_server *s, int fd);
struct size *serve_size_of(struct protocol_server *s, int fd);

/* One function for each command: serve_map.c, serve_prog.c, serve_object.c. */
void do_map_create(struct protocol_server *s);
void do_map_update(struct protocol_server *s);
void do_map_delete(struct protocol_server *s);
void do_map_lookup(struct protocol_server *s);
void do_map_lookup_and_delete(struct protocol_server *s);
void do_map_next_key(struct protocol_server *s);
void do_map_batch(struct protocol_server *s);
void do_map_freeze(struct protocol_server *s);
void do_map_mmap(struct protocol_server *s);
void do_prog_load(struct protocol_server *s);
void do_prog_run(struct protocol_server *s);
void do_prog_bind_map(struct protocol_server *s);
void do_prog_attach(struct protocol_server *s);
void do_obj_pin(struct protocol_server *s);
void do_obj_get(struct protocol_server *s);
void do_obj_unpin(struct protocol_server *s);
void do_map_fd_by_id(struct protocol_server *s);
void do_prog_fd_by_id(struct protocol_server *s);
void do_map_next_id(struct protocol_server *s);
void do_prog_next_id(struct protocol_server *s);
void do_map_info(struct protocol_server *s);
void do_prog_info(struct protocol_server *s);
void do_map_info_raw(struct protocol_server *s);
void do_dup(struct protocol_server *s);
void do_close(struct protocol_server *s);
void do_odd_fd(struct protocol_server *s);
void do_btf_load(struct protocol_server *s);

#endif
