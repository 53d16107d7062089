// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel_image.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/hash.h"
#include "apt.h"
#include "bzimage.h"
#include "cache.h"
#include "files.h"
#include "unpack.h"

#define CACHE_UNPACKED "unpacked"
#define MOST_UNPACKED  8

/* How often the archive is asked for newer packages, and how long for an answer. */
#define ASK_AFTER_SECONDS (24L * 60 * 60)
#define ASK_FOR_SECONDS	  20

struct opening {
	const char *cache;
	bool offline;
	bool ask; /* the archive, though it was asked today */
	FILE *progress;
	char *why;
	size_t why_size;
};

char *kernel_cache_dir(void)
{
	static const struct {
		const char *variable, *format;
	} places[] = {
		{ "TAILCHECK_CACHE", "%s" },
		{ "XDG_CACHE_HOME", "%s/tailcheck" },
		{ "HOME", "%s/.cache/tailcheck" },
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *value = getenv(places[i].variable);

		if (value && *value)
			return xasprintf(places[i].format, value);
	}
	return xstrdup("/var/tmp/tailcheck");
}

void kernel_image_release(struct kernel_image *k)
{
	size_t i;

	for (i = 0; i < k->n_modules; i++)
		free(k->modules[i]);
	free(k->modules);
	free(k->name);
	free(k->release);
	free(k->package);
	free(k->boot);
	memset(k, 0, sizeof(*k));
}

const struct kernel_name *kernel_name_find(const char *name)
{
	const struct kernel_name *n;

	for (n = kernel_names; n->name; n++)
		if (!strcmp(n->name, name))
			return n;
	return NULL;
}

static char *folder_of_name(const char *cache, const char *name)
{
	return xasprintf("%s/kernels/%s", cache, name);
}

/*
 * Make k->boot and what goes with it out of a bzImage: the vmlinux that is in it, put into @temp,
 * or, where that cannot be had or cannot be entered by PVH, the bzImage as it is. So are kernels
 * of other architectures.
 */
static int choose_boot(struct kernel_image *k, const char *bzimage, const struct kernel_file *file,
		       const char *temp, const struct opening *o)
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

static int make_executable(const char *path, const struct opening *o)
{
	if (!chmod(path, 0755))
		return 0;
	snprintf(o->why, o->why_size, "%s: %s", path, strerror(errno));
	return -1;
}

/* What makes a kernel's files in @temp, with k's paths there. */
typedef int make_fn(struct kernel_image *k, const void *from, const char *temp,
		    const struct opening *o);

/* Out of what unpack_deb() left in @temp. */
static int make_from_unpacked(struct kernel_image *k, const char *temp, const struct opening *o)
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

static char *apt_state(const char *cache, const struct kernel_name *name)
{
	return xasprintf("%s/apt/%s-%s", cache, name->suite, name->arch);
}

/* When the archive was last asked: the time of a file in apt's state. */
static char *asked_file(const char *cache, const struct kernel_name *name)
{
	return xasprintf("%s/apt/%s-%s/asked-%s", cache, name->suite, name->arch, name->name);
}

static bool asked_today(const char *cache, const struct kernel_name *name)
{
	char *path = asked_file(cache, name);
	struct stat st;
	bool today = !stat(path, &st) && time(NULL) - st.st_mtime < ASK_AFTER_SECONDS;

	free(path);
	return today;
}

/* A cache that cannot be written is asked for again: that costs time only. */
static void note_asked(const char *cache, const struct kernel_name *name)
{
	char *path = asked_file(cache, name), why[200];

	(void)files_write_text(path, "", why, sizeof(why));
	free(path);
}

