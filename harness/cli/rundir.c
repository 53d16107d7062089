// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "../journal/journal.h"
#include "../vm/files.h"
#include "cli.h"

#define MAX_SAME_SECOND 100
#define INITRD		"initramfs.cpio"
#define LATEST_TEMP	"latest-" /* and a pid */

static char initrd[4096];

char *results_dir(void)
{
	const char *env = getenv("TAILCHECK_RESULTS");

	if (env && *env)
		return xstrdup(env);
	return root_is_installed() ? xstrdup("results") : root_path("results");
}

char *rundir_name(const char *kernel)
{
	const char *slash = strrchr(kernel, '/');
	char *name = xstrdup(slash ? slash + 1 : kernel);

	for (char *s = name; *s; s++)
		if (!case_name_ok(s, 1) && *s != '.')
			*s = '-';
	if (strlen(name) > 40)
		name[40] = '\0';
	return name;
}

char *rundir_make(const char *results, const char *kernel, char *why, size_t why_size)
{
	char *name = rundir_name(kernel), *dir = NULL, stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	if (mkdir(results, 0777) && errno != EEXIST) {
		snprintf(why, why_size, "cannot make %s: %s", results, strerror(errno));
		free(name);
		return NULL;
	}
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	for (int i = 0; i < MAX_SAME_SECOND; i++) {
		char again[16] = "";

		if (i)
			snprintf(again, sizeof(again), "-%d", i);
		free(dir);
		dir = xasprintf("%s/%s-%s%s", results, stamp, name, again);
		if (mkdir(dir, 0777) == 0 || errno != EEXIST)
			break;
	}
	if (access(dir, W_OK)) {
		snprintf(why, why_size, "cannot make %s: %s", dir, strerror(errno));
		free(dir);
		dir = NULL;
	}
	free(name);
	return dir;
}

char *rundir_find(const char *results, const char *name, char *why, size_t why_size)
{
	char *below = xasprintf("%s/%s", results, name), *dir = realpath(name, NULL);

	if (!dir && !strchr(name, '/'))
		dir = realpath(below, NULL);
	if (!dir)
		snprintf(why, why_size, "no run is in %s: %s", name, strerror(errno));
	free(below);
	return dir;
}

char *rundir_initrd(const char *dir)
{
	snprintf(initrd, sizeof(initrd), "%s/" INITRD, dir);
	return xstrdup(initrd);
}

void rundir_drop_initrd(void)
{
	if (initrd[0])
		unlink(initrd);
}

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* A run that nobody is at work on needs nothing of what guests boot from. */
static void clean_run(const char *dir)
{
	char *journal = xasprintf("%s/" JOURNAL_NAME, dir), *path;
	DIR *d = access(journal, F_OK) || journal_is_busy(journal) ? NULL : opendir(dir);
	const struct dirent *ent;

	while (d && (ent = readdir(d))) {
		if (!begins(ent->d_name, INITRD))
			continue;
		path = xasprintf("%s/%s", dir, ent->d_name);
		files_remove_tree(path);
		free(path);
	}
	if (d)
		closedir(d);
	free(journal);
}

static void clean_folder(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *ent;

	while (d && (ent = readdir(d))) {
		char *path = xasprintf("%s/%s", folder, ent->d_name);

		if (ent->d_name[0] == '.')
			; /* none of ours */
		else if (!begins(ent->d_name, LATEST_TEMP))
			clean_run(path);
		else if (kill(atoi(ent->d_name + strlen(LATEST_TEMP)), 0) && errno == ESRCH)
			unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
}

void rundir_clean(const char *results)
{
	char *matrix = xasprintf("%s/matrix", results);

	clean_folder(results);
	clean_folder(matrix);
	free(matrix);
}

int rundir_replace(const char *dir, char *why, size_t why_size)
{
	char *summary = xasprintf("%s/summary.json", dir);
	char *journal = xasprintf("%s/" JOURNAL_NAME, dir);
	int ret = 0;

	/* What is no run's folder is somebody's own. */
	if (!access(dir, F_OK) && rmdir(dir)) {
		if (journal_is_busy(journal)) {
			snprintf(why, why_size, "another tailcheck is at work in %s", dir);
			ret = -1;
		} else if (access(summary, F_OK) && access(journal, F_OK)) {
			snprintf(why, why_size, "%s is there and holds no run: name another folder",
				 dir);
			ret = -1;
		} else {
			files_remove_tree(dir);
		}
	}
	free(summary);
	free(journal);
	return ret ? ret : files_make_folders(dir, why, why_size);
}

int rundir_latest(const char *results, const char *dir, char *why, size_t why_size)
{
	const char *name = strrchr(dir, '/') + 1;
	char *link = xasprintf("%s/latest", results), *below = xasprintf("%s/%s", results, name);
	char *temp = xasprintf("%s/" LATEST_TEMP "%d", results, (int)getpid());
	int ret = 0;

	/*
	 * A run that was gone on with may lie elsewhere. Renamed over the old one, so that there is
	 * always a latest.
	 */
	if (!access(below, F_OK) && (symlink(name, temp) || rename(temp, link))) {
		snprintf(why, why_size, "cannot point %s at the run: %s", link, strerror(errno));
		unlink(temp);
		ret = -1;
	}
	free(link);
	free(below);
	free(temp);
	return ret;
}
