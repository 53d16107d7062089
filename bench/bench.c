// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * make bench: the reference's engines, and the kernel of this machine where bpf(2) is allowed,
 * against the same loops in C, all in one run. Prints a table in Markdown; nothing is asserted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/utsname.h>

#include "../engines/kernel/kernel.h"
#include "../engines/reference/prog.h"
#include "../engines/reference/reference.h"
#include "../harness/base/alloc.h"
#include "../harness/base/clock.h"
#include "../harness/case/asm.h"
#include "../harness/case/suite.h"
#include "../harness/judge/normative.h"
#include "native.h"

#define ROUNDS	 40 /* short ones; the least counts: the machine has other things to do */
#define PASSES	 5  /* through the whole table, for the same reason: some seconds apart */
#define NATIVE_N (1 << 20)
#define LOOP	 1000 /* turns of a loop in a program: verifiers walk them all */
#define N_ENGINE 3

static const char *const engine_names[N_ENGINE] = { "ref-interp", "ref-jit", "kernel JIT" };

/* A map's value in r8, with the words of a walk. */
#define VALUE                                                                   \
	"*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = m0 ll\n"               \
	"call bpf_map_lookup_elem\nif r0 != 0 goto have\nr0 = 0\nexit\nhave:\n" \
	"r8 = r0\n"
#define SUM(base, off) "r2 = *(u64 *)(" base " + " off ")\nr0 += r2\n"
#define SUM8(base)      \
	SUM(base, "0")  \
	SUM(base, "8")  \
	SUM(base, "16") \
	SUM(base, "24") SUM(base, "32") SUM(base, "40") SUM(base, "48") SUM(base, "56")

#define SF BPF_PROG_TYPE_SOCKET_FILTER

/*
 * @body is repeated @times in a loop of LOOP turns; r7 counts, r6 is the context.
 *
 * Stack memory is what a processor may rename: gcc's loads and stores then take no time at all, and
 * what an interpreter does to the slots of its registers does. The rows on a map's value and on the
 * packet have addresses that nothing can rename.
 */
static const struct row {
	const char *name;
	uint64_t (*native)(uint64_t n);
	const char *setup, *body, *after;
	unsigned int times; /* of body in a turn */
	unsigned int ops;   /* in a body */
	uint32_t type;	    /* of the program */
} rows[] = {
	{ "ALU", native_alu, "r0 = 1\n", "r0 += 7\nr0 ^= 0x55\nr0 += 3\nr0 -= 5\n", "", 4, 4, SF },
	{ "stack memory", native_memory,
	  "r1 = 1\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r1\n*(u64 *)(r10 - 24) = r1\n"
	  "*(u64 *)(r10 - 32) = r1\nr0 = 0\n",
	  "r1 = *(u64 *)(r10 - 8)\n*(u64 *)(r10 - 16) = r1\nr1 = *(u64 *)(r10 - 16)\n"
	  "*(u64 *)(r10 - 24) = r1\nr1 = *(u64 *)(r10 - 24)\n*(u64 *)(r10 - 32) = r1\n"
	  "r1 = *(u64 *)(r10 - 32)\n*(u64 *)(r10 - 8) = r1\n",
	  "", 2, 8, SF },
	{ "map value, walk", native_walk, VALUE "r1 = 0\n",
	  "r1 &= 63\nr1 <<= 3\nr2 = r8\nr2 += r1\nr1 = *(u64 *)(r2 + 0)\n", "", 4, 1, SF },
	{ "map value, sum", native_sum, VALUE "r0 = 0\n",
	  "r1 = r7\nr1 &= 56\nr1 <<= 3\nr1 += r8\n" SUM8("r1"), "", 1, 8, SF },
	{ "map value, count", native_count, VALUE,
	  "r1 = r7\nr1 &= 63\nr1 <<= 3\nr1 += r8\nr2 = *(u64 *)(r1 + 0)\nr2 += 1\n"
	  "*(u64 *)(r1 + 0) = r2\n",
	  "", 1, 2, SF },
	{ "packet, sum", native_packet, "r0 = 0\n",
	  "r1 = *(u32 *)(r6 + 76)\nr2 = *(u32 *)(r6 + 80)\nr3 = r1\nr3 += 64\n"
	  "if r3 > r2 goto out\n" SUM8("r1"),
	  "out:\nr0 = 0\nexit\n", 1, 8, BPF_PROG_TYPE_SCHED_CLS },
	{ "local call", native_local_call, "r0 = 0\n", "r1 = r0\ncall f\n",
	  "f:\nr0 = r1\nr0 += 1\nexit\n", 4, 1, SF },
	{ "helper call", native_helper_call, "r0 = 0\n", "call bpf_get_smp_processor_id\n", "", 4,
	  1, SF },
};