static int make_from_package(struct kernel_image *k, const void *from, const char *temp,
			     const struct opening *o)
{
	const struct kernel_name *name = from;
	char *state = apt_state(o->cache, name);
	struct apt_package package;
	int err;

	err = apt_fetch(name, state, temp, o->progress, &package, o->why, o->why_size);
	if (!err) {
		note_asked(o->cache, name);
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

struct bzimage {
	const char *path;
	const struct kernel_file *file;
};

static int make_from_bzimage(struct kernel_image *k, const void *from, const char *temp,
			     const struct opening *o)
{
	char *others = xasprintf("%s/" CACHE_UNPACKED, o->cache);
	const struct bzimage *b = from;

	/* Who builds kernels all day shall not find the disk full of them in the evening. */
	cache_prune(others, MOST_UNPACKED - 1, CACHE_ANY_SIZE);
	free(others);
	k->package = xstrdup("");
	return choose_boot(k, b->path, b->file, temp, o);
}

static int make_from_deb(struct kernel_image *k, const void *from, const char *temp,
			 const struct opening *o)
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

static int make_locked(struct kernel_image *k, const char *folder, make_fn *make, const void *from,
		       const struct opening *o)
{
	char *temp = cache_temp(o->cache, o->why, o->why_size);
	int err;

	if (!temp)
		return -1;
	err = make(k, from, temp, o);
	if (!err)
		err = cache_keep(temp, folder, k, o->why, o->why_size);
	if (err)
		files_remove_tree(temp);
	free(temp);
	return err;
}

/* What is in the cache as @folder, made first where it is not there. @k holds a name so far. */
static int cached_or_made(struct kernel_image *k, const char *folder, make_fn *make,
			  const void *from, const struct opening *o)
{
	int lock, err;

	if (!cache_read(folder, k))
		return 0;
	lock = cache_lock(o->cache, o->progress, o->why, o->why_size);
	if (lock < 0)
		return -1;
	/* Whoever held the lock before us may have made it. */
	err = cache_read(folder, k);
	if (err)
		err = make_locked(k, folder, make, from, o);
	close(lock);
	return err;
}

/* Is there a newer package than the one of @k? Only with the lock held. */
static bool newer_exists(const struct kernel_image *k, const struct kernel_name *name,
			 const struct opening *o)
{
	char *state = apt_state(o->cache, name);
	const char *version = strchr(k->package, ' ');
	struct apt_package newest;
	bool newer = false;

	if (apt_newest(name, state, ASK_FOR_SECONDS, &newest, o->why, o->why_size)) {
		if (o->progress)
			fprintf(o->progress, "%s: going on with %s, since we %s\n", name->name,
				k->package, o->why);
	} else {
		newer = version && apt_newer(newest.version, version + 1);
		apt_package_release(&newest);
	}
	note_asked(o->cache, name);
	free(state);
	return newer;
}

/* What is cached is @k: take a newer package in its place, if there is one and it can be had. */
static void renew(struct kernel_image *k, const struct kernel_name *name, const char *folder,
		  const struct opening *o)
{
	int lock = cache_lock(o->cache, o->progress, o->why, o->why_size);
	struct kernel_image newer = { 0 };

	if (lock < 0)
		return;
	if ((o->ask || !asked_today(o->cache, name)) && newer_exists(k, name, o)) {
		if (!make_locked(&newer, folder, make_from_package, name, o)) {
			kernel_image_release(k);
			*k = newer;
		} else {
			kernel_image_release(&newer);
			if (o->progress)
				fprintf(o->progress, "%s: going on with %s: %s\n", name->name,
					k->package, o->why);
		}
	}
	close(lock);
}

static int open_name(struct kernel_image *k, const struct kernel_name *name,
		     const struct opening *o)
{
	char *folder = folder_of_name(o->cache, name->name);
	bool cached = !cache_read(folder, k);
	int err = 0;

	if (!cached && o->offline) {
		snprintf(o->why, o->why_size,
			 "%s is not in the cache %s, and nothing is to be fetched", name->name,
			 o->cache);
		err = -1;
	} else if (!cached) {
		err = cached_or_made(k, folder, make_from_package, name, o);
	} else if (!o->offline && (o->ask || !asked_today(o->cache, name))) {
		renew(k, name, folder, o);
	}
	free(folder);
	return err;
}

/* A name for a folder, of what tells one version of a file from another. */
static char *folder_of_path(const char *cache, const char *path)
{
	struct stat st = { 0 };
	char *key, *folder;

	/* It was there a moment ago; if it no longer is, its folder is of no use and no harm. */
	(void)stat(path, &st);
	key = xasprintf("%s %lld %lld.%09ld", path, (long long)st.st_size,
			(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	folder = xasprintf("%s/" CACHE_UNPACKED "/%016llx", cache,
			   (unsigned long long)hash_bytes(HASH_EMPTY, key, strlen(key)));
	free(key);
	return folder;
}

static int open_bzimage(struct kernel_image *k, const char *path, const struct kernel_file *file,
			const struct opening *o)
{
	const struct bzimage from = { .path = path, .file = file };
	char *folder = folder_of_path(o->cache, path);
	int err;

	err = cached_or_made(k, folder, make_from_bzimage, &from, o);
	free(folder);
	return err;
}

static int open_deb(struct kernel_image *k, const char *path, const struct opening *o)
{
	char *folder = folder_of_path(o->cache, path);
	int err = cached_or_made(k, folder, make_from_deb, path, o);

	free(folder);
	return err;
}

static int open_path(struct kernel_image *k, const char *given, const struct opening *o)
{
	char *path = realpath(given, NULL);
	struct kernel_file file;
	int err;

	if (!path) {
		snprintf(o->why, o->why_size, "%s: %s", given, strerror(errno));
		return -1;
	}
	if (unpack_is_deb(path)) {
		err = open_deb(k, path, o);
		free(path);
		return err;
	}
	err = kernel_path_examine(path, &file, o->why, o->why_size);
	if (!err && file.kind == KERNEL_BZIMAGE) {
		err = open_bzimage(k, path, &file, o);
	} else if (!err && file.kind == KERNEL_VMLINUX && !file.pvh) {
		snprintf(o->why, o->why_size,
			 "%s is a vmlinux without a PVH note (CONFIG_PVH), which QEMU cannot boot: "
			 "give the bzImage of the same build (arch/x86/boot/bzImage)",
			 given);
		err = -1;
	} else if (!err) {
		k->arch = file.arch;
		k->release = xstrdup(file.release);
		k->package = xstrdup("");
		k->boot = xstrdup(path);
		k->pvh = file.pvh;
		k->uml = file.kind == KERNEL_UML;
	}
	free(path);
	return err;
}

static void unknown_name(const struct opening *o, const char *name)
{
	const struct kernel_name *n;

	snprintf(o->why, o->why_size, "no kernel is named %s, and no file is: give a path, or",
		 name);
	for (n = kernel_names; n->name; n++) {
		size_t len = strlen(o->why);

		snprintf(o->why + len, o->why_size - len, " %s", n->name);
	}
}

int kernel_image_open(struct kernel_image *k, const char *name, const char *cache, bool offline,
		      FILE *progress, char *why, size_t why_size)
{
	const struct kernel_name *known = kernel_name_find(name);
	const struct opening o = { cache, offline, false, progress, why, why_size };
	int err;

	memset(k, 0, sizeof(*k));
	if (known) {
		err = open_name(k, known, &o);
	} else if (!strchr(name, '/') && access(name, F_OK)) {
		unknown_name(&o, name);
		err = -1;
	} else {
		err = open_path(k, name, &o);
	}
	if (err) {
		kernel_image_release(k);
		return -1;
	}
	free(k->name);
	k->name = xstrdup(name);
	return 0;
}

int kernel_image_fetch(struct kernel_image *k, const char *name, const char *cache, FILE *progress,
		       char *why, size_t why_size)
{
	const struct kernel_name *known = kernel_name_find(name);
	const struct opening o = { cache, false, true, progress, why, why_size };

	memset(k, 0, sizeof(*k));
	if (known && !open_name(k, known, &o)) {
		free(k->name);
		k->name = xstrdup(name);
		return 0;
	}
	if (!known)
		snprintf(why, why_size, "no kernel is named %s; see tailcheck kernels", name);
	kernel_image_release(k);
	return -1;
}

int kernel_image_remove(const char *name, const char *cache, char *why, size_t why_size)
{
	char *folder;
	int lock;

	if (!kernel_name_find(name)) {
		snprintf(why, why_size, "no kernel is named %s; see tailcheck kernels", name);
		return -1;
	}
	lock = cache_lock(cache, NULL, why, why_size);
	if (lock < 0)
		return -1;
	folder = folder_of_name(cache, name);
	files_remove_tree(folder);
	free(folder);
	close(lock);
	return 0;
}

bool kernel_image_cached(const char *name, const char *cache, char **package)
{
	struct kernel_image k = { 0 };
	bool cached = false;

	*package = NULL;
	if (kernel_name_find(name)) {
		char *folder = folder_of_name(cache, name);

		cached = !cache_read(folder, &k);
		free(folder);
	}
	if (cached)
		*package = xstrdup(k.package);
	kernel_image_release(&k);
	return cached;
}
