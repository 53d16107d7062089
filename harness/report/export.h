/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs in the forms that CI systems read. Each takes any number of runs. */
#ifndef TAILCHECK_EXPORT_H
#define TAILCHECK_EXPORT_H

#include "report.h"

struct exported {
	const struct run_results *runs;
	size_t n;
	const char *origin; /* of a KCIDB submission: who makes it */
};

/* KTAP, a document: with more than one run, a subtest for each. */
void export_ktap(FILE *out, const struct exported *x);
/* JUnit XML (docs/junit.xsd): a suite for each engine of each run, and one for the run itself. */
void export_junit(FILE *out, const struct exported *x);
/* Markdown for a page of a CI system, as $GITHUB_STEP_SUMMARY. */
void export_markdown(FILE *out, const struct exported *x);
/* Annotations for the log of a GitHub workflow: one for each result that is not as expected. */
void export_github(FILE *out, const struct exported *x);
/* A submission to KCIDB, schema 5.3. */
void export_kcidb(FILE *out, const struct exported *x);

/*
 * What is true of a run and not of a case: that it was whole, the suite sound, the kernel's log
 * clean, every probe clear, the profile as known.
 */
enum run_check {
	CHECK_COMPLETE,
	CHECK_SUITE,
	CHECK_KERNEL_LOG,
	CHECK_PROBES,
	CHECK_PROFILE,
	N_RUN_CHECKS
};

extern const char *const run_check_names[N_RUN_CHECKS];

/* What is wrong, in lines, to be freed; NULL: nothing. */
char *run_check(const struct run_results *r, enum run_check check);

/* The difference, or how it ended, without indentation, to be freed. */
char *result_text(const struct run_results *r, size_t c, size_t engine);

#endif
