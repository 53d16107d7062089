// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "qmp.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "files.h"

#define PATIENCE      5.0 /* seconds for one answer */
#define SAVE_PATIENCE 10.0
#define LONGEST_LINE  16384

#define CAPABILITIES "{\"execute\":\"qmp_capabilities\"}\n"
/* Memory that is in a file stays there. */
#define LEAVE_MEMORY                                                                 \
	"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":" \
	"[{\"capability\":\"x-ignore-shared\",\"state\":true}]}}\n"
#define TAKE_FILE "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"}}\n"
#define SAVE	  "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"fd:state\"}}\n"
#define HOW_FAR	  "{\"execute\":\"query-migrate\"}\n"
#define CONTINUE  "{\"execute\":\"cont\"}\n"

/* A line, without its end. -1 after PATIENCE, or where the other end is gone. */
static int read_line(int fd, char line[LONGEST_LINE])
{
	double until = clock_seconds() + PATIENCE;
	size_t n = 0;

	while (n < LONGEST_LINE - 1 && clock_seconds() < until) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&p, 1, 100) <= 0)
			continue;
		got = read(fd, line + n, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return -1;
		if (line[n] == '\n') {
			line[n] = '\0';
			return 0;
		}
		n++;
	}
	return -1;
}

/* What a command returned, to be released: events and the greeting are passed over. NULL: why. */
static json_t *answer(int fd, char *why, size_t why_size)
{
	char line[LONGEST_LINE];
	json_t *all, *value;

	while (!read_line(fd, line)) {
		all = json_loads(line, 0, NULL);
		value = json_object_get(all, "return");
		if (value) {
			json_incref(value);
			json_decref(all);
			return value;
		}
		value = json_object_get(json_object_get(all, "error"), "desc");
		if (value) {
			snprintf(why, why_size, "QEMU says: %s", json_string_value(value));
			json_decref(all);
			return NULL;
		}
		json_decref(all);
	}
	snprintf(why, why_size, "QEMU does not answer on its control channel");
	return NULL;
}

/* A command, and with it a descriptor (or -1). */
static int send_with_fd(int fd, const char *command, int given)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec iov = { (char *)command, strlen(command) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (given >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &given, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)iov.iov_len ? 0 : -1;
}

static int command(int fd, const char *text, int given, char *why, size_t why_size)
{
	json_t *value;

	if (send_with_fd(fd, text, given)) {
		snprintf(why, why_size, "QEMU's control channel: %s", strerror(errno));
		return -1;
	}
	value = answer(fd, why, why_size);
	if (!value)
		return -1;
	json_decref(value);
	return 0;
}

/* 1: it is saved. 0: not yet. -1: it failed. */
static int how_far(int fd, char *why, size_t why_size)
{
	const char *status;
	json_t *value;
	int ret = 0;

	if (send_with_fd(fd, HOW_FAR, -1)) {
		snprintf(why, why_size, "QEMU's control channel: %s", strerror(errno));
		return -1;
	}
	value = answer(fd, why, why_size);
	if (!value)
		return -1;
	status = json_string_value(json_object_get(value, "status"));
	if (status && !strcmp(status, "completed")) {
		ret = 1;
	} else if (status && (!strcmp(status, "failed") || !strcmp(status, "cancelled"))) {
		snprintf(why, why_size, "QEMU could not save the guest");
		ret = -1;
	}
	json_decref(value);
	return ret;
}

int qmp_save(int fd, int state, char *why, size_t why_size)
{
	double until = clock_seconds() + SAVE_PATIENCE;
	int done = 0;

	if (command(fd, CAPABILITIES, -1, why, why_size) ||
	    command(fd, LEAVE_MEMORY, -1, why, why_size) ||
	    command(fd, TAKE_FILE, state, why, why_size) || command(fd, SAVE, -1, why, why_size))
		return -1;
	while (!done && clock_seconds() < until) {
		done = how_far(fd, why, why_size);
		if (!done)
			usleep(2000);
	}
	if (!done)
		snprintf(why, why_size, "QEMU does not finish saving the guest");
	return done == 1 ? 0 : -1;
}

int qmp_continue(int fd, char *why, size_t why_size)
{
	return command(fd, CONTINUE, -1, why, why_size);
}

int qmp_order_restore(int fd, int state)
{
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 CAPABILITIES LEAVE_MEMORY
			 "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:%d\"}}\n",
			 state);

	return files_write_all(fd, text, (size_t)n);
}
