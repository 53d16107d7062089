// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "files.h"
#include "proc.h"
#include "qemu_args.h"
#include "qmp.h"
#include "snapshot.h"
#include "uml.h"

#define MAX_GUESTS 64

/* Every QEMU started and not reaped yet, for the signal handler; a free place is 0. */
static volatile pid_t live[MAX_GUESTS];

struct vm {
	pid_t pid; /* 0 once reaped */
	int place; /* in live[] */
	int channel, console, errors;
	bool uml;
	char *folder; /* of user-mode-linux's own files, or NULL */
	char how[80];
	char *said;
	/* Of a guest with a place for its snapshot: memory and control channel, or -1. */
	struct snapshot *snapshot;
	int ram, qmp;
	struct snapshot_image image; /* that it was restored from: image.log is NULL where not */
	char *trouble;
};

static int take_place(void)
{
	int i;

	for (i = 0; i < MAX_GUESTS; i++)
		if (!live[i])
			return i;
	return -1;
}

void vm_kill_all(void)
{
	int i;

	for (i = 0; i < MAX_GUESTS; i++)
		if (live[i] > 0)
			kill(live[i], SIGKILL);
}

/* The two ends of a stream: ours does not block, QEMU's is handed over by its number. */
static int stream(int *ours, int *theirs)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -1;
	*ours = fd[0];
	*theirs = fd[1];
	return fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

/*
 * The console of a QEMU. It writes byte by byte: into a pipe, these do not take a message each, and
 * whoever reads need not be woken for each.
 */
static int log_stream(int *ours, int *theirs)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	*ours = fd[0];
	*theirs = fd[1];
	return fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Signals wait while a new QEMU is not in live[] yet: none is missed by vm_kill_all(). */
static int spawn(struct vm *vm, const struct proc_spawn *p, char *why, size_t why_size)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	pid = proc_spawn(p, why, why_size);
	if (pid > 0) {
		vm->pid = pid;
		live[vm->place] = pid;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pid > 0 ? 0 : -1;
}

/*
 * What a guest that has a place for its snapshot needs: its memory in a file, which is the
 * snapshot's where there is one, and QEMU's control channel. Without them it boots as others do.
 */
static void find_snapshot(struct vm *vm, const struct vm_config *config, struct qemu_files *files)
{
	unsigned int memory =
		config->memory_mib ? config->memory_mib : config->kernel->arch->memory_mib;
	char why[200];

	if (stream(&vm->qmp, &files->qmp))
		return;
	switch (snapshot_load(config->snapshot, &vm->image, why, sizeof(why))) {
	case SNAPSHOT_GOOD:
		files->restore = true;
		files->ram = vm->image.ram;
		if (!qmp_order_restore(vm->qmp, vm->image.state))
			return;
		files->restore = false;
		snapshot_image_release(&vm->image);
		break;
	case SNAPSHOT_BAD:
		vm->trouble = xstrdup(why);
		break;
	case SNAPSHOT_NONE:
		break;
	}
	vm->ram = memfd_create("guest", MFD_CLOEXEC);
	if (vm->ram >= 0 && ftruncate(vm->ram, (off_t)memory << 20))
		close_fd(&vm->ram);
	files->ram = vm->ram;
	if (vm->ram >= 0)
		vm->snapshot = config->snapshot;
}

static int spawn_qemu(struct vm *vm, const struct vm_config *config, int channel, int console,
		      char *why, size_t why_size)
{
	struct qemu_files files = { .channel = channel, .console = console, .ram = -1, .qmp = -1 };
	struct qemu_args args;
	int err;

	if (config->snapshot)
		find_snapshot(vm, config, &files);
	qemu_args_build(&args, config, &files);
	err = spawn(vm,
		    &(struct proc_spawn){
			    .argv = (const char *const *)args.argv,
			    .out = vm->errors,
			    .err = vm->errors,
			    .keep = { channel, console, files.ram, files.qmp, vm->image.state },
			    .session = true },
		    why, why_size);
	qemu_args_release(&args);
	close_fd(&files.qmp);
	return err;
}

/*
 * It is many processes, and those that are the guest's go on as processes of this machine, with
 * whatever they do next, when the one that traces them is killed. So it has a namespace of its own:
 * with its first process the others are gone.
 */
static int spawn_uml(struct vm *vm, const struct vm_config *config, int channel, int console,
		     char *why, size_t why_size)
{
	char *tmpdir = xasprintf("TMPDIR=%s", config->host->tmpdir);
	struct qemu_args args;
	int err;

	vm->folder = xasprintf("%s.uml-%d", config->initrd, vm->place);
	err = files_make_folders(vm->folder, why, why_size);
	if (!err) {
		uml_args_build(&args, config, channel, console, vm->folder);
		err = spawn(vm,
			    &(struct proc_spawn){ .argv = (const char *const *)args.argv,
						  .out = vm->errors,
						  .err = vm->errors,
						  .keep = { channel, console },
						  .session = true,
						  .isolated = true,
						  .setting = tmpdir },
			    why, why_size);
		qemu_args_release(&args);
	}
	free(tmpdir);
	return err;
}

