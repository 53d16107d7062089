// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * campaign: generated cases, batch by batch, through guests that stay up. It stops at nothing but
 * the end of its time, and says what it found. While a batch runs the next one is generated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../engines/reference/quirk.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "findings.h"
#include "rundir.h"

#define DEFAULT_KERNEL	"debian-6.1"
#define DEFAULT_SECONDS 60
#define DEFAULT_REDUCE	120 /* seconds for a finding */
#define MANY_RESTARTS	100000
#define SAY_EVERY	30.0 /* seconds */

/*
 * How many cases of each generator a batch has: enough, since guests wait for each other, and for
 * what the kernel frees late, at its end; and so that none takes most of the time.
 */
struct source {
	const char *name;
	unsigned int count;
	unsigned int start; /* of the next batch */
};

static const struct source all_sources[] = {
	{ "graphs", 240, 0 }, { "funcs", 120, 0 },    { "state", 120, 0 },    { "isa", 160, 0 },
	{ "attrs", 80, 0 },   { "commands", 160, 0 }, { "exhaustive", 8, 0 },
};
#define N_SOURCES (sizeof(all_sources) / sizeof(all_sources[0]))

struct campaign {
	struct run run;
	struct findings findings;
	struct source sources[N_SOURCES];
	size_t n_sources;
	unsigned int seconds, seed, max_cases;
	unsigned int reduce_seconds; /* for each finding */
	char *folder;		     /* of the batches' files */
};

enum { KEY_TIME = 256, KEY_SEED, KEY_WITHOUT, KEY_OFFLINE, KEY_PROFILES, KEY_COUNT, KEY_REDUCE };

static unsigned int number(struct argp_state *state, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n > 1000000000)
		argp_error(state, "a number, not %s", arg);
	return (unsigned int)n;
}

