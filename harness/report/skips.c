// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What did not run, by class and reason. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "fold.h"
#include "report.h"

#define NEEDS	    "needs "
#define UNSUPPORTED "unsupported: "

const char *skip_class(const struct result *res, const char **reason, int *len)
{
	static const struct {
		const char *begin, *class;
	} classes[] = { { NEEDS, "case" }, { UNSUPPORTED, "engine" } };

	*reason = report_reason(res, len);
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		int n = (int)strlen(classes[i].begin);

		if (*len >= n && !memcmp(*reason, classes[i].begin, (size_t)n)) {
			*reason += n;
			*len -= n;
			return classes[i].class;
		}
	}
	return "engine";
}

struct skip {
	const char *class, *reason;
	int len;
	size_t n;
};

static int by_class_then_number(const void *a, const void *b)
{
	const struct skip *x = a, *y = b;
	int d = strcmp(x->class, y->class);

	if (!d)
		d = (x->n < y->n) - (x->n > y->n);
	if (!d)
		d = strncmp(x->reason, y->reason, (size_t)(x->len < y->len ? x->len : y->len));
	return d ? d : x->len - y->len;
}

static struct skip *collect(const struct run_results *r, size_t *n)
{
	struct skip *skips = NULL;

	*n = 0;
	for (size_t i = 0; i < r->suite->n_cases * r->n_engines; i++) {
		const struct result *res = &r->results[i];
		struct skip s = { .n = 1 };
		size_t k = 0;

		if (res->verdict != VERDICT_UNSUPPORTED || !r->engines[i % r->n_engines].offered)
			continue;
		s.class = skip_class(res, &s.reason, &s.len);
		while (k < *n && (skips[k].class != s.class || skips[k].len != s.len ||
				  memcmp(skips[k].reason, s.reason, (size_t)s.len) != 0))
			k++;
		if (k < *n)
			skips[k].n++;
		else
			*vec_add(skips, *n) = s;
	}
	if (*n)
		qsort(skips, *n, sizeof(*skips), by_class_then_number);
	return skips;
}

void report_skips(FILE *out, const struct run_results *r)
{
	size_t n;
	struct skip *skips = collect(r, &n);

	if (n)
		fputs("unsupported, and why:\n", out);
	for (size_t i = 0; i < n; i++)
		fold(out, "", 11, "%6zu  %s%.*s", skips[i].n,
		     strcmp(skips[i].class, "case") == 0 ? "the case says needs " : "missing: ",
		     skips[i].len, skips[i].reason);
	if (n)
		fputc('\n', out);
	free(skips);
}
