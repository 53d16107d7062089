/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For tests: programs made at random that mean something. They mix arithmetic, jumps in both
 * directions (the budget ends what does not end), memory of all kinds, in bounds and not, helpers,
 * local calls, and tail calls to programs made before. No address becomes a number that can be
 * seen: those differ between any two engines.
 */
#ifndef TAILCHECK_TEST_RANDOM_H
#define TAILCHECK_TEST_RANDOM_H

#include "test_util.h"

#define VALUE	64
#define MAX_LEN 400
#define SCALARS 8 /* r0 to r5, r7, r8; r6 is the context, r9 a map's value */

static uint64_t seed;

static inline uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 24) % n;
}

static inline uint64_t rnd64(void)
{
	static const uint64_t corners[] = { 0,
					    1,
					    2,
					    31,
					    32,
					    63,
					    64,
					    0x7f,
					    0x80,
					    0xff,
					    0x7fff,
					    0x8000,
					    0x7fffffff,
					    0x80000000,
					    0xffffffff,
					    0x100000000,
					    0x7fffffffffffffff,
					    0x8000000000000000,
					    ~0ULL,
					    ~1ULL };

	if (rnd(2))
		return corners[rnd(N(corners))];
	return (uint64_t)rnd(1U << 31) << 33 ^ (uint64_t)rnd(1U << 31) << 11 ^ rnd(1U << 20);
}

/* A program in the making. Jumps go to items, which may be several instructions. */
struct making {
	struct bpf_insn insns[MAX_LEN];
	uint32_t n;
	uint32_t items[MAX_LEN];
	uint32_t n_items;
	uint32_t jumps[MAX_LEN]; /* instructions; their off is the item for now */
	uint32_t n_jumps;
	uint32_t calls[MAX_LEN];
	uint32_t n_calls;
	bool function; /* may be called: no more calls in it */
	bool unchecked;
};

/* The maps, by the descriptors that they have in both engines. */
struct maps {
	int value, array, hash, progs;
};

static inline void put(struct making *m, struct bpf_insn in)
{
	m->insns[m->n++] = in;
}

#define PUT(m, ...)                                               \
	do {                                                      \
		const struct bpf_insn insns_[] = { __VA_ARGS__ }; \
		for (uint32_t i_ = 0; i_ < N(insns_); i_++)       \
			put(m, insns_[i_]);                       \
	} while (0)

static inline uint8_t scalar(void)
{
	static const uint8_t regs[SCALARS] = { 0, 1, 2, 3, 4, 5, 7, 8 };

	return regs[rnd(SCALARS)];
}

static inline void put_alu(struct making *m)
{
	static const uint8_t ops[] = { BPF_ADD, BPF_SUB,  BPF_MUL, BPF_DIV, BPF_OR,
				       BPF_AND, BPF_LSH,  BPF_RSH, BPF_MOD, BPF_XOR,
				       BPF_MOV, BPF_ARSH, BPF_NEG, BPF_END };
	static const int16_t moves[] = { 0, 8, 16, 32 };
	uint8_t op = ops[rnd(N(ops))], class = rnd(2) ? BPF_ALU64 : BPF_ALU;
	bool shift = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;
	struct bpf_insn in = INSN(class | op, scalar(), 0, 0, 0);

	if (op == BPF_END) {
		in.code |= class == BPF_ALU && rnd(2) ? BPF_TO_BE : BPF_TO_LE;
		in.imm = 16 << rnd(3);
	} else if (op != BPF_NEG && rnd(2)) {
		in.code |= BPF_X;
		in.src_reg = scalar();
		if (op == BPF_MOV)
			in.off = moves[rnd(class == BPF_ALU64 ? 4 : 3)];
	} else if (op != BPF_NEG) {
		in.imm = shift ? (int32_t)rnd(class == BPF_ALU64 ? 64 : 32) : (int32_t)rnd64();
		if (!in.imm && (op == BPF_DIV || op == BPF_MOD))
			in.imm = -1;
	}
	if (op == BPF_DIV || op == BPF_MOD)
		in.off = (int16_t)rnd(2);
	put(m, in);
}

