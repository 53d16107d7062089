/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * THE interface: anything that can carry out the steps of a case. One struct of function pointers
 * that mirrors bpf(2), command by command, with the same arguments and the same answers.
 *
 * Results. Every operation returns an int:
 *	>= 0		success: a file descriptor where the command makes one, otherwise 0
 *	-1 .. -4095	a negative errno, exactly as bpf(2) would set it (ENOTSUPP, 524, included)
 *	ENGINE_*	the answer is not the tested object's: see below
 *
 * File descriptors are the engine's own small integers; nobody but the engine interprets them. An
 * engine keeps what it handed out until close() or reset().
 *
 * Numbers in keys, values, packets, arguments of programs (contexts of raw tracepoints and of
 *system calls) and in map_info_raw()'s buffer are in the engine's byte order, engine->big_endian;
 *in all other structures in that of this machine. Keys, values and contexts are plain memory, sized
 *by the map or the caller. The value of a per-CPU map is engine->n_cpus values, each rounded up to
 *a multiple of 8 bytes.
 */
#ifndef TAILCHECK_ENGINE_H
#define TAILCHECK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

/* The engine has no such operation, type or attribute: the case is unsupported, with engine->why.
 */
#define ENGINE_UNSUPPORTED (-5000)
/* The engine itself failed (stray access of a program, budget used up, broken channel): ->why. */
#define ENGINE_FAULT (-5001)

/* The kernel's own errno without a name in libc (include/linux/errno.h). */
#define ENGINE_ENOTSUPP 524

/* A pointer that no engine can read or write: for cases about EFAULT. */
#define ENGINE_BAD_PTR ((void *)8)

#define ENGINE_LOG_SIZE (64U << 10) /* bytes: enough for a verifier's log of such programs */

struct engine;

/* BPF_MAP_CREATE. Zero means what it means to the kernel: the attribute is not given. */
struct engine_map_create {
	uint32_t type; /* enum bpf_map_type */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags; /* BPF_F_* */
	uint32_t inner_map_fd;
	uint32_t numa_node;
	char name[16]; /* BPF_OBJ_NAME_LEN, passed as it is: need not end in NUL */
	uint32_t ifindex;
	uint32_t btf_fd;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint64_t map_extra;
	int32_t value_type_btf_obj_fd;
	int32_t map_token_fd;
	const void *excl_prog_hash; /* of excl_prog_hash_size bytes, or ENGINE_BAD_PTR */
	uint32_t excl_prog_hash_size;
	uint32_t attr_size; /* how much of union bpf_attr bpf(2) is told of, */
	bool has_attr_size; /* if not as is usual */
	/*
	 * Give BTF to the map, of a key of 4 bytes and a value of 8: a struct bpf_spin_lock and an
	 * int. Instead of btf_fd and the two type ids.
	 */
	bool spin_lock;
	bool timer;	  /* the same with a value of 16 bytes, a struct bpf_timer */
	bool bad_attr;	  /* the attributes are where nothing can be read */
	uint32_t memlock; /* bytes: RLIMIT_MEMLOCK of the task, */
	bool has_memlock; /* if it is not unlimited */
	/* Where to put what the command says of a refusal (BPF_COMMON_ATTRS); NULL for none. */
	char *log;
	uint32_t log_size;
	/*
	 * A byte to set behind the attributes above: its offset in union bpf_attr (0: none), always
	 * with the value 1. For cases about trailing bytes; the attribute's size grows to hold it.
	 */
	uint32_t stray_byte;
};

/*
 * The *_ELEM commands and GET_NEXT_KEY. @value is read by update, written by the others (the next
 * key by map_next_key). NULL is passed as a null pointer, ENGINE_BAD_PTR as one that faults. The
 * buffers must hold the map's key_size and value_size.
 */
struct engine_elem {
	int fd;
	const void *key;
	void *value;
	uint64_t flags;
	uint32_t stray_byte; /* as in struct engine_map_create, behind the flags */
	bool bad_attr;	     /* likewise */
	/* What the command reads or writes there: for engines that send it somewhere else. */
	uint32_t key_size, value_size;
};

/* The four batch commands; @op is the bpf_cmd. @count is read and written. */
struct engine_batch {
	enum bpf_cmd op;
	int fd;
	void *keys;
	void *values;
	uint32_t count;
	uint64_t elem_flags;
	uint64_t flags;
	uint32_t batch; /* where the batch begins and ends: one u32 of opaque state */
	bool first;	/* pass no in_batch */
	uint32_t stray_byte;
	uint32_t key_size, value_size; /* of one, as in struct engine_elem */
};

/* A function of a program, for engines that need to know them (BTF func_info). */
struct engine_func {
	uint32_t insn; /* index of its first instruction; the first function is at 0 */
	const char *name;
};

/*
 * A call of a function of the kernel, with BPF_PSEUDO_KFUNC_CALL: the engine puts the number that
 * it has there into imm. One that it has not is ENGINE_UNSUPPORTED.
 */
