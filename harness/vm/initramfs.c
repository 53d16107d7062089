// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"

/* What is there before the agent mounts anything; the console is init's standard output. */
static const struct node {
	const char *path;
	mode_t mode;
	unsigned int major, minor;
} skeleton[] = {
	{ "dev", S_IFDIR | 0755, 0, 0 },      { "dev/console", S_IFCHR | 0600, 5, 1 },
	{ "dev/null", S_IFCHR | 0666, 1, 3 }, { "proc", S_IFDIR | 0755, 0, 0 },
	{ "sys", S_IFDIR | 0755, 0, 0 },      { "tmp", S_IFDIR | 01777, 0, 0 },
	{ "modules", S_IFDIR | 0755, 0, 0 },
};

struct writer {
	struct archive *a;
	char *why;
	size_t why_size;
};

static int fail(const struct writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fail(const struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, w->why_size, fmt, ap);
	va_end(ap);
	return -1;
}

/* libarchive's own message for a full disk is a bare "Write error": add what the system said. */
static int archive_fail(const struct writer *w, const char *what)
{
	int err = archive_errno(w->a);

	return fail(w, "%s: %s (%s)", what, archive_error_string(w->a),
		    err > 0 ? strerror(err) : "libarchive");
}

/* The header of one entry. Nothing of this machine gets in: same inputs, same bytes. */
static int put_entry(struct writer *w, const struct node *node, off_t size)
{
	struct archive_entry *e = archive_entry_new();
	int err;

	if (!e)
		return fail(w, "out of memory");
	archive_entry_set_pathname(e, node->path);
	archive_entry_set_mode(e, node->mode);
	archive_entry_set_size(e, size);
	archive_entry_set_nlink(e, 1);
	archive_entry_set_mtime(e, 0, 0);
	if (S_ISCHR(node->mode)) {
		archive_entry_set_rdevmajor(e, node->major);
		archive_entry_set_rdevminor(e, node->minor);
	}
	err = archive_write_header(w->a, e);
	archive_entry_free(e);
	/* A warning is a truncated or changed field, which a kernel would trip over. */
	if (err != ARCHIVE_OK)
		return archive_fail(w, node->path);
	return 0;
}

/* The bytes of one entry: exactly @size of them, though the file may change under us. */
static int put_data(struct writer *w, const char *from, int fd, off_t size)
{
	char buf[1 << 16];

	while (size > 0) {
		ssize_t n = read(fd, buf, (off_t)sizeof(buf) < size ? sizeof(buf) : (size_t)size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(w, "%s: %s", from, strerror(errno));
		if (n == 0)
			return fail(w, "%s: became shorter while it was read", from);
		if (archive_write_data(w->a, buf, (size_t)n) != n)
			return archive_fail(w, from);
		size -= n;
	}
	return 0;
}

static int put_file(struct writer *w, const char *path, mode_t mode, const char *from)
{
	const struct node node = { .path = path, .mode = S_IFREG | mode };
	struct stat st;
	int fd, err;

	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(w, "%s: %s", from, strerror(errno));
	if (fstat(fd, &st) < 0)
		err = fail(w, "%s: %s", from, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err = fail(w, "%s: not a regular file", from);
	else
		err = put_entry(w, &node, st.st_size);
	if (!err)
		err = put_data(w, from, fd, st.st_size);
	close(fd);
	return err;
}

static int put_modules(struct writer *w, const struct kernel_image *kernel)
{
	size_t i;

	for (i = 0; i < kernel->n_modules; i++) {
		const char *base = strrchr(kernel->modules[i], '/');
		char *path;
		int err;

		base = base ? base + 1 : kernel->modules[i];
		path = xasprintf("modules/%02zu-%s", i, base);
		err = put_file(w, path, 0644, kernel->modules[i]);
		free(path);
		if (err)
			return err;
	}
	return 0;
}

static int put_all(struct writer *w, const char *agent, const struct kernel_image *kernel)
{
	size_t i;

	for (i = 0; i < sizeof(skeleton) / sizeof(*skeleton); i++)
		if (put_entry(w, &skeleton[i], 0))
			return -1;
	if (put_file(w, "init", 0755, agent) || put_modules(w, kernel))
		return -1;
	/* Closing writes the trailer and what was buffered: the last place to meet a full disk. */
	if (archive_write_close(w->a) != ARCHIVE_OK)
		return archive_fail(w, "the end");
	return 0;
}

static int write_cpio(struct writer *w, int fd, const char *agent,
		      const struct kernel_image *kernel)
{
	int err;

	w->a = archive_write_new();
	if (!w->a)
		return fail(w, "out of memory");
	if (archive_write_set_format_cpio_newc(w->a) != ARCHIVE_OK ||
	    archive_write_add_filter_none(w->a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(w->a, 1 << 16) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(w->a, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(w->a, fd) != ARCHIVE_OK)
		err = archive_fail(w, "the beginning");
	else
		err = put_all(w, agent, kernel);
	archive_write_free(w->a);
	return err;
}

int initramfs_write(const char *path, const char *agent, const struct kernel_image *kernel,
		    char *why, size_t why_size)
{
	char *temp = xasprintf("%s.XXXXXX", path);
	struct writer w = { .why = why, .why_size = why_size };
	int fd, err;

	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		err = fail(&w, "%s: %s", temp, strerror(errno));
		free(temp);
		return err;
	}
	err = write_cpio(&w, fd, agent, kernel);
	if (close(fd) && !err)
		err = fail(&w, "%s", strerror(errno));
	if (!err && rename(temp, path))
		err = fail(&w, "%s", strerror(errno));
	if (err) {
		char *reason = xstrdup(why);

		unlink(temp);
		fail(&w, "cannot write the guest's file system %s: %s", path, reason);
		free(reason);
	}
	free(temp);
	return err;
}
