// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * make bench: the reference's engines, and the kernel of this machine where bpf(2) is allowed,
 * against the same loops in C, all in one run. Prints a table in Markdown; nothing is asserted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "../engines/kernel/kernel.h"
#include "../engines/reference/reference.h"
#include "../harness/base/alloc.h"
#include "../harness/base/clock.h"
#include "../harness/case/asm.h"
#include "../harness/case/suite.h"
#include "../harness/judge/normative.h"
#include "../harness/judge/transcript.h"
#include "native.h"

#define ROUNDS	 7    /* the least of them counts: the machine has other things to do */
#define LOOP	 1000 /* turns of a loop in a program: verifiers walk them all */
#define N_ENGINE 3

static const char *const engine_names[N_ENGINE] = { "ref-interp", "ref-jit", "kernel JIT" };

/* @body is repeated @times in a loop of LOOP turns; r7 counts, r6 is the context. */
static const struct row {
	const char *name;
	uint64_t (*native)(uint64_t n);
	const char *setup, *body, *after;
	unsigned int times; /* of body in a turn */
	unsigned int ops;   /* in a body */
} rows[] = {
	{ "ALU", native_alu, "r0 = 1\n", "r0 += 7\nr0 ^= 0x55\nr0 += 3\nr0 -= 5\n", "", 4, 4 },
	{ "stack memory", native_memory,
	  "r1 = 1\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r1\n*(u64 *)(r10 - 24) = r1\n"
	  "*(u64 *)(r10 - 32) = r1\nr0 = 0\n",
	  "r1 = *(u64 *)(r10 - 8)\n*(u64 *)(r10 - 16) = r1\nr1 = *(u64 *)(r10 - 16)\n"
	  "*(u64 *)(r10 - 24) = r1\nr1 = *(u64 *)(r10 - 24)\n*(u64 *)(r10 - 32) = r1\n"
	  "r1 = *(u64 *)(r10 - 32)\n*(u64 *)(r10 - 8) = r1\n",
	  "", 2, 8 },
	{ "local call", native_local_call, "r0 = 0\n", "r1 = r0\ncall f\n",
	  "f:\nr0 = r1\nr0 += 1\nexit\n", 4, 1 },
	{ "helper call", native_helper_call, "r0 = 0\n", "call bpf_get_smp_processor_id\n", "", 4,
	  1 },
};

static double measure_native(const struct row *row, uint64_t n)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double from = clock_seconds(), took;
		volatile uint64_t sink = row->native(n);

		(void)sink;
		took = clock_seconds() - from;
		best = took < best ? took : best;
	}
	return 1e9 * best / (double)n;
}

static int load(struct engine *e, const char *text, const int *maps, size_t n_maps)
{
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SOCKET_FILTER };
	struct engine_func funcs[4] = { { 0, "main" }, { 0, "f" } };
	struct asm_prog prog;
	struct diag d;
	int fd;

	if (asm_parse(&prog, text, strlen(text), "bench", 1, &d)) {
		diag_print(stderr, &d);
		exit(2);
	}
	/* Maps are called m0, m1 ... */
	for (size_t i = 0; i < prog.n_relocs; i++) {
		size_t m = (size_t)atoi(prog.relocs[i].map + 1);

		prog.insns[prog.relocs[i].insn].imm = maps && m < n_maps ? maps[m] : -1;
	}
	a.insns = prog.insns;
	a.n_insns = (uint32_t)prog.n_insns;
	if (prog.n_funcs > 1) {
		funcs[1].insn = prog.funcs[1];
		a.funcs = funcs;
		a.n_funcs = 2;
	}
	fd = e->ops->prog_load(e, &a);
	asm_release(&prog);
	if (fd < 0) {
		fprintf(stderr, "bench: %s does not load a program: %d %s\n", e->name, fd, e->why);
		exit(2);
	}
	return fd;
}

