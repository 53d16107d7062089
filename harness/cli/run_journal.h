/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a run writes into its journal as it goes, and takes from it where it goes on. Records:
 *
 *   run     what it is: "KEY VALUE" lines; twice at the beginning, and again each time it goes on
 *   kernel  what the guests are: likewise
 *   probe   "NAME ENGINE HASH END LEAKED", HASH of the case's text, and the transcript
 *   kept    the time of an earlier run, where what its probes gave is used
 *   result  likewise, of a case; only when no leak can come any more
 *   splat   "CASE ENGINE" ("-" for none) and the line
 *   end     the exit code: everything has been reported
 *
 * Verdicts are not in it: they are judged anew from the transcripts.
 */
#ifndef TAILCHECK_RUN_JOURNAL_H
#define TAILCHECK_RUN_JOURNAL_H

#include "run.h"

/* run->dir is there. 0, or -1 with a message in @why. */
int run_journal_create(struct run *run, char *why, size_t why_size);

/*
 * Open the journal in run->dir and take kernel, options and words from it where the command line
 * has none (@take). What of it is damaged is told. 0, or -1 with a message in @why.
 */
int run_journal_open(struct run *run, bool take, char *why, size_t why_size);

/* May what it holds be used, with this kernel and agent? 0, or -1 with a message in @why. */
int run_journal_fits(struct run *run, char *why, size_t why_size);

/* Restore what the guests are: run->kernel, where the journal knows. */
void run_journal_take_kernel(struct run *run);
/* Restore what the probes gave, and splats; with the engines known. */
void run_journal_take_probes(struct run *run);
/* Restore the results of cases, and say what cannot be used; with the engines' quirks known. */
void run_journal_take_cases(struct run *run);

/* To be called when guests are up: is it the kernel that the journal tells of? */
bool run_journal_same_kernel(const struct run *run);

/* Close it, and forget what it held. */
void run_journal_forget(struct run *run);

void run_journal_kernel(struct run *run);
void run_journal_result(struct run *run, const char *kind, const struct test_case *c,
			unsigned int engine, const char *transcript, struct run_end end);
void run_journal_kept(struct run *run, const char *made);
void run_journal_splat(struct run *run, const struct run_splat *s);
void run_journal_end(struct run *run, int exit_code);

#endif
