// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/kernel/kernel.h"

static char requested[256];

void fault_request(const char *fault)
{
	snprintf(requested, sizeof(requested), "%.*s", (int)strcspn(fault, "\n"), fault);
}

static void panic(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "c", 1) == 1)
		close(fd);
}

static void garbage(int channel)
{
	unsigned int state = 1;
	char bytes[65536];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = (char)(state >> 16);
	}
	for (size_t done = 0; done < sizeof(bytes);) {
		ssize_t n = write(channel, bytes + done, sizeof(bytes) - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void fault_at_boot(void)
{
	if (strncmp(requested, "boot", 4) == 0)
		_exit(1);
}

void fault_at_case(const char *name, int channel, struct engine *e)
{
	const char *fault = requested, *colon = strchr(fault, ':');
	size_t len = colon ? (size_t)(colon - fault) : 0;

	if (!colon || strcmp(colon + 1, name) != 0)
		return;
	if (strncmp(fault, "panic", len) == 0)
		panic();
	else if (strncmp(fault, "hang", len) == 0)
		for (;;)
			pause();
	else if (strncmp(fault, "segfault", len) == 0)
		raise(SIGSEGV);
	else if (strncmp(fault, "garbage", len) == 0)
		garbage(channel);
	else if (strncmp(fault, "leak", len) == 0)
		kernel_engine_lose_one(e);
}