/* Seconds for @repeat runs, the least of some. */
static double run_seconds(struct engine *e, int fd, uint32_t repeat)
{
	static const unsigned char data[64];
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		struct engine_run run = {
			.fd = fd, .data_in = data, .data_size_in = sizeof(data), .repeat = repeat
		};
		double from = clock_seconds(), took;

		if (e->ops->prog_run(e, &run)) {
			fprintf(stderr, "bench: %s: %s\n", e->name, e->why);
			exit(2);
		}
		took = clock_seconds() - from;
		best = took < best ? took : best;
	}
	return best;
}

static char *loop_text(const struct row *row)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "r6 = r1\n%sr7 = %d\nturn:\n", row->setup, LOOP);
	for (unsigned int i = 0; i < row->times; i++)
		fputs(row->body, out);
	fprintf(out, "r7 -= 1\nif r7 != 0 goto turn\nr0 = 0\nexit\n%s", row->after);
	fclose(out);
	return text;
}

static double measure_loop(struct engine *e, const struct row *row)
{
	const uint32_t repeat = 200;
	char *text = loop_text(row);
	double seconds = run_seconds(e, load(e, text, NULL, 0), repeat);

	free(text);
	e->ops->reset(e);
	return 1e9 * seconds / ((double)repeat * LOOP * row->times * row->ops);
}

static void print_row(const char *name, double native, const double *ns)
{
	printf("| %s | %.2f |", name, native);
	for (int i = 0; i < N_ENGINE; i++) {
		if (ns[i] > 0)
			printf(" %.2f (%.1fx) |", ns[i], ns[i] / native);
		else
			printf(" - |");
	}
	putchar('\n');
}

/* The tail calls of a chain: a program that calls itself until the limit, beside one that does not.
 */
enum tail_kind { TAIL_DIRECT, TAIL_INDIRECT, TAIL_FAILING };

static double measure_tail(struct engine *e, enum tail_kind kind)
{
	static const char *const texts[] = {
		[TAIL_DIRECT] = "r2 = m0 ll\nr3 = 1\ncall bpf_tail_call\nr0 = 0\nexit\n",
		[TAIL_INDIRECT] = "r3 = *(u32 *)(r1 + 8)\nr3 += 1\nr2 = m0 ll\ncall bpf_tail_call\n"
				  "r0 = 0\nexit\n",
		[TAIL_FAILING] =
			"r6 = r1\nr7 = 33\nturn:\nr1 = r6\nr3 = *(u32 *)(r1 + 8)\nr3 += 2\n"
			"r2 = m0 ll\ncall bpf_tail_call\nr7 -= 1\nif r7 != 0 goto turn\n"
			"r0 = 0\nexit\n",
	};
	const struct engine_map_create m = {
		.type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 4
	};
	const uint32_t repeat = 20000;
	int map = e->ops->map_create(e, &m), prog = load(e, texts[kind], &map, 1);
	int none = load(e, "r0 = 0\nexit\n", NULL, 0);
	uint32_t key = 1, value = (uint32_t)prog;
	struct engine_elem elem = { .fd = map, .key = &key, .value = &value };
	double chain, empty;

	if (e->ops->map_update(e, &elem)) {
		fprintf(stderr, "bench: %s does not take a program\n", e->name);
		exit(2);
	}
	chain = run_seconds(e, prog, repeat);
	empty = run_seconds(e, none, repeat);
	e->ops->reset(e);
	return 1e9 * (chain - empty) / (33.0 * repeat);
}

