/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leak check: every program and map that a case made goes once the case has let go of them all.
 *
 * A kernel frees in the background (a map that a program used goes a grace period after the
 * program), and to wait for that after every case would double the time of a run. So the executor
 * notes what is still there after a case, the next cases run meanwhile, and the watch looks again
 * now and then. What is there for LEAK_SECONDS, and was seen LEAK_LOOKS times, has leaked; but
 * while a kernel still frees others it may only be slow, and has up to LEAK_LONGEST. Ids are not
 * given twice, so that the blame is on the right case however late it is seen.
 */
#ifndef TAILCHECK_LEAK_H
#define TAILCHECK_LEAK_H

#include "../../engines/engine.h"

#define LEAK_SECONDS 5.0
#define LEAK_LONGEST 60.0
#define LEAK_LOOKS   50 /* a guest that was stopped for all of the time had no chance to free */

/*
 * A kernel that is behind by so much with its freeing is left alone for so long, and for longer
 * while it frees.
 */
#define LEAK_BEHIND	   0.5
#define LEAK_CATCH_UP	   1.0
#define LEAK_CATCH_UP_MOST 10.0

#define LEAK_NAME 65 /* handles have at most 64 characters */

struct leftover {
	bool is_prog;
	uint32_t id;
	char handle[LEAK_NAME]; /* of the case; "": it has none */
};

/* What one case left behind on one engine. */
struct leaving {
	unsigned int tag; /* the caller's: which case it was */
	const char *engine;
	size_t n_steps;
	double since;
	unsigned int looks;
	struct leftover *items;
	size_t n;
};

struct leak_watch {
	/* Others make programs and maps too (this machine's kernel): only ids of handles count. */
	bool others;
	uint32_t last[2]; /* the highest ids that belong to no case to come; programs, maps */
	double patience;  /* 0: LEAK_SECONDS */
	double looked;
	double freed; /* when something was last seen to have gone */
	struct leaving *left;
	size_t n;
};

/* "prog NAME, map NAME": @text leaked in the case of @tag, which had @n_steps steps. */
typedef void leak_fn(void *arg, const struct leaving *l, const char *text);

/* What is there now is none of the cases' to come. */
void leak_begin(struct leak_watch *w, struct engine *e);
/* Is it still there? */
bool leak_there(struct engine *e, const struct leftover *item);
/* Is the kernel behind with its freeing, so that a look may take LEAK_CATCH_UP_MOST? */
bool leak_behind(const struct leak_watch *w);
/* Look again, if it is time to; call @leaked for what has leaked. */
void leak_look(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg);
/* Wait until everything has gone or has leaked. */
void leak_settle(struct leak_watch *w, struct engine *e, leak_fn *leaked, void *arg);
void leak_release(struct leak_watch *w);

/* The transcript's line for a leak, with its newline; to be freed. */
char *leak_line(const struct leaving *l, const char *text);

#endif