static int start(struct vm *vm, const struct vm_config *config, char *why, size_t why_size)
{
	int channel = -1, console = -1, err = -1;

	vm->place = take_place();
	if (vm->place < 0) {
		snprintf(why, why_size, "more than %d guests at a time", MAX_GUESTS);
		return -1;
	}
	vm->errors = memfd_create("qemu-stderr", MFD_CLOEXEC);
	if (vm->errors < 0 || stream(&vm->channel, &channel) ||
	    (vm->uml ? stream : log_stream)(&vm->console, &console)) {
		snprintf(why, why_size, "cannot start a guest: %s", strerror(errno));
	} else {
		err = (vm->uml ? spawn_uml : spawn_qemu)(vm, config, channel, console, why,
							 why_size);
	}
	/* With our copies closed, end-of-file means that QEMU is gone. */
	close_fd(&channel);
	close_fd(&console);
	return err;
}

struct vm *vm_start(const struct vm_config *config, char *why, size_t why_size)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));

	vm->channel = vm->console = vm->errors = vm->ram = vm->qmp = -1;
	vm->image = (struct snapshot_image){ .ram = -1, .state = -1 };
	vm->uml = config->kernel->uml;
	if (!start(vm, config, why, why_size))
		return vm;
	vm_stop(vm);
	return NULL;
}

const char *vm_restored(const struct vm *vm)
{
	return vm->image.log;
}

const char *vm_snapshot_trouble(const struct vm *vm)
{
	return vm->trouble;
}

int vm_save(struct vm *vm, const char *log, char *why, size_t why_size)
{
	char unheard[100];
	int state, err;

	if (!vm->snapshot)
		return 0;
	state = memfd_create("guest-state", MFD_CLOEXEC);
	if (state < 0) {
		snprintf(why, why_size, "%s", strerror(errno));
		return -1;
	}
	err = qmp_save(vm->qmp, state, why, why_size);
	if (!err)
		err = snapshot_store(vm->snapshot, vm->ram, state, log, why, why_size);
	/* Saved or not: where it stands still it must go on, or the caller's limit ends it. */
	qmp_continue(vm->qmp, unheard, sizeof(unheard));
	close(state);
	vm->snapshot = NULL; /* it goes on from here */
	return err;
}

bool vm_channel_is_tty(const struct vm_config *config)
{
	return config->serial_channel || config->kernel->uml;
}

const char *vm_program(const struct vm *vm)
{
	return vm->uml ? "user-mode-linux" : "QEMU";
}

int vm_channel_fd(const struct vm *vm)
{
	return vm->channel;
}

int vm_console_fd(const struct vm *vm)
{
	return vm->console;
}

static void reap(struct vm *vm, int status)
{
	/* The place first: from here on the number may be another process's. */
	live[vm->place] = 0;
	vm->pid = 0;
	proc_status_text(status, vm->how, sizeof(vm->how));
}

bool vm_ended(struct vm *vm, const char **how)
{
	int status;

	if (vm->pid && waitpid(vm->pid, &status, WNOHANG) == vm->pid)
		reap(vm, status);
	if (!vm->pid && how)
		*how = vm->how;
	return !vm->pid;
}

bool vm_stopped(const struct vm *vm)
{
	char path[32], state = '?';
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)vm->pid);
	in = vm->pid ? fopen(path, "re") : NULL;
	if (!in)
		return false;
	/* "PID (NAME) STATE": the name is of our choice, and has no parenthesis. */
	if (fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(in);
	return state == 'T' || state == 't';
}

const char *vm_stderr(struct vm *vm)
{
	char buf[4096];
	ssize_t n;

	n = pread(vm->errors, buf, sizeof(buf), 0);
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	free(vm->said);
	vm->said = xstrndup(buf, n > 0 ? (size_t)n : 0);
	return vm->said;
}

void vm_stop(struct vm *vm)
{
	int status = 0;

	if (!vm)
		return;
	if (vm->pid) {
		kill(vm->pid, SIGKILL);
		while (waitpid(vm->pid, &status, 0) < 0 && errno == EINTR)
			;
		reap(vm, status);
	}
	close_fd(&vm->channel);
	close_fd(&vm->console);
	close_fd(&vm->errors);
	close_fd(&vm->ram);
	close_fd(&vm->qmp);
	snapshot_image_release(&vm->image);
	free(vm->trouble);
	if (vm->folder)
		files_remove_tree(vm->folder);
	free(vm->folder);
	free(vm->said);
	free(vm);
}
