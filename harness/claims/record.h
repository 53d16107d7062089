/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A finished run, read back from its folder (report_files() wrote it). */
#ifndef TAILCHECK_RECORD_H
#define TAILCHECK_RECORD_H

#include <jansson.h>

#include "../../engines/reference/quirk.h"
#include "../judge/results.h"

struct record {
	char *dir;
	bool runtime;  /* not of a kernel, but of a runtime behind an adapter */
	char *kernel;  /* as asked for: "debian-6.1" */
	char *package; /* "linux-image-... 6.1.176-1", or "" */
	char *release;
	char *arch;		      /* Debian's name, or "" in runs of older programs */
	char *version;		      /* what uname(2) says of the build */
	char *host, *boots, *program; /* "QEMU 7.2 ...", "2 boots ...", the version of tailcheck */
	char *probes_kept;     /* when the probes ran, where that was in an earlier run; or "" */
	char *profile_trouble; /* where it is not as its profile says, or "" */
	double seconds;
	bool interrupted;
	char *suite_trouble;	    /* what else was wrong with the suite, or "" */
	unsigned int shard, shards; /* which of how many this is; 0: it is none */
	char *selection; /* what of the cases it was limited to; "" for nothing; NULL: not said */
	struct {
		char name[32];
		quirk_set quirks;
		quirk_set uncertain; /* a probe fits neither way */
		char **capabilities; /* of a foreign engine: words */
		size_t n_capabilities;
	} engines[MAX_ENGINES]; /* the offered ones */
	size_t n_engines;
	struct {
		char name[32];
		char *why;
	} absent[MAX_ENGINES]; /* those that the kernel does not have */
	size_t n_absent;
	struct run_splat *splats;
	size_t n_splats;
	char **suite_errors; /* names of cases whose expectation the reference did not give */
	size_t n_suite_errors;
	char **strays; /* names of cases that have results, and no text */
	size_t n_strays;
	struct suite suite;	/* the cases as they were run */
	size_t covers;		/* of records_latest(): record_covers() */
	struct result *results; /* [case * n_engines + engine]; without transcripts, but for
				 * record_read_transcripts() */
};

/* 0, or -1 with @why filled in; release after success only. */
int record_read(struct record *r, const char *dir, char *why, size_t why_size);
void record_release(struct record *r);

/*
 * What every engine did, into the results. A file that is not there or has something else in it
 * leaves out what it lacks: 0 all the same. -1 with @why where a file cannot be read.
 */
int record_read_transcripts(struct record *r, char *why, size_t why_size);
/* The same from text, for one engine. The text is cut up. */
void record_take_transcripts(struct record *r, size_t engine, char *text);

/* As live results, for reports; @r must outlive them, and the caller releases them. */
void record_results(struct run_results *to, const struct record *r);
/* The steps of that: all but cases and trouble; trouble, with to->suite set; one case's results. */
void record_head(struct run_results *to, const struct record *r);
void record_trouble(struct run_results *to, const struct record *r);
void record_copy_results(struct run_results *to, const struct record *r, size_t from, size_t at);

/*
 * How the case as it is now did on an engine of the run. VERDICT_NONE where the run did not have
 * the case, or had another one of that name: with other steps, programs or expectations.
 */
struct result record_result(const struct record *r, const struct test_case *c, size_t engine);

/* The case of that name as it was run; NULL where the run did not have it. */
const struct test_case *record_case(const struct record *r, const char *name);

/* Its place among the cases of the run; false where the run did not have it. */
bool record_case_index(const struct record *r, const char *name, size_t *at);

/* Are they one test: the same steps, programs and expectations? */
bool record_same_test(const struct test_case *a, const struct test_case *b);

/* Of the cases of @suite that name a claim, those that the run had as they are now. */
size_t record_covers(const struct record *r, const struct suite *suite);

/* The set that a list of names of quirks is; names that are none (any more) do not count. */
quirk_set record_quirks(const json_t *list);

struct records {
	struct record *records; /* sorted by kernel, by the numbers in their names */
	size_t n_records;
};

/*
 * From the runs below @results: of each kernel the one that covers most of @suite, of equal ones
 * the latest. What cannot be read is told on stderr. Never fails; there may be none.
 */
void records_latest(struct records *all, const char *results, const struct suite *suite);
/* These runs. 0, or -1 with @why filled in. */
int records_named(struct records *all, char *const *dirs, size_t n, char *why, size_t why_size);
void records_release(struct records *all);

#endif
