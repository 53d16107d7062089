// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* semantics: docs/semantics-measured.md. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../claims/document.h"
#include "cli.h"

struct semantics_args {
	char **runs;
	size_t n_runs;
	const char *file;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct semantics_args *a = state->input;

	switch (key) {
	case 'o':
		a->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->runs, a->n_runs) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int load_areas(struct areas *areas, const struct suite *suite)
{
	char *path = root_path("cases/areas");
	struct diag d;
	int ret = areas_read(areas, path, &d);

	if (ret)
		diag_print(stderr, &d);
	else
		areas_complete(areas, suite);
	free(path);
	return ret ? EXIT_USAGE : 0;
}

/* To a file only when the whole text is there. */
static int print_document(const struct document *doc, const char *file)
{
	FILE *out = file ? fopen(file, "we") : stdout;
	int bad;

	if (!out) {
		fprintf(stderr, "tailcheck: cannot write %s: %s\n", file, strerror(errno));
		return EXIT_INFRA;
	}
	document_print(out, doc);
	bad = ferror(out) || fflush(out);
	if (file && fclose(out))
		bad = 1;
	if (bad)
		fprintf(stderr, "tailcheck: cannot write %s: %s\n", file ? file : "the document",
			strerror(errno));
	return bad ? EXIT_INFRA : 0;
}

int cmd_semantics(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "write to this file", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[RUN]...",
		"The rules of prog_arrays and tail calls, and which kernels keep them, as a "
		"document "
		"in Markdown: from the cases, the claims, and runs (folders below results/; by "
		"default the last whole one of each kernel).",
		NULL,
		NULL,
		NULL
	};
	struct semantics_args a = { .file = NULL };
	struct selection sel = { 0 };
	struct records records = { .n_records = 0 };
	struct suite suite = { .n_cases = 0 };
	struct claims claims = { .n_claims = 0 };
	struct areas areas = { .n_areas = 0 };
	const struct document doc = { &claims, &areas, &suite, &records };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = load_claims(&claims);
	if (!ret)
		ret = selection_load(&sel, &suite);
	claims_drop_probes(&suite);
	if (!ret)
		ret = load_areas(&areas, &suite);
	if (!ret)
		ret = load_records(&records, a.runs, a.n_runs, &suite);
	if (!ret && !records.n_records) {
		fprintf(stderr,
			"tailcheck: there is no run to tell of: `tailcheck run` makes one\n");
		ret = EXIT_NOTHING_RAN;
	}
	if (!ret)
		ret = print_document(&doc, a.file);
	records_release(&records);
	suite_release(&suite);
	claims_release(&claims);
	areas_release(&areas);
	free(a.runs);
	return ret;
}
