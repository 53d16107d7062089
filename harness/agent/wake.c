// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define MOST_ENTROPY 64 /* bytes */

static int set_clock(const char *text)
{
	long long seconds;
	long nanoseconds;
	struct timespec t;

	if (sscanf(text, "%lld.%ld", &seconds, &nanoseconds) != 2)
		return -1;
	t = (struct timespec){ .tv_sec = (time_t)seconds, .tv_nsec = nanoseconds };
	return clock_settime(CLOCK_REALTIME, &t);
}

/* Into the pool, and then at once out of it to where each processor takes its numbers from. */
static int reseed(const char *hex)
{
	/* struct rand_pool_info, whose array has no length */
	struct {
		int entropy_count; /* bits */
		int buf_size;	   /* bytes */
		uint8_t buf[MOST_ENTROPY];
	} pool = { 0 };
	int fd, err, n = 0;
	unsigned int byte;

	while (n < MOST_ENTROPY && sscanf(hex + 2 * (size_t)n, "%2x", &byte) == 1)
		pool.buf[n++] = (uint8_t)byte;
	if (n < MOST_ENTROPY)
		return -1;
	pool.entropy_count = 8 * n;
	pool.buf_size = n;
	fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	err = ioctl(fd, RNDADDENTROPY, &pool);
	if (!err)
		err = ioctl(fd, RNDRESEEDCRNG);
	close(fd);
	return err;
}

/* What follows @key in the line that begins with it; "" where there is none. */
static const char *value_of(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n))
			return line + n;
	}
	return "";
}

int wake(const char *text)
{
	fault_request(value_of(text, "fault="));
	if (set_clock(value_of(text, "clock=")))
		return -1;
	return reseed(value_of(text, "entropy="));
}

void wake_tell(FILE *out)
{
	struct timespec t = { 0 };
	uint64_t random = 0;

	clock_gettime(CLOCK_REALTIME, &t);
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return;
	fprintf(out, "clock=%lld.%09ld\nrandom=%016llx\n", (long long)t.tv_sec, t.tv_nsec,
		(unsigned long long)random);
}
