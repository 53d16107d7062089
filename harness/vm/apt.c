// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "apt.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "apt_sources.h"
#include "files.h"
#include "proc.h"

/*
 * Given to every command with -c, which comes after the machine's own configuration and so wins;
 * what is not named here (proxies, credentials, transports) stays as the machine has it. %1$s is
 * the folder of our state, %2$s the architecture.
 */
static const char configuration[] =
	"Dir::State \"%1$s\";\n"
	"Dir::State::status \"%1$s/status\";\n"
	"Dir::Cache \"%1$s/cache\";\n"
	"Dir::Cache::pkgcache \"\";\n"
	"Dir::Cache::srcpkgcache \"\";\n"
	"Dir::Etc::SourceList \"/dev/null\";\n"
	"Dir::Etc::SourceParts \"%1$s/sources\";\n"
	"Dir::Etc::Preferences \"/dev/null\";\n"
	"Dir::Etc::PreferencesParts \"/dev/null\";\n"
	"APT::Architecture \"%2$s\";\n"
	"#clear APT::Architectures;\n"
	"APT::Architectures { \"%2$s\"; };\n"
	/* The archive's signatures, checked whatever the machine's settings are. */
	"APT::Get::AllowUnauthenticated \"false\";\n"
	"Acquire::AllowInsecureRepositories \"false\";\n"
	"Acquire::AllowWeakRepositories \"false\";\n"
	"Acquire::AllowDowngradeToInsecureRepositories \"false\";\n"
	/* The user _apt, which root's downloads run as, may not enter a home folder. */
	"APT::Sandbox::User \"root\";\n"
	/* Only the list of packages, and none of the machine's hooks. */
	"Acquire::Languages \"none\";\n"
	"#clear Acquire::IndexTargets::deb::DEP-11;\n"
	"#clear Acquire::IndexTargets::deb::DEP-11-icons;\n"
	"#clear Acquire::IndexTargets::deb::DEP-11-icons-small;\n"
	"#clear Acquire::IndexTargets::deb::DEP-11-icons-large;\n"
	"#clear Acquire::IndexTargets::deb::CNF;\n"
	"#clear Acquire::IndexTargets::deb::Contents-deb;\n"
	"#clear APT::Update::Pre-Invoke;\n"
	"#clear APT::Update::Post-Invoke;\n"
	"#clear APT::Update::Post-Invoke-Success;\n"
	"#clear DPkg::Pre-Invoke;\n"
	"#clear DPkg::Post-Invoke;\n";

/* Where this machine's sources are. */
static const char *etc = "/etc/apt";

void apt_use_sources(const char *folder)
{
	etc = folder ? folder : "/etc/apt";
}

struct apt {
	const struct kernel_name *kernel;
	char *conf;
	int limit_ms; /* of reading the list; 0: as long as it takes */
	char *why;
	size_t why_size;
};

void apt_package_release(struct apt_package *p)
{
	free(p->name);
	free(p->version);
	free(p->deb);
	memset(p, 0, sizeof(*p));
}

/* Our folder, with the configuration and the one source in it. */
static int set_up(struct apt *a, const char *state)
{
	static const char *const folders[] = { "sources", "lists/partial",
					       "cache/archives/partial" };
	struct apt_source source;
	char *text, *path;
	int err = 0;
	size_t i;

	if (apt_sources_find(etc, &source, a->why, a->why_size))
		return -1;
	for (i = 0; i < sizeof(folders) / sizeof(*folders) && !err; i++) {
		path = xasprintf("%s/%s", state, folders[i]);
		err = files_make_folders(path, a->why, a->why_size);
		free(path);
	}
	text = xasprintf("Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n%s%s\n", source.uri,
			 a->kernel->suite, source.signed_by ? "Signed-By: " : "",
			 source.signed_by ? source.signed_by : "");
	path = xasprintf("%s/sources/debian.sources", state);
	err = err ? err : files_write_text(path, text, a->why, a->why_size);
	free(path);
	free(text);

	path = xasprintf("%s/status", state);
	err = err ? err : files_write_text(path, "", a->why, a->why_size);
	free(path);
	text = xasprintf(configuration, state, a->kernel->arch);
	err = err ? err : files_write_text(a->conf, text, a->why, a->why_size);
	free(text);
	apt_source_release(&source);
	return err;
}

