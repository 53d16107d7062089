/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TAILCHECK_JSON_FILE_H
#define TAILCHECK_JSON_FILE_H

#include <jansson.h>
#include <stddef.h>

#define JSON_FILE_MAX (64U << 20) /* bytes; a hundred thousand cases take 18 million */

/* A file of JSON. NULL with a message in @why, which names the file: also where it is larger. */
json_t *json_file_load(const char *path, char *why, size_t why_size);

#endif
