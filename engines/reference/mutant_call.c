// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mutant_call.h"

#include <string.h>

#include "decode.h"
#include "insn.h"

#define MOST_CALLS 1000

#define MUTATED(id) ref_mutant(run->ref, MUTANT_##id)

/* What a function of one instruction is, and nothing else, for the interpreter to go on with. */
static const struct prog *only_exit(void)
{
	static struct dinsn exit_insn = { .op = OP_EXIT };
	static const struct prog prog = { .code = &exit_insn, .n_insns = 1 };

	return &prog;
}

static bool is_interp(const struct run *run)
{
	return run->ref->runner == &interp_runner;
}

void mutant_iteration(struct run *run, bool first)
{
	if (!MUTATED(COUNT_KEPT) && (first || !MUTATED(COUNT_KEPT_IN_REPEATS)))
		run->faulty_count = 0;
	memset(run->faulty_counts, 0, sizeof(run->faulty_counts));
}

static uint32_t limit(const struct run *run)
{
	if (MUTATED(LIMIT_1000))
		return MOST_CALLS;
	return MAX_TAIL_CALLS - 2 * MUTATED(LIMIT_31) - MUTATED(LIMIT_32) + MUTATED(LIMIT_34);
}

static uint32_t *counter(struct run *run, const struct map *map)
{
	if (MUTATED(COUNT_PER_PROGRAM))
		return &run->faulty_counts[run->prog->obj.id % 64];
	if (MUTATED(COUNT_PER_ARRAY))
		return &run->faulty_counts[map->obj.id % 64];
	if (MUTATED(COUNT_PER_FRAME))
		return &run->faulty_counts[run->depth % 64];
	return &run->faulty_count;
}

/* -1: out of range */
static int64_t slot_of(const struct run *run, const struct map *map, uint64_t whole)
{
	uint32_t index = (uint32_t)whole, n = map->max_entries;

	if (MUTATED(INDEX_16))
		index = (uint16_t)index;
	if (MUTATED(INDEX_8))
		index = (uint8_t)index;
	if (MUTATED(INDEX_WRAPS))
		index %= n;
	if (MUTATED(INDEX_NEXT) && index < n)
		index = (index + 1) % n;
	if (MUTATED(INDEX_SIGNED) && (int32_t)index < 0)
		return 0; /* for what lies in front of the slots */
	if (MUTATED(INDEX_CLAMPED) && index >= n)
		return n - 1;
	if (MUTATED(INDEX_END) && index == n)
		return n - 1; /* for what lies behind them */
	if (MUTATED(INDEX_LAST_OUT) && index == n - 1)
		return -1;
	if (MUTATED(INDEX_NOT_TRUNCATED) && whole >= n)
		return -1;
	return index < n ? (int64_t)index : -1;
}

static const struct prog *miss(const struct run *run, uint64_t *reg, bool exits)
{
	if (MUTATED(MISS_LOSES_R6))
		reg[BPF_REG_6] = RUN_POISON;
	if (MUTATED(MISS_LOSES_R9))
		reg[BPF_REG_9] = RUN_POISON;
	return is_interp(run) && (exits || MUTATED(MISS_EXITS)) ? only_exit() : NULL;
}

static const struct prog *hit(struct run *run, const struct prog *to, uint64_t *reg)
{
	struct frame *f = &run->frames[run->depth];

	if (MUTATED(HIT_LOSES_CTX))
		reg[BPF_REG_1] = 0;
	if (MUTATED(HIT_DROPS_CALLERS) && is_interp(run))
		run->depth = 0;
	if (MUTATED(HIT_RETURNS) && is_interp(run) && run->depth + 1 < RUN_FRAMES) {
		*f = (struct frame){ .ret = run->pc + 1, .prog = run->prog };
		memcpy(f->saved, &reg[BPF_REG_6], sizeof(f->saved));
		if (++run->depth > run->max_depth)
			run->max_depth = run->depth;
	}
	run->prog = to;
	mem_forget(run);
	return to;
}

const struct prog *mutant_tail_call(struct run *run, const struct map *map, uint64_t index,
				    uint64_t *reg)
{
	uint32_t *count = counter(run, map);
	int64_t slot = slot_of(run, map, index);
	const struct prog *to = slot < 0 ? NULL : map->progs[slot];

	if (slot < 0)
		*count += MUTATED(COUNT_OUT_OF_RANGE);
	else if (!to && *count < limit(run))
		*count += MUTATED(COUNT_EMPTY);
	if (MUTATED(COUNT_MISS_RESETS) && !to)
		*count = 0;
	if (!to || *count >= limit(run) || run->tail_calls >= MOST_CALLS)
		return miss(run, reg,
			    to ? MUTATED(LIMIT_EXITS) : slot >= 0 && MUTATED(EMPTY_EXITS));
	if (MUTATED(COUNT_OTHER_RESETS) && to != run->prog)
		*count = 0;
	if (!MUTATED(COUNT_SELF_FREE) || to != run->prog)
		*count += 1 + MUTATED(COUNT_TWICE);
	run->tail_calls++; /* all of the run */
	return hit(run, to, reg);
}

void mutant_enter(struct run *run, uint64_t *reg)
{
	run->frames[run->depth - 1].tail_calls = run->faulty_count;
	if (MUTATED(CALL_RESETS_COUNT))
		run->faulty_count = 0;
	if (MUTATED(STACK_SHARED))
		reg[BPF_REG_10] -= STACK_SIZE + FRAME_GAP;
}

void mutant_leave(struct run *run, const struct frame *f, uint64_t *reg)
{
	bool by_other = run->prog != f->prog;

	if (MUTATED(CALL_OWN_COUNT))
		run->faulty_count = f->tail_calls;
	if (MUTATED(RETURN_RESETS_COUNT))
		run->faulty_count = 0;
	if (MUTATED(STACK_NOT_RESTORED))
		reg[BPF_REG_10] += STACK_SIZE + FRAME_GAP;
	if (MUTATED(R6_LOST))
		reg[BPF_REG_6] = RUN_POISON;
	if (MUTATED(R9_LOST))
		reg[BPF_REG_9] = RUN_POISON;
	for (int r = BPF_REG_6; MUTATED(SAVED_LOST_BEHIND_CALL) && by_other && r <= BPF_REG_9; r++)
		reg[r] = RUN_POISON;
	if (MUTATED(RESULT_SIGNED))
		reg[BPF_REG_0] = (uint64_t)(int64_t)(int32_t)reg[BPF_REG_0];
	if (MUTATED(RESULT_CUT))
		reg[BPF_REG_0] = (uint32_t)reg[BPF_REG_0];
	if (MUTATED(RESULT_LOST_BEHIND_CALL) && by_other)
		reg[BPF_REG_0] = 0;
}
