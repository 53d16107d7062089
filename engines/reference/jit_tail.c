// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tail calls: what run_tail_call() of interp.c does, inline.
 *
 * With a map that is certain, it is bound, limit, slot and a jump. With an index that is certain
 * too, it is limit and a jump that is rewritten whenever the slot changes: to the program's entry,
 * or past the call. Everything else is left to run_tail_call() itself.
 *
 * What is certain is what jit_flow.c proves, or else what the checks at load say (prog->sites: as
 * the kernel finds its direct calls), which is then compared first.
 */
#include <stdlib.h>

#include "../../harness/base/alloc.h"
#include "jit.h"

/* A call of which the map is known. */
struct tail {
	struct map *map;
	uint32_t index;
	bool direct;
	bool proven_map, proven_index;
};

/* By what the registers hold for certain; then by what the checks saw. */
static bool find_tail(const struct jit *j, struct tail *t)
{
	struct fact map = flow_fact(&j->flow, BPF_REG_2), index = flow_fact(&j->flow, BPF_REG_3);
	const struct tail_site *site = NULL;

	*t = (struct tail){ .direct = index.kind == FACT_CONST, .index = (uint32_t)index.off };
	if (map.kind == FACT_MAP)
		t->map = j->prog->maps[map.map];
	t->proven_map = t->map;
	t->proven_index = t->direct;
	for (uint32_t i = 0; i < j->prog->n_sites && !site; i++)
		if (j->prog->sites[i].pc == j->pc)
			site = &j->prog->sites[i];
	if (site && site->direct) {
		t->map = t->proven_map ? t->map : (struct map *)site->map;
		t->index = t->direct ? t->index : site->index;
		t->direct = true;
	}
	return t->map && t->map->progs && !j->ref->assumed && !j->ref->call_mutants;
}

static void to_slow(struct jit *j, enum x86_cc cc)
{
	jit_stub(j, STUB_SLOW, emit_jcc(&j->e, cc));
}

/* What is believed, but not proven. */
static void confirm(struct jit *j, const struct tail *t)
{
	struct emit *e = &j->e;

	emit_rm(e, true, X_CMP, jit_regs[BPF_REG_1], RUN(ctx));
	to_slow(j, CC_NE);
	if (!t->proven_map) {
		emit_const(e, JIT_T0, (uint64_t)(uintptr_t)t->map);
		emit_rr(e, true, X_CMP, JIT_T0, jit_regs[BPF_REG_2]);
		to_slow(j, CC_NE);
	}
	if (t->direct && !t->proven_index) {
		emit_ri(e, false, EXT_CMP, jit_regs[BPF_REG_3], (int32_t)t->index);
		to_slow(j, CC_NE);
	}
}

static uint8_t *limit(struct jit *j, enum mutant_id more)
{
	int32_t max = MAX_TAIL_CALLS - ref_mutant(j->ref, MUTANT_JIT_LIMIT_32) +
		      ref_mutant(j->ref, MUTANT_JIT_LIMIT_34);

	if (ref_mutant(j->ref, more))
		max = 1000;
	emit_mi(&j->e, false, EXT_CMP, RUN(tail_calls), max);
	return emit_jcc(&j->e, CC_AE);
}

static void direct(struct jit *j, const struct tail *t)
{
	struct jit_site *site;
	uint8_t *full;

	if (t->index >= t->map->max_entries)
		return;
	full = limit(j, MUTANT_JIT_DIRECT_1000);
	site = vec_add(j->sites, j->n_sites);
	*site = (struct jit_site){ .map = t->map, .index = t->index, .jump = emit_jmp(&j->e) };
	site->empty = j->e.at;
	if (ref_quirk(j->ref, QUIRK_EMPTY_SLOT_COUNTS) ||
	    ref_mutant(j->ref, MUTANT_JIT_DIRECT_EMPTY_COUNTS))
		emit_rm(&j->e, false, 0xff, EXT_INC, RUN(tail_calls));
	emit_to(full, j->e.at);
}

static enum x86_cc out_of_range(const struct jit *j)
{
	if (ref_mutant(j->ref, MUTANT_JIT_INDEX_END))
		return CC_A;
	return ref_mutant(j->ref, MUTANT_JIT_INDEX_SIGNED) ? CC_GE : CC_AE;
}

