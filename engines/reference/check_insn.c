// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Single instructions: is the opcode one, are the fields that it does not use zero, is there a map
 * behind a descriptor. kernel/bpf/verifier.c check_and_resolve_insns, check_alu_op and others.
 */
#include "check.h"
#include "context.h"
#include "helpers.h"
#include "insn.h"

static int bad(struct checker *c, uint32_t pc, const char *what)
{
	check_log(c, "%u: (%02x) %s", pc, c->prog->insns[pc].code, what);
	return -EINVAL;
}

static int check_regs_exist(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	if (in->dst_reg > BPF_REG_10 || in->src_reg > BPF_REG_10)
		return bad(c, pc, "invalid register");
	return 0;
}

/* kernel/bpf/verifier.c check_stack_arg_write: only these know r11 */
static int check_param(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	int n = insn_param(in);

	if (ref_quirk(c->ref, QUIRK_NO_STACK_ARGS))
		return bad(c, pc, "R11 is invalid");
	if (in->dst_reg > BPF_REG_10 && in->src_reg > BPF_REG_10)
		return bad(c, pc, "R11 is invalid");
	if (n > INSN_PARAMS_MAX && insn_is_param_store(in)) {
		check_log(c, "stack arg write offset %d exceeds max %d stack args", in->off,
			  INSN_PARAMS_MAX);
		return -EINVAL;
	}
	if (n < 1 || n > INSN_PARAMS_MAX)
		return ref_why(c->ref, ENGINE_UNSUPPORTED, "r11%+d is not modelled", in->off);
	return 0;
}

static bool end_ok(const struct bpf_insn *in, bool is64)
{
	return !in->src_reg && !in->off && (in->imm == 16 || in->imm == 32 || in->imm == 64) &&
	       !(is64 && BPF_SRC(in->code) != BPF_TO_LE);
}

static bool mov_ok(const struct bpf_insn *in, bool is64)
{
	if (BPF_SRC(in->code) == BPF_K)
		return !in->src_reg && !in->off;
	return !in->imm && (!in->off || in->off == 8 || in->off == 16 || (is64 && in->off == 32));
}

static bool binary_ok(const struct bpf_insn *in)
{
	bool division = BPF_OP(in->code) == BPF_DIV || BPF_OP(in->code) == BPF_MOD;

	if (in->off && !(in->off == 1 && division))
		return false;
	return BPF_SRC(in->code) == BPF_X ? !in->imm : !in->src_reg;
}

/*
 * kernel/bpf/verifier.c check_alu_op: what an immediate can be known not to be. A shift too far is
 * the kernel's rule alone: to RFC 9669 only the low bits count, and both engines have it so.
 */
static int check_alu_imm(struct checker *c, uint32_t pc, const struct bpf_insn *in, bool is64)
{
	switch (BPF_OP(in->code)) {
	case BPF_DIV:
	case BPF_MOD:
		return in->imm ? 0 : bad(c, pc, "div by zero");
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if (c->ref->unchecked || (in->imm >= 0 && in->imm < (is64 ? 64 : 32)))
			return 0;
		return bad(c, pc, "invalid shift");
	default:
		return 0;
	}
}

static int check_alu(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	bool is64 = BPF_CLASS(in->code) == BPF_ALU64, ok;
	int err;

	switch (BPF_OP(in->code)) {
	case BPF_NEG:
		ok = BPF_SRC(in->code) == BPF_K && !in->src_reg && !in->off && !in->imm;
		break;
	case BPF_END:
		ok = end_ok(in, is64);
		break;
	case BPF_MOV:
		ok = mov_ok(in, is64);
		break;
	default:
		if (BPF_OP(in->code) > BPF_END)
			return bad(c, pc, "unknown opcode");
		ok = binary_ok(in);
	}
	if (!ok)
		return bad(c, pc, "BPF_ALU uses reserved fields");
	err = check_regs_exist(c, pc, in);
	if (!err && BPF_SRC(in->code) == BPF_K)
		err = check_alu_imm(c, pc, in, is64);
	return err;
}

