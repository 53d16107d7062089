/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a run found out: the data that every report shows. */
#ifndef TAILCHECK_RESULTS_H
#define TAILCHECK_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engines/reference/quirk.h"
#include "../case/suite.h"

#define MAX_ENGINES	 8
#define MAX_CAPABILITIES 64

enum verdict {
	VERDICT_NONE,	     /* not there yet */
	VERDICT_CONFORMS,    /* as the case expects */
	VERDICT_QUIRK,	     /* differs as a named quirk of this engine explains */
	VERDICT_DIVERGES,    /* differs, and nothing explains it */
	VERDICT_CRASHED,     /* the guest died of it */
	VERDICT_TIMED_OUT,   /* no answer within the limit */
	VERDICT_PROTOCOL,    /* the runtime's adapter broke the engine protocol */
	VERDICT_UNSUPPORTED, /* the engine lacks what the case needs */
	VERDICT_INFRA,	     /* never ran, through no fault of the engine */
	N_VERDICTS
};

extern const char *const verdict_names[N_VERDICTS];

struct result {
	enum verdict verdict;
	quirk_set because; /* the quirks that explain VERDICT_QUIRK */
	char *transcript;  /* of the engine; or, where there is none, how it ended */
};

struct engine_results {
	char name[32];
	bool offered;	     /* false: the kernel does not have it */
	char why[256];	     /* why not */
	quirk_set quirks;    /* found by probes */
	quirk_set uncertain; /* quirks whose probe fits neither way, or did not run */
	const char *capabilities[MAX_CAPABILITIES]; /* of a runtime: words; not owned */
	size_t n_capabilities;
};

struct run_splat {
	char *case_name; /* NULL: no case was running */
	char *engine;
	char *line;
};

/* A guest died while this ran; its result is from once more, alone in a fresh guest. */
struct run_death {
	size_t c, engine;
	char *how;
};

struct run_results {
	const struct suite *suite;
	/* A part of a run that is spread over machines; of: 0 where it is none. */
	struct {
		unsigned int index, of;
		const struct suite *whole; /* the cases of all parts */
	} shard;
	struct engine_results engines[MAX_ENGINES];
	size_t n_engines;
	struct result *results; /* [case * n_engines + engine] */
	/* Of the reference: the cases whose own expectation it does not give. Indices. */
	size_t *suite_errors;
	size_t n_suite_errors;
	char *selection;       /* what of the cases it is limited to, in words; NULL: nothing */
	char *suite_trouble;   /* what else is wrong with the suite, in lines; NULL: nothing */
	char *profile_trouble; /* what is not as its profile says, in lines; NULL: nothing */
	struct run_splat *splats;
	size_t n_splats;
	struct run_death *deaths;
	size_t n_deaths;
	/* About the machine that ran; strings. */
	char *probes_kept; /* when the probes ran, where it was in an earlier run; or NULL */
	bool normative;	   /* no quirk is allowed, and no probe was run */
	bool runtime;	   /* behind an adapter: there is no kernel, and this is its name: */
	char *kernel;	   /* as asked for */
	char *arch;	   /* Debian's name: "amd64" */
	char *release;	   /* of the guest, or the runtime's version */
	char *version;
	char *package;
	char *host;
	char *boots; /* "2 boots, 0 failed, fastest 2.1 s" */
	double seconds;
	bool interrupted;
};

struct result *result_of(const struct run_results *r, size_t c, size_t engine);

struct counts {
	size_t by[N_VERDICTS];
	size_t total;
};

/* Count the verdicts of engine @engine (all of them: MAX_ENGINES) over cases @from ... @to - 1. */
void results_count(const struct run_results *r, size_t engine, size_t from, size_t to,
		   struct counts *counts);

/* The exit code of the run: see tailcheck(1). */
int results_exit_code(const struct run_results *r);

void results_release(struct run_results *r);

#endif
