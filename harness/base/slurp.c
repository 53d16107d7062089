// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "slurp.h"

#include <errno.h>
#include <stdlib.h>

#include "alloc.h"

#define FIRST_ROOM 65536

char *slurp(FILE *in, size_t most, size_t *len)
{
	size_t room = 0, got;
	char *text = NULL;

	*len = 0;
	do {
		if (*len == room) {
			room = room ? 2 * room : FIRST_ROOM;
			if (room > most)
				room = most + 1;
			text = xreallocarray(text, room + 1, 1);
		}
		got = fread(text + *len, 1, room - *len, in);
		*len += got;
	} while (got && *len <= most);
	if (ferror(in)) {
		int err = errno;

		free(text);
		errno = err;
		return NULL;
	}
	text[*len] = '\0';
	return text;
}
