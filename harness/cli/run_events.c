// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the guests of a run say: results, logs, trouble. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/plain.h"
#include "run.h"
#include "run_journal.h"

#define MAX_LOG (64U << 20) /* bytes of one guest */

/*
 * Bytes of all transcripts: some, and many times what a result has. An engine may say a mebibyte
 * for each result; behind this it is cut to what fits a report.
 */
#define MAX_TRANSCRIPTS(results) ((64UL << 20) + (results)*4096UL)
#define CUT_TRANSCRIPT		 4096

void run_on_note(void *arg, const char *text)
{
	struct run *run = arg;
	char *line;

	/* Who asks for what kills guests knows. */
	if (run->answers)
		return;
	line = xasprintf("tailcheck: %s", text);
	plain_line(line);
	progress_say(&run->progress, line);
	free(line);
}

static void on_log(void *arg, unsigned int guest, const char *bytes, size_t n)
{
	struct run *run = arg;

	if (!run->logs[guest]) {
		char *path = xasprintf("%s/kernel-%u.log", run->dir, guest);

		run->logs[guest] = fopen(path, "ae");
		free(path);
	}
	/* A log that cannot be written is a loss, not a reason to stop; nor is a guest that floods
	 * it. */
	if (!run->logs[guest] || run->log_bytes[guest] > MAX_LOG)
		return;
	fwrite(bytes, 1, n, run->logs[guest]);
	run->log_bytes[guest] += n;
	if (run->log_bytes[guest] > MAX_LOG)
		fputs("\ntailcheck: the log is longer than is kept; what follows is lost\n",
		      run->logs[guest]);
}

static void on_splat(void *arg, size_t job, const char *engine, const char *line)
{
	struct run *run = arg;
	struct run_splat *s = vec_add(run->results.splats, run->results.n_splats);
	const struct test_case *c = NULL;

	if (job != NO_JOB && !run->answers)
		c = run->probing ? probe_of(&run->probes, run->probe_of_job[job])
				 : run->suite.cases[run->case_of_job[job]];
	s->case_name = c ? xstrdup(c->name) : NULL;
	s->engine = xstrdup(engine);
	plain_line(s->engine);
	s->line = xstrdup(line);
	plain_transcript(s->line);
	run_journal_splat(run, s);
}

static enum verdict verdict_of_end(enum job_end end)
{
	switch (end) {
	case END_UNSUPPORTED:
		return VERDICT_UNSUPPORTED;
	case END_CRASHED:
		return VERDICT_CRASHED;
	case END_TIMED_OUT:
		return VERDICT_TIMED_OUT;
	case END_PROTOCOL:
		return VERDICT_PROTOCOL;
	case END_INFRA:
		return VERDICT_INFRA;
	default: /* a faulty engine is not what the case expects */
		return VERDICT_DIVERGES;
	}
}

void run_take_result(struct run *run, size_t c, unsigned int engine, struct run_end end,
		     const char *transcript)
{
	struct result *res = result_of(&run->results, c, engine);

	if (!strncmp(transcript, FLEET_DIED_FIRST, strlen(FLEET_DIED_FIRST))) {
		const char *how = transcript + strlen(FLEET_DIED_FIRST);

		*vec_add(run->results.deaths, run->results.n_deaths) =
			(struct run_death){ c, engine, xstrndup(how, strcspn(how, "\n")) };
	}
	run->ends[c * run->results.n_engines + engine] = end;
	res->transcript = xstrdup(transcript);
	if (end.leaked)
		res->verdict = VERDICT_DIVERGES;
	else if (end.end == END_COMPLETE)
		judge(run->suite.cases[c], &run->results.engines[engine], res);
	else
		res->verdict = verdict_of_end(end.end);
}

