/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The report of one or many runs, for people and for machines. */
#ifndef TAILCHECK_REPORT_HTML_H
#define TAILCHECK_REPORT_HTML_H

#include <stdio.h>

#include "model.h"

/* One page that needs nothing beside it. */
void report_html(FILE *out, const struct report *r);

/* The same as JSON: docs/report.schema.json. 0, or -1 where it cannot be written. */
int report_json(FILE *out, const struct report *r);

/*
 * Both, as @path and as the same with .json for .html at its end, each whole or not at all. 0, or
 * -1 with a message in @why.
 */
int report_write(const struct report *r, const char *path, char *why, size_t why_size);

#endif
