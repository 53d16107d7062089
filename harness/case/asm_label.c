// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What instructions refer to: every instruction that is jumped to or called gets a label if it has
 * none, so that a program prints without distances and reads back the same.
 */
#include "asm_parser.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"

struct target {
	uint32_t insn;
	bool called;
};

enum asm_target asm_target_of(const struct asm_prog *prog, size_t i, int64_t *target)
{
	const struct bpf_insn *insn = &prog->insns[i];
	unsigned int class = BPF_CLASS(insn->code);
	int64_t next = (int64_t)i + 1;

	if (insn_is_wide(insn) && insn->src_reg == BPF_PSEUDO_FUNC) {
		*target = next + insn->imm;
		return ASM_TARGET_CALL;
	}
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL) {
		*target = next + insn->imm;
		return ASM_TARGET_CALL;
	}
	if (class != BPF_JMP && class != BPF_JMP32)
		return ASM_TARGET_NONE;
	if (BPF_OP(insn->code) == BPF_CALL || BPF_OP(insn->code) == BPF_EXIT)
		return ASM_TARGET_NONE;
	*target = next + (insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off);
	return ASM_TARGET_JUMP;
}

const char *asm_label_at(const struct asm_prog *prog, int64_t insn)
{
	size_t low = 0, high = prog->n_labels;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prog->labels[middle].insn < insn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < prog->n_labels && prog->labels[low].insn == insn ? prog->labels[low].name
								      : NULL;
}

/* 1 for each instruction, 0 for the second half of a wide one. A jump may end behind the last. */
static unsigned char *find_starts(const struct asm_prog *prog)
{
	unsigned char *starts = xcalloc(prog->n_insns + 1, 1);

	for (size_t i = 0; i <= prog->n_insns; i++) {
		starts[i] = 1;
		if (i < prog->n_insns && insn_is_wide(&prog->insns[i]))
			i++;
	}
	return starts;
}

static int compare_targets(const void *a, const void *b)
{
	uint32_t x = ((const struct target *)a)->insn, y = ((const struct target *)b)->insn;

	return x < y ? -1 : x > y;
}

/* All instructions that others refer to, in order, each once. */
static struct target *find_targets(const struct asm_prog *prog, size_t *n_targets)
{
	unsigned char *starts = find_starts(prog);
	struct target *targets = NULL;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < prog->n_insns; i += insn_is_wide(&prog->insns[i]) ? 2 : 1) {
		int64_t to = 0;
		enum asm_target kind = asm_target_of(prog, i, &to);

		if (kind == ASM_TARGET_NONE || to < 0 || to > (int64_t)prog->n_insns || !starts[to])
			continue;
		*vec_add(targets, n) = (struct target){ (uint32_t)to, kind == ASM_TARGET_CALL };
	}
	free(starts);
	if (n)
		qsort(targets, n, sizeof(*targets), compare_targets);
	for (size_t i = 0; i < n; i++) {
		if (kept && targets[kept - 1].insn == targets[i].insn)
			targets[kept - 1].called |= targets[i].called;
		else
			targets[kept++] = targets[i];
	}
	*n_targets = kept;
	return targets;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that a new label must not have: labels, and maps, which a label would hide. */
static const char **find_names(const struct asm_prog *prog, size_t *n_names)
{
	const char **names = xcalloc(prog->n_labels + prog->n_relocs, sizeof(*names));
	size_t n = 0;

	for (size_t i = 0; i < prog->n_labels; i++)
		names[n++] = prog->labels[i].name;
	for (size_t i = 0; i < prog->n_relocs; i++)
		names[n++] = prog->relocs[i].map;
	qsort(names, n, sizeof(*names), compare_names);
	*n_names = n;
	return names;
}

static char *new_name(const struct target *target, const char *const *names, size_t n_names)
{
	char kind = target->called ? 'f' : 'l';
	char *name = xasprintf("%c%u", kind, target->insn);

	for (unsigned int again = 2; bsearch(&name, names, n_names, sizeof(*names), compare_names);
	     again++) {
		free(name);
		name = xasprintf("%c%u_%u", kind, target->insn, again);
	}
	return name;
}

static void name_targets(struct asm_prog *prog, const struct target *targets, size_t n_targets)
{
	size_t n_names, n = 0, old = 0;
	const char **names = find_names(prog, &n_names);
	struct asm_label *labels = NULL;

	for (size_t i = 0; i < n_targets; i++) {
		while (old < prog->n_labels && prog->labels[old].insn < targets[i].insn)
			*vec_add(labels, n) = prog->labels[old++];
		if (old < prog->n_labels && prog->labels[old].insn == targets[i].insn)
			continue;
		*vec_add(labels, n) = (struct asm_label){
			.insn = targets[i].insn,
			.name = new_name(&targets[i], names, n_names),
		};
	}
	while (old < prog->n_labels)
		*vec_add(labels, n) = prog->labels[old++];
	free(names);
	free(prog->labels);
	prog->labels = labels;
	prog->n_labels = n;
}

uint32_t asm_add_function(struct asm_prog *prog, const char *label)
{
	size_t at = 0, i = 0;
	uint32_t insn;

	while (i < prog->n_labels && strcmp(prog->labels[i].name, label) != 0)
		i++;
	insn = i < prog->n_labels ? prog->labels[i].insn : 0;
	if (!insn || insn >= prog->n_insns)
		return 0;
	while (at < prog->n_funcs && prog->funcs[at] < insn)
		at++;
	if (at < prog->n_funcs && prog->funcs[at] == insn)
		return insn;
	*vec_add(prog->funcs, prog->n_funcs) = 0;
	memmove(&prog->funcs[at + 1], &prog->funcs[at],
		(prog->n_funcs - 1 - at) * sizeof(*prog->funcs));
	prog->funcs[at] = insn;
	return insn;
}

void asm_name_targets(struct asm_prog *prog)
{
	size_t n_targets;
	struct target *targets = find_targets(prog, &n_targets);

	name_targets(prog, targets, n_targets);
	*vec_add(prog->funcs, prog->n_funcs) = 0;
	for (size_t i = 0; i < n_targets; i++)
		if (targets[i].called && targets[i].insn && targets[i].insn < prog->n_insns)
			*vec_add(prog->funcs, prog->n_funcs) = targets[i].insn;
	free(targets);
}
