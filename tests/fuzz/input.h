/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What targets share that read files: a folder of their own, and the input cut into files. */
#ifndef TAILCHECK_FUZZ_INPUT_H
#define TAILCHECK_FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../harness/base/alloc.h"
#include "../../harness/vm/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A byte that none of the formats has, between the parts of an input. */
#define PART_END 0xff

static char fuzz_dir[64];

static void fuzz_remove_dir(void)
{
	files_remove_tree(fuzz_dir);
}

/* In memory where there is such a file system: a target writes thousands of files a second. */
static inline void fuzz_make_dir(void)
{
	snprintf(fuzz_dir, sizeof(fuzz_dir), "%s/tailcheck-fuzz-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(fuzz_dir)) {
		perror(fuzz_dir);
		exit(1);
	}
	atexit(fuzz_remove_dir);
}

static inline void finding(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/* Of @size bytes at *data those before the next PART_END, which are taken, as a string. */
static inline char *fuzz_part(const uint8_t **data, size_t *size, size_t *len)
{
	const uint8_t *end = *size ? memchr(*data, PART_END, *size) : NULL;
	char *part;

	*len = end ? (size_t)(end - *data) : *size;
	part = xcalloc(*len + 1, 1);
	if (*len)
		memcpy(part, *data, *len);
	*data += *len + (end != NULL);
	*size -= *len + (end != NULL);
	return part;
}

static inline void fuzz_write(const char *folder, const char *name, const void *bytes, size_t n)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *out = fopen(path, "we");

	if (!out || (n && fwrite(bytes, 1, n, out) != n) || fclose(out)) {
		perror(path);
		exit(1);
	}
	free(path);
}

#endif
