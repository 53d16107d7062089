/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What runs write into journals: the bytes of its records, and back. */
#ifndef TAILCHECK_RUN_ENTRIES_H
#define TAILCHECK_RUN_ENTRIES_H

#include <stdio.h>

#include "run.h"

/* A line "KEY VALUE\n", where the value may hold anything. */
void entry_put(FILE *out, const char *key, const char *value);
void entry_put_number(FILE *out, const char *key, uint64_t n);

/* The next line: its key, and its value (both terminated in place). False at the end. */
bool entry_get(char **at, const char **key, char **value);

/* What the guests are. The bytes are to be freed. */
char *entry_of_kernel(const struct fleet_kernel *k, size_t *len);
void entry_take_kernel(struct fleet_kernel *k, char *bytes);

/* What a case gave: "NAME ENGINE HASH END LEAKED", HASH of the case's text, and the transcript. */
struct entry_result {
	char name[256], engine[32];
	uint64_t hash;
	struct run_end end;
	const char *transcript; /* in the record */
};

uint64_t entry_hash(const struct test_case *c);
/* To be freed; NULL for one that never ran. */
char *entry_of_result(const struct test_case *c, const char *engine, const char *transcript,
		      struct run_end end, size_t *len);
bool entry_parse_result(const struct journal_record *r, struct entry_result *o);

#endif