static inline void put_jump(struct making *m)
{
	static const uint8_t ops[] = { BPF_JEQ,	 BPF_JNE,  BPF_JGT,  BPF_JGE,  BPF_JLT, BPF_JLE,
				       BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET };
	struct bpf_insn in =
		INSN((rnd(2) ? BPF_JMP : BPF_JMP32) | ops[rnd(N(ops))], scalar(), 0, 0, 0);

	if (rnd(2)) {
		in.code |= BPF_X;
		in.src_reg = scalar();
	} else {
		in.imm = (int32_t)rnd64();
	}
	/* Mostly forwards. */
	in.off = (int16_t)(m->n_items + rnd(6));
	if (!rnd(5))
		in.off = (int16_t)rnd(m->n_items);
	m->jumps[m->n_jumps++] = m->n;
	put(m, in);
}

static const uint8_t sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

/* @base + @off: loads of both kinds, stores of both. @off is aligned. */
static inline void put_access(struct making *m, uint8_t base, int16_t off, uint32_t log2)
{
	uint8_t reg = scalar(), size = sizes[log2];

	switch (rnd(5)) {
	case 0:
		put(m, INSN(BPF_LDX | BPF_MEM | size, reg, base, off, 0));
		break;
	case 1:
		put(m, INSN(BPF_LDX | (log2 < 3 ? INSN_MEMSX : BPF_MEM) | size, reg, base, off, 0));
		break;
	case 2:
		put(m, INSN(BPF_ST | BPF_MEM | size, base, 0, off, (int32_t)rnd64()));
		break;
	case 3:
		if (rnd(2))
			put(m, INSN(BPF_STX | BPF_ATOMIC | size, base, reg, off, INSN_STORE_REL));
		else
			put(m, INSN(BPF_STX | BPF_ATOMIC | size, reg, base, off, INSN_LOAD_ACQ));
		break;
	default:
		put(m, INSN(BPF_STX | BPF_MEM | size, base, reg, off, 0));
	}
}

/* Now and then beyond what there is, where nothing but the checks at run time look at it. */
static inline void put_frame(struct making *m)
{
	uint32_t log2 = rnd(4);
	int slot = m->unchecked && !rnd(10) ? (int)(rnd(3) - 1) * 65 : 1 + (int)rnd(8);

	put_access(m, 10, (int16_t)(-8 * slot + (int)(rnd(8U >> log2) << log2)), log2);
}

static inline void put_value(struct making *m)
{
	uint32_t log2 = rnd(4);
	int off = (int)(rnd(VALUE >> log2) << log2);

	if (m->unchecked && !rnd(10))
		off += rnd(2) ? 7 : -7;
	put_access(m, 9, (int16_t)off, log2);
}

static inline void put_atomic(struct making *m)
{
	static const int32_t ops[] = { BPF_ADD,
				       BPF_OR,
				       BPF_AND,
				       BPF_XOR,
				       BPF_ADD | BPF_FETCH,
				       BPF_OR | BPF_FETCH,
				       BPF_AND | BPF_FETCH,
				       BPF_XOR | BPF_FETCH,
				       BPF_XCHG,
				       BPF_CMPXCHG };
	bool frame = rnd(2);
	int16_t off = frame ? (int16_t)(-8 * (int)(1 + rnd(8))) : (int16_t)(8 * rnd(VALUE / 8));

	put(m, INSN(BPF_STX | BPF_ATOMIC | (rnd(2) ? BPF_DW : BPF_W), frame ? 10 : 9, scalar(), off,
		    ops[rnd(N(ops))]));
}

/* What calls leave of r1 to r5 is nothing, and addresses are not to be seen. */
static inline void put_fresh(struct making *m, uint8_t first)
{
	for (uint8_t r = first; r <= 5; r++)
		put(m, rnd(2) ? MOV_X(r, 7 + rnd(2)) : MOV_K(r, (int32_t)rnd64()));
}

