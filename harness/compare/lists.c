// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the forms of a comparison share. */
#include <stdlib.h>
#include <string.h>

#include "../report/report.h"
#include "compare.h"

char *comparison_engines(const struct comparison *c, unsigned int pairs)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool any = false;

	if (!out)
		abort();
	for (size_t i = 0; i < c->n_pairs; i++) {
		if (!(pairs & 1U << i))
			continue;
		fprintf(out, "%s%s", any ? ", " : "", c->pairs[i].name);
		any = true;
	}
	fclose(out);
	return text;
}

bool change_belongs(const struct change *change, const struct quirk_change *qc)
{
	if (!qc)
		return !change->quirks;
	return change->quirks & QUIRK_BIT(qc->quirk) && change->pairs & qc->pairs;
}

char *count_areas(const struct name_list *list)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	for (size_t i = 0, n; i < list->n; i += n) {
		size_t area = area_length(list->names[i]);

		for (n = 1; i + n < list->n && area_length(list->names[i + n]) == area &&
			    !memcmp(list->names[i], list->names[i + n], area);
		     n++)
			;
		fprintf(out, "%s%.*s %zu", i ? ", " : "", (int)area, list->names[i], n);
	}
	fclose(out);
	return text;
}
