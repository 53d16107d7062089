// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "progress.h"

#include <unistd.h>

#include "../base/clock.h"

#define BAR_WIDTH      40
#define TERMINAL_EVERY 0.1 /* seconds */
#define LINE_EVERY     5.0

static void clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", p->out);
	p->shown = false;
}

static void show(struct progress *p)
{
	size_t full = p->total ? BAR_WIDTH * p->done / p->total : BAR_WIDTH;

	if (!p->terminal) {
		fprintf(p->out, "  %zu of %zu done, %zu not as expected\n", p->done, p->total,
			p->unexpected);
		return;
	}
	fputs("\r[", p->out);
	for (size_t i = 0; i < BAR_WIDTH; i++)
		fputc(i < full ? '#' : '.', p->out);
	fprintf(p->out, "] %zu/%zu, %zu not as expected\033[K", p->done, p->total, p->unexpected);
	fflush(p->out);
	p->shown = true;
}

void progress_begin(struct progress *p, FILE *out, size_t total)
{
	*p = (struct progress){ .out = out, .total = total, .terminal = isatty(fileno(out)) };
	p->next = clock_seconds() + (p->terminal ? 0 : LINE_EVERY);
}

void progress_step(struct progress *p, bool unexpected)
{
	p->done++;
	p->unexpected += unexpected;
	if (clock_seconds() < p->next)
		return;
	show(p);
	p->next = clock_seconds() + (p->terminal ? TERMINAL_EVERY : LINE_EVERY);
}

void progress_say(struct progress *p, const char *text)
{
	FILE *out = p->out ? p->out : stderr;

	clear(p);
	fprintf(out, "%s\n", text);
}

void progress_end(struct progress *p)
{
	clear(p);
	fflush(p->out);
}
