// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/hash.h"
#include "cache.h"
#include "files.h"
#include "qemu_args.h"

#define PAGE 4096
/* A snapshot of another format is not looked at: its key is another one. */
#define FORMAT	    "tailcheck snapshot 1"
#define LARGEST_LOG (4U << 20)

struct snapshot {
	char *parent; /* CACHE/snapshots */
	char *folder;
	char *kernel;	  /* for people who look into the stamp */
	unsigned int khz; /* of this machine's time stamp counter; 0: the guest has none */
};

/* What a file of a snapshot is held against. */
struct content {
	uint64_t size, hash;
};

/* A whole file into the key; a file that is not there is none that anything boots from. */
static int hash_file(uint64_t *key, const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *p = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
		err = -1;
	} else {
		*key = hash_bulk(*key, p, (size_t)st.st_size);
		munmap(p, (size_t)st.st_size);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * Every option that QEMU gets, in the order in which it gets them. But not what differs from guest
 * to guest and is nothing to the guest: numbers of descriptors, names of files. The clock's rate is
 * measured each time, and a little different each time: the stamp has it.
 */
static uint64_t hash_options(uint64_t key, const struct vm_config *config)
{
	struct vm_host host = *config->host;
	struct kernel_image kernel = *config->kernel;
	struct vm_config c = *config;
	struct qemu_args args;
	char nothing[] = "";

	host.tsc_khz = host.tsc_khz ? 1 : 0;
	kernel.boot = nothing;
	c.host = &host;
	c.kernel = &kernel;
	c.initrd = nothing;
	qemu_args_build(&args, &c, &(struct qemu_files){ .ram = 0, .qmp = 0 });
	for (size_t i = 0; args.argv[i]; i++)
		key = hash_bytes(key, args.argv[i], strlen(args.argv[i]) + 1);
	qemu_args_release(&args);
	return hash_bytes(key, host.qemu_version, strlen(host.qemu_version));
}

static int make_key(uint64_t *key, const struct vm_config *config, char *why, size_t why_size)
{
	const char *files[] = { config->kernel->boot, config->initrd, config->host->qemu };

	*key = hash_options(hash_bytes(HASH_EMPTY, FORMAT, sizeof(FORMAT)), config);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (hash_file(key, files[i], why, why_size))
			return -1;
	return 0;
}

/* Why guests like this one are booted each time, or NULL. */
static const char *unfit(const struct vm_config *config)
{
	if (config->kernel->uml)
		return "user-mode-linux has no snapshots";
	if (config->host->kvm)
		return "guests under KVM are booted";
	if (config->serial_channel)
		return "a serial line as the channel loses what is sent too soon";
	if (!config->kernel->arch->snapshots)
		return "guests of this architecture are booted";
	return NULL;
}

struct snapshot *snapshot_new(const struct vm_config *config, const char *cache, char *why,
			      size_t why_size)
{
	const char *reason = unfit(config);
	struct snapshot *s;
	uint64_t key;

	if (reason) {
		snprintf(why, why_size, "%s", reason);
		return NULL;
	}
	if (make_key(&key, config, why, why_size))
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->parent = xasprintf("%s/snapshots", cache);
	s->folder = xasprintf("%s/%016" PRIx64, s->parent, key);
	s->kernel =
		xstrdup(*config->kernel->package ? config->kernel->package : config->kernel->boot);
	s->khz = config->host->tsc_khz;
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	free(s->parent);
	free(s->folder);
	free(s->kernel);
	free(s);
}

const char *snapshot_folder(const struct snapshot *s)
{
	return s->folder;
}

static bool page_is_zero(const uint8_t *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

/* One stretch of pages, from memory; with @to, its pages go to their places there. */
static int take_pages(const uint8_t *pages, size_t n, off_t at, int to, struct content *c)
{
	for (size_t i = 0; i < n; i += PAGE) {
		off_t here = at + (off_t)i;

		if (page_is_zero(pages + i))
			continue;
		c->hash = hash_bulk(c->hash ^ (uint64_t)here, pages + i, PAGE);
		if (to >= 0 && pwrite(to, pages + i, PAGE, here) != PAGE)
			return -1;
	}
	return 0;
}

/*
 * Everything in the file that is not zero, page by page; with @to, written there too. So a page
 * that is a hole and one that was written as zeros are the same. -1 and errno.
 */
static int walk_pages(int fd, int to, struct content *c)
{
	size_t room = 64 * (size_t)PAGE;
	uint8_t *pages = xcalloc(1, room);
	off_t at = 0, end = 0;
	struct stat st;
	int err = fstat(fd, &st);

	*c = (struct content){ .size = err ? 0 : (uint64_t)st.st_size, .hash = HASH_EMPTY };
	if (!err && c->size % PAGE) {
		errno = EINVAL;
		err = -1;
	}
	while (!err) {
		size_t n;

		if (at >= end) {
			at = lseek(fd, at, SEEK_DATA);
			if (at < 0) {
				err = errno == ENXIO ? 0 : -1; /* which is: no more of it */
				break;
			}
			at -= at % PAGE;
			end = lseek(fd, at, SEEK_HOLE);
			end += (PAGE - end % PAGE) % PAGE;
		}
		n = (size_t)(end - at) < room ? (size_t)(end - at) : room;
		if (pread(fd, pages, n, at) != (ssize_t)n)
			err = -1;
		else
			err = take_pages(pages, n, at, to, c);
		at += (off_t)n;
	}
	free(pages);
	return err;
}

/* A file that fits into memory. NULL where it is not that, or not as @c says. */
static char *read_checked(int fd, const struct content *c)
{
	char *bytes;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || (uint64_t)st.st_size != c->size || c->size > LARGEST_LOG)
		return NULL;
	bytes = xcalloc(1, c->size + 1);
	if (pread(fd, bytes, c->size, 0) == (ssize_t)c->size &&
	    hash_bulk(HASH_EMPTY, bytes, c->size) == c->hash)
		return bytes;
	free(bytes);
	return NULL;
}

static const char *const content_names[] = { "ram", "state", "log" };
enum { RAM, STATE, LOG, CONTENTS };

/* The stamp: lines of text, the last one a checksum of those before it. */
static char *stamp_text(const struct snapshot *s, const struct content c[CONTENTS])
{
	char *body, *text;

	body = xasprintf(FORMAT "\nkernel %s\ntsc %u\n", s->kernel, s->khz);
	for (int i = 0; i < CONTENTS; i++) {
		text = xasprintf("%s%s %" PRIu64 " %016" PRIx64 "\n", body, content_names[i],
				 c[i].size, c[i].hash);
		free(body);
		body = text;
	}
	text = xasprintf("%sstamp %016" PRIx64 "\n", body,
			 hash_bytes(HASH_EMPTY, body, strlen(body)));
	free(body);
	return text;
}

static bool stamp_read(const char *text, unsigned int *khz, struct content c[CONTENTS])
{
	const char *last = strstr(text, "\nstamp "), *at = text;
	uint64_t hash;

	if (strncmp(text, FORMAT "\n", sizeof(FORMAT)) != 0 || !last ||
	    strlen(last) != strlen("\nstamp 0123456789abcdef\n") ||
	    sscanf(last, "\nstamp %" SCNx64 "\n", &hash) != 1 ||
	    hash != hash_bytes(HASH_EMPTY, text, (size_t)(last + 1 - text)))
		return false;
	at = strstr(text, "\ntsc ");
	if (!at || sscanf(at, "\ntsc %u", khz) != 1)
		return false;
	for (int i = 0; i < CONTENTS; i++) {
		at = strchr(at + 1, '\n');
		if (!at || strncmp(at + 1, content_names[i], strlen(content_names[i])) != 0 ||
		    sscanf(at + 1, "%*s %" SCNu64 " %" SCNx64, &c[i].size, &c[i].hash) != 2)
			return false;
	}
	return true;
}

/* The guest's kernel was told the rate once, and puts up with half a percent. */
static bool same_rate(unsigned int a, unsigned int b)
{
	unsigned int apart = a > b ? a - b : b - a;

	return apart <= b / 200;
}

/* NULL where all is as the stamp says; or what is wrong. */
static const char *open_checked(const struct snapshot *s, int dir, struct snapshot_image *image)
{
	char stamp[1024] = "", *state;
	struct content c[CONTENTS], ram;
	unsigned int khz;
	int fd = openat(dir, "stamp", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, stamp, sizeof(stamp) - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n < 0 || !stamp_read(stamp, &khz, c))
		return "its stamp is not whole";
	if (!same_rate(khz, s->khz))
		return "it is of a machine whose clock has another rate";
	/* To be written to: QEMU opens it so, though its mapping is private. */
	image->ram = openat(dir, "ram", O_RDWR | O_CLOEXEC);
	if (image->ram < 0 || walk_pages(image->ram, -1, &ram) || ram.size != c[RAM].size ||
	    ram.hash != c[RAM].hash)
		return "its memory is not what was saved";
	image->state = openat(dir, "state", O_RDONLY | O_CLOEXEC);
	state = read_checked(image->state, &c[STATE]);
	free(state);
	if (!state)
		return "the state of its devices is not what was saved";
	fd = openat(dir, "log", O_RDONLY | O_CLOEXEC);
	image->log = read_checked(fd, &c[LOG]);
	if (fd >= 0)
		close(fd);
	return image->log ? NULL : "its log is not what was saved";
}

enum snapshot_state snapshot_load(struct snapshot *s, struct snapshot_image *image, char *why,
				  size_t why_size)
{
	int dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *trouble;

	*image = (struct snapshot_image){ .ram = -1, .state = -1 };
	if (dir < 0)
		return SNAPSHOT_NONE;
	trouble = open_checked(s, dir, image);
	if (!trouble)
		futimens(dir, NULL); /* used just now: see SNAPSHOTS_MIB */
	close(dir);
	if (!trouble)
		return SNAPSHOT_GOOD;
	snprintf(why, why_size, "%s", trouble);
	snapshot_image_release(image);
	snapshot_discard(s);
	return SNAPSHOT_BAD;
}

void snapshot_image_release(struct snapshot_image *image)
{
	if (image->ram >= 0)
		close(image->ram);
	if (image->state >= 0)
		close(image->state);
	free(image->log);
	*image = (struct snapshot_image){ .ram = -1, .state = -1 };
}

static int make_file(const char *temp, const char *name)
{
	char *path = xasprintf("%s/%s", temp, name);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	free(path);
	return fd;
}

/* On the disk when this returns. */
static int finish_file(int fd, int err)
{
	if (!err && fsync(fd))
		err = -1;
	if (fd >= 0 && close(fd))
		err = -1;
	return err;
}

static int write_ram(const char *temp, int ram, struct content *c)
{
	int to = make_file(temp, content_names[RAM]), err = -1;
	struct stat st;

	if (to >= 0 && !fstat(ram, &st) && !ftruncate(to, st.st_size))
		err = walk_pages(ram, to, c);
	return finish_file(to, err);
}

static int write_bytes(const char *temp, const char *name, const void *bytes, size_t n,
		       struct content *c)
{
	int to = make_file(temp, name), err = -1;

	*c = (struct content){ .size = n, .hash = hash_bulk(HASH_EMPTY, bytes, n) };
	if (to >= 0)
		err = files_write_all(to, bytes, n);
	return finish_file(to, err);
}

static int write_state(const char *temp, int state, struct content *c)
{
	struct stat st;
	char *bytes;
	int err = -1;

	if (fstat(state, &st) || st.st_size == 0 || st.st_size > LARGEST_LOG) {
		errno = EFBIG;
		return -1;
	}
	bytes = xcalloc(1, (size_t)st.st_size);
	if (pread(state, bytes, (size_t)st.st_size, 0) == st.st_size)
		err = write_bytes(temp, content_names[STATE], bytes, (size_t)st.st_size, c);
	free(bytes);
	return err;
}

static int write_all(const struct snapshot *s, const char *temp, int ram, int state,
		     const char *log)
{
	struct content c[CONTENTS], stamp;
	size_t n = strlen(log);
	char *text;
	int err;

	if (write_ram(temp, ram, &c[RAM]) || write_state(temp, state, &c[STATE]) ||
	    write_bytes(temp, content_names[LOG], log, n < LARGEST_LOG ? n : LARGEST_LOG, &c[LOG]))
		return -1;
	text = stamp_text(s, c);
	err = write_bytes(temp, "stamp", text, strlen(text), &stamp);
	free(text);
	return err;
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return finish_file(fd, fd < 0 ? -1 : 0);
}

/* With the lock held. */
static int store(struct snapshot *s, int ram, int state, const char *log, char *why,
		 size_t why_size)
{
	char *temp;
	int err;

	if (!access(s->folder, F_OK))
		return 0;
	temp = cache_temp(s->parent, why, why_size);
	if (!temp)
		return -1;
	err = write_all(s, temp, ram, state, log);
	if (!err)
		err = sync_folder(temp);
	if (!err)
		err = rename(temp, s->folder);
	if (!err)
		err = sync_folder(s->parent);
	if (err) {
		snprintf(why, why_size, "cannot write %s: %s", s->folder, strerror(errno));
		files_remove_tree(temp);
	}
	free(temp);
	cache_prune(s->parent, (size_t)-1, (unsigned long long)SNAPSHOTS_MIB << 20);
	return err;
}

int snapshot_store(struct snapshot *s, int ram, int state, const char *log, char *why,
		   size_t why_size)
{
	int lock, err;

	if (files_make_folders(s->parent, why, why_size))
		return -1;
	/* Guests are waiting: whoever has the lock may keep his snapshot, and we shall have it. */
	lock = cache_try_lock(s->parent);
	if (lock < 0)
		return 0;
	err = store(s, ram, state, log, why, why_size);
	close(lock);
	return err;
}

void snapshot_discard(struct snapshot *s)
{
	files_remove_tree(s->folder);
}

void snapshots_count(const char *cache, size_t *n, size_t *mib)
{
	char *parent = xasprintf("%s/snapshots", cache);

	*mib = (size_t)(cache_size(parent, n) >> 20);
	free(parent);
}
