/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of the template have of each other: protocol, descriptors and maps, runtime. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#define MAX_FDS	       4096
#define ARRAY	       2
#define PROG_ARRAY     3
#define RAW_TRACEPOINT 17

/* A map or a program: its descriptor is its place, and its id, too. */
struct object {
	int open;
	uint32_t type;
	void *program; /* of the runtime; a map has none */
	/* Of a map: `step` bytes an element. A slot has the descriptor of its program, or 0. */
	unsigned char *values;
	uint32_t value_size, step, max_entries, owner;
	uint32_t last_user; /* the last program that was loaded with it */
	uint32_t n_maps;    /* of a program */
};

/* template.c: fields of the request. */
extern unsigned char memory[];	   /* for bytes() */
const char *text(const char *key); /* "" where it is not given */
uint32_t number(const char *key);
size_t bytes(const char *key);

/* template_objects.c: a program or a map; NULL, and then that is answered already. */
struct object *find(uint32_t fd, int is_program);
/* And answer with its descriptor. */
void add(const struct object *o);
/* Commands. */
void reset(void);
void prog_info(void);
void close_fd(void);
void map_create(void);
void map_update(void);
void map_lookup(void);
void map_delete(void);
void map_next_key(void);
/* Put the addresses of maps into instructions. 0 where one is no map, which is answered. */
int maps_resolve(unsigned char *insns, size_t size, struct object *prog);
/* bpf_tail_call: the program to go on with from its beginning, or NULL. Runs begin with *calls = 0.
 */
void *maps_tail_call(uint64_t map, uint32_t index, int *calls);
/* Is that within the values of an array? For runtimes without a verifier. */
int maps_have(uint64_t address, uint64_t size);

/* template_runtime.c: NULL, or -1, where it cannot. */
void *runtime_load(const unsigned char *insns, size_t size);
int runtime_run(void *program, void *ctx, size_t ctx_size, uint64_t *r0);

#endif
