// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "guest_channel.h"
#include "proc.h"

#define VERSION_PATIENCE 10000 /* ms, for --version on a busy machine */
#define PAGE		 4096

/* The channel is its first serial line. */
#define CHANNEL_TTY "ttyS0"

/* What every guest of it gets; why: qemu_args.c, where most of them are too. */
static const char *const options[] = {
	"rdinit=/init",
	/* Lines that are not asked for would be terminal windows. */
	"con=null",
	"ssl=null",
	"console=tty0",
	/* Not what it finds out about the machine it runs on; warnings, though. */
	"quiet",
	"loglevel=5",
	"panic=-1",
	/* A restart would be an exec of itself. */
	"noreboot",
	GUEST_POWER_OFF,
	"printk.devkmsg=on",
	"cryptomgr.notests=1",
};

static void add(struct qemu_args *a, char *owned)
{
	*vec_add(a->argv, a->n) = owned;
}

void uml_args_build(struct qemu_args *a, const struct vm_config *config, int channel, int console,
		    const char *folder)
{
	unsigned int memory =
		config->memory_mib ? config->memory_mib : config->kernel->arch->memory_mib;
	size_t i;

	a->argv = NULL;
	a->n = 0;
	add(a, xstrdup(config->kernel->boot));
	add(a, xasprintf("mem=%uM", memory));
	add(a, xasprintf("initrd=%s", config->initrd));
	add(a, xasprintf("uml_dir=%s/", folder));
	add(a, xstrdup("umid=guest"));
	for (i = 0; i < sizeof(options) / sizeof(*options); i++)
		add(a, xstrdup(options[i]));
	add(a, xstrdup(GUEST_CHANNEL_TTY CHANNEL_TTY));
	add(a, xasprintf("con0=fd:%d,fd:%d", console, console));
	add(a, xasprintf("ssl0=fd:%d,fd:%d", channel, channel));
	if (config->extra_append)
		add(a, xstrdup(config->extra_append));
	*vec_add(a->argv, a->n) = NULL;
}

/* NULL where guests' memory can lie in files in @folder, or why it cannot. */
static const char *unfit(const char *folder)
{
	char *path = xasprintf("%s/tailcheck-uml-XXXXXX", folder);
	const char *why = NULL;
	struct statvfs fs;
	void *p;
	int fd;

	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		why = strerror(errno);
		free(path);
		return why;
	}
	unlink(path);
	free(path);
	p = ftruncate(fd, PAGE)
		    ? MAP_FAILED
		    : mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		why = errno == EPERM ? "mounted noexec" : strerror(errno);
	else
		munmap(p, PAGE);
	if (!why && !fstatvfs(fd, &fs) &&
	    (unsigned long long)fs.f_bavail * fs.f_frsize < (unsigned long long)UML_MEMORY)
		why = "too little room";
	close(fd);
	return why;
}

/* Memory that is a file in memory first; a file on a disk would be written there, bit by bit. */
static int find_folder(struct vm_host *host, char *why, size_t why_size)
{
	const char *folders[] = { "/dev/shm", getenv("TMPDIR"), "/tmp", "/var/tmp" };
	size_t i, len;

	len = (size_t)snprintf(
		why, why_size,
		"user-mode-linux keeps its guest's memory in a file of %d MiB that "
		"programs are run from, and no folder is fit for it; TMPDIR may name "
		"one:",
		UML_MEMORY >> 20);
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		const char *reason;

		if (!folders[i] || !*folders[i])
			continue;
		reason = unfit(folders[i]);
		if (!reason) {
			snprintf(host->tmpdir, sizeof(host->tmpdir), "%s", folders[i]);
			return 0;
		}
		if (len < why_size)
			len += (size_t)snprintf(why + len, why_size - len, " %s: %s;", folders[i],
						reason);
	}
	return -1;
}

/* Debian's are linked to the libc of their release. */
static int runs_here(const char *boot, char *why, size_t why_size)
{
	const char *argv[] = { boot, "--version", NULL };
	struct proc_output o;
	int err;

	err = proc_run(argv, NULL, VERSION_PATIENCE, &o, why, why_size);
	if (!err && (o.timed_out || o.status)) {
		snprintf(why, why_size, "this machine cannot run %s: %.*s", boot,
			 (int)strcspn(o.err, "\n"), o.err);
		err = -1;
	}
	proc_output_release(&o);
	return err;
}

int uml_host_probe(struct vm_host *host, const char *boot, char *why, size_t why_size)
{
	memset(host, 0, sizeof(*host));
	snprintf(host->kvm_why, sizeof(host->kvm_why), "user-mode-linux is a process");
#ifndef __x86_64__
	snprintf(why, why_size, "%s is a program for x86-64, which this machine is not", boot);
	return -1;
#endif
	if (find_folder(host, why, why_size) || runs_here(boot, why, why_size))
		return -1;
	return 0;
}
