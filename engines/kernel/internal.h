/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the kernel engine share. */
#ifndef TAILCHECK_KERNEL_INTERNAL_H
#define TAILCHECK_KERNEL_INTERNAL_H

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <errno.h>

#include "kernel.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct kernel_engine {
	struct engine e;
	enum kernel_mode mode;
	pthread_mutex_t lock; /* of the descriptors: a race makes and closes some */
	int *fds;	      /* that cases were given and have not closed */
	size_t n_fds;
	char **pins; /* names below the BPF file system */
	size_t n_pins;
	bool loses_one; /* see kernel_engine_lose_one() */
	bool alone;	/* see kernel_engine_alone() */
	enum engine_caps caps;
};

/*
 * The attributes of one command, with room for fields that the header we build with does not know
 * yet. libbpf is not used here: it probes, retries and renames, and a case must see the kernel's
 * own answer.
 */
union kernel_attr {
	union bpf_attr a;
	unsigned char raw[512];
	uint32_t words[128];
};

static inline uint64_t kernel_ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* bpf(2) with a result as engine.h wants it. */
static inline int kernel_bpf(enum bpf_cmd cmd, union kernel_attr *attr, size_t size)
{
	long ret = syscall(SYS_bpf, cmd, attr, size);

	return ret < 0 ? -errno : (int)ret;
}

/*
 * Minimal BTF for a program of several functions, without which the verifier refuses tail calls
 * in subprograms: each function takes the context and returns int, or nothing (prog->void_funcs). A
 * descriptor to be closed, or a negative errno; info[i] says which function begins where.
 */
int kernel_load_btf(const struct engine_prog_load *prog, struct bpf_func_info *info);
/*
 * BTF for the values of a map with a lock in them, { struct bpf_spin_lock lock; int rest; }, or a
 * timer, { struct bpf_timer timer; }. A descriptor to be closed, or a negative errno.
 */
int kernel_load_value_btf(const struct engine_map_create *map, uint32_t *key_id,
			  uint32_t *value_id);
/* The id of what the kernel's BTF has of that kind (BTF_KIND_*) and name; -ENOENT: nothing. */
int kernel_find_btf(const char *name, uint32_t kind);
/* Which member of a struct of the kernel it is, from 0. */
int kernel_find_member(const char *name, const char *member);

/* engine.h's BTF. */
int kernel_btf_load(struct engine *e);

/*
 * Turn the JIT on where the engine has it off, and the other way round (@other), or back. 0, or
 * ENGINE_UNSUPPORTED with e->why: the kernel has no JIT, or only that.
 */
int kernel_mode_other(struct engine *e, bool other);

/*
 * Take away all memory for code, and open bpf(2) to all tasks (@none), or put both back. 0, or
 * ENGINE_UNSUPPORTED with e->why.
 */
int kernel_jit_memory(struct engine *e, bool none);
/* ENGINE_UNSUPPORTED: on a machine that is not the cases' alone @what is not done. */
int kernel_not_alone(struct engine *e, const char *what);

/* create.c */
int kernel_map_create(struct engine *e, const struct engine_map_create *m);
/* Set the byte that is not the command's, if any; how long the attributes are then. */
size_t kernel_attr_stray(union kernel_attr *attr, uint32_t stray);
/* Of locked memory, against which a map counts before 5.11, even root's; or none. */
void kernel_limit_memlock(bool limited, uint32_t bytes);

/* attach.c */
int kernel_prog_attach(struct engine *e, int prog_fd);
int kernel_iter_attach(struct engine *e, int prog_fd, int map_fd);

/* device.c: the index of a network device for programs, or ENGINE_UNSUPPORTED with e->why */
int kernel_device(struct engine *e);

/* held.c */
int kernel_map_freeze_during(struct engine *e, int fd, enum bpf_cmd cmd);

/* token.c */
int kernel_token_create(struct engine *e, uint64_t commands, uint64_t maps);

/* pin.c */
int kernel_obj_pin(struct engine *e, int fd, const char *name, uint32_t flags);
int kernel_obj_get(struct engine *e, const char *name, uint32_t flags);
int kernel_obj_unpin(struct engine *e, const char *name);
int kernel_pin_read(struct engine *e, const char *name, char *text, size_t size);
void kernel_drop_pins(struct kernel_engine *k);
void kernel_drop_folders(void);

/* show.c */
/* All of a file, as a string, cut to @size. 0, or a negative errno. */
int kernel_read_text(const char *path, char *text, size_t size);
int kernel_set_caps(struct engine *e, enum engine_caps caps);
int kernel_fdinfo(struct engine *e, int fd, char *text, size_t size);
int kernel_prog_insns(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n);
int kernel_own_btf(struct engine *e);

void kernel_engine_init(struct kernel_engine *k, enum kernel_mode mode);
int kernel_prog_load(struct engine *e, const struct engine_prog_load *a);
int kernel_prog_run(struct engine *e, struct engine_run *run);
/* Remember a descriptor that a case was given, to close it at the end. Passes errors through. */
int kernel_keep_fd(struct engine *e, int fd);

#endif
