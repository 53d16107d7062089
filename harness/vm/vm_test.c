// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Starting and ending guests, with shell scripts in QEMU's place; real boots are end-to-end's. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "qemu_args.h"
#include "vm.h"

static char dir[] = "/tmp/tailcheck-vm-XXXXXX";
static char script[64], why[512];
static struct kernel_image kernel = { .arch = vm_arches, .boot = "/k/vmlinux", .pvh = true };
static struct vm_host host;

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(script, sizeof(script), "%s/qemu", dir);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	files_remove_tree(dir);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	host = (struct vm_host){ .qemu_major = 7, .tsc_khz = 2300000 };
	kernel.arch = vm_arches;
	kernel.uml = false;
	kernel.boot = "/k/vmlinux";
	snprintf(host.qemu, sizeof(host.qemu), "%s", script);
	return 0;
}

static struct vm_config config(void)
{
	return (struct vm_config){ .host = &host, .kernel = &kernel, .initrd = "/i.cpio" };
}

/*
 * A stand-in for QEMU. $C and $K are the descriptors of the channel and the console, as they stand
 * on the command line. Only bash takes descriptors above 9.
 */
static void be_qemu(const char *body)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "#!/bin/bash\n"
		 "[[ \"$*\" =~ id=console,path=/proc/self/fd/([0-9]+) ]] && K=${BASH_REMATCH[1]}\n"
		 "[[ \"$*\" =~ id=channel,fd=([0-9]+) ]] && C=${BASH_REMATCH[1]}\n"
		 "%s\n",
		 body);
	assert_int_equal(files_write_text(script, text, why, sizeof(why)), 0);
	assert_int_equal(chmod(script, 0755), 0);
}

static struct vm *start(void)
{
	struct vm_config c = config();
	struct vm *vm = vm_start(&c, why, sizeof(why));

	if (!vm)
		fail_msg("%s", why);
	return vm;
}

static ssize_t read_some(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 10000), 1);
	return read(fd, buf, size);
}

static const char *wait_ended(struct vm *vm)
{
	const char *how = NULL;
	int i;

	for (i = 0; i < 10000 && !vm_ended(vm, &how); i++)
		usleep(1000);
	assert_non_null(how);
	return how;
}

