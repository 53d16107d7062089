// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "jit.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "helpers.h"
#include "jit_area.h"
#include "reference.h"

/*
 * Room for the code: what most programs stay below, and then what no instruction exceeds with its
 * stubs (the longest is a local call).
 */
#define BYTES_USUAL 64
#define BYTES_MOST  320
#define BYTES_ENTRY 256

/* clang-format off */

#define FORMS(op, fn) \
	[OP_##op##64K] = (fn), [OP_##op##64X] = (fn), [OP_##op##32K] = (fn), [OP_##op##32X] = (fn),
#define SIZES(op, fn) \
	[OP_##op##8] = (fn), [OP_##op##16] = (fn), [OP_##op##32] = (fn), [OP_##op##64] = (fn),
#define BRANCH(op) FORMS(op, jit_branch)

static const jit_emitter emitters[N_OPS] = {
	FORMS(ADD, jit_binary) FORMS(SUB, jit_binary) FORMS(OR, jit_binary)
	FORMS(AND, jit_binary) FORMS(XOR, jit_binary) FORMS(MUL, jit_mul)
	FORMS(DIV, jit_div) FORMS(SDIV, jit_div) FORMS(MOD, jit_div) FORMS(SMOD, jit_div)
	FORMS(LSH, jit_shift) FORMS(RSH, jit_shift) FORMS(ARSH, jit_shift)
	JMP_OPS(BRANCH)
	SIZES(LDX, jit_load) SIZES(LDXF, jit_load) SIZES(STX, jit_store) SIZES(STXF, jit_store)
	SIZES(ST, jit_store) SIZES(STF, jit_store)
	[OP_LDSX8] = jit_load,
	[OP_LDSX16] = jit_load,
	[OP_LDSX32] = jit_load,
	[OP_BAD] = jit_bad,
	[OP_NEG64] = jit_neg,
	[OP_NEG32] = jit_neg,
	[OP_MOV64K] = jit_mov,
	[OP_MOV64X] = jit_mov,
	[OP_MOV32K] = jit_mov,
	[OP_MOV32X] = jit_mov,
	[OP_LDDW] = jit_mov,
	[OP_MOVSX8_64] = jit_extend,
	[OP_MOVSX16_64] = jit_extend,
	[OP_MOVSX32_64] = jit_extend,
	[OP_MOVSX8_32] = jit_extend,
	[OP_MOVSX16_32] = jit_extend,
	[OP_TRUNC16] = jit_extend,
	[OP_TRUNC32] = jit_extend,
	[OP_SWAP16] = jit_swap,
	[OP_SWAP32] = jit_swap,
	[OP_SWAP64] = jit_swap,
	[OP_NOP] = jit_nop,
	[OP_ATOMIC32] = jit_atomic,
	[OP_ATOMIC64] = jit_atomic,
	[OP_LOAD_ACQ] = jit_acquire,
	[OP_STORE_REL] = jit_release_store,
	[OP_SKB_ABS] = jit_skb_load,
	[OP_SKB_IND] = jit_skb_load,
	[OP_JA] = jit_ja,
	[OP_CALL] = jit_call,
	[OP_HELPER] = jit_helper,
	[OP_TAIL_CALL] = jit_tail_call,
	[OP_EXIT] = jit_exit,
};

/* clang-format on */

/* r10 is rbp here, and what code relies on. The checks at load see to it, where they are made. */
static bool writes_r10(const struct dinsn *in)
{
	switch (in->op) {
	case OP_ADD64K ... OP_ARSH32X:
	case OP_LDDW ... OP_LDSX32:
	case OP_LDX8 ... OP_LDX64:
	case OP_LDXF8 ... OP_LDXF64:
	case OP_LOAD_ACQ:
		return in->dst == BPF_REG_10;
	case OP_ATOMIC32:
	case OP_ATOMIC64:
		return in->src == BPF_REG_10 && in->imm & BPF_FETCH && in->imm != BPF_CMPXCHG;
	default:
		return false;
	}
}

static int compile_insn(struct jit *j)
{
	const struct dinsn *in = &j->prog->code[j->pc];

	if (unlikely(in->dst == BPF_REG_10 || in->src == BPF_REG_10) && writes_r10(in))
		return ref_why(j->ref, ENGINE_UNSUPPORTED, "ref-jit: insn %u writes r10", j->pc);
	flow_reach(&j->flow, j->pc);
	j->code->at[j->pc] = jit_here(j);
	if (j->done)
		j->done = false;
	else
		emitters[in->op](j, in);
	flow_step(&j->flow, j->pc);
	if (in->op == OP_LDDW)
		j->code->at[++j->pc] = jit_here(j);
	return 0;
}

static void settle_jumps(struct jit *j)
{
	for (size_t i = 0; i < j->n_jumps; i++)
		emit_to(j->code->begin + j->jumps[i].from,
			j->code->begin + j->code->at[j->jumps[i].to]);
}

/* More than this many bytes is never added between two looks at it. */
static bool is_full(const struct jit *j)
{
	return jit_here(j) + j->n_stubs * BYTES_USUAL + BYTES_MOST > j->code->size;
}

/* 0, an error, or 1 where the room did not do. */
static int compile_into(struct jit *j)
{
	int err = 0;

	j->e.at = j->code->begin;
	jit_tail_entry(j);
	for (j->pc = 0; !err && j->pc < j->prog->n_insns; j->pc++)
		err = is_full(j) ? 1 : compile_insn(j);
	if (err)
		return err;
	j->code->at[j->pc] = jit_here(j);
	jit_stubs(j);
	settle_jumps(j);
	if (j->hot)
		j->code->entry = j->code->begin;
	return 0;
}

static void jit_end(struct jit *j)
{
	flow_end(&j->flow);
	free(j->jumps);
	free(j->stubs);
	free(j->sites);
}

static int compile_with(struct ref *ref, struct prog *prog, struct jit_code *code, size_t room)
{
	struct jit j = { .ref = ref, .prog = prog, .code = code };
	uint32_t used;
	int err;

	code->begin = jit_area_alloc(room);
	if (!code->begin)
		return ref_why(ref, ENGINE_UNSUPPORTED, "ref-jit: no room for %u instructions",
			       prog->n_insns);
	code->size = (uint32_t)room;
	flow_begin(&j.flow, prog);
	err = compile_into(&j);
	if (!err) {
		used = jit_here(&j);
		jit_area_trim(code->begin, code->size, used);
		code->size = used;
		jit_sites_link(&j);
	} else {
		jit_area_free(code->begin, room);
	}
	jit_end(&j);
	return err;
}

/* What the process has one of. */
static int jit_init(void)
{
	static bool done;
	int err;

	if (done)
		return 0;
	err = jit_area_init();
	if (!err)
		err = jit_thunks_init();
	if (!err)
		jit_fault_init();
	done = !err;
	return err;
}

static int jit_compile(struct ref *ref, struct prog *prog)
{
	struct jit_code *code;
	int err = jit_init();

	if (ref->quirks & QUIRKS_INTERP_ONLY)
		return ref_why(ref, ENGINE_UNSUPPORTED,
			       "ref-jit: a quirk of another machine is for the interpreter");
	if (err)
		return ref_why(ref, ENGINE_UNSUPPORTED, "ref-jit: no memory for machine code: %s",
			       strerror(err));
	code = xcalloc(1, sizeof(*code) + (prog->n_insns + 1) * sizeof(code->at[0]));
	err = compile_with(ref, prog, code,
			   BYTES_ENTRY + BYTES_MOST + (size_t)prog->n_insns * BYTES_USUAL);
	if (err == 1)
		err = compile_with(ref, prog, code,
				   BYTES_ENTRY + BYTES_MOST + (size_t)prog->n_insns * BYTES_MOST);
	if (err) {
		free(code);
		return err == 1 ? ref_why(ref, ENGINE_UNSUPPORTED, "ref-jit: too much code") : err;
	}
	prog->jit = code;
	prog->jit_entry = jit_area_run_at(code->entry);
	prog->jited_len = code->size;
	return 0;
}

static void jit_release(struct prog *prog)
{
	if (!prog->jit)
		return;
	jit_sites_unlink(prog->jit);
	jit_area_free(prog->jit->begin, prog->jit->size);
	free(prog->jit);
}

/* The instruction whose code holds @pc: the last one that begins no later. */
static uint32_t insn_at(const struct prog *prog, uint64_t pc)
{
	uint64_t off = pc - (uint64_t)(uintptr_t)jit_area_run_at(prog->jit->begin);
	uint32_t i = 0;

	while (i + 1 < prog->n_insns && prog->jit->at[i + 1] <= off)
		i++;
	return i;
}

static int say_fault(struct run *run, int sig, uint64_t pc, uint64_t addr)
{
	run->pc = run->prog->code + insn_at(run->prog, pc);
	run_fault(run, "machine code ended in signal %d (%s), address %#llx", sig, strsignal(sig),
		  (unsigned long long)addr);
	return ENGINE_FAULT;
}

/* As interp_run(): registers are made by the thunk. */
static int jit_run(struct run *run, const struct prog *prog, uint64_t *r0)
{
	uint64_t pc, addr;
	bool done;
	int sig;

	run->prog = prog;
	run->depth = 0;
	run->tail_calls = 0;
	jit_fault_begin(run, jit_area_run_at(jit_thunk_fault()));
	done = jit_enter(run, prog->jit->body);
	sig = jit_fault_end(&pc, &addr);
	if (sig)
		return say_fault(run, sig, pc, addr);
	*r0 = run->jit.reg[BPF_REG_0];
	return done ? 0 : ENGINE_FAULT;
}

static const struct runner jit_runner = {
	.engine_name = "ref-jit",
	.compile = jit_compile,
	.release = jit_release,
	.slot_changed = jit_slot_changed,
	.run = jit_run,
};

struct engine *reference_jit_new(quirk_set quirks)
{
	return ref_new(quirks, &jit_runner);
}
