// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "expand.h"

/* Far above what a kernel's package has, and what ends one that would fill the disk. */
#define MOST_ENTRIES   200000
#define MOST_BYTES     (8ULL << 30) /* of the tar, unpacked */
#define LARGEST_KERNEL (1ULL << 30) /* a vmlinux with all that debuggers want */
#define LARGEST_MODULE (64ULL << 20)

const char *const channel_modules[] = {
	"virtio.ko",
	"virtio_ring.ko",
	"virtio_pci_legacy_dev.ko", /* these two from 5.17 on */
	"virtio_pci_modern_dev.ko",
	"virtio_pci.ko",
	"virtio_ccw.ko", /* s390x */
	"virtio_console.ko",
	NULL,
};

struct unpack {
	struct archive *outer;	/* ar */
	struct archive *packed; /* data.tar.* in it, unpacked */
	struct archive *inner;	/* and that as a tar */
	uint8_t buf[1 << 16], tar_buf[1 << 16];
	uint64_t n_bytes; /* of the tar */
	const char *to;
	bool kernel_found;
	struct deb_control *control;
	char *why;
	size_t why_size;
};

static int archive_fail(const struct unpack *u, struct archive *a, const char *what)
{
	int err = archive_errno(a);

	snprintf(u->why, u->why_size, "%s: %s (%s)", what,
		 archive_error_string(a) ? archive_error_string(a) : "unreadable",
		 err > 0 ? strerror(err) : "libarchive");
	return -1;
}

static la_ssize_t read_from(struct archive *from, struct archive *a, void *buf, size_t size)
{
	la_ssize_t n = archive_read_data(from, buf, size);

	if (n < 0)
		archive_set_error(a, archive_errno(from), "%s",
				  archive_error_string(from) ? archive_error_string(from)
							     : "damaged");
	return n;
}

/* What is packed is the ar's member. */
static la_ssize_t read_member(struct archive *a, void *data, const void **bytes)
{
	struct unpack *u = data;

	*bytes = u->buf;
	return read_from(u->outer, a, u->buf, sizeof(u->buf));
}

/*
 * And the tar is what is in that. All of it comes through here, also what is passed over: whatever
 * its headers say, this is what ends it.
 */
static la_ssize_t read_tar(struct archive *a, void *data, const void **bytes)
{
	struct unpack *u = data;
	la_ssize_t n = read_from(u->packed, a, u->tar_buf, sizeof(u->tar_buf));

	*bytes = u->tar_buf;
	u->n_bytes += n > 0 ? (uint64_t)n : 0;
	if (u->n_bytes <= MOST_BYTES)
		return n;
	archive_set_error(a, EFBIG, "it unpacks to more than %llu GiB", MOST_BYTES >> 30);
	return ARCHIVE_FATAL;
}

/*
 * What becomes of a file in the package: the name to write it under, or NULL. Up to 7.1 the kernel
 * is boot/vmlinuz-V, then usr/lib/modules/V/vmlinuz; some architectures have a vmlinux there.
 * user-mode-linux is a program, whose modules the channel has no use for. Modules are under
 * kernel/drivers, plain or packed.
 */
static const char *wanted(const char *path, bool *packed)
{
	const char *base = strrchr(path, '/');
	size_t i;

	*packed = false;
	base = base ? base + 1 : path;
	if ((!strncmp(base, "vmlinuz-", 8) || !strncmp(base, "vmlinux-", 8)) &&
	    strstr(path, "boot/"))
		return UNPACKED_KERNEL;
	if ((!strcmp(base, "vmlinuz") || !strcmp(base, "vmlinux")) && strstr(path, "lib/modules/"))
		return UNPACKED_KERNEL;
	if (!strcmp(base, "linux.uml") && strstr(path, "usr/bin/"))
		return UNPACKED_KERNEL;
	if (!strstr(path, "/kernel/drivers/") || strstr(path, "lib/uml/"))
		return NULL;
	for (i = 0; channel_modules[i]; i++) {
		size_t len = strlen(channel_modules[i]);

		if (strncmp(base, channel_modules[i], len) != 0)
			continue;
		*packed = base[len] == '.';
		if (*packed || !base[len])
			return channel_modules[i];
	}
	return NULL;
}

