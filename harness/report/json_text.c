// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "json_text.h"

#include <stdlib.h>

#include "../base/alloc.h"

json_t *json_text(const char *text)
{
	json_t *string = json_string(text ? text : "");
	char *ascii;

	if (string)
		return string;
	ascii = xstrdup(text);
	for (char *s = ascii; *s; s++)
		if (*s & 0x80)
			*s = '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}