static void both_streams_work_and_end(void **state)
{
	struct vm *vm;
	char buf[64];

	(void)state;
	be_qemu("echo hello >&$C; echo boot >&$K; read -u $C line; echo got $line >&$C; exit 7");
	vm = start();
	assert_int_equal(read_some(vm_channel_fd(vm), buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "hello\n", 6);
	assert_int_equal(read_some(vm_console_fd(vm), buf, sizeof(buf)), 5);
	assert_int_equal(read(vm_console_fd(vm), buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_false(vm_ended(vm, NULL));
	assert_int_equal(write(vm_channel_fd(vm), "ping\n", 5), 5);
	assert_int_equal(read_some(vm_channel_fd(vm), buf, sizeof(buf)), 9);
	assert_memory_equal(buf, "got ping\n", 9);
	assert_int_equal(read_some(vm_channel_fd(vm), buf, sizeof(buf)), 0);
	assert_string_equal(wait_ended(vm), "exit status 7");
	assert_string_equal(vm_stderr(vm), "");
	vm_stop(vm);
}

static void what_qemu_says_is_kept(void **state)
{
	struct vm *vm;

	(void)state;
	be_qemu("echo 'qemu: no such thing' >&2; kill -ABRT $$");
	vm = start();
	assert_string_equal(wait_ended(vm), "killed by signal 6 (Aborted)");
	assert_string_equal(vm_stderr(vm), "qemu: no such thing");
	vm_stop(vm);
}

static void the_handler_kills_them_all(void **state)
{
	struct vm *a, *b;

	(void)state;
	be_qemu("exec sleep 1000");
	a = start();
	b = start();
	vm_kill_all();
	assert_string_equal(wait_ended(a), "killed by signal 9 (Killed)");
	assert_string_equal(wait_ended(b), "killed by signal 9 (Killed)");
	vm_stop(a);
	vm_stop(b);
	vm_kill_all();
	a = start();
	vm_stop(a);
	vm_stop(NULL);
}

static void a_qemu_that_is_not_there_is_an_error_at_once(void **state)
{
	struct vm_config c = config();

	(void)state;
	snprintf(host.qemu, sizeof(host.qemu), "/nonexistent/qemu");
	assert_null(vm_start(&c, why, sizeof(why)));
	assert_string_equal(why, "cannot run /nonexistent/qemu: No such file or directory");
}

static void a_host_is_probed(void **state)
{
	struct vm_host h;
	char *said;

	(void)state;
	setenv("TAILCHECK_QEMU", script, 1);
	unsetenv("TAILCHECK_ACCEL");
	be_qemu("echo 'QEMU emulator version 10.0.2 (Debian)'; echo Copyright");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), 0);
	assert_string_equal(h.qemu, script);
	assert_string_equal(h.qemu_version, "10.0.2 (Debian)");
	assert_int_equal(h.qemu_major, 10);
	assert_false(h.kvm);

	assert_false(h.unconfined);

	/* As a QEMU does that was built without seccomp. */
	be_qemu("[[ $* == *-sandbox* ]] && { echo 'no sandbox' >&2; exit 1; }\n"
		"echo 'QEMU emulator version 9.1.0'");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), 0);
	assert_int_equal(h.qemu_major, 9);
	assert_true(h.unconfined);
	said = vm_host_text(&h, &kernel);
	assert_string_equal(said, "QEMU 9.1.0, TCG, without its sandbox");
	free(said);

	be_qemu("echo something else");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "does not answer like QEMU"));
	setenv("TAILCHECK_QEMU", "no-such-qemu", 1);
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "apt-get install qemu-system-x86"));
	setenv("TAILCHECK_ACCEL", "hax", 1);
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "tcg, kvm and auto"));
	setenv("TAILCHECK_ACCEL", "kvm", 1);
	setenv("TAILCHECK_QEMU", script, 1);
	be_qemu("echo 'QEMU emulator version 7.2.22'");
	kernel.arch = vm_arch_find("s390x");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), 0);
	assert_false(h.kvm);
	assert_int_equal(h.tsc_khz, 0);
	assert_string_equal(h.kvm_why, "s390x guests are emulated");
	unsetenv("TAILCHECK_ACCEL");
	unsetenv("TAILCHECK_QEMU");
}

/* A KVM that makes a virtual machine and then fails must not be taken: whatever /dev/kvm says. */
static void kvm_must_be_proven(void **state)
{
	struct vm_host h;

	(void)state;
	setenv("TAILCHECK_QEMU", script, 1);
	setenv("TAILCHECK_ACCEL", "auto", 1);
	be_qemu("[[ $* == *--version ]] && { echo 'QEMU emulator version 7.2.22'; exit; }\n"
		"echo 'KVM internal error' >&2; exit 1");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), 0);
	assert_false(h.kvm);
	assert_true(strlen(h.kvm_why) > 0);
	unsetenv("TAILCHECK_ACCEL");
	unsetenv("TAILCHECK_QEMU");
}

