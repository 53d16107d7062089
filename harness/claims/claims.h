/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What documents claim (the file cases/claims; its format is in cases/README.md), and whether the
 * cases know it.
 */
#ifndef TAILCHECK_CLAIMS_H
#define TAILCHECK_CLAIMS_H

#include "../case/suite.h"

enum claim_kind {
	CLAIM_DOCUMENTED,
	CLAIM_RULE,	  /* no document has it; read in the kernel's source */
	CLAIM_UNTESTABLE, /* this suite cannot tell */
};

struct claim_source {
	char *name; /* "helper" */
	char *text; /* "docs.ebpf.io/..." */
};

struct claim_topic {
	char *name; /* the first part of its claims' ids */
	char *title;
};

/* Where a claim is made. */
struct claim_place {
	size_t source;
	char *section; /* a word, or NULL */
};

struct claim {
	enum claim_kind kind;
	char *id;
	size_t topic;
	unsigned int line;
	struct claim_place *places;
	size_t n_places;
	char *text;
	char *reason; /* why it is untestable, or NULL */
};

struct claims {
	char *file;
	struct claim_source *sources;
	size_t n_sources;
	struct claim_topic *topics;
	size_t n_topics;
	struct claim *claims; /* in the file's order: by topic */
	size_t n_claims;
};

/* 0, or -1 with @d filled in; release after success only. */
int claims_read(struct claims *claims, const char *path, struct diag *d);
int claims_parse(struct claims *claims, const char *text, size_t len, const char *file,
		 struct diag *d);
void claims_release(struct claims *claims);

const struct claim *claims_find(const struct claims *claims, const char *id);

/*
 * Does every claim that a case names exist, and is it one that can be tested? 0, or -1 with @d
 * filled in.
 */
int claims_check_suite(const struct claims *claims, const struct suite *suite, struct diag *d);

/*
 * The cases that speak about claims: all but probes, whose results are the quirks of an engine.
 * Drops the others from the suite.
 */
void claims_drop_probes(struct suite *suite);

/* How many cases of the suite name the claim. */
size_t claim_cases(const struct claim *claim, const struct suite *suite);

/* The case's reference to the claim, or NULL. */
const struct claim_ref *claim_ref_of(const struct test_case *c, const char *id);

#endif
