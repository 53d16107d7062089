// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "cli.h"
#include "matrix.h"

#define COLUMNS 79

static const char *const state_names[] = {
	[ROW_WAITING] = "waiting", [ROW_RUNNING] = "running", [ROW_KEPT] = "kept",
	[ROW_DONE] = "done",	   [ROW_FAILED] = "FAILED",
};

static const char *text_of(const struct row *row)
{
	switch (row->state) {
	case ROW_WAITING:
		return "";
	case ROW_KEPT:
		return row->exit_code ? "not as expected; of an earlier matrix"
				      : "as expected; of an earlier matrix";
	case ROW_DONE:
		return row->exit_code ? "not as expected" : "as expected";
	default:
		return row->said;
	}
}

static void show_row(const struct matrix *m, const struct row *row)
{
	double seconds = row->state == ROW_RUNNING ? clock_seconds() - row->from : row->seconds;
	char line[400], time[16] = "";
	int n;

	if (row->state != ROW_WAITING && row->state != ROW_KEPT)
		snprintf(time, sizeof(time), "%.0f s", seconds);
	n = snprintf(line, sizeof(line), "%-20s %-8s%6s  %s", row->kernel, state_names[row->state],
		     time, text_of(row));
	fprintf(stderr, "%.*s%s\n", n > COLUMNS ? COLUMNS : n, line, m->terminal ? "\033[K" : "");
}

void matrix_show(struct matrix *m, const struct row *changed)
{
	if (!m->terminal) {
		if (changed)
			show_row(m, changed);
		for (size_t i = 0; !changed && i < m->n; i++)
			if (m->rows[i].state == ROW_KEPT)
				show_row(m, &m->rows[i]);
		return;
	}
	if (m->shown)
		fprintf(stderr, "\033[%uA", m->shown);
	for (size_t i = 0; i < m->n; i++)
		show_row(m, &m->rows[i]);
	m->shown = (unsigned int)m->n;
}
