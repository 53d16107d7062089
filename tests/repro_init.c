// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /init of a guest that runs reproducers, which repro_test.c compiles beside it. What they print
 * goes to the console, each line behind "@", where the kernel's own lines have none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One line a reproducer: REPRO(NAME). There is none while this file is only looked at. */
#if __has_include("repros.h")
#define REPROS "repros.h"
#else
#define REPROS "/dev/null"
#endif

#define REPRO(name) int name(void);
#include REPROS
#undef REPRO

static void run(const char *name, int (*repro)(void))
{
	char line[1 << 16];
	int out[2], status;
	FILE *in;
	pid_t pid;

	if (pipe(out))
		_exit(1);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		exit(repro());
	}
	close(out[1]);
	in = fdopen(out[0], "r");
	printf("@begin %s\n", name);
	while (in && fgets(line, sizeof(line), in))
		printf("@%s", line);
	waitpid(pid, &status, 0);
	printf("@end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	fclose(in);
}

int main(void)
{
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("");
#define REPRO(name) run(#name, name);
#include REPROS
	puts("@done");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 0;
}