/* Nanoseconds to load a program, for each of its instructions. */
static double measure_load(struct engine *e, unsigned int insns)
{
	double best = 1e9;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct asm_prog prog;
	struct diag d;

	fputs("r0 = 1\n", out);
	for (unsigned int i = 2; i < insns; i++)
		fprintf(out, "r0 += %u\n", i);
	fputs("exit\n", out);
	fclose(out);
	if (asm_parse(&prog, text, len, "bench", 1, &d))
		exit(2);
	for (int i = 0; i < ROUNDS; i++) {
		const struct engine_prog_load a = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
						    .insns = prog.insns,
						    .n_insns = (uint32_t)prog.n_insns };
		double from = clock_seconds(), took;
		int fd = e->ops->prog_load(e, &a);

		took = clock_seconds() - from;
		best = took < best ? took : best;
		e->ops->close(e, fd);
	}
	asm_release(&prog);
	free(text);
	e->ops->reset(e);
	return 1e9 * best / insns;
}

static void load_rows(struct engine *const *engines)
{
	static const unsigned int sizes[] = { 64, 4096 };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		printf("| load, an instruction of %u | |", sizes[s]);
		for (int i = 0; i < N_ENGINE; i++) {
			if (engines[i])
				printf(" %.0f |", measure_load(engines[i], sizes[s]));
			else
				printf(" - |");
		}
		putchar('\n');
	}
}

/* Cases a second through executor and comparison, in process, for what @path holds. */
static void measure_cases(const char *path)
{
	struct suite suite = { 0 };
	struct diag d;
	double from;
	size_t wrong = 0;

	if (suite_add(&suite, path, &d) || suite_finish(&suite, &d)) {
		diag_print(stderr, &d);
		exit(2);
	}
	from = clock_seconds();
	for (size_t i = 0; i < suite.n_cases; i++) {
		enum outcome outcome;
		char *interp = transcript_reference(suite.cases[i], 0, &outcome);
		char *jit = transcript_reference_jit(suite.cases[i], 0, &outcome);
		struct difference diff;

		wrong += transcript_differs(interp, jit, &diff);
		free(interp);
		free(jit);
	}
	printf("\n%zu generated cases by interpreter and JIT, compared: %.0f a second and core, "
	       "%zu differ.\n",
	       suite.n_cases, (double)suite.n_cases / (clock_seconds() - from), wrong);
	suite_release(&suite);
}

int main(int argc, char **argv)
{
	struct engine *engines[N_ENGINE] = { reference_interp_new(0), reference_jit_new(0), NULL };
	static const struct {
		const char *name;
		uint64_t (*native)(uint64_t n);
	} tails[] = {
		[TAIL_DIRECT] = { "tail call, direct", native_direct_jump },
		[TAIL_INDIRECT] = { "tail call, indirect", native_indirect_jump },
		[TAIL_FAILING] = { "tail call, empty slot", native_failing },
	};
	double ns[N_ENGINE];
	char why[256];

	engines[2] = kernel_engine_new(KERNEL_JIT, why, sizeof(why));
	if (!engines[2])
		fprintf(stderr, "bench: without this machine's kernel: %s\n", why);
	for (int i = 0; i < 2; i++)
		reference_set_budget(engines[i], 1ULL << 40);
	printf("| ns for one | gcc -O2 | %s | %s | %s |\n|---|---|---|---|---|\n", engine_names[0],
	       engine_names[1], engine_names[2]);
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (int i = 0; i < N_ENGINE; i++)
			ns[i] = engines[i] ? measure_loop(engines[i], &rows[r]) : 0;
		print_row(rows[r].name, measure_native(&rows[r], 16 << 20), ns);
	}
	for (size_t t = 0; t < sizeof(tails) / sizeof(tails[0]); t++) {
		const struct row row = { .native = tails[t].native };

		for (int i = 0; i < N_ENGINE; i++)
			ns[i] = engines[i] ? measure_tail(engines[i], (enum tail_kind)t) : 0;
		print_row(tails[t].name, measure_native(&row, 16 << 20), ns);
	}
	load_rows(engines);
	if (argc > 1)
		measure_cases(argv[1]);
	for (int i = 0; i < N_ENGINE; i++)
		if (engines[i])
			engines[i]->ops->destroy(engines[i]);
	return 0;
}
