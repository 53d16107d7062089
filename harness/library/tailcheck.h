/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tailcheck as a library (libtailcheck.a): read cases, run them on a runtime that is linked to the
 * same program and fills in the struct engine of <tailcheck/engine.h>, and hear where it does not
 * do what it should. docs/library.md has an example.
 *
 * Strings go in and out as UTF-8 with a NUL at the end; sizes are in bytes. What is returned as
 * const belongs to the library and lives as long as the suite that it came from. A program that is
 * out of memory is ended by abort(3).
 *
 * Different threads may run cases of one suite at the same time, each on an engine of its own. All
 * symbols of the library begin with tailcheck_.
 */
#ifndef TAILCHECK_TAILCHECK_H
#define TAILCHECK_TAILCHECK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct engine;
struct tailcheck_suite;
struct tailcheck_case;

/*
 * Read case files: each path is one, or a folder, of which every *.case below it is read. The cases
 * are then sorted by name. NULL where a file cannot be read or is wrong, or a name occurs twice;
 * @why then has the file, the line and the place (several lines, cut to @why_size).
 */
struct tailcheck_suite *tailcheck_suite_read(const char *const *paths, size_t n_paths, char *why,
					     size_t why_size);

/* The same of @len bytes of text, which are copied; @file is what messages call them. */
struct tailcheck_suite *tailcheck_suite_parse(const char *text, size_t len, const char *file,
					      char *why, size_t why_size);

void tailcheck_suite_free(struct tailcheck_suite *suite); /* NULL is fine */

size_t tailcheck_suite_size(const struct tailcheck_suite *suite); /* cases */
/* By index, from 0; NULL behind the last. */
const struct tailcheck_case *tailcheck_suite_case(const struct tailcheck_suite *suite, size_t i);
/* By name; NULL where there is none. */
const struct tailcheck_case *tailcheck_suite_find(const struct tailcheck_suite *suite,
						  const char *name);

/* must: documented, or what programs rely on; should: errno, order of checks; may: a detail. */
enum tailcheck_level { TAILCHECK_MUST, TAILCHECK_SHOULD, TAILCHECK_MAY };

const char *tailcheck_case_name(const struct tailcheck_case *c);
const char *tailcheck_case_file(const struct tailcheck_case *c);
unsigned int tailcheck_case_line(const struct tailcheck_case *c); /* where it begins, from 1 */
enum tailcheck_level tailcheck_case_level(const struct tailcheck_case *c);
/* Does the name match: itself, a glob (fnmatch(3)), or the area before the first dot? */
bool tailcheck_case_matches(const struct tailcheck_case *c, const char *pattern);

enum tailcheck_verdict {
	TAILCHECK_CONFORMS,    /* every step gave what the case expects */
	TAILCHECK_DIVERGES,    /* one did not, or something was left behind at the end */
	TAILCHECK_UNSUPPORTED, /* the engine lacks something: neither a pass nor a failure */
	TAILCHECK_FAULT,       /* the engine itself failed (ENGINE_FAULT) */
};

/* "conforms", "diverges", "unsupported", "fault". */
const char *tailcheck_verdict_name(enum tailcheck_verdict verdict);

struct tailcheck_result {
	enum tailcheck_verdict verdict;
	size_t step; /* that diverged, or could not be carried out, from 1; 0: none, or all of them
		      */
	char *why;   /* of other verdicts than TAILCHECK_CONFORMS, else NULL: "run main: expected 1,
			got 2" */
	/*
	 * What every step gave, a line each: "3 run main = 1". Lines that begin with # are for
	 * people.
	 */
	char *transcript;
};

/*
 * Run a case on an engine, and leave the engine reset. The case's condition (`needs`) is held
 * against the engine's name; an engine whose name is neither of a kernel's (jit, interp,
 * jit-hardened) nor "reference" is only asked for what every engine has.
 *
 * The engine runs in this process: where it crashes or hangs, so does the program (the engine
 * protocol is for runtimes that must not). One that gave TAILCHECK_FAULT should not be used again.
 * @result is written to whatever was in it, and to be released.
 */
void tailcheck_run(const struct tailcheck_case *c, struct engine *e,
		   struct tailcheck_result *result);
void tailcheck_result_release(struct tailcheck_result *result);

/* The transcript where every step gives what the case expects; to be freed with free(3). */
char *tailcheck_expected(const struct tailcheck_case *c);
/* Do two transcripts of one case say the same? */
bool tailcheck_same(const char *a, const char *b);

/*
 * The reference, as an engine to compare with where cases of one's own do not know what to expect:
 * its interpreter, and its JIT (x86-64 only: elsewhere every load is unsupported; one thread of
 * the process at a time). To be released by e->ops->destroy(e).
 */
struct engine *tailcheck_reference_interp(void);
struct engine *tailcheck_reference_jit(void);

#ifdef __cplusplus
}
#endif
#endif