/* The first line of what apt complains about: "E: ..." if there is one, or a warning. */
static void complaint(const struct proc_output *o, char *text, size_t size)
{
	const char *p = strstr(o->err, "E: ");

	if (!p)
		p = strstr(o->err, "W: ");
	if (!p)
		p = o->err;
	snprintf(text, size, "%.*s", (int)strcspn(p, "\n"), p);
}

/* Run an apt command. 0, or -1 with "cannot @doing: what apt says; @advice". */
static int run(struct apt *a, const char *const *argv, const char *dir, struct proc_output *o,
	       const char *doing, const char *advice)
{
	char said[400];

	if (proc_run(argv, dir, a->limit_ms, o, a->why, a->why_size))
		return -1;
	if (o->timed_out) {
		snprintf(a->why, a->why_size, "cannot %s of Debian %s in %d s", doing,
			 a->kernel->suite, a->limit_ms / 1000);
		return -1;
	}
	if (!o->status)
		return 0;
	complaint(o, said, sizeof(said));
	/* Who has a kernel already needs no advice. */
	snprintf(a->why, a->why_size, "cannot %s of Debian %s for %s: apt says \"%s\"%s%s", doing,
		 a->kernel->suite, a->kernel->name, said, a->limit_ms ? "" : "; ",
		 a->limit_ms ? "" : advice);
	return -1;
}

static int update(struct apt *a)
{
	/* Who waits for a kernel waits for a slow archive; who has one does not. */
	const char *patience =
		a->limit_ms ? "Acquire::http::Timeout=3" : "Acquire::http::Timeout=30";
	const char *retries = a->limit_ms ? "Acquire::Retries=0" : "Acquire::Retries=3";
	const char *const argv[] = { "apt-get", "-c",	 a->conf,	   "-q",     "-o", patience,
				     "-o",	retries, "--error-on=any", "update", NULL };
	struct proc_output o;
	int err;

	err = run(a, argv, NULL, &o, "fetch the package list",
		  "is the network there? TAILCHECK_DEBIAN_MIRROR may name "
		  "another mirror's URI, should this one no longer have that suite");
	proc_output_release(&o);
	return err;
}

/* Names of packages that match, a line each, as the arguments of "apt-cache show". */
static int matching_names(struct apt *a, const char ***argv, struct proc_output *o)
{
	const char *const search[] = { "apt-cache",	   "-c", a->conf, "search", "--names-only",
				       a->kernel->pattern, NULL };
	char *line, *save = NULL;
	size_t n = 0;

	if (run(a, search, NULL, o, "search the package list", "is apt-cache in order?"))
		return -1;
	*vec_add(*argv, n) = "apt-cache";
	*vec_add(*argv, n) = "-c";
	*vec_add(*argv, n) = a->conf;
	*vec_add(*argv, n) = "show";
	for (line = strtok_r(o->out, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " ")] = '\0';
		*vec_add(*argv, n) = line;
	}
	*vec_add(*argv, n) = NULL;
	if (n > 5)
		return 0;
	snprintf(a->why, a->why_size,
		 "Debian %s has no kernel for %s today (no package %s): it may have moved on to "
		 "another series; see tailcheck kernels",
		 a->kernel->suite, a->kernel->name, a->kernel->pattern);
	return -1;
}

bool apt_newer(const char *a, const char *b)
{
	const char *const argv[] = { "dpkg", "--compare-versions", a, "gt", b, NULL };
	struct proc_output o;
	char why[64];
	bool yes;

	yes = !proc_run(argv, NULL, 0, &o, why, sizeof(why)) && o.status == 0;
	proc_output_release(&o);
	return yes;
}

static void keep_newest(struct apt_package *best, struct apt_package *p, const regex_t *pattern)
{
	/* apt-cache search also finds by what packages provide. */
	if (p->name && p->version && !regexec(pattern, p->name, 0, NULL, 0) &&
	    (!best->name || apt_newer(p->version, best->version))) {
		apt_package_release(best);
		*best = *p;
		memset(p, 0, sizeof(*p));
		return;
	}
	apt_package_release(p);
}

