// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Guests and adapters that say what they like, as much as they can: it costs their own case, and
 * neither memory, nor disk, nor a word where it does not belong.
 *
 * They are cut short after a few seconds, or TAILCHECK_FLOOD_SECONDS=60.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "../harness/base/clock.h"
#include "../harness/runtime/faulty_test.h"
#include "tool_test.h"

#define LIMIT_SECONDS 1200
#define MAX_KIB	      (256L * 1024) /* of the harness */
#define MAX_DISK_KIB  (80L * 1024)  /* of a run's folder: 64 MiB of them are the kernel's log */

static char self[512];

/* What a case, or a request of an adapter, may take. */
static unsigned int seconds(void)
{
	const char *wanted = getenv("TAILCHECK_FLOOD_SECONDS");

	return wanted ? (unsigned int)strtoul(wanted, NULL, 10) : 4;
}

static long peak_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		sscanf(line, "VmHWM: %ld", &kib);
	if (in)
		fclose(in);
	return kib;
}

/* `tailcheck run` with these words, into the folder $S/run; what it says is in $S/out. */
static int run_watched(const char *words)
{
	char *line = xasprintf("exec $T run --offline -o $S/run %s >$S/out 2>&1", words);
	double from = clock_seconds();
	long peak = 0, kib;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		kib = peak_kib(pid);
		peak = kib > peak ? kib : peak;
		if (clock_seconds() - from > LIMIT_SECONDS) {
			kill(pid, SIGKILL);
			fail_msg("run %s: it hung", words);
		}
		usleep(50 * 1000);
	}
	free(line);
	print_message("%.1f s, %ld KiB: run %s\n", clock_seconds() - from, peak, words);
	if (peak > MAX_KIB)
		fail_msg("run %s took %ld KiB", words, peak);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The other cases are as they are without a fault, and only what is to be seen is printed. */
static void check_run(const char *words, int code, const char *counts)
{
	int got = run_watched(words);

	tool_must(0, "cat $S/out");
	if (got != code)
		fail_msg("run %s: exit code %d, not %d:\n%s", words, got, code, tool_says);
	says(counts);
	says(" 0 lost");
	tool_must(1, "LC_ALL=C grep -n '[^[:print:][:blank:]]' $S/out");
	tool_must(1, "LC_ALL=C grep -n '[^[:print:][:blank:]]' $S/run/*.txt");
	tool_must(1, "grep -n -e '^ *::[a-z]' -e '##\\[' $S/out");
	tool_must(0, "test $(du -sk $S/run | cut -f 1) -lt %ld", MAX_DISK_KIB);
	tool_must(0, "python3 -c 'import json, os; json.load(open(os.environ[\"S\"] + "
		     "\"/run/summary.json\", encoding=\"utf-8\"))'");
	tool_must(0, "cat $S/out"); /* for who wants to know more */
}

/* Each of the three engines meets the fault, and meets it again when it runs alone. */
static void with_fault(const char *fault, const char *counts)
{
	char *words = xasprintf("-g 1 --case-timeout %u limit.self lookup freeze.forbids-writing",
				seconds());

	setenv("TAILCHECK_FAULT", fault, 1);
	check_run(words, 1, counts);
	unsetenv("TAILCHECK_FAULT");
	free(words);
}

static void guest_floods_its_channel(void **state)
{
	(void)state;
	with_fault("flood:limit.self", "0 diverge, 0 crashed, 3 timed out");
	says("bytes of the channel were no frames");
}

static void guest_forges_frames(void **state)
{
	(void)state;
	with_fault("forge:limit.self", "0 diverge, 3 crashed, 0 timed out");
	says("made to look like frames, and is none");
}

static void guest_insists(void **state)
{
	(void)state;
	with_fault("insist:limit.self", "0 diverge, 0 crashed, 3 timed out");
}

static void guest_babbles(void **state)
{
	(void)state;
	with_fault("babble:limit.self", "0 diverge, 0 crashed, 3 timed out");
}

/* A QEMU that was built without a sandbox, and one that the system does not let have it. */
static void qemu_without_sandbox(void **state)
{
	static const char *const wrappers[][2] = {
		{ "*-sandbox*", "this QEMU has no sandbox" },
		{ "*-sandbox*-kernel*", "sandbox does not work here; trying again without" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		tool_must(
			0,
			"printf '#!/bin/sh\ncase \"$*\" in %s)\necho failed to install seccomp "
			"filter >&2\nexit 1;; esac\nexec qemu-system-x86_64 \"$@\"\n' >$S/qemu && "
			"chmod +x $S/qemu",
			wrappers[i][0]);
		tool_must(0, "TAILCHECK_QEMU=$S/qemu $T run --offline --no-snapshot -g 1 -o $S/run "
			     "limit.self");
		says(wrappers[i][1]);
		tool_must(0, "grep -q 'TCG, without its sandbox' $S/run/summary.json");
	}
}

/* One whose every other case is as by the reference itself. */
static void adapter_floods(void **state)
{
	static const char *const faults[] = { "floods", "floods-lines", "floods-stderr" };
	char *words;

	(void)state;
	tool_must(0, "printf 'case fault.here\\nabout x\\n\\nmap m array = 0\\n"
		     "update m 0 1 = 0\\n' >$S/fault.case");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		words = xasprintf("-j 1 --request-timeout %u --case-timeout %u -e '%s --fault %s' "
				  "$S/fault.case $ROOT/cases/lookup",
				  seconds(), 20 + seconds(), self, faults[i]);
		check_run(words, 1,
			  i == 2 ? "0 crashed, 1 timed out" : "0 timed out, 1 broke the protocol");
		free(words);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_without_sandbox),
		cmocka_unit_test(adapter_floods),
		cmocka_unit_test(guest_floods_its_channel),
		cmocka_unit_test(guest_forges_frames),
		cmocka_unit_test(guest_insists),
		cmocka_unit_test(guest_babbles),
	};
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return 1;
	if (argc == 3 && !strcmp(argv[1], "--fault"))
		return faulty_main(argv[2], false);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, tool_set_up, tool_tear_down);
}