static void add_source(struct campaign *c, struct argp_state *state, const char *name)
{
	for (size_t i = 0; i < N_SOURCES; i++) {
		if (strcmp(all_sources[i].name, name) != 0)
			continue;
		if (c->n_sources == N_SOURCES)
			argp_error(state, "%s: once is enough", name);
		c->sources[c->n_sources++] = all_sources[i];
		return;
	}
	argp_error(state, "no generator %s", name);
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct campaign *c = state->input;
	int q;

	switch (key) {
	case 'k':
		c->run.o.kernel = arg;
		return 0;
	case 'g':
		c->run.o.guests = number(state, arg);
		if (!c->run.o.guests || c->run.o.guests > FLEET_MAX_GUESTS)
			argp_error(state, "from 1 to %d guests", FLEET_MAX_GUESTS);
		return 0;
	case 'o':
		c->run.o.output = arg;
		return 0;
	case KEY_TIME:
		c->seconds = number(state, arg);
		return 0;
	case KEY_SEED:
		c->seed = number(state, arg);
		return 0;
	case KEY_REDUCE:
		c->reduce_seconds = number(state, arg);
		return 0;
	case KEY_COUNT:
		c->max_cases = number(state, arg);
		return 0;
	case KEY_OFFLINE:
		c->run.o.offline = true;
		return 0;
	case KEY_PROFILES:
		c->run.o.profiles = arg;
		return 0;
	case KEY_WITHOUT:
		q = quirk_by_name(arg);
		if (q < 0)
			argp_error(state, "no quirk %s; tailcheck quirks lists them", arg);
		c->run.o.without |= QUIRK_BIT(q);
		return 0;
	case ARGP_KEY_ARG:
		add_source(c, state, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "kernel", 'k', "KERNEL", 0, "as of tailcheck run (default " DEFAULT_KERNEL ")", 0 },
	{ "time", KEY_TIME, "SECONDS", 0, "for how long, booting not counted (default 60)", 0 },
	{ "count", KEY_COUNT, "N", 0, "end after so many cases, if that is sooner", 0 },
	{ "reduce", KEY_REDUCE, "SECONDS", 0,
	  "how long each finding may take to be made small, in the end (default 120; 0: none is)",
	  0 },
	{ "seed", KEY_SEED, "N", 0, "of the cases (default 1)", 0 },
	{ "guests", 'g', "N", 0, "how many guests side by side (default: one a processor)", 0 },
	{ "output", 'o', "FOLDER", 0,
	  "where to keep the findings (default: a new one in results/findings)", 0 },
	{ "without-quirk", KEY_WITHOUT, "NAME", 0,
	  "take the kernel to be without this quirk, whatever its probe says: do the cases find "
	  "it? "
	  "May be repeated",
	  0 },
	{ "profiles", KEY_PROFILES, "FILE", 0, "as of tailcheck run", 0 },
	{ "offline", KEY_OFFLINE, NULL, 0, "as of tailcheck run", 0 },
	{ 0 }
};

/* Start to generate; the file is whole when the child is done. */
static pid_t generate(const struct campaign *c, const struct source *s, const char *path)
{
	char *script = root_path("generators/generate.py"), seed[16], start[16], count[16];
	pid_t pid;

	snprintf(seed, sizeof(seed), "%u", c->seed);
	snprintf(start, sizeof(start), "%u", s->start);
	snprintf(count, sizeof(count), "%u", s->count);
	pid = fork();
	if (pid == 0) {
		if (root_is_installed()) /* nothing is written beside them */
			setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
		execlp("python3", "python3", script, s->name, "--seed", seed, "--start", start,
		       "--count", count, "-o", path, (char *)NULL);
		fprintf(stderr, "tailcheck: python3: %s\n", strerror(errno));
		_exit(127);
	}
	free(script);
	return pid;
}

static bool generated(pid_t pid)
{
	int status = 0;

	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int load_batch(struct campaign *c, char *path)
{
	struct selection sel = { .any_claims = true };
	int ret;

	selection_add(&sel, path);
	ret = selection_load(&sel, &c->run.suite);
	selection_release(&sel);
	return ret;
}

static void say(const struct campaign *c, double from)
{
	fprintf(stderr, "  %.0f s: %zu cases, %zu results not as expected, of %zu causes\n",
		clock_seconds() - from, c->findings.n_cases, c->findings.n_unexpected,
		c->findings.n_found);
}

static bool enough(const struct campaign *c, double from)
{
	return run_interrupted || clock_seconds() - from >= c->seconds ||
	       (c->max_cases && c->findings.n_cases >= c->max_cases);
}

/* Batch after batch, of one generator after the other. */
static int stream(struct campaign *c, double *seconds)
{
	double from = clock_seconds(), next = from + SAY_EVERY;
	char *path = xasprintf("%s/batch.case", c->folder);
	char *ready = xasprintf("%s/next.case", c->folder);
	pid_t pid = generate(c, &c->sources[0], ready);
	int ret = 0;

	for (size_t i = 0; !ret; i++) {
		struct source *s = &c->sources[i % c->n_sources];
		bool good = generated(pid);

		pid = 0;
		if (!good || rename(ready, path)) {
			fprintf(stderr, "tailcheck: the generator %s failed\n", s->name);
			ret = run_interrupted ? 0 : EXIT_INFRA;
			break;
		}
		s->start += s->count;
		if (enough(c, from))
			break;
		pid = generate(c, &c->sources[(i + 1) % c->n_sources], ready);
		/* A generator without a seed comes to its end: then there are no cases. */
		ret = load_batch(c, path);
		if (!ret && c->run.suite.n_cases) {
			run_batch(&c->run);
			findings_take(&c->findings, &c->run);
		}
		run_batch_release(&c->run);
		if (clock_seconds() > next) {
			say(c, from);
			next = clock_seconds() + SAY_EVERY;
		}
	}
	generated(pid);
	*seconds = clock_seconds() - from;
	unlink(path);
	unlink(ready);
	free(path);
	free(ready);
	return ret;
}

static void print(FILE *out, const struct campaign *c, double seconds)
{
	const struct run_results *r = &c->run.results;

	fprintf(out, "campaign on %s, Linux %s, seed %u:", c->run.o.kernel, r->release, c->seed);
	for (size_t i = 0; i < c->n_sources; i++)
		fprintf(out, " %s", c->sources[i].name);
	fprintf(out, "\n%s; %s\n%.1f s after booting, %.1f cases a second\n", r->host, r->boots,
		seconds, (double)c->findings.n_cases / seconds);
	findings_print(out, &c->findings, &c->run);
}

static int write_summary(const struct campaign *c, double seconds)
{
	char *path = xasprintf("%s/summary.txt", c->folder);
	FILE *out = fopen(path, "we");
	int ret = 0;

	if (out) {
		print(out, c, seconds);
		fclose(out);
	} else {
		fprintf(stderr, "tailcheck: %s: %s\n", path, strerror(errno));
		ret = EXIT_INFRA;
	}
	free(path);
	return ret;
}

static int prepare(struct campaign *c)
{
	char why[300], *results = results_dir();

	run_catch_signals();
	if (c->run.o.output) {
		c->folder = xstrdup(c->run.o.output); /* made by run_start() */
	} else {
		char *all = xasprintf("%s/findings", results);

		mkdir(results, 0777);
		c->folder = rundir_make(all, c->run.o.kernel, why, sizeof(why));
		free(all);
	}
	free(results);
	if (!c->folder) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_INFRA;
	}
	c->run.o.output = c->folder;
	c->findings.dir = xstrdup(c->folder);
	return 0;
}

int cmd_campaign(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		option,
		"[GENERATOR]...",
		"Stream generated cases (of all generators by default) through the guests of a "
		"kernel, "
		"and collect what is not as expected by its cause.\v"
		"Exit status: 0 nothing found, 1 something found, 2 usage, 5 incomplete.",
		NULL,
		NULL,
		NULL
	};
	struct campaign c = { .run = { .o = { .kernel = DEFAULT_KERNEL }, .quiet = true },
			      .seconds = DEFAULT_SECONDS,
			      .reduce_seconds = DEFAULT_REDUCE,
			      .seed = 1 };
	double seconds = 0;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	if (!c.n_sources) {
		memcpy(c.sources, all_sources, sizeof(all_sources));
		c.n_sources = N_SOURCES;
	}
	for (size_t i = 0; c.max_cases && i < c.n_sources; i++)
		if (c.sources[i].count > c.max_cases)
			c.sources[i].count = c.max_cases;
	c.run.o.max_restarts = MANY_RESTARTS;
	c.run.o.run_seconds = c.seconds + 3600;
	if (!c.run.o.guests)
		c.run.o.guests = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	ret = prepare(&c);
	if (!ret)
		ret = run_load_probes(&c.run.probes);
	if (!ret) {
		ret = run_start(&c.run);
		if (!ret) {
			ret = stream(&c, &seconds);
			findings_reduce(&c.findings, &c.run, c.reduce_seconds);
			run_close(&c.run);
			print(stdout, &c, seconds);
			if (write_summary(&c, seconds) || ret)
				ret = EXIT_INFRA;
			else
				ret = c.findings.n_found ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
		}
	}
	run_release(&c.run);
	findings_release(&c.findings);
	free(c.folder);
	return ret;
}
