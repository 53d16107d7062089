/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel that we run on, as engines: its JIT, its interpreter, its JIT with constant blinding.
 * They are one kernel under different sysctls (net.core.bpf_jit_enable, bpf_jit_harden), so only
 * one is in force at a time: kernel_engine_select() before each case.
 */
#ifndef TAILCHECK_KERNEL_ENGINE_H
#define TAILCHECK_KERNEL_ENGINE_H

#include "../engine.h"

enum kernel_mode { KERNEL_JIT, KERNEL_INTERP, KERNEL_JIT_HARDENED, KERNEL_MODES };

extern const char *const kernel_mode_names[KERNEL_MODES]; /* "jit", "interp", "jit-hardened" */

/*
 * The engine for @mode, or NULL with the reason in @why: the sysctl is not there or refuses, or a
 * probe program's info (jited_prog_len, xlated_prog_len) says that the kernel does otherwise than
 * it was told.
 */
struct engine *kernel_engine_new(enum kernel_mode mode, char *why, size_t why_size);

/* Put the sysctls as this engine needs them. 0, or ENGINE_FAULT with e->why. */
int kernel_engine_select(struct engine *e);

/*
 * The BTF of a program's functions, as BPF_BTF_LOAD takes it, of *size bytes, to be freed; and a
 * record for each of its n_funcs in @info. NULL where memory is out or there are too many.
 */
void *kernel_func_btf(const struct engine_prog_load *prog, struct bpf_func_info *info,
		      uint32_t *size);

/* The machine is there for the cases alone: they may forbid and open what concerns all of it. */
void kernel_engine_alone(struct engine *e);

/* For tests of the leak check: the next reset forgets to close the newest descriptor. */
void kernel_engine_lose_one(struct engine *e);

#endif
