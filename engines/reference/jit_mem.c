// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads, stores and atomic operations. */
#include "context.h"
#include "insn.h"
#include "jit.h"

/* One access to memory. */
struct access {
	uint8_t base; /* a program's register */
	int32_t off;
	uint8_t log2;
	bool write;
	bool sure; /* in the frame, by the operation */
};

static uint32_t size_of(const struct access *a)
{
	return 1U << a->log2;
}

/*
 * In bounds whatever the run: in the frame that r10 is the end of, or in a value of a map that the
 * program refers to (and so holds), which is never given back before the map is; or in that part of
 * the packet which the program found to be there, and that nothing has moved since.
 */
static bool proven(const struct jit *j, const struct access *a)
{
	struct fact fact = flow_fact(&j->flow, a->base);
	int64_t at = (int64_t)fact.off + a->off, end = at + fact.span + size_of(a);
	const struct map *map;

	if (a->sure)
		return true;
	switch (fact.kind) {
	case FACT_DATA:
		return at >= 0 && end <= j->flow.now.packet;
	case FACT_FRAME:
		return at >= -STACK_SIZE && end <= 0;
	case FACT_VALUE:
		map = j->prog->maps[fact.map];
		return at >= 0 && end <= map->value_size &&
		       !(map->flags & (a->write ? BPF_F_RDONLY_PROG : BPF_F_WRONLY_PROG));
	default:
		return false;
	}
}

/*
 * A field of the context that is memory: programs of one type call each other only, so what the
 * type's table says holds. Types whose context is of the caller's size look how much there is.
 */
static bool proven_field(struct jit *j, const struct access *a, struct stub **stub)
{
	struct fact fact = flow_fact(&j->flow, a->base);
	int64_t at = (int64_t)fact.off + a->off, end = at + size_of(a);
	const struct prog_type *kind = j->prog->kind;
	const struct ctx_field *f;

	if (fact.kind != FACT_CTX || at < 0 || end > UINT16_MAX)
		return false;
	f = ctx_access(kind, (uint32_t)at, size_of(a), a->write);
	if (!f || f->kind != FIELD_PLAIN || (a->write && f->keep))
		return false;
	if (kind->fields)
		return true;
	emit_mi(&j->e, false, EXT_CMP, RUN(ctx_size), (int32_t)end);
	*stub = jit_stub(j, STUB_SLOW, emit_jcc(&j->e, CC_B));
	return true;
}

/* What comes before an access; the stub, if there is one, comes back behind it. */
static struct stub *guard(struct jit *j, const struct access *a, bool field)
{
	struct emit *e = &j->e;
	struct stub *stub = NULL;
	int32_t hot = a->write ? offsetof(struct run, writes) : offsetof(struct run, reads);
	int32_t limit = (int32_t)offsetof(struct hot_range, limit) + 8 * a->log2;

	if (proven(j, a) || (field && proven_field(j, a, &stub)))
		return stub;
	j->hot = true;
	emit_rm(e, true, X_LEA, JIT_T0, jit_regs[a->base], a->off);
	emit_rm(e, true, X_SUB_RM, JIT_T0, JIT_RUN, hot + (int32_t)offsetof(struct hot_range, lo));
	emit_rm(e, true, X_CMP_RM, JIT_T0, JIT_RUN, hot + limit);
	stub = jit_stub(j, STUB_FRAME, emit_jcc(e, CC_AE));
	stub->base = jit_regs[a->base];
	stub->disp = a->off;
	stub->size = (uint8_t)size_of(a);
	stub->access = jit_here(j);
	return stub;
}

static void guarded(struct jit *j, struct stub *stub)
{
	if (stub)
		stub->back = jit_here(j);
}

static void emit_load(struct jit *j, const struct access *a, unsigned int to, bool sign)
{
	static const uint16_t zero[] = { X_MOVZX8, X_MOVZX16, X_LOAD, X_LOAD };
	static const uint16_t signs[] = { X_MOVSX8, X_MOVSX16, X_MOVSXD };

	emit_rm(&j->e, sign || a->log2 == 3, (sign ? signs : zero)[a->log2], to, jit_regs[a->base],
		a->off);
}

