// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Findings, made small. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../repro/repro.h"
#include "findings.h"
#include "sides.h"

static FILE *open_beside(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *out = fopen(path, "we");

	if (!out)
		perror(path);
	free(path);
	return out;
}

static void write_reduced(const char *folder, const struct reduced *r)
{
	FILE *out = open_beside(folder, "reduced.case");
	char *text = NULL;
	struct diag d;
	size_t len;

	if (out) {
		case_file_print(out, &r->file);
		fclose(out);
	}
	out = open_memstream(&text, &len);
	if (!out)
		abort();
	/* Some commands cannot be written in C; then there is the case. */
	if (repro_write(out, &r->file.cases[0], &d) == 0) {
		FILE *file = open_beside(folder, "reduced.c");

		fclose(out);
		if (file) {
			fwrite(text, 1, len, file);
			fclose(file);
		}
	} else {
		fclose(out);
	}
	free(text);
}

/* The first of those that show it; where the reference itself is wrong, its JIT against it. */
static int choose_sides(struct sides *s, const struct finding *found, char *engine, size_t size,
			char *why, size_t why_size)
{
	snprintf(engine, size, "%.*s", (int)strcspn(found->engines, ","), found->engines);
	if (strcmp(engine, "reference") == 0) {
		snprintf(why, why_size, "the case and the reference differ, no two engines");
		return -1;
	}
	if (side_parse(&s->tested, engine, why, why_size) ||
	    side_parse(&s->against, "reference", why, why_size))
		return -1;
	return s->tested.kind == SIDE_GUEST ? sides_find_engines(s, why, why_size) : 0;
}

static void reduce_finding(const struct findings *f, const struct finding *found, struct run *run,
			   unsigned int seconds)
{
	char *folder = xasprintf("%s/%s", f->dir, found->folder), why[300] = "", engine[32];
	char *path = xasprintf("%s/case.case", folder);
	struct sides sides = { .run = run };
	struct case_file file;
	struct reduced r;
	struct diag d;

	if (case_file_read(&file, path, &d)) {
		diag_print(stderr, &d);
	} else {
		if (choose_sides(&sides, found, engine, sizeof(engine), why, sizeof(why)) == 0 &&
		    sides_reduce(&sides, &file.cases[0], seconds, &r, why, sizeof(why)) == 0) {
			write_reduced(folder, &r);
			case_file_release(&r.file);
		} else {
			fprintf(stderr, "tailcheck: %s: not reduced: %s\n", found->folder, why);
		}
		case_file_release(&file);
	}
	sides_close(&sides);
	free(path);
	free(folder);
}

void findings_reduce(const struct findings *f, struct run *run, unsigned int seconds)
{
	for (size_t i = 0; i < f->n_found && seconds && !run_interrupted; i++)
		reduce_finding(f, &f->found[i], run, seconds);
}