static int write_entry(struct unpack *u, struct archive *a, const char *path, int fd, uint64_t most)
{
	char what[300];

	if (expand_is_nested(a))
		snprintf(what, sizeof(what), "it is packed more than once");
	else if (!expand_to(a, fd, most, what, sizeof(what)))
		return 0;
	snprintf(u->why, u->why_size, "%s: %s", path, what);
	return -1;
}

/* Replace a packed file (.xz, .zst, .gz) by what is in it. */
static int unpack_in_place(struct unpack *u, const char *path)
{
	char *temp = xasprintf("%s.unpacked", path);
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int fd, err = -1;

	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	expand_formats(a);
	archive_read_support_format_raw(a);
	if (fd < 0)
		snprintf(u->why, u->why_size, "%s: %s", temp, strerror(errno));
	else if (archive_read_open_filename(a, path, 1 << 16) != ARCHIVE_OK ||
		 archive_read_next_header(a, &e) != ARCHIVE_OK)
		archive_fail(u, a, path);
	else
		err = write_entry(u, a, path, fd, LARGEST_MODULE);
	archive_read_free(a);
	if (fd >= 0 && close(fd) && !err) {
		snprintf(u->why, u->why_size, "%s: %s", temp, strerror(errno));
		err = -1;
	}
	if (!err && rename(temp, path)) {
		snprintf(u->why, u->why_size, "%s: %s", path, strerror(errno));
		err = -1;
	}
	free(temp);
	return err;
}

static int write_member(struct unpack *u, const char *name, bool packed)
{
	char *path = xasprintf("%s/%s", u->to, name);
	int fd, err;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0) {
		snprintf(u->why, u->why_size, "%s: %s", path, strerror(errno));
		free(path);
		return -1;
	}
	err = write_entry(u, u->inner, path, fd,
			  strcmp(name, UNPACKED_KERNEL) ? LARGEST_MODULE : LARGEST_KERNEL);
	if (close(fd) && !err) {
		snprintf(u->why, u->why_size, "%s: %s", path, strerror(errno));
		err = -1;
	}
	if (!err && packed)
		err = unpack_in_place(u, path);
	free(path);
	return err;
}

static int unpack_tar(struct unpack *u)
{
	struct archive_entry *e;
	unsigned int n = 0;
	int r;

	while ((r = archive_read_next_header(u->inner, &e)) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(e), *name;
		bool packed;

		if (++n > MOST_ENTRIES) {
			snprintf(u->why, u->why_size, "data.tar: more than %d files", MOST_ENTRIES);
			return -1;
		}
		/* A link, hard or symbolic, has nothing in it, and is followed nowhere. */
		if (!path || archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e))
			continue;
		name = wanted(path, &packed);
		if (!name)
			continue;
		if (write_member(u, name, packed))
			return -1;
		if (!strcmp(name, UNPACKED_KERNEL))
			u->kernel_found = true;
	}
	return r == ARCHIVE_EOF ? 0 : archive_fail(u, u->inner, "data.tar");
}

/* The control file's fields, a line each; what is folded over lines is none of ours. */
static void take_field(const char *line, struct deb_control *c)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.+~:_-";
	const struct {
		const char *field;
		char *to;
		size_t size;
	} fields[] = {
		{ "Package: ", c->name, sizeof(c->name) },
		{ "Version: ", c->version, sizeof(c->version) },
		{ "Architecture: ", c->arch, sizeof(c->arch) },
	};
	size_t i, n;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		n = strlen(fields[i].field);
		if (strncmp(line, fields[i].field, n) != 0)
			continue;
		/* They are printed and kept in lines: anything else is no name. */
		if (strspn(line + n, good) == strlen(line + n) && strlen(line + n) < fields[i].size)
			snprintf(fields[i].to, fields[i].size, "%s", line + n);
	}
}

