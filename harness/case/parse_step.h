/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of a step line: words as numbers, bytes, handles; and the expectation. */
#ifndef TAILCHECK_PARSE_STEP_H
#define TAILCHECK_PARSE_STEP_H

#include "parse.h"

#define MAX_STEPS 10000

/* Decimal or 0x..., with a minus as two's complement. 0, or -1 where it is no number. */
int word_number(const struct word *w, uint64_t *number);
/* Pairs of hexadecimal digits. *bytes is to be freed. */
int word_hex(const struct word *w, uint8_t **bytes, size_t *len);
/* Does it begin with @prefix? *rest is what follows. */
bool word_starts(const struct word *w, const char *prefix, struct word *rest);
bool handle_known(const struct parser *p, const char *name, size_t len);

/* The words from @eq (the "=", or the end of the line) on: check and store in canonical form. */
int parse_expect(struct parser *p, const struct verb *v, size_t eq, struct step *s);

#endif
