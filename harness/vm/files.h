/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small things with files and folders, for the cache of kernels. */
#ifndef TAILCHECK_FILES_H
#define TAILCHECK_FILES_H

#include <stddef.h>

/* A folder and those above it, as far as they are missing. 0, or -1 with a message in @why. */
int files_make_folders(const char *path, char *why, size_t why_size);

/* All of it, however many write(2) that takes. 0, or -1 and errno. */
int files_write_all(int fd, const void *bytes, size_t len);

/* A text file, whole or not at all. 0, or -1 with a message in @why. */
int files_write_text(const char *path, const char *text, char *why, size_t why_size);

/* A text file of less than a megabyte, to be freed; NULL when it cannot be read. */
char *files_read_text(const char *path);

/* A folder with all that is in it; what cannot be removed stays. */
void files_remove_tree(const char *path);

#endif
