/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside the reference: the engine's own state, its objects with their reference counts, and the
 * tables of descriptors and pins. Everything hangs off struct ref, so that engines share nothing.
 */
#ifndef TAILCHECK_REF_H
#define TAILCHECK_REF_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "../../harness/base/arena.h"
#include "../engine.h"
#include "mutant.h"
#include "quirk.h"

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(n, a) (((n) + (a)-1) / (a) * (a))
#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)

/* Newer than the headers of Debian 12 (include/uapi/linux/bpf.h of 7.x). */
#define REF_F_PATH_FD		(1U << 14)
#define REF_F_TOKEN_FD		(1U << 16)
#define REF_F_CPU		8ULL
#define REF_F_ALL_CPUS		16ULL
#define REF_F_SKB_CSUM_COMPLETE (1U << 2)

struct checked;
struct map;
struct prog;
struct ref;
struct run;

enum obj_kind {
	OBJ_MAP,
	OBJ_PROG,
	OBJ_OTHER, /* what an open file that is not BPF's stands for */
};

/* What a map and a program have in common; the first member of both. */
struct obj {
	enum obj_kind kind;
	uint32_t id;
	uint32_t refcnt;
	struct obj *next; /* in struct ref's list of its kind */
};

enum file_mode {
	FILE_READ = 1,
	FILE_WRITE = 2,
};

/* An open file description: what dup(2) shares. */
struct file {
	struct obj *obj;    /* NULL: OBJ_OTHER */
	bool btf;	    /* and that is a BTF, */
	bool kernel_btf;    /* the kernel's own */
	bool link;	    /* that attaches obj, a program, */
	struct map *target; /* and this map to it; or NULL */
	bool token;
	uint64_t commands, map_types; /* that it grants */
	unsigned int mode;
	uint32_t refcnt;
};

struct pin {
	char *name;
	struct obj *obj;
};

/* How programs are run: what the interpreter and the JIT do each in their own way. */
struct runner {
	const char *engine_name;
	/* At the end of a load: 0, or ENGINE_UNSUPPORTED with engine.why. May be NULL. */
	int (*compile)(struct ref *ref, struct prog *prog);
	void (*release)(struct prog *prog); /* before a program goes; may be NULL */
	/* A slot of a prog_array has a new program, or none. May be NULL. */
	void (*slot_changed)(const struct ref *ref, struct map *map, uint32_t index);
	/* One iteration. 0, or ENGINE_FAULT with engine.why. */
	int (*run)(struct run *run, const struct prog *prog, uint64_t *r0);
};

struct ref {
	struct engine engine;
	const struct runner *runner;
	quirk_set quirks;
	struct mutant_set mutants;
	bool odd_calls;	   /* tail calls are not all as they should be: no short cuts */
	bool call_mutants; /* one of mutant_call.c is on */
	bool assumed;	   /* direct calls go where the checks think that they go */
	uint64_t budget;   /* instructions a run may take */
	bool unchecked; /* for tests and bare.c: load what the checks of registers would refuse */
	struct file **fds;
	size_t n_fds;
	struct pin *pins;
	size_t n_pins;
	struct obj *objs[2]; /* by enum obj_kind */
	uint32_t last_id[2];
	struct file **links; /* in the order in which they were made */
	size_t n_links;
	struct checked *checked; /* programs that need not be checked again; or NULL */
	struct arena scratch;	 /* what a load needs on its way */
	struct run *run;	 /* the machine that programs run on */
	enum engine_caps caps;	 /* of the task; kernel.unprivileged_bpf_disabled is set */
};

/* attach.c: a program at the hook that is asked of every command says no. */
bool hook_bpf_denies(struct ref *ref);

/* kernel/bpf/syscall.c __sys_bpf: is this task to be turned away at the door? */
static inline bool ref_barred(struct ref *ref)
{
	if (unlikely(ref->caps == ENGINE_CAPS_NONE) && ref->quirks >> QUIRK_CAPABILITY_ALWAYS & 1)
		return true;
	return unlikely(ref->n_links != 0) && hook_bpf_denies(ref);
}

static inline bool ref_mutant(const struct ref *ref, enum mutant_id id)
{
	return unlikely(mutant_in(&ref->mutants, id));
}

static inline bool ref_quirk(const struct ref *ref, enum quirk_id id)
{
	return ref->quirks >> id & 1;
}

#define MOST_PAGE_BYTES 65536

/* PAGE_SIZE, where it is a limit. */
static inline uint32_t ref_page(const struct ref *ref)
{
	if (ref_quirk(ref, QUIRK_LARGE_PAGES))
		return MOST_PAGE_BYTES;
	return ref_quirk(ref, QUIRK_PAGES_OF_16K) ? 16384 : 4096;
}

/* The lowest @size bytes of @n (2, 4 or 8; of 1 too) in the other order. */
static inline uint64_t number_swapped(uint64_t n, uint32_t size)
{
	return __builtin_bswap64(n) >> (64 - 8 * size);
}