/* All arguments in one line, each with a space behind it. */
static const char *command_line(const struct vm_config *c)
{
	static char line[4096];
	struct qemu_args a;
	size_t i, len = 0;

	qemu_args_build(&a, c, &(struct qemu_files){ 5, 6, -1, -1, false });
	assert_null(a.argv[a.n - 1]);
	for (i = 0; i + 1 < a.n; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s ", a.argv[i]);
	qemu_args_release(&a);
	return line;
}

static void has(const char *line, const char *words)
{
	if (!strstr(line, words))
		fail_msg("no \"%s\" in: %s", words, line);
}

static void the_command_line_follows_host_and_kernel(void **state)
{
	struct vm_config c = config();
	const char *line = command_line(&c);

	(void)state;
	has(line, "-machine microvm,isa-serial=on,rtc=on,pcie=on,x-option-roms=off ");
	has(line, "-accel tcg,thread=single -cpu "
		  "max,-cx16,-erms,-fsrm,-smap,-smep,-umip,-la57,-xsave,-avx,-avx2 -smp 2 ");
	has(line, "-m 256 ");
	has(line, "-nic none ");
	has(line, "-sandbox on,");
	host.unconfined = true;
	assert_null(strstr(command_line(&c), "-sandbox"));
	host.unconfined = false;
	line = command_line(&c);
	has(line, "tsc_early_khz=2300000 lpj=9200000 ");
	has(line, "virtserialport,chardev=channel,name=tailcheck.0 ");
	has(line, "-kernel /k/vmlinux -initrd /i.cpio ");

	c.serial_channel = true;
	c.memory_mib = 512;
	c.extra_append = "a=b c";
	line = command_line(&c);
	has(line, "isa-serial,index=1,chardev=channel ");
	has(line, "tailcheck.channel=ttyS1 a=b c ");
	has(line, "-m 512 ");
	assert_null(strstr(line, "virtio"));

	host.qemu_major = 10;
	assert_null(strstr(command_line(&c), "x-option-roms"));
	host.tsc_khz = 0;
	has(command_line(&c), "-machine q35 ");
	assert_null(strstr(command_line(&c), "tsc_early_khz"));
	host.tsc_khz = 2300000;
	kernel.pvh = false;
	has(command_line(&c), "-machine q35 ");
	kernel.pvh = true;
	host.kvm = true;
	line = command_line(&c);
	has(line, "-machine microvm");
	has(line, "-accel kvm -cpu host ");
	assert_null(strstr(line, "tsc_early_khz"));
}

/* As the table says, and the whole of it. */
static const struct {
	const char *arch, *words[5];
} command_lines[] = {
	{ "amd64",
	  { "-machine q35 ",
	    "-cpu max,-cx16,-erms,-fsrm,-smap,-smep,-umip,-la57,-xsave,-avx,-avx2 -smp 2 -m 256 ",
	    "console=ttyS0 " } },
	{ "arm64", { "-machine virt ", "-cpu cortex-a57 -smp 2 -m 512 ", "console=ttyAMA0 " } },
	{ "s390x",
	  { "-machine s390-ccw-virtio ", "-smp 2 ", "-device virtio-serial-ccw ",
	    "console=ttyS1 " } },
	{ "riscv64", { "-machine virt -accel tcg,thread=single -cpu rv64 " } },
	{ "ppc64el", { "-machine pseries,x-vof=on,", "-cpu power9 ", "console=hvc0 " } },
	{ "armhf", { "-machine virt ", "-cpu max -smp 1 -m 128 ", "console=ttyAMA0 " } },
	{ "i386",
	  { "-machine q35 ", "-cpu max,-cx16,-erms,-fsrm,vendor=GenuineIntel ",
	    "console=ttyS0 " } },
	{ "mips64el", { "-machine malta ", "-cpu MIPS64R2-generic -smp 1 " } },
	{ "loong64",
	  { "-cpu la464 -L /tools/usr/share/qemu "
	    "-bios /tools/usr/share/qemu-efi-loongarch64/QEMU_EFI.fd " } },
};

static void the_command_line_follows_the_architecture(void **state)
{
	struct kernel_image other = { .boot = "/k/vmlinux" };
	struct vm_config c = config();
	size_t n = sizeof(command_lines) / sizeof(*command_lines);

	(void)state;
	c.kernel = &other;
	snprintf(host.tools, sizeof(host.tools), "/tools");
	for (size_t i = 0; i < n; i++) {
		const char *line;

		other.arch = vm_arch_find(command_lines[i].arch);
		assert_ptr_equal(other.arch, &vm_arches[i]);
		line = command_line(&c);
		for (size_t w = 0; command_lines[i].words[w]; w++)
			has(line, command_lines[i].words[w]);
		has(line, "virtserialport,chardev=channel,name=tailcheck.0 ");
	}
	assert_null(vm_arches[n].name);
	assert_null(vm_arch_find("pdp11"));
}

/* In user-mode-linux's place a script, which has started others. */
static struct vm *start_uml(const char *body)
{
	static char initrd[80];
	struct vm_config c = config();
	struct vm *vm;

	be_qemu(body);
	kernel.uml = true;
	kernel.boot = script;
	snprintf(host.tmpdir, sizeof(host.tmpdir), "%s", dir);
	snprintf(initrd, sizeof(initrd), "%s/i.cpio", dir);
	c.initrd = initrd;
	vm = vm_start(&c, why, sizeof(why));
	if (!vm && strstr(why, "PID namespace")) {
		print_message("%s\n", why);
		skip();
	}
	assert_non_null(vm);
	return vm;
}

static void user_mode_linux_ends_with_all_it_started(void **state)
{
	struct vm *vm;
	char buf[64];

	(void)state;
	vm = start_uml("[[ \"$*\" =~ con0=fd:([0-9]+) ]] && K=${BASH_REMATCH[1]}\n"
		       "[[ \"$*\" =~ uml_dir=([^ ]+) && -d ${BASH_REMATCH[1]} ]] || exit 1\n"
		       "setsid sleep 1000 & setsid sleep 1000 &\n"
		       "echo $$ $TMPDIR >&$K; wait");
	assert_true(read_some(vm_console_fd(vm), buf, sizeof(buf)) > 2);
	assert_memory_equal(buf, "2 /tmp/tailcheck-vm-", 20);
	assert_string_equal(vm_program(vm), "user-mode-linux");
	vm_kill_all();
	assert_string_equal(wait_ended(vm), "killed by signal 9 (Killed)");
	/* Those that it started held the console too: with them it ends. */
	assert_int_equal(read_some(vm_console_fd(vm), buf, sizeof(buf)), 0);
	vm_stop(vm);
	assert_int_equal(access(dir, R_OK), 0);
	snprintf(buf, sizeof(buf), "%s/i.cpio.uml-0", dir);
	assert_int_equal(access(buf, F_OK), -1);
}

/* It aborts by a signal to itself, in a loop: the first process of a namespace never would. */
static void user_mode_linux_can_abort(void **state)
{
	struct vm *vm = start_uml("while :; do kill -ABRT $$; done");

	(void)state;
	assert_string_equal(wait_ended(vm), "exit status 134");
	vm_stop(vm);
	vm = start_uml("exit 7");
	assert_string_equal(wait_ended(vm), "exit status 7");
	vm_stop(vm);
}

static void user_mode_linux_must_run_here(void **state)
{
	struct vm_host h;

	(void)state;
	kernel.uml = true;
	kernel.boot = script;
	be_qemu("[[ $1 == --version ]] && echo 6.1.176");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), 0);
	assert_true(*h.tmpdir != '\0');
	be_qemu("echo 'version GLIBC_2.38 not found' >&2; echo more >&2; exit 1");
	assert_int_equal(vm_host_probe(&h, &kernel, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "cannot run"));
	assert_non_null(strstr(why, "GLIBC_2.38 not found"));
	assert_null(strstr(why, "more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(both_streams_work_and_end, setup),
		cmocka_unit_test_setup(what_qemu_says_is_kept, setup),
		cmocka_unit_test_setup(the_handler_kills_them_all, setup),
		cmocka_unit_test_setup(a_qemu_that_is_not_there_is_an_error_at_once, setup),
		cmocka_unit_test_setup(a_host_is_probed, setup),
		cmocka_unit_test_setup(kvm_must_be_proven, setup),
		cmocka_unit_test_setup(user_mode_linux_ends_with_all_it_started, setup),
		cmocka_unit_test_setup(user_mode_linux_can_abort, setup),
		cmocka_unit_test_setup(user_mode_linux_must_run_here, setup),
		cmocka_unit_test_setup(the_command_line_follows_host_and_kernel, setup),
		cmocka_unit_test_setup(the_command_line_follows_the_architecture, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