/* Somewhere in, and sometimes out of, the value or the frame: nobody knows at load. */
static inline void put_computed(struct making *m)
{
	uint32_t log2 = rnd(4);
	bool frame = !rnd(3);
	uint8_t atomic = BPF_STX | BPF_ATOMIC | BPF_DW;

	PUT(m, MOV_X(4, scalar()), ALU64_K(BPF_AND, 4, 63));
	if (frame)
		PUT(m, MOV_X(5, 10), ADD_K(5, -64), ALU64_X(BPF_ADD, 5, 4), MOV_K(4, 0));
	else
		PUT(m, MOV_X(5, 9), ALU64_X(BPF_ADD, 5, 4), MOV_K(4, 0));
	if (rnd(4)) {
		/* Not by a register that is the address, which would be stored. */
		put(m, rnd(2) ? INSN(BPF_LDX | BPF_MEM | sizes[log2], 3, 5, 0, 0)
			      : INSN(BPF_STX | BPF_MEM | sizes[log2], 5, 7 + rnd(2), 0, 0));
	} else {
		put(m, INSN(atomic, 5, 7, 0, BPF_ADD | BPF_FETCH));
	}
	put_fresh(m, 4);
}

/* A field of the context; some keep less than was written. */
static inline void put_field(struct making *m)
{
	static const uint8_t fields[] = {
		offsetof(struct __sk_buff, mark),     offsetof(struct __sk_buff, queue_mapping),
		offsetof(struct __sk_buff, priority), offsetof(struct __sk_buff, tc_index),
		offsetof(struct __sk_buff, cb),	      offsetof(struct __sk_buff, tc_classid),
	};
	uint8_t off = fields[rnd(N(fields))], log2 = (uint8_t)rnd(3);

	if (rnd(2))
		put(m, INSN(BPF_STX | BPF_MEM | BPF_W, 6, scalar(), off, 0));
	else
		put(m, INSN(BPF_LDX | BPF_MEM | sizes[log2], scalar(), 6, off, 0));
}

/* The packet, by its pointers, with and without a look at its end. */
static inline void put_packet(struct making *m)
{
	int16_t off = (int16_t)rnd(80);

	PUT(m, LDX(W, 1, 6, offsetof(struct __sk_buff, data)),
	    LDX(W, 2, 6, offsetof(struct __sk_buff, data_end)), MOV_X(3, 1), ADD_K(3, off + 8),
	    JMP_X(rnd(8) ? BPF_JGT : BPF_JEQ, 3, 2, 2), LDX(DW, 7, 1, off), STX(DW, 1, off, 8));
	put_fresh(m, 1);
}

static inline void put_lookup(struct making *m, const struct maps *maps)
{
	put(m, INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -68, (int32_t)rnd(10)));
	PUT(m, LDMAP(1, rnd(2) ? maps->array : maps->hash), MOV_X(2, 10), ADD_K(2, -68),
	    CALL(BPF_FUNC_map_lookup_elem), JMP_K(BPF_JEQ, 0, 0, 3), LDX(DW, 7, 0, 8),
	    STX(DW, 0, 0, 8), LDX(W, 8, 0, 4));
	put_fresh(m, 0);
}

static inline void put_change(struct making *m, const struct maps *maps)
{
	put(m, INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -68, (int32_t)rnd(10)));
	PUT(m, LDMAP(1, maps->hash), MOV_X(2, 10), ADD_K(2, -68), MOV_X(3, 9),
	    MOV_K(4, (int)rnd(4)),
	    CALL(rnd(3) ? BPF_FUNC_map_update_elem : BPF_FUNC_map_delete_elem));
	put_fresh(m, 1);
}

static inline void put_random(struct making *m)
{
	put(m, CALL(BPF_FUNC_get_prandom_u32));
	put_fresh(m, 1);
}

