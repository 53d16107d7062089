// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "quirk.h"

#include <string.h>

const struct quirk quirks[] = {
	[QUIRK_EMPTY_SLOT_COUNTS] = { "empty-slot-counts",
				      "a tail call to an empty slot uses up one of the 33",
				      "x86-64 JIT before commit 116e04ba1459 (6.12), interpreter "
				      "before commit 3733f4be2870 (7.1); measured: interpreter "
				      "up to 7.0.13" },
	[QUIRK_ATTACH_TYPE_UNCHECKED] = { "attach-type-unchecked",
					  "a prog_array takes programs whose expected_attach_type "
					  "is not its owner's",
					  "before commit 4540aed51b12 (6.18, with backports); "
					  "measured: 5.10.223, 6.12.43, 6.16.12; not 6.1.176, "
					  "6.12.95, 6.17.13" },
	[QUIRK_FREEZE_BY_CAPABILITY] = { "freeze-by-capability",
					 "FREEZE asks for CAP_BPF and not for a writable "
					 "descriptor; a second one is EBUSY",
					 "before commit c4c84f6fb2c4 (6.5); measured: 5.10.223, "
					 "6.1.176" },
	[QUIRK_LOOKUP_FLAGS_FIRST] = { "lookup-flags-first",
				       "LOOKUP_ELEM looks at its flags before it looks at the "
				       "descriptor",
				       "before commit 8f6ddc058760 (6.19); measured: up to "
				       "6.18.15" },
	[QUIRK_NO_MAP_TOKEN] = { "no-map-token",
				 "MAP_CREATE knows no BPF_F_TOKEN_FD and no attributes behind "
				 "map_extra",
				 "before commit a177fc2bf6fd (6.9); kernel/bpf/syscall.c "
				 "BPF_MAP_CREATE_LAST_FIELD" },
	[QUIRK_NO_PATH_FD] = { "no-path-fd", "OBJ_PIN and OBJ_GET know no BPF_F_PATH_FD",
			       "before commit cb8edce28073 (6.5); kernel/bpf/syscall.c "
			       "bpf_obj_pin" },
	[QUIRK_SLEEPABLE_NO_PROG_ARRAY] = { "sleepable-no-prog-array",
					    "a sleepable program may not refer to a prog_array",
					    "before commit 0f0c332992b8 (7.0); measured: up to "
					    "6.19.14" },
	[QUIRK_RDONLY_WRONLY_FIRST] = { "rdonly-wronly-first",
					"MAP_CREATE refuses RDONLY with WRONLY before it looks at "
					"type, sizes and name",
					"measured: up to 7.1.13, not 7.2.12; "
					"kernel/bpf/syscall.c map_create" },
	[QUIRK_TAIL_CALL_VOIDS_PACKET] = { "tail-call-voids-packet",
					   "pointers into the packet may not be followed after a "
					   "tail call that fell through",
					   "from commit 1a4607ffba35 (6.13, with backports) to "
					   "commit e3245f899043 (6.19, with backports); "
					   "measured: 6.12.95 to 6.17.13, also 6.12.107; not "
					   "6.18.15" },
	[QUIRK_STACK_IN_32] = { "stack-in-32",
				"frames count in steps of 32 bytes, at least one, towards the "
				"limits of the stack",
				"before 6.8, and every interpreter; kernel/bpf/verifier.c "
				"round_up_stack_depth" },
	[QUIRK_NO_MIXED_CALLS] = { "no-mixed-calls",
				   "a program with local functions may not make tail calls, not "
				   "even in its main function",
				   "every kernel's interpreter; kernel/bpf/verifier.c "
				   "check_map_func_compatibility" },
	[QUIRK_FUNCTION_CALLS_UNCOUNTED] = { "function-calls-uncounted",
					     "tail calls made in a local function do not count for "
					     "its caller",
					     "x86-64 JIT before commit 116e04ba1459 (6.12); "
					     "measured: 5.10, 6.1" },
	[QUIRK_FUNCTION_RESULT_ASSUMED] = { "function-result-assumed",
					    "the verifier takes a function's own result for "
					    "certain, although its tail call may give "
					    "another, and drops code that this makes look dead",
					    "before commit e3245f899043 (6.19, with backports); "
					    "measured: up to 6.17.13, also 6.12.107; not 6.18.15" },
	[QUIRK_NO_XDP_FRAGS] = { "no-xdp-frags", "PROG_LOAD knows no BPF_F_XDP_HAS_FRAGS",
				 "before commit c2f2cdbeffda (5.18); kernel/bpf/syscall.c "
				 "bpf_prog_load" },
	[QUIRK_MAP_SIZE_CHARGED] = { "map-size-charged",
				     "a map of 4 GiB and more is E2BIG, not ENOMEM",
				     "before commit 80ee81e0403c (5.11); kernel/bpf/syscall.c "
				     "bpf_map_charge_init" },
	[QUIRK_FLOW_RESULT_BOOL] = { "flow-result-bool",
				     "the test run of a flow dissector says 1 for BPF_OK and 0 "
				     "for all else, not the program's result",
				     "before commit 5deedfbee842 (6.1); net/bpf/test_run.c "
				     "bpf_prog_test_run_flow_dissector" },
	[QUIRK_FLOW_KEYS_ANYWHERE] = { "flow-keys-anywhere",
				       "the verifier lets a variable be added to the address of "
				       "flow keys, and checks nothing of it",
				       "before commit 22c7fa171a02 (6.8, 6.1.75); measured: "
				       "5.10.223" },
	[QUIRK_SKB_LOAD_ASSUMED] = { "skb-load-assumed",
				     "the verifier takes a function's own result for certain, "
				     "although LD_ABS or LD_IND may end it with 0, and drops code "
				     "that this makes look dead",
				     "before commit ee861486e377 (7.1, with backports); "
				     "measured: 5.10.223, 6.1.176, 6.12.95 to 6.19.14; not "
				     "6.12.107, 7.0.13" },
	[QUIRK_NO_ISA_V4] = { "no-isa-v4",
			      "no signed division, no moves and loads with sign, no bswap",
			      "before commit ec0e2da95f72 and those around it (6.6); RFC 9669" },
	[QUIRK_NO_GOTOL] = { "no-gotol", "no jump of 32 bits",
			     "before 6.6, but 6.1.176 has it; commit 4cd58e9af8b9" },
	[QUIRK_NO_ATOMICS] = { "no-atomics",
			       "no atomic operation but addition, and none that gives the old "
			       "value",
			       "before commit 5ffa25502b5a and those around it (5.12); "
			       "kernel/bpf/verifier.c check_xadd" },
	[QUIRK_NO_DIRECT_CALLS] = { "no-direct-calls",
				    "tail calls with a constant index are like all others, and "
				    "there may be more than 1,024 of them",
				    "interpreters, and JITs that blind constants; "
				    "kernel/bpf/verifier.c do_misc_fixups" },
	[QUIRK_NO_EXCL_HASH] = { "no-excl-hash",
				 "MAP_CREATE knows no excl_prog_hash: it is EINVAL before all else",
				 "before commit baefdbdf6812 (6.18); kernel/bpf/syscall.c "
				 "BPF_MAP_CREATE_LAST_FIELD" },
	[QUIRK_SHORT_ATTR] = { "short-attr",
			       "union bpf_attr ends before byte 167: a bit there is E2BIG, not "
			       "EINVAL",
			       "measured: up to 6.17.13, not 6.18.15; 5.10 has 120 bytes, 6.1 "
			       "144, 6.12 152, 7.3 168" },
	[QUIRK_TAKE_NO_FLAGS] = { "take-no-flags",
				  "LOOKUP_AND_DELETE_ELEM has no flags: BPF_F_LOCK is EINVAL "
				  "before the descriptor is looked at",
				  "before commit 3e87f192b405 (5.14); kernel/bpf/syscall.c "
				  "BPF_MAP_LOOKUP_AND_DELETE_ELEM_LAST_FIELD" },
	[QUIRK_LOCK_IS_ENOTSUPP] = { "lock-is-enotsupp",
				     "a value type with a lock, in a map that can have none, is "
				     "ENOTSUPP (524), not EOPNOTSUPP",
				     "before commit db559117828d (6.2); measured: 5.10.223, "
				     "6.1.176; kernel/bpf/syscall.c map_check_btf" },
	[QUIRK_INFO_CLEARED] = { "info-cleared",
				 "OBJ_GET_INFO_BY_FD of a map clears the caller's structure before "
				 "it is filled in, and knows no hash in it",
				 "before commit ea2e6467ac36 (6.18); measured: up to 6.17.13; "
				 "kernel/bpf/syscall.c bpf_map_get_info_by_fd" },
	[QUIRK_SHORT_MAP_INFO] = { "short-map-info",
				   "struct bpf_map_info has 80 bytes: it knows no map_extra",
				   "before 5.16; include/uapi/linux/bpf.h" },
	[QUIRK_NO_LIRC_MODE2] = { "no-lirc-mode2", "there are no programs of type lirc_mode2",
				  "built without CONFIG_BPF_LIRC_MODE2: Debian's cloud kernels" },
	[QUIRK_NO_NETFILTER] = { "no-netfilter", "there are no programs of type netfilter",
				 "before commit fd9c663b9ad6 (6.4), or built without "
				 "CONFIG_NETFILTER_BPF_LINK" },
	[QUIRK_SEG6LOCAL_RUNS] = { "seg6local-runs",
				   "TEST_RUN runs programs of type lwt_seg6local, with a packet "
				   "without their header",
				   "before \"bpf: Remove tst_run from lwt_seg6local_prog_ops\" "
				   "(2024, CVE-2024-46754); measured: 5.10.223, 6.1.176" },
	[QUIRK_ATTACH_FUNC_UNCHECKED] = { "attach-func-unchecked",
					  "a prog_array takes programs for functions of the kernel "
					  "with other arguments than its owner's",
					  "before commit 28ead3eaabc1 (6.12, with backports); "
					  "measured: 5.10.223, not 6.1.176" },
	[QUIRK_STORAGE_UNCHECKED] = { "storage-unchecked",
				      "a prog_array takes programs with another cgroup storage "
				      "than its owner's",
				      "before commit abad3d0bad72 (6.17, with backports); "
				      "measured: 5.10.223, 6.12.43; not 6.1.176, 6.12.95, "
				      "6.16.12" },
	[QUIRK_STORAGE_LOST_BETWEEN] = { "storage-lost-between",
					 "a program without cgroup storage may stand between two "
					 "with different ones",
					 "from commit abad3d0bad72 (6.17, with backports); "
					 "measured: 6.1.176, 6.12.95, 6.16.12 to 7.0.13; not "
					 "6.12.107, 7.1.13; kernel/bpf/core.c "
					 "__bpf_prog_map_compatible" },
	[QUIRK_SLEEPABLE_UNCHECKED] = { "sleepable-unchecked",
					"a prog_array takes programs that may sleep beside those "
					"that may not",
					"before commit 0f0c332992b8 (7.0); measured: up to "
					"6.19.14" },
	[QUIRK_BIG_ENDIAN] = { "big-endian", "the highest byte of a number comes first in memory",
			       "s390x" },
	[QUIRK_STRICT_ALIGNMENT] = { "strict-alignment",
				     "what a program accesses in packets and map values must be "
				     "aligned to its size",
				     "architectures without "
				     "CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS; "
				     "kernel/bpf/verifier.c check_ptr_alignment" },
	[QUIRK_LOOKUP_DOUBLES_INDEX] = { "lookup-doubles-index",
					 "a lookup of slot n by bpf(2) gives what is in slot 2n",
					 "32-bit machines; kernel/bpf/arraymap.c "
					 "bpf_fd_array_map_lookup_elem" },
	[QUIRK_FUNCTIONS_NOT_JITED] = { "functions-not-jited",
					"the JIT leaves programs with local functions to the "
					"interpreter, and a prog_array takes either kind alone",
					"JITs of 32-bit machines and MIPS; kernel/bpf/verifier.c "
					"fixup_call_args, kernel/bpf/core.c "
					"__bpf_prog_map_compatible" },
	[QUIRK_INDEX_IN_64_BITS] = { "index-in-64-bits",
				     "a tail call's index is compared with the number of slots in "
				     "64 bits",
				     "measured: 6.1.176 on MIPS; arch/mips/net/bpf_jit_comp64.c "
				     "emit_tail_call" },
	[QUIRK_NO_TRAMPOLINES] = { "no-trampolines",
				   "programs cannot be loaded for functions of the kernel: ENOMEM",
				   "built without CONFIG_BPF_JIT; include/linux/bpf.h "
				   "bpf_trampoline_get" },
	[QUIRK_STRUCT_OPS_RESULT_LOST] = { "struct-ops-result-lost",
					   "what a struct_ops program returns does not reach its "
					   "caller: it is 0",
					   "measured: interpreters of 6.12.107 and 7.2.13 on "
					   "riscv64; "
					   "arch/riscv/net/bpf_jit_comp64.c "
					   "__arch_prepare_bpf_trampoline" },
	[QUIRK_OUT_OF_RANGE_COUNTS] = { "out-of-range-counts",
					"a tail call with an index out of range uses up one of the "
					"33",
					"measured: 6.1.176 on MIPS; arch/mips/net/bpf_jit_comp64.c "
					"emit_tail_call" },
	[QUIRK_FLOW_KEYS_OFFSET_LOST] = { "flow-keys-offset-lost",
					  "the verifier forgets constants that are added to the "
					  "address of flow keys, and so lets programs read and "
					  "write outside of them",
					  "measured: 7.1.13, not 7.0.13 and 7.2.12; "
					  "kernel/bpf/verifier.c check_flow_keys_access" },
	[QUIRK_LONG_MAP_INFO] = { "long-map-info",
				  "struct bpf_map_info has 104 bytes, not 100: what is set in the "
				  "last four is not E2BIG",
				  "measured: 6.18.15, 7.0.13; not 7.1.13" },
	[QUIRK_NO_CPU_FLAGS] = { "no-cpu-flags",
				 "UPDATE_ELEM knows no BPF_F_CPU and BPF_F_ALL_CPUS, and reads key "
				 "and value before it refuses them",
				 "measured: up to 6.19.14; not 7.0.13; kernel/bpf/syscall.c "
				 "bpf_map_check_op_flags" },
	[QUIRK_NO_KFUNCS] = { "no-kfuncs",
			      "programs may not call functions of the kernel: ENOTSUPP (524)",
			      "every interpreter; kernel/bpf/verifier.c add_kfunc_call" },
	[QUIRK_NO_CALLBACKS] = { "no-callbacks", "programs may not have callbacks of timers",
				 "every interpreter; kernel/bpf/verifier.c fixup_call_args" },
	[QUIRK_TIMER_CALLS_UNCHECKED] = { "timer-calls-unchecked",
					  "a function that a timer's callback calls may hold a "
					  "tail call, where no way leads to it",
					  "measured: 6.1.176 to 7.2.13, not 7.3.4; "
					  "kernel/bpf/verifier.c check_max_stack_depth" },
	[QUIRK_MAP_ERRNO_IN_32] = { "map-errno-in-32",
				    "a program that changes a map, in vain, finds an errno of 32 "
				    "bits in r0: its upper half is zero",
				    "JITs before commit d7ba4cc900bf (6.4), which call the map's "
				    "own functions and these gave an int; measured: 5.10.223, "
				    "6.1.176; kernel/bpf/verifier.c do_misc_fixups" },
	[QUIRK_NO_REG_INVARIANTS] = { "no-reg-invariants",
				      "PROG_LOAD knows no BPF_F_TEST_REG_INVARIANTS",
				      "before 6.8; measured: 5.10.223, 6.1.176; "
				      "kernel/bpf/syscall.c bpf_prog_load" },
	[QUIRK_NO_DEV_BOUND] = { "no-dev-bound", "PROG_LOAD knows no BPF_F_XDP_DEV_BOUND_ONLY",
				 "before 6.3; measured: 5.10.223, 6.1.176; kernel/bpf/syscall.c "
				 "bpf_prog_load" },
	[QUIRK_PROCESSOR_ID_NEEDS_JIT] = { "processor-id-needs-jit",
					   "a program that calls bpf_get_smp_processor_id is "
					   "EINVAL: the JIT alone has code for it",
					   "measured: interpreters of 7.2.13 on arm64, riscv64 and "
					   "ppc64el; kernel/bpf/verifier.c "
					   "bpf_jit_inlines_helper_call" },
	[QUIRK_WIDE_SHIFTS] = { "wide-shifts",
				"a shift by a register goes by one bit more of it than 63 or 31: "
				"what is shifted by its width is gone",
				"measured: JITs of 6.1.176 and 7.2.13 on ppc64el, 7.2.13 on armhf; "
				"RFC 9669, 4.1; "
				"arch/powerpc/net/bpf_jit_comp64.c" },
	[QUIRK_SIGNED_LOADS_BY_4] = { "signed-loads-by-4",
				      "a load of 32 bits with sign goes by its offset without the "
				      "two lowest bits",
				      "measured: JIT of 7.2.13 on ppc64el; "
				      "arch/powerpc/net/bpf_jit_comp64.c BPF_MEMSX, lwa" },
	[QUIRK_LARGE_PAGES] = { "large-pages",
				"what may have as many bytes as a page (attributes, information, "
				"the "
				"data of a flow dissector) may have 65,536",
				"measured: 6.1.176 on ppc64el; CONFIG_PPC_64K_PAGES" },
	[QUIRK_PAGES_OF_16K] = { "pages-of-16k",
				 "what may have as many bytes as a page (attributes, information, "
				 "the data of a flow dissector) may have 16,384",
				 "measured: 7.2.13 on loong64; CONFIG_16KB_3LEVEL" },
	[QUIRK_CALLS_NOT_PATCHED] = { "calls-not-patched",
				      "a tail call whose index the verifier assumes goes by the "
				      "index "
				      "that there is, since the JIT patches no jumps",
				      "measured: JIT of 6.12.107 on arm64; "
				      "arch/arm64/net/bpf_jit_comp.c emit_bpf_tail_call" },
	[QUIRK_DIVISION_NOT_JITED] = { "division-not-jited",
				       "a program with a division of 64 bits or an atomic "
				       "operation "
				       "is ENOTSUPP (524): the JIT cannot compile it",
				       "measured: JIT of 6.1.176 on i386; "
				       "arch/x86/net/bpf_jit_comp32.c do_jit notyet" },
	[QUIRK_HALVED_SHIFTS] = { "halved-shifts",
				  "a shift of 64 bits by 32 and more, if by a register, is one by "
				  "32 "
				  "and the register's lower 5 bits",
				  "measured: JIT of 6.1.176 on i386; RFC 9669, 4.1; "
				  "arch/x86/net/bpf_jit_comp32.c emit_ia32_lsh_r64" },
	[QUIRK_GOTOL_NOT_JITED] = { "gotol-not-jited",
				    "a program with a jump of 32 bits is ENOTSUPP (524): the JIT "
				    "cannot compile it",
				    "measured: JITs of 6.1.176 on ppc64el and i386, whose verifier "
				    "has the jump from a backport" },
	[QUIRK_POINTERS_OF_4] = { "pointers-of-4",
				  "a pointer has 4 bytes: as a type, it fits a map's key and value",
				  "32-bit machines; kernel/bpf/btf.c btf_type_id_size" },
	[QUIRK_STORAGE_KEY_OF_12] = { "storage-key-of-12",
				      "the long key of a cgroup storage has 12 bytes, not 16",
				      "machines that align 64 bits to 4 bytes: i386; "
				      "include/uapi/linux/bpf.h struct bpf_cgroup_storage_key" },
	[QUIRK_NO_STACK_ARGS] = { "no-stack-args",
				  "functions have at most five arguments, in registers: there is "
				  "no r11",
				  "before 7.2; measured: up to 7.1.13, not 7.2.12; "
				  "include/linux/filter.h BPF_REG_PARAMS" },
	[QUIRK_STACK_ARGS_NOT_JITED] = { "stack-args-not-jited",
					 "a program whose functions have arguments on the stack is "
					 "EINVAL: nothing runs it",
					 "interpreters; measured: 7.2.12, 7.3.4; "
					 "kernel/bpf/fixups.c bpf_jit_supports_stack_args" },
	[QUIRK_STACK_ARGS_FAULT] = { "stack-args-fault",
				     "a call of a function with arguments on the stack is EFAULT: "
				     "the machine's JIT has none of them, its interpreter neither",
				     "JITs but those of x86-64 and arm64; measured: 7.2 on "
				     "riscv64, "
				     "ppc64el, loong64, s390x" },
	[QUIRK_EXT_NEEDS_JIT] = { "ext-needs-jit",
				  "there are no ext programs: what is interpreted cannot be "
				  "replaced",
				  "every interpreter; kernel/bpf/verifier.c "
				  "bpf_check_attach_target" },
	[QUIRK_EXT_IN_SLOTS] = { "ext-in-slots",
				 "ext programs, and programs that they replace, may be in slots",
				 "before commit d6083f040d5d (6.13, with backports); measured: "
				 "5.10.223, 6.1.176" },
	[QUIRK_EXT_OWN_TYPE] = { "ext-own-type",
				 "to a prog_array an ext program is of type ext, not of the type "
				 "of the program that it replaces",
				 "before commit 1c123c567fb1 (6.1, with backports); measured: "
				 "5.10.223" },
	[QUIRK_EXT_PACKET_UNCHECKED] = { "ext-packet-unchecked",
					 "an ext program may tail-call and move the packet, "
					 "whatever the program that it replaces does",
					 "before commit 81f6d0530ba0 (6.13, with backports); "
					 "measured: 5.10.223, 6.1.176" },
	[QUIRK_EXT_AGAIN_ENOENT] = { "ext-again-enoent",
				     "to attach an ext program a second time is ENOENT, not EINVAL",
				     "measured: 5.10.223, not 6.1.176; kernel/bpf/syscall.c "
				     "bpf_tracing_prog_attach" },
	[QUIRK_EXT_TARGET_EBADF] = { "ext-target-ebadf",
				     "a target that is no open descriptor is EBADF, not EINVAL",
				     "before commit 290248a5b7d8 (5.11); measured: 5.10.223; "
				     "kernel/bpf/syscall.c bpf_prog_load" },
	[QUIRK_LSM_NOT_ASKED] = { "lsm-not-asked", "lsm programs can be attached, and are not run",
				  "bpf is not among the security modules that are active (lsm= on "
				  "the command line, CONFIG_LSM); measured: 5.10.223" },
	[QUIRK_SDIV_OF_LEAST] = { "sdiv-of-least",
				  "the least number of 32 bits, divided with its sign, is taken "
				  "for one of 64 bits without: 0xffffffff80000000",
				  "measured: interpreters of 6.16.12, 6.17.13, 6.18.15, not of "
				  "6.12.95 and 6.19.14; kernel/bpf/core.c ___bpf_prog_run "
				  "ALU_DIV_X: abs() of S32_MIN" },
	[QUIRK_CAPABILITY_FIRST] = { "capability-first",
				     "MAP_CREATE and PROG_LOAD without CAP_BPF are EPERM before "
				     "their attributes are looked at",
				     "before 6.5; measured: 5.10.223, "
				     "6.1.176; kernel/bpf/syscall.c __sys_bpf" },
	[QUIRK_CAPABILITY_ALWAYS] = { "capability-always",
				      "every command of bpf(2) asks for CAP_BPF, also those on a "
				      "descriptor that is at hand",
				      "measured: 5.10.223, not 6.1.176; "
				      "kernel/bpf/syscall.c __sys_bpf" },
	[QUIRK_JIT_FAILURE_REFUSED] = { "jit-failure-refused",
					"a program that the JIT has no memory for is ENOTSUPP, and "
					"not left to the interpreter",
					"measured: 6.1.176, not 5.10.223, 6.12.107; "
					"kernel/bpf/core.c bpf_prog_select_runtime" },
	[QUIRK_FRAMES_TOGETHER] = { "frames-together",
				    "the frames of a tracing program may have 512 bytes together, "
				    "not each, also where nothing makes a tail call",
				    "measured: 6.12.107, not 6.16.12; kernel/bpf/verifier.c "
				    "bpf_enable_priv_stack" },
	[QUIRK_WRITERS_UNCOUNTED] = { "writers-uncounted",
				      "FREEZE is done while another task's write has begun, which "
				      "then changes a frozen map",
				      "before commit 353050be4c19 (5.16, with backports); "
				      "measured: user-mode-linux 5.10.46, not 5.10.223; "
				      "kernel/bpf/syscall.c bpf_map_write_active" },
	[QUIRK_ATOMICS_NOT_JITED] = { "atomics-not-jited",
				      "the JIT leaves programs with atomic operations to the "
				      "interpreter, and a prog_array takes either kind alone",
				      "measured: JIT of 7.2.13 on armhf; "
				      "arch/arm/net/bpf_jit_32.c build_insn, notyet" },
	[QUIRK_ARRAYS_UNGUARDED] = { "arrays-unguarded",
				     "arrays made without CAP_PERFMON are not guarded against "
				     "speculation: any size, and direct calls",
				     "measured: 7.2 of loong64; kernel/bpf/arraymap.c "
				     "array_map_alloc bypass_spec_v1" },
};

_Static_assert(sizeof(quirks) / sizeof(quirks[0]) == QUIRK_COUNT, "a row for every quirk");
_Static_assert(QUIRK_COUNT < 128, "a set of quirks is one number");

quirk_set quirk_beside(int id)
{
	return id == QUIRK_CALLS_NOT_PATCHED ? QUIRK(FUNCTION_RESULT_ASSUMED) : 0;
}

int quirk_by_name(const char *name)
{
	for (int i = 0; i < QUIRK_COUNT; i++)
		if (!strcmp(quirks[i].name, name))
			return i;
	return -1;
}
