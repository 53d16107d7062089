// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* INSN_MUTANTS: what is decoded as something else, for both engines. */
#include "decode.h"
#include "insn.h"
#include "mutant_call.h"

/* The operations from @first to @last are those from @to on. */
static const struct {
	enum mutant_id id;
	uint16_t first, last, to;
} replaced[] = {
	{ MUTANT_MOV32_SIGNED, OP_MOV32X, OP_MOV32X, OP_MOVSX32_64 },
	{ MUTANT_MOV32_WHOLE, OP_MOV32X, OP_MOV32X, OP_MOV64X },
	{ MUTANT_JMP_UNSIGNED, OP_JSGT64K, OP_JSGT32X, OP_JGT64K },
	{ MUTANT_JMP_UNSIGNED, OP_JSGE64K, OP_JSGE32X, OP_JGE64K },
	{ MUTANT_JMP_UNSIGNED, OP_JSLT64K, OP_JSLT32X, OP_JLT64K },
	{ MUTANT_JMP_UNSIGNED, OP_JSLE64K, OP_JSLE32X, OP_JLE64K },
	{ MUTANT_ARSH_LOGICAL, OP_ARSH64K, OP_ARSH32X, OP_RSH64K },
	{ MUTANT_SDIV_UNSIGNED, OP_SDIV64K, OP_SDIV32X, OP_DIV64K },
	{ MUTANT_LDSX_UNSIGNED, OP_LDSX8, OP_LDSX32, OP_LDX8 },
	{ MUTANT_MOVSX_PLAIN, OP_MOVSX8_64, OP_MOVSX8_64, OP_MOV64X },
	{ MUTANT_MOVSX_PLAIN, OP_MOVSX16_64, OP_MOVSX16_64, OP_MOV64X },
	{ MUTANT_MOVSX_PLAIN, OP_MOVSX32_64, OP_MOVSX32_64, OP_MOV64X },
	{ MUTANT_SWAP_IGNORED, OP_SWAP16, OP_SWAP64, OP_NOP },
};

#define HALF 2 /* how far an operation's forms in 32 bits are from those in 64 */

static bool is_32(uint16_t op, uint16_t first, uint16_t last)
{
	return op >= first && op <= last && (op - first) & HALF;
}

static void spoil(const struct ref *ref, struct dinsn *in)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(replaced); i++) {
		uint16_t op = in->op;

		if (!ref_mutant(ref, replaced[i].id) || op < replaced[i].first ||
		    op > replaced[i].last)
			continue;
		in->op = replaced[i].to == OP_NOP
				 ? OP_NOP
				 : (uint16_t)(op - replaced[i].first + replaced[i].to);
		return;
	}
	if (ref_mutant(ref, MUTANT_MOV32_SIGNED) && in->op == OP_MOV32K)
		in->op = OP_MOV64K;
	if ((ref_mutant(ref, MUTANT_ALU32_WHOLE) && is_32(in->op, OP_ADD64K, OP_ARSH32X)) ||
	    (ref_mutant(ref, MUTANT_JMP32_WHOLE) && is_32(in->op, OP_JEQ64K, OP_JSET32X)))
		in->op -= HALF;
	if (ref_mutant(ref, MUTANT_FETCH_LOST) &&
	    (in->op == OP_ATOMIC32 || in->op == OP_ATOMIC64) && in->imm != BPF_CMPXCHG &&
	    in->imm != BPF_XCHG)
		in->imm &= ~(int64_t)BPF_FETCH;
	if (ref_mutant(ref, MUTANT_ST_UNSIGNED) && (in->op == OP_ST64 || in->op == OP_STF64))
		in->imm = (uint32_t)in->imm;
}

void mutant_decode(const struct ref *ref, struct prog *prog)
{
	if (mutant_none(&ref->mutants))
		return;
	for (uint32_t pc = 0; pc < prog->n_insns; pc++)
		spoil(ref, &prog->code[pc]);
}