static double measure_native(uint64_t (*native)(uint64_t n), uint64_t n)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double from = clock_seconds(), took;
		volatile uint64_t sink = native(n);

		(void)sink;
		took = clock_seconds() - from;
		best = took < best ? took : best;
	}
	return 1e9 * best / (double)n;
}

static int load(struct engine *e, uint32_t type, const char *text, const int *map)
{
	struct engine_prog_load a = { .type = type };
	struct engine_func funcs[4] = { { 0, "main" }, { 0, "f" } };
	struct asm_prog prog;
	struct diag d;
	int fd;

	if (asm_parse(&prog, text, strlen(text), "bench", 1, &d)) {
		diag_print(stderr, &d);
		exit(2);
	}
	for (size_t i = 0; i < prog.n_relocs; i++) /* m0 is the only map */
		prog.insns[prog.relocs[i].insn].imm = map ? *map : -1;
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

/* A map of one value, where the words lead to each other. */
static int value_map(struct engine *e)
{
	uint64_t words[NATIVE_WORDS];
	const struct engine_map_create m = { .type = BPF_MAP_TYPE_ARRAY,
					     .key_size = 4,
					     .value_size = sizeof(words),
					     .max_entries = 1 };
	uint32_t key = 0;
	struct engine_elem elem = { .fd = e->ops->map_create(e, &m), .key = &key, .value = words };

	for (uint32_t i = 0; i < NATIVE_WORDS; i++)
		words[i] = native_next(i);
	if (e->ops->map_update(e, &elem)) {
		fprintf(stderr, "bench: %s does not take a value\n", e->name);
		exit(2);
	}
	return elem.fd;
}

static double measure_loop(struct engine *e, const struct row *row)
{
	const uint32_t repeat = 20;
	char *text = loop_text(row);
	int map = value_map(e);
	double seconds = run_seconds(e, load(e, row->type, text, &map), repeat);

	free(text);
	e->ops->reset(e);
	return 1e9 * seconds / ((double)repeat * LOOP * row->times * row->ops);
}

/* Columns of a row: native code, and the engines. */
struct figures {
	double native;
	double ns[N_ENGINE];
};

static void keep_less(double *best, double ns)
{
	if (!*best || ns < *best)
		*best = ns;
}

static void print_row(const char *name, const struct figures *f)
{
	printf("| %s | %.2f |", name, f->native);
	for (int i = 0; i < N_ENGINE; i++) {
		if (f->ns[i] > 0)
			printf(" %.2f (%.1fx) |", f->ns[i], f->ns[i] / f->native);
		else
			printf(" - |");
	}
	putchar('\n');
}

static void loop_row(struct engine *const *engines, const struct row *row, struct figures *f)
{
	keep_less(&f->native, measure_native(row->native, NATIVE_N));
	for (int i = 0; i < N_ENGINE; i++)
		if (engines[i])
			keep_less(&f->ns[i], measure_loop(engines[i], row));
}

/*
 * Tail calls, all of them against one floor: bound, limit and null check and an indirect jump, by
 * functions that do what the programs do (native.c). A chain is of four programs that call each
 * other until the limit, beside one that does nothing; an empty slot is tried in a loop.
 */
#define N_CHAIN 4

static const struct tail {
	const char *name;
	uint64_t (*native)(uint64_t n);
	const char *text; /* %u: the slot */
	uint32_t n_progs;
} tails[] = {
	{ "tail call, direct", native_tail_call,
	  "r2 = m0 ll\nr3 = %u\ncall bpf_tail_call\nr0 = 0\nexit\n", N_CHAIN },
	{ "tail call, indirect", native_tail_call,
	  "r3 = *(u32 *)(r1 + 8)\nr3 += %u\nr2 = m0 ll\ncall bpf_tail_call\nr0 = 0\nexit\n",
	  N_CHAIN },
	{ "tail call, empty slot", native_empty_slot,
	  "r6 = r1\nr7 = 33\nturn:\nr1 = r6\nr3 = *(u32 *)(r1 + 8)\nr3 += %u\n"
	  "r2 = m0 ll\ncall bpf_tail_call\nr7 -= 1\nif r7 != 0 goto turn\nr0 = 0\nexit\n",
	  1 },
};

/* The program for slot @i, in it. */
static int chain_member(struct engine *e, const struct tail *tail, int map, uint32_t i)
{
	uint32_t to = tail->n_progs > 1 ? (i + 1) % tail->n_progs : NATIVE_EMPTY, value;
	struct engine_elem elem = { .fd = map, .key = &i, .value = &value };
	char text[256];
	int fd;

	snprintf(text, sizeof(text), tail->text, to);
	fd = load(e, SF, text, &map);
	value = (uint32_t)fd;
	if (e->ops->map_update(e, &elem)) {
		fprintf(stderr, "bench: %s does not take a program\n", e->name);
		exit(2);
	}
	return fd;
}

static double measure_tail(struct engine *e, const struct tail *tail)
{
	const struct engine_map_create m = { .type = BPF_MAP_TYPE_PROG_ARRAY,
					     .key_size = 4,
					     .value_size = 4,
					     .max_entries = NATIVE_SLOTS };
	const uint32_t repeat = 2000;
	int map = e->ops->map_create(e, &m), none = load(e, SF, "r0 = 0\nexit\n", NULL), first = 0;
	double chain, nothing;

	for (uint32_t i = tail->n_progs; i-- > 0;)
		first = chain_member(e, tail, map, i);
	chain = run_seconds(e, first, repeat);
	nothing = run_seconds(e, none, repeat);
	e->ops->reset(e);
	return 1e9 * (chain - nothing) / (33.0 * repeat);
}

static void tail_row(struct engine *const *engines, const struct tail *tail, struct figures *f)
{
	keep_less(&f->native, measure_native(tail->native, NATIVE_N));
	for (int i = 0; i < N_ENGINE; i++)
		if (engines[i])
			keep_less(&f->ns[i], measure_tail(engines[i], tail));
}

static void run_rows(struct engine *const *engines)
{
	struct figures loops[ARRAY_SIZE(rows)] = { 0 }, calls[ARRAY_SIZE(tails)] = { 0 };

	for (int pass = 0; pass < PASSES; pass++) {
		for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
			loop_row(engines, &rows[r], &loops[r]);
		for (size_t t = 0; t < ARRAY_SIZE(tails); t++)
			tail_row(engines, &tails[t], &calls[t]);
	}
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
		print_row(rows[r].name, &loops[r]);
	for (size_t t = 0; t < ARRAY_SIZE(tails); t++)
		print_row(tails[t].name, &calls[t]);
}

/* A program of so many instructions. */
static void make_prog(struct asm_prog *prog, unsigned int insns)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct diag d;

	fputs("r0 = 1\n", out);
	for (unsigned int i = 2; i < insns; i++)
		fprintf(out, "r0 += %u\n", i);
	fputs("exit\n", out);
	fclose(out);
	if (asm_parse(prog, text, len, "bench", 1, &d))
		exit(2);
	free(text);
}

