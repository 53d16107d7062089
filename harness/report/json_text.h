// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#ifndef TAILCHECK_REPORT_JSON_TEXT_H
#define TAILCHECK_REPORT_JSON_TEXT_H

#include <jansson.h>

/*
 * A string of JSON, which holds UTF-8, from a text of any bytes: transcripts, kernels' logs,
 * guests' words. Where it is no UTF-8 each byte above 0x7f becomes "?". NULL is the empty text. The
 * caller has the reference.
 */
json_t *json_text(const char *text);

#endif
