// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck kernels: what there is by name, and what of it is in the cache. */
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "../vm/kernel_image.h"
#include "../vm/snapshot.h"
#include "cli.h"

struct kernels_args {
	const char *verb; /* "fetch", "remove", or NULL: list them */
	char **names;
	size_t n;
};

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct kernels_args *a = state->input;

	if (key == ARGP_KEY_END && a->verb && !a->n)
		argp_error(state, "%s which kernels?", a->verb);
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (a->verb)
		*vec_add(a->names, a->n) = arg;
	else if (!strcmp(arg, "fetch") || !strcmp(arg, "remove"))
		a->verb = arg;
	else
		argp_error(state, "fetch or remove, not %s", arg);
	return 0;
}

static void print_row(const struct kernel_name *k, const char *cache)
{
	char *package = NULL;

	if (kernel_image_cached(k->name, cache, &package))
		printf("  %-22s %-18s %s\n", k->name, k->suite, package);
	else
		printf("  %-22s %-18s - (%s)\n", k->name, k->suite, k->note);
	free(package);
}

/* An architecture's kernels together, user-mode-linux behind x86-64's. */
static int print_all(const char *cache)
{
	size_t n, mib;

	for (const struct vm_arch *arch = vm_arches; arch->name; arch++) {
		printf("%s\n", arch->name);
		for (const struct kernel_name *k = kernel_names; k->name; k++)
			if (!strcmp(k->arch, arch->name))
				print_row(k, cache);
	}
	printf("cache: %s (-: not in it)\n", cache);
	snapshots_count(cache, &n, &mib);
	printf("snapshots of booted guests in it: %zu, %zu MiB of at most %d\n", n, mib,
	       SNAPSHOTS_MIB);
	return 0;
}

static int fetch(const char *name, const char *cache)
{
	char why[2048];
	struct kernel_image k;

	if (kernel_image_fetch(&k, name, cache, stderr, why, sizeof(why))) {
		fprintf(stderr, "tailcheck: %s\n", why);
		return EXIT_INFRA;
	}
	printf("%s: %s\n", name, k.package);
	kernel_image_release(&k);
	return 0;
}

static int drop(const char *name, const char *cache)
{
	char why[2048];

	if (!kernel_image_remove(name, cache, why, sizeof(why)))
		return 0;
	fprintf(stderr, "tailcheck: %s\n", why);
	return EXIT_INFRA;
}

/* A wrong name first, before a minute goes by with the right ones. */
static int with_names(const struct kernels_args *a, const char *cache)
{
	int ret = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (kernel_name_find(a->names[i]))
			continue;
		fprintf(stderr, "tailcheck: no kernel is named %s; see tailcheck kernels\n",
			a->names[i]);
		ret = EXIT_USAGE;
	}
	for (size_t i = 0; i < a->n && ret != EXIT_USAGE; i++) {
		int one = (*a->verb == 'f' ? fetch : drop)(a->names[i], cache);

		ret = one ? one : ret;
	}
	return ret;
}

int cmd_kernels(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		option,
		"[fetch NAME... | remove NAME...]",
		"Kernels that are known by name, by architecture: the suite of Debian that each is "
		"of, and the package that is cached. Fetch takes the newest package of each; a run "
		"does so by itself, and asks for a newer one once a day.",
		NULL,
		NULL,
		NULL
	};
	struct kernels_args a = { .verb = NULL };
	char *cache = kernel_cache_dir();
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	ret = a.verb ? with_names(&a, cache) : print_all(cache);
	free(a.names);
	free(cache);
	return ret;
}
