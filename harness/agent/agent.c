// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The guest's /init. The first process mounts what is needed, opens the channel and watches over a
 * worker; the worker takes cases from the channel and answers with transcripts. When the worker
 * dies (a kernel that oopses kills the process that was in it), the first process says so and ends
 * the guest: the kernel may be damaged, and a fresh one costs two seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vm/frame.h"
#include "../vm/guest_channel.h"
#include "worker.h"

#define KLOG_READ_ALL	   3
#define KLOG_CONSOLE_LEVEL 8
#define EVERYTHING	   8 /* console log level: debug messages too */

/* The console is all that is left to say why there will be no channel. */
static void say(const char *what)
{
	int fd = open("/dev/console", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "tailcheck agent: %s\n", what);
	close(fd);
}

static void power_off(void)
{
	sync();
	/* PVH guests without ACPI have no power switch; a reset ends QEMU (-no-reboot) as well. */
	if (!guest_command_line_has(GUEST_POWER_OFF))
		reboot(RB_AUTOBOOT);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/*
 * The boot was quiet, to save time on the slow console. What it would have said goes over the
 * channel at once; from here on the console shows everything, to the last line before a panic.
 */
static void send_boot_log(int channel)
{
	int size = klogctl(10 /* size of the buffer */, NULL, 0);
	char *log;

	if (size <= 0 || size > (int)FRAME_MAX_PAYLOAD)
		size = FRAME_MAX_PAYLOAD;
	log = malloc((size_t)size);
	if (log) {
		int n = klogctl(KLOG_READ_ALL, log, size);

		if (n > 0)
			frame_write(channel, FRAME_LOG, 0, log, (uint32_t)n);
		free(log);
	}
	klogctl(KLOG_CONSOLE_LEVEL, NULL, EVERYTHING);
}

static void report_death(int channel, int status)
{
	char how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	frame_write(channel, FRAME_DIED, 0, how, (uint32_t)strlen(how));
	/* Let the port drain: a power-off does not wait for it. */
	usleep(100 * 1000);
}

/* Descriptors 0 to 2 must be something: cases use 0 as a file that is no BPF object. */
static void fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		close(fd);
}

int main(void)
{
	char why[256] = "";
	int channel, status = 0;
	pid_t pid;

	channel = guest_channel_open(why, sizeof(why));
	if (channel < 0) {
		say(why);
		power_off();
	}
	fill_standard_fds();
	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) && errno != EBUSY)
		say("no BPF file system: cases that pin will be unsupported");
	send_boot_log(channel);
	pid = fork();
	if (pid == 0)
		_exit(worker_main(channel));
	if (pid < 0) {
		say("fork failed");
		power_off();
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		report_death(channel, status);
	power_off();
	return 0;
}
