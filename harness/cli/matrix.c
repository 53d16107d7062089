// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck matrix: its command line, which kernels, and what the results depend on. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/hash.h"
#include "../vm/files.h"
#include "../vm/kernel_image.h"
#include "cli.h"
#include "matrix.h"
#include "rundir.h"

#define JOB_MIB 1500 /* what a run takes at most: a guest of 1 GiB, QEMU and the judge */

struct matrix_args {
	char *kernels; /* names, a comma between them; NULL: those that are cached */
	bool all, fresh, arches;
	unsigned int jobs;
	char **words;
	size_t n_words;
};

enum { KEY_ARCHES = 256 };

static volatile int interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static uint64_t hash_file(uint64_t h, const char *path)
{
	char buf[1 << 16];
	FILE *f = fopen(path, "re");
	size_t n;

	while (f && (n = fread(buf, 1, sizeof(buf), f)))
		h = hash_bytes(h, buf, n);
	if (f)
		fclose(f);
	return h;
}

static uint64_t hash_of_cases(const struct matrix_args *a, int *ret)
{
	struct selection sel = { .n_paths = 0 };
	uint64_t h = HASH_EMPTY;
	struct suite suite;

	for (size_t i = 0; i < a->n_words; i++)
		selection_add(&sel, a->words[i]);
	*ret = selection_load(&sel, &suite);
	for (size_t i = 0; i < suite.n_cases && !*ret; i++)
		h = hash_bytes(h, suite.cases[i]->text, suite.cases[i]->text_len);
	suite_release(&suite);
	selection_release(&sel);
	return h;
}

static void add_row(struct matrix *m, const struct kernel_name *k, const char *package,
		    uint64_t cases)
{
	char *results = results_dir(), *agent = agent_path(vm_arch_find(k->arch));
	struct row *row = vec_add(m->rows, m->n);
	uint64_t h = hash_file(hash_file(cases, m->program), agent);

	row->kernel = k->name;
	row->dir = xasprintf("%s/matrix/%s", results, k->name);
	/* A kernel that is not there yet has no result that could be kept. */
	row->key =
		xasprintf("%016llx", (unsigned long long)hash_bytes(h, package ? package : "?",
								    package ? strlen(package) : 1));
	free(agent);
	free(results);
}

static int add_named(struct matrix *m, char *names, const char *cache, uint64_t cases)
{
	char *name, *save = NULL;

	for (name = strtok_r(names, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
		const struct kernel_name *k = kernel_name_find(name);
		char *package = NULL;

		if (!k) {
			fprintf(stderr, "tailcheck: no kernel is named %s; see tailcheck kernels\n",
				name);
			return EXIT_USAGE;
		}
		kernel_image_cached(name, cache, &package);
		add_row(m, k, package, cases);
		free(package);
	}
	return 0;
}

static int choose_kernels(struct matrix *m, const struct matrix_args *a, uint64_t cases)
{
	char *cache = kernel_cache_dir();
	int ret = 0;

	if (a->kernels)
		ret = add_named(m, a->kernels, cache, cases);
	for (const struct kernel_name *k = kernel_names; !a->kernels && k->name; k++) {
		char *package = NULL;

		if (kernel_image_cached(k->name, cache, &package) || a->all)
			add_row(m, k, package, cases);
		free(package);
	}
	if (!ret && !m->n) {
		fprintf(stderr,
			"tailcheck: no kernel is cached in %s: name some (--kernels), or "
			"--all\n",
			cache);
		ret = EXIT_NOTHING_RAN;
	}
	free(cache);
	return ret;
}

/*
 * Half as many again as there are processors: a guest waits now and then (for grace periods, for
 * what a case sleeps), and so does a run, before its guest and behind it.
 */
static unsigned int jobs_that_fit(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_AVPHYS_PAGES);
	long fit = pages / 256 / JOB_MIB; /* pages of 4 KiB */

	cpus = cpus < 1 ? 1 : cpus;
	cpus += cpus / 2;
	fit = fit < 1 ? 1 : fit;
	return (unsigned int)(cpus < fit ? cpus : fit);
}

static int set_up(struct matrix *m, const struct matrix_args *a, uint64_t cases)
{
	char *results = results_dir(), *folder = xasprintf("%s/matrix", results), why[400];
	static char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int ret = 0;

	m->program = program;
	m->jobs = a->jobs ? a->jobs : jobs_that_fit();
	m->terminal = isatty(STDERR_FILENO);
	m->fresh = a->fresh;
	if (n <= 0 || files_make_folders(folder, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", n <= 0 ? strerror(errno) : why);
		ret = EXIT_INFRA;
	}
	if (!ret)
		ret = choose_kernels(m, a, cases);
	free(folder);
	free(results);
	return ret;
}

static void run_args(struct matrix *m, const struct matrix_args *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_words; i++)
		*vec_add(m->run_args, n) = a->words[i];
	*vec_add(m->run_args, n) = NULL;
}

