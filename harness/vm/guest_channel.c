// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "guest_channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MODULES "/modules"
#define PORTS	"/sys/class/virtio-ports"

/* A port shows up some milliseconds after its driver is there; a slow host takes longer. */
#define PATIENCE_MS 5000

static const struct {
	const char *type, *where;
} mounts[] = {
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },
	{ "tmpfs", "/tmp" },
};

static int fail(char *why, size_t size, int err, const char *what)
{
	snprintf(why, size, "%s: %s", what, strerror(err));
	return -err;
}

static int mount_all(char *why, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		char what[64];

		if (!mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL))
			continue;
		if (errno == EBUSY)
			continue;
		snprintf(what, sizeof(what), "cannot mount %s", mounts[i].where);
		return fail(why, size, errno, what);
	}
	return 0;
}

static int is_module(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int load_module(const char *name, char *why, size_t size)
{
	char path[300];
	int fd, err = 0;

	snprintf(path, sizeof(path), MODULES "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(why, size, errno, path);
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		err = fail(why, size, errno, path);
	close(fd);
	return err;
}

static int load_modules(char *why, size_t size)
{
	struct dirent **names;
	int n, i, err = 0;

	n = scandir(MODULES, &names, is_module, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : fail(why, size, errno, MODULES);
	for (i = 0; i < n; i++) {
		if (!err)
			err = load_module(names[i]->d_name, why, size);
		free(names[i]);
	}
	free(names);
	return err;
}

/* A small file's text, without the newline at its end. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* What follows @prefix in the first word of the command line that begins with it. */
static bool from_command_line(const char *prefix, char *rest, size_t size)
{
	char line[4096];
	char *p, *save = NULL;
	size_t n = strlen(prefix);

	if (!read_text("/proc/cmdline", line, sizeof(line)))
		return false;
	for (p = strtok_r(line, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
		if (strncmp(p, prefix, n) != 0)
			continue;
		snprintf(rest, size, "%s", p + n);
		return true;
	}
	return false;
}

bool guest_command_line_has(const char *word)
{
	char rest[8];

	return from_command_line(word, rest, sizeof(rest)) && !*rest;
}

/* The device node of our port: /dev/vportXpY, whose name sysfs tells. */
static bool find_port(char *node, size_t size)
{
	DIR *dir = opendir(PORTS);
	struct dirent *d;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (d = readdir(dir))) {
		char path[300], name[64];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), PORTS "/%.64s/name", d->d_name);
		if (read_text(path, name, sizeof(name)) && !strcmp(name, GUEST_CHANNEL_PORT)) {
			snprintf(node, size, "/dev/%.64s", d->d_name);
			found = true;
		}
	}
	closedir(dir);
	return found;
}

/*
 * Until the host's end is connected, a port reads end-of-file and poll(2) says that it hung up:
 * QEMU tells the driver about the connection only after the driver said that it is ready.
 */
static bool connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP);
}

static void pause_1ms(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static int open_port(char *why, size_t size)
{
	char node[80];
	int ms, fd = -1;

	/* The driver makes this folder at once and the port in it later: no driver, no waiting. */
	if (access(PORTS, F_OK))
		return fail(why, size, errno,
			    PORTS
			    " (kernel without CONFIG_VIRTIO_PCI=y, CONFIG_VIRTIO_CONSOLE=y?)");
	for (ms = 0; ms < PATIENCE_MS; ms++) {
		if (fd < 0 && find_port(node, sizeof(node)))
			fd = open(node, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && connected(fd))
			return fd;
		pause_1ms();
	}
	if (fd >= 0) {
		close(fd);
		return fail(why, size, ETIMEDOUT, "the host's end of the channel is not connected");
	}
	return fail(why, size, ENODEV, "no virtio-serial port named " GUEST_CHANNEL_PORT);
}

static int open_tty(const char *name, char *why, size_t size)
{
	struct termios t;
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(why, size, errno, path);
	/* Every byte as it is, nothing echoed. This also fails where no UART is behind the node. */
	if (tcgetattr(fd, &t)) {
		int err = errno;

		close(fd);
		return fail(why, size, err, path);
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

int guest_channel_open(char *why, size_t why_size)
{
	char tty[64];
	int err;

	err = mount_all(why, why_size);
	if (!err)
		err = load_modules(why, why_size);
	if (err)
		return err;
	if (from_command_line(GUEST_CHANNEL_TTY, tty, sizeof(tty)))
		return open_tty(tty, why, why_size);
	return open_port(why, why_size);
}
