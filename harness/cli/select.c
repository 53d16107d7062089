// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which cases a command line means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/text.h"
#include "cli.h"

/* Where a program that was installed, PREFIX/bin/tailcheck, has its data, below its PREFIX. */
#define SHARE "share/tailcheck"

static char root[4096];
static bool installed;

static void find_root(void)
{
	const char *env = getenv("TAILCHECK_ROOT");
	char *cases;
	ssize_t n;

	if (env && *env) {
		snprintf(root, sizeof(root), "%s", env);
		return;
	}
	/* ROOT/build/tailcheck, or PREFIX/bin/tailcheck */
	n = readlink("/proc/self/exe", root, sizeof(root) - sizeof("/" SHARE));
	root[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(root, '/');

		if (slash)
			*slash = '\0';
	}
	cases = xasprintf("%s/" SHARE "/cases", root);
	installed = access(cases, F_OK) == 0;
	if (installed)
		snprintf(root + strlen(root), sizeof("/" SHARE), "/" SHARE);
	free(cases);
}

const char *root_dir(void)
{
	if (!root[0])
		find_root();
	return root;
}

bool root_is_installed(void)
{
	root_dir();
	return installed;
}

char *root_path(const char *name)
{
	return xasprintf("%s/%s", root_dir(), name);
}

char *agent_path(const struct vm_arch *arch)
{
	const char *folder = root_is_installed() ? "../../lib/tailcheck" : "build";

	return xasprintf("%s/%s/agent%s%s", root_dir(), folder, arch == vm_arches ? "" : "-",
			 arch == vm_arches ? "" : arch->name);
}

void selection_add(struct selection *sel, char *word)
{
	/* Names of cases have no slash, and a file of that name is rarely meant. */
	if (strchr(word, '/') || access(word, F_OK) == 0)
		*vec_add(sel->paths, sel->n_paths) = word;
	else
		*vec_add(sel->patterns, sel->n_patterns) = word;
}

void selection_release(struct selection *sel)
{
	free(sel->paths);
	free(sel->patterns);
}

static int add_path(struct suite *suite, const char *path)
{
	struct diag d;

	if (suite_add(suite, path, &d) == 0)
		return 0;
	diag_print(stderr, &d);
	return EXIT_USAGE;
}

int load_claims(struct claims *claims)
{
	char *path = root_path("cases/claims");
	struct diag d;
	int ret = claims_read(claims, path, &d);

	if (ret)
		diag_print(stderr, &d);
	free(path);
	return ret ? EXIT_USAGE : 0;
}

/* A project of its own cases may do without a file of claims. */
static int check_claims(const struct suite *suite)
{
	char *path = root_path("cases/claims");
	struct claims claims;
	struct diag d;
	int ret = 0;

	if (access(path, F_OK) == 0) {
		ret = load_claims(&claims);
		if (!ret && claims_check_suite(&claims, suite, &d)) {
			diag_print(stderr, &d);
			ret = EXIT_USAGE;
		}
		if (claims.n_claims)
			claims_release(&claims);
	}
	free(path);
	return ret;
}

bool selection_is_whole(const struct selection *sel)
{
	char *cases = root_path("cases");
	bool whole = sel->n_paths == 0;
	struct stat a, b;

	for (size_t i = 0; i < sel->n_paths && !whole; i++)
		whole = stat(cases, &a) == 0 && stat(sel->paths[i], &b) == 0 &&
			a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	free(cases);
	return whole && sel->n_patterns == 0;
}

char *selection_limits(const struct selection *sel)
{
	char *cases = root_path("cases/"), *real = realpath(cases, NULL);
	struct text t = { 0 };

	/* A folder of the project's cases, and a file of it, are a part; one of one's own is all.
	 */
	for (size_t i = 0; i < sel->n_paths && real; i++) {
		char *path = realpath(sel->paths[i], NULL);

		if (path && !strncmp(path, real, strlen(real)) && path[strlen(real)] == '/')
			text_printf(&t, "%s%s", t.len ? ", " : "", sel->paths[i]);
		free(path);
	}
	for (size_t i = 0; i < sel->n_patterns; i++)
		text_printf(&t, "%s%s", t.len ? ", " : "", sel->patterns[i]);
	free(real);
	free(cases);
	return t.s;
}

int selection_load(const struct selection *sel, struct suite *suite)
{
	const char *unmatched;
	struct diag d;
	int ret = 0;

	memset(suite, 0, sizeof(*suite));
	for (size_t i = 0; i < sel->n_paths && !ret; i++)
		ret = add_path(suite, sel->paths[i]);
	if (sel->n_paths == 0) {
		char *cases = root_path("cases");

		ret = add_path(suite, cases);
		free(cases);
	}
	if (!ret && suite_finish(suite, &d)) {
		diag_print(stderr, &d);
		ret = EXIT_USAGE;
	}
	if (!ret && !sel->any_claims)
		ret = check_claims(suite);
	if (ret)
		return ret;
	unmatched = suite_filter(suite, sel->patterns, sel->n_patterns);
	if (unmatched)
		fprintf(stderr, "tailcheck: no case or file %s; `tailcheck list` names the cases\n",
			unmatched);
	else if (suite->n_cases == 0)
		fprintf(stderr, "tailcheck: there are no cases in what was named\n");
	return unmatched || suite->n_cases == 0 ? EXIT_NOTHING_RAN : 0;
}