static int read_control(struct unpack *u)
{
	struct archive_entry *e;
	static const char *const names[] = { "./control", "control" };
	int r;

	while ((r = archive_read_next_header(u->inner, &e)) == ARCHIVE_OK) {
		const char *path = archive_entry_pathname(e);
		char text[1 << 14], *rest = text, *line;
		la_ssize_t n;

		if (!path || (strcmp(path, names[0]) != 0 && strcmp(path, names[1]) != 0))
			continue;
		n = archive_read_data(u->inner, text, sizeof(text) - 1);
		if (n < 0)
			break;
		text[n] = '\0';
		while ((line = strsep(&rest, "\n")))
			take_field(line, u->control);
		return 0;
	}
	return r == ARCHIVE_EOF ? 0 : archive_fail(u, u->inner, "control.tar");
}

typedef int tar_fn(struct unpack *u);

static int with_tar(struct unpack *u, const char *name, tar_fn *fn)
{
	struct archive_entry *e;
	int err;

	u->packed = archive_read_new();
	expand_formats(u->packed);
	archive_read_support_format_raw(u->packed);
	u->inner = archive_read_new();
	archive_read_support_format_tar(u->inner);
	if (archive_read_open(u->packed, u, NULL, read_member, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(u->packed, &e) != ARCHIVE_OK) {
		err = archive_fail(u, u->packed, name);
	} else if (expand_is_nested(u->packed)) {
		snprintf(u->why, u->why_size, "%s: it is packed more than once", name);
		err = -1;
	} else if (archive_read_open(u->inner, u, NULL, read_tar, NULL) != ARCHIVE_OK) {
		err = archive_fail(u, u->inner, name);
	} else {
		err = fn(u);
	}
	archive_read_free(u->inner);
	archive_read_free(u->packed);
	return err;
}

/* Call @fn for the member of the package that is a tar of this name, packed in whatever way. */
static int with_member(struct unpack *u, const char *deb, const char *member, tar_fn *fn)
{
	struct archive_entry *e;

	archive_read_support_format_ar(u->outer);
	if (archive_read_open_filename(u->outer, deb, 1 << 16) != ARCHIVE_OK)
		return archive_fail(u, u->outer, deb);
	while (archive_read_next_header(u->outer, &e) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(e);

		if (name && !strncmp(name, member, strlen(member)))
			return with_tar(u, member, fn);
	}
	snprintf(u->why, u->why_size, "%s: no package: it holds no %s", deb, member);
	return -1;
}

static struct unpack *begin(char *why, size_t why_size)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->why = why;
	u->why_size = why_size;
	u->outer = archive_read_new();
	return u;
}

static void end(struct unpack *u)
{
	archive_read_free(u->outer);
	free(u);
}

int unpack_deb(const char *deb, const char *to, char *why, size_t why_size)
{
	struct unpack *u = begin(why, why_size);
	int err;

	u->to = to;
	err = with_member(u, deb, "data.tar", unpack_tar);
	if (!err && !u->kernel_found) {
		snprintf(why, why_size, "%s: no kernel in this package", deb);
		err = -1;
	}
	end(u);
	return err;
}

int unpack_control(const char *deb, struct deb_control *c, char *why, size_t why_size)
{
	struct unpack *u = begin(why, why_size);
	int err;

	memset(c, 0, sizeof(*c));
	u->control = c;
	err = with_member(u, deb, "control.tar", read_control);
	end(u);
	if (!err && (!*c->name || !*c->version || !*c->arch)) {
		snprintf(why, why_size,
			 "%s: a package that does not say its name, version and architecture", deb);
		err = -1;
	}
	return err;
}

bool unpack_is_deb(const char *path)
{
	static const char magic[] = "!<arch>\ndebian-binary";
	char begins[sizeof(magic) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, begins, sizeof(begins));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(begins) && !memcmp(begins, magic, sizeof(begins));
}
