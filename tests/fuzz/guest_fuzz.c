// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What guests do to the fleet: good frames at any moment and in any order, other bytes, the log of
 * a kernel, their end. An input is a digit, how many guests there are, and parts, each of which is
 * what the guest does whose turn it is, by its first letter:
 *
 *   h...   so many steps: what an agent would do then, or a wait for that
 *   H...   it says hello with these lines
 *   f T S  a frame of type T and for the case S (both letters, from @ on); the rest is what it says
 *   r...   these bytes        c...  the console says these        d  it ends        i  ^C
 *   w      nothing, until it is told something, or the fleet has looked at it often enough
 *
 * Behind the last part all guests end. However that went: each case has one result on each of its
 * engines, leaks belong to results that are there and are not many, and guests that are replaced
 * are as many as allowed.
 */
#include <poll.h>
#include <signal.h>

#include "../../harness/fleet/fake_vm_test.h"
#include "input.h"

#define JOBS	 6
#define RESTARTS 20
#define LEAKS	 16 /* of a result, at most */
#define LOOKS	 20 /* until one that waits does so no more */

static const uint8_t *rest; /* of the input */
static size_t rest_size;
static unsigned int steps; /* that are left of a part of h */
static unsigned int looks; /* likewise, of w */
static volatile int interrupted;

static struct {
	bool result, final;
	unsigned int leaks;
} seen[JOBS][FLEET_MAX_ENGINES];

/* Nobody waits for time to pass. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)timeout;
	return ppoll(fds, n, &(struct timespec){ 0 }, NULL);
}

/* The next part. True where there is something of it to be read now. */
static bool next_part(struct vm *vm)
{
	size_t len;
	char *part = fuzz_part(&rest, &rest_size, &len);
	bool said = true;

	switch (part[0]) {
	case 'h':
		steps = (unsigned int)len;
		said = false;
		break;
	case 'H':
		fake_hello(vm, part + 1);
		break;
	case 'f':
		if (len < 3)
			said = false;
		else
			fake_bytes(vm, (enum frame_type)(part[1] & 31),
				   part[2] == '~' ? UINT32_MAX : (uint32_t)part[2] & 31, part + 3,
				   len - 3);
		break;
	case 'r':
		fake_raw(vm, part + 1, len - 1);
		said = len > 1;
		break;
	case 'w':
		looks = LOOKS;
		break;
	case 'd':
		fake_die(vm);
		break;
	case 'i':
		interrupted = 1;
		break;
	case 'c':
		fake_log(vm, part + 1, len - 1);
		said = false;
		break;
	default:
		said = false;
	}
	free(part);
	return said;
}

static void fake_turn(struct vm *vm)
{
	for (;;) {
		if (looks) {
			looks = vm->told ? 0 : looks - 1;
			return;
		}
		if (steps) {
			steps--;
			if (!fake_work(vm, "1 map m = 0\n"))
				looks = LOOKS;
			return;
		} else if (!rest_size) {
			fake_die(vm);
			return;
		} else if (next_part(vm)) {
			return;
		}
	}
}

static void on_result(void *arg, size_t job, unsigned int engine, enum job_end end,
		      const char *transcript)
{
	(void)arg;
	if (job >= JOBS || engine >= FLEET_MAX_ENGINES || end > END_INFRA || !transcript)
		finding("a result of nothing");
	if (seen[job][engine].result)
		finding("a second result");
	seen[job][engine].result = true;
}

static void on_leak(void *arg, size_t job, unsigned int engine, const char *line)
{
	(void)arg;
	(void)line;
	if (!seen[job][engine].result)
		finding("a leak of what has no result");
	if (seen[job][engine].final)
		finding("a leak of a result that was said to be final");
	if (++seen[job][engine].leaks > LEAKS)
		finding("too many leaks");
}

static void on_final(void *arg, size_t job, unsigned int engine)
{
	(void)arg;
	if (!seen[job][engine].result || seen[job][engine].final)
		finding("final is what has no result, or what was final");
	seen[job][engine].final = true;
}

static void on_splat(void *arg, size_t job, const char *engine, const char *line)
{
	(void)arg;
	if ((job != NO_JOB && job >= JOBS) || !engine || !line)
		finding("a splat of nothing");
}

/* Of all jobs on all engines, or on every other of both. */
static int run_all(struct fleet *f, const struct fleet_kernel *k, bool some)
{
	unsigned int all = (1U << k->n_engines) - 1;
	struct job jobs[JOBS];
	int ret;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < JOBS; i++)
		jobs[i] = (struct job){ "case x\n", 7, !some ? all : i & 1 ? all & 0x55 : 0 };
	ret = fleet_run(f, jobs, JOBS);
	for (size_t i = 0; i < JOBS; i++)
		for (unsigned int e = 0; e < FLEET_MAX_ENGINES; e++)
			if (seen[i][e].result != (jobs[i].engines >> e & 1))
				finding("a result is missing, or was not asked for");
	return ret;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fleet_config config = { .boot_seconds = 5,
				       .boot_tries = 2,
				       .case_seconds = 5,
				       .run_seconds = 60,
				       .max_restarts = RESTARTS,
				       .interrupted = &interrupted,
				       .result = on_result,
				       .leak = on_leak,
				       .final = on_final,
				       .splat = on_splat };
	const struct fleet_kernel *k;
	struct fleet_stats stats;
	char why[200] = "";
	struct fleet *f;

	if (!size)
		return 0;
	config.guests = 1 + (data[0] & 1);
	rest = data + 1;
	rest_size = size - 1;
	steps = looks = 0;
	interrupted = 0;
	f = fleet_open(&config);
	k = fleet_kernel(f, why, sizeof(why));
	if (!k && !why[0])
		finding("no guest comes up, and no reason");
	/* As probes and cases follow each other. */
	if (k && !run_all(f, k, false))
		run_all(f, k, true);
	fleet_close(f, &stats);
	if (stats.restarts > RESTARTS)
		finding("more guests are replaced than allowed");
	return 0;
}