struct engine_kfunc {
	uint32_t insn;
	const char *name;
};

/* BPF_PROG_LOAD. Map references carry the engine's file descriptors in imm, as for bpf(2). */
struct engine_prog_load {
	uint32_t type; /* enum bpf_prog_type */
	uint32_t expected_attach_type;
	uint32_t flags; /* BPF_F_* for programs */
	const struct bpf_insn *insns;
	uint32_t n_insns;
	const struct engine_func *funcs; /* in order; NULL and 0 for a program of one function */
	uint32_t n_funcs;
	const struct engine_kfunc *kfuncs; /* in order */
	uint32_t n_kfuncs;
	bool no_btf; /* give no BTF although there are functions */
	/*
	 * All memory that code may take is taken, of which only a task with capabilities gets more
	 * (net.core.bpf_jit_limit); and kernel.unprivileged_bpf_disabled is not set meanwhile.
	 */
	bool no_jit_memory;
	bool on_device; /* prog_ifindex is that of a network device that takes programs */
	bool other_jit; /* with the JIT off where the engine has it on, and the other way round */
	/* All functions are global: those but the first checked one by one, and the first may be
	 * replaced by an ext program, as they are known by a BTF even where there is one alone. */
	bool global_funcs;
	bool void_funcs; /* in the BTF, functions but the first return nothing */
	/*
	 * Where the function of @funcs begins that takes over when the program throws (bpf_throw):
	 * global, with a number as its argument. 0: none.
	 */
	uint32_t exception_callback;
	/*
	 * The kernel's function that a tracing program is made for, the structure of operations
	 * of a struct_ops program: by name, for attach_btf_id. NULL: the attribute is 0.
	 */
	const char *attach_func;
	/* The program whose main function an ext program is made to replace; 0: none. */
	int target_fd;
	char name[16];
	const char *license; /* NULL: "Dual BSD/GPL" */
	/* Where to put the log of a load that is refused, as a string; NULL for none. */
	char *log;
	uint32_t log_size;
	bool log_reasons; /* the reasons alone, not how the checks came there */
};

/* BPF_PROG_TEST_RUN. Buffers belong to the caller; the *_out sizes are read and written. */
struct engine_run {
	int fd;
	const void *data_in;
	uint32_t data_size_in;
	void *data_out;
	uint32_t data_size_out;
	const void *ctx_in;
	uint32_t ctx_size_in;
	void *ctx_out;
	uint32_t ctx_size_out;
	uint32_t repeat; /* 0 is 1 */
	uint32_t flags;
	uint32_t cpu;
	uint32_t retval; /* out */
};

/* BPF_OBJ_GET_INFO_BY_FD of a map; only what every kernel since 5.10 fills in. */
struct engine_map_info {
	uint32_t type;
	uint32_t id;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t map_flags;
	char name[16];
	uint32_t ifindex;
	uint32_t btf_id;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint64_t map_extra;
};

struct engine_prog_info {
	uint32_t type;
	uint32_t id;
	uint32_t jited_len;  /* bytes of machine code; 0: interpreted */
	uint32_t xlated_len; /* bytes of the program as the engine runs it */
	uint32_t nr_map_ids;
	char name[16];
};

/*
 * The types of the BTF that btf_load() makes, ids from 1. They are there for their sizes, and
 * number 12 for a lock in a value.
 */
enum engine_btf_type {
	ENGINE_BTF_INT = 1,	 /* int, 4 bytes */
	ENGINE_BTF_LONG,	 /* long, 8 */
	ENGINE_BTF_SHORT,	 /* short, 2 */
	ENGINE_BTF_STRUCT,	 /* struct { int }, 4 */
	ENGINE_BTF_TYPEDEF,	 /* of int */
	ENGINE_BTF_TYPEDEF_LONG, /* of long */
	ENGINE_BTF_PTR,		 /* void *, 8 */
	ENGINE_BTF_PROTO,	 /* int (void *), of no size */
	ENGINE_BTF_ENUM,	 /* enum, 4 */
	ENGINE_BTF_SPIN_LOCK,	 /* struct bpf_spin_lock, 4 */
	ENGINE_BTF_CONST,	 /* const int */
	ENGINE_BTF_WITH_LOCK,	 /* struct { struct bpf_spin_lock }, 4 */
	ENGINE_BTF_END,
};

/* File descriptors that no map or program stands behind, for cases about bad ones. */
enum engine_odd_fd {
	ENGINE_FD_CLOSED, /* a number that was a descriptor and is closed */
	ENGINE_FD_FILE,	  /* an open file that has nothing to do with BPF */
};

/* What a task may. Its user is root's all the time: files are not what this is about. */
enum engine_caps {
	ENGINE_CAPS_ALL,
	ENGINE_CAPS_BPF, /* CAP_BPF and no other capability */
	ENGINE_CAPS_NONE,
};

/*
 * An engine fills in what it has, and reset; a NULL pointer means ENGINE_UNSUPPORTED. Every
 * operation but destroy may set engine->why.
 */
