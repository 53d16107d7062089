/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between two runs, or two engines: quirks that came and went, the cases that they
 * changed, cases that changed and no quirk says why, and what only one of both has.
 */
#ifndef TAILCHECK_COMPARE_H
#define TAILCHECK_COMPARE_H

#include <stdio.h>

#include "../../engines/reference/quirk.h"
#include "../claims/record.h"
#include "../claims/transcripts.h"

/* A run; or some file of transcripts, of which is known only what stands in it. */
struct compare_side {
	char *label;	      /* "debian-6.1", "debian-6.1:interp" */
	char *path;	      /* the run's folder, or the file */
	char *engine;	      /* the one that counts; NULL: all */
	bool bare;	      /* a file without a run: no cases, and no quirks but those named */
	struct record record; /* empty where bare */
};

/*
 * @path: a run's folder, its summary.json, an ENGINE.txt in it, or the transcripts of an engine
 * anywhere. @engine: NULL, or one of the run's. 0, or -1 with @why filled in.
 */
int compare_open(struct compare_side *side, const char *path, const char *engine, char *why,
		 size_t why_size);
void compare_close(struct compare_side *side);
/* Two runs that would be called the same are called by their folders. */
void compare_tell_apart(struct compare_side *a, struct compare_side *b);

enum { BEFORE, AFTER };

/* An engine of the one and an engine of the other. */
struct compare_pair {
	char name[80];	       /* "jit", "jit and interp" */
	const char *engine[2]; /* as the runs call them */
	quirk_set quirks[2];
	struct transcripts cases[2];
	struct transcripts probes[2]; /* none in runs of old, and of files */
};

/* A case that gave one thing and then another, on each of a set of pairs. */
struct change {
	const char *name;
	size_t step;   /* that differs first; 0: there are no steps to compare */
	char *text;    /* of this step: "lookup count 0"; NULL without one */
	char *seen[2]; /* what it gave, or how the case ended */
	enum verdict verdict[2];
	quirk_set quirks;   /* that came or went and explain it; 0: nothing does */
	unsigned int pairs; /* a bit for each */
};

struct quirk_change {
	int quirk;
	bool gone; /* the first has it, the second has not; else the other way round */
	unsigned int pairs;
	struct change *probes; /* what its probe gave; more than one where engines differ */
	size_t n_probes;
	bool hidden; /* it gave the same on both: it was judged beside another quirk */
};

struct name_list {
	const char **names;
	size_t n;
};

struct comparison {
	const struct compare_side *side[2];
	struct compare_pair pairs[MAX_ENGINES];
	size_t n_pairs;
	struct name_list engines[2]; /* that only this one has */
	struct quirk_change *quirks; /* those that are gone first */
	size_t n_quirks;
	struct change *changes; /* by name, those of generated cases last */
	size_t n_changes;
	struct name_list only[2];   /* cases that only this one has */
	struct name_list rewritten; /* cases that are not the same test in both */
	size_t n_compared;
};

/* 0, or -1 with @why filled in. The sides must stay; release in any case. */
int compare(struct comparison *c, const struct compare_side *before,
	    const struct compare_side *after, char *why, size_t why_size);
void comparison_release(struct comparison *c);

/* Did all that could be compared agree? Cases that only one has could not. */
bool comparison_agrees(const struct comparison *c);

/* How many cases changed, each counted once; those without a quirk that explains them. */
size_t comparison_changed(const struct comparison *c, bool unexplained);

/* The names of a set of pairs, joined by ", "; to be freed. */
char *comparison_engines(const struct comparison *c, unsigned int pairs);

/* What a generator made: its area is gen. */
bool case_is_generated(const char *name);

/* The changes that a quirk which came or went explains; @qc NULL: those that none does. */
bool change_belongs(const struct change *change, const struct quirk_change *qc);

/* "gen 12, limit 3": how many of these names each area has; to be freed. */
char *count_areas(const struct name_list *list);

/* @all: every case by name; else a few for each quirk, and how many more there are. */
void compare_terminal(FILE *out, const struct comparison *c, bool all);
void compare_markdown(FILE *out, const struct comparison *c, bool all);
void compare_json(FILE *out, const struct comparison *c);

#endif
