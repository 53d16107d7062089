/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The insides of the reproducer's writer. */
#ifndef TAILCHECK_REPRO_INTERNAL_H
#define TAILCHECK_REPRO_INTERNAL_H

#include "../case/words.h"
#include "repro.h"

#define MAX_PARTS 32

struct repro {
	const struct test_case *c;
	const struct step *s; /* being written */
	FILE *out;	      /* of the steps */
	const char *parts[MAX_PARTS];
	size_t n_parts;
	uint32_t macros;
	struct diag *d;
};

/* A part of parts.txt is needed. */
void need(struct repro *r, const char *part);
/* The current step cannot be written: -1. */
int cannot(struct repro *r, const char *what);
/* The name of an option of the step that is not among the @known ones (bits); NULL: all are. */
const char *first_option_but(const struct step *s, uint64_t known);
#define OPT(o) (1ULL << OPT_##o)

/* args.c: what steps act on. The step that made what a descriptor stands for; NULL: unknown. */
const struct step *maker_of(const struct repro *r, const char *handle);
const struct step *object_of_step(const struct repro *r, const struct fd_arg *fd);
/* A property of a map; @usual where it is not given, or nothing is known of the map. */
uint32_t map_number(const struct step *map, enum opt opt, uint32_t usual);
bool is_per_cpu(const struct step *map);
void put_fd(struct repro *r, const struct fd_arg *fd);
void put_opt_fd(struct repro *r, enum opt opt);
/* A pointer to a key or value of @size bytes. */
void put_bytes(struct repro *r, const struct bytes_arg *b, uint32_t size);
void put_string(FILE *out, const char *s);

/* objects.c: making and running things; steps.c: everything else. 0 or -1. */
int write_map(struct repro *r);
int write_prog(struct repro *r);
int write_run(struct repro *r);
int write_element(struct repro *r);
int write_batch(struct repro *r);
int write_simple(struct repro *r);
int write_reopen(struct repro *r);
int write_info(struct repro *r);
int write_same(struct repro *r);

#endif