/* What is kept of it, to be freed. */
static char *kept_of(struct run *run, const char *transcript)
{
	size_t n = strlen(transcript), results = run->suite.n_cases * run->results.n_engines;
	char *kept;

	run->transcript_bytes += n;
	if (n <= CUT_TRANSCRIPT || run->transcript_bytes <= MAX_TRANSCRIPTS(results))
		kept = xstrdup(transcript);
	else
		kept = xasprintf("%.*s\n# too much was said in this run: the rest is not kept\n",
				 CUT_TRANSCRIPT, transcript);
	plain_transcript(kept);
	return kept;
}

static void on_final(void *arg, size_t job, unsigned int engine);

void run_on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		   const char *transcript)
{
	struct run *run = arg;
	const struct result *res;
	char *kept;
	size_t c;
	int q;

	if (run->answers) {
		struct run_answer *a = &run->answers[job * FLEET_MAX_ENGINES + engine];

		free(a->transcript);
		*a = (struct run_answer){ end, xstrdup(transcript) };
		return;
	}
	if (run->probing) {
		q = run->probe_of_job[job];
		/* What an engine lacks for a probe is an answer too: find_quirks(). */
		if (end == END_COMPLETE || end == END_UNSUPPORTED) {
			run->probe_transcripts[engine][q] = kept_of(run, transcript);
			run->probe_ends[engine][q] = (struct run_end){ end, false };
		}
		if (run->runtime)
			on_final(run, job, engine);
		return;
	}
	c = run->case_of_job[job];
	res = result_of(&run->results, c, engine);
	kept = kept_of(run, transcript);
	run_take_result(run, c, engine, (struct run_end){ end, false }, kept);
	free(kept);
	/* Leaks are a kernel's; an adapter's result is what it is. */
	if (run->runtime)
		on_final(run, job, engine);
	if (run->quiet)
		return;
	progress_step(&run->progress, res->verdict != VERDICT_CONFORMS &&
					      res->verdict != VERDICT_QUIRK &&
					      res->verdict != VERDICT_UNSUPPORTED);
}

/* It has its result, and what it did since is wrong whatever that was. */
static void on_leak(void *arg, size_t job, unsigned int engine, const char *line)
{
	struct run *run = arg;
	struct result *res = NULL;
	char **transcript, *longer;
	size_t c;

	if (run->answers) {
		transcript = &run->answers[job * FLEET_MAX_ENGINES + engine].transcript;
	} else if (run->probing) {
		transcript = &run->probe_transcripts[engine][run->probe_of_job[job]];
	} else {
		c = run->case_of_job[job];
		res = result_of(&run->results, c, engine);
		transcript = &res->transcript;
		run->ends[c * run->results.n_engines + engine].leaked = true;
	}
	if (!*transcript)
		return;
	longer = xasprintf("%s%s", *transcript, line);
	plain_transcript(longer);
	free(*transcript);
	*transcript = longer;
	if (res)
		res->verdict = VERDICT_DIVERGES;
}

/* Now it is worth keeping: a leak would have changed it. */
static void on_final(void *arg, size_t job, unsigned int engine)
{
	struct run *run = arg;
	const struct result *res;
	struct run_end end;
	size_t c;
	int q;

	/* Batches that are thrown away are nothing to go on with. */
	if (run->answers || run->quiet)
		return;
	if (run->probing) {
		q = run->probe_of_job[job];
		if (run->probe_transcripts[engine][q])
			run_journal_result(run, "probe", probe_of(&run->probes, q), engine,
					   run->probe_transcripts[engine][q],
					   run->probe_ends[engine][q]);
		return;
	}
	c = run->case_of_job[job];
	res = result_of(&run->results, c, engine);
	end = run->ends[c * run->results.n_engines + engine];
	if (res->verdict != VERDICT_NONE)
		run_journal_result(run, "result", run->suite.cases[c], engine, res->transcript,
				   end);
}

void run_listen(struct run *run, struct fleet_config *c)
{
	c->result = run_on_result;
	c->leak = on_leak;
	c->final = on_final;
	c->log = on_log;
	c->splat = on_splat;
	c->note = run_on_note;
	c->events_arg = run;
}