/* What make installs and builds before: each once. */
static void print_arches(const struct matrix *m)
{
	for (const struct vm_arch *arch = vm_arches; arch->name; arch++) {
		bool any = false;

		for (size_t i = 0; i < m->n && !any; i++)
			any = !strcmp(kernel_name_find(m->rows[i].kernel)->arch, arch->name);
		if (any)
			puts(arch->name);
	}
}

/* One page over all that is below results/matrix, and what came to nothing this time. */
static int write_page(const struct matrix *m)
{
	char *results = results_dir(), *folder = xasprintf("%s/matrix", results);
	char **lost = NULL;
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < m->n; i++) {
		const struct row *row = &m->rows[i];

		if (row->state != ROW_DONE && row->state != ROW_KEPT)
			*vec_add(lost, n) = xasprintf(
				"%s: no result this time (%s); its log is %s.log", row->kernel,
				row->state == ROW_WAITING ? "not started" : row->said, row->kernel);
	}
	ret = report_matrix(folder, lost, n);
	if (!ret)
		printf("report: %s/report.html\n", folder);
	for (size_t i = 0; i < n; i++)
		free(lost[i]);
	free(lost);
	free(folder);
	free(results);
	return ret;
}

/* The worst of all rows: incomplete before unexpected. */
static int report(const struct matrix *m)
{
	unsigned int good = 0, bad = 0, incomplete = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct row *row = &m->rows[i];
		bool whole = row->state == ROW_DONE || row->state == ROW_KEPT;

		good += whole && !row->exit_code;
		bad += whole && row->exit_code;
		incomplete += !whole;
		if (!whole)
			printf("%s: no result (%s); its log is %s.log\n", row->kernel,
			       row->state == ROW_WAITING ? "not started" : row->said, row->dir);
		else if (row->exit_code)
			printf("%s: not as expected; see %s.txt\n", row->kernel, row->dir);
	}
	printf("%zu kernels: %u as expected, %u not as expected, %u without a result\n", m->n, good,
	       bad, incomplete);
	return incomplete ? EXIT_INFRA : bad ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct matrix_args *a = state->input;

	switch (key) {
	case 'k':
		a->kernels = arg;
		return 0;
	case 'a':
		a->all = true;
		return 0;
	case 'f':
		a->fresh = true;
		return 0;
	case 'j':
		a->jobs = (unsigned int)strtoul(arg, NULL, 10);
		if (!a->jobs || a->jobs > 256)
			argp_error(state, "a number of jobs from 1 to 256, not %s", arg);
		return 0;
	case KEY_ARCHES:
		a->arches = true;
		return 0;
	case ARGP_KEY_ARG:
		*vec_add(a->words, a->n_words) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_matrix(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "kernels", 'k', "NAME,...", 0, "these (default: those that are cached)", 0 },
		{ "all", 'a', NULL, 0, "every kernel that has a name", 0 },
		{ "jobs", 'j', "N", 0,
		  "kernels side by side (default: three for two processors, "
		  "as memory allows)",
		  0 },
		{ "arches", KEY_ARCHES, NULL, 0, "only print what architectures these have", 0 },
		{ "fresh", 'f', NULL, 0, "run again what is finished already", 0 },
		{ 0 }
	};
	static const struct argp argp = {
		options,
		option,
		"[FILE|FOLDER|CASE|GLOB]...",
		"Run cases on many kernels, each in a run of its own below results/matrix. A "
		"kernel whose run was whole, with the same cases, program and package, is not run "
		"again.\v"
		"Exit status: as of tailcheck run, the worst of all.",
		NULL,
		NULL,
		NULL
	};
	struct sigaction sa = { .sa_handler = on_signal };
	struct matrix_args a = { .jobs = 0 };
	struct matrix m = { .n = 0 };
	uint64_t cases;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	cases = hash_of_cases(&a, &ret);
	if (!ret)
		ret = set_up(&m, &a, cases);
	if (!ret && a.arches) {
		print_arches(&m);
	} else if (!ret) {
		run_args(&m, &a);
		matrix_run(&m, &interrupted);
		ret = report(&m);
		if (write_page(&m) && ret == EXIT_AS_EXPECTED)
			ret = EXIT_INFRA;
	}
	for (size_t i = 0; i < m.n; i++) {
		free(m.rows[i].dir);
		free(m.rows[i].key);
	}
	free(m.rows);
	free(m.run_args);
	free(a.words);
	return ret;
}
