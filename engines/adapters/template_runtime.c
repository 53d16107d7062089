// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where your runtime goes. This one is a placeholder, a few instructions of 64 bits, jumps, memory
 * and bpf_tail_call, so that there is something to see.
 */
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define STACK	  512
#define MAX_STEPS 10000000

struct insn {
	uint8_t code, regs;
	int16_t offset;
	int32_t imm;
};

struct program {
	size_t n;
	struct insn insns[];
};

struct machine {
	uint64_t regs[16];
	uint64_t stack[STACK / 8];
	const void *ctx;
	size_t ctx_size;
};

void *runtime_load(const unsigned char *insns, size_t size)
{
	struct program *p = malloc(sizeof(*p) + size);

	p->n = size / 8;
	memcpy(p->insns, insns, size);
	return p;
}

static int is_within(uint64_t at, size_t size, const void *from, size_t room)
{
	return at >= (uintptr_t)from && at + size <= (uintptr_t)from + room;
}

static void *place(const struct machine *m, uint64_t at, size_t size)
{
	return is_within(at, size, m->stack, STACK) || is_within(at, size, m->ctx, m->ctx_size) ||
			       maps_have(at, size)
		       ? (void *)(uintptr_t)at
		       : NULL;
}

/* add, sub, or, and, shifts, xor, move, of 64 bits and of 32. */
static int alu(struct machine *m, const struct insn *i)
{
	uint64_t *to = &m->regs[i->regs & 15];
	uint64_t by = i->code & 8 ? m->regs[i->regs >> 4] : (uint64_t)(int64_t)i->imm;
	int is_wide = (i->code & 7) == 7;
	unsigned int count = by & (is_wide ? 63 : 31);
	uint64_t from = is_wide ? *to : (uint32_t)*to;

	switch (i->code >> 4) {
	case 0:
		*to = from + by;
		break;
	case 1:
		*to = from - by;
		break;
	case 2:
		*to = from * by;
		break;
	case 4:
		*to = from | by;
		break;
	case 5:
		*to = from & by;
		break;
	case 6:
		*to = from << count;
		break;
	case 7:
		*to = from >> count;
		break;
	case 10:
		*to = from ^ by;
		break;
	case 11:
		*to = by;
		break;
	default:
		return -1;
	}
	if (!is_wide)
		*to = (uint32_t)*to;
	return i->offset ? -1 : 0;
}

/* -1: no jump that it knows. */
static int is_taken(const struct machine *m, const struct insn *i)
{
	uint64_t a = m->regs[i->regs & 15];
	uint64_t b = i->code & 8 ? m->regs[i->regs >> 4] : (uint64_t)(int64_t)i->imm;

	switch (i->code >> 4) {
	case 0:
		return 1;
	case 1:
		return a == b;
	case 2:
		return a > b;
	case 3:
		return a >= b;
	case 4:
		return (a & b) != 0;
	case 5:
		return a != b;
	case 6:
		return (int64_t)a > (int64_t)b;
	case 7:
		return (int64_t)a >= (int64_t)b;
	case 10:
		return a < b;
	case 11:
		return a <= b;
	case 12:
		return (int64_t)a < (int64_t)b;
	case 13:
		return (int64_t)a <= (int64_t)b;
	default:
		return -1;
	}
}

static int access(struct machine *m, const struct insn *i)
{
	static const size_t sizes[] = { 4, 2, 1, 8 };
	size_t size = sizes[i->code >> 3 & 3];
	int is_load = (i->code & 7) == 1;
	uint64_t *to = &m->regs[i->regs & 15], *from = &m->regs[i->regs >> 4], imm;
	void *at = place(m, (is_load ? *from : *to) + (uint64_t)i->offset, size);

	if (!at || i->code >> 5 != 3)
		return -1;
	imm = (uint64_t)(int64_t)i->imm;
	if (is_load)
		*to = 0;
	memcpy(is_load ? to : at, is_load ? at : (i->code & 7) == 2 ? &imm : from, size);
	return 0;
}

int runtime_run(void *program, void *ctx, size_t ctx_size, uint64_t *r0)
{
	struct machine m = { .ctx = ctx, .ctx_size = ctx_size };
	const struct program *p = program, *next;
	int calls = 0, taken;

	m.regs[1] = (uintptr_t)ctx;
	m.regs[10] = (uintptr_t)m.stack + STACK;
	for (size_t pc = 0, steps = 0; pc < p->n && steps < MAX_STEPS; pc++, steps++) {
		const struct insn *i = &p->insns[pc];

		if (i->code == 0x95) {
			*r0 = m.regs[0];
			return 0;
		} else if (i->code == 0x18 && i->regs < 16 && pc + 1 < p->n) {
			m.regs[i->regs] = (uint32_t)i->imm | (uint64_t)(uint32_t)i[1].imm << 32;
			pc++;
		} else if (i->code == 0x85 && i->regs == 0 && i->imm == 12) {
			next = maps_tail_call(m.regs[2], (uint32_t)m.regs[3], &calls);
			p = next ? next : p;
			pc = next ? (size_t)-1 : pc;
		} else if ((i->code & 7) == 4 || (i->code & 7) == 7) {
			if (alu(&m, i))
				return -1;
		} else if ((i->code & 7) == 5) {
			taken = is_taken(&m, i);
			if (taken < 0 || i->code == 0x85)
				return -1;
			pc += taken ? (size_t)i->offset : 0;
		} else if (access(&m, i)) {
			return -1;
		}
	}
	return -1;
}