static int check_call(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	if (BPF_CLASS(in->code) == BPF_JMP32 || BPF_SRC(in->code) != BPF_K || in->off ||
	    in->dst_reg)
		return bad(c, pc, "BPF_CALL uses reserved fields");
	if (in->src_reg == BPF_PSEUDO_CALL)
		return 0;
	if (in->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return helper_called(in) ? 0
					 : ref_why(c->ref, ENGINE_UNSUPPORTED,
						   "kernel function %d is not modelled", in->imm);
	return in->src_reg ? bad(c, pc, "BPF_CALL uses reserved fields") : 0;
}

static bool jump_ok(const struct bpf_insn *in)
{
	bool is64 = BPF_CLASS(in->code) == BPF_JMP;

	switch (BPF_OP(in->code)) {
	case BPF_JA:
		return BPF_SRC(in->code) == BPF_K && !in->src_reg && !in->dst_reg &&
		       !(is64 ? in->imm : in->off);
	case BPF_EXIT:
		return is64 && BPF_SRC(in->code) == BPF_K && !in->imm && !in->src_reg &&
		       !in->dst_reg;
	default:
		return BPF_SRC(in->code) == BPF_X ? !in->imm : !in->src_reg;
	}
}

static int check_jmp(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	if (BPF_OP(in->code) == BPF_CALL)
		return check_call(c, pc, in);
	if (in->code == (BPF_JMP | INSN_JCOND))
		return ref_why(c->ref, ENGINE_UNSUPPORTED, "may_goto is not modelled");
	if (BPF_OP(in->code) > BPF_JSLE)
		return bad(c, pc, "unknown opcode");
	if (!jump_ok(in))
		return bad(c, pc, "BPF_JMP uses reserved fields");
	return check_regs_exist(c, pc, in);
}

static bool atomic_ok(const struct bpf_insn *in)
{
	switch (in->imm) {
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
		return BPF_SIZE(in->code) == BPF_W || BPF_SIZE(in->code) == BPF_DW;
	case INSN_LOAD_ACQ:
	case INSN_STORE_REL:
		return true;
	default:
		return false;
	}
}

static int check_mem(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	uint8_t class = BPF_CLASS(in->code), mode = BPF_MODE(in->code);
	bool wide_sx = mode == INSN_MEMSX && BPF_SIZE(in->code) == BPF_DW;
	int err;

	if (class == BPF_LDX && (mode == BPF_MEM || (mode == INSN_MEMSX && !wide_sx)))
		err = in->imm ? bad(c, pc, "BPF_LDX uses reserved fields") : 0;
	else if (class == BPF_ST && mode == BPF_MEM)
		err = in->src_reg ? bad(c, pc, "BPF_ST uses reserved fields") : 0;
	else if (class == BPF_STX && mode == BPF_MEM)
		err = in->imm ? bad(c, pc, "BPF_STX uses reserved fields") : 0;
	else if (class == BPF_STX && mode == BPF_ATOMIC)
		err = atomic_ok(in) ? 0 : bad(c, pc, "BPF_ATOMIC uses invalid atomic opcode");
	else
		err = bad(c, pc, "unknown opcode");
	if (!err && (insn_is_param_load(in) || insn_is_param_store(in)))
		return check_param(c, pc, in);
	return err ? err : check_regs_exist(c, pc, in);
}

/* kernel/bpf/verifier.c check_map_prog_compatibility */
static int check_map_prog(struct checker *c, const struct map *map)
{
	/* Whose hash it is, cases do not say. */
	if (map->exclusive) {
		check_log(c, "program's hash doesn't match map's excl_prog_hash");
		return -EACCES;
	}
	/* is_tracing_prog_type */
	if (map->has_timer && !(c->prog->kind->family & (FAMILY_SKB | FAMILY_XDP)))
		return ref_why(c->ref, ENGINE_UNSUPPORTED,
			       "timers of such programs are not modelled");
	if (c->prog->flags & BPF_F_SLEEPABLE && map->type == BPF_MAP_TYPE_PROG_ARRAY &&
	    ref_quirk(c->ref, QUIRK_SLEEPABLE_NO_PROG_ARRAY)) {
		check_log(c, "Sleepable programs can only use some types of maps");
		return -EINVAL;
	}
	return 0;
}

/* kernel/bpf/local_storage.c bpf_cgroup_storage_assign: one of each type */
static int check_storage(struct checker *c, const struct map *map)
{
	uint32_t *mine = &c->prog->storage[map->type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE];

	if (map->type != BPF_MAP_TYPE_CGROUP_STORAGE &&
	    map->type != BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
		return 0;
	if (*mine && *mine != map->obj.id) {
		check_log(c, "only one cgroup storage of each type is allowed");
		return -EBUSY;
	}
	*mine = map->obj.id;
	return 0;
}

/* BPF_PSEUDO_MAP_VALUE: kernel/bpf/arraymap.c array_map_direct_value_addr */
static int check_map_value(struct checker *c, uint32_t pc, const struct map *map)
{
	uint32_t off = (uint32_t)c->prog->insns[pc + 1].imm;

	if (off >= 1U << 29 || !map->ops->direct_value) /* BPF_MAX_VAR_OFF */
		return bad(c, pc, "no direct value access support for this map type");
	if (map->max_entries != 1)
		return -ENGINE_ENOTSUPP;
	return off < map->value_size ? 0 : bad(c, pc, "invalid access to map value pointer");
}

static int resolve_map(struct checker *c, uint32_t pc, struct bpf_insn *in)
{
	bool value = in->src_reg == BPF_PSEUDO_MAP_VALUE;
	struct map *map;
	int err;

	if (!value && in[1].imm)
		return bad(c, pc, "unrecognized bpf_ld_imm64 insn");
	err = fd_map(c->ref, in->imm, &map, NULL);
	if (err) {
		check_log(c, "fd %d is not pointing to valid bpf_map", in->imm);
		return err;
	}
	err = check_map_prog(c, map);
	if (!err && value)
		err = check_map_value(c, pc, map);
	if (err)
		return err;
	in->imm = prog_add_map(c->prog, map);
	if (in->imm < 0) {
		check_log(c, "The total number of maps per program has reached the limit");
		return -E2BIG;
	}
	return check_storage(c, map);
}

static int check_wide(struct checker *c, uint32_t pc, struct bpf_insn *in)
{
	if (pc + 1 == c->prog->n_insns || in[1].code || in[1].dst_reg || in[1].src_reg || in[1].off)
		return bad(c, pc, "invalid bpf_ld_imm64 insn");
	if (in->off)
		return bad(c, pc, "BPF_LD_IMM64 uses reserved fields");
	if (in->dst_reg > BPF_REG_10)
		return bad(c, pc, "invalid register");
	switch (in->src_reg) {
	case 0:
	case BPF_PSEUDO_FUNC:
		return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_VALUE:
		return resolve_map(c, pc, in);
	case BPF_PSEUDO_BTF_ID:
		return ref_why(c->ref, ENGINE_UNSUPPORTED, "kernel variables are not modelled");
	case BPF_PSEUDO_MAP_IDX:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		check_log(c, "fd_idx without fd_array is invalid");
		return -EPROTO;
	default:
		return bad(c, pc, "unrecognized bpf_ld_imm64 insn");
	}
}

static int check_ld(struct checker *c, uint32_t pc, struct bpf_insn *in)
{
	uint8_t mode = BPF_MODE(in->code);

	if (insn_is_wide(in))
		return check_wide(c, pc, in);
	if (insn_is_skb_load(in)) {
		if (in->dst_reg || in->off || (mode == BPF_ABS && in->src_reg))
			return bad(c, pc, "BPF_LD_[ABS|IND] uses reserved fields");
		return check_regs_exist(c, pc, in);
	}
	return bad(c, pc, "unknown opcode");
}

/* Version 4 of the instruction set but for gotol; instructions are known to be valid with it. */
static bool is_v4(const struct bpf_insn *in)
{
	switch (BPF_CLASS(in->code)) {
	case BPF_ALU:
	case BPF_ALU64: /* a move with sign, a signed division, a swap whatever the order is */
		return in->off || (BPF_OP(in->code) == BPF_END && BPF_CLASS(in->code) == BPF_ALU64);
	case BPF_LDX:
		return BPF_MODE(in->code) == INSN_MEMSX;
	default:
		return false;
	}
}

static bool is_gotol(const struct bpf_insn *in)
{
	return in->code == (BPF_JMP32 | BPF_JA);
}

static bool is_new_atomic(const struct bpf_insn *in)
{
	return BPF_CLASS(in->code) == BPF_STX && BPF_MODE(in->code) == BPF_ATOMIC &&
	       in->imm != BPF_ADD;
}

/* What older kernels do not have, they call an unknown opcode or a reserved field. */
static int check_age(struct checker *c, uint32_t pc, const struct bpf_insn *in)
{
	if (is_v4(in) && ref_quirk(c->ref, QUIRK_NO_ISA_V4))
		return bad(c, pc, "not in this version of the instruction set");
	if (is_gotol(in) && ref_quirk(c->ref, QUIRK_NO_GOTOL))
		return bad(c, pc, "unknown opcode");
	if (is_new_atomic(in) && ref_quirk(c->ref, QUIRK_NO_ATOMICS))
		return bad(c, pc, "BPF_XADD uses reserved fields");
	return 0;
}

int check_insns(struct checker *c)
{
	struct bpf_insn *insns = c->prog->insns;
	int err = 0;

	for (uint32_t pc = 0; !err && pc < c->prog->n_insns; pc++) {
		struct bpf_insn *in = &insns[pc];

		switch (BPF_CLASS(in->code)) {
		case BPF_ALU:
		case BPF_ALU64:
			err = check_alu(c, pc, in);
			break;
		case BPF_JMP:
		case BPF_JMP32:
			err = check_jmp(c, pc, in);
			break;
		case BPF_LD:
			err = check_ld(c, pc, in);
			pc += insn_is_wide(in);
			break;
		default:
			err = check_mem(c, pc, in);
		}
		if (!err)
			err = check_age(c, pc, in);
	}
	return err;
}
