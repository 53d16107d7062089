/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mutants: what each is called in $TAILCHECK_MUTANT, and what is wrong with it. At the places
 * in the engine they are ref_mutant(ref, MUTANT_...). `make mutants` runs all; each must be
 * noticed.
 */
#ifndef TAILCHECK_MUTANT_LIST_H
#define TAILCHECK_MUTANT_LIST_H

/* clang-format off */

/*
 * No run goes on for ever: behind 1000 tail calls the next one falls through, whatever is counted.
 */

/* Tail calls and local calls, which go by mutant_call.c then: in both engines, or in one. */
#define CALL_MUTANTS(_) \
	_(LIMIT_31, "limit-31", "a run may make 31 tail calls, not 33") \
	_(LIMIT_32, "limit-32", "a run may make 32 tail calls, not 33") \
	_(LIMIT_34, "limit-34", "a run may make 34 tail calls, not 33") \
	_(LIMIT_1000, "limit-1000", "a run may make 1000 tail calls, not 33") \
	_(COUNT_PER_PROGRAM, "count-per-program", "each program may make 33 tail calls") \
	_(COUNT_PER_ARRAY, "count-per-array", "33 tail calls may be made through each array") \
	_(COUNT_PER_FRAME, "count-per-frame", "33 tail calls may be made in each depth of local calls") \
	_(COUNT_KEPT_IN_REPEATS, "count-kept-in-repeats", "the repetitions of a run share one budget") \
	_(COUNT_KEPT, "count-kept", "the budget is never full again: a run counts on from the last one") \
	_(COUNT_TWICE, "count-twice", "a tail call counts twice: before the checks and after") \
	_(COUNT_OUT_OF_RANGE, "count-out-of-range", "counted before the bound is checked") \
	_(COUNT_EMPTY, "count-empty", "counted before the slot is looked at") \
	_(COUNT_SELF_FREE, "count-self-free", "a tail call of the program itself does not count") \
	_(COUNT_OTHER_RESETS, "count-other-resets", "a tail call of another program counts from 1 again") \
	_(COUNT_MISS_RESETS, "count-miss-resets", "a call that falls through counts from 0 again") \
	_(INDEX_NOT_TRUNCATED, "index-not-truncated", "the index is all 64 bits of r3, not the low 32") \
	_(INDEX_SIGNED, "index-signed", "the index is compared signed: -1 finds a program") \
	_(INDEX_16, "index-16", "the index is the low 16 bits of r3") \
	_(INDEX_8, "index-8", "the index is the low 8 bits of r3") \
	_(INDEX_END, "index-end", "max_entries itself is taken for an index") \
	_(INDEX_LAST_OUT, "index-last-out", "the last slot is taken to be out of range") \
	_(INDEX_WRAPS, "index-wraps", "the index is taken modulo max_entries") \
	_(INDEX_CLAMPED, "index-clamped", "an index out of range is that of the last slot") \
	_(INDEX_NEXT, "index-next", "the program of the next slot is called") \
	_(MISS_EXITS, "miss-exits", "a call that falls through ends the function (interpreter)") \
	_(EMPTY_EXITS, "empty-exits", "a call of an empty slot ends the function (interpreter)") \
	_(LIMIT_EXITS, "limit-exits", "the call beyond the limit ends the function (interpreter)") \
	_(MISS_LOSES_R6, "miss-loses-r6", "a call that falls through loses r6") \
	_(MISS_LOSES_R9, "miss-loses-r9", "a call that falls through loses r9") \
	_(HIT_RETURNS, "hit-returns", "the called program returns to the one that called (interpreter)") \
	_(HIT_DROPS_CALLERS, "hit-drops-callers", "a tail call in a function forgets its callers (interpreter)") \
	_(HIT_LOSES_CTX, "hit-loses-ctx", "the called program has no context in r1") \
	_(CALL_RESETS_COUNT, "call-resets-count", "a local call has the whole budget again (interpreter)") \
	_(CALL_OWN_COUNT, "call-own-count", "what a local call's tail calls used is given back (interpreter)") \
	_(RETURN_RESETS_COUNT, "return-resets-count", "the return of a local call gives the whole budget (interpreter)") \
	_(STACK_SHARED, "stack-shared", "a local function has its caller's stack (interpreter)") \
	_(STACK_NOT_RESTORED, "stack-not-restored", "behind a local call r10 is the function's (interpreter)") \
	_(R6_LOST, "r6-lost", "a local call loses r6 (interpreter)") \
	_(R9_LOST, "r9-lost", "a local call loses r9 (interpreter)") \
	_(SAVED_LOST_BEHIND_CALL, "saved-lost-behind-call", "a local call that ends in another program loses r6 to r9 (interpreter)") \
	_(RESULT_SIGNED, "result-signed", "a local call's result is its low 32 bits, sign-extended (interpreter)") \
	_(RESULT_CUT, "result-cut", "a local call's result is its low 32 bits (interpreter)") \
	_(RESULT_LOST_BEHIND_CALL, "result-lost-behind-call", "a local call that ends in another program gives 0 (interpreter)")

