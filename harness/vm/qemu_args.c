// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "qemu_args.h"

#include <stdlib.h>

#include "../base/alloc.h"
#include "guest_channel.h"

/*
 * Work at boot that no case can see and that takes a quarter of a boot's time under TCG:
 * certificates, self-tests of random number sources, the tracing event maps, slab's sysfs, IMA.
 * A name that a kernel does not have is ignored by it.
 */
static const char skipped_initcalls[] =
	"initcall_blacklist=load_system_certificate_list,jent_mod_init,trace_eval_init,"
	"slab_sysfs_init,init_ima,init_encrypted,ftrace_check_sync,dmar_free_unused_resources";

/* On every guest's command line. */
static const char *const kernel_options[] = {
	/* As "quiet", but with warnings: at loglevel 4 no WARN() would reach the console. */
	"loglevel=5",
	/* An instant reboot on panic, and QEMU's -no-reboot turns that into an exit. */
	"panic=-1",
	"rdinit=/init",
	/* The agent's markers in the log are never to be rate-limited away. */
	"printk.devkmsg=on",
	"cryptomgr.notests=1",
	/*
	 * Under TCG a second processor makes a run half as slow again (every patched instruction
	 * interrupts it), so the agent brings it up for the cases that race, and only for these.
	 */
	"maxcpus=1",
	/* A patched call site waits for a grace period: do not wait for timer ticks (a sixth of a
	   run). */
	"rcupdate.rcu_expedited=1",
	/*
	 * Hardening that costs time and that no case can see: memory is cleared and copies are
	 * checked once more, each system call has its stack elsewhere. Mitigations stay as they
	 * are: the JIT's code follows them.
	 */
	"init_on_alloc=0",
	"hardened_usercopy=off",
	"randomize_kstack_offset=off",
	skipped_initcalls,
};

static void add(struct qemu_args *a, const char *arg)
{
	*vec_add(a->argv, a->n) = xstrdup(arg);
}

static void add_owned(struct qemu_args *a, char *arg)
{
	*vec_add(a->argv, a->n) = arg;
}

/* "-option value" */
static void add2(struct qemu_args *a, const char *option, char *owned_value)
{
	add(a, option);
	add_owned(a, owned_value);
}

static char *append(char *line, char *owned_word)
{
	char *longer = xasprintf("%s %s", line, owned_word);

	free(line);
	free(owned_word);
	return longer;
}

/*
 * microvm boots fastest, but it has no timer that a kernel under TCG calibrates its clock with
 * reliably (half of all boots hang there): only where we can tell the kernel the clock's rate.
 */
static bool use_microvm(const struct vm_config *config)
{
	return config->kernel->pvh && (config->host->tsc_khz || config->host->kvm);
}

static char *machine(const struct vm_config *config)
{
	if (config->kernel->arch->machine)
		return xstrdup(config->kernel->arch->machine);
	if (!use_microvm(config))
		return xstrdup("q35");
	/* The option ROMs cost time, but newer QEMUs print nothing without them. */
	return xasprintf("microvm,isa-serial=on,rtc=on,pcie=on%s",
			 config->host->qemu_major <= 7 ? ",x-option-roms=off" : "");
}

static char *kernel_command_line(const struct vm_config *config)
{
	unsigned int khz = config->host->tsc_khz;
	char *line = xasprintf("console=%s", config->kernel->arch->console);
	size_t i;

	for (i = 0; i < sizeof(kernel_options) / sizeof(*kernel_options); i++)
		line = append(line, xstrdup(kernel_options[i]));
	/*
	 * TCG's time stamp counter is the host's. Without being told its rate, the kernel measures
	 * it against a PIT that QEMU 7.2 emulates too coarsely. lpj is for HZ=250 (Debian's); where
	 * HZ is higher it errs on the side of longer delays.
	 */
	if (khz && !config->host->kvm)
		line = append(line,
			      xasprintf("tsc_early_khz=%u lpj=%u no_timer_check", khz, khz * 4));
	if (config->serial_channel)
		line = append(line, xstrdup(GUEST_CHANNEL_TTY "ttyS1"));
	if (config->extra_append)
		line = append(line, xstrdup(config->extra_append));
	return line;
}