/* Nanoseconds to load a program, for each of its instructions. */
static double measure_load(struct engine *e, unsigned int insns)
{
	struct asm_prog prog;
	double best = 1e9;

	make_prog(&prog, insns);
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
	e->ops->reset(e);
	return 1e9 * best / insns;
}

/* Of that, what the reference's JIT takes to make machine code of what was checked and decoded. */
static double measure_compile(struct engine *e, unsigned int insns)
{
	struct ref *ref = to_ref(e);
	struct engine_prog_load a = { .type = BPF_PROG_TYPE_SOCKET_FILTER };
	struct asm_prog text;
	struct prog *prog;
	double best = 1e9;

	make_prog(&text, insns);
	a.insns = text.insns;
	a.n_insns = (uint32_t)text.n_insns;
	if (fd_prog(ref, e->ops->prog_load(e, &a), &prog))
		exit(2);
	for (int i = 0; i < ROUNDS; i++) {
		double from, took;

		ref->runner->release(prog);
		from = clock_seconds();
		if (ref->runner->compile(ref, prog))
			exit(2);
		took = clock_seconds() - from;
		best = took < best ? took : best;
	}
	asm_release(&text);
	e->ops->reset(e);
	return 1e9 * best / insns;
}

static void load_rows(struct engine *const *engines)
{
	static const unsigned int sizes[] = { 64, 4096 };

	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		printf("| load, an instruction of %u | |", sizes[s]);
		for (int i = 0; i < N_ENGINE; i++) {
			if (engines[i])
				printf(" %.0f |", measure_load(engines[i], sizes[s]));
			else
				printf(" - |");
		}
		putchar('\n');
	}
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
		printf("| JIT compile alone, of %u | | | %.0f | |\n", sizes[s],
		       measure_compile(engines[1], sizes[s]));
}

