// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What else than bpf(2) there is to an object and to a task: files that show it, capabilities. */
#include "internal.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_BTFS 1000 /* modules have some, too */

/* In linux/capability.h of Linux 5.8 and later. */
#define CAP_NUMBER_BPF 39

/*
 * Only what is in effect, of the calling thread: what is permitted stays, so that it can be had
 * again. No child is needed for it, and a case's descriptors are at hand.
 */
int kernel_set_caps(struct engine *e, enum engine_caps caps)
{
	struct kernel_engine *k = (struct kernel_engine *)e;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		goto failed;
	for (int i = 0; i < 2; i++)
		data[i].effective = caps == ENGINE_CAPS_ALL ? data[i].permitted : 0;
	if (caps == ENGINE_CAPS_BPF)
		data[CAP_NUMBER_BPF / 32].effective |= 1U << CAP_NUMBER_BPF % 32;
	if (!syscall(SYS_capset, &head, data)) {
		k->caps = caps;
		return 0;
	}
failed:
	snprintf(e->why, sizeof(e->why), "capset: %s", strerror(errno));
	return ENGINE_FAULT;
}

int kernel_read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		err = -errno;
	text[len] = '\0';
	close(fd);
	return err;
}

int kernel_fdinfo(struct engine *e, int fd, char *text, size_t size)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	err = kernel_read_text(path, text, size);
	if (err == -ENOENT && access("/proc/self/fdinfo", F_OK)) {
		snprintf(e->why, sizeof(e->why), "there is no /proc/self/fdinfo");
		return ENGINE_UNSUPPORTED;
	}
	return err == -ENOENT ? -EBADF : err;
}

int kernel_prog_insns(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n)
{
	struct bpf_prog_info info;
	union kernel_attr attr;
	int err;

	(void)e;
	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = kernel_ptr(insns);
	info.xlated_prog_len = *n * (uint32_t)sizeof(*insns);
	memset(&attr, 0, sizeof(attr));
	attr.a.info.bpf_fd = (uint32_t)fd;
	attr.a.info.info_len = sizeof(info);
	attr.a.info.info = kernel_ptr(&info);
	err = kernel_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.a));
	*n = info.xlated_prog_len / (uint32_t)sizeof(*insns);
	return err;
}

/* Is it the kernel's own, and no module's? */
static bool is_vmlinux(int fd)
{
	struct bpf_btf_info info;
	union kernel_attr attr;
	char name[16] = "";

	memset(&info, 0, sizeof(info));
	info.name = kernel_ptr(name);
	info.name_len = sizeof(name);
	memset(&attr, 0, sizeof(attr));
	attr.a.info.bpf_fd = (uint32_t)fd;
	attr.a.info.info_len = sizeof(info);
	attr.a.info.info = kernel_ptr(&info);
	return kernel_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr.a)) == 0 && info.kernel_btf &&
	       strcmp(name, "vmlinux") == 0;
}

int kernel_own_btf(struct engine *e)
{
	union kernel_attr attr;
	uint32_t id = 0;

	for (int i = 0; i < MAX_BTFS; i++) {
		int fd;

		memset(&attr, 0, sizeof(attr));
		attr.a.start_id = id;
		if (kernel_bpf(BPF_BTF_GET_NEXT_ID, &attr, sizeof(attr.a)))
			break;
		id = attr.a.next_id;
		memset(&attr, 0, sizeof(attr));
		attr.a.btf_id = id;
		fd = kernel_bpf(BPF_BTF_GET_FD_BY_ID, &attr, sizeof(attr.a));
		if (fd >= 0 && is_vmlinux(fd))
			return kernel_keep_fd(e, fd);
		if (fd >= 0)
			close(fd);
	}
	snprintf(e->why, sizeof(e->why), "this kernel's own BTF has no number to get it by");
	return ENGINE_UNSUPPORTED;
}