struct engine_ops {
	void (*destroy)(struct engine *e);
	/* Close every descriptor and remove every pin that cases made. 0, or ENGINE_FAULT. */
	int (*reset)(struct engine *e);

	int (*map_create)(struct engine *e, const struct engine_map_create *attr);
	int (*map_lookup)(struct engine *e, struct engine_elem *elem);
	int (*map_update)(struct engine *e, struct engine_elem *elem);
	int (*map_delete)(struct engine *e, struct engine_elem *elem);
	int (*map_next_key)(struct engine *e, struct engine_elem *elem);
	int (*map_lookup_and_delete)(struct engine *e, struct engine_elem *elem);
	int (*map_batch)(struct engine *e, struct engine_batch *batch);
	int (*map_freeze)(struct engine *e, int fd);
	/* While a command on an element of the map, by the same descriptor and of any result, has
	 * begun and waits for its key. */
	int (*map_freeze_during)(struct engine *e, int fd, enum bpf_cmd cmd);
	int (*map_mmap)(struct engine *e, int fd); /* 0: it could be mapped, and was unmapped */

	int (*prog_load)(struct engine *e, const struct engine_prog_load *attr);
	int (*prog_run)(struct engine *e, struct engine_run *run);
	int (*prog_bind_map)(struct engine *e, int prog_fd, int map_fd, uint32_t flags);
	/* BPF_RAW_TRACEPOINT_OPEN without a name: to the function that the program was loaded for,
	 * until the descriptor that this gives is closed. */
	int (*prog_attach)(struct engine *e, int prog_fd);
	/* BPF_LINK_CREATE of an iterator over the elements of a map. */
	int (*iter_attach)(struct engine *e, int prog_fd, int map_fd);

	/*
	 * Paths are names below the engine's own BPF file system, without a slash; behind a slash
	 * in a folder of another file system, in which there is one plain file, /file.
	 */
	int (*obj_pin)(struct engine *e, int fd, const char *path, uint32_t flags);
	int (*obj_get)(struct engine *e, const char *path, uint32_t flags);
	int (*obj_unpin)(struct engine *e, const char *path); /* unlink(2) */

	int (*map_fd_by_id)(struct engine *e, uint32_t id, uint32_t open_flags);
	int (*prog_fd_by_id)(struct engine *e, uint32_t id, uint32_t open_flags);
	/* The first id above @start into @next, or -ENOENT. */
	int (*map_next_id)(struct engine *e, uint32_t start, uint32_t *next);
	int (*prog_next_id)(struct engine *e, uint32_t start, uint32_t *next);
	int (*map_info)(struct engine *e, int fd, struct engine_map_info *info);
	int (*prog_info)(struct engine *e, int fd, struct engine_prog_info *info);
	/* The same command of a map, with a struct bpf_map_info in which bytes may be set already.
	 */
	int (*map_info_raw)(struct engine *e, int fd, void *info, uint32_t info_len);

	int (*dup)(struct engine *e, int fd);
	int (*close)(struct engine *e, int fd);
	int (*odd_fd)(struct engine *e, enum engine_odd_fd kind);

	/* Objects go some time after the last one has let go of them, not at once. */
	bool frees_later;
	/* Operations may be called by several threads at once. */
	bool threads;
	int (*btf_load)(struct engine *e);   /* a descriptor of the BTF of enum engine_btf_type */
	int (*kernel_btf)(struct engine *e); /* of the kernel's own: BPF_BTF_GET_FD_BY_ID */
	/*
	 * A token that grants @commands (a bit for each enum bpf_cmd) and the making of @maps (for
	 * each enum bpf_map_type), of a BPF file system of a user namespace that root owns.
	 */
	int (*token_create)(struct engine *e, uint64_t commands, uint64_t maps);
	/* From now on, for the calling thread. 0, or ENGINE_*. */
	int (*set_caps)(struct engine *e, enum engine_caps caps);
	/* What /proc/self/fdinfo has of a descriptor, and what a pin holds when it is read: a text
	 * that ends in NUL, cut where it is too long. */
	int (*fdinfo)(struct engine *e, int fd, char *text, size_t size);
	int (*pin_read)(struct engine *e, const char *path, char *text, size_t size);
	/* A program as BPF_OBJ_GET_INFO_BY_FD shows it: *@n is the room for it, then its length. */
	int (*prog_insns)(struct engine *e, int fd, struct bpf_insn *insns, uint32_t *n);
};

/* The head of every engine's own struct. */
struct engine {
	const struct engine_ops *ops;
	const char *name; /* "ref-interp", "jit", "interp", "jit-hardened" ... */
	bool big_endian;
	/* How many values one of a per-CPU map is; 0: not known, and such values cannot be had. */
	unsigned int n_cpus;
	/* Programs are loaded as they come: cases that want one refused are unsupported. */
	bool loads_unchecked;
	char why[256]; /* the reason for the last ENGINE_UNSUPPORTED or ENGINE_FAULT */
};

#endif