/* The stanzas of "apt-cache show", an empty line between them. */
static void choose(char *text, const regex_t *pattern, struct apt_package *best)
{
	struct apt_package p = { 0 };
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (!*line)
			keep_newest(best, &p, pattern);
		else if (!strncmp(line, "Package: ", 9) && !p.name)
			p.name = xstrdup(line + 9);
		else if (!strncmp(line, "Version: ", 9) && !p.version)
			p.version = xstrdup(line + 9);
		else if (!strncmp(line, "Size: ", 6))
			p.size = strtoull(line + 6, NULL, 10);
	}
	keep_newest(best, &p, pattern);
}

static int find_package(struct apt *a, struct apt_package *best)
{
	struct proc_output names = { 0 }, shown = { 0 };
	const char **argv = NULL;
	regex_t pattern;
	int err;

	if (regcomp(&pattern, a->kernel->pattern, REG_EXTENDED | REG_NOSUB)) {
		snprintf(a->why, a->why_size, "%s is no regular expression", a->kernel->pattern);
		return -1;
	}
	err = matching_names(a, &argv, &names);
	if (!err)
		err = run(a, argv, NULL, &shown, "read the package list", "is dpkg in order?");
	if (!err)
		choose(shown.out, &pattern, best);
	if (!err && !best->name) {
		snprintf(a->why, a->why_size, "apt-cache shows no package %s in Debian %s",
			 a->kernel->pattern, a->kernel->suite);
		err = -1;
	}
	regfree(&pattern);
	free(argv);
	proc_output_release(&names);
	proc_output_release(&shown);
	return err;
}

/* The one .deb in the folder that we gave to apt-get download. */
static char *find_deb(const char *folder)
{
	DIR *dir = opendir(folder);
	char *path = NULL;
	struct dirent *d;

	if (!dir)
		return NULL;
	while (!path && (d = readdir(dir))) {
		size_t n = strlen(d->d_name);

		if (n > 4 && !strcmp(d->d_name + n - 4, ".deb"))
			path = xasprintf("%s/%s", folder, d->d_name);
	}
	closedir(dir);
	return path;
}

static int download(struct apt *a, const char *to, struct apt_package *p)
{
	char *what = xasprintf("%s=%s", p->name, p->version);
	const char *const argv[] = { "apt-get", "-c", a->conf, "-q", "download", what, NULL };
	struct proc_output o = { 0 };
	int err;

	err = run(a, argv, to, &o, "download the kernel",
		  "is there room for it, is the network there? Then try again");
	if (!err) {
		p->deb = find_deb(to);
		if (!p->deb) {
			snprintf(a->why, a->why_size, "apt-get download %s left no .deb in %s",
				 what, to);
			err = -1;
		}
	}
	proc_output_release(&o);
	free(what);
	return err;
}

int apt_newest(const struct kernel_name *kernel, const char *state, unsigned int limit_seconds,
	       struct apt_package *package, char *why, size_t why_size)
{
	struct apt a = { .kernel = kernel,
			 .limit_ms = (int)limit_seconds * 1000,
			 .why = why,
			 .why_size = why_size };
	int err;

	memset(package, 0, sizeof(*package));
	a.conf = xasprintf("%s/apt.conf", state);
	err = set_up(&a, state);
	if (!err)
		err = update(&a);
	if (!err)
		err = find_package(&a, package);
	free(a.conf);
	if (err)
		apt_package_release(package);
	return err;
}

int apt_fetch(const struct kernel_name *kernel, const char *state, const char *to, FILE *progress,
	      struct apt_package *package, char *why, size_t why_size)
{
	struct apt a = { .kernel = kernel, .why = why, .why_size = why_size };
	int err;

	memset(package, 0, sizeof(*package));
	a.conf = xasprintf("%s/apt.conf", state);
	if (progress) {
		fprintf(progress, "%s: reading the package list of Debian %s\n", kernel->name,
			kernel->suite);
		fflush(progress);
	}
	err = set_up(&a, state);
	if (!err)
		err = update(&a);
	if (!err)
		err = find_package(&a, package);
	if (!err && progress) {
		fprintf(progress, "%s: fetching %s %s (%.1f MB)\n", kernel->name, package->name,
			package->version, (double)package->size / 1e6);
		fflush(progress);
	}
	if (!err)
		err = download(&a, to, package);
	free(a.conf);
	if (err)
		apt_package_release(package);
	return err;
}
