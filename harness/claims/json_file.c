// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "json_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/slurp.h"

json_t *json_file_load(const char *path, char *why, size_t why_size)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	json_t *root = NULL;
	json_error_t error;
	size_t len = 0;

	if (in)
		text = slurp(in, JSON_FILE_MAX, &len);
	if (!text) {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
	} else if (len > JSON_FILE_MAX) {
		snprintf(why, why_size, "%s: larger than %u MiB", path, JSON_FILE_MAX >> 20);
	} else {
		/* How deep it may be nested is limited by jansson, to 2048. */
		root = json_loadb(text, len, 0, &error);
		if (!root)
			snprintf(why, why_size, "%s:%d: %s", path, error.line, error.text);
	}
	if (in)
		fclose(in);
	free(text);
	return root;
}
