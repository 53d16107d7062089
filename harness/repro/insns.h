/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Instructions as the macros of the kernel's include/linux/filter.h spell them. */
#ifndef TAILCHECK_REPRO_INSNS_H
#define TAILCHECK_REPRO_INSNS_H

#include <stdint.h>
#include <stdio.h>

#include "../case/asm.h"

/*
 * Write a program as the elements of an array of struct bpf_insn, each with its assembly text
 * behind it, on lines that begin with @indent. The descriptor of a map is spelled NAME_fd. The bits
 * of the macros that are needed are added to *@macros.
 */
void insns_write(FILE *out, const struct asm_prog *prog, const char *indent, uint32_t *macros);

/* Define those macros. */
void insns_define(FILE *out, uint32_t macros);

#endif
