/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Results in the forms that people and machines read. None of these know how they were made. */
#ifndef TAILCHECK_REPORT_H
#define TAILCHECK_REPORT_H

#include <stdio.h>

#include "../../engines/reference/quirk.h"
#include "../judge/results.h"

#define TAILCHECK_VERSION "0.1"

/*
 * The summary for a terminal of 80 columns. @dir is where the files are, or NULL. @max_details
 * bounds how many unexpected results are spelled out; the rest is counted.
 */
void report_terminal(FILE *out, const struct run_results *r, const char *dir, size_t max_details);

/* KTAP version 1: a subtest for each engine, a test for each case in it. */
void report_ktap(FILE *out, const struct run_results *r);
/* The subtests alone, numbered from @before + 1 on, named with their @kernel; the last number. */
size_t report_ktap_engines(FILE *out, const struct run_results *r, size_t before, bool kernel);

/*
 * The files of a run, in @dir (which exists): summary.json, ENGINE.txt (transcripts, by name of
 * case), cases.case (what was run), of a shard also suite.case (what all shards run). 0, or -1 with
 * a message in @why.
 */
int report_files(const char *dir, const struct run_results *r, char *why, size_t why_size);

/*
 * What the probes gave, in the same form: cases.case and ENGINE.txt in @dir/probes. @probes are
 * results of their suite on the engines of the run.
 */
int report_probes(const char *dir, const struct run_results *probes, char *why, size_t why_size);

/* Names of quirks joined by ", "; "none" for none. */
void print_quirks(FILE *out, quirk_set quirks);

/* Was the result as one may expect: conforms, a quirk, or unsupported? */
bool verdict_expected(enum verdict v);

/*
 * One unexpected result in words: what was wanted, what came. @indent before each line.
 */
void report_difference(FILE *out, const struct run_results *r, size_t c, size_t engine,
		       const char *indent);

/*
 * Why a case has no complete transcript, in one line of *len bytes (not terminated): what stands
 * behind the " ! " of a transcript that was cut short, or how the case ended.
 */
const char *report_reason(const struct result *res, int *len);

/*
 * Of a result that is unsupported: its class, "case" (the case says that it needs something else)
 * or "engine" (kernel, machine or reference lack something), and the reason in *len bytes.
 */
const char *skip_class(const struct result *res, const char **reason, int *len);

/* What is unsupported, counted by class and reason; nothing where nothing is. */
void report_skips(FILE *out, const struct run_results *r);

/* The length of the area in the name of a case: up to its first dot. */
size_t area_length(const char *name);

#endif
