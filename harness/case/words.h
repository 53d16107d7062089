/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The vocabulary of case text: verbs, options, flags, context fields, names of numbers. */
#ifndef TAILCHECK_WORDS_H
#define TAILCHECK_WORDS_H

#include "case.h"

/* What a step's expectation may be. */
enum result_kind {
	RESULT_STATUS, /* 0 or an errno */
	RESULT_VALUE,  /* a value (number, words or handle) or an errno */
	RESULT_NUMBER, /* a number or an errno */
	RESULT_TEXT,   /* one word, or an errno */
	RESULT_RUN,    /* a return value and what changed, or an errno */
};

struct flag_name {
	const char *name;
	uint64_t bit;
};

/*
 * A verb. @args, one letter each: N a new handle, T a map type, P a program type, F a descriptor
 * (the second one goes to fd2), K a key, V a value, S a path, I a field of info, D one of fdinfo, C
 * a count.
 */
struct verb {
	const char *name;
	enum step_op op;
	const char *args;
	uint64_t options; /* bit per enum opt */
	enum result_kind result;
	const struct flag_name *flags;
	bool zero_implied; /* ` = 0` may be left out */
};

enum opt_kind {
	KIND_NUMBER,
	KIND_FLAGS,
	KIND_TEXT,
	KIND_FD, /* a number, a handle or fd:... */
	KIND_HEX,
	KIND_POINTER, /* null, bad */
	KIND_BYTES,   /* null, bad, or as KIND_HEX */
	KIND_ATTACH,
	KIND_CAPS, /* none, bpf */
	KIND_ELEM, /* the verb of a command on one element */
	KIND_BARE,
};

struct opt_name {
	const char *name;
	enum opt_kind kind;
};

/* Of `token`: where commands begin in what it grants, above the types of maps. */
#define GRANT_COMMANDS 40

extern const struct verb verbs[]; /* indexed by enum step_op, STEP_TOKEN + 1 rows */
extern const size_t n_verbs;
extern const struct opt_name opt_names[OPT_COUNT];

const struct verb *verb_find(const char *word, size_t len);
int opt_find(const char *word, size_t len); /* -1: none */

/* How TEST_RUN takes the context of a program type. */
enum ctx_kind { CTX_NONE, CTX_SKB, CTX_XDP, CTX_ARGS, CTX_LOOKUP, CTX_FLOW };

struct ctx_field {
	const char *name;
	enum ctx_kind kind;
	uint16_t offset, size;
};

extern const struct ctx_field ctx_fields[]; /* ends with a NULL name */
enum ctx_kind ctx_kind_of(uint32_t prog_type);
const struct ctx_field *ctx_field_find(const char *word, size_t len);

/* Numbers by name and names by number: type_names.c for types. */
int map_type_find(const char *word, size_t len, uint32_t *type);
int prog_type_find(const char *word, size_t len, uint32_t *type);
int attach_type_find(const char *word, size_t len, uint32_t *type);
const char *map_type_name(uint32_t type); /* NULL: it has none */
const char *prog_type_name(uint32_t type);
const char *attach_type_name(uint32_t type);

/* "EINVAL" -> 22; 0 where it is none. ENOTSUPP is the kernel's 524. */
int errno_find(const char *word, size_t len);
const char *errno_name(int number); /* NULL: it has none */

/* Print @bits as names joined by |, the rest in hex; "0" for none. */
void flags_print(FILE *out, const struct flag_name *table, uint64_t bits);

bool info_field_known(const char *word, size_t len);
bool fdinfo_field_known(const char *word, size_t len);

/* Cases: [A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*. Handles: identifiers as in C that are no other word. */
bool case_name_ok(const char *word, size_t len);
bool handle_name_ok(const char *word, size_t len);

#endif