/* What the JIT alone does wrong, when it compiles or patches. */
#define JIT_MUTANTS(_) \
	_(JIT_LIMIT_32, "jit-limit-32", "the JIT's calls allow 32") \
	_(JIT_LIMIT_34, "jit-limit-34", "the JIT's calls allow 34") \
	_(JIT_DIRECT_1000, "jit-direct-1000", "direct calls have a limit of 1000") \
	_(JIT_INDIRECT_1000, "jit-indirect-1000", "indirect calls have a limit of 1000") \
	_(JIT_COUNT_TWICE, "jit-count-twice", "programs that are called count it twice") \
	_(JIT_DIRECT_EMPTY_COUNTS, "jit-direct-empty-counts", "a direct call of an empty slot counts") \
	_(JIT_INDIRECT_EMPTY_COUNTS, "jit-indirect-empty-counts", "an indirect call of an empty slot counts") \
	_(JIT_INDEX_SIGNED, "jit-index-signed", "indirect calls compare the index signed") \
	_(JIT_INDEX_64, "jit-index-64", "indirect calls compare the index in 64 bits") \
	_(JIT_INDEX_END, "jit-index-end", "indirect calls let max_entries pass as an index") \
	_(JIT_MISS_EXITS, "jit-miss-exits", "a call that falls through ends the function") \
	_(JIT_MISS_LOSES_R6, "jit-miss-loses-r6", "a call that falls through loses r6") \
	_(JIT_STALE_REPLACE, "jit-stale-replace", "sites are not patched when a slot's program is replaced") \
	_(JIT_STALE_DELETE, "jit-stale-delete", "sites are not patched when a slot is emptied") \
	_(JIT_STALE_FILL, "jit-stale-fill", "sites are not patched when an empty slot gets a program") \
	_(JIT_ONE_SITE, "jit-one-site", "only one of a slot's sites is patched") \
	_(JIT_UNLINKED, "jit-unlinked", "a new program's sites do not see what is in the slots") \
	_(JIT_STACK_SHARED, "jit-stack-shared", "a local function has its caller's stack") \
	_(JIT_R6_LOST, "jit-r6-lost", "a local call loses r6") \
	_(JIT_CALL_RESETS_COUNT, "jit-call-resets-count", "a local call has the whole budget again") \
	_(JIT_CALL_OWN_COUNT, "jit-call-own-count", "what a local call's tail calls used is given back")

/* Instructions, before both engines get them: mutant_decode.c. */
#define INSN_MUTANTS(_) \
	_(MOV32_SIGNED, "mov32-signed", "a 32-bit move sign-extends") \
	_(MOV32_WHOLE, "mov32-whole", "a 32-bit move between registers moves 64") \
	_(ALU32_WHOLE, "alu32-whole", "32-bit arithmetic is done in 64 bits") \
	_(JMP32_WHOLE, "jmp32-whole", "32-bit jumps compare 64 bits") \
	_(JMP_UNSIGNED, "jmp-unsigned", "signed jumps compare unsigned") \
	_(ARSH_LOGICAL, "arsh-logical", "an arithmetic shift shifts zeroes in") \
	_(SDIV_UNSIGNED, "sdiv-unsigned", "signed division divides unsigned") \
	_(LDSX_UNSIGNED, "ldsx-unsigned", "sign-extending loads fill with zeroes") \
	_(MOVSX_PLAIN, "movsx-plain", "sign-extending moves move 64 bits") \
	_(SWAP_IGNORED, "swap-ignored", "bytes are not swapped") \
	_(FETCH_LOST, "fetch-lost", "atomic operations do not give what was there") \
	_(ST_UNSIGNED, "st-unsigned", "a stored immediate is not sign-extended")