static inline struct ref *to_ref(struct engine *e)
{
	return (struct ref *)e;
}

/* Say why, and give @code (ENGINE_UNSUPPORTED or ENGINE_FAULT). */
int ref_why(struct ref *ref, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* reference.c: a new engine that runs programs by @runner */
struct engine *ref_new(quirk_set quirks, const struct runner *runner);

/* object.c: objects, their counts and their ids */
void obj_add(struct ref *ref, struct obj *obj, enum obj_kind kind);
struct obj *obj_by_id(struct ref *ref, enum obj_kind kind, uint32_t id);
void map_get(struct map *map);
void map_get_uref(struct map *map); /* a user's reference: one of both kinds */
void map_put(struct ref *ref, struct map *map);
void map_put_uref(struct ref *ref, struct map *map);
void prog_get(struct prog *prog);
void prog_put(struct ref *ref, struct prog *prog);

/* fd.c: descriptors */
int fd_install(struct ref *ref, struct obj *obj, unsigned int mode);
int fd_install_link(struct ref *ref, struct obj *prog, struct map *target);
int fd_install_btf(struct ref *ref, bool of_kernel);
struct file *fd_file(const struct ref *ref, int fd); /* NULL: closed */
int fd_map(const struct ref *ref, int fd, struct map **map, unsigned int *mode);
int fd_prog(const struct ref *ref, int fd, struct prog **prog);
int file_flags_mode(uint32_t flags, unsigned int *mode);
void fd_open_std(struct ref *ref);
void fd_close_all(struct ref *ref);

int ref_dup(struct engine *e, int fd);
int ref_close(struct engine *e, int fd);
int ref_odd_fd(struct engine *e, enum engine_odd_fd kind);
int ref_btf_load(struct engine *e);
int ref_token_create(struct engine *e, uint64_t commands, uint64_t maps);

/* attach.c: links begin, and end when their descriptors have gone */
void link_add(struct ref *ref, struct file *link);
void link_drop(struct ref *ref, const struct file *link);
int ref_prog_attach(struct engine *e, int prog_fd);
int ref_iter_attach(struct engine *e, int prog_fd, int map_fd);

/* pin.c: the BPF file system, ids */
struct pin *pin_find(struct ref *ref, const char *path);
void pin_drop_all(struct ref *ref);
int ref_obj_pin(struct engine *e, int fd, const char *path, uint32_t flags);
int ref_obj_get(struct engine *e, const char *path, uint32_t flags);
int ref_obj_unpin(struct engine *e, const char *path);
int ref_map_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags);
int ref_prog_fd_by_id(struct engine *e, uint32_t id, uint32_t open_flags);

/* info.c */
int ref_map_next_id(struct engine *e, uint32_t start, uint32_t *next);
int ref_prog_next_id(struct engine *e, uint32_t start, uint32_t *next);
int ref_map_info(struct engine *e, int fd, struct engine_map_info *info);
int ref_map_info_raw(struct engine *e, int fd, void *info, uint32_t len);
int ref_prog_info(struct engine *e, int fd, struct engine_prog_info *info);

/* map_create.c, map_cmds.c, map_batch.c */
/* bpf_check_uarg_tail_zero and CHECK_ATTR: a byte at @stray, behind a command's @known bytes. */
int attr_stray_check(const struct ref *ref, uint32_t stray, size_t known);
int ref_map_create(struct engine *e, const struct engine_map_create *attr);
int ref_map_lookup(struct engine *e, struct engine_elem *elem);
int ref_map_update(struct engine *e, struct engine_elem *elem);
int ref_map_delete(struct engine *e, struct engine_elem *elem);
int ref_map_next_key(struct engine *e, struct engine_elem *elem);
int ref_map_lookup_and_delete(struct engine *e, struct engine_elem *elem);
int ref_map_batch(struct engine *e, struct engine_batch *batch);
int ref_map_freeze(struct engine *e, int fd);
int ref_map_freeze_during(struct engine *e, int fd, enum bpf_cmd cmd);
int ref_map_mmap(struct engine *e, int fd);

/* prog_load.c, test_run.c */
int ref_prog_load(struct engine *e, const struct engine_prog_load *attr);
int ref_prog_bind_map(struct engine *e, int prog_fd, int map_fd, uint32_t flags);
int ref_prog_run(struct engine *e, struct engine_run *run);

/* show.c */
int ref_set_caps(struct engine *e, enum engine_caps caps);
int ref_kernel_btf(struct engine *e);
int ref_fdinfo(struct engine *e, int fd, char *text, size_t size);
int ref_pin_read(struct engine *e, const char *path, char *text, size_t size);
int ref_prog_insns(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n);

/* name.c */
int obj_name_check(const char name[16], char out[16]);

#endif
