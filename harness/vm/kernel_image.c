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
#include "kernel_make.h"
#include "unpack.h"

/* How long the archive is waited for. */
#define ASK_FOR_SECONDS 20

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

static int make_locked(struct kernel_image *k, const char *folder, kernel_make_fn *make,
		       const void *from, const struct kernel_opening *o)
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
static int cached_or_made(struct kernel_image *k, const char *folder, kernel_make_fn *make,
			  const void *from, const struct kernel_opening *o)
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
			 const struct kernel_opening *o)
{
	char *state = kernel_apt_state(o->cache, name);
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
	kernel_note_asked(o->cache, name);
	free(state);
	return newer;
}

/* What is cached is @k: take a newer package in its place, if there is one and it can be had. */
static void renew(struct kernel_image *k, const struct kernel_name *name, const char *folder,
		  const struct kernel_opening *o)
{
	int lock = cache_lock(o->cache, o->progress, o->why, o->why_size);
	struct kernel_image newer = { 0 };

	if (lock < 0)
		return;
	if ((o->ask || !kernel_asked_today(o->cache, name)) && newer_exists(k, name, o)) {
		if (!make_locked(&newer, folder, kernel_make_from_package, name, o)) {
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
		     const struct kernel_opening *o)
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
		err = cached_or_made(k, folder, kernel_make_from_package, name, o);
	} else if (!o->offline && (o->ask || !kernel_asked_today(o->cache, name))) {
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
			const struct kernel_opening *o)
{
	const struct kernel_bzimage from = { .path = path, .file = file };
	char *folder = folder_of_path(o->cache, path);
	int err;

	err = cached_or_made(k, folder, kernel_make_from_bzimage, &from, o);
	free(folder);
	return err;
}

static int open_deb(struct kernel_image *k, const char *path, const struct kernel_opening *o)
{
	char *folder = folder_of_path(o->cache, path);
	int err = cached_or_made(k, folder, kernel_make_from_deb, path, o);

	free(folder);
	return err;
}

static int open_path(struct kernel_image *k, const char *given, const struct kernel_opening *o)
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

static void unknown_name(const struct kernel_opening *o, const char *name)
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
	const struct kernel_opening o = { cache, offline, false, progress, why, why_size };
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
	const struct kernel_opening o = { cache, false, true, progress, why, why_size };

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
