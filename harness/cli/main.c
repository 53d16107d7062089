// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/mutant.h"
#include "cli.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about;
} commands[] = {
	{ "run", cmd_run, "cases on a kernel in QEMU, judged against the reference" },
	{ "campaign", cmd_campaign, "generated cases for a while; what is found, by cause" },
	{ "matrix", cmd_matrix, "cases on many kernels, side by side" },
	{ "compare", cmd_compare, "two kernels, runs or engines: what differs" },
	{ "explain", cmd_explain, "a case of the last run: what every engine did" },
	{ "reduce", cmd_reduce, "a case on which two engines differ, made small" },
	{ "repro", cmd_repro, "a case as a C file that needs only libc" },
	{ "report", cmd_report, "runs as a page of HTML, and as JSON" },
	{ "gate", cmd_gate, "runs against a baseline of what is expected" },
	{ "merge", cmd_merge, "shards of a run, from many machines, as one run" },
	{ "export", cmd_export, "runs as KTAP, JUnit XML, KCIDB, Markdown, annotations" },
	{ "list", cmd_list, "the cases, a line each" },
	{ "show", cmd_show, "cases as text" },
	{ "claims", cmd_claims, "what documents claim, and what runs measured" },
	{ "semantics", cmd_semantics, "the rules as measured, as a document" },
	{ "profiles", cmd_profiles, "the quirks that each kernel is known for" },
	{ "kernels", cmd_kernels, "kernels that are known by name; fetch them" },
	{ "quirks", cmd_quirks, "named deviations from the reference" },
	{ "check", cmd_check, "cases against the reference alone, without a kernel" },
	{ "fmt", cmd_fmt, "case files in their canonical form" },
	{ "asm", cmd_asm, "assemble BPF pseudo-C to hexadecimal instructions" },
	{ "disasm", cmd_disasm, "the way back" },
	{ "check-adapter", cmd_check_adapter, "what an adapter of the engine protocol does wrong" },
	{ "engine-server", cmd_engine_server,
	  "the reference as an adapter of the engine protocol" },
	{ "bpf-conformance-plugin", cmd_plugin,
	  "the reference for the public suite of the instruction set" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fputs("Usage: tailcheck COMMAND [ARGUMENTS]\n"
	      "Conformance tests for BPF tail calls and BPF_MAP_TYPE_PROG_ARRAY.\n\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-22s %s\n", commands[i].name, commands[i].about);
	fputs("\n`tailcheck COMMAND --help` says more; so does tailcheck(1).\n", out);
}

/* Faults on purpose: see engines/reference/mutant.h. */
static int take_mutants(void)
{
	const char *names = getenv("TAILCHECK_MUTANT");
	struct mutant_set set = { 0 };

	if (!names || !*names)
		return 0;
	if (mutants_by_name(names, &set)) {
		fprintf(stderr, "tailcheck: TAILCHECK_MUTANT=%s: there are", names);
		for (int i = 0; i < MUTANT_COUNT; i++)
			fprintf(stderr, " %s", mutants[i].name);
		fputc('\n', stderr);
		return -1;
	}
	reference_set_mutants(&set);
	return 0;
}

int main(int argc, char **argv)
{
	argp_err_exit_status = EXIT_USAGE;
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return 0;
	}
	if (take_mutants())
		return EXIT_USAGE;
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "tailcheck: no command %s\n", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