/* The opcode of a store; prefix, register and memory with it. */
static void emit_store_op(struct jit *j, const struct access *a, unsigned int op, unsigned int reg)
{
	unsigned int base = jit_regs[a->base];
	struct bytes b = { 0, 0 };

	if (a->log2 == 1)
		put8(&b, 0x66);
	put_rex(&b, a->log2 == 3, reg, base, a->log2 == 0);
	put_op(&b, op - (a->log2 == 0));
	emit_mem(&j->e, &b, reg, base, a->off);
}

static void emit_store_imm(struct jit *j, const struct access *a, int64_t imm)
{
	emit_store_op(j, a, 0xc7, 0);
	if (a->log2 == 0)
		emit8(&j->e, (uint8_t)imm);
	else if (a->log2 == 1)
		emit16(&j->e, (uint16_t)imm);
	else
		emit32(&j->e, (uint32_t)imm);
}

/* A pointer into the packet, if it has been set up: context.c packet_pointer() */
static bool packet_pointer(struct jit *j, const struct access *a, unsigned int to)
{
	static const int32_t offsets[] = {
		[FIELD_DATA] = offsetof(struct run, packet.data),
		[FIELD_DATA_END] = offsetof(struct run, packet.end),
		[FIELD_DATA_META] = offsetof(struct run, packet.meta),
	};
	struct fact fact = flow_fact(&j->flow, a->base);
	int64_t at = (int64_t)fact.off + a->off;
	const struct ctx_field *f;
	struct emit *e = &j->e;
	struct stub *stub;

	if (fact.kind != FACT_CTX || at < 0 || at > UINT16_MAX)
		return false;
	f = ctx_access(j->prog->kind, (uint32_t)at, size_of(a), false);
	if (!f || f->kind == FIELD_PLAIN || f->kind == FIELD_FLOW_KEYS)
		return false;
	emit_rm(e, false, 0x80, EXT_CMP, RUN(packet.direct));
	emit8(e, 0);
	stub = jit_stub(j, STUB_SLOW, emit_jcc(e, CC_E));
	emit_rm(e, false, X_LOAD, to, JIT_RUN, offsets[f->kind]);
	emit_rm(e, true, X_ADD_RM, to, RUN(packet.buf));
	guarded(j, stub);
	return true;
}

static void load(struct jit *j, const struct access *a, unsigned int to, bool sign)
{
	struct stub *stub;

	if (!sign && packet_pointer(j, a, to))
		return;
	stub = guard(j, a, true);
	emit_load(j, a, to, sign);
	guarded(j, stub);
}

void jit_load(struct jit *j, const struct dinsn *in)
{
	bool sign = in->op >= OP_LDSX8 && in->op <= OP_LDSX32;
	bool frame = in->op >= OP_LDXF8 && in->op <= OP_LDXF64;
	unsigned int first = sign ? OP_LDSX8 : frame ? OP_LDXF8 : OP_LDX8;
	struct access a = { in->src, in->off, (uint8_t)(in->op - first), false, frame };

	load(j, &a, jit_dst(in), sign);
}

static uint8_t log2_of(int64_t size)
{
	return (uint8_t)__builtin_ctzll((unsigned long long)size);
}

/* This processor's loads acquire and its stores release. */
void jit_acquire(struct jit *j, const struct dinsn *in)
{
	struct access a = { in->src, in->off, log2_of(in->imm), false, false };

	load(j, &a, jit_dst(in), false);
}

static void store(struct jit *j, const struct access *a, unsigned int from)
{
	struct stub *stub = guard(j, a, true);

	emit_store_op(j, a, X_MOV, from);
	guarded(j, stub);
}

