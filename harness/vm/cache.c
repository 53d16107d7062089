// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "files.h"

/* A stamp of another version is of a cache that we do not know how to read: it is made anew. */
#define STAMP	    "stamp"
#define STAMP_FIRST "tailcheck kernel 1"
#define TEMP	    "temp-"

/* "file SIZE NAME": is the file there, in that size? Its path, or NULL. */
static char *whole_file(const char *folder, const char *value)
{
	unsigned long long size;
	char *end, *path;
	struct stat st;

	size = strtoull(value, &end, 10);
	if (*end != ' ')
		return NULL;
	path = end[1] == '/' ? xstrdup(end + 1) : xasprintf("%s/%s", folder, end + 1);
	if (!stat(path, &st) && S_ISREG(st.st_mode) && (unsigned long long)st.st_size == size)
		return path;
	free(path);
	return NULL;
}

/* A line of a stamp. False where what it says does not hold. */
static bool read_line(const char *folder, const char *line, struct kernel_image *k)
{
	const char *value = strchr(line, ' ');
	size_t n = value ? (size_t)(value - line) : 0;
	char *path;

	if (!value)
		return false;
	value++;
	if (!strncmp(line, "release", n)) {
		free(k->release);
		k->release = xstrdup(value);
	} else if (!strncmp(line, "package", n)) {
		free(k->package);
		k->package = xstrdup(value);
	} else if (!strncmp(line, "arch", n)) {
		k->arch = vm_arch_find(value);
		return k->arch;
	} else if (!strncmp(line, "boot", n)) {
		free(k->boot);
		k->boot = whole_file(folder, value);
		return k->boot;
	} else if (!strncmp(line, "pvh", n)) {
		k->pvh = *value == '1';
	} else if (!strncmp(line, "uml", n)) {
		k->uml = *value == '1';
	} else if (!strncmp(line, "module", n)) {
		path = whole_file(folder, value);
		if (!path)
			return false;
		*vec_add(k->modules, k->n_modules) = path;
	}
	return true;
}

int cache_read(const char *folder, struct kernel_image *k)
{
	char *path = xasprintf("%s/" STAMP, folder), *text = files_read_text(path);
	char *rest = text, *line;
	bool good;

	memset(k, 0, sizeof(*k));
	k->arch = vm_arches; /* where an older stamp says none */
	line = strsep(&rest, "\n");
	good = line && !strcmp(line, STAMP_FIRST);
	while (good && (line = strsep(&rest, "\n")))
		good = !*line || read_line(folder, line, k);
	free(text);
	free(path);
	if (good && k->boot && k->release && k->package)
		return 0;
	kernel_image_release(k);
	return -1;
}

/* "WORD SIZE NAME\n"; the name alone where the file is in the folder. */
static int stamp_file(FILE *f, const char *word, const char *path, const char *folder)
{
	size_t n = strlen(folder);
	struct stat st;

	if (stat(path, &st))
		return -1;
	if (!strncmp(path, folder, n) && path[n] == '/')
		path += n + 1;
	return fprintf(f, "%s %llu %s\n", word, (unsigned long long)st.st_size, path) < 0 ? -1 : 0;
}

static int write_stamp(const char *temp, const struct kernel_image *k, char *why, size_t why_size)
{
	char *text = NULL;
	size_t size, i;
	int err = 0;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f) {
		snprintf(why, why_size, "out of memory");
		return -1;
	}
	fprintf(f, STAMP_FIRST "\narch %s\nrelease %s\npackage %s\npvh %d\numl %d\n", k->arch->name,
		k->release, k->package, k->pvh, k->uml);
	err = stamp_file(f, "boot", k->boot, temp);
	for (i = 0; i < k->n_modules && !err; i++)
		err = stamp_file(f, "module", k->modules[i], temp);
	fclose(f);
	if (err) {
		snprintf(why, why_size, "%s: %s", k->boot, strerror(errno));
	} else {
		char *path = xasprintf("%s/" STAMP, temp);

		err = files_write_text(path, text, why, why_size);
		free(path);
	}
	free(text);
	return err;
}

