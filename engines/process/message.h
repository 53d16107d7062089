/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lines of the engine protocol (docs/engine-protocol.md), taken apart. Both ends use this: the
 * engine that asks an adapter, and the server that makes an adapter of an engine.
 */
#ifndef TAILCHECK_MESSAGE_H
#define TAILCHECK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../engine.h"

#define PROTOCOL_VERSION    1
#define PROTOCOL_MAX_REPLY  (1U << 20) /* bytes of a reply, its newline included */
#define PROTOCOL_MAX_LINE   (1U << 20) /* of a request, where hello does not say another number */
#define PROTOCOL_MAX_FD	    (1 << 20)  /* descriptors are below it */
#define PROTOCOL_MAX_FIELDS 40

/* What an adapter may have: the words of caps= in its hello. The first are names of commands. */
enum protocol_cap {
	CAP_MAP_CREATE,
	CAP_MAP_LOOKUP,
	CAP_MAP_UPDATE,
	CAP_MAP_DELETE,
	CAP_MAP_NEXT_KEY,
	CAP_MAP_LOOKUP_AND_DELETE,
	CAP_MAP_BATCH,
	CAP_MAP_FREEZE,
	CAP_MAP_MMAP,
	CAP_PROG_LOAD,
	CAP_PROG_RUN,
	CAP_PROG_BIND_MAP,
	CAP_PROG_ATTACH,
	CAP_OBJ_PIN,
	CAP_OBJ_GET,
	CAP_OBJ_UNPIN,
	CAP_MAP_FD_BY_ID,
	CAP_PROG_FD_BY_ID,
	CAP_MAP_NEXT_ID,
	CAP_PROG_NEXT_ID,
	CAP_MAP_INFO,
	CAP_PROG_INFO,
	CAP_MAP_INFO_RAW,
	CAP_DUP,
	CAP_CLOSE,
	CAP_ODD_FD,
	CAP_BTF_LOAD,
	CAP_CHECKS, /* a load refuses what Linux refuses */
	CAP_LOG,    /* and says why, in its words */
	CAP_FREES_LATER,
	N_PROTOCOL_CAPS
};

extern const char *const protocol_caps[N_PROTOCOL_CAPS];
/* -1 where there is none of that name. */
int protocol_cap_find(const char *word, size_t len);

/* A line: `ID WORD KEY=VALUE ...`; of replies `ID unsupported TEXT` and `ID fault TEXT`, too. */
struct message {
	const char *id;
	const char *word;
	const char *text; /* behind `unsupported` or `fault`; otherwise NULL */
	struct {
		const char *key, *value;
	} fields[PROTOCOL_MAX_FIELDS];
	size_t n_fields;
};

/* Take a line without its newline apart, in place. 0, or -1 with the reason in @why. */
int message_parse(struct message *m, char *line, char *why, size_t why_size);
/* NULL where it is not given. */
const char *message_value(const struct message *m, const char *key);
/* A decimal number of at most @max, all of @text. */
bool number_parse(const char *text, uint64_t max, uint64_t *n);
/* Is @word one of @words, which have blanks between them? */
bool words_have(const char *words, const char *word);
/* The bytes of hexadecimal digits, into @to; how many they are, or -1: no digits, or above @room.
 */
long hex_parse(const char *digits, void *to, size_t room);

/* "EINVAL", or NULL where a (positive) errno has no name. */
const char *status_name(int err);
/* "0", "12", "EINVAL" or "-22" as a result of engine.h; false where it is none. */
bool status_parse(const char *word, int *status);

/* Numbers of the two large structures: by what key they go over the line. */
struct protocol_number {
	const char *key;
	size_t offset, size; /* in the structure; a bool has 1 */
};
extern const struct protocol_number map_create_numbers[], prog_load_numbers[];

uint64_t protocol_get(const void *attr, const struct protocol_number *n);
/* False where the value does not fit. */
bool protocol_set(void *attr, const struct protocol_number *n, uint64_t value);

#endif
