// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The probes of a run, or what they gave in an earlier one in guests of the same snapshot. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../vm/snapshot.h"
#include "kept_probes.h"
#include "run_journal.h"

struct job run_job_for(const struct test_case *c, unsigned int engines)
{
	return (struct job){ .text = c->text, .len = c->text_len, .engines = engines };
}

int run_work_off(struct run *run, const struct job *jobs, size_t n)
{
	return run->runtime ? runtime_run(run->runtime, jobs, n) : fleet_run(run->fleet, jobs, n);
}

size_t run_probe_jobs(struct run *run, struct job jobs[QUIRK_COUNT])
{
	size_t n = 0;

	for (int q = 0; q < QUIRK_COUNT; q++) {
		const struct test_case *c = probe_of(&run->probes, q);
		unsigned int engines = 0;

		for (size_t e = 0; e < run->kernel->n_engines; e++)
			if (!run->probe_transcripts[e][q])
				engines |= 1U << e;
		if (!c || !engines)
			continue;
		run->probe_of_job[n] = q;
		jobs[n++] = run_job_for(c, engines);
	}
	return n;
}

/* Faults are there to make guests answer wrongly. */
static bool with_faults(void)
{
	const char *fault = getenv("TAILCHECK_FAULT");

	return fault && *fault;
}

/* Nothing was lost, nothing died, and every probe fits. */
static bool worth_keeping(const struct run *run)
{
	for (size_t e = 0; e < run->kernel->n_engines; e++) {
		if (run->results.engines[e].uncertain)
			return false;
		for (int q = 0; q < QUIRK_COUNT; q++) {
			const char *t = run->probe_transcripts[e][q];

			if (probe_of(&run->probes, q) &&
			    (!t || !strncmp(t, FLEET_DIED_FIRST, strlen(FLEET_DIED_FIRST))))
				return false;
		}
	}
	return !run->results.n_splats && !run_interrupted && !with_faults();
}

static void keep(const struct run *run)
{
	struct kept_probes k = { .kernel = *run->kernel, .made = time(NULL) };
	char why[400];

	/* There is one where the guests were restored from it, or it was made of one of them. */
	if (!run->snapshot || access(snapshot_folder(run->snapshot), F_OK) || !worth_keeping(run))
		return;
	memcpy(k.transcripts, run->probe_transcripts, sizeof(k.transcripts));
	memcpy(k.ends, run->probe_ends, sizeof(k.ends));
	if (kept_probes_store(&k, snapshot_folder(run->snapshot), &run->probes, why, sizeof(why)) &&
	    *why)
		fprintf(stderr, "tailcheck: what the probes gave could not be kept: %s\n", why);
}

void run_probes(struct run *run)
{
	struct job jobs[QUIRK_COUNT];
	size_t n = run_probe_jobs(run, jobs);

	run->probing = true;
	if (n)
		run_work_off(run, jobs, n);
	run->probing = false;
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		find_quirks(&run->probes, run->probe_transcripts[e], &run->results.engines[e]);
	if (n && !run->known_kernel.release[0])
		keep(run);
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		run->results.engines[e].quirks &= ~run->o.without;
}

void run_probes_look_for_kept(struct run *run)
{
	struct kept_probes *k;
	char why[100];

	if (!run->o.kept_probes || !run->snapshot || run->known_kernel.release[0] ||
	    run->suite.n_cases >= run->probes.n_cases || with_faults())
		return;
	k = xcalloc(1, sizeof(*k));
	switch (kept_probes_load(k, snapshot_folder(run->snapshot), &run->probes, why,
				 sizeof(why))) {
	case KEPT_GOOD:
		run->kept = k;
		return;
	case KEPT_BAD:
		fprintf(stderr,
			"tailcheck: what the probes gave earlier cannot be used (%s): "
			"they run again\n",
			why);
		break;
	case KEPT_NONE:
		break;
	}
	free(k);
}

static char *time_text(time_t t)
{
	char text[40];
	struct tm tm;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", gmtime_r(&t, &tm));
	return xstrdup(text);
}

void run_probes_take_kept(struct run *run)
{
	struct kept_probes *k = run->kept;

	if (!k || memcmp(&k->kernel, run->kernel, sizeof(k->kernel)) != 0)
		return;
	run->results.probes_kept = time_text(k->made);
	run_journal_kept(run, run->results.probes_kept);
	for (size_t e = 0; e < run->kernel->n_engines; e++)
		for (int q = 0; q < QUIRK_COUNT; q++) {
			if (!k->transcripts[e][q])
				continue;
			run->probe_transcripts[e][q] = k->transcripts[e][q];
			run->probe_ends[e][q] = k->ends[e][q];
			k->transcripts[e][q] = NULL;
			run_journal_result(run, "probe", probe_of(&run->probes, q), (unsigned int)e,
					   run->probe_transcripts[e][q], run->probe_ends[e][q]);
		}
}

void run_probes_release(struct run *run)
{
	for (size_t e = 0; e < MAX_ENGINES; e++)
		for (int q = 0; q < QUIRK_COUNT; q++)
			free(run->probe_transcripts[e][q]);
	if (run->kept)
		kept_probes_release(run->kept);
	free(run->kept);
}
