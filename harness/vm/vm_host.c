// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What this machine offers to run guests with. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "proc.h"
#include "qemu_args.h"
#include "uml.h"
#include "vm.h"

#define VERSION_PREFIX	"QEMU emulator version "
#define QEMU_PATIENCE	10000 /* ms, for --version on a busy machine */
#define SMOKE_PATIENCE	4000  /* ms; a KVM that works needs a tenth of a second */
#define SMOKE_EXIT_CODE 0x2a

#if defined(__x86_64__) || defined(__i386__)
static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/*
 * Measured, since /proc/cpuinfo shows the clock that the processor has at the moment and not the
 * one of its time stamp counter. The guest's kernel puts up with an error of one percent; ten
 * milliseconds give a hundredth of that.
 */
static unsigned int measure_tsc_khz(void)
{
	uint64_t t0 = now_ns(), c0 = __builtin_ia32_rdtsc(), t1, c1;

	do {
		t1 = now_ns();
		c1 = __builtin_ia32_rdtsc();
	} while (t1 - t0 < 10000000U);
	return (unsigned int)((c1 - c0) * 1000000U / (t1 - t0));
}
#else
static unsigned int measure_tsc_khz(void)
{
	return 0;
}
#endif

/* A program's path, by PATH where it is only a name; false where there is none. */
static bool find_program(const char *name, char *path, size_t size)
{
	char *dirs, *dir, *save = NULL;
	const char *env = getenv("PATH");
	bool found = false;

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return !access(path, X_OK);
	}
	dirs = xstrdup(env ? env : "/usr/local/bin:/usr/bin:/bin");
	for (dir = strtok_r(dirs, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save)) {
		snprintf(path, size, "%s/%s", dir, name);
		found = !access(path, X_OK);
	}
	free(dirs);
	return found;
}

/* Its version, with an option for a sandbox before, which a QEMU that was built without one
 * refuses. */
static int ask_version(const struct vm_host *host, struct proc_output *o, char *why,
		       size_t why_size)
{
	const char *argv[] = { host->qemu, "-sandbox", QEMU_SANDBOX, "--version", NULL };

	if (host->unconfined) {
		argv[1] = "--version";
		argv[2] = NULL;
	}
	if (!proc_run(argv, NULL, QEMU_PATIENCE, o, why, why_size))
		return 0;
	proc_output_release(o);
	return -1;
}

static int find_version(struct vm_host *host, char *why, size_t why_size)
{
	struct proc_output o;
	int err = -1;

	if (ask_version(host, &o, why, why_size))
		return -1;
	if (!o.timed_out && o.status) {
		proc_output_release(&o);
		host->unconfined = true;
		if (ask_version(host, &o, why, why_size))
			return -1;
	}
	if (o.timed_out || o.status ||
	    strncmp(o.out, VERSION_PREFIX, strlen(VERSION_PREFIX)) != 0) {
		snprintf(why, why_size, "%s --version does not answer like QEMU: \"%.60s%.60s\"",
			 host->qemu, o.out, o.err);
	} else {
		o.out[strcspn(o.out, "\n")] = '\0';
		snprintf(host->qemu_version, sizeof(host->qemu_version), "%s",
			 o.out + strlen(VERSION_PREFIX));
		host->qemu_major = (unsigned int)strtoul(host->qemu_version, NULL, 10);
		err = 0;
	}
	proc_output_release(&o);
	return err;
}

/*
 * The smallest guest: a boot sector that the firmware loads and that ends QEMU with an exit code.
 * Nested KVM has been seen to open, to make a virtual machine, and then to hang or crash in it.
 */
static const uint8_t boot_sector[512] = {
	0xb0,	      SMOKE_EXIT_CODE, /* mov al, CODE */
	0xe6,	      0xf4,	       /* out 0xf4, al */
	0xf4,			       /* hlt */
	0xeb,	      0xfd,	       /* jmp to the hlt */
	[510] = 0x55, 0xaa,	       /* what makes it a boot sector */
};

