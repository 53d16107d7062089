/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What kind of difference two engines show on a case. While a case is made smaller the numbers in
 * it change; what must stay is where they differ (the command), and in what way (a value where an
 * errno was due, another value, a crash, a leak).
 */
#ifndef TAILCHECK_SYMPTOM_H
#define TAILCHECK_SYMPTOM_H

#include <stdbool.h>

enum symptom_kind {
	SYMPTOM_NONE, /* both give the same, or one of them cannot be judged */
	SYMPTOM_DIFFERS,
	SYMPTOM_CRASHED, /* the engine died of the case */
	SYMPTOM_TIMED_OUT,
};

struct symptom {
	enum symptom_kind kind;
	/* Of SYMPTOM_DIFFERS, at the first step that differs: */
	char command[32]; /* of the case's format; "observe" for `run` and `lookup` alike */
	char wanted[32];  /* "value", "text", the name of an errno, "leaked", "nothing" ... */
	char got[32];
};

/* Compare two complete transcripts. */
struct symptom symptom_of(const char *wanted, const char *got);
bool symptom_same(const struct symptom *a, const struct symptom *b);

#endif
