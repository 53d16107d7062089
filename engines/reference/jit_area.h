/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for machine code. W^X: one memfd is mapped twice, at one address to be written, at another
 * to be run; no mapping is both. Against mprotect(2), which would do as well, this makes the
 * patching of a jump a store, and compiling a short program no system call at all: a case that
 * loads ten programs takes less time than one change of a page's rights.
 *
 * The area is the process's: engines come and go with every case, and mapping memory for each would
 * cost more than the case. Hence engines with the JIT are for one thread of the process at a time.
 */
#ifndef TAILCHECK_JIT_AREA_H
#define TAILCHECK_JIT_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Make it, if there is none. 0, or an errno: the machine does not let us. */
int jit_area_init(void);

/* @size bytes, as they are written; NULL: no room. */
uint8_t *jit_area_alloc(size_t size);
/* Give back what is behind the first @used bytes. */
void jit_area_trim(uint8_t *code, size_t size, size_t used);
/* Also fills it with instructions that trap. */
void jit_area_free(uint8_t *code, size_t size);

/* How much room blocks of @size bytes take up. */
size_t jit_area_round(size_t size);

/* The address that what is written at @code runs at. */
const uint8_t *jit_area_run_at(const uint8_t *code);
bool jit_area_holds(uint64_t run_at);

#endif
