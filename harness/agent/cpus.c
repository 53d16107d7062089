// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cpus.h"

#include <fcntl.h>
#include <unistd.h>

#define SECOND_CPU "/sys/devices/system/cpu/cpu1/online"

static bool has_race(const struct test_case *c)
{
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].op == STEP_RACE)
			return true;
	return false;
}

void cpus_for_case(const struct test_case *c)
{
	static bool on;
	bool want = has_race(c);
	int fd;

	if (on == want)
		return;
	fd = open(SECOND_CPU, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, want ? "1" : "0", 1) == 1)
		on = want;
	close(fd);
}
