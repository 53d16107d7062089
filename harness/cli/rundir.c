// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rundir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../case/words.h"
#include "../vm/files.h"
#include "cli.h"

#define MAX_SAME_SECOND 100

char *results_dir(void)
{
	const char *env = getenv("TAILCHECK_RESULTS");

	return env && *env ? xstrdup(env) : root_path("results");
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

int rundir_replace(const char *dir, char *why, size_t why_size)
{
	char *summary = xasprintf("%s/summary.json", dir);
	int ret = 0;

	/* What is no run's folder is somebody's own. */
	if (!access(dir, F_OK) && rmdir(dir)) {
		if (access(summary, F_OK)) {
			snprintf(why, why_size, "%s is there and holds no run: name another folder",
				 dir);
			ret = -1;
		} else {
			files_remove_tree(dir);
		}
	}
	free(summary);
	return ret ? ret : files_make_folders(dir, why, why_size);
}

int rundir_latest(const char *results, const char *dir, char *why, size_t why_size)
{
	char *link = xasprintf("%s/latest", results);
	char *temp = xasprintf("%s/latest-%d", results, (int)getpid());
	int ret = 0;

	/* Renamed over the old one, so that there is always a latest. */
	if (symlink(strrchr(dir, '/') + 1, temp) || rename(temp, link)) {
		snprintf(why, why_size, "cannot point %s at the run: %s", link, strerror(errno));
		unlink(temp);
		ret = -1;
	}
	free(link);
	free(temp);
	return ret;
}
