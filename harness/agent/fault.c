// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fault.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../engines/kernel/kernel.h"
#include "../vm/frame.h"

/* Of floods; nobody waits for their end. */
#define FLOOD_SECONDS 90

static char requested[256];

struct target {
	int channel;
	pid_t worker;
	struct engine *engine; /* of the case that is about to run, or NULL */
	uint32_t seq;	       /* its number, or 0 */
};

/* "KIND:CASE" or "KIND@MS"; "" where no fault is asked for. */
void fault_request(const char *fault)
{
	snprintf(requested, sizeof(requested), "%.*s", (int)strcspn(fault, "\n"), fault);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void panic(const struct target *t)
{
	(void)t;
	write_to("/proc/sysrq-trigger", "c");
}

static void halt(const struct target *t)
{
	write_to("/proc/sys/kernel/panic", "0");
	panic(t);
}

static void reset(const struct target *t)
{
	(void)t;
	write_to("/proc/sysrq-trigger", "b");
}

static void oops(const struct target *t)
{
	(void)t;
	write_to("/dev/kmsg", "<1>BUG: unable to handle a fault that was made up\n");
	write_to("/dev/kmsg", "<1>Oops: 0000 [#1]\n");
	write_to("/dev/kmsg", "<1>Call Trace: made up too\n");
}

/* The worker, which may be us or our parent. */
static void hang(const struct target *t)
{
	for (;;)
		kill(t->worker, SIGSTOP);
}

/* Before everything else, and never throttled. */
static void spin(const struct target *t)
{
	const struct sched_param first = { .sched_priority = 99 };

	(void)t;
	write_to("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	sched_setscheduler(0, SCHED_FIFO, &first);
	for (;;)
		;
}

/* The next kernel to be started, without a reset in between, is two instructions. */
static void lockup(const struct target *t)
{
#if defined(__x86_64__)
	static const char cli_and_jump_to_itself[] = { (char)0xfa, (char)0xeb, (char)0xfe };
	const unsigned long at = 16UL << 20;
	struct {
		const void *buf;
		size_t bufsz;
		unsigned long mem;
		size_t memsz;
	} segment = { cli_and_jump_to_itself, sizeof(cli_and_jump_to_itself), at, 4096 };

	if (!syscall(SYS_kexec_load, at, 1UL, &segment, 0UL))
		reboot(RB_KEXEC);
#endif
	spin(t);
}

/* All of them; 0, or -1. */
static int say(int fd, const char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

static void draw(char *bytes, size_t size)
{
	unsigned int state = 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = (char)(state >> 16);
	}
}

static void garbage(const struct target *t)
{
	char bytes[65536];

	draw(bytes, sizeof(bytes));
	say(t->channel, bytes, sizeof(bytes));
}

/* The same bytes from another place on each time, for FLOOD_SECONDS. */
static void flood_into(int fd, const char *bytes, size_t size)
{
	struct timespec from, now;
	unsigned int i = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		size_t at = (size_t)i++ * 4099 % size;

		if (say(fd, bytes + at, size - at) || say(fd, bytes, at))
			return;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - from.tv_sec < FLOOD_SECONDS);
}

static void flood(const struct target *t)
{
	static char bytes[65537];

	draw(bytes, sizeof(bytes));
	flood_into(t->channel, bytes, sizeof(bytes));
}

/* Frames that begin again and again, each as large as one may be, and none is whole. */
static void forge(const struct target *t)
{
	static char bytes[FRAME_HEADER * 3000];
	uint8_t head[FRAME_HEADER];

	frame_header(head, FRAME_RESULT, 1, bytes, 0);
	head[12] = head[13] = 0xff; /* the length, of 3 bytes */
	head[14] = 0x0f;
	for (size_t i = 0; i < sizeof(bytes); i += FRAME_HEADER)
		memcpy(bytes + i, head, FRAME_HEADER);
	flood_into(t->channel, bytes, sizeof(bytes));
}

/* On the console, with what a terminal or a reader of logs would take for orders. */
static void babble(const struct target *t)
{
	static char bytes[65537];
	static const char orders[] = "\n\033]0;title\a\033[2J::error::no\xff\r\n";
	int fd = open("/dev/console", O_WRONLY | O_CLOEXEC);

	(void)t;
	draw(bytes, sizeof(bytes));
	for (size_t i = 0; i + sizeof(orders) < sizeof(bytes); i += 500)
		memcpy(bytes + i, orders, sizeof(orders) - 1);
	if (fd >= 0)
		flood_into(fd, bytes, sizeof(bytes));
	close(fd);
}

/* The case begins again and again, which is no way to have more time; and it leaks without end. */
static void insist(const struct target *t)
{
	const char *name = t->engine ? t->engine->name : "jit";
	char leak[64];

	snprintf(leak, sizeof(leak), "%s\n9 end = leaked everything\n", name);
	while (!frame_write(t->channel, FRAME_START, t->seq, name, (uint32_t)strlen(name)) &&
	       !frame_write(t->channel, FRAME_LEAK, t->seq, leak, (uint32_t)strlen(leak)) &&
	       !frame_write(t->channel, FRAME_READY, 0, "", 0))
		;
}

/* The beginning of a frame whose rest never comes. */
static void stall(const struct target *t)
{
	uint8_t head[FRAME_HEADER] = { 0 };

	frame_header(head, FRAME_RESULT, 1, head, 8);
	if (write(t->channel, head, sizeof(head)) == sizeof(head))
		hang(t);
}

static void segfault(const struct target *t)
{
	kill(t->worker, SIGSEGV);
}

static void leak(const struct target *t)
{
	if (t->engine)
		kernel_engine_lose_one(t->engine);
}

static const struct {
	const char *name;
	void (*happen)(const struct target *t);
} kinds[] = {
	{ "panic", panic },	  { "halt", halt },	  { "reset", reset },	{ "oops", oops },
	{ "lockup", lockup },	  { "spin", spin },	  { "hang", hang },	{ "stall", stall },
	{ "segfault", segfault }, { "garbage", garbage }, { "leak", leak },	{ "flood", flood },
	{ "forge", forge },	  { "babble", babble },	  { "insist", insist },
};

static void happen(const char *fault, size_t len, const struct target *t)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, fault, len) == 0)
			kinds[i].happen(t);
}

void fault_at_boot(int channel)
{
	const char *fault = requested, *at = strchr(fault, '@');
	const struct target t = { .channel = channel, .worker = getpid() };
	unsigned long ms = at ? strtoul(at + 1, NULL, 10) : 0;

	if (strncmp(fault, "boot", 4) == 0)
		_exit(1);
	if (!at || fork() != 0)
		return;
	nanosleep(&(struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 }, NULL);
	happen(fault, (size_t)(at - fault), &t);
	_exit(0);
}

void fault_at_case(const char *name, uint32_t seq, int channel, struct engine *e)
{
	const char *fault = requested, *colon = strchr(fault, ':');
	const struct target t = { .channel = channel, .worker = getpid(), .engine = e, .seq = seq };

	if (colon && strcmp(colon + 1, name) == 0)
		happen(fault, (size_t)(colon - fault), &t);
}
