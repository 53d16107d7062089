// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What runs leave on disk, read back: a journal ('j' is the first byte), or a run's folder with
 * summary.json, cases.case, ref-interp.txt and a baseline, which are the parts of the input. What
 * is read goes through merging, every form of export, and the gate.
 */
#include "input.h"

#include "../../harness/claims/record.h"
#include "../../harness/claims/transcripts.h"
#include "../../harness/gate/gate.h"
#include "../../harness/journal/journal.h"
#include "../../harness/merge/merge.h"
#include "../../harness/report/export.h"

static char *journal_path;
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_make_dir();
	journal_path = xasprintf("%s/journal", fuzz_dir);
	nowhere = fopen("/dev/null", "we");
	return 0;
}

/* What was read is whole, and what is appended to it is read back. */
static void try_journal(const uint8_t *data, size_t size)
{
	struct journal_content c, again;
	char why[300] = "";
	struct journal *j;
	size_t before;

	fuzz_write(fuzz_dir, "journal", data, size);
	j = journal_continue(journal_path, &c, why, sizeof(why));
	if (!j && !why[0])
		finding("a journal is refused without a reason");
	before = c.n_records;
	for (size_t i = 1; i < before; i++)
		if (c.records[i].seq <= c.records[i - 1].seq)
			finding("records are not in order");
	if (j) {
		/* A hostile number may be the last that there is. */
		bool room = before && c.records[before - 1].seq < UINT64_MAX - 2;
		int err = journal_append(j, "mark", "here", 4);

		journal_close(j);
		if (journal_read(&again, journal_path, why, sizeof(why)))
			finding("a journal that was continued is not read");
		if (room && !err &&
		    (again.n_records != before + 1 ||
		     strcmp(again.records[before].bytes, "here") != 0))
			finding("what was appended is not found");
		journal_content_release(&again);
	}
	journal_content_release(&c);
}

static void try_gate(const struct record *r, const char *text)
{
	const struct gate_selection all = { .level = LEVEL_MAY };
	struct gate_outcome g;
	struct baseline b;
	struct observed o;
	struct diag d;

	if (baseline_parse(&b, text, "fuzz", &d))
		return;
	observe(&o, r, 1);
	gate(&g, &b, &o, &all);
	gate_find_changes(&g, &b, &o, "fuzz");
	gate_print(nowhere, &g, "fuzz");
	gate_print_github(nowhere, &g, "fuzz");
	gate_release(&g);
	observed_release(&o);
	baseline_release(&b);
}

static void try_exports(const struct record *r)
{
	struct run_results results;
	const struct exported x = { &results, 1, "fuzz" };

	record_results(&results, r);
	export_ktap(nowhere, &x);
	export_junit(nowhere, &x);
	export_markdown(nowhere, &x);
	export_github(nowhere, &x);
	export_kcidb(nowhere, &x);
	results_release(&results);
}

static void try_merge(const struct record *r)
{
	const struct record *const runs[] = { r };
	struct merged m;
	char why[300] = "";

	if (!merge_shards(&m, runs, 1, why, sizeof(why)))
		merged_release(&m);
	else if (!why[0])
		finding("shards are refused without a reason");
}

static void try_run(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "summary.json", "cases.case", "ref-interp.txt" };
	struct transcripts t;
	struct record r;
	char why[600] = "", *part, *path;
	size_t len;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		part = fuzz_part(&data, &size, &len);
		fuzz_write(fuzz_dir, names[i], part, len);
		if (i == 1) /* the whole of which a shard is a part */
			fuzz_write(fuzz_dir, "suite.case", part, len);
		free(part);
	}
	part = fuzz_part(&data, &size, &len);
	path = xasprintf("%s/ref-interp.txt", fuzz_dir);
	if (!transcripts_read(&t, path, why, sizeof(why)))
		transcripts_release(&t);
	else if (!why[0])
		finding("transcripts are refused without a reason");
	why[0] = '\0';
	if (!record_read(&r, fuzz_dir, why, sizeof(why))) {
		record_read_transcripts(&r, why, sizeof(why));
		try_exports(&r);
		try_merge(&r);
		try_gate(&r, part);
		record_release(&r);
	} else if (!why[0]) {
		finding("a run is refused without a reason");
	}
	free(path);
	free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && *data == 'j')
		try_journal(data + 1, size - 1);
	else
		try_run(data, size);
	return 0;
}
