// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pins. Those of one run live in a folder of their own, so that a host's pins are never touched;
 * names that begin with a slash are in another one, which is of no BPF file system. Each is made
 * when a case first asks for it.
 */
#include "internal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define BPFFS	   "/sys/fs/bpf"
#define OUTSIDE	   "/tmp"
#define PLAIN_FILE "/file"
#define PATH_BYTES 128

static void outside_path(char out[PATH_BYTES], const char *name)
{
	snprintf(out, PATH_BYTES, OUTSIDE "/tailcheck-%d%s", (int)getpid(), name);
}

/* A guest has no such folder before a case asks for it. */
static int have_outside(struct engine *e)
{
	char path[PATH_BYTES];
	int fd;

	mkdir(OUTSIDE, 01777);
	outside_path(path, "");
	if (mkdir(path, 0700) && errno != EEXIST)
		goto failed;
	outside_path(path, PLAIN_FILE);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		goto failed;
	close(fd);
	return 0;
failed:
	snprintf(e->why, sizeof(e->why), "%s: %s", path, strerror(errno));
	return ENGINE_FAULT;
}

static void pin_path(char out[PATH_BYTES], const char *name)
{
	if (*name == '/')
		outside_path(out, name);
	else
		snprintf(out, PATH_BYTES, BPFFS "/tailcheck-%d%s%s", (int)getpid(),
			 *name ? "/" : "", name);
}

static int have_folder(struct engine *e, const char *name)
{
	char dir[PATH_BYTES];
	struct statfs fs;

	if (*name == '/')
		return have_outside(e);
	if (statfs(BPFFS, &fs) || (unsigned long)fs.f_type != BPF_FS_MAGIC) {
		snprintf(e->why, sizeof(e->why), "no BPF file system at " BPFFS);
		return ENGINE_UNSUPPORTED;
	}
	pin_path(dir, "");
	if (mkdir(dir, 0700) && errno != EEXIST) {
		snprintf(e->why, sizeof(e->why), "%s: %s", dir, strerror(errno));
		return ENGINE_FAULT;
	}
	return 0;
}

int kernel_obj_pin(struct engine *e, int fd, const char *name, uint32_t flags)
{
	struct kernel_engine *k = (struct kernel_engine *)e;
	union kernel_attr attr;
	char path[PATH_BYTES], **pins;
	int ret = have_folder(e, name);

	if (ret)
		return ret;
	pin_path(path, name);
	memset(&attr, 0, sizeof(attr));
	attr.a.pathname = kernel_ptr(path);
	attr.a.bpf_fd = (uint32_t)fd;
	attr.a.file_flags = flags;
	ret = kernel_bpf(BPF_OBJ_PIN, &attr, sizeof(attr.a));
	if (ret)
		return ret;
	pins = reallocarray(k->pins, k->n_pins + 1, sizeof(*pins));
	if (pins) {
		k->pins = pins;
		k->pins[k->n_pins] = strdup(path);
		k->n_pins += k->pins[k->n_pins] != NULL;
	}
	return 0;
}

int kernel_obj_get(struct engine *e, const char *name, uint32_t flags)
{
	union kernel_attr attr;
	char path[PATH_BYTES];
	int ret = have_folder(e, name);

	if (ret)
		return ret;
	pin_path(path, name);
	memset(&attr, 0, sizeof(attr));
	attr.a.pathname = kernel_ptr(path);
	attr.a.file_flags = flags;
	return kernel_keep_fd(e, kernel_bpf(BPF_OBJ_GET, &attr, sizeof(attr.a)));
}

int kernel_obj_unpin(struct engine *e, const char *name)
{
	char path[PATH_BYTES];
	int ret = have_folder(e, name);

	if (ret)
		return ret;
	pin_path(path, name);
	return unlink(path) ? -errno : 0;
}

int kernel_pin_read(struct engine *e, const char *name, char *text, size_t size)
{
	char path[PATH_BYTES];
	int err = have_folder(e, name);

	if (err)
		return err;
	pin_path(path, name);
	return kernel_read_text(path, text, size);
}

void kernel_drop_pins(struct kernel_engine *k)
{
	while (k->n_pins) {
		char *path = k->pins[--k->n_pins];

		/* It may be gone: a case unpins too. */
		if (unlink(path) && errno != ENOENT)
			snprintf(k->e.why, sizeof(k->e.why), "%s stays pinned: %s", path,
				 strerror(errno));
		free(path);
	}
}

/* Each is there only if a case asked for it. */
void kernel_drop_folders(void)
{
	char path[PATH_BYTES];

	pin_path(path, "");
	rmdir(path);
	outside_path(path, PLAIN_FILE);
	unlink(path);
	outside_path(path, "");
	rmdir(path);
}