static bool smoke_boot(const char *qemu, const char *image, char *why, size_t why_size)
{
	char *drive = xasprintf("if=ide,format=raw,snapshot=on,file=%s", image);
	const char *argv[] = {
		qemu,
		"-machine",
		"pc",
		"-accel",
		"kvm",
		"-cpu",
		"host",
		"-m",
		"16",
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-nic",
		"none",
		"-no-reboot",
		"-device",
		"isa-debug-exit,iobase=0xf4,iosize=1",
		"-drive",
		drive,
		NULL,
	};
	struct proc_output o;
	bool good = false;

	if (proc_run(argv, NULL, SMOKE_PATIENCE, &o, why, why_size)) {
		/* @why has been said. */
	} else if (o.timed_out) {
		snprintf(why, why_size, "a smoke boot hung for %d s", SMOKE_PATIENCE / 1000);
	} else if (WIFEXITED(o.status) && WEXITSTATUS(o.status) == (SMOKE_EXIT_CODE << 1 | 1)) {
		good = true; /* as isa-debug-exit makes it */
	} else {
		char how[64];

		proc_status_text(o.status, how, sizeof(how));
		snprintf(why, why_size, "a smoke boot failed: %s: %.60s", how, o.err);
		why[strcspn(why, "\n")] = '\0';
	}
	proc_output_release(&o);
	free(drive);
	return good;
}

static bool kvm_works(const char *qemu, char *why, size_t why_size)
{
	const char *tmp = getenv("TMPDIR");
	char *image = xasprintf("%s/tailcheck-smoke-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	bool good = false;
	int fd;

	if (access("/dev/kvm", R_OK | W_OK)) {
		snprintf(why, why_size, "/dev/kvm: %s", strerror(errno));
		free(image);
		return false;
	}
	fd = mkostemp(image, O_CLOEXEC);
	if (fd < 0 || write(fd, boot_sector, sizeof(boot_sector)) != sizeof(boot_sector))
		snprintf(why, why_size, "%s: %s", image, strerror(errno));
	else
		good = smoke_boot(qemu, image, why, why_size);
	if (fd >= 0) {
		close(fd);
		unlink(image);
	}
	free(image);
	return good;
}

char *vm_host_text(const struct vm_host *host, const struct kernel_image *kernel)
{
	if (kernel->uml)
		return xstrdup("this machine as a process (user-mode-linux)");
	return xasprintf("QEMU %s, %s%s", host->qemu_version, host->kvm ? "KVM" : "TCG",
			 host->unconfined ? ", without its sandbox" : "");
}

static int probe_qemu(struct vm_host *host, const struct vm_arch *arch, char *why, size_t why_size)
{
	const char *qemu = getenv("TAILCHECK_QEMU"), *accel = getenv("TAILCHECK_ACCEL");
	char own[320];

	memset(host, 0, sizeof(*host));
	if (!accel || !*accel)
		accel = "tcg";
	if (strcmp(accel, "tcg") != 0 && strcmp(accel, "kvm") != 0 && strcmp(accel, "auto") != 0) {
		snprintf(why, why_size, "TAILCHECK_ACCEL=%s: known are tcg, kvm and auto", accel);
		return -1;
	}
	if (arch->firmware) {
		char *cache = kernel_cache_dir();

		snprintf(host->tools, sizeof(host->tools), "%.200s/tools/%s", cache, arch->name);
		snprintf(own, sizeof(own), "%s/%s", host->tools, arch->qemu);
		free(cache);
	}
	if (!qemu || !*qemu)
		qemu = arch->firmware ? own : arch->qemu;
	if (!find_program(qemu, host->qemu, sizeof(host->qemu))) {
		snprintf(why, why_size, "%s is not there: %s", qemu, arch->install);
		return -1;
	}
	if (find_version(host, why, why_size))
		return -1;
	host->tsc_khz = arch->tsc ? measure_tsc_khz() : 0;
	if (arch != vm_arches)
		snprintf(host->kvm_why, sizeof(host->kvm_why), "%s guests are emulated",
			 arch->name);
	else if (!strcmp(accel, "tcg"))
		snprintf(host->kvm_why, sizeof(host->kvm_why), "not asked for (TAILCHECK_ACCEL)");
	else
		host->kvm = kvm_works(host->qemu, host->kvm_why, sizeof(host->kvm_why));
	return 0;
}

int vm_host_probe(struct vm_host *host, const struct kernel_image *kernel, char *why,
		  size_t why_size)
{
	if (kernel->uml)
		return uml_host_probe(host, kernel->boot, why, why_size);
	return probe_qemu(host, kernel->arch, why, why_size);
}
