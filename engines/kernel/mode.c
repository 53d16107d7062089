// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The three engines of one kernel: sysctls, and proof that they did what they say. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

#define JIT_ENABLE "/proc/sys/net/core/bpf_jit_enable"
#define JIT_HARDEN "/proc/sys/net/core/bpf_jit_harden"
#define JIT_LIMIT  "/proc/sys/net/core/bpf_jit_limit"
#define BARRED	   "/proc/sys/kernel/unprivileged_bpf_disabled"

const char *const kernel_mode_names[KERNEL_MODES] = {
	[KERNEL_JIT] = "jit",
	[KERNEL_INTERP] = "interp",
	[KERNEL_JIT_HARDENED] = "jit-hardened",
};

static const struct {
	char enable, harden;
} sysctls[KERNEL_MODES] = {
	[KERNEL_JIT] = { '1', '0' },
	[KERNEL_INTERP] = { '0', '0' },
	[KERNEL_JIT_HARDENED] = { '1', '2' }, /* 2: for privileged programs too */
};

/* What the sysctls are now: one kernel, so one variable. 0: not known yet. */
static char enable_now, harden_now;

static int read_sysctl(const char *path)
{
	char c = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (read(fd, &c, 1) != 1)
		c = '\0';
	close(fd);
	return c;
}

static int write_sysctl(const char *path, char value, char *now)
{
	int fd, ret = 0;

	if (*now == value || (*now == '\0' && read_sysctl(path) == value)) {
		*now = value;
		return 0;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, &value, 1) != 1)
		ret = -errno;
	close(fd);
	if (!ret)
		*now = value;
	return ret;
}

static int select_mode(enum kernel_mode mode, char *why, size_t why_size)
{
	int ret = write_sysctl(JIT_ENABLE, sysctls[mode].enable, &enable_now);

	if (ret == -ENOENT && mode == KERNEL_INTERP)
		return 0; /* no JIT in this kernel: all it has is the interpreter */
	if (ret) {
		snprintf(why, why_size, "%s = %c: %s", JIT_ENABLE, sysctls[mode].enable,
			 strerror(-ret));
		return ret;
	}
	ret = write_sysctl(JIT_HARDEN, sysctls[mode].harden, &harden_now);
	if (ret == -ENOENT && mode != KERNEL_JIT_HARDENED)
		return 0;
	if (ret)
		snprintf(why, why_size, "%s = %c: %s", JIT_HARDEN, sysctls[mode].harden,
			 strerror(-ret));
	return ret;
}

int kernel_engine_select(struct engine *e)
{
	struct kernel_engine *k = (struct kernel_engine *)e;

	return select_mode(k->mode, e->why, sizeof(e->why)) ? ENGINE_FAULT : 0;
}

int kernel_mode_other(struct engine *e, bool other)
{
	struct kernel_engine *k = (struct kernel_engine *)e;
	char enable = sysctls[k->mode].enable;
	int ret;

	if (other)
		enable = enable == '1' ? '0' : '1';
	ret = write_sysctl(JIT_ENABLE, enable, &enable_now);
	if (!ret)
		return 0;
	snprintf(e->why, sizeof(e->why), "%s = %c: %s", JIT_ENABLE, enable, strerror(-ret));
	return ENGINE_UNSUPPORTED;
}

int kernel_not_alone(struct engine *e, const char *what)
{
	const struct kernel_engine *k = (struct kernel_engine *)e;

	if (k->alone)
		return 0;
	snprintf(e->why, sizeof(e->why), "%s would concern all of this machine", what);
	return ENGINE_UNSUPPORTED;
}

static int write_text(struct engine *e, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(e->why, sizeof(e->why), "%s = %s: %s", path, text, strerror(err));
	return err ? ENGINE_UNSUPPORTED : 0;
}

static int set_jit_memory(struct engine *e, bool none)
{
	static char limit[32]; /* as it was: one kernel, so one variable */
	static char barred[32];
	int err;

	if (!none) {
		err = write_text(e, JIT_LIMIT, limit);
		return err ? err : write_text(e, BARRED, barred);
	}
	if (kernel_read_text(JIT_LIMIT, limit, sizeof(limit)) ||
	    kernel_read_text(BARRED, barred, sizeof(barred))) {
		snprintf(e->why, sizeof(e->why), "this kernel has no " JIT_LIMIT " or " BARRED);
		return ENGINE_UNSUPPORTED;
	}
	err = write_text(e, JIT_LIMIT, "1");
	if (!err && write_text(e, BARRED, "0")) {
		write_text(e, JIT_LIMIT, limit);
		err = ENGINE_UNSUPPORTED;
	}
	return err;
}

int kernel_jit_memory(struct engine *e, bool none)
{
	struct kernel_engine *k = (struct kernel_engine *)e;
	enum engine_caps caps = k->caps;
	int err = kernel_not_alone(e, "no memory for code");

	if (!err)
		err = kernel_set_caps(e, ENGINE_CAPS_ALL);
	if (!err)
		err = set_jit_memory(e, none);
	if (!err && caps != ENGINE_CAPS_ALL)
		err = kernel_set_caps(e, caps);
	return err;
}

/*
 * Load a program with a constant in it and look at what became of it: blinding splits every
 * constant and makes the translated program longer (kernel/bpf/core.c, bpf_jit_blind_constants).
 */
static int verify_mode(struct kernel_engine *k, char *why, size_t why_size)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0x12345678 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct engine_prog_load load = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
					       .insns = insns,
					       .n_insns = 2 };
	struct engine_prog_info info = { 0 };
	int fd, ret;
	bool blinded;

	fd = k->e.ops->prog_load(&k->e, &load);
	if (fd < 0) {
		snprintf(why, why_size, "a program of two instructions does not load: %s",
			 fd == -EPERM ? "no permission for bpf(2); run as root" : strerror(-fd));
		return fd;
	}
	ret = k->e.ops->prog_info(&k->e, fd, &info);
	k->e.ops->close(&k->e, fd);
	if (ret) {
		snprintf(why, why_size, "no program info: %s", strerror(-ret));
		return ret;
	}
	blinded = info.xlated_len > sizeof(insns);
	if ((info.jited_len != 0) == (k->mode != KERNEL_INTERP) &&
	    blinded == (k->mode == KERNEL_JIT_HARDENED))
		return 0;
	snprintf(why, why_size,
		 "the kernel was told %s, but a program of 16 bytes became %u translated and %u of "
		 "machine code",
		 k->e.name, info.xlated_len, info.jited_len);
	return -EINVAL;
}

struct engine *kernel_engine_new(enum kernel_mode mode, char *why, size_t why_size)
{
	struct kernel_engine *k = calloc(1, sizeof(*k));

	if (!k) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	kernel_engine_init(k, mode);
	if (select_mode(mode, why, why_size) || verify_mode(k, why, why_size)) {
		k->e.ops->destroy(&k->e);
		return NULL;
	}
	return &k->e;
}
