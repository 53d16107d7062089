/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Quirks: named deviations from the normative behaviour that the reference can take on, so that a
 * kernel is "the reference plus these quirks". The table is quirk.c; the probe of quirk NAME is the
 * case probe.NAME in cases/probe/.
 */
#ifndef TAILCHECK_QUIRK_H
#define TAILCHECK_QUIRK_H

#include <stdint.h>

enum quirk_id {
	QUIRK_EMPTY_SLOT_COUNTS,
	QUIRK_ATTACH_TYPE_UNCHECKED,
	QUIRK_FREEZE_BY_CAPABILITY,
	QUIRK_LOOKUP_FLAGS_FIRST,
	QUIRK_NO_MAP_TOKEN,
	QUIRK_NO_PATH_FD,
	QUIRK_SLEEPABLE_NO_PROG_ARRAY,
	QUIRK_RDONLY_WRONLY_FIRST,
	QUIRK_TAIL_CALL_VOIDS_PACKET,
	QUIRK_STACK_IN_32,
	QUIRK_NO_MIXED_CALLS,
	QUIRK_FUNCTION_CALLS_UNCOUNTED,
	QUIRK_FUNCTION_RESULT_ASSUMED,
	QUIRK_NO_XDP_FRAGS,
	QUIRK_MAP_SIZE_CHARGED,
	QUIRK_FLOW_RESULT_BOOL,
	QUIRK_FLOW_KEYS_ANYWHERE,
	QUIRK_SKB_LOAD_ASSUMED,
	QUIRK_NO_ISA_V4,
	QUIRK_NO_GOTOL,
	QUIRK_NO_ATOMICS,
	QUIRK_NO_DIRECT_CALLS,
	QUIRK_NO_EXCL_HASH,
	QUIRK_SHORT_ATTR,
	QUIRK_TAKE_NO_FLAGS,
	QUIRK_LOCK_IS_ENOTSUPP,
	QUIRK_INFO_CLEARED,
	QUIRK_SHORT_MAP_INFO,
	QUIRK_NO_LIRC_MODE2,
	QUIRK_NO_NETFILTER,
	QUIRK_SEG6LOCAL_RUNS,
	QUIRK_ATTACH_FUNC_UNCHECKED,
	QUIRK_STORAGE_UNCHECKED,
	QUIRK_STORAGE_LOST_BETWEEN,
	QUIRK_SLEEPABLE_UNCHECKED,
	QUIRK_BIG_ENDIAN,
	QUIRK_STRICT_ALIGNMENT,
	QUIRK_LOOKUP_DOUBLES_INDEX,
	QUIRK_FUNCTIONS_NOT_JITED,
	QUIRK_INDEX_IN_64_BITS,
	QUIRK_OUT_OF_RANGE_COUNTS,
	QUIRK_NO_TRAMPOLINES,
	QUIRK_STRUCT_OPS_RESULT_LOST,
	QUIRK_FLOW_KEYS_OFFSET_LOST,
	QUIRK_LONG_MAP_INFO,
	QUIRK_NO_CPU_FLAGS,
	QUIRK_NO_KFUNCS,
	QUIRK_NO_CALLBACKS,
	QUIRK_TIMER_CALLS_UNCHECKED,
	QUIRK_MAP_ERRNO_IN_32,
	QUIRK_NO_REG_INVARIANTS,
	QUIRK_NO_DEV_BOUND,
	QUIRK_PROCESSOR_ID_NEEDS_JIT,
	QUIRK_WIDE_SHIFTS,
	QUIRK_SIGNED_LOADS_BY_4,
	QUIRK_LARGE_PAGES,
	QUIRK_PAGES_OF_16K,
	QUIRK_CALLS_NOT_PATCHED,
	QUIRK_DIVISION_NOT_JITED,
	QUIRK_HALVED_SHIFTS,
	QUIRK_GOTOL_NOT_JITED,
	QUIRK_POINTERS_OF_4,
	QUIRK_STORAGE_KEY_OF_12,
	QUIRK_NO_STACK_ARGS,
	QUIRK_STACK_ARGS_NOT_JITED,
	QUIRK_STACK_ARGS_FAULT,
	QUIRK_EXT_NEEDS_JIT,
	QUIRK_EXT_IN_SLOTS,
	QUIRK_EXT_OWN_TYPE,
	QUIRK_EXT_PACKET_UNCHECKED,
	QUIRK_EXT_AGAIN_ENOENT,
	QUIRK_EXT_TARGET_EBADF,
	QUIRK_LSM_NOT_ASKED,
	QUIRK_SDIV_OF_LEAST,
	QUIRK_CAPABILITY_FIRST,
	QUIRK_CAPABILITY_ALWAYS,
	QUIRK_COUNT /* at most 128 */
};

/* A set of quirks: a bit for each. */
__extension__ typedef unsigned __int128 quirk_set;

#define QUIRK_BIT(id) ((quirk_set)1 << (id))
#define QUIRK(id)     QUIRK_BIT(QUIRK_##id)
#define QUIRKS_ALL    (QUIRK_BIT(QUIRK_COUNT) - 1)

/* Those of other machines and of the kernel's interpreter, which the reference's JIT leaves to the
   reference's interpreter. */
#define QUIRKS_INTERP_ONLY                                                            \
	(QUIRK(BIG_ENDIAN) | QUIRK(FUNCTIONS_NOT_JITED) | QUIRK(INDEX_IN_64_BITS) |   \
	 QUIRK(OUT_OF_RANGE_COUNTS) | QUIRK(WIDE_SHIFTS) | QUIRK(SIGNED_LOADS_BY_4) | \
	 QUIRK(HALVED_SHIFTS) | QUIRK(SDIV_OF_LEAST))

struct quirk {
	const char *name;   /* "empty-slot-counts" */
	const char *about;  /* one line: what a program or loader sees */
	const char *source; /* the commit or release that made or ended it, or "measured: ..." */
};

/* Indexed by enum quirk_id, QUIRK_COUNT rows. */
extern const struct quirk quirks[];

/* The quirks without which this one does not show. */
quirk_set quirk_beside(int id);

/* -1 where there is none of that name. */
int quirk_by_name(const char *name);

#endif
