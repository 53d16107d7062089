/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an adapter does wrong, in words: for whoever writes one. */
#ifndef TAILCHECK_ADAPTER_CHECK_H
#define TAILCHECK_ADAPTER_CHECK_H

#include <stdio.h>

struct adapter_findings {
	unsigned int right, wrong, not_done;
};

/* Start it by @command and try it, a line to @out for each try. 0, or -1 where it does not start.
 */
int adapter_check(FILE *out, const char *command, struct adapter_findings *found);

#endif
