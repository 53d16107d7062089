// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A command that has begun and not ended, for as long as we want: its key is in a page that a
 * userfaultfd holds back, and a thread of ours waits inside of the kernel for it.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "internal.h"

#define WAIT_MS	   2000 /* for the thread to come to the key, which takes it no time */
#define PAGE_BYTES ((size_t)sysconf(_SC_PAGESIZE))

struct held {
	int uffd;
	int ended; /* an eventfd: a command that is refused before never asks for its key */
	unsigned char *key; /* a page that is not there yet */
	int fd;
	enum bpf_cmd cmd;
	pthread_t thread;
};

static void *run_command(void *p)
{
	const struct held *h = p;
	unsigned char value[8] = { 0xff, 0xff, 0xff, 0xff }; /* no descriptor */
	union kernel_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.a.map_fd = (uint32_t)h->fd;
	attr.a.key = kernel_ptr(h->key);
	if (h->cmd != BPF_MAP_DELETE_ELEM)
		attr.a.value = kernel_ptr(value);
	kernel_bpf(h->cmd, &attr, sizeof(attr.a));
	eventfd_write(h->ended, 1);
	return NULL;
}

static int failed(struct engine *e, const char *what)
{
	snprintf(e->why, sizeof(e->why), "%s: %s", what, strerror(errno));
	return ENGINE_UNSUPPORTED;
}

static int hold_back(struct engine *e, struct held *h)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *page;

	h->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); /* poll() wants it */
	if (h->uffd < 0)
		return failed(e, "userfaultfd");
	h->ended = eventfd(0, EFD_CLOEXEC);
	if (h->ended < 0)
		return failed(e, "eventfd");
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return failed(e, "a page");
	h->key = page;
	area.range.start = kernel_ptr(page);
	area.range.len = PAGE_BYTES;
	if (ioctl(h->uffd, UFFDIO_API, &api) || ioctl(h->uffd, UFFDIO_REGISTER, &area))
		return failed(e, "a page held back");
	return 0;
}

/* The key is there: zero. The command goes on and ends. */
static void let_go(const struct held *h)
{
	struct uffdio_zeropage zero = { .range = { kernel_ptr(h->key), PAGE_BYTES } };

	ioctl(h->uffd, UFFDIO_ZEROPAGE, &zero);
}

static void release(const struct held *h)
{
	if (h->key)
		munmap(h->key, PAGE_BYTES);
	if (h->uffd >= 0)
		close(h->uffd);
	if (h->ended >= 0)
		close(h->ended);
}

int kernel_map_freeze_during(struct engine *e, int fd, enum bpf_cmd cmd)
{
	struct held h = { .uffd = -1, .ended = -1, .fd = fd, .cmd = cmd };
	int ret = hold_back(e, &h);

	if (!ret && pthread_create(&h.thread, NULL, run_command, &h))
		ret = failed(e, "a thread");
	if (ret) {
		release(&h);
		return ret;
	}
	poll((struct pollfd[]){ { .fd = h.uffd, .events = POLLIN },
				{ .fd = h.ended, .events = POLLIN } },
	     2, WAIT_MS);
	ret = e->ops->map_freeze(e, fd);
	let_go(&h);
	pthread_join(h.thread, NULL);
	release(&h);
	return ret;
}
