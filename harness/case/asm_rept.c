// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `.rept N` ... `.endr`, as GNU as has it: for programs that must be long, such as one with more
 * tail calls than a JIT has room for. The copies are made here; a printer finds in prog->repts
 * where to leave them out.
 */
#include "asm_parser.h"

#include <string.h>

#include "../base/alloc.h"

/* Instructions, copies included: programs here are no longer, and a short line may ask for all. */
#define REPT_MAX 65536u

static int begin(struct asm_parser *ps, const char *at)
{
	struct asm_number n;

	if (ps->rept.count)
		return asm_fail(ps, at, ".rept is open since line %u", ps->rept_place.line);
	if (asm_number(ps, &n))
		return -1;
	if (n.negative || !n.magnitude || n.magnitude > REPT_MAX)
		return asm_fail(ps, n.at, "expected a number of copies: 1 ... %u", REPT_MAX);
	ps->rept = (struct asm_rept){ .insn = (uint32_t)ps->prog->n_insns,
				      .count = (uint32_t)n.magnitude };
	ps->rept_refs = ps->n_refs;
	ps->rept_labels = ps->prog->n_labels;
	ps->rept_place = ps->now;
	ps->rept_place.at = at;
	return 0;
}

/* A jump by a distance would need a label in what is repeated, to be printed. */
static bool all_jumps_named(const struct asm_parser *ps)
{
	size_t ref = ps->rept_refs;
	int64_t target;

	for (size_t i = ps->rept.insn; i < ps->prog->n_insns; i++) {
		while (ref < ps->n_refs && ps->refs[ref].insn < i)
			ref++;
		if (asm_target_of(ps->prog, i, &target) != ASM_TARGET_NONE &&
		    (ref == ps->n_refs || ps->refs[ref].insn != i))
			return false;
		i += insn_is_wide(&ps->prog->insns[i]);
	}
	return true;
}

static void copy(struct asm_parser *ps, uint32_t ahead, size_t n_refs)
{
	struct asm_prog *prog = ps->prog;

	for (size_t i = ps->rept.insn; i < ps->rept.insn + ps->rept.len; i++) {
		struct bpf_insn insn = prog->insns[i];
		size_t n_lines = prog->n_insns;
		uint32_t line = prog->lines[i];

		*vec_add(prog->lines, n_lines) = line;
		*vec_add(prog->insns, prog->n_insns) = insn;
	}
	for (size_t i = ps->rept_refs; i < n_refs; i++) {
		struct asm_ref ref = ps->refs[i];

		ref.insn += ahead;
		*vec_add(ps->refs, ps->n_refs) = ref;
	}
}

/* Comments before `.endr` belong behind the copies. */
static void move_comments(struct asm_prog *prog, uint32_t from)
{
	for (size_t i = prog->n_comments; i-- > 0 && prog->comments[i].insn == from;)
		if (!prog->comments[i].trailing)
			prog->comments[i].insn = (uint32_t)prog->n_insns;
}

static int end(struct asm_parser *ps, const char *at)
{
	struct asm_prog *prog = ps->prog;
	struct asm_rept *rept = &ps->rept;
	size_t n_refs = ps->n_refs;

	if (!rept->count)
		return asm_fail(ps, at, ".endr without .rept");
	rept->len = (uint32_t)prog->n_insns - rept->insn;
	if (!rept->len)
		return asm_fail(ps, at, "there is nothing to be repeated");
	if (prog->n_labels != ps->rept_labels)
		return asm_fail(ps, at, "no label may stand between .rept and .endr");
	if (!all_jumps_named(ps))
		return asm_fail(ps, at, "jumps between .rept and .endr go to labels elsewhere");
	if ((uint64_t)rept->len * rept->count + rept->insn > REPT_MAX)
		return asm_fail(ps, at, "more than %u instructions", REPT_MAX);
	for (uint32_t i = 1; i < rept->count; i++)
		copy(ps, i * rept->len, n_refs);
	move_comments(prog, rept->insn + rept->len);
	*vec_add(prog->repts, prog->n_repts) = *rept;
	rept->count = 0;
	return 0;
}

int asm_rept(struct asm_parser *ps)
{
	const char *at;
	int err;

	asm_skip_blanks(ps);
	at = ps->now.at;
	if (!asm_accept(ps, "."))
		return 1;
	if (asm_accept_word(ps, "rept"))
		err = begin(ps, at);
	else if (asm_accept_word(ps, "endr"))
		err = end(ps, at);
	else
		return asm_fail(ps, at, "expected .rept or .endr");
	asm_skip_blanks(ps);
	if (!err && !strchr("\r\n", *ps->now.at))
		err = asm_fail(ps, ps->now.at, "expected the end of the line");
	return err;
}

int asm_rept_end(struct asm_parser *ps)
{
	if (!ps->rept.count)
		return 0;
	ps->now = ps->rept_place;
	return asm_fail(ps, ps->now.at, ".rept has no .endr");
}

/* A jump by a distance, from outside, into what is repeated: it could not be printed. */
int asm_rept_labels(struct asm_parser *ps)
{
	const struct asm_prog *prog = ps->prog;
	size_t label = 0;

	for (size_t i = 0; i < prog->n_repts; i++) {
		const struct asm_rept *rept = &prog->repts[i];
		uint32_t behind = rept->insn + rept->len * rept->count;

		while (label < prog->n_labels && prog->labels[label].insn <= rept->insn)
			label++;
		if (label == prog->n_labels || prog->labels[label].insn >= behind)
			continue;
		ps->now = ps->rept_place;
		return asm_fail(ps, NULL, "a jump leads between .rept and .endr");
	}
	return 0;
}