/* Of this process: rounds take longer than other processes leave one alone. */
static double processor_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* What a case of @suite holds on average: without that, cases a second mean nothing. */
static void print_means(const struct suite *suite)
{
	size_t progs = 0, insns = 0, runs = 0, steps = 0;

	for (size_t i = 0; i < suite->n_cases; i++) {
		const struct test_case *c = suite->cases[i];

		steps += c->n_steps;
		for (size_t s = 0; s < c->n_steps; s++) {
			runs += c->steps[s].op == STEP_RUN;
			progs += c->steps[s].op == STEP_PROG;
			insns += c->steps[s].op == STEP_PROG ? c->steps[s].prog->n_insns : 0;
		}
	}
	printf("%.1f programs, %.0f instructions, %.1f runs, %.0f steps",
	       (double)progs / (double)suite->n_cases, (double)insns / (double)suite->n_cases,
	       (double)runs / (double)suite->n_cases, (double)steps / (double)suite->n_cases);
}

/*
 * Cases a second through executor and comparison, in process, for what @path holds: what `tailcheck
 * check` does with each.
 */
static void measure_cases(const char *path)
{
	struct suite suite = { 0 };
	struct diag d;
	double best = 1e9;
	size_t wrong = 0;

	if (suite_add(&suite, path, &d) || suite_finish(&suite, &d)) {
		diag_print(stderr, &d);
		exit(2);
	}
	for (int round = 0; round < ROUNDS; round++) {
		double from = processor_seconds(), took;

		wrong = 0;
		for (size_t i = 0; i < suite.n_cases; i++) {
			const struct case_record *interp = record_reference(suite.cases[i], 0);

			wrong += !case_record_same(interp, record_reference_jit(suite.cases[i], 0));
		}
		took = processor_seconds() - from;
		best = took < best ? took : best;
	}
	printf("| %zu of ", suite.n_cases);
	print_means(&suite);
	printf(" | %.0f | %zu |\n", (double)suite.n_cases / best, wrong);
	suite_release(&suite);
}

int main(int argc, char **argv)
{
	struct engine *engines[N_ENGINE] = { reference_interp_new(0), reference_jit_new(0), NULL };
	char why[256];

	engines[2] = kernel_engine_new(KERNEL_JIT, why, sizeof(why));
	if (!engines[2])
		fprintf(stderr, "bench: without this machine's kernel: %s\n", why);
	for (int i = 0; i < 2; i++)
		reference_set_budget(engines[i], 1ULL << 40);
	printf("| ns for one | gcc -O2 | %s | %s | %s |\n|---|---|---|---|---|\n", engine_names[0],
	       engine_names[1], engine_names[2]);
	run_rows(engines);
	load_rows(engines);
	if (argc > 1)
		printf("\n| generated cases, each of so much | a second and core | differ |\n"
		       "|---|---|---|\n");
	for (int i = 1; i < argc; i++)
		measure_cases(argv[i]);
	for (int i = 0; i < N_ENGINE; i++)
		if (engines[i])
			engines[i]->ops->destroy(engines[i]);
	return 0;
}