/* The map commands. */
#define MAP_MUTANTS(_) \
	_(LOOKUP_GIVES_FD, "lookup-gives-fd", "LOOKUP gives a number that is not the program's id") \
	_(LOOKUP_EMPTY_ZERO, "lookup-empty-zero", "LOOKUP of an empty slot gives 0") \
	_(LOOKUP_RANGE_E2BIG, "lookup-range-e2big", "LOOKUP out of range is E2BIG, not ENOENT") \
	_(LOOKUP_FLAGS_IGNORED, "lookup-flags-ignored", "LOOKUP takes any flags") \
	_(UPDATE_FLAGS_IGNORED, "update-flags-ignored", "UPDATE takes any flags") \
	_(UPDATE_NOEXIST_TAKEN, "update-noexist-taken", "UPDATE takes NOEXIST, and an occupied slot is EEXIST") \
	_(UPDATE_EXIST_TAKEN, "update-exist-taken", "UPDATE takes EXIST, and an empty slot is ENOENT") \
	_(UPDATE_RANGE_EINVAL, "update-range-einval", "UPDATE out of range is EINVAL, not E2BIG") \
	_(UPDATE_RANGE_LATE, "update-range-late", "UPDATE looks at the descriptor before the index") \
	_(UPDATE_FLAGS_LATE, "update-flags-late", "UPDATE looks at the index before the flags") \
	_(UPDATE_CLOSED_EINVAL, "update-closed-einval", "UPDATE with a closed descriptor is EINVAL") \
	_(UPDATE_MAP_EBADF, "update-map-ebadf", "UPDATE with a descriptor of no program is EBADF") \
	_(UPDATE_UNFIT_EPERM, "update-unfit-eperm", "UPDATE with a program that does not fit is EPERM") \
	_(UPDATE_BY_ID, "update-by-id", "UPDATE takes a program's id for a descriptor") \
	_(UPDATE_OLD_KEPT, "update-old-kept", "UPDATE of an occupied slot leaves the old program") \
	_(UPDATE_OCCUPIED_EBUSY, "update-occupied-ebusy", "UPDATE of an occupied slot is EBUSY") \
	_(DELETE_EMPTY_OK, "delete-empty-ok", "DELETE of an empty slot succeeds") \
	_(DELETE_RANGE_ENOENT, "delete-range-enoent", "DELETE out of range is ENOENT, not E2BIG") \
	_(DELETE_IGNORED, "delete-ignored", "DELETE succeeds and leaves the program") \
	_(DELETE_EINVAL, "delete-einval", "DELETE is EINVAL, as of an array") \
	_(DELETE_FLAGS_IGNORED, "delete-flags-ignored", "DELETE takes any flags") \
	_(NEXT_SKIPS_EMPTY, "next-skips-empty", "GET_NEXT_KEY passes over empty slots") \
	_(NEXT_NEVER_ENDS, "next-never-ends", "GET_NEXT_KEY of the last key gives the first") \
	_(NEXT_RANGE_ENOENT, "next-range-enoent", "GET_NEXT_KEY of a key out of range is ENOENT") \
	_(NEXT_FLAGS_IGNORED, "next-flags-ignored", "GET_NEXT_KEY takes any flags") \
	_(TAKE_WORKS, "take-works", "LOOKUP_AND_DELETE works") \
	_(TAKE_EINVAL, "take-einval", "LOOKUP_AND_DELETE is EINVAL, not ENOTSUPP") \
	_(TAKE_UNWRITTEN, "take-unwritten", "LOOKUP_AND_DELETE needs no leave to write") \
	_(BATCH_EINVAL, "batch-einval", "batches are EINVAL, not ENOTSUPP") \
	_(BATCH_WORKS, "batch-works", "batches work on this map, too") \
	_(FREEZE_IGNORED, "freeze-ignored", "FREEZE succeeds and has no effect") \
	_(FREEZE_TWICE_OK, "freeze-twice-ok", "FREEZE of a frozen map succeeds") \
	_(FREEZE_HIDES, "freeze-hides", "a frozen map cannot be read either") \
	_(MMAP_EINVAL, "mmap-einval", "mmap of the map is EINVAL, not ENOTSUPP") \
	_(MODE_IGNORED, "mode-ignored", "descriptors may do what they were not opened for") \
	_(CREATE_SIZES_IGNORED, "create-sizes-ignored", "the map may have values of any size") \
	_(CREATE_EMPTY_OK, "create-empty-ok", "the map may have no entries") \
	_(CREATE_FLAGS_IGNORED, "create-flags-ignored", "the map may have flags that it does not know") \
	_(CREATE_ACCESS_OK, "create-access-ok", "the map may be RDONLY_PROG") \
	_(STRAY_IGNORED, "stray-ignored", "bytes behind a command's attributes are not looked at") \
	_(NAME_UNCHECKED, "name-unchecked", "a map may have any name")

