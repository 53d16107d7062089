/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two engines that are asked the same, and how they differ: for the reducer. */
#ifndef TAILCHECK_SIDES_H
#define TAILCHECK_SIDES_H

#include "../../engines/reference/quirk.h"
#include "../../engines/reference/mutant.h"
#include "../reduce/reduce.h"
#include "run.h"

enum side_kind {
	SIDE_REFERENCE, /* its interpreter */
	SIDE_REF_JIT,
	SIDE_HOST,  /* this machine's kernel */
	SIDE_GUEST, /* an engine of the kernel in QEMU */
};

struct side {
	const char *name; /* as the user says it */
	enum side_kind kind;
	quirk_set quirks; /* of the reference */
	struct mutant_set mutants;
	bool plain; /* it is not given the quirks of the engine beside it */
	size_t guest_engine;
};

struct sides {
	struct side tested, against;
	struct run *run;       /* with a kernel up, where a side is a guest's */
	struct engine *host;   /* where one is this machine's */
	struct engine *second; /* the reference once more, at other addresses */
};

/*
 * "reference", "ref-jit", either with "+NAME,NAME..." (quirks, mutants, "none" for plain), "host",
 * or an engine of the guest: then it is found by sides_find_engines() when the kernel is up. 0, or
 * -1 with @why.
 */
int side_parse(struct side *s, const char *name, char *why, size_t why_size);
int sides_find_engines(struct sides *s, char *why, size_t why_size);

void sides_close(struct sides *s); /* what it made; not the run */

/* A reduce_config's ask(); @arg is the sides. */
void sides_ask(void *arg, struct trial *trials, size_t n);

/* What @c gives on the side that is right, to be freed; NULL where it does not come to an end. */
char *sides_expected(struct sides *s, const struct test_case *c);
/* Likewise what it gives on the tested one, whatever became of it. */
char *sides_got(struct sides *s, const struct test_case *c);

/*
 * reduce() with the two sides, for at most @seconds; the case then expects what the right side
 * gives, and says in what the other differs. 0, or -1 with @why.
 */
int sides_reduce(struct sides *s, const struct test_case *c, double seconds, struct reduced *r,
		 char *why, size_t why_size);

#endif
