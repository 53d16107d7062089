// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lines to the server that makes an adapter of the reference. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/process/server.h"
#include "../../engines/reference/reference.h"
#include "../../harness/base/alloc.h"

#define BUDGET 3000 /* instructions of a run, which a request may repeat */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever may ask may ask for a program to be run a billion times: that is left out. */
static bool takes_long(const char *line)
{
	const char *repeat = strstr(line, "repeat=");

	return repeat && strtoull(repeat + 7, NULL, 10) > 100;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine *e = reference_interp_new(0);
	struct protocol_server *s = protocol_server_new(e, "1");
	char *text = xstrndup((const char *)data, size), *at = text, *line;
	const char *answer;

	reference_set_budget(e, BUDGET);
	while ((line = strsep(&at, "\n"))) {
		char *exact = xstrdup(line); /* so that what reads behind it is found */

		answer = takes_long(line) ? "" : protocol_answer(s, exact);
		if (answer && strchr(answer, '\n')) {
			fprintf(stderr, "fuzz: an answer of two lines\n");
			abort();
		}
		free(exact);
		if (!answer)
			break;
	}
	protocol_server_free(s);
	e->ops->destroy(e);
	free(text);
	return 0;
}
