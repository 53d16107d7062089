// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Code out of line: what seldom happens, so that what often happens is short and in a row. */
#include "../../harness/base/alloc.h"
#include "jit.h"

/* @from: the displacement of the jump to it. Valid until the next one is made. */
struct stub *jit_stub(struct jit *j, enum stub_kind kind, const uint8_t *from)
{
	struct stub *s = vec_add(j->stubs, j->n_stubs);

	s->kind = (uint8_t)kind;
	s->pc = j->pc;
	s->from = jit_offset(j, from);
	s->back = jit_here(j);
	return s;
}

void jit_do_slow(struct jit *j, uint32_t pc)
{
	emit_r(&j->e, false, X_MOV_IMM, JIT_T1);
	emit32(&j->e, pc);
	emit_to(emit_call(&j->e), jit_thunk_slow());
}

/* r10 - 512 <= address <= r10 - size: interp.c in_frame() */
static void frame(struct jit *j, const struct stub *s)
{
	struct emit *e = &j->e;

	emit_rm(e, true, X_LEA, JIT_T0, s->base, s->disp);
	emit_rr(e, true, X_SUB, RBP, JIT_T0);
	emit_ri(e, true, EXT_ADD, JIT_T0, STACK_SIZE);
	emit_ri(e, true, EXT_CMP, JIT_T0, STACK_SIZE - s->size);
	emit_to(emit_jcc(e, CC_BE), j->code->begin + s->access);
	jit_do_slow(j, s->pc);
}

/* interp.c leave() */
static void own_prog(struct jit *j)
{
	emit_rm(&j->e, true, X_MOV, JIT_T1, RUN(prog));
	jit_forget(j);
}

void jit_stubs(struct jit *j)
{
	for (size_t i = 0; i < j->n_stubs; i++) {
		const struct stub *s = &j->stubs[i];

		emit_to(j->code->begin + s->from, j->e.at);
		switch (s->kind) {
		case STUB_FRAME:
			frame(j, s);
			break;
		case STUB_PROG:
			own_prog(j);
			break;
		case STUB_COUNT:
			emit_rm(&j->e, false, 0xff, EXT_INC, RUN(tail_calls));
			break;
		default:
			jit_do_slow(j, s->pc);
		}
		emit_to(emit_jmp(&j->e), j->code->begin + s->back);
	}
}