/* Objects: who holds what, for how long, and under which number. */
#define OBJECT_MUTANTS(_) \
	_(SLOTS_NOT_CLEARED, "slots-not-cleared", "the slots stay when the last descriptor and pin go") \
	_(SLOTS_CLEARED_EARLY, "slots-cleared-early", "the slots are emptied when any descriptor or pin goes") \
	_(ID_MODE_LOST, "id-mode-lost", "a map opened by its id again can be read and written, whatever was asked") \
	_(GET_MODE_LOST, "get-mode-lost", "a map that is opened by its name can be read and written, whatever was asked") \
	_(PIN_TWICE_OK, "pin-twice-ok", "a name that is taken is pinned again") \
	_(PIN_FLAGS_IGNORED, "pin-flags-ignored", "pinning takes any flags") \
	_(ID_FLAGS_IGNORED, "id-flags-ignored", "opening a program by id takes any flags") \
	_(ID_MISSING_EBADF, "id-missing-ebadf", "an id that nothing has is EBADF, not ENOENT") \
	_(INFO_EBADF, "info-ebadf", "info of a closed descriptor is EBADF, not EBADFD") \
	_(BIND_FLAGS_IGNORED, "bind-flags-ignored", "BIND_MAP takes any flags") \
	_(BIND_TWICE, "bind-twice", "a map that is bound again counts again") \
	_(BIND_CLAIMS, "bind-claims", "BIND_MAP makes the program the owner of a prog array") \
	_(OWNER_FORGOTTEN, "owner-forgotten", "an array that has become empty has no owner") \
	_(OWNER_OPEN, "owner-open", "an array has no owner: every program fits") \
	_(OWNER_LAST, "owner-last", "the last program of the type makes the rules") \
	_(OWNER_NOT_BY_LOAD, "owner-not-by-load", "a load does not make a program the owner") \
	_(OWNER_NOT_BY_UPDATE, "owner-not-by-update", "an update does not make a program the owner") \
	_(OWNER_NOT_BY_FAILED, "owner-not-by-failed", "a load that fails leaves no owner") \
	_(OWNER_LOAD_UNCHECKED, "owner-load-unchecked", "a load is not held against the owner") \
	_(OWNER_TYPE_IGNORED, "owner-type-ignored", "the program's type is not the owner's business") \
	_(OWNER_ATTACH_IGNORED, "owner-attach-ignored", "the attach type is not the owner's business") \
	_(OWNER_FLAGS_IGNORED, "owner-flags-ignored", "sleepable and fragments are not the owner's business") \
	_(OWNER_JIT_IGNORED, "owner-jit-ignored", "interpreted programs fit with compiled ones") \
	_(OWNER_STORAGE_IGNORED, "owner-storage-ignored", "storage is not the owner's business") \
	_(OWNER_PROTO_IGNORED, "owner-proto-ignored", "the function that it is made for is not the owner's business")

/* The checks at load. Those who share passed checks know of mutants: checked.c. */
#define CHECK_MUTANTS(_) \
	_(CHECK_CTX_ANY, "check-ctx-any", "r1 of a tail call may be anything") \
	_(CHECK_INDEX_UNREAD, "check-index-unread", "r3 of a tail call may be uninitialised") \
	_(CHECK_ARGS_KEPT, "check-args-kept", "r1 to r5 may be read behind a tail call") \
	_(CHECK_RESULT_KEPT, "check-result-kept", "r0 may be read behind a tail call") \
	_(CHECK_MAP_TYPE_EACCES, "check-map-type-eacces", "a tail call through another map is EACCES") \
	_(CHECK_HELD_OK, "check-held-ok", "a tail call may be made with a lock or a reference held") \
	_(CHECK_STACK_OK, "check-stack-ok", "functions that tail-call may have callers of any stack") \
	_(CHECK_STACK_ONE_LESS, "check-stack-one-less", "their callers may have 240 bytes, not 255") \
	_(CHECK_CALLBACK_OK, "check-callback-ok", "callbacks may make tail calls") \
	_(CHECK_PARAMS_OK, "check-params-ok", "programs with arguments on the stack may make tail calls") \
	_(CHECK_SITES_ANY, "check-sites-any", "a program may have any number of direct calls") \
	_(CHECK_SITES_LESS, "check-sites-less", "a program may have 1023 direct calls, not 1024") \
	_(CHECK_LOOKUP_OK, "check-lookup-ok", "programs may look up prog arrays")

/* Runs. */
#define RUN_MUTANTS(_) \
	_(REPEAT_ONCE, "repeat-once", "a run that is to be repeated runs once") \
	_(REPEAT_MORE, "repeat-more", "a run is repeated once too often") \
	_(RETVAL_16, "retval-16", "the result of a run has 16 bits")

/* clang-format on */

#endif
