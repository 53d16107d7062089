/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Questions about single instructions, and the parts of the set that Debian 12's headers lack. */
#ifndef TAILCHECK_INSN_H
#define TAILCHECK_INSN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>
#include <linux/bpf_common.h>

#define INSN_MEMSX     0x80  /* mode: a load that extends the sign */
#define INSN_JCOND     0xe0  /* may_goto */
#define INSN_LOAD_ACQ  0x100 /* atomic operations since 6.15 */
#define INSN_STORE_REL 0x110

/*
 * Arguments behind the fifth (7.2): a caller stores them at r11 - 8, r11 - 16 ..., the function
 * that it then calls loads them from r11 + 8, r11 + 16 ...; nothing else can be done with r11.
 */
#define INSN_REG_PARAMS	 11 /* include/linux/filter.h BPF_REG_PARAMS */
#define INSN_PARAMS_MAX	 7
#define INSN_PARAM_BYTES 8

static inline bool insn_is_wide(const struct bpf_insn *in)
{
	return in->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* A load out of the packet, from classic BPF: LD_ABS, LD_IND. */
static inline bool insn_is_skb_load(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_LD && BPF_SIZE(in->code) != BPF_DW &&
	       (BPF_MODE(in->code) == BPF_ABS || BPF_MODE(in->code) == BPF_IND);
}

static inline bool insn_is_jmp_class(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_JMP || BPF_CLASS(in->code) == BPF_JMP32;
}

static inline bool insn_is_ja(const struct bpf_insn *in)
{
	return insn_is_jmp_class(in) && BPF_OP(in->code) == BPF_JA;
}

static inline bool insn_is_exit(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP | BPF_EXIT);
}

static inline bool insn_is_local_call(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP | BPF_CALL) && in->src_reg == BPF_PSEUDO_CALL;
}

static inline bool insn_is_helper_call(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP | BPF_CALL) && !in->src_reg;
}

static inline bool insn_is_kfunc_call(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP | BPF_CALL) && in->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool insn_is_tail_call(const struct bpf_insn *in)
{
	return insn_is_helper_call(in) && in->imm == BPF_FUNC_tail_call;
}

static inline bool insn_is_func_ref(const struct bpf_insn *in)
{
	return insn_is_wide(in) && in->src_reg == BPF_PSEUDO_FUNC;
}

/* Jumps somewhere, perhaps: not calls and exits. */
static inline bool insn_is_branch(const struct bpf_insn *in)
{
	return insn_is_jmp_class(in) && BPF_OP(in->code) != BPF_CALL &&
	       BPF_OP(in->code) != BPF_EXIT;
}

/* Of a branch: where it goes, in 64 bits, so that nothing wraps. */
static inline int64_t insn_target(const struct bpf_insn *in, uint32_t pc)
{
	return (int64_t)pc + 1 + (in->code == (BPF_JMP32 | BPF_JA) ? in->imm : in->off);
}

static inline unsigned int insn_size_log2(const struct bpf_insn *in)
{
	switch (BPF_SIZE(in->code)) {
	case BPF_B:
		return 0;
	case BPF_H:
		return 1;
	case BPF_W:
		return 2;
	default:
		return 3;
	}
}

/* Of a load or a store: the register that its address begins with. */
static inline uint8_t insn_base(const struct bpf_insn *in)
{
	bool load = BPF_CLASS(in->code) == BPF_LDX ||
		    (BPF_CLASS(in->code) == BPF_STX && BPF_MODE(in->code) == BPF_ATOMIC &&
		     in->imm == INSN_LOAD_ACQ);

	return load ? in->src_reg : in->dst_reg;
}

/* Does it access its own frame, for certain? */
static inline bool insn_in_frame(const struct bpf_insn *in)
{
	return insn_base(in) == BPF_REG_10 && in->off >= -512 &&
	       in->off + (1 << insn_size_log2(in)) <= 0;
}

static inline bool insn_is_param_load(const struct bpf_insn *in)
{
	return in->code == (BPF_LDX | BPF_MEM | BPF_DW) && in->src_reg == INSN_REG_PARAMS;
}

static inline bool insn_is_param_store(const struct bpf_insn *in)
{
	return (in->code == (BPF_STX | BPF_MEM | BPF_DW) ||
		in->code == (BPF_ST | BPF_MEM | BPF_DW)) &&
	       in->dst_reg == INSN_REG_PARAMS;
}

/* Of one of these: which argument it is, from 1 on; 0 or less: none. */
static inline int insn_param(const struct bpf_insn *in)
{
	int off = insn_is_param_load(in) ? in->off : -in->off;

	return off % INSN_PARAM_BYTES ? 0 : off / INSN_PARAM_BYTES;
}

#endif