/* Out of the packet as classic BPF does it; seldom from where there is nothing. */
static inline void put_skb_load(struct making *m)
{
	uint8_t size = sizes[rnd(3)];

	if (rnd(2))
		put(m, INSN(BPF_LD | BPF_ABS | size, 0, 0, 0, rnd(8) ? (int)rnd(61) : -0x200000));
	else
		PUT(m, ALU64_K(BPF_AND, 7, 31), INSN(BPF_LD | BPF_IND | size, 0, 7, 0, rnd(34)));
	put_fresh(m, 1);
}

static inline void put_tail_call(struct making *m, const struct maps *maps)
{
	PUT(m, MOV_X(1, 6), LDMAP(2, maps->progs));
	if (rnd(2))
		put(m, MOV_K(3, (int)rnd(6)));
	else
		PUT(m, MOV_X(3, 7 + rnd(2)), ALU64_K(BPF_AND, 3, 7));
	put(m, CALL(BPF_FUNC_tail_call));
	put_fresh(m, 0);
}

static inline void put_call(struct making *m)
{
	if (m->function)
		return;
	PUT(m, MOV_X(1, 6), MOV_X(2, 7), MOV_X(3, 9));
	m->calls[m->n_calls++] = m->n;
	put(m, CALL_LOCAL(0));
	put_fresh(m, 1);
}

static inline void put_item(struct making *m, const struct maps *maps)
{
	m->items[m->n_items++] = m->n;
	switch (rnd(20)) {
	case 0 ... 8:
		put_alu(m);
		return;
	case 9:
		PUT(m, LDDW(scalar(), rnd64()));
		return;
	case 10:
	case 11:
		put_jump(m);
		return;
	case 12:
		put_frame(m);
		return;
	case 13:
		rnd(2) ? put_value(m) : put_field(m);
		return;
	case 14:
		put_atomic(m);
		return;
	case 15:
		rnd(3) ? put_computed(m) : put_packet(m);
		return;
	case 16:
		put_lookup(m, maps);
		return;
	case 17:
		rnd(2) ? put_change(m, maps) : rnd(2) ? put_random(m) : put_skb_load(m);
		return;
	case 18:
		put_tail_call(m, maps);
		return;
	default:
		put_call(m);
	}
}

static inline void settle(struct making *m)
{
	for (uint32_t i = 0; i < m->n_jumps; i++) {
		struct bpf_insn *in = &m->insns[m->jumps[i]];
		uint32_t item = (uint32_t)in->off < m->n_items ? (uint32_t)in->off : m->n_items - 1;

		in->off = (int16_t)(m->items[item] - m->jumps[i] - 1);
	}
	m->n_jumps = m->n_items = 0;
}

/* All registers set, items, and then what the registers hold where it can be seen. */
static inline void put_body(struct making *m, const struct maps *maps, uint32_t items)
{
	for (int16_t off = -72; off < 0; off += 8)
		put(m, ST(DW, 10, off, off));
	put_fresh(m, 0);
	for (uint32_t i = 0; i < items; i++)
		put_item(m, maps);
	m->items[m->n_items++] = m->n;
	for (int i = 0; i < SCALARS; i++) {
		static const uint8_t regs[SCALARS] = { 0, 1, 2, 3, 4, 5, 7, 8 };

		put(m, STX(DW, 9, (int16_t)(8 * i), regs[i]));
	}
	PUT(m, MOV_X(0, 7), EXIT);
	settle(m);
}

static inline uint32_t make(struct making *m, const struct maps *maps, bool unchecked)
{
	*m = (struct making){ .unchecked = unchecked };
	PUT(m, MOV_X(6, 1), LDVAL(9, maps->value, 0), LDX(DW, 7, 9, 0), LDX(DW, 8, 9, 8));
	put_body(m, maps, 1 + rnd(20));
	for (uint32_t i = 0; i < m->n_calls; i++)
		m->insns[m->calls[i]].imm = (int32_t)(m->n - m->calls[i] - 1);
	if (!m->n_calls)
		return 0;
	m->function = true;
	m->calls[0] = m->n;
	PUT(m, MOV_X(6, 1), MOV_X(7, 2), MOV_X(9, 3), MOV_K(8, 3));
	put_body(m, maps, 1 + rnd(6));
	return m->calls[0];
}

#endif
