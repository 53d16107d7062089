// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "diag.h"

#include <stdarg.h>
#include <string.h>

int diag_at(struct diag *d, const char *file, unsigned int line, const char *text, const char *at,
	    const char *fmt, ...)
{
	va_list ap;

	memset(d, 0, sizeof(*d));
	snprintf(d->file, sizeof(d->file), "%s", file ? file : "");
	d->line = line;
	va_start(ap, fmt);
	vsnprintf(d->message, sizeof(d->message), fmt, ap);
	va_end(ap);
	if (text) {
		size_t len = strcspn(text, "\n");

		snprintf(d->text, sizeof(d->text), "%.*s", (int)len, text);
		if (at && at >= text && at <= text + len)
			d->column = (unsigned int)(at - text) + 1;
	}
	return -1;
}

void diag_print(FILE *out, const struct diag *d)
{
	fprintf(out, "%s:", d->file);
	if (d->line)
		fprintf(out, "%u:", d->line);
	if (d->column)
		fprintf(out, "%u:", d->column);
	fprintf(out, " error: %s\n", d->message);
	if (!d->text[0])
		return;
	fprintf(out, "  %s\n", d->text);
	if (!d->column)
		return;
	fputs("  ", out);
	for (unsigned int i = 0; i + 1 < d->column && d->text[i]; i++)
		fputc(d->text[i] == '\t' ? '\t' : ' ', out);
	fputs("^\n", out);
}