void jit_store(struct jit *j, const struct dinsn *in)
{
	static const uint16_t firsts[] = { OP_STX8, OP_ST8, OP_STXF8, OP_STF8 };
	struct access a = { in->dst, in->off, 0, true, false };
	struct stub *stub;
	unsigned int i = 0;

	while (in->op < firsts[i] || in->op > firsts[i] + 3)
		i++;
	a.log2 = (uint8_t)(in->op - firsts[i]);
	a.sure = i >= 2;
	if (i % 2 == 0) {
		store(j, &a, jit_src(in));
		return;
	}
	stub = guard(j, &a, true);
	emit_store_imm(j, &a, in->imm);
	guarded(j, stub);
}

void jit_release_store(struct jit *j, const struct dinsn *in)
{
	struct access a = { in->dst, in->off, log2_of(in->imm), true, false };

	store(j, &a, jit_src(in));
}

/* The old value to T0 and to the source register; the new one to memory. */
static void fetch_logic(struct jit *j, const struct dinsn *in, bool w, unsigned int op)
{
	struct emit *e = &j->e;

	emit_rm(e, w, X_LOAD, JIT_T0, jit_dst(in), in->off);
	emit_mov(e, w, JIT_T1, JIT_T0);
	emit_rr(e, w, op, jit_src(in), JIT_T1);
	emit_rm(e, w, X_MOV, JIT_T1, jit_dst(in), in->off);
	emit_mov(e, w, jit_src(in), JIT_T0);
}

static unsigned int logic_op(int64_t imm)
{
	switch (imm & ~BPF_FETCH) {
	case BPF_OR:
		return X_OR;
	case BPF_AND:
		return X_AND;
	case BPF_XOR:
		return X_XOR;
	default:
		return X_ADD;
	}
}

/* The engine has one thread, so what is to be atomic need not lock anything. */
void jit_atomic(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;
	bool w = in->op == OP_ATOMIC64;
	struct access a = { in->dst, in->off, w ? 3 : 2, true, false };
	struct stub *stub = guard(j, &a, false);

	switch (in->imm) {
	case BPF_CMPXCHG: /* with rax, which is r0; 32 bits are extended also where they are equal
			   */
		emit_rm(e, w, X_CMPXCHG, jit_src(in), jit_dst(in), in->off);
		if (!w)
			emit_mov(e, false, RAX, RAX);
		break;
	case BPF_XCHG:
		emit_rm(e, w, X_XCHG, jit_src(in), jit_dst(in), in->off);
		break;
	case BPF_ADD | BPF_FETCH:
		emit_rm(e, w, X_XADD, jit_src(in), jit_dst(in), in->off);
		break;
	case BPF_OR | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
		fetch_logic(j, in, w, logic_op(in->imm));
		break;
	default:
		emit_rm(e, w, logic_op(in->imm), jit_src(in), jit_dst(in), in->off);
	}
	guarded(j, stub);
}

/* Slow on every kernel, and seldom: r0 to r5 and the bounds are the interpreter's affair. */
void jit_skb_load(struct jit *j, const struct dinsn *in)
{
	struct emit *e = &j->e;
	uint8_t *over;

	(void)in;
	jit_do_slow(j, j->pc);
	emit_rm(e, false, 0x80, EXT_CMP, RUN(jit.ended));
	emit8(e, 0);
	over = emit_jcc_over(e, CC_E);
	emit8(e, 0xc3); /* as jit_exit() */
	emit_here(e, over);
}

/* Five stores of 16 bytes: both ranges. */
void jit_forget(struct jit *j)
{
	_Static_assert(offsetof(struct run, writes) ==
			       offsetof(struct run, reads) + sizeof(struct hot_range),
		       "one behind the other");
	_Static_assert(2 * sizeof(struct hot_range) % 16 == 0, "in 16 bytes each");
	emit_rr(&j->e, false, X_XORPS, 0, 0);
	for (int32_t at = 0; at < (int32_t)(2 * sizeof(struct hot_range)); at += 16)
		emit_rm(&j->e, false, X_MOVUPS, 0, JIT_RUN,
			(int32_t)offsetof(struct run, reads) + at);
}
