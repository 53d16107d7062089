// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel_make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "apt.h"
#include "cache.h"
#include "files.h"
#include "unpack.h"

#define MOST_UNPACKED 8

/* How often the archive is asked for newer packages. */
#define ASK_AFTER_SECONDS (24L * 60 * 60)

/*
 * Make k->boot and what goes with it out of a bzImage: the vmlinux that is in it, put into @temp,
 * or, where that cannot be had or cannot be entered by PVH, the bzImage as it is. So are kernels
 * of other architectures.
 */
static int choose_boot(struct kernel_image *k, const char *bzimage, const struct kernel_file *file,
		       const char *temp, const struct kernel_opening *o)
{
	char *vmlinux = xasprintf("%s/vmlinux", temp);
	struct kernel_file inner = { 0 };
	int err;

	k->arch = file->arch;
	k->uml = file->kind == KERNEL_UML;
	if (file->kind == KERNEL_OTHER || k->uml) {
		k->release = xstrdup(file->release);
		k->boot = xstrdup(bzimage);
		free(vmlinux);
		return 0;
	}
	err = kernel_path_extract(bzimage, file, vmlinux, &inner, o->why, o->why_size);
	if (err < 0) {
		free(vmlinux);
		return -1;
	}
	k->pvh = !err;
	k->release = xstrdup(*file->release ? file->release : inner.release);
	if (k->pvh) {
		k->boot = vmlinux;
		return 0;
	}
	free(vmlinux);
	k->boot = xstrdup(bzimage);
	if (o->progress) {
		fprintf(o->progress, "%s; booting it as it is, which is slower\n", o->why);
		fflush(o->progress);
	}
	return 0;
}

static void add_modules(struct kernel_image *k, const char *temp)
{
	size_t i;

	for (i = 0; channel_modules[i]; i++) {
		char *path = xasprintf("%s/%s", temp, channel_modules[i]);

		if (access(path, R_OK))
			free(path);
		else
			*vec_add(k->modules, k->n_modules) = path;
	}
}

static int make_executable(const char *path, const struct kernel_opening *o)
{
	if (!chmod(path, 0755))
		return 0;
	snprintf(o->why, o->why_size, "%s: %s", path, strerror(errno));
	return -1;
}

/* Out of what unpack_deb() left in @temp. */
static int make_from_unpacked(struct kernel_image *k, const char *temp,
			      const struct kernel_opening *o)
{
	char *kernel = xasprintf("%s/" UNPACKED_KERNEL, temp);
	struct kernel_file file;
	int err;

	err = kernel_path_examine(kernel, &file, o->why, o->why_size);
	if (!err)
		err = choose_boot(k, kernel, &file, temp, o);
	if (!err && k->uml)
		err = make_executable(kernel, o);
	if (!err) {
		add_modules(k, temp);
		if (k->pvh)
			unlink(kernel);
	}
	free(kernel);
	return err;
}

char *kernel_apt_state(const char *cache, const struct kernel_name *name)
{
	return xasprintf("%s/apt/%s-%s", cache, name->suite, name->arch);
}

/* When the archive was last asked: the time of a file in apt's state. */
static char *asked_file(const char *cache, const struct kernel_name *name)
{
	return xasprintf("%s/apt/%s-%s/asked-%s", cache, name->suite, name->arch, name->name);
}

bool kernel_asked_today(const char *cache, const struct kernel_name *name)
{
	char *path = asked_file(cache, name);
	struct stat st;
	bool today = !stat(path, &st) && time(NULL) - st.st_mtime < ASK_AFTER_SECONDS;

	free(path);
	return today;
}

void kernel_note_asked(const char *cache, const struct kernel_name *name)
{
	char *path = asked_file(cache, name), why[200];

	(void)files_write_text(path, "", why, sizeof(why));
	free(path);
}

int kernel_make_from_package(struct kernel_image *k, const void *from, const char *temp,
			     const struct kernel_opening *o)
{
	const struct kernel_name *name = from;
	char *state = kernel_apt_state(o->cache, name);
	struct apt_package package;
	int err;

	err = apt_fetch(name, state, temp, o->progress, &package, o->why, o->why_size);
	if (!err) {
		kernel_note_asked(o->cache, name);
		k->package = xasprintf("%s %s", package.name, package.version);
		err = unpack_deb(package.deb, temp, o->why, o->why_size);
		unlink(package.deb);
		apt_package_release(&package);
	}
	if (!err)
		err = make_from_unpacked(k, temp, o);
	free(state);
	return err;
}

int kernel_make_from_bzimage(struct kernel_image *k, const void *from, const char *temp,
			     const struct kernel_opening *o)
{
	char *others = xasprintf("%s/" CACHE_UNPACKED, o->cache);
	const struct kernel_bzimage *b = from;

	/* Who builds kernels all day shall not find the disk full of them in the evening. */
	cache_prune(others, MOST_UNPACKED - 1, CACHE_ANY_SIZE);
	free(others);
	k->package = xstrdup("");
	return choose_boot(k, b->path, b->file, temp, o);
}

int kernel_make_from_deb(struct kernel_image *k, const void *from, const char *temp,
			 const struct kernel_opening *o)
{
	char *others = xasprintf("%s/" CACHE_UNPACKED, o->cache);
	const char *deb = from;
	struct deb_control control;
	int err;

	cache_prune(others, MOST_UNPACKED - 1, CACHE_ANY_SIZE);
	free(others);
	err = unpack_control(deb, &control, o->why, o->why_size);
	if (!err && !vm_arch_find(control.arch)) {
		snprintf(o->why, o->why_size, "%s is a package for %s, of which we run no guests",
			 deb, control.arch);
		err = -1;
	}
	if (!err)
		err = unpack_deb(deb, temp, o->why, o->why_size);
	if (!err) {
		k->package = xasprintf("%s %s", control.name, control.version);
		err = make_from_unpacked(k, temp, o);
	}
	return err;
}
