// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * States that are kept: those to go on from, and those to compare with. Packed, frame behind frame,
 * and of each what is in front of its slots and then only those that are used: most programs use a
 * few of 64. Memory is used again by size, and goes with the load.
 */
#include <string.h>

#include "../../harness/base/arena.h"
#include "vstate.h"

#define HEAD offsetof(struct vframe, slots)

static size_t frame_bytes(const struct vframe *f)
{
	return HEAD + (size_t)__builtin_popcountll(f->used) * sizeof(struct vreg);
}

static struct vsaved *saved_new(struct vwalk *w, size_t bytes)
{
	uint32_t units = (uint32_t)((sizeof(struct vsaved) + bytes) / SAVED_UNIT + 1);
	struct vsaved *s = w->spare[units];

	if (s)
		w->spare[units] = s->next;
	else
		s = arena_alloc(&w->c->ref->scratch, units, SAVED_UNIT);
	s->units = (uint16_t)units;
	s->misses = 0;
	return s;
}

/* The frame at @f, without what is not known; where the next one goes. */
static uint64_t *pack(uint64_t *to, const struct vframe *f)
{
	struct vframe *packed = (struct vframe *)to;
	struct vreg *slot = packed->slots;

	memcpy(packed, f, HEAD);
	for (uint64_t bits = f->used; bits; bits &= bits - 1)
		*slot++ = f->slots[lowest_bit(bits)];
	return (uint64_t *)slot;
}

struct vsaved *v_save(struct vwalk *w, uint32_t pc)
{
	size_t bytes = 0;
	struct vsaved *s;
	uint64_t *at;

	for (uint32_t i = 0; i <= w->now->depth; i++)
		bytes += frame_bytes(&w->now->frames[i]);
	s = saved_new(w, bytes);
	s->taken = NULL;
	s->pc = pc;
	s->depth = w->now->depth;
	s->held = w->now->held;
	at = s->frames;
	for (uint32_t i = 0; i <= s->depth; i++)
		at = pack(at, &w->now->frames[i]);
	return s;
}

void v_resume(struct vwalk *w, const struct vsaved *s)
{
	const struct vframe *f = vsaved_first(s);

	w->now->pc = s->pc;
	w->now->depth = s->depth;
	w->now->held = s->held;
	for (uint32_t i = 0; i <= s->depth; i++, f = vsaved_next(f)) {
		struct vframe *to = &w->now->frames[i];
		const struct vreg *slot = f->slots;

		memcpy(to, f, HEAD);
		for (uint64_t bits = f->used; bits; bits &= bits - 1)
			to->slots[lowest_bit(bits)] = *slot++;
	}
	w->top = &w->now->frames[s->depth];
}

void v_recycle(struct vwalk *w, struct vsaved *s)
{
	s->next = w->spare[s->units];
	w->spare[s->units] = s;
}

const struct vframe *vsaved_first(const struct vsaved *s)
{
	return (const struct vframe *)s->frames;
}

const struct vframe *vsaved_next(const struct vframe *f)
{
	return (const struct vframe *)((const uint8_t *)f + frame_bytes(f));
}

const struct vreg *vsaved_slot(const struct vframe *f, uint32_t n)
{
	static const struct vreg none;

	if (!(f->used >> n & 1))
		return &none;
	return &f->slots[__builtin_popcountll(f->used & ((1ULL << n) - 1))];
}
