// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"

#define LARGEST_TEXT (1U << 20)

int files_make_folders(const char *path, char *why, size_t why_size)
{
	char *copy = xstrdup(path), *p;
	int err = 0;

	for (p = copy + 1; !err && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			err = errno;
		*p = '/';
	}
	if (!err && mkdir(copy, 0755) && errno != EEXIST)
		err = errno;
	if (err)
		snprintf(why, why_size, "cannot make the folder %s: %s", path, strerror(err));
	free(copy);
	return err ? -1 : 0;
}

int files_write_all(int fd, const void *bytes, size_t len)
{
	const char *text = bytes;

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int files_write_text(const char *path, const char *text, char *why, size_t why_size)
{
	char *temp = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC), err = 0;

	if (fd < 0) {
		err = errno;
	} else {
		if (files_write_all(fd, text, strlen(text)) || fchmod(fd, 0644))
			err = errno;
		if (close(fd) && !err)
			err = errno;
		if (!err && rename(temp, path))
			err = errno;
		if (err)
			unlink(temp);
	}
	if (err)
		snprintf(why, why_size, "cannot write %s: %s", path, strerror(err));
	free(temp);
	return err ? -1 : 0;
}

char *files_read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = xstrdup(""), buf[4096];
	size_t len = 0;
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0) {
		if (len + (size_t)n > LARGEST_TEXT) {
			errno = EFBIG;
			n = -1;
			break;
		}
		text = xreallocarray(text, len + (size_t)n + 1, 1);
		memcpy(text + len, buf, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
	}
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void files_remove_tree(const char *path)
{
	/* FTW_PHYS: a link is removed, never followed. */
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