/*
 * Memory that is a file: of a guest that is to be saved, shared with us; of one that was saved,
 * private, so that many can be made of one file. Both with the same options otherwise: QEMU
 * restores what it was started like.
 */
static void add_snapshot(struct qemu_args *a, unsigned int memory, const struct qemu_files *files)
{
	add2(a, "-object",
	     xasprintf("memory-backend-file,id=memory,size=%uM,mem-path=/proc/self/fd/%d,share=%s",
		       memory, files->ram, files->restore ? "off" : "on"));
	add2(a, "-chardev", xasprintf("socket,id=qmp,fd=%d", files->qmp));
	add2(a, "-mon", xstrdup("chardev=qmp,mode=control"));
	if (files->restore)
		add2(a, "-incoming", xstrdup("defer"));
}

static void add_machine(struct qemu_args *a, const struct vm_config *config,
			const struct qemu_files *files)
{
	const struct vm_arch *arch = config->kernel->arch;
	unsigned int memory = config->memory_mib ? config->memory_mib : arch->memory_mib;
	char *name = machine(config);

	if (files->ram >= 0)
		add_snapshot(a, memory, files);
	add2(a, "-machine",
	     xasprintf("%s%s", name, files->ram < 0 ? "" : ",memory-backend=memory"));
	free(name);
	/*
	 * One thread for both processors: with one for each, QEMU 7.2 at times runs a breakpoint
	 * that the kernel has patched away long ago, and the guest oopses. They take turns then,
	 * where one waits for the other above all.
	 */
	add2(a, "-accel", xstrdup(config->host->kvm ? "kvm" : "tcg,thread=single"));
	add2(a, "-cpu", xstrdup(config->host->kvm ? "host" : arch->cpu));
	if (arch->firmware) {
		add2(a, "-L", xasprintf("%s/usr/share/qemu", config->host->tools));
		add2(a, "-bios", xasprintf("%s/%s", config->host->tools, arch->firmware));
	}
	add2(a, "-smp", xstrdup(arch->one_processor ? "1" : "2")); /* for races: see maxcpus */
	add2(a, "-m", xasprintf("%u", memory));
	/* Nothing that we did not ask for: no network above all, no display, no user's settings. */
	add(a, "-nodefaults");
	add(a, "-no-user-config");
	add2(a, "-nic", xstrdup("none"));
	add2(a, "-display", xstrdup("none"));
	add2(a, "-monitor", xstrdup("none"));
	add(a, "-no-reboot");
	if (!config->host->unconfined)
		add2(a, "-sandbox", xstrdup(QEMU_SANDBOX));
}

/*
 * The channel is a virtio-serial port: 75 MB/s and more, where a UART gives half of one. A kernel
 * without virtio-console gets it as its second UART: see vm.h.
 */
static void add_streams(struct qemu_args *a, const struct vm_config *config,
			const struct qemu_files *files)
{
	add2(a, "-chardev", xasprintf("file,id=console,path=/proc/self/fd/%d", files->console));
	add2(a, "-chardev", xasprintf("socket,id=channel,fd=%d", files->channel));
	add2(a, "-serial", xstrdup("chardev:console"));
	if (config->serial_channel) {
		add2(a, "-device", xstrdup("isa-serial,index=1,chardev=channel"));
		return;
	}
	add2(a, "-device", xstrdup(config->kernel->arch->serial_bus));
	add2(a, "-device", xstrdup("virtserialport,chardev=channel,name=" GUEST_CHANNEL_PORT));
}

void qemu_args_build(struct qemu_args *a, const struct vm_config *config,
		     const struct qemu_files *files)
{
	a->argv = NULL;
	a->n = 0;
	add(a, config->host->qemu);
	add_machine(a, config, files);
	add_streams(a, config, files);
	add2(a, "-kernel", xstrdup(config->kernel->boot));
	add2(a, "-initrd", xstrdup(config->initrd));
	add2(a, "-append", kernel_command_line(config));
	*vec_add(a->argv, a->n) = NULL;
}

void qemu_args_release(struct qemu_args *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free(a->argv[i]);
	free(a->argv);
	a->argv = NULL;
	a->n = 0;
}
