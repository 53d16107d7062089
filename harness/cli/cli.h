/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The subcommands, and what they share. */
#ifndef TAILCHECK_CLI_H
#define TAILCHECK_CLI_H

#include <argp.h>
#include <stddef.h>

#include "../case/suite.h"
#include "../claims/claims.h"
#include "../claims/record.h"
#include "../vm/arch.h"

/* Exit codes: see tailcheck(1). */
enum {
	EXIT_AS_EXPECTED = 0,
	EXIT_UNEXPECTED = 1,
	EXIT_USAGE = 2,
	EXIT_NOTHING_RAN = 3,
	EXIT_ALL_SKIPPED = 4,
	EXIT_INFRA = 5,
};

/* argv[0] is the subcommand's name. */
int cmd_fmt(int argc, char **argv);
int cmd_asm(int argc, char **argv);
int cmd_disasm(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_campaign(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_reduce(int argc, char **argv);
int cmd_repro(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_claims(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_semantics(int argc, char **argv);
int cmd_profiles(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_kernels(int argc, char **argv);
int cmd_quirks(int argc, char **argv);
int cmd_plugin(int argc, char **argv);
int cmd_engine_server(int argc, char **argv);
int cmd_check_adapter(int argc, char **argv);

/* Words that are files or folders, and words that are names of cases, from a command line. */
struct selection {
	char **paths;
	size_t n_paths;
	char **patterns;
	size_t n_patterns;
	bool any_claims; /* do not look whether the claims that cases name exist */
};

void selection_add(struct selection *sel, char *word);
/* Load what was selected; the project's own cases where no path was. 0 or an exit code. */
int selection_load(const struct selection *sel, struct suite *suite);
void selection_release(struct selection *sel);

/* Does the selection have all of the project's cases? */
bool selection_is_whole(const struct selection *sel);
/* What limits it to some of the cases that there are, in words, to be freed; NULL: nothing does. */
char *selection_limits(const struct selection *sel);

/* Read cases/claims; 0, or an exit code with the error told. */
int load_claims(struct claims *claims);
/* The runs named, or the best of each kernel where none are. 0, or an exit code. */
int load_records(struct records *records, char *const *dirs, size_t n, const struct suite *suite);

/* How a whole run leaves the claims, in a few lines. @dir is the run's folder. */
void report_claims(FILE *out, const struct suite *suite, const char *dir);

/* report.html and report.json of a run, in its folder. 0, or an exit code with the error told. */
int report_run(const char *dir);
/* The same of all runs below a folder; @lost: what else came to nothing, a line each. */
int report_matrix(const char *folder, char *const *lost, size_t n_lost);

/*
 * The folder that holds cases/, generators/ and results/expected/: $TAILCHECK_ROOT, or found from
 * the program's own path: the project's, or PREFIX/share/tailcheck of a program that was installed.
 */
const char *root_dir(void);
/* Is it the latter? Then nothing is written there. */
bool root_is_installed(void);
/* ROOT/NAME, to be freed. */
char *root_path(const char *name);
/*
 * build/agent-ARCH of the project, or PREFIX/lib/tailcheck/agent-ARCH, to be freed; that of this
 * machine has no architecture in its name.
 */
char *agent_path(const struct vm_arch *arch);

#endif