int cache_keep(const char *temp, const char *folder, struct kernel_image *k, char *why,
	       size_t why_size)
{
	char *parent = xstrndup(folder, (size_t)(strrchr(folder, '/') - folder));
	int err;

	err = write_stamp(temp, k, why, why_size);
	if (!err)
		err = files_make_folders(parent, why, why_size);
	free(parent);
	if (err)
		return err;
	/* What is there is not whole, or it would have been used. */
	files_remove_tree(folder);
	if (rename(temp, folder)) {
		snprintf(why, why_size, "cannot move %s to %s: %s", temp, folder, strerror(errno));
		return -1;
	}
	kernel_image_release(k);
	err = cache_read(folder, k);
	if (err)
		snprintf(why, why_size, "%s: changed while it was made; try again", folder);
	return err;
}

static int open_lock(const char *cache)
{
	char *path = xasprintf("%s/lock", cache);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	free(path);
	return fd;
}

int cache_try_lock(const char *cache)
{
	int fd = open_lock(cache);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int cache_lock(const char *cache, FILE *progress, char *why, size_t why_size)
{
	int fd;

	if (files_make_folders(cache, why, why_size))
		return -1;
	fd = open_lock(cache);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (progress) {
			fprintf(progress, "waiting for another tailcheck that fetches a kernel\n");
			fflush(progress);
		}
		if (flock(fd, LOCK_EX)) {
			close(fd);
			fd = -1;
		}
	}
	if (fd < 0)
		snprintf(why, why_size, "cannot lock %s/lock: %s", cache, strerror(errno));
	return fd;
}

char *cache_temp(const char *cache, char *why, size_t why_size)
{
	char *temp;
	DIR *dir = opendir(cache);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		if (strncmp(d->d_name, TEMP, strlen(TEMP)) != 0)
			continue;
		temp = xasprintf("%s/%s", cache, d->d_name);
		files_remove_tree(temp);
		free(temp);
	}
	if (dir)
		closedir(dir);
	temp = xasprintf("%s/" TEMP "XXXXXX", cache);
	if (mkdtemp(temp))
		return temp;
	snprintf(why, why_size, "cannot make the folder %s: %s", temp, strerror(errno));
	free(temp);
	return NULL;
}

struct aged {
	char *path;
	time_t used;
	unsigned long long bytes;
};

static int newest_first(const void *a, const void *b)
{
	time_t x = ((const struct aged *)a)->used, y = ((const struct aged *)b)->used;

	return (x < y) - (x > y);
}

/* What it takes on the disk, which for a sparse file is less than its size. */
static unsigned long long bytes_of(const char *path)
{
	DIR *dir = opendir(path);
	unsigned long long bytes = 0;
	struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir)))
		if (!fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode))
			bytes += (unsigned long long)st.st_blocks * 512;
	if (dir)
		closedir(dir);
	return bytes;
}

/* The folders in @folder but those that are being made, the one used last first. */
static size_t list_folders(const char *folder, struct aged **all)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	struct stat st;
	size_t n = 0;

	*all = NULL;
	while (dir && (d = readdir(dir))) {
		char *path = xasprintf("%s/%s", folder, d->d_name);

		if (d->d_name[0] == '.' || stat(path, &st) || !S_ISDIR(st.st_mode))
			free(path);
		else
			*vec_add(*all, n) = (struct aged){ path, st.st_mtime, bytes_of(path) };
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(*all, n, sizeof(**all), newest_first);
	return n;
}

void cache_prune(const char *folder, size_t most, unsigned long long most_bytes)
{
	struct aged *all;
	size_t n = list_folders(folder, &all);
	unsigned long long bytes = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += all[i].bytes;
		if (i >= most || bytes > most_bytes)
			files_remove_tree(all[i].path);
		free(all[i].path);
	}
	free(all);
}

unsigned long long cache_size(const char *folder, size_t *n)
{
	struct aged *all;
	unsigned long long bytes = 0;

	*n = list_folders(folder, &all);
	for (size_t i = 0; i < *n; i++) {
		bytes += all[i].bytes;
		free(all[i].path);
	}
	free(all);
	return bytes;
}