/* Through the array: the new program's entry does the rest, see jit_tail_entry(). */
static void indirect(struct jit *j, const struct tail *t)
{
	struct emit *e = &j->e;
	uint8_t *out, *full, *none;

	emit_rr(e, ref_mutant(j->ref, MUTANT_JIT_INDEX_64), 0x81, EXT_CMP, jit_regs[BPF_REG_3]);
	emit32(e, t->map->max_entries);
	out = emit_jcc(e, out_of_range(j));
	full = limit(j, MUTANT_JIT_INDIRECT_1000);
	emit_const(e, JIT_T1, (uint64_t)(uintptr_t)t->map->progs);
	emit_mov(e, false, JIT_T0, jit_regs[BPF_REG_3]);
	emit_load_scaled(e, JIT_T1, JIT_T0);
	emit_rr(e, true, X_TEST, JIT_T1, JIT_T1);
	none = emit_jcc(e, CC_E);
	emit_rm(e, false, 0xff, EXT_JMP, JIT_T1, (int32_t)offsetof(struct prog, jit_entry));
	emit_to(out, e->at);
	emit_to(full, e->at);
	if (ref_quirk(j->ref, QUIRK_EMPTY_SLOT_COUNTS) ||
	    ref_mutant(j->ref, MUTANT_JIT_INDIRECT_EMPTY_COUNTS))
		jit_stub(j, STUB_COUNT, none);
	else
		emit_to(none, e->at);
}

void jit_tail_call(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;
	size_t first = j->n_stubs;
	struct tail t;

	if (find_tail(j, &t)) {
		confirm(j, &t);
		(t.direct ? direct : indirect)(j, &t);
	} else {
		jit_stub(j, STUB_SLOW, emit_jmp(e));
	}
	/* Fallen through, on whatever way. */
	for (size_t i = first; i < j->n_stubs; i++)
		j->stubs[i].back = jit_here(j);
	emit_const(e, jit_regs[BPF_REG_0], RUN_POISON);
	for (int r = BPF_REG_1; r <= BPF_REG_5; r++)
		emit_mov(e, true, jit_regs[r], jit_regs[BPF_REG_0]);
	if (ref_mutant(j->ref, MUTANT_JIT_MISS_LOSES_R6))
		emit_mov(e, true, jit_regs[BPF_REG_6], jit_regs[BPF_REG_0]);
	if (ref_mutant(j->ref, MUTANT_JIT_MISS_EXITS))
		jit_exit(j, in);
}

/*
 * Where programs come in by tail call: counted, and running. A program that looks at no range
 * (see jit_mem.c) has no need to forget, and is entered behind that.
 */
void jit_tail_entry(struct jit *j)
{
	struct emit *e = &j->e;

	jit_forget(j);
	j->code->entry = e->at;
	emit_rm(e, false, 0xff, EXT_INC, RUN(tail_calls));
	if (ref_mutant(j->ref, MUTANT_JIT_COUNT_TWICE))
		emit_rm(e, false, 0xff, EXT_INC, RUN(tail_calls));
	emit_const(e, JIT_T1, (uint64_t)(uintptr_t)j->prog);
	emit_rm(e, true, X_MOV, JIT_T1, RUN(prog));
	j->code->body = e->at;
}

static void site_patch(const struct jit_site *site)
{
	const struct prog *prog = site->map->progs[site->index];

	emit_to(site->jump, prog ? prog->jit->entry : site->empty);
}

/* The code is where it stays: from now on the map's changes reach it. */
void jit_sites_link(struct jit *j)
{
	struct jit_code *code = j->code;

	code->sites = j->sites;
	code->n_sites = (uint32_t)j->n_sites;
	j->sites = NULL;
	for (uint32_t i = 0; i < code->n_sites; i++) {
		struct jit_site *site = &code->sites[i];

		site->link = &site->map->jit_sites;
		site->next = *site->link;
		if (site->next)
			site->next->link = &site->next;
		*site->link = site;
		if (!ref_mutant(j->ref, MUTANT_JIT_UNLINKED))
			site_patch(site);
	}
}

void jit_sites_unlink(struct jit_code *code)
{
	for (uint32_t i = 0; i < code->n_sites; i++) {
		struct jit_site *site = &code->sites[i];

		*site->link = site->next;
		if (site->next)
			site->next->link = site->link;
	}
	free(code->sites);
}

/* A store of four bytes, and one thread: nobody sees half of it. */
void jit_slot_changed(const struct ref *ref, struct map *map, uint32_t index)
{
	for (const struct jit_site *site = map->jit_sites; site; site = site->next) {
		if (site->index != index)
			continue;
		site_patch(site);
		if (ref_mutant(ref, MUTANT_JIT_ONE_SITE))
			return;
	}
}
