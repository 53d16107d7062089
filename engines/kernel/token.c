// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tokens. The kernel wants a BPF file system of a user namespace, which is told by root what it may
 * grant, and makes the token for a task in that namespace alone. A child goes there; it shares our
 * descriptors, and leaves us the token. That a task of ours without capabilities may use it, is
 * since root owns the namespace.
 */
#include <fcntl.h>
#include <linux/btf.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "internal.h"

/* include/uapi/linux/bpf.h of Linux 6.9 */
#define TOKEN_CREATE 36
struct token_attr {
	uint32_t flags;
	uint32_t bpffs_fd;
};

#define STACK_BYTES 65536
#define WAIT_MS	    5000 /* of a busy machine */

/* What parent and child tell each other; the child has a copy of the memory. */
struct family {
	int to_child[2], to_parent[2];
};

/* Both ends of a pipe are in both, so that one who dies closes none: hence the limit. */
static int ask(int from)
{
	struct pollfd word_is_there = { .fd = from, .events = POLLIN };
	int word;

	if (poll(&word_is_there, 1, WAIT_MS) != 1)
		return -ETIMEDOUT;
	return read(from, &word, sizeof(word)) == (ssize_t)sizeof(word) ? word : -EPIPE;
}

/* One that cannot is one that is not heard. */
static bool tell(int to, int word)
{
	return write(to, &word, sizeof(word)) == (ssize_t)sizeof(word);
}

static int or_errno(int ret)
{
	return ret < 0 ? -errno : ret;
}

static int make_token(int mount)
{
	int root = or_errno(openat(mount, ".", O_DIRECTORY | O_CLOEXEC));
	struct token_attr attr = { .bpffs_fd = (uint32_t)root };
	int token;

	if (root < 0)
		return root;
	token = or_errno((int)syscall(SYS_bpf, TOKEN_CREATE, &attr, sizeof(attr)));
	close(root);
	return token;
}

/* In the namespace: open the file system; once there is a mount of it, make the token. */
static int child(void *p)
{
	const struct family *f = p;
	int fs = or_errno(fsopen("bpf", FSOPEN_CLOEXEC)), mount;

	tell(f->to_parent[1], fs);
	mount = fs < 0 ? fs : ask(f->to_child[0]);
	if (mount >= 0)
		tell(f->to_parent[1], make_token(mount));
	return 0;
}

static int configure(int fs, const char *key, uint64_t bits)
{
	char value[32];

	snprintf(value, sizeof(value), "%#llx", (unsigned long long)bits);
	return bits ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) : 0;
}

/* What root does with it: say what it delegates, and mount it nowhere. */
static int mount_with(int fs, uint64_t commands, uint64_t maps)
{
	if (configure(fs, "delegate_cmds", commands) || configure(fs, "delegate_maps", maps) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	return or_errno(fsmount(fs, FSMOUNT_CLOEXEC, 0));
}

static int token_of(struct family *f, uint64_t commands, uint64_t maps)
{
	int fs = ask(f->to_parent[0]), mount, token;

	if (fs < 0)
		return fs;
	mount = mount_with(fs, commands, maps);
	close(fs);
	tell(f->to_child[1], mount);
	if (mount < 0)
		return mount;
	token = ask(f->to_parent[0]);
	close(mount);
	return token;
}

static int with_child(struct engine *e, struct family *f, uint64_t commands, uint64_t maps)
{
	char *stack = malloc(STACK_BYTES);
	int pid = stack ? clone(child, stack + STACK_BYTES,
				CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD, f)
			: -1;
	int token;

	if (pid < 0) {
		snprintf(e->why, sizeof(e->why), "no user namespace: %s", strerror(errno));
		free(stack);
		return ENGINE_UNSUPPORTED;
	}
	token = token_of(f, commands, maps);
	waitpid(pid, NULL, 0);
	free(stack);
	return token;
}

static void close_pipe(const int ends[2])
{
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

int kernel_token_create(struct engine *e, uint64_t commands, uint64_t maps)
{
	struct family f = { { -1, -1 }, { -1, -1 } };
	int token = -EMFILE;

	if (kernel_find_btf("bpf_token", BTF_KIND_STRUCT) < 0) {
		snprintf(e->why, sizeof(e->why), "this kernel's BTF has no struct bpf_token");
		return ENGINE_UNSUPPORTED;
	}
	if (!pipe2(f.to_child, O_CLOEXEC) && !pipe2(f.to_parent, O_CLOEXEC))
		token = with_child(e, &f, commands, maps);
	close_pipe(f.to_child);
	close_pipe(f.to_parent);
	return kernel_keep_fd(e, token);
}
