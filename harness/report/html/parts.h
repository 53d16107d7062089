/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of the page; html.c puts them together. */
#ifndef TAILCHECK_REPORT_PARTS_H
#define TAILCHECK_REPORT_PARTS_H

#include "../../../engines/reference/quirk.h"
#include "escape.h"
#include "html.h"

void part_areas(FILE *out, const struct report *r);
void part_skips(FILE *out, const struct report *r);
void part_quirks(FILE *out, const struct report *r);
void part_changes(FILE *out, const struct report *r);
void part_claims(FILE *out, const struct report *r);
void part_cases(FILE *out, const struct report *r);
void part_findings(FILE *out, const struct report *r);
void part_trouble(FILE *out, const struct report *r);
void part_runs(FILE *out, const struct report *r);

/* How many there are: for the first lines of the page. */
size_t count_findings(const struct report *r);
size_t count_trouble(const struct report *r);

/* Links to quirks, a comma between; "none" for none. */
void put_quirks(FILE *out, quirk_set set);
void put_case_link(FILE *out, const char *name);
void put_who(FILE *out, const struct report *r, const struct columns *set);
/* "jit: 5.10.223 to 6.1.176, 7.0.13" for every engine that has it, in kernels @from ... @to - 1. */
void put_spans(FILE *out, const struct report *r, size_t from, size_t to, int quirk);
/* The heads of a table with a column for each kernel; @letters: with the engines it has. */
void put_kernel_heads(FILE *out, const struct report *r, bool letters);
/* Quirks in the order to show them: those that ended first come first. To be freed. */
int *quirk_order(const struct report *r, size_t from, size_t to);
/* The word that stands for a verdict in the page's classes and filters: "ok", "q", "u", "bad". */
const char *verdict_class(enum verdict v);

#endif
