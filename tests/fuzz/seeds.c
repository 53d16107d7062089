// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What fuzzing begins with, made from the cases: `seeds CASES FOLDER` writes FOLDER/load/,
 * FOLDER/text/ and FOLDER/channel/, the same bytes every time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../engines/reference/reference.h"
#include "../../harness/base/alloc.h"
#include "../../harness/case/suite.h"
#include "../../harness/vm/frame.h"
#include "load.h"

static const char *folder;

static void write_seed(const char *target, const char *name, size_t nr, const void *data,
		       size_t size)
{
	char *path = xasprintf("%s/%s/%s-%zu", folder, target, name, nr);
	FILE *out = fopen(path, "we");

	if (!out || fwrite(data, 1, size, out) != size || fclose(out)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	free(path);
}

static uint32_t map_by_type(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
		return LOAD_PROGS;
	case BPF_MAP_TYPE_HASH:
		return LOAD_HASH;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return LOAD_PERCPU;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return LOAD_ARRAY_OF_MAPS;
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return LOAD_HASH_OF_MAPS;
	default:
		return LOAD_ARRAY;
	}
}

/* The map of the case that has this name, or the like of it that the target has. */
static int32_t map_by_name(const struct test_case *c, const char *name, bool value)
{
	if (value)
		return LOAD_VALUE;
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].op == STEP_MAP && strcmp(c->steps[i].makes, name) == 0)
			return (int32_t)map_by_type(c->steps[i].type);
	return LOAD_ARRAY;
}

static void seed_load(const struct test_case *c, const struct step *s, size_t nr)
{
	struct load_header head = { .second = 255, .packet = 50 };
	size_t size = sizeof(head) + s->prog->n_insns * sizeof(struct bpf_insn);
	uint8_t *bytes = xcalloc(size, 1);
	struct bpf_insn *insns = xcalloc(s->prog->n_insns + 1, sizeof(*insns));

	for (size_t i = 0; i < LOAD_TYPES; i++)
		if (load_types[i] == s->type)
			head.type = (uint8_t)i;
	if (s->type == BPF_PROG_TYPE_SYSCALL)
		head.options = LOAD_SLEEPABLE;
	memcpy(insns, s->prog->insns, s->prog->n_insns * sizeof(*insns));
	for (size_t i = 0; i < s->prog->n_relocs; i++) {
		const struct asm_reloc *r = &s->prog->relocs[i];

		insns[r->insn].imm =
			map_by_name(c, r->map, insns[r->insn].src_reg == BPF_PSEUDO_MAP_VALUE);
	}
	for (size_t i = 0; i < s->prog->n_kfuncs; i++)
		insns[s->prog->kfuncs[i].insn].imm = reference_kfunc(s->prog->kfuncs[i].name);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), insns, size - sizeof(head));
	write_seed("load", c->name, nr, bytes, size);
	free(insns);
	free(bytes);
}

static void seed_frame(const char *name, uint16_t type, const void *payload, size_t len)
{
	uint8_t *bytes = xcalloc(FRAME_HEADER + len, 1);

	frame_header(bytes, type, 1, payload, (uint32_t)len);
	memcpy(bytes + FRAME_HEADER, payload, len);
	write_seed("channel", name, type, bytes, FRAME_HEADER + len);
	free(bytes);
}

static void seed_case(const struct test_case *c)
{
	write_seed("text", c->name, c->n_steps, c->text, c->text_len);
	seed_frame(c->name, FRAME_CASE, c->text, c->text_len);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct asm_prog *p = c->steps[i].prog;
		char *text = NULL;
		size_t len;
		FILE *out;

		if (!p)
			continue;
		if (p->n_insns <= LOAD_MAX_INSNS)
			seed_load(c, &c->steps[i], i);
		out = open_memstream(&text, &len);
		asm_print(out, p, "");
		fclose(out);
		write_seed("text", c->name, i, text, len);
		free(text);
	}
}

static void seed_hello(void)
{
	static const char hello[] = "agent=1\nrelease=6.1.0-50-amd64\nversion=#1 SMP\n"
				    "machine=x86_64\nengine=jit\nengine=interp\n"
				    "unsupported=jit-hardened CONFIG_BPF_JIT is not set\n";

	seed_frame("hello", FRAME_HELLO, hello, sizeof(hello) - 1);
	write_seed("channel", "hello", 0, hello, sizeof(hello) - 1);
	seed_frame("result", FRAME_RESULT, "jit complete\n1 map = 0\n", 23);
	seed_frame("bye", FRAME_BYE, "12", 2);
}

int main(int argc, char **argv)
{
	static const char *const targets[] = { "load", "text", "channel" };
	struct suite s = { 0 };
	struct diag d;

	if (argc != 3) {
		fputs("Usage: seeds CASES FOLDER\n", stderr);
		return 2;
	}
	folder = argv[2];
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char *path = xasprintf("%s/%s", folder, targets[i]);

		if (mkdir(path, 0777) && errno != EEXIST) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			return 1;
		}
		free(path);
	}
	if (suite_add(&s, argv[1], &d) || suite_finish(&s, &d)) {
		diag_print(stderr, &d);
		return 1;
	}
	for (size_t i = 0; i < s.n_cases; i++)
		seed_case(s.cases[i]);
	seed_hello();
	suite_release(&s);
	return 0;
}
