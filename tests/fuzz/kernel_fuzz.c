// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernels from anywhere: the bytes as a kernel's file, whose payload is unpacked, and as a package.
 * Whatever they say, there are no files but those that unpacking may make.
 */
#include "input.h"

#include <dirent.h>

#include "../../harness/vm/bzimage.h"
#include "../../harness/vm/unpack.h"

static char *deb, *to, *vmlinux;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_make_dir();
	deb = xasprintf("%s/x.deb", fuzz_dir);
	to = xasprintf("%s/to", fuzz_dir);
	vmlinux = xasprintf("%s/vmlinux", fuzz_dir);
	if (mkdir(to, 0700))
		finding("no folder");
	return 0;
}

static bool may_be_there(const char *name)
{
	for (size_t i = 0; channel_modules[i]; i++)
		if (!strcmp(name, channel_modules[i]))
			return true;
	return !strcmp(name, UNPACKED_KERNEL);
}

/* And away with them. */
static void check_files(void)
{
	DIR *dir = opendir(to);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char *path = xasprintf("%s/%s", to, d->d_name);
		struct stat st;

		if (*d->d_name != '.') {
			if (!may_be_there(d->d_name) || lstat(path, &st) || !S_ISREG(st.st_mode))
				finding("a file that must not be there");
			unlink(path);
		}
		free(path);
	}
	if (dir)
		closedir(dir);
}

static void try_package(const uint8_t *data, size_t size)
{
	struct deb_control c;
	char why[600] = "";

	fuzz_write(fuzz_dir, "x.deb", data, size);
	if (unpack_control(deb, &c, why, sizeof(why)) && !why[0])
		finding("a package is refused without a reason");
	why[0] = '\0';
	if (unpack_deb(deb, to, why, sizeof(why)) && !why[0])
		finding("a package is not unpacked without a reason");
	check_files();
}

static void try_image(const uint8_t *data, size_t size)
{
	/* Of just this size, so that what reads behind it is found. */
	uint8_t *image = malloc(size ? size : 1);
	struct kernel_file k, inner;
	char why[600] = "";

	if (size)
		memcpy(image, data, size);
	if (kernel_file_examine(image, size, &k, why, sizeof(why))) {
		if (!why[0])
			finding("a kernel is refused without a reason");
	} else if (k.kind == KERNEL_BZIMAGE) {
		if (!kernel_file_extract(image, &k, vmlinux, &inner, why, sizeof(why)))
			unlink(vmlinux);
		else if (!why[0])
			finding("a kernel is not unpacked without a reason");
	}
	free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_image(data, size);
	try_package(data, size);
	return 0;
}
