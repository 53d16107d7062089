/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A run: cases on the engines of one kernel, judged. The insides of `tailcheck run`. */
#ifndef TAILCHECK_RUN_H
#define TAILCHECK_RUN_H

#include "../../engines/reference/quirk.h"
#include "../fleet/fleet.h"
#include "../journal/journal.h"
#include "../judge/judge.h"
#include "../runtime/runtime.h"
#include "cli.h"
#include "progress.h"

struct run_options {
	const char *kernel;
	unsigned int guests;			/* 0: by the number of cases and processors */
	unsigned int case_seconds, run_seconds; /* 0: as the architecture needs */
	bool offline;
	bool no_snapshot;     /* every guest boots */
	bool kept_probes;     /* what the probes gave earlier will do for few cases */
	const char *profiles; /* the file of known profiles; NULL: the project's */
	/* A runtime in place of a kernel: the command that starts its adapter, or NULL. */
	const char *engine_cmd;
	unsigned int request_seconds; /* for one answer of it; 0: as usual */
	quirk_set quirks;	      /* that it may have, if its probes find them */
	const char *output; /* the run's folder, replaced when there; NULL: a new one in results/ */
	quirk_set without;  /* quirks that the probes may find, and are not to have found */
	unsigned int max_restarts; /* 0: as for a run that should not lose any guest */
	const char *resume;	   /* the folder of a run to go on with, or NULL */
	bool reuse;		   /* go on with what is in output, if that fits; else begin anew */
	unsigned int shard, shards; /* 0: all cases */
	uint64_t order;		    /* seed of the order of cases; 0: by name */
	char **words;		    /* that say which cases: as given */
	size_t n_words;
};

/* What is known of a result beside its verdict. */
struct run_end {
	enum job_end end;
	bool leaked;
};

/* What a case gave on an engine, unjudged. */
struct run_answer {
	enum job_end end;
	char *transcript;
};

struct run {
	struct run_options o;
	struct suite suite, probes;
	char *dir; /* the run's folder */
	struct kernel_image image;
	struct vm_host host;
	char *initrd;
	struct snapshot *snapshot; /* or NULL */
	struct kept_probes *kept;  /* to be used in place of probing, or NULL */
	struct fleet *fleet;
	struct runtime *runtime; /* in its place */
	const struct fleet_kernel *kernel;
	struct run_results results;
	struct progress progress;
	FILE *logs[FLEET_MAX_GUESTS];
	size_t log_bytes[FLEET_MAX_GUESTS];
	/* While the probes run: what they gave, [engine][quirk]. */
	char *probe_transcripts[MAX_ENGINES][QUIRK_COUNT];
	int probe_of_job[QUIRK_COUNT];
	struct run_end probe_ends[MAX_ENGINES][QUIRK_COUNT];
	struct run_end *ends; /* of results, [case * n_engines + engine] */
	size_t *case_of_job;
	size_t transcript_bytes; /* of all results that were told */
	bool probing;
	struct run_answer *answers; /* while run_ask() is at work: where they go */
	bool quiet;		    /* no progress */
	struct journal *journal;
	struct journal_content old;	  /* what it held when this began */
	const char *old_identity;	  /* of kernel and agent, in it */
	struct fleet_kernel known_kernel; /* as it told */
	char *journal_trouble;		  /* why no more can be written, or NULL */
	bool ended;			  /* it held all of a run */
	unsigned int sessions;		  /* how often it was begun or gone on with */
};

extern volatile int run_interrupted;

/* From now on signals that ask to stop set run_interrupted; the second one ends the process. */
void run_catch_signals(void);
/* The suite's probes. 0, or an exit code with a message printed. */
int run_load_probes(struct suite *probes);

/* What guests of this fleet say is of this run. */
void run_listen(struct run *run, struct fleet_config *c);
/* A result that is not there yet is taken as this, and judged. */
void run_take_result(struct run *run, size_t c, unsigned int engine, struct run_end end,
		     const char *transcript);

/* Everything up to the verdicts. 0, or an exit code with a message printed. */
int run_all(struct run *run);

/*
 * The same in parts, for cases that come in batches: guests up and probes, or an exit code with a
 * message printed and no guests; the cases that are in run->suite now, whose results are
 * run->results; the end.
 */
int run_start(struct run *run);
void run_batch(struct run *run);
void run_batch_release(struct run *run);
void run_close(struct run *run);
/*
 * Between start and close: what @n jobs give, without verdicts, as answers[job * FLEET_MAX_ENGINES
 * + engine], zeroed before. Transcripts are to be freed.
 */
void run_ask(struct run *run, const struct job *jobs, size_t n, struct run_answer *answers);

/* run_guests.c: all that guests need, and the run's folder. 0, or an exit code, said. */
int run_prepare(struct run *run);
/* Start them: they boot while the caller goes on. */
void run_open_guests(struct run *run);
/* Wait until one is up, in whichever way it goes here. 0, or EXIT_INFRA, said. */
int run_first_guest(struct run *run);

/* run_probes.c: the jobs of probes that have not run yet on every engine; how many. */
size_t run_probe_jobs(struct run *run, struct job jobs[QUIRK_COUNT]);
/* Run them, and find the quirks of all engines. */
void run_probes(struct run *run);
/* Guests are about to start: will what the probes gave in an earlier run do? */
void run_probes_look_for_kept(struct run *run);
/* The guests are up: take it. */
void run_probes_take_kept(struct run *run);
void run_probes_release(struct run *run);
struct job run_job_for(const struct test_case *c, unsigned int engines);
/* As fleet_run(). */
int run_work_off(struct run *run, const struct job *jobs, size_t n);

/* Parts of it that a run on a runtime (run_runtime.c) has, too. */
int run_make_dir(struct run *run, const char *name, char *why, size_t why_size);
void run_check_suite(struct run *run);
void run_take_engines(struct run *run);
void run_on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		   const char *transcript);
void run_on_note(void *arg, const char *text);
/* run_all() of a runtime. */
int run_runtime(struct run *run);
void run_release(struct run *run);

#endif
